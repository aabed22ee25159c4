//! The sentences of the payment lesson, each with the runs that show it.

use alloc::vec::Vec;

use sim::{Span, Time};

use super::{P2_CENTRE, measures};
use crate::claim::{Claim, Quantifier};
use crate::design::{Named, Variation, seconds};
use crate::history::{Belief, Grant};
use crate::laws::Law;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job, Status};

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

// --- what claims look at ----------------------------------------------------

fn facts(run: &Run) -> impl Iterator<Item = (Time, u16, Event)> {
    let records = run.trace.records.iter();
    records.filter_map(|record| Some((record.at, record.lane, Event::read(record)?)))
}

/// The token numbers of accepted writes, in order.
fn numbers(run: &Run) -> Vec<u64> {
    run.history
        .accepted()
        .map(|write| write.token.number())
        .collect()
}

/// The tokens that were refused.
fn refused(run: &Run) -> Vec<u64> {
    run.history
        .writes
        .iter()
        .filter(|write| write.decision == Decision::StaleToken)
        .map(|write| write.token.number())
        .collect()
}

/// How often the account was debited.
fn debits(run: &Run) -> usize {
    run.history.accepted().count()
}

/// How often the provider took money.
fn charges(run: &Run) -> usize {
    facts(run)
        .filter(|(_, _, event)| {
            matches!(
                event,
                Event::ExternalCall {
                    performed: true,
                    ..
                }
            )
        })
        .count()
}

/// A request as its caller sees it.
struct Request {
    number: u32,
    job: Job,
    sent: Time,
    /// When the caller stops waiting.
    deadline: Time,
    /// What it got, and when.
    answer: Option<(Status, Time)>,
}

fn requests(run: &Run) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    for (at, _, event) in facts(run) {
        match event {
            Event::ApiRequest {
                request,
                job,
                within_us,
                ..
            } => requests.push(Request {
                number: request,
                job,
                sent: at,
                deadline: at + Span::from_us(within_us),
                answer: None,
            }),
            Event::ApiResponse {
                request, status, ..
            } => {
                if let Some(asked) = requests.iter_mut().find(|it| it.number == request) {
                    asked.answer = Some((status, at));
                }
            }
            _ => {}
        }
    }
    requests
}

fn statuses(run: &Run) -> Vec<Option<Status>> {
    requests(run)
        .iter()
        .map(|request| request.answer.map(|(status, _)| status))
        .collect()
}

/// Which request each attempt served, in order.
fn served(run: &Run) -> Vec<(Incarnation, u32)> {
    facts(run)
        .filter_map(|(_, _, event)| match event {
            Event::ApiServe { holder, request } => Some((holder, request)),
            _ => None,
        })
        .collect()
}

/// Ledger entries made after the caller had stopped waiting.
fn orphans(run: &Run) -> usize {
    let (requests, served) = (requests(run), served(run));
    let deadline = |holder: Incarnation| {
        let (_, number) = served.iter().find(|(of, _)| *of == holder)?;
        let request = requests.iter().find(|it| it.number == *number)?;
        Some(request.deadline)
    };
    run.history
        .accepted()
        .filter(|write| deadline(write.holder).is_some_and(|deadline| write.at.at > deadline))
        .count()
}

/// The share of payments that were refused because another was under way,
/// among those asked for once the first have been settled; `None` where there
/// are none.
pub(super) fn refused_share(run: &Run) -> Option<f64> {
    const SETTLED: Time = Time::from_us(5_000_000);
    let late = |request: &&Request| request.sent >= SETTLED;
    let requests = requests(run);
    let all = requests.iter().filter(late).count();
    let held = requests
        .iter()
        .filter(late)
        .filter(|it| is_held(it))
        .count();
    (all > 0).then(|| held as f64 / all as f64)
}

fn is_held(request: &Request) -> bool {
    matches!(request.answer, Some((Status::Held, _)))
}

