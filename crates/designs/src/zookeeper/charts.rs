//! What becomes of a lock whose holder is cut off, and for how long two
//! believe that they have it, as curves: simulated beside the closed forms of
//! [`measures`].

use alloc::format;
use alloc::string::String;

use sim::Span;

use super::measures::{self, Outcome, outcome, overlap_s};
use super::negotiated;
use super::protocol::TokenSource;
use crate::design::{Axis, Chart, Curve, Measure, Quantity, Spacing, Values};
use crate::fence::Fence;
use crate::scenario::Scenario;
use crate::words;

const S: i64 = 1_000_000;

const PARTITION: Axis = Axis {
    label: "length of the partition",
    quantity: Quantity::Seconds,
    spacing: Spacing::Even,
};

const PARTITIONS: Values = Values {
    from: S / 2,
    to: 8 * S,
    count: 16,
};

const SHARE: Axis = Axis {
    label: "share of runs",
    quantity: Quantity::Share,
    spacing: Spacing::Even,
};

/// What becomes of the session; the three add up to all runs.
const OUTCOMES: &[Curve] = &[
    Curve {
        name: "the session expires in the partition",
        sets: &[],
        measure: Measure::Share(|run| outcome(run) == Outcome::DuringCut),
        closed_form: |scenario| is_as_assumed(scenario).then(|| measures::expires_in_cut(scenario)),
    },
    Curve {
        name: "it expires after the heal",
        sets: &[],
        measure: Measure::Share(|run| outcome(run) == Outcome::AfterHeal),
        closed_form: |_| None,
    },
    Curve {
        name: "it is kept",
        sets: &[],
        measure: Measure::Share(|run| outcome(run) == Outcome::Kept),
        closed_form: |_| None,
    },
];

/// The outcome of a partition by its length, at a tickTime that makes the
/// session as short as the lesson assumes and at the shipped one; then how
/// long two believe.
pub(super) const CHARTS: &[Chart] = &[
    Chart {
        key: "outcomes-short",
        title: "Who keeps the lock, at a tickTime of 500 ms",
        setting: |scenario| outcome_setting(&at_tick(scenario, S / 2)),
        base: |scenario| at_tick(scenario, S / 2),
        parameter: "partition",
        values: PARTITIONS,
        x: PARTITION,
        y: SHARE,
        curves: OUTCOMES,
    },
    Chart {
        key: "outcomes-shipped",
        title: "Who keeps the lock, at the shipped tickTime of 2 s",
        setting: |scenario| outcome_setting(&at_tick(scenario, 2 * S)),
        base: |scenario| at_tick(scenario, 2 * S),
        parameter: "partition",
        values: PARTITIONS,
        x: PARTITION,
        y: SHARE,
        curves: OUTCOMES,
    },
    Chart {
        key: "window",
        title: "How long two believe that they hold the lock",
        setting: |scenario| {
            let timeout = words::span(negotiated(&watched(scenario)));
            format!(
                "A alone is cut off; sessions last {timeout}. Who stops when disconnected has stopped before anyone else begins."
            )
        },
        base: watched,
        parameter: "partition",
        values: PARTITIONS,
        x: PARTITION,
        y: Axis {
            label: "mean time in which two believe",
            quantity: Quantity::Seconds,
            spacing: Spacing::Even,
        },
        curves: &[
            Curve {
                name: "stops when disconnected",
                sets: &[("policy", 0), ("fence", Fence::None as i64)],
                measure: Measure::Mean(|run| Some(overlap_s(run))),
                closed_form: |scenario| is_as_assumed(scenario).then_some(0.0),
            },
            Curve {
                name: "stops when told it has expired",
                sets: &[("policy", 1), ("fence", Fence::None as i64)],
                measure: Measure::Mean(|run| Some(overlap_s(run))),
                closed_form: |scenario| {
                    let waits_to_be_told = scenario.get("client") == 0;
                    let holds = is_lost(scenario) && waits_to_be_told;
                    measures::told_after_s(scenario).filter(|_| holds)
                },
            },
            Curve {
                name: "never stops, and is fenced",
                sets: &[
                    ("policy", 2),
                    ("fence", Fence::Check as i64),
                    ("token_source", TokenSource::Czxid as i64),
                ],
                measure: Measure::Mean(|run| Some(overlap_s(run))),
                closed_form: |scenario| {
                    is_lost(scenario).then(|| measures::fenced_after_s(scenario))
                },
            },
        ],
    },
];

/// A alone is cut off at any phase, and nothing else goes wrong. What
/// `scenario` says of servers, sessions and libraries stays.
fn cut_off(scenario: &Scenario) -> Scenario {
    const UNTOUCHED: &[(&str, i64)] = &[
        ("isolation", 0),
        ("pause", 0),
        ("clients", 2),
        ("hold", -1),
        ("ping_phase", -1),
        ("bucket_phase", -1),
        ("relay_phase", -1),
    ];
    let mut base = scenario.clone();
    base.faults.clear();
    base.horizon = None;
    for &(key, value) in UNTOUCHED {
        base = base.with(key, value);
    }
    base
}

/// The same at a tickTime of `tick` µs.
fn at_tick(scenario: &Scenario, tick: i64) -> Scenario {
    in_rhythm(cut_off(scenario).with("tick", tick))
}

/// Sessions as short as the lesson assumes.
fn watched(scenario: &Scenario) -> Scenario {
    at_tick(scenario, S / 2)
}

/// Puts the cut off until A's pings have found their rhythm: the first is a
/// third of the timeout after it began.
fn in_rhythm(scenario: Scenario) -> Scenario {
    let third = i64::try_from(negotiated(&scenario).us() / 3).unwrap_or(0);
    let at = scenario.get("at").max(third + S);
    scenario.with("at", at)
}

fn outcome_setting(scenario: &Scenario) -> String {
    format!(
        "A asks for {} and gets {}. It alone is cut off, at any phase.",
        words::span(scenario.span("session_timeout")),
        words::span(negotiated(scenario)),
    )
}

/// Whether the closed forms hold: messages are quick beside sessions, and
/// sessions are not shorter than the rhythm in which followers tell of them.
fn is_as_assumed(scenario: &Scenario) -> bool {
    let timeout = negotiated(scenario);
    let message = scenario.span("one_way") + scenario.span("jitter");
    timeout >= scenario.span("tick")
        && message * 100 <= timeout
        && Span::from_us(timeout.us() / 3) < scenario.span("at")
}

/// Whether A's session ends within the partition in all but a hundredth of
/// the runs.
fn is_lost(scenario: &Scenario) -> bool {
    is_as_assumed(scenario) && measures::expires_in_cut(scenario) > 0.99
}
