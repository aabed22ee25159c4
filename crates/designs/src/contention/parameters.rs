//! The parameters and names of the contention design as data.

use super::protocol::anchors;
use crate::design::Name;
use crate::parameter::{Choice, Default, Group, Parameter, Unit, choose, duration};
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
    name("before_acquire", "before it asks for the lock"),
    name("after_acquire", "right after it acquired"),
    name("mid_work", "between its read and its write"),
    name("after_check", "right before its write is sent"),
];

/// By message kind.
pub(super) const MESSAGES: &[Name] = &[
    name("read", "read"),
    name("read_for_update", "select for update"),
    name("value", "the row"),
    name("write", "write"),
    name("take", "take one if there is one"),
    name("written", "write decided"),
    name("rollback", "roll back"),
    name("acquire", "acquire"),
    name("granted", "granted"),
    name("denied", "denied"),
    name("release", "release"),
];

/// By the kind of `protocol::Task`.
pub(super) const STEPS: &[Name] = &[
    name("arrive", "an update is due"),
    name("begin", "begins an attempt"),
    name("ask", "asks for the lock"),
    name("acquired", "goes on after acquiring"),
    name("worked", "has computed"),
    name("write", "sends its write"),
    name("served", "an operation is done"),
    name("expire", "the lease expires"),
];

/// Where the pause of the first worker strikes, at the place of each value.
const PAUSE_ANCHORS: &[Choice] = &[
    choice("after_check", "before its write is sent"),
    choice("mid_work", "between read and write"),
    choice("after_acquire", "after acquiring"),
    choice("before_acquire", "before acquiring"),
];

/// The anchor at a place of [`PAUSE_ANCHORS`].
pub(super) const fn pause_anchor(place: i64) -> Anchor {
    match place {
        1 => anchors::MID_WORK,
        2 => anchors::AFTER_ACQUIRE,
        3 => anchors::BEFORE_ACQUIRE,
        _ => anchors::AFTER_CHECK,
    }
}

/// The places of `arrival`'s choices.
pub(super) const BURST: i64 = 0;
pub(super) const CLOSED: i64 = 1;
pub(super) const POISSON: i64 = 2;

/// Whether all work on one row with a stock, rather than each on its own.
pub(super) fn sells(scenario: &Scenario) -> bool {
    scenario.get("workload") == 0
}

/// Sales come in bursts, changes of profiles at any time.
fn default_arrival(scenario: &Scenario) -> i64 {
    if sells(scenario) { BURST } else { POISSON }
}

/// Compare-and-set compares versions; under a lock a plain write is what is
/// usually written.
fn default_compare(scenario: &Scenario) -> i64 {
    if scenario.get("mechanism") <= 1 { 0 } else { 2 }
}

/// Enough for a burst; whoever keeps buying must not end the run by it.
fn default_stock(scenario: &Scenario) -> i64 {
    if scenario.get("arrival") == BURST {
        1_000
    } else {
        S
    }
}

fn default_duration(scenario: &Scenario) -> i64 {
    if scenario.get("arrival") == BURST {
        10 * S
    } else {
        S
    }
}

/// A number of things from 0 to `max`, by ratio.
const fn count(
    key: &'static str,
    label: &'static str,
    max: i64,
    default: i64,
    teaches: &'static str,
) -> Parameter {
    Parameter {
        unit: Unit::Count,
        ..duration(key, label, Group::Workers, (0, max, 1), default, teaches)
    }
}

