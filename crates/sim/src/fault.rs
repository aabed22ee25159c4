//! What goes wrong, and when.

use alloc::vec::Vec;

use crate::actor::Node;
use crate::time::{Span, Time};

/// A point in an actor's work that faults can attach to. Each design names
/// its own; the world only compares them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Anchor(pub u8);

/// One fault. It strikes once. One of no length, or of nodes that are not
/// there, does nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// When it happens.
    pub when: When,
}

/// What a fault does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// The process does not run for a while; messages and due steps queue. Of
    /// pauses that overlap, the one that lasts longest decides.
    Pause {
        /// Whose process.
        node: Node,
        /// For how long.
        span: Span,
    },
    /// As a pause, and the monotonic clock stops too, for that long even
    /// within a longer pause.
    Suspend {
        /// Whose machine.
        node: Node,
        /// For how long.
        span: Span,
    },
    /// The process dies, unless it is dead.
    Crash {
        /// Whose process.
        node: Node,
        /// How much later it comes back, if it does.
        restart: Option<Span>,
        /// Whether what it had stored durably is lost too.
        wiped: bool,
    },
    /// Links are cut.
    Cut {
        /// The directed links, from and to.
        links: Vec<(Node, Node)>,
        /// For how long; `None` for the rest of the run.
        span: Option<Span>,
        /// What becomes of the messages.
        mode: Cut,
    },
    /// One message takes longer: the one that triggers the fault, or the next
    /// on one of the links.
    Delay {
        /// The directed links it may travel on.
        links: Vec<(Node, Node)>,
        /// How much longer.
        span: Span,
    },
    /// The wall clock jumps.
    Step {
        /// Whose clock.
        node: Node,
        /// By how many µs, negative for back.
        by_us: i64,
    },
    /// Both clocks run fast (positive) or slow, within the bounds of
    /// [`Clock`](crate::Clock).
    Drift {
        /// Whose clocks.
        node: Node,
        /// By how many parts per million.
        ppm: i64,
    },
}

/// What becomes of messages on a cut link.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Cut {
    /// As TCP does: delivered after the heal, at the first retransmission.
    #[default]
    Hold,
    /// Lost; the connection is reset at the next send after the heal.
    Drop,
}

/// When a fault strikes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum When {
    /// At an instant.
    At(Time),
    /// The `nth` time that `node` reaches `anchor`, counted from 1.
    Anchor {
        /// Whose anchor.
        node: Node,
        /// Which.
        anchor: Anchor,
        /// Counted from 1.
        nth: u32,
    },
    /// As the `nth` matching message is sent, counted from 1.
    Message {
        /// Which messages count.
        matching: MessageMatch,
        /// Counted from 1.
        nth: u32,
    },
}

/// Which messages trigger a fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageMatch {
    /// The message's kind in its design.
    pub kind: u8,
    /// The directed links it must travel on; for a node's own messages, every
    /// link from it.
    pub links: Vec<(Node, Node)>,
    /// Where not empty, the senders that count, whatever the link.
    pub senders: Vec<Node>,
}

impl MessageMatch {
    pub(crate) fn fits(&self, from: Node, to: Node, kind: u8) -> bool {
        kind == self.kind && (self.senders.contains(&from) || self.links.contains(&(from, to)))
    }
}
