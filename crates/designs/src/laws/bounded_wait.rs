//! C10: where updates are served in the order of arrival, each is over within
//! the time that those before it need. Plain retries have no such bound.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use sim::{Span, Stop};

use super::{Breach, Evidence, Outcome, Reason, at};
use crate::history::Update;
use crate::words;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let history = evidence.history;
    let Some(bound) = history.longest_wait else {
        return Outcome::DoesNotApply(Reason::NoQueue);
    };
    let mut late: Vec<&Update> = history
        .updates
        .iter()
        .filter(|update| !update.died && waited(update) > bound)
        .collect();
    late.sort_by_key(|update| update.until);
    let is_open = |update: &Update| update.result.is_none() && !update.died;
    let cut_short = evidence.stop != Stop::Horizon && history.updates.iter().any(is_open);
    let Some(first) = late.first() else {
        return if cut_short {
            Outcome::NotJudged
        } else {
            Outcome::Holds
        };
    };
    // Who is late holds up all behind it: the first stands for them.
    let more = match late.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    let words = format!(
        "{} waited {}, where {} should do{more}",
        evidence.name_of_lane(first.lane),
        words::span(waited(first)),
        words::span(bound)
    );
    let breach = match first.result {
        Some(_) => at(first.until, &[first.from.record], words),
        // It waits still.
        None => Breach {
            from: first.until.at,
            until: first.until.at,
            records: vec![first.from.record],
            words,
        },
    };
    Outcome::Broken(vec![breach])
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
