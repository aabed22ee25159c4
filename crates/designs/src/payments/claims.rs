//! The sentences of the payment lesson, each with the runs that show it.

use alloc::vec::Vec;

use sim::{Span, Time};

use super::evidence::{
    acquired_after, belief_of, charges, debits, facts, fails_fast, grant_of, is_held,
    late_vote_is_returned, numbers, orphans, outlasted_its_lock, recovers_as_predicted, refused,
    requests, statuses, waiting,
};
use super::measures;
use crate::claim::{Claim, Quantifier};
use crate::design::{Named, Variation};
use crate::laws::Law;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::vocabulary::{Event, Status};

/// Worth a name; the lesson's own first.
pub(super) const SCENARIOS: &[Named] = &[
    Named {
        title: "The holder loses its quorum",
        shows: "P1 is cut off with its payment on the way. P2 acquires with a higher token, and the ledger refuses what arrives late.",
        code: "payments",
    },
    Named {
        title: "The same without protection",
        shows: "No fence and no idempotency: the late payment is debited a second time.",
        code: "payments?fence=none&idempotency=off",
    },
    Named {
        title: "A pause past the deadline",
        shows: "P1 checks its lock, stops for 8 s and writes. Two believe they hold the lock; the ledger refuses the old token.",
        code: "payments?cut=0ms&pause=8s",
    },
    Named {
        title: "A fence, and two charges",
        shows: "The ledger is safe. The provider has no fence, and charges twice without a key.",
        code: "payments?idempotency=off",
    },
    Named {
        title: "A stubborn caller",
        shows: "One caller asks again and again under the same payment id: 504, 409, 503, and in the end one debit.",
        code: "payments?second_at=off&caller_retries=3",
    },
    Named {
        title: "Three data centres down",
        shows: "No quorum: an error at once, and no write.",
        code: "payments?cut=0ms&fault=crash,dc1,-,@0ms&fault=crash,dc2,-,@0ms&fault=crash,dc3,-,@0ms",
    },
    Named {
        title: "The timeout trap",
        shows: "50 ms a node leaves P1 three voters. With one of them down it has no quorum, though four nodes live.",
        code: "payments?cut=0ms&node_timeout=50ms&fault=crash,dc2,-,@0ms",
    },
    Named {
        title: "Tokens by the highest count",
        shows: "Each node counts for itself: the second grant comes with a lower token, and the ledger refuses it.",
        code: "payments?cut=0ms&token_source=per_server_max",
    },
    Named {
        title: "A busy account, failing fast",
        shows: "2.5 payments a second for one account: most are told so at once, and none is written late.",
        code: "payments?arrivals=open&every=400ms",
    },
    Named {
        title: "A busy account, waiting without end",
        shows: "The same payments wait: the queue grows, and payments are made for callers who have left.",
        code: "payments?policy=wait_forever&arrivals=open&every=400ms",
    },
];

/// What a learner would change next.
pub(super) fn variations(scenario: &Scenario) -> Vec<Variation> {
    let with = |label, changes: &[(&str, i64)]| {
        let mut other = scenario.clone();
        for &(key, value) in changes {
            other = other.with(key, value);
        }
        (other != *scenario).then_some(Variation {
            label,
            scenario: other,
        })
    };
    [
        with(
            "without fence and idempotency",
            &[("fence", 1), ("idempotency", 0)],
        ),
        with(
            "with a pause of P1 instead of the cut",
            &[("cut", 0), ("pause", 8_000_000)],
        ),
        with("with the fence alone", &[("fence", 0), ("idempotency", 0)]),
        with(
            "with the ledger in reach of both sides",
            &[("ledger_side", 1)],
        ),
        with("with nothing going wrong", &[("cut", 0), ("pause", 0)]),
    ]
    .into_iter()
    .flatten()
    .take(4)
    .collect()
}

const EVERY: Quantifier = Quantifier::EverySeed;

