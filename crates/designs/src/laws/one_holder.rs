//! C1: no two belief intervals on one lock overlap.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::{Breach, Evidence, Outcome, Reason, outcome, span_words};

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    if !evidence.history.has_lock {
        return Outcome::DoesNotApply(Reason::NoLock);
    }
    let beliefs = &evidence.history.beliefs;
    let mut breaches = Vec::new();
    for (place, later) in beliefs.iter().enumerate() {
        for earlier in &beliefs[..place] {
            let overlap = earlier.lock == later.lock && earlier.until > later.from;
            if overlap {
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
    }
    breaches.sort_by_key(|breach| breach.from);
    outcome(breaches)
}
