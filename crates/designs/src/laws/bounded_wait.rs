//! C10: where updates are served in the order of arrival, each is over within
//! the time that those before it need. Plain retries have no such bound.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use sim::{Span, Stop};

use super::{Breach, Evidence, Outcome, Reason, outcome};
use crate::history::Update;
use crate::words;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let history = evidence.history;
    let Some(bound) = history.longest_wait else {
        return Outcome::DoesNotApply(Reason::NoQueue);
    };
    let breaches: Vec<Breach> = history
        .updates
        .iter()
        .filter(|update| !update.died && waited(update) > bound)
        .map(|update| {
            let until = update.result.map(|_| update.until.record);
            let mut records = vec![update.from.record];
            records.extend(until);
            Breach {
                from: update.from.at + bound,
                until: update.until.at,
                records,
                words: format!(
                    "{} waited {}, where {} should do",
                    evidence.name_of_lane(update.lane),
                    words::span(waited(update)),
                    words::span(bound)
                ),
            }
        })
        .collect();
    let is_open = |update: &Update| update.result.is_none() && !update.died;
    if breaches.is_empty() && evidence.stop != Stop::Horizon && history.updates.iter().any(is_open)
    {
        return Outcome::NotJudged;
    }
    outcome(breaches)
}

fn waited(update: &Update) -> Span {
    update.until.at.since(update.from.at)
}

/// The longest wait.
pub(super) fn words(evidence: &Evidence<'_>) -> String {
    let updates = evidence.history.updates.iter();
    let longest = updates.map(waited).max().unwrap_or(Span::ZERO);
    format!("{} at most", words::span(longest))
}
