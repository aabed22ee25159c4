//! C2: accepted writes at a resource, under one lock, have tokens that never
//! fall. Writes without a token are not ordered by any.

use alloc::format;
use alloc::vec::Vec;

use super::{Evidence, Outcome, Reason, at, outcome};
use crate::history::Write;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    if evidence.history.tokens.is_empty() {
        return Outcome::DoesNotApply(Reason::NoTokens);
    }
    let mut highest: Vec<&Write> = Vec::new();
    let mut breaches = Vec::new();
    for write in evidence
        .history
        .accepted()
        .filter(|write| write.token.is_some())
    {
        let alike = |seen: &&mut &Write| (seen.lane, seen.lock) == (write.lane, write.lock);
        let Some(seen) = highest.iter_mut().find(alike) else {
            highest.push(write);
            continue;
        };
        if write.token.number() < seen.token.number() {
            let words = format!(
                "{} after {} at {}",
                write.token.number(),
                seen.token.number(),
                crate::words::about(write.at.at)
            );
            breaches.push(at(write.at, &[seen.at.record], words));
        } else {
            *seen = write;
        }
    }
    outcome(breaches)
}
