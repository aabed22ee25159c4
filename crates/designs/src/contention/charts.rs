//! What k workers on one row get done, how long the slowest wait and how often
//! they try, for each mechanism; and how seldom profiles conflict. Simulated
//! beside the closed forms of [`measures`].

use alloc::format;
use alloc::string::String;

use super::claims::{attempts, attempts_a_success, conflict_share, p99_s, throughput};
use super::measures;
use super::parameters::{BURST, CLOSED, POISSON};
use crate::design::{Axis, Chart, Curve, Measure, Quantity, Spacing, Values};
use crate::scenario::Scenario;
use crate::words;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;

// What sets a mechanism, by its place among the parameter's choices. Who may
// not lock compares versions; and what is much faster is seen in less time.
type Settings = &'static [(&'static str, i64)];
const CAS: Settings = &[("mechanism", 0), ("compare", 0)];
const CAS_RETURNING: Settings = &[("mechanism", 1), ("compare", 0)];
const ROW_LOCK: Settings = &[("mechanism", 2)];
const LOCK_QUEUE: Settings = &[("mechanism", 3)];
const LOCK_POLL: Settings = &[("mechanism", 4)];
const ATOMIC: Settings = &[("mechanism", 5), ("duration", 100 * MS)];

const WORKERS: Axis = Axis {
    label: "workers",
    quantity: Quantity::Count,
    spacing: Spacing::Ratio,
};

/// From two to the lesson's.
const HUNDREDS: Values = Values {
    from: 2,
    to: 300,
    count: 11,
};

/// A long tail takes a long run to be seen: fewer workers.
const DOZENS: Values = Values {
    from: 2,
    to: 60,
    count: 8,
};

/// Throughput, tails and attempts by mechanism, then a burst, then profiles.
pub(super) const CHARTS: &[Chart] = &[
    Chart {
        key: "throughput",
        title: "Updates a second, by mechanism",
        setting: |scenario| format!("{} {}", setting(scenario), crossings(scenario)),
        base: |scenario| closed(scenario, 500 * MS),
        parameter: "k",
        values: HUNDREDS,
        x: WORKERS,
        y: Axis {
            label: "updates a second",
            quantity: Quantity::PerSecond,
            spacing: Spacing::Ratio,
        },
        curves: &[
            updates("compare-and-set", CAS),
            updates("the same, returning the row", CAS_RETURNING),
            updates("row lock", ROW_LOCK),
            updates("lock service, queue", LOCK_QUEUE),
            updates("lock service, polled", LOCK_POLL),
            updates("atomic update", ATOMIC),
        ],
    },
    Chart {
        key: "p99",
        title: "The slowest update of a hundred, by mechanism",
        setting,
        base: |scenario| closed(scenario, 2 * S),
        parameter: "k",
        values: DOZENS,
        x: WORKERS,
        y: Axis {
            label: "99 of 100 updates take at most",
            quantity: Quantity::Seconds,
            spacing: Spacing::Ratio,
        },
        curves: &[
            wait("compare-and-set", CAS),
            wait("the same, returning the row", CAS_RETURNING),
            wait("row lock", ROW_LOCK),
            wait("lock service, queue", LOCK_QUEUE),
            wait("lock service, polled", LOCK_POLL),
            wait("atomic update", ATOMIC),
        ],
    },
    Chart {
        key: "attempts",
        title: "Attempts for each success, by mechanism",
        setting,
        base: |scenario| closed(scenario, 500 * MS),
        parameter: "k",
        values: HUNDREDS,
        x: WORKERS,
        y: Axis {
            label: "attempts for each success",
            quantity: Quantity::Count,
            spacing: Spacing::Ratio,
        },
        curves: &[
            tries("compare-and-set", CAS),
            tries("the same, returning the row", CAS_RETURNING),
            tries("any lock, or atomic", ROW_LOCK),
        ],
    },
    Chart {
        key: "attempts-burst",
        title: "Attempts that a burst takes by compare-and-set",
        setting: |scenario| {
            format!(
                "All workers come at once, each for one unit. {}",
                network(scenario)
            )
        },
        base: burst,
        parameter: "k",
        values: HUNDREDS,
        x: WORKERS,
        y: Axis {
            label: "attempts in all, k (k + 1) / 2 in step",
            quantity: Quantity::Count,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(
            Measure::Mean(|run| Some(attempts(run) as f64)),
            |scenario| measures::is_in_step(scenario).then(|| measures::burst_attempts(scenario)),
        )],
    },
    Chart {
        key: "conflicts",
        title: "How often profiles conflict",
        setting: |scenario| {
            format!(
                "{} updates a second, spread over so many users. {}",
                profiles(scenario).get("rate"),
                network(scenario)
            )
        },
        base: profiles,
        parameter: "users",
        values: Values {
            from: 100,
            to: 5_000,
            count: 7,
        },
        x: Axis {
            label: "users",
            quantity: Quantity::Count,
            spacing: Spacing::Ratio,
        },
        y: Axis {
            label: "share of attempts that meet another",
            quantity: Quantity::Share,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(Measure::Mean(conflict_share), |scenario| {
            Some(measures::conflict_share(scenario))
        })],
    },
];

