//! The sentences of Redlock's lesson, each with the runs that show it.

use alloc::vec::Vec;

use super::{TokenSource, measures};
use crate::claim::{Claim, Quantifier};
use crate::design::{Named, Variation};
use crate::history::{Belief, Write};
use crate::laws::Law;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::vocabulary::{BeliefEnd, Decision, Event, Refusal};

/// Worth a name; the lesson's own first.
pub(super) const SCENARIOS: &[Named] = &[
    Named {
        title: "A pause longer than the TTL",
        shows: "A resumes after its lock has expired and overwrites B's result.",
        code: "redlock",
    },
    Named {
        title: "The same with a fence",
        shows: "The store refuses A's old token. Two still believe they hold the lock.",
        code: "redlock?fence=check&token_source=bound",
    },
    Named {
        title: "A resumes inside B's section",
        shows: "A writes first, B second: right order for a fence, and still two effects.",
        code: "redlock?fence=check&token_source=bound&work_b=4.5s",
    },
    Named {
        title: "A claim shuts A out",
        shows: "B tells the store of its token before it works, so A's late write is refused.",
        code: "redlock?fence=claim&token_source=bound&work_b=4.5s",
    },
    Named {
        title: "A check that comes too early",
        shows: "A checks its lock, then pauses, then writes. No check on the client can help.",
        code: "redlock?anchor=after_check&check_before_write=on",
    },
    Named {
        title: "A clock steps forward",
        shows: "Two servers out of reach and one clock step: two holders without any pause.",
        code: "redlock?pause=0ms&fault=cut,a-redis4,-,@0ms,drop&fault=cut,a-redis5,-,@0ms,drop&fault=step,redis1,5s,@200ms",
    },
    Named {
        title: "node-redlock 5 and a pause in flight",
        shows: "The votes are stale when A reads them, and this library does not look.",
        code: "redlock?anchor=acquire_inflight&work_b=4.5s&library=node-redlock-5",
    },
    Named {
        title: "Releasing a stranger's lock",
        shows: "A plain DEL removes B's key, and C walks in.",
        code: "redlock?work_b=4.8s&c_start=6s&release=del",
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
    let bound = TokenSource::Bound as i64;
    let safe_ttl = scenario.get("work_a") + scenario.get("pause") + 1_000_000;
    [
        with(
            "with a fence at the store",
            &[("fence", 1), ("token_source", bound)],
        ),
        with(
            "with a fence that is claimed first",
            &[("fence", 2), ("token_source", bound)],
        ),
        with("with a TTL above the pause", &[("ttl", safe_ttl)]),
        with("with A back inside B's section", &[("work_b", 4_500_000)]),
        with("without the pause", &[("pause", 0)]),
    ]
    .into_iter()
    .flatten()
    .take(4)
    .collect()
}

// --- what claims look at ----------------------------------------------------

fn accepted(run: &Run) -> Vec<&Write> {
    run.history.accepted().collect()
}

/// Who wrote, in order, among accepted writes.
fn writers(run: &Run) -> Vec<&str> {
    accepted(run)
        .iter()
        .map(|write| run.name(write.holder.lane()))
        .collect()
}

fn numbers(run: &Run) -> Vec<u64> {
    accepted(run)
        .iter()
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

fn beliefs<'a>(run: &'a Run, key: &str) -> Vec<&'a Belief> {
    let lane = run.lane(key);
    run.history
        .beliefs
        .iter()
        .filter(|belief| Some(belief.holder.lane()) == lane)
        .collect()
}

/// Whether two of the lanes' beliefs overlap.
fn overlap(run: &Run, one: &str, other: &str) -> bool {
    beliefs(run, one).iter().any(|one| {
        beliefs(run, other)
            .iter()
            .any(|other| one.from < other.until && other.from < one.until)
    })
}

fn events<'a>(run: &'a Run, key: &str) -> impl Iterator<Item = Event> + 'a {
    let lane = run.lane(key);
    run.trace
        .records
        .iter()
        .filter(move |record| Some(record.lane) == lane)
        .filter_map(Event::read)
}

fn ends(run: &Run, key: &str, reason: BeliefEnd) -> bool {
    beliefs(run, key)
        .iter()
        .any(|belief| belief.end == Some(reason))
}

const EVERY: Quantifier = Quantifier::EverySeed;

