//! The world that Fencepost's designs run in: virtual time, an ordered event
//! queue, random streams, a network that can be cut, processes that pause and
//! crash, clocks that lie, and a trace of all that happened.
//!
//! The world knows no design. Actors are sans-IO state machines ([`Actor`]):
//! they are handed messages and due steps together with [`Effects`], through
//! which they send, set timers and note facts. They never see true time, only
//! their own node's clocks.
//!
//! The same inputs give the same [`Trace`], bit for bit, native and as wasm:
//! no float, no hash map and no `usize` takes part.

#![no_std]
extern crate alloc;

mod actor;
mod clock;
mod fault;
mod horizon;
mod kernel;
mod network;
mod process;
mod quantile;
mod queue;
mod random;
mod time;
mod trace;
mod world;

pub use actor::{Actor, Cause, Effects, Message, Node, Step};
pub use clock::{Clock, Mono, Wall};
pub use fault::{Anchor, Cut, Fault, FaultKind, MessageMatch, When};
pub use network::Latency;
pub use queue::Queue;
pub use random::{Purpose, Stream};
pub use time::{Span, Time};
pub use trace::{Digest, Fact, Kind, Record, Recording, Stop, Trace, drop_reason, flags};
pub use world::{Limits, ResumeOrder, Setup, Simulation, World};
