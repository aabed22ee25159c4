//! The state machines of ZooKeeper's actors, and nothing else: client, server,
//! and the store that the lock protects.
//!
//! After apache/zookeeper, files under
//! `zookeeper-server/src/main/java/org/apache/zookeeper/`; each rule names its
//! own.

mod client;
mod election;
mod leader;
mod server;
mod tree;

use alloc::vec::Vec;

use sim::{Actor, Anchor, Message, Node, Span, Step};

pub use client::{Client, Habits, Policy};
pub use server::Server;
pub use tree::{Failure, Op, Origin, Session, Tree, Txn, Zxid};

use crate::fence::Guarded;
use crate::vocabulary::{Decision, Event, Incarnation, Job, Token};

/// The only lock.
const LOCK: u32 = 0;

/// Where faults can strike a client.
pub(in crate::zookeeper) mod anchors {
    use super::Anchor;

    pub const BEFORE_ACQUIRE: Anchor = Anchor(0);
    pub const ACQUIRE_INFLIGHT: Anchor = Anchor(1);
    pub const AFTER_ACQUIRE: Anchor = Anchor(2);
    pub const MID_WORK: Anchor = Anchor(3);
    pub const AFTER_CHECK: Anchor = Anchor(4);
    pub const WRITE_INFLIGHT: Anchor = Anchor(5);
}

/// Where a holder's token comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenSource {
    /// Nowhere.
    None,
    /// The transaction that created its node.
    Czxid,
    /// The number at the end of its node's name.
    Suffix,
    /// Its node's version: always 0, since nobody writes to it.
    Version,
    /// The version of one persistent node, raised after acquiring.
    Counter,
}

/// What all servers agree on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// `tickTime`: the width of an expiry bucket, and twice the leader's
    /// heartbeat.
    pub tick: Span,
    /// `syncLimit`: after how many silent ticks leader and follower part.
    pub sync_limit: u64,
    /// The shortest and the longest session timeout.
    pub timeouts: (Span, Span),
    pub token_source: TokenSource,
    /// One node of a fixed name instead of a queue.
    pub simple: bool,
    /// How often the leader looks for empty containers.
    pub reap: Span,
    /// When the first leader's first heartbeat is due.
    pub first_beat: Span,
    /// For each server, when a bucket of its own ends.
    pub bucket_ends: Vec<Span>,
}

/// `initLimit` of `conf/zoo_sample.cfg`: how many ticks a new leader and its
/// followers give each other to get in step.
const INIT_LIMIT: u64 = 10;

impl Rules {
    /// The timeout that a client gets (`ZooKeeperServer`, `processConnectRequest`):
    /// raised first, then lowered.
    pub fn negotiate(&self, requested: Span) -> Span {
        let (least, most) = self.timeouts;
        requested.max(least).min(most)
    }
}

/// Who takes part, as nodes.
#[derive(Clone, Debug)]
pub struct Peers {
    /// The servers; the first one leads at the start.
    pub servers: Vec<Node>,
    /// What the lock protects.
    pub store: Node,
}

impl Peers {
    /// How many servers agree on something.
    pub fn quorum(&self) -> usize {
        self.servers.len() / 2 + 1
    }

    /// A server's place in the ensemble.
    pub fn place(&self, node: Node) -> Option<usize> {
        self.servers.iter().position(|&server| server == node)
    }
}

/// A request over a client's connection.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Ask {
    /// Nothing but a sign of life.
    Ping,
    /// `create`, ephemeral.
    Create { holder: Incarnation },
    /// `create` of the container.
    CreateParent,
    /// `getChildren`: the client looks for its own node and the one before.
    Children { holder: Incarnation },
    /// `exists` with a watch.
    Exists { holder: Incarnation },
    /// `delete`.
    Delete { holder: Incarnation },
    /// `setData` on the persistent node, for its version.
    Draw { holder: Incarnation },
}

