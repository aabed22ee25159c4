//! Many runs of a scenario: how often it breaks, how that moves with a
//! parameter, and what claims say of them.
//!
//! Everything here is resumable: `advance` makes one run, or a part of a long
//! one, and says whether more remain, so that a page can spend a slice of time
//! on it and a terminal can loop. The same scenario gives the same numbers everywhere.

#![no_std]
extern crate alloc;

mod check;
mod frequency;
mod parts;
mod sweep;
mod tally;

pub use check::Check;
pub use frequency::Frequency;
pub use sweep::{Point, Sweep};
pub use tally::Tally;
