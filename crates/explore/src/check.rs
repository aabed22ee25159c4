//! A claim that is checked seed by seed.

use designs::Claim;
use designs::claim::Quantifier;

use crate::parts::Parts;

/// A claim under check, from seed 1 on. Where it speaks of every seed one is
/// looked at; a share needs as many as it names.
#[derive(Clone)]
pub struct Check {
    claim: &'static Claim,
    passed: u64,
    seeds: u64,
    parts: Parts,
}

impl Check {
    /// Nothing has run yet.
    pub fn new(claim: &'static Claim) -> Self {
        Self {
            claim,
            passed: 0,
            seeds: 0,
            parts: Parts::default(),
        }
    }

    /// Runs the next seed, or a part of it where its runs are long, if there
    /// is one, and says whether more remain.
    pub fn advance(&mut self) -> bool {
        if self.seeds < self.total() {
            let scenarios = self.claim.scenarios(self.seeds + 1);
            if let Some(runs) = self.parts.go_on_with(&scenarios) {
                self.seeds += 1;
                self.passed += u64::from((self.claim.check)(&runs));
            }
        }
        self.seeds < self.total()
    }

    /// How many seeds there will be.
    const fn total(&self) -> u64 {
        match self.claim.quantifier {
            Quantifier::EverySeed => 1,
            Quantifier::Share { seeds, .. } => seeds,
        }
    }

    /// In how many seeds the claim was seen.
    pub const fn passed(&self) -> u64 {
        self.passed
    }
}
