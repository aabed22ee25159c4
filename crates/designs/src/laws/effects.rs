//! The accepted writes of each job, found fast however many jobs there are.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::history::{History, Write};
use crate::vocabulary::{Decision, Job};

/// Accepted writes by job.
pub(super) struct Effects<'a> {
    writes: &'a [Write],
    /// The place of each job's first.
    first: BTreeMap<u32, usize>,
    /// By place: where the next one of the same job is, if there is one.
    next: Vec<Option<usize>>,
}

impl<'a> Effects<'a> {
    pub fn of(history: &'a History) -> Self {
        let mut effects = Self {
            writes: &history.writes,
            first: BTreeMap::new(),
            next: vec![None; history.writes.len()],
        };
        // From the last to the first, so that each comes before those that it
        // leads to.
        for (place, write) in history.writes.iter().enumerate().rev() {
            if write.decision == Decision::Accepted {
                effects.next[place] = effects.first.insert(write.job.0, place);
            }
        }
        effects
    }

    /// Those of `job`, in order.
    pub fn on(&self, job: Job) -> impl Iterator<Item = &'a Write> {
        let first = self.first.get(&job.0).copied();
        core::iter::successors(first, |&place| self.next[place]).map(|place| &self.writes[place])
    }
}
