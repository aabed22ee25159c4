//! The sentences of the lesson on partitioned ownership, each with the runs
//! that show it.

use alloc::vec;
use alloc::vec::Vec;

use sim::{Kind, Span, Time};

use super::protocol::LOCK_KINDS;
use crate::claim::{Claim, Quantifier};
use crate::design::{Named, Variation};
use crate::history::{Grant, Instant, KeyEnd};
use crate::laws::Law;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::vocabulary::{BeliefEnd, Decision, Event, Job};

/// Worth a name; the lesson's own first.
pub(super) const SCENARIOS: &[Named] = &[
    Named {
        title: "A dead worker's share stalls",
        shows: "W1 dies between an effect and the record of it. Its partitions wait until the coordinator gives it up; everyone else goes on.",
        code: "partitioning",
    },
    Named {
        title: "The same with epochs alone",
        shows: "The new owner does W1's last job again, under a higher epoch: the fence lets it pass, and the job takes effect twice.",
        code: "partitioning?sink=fence",
    },
    Named {
        title: "The same with a lock for each job",
        shows: "One queue, one lock a job: nothing stalls but the job that W1 had, and each job pays a round trip.",
        code: "partitioning?mode=central",
    },
    Named {
        title: "A worker that was replaced writes",
        shows: "W1 pauses for 8 s before an effect. It has been replaced meanwhile; the sink refuses its epoch.",
        code: "partitioning?crash=off&pause=8s&sink=fence",
    },
    Named {
        title: "A worker joins",
        shows: "Only what moves is asked back, given back, claimed and run. The rest does not notice.",
        code: "partitioning?crash=off&join_at=3s",
    },
    Named {
        title: "A worker joins, eagerly",
        shows: "Everyone gives everything back before anyone gets anything.",
        code: "partitioning?crash=off&join_at=3s&rebalance=eager",
    },
    Named {
        title: "A planned leave",
        shows: "W1 finishes what it has begun and gives its partitions back; nothing stalls.",
        code: "partitioning?crash=off&leave_at=3s",
    },
    Named {
        title: "Cut off from the coordinator",
        shows: "W1 reaches its jobs and the sink, but not the coordinator: it stops by its own clock before it is replaced.",
        code: "partitioning?crash=off&cut=6s",
    },
    Named {
        title: "Flapping",
        shows: "W1 pauses twice for longer than the timeout: each time it is replaced, comes back, and partitions move twice.",
        code: "partitioning?crash=off&duration=16s&fault=pause,w1,4s,@2s&fault=pause,w1,4s,@10s",
    },
    Named {
        title: "At full size",
        shows: "Four workers, 64 partitions, 200 jobs a second: a quarter of the jobs stalls, and the backlog drains.",
        code: "partitioning?crash_job=60&partitions=64&rate=200",
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
        with("with a lock for each job", &[("mode", 1)]),
        with("with epochs and without job ids", &[("sink", 1)]),
        with("with job ids and without epochs", &[("sink", 2)]),
        with(
            "with a pause of 8 s instead of a crash",
            &[("crash", 0), ("pause", 8_000_000)],
        ),
        with(
            "with nothing going wrong",
            &[("crash", 0), ("pause", 0), ("cut", 0)],
        ),
    ]
    .into_iter()
    .flatten()
    .take(4)
    .collect()
}

// --- what claims and charts look at -------------------------------------------

fn facts(run: &Run) -> impl Iterator<Item = (Instant, u16, Event)> {
    let records = (0..).zip(&run.trace.records);
    records.filter_map(|(record, it)| {
        let at = Instant { at: it.at, record };
        Some((at, it.lane, Event::read(it)?))
    })
}

/// A job: when and into which partition it came, and when it first took
/// effect.
pub(super) struct Course {
    job: Job,
    partition: Option<u32>,
    offered: Time,
    effect: Option<Time>,
    /// How often it was begun.
    begun: usize,
}

