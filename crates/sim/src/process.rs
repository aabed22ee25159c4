//! What the world keeps of each node: whether it runs, its clocks, streams
//! and timers, and what waits for it.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::clock::{Clock, Mono, Wall};
use crate::horizon::Weight;
use crate::kernel::Event;
use crate::random::{Purpose, Stream};
use crate::time::{Span, Time};
use crate::trace::Record;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Running {
    Up,
    Paused,
    Crashed,
}

/// When a step falls due, in the terms it was asked for.
#[derive(Clone, Copy)]
pub(crate) enum Due {
    Mono(Mono),
    Wall(Wall),
    /// Running time that is left, counted from `from`.
    Work {
        left: Span,
        from: Time,
    },
}

pub(crate) struct Timer<S> {
    pub step: S,
    pub due: Due,
    /// Tells the queued event that is meant from ones for earlier due times.
    pub id: u32,
    pub cause: u32,
    pub weight: Weight,
}

/// An application step that a pause interrupted.
#[derive(Clone, Copy)]
pub(crate) struct Interrupted<S> {
    pub step: S,
    pub background: bool,
}

pub(crate) struct Process<S> {
    pub running: Running,
    pub clock: Clock,
    pub streams: [Stream; Purpose::COUNT],
    pub timers: Vec<Timer<S>>,
    /// What arrived or fell due while the process did not run, in that order.
    pub waiting: VecDeque<Event>,
    /// More than one only where news that waited led to another pause before
    /// the first could go on.
    pub interrupted: VecDeque<Interrupted<S>>,
    /// When the longest pause ends.
    pub pause_until: Time,
    /// When the longest suspension ends.
    pub suspend_until: Time,
    /// Whether the monotonic clock stands still.
    pub suspended: bool,
    /// The flags of this pause's end.
    pub pause_flags: u8,
    /// The record of what last stopped the process or let it go on.
    pub turn: u32,
    /// Connections from before this instant are gone.
    pub up_since: Time,
}

impl<S> Process<S> {
    pub fn new(seed: u64, node: u16) -> Self {
        Self {
            running: Running::Up,
            clock: Clock::new(),
            streams: [
                Purpose::Net,
                Purpose::Retry,
                Purpose::Workload,
                Purpose::Fault,
            ]
            .map(|purpose| Stream::new(seed, purpose, node)),
            timers: Vec::new(),
            waiting: VecDeque::new(),
            interrupted: VecDeque::new(),
            pause_until: Time::ZERO,
            suspend_until: Time::ZERO,
            suspended: false,
            pause_flags: 0,
            turn: Record::NO_CAUSE,
            up_since: Time::ZERO,
        }
    }

    /// The true time at which `due` comes, as things stand at `now`; `None`
    /// where it stands still until the process, or its clock, goes on.
    pub fn comes(&self, now: Time, due: Due) -> Option<Time> {
        match due {
            Due::Mono(due) => (!self.suspended).then(|| self.clock.when_mono(now, due)),
            Due::Wall(due) => Some(self.clock.when_wall(now, due)),
            Due::Work { left, .. } => (self.running == Running::Up).then(|| now + left),
        }
    }

    /// Whether the timer `id` has fallen due and only waits for the process.
    pub fn has_waiting(&self, id: u32) -> bool {
        self.waiting
            .iter()
            .any(|event| matches!(event, Event::Step { id: waiting, .. } if *waiting == id))
    }
}
