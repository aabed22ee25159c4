//! C1: no two belief intervals on one lock overlap.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::{Breach, Evidence, Outcome, Reason, outcome, span_words};
use crate::history::Belief;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    if !evidence.history.has_lock {
        return Outcome::DoesNotApply(Reason::NoLock);
    }
    let mut breaches = Vec::new();
    // They come in the order of their starts: what has ended by then overlaps
    // nothing that is still to come.
    let mut open: Vec<&Belief> = Vec::new();
    for later in &evidence.history.beliefs {
        open.retain(|earlier| earlier.until > later.from);
        for earlier in &open {
            if earlier.lock == later.lock {
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