/// Every job of a run, by number.
pub(super) fn courses(run: &Run) -> Vec<Course> {
    let mut courses: Vec<Course> = Vec::new();
    // Jobs are numbered from 1 in the order in which they come.
    let place = |job: Job| (job.0 as usize).wrapping_sub(1);
    for (at, _, event) in facts(run) {
        match event {
            Event::JobOffer { job } => courses.push(Course {
                job,
                partition: None,
                offered: at.at,
                effect: None,
                begun: 0,
            }),
            Event::JobRouted { job, partition, .. } => {
                if let Some(course) = courses.get_mut(place(job)) {
                    course.partition = Some(partition);
                }
            }
            Event::JobStart { job, .. } => {
                if let Some(course) = courses.get_mut(place(job)) {
                    course.begun += 1;
                }
            }
            Event::ResourceWrite {
                job,
                decision: Decision::Accepted,
                ..
            } => {
                if let Some(course) = courses.get_mut(place(job)) {
                    course.effect.get_or_insert(at.at);
                }
            }
            _ => {}
        }
    }
    courses
}

/// The longest that a job waited for its effect; `None` where none had one.
pub(super) fn longest_wait(run: &Run) -> Option<Span> {
    courses(run)
        .iter()
        .filter_map(|course| Some(course.effect?.since(course.offered)))
        .max()
}

/// The mean time from a job's arrival to its effect, s.
pub(super) fn latency_s(run: &Run) -> Option<f64> {
    let waits: Vec<f64> = courses(run)
        .iter()
        .filter_map(|course| Some(course.effect?.since(course.offered).us() as f64 / 1e6))
        .collect();
    (!waits.is_empty()).then(|| waits.iter().sum::<f64>() / waits.len() as f64)
}

/// How many messages there were of those that every lock has.
fn lock_messages(run: &Run) -> usize {
    let records = run.trace.records.iter();
    records
        .filter(|it| it.world_kind() == Some(Kind::Send) && LOCK_KINDS.contains(&it.z))
        .count()
}

/// Who died first, and when.
fn death(run: &Run) -> Option<(u16, Instant)> {
    let mut records = (0..).zip(&run.trace.records);
    let (record, it) = records.find(|(_, it)| it.world_kind() == Some(Kind::Crash))?;
    Some((it.lane, Instant { at: it.at, record }))
}

/// The partitions that the dead worker had.
fn orphaned(run: &Run) -> Vec<u32> {
    let Some((dead, at)) = death(run) else {
        return Vec::new();
    };
    let grants = run.history.grants.iter();
    let of_dead = grants.filter(|it| it.holder.lane() == dead && it.from < at && it.until > at);
    of_dead.map(|grant| grant.lock).collect()
}

/// When someone next runs partition `partition` after `after`.
fn next_run(run: &Run, partition: u32, after: Instant) -> Option<Time> {
    facts(run)
        .find(|&(at, _, event)| {
            at > after
                && matches!(event, Event::OwnerRuns { partition: other, .. } if other == partition)
        })
        .map(|(at, _, _)| at.at)
}

/// The job that was begun and had not ended as W1 died, and that someone else
/// begins again: from the death to the other's first write of it, s.
pub(super) fn stall_s(run: &Run) -> Option<f64> {
    let (dead, at) = death(run)?;
    let own = run.history.writes.iter().rev();
    let last = own
        .filter(|write| write.at < at)
        .find(|write| write.holder.lane() == dead)?;
    let mut later = run.history.writes.iter().filter(|write| write.at > at);
    let again = later.find(|write| write.job == last.job && write.holder.lane() != dead)?;
    Some(again.at.at.since(at.at).us() as f64 / 1e6)
}

/// The partition of the job at which W1 died.
fn stalled_partition(run: &Run) -> Option<u32> {
    let (dead, at) = death(run)?;
    let own = run.history.writes.iter().rev();
    own.filter(|write| write.at < at)
        .find(|write| write.holder.lane() == dead)
        .map(|write| write.lock)
}

