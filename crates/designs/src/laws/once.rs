//! C4: at most one accepted effect a job.

use alloc::format;
use alloc::vec::Vec;

use super::effects::Effects;
use super::{Breach, Evidence, Outcome, Reason, outcome};

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    if evidence.history.jobs.is_empty() {
        return Outcome::DoesNotApply(Reason::NoJobs);
    }
    let all = Effects::of(evidence.history);
    let mut breaches = Vec::new();
    for &job in &evidence.history.jobs {
        let effects: Vec<_> = all.on(job).collect();
        if let [first, second, ..] = effects.as_slice() {
            let times = match effects.len() {
                2 => "twice".into(),
                count => format!("{count} times"),
            };
            let writers: Vec<&str> = effects
                .iter()
                .map(|write| evidence.name(write.holder))
                .collect();
            breaches.push(Breach {
                from: second.at.at,
                until: second.at.at,
                records: effects.iter().map(|write| write.at.record).collect(),
                words: format!("written {times}: {}", writers.join(", then ")),
            });
            debug_assert!(first.at < second.at);
        }
    }
    outcome(breaches)
}
