//! The sentences of ZooKeeper's lesson, each with the runs that show it.

use alloc::vec::Vec;

use sim::{Kind, Record, Span, Time};

use super::measures::{self, FIRST_SESSION, Outcome, cut, expired_at, reported_at};
use super::negotiated;
use crate::claim::{Claim, Quantifier};
use crate::design::{Named, Role, Variation};
use crate::history::{Belief, KeyEnd, Write};
use crate::laws::Law;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::vocabulary::{BeliefEnd, Decision, Event, SessionState};

/// Worth a name; the lesson's own first.
pub(super) const SCENARIOS: &[Named] = &[
    Named {
        title: "A session of 2 s, a partition of 3 s",
        shows: "As shipped, the server makes 4 s of the 2 s. Most often A comes back in time and keeps the lock.",
        code: "zookeeper",
    },
    Named {
        title: "A session that does last 2 s",
        shows: "At a tickTime of 500 ms A's session expires inside the partition, and B holds the lock after it.",
        code: "zookeeper?tick=500ms&attach=follower",
    },
    Named {
        title: "Back in time, in every run",
        shows: "A pinged right before the partition. Its session lives on, and B waits.",
        code: "zookeeper?ping_phase=300ms&bucket_phase=1s",
    },
    Named {
        title: "Healed, and lost all the same",
        shows: "A's session outlives the partition and dies while A's library sleeps.",
        code: "zookeeper?ping_phase=1.2s&bucket_phase=1.2s&reconnect_sleep=950ms",
    },
    Named {
        title: "A holder that does not listen",
        shows: "A writes on beside B.",
        code: "zookeeper?tick=500ms&attach=follower&policy=oblivious",
    },
    Named {
        title: "Fenced by the node's czxid",
        shows: "The store refuses A once B has claimed it.",
        code: "zookeeper?tick=500ms&attach=follower&policy=oblivious&fence=claim",
    },
    Named {
        title: "Cut off together with its server",
        shows: "A's server answers its pings. A hears of nothing, and B holds the lock too.",
        code: "zookeeper?tick=1s&isolation=client+follower&attach=follower",
    },
    Named {
        title: "A pause instead of a partition",
        shows: "A writes before it hears any news.",
        code: "zookeeper?partition=0ms&pause=8s",
    },
    Named {
        title: "A leader without followers",
        shows: "A can reach its server all the time and loses the lock.",
        code: "zookeeper?tick=1s&isolation=leader-minority&attach=follower&relay_phase=250ms",
    },
    Named {
        title: "The herd",
        shows: "One node that everyone watches: each release wakes them all.",
        code: "zookeeper?partition=0ms&clients=12&recipe=simple&hold=500ms",
    },
    Named {
        title: "Numbers that start over",
        shows: "The empty parent is deleted, and B's node gets number 0.",
        code: "zookeeper?partition=0ms&token_source=suffix&clients=2&hold=1s&again=off&b_start=4s&reap=1.5s",
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
        with("with a tickTime of 500 ms", &[("tick", 500_000)]),
        with("with the shipped tickTime of 2 s", &[("tick", 2_000_000)]),
        with("with a holder that does not listen", &[("policy", 2)]),
        with("with a fence that is claimed first", &[("fence", 2)]),
        with(
            "with A's server cut off too",
            &[("isolation", 1), ("attach", 1)],
        ),
        with("without the partition", &[("partition", 0)]),
    ]
    .into_iter()
    .flatten()
    .take(4)
    .collect()
}

// --- what claims look at ----------------------------------------------------

fn events(run: &Run) -> impl Iterator<Item = (&Record, Event)> {
    let records = run.trace.records.iter();
    records.filter_map(|record| Some((record, Event::read(record)?)))
}

fn beliefs<'a>(run: &'a Run, key: &str) -> impl Iterator<Item = &'a Belief> + use<'a> {
    let lane = run.lane(key);
    let beliefs = run.history.beliefs.iter();
    beliefs.filter(move |belief| Some(belief.holder.lane()) == lane)
}

fn writes<'a>(
    run: &'a Run,
    key: &str,
    decision: Decision,
) -> impl Iterator<Item = &'a Write> + use<'a> {
    let lane = run.lane(key);
    let writes = run.history.writes.iter();
    writes.filter(move |write| Some(write.holder.lane()) == lane && write.decision == decision)
}

/// Whether `key`'s client has the lock at the end.
fn holds_at_the_end(run: &Run, key: &str) -> bool {
    let grants = &run.history.grants;
    let last = grants.iter().find(|grant| grant.end == KeyEnd::Open);
    last.is_some_and(|grant| Some(grant.holder.lane()) == run.lane(key))
}

