//! What the actors of the payment lock send each other, do by themselves and
//! agree on. Their state machines are in [`callers`](super::callers),
//! [`service`](super::service), [`lock_node`](super::lock_node) and
//! [`outside`](super::outside).

use alloc::vec::Vec;

use sim::{Actor, Anchor, Message, Node, Span, Step};

use super::callers::Callers;
use super::lock_node::LockNode;
use super::outside::{Ledger, Provider};
use super::service::Service;
use crate::vocabulary::{Decision, Event, Incarnation, Job, Status, Token};

/// The highest token that the nodes have stored when a run begins, so that the
/// first to be issued is 41.
pub(super) const HIGHEST_AT_START: u64 = 40;

/// Where faults can strike a payment service.
pub(super) mod anchors {
    use super::Anchor;

    pub const BEFORE_ACQUIRE: Anchor = Anchor(0);
    pub const ACQUIRE_INFLIGHT: Anchor = Anchor(1);
    pub const AFTER_ACQUIRE: Anchor = Anchor(2);
    pub const BEFORE_EFFECT: Anchor = Anchor(3);
    pub const PROVIDER_CALLED: Anchor = Anchor(4);
    pub const AFTER_CHECK: Anchor = Anchor(5);
    pub const WRITE_INFLIGHT: Anchor = Anchor(6);
}

/// A payment as its caller asks for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// The payment's id.
    pub job: Job,
    /// Whose account; each has a lock of its own.
    pub account: u8,
    /// How long the operation takes once the lock is held.
    pub work: Span,
}

/// A change of who has a lock, in the log that a leader replicates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// The holder gets it.
    Grant,
    /// Its lease starts anew.
    Extend,
    /// It gave it back.
    Release,
    /// Its lease ran out by the leader's clock.
    Expire,
}

/// What the actors send each other. Nodes answer to the attempt that asked.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Msg {
    /// A caller asks for a payment.
    Request { request: u32, order: Order },
    /// What becomes of it.
    Response { request: u32, status: Status },
    /// The first phase: what is your highest token, and is the lock free?
    Read { holder: Incarnation, account: u8 },
    /// The answer.
    ReadReply {
        holder: Incarnation,
        free: bool,
        highest: Token,
    },
    /// The second phase: grant me the lock under this token.
    Grant {
        holder: Incarnation,
        account: u8,
        token: Token,
    },
    /// Granted or not; where not, whether another has the lock. The token is
    /// the node's own number where tokens come from nodes.
    GrantReply {
        holder: Incarnation,
        granted: bool,
        held: bool,
        token: Token,
    },
    /// Start the lease anew.
    Extend {
        holder: Incarnation,
        account: u8,
        token: Token,
    },
    /// The answer.
    ExtendReply { holder: Incarnation, extended: bool },
    /// The lock is given back.
    Release { holder: Incarnation, account: u8 },
    /// A leader replicates a change.
    Append {
        index: u64,
        holder: Incarnation,
        account: u8,
        change: Change,
    },
    /// A follower has stored it.
    Appended { index: u64, holder: Incarnation },
    /// Take the money at the payment provider.
    Charge { holder: Incarnation, job: Job },
    /// It is taken, now or by an earlier call.
    Charged { holder: Incarnation },
    /// Enter the payment in the ledger.
    Write {
        holder: Incarnation,
        account: u8,
        token: Token,
        job: Job,
    },
    /// What the ledger did.
    WriteReply {
        holder: Incarnation,
        decision: Decision,
    },
}

/// The kind of the message that carries a payment to the ledger.
pub(super) const WRITE: u8 = 13;

impl Message for Msg {
    fn kind(&self) -> u8 {
        match self {
            Self::Request { .. } => 0,
            Self::Response { .. } => 1,
            Self::Read { .. } => 2,
            Self::ReadReply { .. } => 3,
            Self::Grant { .. } => 4,
            Self::GrantReply { .. } => 5,
            Self::Extend { .. } => 6,
            Self::ExtendReply { .. } => 7,
            Self::Release { .. } => 8,
            Self::Append { .. } => 9,
            Self::Appended { .. } => 10,
            Self::Charge { .. } => 11,
            Self::Charged { .. } => 12,
            Self::Write { .. } => WRITE,
            Self::WriteReply { .. } => 14,
        }
    }

