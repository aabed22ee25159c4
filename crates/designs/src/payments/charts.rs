//! What a TTL buys and costs, what load is refused, and what distance costs,
//! as curves: simulated beside the closed forms of [`measures`].

use alloc::format;
use alloc::string::String;
use alloc::vec;

use sim::{Span, Time};

use super::evidence::{acquired_after_s, outlasted_its_lock, refused_share};
use super::{P1_CENTRE, measures};
use crate::design::{Axis, Chart, Curve, Measure, Quantity, Spacing, Values, seconds};
use crate::faults::{FaultSpec, Kind, Moment, Target};
use crate::run::Run;
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

/// When the holder crashes in the chart of recoveries.
const CRASH: Span = Span::from_ms(500);

/// The two sides of the TTL and their sum, load, distance.
pub(super) const CHARTS: &[Chart] = &[
    Chart {
        key: "outlasted",
        title: "Short TTL against long (AT1): how often an operation outlasts its lock",
        setting: |scenario| format!("One payment at P1. {}", operation(scenario)),
        base: one_payment,
        parameter: "ttl",
        values: TTLS,
        x: TTL,
        y: Axis {
            label: "share of operations that outlast their lock",
            quantity: Quantity::Share,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(
            Measure::Share(outlasted_its_lock),
            |scenario| Some(measures::expiry_share(scenario)),
        )],
    },
    Chart {
        key: "recovery",
        title: "Short TTL against long (AT1): how long a crash blocks the account",
        setting: |_| {
            String::from("P1 crashes at 0.5 s with the lock; P2 waits with another payment.")
        },
        base: with_crash,
        parameter: "ttl",
        values: TTLS,
        x: TTL,
        y: Axis {
            label: "mean time from the crash to the next holder",
            quantity: Quantity::Seconds,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(Measure::Mean(takeover_s), |scenario| {
            at_once(scenario).then(|| measures::takeover_s(scenario, seconds(CRASH)))
        })],
    },
    Chart {
        key: "cost",
        title: "Short TTL against long (AT1): what both cost in all",
        setting: |scenario| {
            let base = at_a_price(scenario);
            format!(
                "P1 crashes in {} % of runs, which costs the wait until P2 gets the lock. An operation that outlasts its lock costs {} s. {}",
                base.get("crash_p"),
                measures::RECONCILIATION_S,
                operation(scenario)
            )
        },
        base: at_a_price,
        parameter: "ttl",
        values: TTLS,
        x: TTL,
        y: Axis {
            label: "mean cost of a payment",
            quantity: Quantity::Seconds,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(
            Measure::Mean(|run| {
                Some(match takeover_s(run) {
                    Some(waited) => waited,
                    None if outlasted_its_lock(run) => measures::RECONCILIATION_S,
                    None => 0.0,
                })
            }),
            |scenario| at_once(scenario).then(|| measures::cost_s(scenario)),
        )],
    },
    Chart {
        key: "refused",
        title: "How many payments are refused when failing fast",
        setting: |scenario| {
            format!(
                "All payments at P1, so many for each account. {}",
                operation(scenario)
            )
        },
        base: busy,
        parameter: "every",
        values: Values {
            from: 200 * MS,
            to: 20 * S,
            count: 13,
        },
        x: Axis {
            label: "mean time between two payments",
            quantity: Quantity::Seconds,
            spacing: Spacing::Ratio,
        },
        y: Axis {
            label: "share of payments refused, a / (1 + a)",
            quantity: Quantity::Share,
            spacing: Spacing::Even,
        },
        curves: &[Curve::only(Measure::Mean(refused_share), |scenario| {
            // Locks that run out let the next payment in early.
            let lasting = measures::expiry_share(scenario) < 0.01;
            lasting.then(|| measures::refused_share(scenario))
        })],
    },
    Chart {
        key: "acquire",
        title: "What distance costs",
        setting: |_| {
            String::from(
                "Nothing goes wrong. Asked all at once, a phase waits for the third nearest node; one by one, it takes the sum of the round trips.",
            )
        },
        base: acquiring,
        parameter: "distance",
        values: Values {
            from: 10,
            to: 400,
            count: 13,
        },
        x: Axis {
            label: "round trips, beside those that are set",
            quantity: Quantity::Share,
            spacing: Spacing::Ratio,
        },
        y: Axis {
            label: "mean time to acquire a free lock at P1",
            quantity: Quantity::Seconds,
            spacing: Spacing::Even,
        },
        curves: &[
            Curve {
                name: "all at once",
                sets: &[("acquire", 0)],
                measure: Measure::Mean(acquired_after_s),
                closed_form: |scenario| Some(measures::acquire_s(scenario, P1_CENTRE)),
            },
            Curve {
                name: "one by one",
                sets: &[("acquire", 1)],
                measure: Measure::Mean(acquired_after_s),
                closed_form: |scenario| Some(measures::acquire_s(scenario, P1_CENTRE)),
            },
        ],
    },
];

