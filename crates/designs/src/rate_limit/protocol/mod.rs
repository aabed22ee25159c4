//! What the actors of the rate limiter send each other, do by themselves and
//! agree on. Their state machines are in [`users`], [`server`], [`shard`] and
//! [`lock`]; how a count is kept is in [`counter`], where it is kept in
//! [`slot`], and who asks how often in [`popularity`].

pub mod counter;
pub mod lock;
pub mod popularity;
pub mod server;
pub mod shard;
pub mod slot;
pub mod users;

use alloc::vec::Vec;

use sim::{Actor, Anchor, Effects, Message, Node, Span, Step};

use crate::vocabulary::{Event, Incarnation, Left, Status};
use counter::{Clock, Counter, Limit};
use lock::LockService;
use server::Server;
use shard::Shard;
use slot::Key;
use users::Users;

/// Where faults can strike a server.
pub mod anchors {
    use super::Anchor;

    /// It has the lock and has not read the count.
    pub const AFTER_ACQUIRE: Anchor = Anchor(0);
    /// It has read the count and has not written it.
    pub const AFTER_READ: Anchor = Anchor(1);
}

/// How a server decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// A distributed lock per user around the count.
    UserLock,
    /// One script at Redis.
    Lua,
    /// GET, decide, SET, and nothing around it.
    GetSet,
    /// Each server counts for itself.
    LocalFull,
    /// Each server counts for itself and tells the others now and then.
    LocalSync,
    /// A server takes several tokens at once.
    Lease,
}

impl Mode {
    /// The mode at a place of the parameter's choices.
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::Lua,
            2 => Self::GetSet,
            3 => Self::LocalFull,
            4 => Self::LocalSync,
            5 => Self::Lease,
            _ => Self::UserLock,
        }
    }
}

/// Whose clock a count is kept by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeSource {
    /// Redis', by TIME within the script.
    Redis,
    /// The server's, written back whatever it says.
    Client,
    /// The server's, written back unless it runs back.
    ClientMax,
}

impl TimeSource {
    /// The source at a place of the parameter's choices.
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::Client,
            2 => Self::ClientMax,
            _ => Self::Redis,
        }
    }
}

/// What all actors of a run agree on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How a server decides.
    pub mode: Mode,
    /// What each user is allowed.
    pub limit: Limit,
    /// What a request costs, micro-tokens: more than a token where a user's
    /// key is split, so that each part holds its share.
    pub cost: i64,
    /// Into how many keys a user's count is split.
    pub parts: u64,
    /// Whose clock a script goes by.
    pub time_source: TimeSource,
    /// How many operations a server makes under the lock.
    pub operations: i64,
    /// How long a lock lasts without a release.
    pub ttl: Span,
    /// How long Redis is busy with a command or a script.
    pub script: Span,
    /// Between two rounds of telling.
    pub sync: Span,
    /// When a server's first round is, by its place among the servers.
    pub sync_spread: bool,
    /// Whether a count below zero is put back to zero.
    pub forgives: bool,
    /// How many tokens a lease has.
    pub lease: i64,
    /// Whether a server remembers whom it need not ask for.
    pub deny_cache: bool,
    /// How long Redis' answer is waited for.
    pub timeout: Span,
    /// Whether requests pass where nobody can count them.
    pub fails_open: bool,
    /// When Redis forgets its scripts.
    pub flush_at: Option<Span>,
    /// The lanes of servers, and of Redis' shards.
    pub servers: Vec<Node>,
    /// As above.
    pub shards: Vec<Node>,
    /// The lane of the lock service, where there is one.
    pub lock: Node,
    /// By how much the design says it may pass the limit, in thousandths of a
    /// request.
    pub allowance: u32,
}

impl Rules {
    /// The node that has a key.
    pub fn shard_of(&self, key: Key) -> Node {
        let place = key.shard(self.shards.len());
        self.shards.get(place).copied().unwrap_or(Node(u16::MAX))
    }
}

/// What the actors send each other. Calls are numbered by the server that
/// makes them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Msg {
    /// A user's request.
    Request { request: u32, user: u32 },
    /// What became of it.
    Answer { request: u32, status: Status },
    /// Give me the user's lock when it is free.
    Acquire {
        holder: Incarnation,
        user: u32,
        request: u32,
    },
    /// The lock is yours; where the lock service keeps the count, with what
    /// it decided.
    Grant {
        holder: Incarnation,
        decided: Option<bool>,
    },
    /// I am done with the user's lock.
    Release { holder: Incarnation, user: u32 },
    /// EVALSHA, or EVAL where the text of the script is sent along.
    Run {
        call: u32,
        request: u32,
        key: Key,
        with_text: bool,
        want: i64,
        clock: Option<Clock>,
    },
    /// NOSCRIPT.
    Missing { call: u32 },
    /// What the script returned: how many, and what is left.
    Ran { call: u32, granted: i64, left: i64 },
    /// GET, and TIME in the same pipeline.
    Get { call: u32, key: Key },
    /// What is stored, and Redis' time in µs.
    Got {
        call: u32,
        counter: Option<Counter>,
        now: i64,
    },
    /// SET.
    Set {
        call: u32,
        key: Key,
        counter: Counter,
    },
    /// It is stored.
    Stored { call: u32 },
    /// So many were let through since the last time, in the window that began
    /// then, where there are windows.
    Push {
        call: u32,
        key: Key,
        spent: i64,
        start: i64,
    },
    /// What is left of the shared count.
    Pushed { call: u32, left: i64 },
}

