//! What was counted in the runs so far.

use designs::{Law, Run};

/// Counts over runs that differ in their seed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    seeds: u64,
    broken: u64,
    /// By the place of the law in [`Law::ALL`].
    by_law: [u64; Law::ALL.len()],
    first_broken: Option<u64>,
    first_kept: Option<u64>,
}

impl Tally {
    pub(crate) fn count(&mut self, run: &Run) {
        self.seeds += 1;
        for (count, &law) in self.by_law.iter_mut().zip(&Law::ALL) {
            *count += u64::from(run.breaks(law));
        }
        let first = if run.verdict.is_broken() {
            self.broken += 1;
            &mut self.first_broken
        } else {
            &mut self.first_kept
        };
        first.get_or_insert(run.scenario.seed);
    }

    /// How many runs were made.
    pub const fn seeds(&self) -> u64 {
        self.seeds
    }

    /// In how many of them any law is broken.
    pub const fn broken(&self) -> u64 {
        self.broken
    }

    /// In how many of them `law` is broken.
    pub fn broken_by(&self, law: Law) -> u64 {
        Law::ALL
            .iter()
            .position(|&other| other == law)
            .map_or(0, |place| self.by_law[place])
    }

    /// The share of runs in which any law is broken, 0 to 1; `None` before
    /// the first run.
    pub fn share_broken(&self) -> Option<f64> {
        (self.seeds > 0).then(|| self.broken as f64 / self.seeds as f64)
    }

    /// The first seed whose run breaks a law.
    pub const fn first_broken(&self) -> Option<u64> {
        self.first_broken
    }

    /// The first seed whose run breaks none.
    pub const fn first_kept(&self) -> Option<u64> {
        self.first_kept
    }

    /// The first seed whose run ended as most of them did: what to show where
    /// one run has to stand for all.
    pub fn typical(&self) -> Option<u64> {
        if self.broken * 2 >= self.seeds {
            self.first_broken
        } else {
            self.first_kept
        }
    }
}
