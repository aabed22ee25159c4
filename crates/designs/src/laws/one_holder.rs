//! C1: no two belief intervals on one lock overlap.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::{Breach, Evidence, Outcome, Reason, outcome, span_words};
use crate::history::Belief;

/// Hundreds that all believe at once have more pairs than anyone can look at.
const MOST: usize = 10_000;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    if !evidence.history.has_lock {
        return Outcome::DoesNotApply(Reason::NoLock);
    }
    let mut breaches = Vec::new();
    // Those that have not ended when a later one begins.
    let mut open: Vec<&Belief> = Vec::new();
    for later in &evidence.history.beliefs {
        open.retain(|earlier| earlier.until > later.from);
        for &earlier in &open {
            if earlier.lock == later.lock && breaches.len() < MOST {
                let until = earlier.until.min(later.until);
                breaches.push(Breach {
                    from: later.from.at,
                    until: until.at,
                    records: vec![earlier.from.record, later.from.record],
                    words: format!(
                        "{} and {}, {}",
                        evidence.name(earlier.holder),
                        evidence.name(later.holder),
                        span_words(later.from.at, until.at)
                    ),
                });
            }
        }
        open.push(later);
    }
    breaches.sort_by_key(|breach| breach.from);
    outcome(breaches)
}