/// Whether A alone had the lock, all the time.
fn only_a_was_granted(run: &Run) -> bool {
    run.history.grants.len() == 1 && holds_at_the_end(run, "a")
}

/// A's nodes in order: the number of each.
fn nodes_of_a(run: &Run) -> Vec<u32> {
    events(run)
        .filter_map(|(_, event)| match event {
            Event::NodeCreated { holder, suffix, .. } if Some(holder.lane()) == run.lane("a") => {
                Some(suffix)
            }
            _ => None,
        })
        .collect()
}

/// Whether A's first session was ever reported to be in `state` before `at`.
fn reported_before(run: &Run, state: SessionState, at: Time) -> bool {
    reported_at(run, state).is_some_and(|reported| reported < at)
}

/// When A's first session is connected again, after it was disconnected.
fn reattached_at(run: &Run) -> Option<Time> {
    let lost = reported_at(run, SessionState::Disconnected)?;
    events(run)
        .find(|(record, event)| {
            record.at > lost
                && matches!(event, Event::SessionIs { session, state: SessionState::SyncConnected, .. }
                    if *session == FIRST_SESSION)
        })
        .map(|(record, _)| record.at)
}

/// When A last heard from any server before `at`.
fn heard_before(run: &Run, at: Time) -> Option<Time> {
    let a = run.lane("a")?;
    let from_server = |record: &&Record| {
        let sender = run.lanes.get(record.y as usize);
        record.at < at
            && record.lane == a
            && record.world_kind() == Some(Kind::Receive)
            && sender.is_some_and(|lane| lane.role == Role::Grantor)
    };
    let records = run.trace.records.iter();
    Some(records.rev().find(from_server)?.at)
}

/// How many watches fire for each node that is deleted.
fn wakes(run: &Run) -> Vec<usize> {
    let mut wakes = Vec::new();
    for (_, event) in events(run) {
        match event {
            Event::NodeDeleted { .. } => wakes.push(0),
            Event::WatchFires { .. } => {
                if let Some(last) = wakes.last_mut() {
                    *last += 1;
                }
            }
            _ => {}
        }
    }
    wakes
}

/// Whether the store accepts nothing from A once B's claim is in.
fn claim_shuts_a_out(run: &Run) -> bool {
    let claimed = events(run).find(|(_, event)| {
        matches!(event, Event::ResourceClaim { holder, accepted: true, .. }
            if Some(holder.lane()) == run.lane("b"))
    });
    claimed.is_some_and(|(claim, _)| {
        writes(run, "a", Decision::Accepted).all(|write| write.at.at <= claim.at)
    })
}

/// A third of the timeout, less the round trip of a ping.
fn least_warning(run: &Run) -> Span {
    let one_way = run.scenario.span("one_way");
    Span::from_us(negotiated(&run.scenario).us() / 3) - one_way * 2
}

const EVERY: Quantifier = Quantifier::EverySeed;

