//! The parameters and names of the rate limiter as data.

use crate::design::{Name, name};
use crate::parameter::{Default, Group, Parameter, Unit, choice, choose, duration, plain, switch};
use crate::scenario::Scenario;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;

/// By the number of `protocol::anchors`.
pub(super) const ANCHORS: &[Name] = &[
    name("after_acquire", "right after it acquired the lock"),
    name("after_read", "between reading and writing the count"),
];

/// By message kind.
pub(super) const MESSAGES: &[Name] = &[
    name("request", "request"),
    name("answer", "answer"),
    name("acquire", "acquire"),
    name("grant", "the lock is yours"),
    name("release", "release"),
    name("evalsha", "EVALSHA"),
    name("eval", "EVAL"),
    name("noscript", "NOSCRIPT"),
    name("ran", "script's result"),
    name("get", "GET and TIME"),
    name("got", "count"),
    name("set", "SET"),
    name("stored", "OK"),
    name("push", "spent since the last time"),
    name("pushed", "left in all"),
];

/// By the kind of `protocol::Task`.
pub(super) const STEPS: &[Name] = &[
    name("arrive", "a request is due"),
    name("locked", "goes on under the lock"),
    name("write_back", "writes the count back"),
    name("tell", "tells what it has let through"),
    name("overdue", "stops waiting for answers"),
    name("served", "has done a command"),
    name("flush", "forgets its scripts"),
    name("expire", "the lock runs out"),
    name("swell", "many requests are due"),
];

/// Whether requests come at random, rather than all at once.
pub(super) fn is_random(scenario: &Scenario) -> bool {
    scenario.get("arrivals") > 0
}

/// Whether the limit is a window's.
pub(super) fn is_window(scenario: &Scenario) -> bool {
    scenario.get("policy") == 1
}

/// The most requests a second.
const MOST_REQUESTS: i64 = 20_000;

/// Twice what one user may.
fn default_requests(scenario: &Scenario) -> i64 {
    (2 * scenario.get("rate")).min(MOST_REQUESTS)
}

/// One user's key lies on one shard.
fn default_shards(scenario: &Scenario) -> i64 {
    if scenario.get("users") > 1 { 4 } else { 1 }
}

/// Things, in steps of one.
const fn count(
    key: &'static str,
    label: &'static str,
    group: Group,
    (min, max): (i64, i64),
    default: i64,
    teaches: &'static str,
) -> Parameter {
    plain(
        key,
        label,
        group,
        Unit::Count,
        (min, max, 1),
        default,
        teaches,
    )
}

/// An instant, or never; never by default.
const fn moment(
    key: &'static str,
    label: &'static str,
    group: Group,
    teaches: &'static str,
) -> Parameter {
    Parameter {
        unit: Unit::OptionalDuration,
        min: -1,
        step: 10 * MS,
        neutral: Some(-1),
        ..count(key, label, group, (-1, 60 * S), -1, teaches)
    }
}

