//! The picture in words, for those who do not see it.

use designs::design::Role;
use designs::vocabulary::Decision;
use designs::words;

use super::breach::Broken;
use super::facts::Facts;
use super::pause::Pause;
use super::scene::stretch;

/// So many of a kind are told one by one.
const MOST: usize = 40;
/// So many clients are named.
const MOST_NAMES: usize = 12;

/// One paragraph: who believed, what was true, what landed, what broke.
pub(super) fn paragraph(
    facts: &Facts<'_>,
    pauses: &[Pause],
    broken: &[Broken],
    saved: Option<&str>,
) -> String {
    let run = facts.run;
    let mut sentences = Vec::new();
    let mut clients: Vec<&str> = run
        .lanes
        .iter()
        .filter(|lane| lane.role == Role::Client)
        .map(|lane| lane.label.as_str())
        .collect();
    let many = clients.len() > MOST_NAMES;
    if many {
        let rest = clients.len() - 1;
        clients = vec![clients[0], clients[rest]];
        sentences.push(format!(
            "There are {} clients, from the first to the last",
            rest + 1
        ));
    }
    sentences.push(format!(
        "Swimlane of {} until {}",
        clients.join(if many { " to " } else { ", " }),
        words::instant(super::whole(facts).1)
    ));
    for pause in pauses {
        sentences.push(pause.title(run.name(pause.lane)));
    }
    let history = &run.history;
    for belief in history.beliefs.iter().take(MOST) {
        sentences.push(format!(
            "{} believes it holds the lock {}",
            run.name(belief.holder.lane()),
            stretch(belief.from.at, belief.until.at)
        ));
    }
    for grant in history.grants.iter().take(MOST) {
        sentences.push(format!(
            "In truth the servers grant it to {} {}",
            run.name(grant.holder.lane()),
            stretch(grant.from.at, grant.until.at)
        ));
    }
    for write in history.writes.iter().take(MOST) {
        let fate = match write.decision {
            Decision::Accepted => "accepted",
            Decision::StaleToken => "refused, its token is too old",
            Decision::AlreadyDone => "refused, the job is done",
        };
        sentences.push(format!(
            "A write of {} reaches {} at {}: {fate}",
            run.name(write.holder.lane()),
            run.name(write.lane),
            words::instant(write.at.at)
        ));
    }
    for (count, what) in [
        (history.beliefs.len(), "beliefs"),
        (history.grants.len(), "grants"),
        (history.writes.len(), "writes"),
    ] {
        if let Some(more @ 1..) = count.checked_sub(MOST) {
            sentences.push(format!("There are {more} more {what}"));
        }
    }
    if broken.is_empty() {
        sentences.push("No guarantee is broken".to_string());
    }
    for broken in broken {
        sentences.push(format!("Broken: {}", broken.sentences.join("; ")));
    }
    sentences.extend(saved.map(String::from));
    let mut text = sentences.join(". ");
    text.push('.');
    text
}
