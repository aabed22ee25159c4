//! The actors that contend: messages, steps, and the rules they share. State
//! machines only.

mod attempt;
mod database;
mod lock_service;
mod worker;

use sim::{Actor, Anchor, Effects, Message, Node, Span, Step};

use crate::vocabulary::{Contents, Incarnation, Job, RowDecision};

pub use database::Database;
pub use lock_service::LockService;
pub use worker::{Arrival, Habits, Worker};

/// The points where faults can strike, as [`super::parameters::ANCHORS`]
/// names them.
pub(super) mod anchors {
    use super::Anchor;

    pub const BEFORE_ACQUIRE: Anchor = Anchor(0);
    pub const AFTER_ACQUIRE: Anchor = Anchor(1);
    pub const MID_WORK: Anchor = Anchor(2);
    pub const AFTER_CHECK: Anchor = Anchor(3);
}

/// How an update is kept apart from others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mechanism {
    /// Read, compute, write if nothing has changed; else from the start.
    Cas,
    /// The same, and a failed write returns the row, so that no read is
    /// needed.
    CasReturning,
    /// The database locks the row from the read to the commit, in the order
    /// in which it was asked.
    RowLock,
    /// A lock service with a lease and a queue.
    LockQueue,
    /// A lock service with a lease that says no, and is asked again.
    LockPoll,
    /// One conditional operation, without a read before it.
    Atomic,
}

impl Mechanism {
    /// The mechanism at a place of the parameter's choices.
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::CasReturning,
            2 => Self::RowLock,
            3 => Self::LockQueue,
            4 => Self::LockPoll,
            5 => Self::Atomic,
            _ => Self::Cas,
        }
    }

    /// Whether a lock service takes part.
    pub const fn has_lock_service(self) -> bool {
        matches!(self, Self::LockQueue | Self::LockPoll)
    }

    /// Whether an update needs a lock, whoever grants it.
    pub const fn locks(self) -> bool {
        matches!(self, Self::RowLock | Self::LockQueue | Self::LockPoll)
    }
}

/// When a write goes through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compare {
    /// The row's version is the one that was read.
    Version,
    /// The row's value is.
    Value,
    /// Always.
    Nothing,
}

impl Compare {
    /// The rule at a place of the parameter's choices.
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::Value,
            2 => Self::Nothing,
            _ => Self::Version,
        }
    }
}

/// What all actors of a run agree on.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How updates are kept apart.
    pub mechanism: Mechanism,
    /// When a write goes through.
    pub compare: Compare,
    /// How long a worker computes between read and write.
    pub think: Span,
    /// How long the database needs for one operation.
    pub service: Span,
    /// How long the lock service's lock lasts.
    pub ttl: Span,
    /// The mean wait between two tries of a worker that polls.
    pub poll: Span,
    /// The first and the longest back-off after a conflict, if there is any.
    pub backoff: Option<(Span, Span)>,
    /// What a first-come queue keeps anyone waiting at most; `None` where
    /// there is no such queue, or no bound.
    pub bound: Option<Span>,
}

impl Rules {
    /// What a row must still be for a write that was made from `seen`.
    pub fn admits(&self, row: Contents, seen: Contents) -> bool {
        match self.compare {
            Compare::Version => row.version == seen.version,
            Compare::Value => row.value == seen.value,
            Compare::Nothing => true,
        }
    }
}

/// Who else there is.
#[derive(Clone, Copy, Debug)]
pub struct Peers {
    /// The database.
    pub database: Node,
    /// The lock service, where it takes part.
    pub lock_service: Node,
}

/// A lease that no run outlives: what a row lock has.
const NO_END: Span = Span::from_s(3_600);

/// What the actors send each other. Each names the attempt it belongs to.
#[derive(Clone, Copy, Debug)]
pub enum Msg {
    /// What is in this row?
    Read { holder: Incarnation, row: u32 },
    /// The same, and keep others from it until I write.
    ReadForUpdate { holder: Incarnation, row: u32 },
    /// What is in the row.
    Value {
        holder: Incarnation,
        contents: Contents,
    },
    /// Put this into the row in place of what I have `seen`. Under a row lock
    /// it commits.
    Write {
        holder: Incarnation,
        row: u32,
        seen: Contents,
        value: u32,
    },
    /// Change the value by so much, unless it would fall below zero.
    Take {
        holder: Incarnation,
        row: u32,
        change: i32,
    },
    /// What became of a write, and what is in the row now.
    Written {
        holder: Incarnation,
        decision: RowDecision,
        contents: Contents,
    },
    /// I shall not write.
    Rollback { holder: Incarnation, row: u32 },
    /// Grant me the lock on this row.
    Acquire { holder: Incarnation, row: u32 },
    /// It is yours.
    Granted { holder: Incarnation },
    /// Another has it.
    Denied { holder: Incarnation },
    /// I give it back.
    Release { holder: Incarnation, row: u32 },
}