/// Whether every refusal came within the budget and a round trip, nothing of a
/// refused request reached the ledger, and no entry came too late.
fn fails_fast(run: &Run) -> bool {
    let scenario = &run.scenario;
    let round_trip = super::parameters::round_trip_us(scenario, 0, 0).max(
        super::parameters::round_trip_us(scenario, P2_CENTRE, P2_CENTRE),
    );
    let most = scenario.span("budget") + Span::from_us(round_trip) + scenario.span("jitter") * 2;
    let served = served(run);
    let refusals: Vec<(u32, Span)> = requests(run)
        .iter()
        .filter_map(|request| match request.answer? {
            (Status::Held | Status::NoQuorum, at) => Some((request.number, at.since(request.sent))),
            _ => None,
        })
        .collect();
    let wrote = |number: u32| {
        let mut attempts = served.iter().filter(|(_, request)| *request == number);
        attempts.any(|(holder, _)| run.history.writes.iter().any(|it| it.holder == *holder))
    };
    !refusals.is_empty()
        && refusals
            .iter()
            .all(|&(number, took)| took <= most && !wrote(number))
        && orphans(run) == 0
}

/// How many payments were asked for and not yet granted the lock at `at`.
fn waiting(run: &Run, at: Time) -> usize {
    let before = |wanted: fn(&Event) -> bool| {
        facts(run)
            .filter(|(when, _, event)| *when <= at && wanted(event))
            .count()
    };
    let asked = before(|event| matches!(event, Event::ApiRequest { .. }));
    asked - before(|event| matches!(event, Event::LockAcquired { .. })).min(asked)
}

fn belief_of<'a>(run: &'a Run, key: &str) -> Option<&'a Belief> {
    let lane = run.lane(key);
    let mut beliefs = run.history.beliefs.iter();
    beliefs.find(|belief| Some(belief.holder.lane()) == lane)
}

fn grant_of<'a>(run: &'a Run, key: &str) -> Option<&'a Grant> {
    let lane = run.lane(key);
    let mut grants = run.history.grants.iter();
    grants.find(|grant| Some(grant.holder.lane()) == lane)
}

/// From the first attempt of `key` to its belief.
fn acquired_after(run: &Run, key: &str) -> Option<Span> {
    let lane = run.lane(key);
    let began = facts(run)
        .find(|(_, at, event)| Some(*at) == lane && matches!(event, Event::LockTry { .. }))?;
    let belief = belief_of(run, key)?;
    Some(belief.from.at.since(began.0))
}

/// How long P1's only acquisition took, s.
pub(super) fn acquired_after_s(run: &Run) -> Option<f64> {
    acquired_after(run, "p1").map(seconds)
}

/// Whether P1's lock ran out, by its own clock, before its operation was done.
pub(super) fn outlasted_its_lock(run: &Run) -> bool {
    let Some(belief) = belief_of(run, "p1") else {
        return false;
    };
    let done = facts(run).any(
        |(_, _, event)| matches!(event, Event::LockCheck { holder, .. } if holder == belief.holder),
    );
    belief.end == Some(BeliefEnd::Deadline) && !done
}

/// Whether the account is free again when the closed form says so, give or
/// take a poll.
fn recovers_as_predicted(run: &Run) -> bool {
    let predicted = measures::takeover_s(&run.scenario, 0.5);
    run.takeover()
        .is_some_and(|measured| (seconds(measured) - predicted).abs() <= 0.15)
}

/// Whether a vote of `key` was given after P1's attempt had failed, and taken
/// back later.
fn late_vote_is_returned(run: &Run, key: &str) -> bool {
    let lane = run.lane(key);
    let mut seen = (false, false, false);
    for (_, at, event) in facts(run) {
        match event {
            Event::LockRejected { .. } => seen.0 = true,
            Event::ServerGrant { .. } if Some(at) == lane && seen.0 => seen.1 = true,
            Event::ServerRelease { .. } if Some(at) == lane && seen.1 => seen.2 = true,
            _ => {}
        }
    }
    seen.2
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
