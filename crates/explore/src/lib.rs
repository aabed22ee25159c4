//! Many runs of a scenario: how often it breaks, how that moves with a
//! parameter, where along one the verdict changes, which faults a violation
//! needs, and what claims say of them.
//!
//! Everything here is resumable: `advance` makes one run, or a part of a long
//! one, and says whether more remain, so that a page can spend a slice of time
//! on it and a terminal can loop. The same scenario gives the same numbers everywhere.

#![no_std]
extern crate alloc;

mod check;
mod flips;
mod frequency;
mod needed;
mod parts;
mod sweep;
mod tally;

pub use check::Check;
pub use flips::{Flip, Flips};
pub use frequency::Frequency;
pub use needed::{Needed, Suspect};
pub use sweep::{Point, Sweep};
pub use tally::Tally;
