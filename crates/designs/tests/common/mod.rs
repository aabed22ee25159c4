//! What the tests of single designs share.
// Each of them is a program of its own and uses a part of it.
#![allow(dead_code)]

use fencepost_designs::code;
use fencepost_designs::design::{Curve, Measure};
use fencepost_designs::{Design, Run, Scenario};
use sim::{Recording, Stream};

/// The scenario of a code that has nothing wrong with it.
pub fn scenario(code: &str) -> Scenario {
    let parsed = code::read(code).expect("it names a design");
    assert!(parsed.notices.is_empty(), "{code}: {:?}", parsed.notices);
    parsed.scenario
}

/// Its run.
pub fn run(code: &str) -> Run {
    Run::of(scenario(code))
}

/// The keys of who takes part in `scenario`.
pub fn lane_keys(scenario: &Scenario) -> Vec<String> {
    let lanes = scenario.design.lanes(scenario);
    lanes.into_iter().map(|lane| lane.key).collect()
}

/// What any fault is made of, as codes write it.
pub struct Parts {
    /// A lane.
    pub one: String,
    /// A lane, perhaps the same.
    pub other: String,
    /// A length of time.
    pub span: String,
    /// When it strikes a process.
    pub when: String,
}

/// Draws what a fault of `design` may be made of; times are below `most` of
/// `unit`.
pub fn any_parts(
    design: &dyn Design,
    stream: &mut Stream,
    lanes: &[String],
    (most, unit): (u64, &str),
) -> Parts {
    let mut lane = || lanes[stream.below(lanes.len() as u64) as usize].clone();
    let (one, other) = (lane(), lane());
    let (anchors, messages) = (design.anchors(), design.messages());
    let nth = stream.below(3) + 1;
    let span = format!("{}{unit}", stream.below(most));
    let anchor = anchors[stream.below(anchors.len() as u64) as usize].key;
    let message = messages[stream.below(messages.len() as u64) as usize].key;
    let when = match stream.below(3) {
        0 => format!("{anchor}:{nth}"),
        1 => format!("msg:{message}:{nth}"),
        _ => format!("@{span}"),
    };
    Parts {
        one,
        other,
        span,
        when,
    }
}

/// Draws a fault of `design`, of a kind that codes have; `last` is one more.
pub fn any_fault(
    design: &dyn Design,
    stream: &mut Stream,
    lanes: &[String],
    last: fn(&Parts, &mut Stream) -> String,
) -> String {
    let parts = any_parts(design, stream, lanes, (9_000, "ms"));
    let Parts {
        one,
        other,
        span,
        when,
    } = &parts;
    // Anchors are a process's alone.
    let link_when = if when.starts_with('@') || when.starts_with("msg") {
        when.clone()
    } else {
        format!("@{span}")
    };
    match stream.below(8) {
        0 => format!("pause,{one},{span},{when}"),
        1 => format!("suspend,{one},{span},{when}"),
        2 => format!("crash,{one},-,{when},wiped,restart:{span}"),
        3 => format!("crash,{one},-,{when}"),
        4 => format!("cut,{one}-{other},{span},{link_when},drop"),
        5 => format!("cut,{one}>{other},-,{link_when}"),
        6 => format!("delay,{one}-{other},{span},{link_when}"),
        _ => last(&parts, stream),
    }
}

/// The scenario with these faults, by its code.
pub fn with_faults(scenario: &Scenario, faults: impl IntoIterator<Item = String>) -> Scenario {
    let mut text = code::write(scenario);
    for fault in faults {
        text.push(if text.contains('?') { '&' } else { '?' });
        text.push_str(&format!("fault={fault}"));
    }
    self::scenario(&text)
}

/// The run of `scenario`, which is bounded and the same when it is made again.
pub fn sound_run(scenario: &Scenario) -> Run {
    let code = code::write(scenario);
    assert_eq!(code::write(&self::scenario(&code)), code);
    let run = Run::of(scenario.clone());
    let again = scenario.design.simulate(scenario, Recording::Full);
    assert!(run.trace.records == again.records, "{code}");
    assert!(run.trace.events <= 1_000_000, "{code}");
    run
}

/// What a curve measures in runs of `scenario`, in the mean.
pub fn measured(curve: &Curve, scenario: &Scenario, seeds: u64) -> f64 {
    let values: Vec<f64> = (1..=seeds)
        .filter_map(|seed| {
            let run = Run::of(scenario.with_seed(seed));
            match curve.measure {
                Measure::Broken => Some(f64::from(u8::from(run.verdict.is_broken()))),
                Measure::Share(is_so) => Some(f64::from(u8::from(is_so(&run)))),
                Measure::Mean(number) => number(&run),
            }
        })
        .collect();
    assert!(!values.is_empty(), "{}: nothing is measured", curve.name);
    values.iter().sum::<f64>() / values.len() as f64
}
