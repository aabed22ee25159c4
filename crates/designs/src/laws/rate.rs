//! C7: what each user got through fits a reference: a bucket that is full at
//! the start, or a count a window, with what the design says it may pass it
//! by. Requests are put to it when they were decided.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use sim::{Span, Time};

use super::{Breach, Evidence, Outcome, Reason, outcome};
use crate::history::{Admission, Limit};
use crate::vocabulary::RateKind;
use crate::words;

/// A request, in millionths of one.
const REQUEST: i64 = 1_000_000;

/// What the reference knows of a user.
struct Reference {
    /// What is left, in millionths of a request; below zero where more got
    /// through than may.
    level: i64,
    /// The least that it was since it last fell below zero.
    lowest: i64,
    since: Time,
    /// The breach that lasts, by its place.
    open: Option<usize>,
}

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let Some(limit) = evidence.history.limit else {
        return Outcome::DoesNotApply(Reason::NoLimit);
    };
    let most = most(&limit);
    let mut users: BTreeMap<u32, Reference> = BTreeMap::new();
    let mut breaches: Vec<Breach> = Vec::new();
    for admission in &evidence.history.admissions {
        let user = users.entry(admission.user).or_insert(Reference {
            level: most,
            lowest: 0,
            since: Time::ZERO,
            open: None,
        });
        user.refill(&limit, most, admission.at.at);
        user.take(&limit, most, admission, &mut breaches);
    }
    outcome(breaches)
}

/// What may get through at once.
fn most(limit: &Limit) -> i64 {
    let capacity = i64::try_from(limit.capacity).unwrap_or(i64::MAX);
    capacity.saturating_add(i64::from(limit.allowance) * (REQUEST / 1_000))
}

impl Reference {
    fn refill(&mut self, limit: &Limit, most: i64, now: Time) {
        let gained = match limit.kind {
            // Requests a second are millionths a microsecond.
            RateKind::Bucket => {
                let us = i64::try_from(now.since(self.since).us()).unwrap_or(i64::MAX);
                us.saturating_mul(i64::from(limit.pace))
            }
            RateKind::Window => {
                let length = u64::from(limit.pace).max(1);
                let is_new = now.us() / length > self.since.us() / length;
                if is_new { i64::MAX } else { 0 }
            }
        };
        self.level = self.level.saturating_add(gained).min(most);
        self.since = now;
    }

    fn take(
        &mut self,
        limit: &Limit,
        most: i64,
        admission: &Admission,
        breaches: &mut Vec<Breach>,
    ) {
        let now = admission.at.at;
        // Half full again, it is another matter.
        if self.level >= most / 2 {
            self.open = None;
        }
        self.level -= REQUEST;
        if self.level >= 0 {
            return;
        }
        let place = *self.open.get_or_insert_with(|| {
            self.lowest = 0;
            breaches.push(Breach {
                from: now,
                until: now,
                records: vec![admission.at.record],
                words: String::new(),
            });
            breaches.len() - 1
        });
        self.lowest = self.lowest.min(self.level);
        let breach = &mut breaches[place];
        breach.until = now;
        let over = self.lowest.unsigned_abs().div_ceil(REQUEST.unsigned_abs());
        breach.words = match limit.kind {
            RateKind::Bucket => format!(
                "user {} gets {over} too many through by {}",
                admission.user,
                words::instant(now)
            ),
            RateKind::Window => format!(
                "user {} gets {over} too many through in a window of {}",
                admission.user,
                words::span(Span::from_us(u64::from(limit.pace)))
            ),
        };
    }
}

/// That it holds, and with which allowance.
pub(super) fn words(evidence: &Evidence<'_>) -> String {
    let limit = evidence.history.limit;
    match limit.map_or(0, |limit| limit.allowance) {
        0 => "holds".to_string(),
        thousandths if thousandths < 1_000 => "to less than one request".to_string(),
        thousandths => format!(
            "within the design's allowance of {} requests",
            thousandths.div_ceil(1_000)
        ),
    }
}
