//! The sentences of the contention lesson, each with the runs that show it.

use alloc::vec::Vec;

use sim::{Kind, Span, Time};

use super::measures;
use crate::claim::{Claim, Quantifier};
use crate::design::{Named, Variation};
use crate::history::Update;
use crate::laws::Law;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::vocabulary::{Event, RowDecision, UpdateResult};

/// Worth a name; the lesson's own first.
pub(super) const SCENARIOS: &[Named] = &[
    Named {
        title: "300 workers, one stock, compare-and-set",
        shows: "All read, one wins, the others have worked in vain: about 25,000 attempts for 300 units.",
        code: "contention",
    },
    Named {
        title: "Eight workers, compare-and-set",
        shows: "The same, small enough to follow: 36 attempts, 8 + 7 + … + 1.",
        code: "contention?k=8",
    },
    Named {
        title: "Eight workers, a lock service",
        shows: "One attempt each, in the order of arrival, and three round trips a turn.",
        code: "contention?mechanism=ext_lock_fifo&k=8",
    },
    Named {
        title: "Eight workers, a lock on the row",
        shows: "The queue is in the database: no lease, no extra request.",
        code: "contention?mechanism=row_lock&k=8",
    },
    Named {
        title: "Eight workers, one atomic update",
        shows: "“Take one if there is one”: nothing lies between read and write.",
        code: "contention?mechanism=atomic&k=8",
    },
    Named {
        title: "A lock that oversells",
        shows: "W1 stops right before its write, longer than its lease. Five are sold meanwhile; then W1 sells the sixth of five.",
        code: "contention?mechanism=ext_lock_fifo&ttl=50ms&pause=200ms&k=8&stagger=1ms&stock=5",
    },
    Named {
        title: "The same lock, and versions compared",
        shows: "The lock saves work, the condition in the write protects the stock: W1's late write is refused.",
        code: "contention?mechanism=ext_lock_fifo&compare=version&ttl=50ms&pause=200ms&k=8&stagger=1ms&stock=5",
    },
    Named {
        title: "The holder dies",
        shows: "Nobody is served until its lease has run out.",
        code: "contention?mechanism=ext_lock_fifo&ttl=500ms&k=8&stagger=1ms&fault=crash,w1,-,mid_work",
    },
    Named {
        title: "A value that comes back",
        shows: "One takes a unit, one returns one. To W1, which compares values, nothing has happened.",
        code: "contention?compare=value&pause=100ms&k=3&stock=10&returners=1",
    },
    Named {
        title: "Everyone their own profile, compare-and-set",
        shows: "2,000 updates a second on 5,000 profiles: about one in a thousand meets another.",
        code: "contention?workload=profile",
    },
    Named {
        title: "Everyone their own profile, a lock service",
        shows: "Two more requests and a round trip for each update, to prevent next to nothing.",
        code: "contention?workload=profile&mechanism=ext_lock_fifo",
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
        with("by compare-and-set", &[("mechanism", 0), ("compare", 0)]),
        with("with a lock on the row", &[("mechanism", 2)]),
        with("with a lock service", &[("mechanism", 3)]),
        with("with one atomic update", &[("mechanism", 5)]),
        with("with back-off", &[("backoff", 1)]),
        with("with 20 workers", &[("k", 20)]),
    ]
    .into_iter()
    .flatten()
    .take(4)
    .collect()
}

// --- what claims and charts look at -----------------------------------------

fn facts(run: &Run) -> impl Iterator<Item = Event> {
    run.trace.records.iter().filter_map(Event::read)
}

fn count(run: &Run, wanted: impl Fn(&Event) -> bool) -> usize {
    facts(run).filter(wanted).count()
}

/// Attempts that reached the database with a write.
pub(super) fn attempts(run: &Run) -> usize {
    count(run, |event| matches!(event, Event::RowWrite { .. }))
}

fn conflicts(run: &Run) -> usize {
    let conflict = |event: &Event| {
        matches!(
            event,
            Event::RowWrite {
                decision: RowDecision::Conflict,
                ..
            }
        )
    };
    count(run, conflict)
}

