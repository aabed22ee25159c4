//! AT5 side by side, what a death costs, and what a join or a leave moves, as
//! curves: simulated beside the closed forms of [`measures`].

use alloc::format;
use alloc::string::String;

use super::claims::{backlog, drain_s, latency_s, moved_share, stall_s};
use super::measures;
use crate::design::{Axis, Chart, Curve, Measure, Quantity, Spacing, Values};
use crate::scenario::Scenario;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;

const RATE: Axis = Axis {
    label: "jobs a second, all together",
    quantity: Quantity::Count,
    spacing: Spacing::Even,
};

const RATES: Values = Values {
    from: 20,
    to: 300,
    count: 8,
};

const LATENCY: Axis = Axis {
    label: "mean time from a job's arrival to its effect",
    quantity: Quantity::Seconds,
    spacing: Spacing::Even,
};

const TIMEOUT: Axis = Axis {
    label: "session timeout",
    quantity: Quantity::Seconds,
    spacing: Spacing::Ratio,
};

const TIMEOUTS: Values = Values {
    from: 1_500 * MS,
    to: 12 * S,
    count: 9,
};

const STALL: Axis = Axis {
    label: "mean time from the death to the next write of its last job",
    quantity: Quantity::Seconds,
    spacing: Spacing::Even,
};

const WORKERS: Axis = Axis {
    label: "workers before",
    quantity: Quantity::Count,
    spacing: Spacing::Even,
};

const MOVED: Axis = Axis {
    label: "share of partitions that change owners",
    quantity: Quantity::Share,
    spacing: Spacing::Even,
};

/// Latency and stall with owners and with locks, backlog, what moves.
pub(super) const CHARTS: &[Chart] = &[
    Chart {
        key: "latency-partitioned",
        title: "What a job takes with owners",
        setting: |scenario| busy_words(scenario, "Each partition has an owner."),
        base: |scenario| busy(scenario, 0),
        parameter: "rate",
        values: RATES,
        x: RATE,
        y: LATENCY,
        curves: LATE,
    },
    Chart {
        key: "latency-central",
        title: "What a job takes with a lock for each",
        setting: |scenario| busy_words(scenario, "One queue, and one lock a job."),
        base: |scenario| busy(scenario, 1),
        parameter: "rate",
        values: RATES,
        x: RATE,
        y: LATENCY,
        curves: LATE,
    },
    Chart {
        key: "stall-partitioned",
        title: "How long a death stalls its partitions",
        setting: |_| String::from("W1 dies between an effect and the record of it."),
        base: |scenario| dying(scenario, 0),
        parameter: "session_timeout",
        values: TIMEOUTS,
        x: TIMEOUT,
        y: STALL,
        curves: STALLED,
    },
    Chart {
        key: "stall-central",
        title: "How long a death delays the one job it had, with locks",
        setting: |_| String::from("W1 dies between an effect and its unlock. No other job waits."),
        base: |scenario| dying(scenario, 1),
        parameter: "lock_ttl",
        values: TIMEOUTS,
        x: Axis {
            label: "lock TTL",
            ..TIMEOUT
        },
        y: STALL,
        curves: STALLED,
    },
    Chart {
        key: "backlog",
        title: "What waits in a dead worker's partition",
        setting: |_| {
            String::from(
                "40 jobs a second of 50 ms each, eight partitions; W1 dies. Counted as the next owner begins.",
            )
        },
        base: loaded,
        parameter: "session_timeout",
        values: TIMEOUTS,
        x: TIMEOUT,
        y: Axis {
            label: "mean number of jobs that wait",
            quantity: Quantity::Count,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(Measure::Mean(backlog), |scenario| {
            Some(measures::backlog(scenario))
        })],
    },
    Chart {
        key: "drain",
        title: "How long the backlog takes to drain",
        setting: |_| {
            String::from(
                "40 jobs a second of 50 ms each, eight partitions; W1 dies. From when the next owner begins.",
            )
        },
        base: loaded,
        parameter: "session_timeout",
        values: Values {
            to: 6 * S,
            count: 7,
            ..TIMEOUTS
        },
        x: TIMEOUT,
        y: Axis {
            label: "mean time until nothing waits",
            quantity: Quantity::Seconds,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(Measure::Mean(drain_s), measures::drain_s)],
    },
    moved(
        "moved-join",
        "What a join moves by rendezvous hashing",
        |_| String::from("256 partitions, names drawn anew in each run."),
        |scenario| changing(scenario, 0, "join_at"),
        JOINED,
    ),
    moved(
        "moved-join-mod",
        "What a join moves by hash mod W",
        |_| String::from("256 partitions, names drawn anew in each run."),
        |scenario| changing(scenario, 1, "join_at"),
        JOINED,
    ),
    moved(
        "moved-leave",
        "What a leave moves by rendezvous hashing",
        |_| String::from("256 partitions, names drawn anew in each run. W1 leaves."),
        |scenario| changing(scenario, 0, "leave_at"),
        LEFT,
    ),
    moved(
        "moved-leave-jump",
        "What a leave moves by jump hash",
        |_| {
            String::from(
                "256 partitions, names drawn anew in each run. W1 leaves, and all others are renumbered.",
            )
        },
        |scenario| changing(scenario, 3, "leave_at"),
        LEFT,
    ),
];

