//! C5: tokens rise in the order in which servers granted, lock by lock.

use alloc::format;
use alloc::vec::Vec;

use super::{Evidence, Outcome, Reason, at, outcome};
use crate::history::Issue;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let history = evidence.history;
    if history.tokens.is_empty() {
        return Outcome::DoesNotApply(Reason::NoTokens);
    }
    // The highest so far, by lock: its issue and its number.
    let mut highest: Vec<(u32, &Issue)> = Vec::new();
    let mut breaches = Vec::new();
    for (place, grant) in history.grants.iter().enumerate() {
        // Keys can leave a holder without a majority and give it back one:
        // that is no other grant.
        if history.grants[..place]
            .iter()
            .any(|earlier| earlier.holder == grant.holder)
        {
            continue;
        }
        let Some(issue) = history
            .tokens
            .iter()
            .find(|issue| issue.holder == grant.holder)
        else {
            continue;
        };
        let number = issue.token.number();
        let Some((_, before)) = highest.iter_mut().find(|(lock, _)| *lock == grant.lock) else {
            highest.push((grant.lock, issue));
            continue;
        };
        if number > before.token.number() {
            *before = issue;
            continue;
        }
        let words = format!(
            "{} gets {number} after {} was given",
            evidence.name(grant.holder),
            before.token.number()
        );
        // Whichever came later shows it: the grant or its token.
        let shown = grant.from.max(issue.at);
        breaches.push(at(shown, &[before.at.record, grant.from.record], words));
    }
    outcome(breaches)
}
