//! C5: tokens rise in the order in which servers granted.

use alloc::format;
use alloc::vec::Vec;

use super::{Evidence, Outcome, Reason, at, outcome};

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let history = evidence.history;
    if history.tokens.is_empty() {
        return Outcome::DoesNotApply(Reason::NoTokens);
    }
    let mut highest: Option<(u64, u32)> = None;
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
        match highest {
            Some((before, record)) if number <= before => {
                let words = format!(
                    "{} gets {number} after {before} was given",
                    evidence.name(grant.holder)
                );
                // Whichever came later shows it: the grant or its token.
                let shown = grant.from.max(issue.at);
                breaches.push(at(shown, &[record, grant.from.record], words));
            }
            _ => highest = Some((number, issue.at.record)),
        }
    }
    outcome(breaches)
}