/// The jobs of a partition that have come by `at` and have not taken effect.
fn backlog_at(courses: &[Course], partition: u32, at: Time) -> usize {
    courses
        .iter()
        .filter(|it| it.partition == Some(partition) && it.offered <= at)
        .filter(|it| it.effect.is_none_or(|effect| effect > at))
        .count()
}

/// How many jobs wait in a dead worker's partition as its next owner begins.
pub(super) fn backlog(run: &Run) -> Option<f64> {
    let (_, died) = death(run)?;
    let partition = stalled_partition(run)?;
    let at = next_run(run, partition, died)?;
    Some(backlog_at(&courses(run), partition, at) as f64)
}

/// From the next owner's beginning to the moment at which nothing of a dead
/// worker's partition waits, s.
pub(super) fn drain_s(run: &Run) -> Option<f64> {
    let (_, died) = death(run)?;
    let partition = stalled_partition(run)?;
    let begins = next_run(run, partition, died)?;
    let courses = courses(run);
    let effects = courses
        .iter()
        .filter(|it| it.partition == Some(partition))
        .filter_map(|it| it.effect.filter(|effect| *effect >= begins));
    let mut effects: Vec<Time> = effects.collect();
    effects.sort_unstable();
    let empty = effects
        .into_iter()
        .find(|at| backlog_at(&courses, partition, *at) == 0)?;
    Some(empty.since(begins).us() as f64 / 1e6)
}

/// The owner of each partition at first and at last.
fn first_and_last(run: &Run) -> Vec<(u16, u16)> {
    let count = usize::try_from(run.scenario.get("partitions")).unwrap_or(0);
    let mut owners: Vec<Option<(u16, u16)>> = vec![None; count];
    for grant in &run.history.grants {
        let lane = grant.holder.lane();
        if let Some(owner) = owners.get_mut(grant.lock as usize) {
            let first = owner.map_or(lane, |(first, _)| first);
            *owner = Some((first, lane));
        }
    }
    owners.into_iter().flatten().collect()
}

/// How many partitions have changed owners by the end.
fn moved(run: &Run) -> usize {
    first_and_last(run)
        .iter()
        .filter(|(first, last)| first != last)
        .count()
}

/// The same as a share of all; `None` where nobody owned anything.
pub(super) fn moved_share(run: &Run) -> Option<f64> {
    let all = first_and_last(run).len();
    (all > 0).then(|| moved(run) as f64 / all as f64)
}

/// Whether each partition that changed owners was free, by the old one's word
/// or by a timeout, before the new one's first effect.
fn freed_before_effect(run: &Run, how: &[KeyEnd]) -> bool {
    let history = &run.history;
    let successors: Vec<(&Grant, &Grant)> = history
        .grants
        .iter()
        .filter_map(|grant| {
            let mut earlier = history.grants.iter().rev();
            let before = earlier.find(|it| it.lock == grant.lock && it.from < grant.from)?;
            Some((before, grant))
        })
        .collect();
    !successors.is_empty()
        && successors.iter().all(|(before, after)| {
            let mut writes = history.writes.iter();
            let first = writes.find(|write| write.holder == after.holder);
            how.contains(&before.end)
                && before.until < after.from
                && first.is_none_or(|write| write.at > before.until)
        })
}

/// Whether jobs of the partitions in `which` take effect no later than in the
/// twin, give or take the time of two jobs.
fn as_in_twin(run: &Run, twin: &Run, which: impl Fn(u32) -> bool) -> bool {
    let slack = run.scenario.span("job_time") * 2 + run.scenario.span("jitter") * 4;
    let twins = courses(twin);
    courses(run).iter().zip(&twins).all(|(one, other)| {
        let counts = one.partition.is_some_and(&which);
        let late = match (one.effect, other.effect) {
            (Some(one), Some(other)) => one > other + slack,
            (None, Some(_)) => true,
            _ => false,
        };
        one.job == other.job && !(counts && late)
    })
}

