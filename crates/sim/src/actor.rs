//! What runs in the world, and all that it can do there.

use crate::clock::{Mono, Wall};
use crate::fault::Anchor;
use crate::kernel::Kernel;
use crate::random::{Purpose, Stream};
use crate::time::Span;
use crate::trace::Fact;

/// A process of the world; its number is its lane in the trace.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Node(pub u16);

impl Node {
    /// The node's place in lists that hold one entry a node.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What nodes send each other.
pub trait Message: Copy {
    /// The message's number in its design's table of names.
    fn kind(&self) -> u8;
    /// One word that says what the message is about (a token, a job, …).
    fn summary(&self) -> u64;
}

/// What an actor does next, at a time of its own choosing. Setting an equal
/// step again replaces the earlier one.
pub trait Step: Copy + PartialEq {
    /// The step's number in its design's table of names.
    fn kind(&self) -> u8;
}

/// A sans-IO state machine: what happens comes in as arguments, what it wants
/// goes out through [`Effects`].
pub trait Actor {
    /// What this design's nodes send each other.
    type Message: Message;
    /// What they do by themselves.
    type Step: Step;

    /// The world begins.
    fn start(&mut self, fx: &mut Effects<'_, Self::Message, Self::Step>);
    /// A message from `from` is handled.
    fn message(
        &mut self,
        from: Node,
        message: Self::Message,
        fx: &mut Effects<'_, Self::Message, Self::Step>,
    );
    /// A step falls due.
    fn step(&mut self, step: Self::Step, fx: &mut Effects<'_, Self::Message, Self::Step>);
    /// The connection to `peer` turns out to be gone.
    fn reset(&mut self, peer: Node, fx: &mut Effects<'_, Self::Message, Self::Step>);
    /// The process dies: all that is volatile is forgotten, and where `wiped`,
    /// all that was durable too. It can do nothing about it.
    fn crash(&mut self, wiped: bool);
    /// The process comes back.
    fn restart(&mut self, fx: &mut Effects<'_, Self::Message, Self::Step>);
}

/// What an actor is handling, as something to name later. It says nothing to
/// the actor itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause(u32);

/// What an actor can do while it handles something. There is no true time
/// here: a node knows its own clocks and nothing else.
pub struct Effects<'a, M, S> {
    pub(crate) kernel: &'a mut Kernel<M, S>,
    pub(crate) node: Node,
}

impl<M: Message, S: Step> Effects<'_, M, S> {
    /// Which node this is.
    pub const fn node(&self) -> Node {
        self.node
    }

    /// The node's monotonic clock.
    pub fn mono(&self) -> Mono {
        self.kernel.processes[self.node.index()]
            .clock
            .mono(self.kernel.now)
    }

    /// The node's wall clock.
    pub fn wall(&self) -> Wall {
        self.kernel.processes[self.node.index()]
            .clock
            .wall(self.kernel.now)
    }

    /// The node's random stream for `purpose`.
    pub fn random(&mut self, purpose: Purpose) -> &mut Stream {
        &mut self.kernel.processes[self.node.index()].streams[purpose as usize]
    }

    /// What is being handled.
    pub const fn cause(&self) -> Cause {
        Cause(self.kernel.cause)
    }

    /// What follows is put down to `cause`: something that came earlier and
    /// had to wait its turn.
    pub const fn because(&mut self, cause: Cause) {
        self.kernel.cause = cause.0;
    }

    /// Sends `message` to `to` over the connection between the two. Where
    /// there is none, or where this node has been told that it is gone, one is
    /// made without a word and without delay; where it is gone and the node
    /// does not know, the message is lost and a reset comes. To a node that is
    /// not there it is lost.
    pub fn send(&mut self, to: Node, message: M) {
        self.kernel.send(self.node, to, message, false);
    }

    /// Opens a new connection to `to` and sends `message` over it: a round
    /// trip of handshake comes first.
    pub fn connect(&mut self, to: Node, message: M) {
        self.kernel.send(self.node, to, message, true);
    }

    /// Gives up the connection to `to`: what either end sent over it and has
    /// not arrived is lost, and the next message opens another.
    pub fn close(&mut self, to: Node) {
        self.kernel.close(self.node, to);
    }

    /// `step` falls due after `span` on the monotonic clock. It counts as
    /// something to wait for.
    pub fn after(&mut self, span: Span, step: S) {
        let due = self.mono() + span;
        self.kernel.set_mono(self.node, due, step, false);
    }

    /// As [`Self::after`], for what repeats without end (retries, heartbeats,
    /// sweeps): it does not keep the run going, nor do the messages that it
    /// sends.
    pub fn poll(&mut self, span: Span, step: S) {
        let due = self.mono() + span;
        self.kernel.set_mono(self.node, due, step, true);
    }

    /// `step` falls due when the wall clock reads `due`, wherever steps of
    /// that clock move that instant to. It counts as a lease: where polling
    /// led to it, the run waits for it only while it goes on anyway.
    pub fn at_wall(&mut self, due: Wall, step: S) {
        self.kernel.set_wall(self.node, due, step);
    }

    /// `step` falls due once the process has *run* for `span` of true time: a
    /// pause stops it where it is. It counts as something to wait for,
    /// whatever led to it.
    pub fn work(&mut self, span: Span, step: S) {
        self.kernel.set_work(self.node, span, step);
    }

    /// The application goes on with `step` at once, past `anchor`, where a
    /// fault may strike first. Call it last: it ends what is being handled.
    pub fn then(&mut self, anchor: Anchor, step: S) {
        self.kernel.next = Some((step, anchor));
    }

    /// `anchor` is reached and the process waits for what it has sent: a fault
    /// may strike here, and nothing is interrupted by it.
    pub fn reached(&mut self, anchor: Anchor) {
        self.kernel.reached = Some(anchor);
    }

    /// Forgets `step` where it is set.
    pub fn clear(&mut self, step: S) {
        self.kernel.clear(self.node, step);
    }

    /// Notes a fact in the trace.
    pub fn note(&mut self, fact: impl Into<Fact>) {
        let fact = fact.into();
        self.kernel.note(self.node, fact);
    }
}
