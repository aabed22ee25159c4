//! C3: no write is accepted from a holder after a successor was granted the
//! same lock.

use alloc::format;
use alloc::vec::Vec;

use super::{Evidence, Outcome, Reason, at, outcome};
use crate::history::{Grant, Write};

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    if !evidence.history.has_lock {
        return Outcome::DoesNotApply(Reason::NoLock);
    }
    let breaches: Vec<_> = evidence
        .history
        .accepted()
        .filter_map(|write| {
            let successor = successor(evidence, write)?;
            let words = format!(
                "{} at {}, after {}'s grant",
                evidence.name(write.holder),
                crate::words::about(write.at.at),
                evidence.name(successor.holder)
            );
            Some(at(write.at, &[successor.from.record], words))
        })
        .collect();
    outcome(breaches)
}

/// Who was granted the lock between the writer's own grant and its write. A
/// writer that was never granted the lock is succeeded by anyone who was.
fn successor<'a>(evidence: &'a Evidence<'_>, write: &Write) -> Option<&'a Grant> {
    let own = evidence.history.grant_of(write.holder).map(|own| own.from);
    evidence.history.grants.iter().find(|grant| {
        grant.lock == write.lock
            && grant.holder != write.holder
            && grant.from < write.at
            && own.is_none_or(|own| grant.from > own)
    })
}
