//! The parameters and names of the payment lock as data.

use super::protocol::anchors;
use crate::design::{Name, name};
use crate::matrix::Matrix;
use crate::parameter::{
    Choice, Default, Group, Parameter, Unit, choice, choose, duration, plain, switch,
};
use crate::scenario::Scenario;
use sim::Anchor;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;

/// The data centres.
pub(super) const CENTRES: &[&str] = &["DC 1", "DC 2", "DC 3", "DC 4", "DC 5"];

/// Round trips between each two of them and within each.
const ROUND_TRIPS: Matrix = Matrix {
    places: CENTRES,
    default: &[
        MS,
        12 * MS,
        35 * MS,
        70 * MS,
        140 * MS,
        MS,
        30 * MS,
        65 * MS,
        135 * MS,
        MS,
        60 * MS,
        110 * MS,
        MS,
        90 * MS,
        MS,
    ],
};

/// The round trip between two data centres by place, µs.
pub(super) fn round_trip_us(scenario: &Scenario, one: usize, other: usize) -> u64 {
    let entries = scenario.list("rtt");
    let entry = entries.get(ROUND_TRIPS.place(one, other));
    let percent = u64::try_from(scenario.get("distance")).unwrap_or(100);
    entry.map_or(0, |&us| u64::try_from(us).unwrap_or(0) * percent / 100)
}

/// By the number of `protocol::anchors`.
pub(super) const ANCHORS: &[Name] = &[
    name("before_acquire", "before it asks for the lock"),
    name("acquire_inflight", "while the votes are on their way"),
    name("after_acquire", "right after it acquired"),
    name("before_effect", "before it calls the provider"),
    name("provider_called", "while the provider is being called"),
    name("after_check", "between the check and the write"),
    name("write_inflight", "while the write is on its way"),
];

/// By message kind.
pub(super) const MESSAGES: &[Name] = &[
    name("request", "pay"),
    name("response", "answer"),
    name("read", "read highest token"),
    name("read_reply", "highest token"),
    name("grant", "grant me the lock"),
    name("grant_reply", "vote"),
    name("extend", "extend"),
    name("extend_reply", "extended"),
    name("release", "release"),
    name("append", "append to the log"),
    name("appended", "stored"),
    name("charge", "charge"),
    name("charged", "charged"),
    name("write", "write to the ledger"),
    name("write_reply", "write decided"),
];

/// By the kind of `protocol::Task`.
pub(super) const STEPS: &[Name] = &[
    name("arrive", "a payment is due"),
    name("caller_deadline", "the caller stops waiting"),
    name("ask_again", "the caller asks again"),
    name("try", "begins an attempt"),
    name("ask", "asks the nodes"),
    name("answers_due", "stops waiting for answers"),
    name("budget_spent", "the time for acquiring is spent"),
    name("wait_over", "has waited long enough"),
    name("acquired", "goes on after acquiring"),
    name("prepared", "ready to call the provider"),
    name("charge", "calls the provider"),
    name("worked", "the operation is done"),
    name("write", "sends the payment to the ledger"),
    name("extend", "extends the lock"),
    name("extensions_due", "stops waiting for extensions"),
    name("deadline", "its own deadline passes"),
    name("answer_caller", "the caller must hear something now"),
    name("expire", "the lease expires"),
    name("peer_lost", "a connection is gone"),
];

/// Where the pause of P1 strikes, at the place of each value.
const PAUSE_ANCHORS: &[Choice] = &[
    choice("after_check", "after the check"),
    choice("before_acquire", "before acquiring"),
    choice("acquire_inflight", "votes in flight"),
    choice("after_acquire", "after acquiring"),
    choice("before_effect", "before the provider is called"),
    choice("provider_called", "provider called"),
    choice("write_inflight", "write in flight"),
];

/// The anchor at a place of [`PAUSE_ANCHORS`].
pub(super) const fn pause_anchor(place: i64) -> Anchor {
    match place {
        1 => anchors::BEFORE_ACQUIRE,
        2 => anchors::ACQUIRE_INFLIGHT,
        3 => anchors::AFTER_ACQUIRE,
        4 => anchors::BEFORE_EFFECT,
        5 => anchors::PROVIDER_CALLED,
        6 => anchors::WRITE_INFLIGHT,
        _ => anchors::AFTER_CHECK,
    }
}

/// Whether payments keep coming, rather than the lesson's two requests.
pub(super) fn is_open(scenario: &Scenario) -> bool {
    scenario.get("arrivals") == 1
}

