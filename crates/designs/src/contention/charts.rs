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

// The places of the mechanisms among the parameter's choices.
const CAS: i64 = 0;
const ROW_LOCK: i64 = 2;
const LOCK_QUEUE: i64 = 3;
const LOCK_POLL: i64 = 4;
const ATOMIC: i64 = 5;

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

const UPDATES: Axis = Axis {
    label: "updates a second",
    quantity: Quantity::PerSecond,
    spacing: Spacing::Even,
};

const WAIT: Axis = Axis {
    label: "99 of 100 updates take at most",
    quantity: Quantity::Seconds,
    spacing: Spacing::Even,
};

/// Throughput, tails and attempts by mechanism, then profiles.
pub(super) const CHARTS: &[Chart] = &[
    updates(
        "throughput-cas",
        "Throughput of compare-and-set",
        |scenario| closed(scenario, CAS, 500 * MS),
    ),
    updates(
        "throughput-row-lock",
        "Throughput of a lock on the row",
        |scenario| closed(scenario, ROW_LOCK, 500 * MS),
    ),
    updates(
        "throughput-lock",
        "Throughput of a lock service with a queue",
        |scenario| closed(scenario, LOCK_QUEUE, 500 * MS),
    ),
    updates(
        "throughput-poll",
        "Throughput of a lock service that is polled",
        |scenario| closed(scenario, LOCK_POLL, 500 * MS),
    ),
    updates(
        "throughput-atomic",
        "Throughput of one atomic update",
        |scenario| closed(scenario, ATOMIC, 100 * MS),
    ),
    wait(
        "p99-cas",
        "The slowest by compare-and-set",
        DOZENS,
        |scenario| closed(scenario, CAS, 2 * S),
    ),
    wait(
        "p99-row-lock",
        "The slowest with a lock on the row",
        HUNDREDS,
        |scenario| closed(scenario, ROW_LOCK, 2 * S),
    ),
    wait(
        "p99-lock",
        "The slowest with a lock service and a queue",
        HUNDREDS,
        |scenario| closed(scenario, LOCK_QUEUE, 4 * S),
    ),
    Chart {
        key: "attempts-cas",
        title: "Attempts for each success by compare-and-set",
        setting,
        base: |scenario| closed(scenario, CAS, 500 * MS),
        parameter: "k",
        values: HUNDREDS,
        x: WORKERS,
        y: Axis {
            label: "attempts for each success",
            quantity: Quantity::Count,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(Measure::Mean(attempts_a_success), |scenario| {
            Some(measures::attempts(scenario))
        })],
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

const fn updates(key: &'static str, title: &'static str, base: fn(&Scenario) -> Scenario) -> Chart {
    Chart {
        key,
        title,
        setting,
        base,
        parameter: "k",
        values: HUNDREDS,
        x: WORKERS,
        y: UPDATES,
        curves: THROUGHPUT,
    }
}

const THROUGHPUT: &[Curve] = &[Curve::only(
    Measure::Mean(|run| Some(throughput(run))),
    |scenario| Some(measures::throughput(scenario)),
)];

const fn wait(
    key: &'static str,
    title: &'static str,
    values: Values,
    base: fn(&Scenario) -> Scenario,
) -> Chart {
    Chart {
        key,
        title,
        setting,
        base,
        parameter: "k",
        values,
        x: WORKERS,
        y: WAIT,
        curves: TAIL,
    }
}

const TAIL: &[Curve] = &[Curve::only(Measure::Mean(p99_s), |scenario| {
    // Longer waits than half the run are cut off by its end.
    let seen = scenario.span("duration").us() as f64 / 2e6;
    let predicted = measures::p99_s(scenario);
    (predicted <= seen).then_some(predicted)
})];

fn setting(scenario: &Scenario) -> String {
    format!(
        "All on one row, and again as soon as they are done. {}",
        network(scenario)
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

/// `scenario` by `mechanism` with nothing going wrong. What it says of the
/// network, the database and computing stays.
fn plain(scenario: &Scenario, mechanism: i64, arrival: i64, duration: i64) -> Scenario {
    let mut base = scenario.clone();
    base.faults.clear();
    base.horizon = None;
    let compare = if mechanism == CAS { 0 } else { 2 };
    for (key, value) in [
        ("workload", 0),
        ("mechanism", mechanism),
        ("compare", compare),
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

fn closed(scenario: &Scenario, mechanism: i64, duration: i64) -> Scenario {
    plain(scenario, mechanism, CLOSED, duration)
}

fn burst(scenario: &Scenario) -> Scenario {
    plain(scenario, CAS, BURST, 10 * S)
}

fn profiles(scenario: &Scenario) -> Scenario {
    plain(scenario, CAS, POISSON, 500 * MS)
        .with("workload", 1)
        .with("arrival", POISSON)
        .with("duration", 500 * MS)
        .with("k", 300)
}