impl Message for Msg {
    fn kind(&self) -> u8 {
        match self {
            Self::Read { .. } => 0,
            Self::ReadForUpdate { .. } => 1,
            Self::Value { .. } => 2,
            Self::Write { .. } => 3,
            Self::Take { .. } => 4,
            Self::Written { .. } => 5,
            Self::Rollback { .. } => 6,
            Self::Acquire { .. } => 7,
            Self::Granted { .. } => 8,
            Self::Denied { .. } => 9,
            Self::Release { .. } => 10,
        }
    }

    /// The attempt, and above it what a write came to.
    fn summary(&self) -> u64 {
        let (holder, above) = match *self {
            Self::Written {
                holder, decision, ..
            } => (holder, decision as u64),
            Self::Read { holder, .. }
            | Self::ReadForUpdate { holder, .. }
            | Self::Value { holder, .. }
            | Self::Write { holder, .. }
            | Self::Take { holder, .. }
            | Self::Rollback { holder, .. }
            | Self::Acquire { holder, .. }
            | Self::Granted { holder }
            | Self::Denied { holder }
            | Self::Release { holder, .. } => (holder, 0),
        };
        u64::from(holder.0) | above << 32
    }
}

/// What the actors do by themselves. Attempts are named by their number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// The next update of this worker is due.
    Arrive,
    /// An update begins its next attempt.
    Begin(Job),
    /// The attempt asks for its lock.
    Ask(u16),
    /// The attempt has its lock.
    Acquired(u16),
    /// The attempt has computed what to write.
    Worked(u16),
    /// The attempt sends its write.
    Write(u16),
    /// The database has served the operation that came first.
    Served,
    /// A lease ends.
    Expire {
        /// Whose.
        holder: Incarnation,
        /// On which row.
        row: u32,
    },
}

impl Step for Task {
    fn kind(&self) -> u8 {
        match self {
            Self::Arrive => 0,
            Self::Begin(_) => 1,
            Self::Ask(_) => 2,
            Self::Acquired(_) => 3,
            Self::Worked(_) => 4,
            Self::Write(_) => 5,
            Self::Served => 6,
            Self::Expire { .. } => 7,
        }
    }
}

type Fx<'a> = Effects<'a, Msg, Task>;

/// Any of the actors.
#[derive(Debug)]
pub enum ContentionActor {
    /// It wants to update rows.
    Worker(Worker),
    /// It grants locks.
    LockService(LockService),
    /// It has the rows.
    Database(Database),
}

impl Actor for ContentionActor {
    type Message = Msg;
    type Step = Task;

    fn start(&mut self, fx: &mut Fx<'_>) {
        match self {
            Self::Worker(worker) => worker.start(fx),
            Self::LockService(service) => service.start(fx),
            Self::Database(database) => database.start(fx),
        }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match self {
            Self::Worker(worker) => worker.message(message, fx),
            Self::LockService(service) => service.message(from, message, fx),
            Self::Database(database) => database.message(from, message, fx),
        }
    }

    fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match self {
            Self::Worker(worker) => worker.step(task, fx),
            Self::LockService(service) => service.step(task, fx),
            Self::Database(database) => database.step(task, fx),
        }
    }

    fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        match self {
            Self::Worker(worker) => worker.reset(peer, fx),
            Self::LockService(service) => service.reset(peer),
            Self::Database(database) => database.reset(peer, fx),
        }
    }

    fn crash(&mut self, wiped: bool) {
        match self {
            Self::Worker(worker) => worker.crash(),
            Self::LockService(service) => service.crash(),
            Self::Database(database) => database.crash(wiped),
        }
    }

    fn restart(&mut self, fx: &mut Fx<'_>) {
        match self {
            Self::Worker(worker) => worker.restart(fx),
            Self::LockService(_) | Self::Database(_) => {}
        }
    }
}