/// The answer to a request.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Answer {
    Pong,
    /// Its token, where nodes have one.
    Created {
        holder: Incarnation,
        token: Token,
    },
    Failed {
        holder: Incarnation,
        why: Failure,
    },
    ParentCreated,
    /// Whether the client's node is there, its token, and the node before it.
    Children {
        holder: Incarnation,
        there: bool,
        token: Token,
        ahead: Option<Incarnation>,
    },
    Exists {
        holder: Incarnation,
        there: bool,
    },
    Deleted {
        holder: Incarnation,
    },
    Drawn {
        holder: Incarnation,
        token: Token,
    },
}

/// A vote in an election: what its author has, and whom it is for. Votes
/// compare as in `FastLeaderElection`, `totalOrderPredicate`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ballot {
    /// The last epoch that the candidate took part in.
    pub epoch: u32,
    /// The end of its log.
    pub zxid: Zxid,
    /// Its place in the ensemble.
    pub place: usize,
}

/// What the actors send each other.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Msg {
    // Client to server, over one of its connections.
    /// Attach a session, new or known, to this connection.
    Connect {
        conn: u16,
        session: Session,
        is_new: bool,
        timeout: Span,
    },
    /// A request.
    Ask { conn: u16, ask: Ask },

    // Server to client.
    /// The session is attached, with its timeout; zero where it is over.
    Connected {
        conn: u16,
        session: Session,
        timeout: Span,
    },
    /// The answer to a request.
    Answer { conn: u16, answer: Answer },
    /// A watched node is gone.
    Fired { conn: u16, holder: Incarnation },
    /// The server has closed the connection.
    Closed { conn: u16 },

    // Follower to leader and back.
    /// A write that a follower was asked for.
    Forward { epoch: u32, origin: Origin, op: Op },
    /// Does this session live? It moves to the follower.
    Revalidate {
        epoch: u32,
        origin: Origin,
        session: Session,
    },
    /// The answer.
    Revalidated {
        epoch: u32,
        origin: Origin,
        session: Session,
        timeout: Span,
    },
    /// The leader's ping, twice a tick.
    Beat { epoch: u32 },
    /// The follower's answer, with the clients that it has heard of since the
    /// last one, a bit for each lane.
    Touches { epoch: u32, clients: u64 },
    /// An entry for the log, behind the entry `before`.
    Propose { epoch: u32, before: Zxid, txn: Txn },
    /// The follower's log has everything up to here.
    Ack { epoch: u32, zxid: Zxid },
    /// A quorum's logs have everything up to here.
    Commit { epoch: u32, zxid: Zxid },

    // Election and recovery.
    /// A vote; `settled` where its author has a leader.
    Vote {
        round: u32,
        ballot: Ballot,
        settled: bool,
    },
    /// A follower comes to its leader: the last epoch it has promised to
    /// anyone, and the end of its log.
    Join { promised: u32, zxid: Zxid },
    /// The leader's epoch, and up to where the follower's log is right.
    Sync { epoch: u32, from: Zxid },
    /// The follower has been sent all that the leader has.
    NewLeader { epoch: u32 },
    /// The follower has it.
    Adopted { epoch: u32, zxid: Zxid },
    /// A quorum has: the follower may serve clients.
    UpToDate { epoch: u32, zxid: Zxid },

    // Client and store.
    /// Tell the store of a new holder.
    Claim { holder: Incarnation, token: Token },
    /// Whether its token was high enough.
    ClaimReply { holder: Incarnation, accepted: bool },
    /// Which job is next?
    Status { holder: Incarnation },
    /// The first that is not done.
    StatusReply { holder: Incarnation, next: Job },
    /// Write a job's result.
    Write {
        holder: Incarnation,
        token: Token,
        job: Job,
    },
    /// What the store did.
    WriteReply {
        holder: Incarnation,
        job: Job,
        decision: Decision,
    },
}

/// The kind of the message that carries a result.
pub(in crate::zookeeper) const WRITE: u8 = 37;

