//! What the participants send each other, do by themselves and agree on.
//!
//! Jobs lie in a [`log`] of partitions. A [`coordinator`] gives each partition
//! one owner; [`worker`]s read their own partitions and write results and
//! progress to a [`sink`]. For comparison there is one [`queue`] with a
//! [`lock_service`] and [`puller`]s that lock each job.

pub mod coordinator;
pub mod hash;
pub mod lock_service;
pub mod log;
pub mod puller;
pub mod queue;
pub mod sink;
pub mod worker;

use sim::{Actor, Anchor, Message, Node, Span, Step};

use crate::vocabulary::{Decision, Incarnation, Job, Token};
use coordinator::Coordinator;
use hash::Hash;
use lock_service::LockService;
use log::Log;
use puller::Puller;
use queue::Queue;
use sink::{External, Sink};
use worker::Worker;

/// Where faults can strike a worker.
pub mod anchors {
    use super::Anchor;

    pub const BEFORE_EFFECT: Anchor = Anchor(0);
    pub const AFTER_EFFECT: Anchor = Anchor(1);
    pub const AFTER_PROGRESS: Anchor = Anchor(2);
}

/// When a worker records that a job is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// Once the sink has the job's effect.
    After,
    /// Before it works on the job.
    Before,
    /// In one atomic step with the effect.
    Atomic,
}

impl Progress {
    /// The order at the place of its word.
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::Before,
            2 => Self::Atomic,
            _ => Self::After,
        }
    }
}

/// What workers, coordinator and log go by.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How many partitions there are.
    pub partitions: u16,
    /// How partitions find owners.
    pub hash: Hash,
    /// Names jobs, workers and partitions to the hash.
    pub job_salt: u64,
    /// The same for owners.
    pub owner_salt: u64,
    /// How often a worker reports.
    pub heartbeat: Span,
    /// After how long a silent worker counts as dead.
    pub session_timeout: Span,
    /// How much earlier than that a worker stops by itself.
    pub margin: Span,
    /// Whether it does.
    pub stops: bool,
    /// How long the coordinator waits for a partition that it asked back.
    pub drain: Span,
    /// Whether everyone gives everything back first.
    pub eager: bool,
    /// Running time of a job.
    pub job_time: Span,
    /// When progress is recorded.
    pub progress: Progress,
    /// Whether a job calls the system outside before its effect.
    pub calls: bool,
    /// How long a lock on one job lives, where there are locks.
    pub lock_ttl: Span,
    /// How long the lock service takes over a request.
    pub lock_time: Span,
}

/// Who takes part, as nodes.
#[derive(Clone, Copy, Debug)]
pub struct Peers {
    /// The log or the queue.
    pub jobs: Node,
    /// The coordinator or the lock service.
    pub coordinator: Node,
    /// Where results go.
    pub sink: Node,
    /// What nothing here protects; not there where jobs do not call it.
    pub external: Node,
}

/// What the participants send each other. Numbers of partitions and places
/// count from 0.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Msg {
    /// The log hands a job to the owner of its partition.
    Job {
        partition: u16,
        place: u32,
        job: Job,
    },
    /// An owner asks the log for all jobs from a place on.
    Fetch {
        partition: u16,
        holder: Incarnation,
        token: Token,
        from: u32,
    },
    /// The connection was lost and jobs with it: ask again.
    AskAgain,
    /// A worker lives; `sent` is its own clock.
    Heartbeat { sent: u64 },
    /// The coordinator has heard it.
    HeartbeatReply { sent: u64 },
    /// A worker wants to become a member, and owns nothing; `id` is the same
    /// where it asks again.
    Join { id: u64, sent: u64 },
    /// A worker wants to leave.
    Leave,
    /// A worker lost its connection: what does it own?
    Sync { sent: u64 },
    /// All that it owns has been told.
    SyncDone,
    /// Whoever sent this is no member.
    Expelled,
    /// A leaving worker owns nothing any more.
    Goodbye,
    /// The receiver owns a partition from now on.
    Assign {
        partition: u16,
        holder: Incarnation,
        token: Token,
    },
    /// The receiver is to give a partition back.
    Revoke { partition: u16, holder: Incarnation },
    /// It has.
    Released { partition: u16, holder: Incarnation },
    /// A new owner tells the sink its epoch and asks how far the partition
    /// has come.
    Claim {
        partition: u16,
        holder: Incarnation,
        token: Token,
    },
    /// The answer.
    ClaimReply {
        partition: u16,
        holder: Incarnation,
        accepted: bool,
        next: u32,
    },
    /// A job's effect, under the row that its fence compares; progress too
    /// where the two are one step.
    Write {
        row: u32,
        holder: Incarnation,
        token: Token,
        job: Job,
        next: Option<u32>,
    },
    /// What the sink did.
    WriteReply {
        holder: Incarnation,
        job: Job,
        decision: Decision,
    },
    /// How far a partition has come.
    Progress {
        partition: u16,
        holder: Incarnation,
        token: Token,
        next: u32,
    },
    /// What the sink did.
    ProgressReply {
        holder: Incarnation,
        next: u32,
        accepted: bool,
    },
    /// A job's call to the system outside.
    Call { holder: Incarnation, job: Job },
    /// Its answer.
    Called { holder: Incarnation, job: Job },
    /// A worker can take a job; the last one it had, where it is done.
    Ready { done: Option<Job> },
    /// The queue hands it one.
    Take { job: Job },
    /// Lock this job.
    Lock { holder: Incarnation, job: Job },
    /// Locked.
    Locked { holder: Incarnation, token: Token },
    /// Unlock it.
    Unlock { holder: Incarnation, job: Job },
}

