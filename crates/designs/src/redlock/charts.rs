//! What a TTL buys and what it costs, as curves: simulated beside the closed
//! forms of [`measures`].

use alloc::format;
use alloc::string::String;
use alloc::vec;

use sim::{Span, Time};

use super::{TokenSource, measures};
use crate::design::{Axis, Chart, Curve, Measure, Quantity, Spacing, Values, seconds};
use crate::faults::{self, FaultSpec, Moment, Target};
use crate::scenario::Scenario;
use crate::words;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;

const TTL: Axis = Axis {
    label: "TTL",
    quantity: Quantity::Seconds,
    spacing: Spacing::Ratio,
};

const TTLS: Values = Values {
    from: S / 2,
    to: 20 * S,
    count: 21,
};

/// When the holder crashes in the chart of takeovers.
const CRASH: Span = Span::from_ms(500);

/// The two sides of the TTL, above each other on one axis.
pub(super) const CHARTS: &[Chart] = &[
    Chart {
        key: "broken",
        title: "Short TTL against long (AT1): how often a run breaks",
        setting: |scenario| {
            let pause = words::span(scenario.span("pause"));
            format!("A pauses for any length up to {pause}.")
        },
        base: |scenario| scenario.with("pause_dist", 1),
        parameter: "ttl",
        values: TTLS,
        x: TTL,
        y: Axis {
            label: "share of runs that break a law",
            quantity: Quantity::Share,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(Measure::Broken, broken_share)],
    },
    Chart {
        key: "takeover",
        title: "Short TTL against long (AT1): how long a crash blocks the lock",
        setting: |_| String::from("A crashes at 0.5 s, at work. Nothing else goes wrong."),
        base: with_crash,
        parameter: "ttl",
        values: TTLS,
        x: TTL,
        y: Axis {
            label: "mean time from the crash to the next holder",
            quantity: Quantity::Seconds,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(
            Measure::Mean(|run| run.takeover().map(seconds)),
            mean_takeover_s,
        )],
    },
];

/// A crashes while it works, and nothing else goes wrong.
fn with_crash(scenario: &Scenario) -> Scenario {
    let work = scenario.get("work_a").max(S);
    let mut crashed = scenario.with("pause", 0).with("work_a", work);
    crashed.faults = vec![FaultSpec {
        kind: faults::Kind::Crash {
            restart: None,
            wiped: false,
        },
        target: Target::Lanes(String::from("a")),
        moment: Moment::At(Time::ZERO + CRASH),
    }];
    crashed
}

/// [`measures::broken_share`] where its assumptions hold: a client without
/// checks, a pause while it holds the lock, one waiter that polls, and waits
/// that differ little beside the pauses.
fn broken_share(scenario: &Scenario) -> Option<f64> {
    const FREE: &[&str] = &[
        "pause",
        "anchor",
        "pause_dist",
        "pause_p",
        "check_before_write",
    ];
    // Before the lock is held a pause does something else.
    let while_held = !matches!(scenario.get("anchor"), 1 | 2);
    if !while_held || !scenario.faults.is_empty() || !is_plain(scenario, FREE) {
        return None;
    }
    // The pause that a run survives, by the waiter's shortest wait and by its
    // longest, with the round trips about A's work that the formula leaves
    // out. Between the two the share bends where a run breaks without any
    // pause, and where none breaks with the longest; the formula has corners.
    let pause = scenario.get("pause");
    let round_trip = 2 * scenario.get("one_way");
    let shortest = scenario.get("ttl") - scenario.get("work_a");
    let longest = shortest + scenario.get("retry_max") + round_trip;
    let spread = longest - shortest + 4 * round_trip;
    let bends_at = |corner| shortest - 3 * round_trip < corner && corner < longest + round_trip;
    let is_sharp = 10 * spread > pause;
    let jumps = is_sharp || scenario.get("pause_p") < 100;
    if (bends_at(0) && jumps) || (bends_at(pause) && is_sharp) {
        return None;
    }
    Some(measures::broken_share(scenario))
}

/// [`measures::mean_takeover_s`] where its assumptions hold.
fn mean_takeover_s(scenario: &Scenario) -> Option<f64> {
    const FREE: &[&str] = &[
        "pause",
        "anchor",
        "pause_dist",
        "pause_p",
        "check_before_write",
        "honour_deadline",
        "done_check",
    ];
    // The keys are as old as the first votes.
    let age = CRASH - scenario.span("one_way");
    is_plain(scenario, FREE).then(|| measures::mean_takeover_s(scenario, age))
}

/// Whether no parameter is set that a closed form leaves out, those that are
/// `free` aside.
fn is_plain(scenario: &Scenario, free: &[&str]) -> bool {
    const COUNTED: &[&str] = &[
        "ttl",
        "work_a",
        "work_b",
        "at",
        "servers",
        "one_way",
        "retry_min",
        "retry_max",
        "fence",
        "token_source",
        "resume_order",
    ];
    let left_out = scenario
        .design
        .parameters()
        .iter()
        .enumerate()
        .any(|(place, parameter)| {
            scenario.is_set(place)
                && !COUNTED.contains(&parameter.key)
                && !free.contains(&parameter.key)
        });
    // Numbers drawn apart from the lock break a law of their own.
    let token_source = scenario.get("token_source");
    let ordered =
        token_source == TokenSource::None as i64 || token_source == TokenSource::Bound as i64;
    // Votes that take longer than a client waits for them make no holder.
    let votes_arrive = 2 * scenario.get("one_way") + MS < scenario.get("server_timeout");
    !left_out && ordered && votes_arrive && scenario.horizon.is_none()
}