/// In canonical order.
pub(super) const PARAMETERS: &[Parameter] = &[
    choose(
        "workload",
        "Workload",
        Group::Workers,
        &[
            choice("inventory", "one stock, many buyers"),
            choice("profile", "many users, each their own profile"),
        ],
        "Many on one record conflict all the time; each on their own, almost never.",
    ),
    choose(
        "mechanism",
        "Updates are made by",
        Group::Protection,
        &[
            choice("cas", "compare-and-set, reading again after a failure"),
            choice("cas_ret", "compare-and-set that returns the row"),
            choice("row_lock", "a lock on the row (select for update)"),
            choice("ext_lock_fifo", "a lock service with a queue"),
            choice(
                "ext_lock_poll",
                "a lock service that is asked again and again",
            ),
            choice("atomic", "one conditional decrement"),
        ],
        "Retry on conflict, wait for a lock, or leave nothing between read and write.",
    ),
    Parameter {
        default: Default::From(default_compare),
        ..choose(
            "compare",
            "A write goes through if",
            Group::Protection,
            &[
                choice("version", "the version is the one that was read"),
                choice("value", "the value is the one that was read"),
                choice("none", "it arrives"),
            ],
            "A lock alone does not stop a late write; and a value that comes back looks unchanged.",
        )
    },
    duration(
        "ttl",
        "TTL of the lock",
        Group::Time,
        (MS, 60 * S, MS),
        10 * S,
        "How long a lock service keeps the lock of a worker that has died, and of one that is only slow.",
    ),
    duration(
        "poll",
        "Asked again every",
        Group::Time,
        (MS, S, MS),
        50 * MS,
        "The mean time between two tries of a worker that polls. Each try is a request.",
    ),
    choose(
        "backoff",
        "After a conflict",
        Group::Time,
        &[
            choice("none", "try again at once"),
            choice(
                "exponential",
                "wait at random, up to twice as long each time",
            ),
        ],
        "Waiting spares the database; who waits long may be overtaken again and again.",
    ),
    duration(
        "backoff_base",
        "First back-off up to",
        Group::Time,
        (100, S, 100),
        MS,
        "Full jitter: the wait is anything from nothing to this, which doubles with each conflict.",
    ),
    duration(
        "backoff_cap",
        "Back-off at most",
        Group::Time,
        (100, 10 * S, 100),
        100 * MS,
        "Where the doubling ends.",
    ),
    Parameter {
        neutral: Some(0),
        ..duration(
            "pause",
            "W1 stops for",
            Group::Fault,
            (0, 60 * S, MS),
            0,
            "Longer than the TTL: the lock goes to the next while W1 still has its write to send.",
        )
    },
    choose(
        "pause_at",
        "W1 stops",
        Group::Fault,
        PAUSE_ANCHORS,
        "Before it looks at its lease it notices; after that nothing tells it.",
    ),
    Parameter {
        max: 100,
        step: 1,
        logarithmic: false,
        unit: Unit::Percent,
        neutral: Some(0),
        ..duration(
            "crash_p",
            "A worker dies at work in",
            Group::Fault,
            (0, 100, 1),
            0,
            "In this share of workers, between the first read and the first write: with the lock, or without one.",
        )
    },
    duration(
        "rtt",
        "Round trip",
        Group::Servers,
        (100, 100 * MS, 100),
        MS,
        "To the database and to the lock service. It is part of every window and of every lock.",
    ),
    duration(
        "jitter",
        "Jitter",
        Group::Servers,
        (0, 10 * MS, 10),
        100,
        "How far each way varies around half a round trip.",
    ),
    duration(
        "service",
        "Database needs",
        Group::Servers,
        (0, 10 * MS, 10),
        50,
        "For each operation, one after the other: failed attempts take their turn too.",
    ),
    count(
        "k",
        "Workers",
        1_000,
        300,
        "Conflicts grow with the square of them; a queue only with their number.",
    ),
    Parameter {
        default: Default::From(default_arrival),
        ..choose(
            "arrival",
            "They come",
            Group::Workers,
            &[
                choice("burst", "all at once"),
                choice("closed", "again as soon as they are done"),
                choice("poisson", "at random"),
            ],
            "A sale that opens, the most pressure there can be, or everyday traffic.",
        )
    },
    duration(
        "gap",
        "Between two bursts",
        Group::Workers,
        (10 * MS, 60 * S, 10 * MS),
        30 * S,
        "Low frequency, high conflict: seldom, and then all together.",
    ),
    duration(
        "stagger",
        "Between two workers of a burst",
        Group::Workers,
        (0, S, 100),
        0,
        "At zero they are in step; apart, the first to come is the first to be done.",
    ),
    count(
        "rate",
        "Updates a second",
        20_000,
        2_000,
        "Of all workers together, where they come at random.",
    ),
    Parameter {
        min: 1,
        ..count(
            "users",
            "Users",
            100_000,
            5_000,
            "How many rows the updates spread over.",
        )
    },
    Parameter {
        default: Default::From(default_stock),
        ..count("stock", "Stock", S, 0, "How many units there are to sell.")
    },
    count(
        "returners",
        "Workers that return a unit",
        1_000,
        0,
        "The last so many put one back instead: the stock can be again what it was.",
    ),
    duration(
        "think",
        "Computing takes",
        Group::Workers,
        (0, S, 100),
        MS,
        "Between read and write. The longer, the more others come in between.",
    ),
    Parameter {
        default: Default::From(default_duration),
        ..duration(
            "duration",
            "Workers come for",
            Group::Workers,
            (10 * MS, 60 * S, 10 * MS),
            0,
            "Updates begin until then. Where workers come again and again, the run ends there.",
        )
    },
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