/// Kinds of the messages of which there are some for each lock.
pub const LOCK_KINDS: core::ops::RangeInclusive<u32> = 23..=25;

impl Message for Msg {
    fn kind(&self) -> u8 {
        match self {
            Self::Job { .. } => 0,
            Self::Fetch { .. } => 1,
            Self::AskAgain => 2,
            Self::Heartbeat { .. } => 3,
            Self::HeartbeatReply { .. } => 4,
            Self::Join { .. } => 5,
            Self::Leave => 6,
            Self::Sync { .. } => 7,
            Self::SyncDone => 8,
            Self::Expelled => 9,
            Self::Goodbye => 10,
            Self::Assign { .. } => 11,
            Self::Revoke { .. } => 12,
            Self::Released { .. } => 13,
            Self::Claim { .. } => 14,
            Self::ClaimReply { .. } => 15,
            Self::Write { .. } => 16,
            Self::WriteReply { .. } => 17,
            Self::Progress { .. } => 18,
            Self::ProgressReply { .. } => 19,
            Self::Call { .. } => 20,
            Self::Called { .. } => 21,
            Self::Ready { .. } => 26,
            Self::Take { .. } => 22,
            Self::Lock { .. } => 23,
            Self::Locked { .. } => 24,
            Self::Unlock { .. } => 25,
        }
    }

    /// The ownership or the job that it belongs to, and for answers whether it
    /// was a yes, in the bit above.
    fn summary(&self) -> u64 {
        let (number, yes) = match *self {
            Self::Job { job, .. } | Self::Take { job } => (job.0, false),
            Self::Fetch { holder, .. }
            | Self::Assign { holder, .. }
            | Self::Revoke { holder, .. }
            | Self::Released { holder, .. }
            | Self::Claim { holder, .. }
            | Self::Write { holder, .. }
            | Self::Progress { holder, .. }
            | Self::Call { holder, .. }
            | Self::Lock { holder, .. }
            | Self::Unlock { holder, .. } => (holder.0, false),
            Self::ClaimReply {
                holder, accepted, ..
            }
            | Self::ProgressReply {
                holder, accepted, ..
            } => (holder.0, accepted),
            Self::WriteReply {
                holder, decision, ..
            } => (holder.0, decision == Decision::Accepted),
            Self::Called { holder, .. } | Self::Locked { holder, .. } => (holder.0, true),
            Self::Ready { done } => (done.map_or(0, |job| job.0), done.is_some()),
            Self::AskAgain
            | Self::Heartbeat { .. }
            | Self::HeartbeatReply { .. }
            | Self::Join { .. }
            | Self::Leave
            | Self::Sync { .. }
            | Self::SyncDone
            | Self::Expelled
            | Self::Goodbye => (0, false),
        };
        u64::from(number) | u64::from(yes) << 32
    }
}

/// What the participants do by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// The next job comes.
    Arrive,
    /// An owner should have been replaced by now.
    Vigil,
    /// A worker reports.
    Beat,
    /// A worker joins.
    Join,
    /// A worker begins to leave.
    Leave,
    /// A worker, or a lock, has run out by its holder's own clock.
    Deadline,
    /// What was lost with a connection is sent again.
    Resend,
    /// A job's running time is over.
    Worked,
    /// Call outside or write the effect.
    Effect,
    /// Go on after the effect of this job.
    Record(Incarnation, Job),
    /// A silent worker counts as dead.
    Expire(Node),
    /// A partition that was asked back is taken.
    DrainOver(u16),
    /// A job that was handed out is not done yet.
    Redeliver(Job),
    /// The lock service is done with a request.
    Served,
    /// A lock on a job runs out.
    LockExpires(Job),
}