/// In canonical order.
pub(super) const PARAMETERS: &[Parameter] = &[
    choose(
        "design",
        "The limiter",
        Group::Protection,
        &[
            choice("user_lock", "locks the user, reads and writes the count"),
            choice("lua", "runs one script at Redis"),
            choice("get_set", "reads and writes the count, without a lock"),
            choice(
                "local_full",
                "counts by itself, each server the whole limit",
            ),
            choice(
                "local_sync",
                "counts by itself and tells Redis now and then",
            ),
            choice("lease", "takes several tokens at once"),
        ],
        "What stands between two servers that count for the same user at once.",
    ),
    choose(
        "policy",
        "The limit is",
        Group::Protection,
        &[
            choice("bucket", "a token bucket"),
            choice("window", "a fixed window"),
        ],
        "A bucket fills all the time; a window starts anew at multiples of its length.",
    ),
    count(
        "rate",
        "Rate",
        Group::Protection,
        (0, 100_000),
        100,
        "Tokens that a user's bucket gains each second. At zero the bucket never fills again.",
    ),
    count(
        "burst",
        "Bucket holds",
        Group::Protection,
        (0, 100_000),
        100,
        "How many requests a user may send at once after a quiet time.",
    ),
    count(
        "limit",
        "Limit a window",
        Group::Protection,
        (0, 100_000),
        100,
        "How many requests of a user a fixed window lets through.",
    ),
    duration(
        "window",
        "Window",
        Group::Time,
        (10 * MS, 60 * S, 10 * MS),
        S,
        "The length of a fixed window.",
    ),
    duration(
        "sync",
        "Servers tell every",
        Group::Time,
        (MS, 10 * S, MS),
        100 * MS,
        "Δ: what all servers let through in one such gap, none of the others knows.",
    ),
    choose(
        "sync_start",
        "Servers tell",
        Group::FinePrint,
        &[
            choice("aligned", "all at the same time"),
            choice("spread", "one after the other"),
        ],
        "Aligned is the worst case: nobody knows anything for a whole gap.",
    ),
    choose(
        "debt",
        "A count below zero",
        Group::Protection,
        &[
            choice("carry", "is carried on"),
            choice("clamp", "is put back to zero"),
        ],
        "Carried, what was too much is paid back; put back to zero, it is too much again each time.",
    ),
    count(
        "lease",
        "Tokens a lease",
        Group::Protection,
        (1, 1_000),
        10,
        "b: more save round trips, and more may be stranded on a server.",
    ),
    choose(
        "time_source",
        "A script goes by",
        Group::Protection,
        &[
            choice("redis", "Redis' clock (TIME)"),
            choice("client", "the server's clock, whatever it says"),
            choice("client_max", "the server's clock, never back"),
        ],
        "Each time a slow clock follows a fast one, the time between is paid out again.",
    ),
    count(
        "subkeys",
        "Keys a user",
        Group::Protection,
        (1, 64),
        1,
        "A script's or a read's count is split into so many keys, each with its share of the limit.",
    ),
    switch(
        "deny_cache",
        "Servers remember refusals",
        Group::Protection,
        false,
        "Until the next token is due, a server refuses by itself and spares Redis.",
    ),
    choose(
        "fail",
        "Where Redis is silent",
        Group::Protection,
        &[
            choice("open", "let all through"),
            choice("closed", "refuse all"),
        ],
        "Open keeps the service up without a limit; closed keeps the limit without a service.",
    ),
    duration(
        "timeout",
        "Redis is waited for",
        Group::Time,
        (MS, 10 * S, MS),
        S,
        "After so long without an answer it counts as silent. A closed connection says so at once.",
    ),
    duration(
        "ttl",
        "Lock's TTL",
        Group::Time,
        (10 * MS, 60 * S, 10 * MS),
        2 * S,
        "How long a dead holder keeps its user out.",
    ),
    count(
        "ops",
        "Operations under the lock",
        Group::Protection,
        (0, 5),
        2,
        "0: the lock carries the count, as textbooks have it. 1: a script. 2: GET and SET.",
    ),
    Parameter {
        neutral: Some(0),
        ..switch(
            "holder_crash",
            "A holder dies",
            Group::Fault,
            false,
            "API 1 dies as it first gets a lock. The user waits for the TTL.",
        )
    },
    Parameter {
        neutral: Some(0),
        ..duration(
            "skew",
            "Clocks are fast by",
            Group::Fault,
            (0, 10 * S, MS),
            0,
            "Every second server's clock. It matters where a script goes by it.",
        )
    },
    moment(
        "flush_at",
        "Scripts are forgotten at",
        Group::Fault,
        "SCRIPT FLUSH, or a failover: whoever calls next gets NOSCRIPT, and sends the text.",
    ),
    Parameter {
        neutral: Some(0),
        ..duration(
            "down",
            "Redis is down for",
            Group::Fault,
            (0, 60 * S, MS),
            0,
            "All shards die and come back.",
        )
    },
    duration(
        "down_at",
        "Redis goes down at",
        Group::Fault,
        (0, 60 * S, MS),
        S,
        "When the shards die.",
    ),
    switch(
        "down_loses",
        "Redis loses its keys",
        Group::Fault,
        false,
        "A failover to a replica that has nothing yet: a missing key is a full bucket.",
    ),
    count(
        "servers",
        "API servers",
        Group::Servers,
        (1, 50),
        4,
        "N: a factor only where servers count by themselves.",
    ),
    Parameter {
        default: Default::From(default_shards),
        ..count(
            "shards",
            "Redis shards",
            Group::Servers,
            (1, 16),
            0,
            "K: they share users, and never one user's key.",
        )
    },
    duration(
        "rtt",
        "Round trip",
        Group::Servers,
        (MS / 10, 100 * MS, MS / 10),
        MS,
        "R, between any two. A lock costs it once, and once for each operation under it.",
    ),
    duration(
        "jitter",
        "Jitter",
        Group::Servers,
        (0, 10 * MS, MS / 100),
        MS / 20,
        "Up to so much more for each message.",
    ),
    duration(
        "script",
        "Redis works on a command for",
        Group::Servers,
        (0, 20 * MS, MS / 100),
        MS / 50,
        "One thread a shard: 20 µs are 50,000 commands a second, and no more.",
    ),
    choose(
        "arrivals",
        "Requests come",
        Group::Workers,
        &[
            choice("together", "all at once"),
            choice("random", "at random"),
            choice("both", "at random, then all at once"),
        ],
        "All at once shows one queue; at random shows rates; both show what quiet times leave behind.",
    ),
    count(
        "together",
        "So many at once",
        Group::Workers,
        (0, 400),
        12,
        "k: under a lock the last of them waits for all others.",
    ),
    Parameter {
        default: Default::From(default_requests),
        ..count(
            "requests",
            "Requests a second",
            Group::Workers,
            (0, MOST_REQUESTS),
            0,
            "Λ, of all users and through all servers.",
        )
    },
    duration(
        "duration",
        "Requests come for",
        Group::Workers,
        (10 * MS, 60 * S, 10 * MS),
        2 * S,
        "How long requests keep coming; the run ends when all are answered.",
    ),
    count(
        "users",
        "Users",
        Group::Workers,
        (1, 200),
        1,
        "Each has a limit of its own.",
    ),
    Parameter {
        unit: Unit::Percent,
        ..count(
            "zipf",
            "Popularity falls with",
            Group::Workers,
            (0, 300),
            100,
            "Zipf's exponent: 0 is even; at 100 % the second user asks half as often as the first; at 200 % a quarter.",
        )
    },
];