/// The share of attempts that were refused because another came first.
pub(super) fn conflict_share(run: &Run) -> Option<f64> {
    let attempts = attempts(run);
    (attempts > 0).then(|| conflicts(run) as f64 / attempts as f64)
}

/// What the database has done, reads and writes.
fn operations(run: &Run) -> usize {
    attempts(run) + count(run, |event| matches!(event, Event::RowRead { .. }))
}

fn succeeded(update: &&Update) -> bool {
    matches!(
        update.result,
        Some(UpdateResult::Taken | UpdateResult::Returned | UpdateResult::Changed)
    )
}

fn successes(run: &Run) -> usize {
    run.history.updates.iter().filter(succeeded).count()
}

fn seconds(span: Span) -> f64 {
    span.us() as f64 / 1e6
}

/// Successes a second, over the whole run.
pub(super) fn throughput(run: &Run) -> f64 {
    let span = run.trace.end.since(Time::ZERO);
    run.history.changes.len() as f64 / seconds(span).max(1e-6)
}

fn operations_a_success(run: &Run) -> f64 {
    operations(run) as f64 / run.history.changes.len().max(1) as f64
}

/// Attempts for each success.
pub(super) fn attempts_a_success(run: &Run) -> Option<f64> {
    let changes = run.history.changes.len();
    (changes > 0).then(|| attempts(run) as f64 / changes as f64)
}

/// When the last update was over, s.
pub(super) fn makespan_s(run: &Run) -> f64 {
    let ended = run.history.updates.iter();
    let ended = ended.filter(|update| update.result.is_some());
    let last = ended.map(|update| update.until.at).max();
    seconds(last.unwrap_or(Time::ZERO).since(Time::ZERO))
}

/// How long updates took, shortest first, µs. Those that are not over count
/// with what they have waited so far: who starves must not drop out.
fn waits<'a>(updates: impl Iterator<Item = &'a Update>) -> Vec<u64> {
    let mut waits: Vec<u64> = updates
        .map(|update| update.until.at.since(update.from.at).us())
        .collect();
    waits.sort_unstable();
    waits
}

fn quantile(waits: &[u64], percent: usize) -> Option<f64> {
    let last = waits.len().checked_sub(1)?;
    let us = waits[last * percent / 100];
    Some(us as f64 / 1e6)
}

/// What 99 of 100 updates were done within, s.
pub(super) fn p99_s(run: &Run) -> Option<f64> {
    quantile(&waits(run.history.updates.iter()), 99)
}

/// The 99th percentile beside the median, once every worker has been served.
fn spread(run: &Run) -> Option<f64> {
    let workers = super::workers(&run.scenario);
    let later = run.history.updates.iter();
    let later = later.filter(|update| update.job.0 > u32::from(workers));
    let waits = waits(later);
    Some(quantile(&waits, 99)? / quantile(&waits, 50)?)
}

fn mean_wait_s(run: &Run) -> f64 {
    let waits = waits(run.history.updates.iter().filter(succeeded));
    waits.iter().sum::<u64>() as f64 / 1e6 / waits.len().max(1) as f64
}

/// How many messages the lock service got.
fn lock_requests(run: &Run) -> usize {
    let service = run.lane("lock").map(u32::from);
    let records = run.trace.records.iter();
    let sent = records.filter(|record| record.world_kind() == Some(Kind::Send));
    sent.filter(|record| Some(record.y) == service).count()
}

fn is_near(found: f64, predicted: f64, tolerance: f64) -> bool {
    (found - predicted).abs() <= tolerance * predicted
}

/// κ of the universal scalability law from two runs: above zero where more
/// workers make fewer updates.
fn coherency(few: &Run, many: &Run) -> f64 {
    let one = measures::throughput(&few.scenario.with("k", 1));
    let point = |run: &Run| (run.scenario.get("k") as f64, throughput(run));
    measures::scalability(one, point(few), point(many)).1
}