/// Every claim, in the order of the answer.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "4a",
        sentence: "A holder has at least three of five votes, and each holder's token is higher than the one before. With the two nodes nearest to P1 down, acquiring takes 280 of its 300 ms; with three down the caller gets 503, and nothing is written.",
        runs: &[
            "payments?arrivals=open&accounts=3",
            "payments?cut=0ms&fault=crash,dc2,-,@0ms&fault=crash,dc3,-,@0ms",
            "payments?cut=0ms&fault=crash,dc1,-,@0ms&fault=crash,dc2,-,@0ms&fault=crash,dc3,-,@0ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            let beliefs = &runs[0].history.beliefs;
            let worst = acquired_after(&runs[1], "p1").map(Span::ms);
            !beliefs.is_empty()
                && beliefs.iter().all(|belief| belief.votes >= 3)
                && runs[0].keeps(Law::OneHolder)
                && runs[0].keeps(Law::TokensRise)
                && worst.is_some_and(|ms| (275..=300).contains(&ms))
                && statuses(&runs[2])
                    .iter()
                    .all(|it| *it == Some(Status::NoQuorum))
                && runs[2].history.writes.is_empty()
        },
        foil: &[
            "payments?token_source=per_server_max&arrivals=open&accounts=3",
            "payments?cut=0ms&fault=crash,dc4,-,@0ms&fault=crash,dc5,-,@0ms",
            "payments?cut=0ms&fault=crash,dc1,-,@0ms&fault=crash,dc2,-,@0ms",
        ],
    },
    Claim {
        id: "4b",
        sentence: "P1 acquires with token 41 and sends its payment; a partition holds it. P1 stops at its own deadline. After the TTL P2 acquires with token 42 and pays; after the heal 41 arrives, and the ledger refuses it. At no time did two believe they held the lock.",
        runs: &["payments"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let ttl = run.scenario.span("ttl");
            numbers(run) == [42]
                && refused(run) == [41]
                && run.keeps(Law::OneHolder)
                && run.keeps(Law::NoStaleWrite)
                && grant_of(run, "p2").is_some_and(|grant| grant.from.at > Time::ZERO + ttl)
        },
        foil: &["payments?fence=none&idempotency=off"],
    },
    Claim {
        id: "4b'",
        sentence: "If P1 is paused past its deadline instead, its timer is paused too: two believe they hold the lock. The ledger decides as before.",
        runs: &["payments?cut=0ms&pause=8s"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            run.breaks(Law::OneHolder) && numbers(run) == [42] && refused(run) == [41]
        },
        foil: &["payments?cut=0ms&pause=8s&pause_at=before_effect"],
    },
    Claim {
        id: "4c",
        sentence: "Without a fence and without idempotency, either failure debits the account twice. In the partition this happens although beliefs never overlapped: a write sent in time was stale on arrival.",
        runs: &[
            "payments?fence=none&idempotency=off",
            "payments?cut=0ms&pause=8s&fence=none&idempotency=off",
        ],
        quantifier: EVERY,
        check: |runs| {
            runs.iter()
                .all(|run| debits(run) == 2 && run.breaks(Law::OncePerJob))
                && runs[0].keeps(Law::OneHolder)
                && runs[0].breaks(Law::NoStaleWrite)
        },
        foil: &["payments", "payments?cut=0ms&pause=8s"],
    },
    Claim {
        id: "4d",
        sentence: "With a fence alone there is one debit and two charges at the provider: no fence stands there. With the payment id as a key there is one of each.",
        runs: &[
            "payments?idempotency=off",
            "payments?cut=0ms&pause=8s&idempotency=off",
            "payments",
            "payments?cut=0ms&pause=8s",
        ],
        quantifier: EVERY,
        check: |runs| {
            runs.iter().all(|run| debits(run) == 1)
                && runs[..2].iter().all(|run| charges(run) == 2)
                && runs[2..].iter().all(|run| charges(run) == 1)
        },
        foil: &[
            "payments",
            "payments?cut=0ms&pause=8s",
            "payments?idempotency=off",
            "payments?cut=0ms&pause=8s&idempotency=off",
        ],
    },
    Claim {
        id: "4e",
        sentence: "A holder that honours its deadline stops believing before the next one is granted the lock. Its caller hears that the outcome is not known, and never that it succeeded.",
        runs: &["payments"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let ends = belief_of(run, "p1").map(|belief| belief.until);
            let next = grant_of(run, "p2").map(|grant| grant.from);
            let heard = statuses(run).first().copied().flatten();
            matches!((ends, next), (Some(ends), Some(next)) if ends < next)
                && matches!(
                    heard,
                    Some(Status::Unknown | Status::Failed | Status::NoAnswer)
                )
        },
        foil: &["payments?honour_deadline=off"],
    },
    Claim {
        id: "4f",
        sentence: "At a TTL of 1 s, 15 % of operations of 400 ms in the median outlast their lock; none does at 2 s that did not at 1 s. After a crash the account is free when the TTL has run out: 4 s later at 5 s than at 1 s.",
        runs: &[
            "payments?ttl=1s&caller_timeout=10s&cut=0ms&second_at=off&op=400ms&sigma=80",
            "payments?ttl=2s&caller_timeout=10s&cut=0ms&second_at=off&op=400ms&sigma=80",
            "payments?ttl=1s&cut=0ms&policy=wait_forever&second_at=200ms&same_id=off&fault=crash,p1,-,@500ms",
            "payments?cut=0ms&policy=wait_forever&second_at=200ms&same_id=off&fault=crash,p1,-,@500ms",
        ],
        quantifier: Quantifier::Share {
            expected: measures::expiry_share,
            tolerance: 0.02,
            seeds: 10_000,
        },
        check: |runs| {
            let falls = outlasted_its_lock(&runs[0]) || !outlasted_its_lock(&runs[1]);
            falls && runs[2..].iter().all(recovers_as_predicted) && outlasted_its_lock(&runs[0])
        },
        foil: &[
            "payments?ttl=1s&extend=on&caller_timeout=10s&cut=0ms&second_at=off&op=400ms&sigma=80",
            "payments?ttl=2s&extend=on&caller_timeout=10s&cut=0ms&second_at=off&op=400ms&sigma=80",
            "payments?ttl=1s&cut=0ms&policy=wait_forever&second_at=200ms&same_id=off&fault=crash,p1,-,@500ms",
            "payments?cut=0ms&policy=wait_forever&second_at=200ms&same_id=off&fault=crash,p1,-,@500ms",
        ],
    },
    Claim {
        id: "4g",
        sentence: "Failing fast, every refusal comes within the time for acquiring and a round trip, no refused payment reaches the ledger, and no payment is made after its caller has left. Waiting without end, at 2.5 payments a second for each account, the queue grows as long as payments come, and payments are made for callers who have left.",
        runs: &[
            "payments?arrivals=open&every=400ms&accounts=4&duration=15s",
            "payments?policy=wait_forever&arrivals=open&every=400ms&accounts=4&duration=15s",
        ],
        quantifier: EVERY,
        check: |runs| {
            let early = waiting(&runs[1], Time::from_us(2_000_000));
            let late = waiting(&runs[1], Time::from_us(15_000_000));
            fails_fast(&runs[0]) && late > early && orphans(&runs[1]) > 0
        },
        foil: &[
            "payments?policy=wait_forever&arrivals=open&every=400ms&accounts=4&duration=15s",
            "payments?arrivals=open&every=400ms&accounts=4&duration=15s",
        ],
    },
    Claim {
        id: "4h",
        sentence: "A caller that keeps asking under the same payment id, at either service, is debited and charged once, and hears in the end that it has paid.",
        runs: &["payments?second_at=off&caller_retries=3"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let requests = requests(run);
            let same = requests
                .iter()
                .all(|request| request.job == requests[0].job);
            let last = statuses(run).last().copied().flatten();
            requests.len() > 1
                && same
                && last == Some(Status::Success)
                && (debits(run), charges(run)) == (1, 1)
        },
        foil: &["payments?fence=none&idempotency=off&second_at=off&caller_retries=3"],
    },
    Claim {
        id: "4i",
        sentence: "If the token is the highest count among the votes, it falls: P1 gets 41 and P2, a later holder, gets 3. The ledger refuses the rightful one.",
        runs: &["payments?cut=0ms&token_source=per_server_max"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            run.breaks(Law::TokensRise) && numbers(run) == [41] && refused(run) == [3]
        },
        foil: &["payments?cut=0ms"],
    },
    Claim {
        id: "4j",
        sentence: "The token rises because any two majorities share a node that remembers. If that node comes back with its disk wiped, P2 gets 41 as P1 did; if it comes back with its disk, 42.",
        runs: &[
            "payments?cut=0ms&fault=cut,p1-dc4,-,@0ms,drop&fault=cut,p1-dc5,-,@0ms,drop&fault=cut,p2-dc1,-,@0ms,drop&fault=cut,p2-dc2,-,@0ms,drop&fault=crash,dc3,-,@3s,wiped,restart:1s",
            "payments?cut=0ms&fault=cut,p1-dc4,-,@0ms,drop&fault=cut,p1-dc5,-,@0ms,drop&fault=cut,p2-dc1,-,@0ms,drop&fault=cut,p2-dc2,-,@0ms,drop&fault=crash,dc3,-,@3s,restart:1s",
        ],
        quantifier: EVERY,
        check: |runs| {
            let both = |run: &Run| run.history.grants.len() == 2;
            runs.iter().all(both)
                && runs[0].breaks(Law::TokensRise)
                && runs[1].keeps(Law::TokensRise)
        },
        foil: &[
            "payments?cut=0ms&fault=crash,dc3,-,@3s,wiped,restart:1s",
            "payments?cut=0ms&fault=crash,dc3,-,@3s,restart:1s",
        ],
    },
    Claim {
        id: "4k",
        sentence: "A timeout of 50 ms a node, long enough within one data centre, silences DC 4 and DC 5 for P1. It acquires as long as all of the other three live; with DC 2 down it has no quorum, though four nodes live. Their votes still land, and have to be taken back.",
        runs: &[
            "payments?cut=0ms&node_timeout=50ms",
            "payments?cut=0ms&node_timeout=50ms&fault=crash,dc2,-,@0ms",
            "payments?cut=0ms&fault=crash,dc2,-,@0ms",
            "payments?cut=0ms&token_source=redlock&node_timeout=50ms&fault=crash,dc2,-,@0ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            let first = |run: &Run| statuses(run).first().copied().flatten();
            first(&runs[0]) == Some(Status::Success)
                && first(&runs[1]) == Some(Status::NoQuorum)
                && first(&runs[2]) == Some(Status::Success)
                && first(&runs[3]) == Some(Status::NoQuorum)
                && late_vote_is_returned(&runs[3], "dc5")
        },
        foil: &[
            "payments?cut=0ms",
            "payments?cut=0ms&fault=crash,dc2,-,@0ms",
            "payments?cut=0ms&fault=crash,dc2,-,@0ms",
            "payments?cut=0ms&token_source=redlock&fault=crash,dc2,-,@0ms",
        ],
    },
    Claim {
        id: "4l",
        sentence: "Failing fast refuses a share a / (1 + a) of payments, where a is how many come on average while one is under way, whatever the distribution of its length: 39 % at one payment a second.",
        runs: &["payments?arrivals=open&every=1s&duration=20s&route=p1"],
        quantifier: Quantifier::Share {
            expected: measures::refused_share,
            tolerance: 0.02,
            seeds: 10_000,
        },
        check: |runs| requests(&runs[0]).last().is_some_and(is_held),
        foil: &["payments?policy=wait_forever&arrivals=open&every=1s&duration=20s&route=p1"],
    },
    Claim {
        id: "4m",
        sentence: "The holder does not need the quorum to keep its lease, only to extend it or give it back: with the ledger in reach of both sides, P1 pays during the partition, while two of its extensions fail in a longer operation.",
        runs: &[
            "payments?ledger_side=both",
            "payments?extend=on&caller_timeout=10s&ledger_side=both&op=4s",
        ],
        quantifier: EVERY,
        check: |runs| {
            let failed = facts(&runs[1])
                .filter(|(_, _, event)| {
                    matches!(
                        event,
                        Event::LockExtend {
                            extended: false,
                            ..
                        }
                    )
                })
                .count();
            numbers(&runs[0]).first() == Some(&41)
                && statuses(&runs[0]).first() == Some(&Some(Status::Success))
                && failed == 2
        },
        foil: &[
            "payments",
            "payments?extend=on&caller_timeout=10s&cut=0ms&op=4s",
        ],
    },
    Claim {
        id: "4n",
        sentence: "A token from a replicated log rises as well, and changes nothing about the partition: P1's late payment is refused, and its caller does not know.",
        runs: &["payments?token_source=raft_lease"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let heard = statuses(run).first().copied().flatten();
            run.keeps(Law::TokensRise)
                && numbers(run).len() == 1
                && refused(run) == [41]
                && heard == Some(Status::Unknown)
        },
        foil: &["payments?token_source=redlock"],
    },
];