const fn updates(name: &'static str, sets: Settings) -> Curve {
    Curve {
        name,
        sets,
        measure: Measure::Mean(|run| Some(throughput(run))),
        closed_form: |scenario| Some(measures::throughput(scenario)),
    }
}

const fn wait(name: &'static str, sets: Settings) -> Curve {
    Curve {
        name,
        sets,
        measure: Measure::Mean(p99_s),
        closed_form: |scenario| {
            // Longer waits than half the run are cut off by its end.
            let seen = scenario.span("duration").us() as f64 / 2e6;
            measures::p99_s(scenario).filter(|predicted| *predicted <= seen)
        },
    }
}

const fn tries(name: &'static str, sets: Settings) -> Curve {
    Curve {
        name,
        sets,
        measure: Measure::Mean(attempts_a_success),
        closed_form: |scenario| Some(measures::attempts(scenario)),
    }
}

fn setting(scenario: &Scenario) -> String {
    format!(
        "All on one row, and again as soon as they are done. {}",
        network(scenario)
    )
}

/// Where compare-and-set falls below what, by the closed forms.
fn crossings(scenario: &Scenario) -> String {
    let round = |workers: Option<f64>| workers.map(|it| format!("{}", libm::round(it) as u64));
    let (row, queue, polled) = (
        round(measures::leaves_row_lock_at(scenario)),
        round(measures::falls_below_lock_at(scenario)),
        round(measures::falls_below_polling_at(scenario)),
    );
    let (Some(row), Some(queue), Some(polled)) = (row, queue, polled) else {
        return String::from("A database that needs no time never fills.");
    };
    format!(
        "By the closed form, compare-and-set falls below the row lock at {row} workers, a queued lock service at {queue}, a polled one at {polled}."
    )
}

fn network(scenario: &Scenario) -> String {
    format!(
        "Round trip {}, computing {}, an operation {}.",
        words::span(scenario.span("rtt")),
        words::span(scenario.span("think")),
        words::span(scenario.span("service"))
    )
}

/// `scenario` with nothing going wrong, by compare-and-set. What it says of the
/// network, the database and computing stays.
fn plain(scenario: &Scenario, arrival: i64, duration: i64) -> Scenario {
    let mut base = scenario.clone();
    base.faults.clear();
    base.horizon = None;
    for (key, value) in [
        ("workload", 0),
        ("mechanism", 0),
        ("ttl", 60 * S),
        ("backoff", 0),
        ("pause", 0),
        ("crash_p", 0),
        ("arrival", arrival),
        ("gap", 60 * S),
        ("stagger", 0),
        ("stock", S),
        ("returners", 0),
        ("duration", duration),
    ] {
        base = base.with(key, value);
    }
    base
}

fn closed(scenario: &Scenario, duration: i64) -> Scenario {
    // Who holds a lock writes what it likes.
    plain(scenario, CLOSED, duration).with("compare", 2)
}

fn burst(scenario: &Scenario) -> Scenario {
    plain(scenario, BURST, 10 * S).with("compare", 0)
}

fn profiles(scenario: &Scenario) -> Scenario {
    plain(scenario, POISSON, 500 * MS)
        .with("compare", 0)
        .with("workload", 1)
        .with("arrival", POISSON)
        .with("duration", 500 * MS)
        .with("k", 300)
}