impl Message for Msg {
    fn kind(&self) -> u8 {
        match self {
            Self::Connect { .. } => 0,
            Self::Connected { .. } => 1,
            Self::Closed { .. } => 2,
            Self::Fired { .. } => 3,
            Self::Ask { ask, .. } => match ask {
                Ask::Ping => 4,
                Ask::Create { .. } => 6,
                Ask::CreateParent => 8,
                Ask::Children { .. } => 10,
                Ask::Exists { .. } => 12,
                Ask::Delete { .. } => 14,
                Ask::Draw { .. } => 16,
            },
            Self::Answer { answer, .. } => match answer {
                Answer::Pong => 5,
                Answer::Created { .. } => 7,
                Answer::ParentCreated => 9,
                Answer::Children { .. } => 11,
                Answer::Exists { .. } => 13,
                Answer::Deleted { .. } => 15,
                Answer::Drawn { .. } => 17,
                Answer::Failed { .. } => 18,
            },
            Self::Forward { .. } => 19,
            Self::Revalidate { .. } => 20,
            Self::Revalidated { .. } => 21,
            Self::Beat { .. } => 22,
            Self::Touches { .. } => 23,
            Self::Propose { .. } => 24,
            Self::Ack { .. } => 25,
            Self::Commit { .. } => 26,
            Self::Vote { .. } => 27,
            Self::Join { .. } => 28,
            Self::Sync { .. } => 29,
            Self::NewLeader { .. } => 30,
            Self::Adopted { .. } => 31,
            Self::UpToDate { .. } => 32,
            Self::Claim { .. } => 33,
            Self::ClaimReply { .. } => 34,
            Self::Status { .. } => 35,
            Self::StatusReply { .. } => 36,
            Self::Write { .. } => WRITE,
            Self::WriteReply { .. } => 38,
        }
    }

    /// The hold or session that it is about, else a transaction's number; for
    /// touches the clients; for answers whether it was a yes, in the bit above
    /// a hold.
    fn summary(&self) -> u64 {
        let yes = |holder: Incarnation, yes: bool| u64::from(holder.0) | u64::from(yes) << 32;
        match *self {
            Self::Connect { session, .. } | Self::Revalidate { session, .. } => {
                u64::from(session.0)
            }
            Self::Connected {
                session, timeout, ..
            }
            | Self::Revalidated {
                session, timeout, ..
            } => yes(session, timeout > Span::ZERO),
            Self::Ask { ask, .. } => match ask {
                Ask::Create { holder }
                | Ask::Children { holder }
                | Ask::Exists { holder }
                | Ask::Delete { holder }
                | Ask::Draw { holder } => u64::from(holder.0),
                Ask::Ping | Ask::CreateParent => 0,
            },
            Self::Answer { answer, .. } => match answer {
                Answer::Created { holder, .. }
                | Answer::Deleted { holder }
                | Answer::Drawn { holder, .. } => yes(holder, true),
                Answer::Failed { holder, .. } => yes(holder, false),
                Answer::Children { holder, ahead, .. } => yes(holder, ahead.is_none()),
                Answer::Exists { holder, there } => yes(holder, there),
                Answer::Pong | Answer::ParentCreated => 0,
            },
            Self::Fired { holder, .. }
            | Self::Claim { holder, .. }
            | Self::Status { holder }
            | Self::StatusReply { holder, .. }
            | Self::Write { holder, .. } => u64::from(holder.0),
            Self::ClaimReply { holder, accepted } => yes(holder, accepted),
            Self::WriteReply {
                holder, decision, ..
            } => yes(holder, decision == Decision::Accepted),
            Self::Touches { clients, .. } => clients,
            Self::Propose { txn, .. } => txn.zxid.number(),
            Self::Ack { zxid, .. }
            | Self::Commit { zxid, .. }
            | Self::Join { zxid, .. }
            | Self::Adopted { zxid, .. }
            | Self::UpToDate { zxid, .. } => zxid.number(),
            Self::Sync { from, .. } => from.number(),
            Self::Vote { ballot, .. } => ballot.zxid.number(),
            Self::Closed { .. }
            | Self::Forward { .. }
            | Self::Beat { .. }
            | Self::NewLeader { .. } => 0,
        }
    }
}