/// Writes that were refused for their token, by lane.
fn refused(run: &Run, key: &str) -> usize {
    let lane = run.lane(key);
    let writes = run.history.writes.iter();
    writes
        .filter(|write| write.decision == Decision::StaleToken)
        .filter(|write| Some(write.holder.lane()) == lane)
        .count()
}

/// The most calls that were carried out for one job.
fn most_calls(run: &Run) -> usize {
    let mut calls: Vec<Job> = facts(run)
        .filter_map(|(_, _, event)| match event {
            Event::ExternalCall {
                job,
                performed: true,
                ..
            } => Some(job),
            _ => None,
        })
        .collect();
    calls.sort_unstable();
    calls
        .chunk_by(|a, b| a == b)
        .map(<[Job]>::len)
        .max()
        .unwrap_or(0)
}

fn is_begun_again(run: &Run) -> bool {
    courses(run).iter().any(|course| course.begun >= 2)
}

/// How long each orphaned partition stood still, in order; `None` where one
/// never went on.
fn stalls(run: &Run) -> Option<Vec<Span>> {
    let (_, died) = death(run)?;
    let stalls = orphaned(run).into_iter().map(|partition| {
        let runs = next_run(run, partition, died)?;
        Some(runs.since(died.at))
    });
    stalls.collect()
}

/// Whether every orphaned partition stood still for as long as detection
/// takes: more than a timeout less a heartbeat, at most a timeout and the way
/// to the next owner's first job.
fn stalls_as_detected(run: &Run) -> bool {
    let scenario = &run.scenario;
    let timeout = scenario.span("session_timeout");
    let least = timeout - scenario.span("heartbeat");
    let way = scenario.span("rtt") * 2 + scenario.span("jitter") * 4;
    stalls(run).is_some_and(|stalls| {
        !stalls.is_empty() && stalls.iter().all(|it| *it > least && *it <= timeout + way)
    })
}

const EVERY: Quantifier = Quantifier::EverySeed;