/// When a process died.
fn crash(run: &Run) -> Option<(Time, u16)> {
    let mut records = run.trace.records.iter();
    let crash = records.find(|record| record.world_kind() == Some(Kind::Crash))?;
    Some((crash.at, crash.lane))
}

/// Whether after a holder's death nothing was changed until its lease had run
/// out, and then the others were served.
fn lease_blocks(run: &Run) -> bool {
    let Some((died, lane)) = crash(run) else {
        return false;
    };
    let mut grants = run.history.grants.iter();
    let Some(grant) = grants.find(|grant| grant.holder.lane() == lane) else {
        return false;
    };
    let free = grant.from.at + run.scenario.span("ttl");
    let changes = &run.history.changes;
    let later = changes.iter().filter(|change| change.at.at > died);
    later.clone().all(|change| change.at.at >= free) && later.count() > 1
}

/// Whether all but the dead were done as soon as if it had never been there,
/// give or take two attempts.
fn others_go_on(run: &Run) -> bool {
    let Some((_, lane)) = crash(run) else {
        return false;
    };
    let others = run.history.updates.iter();
    let mut others = others.filter(|update| update.lane != lane);
    let most = measures::burst_s(&run.scenario) + 2.0 * measures::alone_s(&run.scenario);
    others.all(|update| update.result.is_some()) && makespan_s(run) <= most
}

/// Whether a write of `key`'s lane was refused.
fn is_refused(run: &Run, key: &str) -> bool {
    let lane = run.lane(key);
    let refused = |event: &Event| {
        matches!(event, Event::RowWrite { holder, decision: RowDecision::Conflict, .. }
            if Some(holder.lane()) == lane)
    };
    count(run, refused) > 0
}

fn grants(run: &Run) -> usize {
    run.history.grants.len()
}

const EVERY: Quantifier = Quantifier::EverySeed;

