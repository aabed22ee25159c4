//! What the tests of single designs share.
// Each of them is a program of its own and uses a part of it.
#![allow(dead_code)]

use fencepost_designs::code;
use fencepost_designs::design::{Curve, Measure};
use fencepost_designs::{Run, Scenario};

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
