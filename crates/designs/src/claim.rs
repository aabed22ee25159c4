//! Claims: each sentence of a lesson's answer, with the scenario that shows
//! it, a check, and a near scenario in which it is false.

use alloc::vec::Vec;

use crate::code;
use crate::run::Run;
use crate::scenario::Scenario;

/// One sentence that is checked on traces.
pub struct Claim {
    /// Its number, such as `1a`.
    pub id: &'static str,
    /// What it says, for a learner.
    pub sentence: &'static str,
    /// The codes of the runs that it speaks of, the one to look at first.
    pub runs: &'static [&'static str],
    /// Over which seeds it speaks.
    pub quantifier: Quantifier,
    /// Whether the runs show it.
    pub check: fn(&[Run]) -> bool,
    /// The same number of codes, in which it is false: without them a check
    /// that is always true would go unnoticed.
    pub foil: &'static [&'static str],
}

/// Over which seeds a claim speaks.
#[derive(Clone, Copy, Debug)]
pub enum Quantifier {
    /// In every seed.
    EverySeed,
    /// In a share of seeds, within a tolerance.
    Share {
        /// The share that is predicted, 0 to 1.
        expected: fn(&Scenario) -> f64,
        /// How far off it may be, 0 to 1.
        tolerance: f64,
        /// Over how many seeds it is counted.
        seeds: u64,
    },
}

/// What an evaluation of a claim found.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Evaluation {
    /// Over how many seeds.
    pub seeds: u64,
    /// How many different traces the first scenario gave.
    pub distinct_traces: u64,
    /// In how many seeds the check was true.
    pub passed: u64,
    /// Whether the claim holds.
    pub holds: bool,
    /// Whether the foil fails it.
    pub foil_fails: bool,
}

/// A share tells nothing from a few seeds.
const FEWEST_FOIL_SEEDS: u64 = 100;

impl Claim {
    /// The claim's scenarios, each with `seed`.
    pub fn scenarios(&self, seed: u64) -> Vec<Scenario> {
        scenarios(self.runs, seed)
    }

    /// Evaluates the claim over `seeds` seeds from 1, and the foil too. A
    /// share is counted over at least the seeds that it names.
    pub fn evaluate(&self, seeds: u64) -> Evaluation {
        let (seeds, foil_seeds) = match self.quantifier {
            Quantifier::EverySeed => (seeds, seeds),
            Quantifier::Share { seeds: needed, .. } => {
                (seeds.max(needed), seeds.max(FEWEST_FOIL_SEEDS))
            }
        };
        let mut digests = Vec::new();
        let mut passed = 0;
        for seed in 1..=seeds {
            let runs = runs(self.runs, seed);
            passed += u64::from((self.check)(&runs));
            digests.extend(runs.first().map(Run::digest));
        }
        digests.sort_unstable();
        digests.dedup();
        let foil_passed = (1..=foil_seeds)
            .filter(|&seed| (self.check)(&runs(self.foil, seed)))
            .count();
        Evaluation {
            seeds,
            distinct_traces: digests.len() as u64,
            passed,
            holds: self.is_met(self.runs, passed, seeds),
            foil_fails: match self.quantifier {
                Quantifier::EverySeed => foil_passed == 0,
                Quantifier::Share { .. } => !self.is_met(self.runs, foil_passed as u64, foil_seeds),
            },
        }
    }

    fn is_met(&self, codes: &[&str], passed: u64, seeds: u64) -> bool {
        match self.quantifier {
            Quantifier::EverySeed => passed == seeds,
            Quantifier::Share {
                expected,
                tolerance,
                ..
            } => scenarios(codes, 1).first().is_some_and(|scenario| {
                let share = passed as f64 / seeds as f64;
                libm::fabs(share - expected(scenario)) <= tolerance
            }),
        }
    }
}

fn scenarios(codes: &[&str], seed: u64) -> Vec<Scenario> {
    codes
        .iter()
        .map(|code| {
            let parsed = code::read(code).expect("a test reads every claim's codes");
            parsed.scenario.with_seed(seed)
        })
        .collect()
}

fn runs(codes: &[&str], seed: u64) -> Vec<Run> {
    scenarios(codes, seed).into_iter().map(Run::of).collect()
}
