//! C6: every job has an effect by the end of the run.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use sim::Stop;

use super::effects::Effects;
use super::{Breach, Evidence, Outcome, Reason, outcome};

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let history = evidence.history;
    if history.jobs.is_empty() {
        return Outcome::DoesNotApply(Reason::NoJobs);
    }
    let effects = Effects::of(history);
    let undone: Vec<_> = history
        .jobs
        .iter()
        .filter(|&&job| effects.on(job).next().is_none())
        .collect();
    if !undone.is_empty() && evidence.stop != Stop::Horizon {
        return Outcome::NotJudged;
    }
    let breaches = undone
        .into_iter()
        .map(|_| Breach {
            from: sim::Time::ZERO,
            until: sim::Time::ZERO,
            records: Vec::new(),
            words: String::from("the job was never done"),
        })
        .collect();
    outcome(breaches)
}

/// When the last job was first done.
pub(super) fn words(evidence: &Evidence<'_>) -> String {
    let history = evidence.history;
    let effects = Effects::of(history);
    let last = history
        .jobs
        .iter()
        .filter_map(|&job| effects.on(job).next())
        .max_by_key(|write| write.at);
    last.map_or_else(String::new, |write| {
        format!(
            "done by {} at {}",
            evidence.name(write.holder),
            crate::words::about(write.at.at)
        )
    })
}