const WORKER_COUNTS: Values = Values {
    from: 2,
    to: 16,
    count: 8,
};

const LATE: &[Curve] = &[Curve::only(Measure::Mean(latency_s), measures::latency_s)];

const STALLED: &[Curve] = &[Curve::only(Measure::Mean(stall_s), |scenario| {
    Some(measures::stall_s(scenario))
})];

const JOINED: &[Curve] = &[Curve::only(Measure::Mean(moved_share), |scenario| {
    let workers = scenario.get("workers") as f64;
    Some(measures::moved_on_join(scenario.get("hash"), workers))
})];

const LEFT: &[Curve] = &[Curve::only(Measure::Mean(moved_share), |scenario| {
    let workers = scenario.get("workers") as f64;
    Some(measures::moved_on_leave(scenario.get("hash"), workers))
})];

/// What a change of members moves, by how many there are.
const fn moved(
    key: &'static str,
    title: &'static str,
    setting: fn(&Scenario) -> String,
    base: fn(&Scenario) -> Scenario,
    curves: &'static [Curve],
) -> Chart {
    Chart {
        key,
        title,
        setting,
        base,
        parameter: "workers",
        values: WORKER_COUNTS,
        x: WORKERS,
        y: MOVED,
        curves,
    }
}

fn with(scenario: &Scenario, settings: &[(&str, i64)]) -> Scenario {
    let mut base = scenario.clone();
    base.faults.clear();
    base.horizon = None;
    for &(key, value) in settings {
        base = base.with(key, value);
    }
    base
}

/// Nothing goes wrong; what `scenario` says of network, timeouts and locks
/// stays.
fn calm(scenario: &Scenario) -> Scenario {
    with(
        scenario,
        &[
            ("crash", 0),
            ("pause", 0),
            ("cut", 0),
            ("join_at", -1),
            ("leave_at", -1),
            ("external", 0),
            ("progress", 0),
        ],
    )
}

fn busy(scenario: &Scenario, mode: i64) -> Scenario {
    with(
        &calm(scenario),
        &[
            ("mode", mode),
            ("workers", 4),
            ("partitions", 64),
            ("duration", 10 * S),
            ("job_time", 5 * MS),
            ("names", 0),
        ],
    )
}

fn busy_words(scenario: &Scenario, what: &str) -> String {
    let base = busy(scenario, 0);
    format!(
        "Four workers, jobs of 5 ms, a round trip of {}. {what}",
        crate::words::span(base.span("rtt"))
    )
}

fn dying(scenario: &Scenario, mode: i64) -> Scenario {
    with(
        &calm(scenario),
        &[
            ("mode", mode),
            ("heartbeat", S),
            ("crash", 2),
            ("crash_job", 6),
            ("workers", 4),
            ("partitions", 8),
            ("hash", 0),
            ("sink", 0),
            ("rate", 12),
            ("duration", 8 * S),
            ("job_time", 5 * MS),
            ("rebalance", 0),
            ("names", 0),
        ],
    )
}

fn loaded(scenario: &Scenario) -> Scenario {
    with(
        &dying(scenario, 0),
        &[("rate", 40), ("duration", 20 * S), ("job_time", 50 * MS)],
    )
}

/// A change of members and no jobs.
fn changing(scenario: &Scenario, hash: i64, change: &str) -> Scenario {
    with(
        &calm(scenario),
        &[
            ("mode", 0),
            ("partitions", 256),
            ("hash", hash),
            ("rate", 0),
            ("rebalance", 0),
            ("names", 1),
            (change, S),
        ],
    )
}
