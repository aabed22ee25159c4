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

const AT_ONCE: Axis = Axis {
    label: "requests at once",
    quantity: Quantity::Count,
    spacing: Spacing::Even,
};

const UP_TO_A_HUNDRED: Values = Values {
    from: 1,
    to: 100,
    count: 12,
};

const LONGEST_WAIT: Axis = Axis {
    label: "time until the last of them is answered",
    quantity: Quantity::Seconds,
    spacing: Spacing::Even,
};

const SERVERS: Axis = Axis {
    label: "API servers",
    quantity: Quantity::Count,
    spacing: Spacing::Even,
};

const UP_TO_TEN: Values = Values {
    from: 1,
    to: 10,
    count: 10,
};

const TIMES: Axis = Axis {
    label: "let through, times the limit",
    quantity: Quantity::Count,
    spacing: Spacing::Even,
};

const BUSY: Axis = Axis {
    label: "share of its time that the busiest shard is busy",
    quantity: Quantity::Share,
    spacing: Spacing::Even,
};

/// Waits, factors, gaps, shards.
pub(super) const CHARTS: &[Chart] = &[
    Chart {
        key: "lock-wait",
        title: "How long the last of many waits under a lock",
        setting: |scenario| {
            format!(
                "Requests of one user, all at once, {} a round trip and {} operations under the lock: (k − 1) S, and its own way.",
                words::span(scenario.span("rtt")),
                scenario.get("ops")
            )
        },
        base: |scenario| at_once(scenario, 0),
        parameter: "together",
        values: UP_TO_A_HUNDRED,
        x: AT_ONCE,
        y: LONGEST_WAIT,
        curves: &[Curve::only(
            Measure::Mean(longest_wait_s),
            measures::last_answer_s,
        )],
    },
    Chart {
        key: "script-wait",
        title: "How long the last of many waits for a script",
        setting: |scenario| {
            format!(
                "The same, and one script of {} for each.",
                words::span(scenario.span("script"))
            )
        },
        base: |scenario| at_once(scenario, 1),
        parameter: "together",
        values: UP_TO_A_HUNDRED,
        x: AT_ONCE,
        y: LONGEST_WAIT,
        curves: &[Curve::only(
            Measure::Mean(longest_wait_s),
            measures::last_answer_s,
        )],
    },
    Chart {
        key: "script-servers",
        title: "One script, any number of servers",
        setting: |_| plenty_of_requests(),
        base: |scenario| plenty(scenario, 1, 0),
        parameter: "servers",
        values: UP_TO_TEN,
        x: SERVERS,
        y: TIMES,
        curves: &[Curve::only(
            Measure::Mean(times_the_limit),
            measures::times_the_limit,
        )],
    },
    Chart {
        key: "local-servers",
        title: "Each server a bucket of its own",
        setting: |_| plenty_of_requests(),
        base: |scenario| plenty(scenario, 3, 0),
        parameter: "servers",
        values: UP_TO_TEN,
        x: SERVERS,
        y: TIMES,
        curves: &[Curve::only(
            Measure::Mean(times_the_limit),
            measures::times_the_limit,
        )],
    },
    Chart {
        key: "told-servers",
        title: "Servers that tell each other now and then",
        setting: |_| {
            format!(
                "{} They tell after half a second, when each has spent the limit of the window.",
                plenty_of_requests()
            )
        },
        base: |scenario| plenty(scenario, 4, 1).with("sync", S / 2),
        parameter: "servers",
        values: UP_TO_TEN,
        x: SERVERS,
        y: TIMES,
        curves: &[Curve::only(
            Measure::Mean(times_the_limit),
            measures::times_the_limit,
        )],
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
        title: "More shards do not help a hot user",
        setting: |_| hot_user(),
        base: |scenario| hot(scenario).with("subkeys", 1),
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
        y: BUSY,
        curves: &[Curve::only(Measure::Mean(busiest), |scenario| {
            Some(measures::busiest(scenario))
        })],
    },
    Chart {
        key: "subkeys",
        title: "More keys do",
        setting: |_| format!("{} Four shards.", hot_user()),
        base: |scenario| hot(scenario).with("shards", 4),
        parameter: "subkeys",
        values: Values {
            from: 1,
            to: 16,
            count: 16,
        },
        x: Axis {
            label: "keys a user",
            quantity: Quantity::Count,
            spacing: Spacing::Even,
        },
        y: BUSY,
        curves: &[Curve::only(Measure::Mean(busiest), |scenario| {
            Some(measures::busiest(scenario))
        })],
    },
];

fn plenty_of_requests() -> String {
    String::from(
        "One user sends 1,000 requests a second through any server for 0.9 s, far more than may pass.",
    )
}

fn hot_user() -> String {
    String::from(
        "20 users, of which the first sends five of eight of 400 requests a second; 2 ms for each.",
    )
}

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

fn at_once(scenario: &Scenario, design: i64) -> Scenario {
    plain(scenario, design).with("arrivals", 0)
}

/// Far more requests than may pass, within one window.
fn plenty(scenario: &Scenario, design: i64, policy: i64) -> Scenario {
    plain(scenario, design)
        .with("policy", policy)
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
