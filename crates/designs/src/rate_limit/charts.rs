//! What a lock costs, how many times the limit gets through, what a gap lets
//! pass and how busy the busiest shard is, as curves: simulated beside the
//! closed forms of [`measures`].

use alloc::format;
use alloc::string::String;

use super::evidence::{busiest, excess, longest_wait_s, times_the_limit};
use super::measures;
use crate::design::{Axis, Chart, Curve, Measure, Quantity, Spacing, Values};
use crate::scenario::Scenario;
use crate::words;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;

/// Waits, factors, gaps, shards.
pub(super) const CHARTS: &[Chart] = &[
    Chart {
        key: "waits",
        title: "How long the last of many waits",
        setting: |scenario| {
            format!(
                "Requests of one user, all at once; {} a round trip, {} operations under the lock, {} for a script. Under a lock: (k − 1) S, and its own way.",
                words::span(scenario.span("rtt")),
                scenario.get("ops"),
                words::span(scenario.span("script"))
            )
        },
        base: at_once,
        parameter: "together",
        values: Values {
            from: 1,
            to: 100,
            count: 12,
        },
        x: Axis {
            label: "requests at once",
            quantity: Quantity::Count,
            spacing: Spacing::Even,
        },
        y: Axis {
            label: "time until the last of them is answered",
            quantity: Quantity::Seconds,
            spacing: Spacing::Even,
        },
        curves: &[
            Curve {
                name: "a lock for each request",
                sets: &[("design", 0)],
                measure: Measure::Mean(longest_wait_s),
                closed_form: measures::last_answer_s,
            },
            Curve {
                name: "one script",
                sets: &[("design", 1)],
                measure: Measure::Mean(longest_wait_s),
                closed_form: measures::last_answer_s,
            },
        ],
    },
    Chart {
        key: "servers",
        title: "How many times the limit gets through",
        setting: |_| {
            String::from(
                "One user sends 1,000 requests a second through any server for 0.9 s, far more than may pass. Servers that tell each other do so after half a second, when each has spent the limit of the window.",
            )
        },
        base: plenty,
        parameter: "servers",
        values: Values {
            from: 1,
            to: 10,
            count: 10,
        },
        x: Axis {
            label: "API servers",
            quantity: Quantity::Count,
            spacing: Spacing::Even,
        },
        y: Axis {
            label: "let through, times the limit",
            quantity: Quantity::Count,
            spacing: Spacing::Even,
        },
        curves: &[
            Curve {
                name: "one script",
                sets: &[("design", 1), ("policy", 0)],
                measure: Measure::Mean(times_the_limit),
                closed_form: measures::times_the_limit,
            },
            Curve {
                name: "each server a bucket of its own",
                sets: &[("design", 3), ("policy", 0)],
                measure: Measure::Mean(times_the_limit),
                closed_form: measures::times_the_limit,
            },
            Curve {
                name: "a window, and servers that tell each other",
                sets: &[("design", 4), ("policy", 1)],
                measure: Measure::Mean(times_the_limit),
                closed_form: measures::times_the_limit,
            },
        ],
    },
    Chart {
        key: "gap",
        title: "What passes the limit in a gap",
        setting: |scenario| {
            format!(
                "A window of 1 s with a limit of 100, 1,000 requests in it, {} servers that tell all at the same time. The line is what comes in one gap and a round trip, at most the limit at every other server.",
                scenario.get("servers")
            )
        },
        base: telling,
        parameter: "sync",
        values: Values {
            from: 2 * MS,
            to: S,
            count: 14,
        },
        x: Axis {
            label: "gap between two words of a server",
            quantity: Quantity::Seconds,
            spacing: Spacing::Ratio,
        },
        y: Axis {
            label: "requests let through beyond the limit",
            quantity: Quantity::Count,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(Measure::Mean(excess), |scenario| {
            Some(measures::excess_bound(scenario))
        })],
    },
    Chart {
        key: "shards",
        title: "More shards do not help a hot user, more keys do",
        setting: |_| {
            String::from(
                "20 users, of which the first sends five of eight of 400 requests a second; 2 ms for each.",
            )
        },
        base: hot,
        parameter: "shards",
        values: Values {
            from: 1,
            to: 16,
            count: 16,
        },
        x: Axis {
            label: "Redis shards",
            quantity: Quantity::Count,
            spacing: Spacing::Even,
        },
        y: Axis {
            label: "share of its time that the busiest shard is busy",
            quantity: Quantity::Share,
            spacing: Spacing::Even,
        },
        curves: &[
            Curve {
                name: "one key a user",
                sets: &[("subkeys", 1)],
                measure: Measure::Mean(busiest),
                closed_form: |scenario| Some(measures::busiest(scenario)),
            },
            Curve {
                name: "eight keys a user",
                sets: &[("subkeys", 8)],
                measure: Measure::Mean(busiest),
                closed_form: |scenario| Some(measures::busiest(scenario)),
            },
        ],
    },
];

/// What `scenario` says of the network and of Redis, and nothing goes wrong.
fn plain(scenario: &Scenario, design: i64) -> Scenario {
    let mut base = scenario.clone();
    base.faults.clear();
    base.horizon = None;
    let settings = [
        ("design", design),
        ("policy", 0),
        ("sync_start", 0),
        ("debt", 0),
        ("time_source", 0),
        ("subkeys", 1),
        ("deny_cache", 0),
        ("timeout", 10 * S),
        ("ttl", 60 * S),
        ("holder_crash", 0),
        ("skew", 0),
        ("flush_at", -1),
        ("down", 0),
        ("users", 1),
        ("shards", 1),
    ];
    for (key, value) in settings {
        base = base.with(key, value);
    }
    base
}

fn at_once(scenario: &Scenario) -> Scenario {
    plain(scenario, 0).with("arrivals", 0)
}

/// Far more requests than may pass, within one window.
fn plenty(scenario: &Scenario) -> Scenario {
    plain(scenario, 1)
        .with("sync", S / 2)
        .with("rate", 20)
        .with("burst", 20)
        .with("limit", 40)
        .with("window", S)
        .with("arrivals", 1)
        .with("requests", 1_000)
        .with("duration", 900 * MS)
}

fn telling(scenario: &Scenario) -> Scenario {
    plain(scenario, 4)
        .with("policy", 1)
        .with("limit", 100)
        .with("window", S)
        .with("arrivals", 1)
        .with("requests", 1_000)
        .with("duration", S)
}

fn hot(scenario: &Scenario) -> Scenario {
    plain(scenario, 1)
        .with("script", 2 * MS)
        .with("arrivals", 1)
        .with("requests", 400)
        .with("duration", S)
        .with("users", 20)
        .with("zipf", 200)
}