/// The kinds of messages that count as calls to Redis.
pub const CALLS: [u8; 5] = [5, 6, 9, 11, 13];

impl Message for Msg {
    fn kind(&self) -> u8 {
        match self {
            Self::Request { .. } => 0,
            Self::Answer { .. } => 1,
            Self::Acquire { .. } => 2,
            Self::Grant { .. } => 3,
            Self::Release { .. } => 4,
            Self::Run {
                with_text: false, ..
            } => 5,
            Self::Run {
                with_text: true, ..
            } => 6,
            Self::Missing { .. } => 7,
            Self::Ran { .. } => 8,
            Self::Get { .. } => 9,
            Self::Got { .. } => 10,
            Self::Set { .. } => 11,
            Self::Stored { .. } => 12,
            Self::Push { .. } => 13,
            Self::Pushed { .. } => 14,
        }
    }

    /// The request, hold or call that it belongs to.
    fn summary(&self) -> u64 {
        u64::from(match *self {
            Self::Request { request, .. } | Self::Answer { request, .. } => request,
            Self::Acquire { holder, .. }
            | Self::Grant { holder, .. }
            | Self::Release { holder, .. } => holder.0,
            Self::Run { call, .. }
            | Self::Missing { call }
            | Self::Ran { call, .. }
            | Self::Get { call, .. }
            | Self::Got { call, .. }
            | Self::Set { call, .. }
            | Self::Stored { call }
            | Self::Push { call, .. }
            | Self::Pushed { call, .. } => call,
        })
    }
}

/// What the actors do by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// The next request is due.
    Arrive,
    /// Many requests are due at once.
    Swell,
    /// A server goes on under the lock.
    Locked(Incarnation),
    /// A server writes back what it has read and counted, by this call.
    WriteBack(u32),
    /// A server tells what it has let through.
    Tell,
    /// A server stops waiting for answers that are overdue.
    Overdue,
    /// Redis has done what it was at.
    Served,
    /// Redis forgets its scripts.
    Flush,
    /// A user's lock runs out.
    Expire(u32),
}

impl Step for Task {
    fn kind(&self) -> u8 {
        match self {
            Self::Arrive => 0,
            Self::Swell => 8,
            Self::Locked(_) => 1,
            Self::WriteBack(_) => 2,
            Self::Tell => 3,
            Self::Overdue => 4,
            Self::Served => 5,
            Self::Flush => 6,
            Self::Expire(_) => 7,
        }
    }
}

/// What an actor of this design can do.
pub type Fx<'a> = Effects<'a, Msg, Task>;

/// Any of them.
#[derive(Debug)]
pub enum RateActor {
    Users(Users),
    Server(Server),
    Lock(LockService),
    Shard(Shard),
}

impl Actor for RateActor {
    type Message = Msg;
    type Step = Task;

    fn start(&mut self, fx: &mut Fx<'_>) {
        match self {
            Self::Users(users) => users.start(fx),
            Self::Server(server) => server.start(fx),
            Self::Lock(lock) => lock.start(fx),
            Self::Shard(shard) => shard.start(fx),
        }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match self {
            Self::Users(users) => users.message(message, fx),
            Self::Server(server) => server.message(from, message, fx),
            Self::Lock(lock) => lock.message(from, message, fx),
            Self::Shard(shard) => shard.message(from, message, fx),
        }
    }

    fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match (self, task) {
            (Self::Users(users), Task::Arrive) => users.arrive(fx),
            (Self::Users(users), Task::Swell) => users.swell(fx),
            (Self::Server(server), task) => server.step(task, fx),
            (Self::Lock(lock), Task::Expire(user)) => lock.expire(user, fx),
            (Self::Shard(shard), task) => shard.step(task, fx),
            _ => {}
        }
    }

    fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        match self {
            Self::Users(users) => users.reset(peer, fx),
            Self::Server(server) => server.reset(peer, fx),
            Self::Lock(lock) => lock.reset(peer),
            Self::Shard(_) => {}
        }
    }

    fn crash(&mut self, wiped: bool) {
        match self {
            Self::Users(users) => users.crash(),
            Self::Server(server) => server.crash(),
            Self::Lock(lock) => lock.crash(),
            Self::Shard(shard) => shard.crash(wiped),
        }
    }

    fn restart(&mut self, fx: &mut Fx<'_>) {
        if let Self::Server(server) = self {
            server.start(fx);
        }
    }
}

/// Notes a decision, with what whoever decides has left for the user.
fn note_decision(user: u32, request: u32, admitted: bool, left: i64, fx: &mut Fx<'_>) {
    fx.note(Event::RateDecision {
        user,
        request,
        admitted,
        left: Left(left),
    });
}
