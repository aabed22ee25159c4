//! How often a scenario breaks.

use designs::{Law, Scenario};

use crate::parts::Parts;
use crate::tally::Tally;

/// The runs of one scenario with the seeds from 1 on.
#[derive(Clone, Debug)]
pub struct Frequency {
    scenario: Scenario,
    total: u64,
    tally: Tally,
    parts: Parts,
}

impl Frequency {
    /// Nothing has run yet; `seeds` runs will. The scenario's own seed plays
    /// no part.
    pub fn new(scenario: Scenario, seeds: u64) -> Self {
        Self {
            scenario,
            total: seeds,
            tally: Tally::default(),
            parts: Parts::default(),
        }
    }

    /// Runs the next seed, or a part of it where its run is long, if there is
    /// one, and says whether more remain.
    pub fn advance(&mut self) -> bool {
        if self.seeds() < self.total {
            let next = self.scenario.with_seed(self.seeds() + 1);
            if let Some(run) = self.parts.go_on(&next) {
                self.tally.count(&run);
            }
        }
        self.seeds() < self.total
    }

    /// The scenario whose runs are counted.
    pub const fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// How many runs there will be.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// What was counted so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How many seeds have run.
    pub const fn seeds(&self) -> u64 {
        self.tally.seeds()
    }

    /// In how many runs any law is broken.
    pub const fn broken(&self) -> u64 {
        self.tally.broken()
    }

    /// In how many runs `law` is broken.
    pub fn broken_by(&self, law: Law) -> u64 {
        self.tally.broken_by(law)
    }

    /// A seed whose run breaks a law: the first.
    pub const fn first_broken(&self) -> Option<u64> {
        self.tally.first_broken()
    }

    /// A seed whose run breaks none: the first.
    pub const fn first_kept(&self) -> Option<u64> {
        self.tally.first_kept()
    }
}