/// Every claim, in the order of the answer.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "5a",
        sentence: "Where nothing goes wrong, no job needs a lock: no message asks for one, each partition has exactly one owner in each epoch, and each job takes effect exactly once.",
        runs: &["partitioning?crash=off"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let mut owned: Vec<u32> = run.history.grants.iter().map(|it| it.lock).collect();
            owned.sort_unstable();
            let all = 0..u32::try_from(run.scenario.get("partitions")).unwrap_or(0);
            lock_messages(run) == 0
                && owned == all.collect::<Vec<u32>>()
                && run.keeps(Law::OneHolder)
                && run.keeps(Law::OncePerJob)
                && run.keeps(Law::MakesProgress)
                && !is_begun_again(run)
        },
        foil: &["partitioning?mode=central&crash=off&rate=3"],
    },
    Claim {
        id: "5b",
        sentence: "When a worker dies, its partitions stand still for more than the session timeout less a heartbeat: 2 to 3 s. All other jobs take effect within two job times of when they would have anyway.",
        runs: &["partitioning", "partitioning?crash=off"],
        quantifier: EVERY,
        check: |runs| {
            let orphaned = orphaned(&runs[0]);
            stalls_as_detected(&runs[0])
                && as_in_twin(&runs[0], &runs[1], |it| !orphaned.contains(&it))
                && runs[0].keeps(Law::MakesProgress)
        },
        foil: &[
            "partitioning?mode=central&crash_job=2&rate=3",
            "partitioning?mode=central&crash=off&rate=3",
        ],
    },
    Claim {
        id: "5c",
        sentence: "With one queue and a lock for each job the same death delays one job, by about the lock's TTL. In exchange each job costs at least two messages about its lock, and takes longer on average even when nothing goes wrong: about 9.5 ms against 7.",
        runs: &[
            "partitioning?mode=central&crash_job=2&rate=3",
            "partitioning?mode=central&crash=off&rate=3",
            "partitioning?crash=off",
        ],
        quantifier: EVERY,
        check: |runs| {
            let late = |it: &Course| {
                it.effect
                    .is_none_or(|effect| effect.since(it.offered) > Span::from_ms(500))
            };
            let jobs = runs[0].history.jobs.len();
            let delayed = courses(&runs[0]).iter().filter(|it| late(it)).count();
            let ttl = runs[0].scenario.span("lock_ttl").us() as f64 / 1e6;
            let (central, owned) = (latency_s(&runs[1]), latency_s(&runs[2]));
            delayed <= 1
                && lock_messages(&runs[0]) >= 2 * jobs
                && stall_s(&runs[0]).is_some_and(|stall| (stall - ttl).abs() < 0.05)
                && matches!((central, owned), (Some(central), Some(owned)) if central > owned)
        },
        foil: &[
            "partitioning",
            "partitioning?crash=off",
            "partitioning?mode=central&crash=off&rate=3",
        ],
    },
    Claim {
        id: "5d",
        sentence: "A worker that dies between an effect and the record of it has its last job done again. The epoch does not stop that, for the new owner's is higher: with epochs alone the job takes effect twice. With job ids too it takes effect once, though it is begun twice either way.",
        runs: &["partitioning?sink=fence", "partitioning"],
        quantifier: EVERY,
        check: |runs| {
            runs.iter().all(is_begun_again)
                && runs[0].breaks(Law::OncePerJob)
                && runs[0].keeps(Law::WritesInOrder)
                && runs[1].keeps(Law::OncePerJob)
                && runs[1].keeps(Law::MakesProgress)
        },
        foil: &[
            "partitioning?sink=fence&progress=atomic",
            "partitioning?progress=atomic",
        ],
    },
    Claim {
        id: "5e",
        sentence: "A worker that pauses for longer than its timeout writes when it resumes, for it does not know that it has been replaced. Its epoch is below the one that the new owner has claimed, and the sink refuses it; a sink that checks nothing accepts it, and the job takes effect twice.",
        runs: &[
            "partitioning?crash=off&pause=8s&sink=fence",
            "partitioning?crash=off&pause=8s&sink=none",
        ],
        quantifier: EVERY,
        check: |runs| {
            refused(&runs[0], "w1") > 0
                && runs[0].keeps(Law::OncePerJob)
                && runs[0].keeps(Law::NoStaleWrite)
                && runs[1].breaks(Law::OncePerJob)
                && runs[1].breaks(Law::NoStaleWrite)
        },
        foil: &[
            "partitioning?crash=off&pause=1s&sink=fence",
            "partitioning?crash=off&pause=1s&sink=none",
        ],
    },
    Claim {
        id: "5f",
        sentence: "Job ids alone keep effects single and do not keep the partition's state: the replaced worker's old record of progress overwrites the new owner's, and the order of epochs is broken.",
        runs: &["partitioning?crash=off&pause=8s&pause_at=after_effect&sink=dedupe"],
        quantifier: EVERY,
        check: |runs| runs[0].keeps(Law::OncePerJob) && runs[0].breaks(Law::WritesInOrder),
        foil: &["partitioning?crash=off&pause=8s&pause_at=after_effect"],
    },
    Claim {
        id: "5g",
        sentence: "When a fifth worker joins four that share 16 partitions by rendezvous hashing, five move; on average it is 1 / (W + 1) of all, about three; each is given back before its new owner's first effect, and the others are not interrupted. Eager rebalancing takes every partition back; with hash mod W 13 move.",
        runs: &[
            "partitioning?crash=off&join_at=3s&partitions=16&rate=4",
            "partitioning?crash=off&partitions=16&rate=4",
            "partitioning?crash=off&join_at=3s&partitions=16&rate=4&rebalance=eager",
            "partitioning?crash=off&join_at=3s&partitions=16&hash=mod_w&rate=4",
        ],
        quantifier: EVERY,
        check: |runs| {
            let stays: Vec<bool> = first_and_last(&runs[0])
                .iter()
                .map(|(first, last)| first == last)
                .collect();
            let unmoved = |it: u32| stays.get(it as usize).is_some_and(|stays| *stays);
            moved(&runs[0]) == 5
                && runs[0].history.grants.len() == 16 + moved(&runs[0])
                && freed_before_effect(&runs[0], &[KeyEnd::Released, KeyEnd::Expired])
                && as_in_twin(&runs[0], &runs[1], unmoved)
                && runs[2].history.grants.len() == 32
                && moved(&runs[3]) == 13
                && [&runs[0], &runs[2], &runs[3]]
                    .iter()
                    .all(|run| run.keeps(Law::OncePerJob) && run.keeps(Law::MakesProgress))
        },
        foil: &[
            "partitioning?crash=off&join_at=3s&partitions=16&hash=mod_w&rate=4",
            "partitioning?crash=off&partitions=16&rate=4",
            "partitioning?crash=off&join_at=3s&partitions=16&rate=4",
            "partitioning?crash=off&join_at=3s&partitions=16&rate=4",
        ],
    },
    Claim {
        id: "5h",
        sentence: "If progress is recorded before the work, a crash loses the job that was begun: nobody does it again.",
        runs: &["partitioning?crash=before_effect&progress=before"],
        quantifier: EVERY,
        check: |runs| {
            let lost = courses(&runs[0])
                .iter()
                .filter(|it| it.effect.is_none())
                .count();
            runs[0].breaks(Law::MakesProgress) && runs[0].keeps(Law::OncePerJob) && lost == 1
        },
        foil: &["partitioning?crash=before_effect"],
    },
    Claim {
        id: "5i",
        sentence: "A call to a system outside is made twice by the crash between effect and record, although the sink has the job's effect once. With the job id as its key, the call too counts once.",
        runs: &["partitioning?external=plain", "partitioning?external=keyed"],
        quantifier: EVERY,
        check: |runs| {
            most_calls(&runs[0]) == 2
                && most_calls(&runs[1]) == 1
                && runs.iter().all(|run| run.keeps(Law::OncePerJob))
        },
        foil: &["partitioning?external=keyed", "partitioning?external=plain"],
    },
    Claim {
        id: "5j",
        sentence: "When a worker leaves as planned, only its partitions move. It finishes what it has begun and gives each back before the next owner's first effect; no job waits for a timeout, and each takes effect once, even in a sink that checks nothing.",
        runs: &["partitioning?crash=off&leave_at=3s&partitions=16&sink=none&rate=100&duration=4s"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let leaver = run.lane("w1");
            let only = first_and_last(run)
                .iter()
                .all(|&(first, last)| (first != last) == (Some(first) == leaver));
            only && freed_before_effect(run, &[KeyEnd::Released])
                && run.keeps(Law::NoStaleWrite)
                && run.keeps(Law::OncePerJob)
                && run.keeps(Law::MakesProgress)
                && longest_wait(run).is_some_and(|wait| wait < Span::from_ms(200))
        },
        foil: &[
            "partitioning?crash=off&leave_at=3s&partitions=16&hash=mod_w&sink=none&rate=100&duration=4s",
        ],
    },
    Claim {
        id: "5k",
        sentence: "A worker that is cut off from the coordinator and reaches all else stops by its own clock before its partitions get another owner. If it does not, two believe at once that they own them, and only the sink's check of epochs keeps the old one out.",
        runs: &[
            "partitioning?crash=off&cut=6s",
            "partitioning?crash=off&cut=6s&stops=off",
        ],
        quantifier: EVERY,
        check: |runs| {
            let stopped = runs[0]
                .history
                .beliefs
                .iter()
                .any(|belief| belief.end == Some(BeliefEnd::Deadline));
            stopped
                && runs[0].keeps(Law::OneHolder)
                && runs[1].breaks(Law::OneHolder)
                && runs[1].keeps(Law::OncePerJob)
                && runs[1].keeps(Law::WritesInOrder)
        },
        foil: &[
            "partitioning?crash=off&cut=6s&stops=off",
            "partitioning?crash=off&cut=6s",
        ],
    },
    Claim {
        id: "5l",
        sentence: "If effect and progress are one atomic step there is no window between them: even a sink that checks neither epochs nor job ids has each job's effect exactly once after the crash.",
        runs: &["partitioning?sink=none&progress=atomic"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            death(run).is_some() && run.keeps(Law::OncePerJob) && run.keeps(Law::MakesProgress)
        },
        foil: &["partitioning?sink=none"],
    },
    Claim {
        id: "5m",
        sentence: "Jump hash numbers its buckets without gaps. When the first of four workers leaves, all others get new numbers and most partitions move; by rendezvous hashing only those of the leaver do.",
        runs: &[
            "partitioning?crash=off&leave_at=3s&partitions=16&hash=jump&rate=4",
            "partitioning?crash=off&leave_at=3s&partitions=16&rate=4",
        ],
        quantifier: EVERY,
        check: |runs| moved(&runs[0]) > 12 && moved(&runs[1]) < 8,
        foil: &[
            "partitioning?crash=off&leave_at=3s&partitions=16&hash=ring&rate=4",
            "partitioning?crash=off&leave_at=3s&partitions=16&rate=4",
        ],
    },
    Claim {
        id: "5n",
        sentence: "How long a death stalls a partition is a matter of the timeout and of little else. With a heartbeat of 3 s and a timeout of 45 s, the defaults of Kafka's classic consumer since 3.0, it is 42 to 45 s; a pause of 20 s then moves nothing.",
        runs: &[
            "partitioning?heartbeat=3s&session_timeout=45s",
            "partitioning?heartbeat=3s&session_timeout=45s&crash=off&pause=20s",
        ],
        quantifier: EVERY,
        check: |runs| {
            let partitions = usize::try_from(runs[1].scenario.get("partitions")).unwrap_or(0);
            stalls_as_detected(&runs[0])
                && stalls(&runs[0]).is_some_and(|it| it.iter().all(|it| *it > Span::from_s(42)))
                && runs[1].history.grants.len() == partitions
                && runs[1].keeps(Law::OncePerJob)
        },
        foil: &["partitioning", "partitioning?crash=off&pause=20s"],
    },
    Claim {
        id: "5o",
        sentence: "A lock service that takes 100 ms for a lock grants 10 a second, however many workers there are: at 25 jobs a second they wait ever longer. Owners do the same jobs in a few ms each.",
        runs: &[
            "partitioning?mode=central&crash=off&rate=25&duration=1s&lock_time=100ms",
            "partitioning?crash=off&rate=25&duration=1s&lock_time=100ms",
        ],
        quantifier: EVERY,
        check: |runs| {
            let long = |run: &Run| longest_wait(run).unwrap_or(Span::ZERO);
            long(&runs[0]) > Span::from_ms(150) && long(&runs[1]) < Span::from_ms(50)
        },
        foil: &[
            "partitioning?mode=central&crash=off&rate=25&duration=1s",
            "partitioning?crash=off&rate=25&duration=1s",
        ],
    },
    Claim {
        id: "5p",
        sentence: "An epoch bars the old owner from the moment the new one has claimed the partition, not from when it was named. If that claim is late, the old owner's write lands in between and is accepted, stale as it is; the job's id keeps its effect single.",
        runs: &[
            "partitioning?crash=off&pause=5s&fault=delay,w2-sink,8s,msg:claim:3&fault=delay,w4-sink,8s,msg:claim:3",
        ],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            run.breaks(Law::NoStaleWrite)
                && run.keeps(Law::OncePerJob)
                && run.keeps(Law::WritesInOrder)
                && run.keeps(Law::MakesProgress)
        },
        foil: &["partitioning?crash=off&pause=5s"],
    },
];
