//! C8: no more units of a stock are promised than there are. A promise counts
//! from when it is heard, and a unit that is put back can be promised again.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Breach, Evidence, Outcome, Reason, at, outcome};
use crate::history::{Instant, Update};
use crate::vocabulary::UpdateResult;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let stocks = &evidence.history.stocks;
    if stocks.is_empty() {
        return Outcome::DoesNotApply(Reason::NoStock);
    }
    let mut promised: BTreeMap<u32, (i64, Option<Instant>)> = BTreeMap::new();
    let mut breaches: Vec<Breach> = Vec::new();
    for (update, units) in promises(evidence) {
        let Some((_, stock)) = stocks.iter().find(|(row, _)| *row == update.row) else {
            continue;
        };
        let (count, last) = promised.entry(update.row).or_default();
        *count += units;
        if units > 0 && *count > i64::from(stock.value) {
            let words = format!(
                "{count} of {} promised, the last to {}",
                stock.value,
                evidence.name_of_lane(update.lane)
            );
            let before = last.map(|before| before.record);
            breaches.push(at(update.until, before.as_slice(), words));
        }
        *last = Some(update.until);
    }
    outcome(breaches)
}

/// What each update that is over has promised, in the order in which it was
/// heard.
fn promises<'a>(evidence: &'a Evidence<'_>) -> Vec<(&'a Update, i64)> {
    let updates = evidence.history.updates.iter();
    let mut promises: Vec<(&Update, i64)> = updates
        .filter_map(|update| match update.result? {
            UpdateResult::Taken => Some((update, 1)),
            UpdateResult::Returned => Some((update, -1)),
            UpdateResult::Changed | UpdateResult::SoldOut | UpdateResult::GaveUp => None,
        })
        .collect();
    promises.sort_by_key(|(update, _)| update.until);
    promises
}

/// How much is promised in the end.
pub(super) fn words(evidence: &Evidence<'_>) -> String {
    let units: i64 = promises(evidence).iter().map(|(_, units)| units).sum();
    let stocks = evidence.history.stocks.iter();
    let all: u64 = stocks.map(|(_, stock)| u64::from(stock.value)).sum();
    format!("{units} of {all} promised")
}