/// What the actors do by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// A client begins: it opens its first connection.
    Begin,
    /// It asks for the lock.
    Try,
    /// It wakes up to connect to the next server.
    Connect,
    /// It has sent nothing for a third of its timeout.
    Ping,
    /// It has heard nothing for two thirds of its timeout, or its connection
    /// attempt takes too long; a follower has not heard its leader.
    Silence,
    /// It goes on after acquiring.
    Acquired,
    /// Its next piece of work is done.
    Worked,
    /// It checks that it still holds the lock.
    Check,
    /// It sends the result.
    Write,
    /// It has held the lock long enough.
    Release,
    /// Nothing: as long as this is set, the run waits for a client that has
    /// lost its server.
    Vigil,
    /// The leader pings its followers.
    Beat,
    /// A session's bucket ends.
    Expire(Session),
    /// The leader looks for empty containers.
    Sweep,
    /// A server without a leader repeats its vote.
    Vote,
    /// It has waited for better votes long enough.
    Settle,
}

impl Step for Task {
    fn kind(&self) -> u8 {
        match self {
            Self::Begin => 0,
            Self::Try => 1,
            Self::Connect => 2,
            Self::Ping => 3,
            Self::Silence => 4,
            Self::Acquired => 5,
            Self::Worked => 6,
            Self::Check => 7,
            Self::Write => 8,
            Self::Release => 9,
            Self::Vigil => 10,
            Self::Beat => 11,
            Self::Expire(_) => 12,
            Self::Sweep => 13,
            Self::Vote => 14,
            Self::Settle => 15,
        }
    }
}

type Fx<'a> = sim::Effects<'a, Msg, Task>;

/// How long after a client lost its server the run waits for it, twice its
/// timeout aside: longer than any partition that a parameter can ask for, and
/// not for ever.
const PATIENCE: Span = Span::from_s(20);

/// What the lock protects: jobs that are to be done once each, in order.
#[derive(Debug)]
pub struct Store {
    guarded: Guarded,
    /// The first job that is not done.
    next: Job,
}

impl Store {
    pub const fn new(guarded: Guarded) -> Self {
        Self {
            guarded,
            next: Job(1),
        }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Claim { holder, token } => {
                let accepted = self.guarded.claim(token);
                fx.note(Event::ResourceClaim {
                    token,
                    holder,
                    accepted,
                });
                fx.send(from, Msg::ClaimReply { holder, accepted });
            }
            Msg::Status { holder } => {
                let next = self.next;
                fx.send(from, Msg::StatusReply { holder, next });
            }
            Msg::Write { holder, token, job } => {
                let decision = self.guarded.write(job, token);
                while self.guarded.is_done(self.next) {
                    self.next = Job(self.next.0 + 1);
                }
                fx.note(Event::ResourceWrite {
                    token,
                    holder,
                    job,
                    decision,
                });
                fx.send(
                    from,
                    Msg::WriteReply {
                        holder,
                        job,
                        decision,
                    },
                );
            }
            _ => {}
        }
    }

    fn crash(&mut self, wiped: bool) {
        if wiped {
            self.guarded.wipe();
            self.next = Job(1);
        }
    }
}

/// Any of them.
#[derive(Debug)]
pub enum ZooKeeperActor {
    Client(Client),
    Server(Server),
    Store(Store),
}

impl Actor for ZooKeeperActor {
    type Message = Msg;
    type Step = Task;

    fn start(&mut self, fx: &mut Fx<'_>) {
        match self {
            Self::Client(client) => client.start(fx),
            Self::Server(server) => server.start(fx),
            Self::Store(_) => {}
        }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match self {
            Self::Client(client) => client.message(from, message, fx),
            Self::Server(server) => server.message(from, message, fx),
            Self::Store(store) => store.message(from, message, fx),
        }
    }

    fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match self {
            Self::Client(client) => client.step(task, fx),
            Self::Server(server) => server.step(task, fx),
            Self::Store(_) => {}
        }
    }

    fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        match self {
            Self::Client(client) => client.reset(peer, fx),
            Self::Server(server) => server.reset(peer, fx),
            Self::Store(_) => {}
        }
    }

    fn crash(&mut self, wiped: bool) {
        match self {
            Self::Client(client) => client.crash(),
            Self::Server(server) => server.crash(wiped),
            Self::Store(store) => store.crash(wiped),
        }
    }

    fn restart(&mut self, fx: &mut Fx<'_>) {
        match self {
            Self::Client(client) => client.restart(fx),
            Self::Server(server) => server.restart(fx),
            Self::Store(_) => {}
        }
    }
}
