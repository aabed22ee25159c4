//! C3: no write is accepted from a holder after a successor was granted the
//! same lock.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use super::{Evidence, Outcome, Reason, at, outcome};
use crate::history::{Grant, Instant};
use crate::vocabulary::Incarnation;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let history = evidence.history;
    if !history.has_lock {
        return Outcome::DoesNotApply(Reason::NoLock);
    }
    let grants = Grants::of(&history.grants);
    let writes = history
        .accepted()
        .map(|write| (write.at, write.holder, write.lock));
    let changes = history.changes.iter();
    let changes = changes.map(|change| (change.at, change.holder, change.row));
    let breaches: Vec<_> = writes
        .chain(changes)
        .filter_map(|(landed, holder, lock)| {
            let successor = grants.successor(landed, holder, lock)?;
            let words = format!(
                "{} at {}, after {}'s grant",
                evidence.name(holder),
                crate::words::about(landed.at),
                evidence.name(successor.holder)
            );
            Some(at(landed, &[successor.from.record], words))
        })
        .collect();
    outcome(breaches)
}

/// Grants by lock and by holder.
struct Grants<'a> {
    /// In order of their starts.
    by_lock: BTreeMap<u32, Vec<&'a Grant>>,
    /// The start of each holder's first.
    first: BTreeMap<Incarnation, Instant>,
}

impl<'a> Grants<'a> {
    fn of(grants: &'a [Grant]) -> Self {
        let mut by_lock: BTreeMap<u32, Vec<&Grant>> = BTreeMap::new();
        let mut first = BTreeMap::new();
        for grant in grants {
            by_lock.entry(grant.lock).or_default().push(grant);
            first.entry(grant.holder).or_insert(grant.from);
        }
        Self { by_lock, first }
    }

    /// Who was granted the lock between the writer's own grant and its write.
    /// A writer that was never granted the lock is succeeded by anyone who
    /// was.
    fn successor(&self, landed: Instant, writer: Incarnation, lock: u32) -> Option<&'a Grant> {
        let grants = self.by_lock.get(&lock)?;
        let after_own = self
            .first
            .get(&writer)
            .map_or(0, |own| grants.partition_point(|grant| grant.from <= *own));
        grants[after_own..]
            .iter()
            .take_while(|grant| grant.from < landed)
            .find(|grant| grant.holder != writer)
            .copied()
    }
}
