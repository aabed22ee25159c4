//! Redlock's parameters and names as data.

use sim::{Anchor, Span};

use super::protocol::anchors;
use crate::design::{Name, name};
use crate::fence::{Fence, TokenSource};
use crate::parameter::{
    Choice, Default, Group, Parameter, Unit, choice, choose, duration, plain, switch,
};
use crate::scenario::Scenario;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;

/// By the number of `protocol::anchors`.
pub(super) const ANCHORS: &[Name] = &[
    name("before_acquire", "before it asks for the lock"),
    name("acquire_inflight", "while the votes are on their way"),
    name("after_acquire", "right after it acquired"),
    name("mid_work", "in the middle of its work"),
    name("after_check", "between the check and the write"),
    name("write_inflight", "while the write is on its way"),
];

/// By message kind.
pub(super) const MESSAGES: &[Name] = &[
    name("set", "SET NX PX"),
    name("set_reply", "vote"),
    name("read", "read highest token"),
    name("read_reply", "highest token"),
    name("unlock", "release"),
    name("unlock_reply", "released"),
    name("extend", "extend"),
    name("extend_reply", "extended"),
    name("draw", "draw a token"),
    name("drawn", "token"),
    name("claim", "claim"),
    name("claim_reply", "claim taken"),
    name("status", "is the job done?"),
    name("status_reply", "job status"),
    name("write", "write result"),
    name("write_reply", "write decided"),
];

/// By the number of `protocol::Task`.
pub(super) const STEPS: &[Name] = &[
    name("try", "begins an attempt"),
    name("ask", "asks the servers"),
    name("answers_due", "stops waiting for answers"),
    name("acquired", "goes on after acquiring"),
    name("halfway", "first part of the work done"),
    name("rest", "does the rest"),
    name("worked", "work done"),
    name("write", "sends the result"),
    name("extend", "extends the lock"),
    name("extensions_due", "stops waiting for extensions"),
    name("deadline", "its own deadline passes"),
    name("expire", "the key expires"),
];

/// Where the lesson's pause strikes, at the place of each value.
const PAUSE_ANCHORS: &[Choice] = &[
    choice("mid_work", "mid-work"),
    choice("before_acquire", "before acquiring"),
    choice("acquire_inflight", "votes in flight"),
    choice("after_acquire", "after acquiring"),
    choice("after_check", "after the check"),
    choice("write_inflight", "write in flight"),
];

/// The anchors in the order of [`PAUSE_ANCHORS`].
pub(super) struct PauseAnchor;

impl PauseAnchor {
    pub(super) const fn at(place: i64) -> Anchor {
        match place {
            1 => anchors::BEFORE_ACQUIRE,
            2 => anchors::ACQUIRE_INFLIGHT,
            3 => anchors::AFTER_ACQUIRE,
            4 => anchors::AFTER_CHECK,
            5 => anchors::WRITE_INFLIGHT,
            _ => anchors::MID_WORK,
        }
    }
}

/// A client library, and where it differs from the published algorithm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Library {
    /// The algorithm of the Redis documentation, with redlock-rb's drift.
    /// redlock-rb itself asks one server after the other, sleeps up to 200 ms
    /// between attempts and makes three.
    Spec,
    /// go-redsync/redsync.
    Redsync,
    /// mike-marcacci/node-redlock, version 5.
    NodeRedlock5,
}

impl Library {
    pub(super) const fn at(place: i64) -> Self {
        match place {
            1 => Self::Redsync,
            2 => Self::NodeRedlock5,
            _ => Self::Spec,
        }
    }

    /// The clock drift that is allowed for: 1 % and 2 ms; redsync allows 1 %
    /// (`mutex.go`), node-redlock rounds (`src/index.ts`).
    pub(super) const fn drift(self, ttl: Span) -> Span {
        let ms = ttl.ms();
        match self {
            Self::Spec => Span::from_ms(ms / 100 + 2),
            Self::Redsync => ttl.percent(1),
            Self::NodeRedlock5 => Span::from_ms((ms + 50) / 100 + 2),
        }
    }