    /// The attempt, or the request, that it belongs to, and for answers
    /// whether it was a yes, in the bit above.
    fn summary(&self) -> u64 {
        let (number, yes) = match *self {
            Self::Request { request, .. } => (request, false),
            Self::Response { request, status } => (request, status == Status::Success),
            Self::Read { holder, .. }
            | Self::Grant { holder, .. }
            | Self::Extend { holder, .. }
            | Self::Release { holder, .. }
            | Self::Append { holder, .. }
            | Self::Charge { holder, .. }
            | Self::Write { holder, .. } => (holder.0, false),
            Self::Appended { holder, .. } | Self::Charged { holder } => (holder.0, true),
            Self::ReadReply { holder, free, .. } => (holder.0, free),
            Self::GrantReply {
                holder, granted, ..
            } => (holder.0, granted),
            Self::ExtendReply { holder, extended } => (holder.0, extended),
            Self::WriteReply { holder, decision } => (holder.0, decision == Decision::Accepted),
        };
        u64::from(number) | u64::from(yes) << 32
    }
}

/// What the actors do by themselves. Those of a service name the request that
/// they belong to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// The next payment of this account, or of this place in the pair, is due.
    Arrive(u32),
    /// A caller stops waiting.
    CallerDeadline(u32),
    /// A caller asks again.
    AskAgain(u32),
    /// Begin an attempt to lock.
    Try(u32),
    /// Go on with the attempt: ask the nodes.
    Ask(u32),
    /// Stop waiting for answers.
    AnswersDue(u32),
    /// The time for acquiring is spent.
    BudgetSpent(u32),
    /// A payment has waited for the lock as long as it may.
    WaitOver(u32),
    /// Go on after acquiring.
    Acquired(u32),
    /// What comes before the provider is called is done.
    Prepared(u32),
    /// Call the provider.
    Charge(u32),
    /// The operation is done.
    Worked(u32),
    /// Send the payment to the ledger.
    Write(u32),
    /// Extend the lock.
    Extend(u32),
    /// Stop waiting for answers to an extension.
    ExtensionsDue(u32),
    /// The lock's validity has run out by the service's own clock.
    Deadline(u32),
    /// The caller must hear something now to hear it in time.
    AnswerCaller(u32),
    /// A node's lease on an account runs out.
    Expire(u8),
    /// The connection to a peer is gone.
    PeerLost(u32, Node),
}

impl Step for Task {
    fn kind(&self) -> u8 {
        match self {
            Self::Arrive(_) => 0,
            Self::CallerDeadline(_) => 1,
            Self::AskAgain(_) => 2,
            Self::Try(_) => 3,
            Self::Ask(_) => 4,
            Self::AnswersDue(_) => 5,
            Self::BudgetSpent(_) => 6,
            Self::WaitOver(_) => 7,
            Self::Acquired(_) => 8,
            Self::Prepared(_) => 9,
            Self::Charge(_) => 10,
            Self::Worked(_) => 11,
            Self::Write(_) => 12,
            Self::Extend(_) => 13,
            Self::ExtensionsDue(_) => 14,
            Self::Deadline(_) => 15,
            Self::AnswerCaller(_) => 16,
            Self::Expire(_) => 17,
            Self::PeerLost(..) => 18,
        }
    }
}

pub(super) type Fx<'a> = sim::Effects<'a, Msg, Task>;

/// How a lock is acquired and where its token comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenSource {
    /// Two phases over a majority: read the highest token, ask for a higher
    /// one.
    QuorumBallot,
    /// One leader with a replicated log; the token is the grant's place in
    /// it. The leader is stable: no election is modelled.
    RaftLease,
    /// One phase over a majority, and no token.
    Redlock,
    /// One phase; each node counts its own grants, and the token is the
    /// highest count among the votes.
    PerServerMax,
}

impl TokenSource {
    /// The source at the place of its word.
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::RaftLease,
            2 => Self::Redlock,
            3 => Self::PerServerMax,
            _ => Self::QuorumBallot,
        }
    }
}

