//! The parameters and names of partitioned ownership as data.

use super::protocol::anchors;
use crate::design::Name;
use crate::parameter::{Choice, Default, Group, Parameter, Unit, choose, duration, switch};
use crate::scenario::Scenario;
use sim::Anchor;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;

const fn name(key: &'static str, label: &'static str) -> Name {
    Name { key, label }
}

const fn choice(word: &'static str, label: &'static str) -> Choice {
    Choice { word, label }
}

/// By the number of `protocol::anchors`.
pub(super) const ANCHORS: &[Name] = &[
    name("before_effect", "before it writes the effect"),
    name("after_effect", "between the effect and the record of it"),
    name("after_progress", "after it has recorded the job"),
];

/// By message kind.
pub(super) const MESSAGES: &[Name] = &[
    name("job", "job"),
    name("fetch", "jobs from here on, please"),
    name("ask_again", "ask again"),
    name("heartbeat", "heartbeat"),
    name("heartbeat_reply", "heard"),
    name("join", "join"),
    name("leave", "leave"),
    name("sync", "what do I own?"),
    name("sync_done", "that is all"),
    name("expelled", "you are no member"),
    name("goodbye", "you may go"),
    name("assign", "you own it"),
    name("revoke", "give it back"),
    name("released", "given back"),
    name("claim", "claim, load progress"),
    name("claim_reply", "progress"),
    name("write", "effect"),
    name("write_reply", "effect decided"),
    name("progress", "record progress"),
    name("progress_reply", "progress decided"),
    name("call", "call outside"),
    name("called", "called"),
    name("take", "take this job"),
    name("lock", "lock"),
    name("locked", "locked"),
    name("unlock", "unlock"),
    name("ready", "ready"),
];

/// By the kind of `protocol::Task`.
pub(super) const STEPS: &[Name] = &[
    name("arrive", "a job comes"),
    name("vigil", "its reader should have been replaced by now"),
    name("beat", "reports"),
    name("join", "joins"),
    name("leave", "wants to leave"),
    name("deadline", "its own deadline passes"),
    name("resend", "sends again"),
    name("worked", "the work is done"),
    name("effect", "goes on to the effect"),
    name("record", "goes on after the effect"),
    name("expire", "a member has been silent for too long"),
    name("drain_over", "has waited long enough for a partition"),
    name("redeliver", "a job is not done yet"),
    name("served", "the request is served"),
    name("lock_expires", "the lock expires"),
];

const POINTS: &[Choice] = &[
    choice("before_effect", "before the effect"),
    choice("after_effect", "between effect and progress"),
    choice("after_progress", "after progress"),
];

/// The anchor at a place of [`POINTS`].
pub(super) const fn anchor(place: i64) -> Anchor {
    match place {
        1 => anchors::AFTER_EFFECT,
        2 => anchors::AFTER_PROGRESS,
        _ => anchors::BEFORE_EFFECT,
    }
}

const fn count(
    key: &'static str,
    label: &'static str,
    group: Group,
    (min, max, default): (i64, i64, i64),
    teaches: &'static str,
) -> Parameter {
    Parameter {
        key,
        label,
        group,
        unit: Unit::Count,
        min,
        max,
        step: 1,
        logarithmic: false,
        default: Default::Is(default),
        neutral: None,
        teaches,
    }
}

/// An instant that a code can turn off.
const fn instant(key: &'static str, label: &'static str, teaches: &'static str) -> Parameter {
    Parameter {
        unit: Unit::OptionalDuration,
        max: 20 * S,
        step: 100 * MS,
        neutral: Some(-1),
        ..count(key, label, Group::Fault, (-1, 0, -1), teaches)
    }
}

/// How long something goes wrong.
const fn trouble(key: &'static str, label: &'static str, teaches: &'static str) -> Parameter {
    Parameter {
        unit: Unit::Duration,
        max: 20 * S,
        step: 100 * MS,
        neutral: Some(0),
        ..count(key, label, Group::Fault, (0, 0, 0), teaches)
    }
}

/// A sixth of the timeout, so that it follows where the timeout is moved.
fn default_margin(scenario: &Scenario) -> i64 {
    scenario.get("session_timeout") / 6
}