/// The lesson's two requests meet a partition; a stream of payments has to be
/// told to.
fn default_cut(scenario: &Scenario) -> i64 {
    if is_open(scenario) { 0 } else { 10 * S }
}

/// The lesson's operation is as long in every run, so that its write leaves
/// at 1 s.
fn default_operation(scenario: &Scenario) -> i64 {
    if is_open(scenario) {
        400 * MS
    } else {
        930 * MS
    }
}

fn default_sigma(scenario: &Scenario) -> i64 {
    if is_open(scenario) { 80 } else { 0 }
}

/// In canonical order.
pub(super) const PARAMETERS: &[Parameter] = &[
    duration(
        "ttl",
        "TTL",
        Group::Time,
        (S / 2, 60 * S, 10 * MS),
        5 * S,
        "Shorter: faster recovery from a dead holder. Longer: fewer operations outlast their lock.",
    ),
    switch(
        "extend",
        "Extend every TTL / 3",
        Group::Time,
        false,
        "A slow operation keeps its lock; a cut or a pause longer than two thirds of the TTL still ends it.",
    ),
    duration(
        "budget",
        "Time for acquiring",
        Group::Time,
        (10 * MS, 5 * S, 10 * MS),
        300 * MS,
        "The budget A: a caller hears within it that the lock is not to be had.",
    ),
    duration(
        "caller_timeout",
        "Caller waits",
        Group::Time,
        (100 * MS, 60 * S, 10 * MS),
        2 * S,
        "A payment written after its caller has given up is an orphan.",
    ),
    Parameter {
        default: Default::From(default_cut),
        neutral: Some(0),
        ..plain(
            "cut",
            "Cut lasts",
            Group::Fault,
            Unit::Duration,
            (0, 20 * S, 100 * MS),
            0,
            "One data centre is cut off from the rest. What it sends waits for the heal.",
        )
    },
    duration(
        "cut_at",
        "Cut begins",
        Group::Fault,
        (0, 20 * S, 10 * MS),
        500 * MS,
        "Before the write leaves: it is held. After it is answered: nothing happens.",
    ),
    choose(
        "cut_dc",
        "Cut off is",
        Group::Fault,
        &[
            choice("dc1", "DC 1, with P1"),
            choice("dc2", "DC 2, with the ledger"),
            choice("dc3", "DC 3, with the provider"),
            choice("dc4", "DC 4, with P2"),
            choice("dc5", "DC 5"),
        ],
        "The holder, the ledger, the provider, the other service, or one vote.",
    ),
    choose(
        "ledger_side",
        "Ledger is reached from",
        Group::Fault,
        &[
            choice("majority", "the other side of the cut"),
            choice("both", "both sides"),
        ],
        "Where the ledger stays in reach, the holder finishes: it needs no quorum to keep its lease.",
    ),
    Parameter {
        neutral: Some(0),
        ..plain(
            "pause",
            "Pause of P1",
            Group::Fault,
            Unit::Duration,
            (0, 20 * S, 100 * MS),
            0,
            "P1 stops, as for garbage collection: no timer runs, and no deadline is noticed.",
        )
    },
    choose(
        "pause_at",
        "Pause begins",
        Group::Fault,
        PAUSE_ANCHORS,
        "After the check nothing at P1 can help; before it, the check does.",
    ),
    Parameter {
        neutral: Some(0),
        ..plain(
            "crash_p",
            "P1 crashes in",
            Group::Fault,
            Unit::Percent,
            (0, 100, 1),
            0,
            "In which share of runs P1 dies once it has called the provider. The account waits for the TTL.",
        )
    },
    plain(
        "rtt",
        "Round trips",
        Group::Servers,
        Unit::Matrix(&ROUND_TRIPS),
        (0, S, MS),
        0,
        "Acquiring waits for the third nearest node, twice.",
    ),
    plain(
        "distance",
        "Distances",
        Group::Servers,
        Unit::Percent,
        (10, 400, 1),
        100,
        "All round trips at once: above 107 % an acquisition with two nodes down no longer fits its time.",
    ),
    duration(
        "jitter",
        "Jitter",
        Group::Servers,
        (0, 50 * MS, MS / 10),
        MS / 2,
        "Up to so much more for each message.",
    ),
    choose(
        "token_source",
        "Lock and token",
        Group::Servers,
        &[
            choice("quorum_ballot", "two-phase majority token"),
            choice("raft_lease", "replicated log, stable leader"),
            choice("redlock", "majority, no token"),
            choice("per_server_max", "majority, highest node count"),
        ],
        "A majority can grant a lock without a token; the token takes a second round, or a log.",
    ),
    // redis/redis-doc `docs/manual/patterns/distributed-locks.md`: 5 to 50 ms
    // for a TTL of 10 s.
    duration(
        "node_timeout",
        "Answer is waited for",
        Group::Servers,
        (5 * MS, 2 * S, 5 * MS),
        200 * MS,
        "50 ms silences DC 4 and DC 5: three voters are left, and none may fail.",
    ),
    choose(
        "acquire",
        "Nodes are asked",
        Group::Servers,
        &[
            choice("parallel", "all at once"),
            choice("sequential", "one by one"),
        ],
        "One by one costs the sum of the round trips, all at once only the third.",
    ),
    choose(
        "fence",
        "Fence at the ledger",
        Group::Protection,
        &[choice("check", "on"), choice("none", "off")],
        "The ledger refuses a token below the highest it has seen for the account.",
    ),
    switch(
        "idempotency",
        "Idempotency by payment id",
        Group::Protection,
        true,
        "Ledger and provider know a payment again; no lock can do that for them.",
    ),
    switch(
        "honour_deadline",
        "Stop at own deadline",
        Group::Protection,
        true,
        "A holder that cannot extend stops believing in time, if its process runs.",
    ),
    choose(
        "policy",
        "Where the lock is taken",
        Group::Workers,
        &[
            choice("fail_fast", "fail fast"),
            choice("wait_forever", "wait without end"),
            choice("bounded_wait", "wait for so long"),
        ],
        "Refusing at once keeps the queue with the caller, who knows whether it still wants to pay.",
    ),
    switch(
        "retry",
        "One retry when failing fast",
        Group::Workers,
        false,
        "A second attempt, 50 to 150 ms later, if the time for acquiring allows.",
    ),
    duration(
        "max_wait",
        "Waits at most",
        Group::Workers,
        (10 * MS, 20 * S, 10 * MS),
        S,
        "How long a bounded wait is.",
    ),
    choose(
        "arrivals",
        "Payments come",
        Group::Workers,
        &[choice("pair", "two requests"), choice("open", "at random")],
        "Two requests show one failure; a stream of them shows rates.",
    ),
    plain(
        "second_at",
        "Second request at",
        Group::Workers,
        Unit::OptionalDuration,
        (-1, 20 * S, 10 * MS),
        6 * S,
        "The second request goes to P2.",
    ),
    switch(
        "same_id",
        "Second is the same payment",
        Group::Workers,
        true,
        "A caller that heard nothing asks again, under the same payment id.",
    ),
    duration(
        "every",
        "A payment every",
        Group::Workers,
        (100 * MS, 60 * S, 10 * MS),
        2 * S,
        "The mean time between payments of one account: 2 s is a rate of 0.5 a second.",
    ),
    plain(
        "accounts",
        "Accounts",
        Group::Workers,
        Unit::Count,
        (1, 20, 1),
        1,
        "Each has a lock of its own: accounts do not wait for each other.",
    ),
    duration(
        "duration",
        "Payments come for",
        Group::Workers,
        (S, 60 * S, S),
        10 * S,
        "How long payments keep coming; the run ends when all are answered.",
    ),
    choose(
        "route",
        "Requests go to",
        Group::Workers,
        &[choice("both", "either service"), choice("p1", "P1 only")],
        "With one service a queue is a queue; with two, they poll against each other.",
    ),
    Parameter {
        default: Default::From(default_operation),
        ..duration(
            "op",
            "Operation, median",
            Group::Workers,
            (10 * MS, 20 * S, 10 * MS),
            0,
            "Half of all operations take longer than this, once the lock is held.",
        )
    },
    Parameter {
        default: Default::From(default_sigma),
        ..plain(
            "sigma",
            "Operation, spread",
            Group::Workers,
            Unit::Percent,
            (0, 150, 1),
            0,
            "The standard deviation of the logarithm: at 80 % one in a thousand takes twelve medians.",
        )
    },
    plain(
        "call_at",
        "Provider is called at",
        Group::Workers,
        Unit::Percent,
        (0, 100, 1),
        25,
        "How much of the operation comes before money moves.",
    ),
    plain(
        "caller_retries",
        "Caller retries",
        Group::Workers,
        Unit::Count,
        (0, 5, 1),
        0,
        "The same payment again, at the other service, after any answer but success.",
    ),
    duration(
        "retry_after",
        "Retry-After",
        Group::FinePrint,
        (10 * MS, 20 * S, 10 * MS),
        S,
        "What a refused caller is told to wait; it adds up to half as much.",
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
