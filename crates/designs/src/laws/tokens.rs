//! C5: tokens rise in the order in which servers granted, lock by lock.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use super::{Evidence, Outcome, Reason, at, outcome};
use crate::history::Issue;
use crate::vocabulary::Incarnation;

pub(super) fn judge(evidence: &Evidence<'_>) -> Outcome {
    let history = evidence.history;
    if history.tokens.is_empty() {
        return Outcome::DoesNotApply(Reason::NoTokens);
    }
    let mut issues: BTreeMap<Incarnation, Option<&Issue>> = BTreeMap::new();
    for issue in &history.tokens {
        issues.entry(issue.holder).or_insert(Some(issue));
    }
    // The issue with the highest number so far, by lock.
    let mut highest: BTreeMap<u32, &Issue> = BTreeMap::new();
    let mut breaches = Vec::new();
    for grant in &history.grants {
        // Keys can leave a holder without a majority and give it back one:
        // that is no other grant, so that a token is looked at once.
        let Some(issue) = issues.get_mut(&grant.holder).and_then(Option::take) else {
            continue;
        };
        let number = issue.token.number();
        let before = highest.entry(grant.lock).or_insert(issue);
        // The first of a lock has none before it.
        if number > before.token.number() || before.at == issue.at {
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