/// In canonical order.
pub(super) const PARAMETERS: &[Parameter] = &[
    choose(
        "mode",
        "Jobs belong to",
        Group::Protection,
        &[
            choice("partitioned", "the owner of their partition"),
            choice("central", "whoever locks them"),
        ],
        "AT5: an owner needs no lock and is missed when it dies; a lock costs a round trip a job, and anyone can take the next.",
    ),
    duration(
        "heartbeat",
        "Heartbeat every",
        Group::Time,
        (100 * MS, 10 * S, 10 * MS),
        S,
        "How often a worker reports. A death is noticed up to one heartbeat earlier than the timeout.",
    ),
    duration(
        "session_timeout",
        "Session timeout",
        Group::Time,
        (200 * MS, 60 * S, 100 * MS),
        3 * S,
        "After so long a silent worker counts as dead. Shorter: shorter stalls. Longer: fewer who only paused are replaced.",
    ),
    Parameter {
        default: Default::From(default_margin),
        ..duration(
            "margin",
            "Stops earlier by",
            Group::Time,
            (0, 10 * S, 10 * MS),
            0,
            "A worker that cannot report stops by its own clock, this much before the coordinator gives it up.",
        )
    },
    duration(
        "drain",
        "Waits for a partition",
        Group::Time,
        (10 * MS, 10 * S, 10 * MS),
        2 * S,
        "An owner that was asked for a partition has so long to finish; then it is taken, and the fence stops the old owner.",
    ),
    duration(
        "lock_ttl",
        "Lock TTL",
        Group::Time,
        (100 * MS, 60 * S, 10 * MS),
        3 * S,
        "With a lock for each job: a dead worker delays the job it had for so long.",
    ),
    Parameter {
        unit: Unit::Choice(&[
            choice("off", "nobody"),
            choice("before_effect", "W1, before the effect"),
            choice("after_effect", "W1, between effect and progress"),
            choice("after_progress", "W1, after progress"),
        ]),
        neutral: Some(0),
        ..count(
            "crash",
            "Crashes",
            Group::Fault,
            (0, 3, 2),
            "Between the effect and the record of it lies the window in which a job is done twice.",
        )
    },
    count(
        "crash_job",
        "Crashes at job",
        Group::Fault,
        (1, 100, 5),
        "Which of its own jobs W1 is at.",
    ),
    trouble(
        "pause",
        "W1 pauses for",
        "Longer than the session timeout: it is replaced, and does not know.",
    ),
    choose(
        "pause_at",
        "Pauses",
        Group::Fault,
        POINTS,
        "Where the pause strikes decides which write comes late.",
    ),
    count(
        "pause_job",
        "Pauses at job",
        Group::Fault,
        (1, 100, 5),
        "Which of its own jobs W1 is at.",
    ),
    trouble(
        "cut",
        "W1 is cut off for",
        "It reaches its jobs and the sink, and the coordinator does not hear of it.",
    ),
    duration(
        "cut_at",
        "Cut begins",
        Group::Fault,
        (0, 20 * S, 10 * MS),
        2 * S,
        "When the link between W1 and the coordinator is cut.",
    ),
    instant(
        "join_at",
        "A worker joins at",
        "One more worker: how much has to move depends on the hash.",
    ),
    instant(
        "leave_at",
        "W1 leaves at",
        "A planned leave: partitions are given back before they are given out.",
    ),
    count(
        "workers",
        "Workers",
        Group::Servers,
        (0, 32, 4),
        "More workers: less work for each, and a smaller share stalls when one dies.",
    ),
    count(
        "partitions",
        "Partitions",
        Group::Servers,
        (1, 256, 8),
        "Fixed for good. With fewer partitions than workers, some have nothing to do.",
    ),
    choose(
        "hash",
        "Owner by",
        Group::Servers,
        &[
            choice("rendezvous", "rendezvous"),
            choice("mod_w", "hash mod W"),
            choice("ring", "ring"),
            choice("jump", "jump hash"),
        ],
        "What a join or a leave moves: with rendezvous only what the one worker gains or loses, with mod W nearly everything.",
    ),
    duration(
        "rtt",
        "Round trip",
        Group::Servers,
        (0, 200 * MS, 100),
        2 * MS,
        "Between any two of them.",
    ),
    duration(
        "jitter",
        "Jitter",
        Group::Servers,
        (0, 100 * MS, 100),
        200,
        "Each message takes up to so much longer.",
    ),
    choose(
        "sink",
        "Sink checks",
        Group::Protection,
        &[
            choice("both", "epochs and job ids"),
            choice("fence", "epochs"),
            choice("dedupe", "job ids"),
            choice("none", "nothing"),
        ],
        "The epoch stops the old owner, the job id stops the new one from doing a job again. Neither does the other's work.",
    ),
    choose(
        "progress",
        "Progress is recorded",
        Group::Protection,
        &[
            choice("after", "after the effect"),
            choice("before", "before the work"),
            choice("atomic", "with the effect"),
        ],
        "After: a crash in between repeats a job. Before: it loses one. With: neither, if effect and progress share a store.",
    ),
    choose(
        "external",
        "Jobs call outside",
        Group::Protection,
        &[
            choice("off", "no"),
            choice("plain", "yes, without a key"),
            choice("keyed", "yes, with the job id as key"),
        ],
        "A call cannot be taken back and no fence stands there: a repeated job calls again.",
    ),
    switch(
        "stops",
        "Stops at its own deadline",
        Group::Protection,
        true,
        "Ends a worker that is cut off before its successor begins; a paused one cannot keep it.",
    ),
    count(
        "rate",
        "Jobs a second",
        Group::Workers,
        (0, 400, 10),
        "All together, at random.",
    ),
    duration(
        "duration",
        "Jobs come for",
        Group::Workers,
        (S, 20 * S, S),
        8 * S,
        "How long jobs keep coming; the run ends when they are done.",
    ),
    duration(
        "job_time",
        "Job takes",
        Group::Workers,
        (0, 200 * MS, 100),
        5 * MS,
        "Running time of a job. A worker does one at a time.",
    ),
    choose(
        "rebalance",
        "Rebalancing",
        Group::Workers,
        &[
            choice("cooperative", "cooperative"),
            choice("eager", "eager"),
        ],
        "Cooperative: only what moves is asked back. Eager: everyone stops until everyone has stopped.",
    ),
    duration(
        "lock_time",
        "Lock service takes",
        Group::Workers,
        (0, 200 * MS, 10),
        100,
        "For each lock, one after the other: it never grants more than one in this time.",
    ),
    choose(
        "names",
        "Names are",
        Group::FinePrint,
        &[choice("fixed", "fixed"), choice("drawn", "drawn anew")],
        "Who owns what follows from names. Drawn anew in each run, shares can be averaged.",
    ),
    choose(
        "resume_order",
        "After a pause comes first",
        Group::FinePrint,
        &[
            choice("app_first", "the application"),
            choice("io_first", "what waited"),
        ],
        "The application first: it acts before it hears any news.",
    ),
];