/// From the crash of the holder to the next grant, s.
fn takeover_s(run: &Run) -> Option<f64> {
    run.takeover().map(seconds)
}

/// The length of operations in a chart, in a sentence.
fn operation(scenario: &Scenario) -> String {
    let base = one_payment(scenario);
    format!(
        "Half of all operations take longer than {}; the logarithm's spread is {} %.",
        words::span(base.span("op")),
        base.get("sigma")
    )
}

/// The closed form of a recovery is for nodes that are asked all at once.
fn at_once(scenario: &Scenario) -> bool {
    scenario.get("acquire") == 0
}

/// One payment at P1, of any length, and nothing goes wrong. What `scenario`
/// says of the network, the lock and the operation stays.
fn one_payment(scenario: &Scenario) -> Scenario {
    let is_set = |key| scenario.place(key).is_some_and(|at| scenario.is_set(at));
    let op = if is_set("op") {
        scenario.get("op")
    } else {
        400 * MS
    };
    let sigma = if is_set("sigma") {
        scenario.get("sigma")
    } else {
        80
    };
    let mut base = scenario.clone();
    base.faults.clear();
    base.horizon = None;
    let settings = [
        ("extend", 0),
        ("budget", 5 * S),
        ("caller_timeout", 60 * S),
        ("arrivals", 0),
        ("cut", 0),
        ("pause", 0),
        ("crash_p", 0),
        ("node_timeout", 2 * S),
        ("honour_deadline", 1),
        ("policy", 0),
        ("retry", 0),
        ("second_at", -1),
        ("caller_retries", 0),
        ("op", op),
        ("sigma", sigma),
    ];
    for (key, value) in settings {
        base = base.with(key, value);
    }
    base
}

/// Another payment waits at P2 for the lock.
fn with_waiter(base: &Scenario) -> Scenario {
    base.with("policy", 1)
        .with("second_at", 200 * MS)
        .with("same_id", 0)
}

fn with_crash(scenario: &Scenario) -> Scenario {
    let mut base = with_waiter(&one_payment(scenario))
        .with("op", 2 * S)
        .with("sigma", 0);
    base.faults = vec![FaultSpec {
        kind: Kind::Crash {
            restart: None,
            wiped: false,
        },
        target: Target::Lanes(String::from("p1")),
        moment: Moment::At(Time::ZERO + CRASH),
    }];
    base
}

fn at_a_price(scenario: &Scenario) -> Scenario {
    let crashes = match scenario.get("crash_p") {
        0 => 20,
        set => set,
    };
    with_waiter(&one_payment(scenario)).with("crash_p", crashes)
}

/// A stream of payments at P1. Several accounts, so that a run has many.
fn busy(scenario: &Scenario) -> Scenario {
    let one = one_payment(scenario);
    let (op, sigma) = (one.get("op"), one.get("sigma"));
    one.with("arrivals", 1)
        .with("cut", 0)
        .with("accounts", 5)
        .with("duration", 30 * S)
        .with("route", 1)
        .with("op", op)
        .with("sigma", sigma)
}

/// Time enough for acquiring at any distance.
fn acquiring(scenario: &Scenario) -> Scenario {
    one_payment(scenario).with("ttl", 60 * S)
}
