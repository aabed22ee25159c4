//! The sentences of the lesson.
use alloc::vec::Vec;
use crate::claim::Claim;
use crate::design::{Named, Variation};
use crate::scenario::Scenario;
pub(super) const SCENARIOS: &[Named] = &[];
pub(super) const CLAIMS: &[Claim] = &[];
pub(super) fn variations(_: &Scenario) -> Vec<Variation> { Vec::new() }