/// Every claim, in the order of the answer.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "3a",
        sentence: "Each on their own profile: fewer than one attempt in a hundred meets another, and compare-and-set is faster on average than a lock.",
        runs: &[
            "contention?workload=profile&duration=500ms",
            "contention?workload=profile&mechanism=ext_lock_fifo&duration=500ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            successes(&runs[0]) > 0
                && conflicts(&runs[0]) * 100 < attempts(&runs[0])
                && mean_wait_s(&runs[0]) < mean_wait_s(&runs[1])
        },
        foil: &[
            "contention?workload=profile&users=20&duration=500ms",
            "contention?workload=profile&mechanism=ext_lock_fifo&users=20&duration=500ms",
        ],
    },
    Claim {
        id: "3b",
        sentence: "Each on their own profile: a lock costs two requests for each update, a hundred and more for each conflict that it prevents. What it prevents, a retry repairs: with or without the lock the same updates are made, and none is lost.",
        runs: &[
            "contention?workload=profile&mechanism=ext_lock_fifo&duration=500ms",
            "contention?workload=profile&duration=500ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            let requests = lock_requests(&runs[0]);
            successes(&runs[0]) == successes(&runs[1])
                && requests >= 2 * successes(&runs[0])
                && requests >= 100 * conflicts(&runs[1])
                && runs.iter().all(|run| run.keeps(Law::NoLostUpdate))
        },
        foil: &[
            "contention?workload=profile&mechanism=ext_lock_fifo&users=20&duration=500ms",
            "contention?workload=profile&users=20&duration=500ms",
        ],
    },
    Claim {
        id: "3c",
        sentence: "300 workers on one stock that never rest: a lock service with a queue makes more updates a second than compare-and-set, and takes less than a hundredth of the database's operations for each.",
        runs: &[
            "contention?mechanism=ext_lock_fifo&arrival=closed&duration=300ms",
            "contention?arrival=closed&duration=300ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            throughput(&runs[0]) > throughput(&runs[1])
                && operations_a_success(&runs[1]) >= 100.0 * operations_a_success(&runs[0])
        },
        foil: &[
            "contention?mechanism=ext_lock_fifo&k=20&arrival=closed&duration=300ms",
            "contention?k=20&arrival=closed&duration=300ms",
        ],
    },
    Claim {
        id: "3d",
        sentence: "With 20 workers it is the other way round: compare-and-set makes more updates a second than the lock service.",
        runs: &[
            "contention?k=20&arrival=closed&duration=300ms",
            "contention?mechanism=ext_lock_fifo&k=20&arrival=closed&duration=300ms",
        ],
        quantifier: EVERY,
        check: |runs| throughput(&runs[0]) > throughput(&runs[1]),
        foil: &[
            "contention?arrival=closed&duration=300ms",
            "contention?mechanism=ext_lock_fifo&arrival=closed&duration=300ms",
        ],
    },
    Claim {
        id: "3e",
        sentence: "A queue is fair: the slowest of a hundred updates takes less than 1.1 times the median. By compare-and-set it takes more than twice the median.",
        runs: &[
            "contention?mechanism=ext_lock_fifo&k=20&arrival=closed",
            "contention?k=20&arrival=closed",
        ],
        quantifier: EVERY,
        check: |runs| {
            spread(&runs[0]).is_some_and(|spread| spread < 1.1)
                && spread(&runs[1]).is_some_and(|spread| spread > 2.0)
        },
        foil: &[
            "contention?mechanism=ext_lock_poll&k=20&arrival=closed",
            "contention?k=20&arrival=closed",
        ],
    },
    Claim {
        id: "3f",
        sentence: "If the holder of a lock service's lock dies, nothing is changed until its lease has run out. By compare-and-set only the dead worker's own attempt is lost.",
        runs: &[
            "contention?mechanism=ext_lock_fifo&ttl=500ms&k=8&stagger=1ms&fault=crash,w1,-,mid_work",
            "contention?k=8&stagger=1ms&fault=crash,w1,-,mid_work",
        ],
        quantifier: EVERY,
        check: |runs| {
            lease_blocks(&runs[0]) && runs[0].breaks(Law::BoundedWait) && others_go_on(&runs[1])
        },
        foil: &[
            "contention?mechanism=ext_lock_fifo&ttl=500ms&k=8&stagger=1ms&fault=crash,w1,-,before_acquire",
            "contention?k=8&stagger=1ms&fault=crash,w1,-,mid_work",
        ],
    },
    Claim {
        id: "3g",
        sentence: "A lock alone oversells: W1 stops right before its write for longer than its lease, five of five are sold meanwhile, and W1's plain write sells a sixth. With the version as a condition its write is refused, and no more is promised than there is.",
        runs: &[
            "contention?mechanism=ext_lock_fifo&ttl=50ms&pause=200ms&k=8&stagger=1ms&stock=5",
            "contention?mechanism=ext_lock_fifo&compare=version&ttl=50ms&pause=200ms&k=8&stagger=1ms&stock=5",
        ],
        quantifier: EVERY,
        check: |runs| {
            runs[0].breaks(Law::StockConserved)
                && runs.iter().all(|run| run.breaks(Law::OneHolder))
                && runs[1].keeps(Law::StockConserved)
                && runs[1].keeps(Law::NoLostUpdate)
                && is_refused(&runs[1], "w1")
        },
        foil: &[
            "contention?mechanism=ext_lock_fifo&ttl=50ms&pause=20ms&k=8&stagger=1ms&stock=5",
            "contention?mechanism=ext_lock_fifo&compare=version&ttl=50ms&pause=20ms&k=8&stagger=1ms&stock=5",
        ],
    },
    Claim {
        id: "3h",
        sentence: "One atomic update needs one attempt, and with 300 workers that never rest the database makes nearly as many a second as it can: 20,000.",
        runs: &["contention?mechanism=atomic&arrival=closed&duration=100ms"],
        quantifier: EVERY,
        check: |runs| {
            let over = runs[0].history.updates.iter();
            let mut over = over.filter(|update| update.result.is_some());
            over.all(|update| update.tries == 1)
                && is_near(
                    throughput(&runs[0]),
                    measures::throughput(&runs[0].scenario),
                    0.03,
                )
        },
        foil: &["contention?arrival=closed&duration=100ms"],
    },
    Claim {
        id: "3i",
        sentence: "A burst of 20 by compare-and-set takes 20 + 19 + … + 1 = 210 attempts; with a lock 20 acquisitions. A burst of 300 keeps the database busy, which sets attempts apart: about 25,000, which is 0.5 to 0.6 of 300 · 301 / 2, in about 2.5 s. Atomic, it takes 300 operations, and 16 ms.",
        runs: &[
            "contention?k=20",
            "contention?mechanism=ext_lock_fifo&k=20",
            "contention?mechanism=atomic",
            "contention",
        ],
        quantifier: EVERY,
        check: |runs| {
            let in_step = measures::burst_attempts(&runs[3].scenario);
            let share = attempts(&runs[3]) as f64 / in_step;
            attempts(&runs[0]) == 210
                && grants(&runs[1]) == 20
                && operations(&runs[2]) == 300
                && is_near(makespan_s(&runs[2]), 0.016, 0.02)
                && (0.5..0.6).contains(&share)
                && is_near(makespan_s(&runs[3]), 2.5, 0.1)
        },
        foil: &[
            "contention?backoff=exponential&k=20",
            "contention?mechanism=ext_lock_fifo&k=20",
            "contention?mechanism=atomic",
            "contention?backoff=exponential",
        ],
    },
    Claim {
        id: "3j",
        sentence: "Compare versions, not values: one worker takes a unit, another returns one, and W1, which had read before both, finds the value it knows. Its write goes through and overwrites two updates that it never saw. The version tells, and the write is refused.",
        runs: &[
            "contention?compare=value&pause=100ms&k=3&stock=10&returners=1",
            "contention?pause=100ms&k=3&stock=10&returners=1",
        ],
        quantifier: EVERY,
        check: |runs| {
            runs[0].breaks(Law::NoLostUpdate)
                && !is_refused(&runs[0], "w1")
                && runs[1].keeps(Law::NoLostUpdate)
                && is_refused(&runs[1], "w1")
        },
        foil: &[
            "contention?compare=value&pause=100ms&k=3&stock=10",
            "contention?pause=100ms&k=3&stock=10",
        ],
    },
    Claim {
        id: "3k",
        sentence: "Compare-and-set keeps up with the row lock until failed attempts fill the database, near (R + c + s) / s = 41 workers, and falls below the lock service near (3R + c + 2s) / s = 82. With 60 workers it stands between the two, with 120 below both.",
        runs: &[
            "contention?k=60&arrival=closed&duration=300ms",
            "contention?mechanism=row_lock&k=60&arrival=closed&duration=300ms",
            "contention?mechanism=ext_lock_fifo&k=60&arrival=closed&duration=300ms",
            "contention?k=120&arrival=closed&duration=300ms",
            "contention?mechanism=ext_lock_fifo&k=120&arrival=closed&duration=300ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            let rates: Vec<f64> = runs.iter().map(throughput).collect();
            rates[0] < 0.8 * rates[1] && rates[0] > rates[2] && rates[3] < rates[4]
        },
        foil: &[
            "contention?k=20&arrival=closed&duration=300ms",
            "contention?mechanism=row_lock&k=20&arrival=closed&duration=300ms",
            "contention?mechanism=ext_lock_fifo&k=20&arrival=closed&duration=300ms",
            "contention?k=40&arrival=closed&duration=300ms",
            "contention?mechanism=ext_lock_fifo&k=40&arrival=closed&duration=300ms",
        ],
    },
    Claim {
        id: "3l",
        sentence: "Back-off trades waiting for wasted work. A burst of 50 takes less than half the attempts and longer, since workers wait while the row is free; a burst of 200 less than a quarter of the attempts, and is done earlier, since the database is not filled with failures.",
        runs: &[
            "contention?backoff=exponential&k=50",
            "contention?k=50",
            "contention?backoff=exponential&k=200",
            "contention?k=200",
        ],
        quantifier: EVERY,
        check: |runs| {
            attempts(&runs[0]) * 2 < attempts(&runs[1])
                && makespan_s(&runs[0]) > makespan_s(&runs[1])
                && attempts(&runs[2]) * 4 < attempts(&runs[3])
                && makespan_s(&runs[2]) < makespan_s(&runs[3])
        },
        foil: &[
            "contention?backoff=exponential&k=3",
            "contention?k=3",
            "contention?backoff=exponential&k=50",
            "contention?k=50",
        ],
    },
    Claim {
        id: "3m",
        sentence: "To look at the lease before the write helps against a pause before the look, and not against one after it: that gap cannot be closed by looking.",
        runs: &[
            "contention?mechanism=ext_lock_fifo&ttl=50ms&pause=200ms&pause_at=mid_work&k=8&stagger=1ms&stock=5",
            "contention?mechanism=ext_lock_fifo&ttl=50ms&pause=200ms&k=8&stagger=1ms&stock=5",
        ],
        quantifier: EVERY,
        check: |runs| {
            let safe = |run: &Run| run.keeps(Law::StockConserved) && run.keeps(Law::NoLostUpdate);
            safe(&runs[0]) && runs[0].breaks(Law::OneHolder) && runs[1].breaks(Law::NoLostUpdate)
        },
        foil: &[
            "contention?mechanism=ext_lock_fifo&ttl=50ms&pause=200ms&k=8&stagger=1ms&stock=5",
            "contention?mechanism=ext_lock_fifo&ttl=50ms&pause=200ms&pause_at=mid_work&k=8&stagger=1ms&stock=5",
        ],
    },
    Claim {
        id: "3n",
        sentence: "A lock in the database needs no lease and no condition: while W1 stops, all wait and nothing is oversold; when W1 dies, its connection ends, the database rolls back, and the next is served at once.",
        runs: &[
            "contention?mechanism=row_lock&pause=200ms&k=8&stagger=1ms&stock=5",
            "contention?mechanism=row_lock&k=8&stagger=1ms&fault=crash,w1,-,mid_work",
        ],
        quantifier: EVERY,
        check: |runs| {
            let waits = &runs[0];
            [Law::OneHolder, Law::StockConserved, Law::NoLostUpdate]
                .iter()
                .all(|law| waits.keeps(*law))
                && waits.breaks(Law::BoundedWait)
                && others_go_on(&runs[1])
        },
        foil: &[
            "contention?mechanism=ext_lock_fifo&ttl=50ms&pause=200ms&k=8&stagger=1ms&stock=5",
            "contention?mechanism=ext_lock_fifo&k=8&stagger=1ms&fault=crash,w1,-,mid_work",
        ],
    },
    Claim {
        id: "3o",
        sentence: "More workers make compare-and-set slower. Fitted with the universal scalability law, X(1) N / (1 + σ (N − 1) + κ N (N − 1)), its κ is above 0.01; that of the row lock is below 0.001: a queue levels off, retries turn down.",
        runs: &[
            "contention?k=20&arrival=closed&duration=300ms",
            "contention?k=120&arrival=closed&duration=300ms",
            "contention?mechanism=row_lock&k=20&arrival=closed&duration=300ms",
            "contention?mechanism=row_lock&k=120&arrival=closed&duration=300ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            coherency(&runs[0], &runs[1]) > 0.01 && coherency(&runs[2], &runs[3]).abs() < 0.001
        },
        foil: &[
            "contention?mechanism=ext_lock_fifo&k=20&arrival=closed&duration=300ms",
            "contention?mechanism=ext_lock_fifo&k=120&arrival=closed&duration=300ms",
            "contention?mechanism=row_lock&k=20&arrival=closed&duration=300ms",
            "contention?mechanism=row_lock&k=120&arrival=closed&duration=300ms",
        ],
    },
];