impl Step for Task {
    fn kind(&self) -> u8 {
        match self {
            Self::Arrive => 0,
            Self::Vigil => 1,
            Self::Beat => 2,
            Self::Join => 3,
            Self::Leave => 4,
            Self::Deadline => 5,
            Self::Resend => 6,
            Self::Worked => 7,
            Self::Effect => 8,
            Self::Record(..) => 9,
            Self::Expire(_) => 10,
            Self::DrainOver(_) => 11,
            Self::Redeliver(_) => 12,
            Self::Served => 13,
            Self::LockExpires(_) => 14,
        }
    }
}

pub type Fx<'a> = sim::Effects<'a, Msg, Task>;

/// How long after a lost connection what was lost is sent again.
pub const RESEND_AFTER: Span = Span::from_ms(100);

/// The node's own clock, µs.
pub fn clock(fx: &Fx<'_>) -> u64 {
    u64::try_from(fx.mono().us()).unwrap_or(0)
}

/// Any of them.
#[derive(Debug)]
pub enum Participant {
    Log(Log),
    Worker(Worker),
    Coordinator(Coordinator),
    Sink(Sink),
    External(External),
    Queue(Queue),
    Puller(Puller),
    LockService(LockService),
}

impl Actor for Participant {
    type Message = Msg;
    type Step = Task;

    fn start(&mut self, fx: &mut Fx<'_>) {
        match self {
            Self::Log(log) => log.start(fx),
            Self::Worker(worker) => worker.start(fx),
            Self::Coordinator(coordinator) => coordinator.start(fx),
            Self::Queue(queue) => queue.start(fx),
            Self::Puller(puller) => puller.start(fx),
            Self::LockService(service) => service.start(fx),
            Self::Sink(_) | Self::External(_) => {}
        }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match self {
            Self::Log(log) => log.message(from, message, fx),
            Self::Worker(worker) => worker.message(message, fx),
            Self::Coordinator(coordinator) => coordinator.message(from, message, fx),
            Self::Sink(sink) => sink.message(from, message, fx),
            Self::External(external) => external.message(from, message, fx),
            Self::Queue(queue) => queue.message(from, message, fx),
            Self::Puller(puller) => puller.message(message, fx),
            Self::LockService(service) => service.message(from, message, fx),
        }
    }

    fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match self {
            Self::Log(log) => log.step(task, fx),
            Self::Worker(worker) => worker.step(task, fx),
            Self::Coordinator(coordinator) => coordinator.step(task, fx),
            Self::Queue(queue) => queue.step(task, fx),
            Self::Puller(puller) => puller.step(task, fx),
            Self::LockService(service) => service.step(task, fx),
            Self::Sink(_) | Self::External(_) => {}
        }
    }

    fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        match self {
            Self::Log(log) => log.reset(peer, fx),
            Self::Worker(worker) => worker.reset(peer, fx),
            Self::Queue(queue) => queue.reset(peer, fx),
            Self::Puller(puller) => puller.reset(peer, fx),
            Self::Coordinator(_) | Self::Sink(_) | Self::External(_) | Self::LockService(_) => {}
        }
    }

    fn crash(&mut self, wiped: bool) {
        match self {
            Self::Log(log) => log.crash(wiped),
            Self::Worker(worker) => worker.crash(),
            Self::Coordinator(coordinator) => coordinator.crash(wiped),
            Self::Sink(sink) if wiped => sink.wipe(),
            Self::External(external) if wiped => external.wipe(),
            Self::Queue(queue) => queue.crash(wiped),
            Self::Puller(puller) => puller.crash(),
            Self::LockService(service) => service.crash(wiped),
            Self::Sink(_) | Self::External(_) => {}
        }
    }

    fn restart(&mut self, fx: &mut Fx<'_>) {
        match self {
            Self::Log(log) => log.restart(fx),
            Self::Worker(worker) => worker.restart(fx),
            Self::Coordinator(coordinator) => coordinator.restart(fx),
            Self::Queue(queue) => queue.restart(fx),
            Self::Puller(puller) => puller.restart(fx),
            Self::LockService(service) => service.restart(fx),
            Self::Sink(_) | Self::External(_) => {}
        }
    }
}