/// What a service does where the lock is not to be had at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// One attempt; then the caller hears why not.
    FailFast,
    /// Attempt after attempt, whatever becomes of the caller.
    WaitForever,
    /// Attempt after attempt for so long.
    BoundedWait,
}

impl Policy {
    /// The policy at the place of its word.
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::WaitForever,
            2 => Self::BoundedWait,
            _ => Self::FailFast,
        }
    }
}

/// What services and nodes go by.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long a lease lives.
    pub ttl: Span,
    /// Clock drift that is allowed for, subtracted from validity.
    pub drift: Span,
    /// How long acquiring may take: the budget A.
    pub budget: Span,
    /// How long the answers of one phase are waited for.
    pub node_timeout: Span,
    /// Ask the nodes one after the other.
    pub sequential: bool,
    /// Where tokens come from.
    pub token_source: TokenSource,
    /// What happens where the lock is taken.
    pub policy: Policy,
    /// Whether `FailFast` makes a second attempt within its budget.
    pub retries_once: bool,
    /// How long `BoundedWait` waits.
    pub max_wait: Span,
    /// Whether a service stops at the end of its lock's validity.
    pub honours_deadline: bool,
    /// Whether the lock is extended every third of the TTL while it works.
    pub extends: bool,
    /// How long a caller waits.
    pub caller_timeout: Span,
    /// How much of an operation comes before the provider is called, %.
    pub call_at: u64,
    /// The most that jitter adds to a message.
    pub jitter: Span,
}

/// Who takes part, as nodes.
#[derive(Clone, Debug)]
pub struct Peers {
    /// The lock nodes, one a data centre.
    pub nodes: Vec<Node>,
    /// Where tokens come from a log: the node that leads.
    pub leader: Node,
    /// The ledger.
    pub ledger: Node,
    /// The payment provider.
    pub provider: Node,
}

impl Peers {
    /// How many nodes make a holder.
    pub fn majority(&self) -> usize {
        self.nodes.len() / 2 + 1
    }
}

/// Any of them.
#[derive(Debug)]
pub enum PaymentsActor {
    Callers(Callers),
    Service(Service),
    Node(LockNode),
    Ledger(Ledger),
    Provider(Provider),
}

impl Actor for PaymentsActor {
    type Message = Msg;
    type Step = Task;

    fn start(&mut self, fx: &mut Fx<'_>) {
        match self {
            Self::Callers(callers) => callers.start(fx),
            Self::Node(node) => node.start(fx),
            Self::Service(_) | Self::Ledger(_) | Self::Provider(_) => {}
        }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match self {
            Self::Callers(callers) => callers.message(message, fx),
            Self::Service(service) => service.message(from, message, fx),
            Self::Node(node) => node.message(from, message, fx),
            Self::Ledger(ledger) => ledger.message(from, message, fx),
            Self::Provider(provider) => provider.message(from, message, fx),
        }
    }

    fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match (self, task) {
            (Self::Callers(callers), task) => callers.step(task, fx),
            (Self::Service(service), task) => service.step(task, fx),
            (Self::Node(node), Task::Expire(account)) => node.drop_expired(account, fx),
            _ => {}
        }
    }

    fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        if let Self::Service(service) = self {
            service.reset(peer, fx);
        }
    }

    fn crash(&mut self, wiped: bool) {
        match self {
            Self::Callers(callers) => callers.crash(),
            Self::Service(service) => service.crash(),
            Self::Node(node) => node.crash(wiped),
            Self::Ledger(ledger) if wiped => ledger.wipe(),
            Self::Provider(provider) if wiped => provider.wipe(),
            Self::Ledger(_) | Self::Provider(_) => {}
        }
    }

    fn restart(&mut self, fx: &mut Fx<'_>) {
        if let Self::Node(node) = self {
            node.restart(fx);
        }
    }
}

/// Notes that a node has given `holder` its vote for `lease`.
pub(super) fn note_grant(holder: Incarnation, lease: Span, fx: &mut Fx<'_>) {
    fx.note(Event::ServerGrant {
        holder,
        lease_us: lease.us(),
    });
}