    /// node-redlock takes `Date.now()`; Go's `time.Now` carries a monotonic
    /// reading. The documentation does not say which; ours is monotonic.
    pub(super) fn reads_wall(self) -> bool {
        self == Self::NodeRedlock5
    }

    /// node-redlock settles an attempt as soon as a quorum voted alike.
    pub(super) fn decides_at_quorum(self) -> bool {
        self == Self::NodeRedlock5
    }

    /// node-redlock 5 returns a lock without looking at what is left of its
    /// validity (pull request 369 there proposes to).
    pub(super) fn checks_validity(self) -> bool {
        self != Self::NodeRedlock5
    }

    /// node-redlock 5 keeps the votes of a failed attempt until they expire.
    pub(super) fn returns_votes(self) -> bool {
        self != Self::NodeRedlock5
    }

    /// How long after acquiring an extension begins: a third of the TTL;
    /// node-redlock's `using` waits until 500 ms are left.
    pub(super) fn extends_after(self, ttl: Span) -> Span {
        let after = match self {
            Self::Spec | Self::Redsync => Span::from_us(ttl.us() / 3),
            Self::NodeRedlock5 => ttl - self.drift(ttl) - Span::from_ms(500),
        };
        after.max(Span::from_ms(1))
    }
}

fn library(scenario: &Scenario) -> Library {
    Library::at(scenario.get("library"))
}

/// redsync gives each attempt 5 % of the TTL (`redsync.go`).
fn server_timeout(scenario: &Scenario) -> i64 {
    match library(scenario) {
        Library::Redsync => scenario.get("ttl") / 20,
        Library::Spec | Library::NodeRedlock5 => 50 * MS,
    }
}

fn retry_min(scenario: &Scenario) -> i64 {
    match library(scenario) {
        Library::Redsync => 50 * MS,
        Library::Spec | Library::NodeRedlock5 => 100 * MS,
    }
}

fn retry_max(scenario: &Scenario) -> i64 {
    match library(scenario) {
        Library::Redsync => 250 * MS,
        Library::Spec | Library::NodeRedlock5 => 300 * MS,
    }
}