/// Every claim, in the order of the answer.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "2a",
        sentence: "With a tickTime of 500 ms the session does last 2 s. It expires inside the partition, A's node is deleted, and B acquires the lock before the network heals. After recovery B holds it; A is told that its session has expired, and queues behind with a new session and a higher number.",
        runs: &["zookeeper?tick=500ms&attach=follower"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let Some((_, healed)) = cut(run) else {
                return false;
            };
            measures::outcome(run) == Outcome::DuringCut
                && beliefs(run, "b").any(|belief| belief.from.at < healed)
                && holds_at_the_end(run, "b")
                && reported_at(run, SessionState::Expired).is_some_and(|at| at > healed)
                && nodes_of_a(run).is_sorted()
                && nodes_of_a(run).len() == 2
        },
        foil: &["zookeeper?ping_phase=300ms&bucket_phase=1s"],
    },
    Claim {
        id: "2b",
        sentence: "With the shipped tickTime of 2 s the server makes the session 4 s long. A is disconnected and comes back with the same session; its node was there all the time, and B never acquires the lock.",
        runs: &["zookeeper?ping_phase=300ms&bucket_phase=1s"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            measures::outcome(run) == Outcome::Kept
                && reattached_at(run).is_some()
                && only_a_was_granted(run)
                && beliefs(run, "b").next().is_none()
        },
        foil: &["zookeeper?tick=500ms&attach=follower"],
    },
    Claim {
        id: "2c",
        sentence: "There is a third outcome: the network heals, and the session expires before A's library, which sleeps between its attempts, has reached a server again. B holds the lock after recovery.",
        runs: &["zookeeper?ping_phase=1.2s&bucket_phase=1.2s&reconnect_sleep=950ms"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            measures::outcome(run) == Outcome::AfterHeal
                && reattached_at(run).is_none()
                && expired_at(run) < reported_at(run, SessionState::Expired)
                && holds_at_the_end(run, "b")
        },
        foil: &["zookeeper?ping_phase=300ms&bucket_phase=1s"],
    },
    Claim {
        id: "2d",
        sentence: "A holder that does not listen to its library works on beside B: both believe that they hold the lock, and its stale writes are accepted.",
        runs: &["zookeeper?tick=500ms&attach=follower&policy=oblivious"],
        quantifier: EVERY,
        check: |runs| runs[0].breaks(Law::OneHolder) && runs[0].breaks(Law::NoStaleWrite),
        foil: &["zookeeper?tick=500ms&attach=follower"],
    },
    Claim {
        id: "2e",
        sentence: "A holder that stops when it is disconnected stops in time: its library tells it at least a third of the timeout, less a round trip, before the session can expire. No two believe at once.",
        runs: &["zookeeper?tick=500ms&attach=follower"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let stopped = beliefs(run, "a").find(|belief| belief.end == Some(BeliefEnd::Aborted));
            let (Some(stopped), Some(expired)) = (stopped, expired_at(run)) else {
                return false;
            };
            run.keeps(Law::OneHolder) && expired.since(stopped.until.at) >= least_warning(run)
        },
        foil: &["zookeeper?tick=500ms&attach=follower&policy=stop_on_expired"],
    },
    Claim {
        id: "2f",
        sentence: "If A's server is cut off together with it, that server goes on answering A's pings. A hears of nothing until the network heals, the leader expires its session meanwhile, and stopping when disconnected does not help: both believe that they hold the lock.",
        runs: &["zookeeper?tick=1s&isolation=client+follower&attach=follower"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let healed = cut(run).map_or(Time::NEVER, |(_, healed)| healed);
            !reported_before(run, SessionState::Disconnected, healed) && run.breaks(Law::OneHolder)
        },
        foil: &["zookeeper?tick=1s&attach=follower"],
    },
    Claim {
        id: "2g",
        sentence: "The transaction that created a node, its czxid, is a number to fence with. A store that checks it keeps the writes in order and refuses A once B has written; one that B claims first accepts nothing from A any more.",
        runs: &[
            "zookeeper?tick=500ms&attach=follower&policy=oblivious&fence=check",
            "zookeeper?tick=500ms&attach=follower&policy=oblivious&fence=claim",
            "zookeeper?tick=1s&isolation=client+follower&attach=follower&fence=check",
            "zookeeper?tick=1s&isolation=client+follower&attach=follower&fence=claim",
        ],
        quantifier: EVERY,
        check: |runs| {
            let ordered = runs.iter().all(|run| run.keeps(Law::WritesInOrder));
            let refused = |run: &Run| writes(run, "a", Decision::StaleToken).next().is_some();
            ordered
                && refused(&runs[0])
                && refused(&runs[1])
                && claim_shuts_a_out(&runs[1])
                && claim_shuts_a_out(&runs[3])
        },
        foil: &[
            "zookeeper?tick=500ms&attach=follower&policy=oblivious&token_source=czxid",
            "zookeeper?tick=500ms&attach=follower&policy=oblivious&token_source=czxid",
            "zookeeper?tick=1s&isolation=client+follower&attach=follower&token_source=czxid",
            "zookeeper?tick=1s&isolation=client+follower&attach=follower&token_source=czxid",
        ],
    },
    Claim {
        id: "2h",
        sentence: "From 3.9.3 on the library does not wait to be told: it declares its session expired without reaching a server, no earlier than four thirds of the timeout after it last heard from one.",
        runs: &["zookeeper?tick=500ms&attach=follower&client=3.9.3+"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let (Some(lost), Some(expired)) = (
                reported_at(run, SessionState::Disconnected),
                reported_at(run, SessionState::Expired),
            ) else {
                return false;
            };
            let Some(heard) = heard_before(run, lost) else {
                return false;
            };
            let patience = Span::from_us(negotiated(&run.scenario).us() * 4 / 3);
            let told = events(run).any(|(record, event)| {
                record.at <= expired
                    && matches!(event, Event::SessionDenied { session } if session == FIRST_SESSION)
            });
            !told && expired.since(heard) >= patience
        },
        foil: &["zookeeper?tick=500ms&attach=follower"],
    },
    Claim {
        id: "2i",
        sentence: "With one node that everyone watches, each release wakes all 49 who wait. In a queue, where each watches the one ahead, it wakes one.",
        runs: &[
            "zookeeper?partition=0ms&clients=50&recipe=simple&hold=1s",
            "zookeeper?partition=0ms&clients=50&hold=1s",
        ],
        quantifier: EVERY,
        check: |runs| {
            let all = |run: &Run, count| {
                let wakes = wakes(run);
                wakes.len() >= 2 && wakes.iter().all(|&woken| woken == count)
            };
            all(&runs[0], 49) && all(&runs[1], 1)
        },
        foil: &[
            "zookeeper?partition=0ms&clients=50&hold=1s",
            "zookeeper?partition=0ms&clients=50&recipe=simple&hold=1s",
        ],
    },
    Claim {
        id: "2j",
        sentence: "If the process of A's server dies, A learns it at once from the broken connection, attaches to another server long before its session can expire, and keeps the lock.",
        runs: &["zookeeper?partition=0ms&attach=follower&fault=crash,zk2,-,@2s"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            reattached_at(run).is_some() && expired_at(run).is_none() && only_a_was_granted(run)
        },
        foil: &["zookeeper?partition=0ms&attach=follower&fault=crash,a,-,@2s"],
    },
    Claim {
        id: "2k",
        sentence: "The number at the end of a node's name is no token: when the last node is gone the leader deletes the empty parent, and the numbers start over. B's 0 follows A's 33. The czxid goes on rising.",
        runs: &[
            "zookeeper?partition=0ms&token_source=suffix&clients=2&hold=1s&again=off&b_start=4s&reap=1.5s",
            "zookeeper?partition=0ms&token_source=czxid&clients=2&hold=1s&again=off&b_start=4s&reap=1.5s",
        ],
        quantifier: EVERY,
        check: |runs| runs[0].breaks(Law::TokensRise) && runs[1].keeps(Law::TokensRise),
        foil: &[
            "zookeeper?partition=0ms&token_source=suffix&clients=2&hold=1s&again=off&b_start=4s",
            "zookeeper?partition=0ms&token_source=czxid&clients=2&hold=1s&again=off&b_start=4s",
        ],
    },
    Claim {
        id: "2l",
        sentence: "A leader that hears no follower still counts their clients' sessions down. Once the network heals, its verdict is committed: A, which could reach its own server all the time, loses the lock. This is derived from the source, and has not been reproduced with real servers.",
        runs: &["zookeeper?tick=1s&isolation=leader-minority&attach=follower&relay_phase=250ms"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let Some((_, healed)) = cut(run) else {
                return false;
            };
            let closed = measures::first_at(
                run,
                |event| matches!(event, Event::SessionCloses { session } if session == FIRST_SESSION),
            );
            measures::outcome(run) == Outcome::DuringCut
                && closed.is_some_and(|at| at > healed)
                && !reported_before(run, SessionState::Disconnected, healed)
                && holds_at_the_end(run, "b")
        },
        foil: &[
            "zookeeper?tick=1s&partition=1s&isolation=leader-minority&attach=follower&relay_phase=250ms",
        ],
    },
    Claim {
        id: "2m",
        sentence: "Lowering minSessionTimeout alone gives sessions of 2 s that still expire at the end of a 2 s bucket: a partition of 3 s outlasts the session in about two runs of five.",
        runs: &["zookeeper?attach=follower&min_session_timeout=2s&clients=1"],
        quantifier: Quantifier::Share {
            expected: measures::expires_in_cut,
            tolerance: 0.02,
            seeds: 10_000,
        },
        check: |runs| measures::outcome(&runs[0]) == Outcome::DuringCut,
        foil: &["zookeeper?tick=500ms&attach=follower&clients=1"],
    },
    Claim {
        id: "2n",
        sentence: "A pause is worse than a partition: nothing can tell a process that does not run. A wakes up after B has acquired the lock and writes before it hears of it, although it would stop when disconnected. Only the store can refuse it.",
        runs: &[
            "zookeeper?partition=0ms&pause=8s",
            "zookeeper?partition=0ms&pause=8s&fence=check",
        ],
        quantifier: EVERY,
        check: |runs| {
            let refused = writes(&runs[1], "a", Decision::StaleToken).next().is_some();
            runs[0].breaks(Law::NoStaleWrite) && runs[1].keeps(Law::NoStaleWrite) && refused
        },
        foil: &[
            "zookeeper?partition=0ms&pause=1s",
            "zookeeper?partition=0ms&pause=1s&fence=check",
        ],
    },
];
