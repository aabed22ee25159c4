//! Coordination designs, what a run of one is judged by, and the code that
//! names a scenario.
//!
//! One value flows one way: a [`Scenario`] is simulated into a trace, the
//! trace is read into a [`History`], and laws judge it. [`Run`] holds all
//! four. Each design is one folder; everything outside reads
//! [`registry::DESIGNS`] and knows no design by name.

#![no_std]
extern crate alloc;

pub mod claim;
pub mod code;
pub mod contention;
pub mod design;
pub mod faults;
pub mod fence;
pub mod file;
pub mod history;
pub mod laws;
pub mod lesson;
pub mod link;
pub mod making;
pub mod matrix;
pub mod parameter;
pub mod partitioning;
pub mod past;
pub mod payments;
pub mod rate_limit;
pub mod redlock;
pub mod registry;
pub mod run;
pub mod scenario;
mod telling;
pub mod vocabulary;
pub mod words;
pub mod zookeeper;

pub use claim::Claim;
pub use code::{Notice, Parsed};
pub use design::Design;
pub use history::History;
pub use laws::{Finding, Law, Outcome, Verdict};
pub use making::Making;
pub use parameter::Parameter;
pub use run::Run;
pub use scenario::Scenario;
pub use vocabulary::Event;

/// The model's revision. It rises with every change after which some code
/// gives another trace, another verdict or other defaults. A default that
/// changes with it goes into its design's [`Design::past_defaults`].
pub const REVISION: u32 = 1;