/// In canonical order.
pub(super) const PARAMETERS: &[Parameter] = &[
    duration(
        "ttl",
        "TTL",
        Group::Time,
        (S / 2, 60 * S, 10 * MS),
        5 * S,
        "Shorter: faster takeover after a crash. Longer: fewer locks expire under a slow holder.",
    ),
    Parameter {
        step: 100 * MS,
        logarithmic: false,
        neutral: Some(0),
        ..duration(
            "pause",
            "Pause of A",
            Group::Fault,
            (0, 20 * S, 100 * MS),
            8 * S,
            "A stops, as for garbage collection. Nothing in its process runs, no timer and no check.",
        )
    },
    choose(
        "anchor",
        "Pause begins",
        Group::Fault,
        PAUSE_ANCHORS,
        "Only where the pause falls decides whether a check can help.",
    ),
    choose(
        "pause_dist",
        "Pause length",
        Group::Fault,
        &[
            choice("fixed", "always that long"),
            choice("uniform", "any length up to it"),
        ],
        "Any length up to it: not whether it breaks, but how often.",
    ),
    plain(
        "pause_p",
        "Pause happens in",
        Group::Fault,
        Unit::Percent,
        (0, 100, 1),
        100,
        "In which share of runs A pauses at all.",
    ),
    plain(
        "servers",
        "Redis servers",
        Group::Servers,
        Unit::Count,
        (3, 9, 1),
        5,
        "A majority makes a holder; the rest may fail.",
    ),
    duration(
        "one_way",
        "One-way delay",
        Group::Servers,
        (0, 200 * MS, MS / 10),
        MS,
        "Each vote costs a round trip, and each round trip costs validity.",
    ),
    duration(
        "jitter",
        "Jitter",
        Group::Servers,
        (0, 200 * MS, MS / 10),
        0,
        "Up to so much more for each message.",
    ),
    choose(
        "fence",
        "Fence at the store",
        Group::Protection,
        Fence::CHOICES,
        "What the store checks before it accepts a write.",
    ),
    choose(
        "token_source",
        "Tokens come from",
        Group::Protection,
        TokenSource::CHOICES,
        "A fence is as good as the order of its numbers. Redlock has none of its own.",
    ),
    switch(
        "check_before_write",
        "Check before write",
        Group::Protection,
        false,
        "A looks at its own deadline first. It catches a pause in mid-work, not one after the check.",
    ),
    switch(
        "extend",
        "Extend while working",
        Group::Protection,
        false,
        "The extension lives in the paused process, and pauses with it.",
    ),
    switch(
        "honour_deadline",
        "Stop at own deadline",
        Group::Protection,
        false,
        "A timer ends the holder's belief in time, if the process runs.",
    ),
    switch(
        "done_check",
        "Read the job's status first",
        Group::Protection,
        true,
        "A lock is not “once”: without this, the next holder does the job again.",
    ),
    duration(
        "work_a",
        "Work of A",
        Group::Workers,
        (10 * MS, 20 * S, 10 * MS),
        S,
        "How long A needs once it has the lock.",
    ),
    duration(
        "work_b",
        "Work of B",
        Group::Workers,
        (10 * MS, 20 * S, 10 * MS),
        S,
        "Decides whose write lands first.",
    ),
    plain(
        "at",
        "mid-work is at",
        Group::Workers,
        Unit::Percent,
        (0, 100, 1),
        90,
        "How much of the work is done when a mid-work pause begins.",
    ),
    duration(
        "a_start",
        "A starts at",
        Group::Workers,
        (0, 20 * S, 10 * MS),
        0,
        "When A first asks for the lock.",
    ),
    duration(
        "b_start",
        "B starts at",
        Group::Workers,
        (0, 20 * S, 10 * MS),
        50 * MS,
        "When B first asks for the lock.",
    ),
    plain(
        "c_start",
        "C starts at",
        Group::Workers,
        Unit::OptionalDuration,
        (-1, 20 * S, 10 * MS),
        -1,
        "A third worker, for what a plain delete lets in.",
    ),
    choose(
        "library",
        "Client library",
        Group::FinePrint,
        &[
            choice("spec", "as published"),
            choice("redsync", "redsync"),
            choice("node-redlock-5", "node-redlock 5"),
        ],
        "Libraries differ in drift, timeouts, retries, and whether they look at what validity is left.",
    ),
    choose(
        "acquire",
        "Servers are asked",
        Group::FinePrint,
        &[
            choice("parallel", "all at once"),
            choice("sequential", "one by one"),
        ],
        "One by one costs a round trip each, all out of the validity.",
    ),
    Parameter {
        default: Default::From(server_timeout),
        ..duration(
            "server_timeout",
            "Answer is waited for",
            Group::FinePrint,
            (MS, 10 * S, MS),
            0,
            "How long one server may take to vote.",
        )
    },
    Parameter {
        default: Default::From(retry_min),
        ..duration(
            "retry_min",
            "Retry after, least",
            Group::FinePrint,
            (MS, 10 * S, MS),
            0,
            "The shortest wait before another attempt.",
        )
    },
    Parameter {
        default: Default::From(retry_max),
        ..duration(
            "retry_max",
            "Retry after, most",
            Group::FinePrint,
            (MS, 10 * S, MS),
            0,
            "The longest wait before another attempt.",
        )
    },
    choose(
        "release",
        "Release deletes",
        Group::FinePrint,
        &[choice("cad", "only its own key"), choice("del", "any key")],
        "A plain delete removes a stranger's lock.",
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
