//! C9: each update of a row is made from what the one before it has left. A
//! writer puts its own version into the row, one above the one that it has
//! read; where that is not the next one, it has overwritten what it never saw.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Evidence, Outcome, Reason, at, outcome};
use crate::history::Change;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let changes = &evidence.history.changes;
    if changes.is_empty() {
        return Outcome::DoesNotApply(Reason::NoUpdates);
    }
    let mut last: BTreeMap<u32, &Change> = BTreeMap::new();
    let mut breaches = Vec::new();
    for change in changes {
        let before = last.insert(change.row, change);
        let found = before.map_or(0, |before| before.contents.version);
        let read = change.contents.version.wrapping_sub(1);
        if read != found {
            let words = format!(
                "{} had read version {read} and overwrote version {found}",
                evidence.name(change.holder)
            );
            let before = before.map(|before| before.at.record);
            breaches.push(at(change.at, before.as_slice(), words));
        }
    }
    outcome(breaches)
}

/// How many updates there were.
pub(super) fn words(evidence: &Evidence<'_>) -> String {
    match evidence.history.changes.len() {
        1 => String::from("1 update"),
        count => format!("all {count} updates"),
    }
}
