//! C2: what a resource accepts under one lock, records of progress among it,
//! has tokens that never fall. What comes without a token is ordered by none.

use alloc::format;
use alloc::vec::Vec;

use super::{Evidence, Outcome, Reason, at, outcome};
use crate::history::Instant;
use crate::vocabulary::{Decision, Token};

/// Something that was accepted.
struct Mark {
    at: Instant,
    lane: u16,
    lock: u32,
    token: Token,
}

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    if evidence.history.tokens.is_empty() {
        return Outcome::DoesNotApply(Reason::NoTokens);
    }
    let mut highest: Vec<&Mark> = Vec::new();
    let mut breaches = Vec::new();
    let marks = marks(evidence);
    for write in marks.iter().filter(|mark| mark.token.is_some()) {
        let alike = |seen: &&mut &Mark| (seen.lane, seen.lock) == (write.lane, write.lock);
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

/// All that was accepted, in order.
fn marks(evidence: &Evidence<'_>) -> Vec<Mark> {
    let writes = evidence.history.accepted().map(|write| Mark {
        at: write.at,
        lane: write.lane,
        lock: write.lock,
        token: write.token,
    });
    let progress = evidence.history.progress.iter();
    let progress = progress.filter(|it| it.decision == Decision::Accepted);
    let mut marks: Vec<Mark> = writes
        .chain(progress.map(|progress| Mark {
            at: progress.at,
            lane: progress.lane,
            lock: progress.lock,
            token: progress.token,
        }))
        .collect();
    marks.sort_by_key(|mark| mark.at);
    marks
}
