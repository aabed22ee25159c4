use alloc::vec::Vec;
use crate::claim::Claim;
use crate::design::{Named, Variation};
use crate::scenario::Scenario;
pub(super) const SCENARIOS: &[Named] = &[];
pub(super) const CLAIMS: &[Claim] = &[];
pub(super) fn variations(_scenario: &Scenario) -> Vec<Variation> { Vec::new() }
