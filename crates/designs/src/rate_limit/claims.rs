use crate::claim::Claim; use crate::design::{Named, Variation}; use crate::scenario::Scenario; use alloc::vec::Vec;
pub(super) const SCENARIOS: &[Named] = &[];
pub(super) const CLAIMS: &[Claim] = &[];
pub(super) fn variations(_: &Scenario) -> Vec<Variation> { Vec::new() }