/// Every claim, in the order of the answer.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        id: "1a",
        sentence: "A pauses for 8 s in the middle of its work. Its lock expires after 5 s, B gets the lock and finishes, and A then overwrites B's result: two believed they held the lock, and the job was written twice.",
        runs: &["redlock"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            run.breaks(Law::OneHolder)
                && run.breaks(Law::NoStaleWrite)
                && writers(run) == ["B", "A"]
        },
        foil: &["redlock?pause=3s"],
    },
    Claim {
        id: "1b",
        sentence: "With a fence that checks tokens, the store accepts B's 34 and refuses A's 33: the stale overwrite is gone. Two workers still believed at the same time that they held the lock.",
        runs: &["redlock?fence=check&token_source=bound"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            numbers(run) == [34] && refused(run) == [33] && run.breaks(Law::OneHolder)
        },
        foil: &["redlock?token_source=bound"],
    },
    Claim {
        id: "1c",
        sentence: "If B works for 4.5 s, A resumes inside B's section and writes first; B writes second. The job is written twice again, the other way round.",
        runs: &["redlock?work_b=4.5s"],
        quantifier: EVERY,
        check: |runs| writers(&runs[0]) == ["A", "B"] && runs[0].breaks(Law::OncePerJob),
        foil: &["redlock"],
    },
    Claim {
        id: "1d",
        sentence: "Here a fence that only checks writes does not help: 33 arrives before 34, so both are accepted. The writes are in order, and there are still two, one of them stale.",
        runs: &["redlock?fence=check&token_source=bound&work_b=4.5s"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            numbers(run) == [33, 34]
                && run.keeps(Law::WritesInOrder)
                && run.breaks(Law::NoStaleWrite)
                && run.breaks(Law::OncePerJob)
        },
        foil: &["redlock?fence=check&token_source=bound"],
    },
    Claim {
        id: "1e",
        sentence: "If B claims the store with its token before it works, A's 33 is refused even though it arrives before B's write: one effect.",
        runs: &["redlock?fence=claim&token_source=bound&work_b=4.5s"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            numbers(run) == [34] && refused(run) == [33] && run.keeps(Law::OncePerJob)
        },
        foil: &["redlock?fence=check&token_source=bound&work_b=4.5s"],
    },
    Claim {
        id: "1f",
        sentence: "If A pauses while the votes are on their way, a client that follows the algorithm notices: too much time has passed, so A rejects its own lock. One effect.",
        runs: &["redlock?anchor=acquire_inflight"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let rejected = events(run, "a").any(|event| {
                matches!(
                    event,
                    Event::LockRejected {
                        reason: Refusal::Validity,
                        ..
                    }
                )
            });
            rejected && accepted(run).len() == 1 && run.keeps(Law::OneHolder)
        },
        foil: &["redlock?anchor=acquire_inflight&library=node-redlock-5"],
    },
    Claim {
        id: "1g",
        sentence: "node-redlock 5 does not look at the validity that is left: A takes the lock three seconds after it has expired, while B holds it, and the job is written twice.",
        runs: &["redlock?anchor=acquire_inflight&work_b=4.5s&library=node-redlock-5"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let negative = events(run, "a").any(
                |event| matches!(event, Event::LockAcquired { valid_us, .. } if valid_us.0 < 0),
            );
            negative && writers(run) == ["A", "B"]
        },
        foil: &["redlock?anchor=acquire_inflight&work_b=4.5s"],
    },
    Claim {
        id: "1h",
        sentence: "If A looks at its own deadline before it writes, it catches a pause in mid-work and gives up: one effect.",
        runs: &["redlock?check_before_write=on"],
        quantifier: EVERY,
        check: |runs| ends(&runs[0], "a", BeliefEnd::Aborted) && writers(&runs[0]) == ["B"],
        foil: &["redlock?anchor=after_check&check_before_write=on"],
    },
    Claim {
        id: "1i",
        sentence: "The same check is useless against a pause that falls after it, or a write that the network holds: only the store can refuse then.",
        runs: &[
            "redlock?anchor=after_check&check_before_write=on",
            "redlock?anchor=write_inflight&check_before_write=on",
        ],
        quantifier: EVERY,
        check: |runs| runs.iter().all(|run| writers(run) == ["B", "A"]),
        foil: &[
            "redlock?check_before_write=on",
            "redlock?check_before_write=on",
        ],
    },
    Claim {
        id: "1j",
        sentence: "Extending the lock while working does not help: the extension pauses with its process. No extension succeeds inside the pause, and the outcome is the same.",
        runs: &["redlock?extend=on"],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            let extended = events(run, "a")
                .any(|event| matches!(event, Event::LockExtend { extended: true, .. }));
            !extended && writers(run) == ["B", "A"] && run.breaks(Law::OneHolder)
        },
        foil: &["redlock?pause=3s&extend=on&work_a=3s"],
    },
    Claim {
        id: "1k",
        sentence: "A release that deletes the key without looking removes B's lock, and C believes it holds the lock while B does. Compare-and-delete never does that.",
        runs: &[
            "redlock?work_b=4.8s&c_start=6s&release=del",
            "redlock?work_b=4.8s&c_start=6s",
        ],
        quantifier: EVERY,
        check: |runs| overlap(&runs[0], "b", "c") && !overlap(&runs[1], "b", "c"),
        foil: &[
            "redlock?work_b=4.8s&c_start=6s",
            "redlock?work_b=4.8s&c_start=6s",
        ],
    },
    Claim {
        id: "1l",
        sentence: "No pause is needed: with two servers out of A's reach, one server whose clock jumps forward gives B a second majority. With all five votes, one jump is not enough.",
        runs: &[
            "redlock?pause=0ms&fault=cut,a-redis4,-,@0ms,drop&fault=cut,a-redis5,-,@0ms,drop&fault=step,redis1,5s,@200ms",
            "redlock?pause=0ms&fault=step,redis1,5s,@200ms",
        ],
        quantifier: EVERY,
        check: |runs| runs[0].breaks(Law::OneHolder) && runs[1].keeps(Law::OneHolder),
        foil: &[
            "redlock?pause=0ms&fault=cut,a-redis4,-,@0ms,drop&fault=cut,a-redis5,-,@0ms,drop",
            "redlock?pause=0ms&fault=step,redis1,5s,@200ms",
        ],
    },
    Claim {
        id: "1m",
        sentence: "A number drawn after acquiring does not follow the order of the locks: A pauses in between, B draws 33, A draws 34 and overwrites B's result past the fence.",
        runs: &[
            "redlock?anchor=after_acquire&fence=check&token_source=after_acquire&done_check=off",
        ],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            writers(run) == ["B", "A"] && numbers(run) == [33, 34] && run.breaks(Law::TokensRise)
        },
        foil: &["redlock?anchor=after_acquire&fence=check&token_source=bound&done_check=off"],
    },
    Claim {
        id: "1n",
        sentence: "A TTL of 10 s outlasts the pause, and everything holds. The price: after a crash of A, the lock stays taken for about 10 s.",
        runs: &["redlock?ttl=10s", "redlock?ttl=10s&fault=crash,a,-,@500ms"],
        quantifier: EVERY,
        check: |runs| {
            runs[0].keeps(Law::OneHolder)
                && runs[0].keeps(Law::OncePerJob)
                && runs[1]
                    .takeover()
                    .is_some_and(|span| (9_500..=9_820).contains(&span.ms()))
        },
        foil: &["redlock", "redlock?fault=crash,a,-,@500ms"],
    },
    Claim {
        id: "1o",
        sentence: "A lock is not “once”: if workers do not read the job's status under the lock, B does the job again after A has released it, with no fault at all.",
        runs: &["redlock?pause=0ms&done_check=off"],
        quantifier: EVERY,
        check: |runs| runs[0].keeps(Law::OneHolder) && runs[0].breaks(Law::OncePerJob),
        foil: &["redlock?pause=0ms"],
    },
    Claim {
        id: "1p",
        sentence: "A claim leaves a gap: a write of A that lands after B was granted the lock, and before B's claim arrives, is accepted. Only because B then reads that the job is done does the job take effect once.",
        runs: &[
            "redlock?pause=4.4s&fence=claim&token_source=bound&fault=delay,b-store,500ms,msg:claim",
        ],
        quantifier: EVERY,
        check: |runs| {
            let run = &runs[0];
            writers(run) == ["A"] && run.breaks(Law::NoStaleWrite) && run.keeps(Law::OncePerJob)
        },
        foil: &["redlock?pause=4.4s&fence=claim&token_source=bound"],
    },
    Claim {
        id: "1q",
        sentence: "With pauses of any length up to 8 s, about half of the runs break: those whose pause is longer than the TTL and B's wait for its turn, less A's work.",
        runs: &["redlock?pause_dist=uniform"],
        quantifier: Quantifier::Share {
            expected: measures::broken_share,
            tolerance: 0.02,
            seeds: 10_000,
        },
        check: |runs| runs[0].verdict.is_broken(),
        foil: &["redlock"],
    },
];
