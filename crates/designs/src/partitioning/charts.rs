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
        key: "latency",
        title: "What a job takes: an owner for each partition, or a lock for each job",
        setting: |scenario| {
            format!(
                "Four workers, jobs of 5 ms, a round trip of {}, nothing goes wrong.",
                crate::words::span(scenario.span("rtt"))
            )
        },
        base: busy,
        parameter: "rate",
        values: RATES,
        x: RATE,
        y: LATENCY,
        curves: &[
            late("with owners", OWNED),
            late("with a lock for each job", LOCKED),
        ],
    },
    Chart {
        key: "stall",
        title: "How long a death stalls: all jobs of a partition, or the one under a lock",
        setting: |scenario| {
            format!(
                "W1 dies between an effect and the record of it. With owners all its partitions wait, with locks that one job alone, for the lock's TTL of {}.",
                crate::words::span(scenario.span("lock_ttl"))
            )
        },
        base: dying,
        parameter: "session_timeout",
        values: TIMEOUTS,
        x: TIMEOUT,
        y: STALL,
        curves: &[
            stalled("a dead worker's partitions", OWNED),
            stalled("a dead worker's one job, with locks", LOCKED),
        ],
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
    Chart {
        key: "moved-join",
        title: "What a join moves, by hash",
        setting: |_| {
            String::from(
                "256 partitions, names drawn anew in each run. Jump hash moves as much as rendezvous hashing.",
            )
        },
        base: |scenario| changing(scenario, "join_at"),
        parameter: "workers",
        values: WORKER_COUNTS,
        x: WORKERS,
        y: MOVED,
        curves: &[
            joined("rendezvous hashing", RENDEZVOUS),
            joined("hash mod W", MODULO),
            joined("a ring", RING),
        ],
    },
    Chart {
        key: "moved-leave",
        title: "What a leave moves, by hash",
        setting: |_| {
            String::from(
                "256 partitions, names drawn anew in each run. W1 leaves; by hash mod W and by jump hash all others are renumbered.",
            )
        },
        base: |scenario| changing(scenario, "leave_at"),
        parameter: "workers",
        values: WORKER_COUNTS,
        x: WORKERS,
        y: MOVED,
        curves: &[
            left("rendezvous hashing", RENDEZVOUS),
            left("hash mod W", MODULO),
            left("a ring", RING),
            left("jump hash", JUMP),
        ],
    },
];

type Settings = &'static [(&'static str, i64)];
const OWNED: Settings = &[("mode", 0)];
const LOCKED: Settings = &[("mode", 1)];
const RENDEZVOUS: Settings = &[("hash", 0)];
const MODULO: Settings = &[("hash", 1)];
const RING: Settings = &[("hash", 2)];
const JUMP: Settings = &[("hash", 3)];

const WORKER_COUNTS: Values = Values {
    from: 2,
    to: 16,
    count: 8,
};

const fn late(name: &'static str, sets: Settings) -> Curve {
    Curve {
        name,
        sets,
        measure: Measure::Mean(latency_s),
        closed_form: measures::latency_s,
    }
}

const fn stalled(name: &'static str, sets: Settings) -> Curve {
    Curve {
        name,
        sets,
        measure: Measure::Mean(stall_s),
        closed_form: |scenario| Some(measures::stall_s(scenario)),
    }
}

const fn joined(name: &'static str, sets: Settings) -> Curve {
    Curve {
        name,
        sets,
        measure: Measure::Mean(moved_share),
        closed_form: |scenario| {
            let workers = scenario.get("workers") as f64;
            Some(measures::moved_on_join(scenario.get("hash"), workers))
        },
    }
}

const fn left(name: &'static str, sets: Settings) -> Curve {
    Curve {
        name,
        sets,
        measure: Measure::Mean(moved_share),
        closed_form: |scenario| {
            let workers = scenario.get("workers") as f64;
            Some(measures::moved_on_leave(scenario.get("hash"), workers))
        },
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

fn busy(scenario: &Scenario) -> Scenario {
    with(
        &calm(scenario),
        &[
            ("workers", 4),
            ("partitions", 64),
            ("duration", 10 * S),
            ("job_time", 5 * MS),
            ("names", 0),
        ],
    )
}

fn dying(scenario: &Scenario) -> Scenario {
    with(
        &calm(scenario),
        &[
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
        &dying(scenario),
        &[
            ("mode", 0),
            ("rate", 40),
            ("duration", 20 * S),
            ("job_time", 50 * MS),
        ],
    )
}

/// A change of members and no jobs.
fn changing(scenario: &Scenario, change: &str) -> Scenario {
    with(
        &calm(scenario),
        &[
            ("mode", 0),
            ("partitions", 256),
            ("rate", 0),
            ("rebalance", 0),
            ("names", 1),
            (change, S),
        ],
    )
}
