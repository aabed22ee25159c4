//! A client: ZooKeeper's library and the application above it.
//!
//! Here is what it is and what reaches it; what it then does is in a file for
//! each of its parts.

mod library;
mod recipe;
mod working;

use alloc::rc::Rc;
use alloc::vec::Vec;

use sim::{Node, Span};

use super::{Ask, Fx, Msg, Peers, Session, Task, anchors};
use crate::vocabulary::{Incarnation, Job, Token};

/// How often a run waits for one client to come back: sessions shorter than
/// half a tick expire again and again at a follower, without any fault.
const MOST_VIGILS: u8 = 4;

/// When a holder stops working.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Policy {
    /// As soon as its library reports that the connection is gone. It looks
    /// again, and goes on, once it is back.
    StopOnDisconnect,
    /// Once its library reports that the session is over.
    StopOnExpired,
    /// Never by itself: it does not listen to its library.
    Oblivious,
}

/// What a client is and does.
#[derive(Clone, Debug)]
pub struct Habits {
    /// When it starts.
    pub starts: Span,
    /// The session timeout that it asks for.
    pub timeout: Span,
    /// The servers in the order in which it tries them.
    pub servers: Vec<Node>,
    /// Whether the library declares a session expired by itself, 4/3 of its
    /// timeout after it last heard anything (3.9.3, ZOOKEEPER-4508).
    pub expires_itself: bool,
    /// How long it sleeps before each attempt to reconnect; `None`: as the
    /// library does, evenly up to a second.
    pub sleep: Option<Span>,
    /// An instant at which its library pings, µs of its monotonic clock: up to
    /// there it keeps in step with it, as if an earlier request had set its
    /// pace.
    pub pings_at: i64,
    pub policy: Policy,
    /// Whether the lock is one node of a fixed name.
    pub simple: bool,
    /// Whether it draws its token from the persistent node.
    pub draws: bool,
    /// Whether it claims the store for its token.
    pub claims: bool,
    /// Whether it asks the store which job is next.
    pub done_check: bool,
    /// How long a job takes.
    pub work: Span,
    /// How long it holds the lock; `None` for ever.
    pub hold: Option<Span>,
    /// Whether it queues again after it has released the lock.
    pub again: bool,
    /// Whether the run waits for its first release.
    pub is_awaited: bool,
}

/// How the connection stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Net {
    /// The library does not run.
    Off,
    /// It sleeps before the next attempt.
    Asleep,
    /// It waits for a server to take the session.
    Opening,
    /// A server has.
    Open,
}

/// What the application waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Its start.
    Idle,
    /// A session.
    Attaching,
    /// Its node.
    Creating,
    /// The node's parent.
    MakingParent,
    /// The list of nodes.
    Listing,
    /// A watch on a node.
    Watching(Incarnation),
    /// That node to go.
    Waiting(Incarnation),
    /// To go on after acquiring.
    Acquired,
    /// A number.
    Drawing,
    /// The store to hear of it.
    Claiming,
    /// The next job's number.
    AskingStatus,
    /// Its own work.
    Working,
    /// The store's answer to its write.
    Writing,
    /// Its connection: it has stopped working, and has not given up.
    Stopped,
    /// Its node to be deleted.
    Releasing,
    /// Nothing: the store has refused it. Only a new session starts it again.
    Refused,
    /// Nothing more.
    Finished,
}

/// A client.
#[derive(Debug)]
pub struct Client {
    habits: Habits,
    peers: Rc<Peers>,
    // The library.
    net: Net,
    /// Which server of its list it is at, and which it was last attached to.
    server: usize,
    last_server: usize,
    conn: u16,
    sessions: u16,
    session: Session,
    /// No server has taken the session yet.
    is_new: bool,
    timeout: Span,
    /// When it last heard from a server, µs.
    heard_us: i64,
    keeps_vigil: bool,
    /// How often the run will still wait for it.
    vigils: u8,
    // The application.
    phase: Phase,
    attempt: u16,
    holder: Incarnation,
    token: Token,
    believes: bool,
    job: Job,
}

impl Client {
    pub fn new(habits: Habits, peers: Rc<Peers>) -> Self {
        Self {
            timeout: habits.timeout,
            habits,
            peers,
            net: Net::Off,
            server: 0,
            last_server: 0,
            conn: 0,
            sessions: 0,
            session: Incarnation(0),
            is_new: true,
            heard_us: 0,
            keeps_vigil: false,
            vigils: MOST_VIGILS,
            phase: Phase::Idle,
            attempt: 0,
            holder: Incarnation(0),
            token: Token::NONE,
            believes: false,
            job: Job(1),
        }
    }

    pub fn start(&self, fx: &mut Fx<'_>) {
        fx.after(self.habits.starts, Task::Begin);
    }

    pub fn crash(&mut self) {
        self.net = Net::Off;
        self.phase = Phase::Idle;
        self.believes = false;
        self.keeps_vigil = false;
    }

    /// A new process has a new session. The old one's node stands in its way
    /// until that expires.
    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        self.begin(fx);
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::ClaimReply { holder, accepted } if holder == self.holder => {
                self.claimed(accepted, fx);
            }
            Msg::StatusReply { holder, next }
                if holder == self.holder && self.phase == Phase::AskingStatus =>
            {
                self.job = next;
                self.work(fx);
            }
            Msg::WriteReply {
                holder,
                job,
                decision,
            } if holder == self.holder => self.written(job, decision, fx),
            Msg::Connected { conn, timeout, .. } if self.is_at(from, conn) => {
                self.connected(timeout, fx);
            }
            Msg::Closed { conn } if self.is_at(from, conn) => self.lose(fx),
            Msg::Answer { conn, answer } if self.is_at(from, conn) => {
                self.hear(fx);
                self.answer(answer, fx);
            }
            Msg::Fired { conn, holder } if self.is_at(from, conn) => {
                self.hear(fx);
                self.gone(holder, fx);
            }
            // From a connection or an attempt that is over.
            _ => {}
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match (task, self.phase) {
            (Task::Begin, Phase::Idle) => self.begin(fx),
            (Task::Connect, _) if self.net == Net::Asleep => self.reconnect(fx),
            (Task::Ping, _) if self.net == Net::Open => self.ask(Ask::Ping, fx),
            (Task::Silence, _) => self.time_out(fx),
            (Task::Try, Phase::Attaching) => self.try_lock(fx),
            (Task::Acquired, Phase::Acquired) => self.after_acquire(fx),
            (Task::Worked, Phase::Working) => fx.then(anchors::MID_WORK, Task::Check),
            (Task::Check, Phase::Working) => fx.then(anchors::AFTER_CHECK, Task::Write),
            (Task::Write, Phase::Working) => self.write(fx),
            (Task::Release, _) if self.believes => self.release(fx),
            // A step whose purpose is over.
            _ => {}
        }
    }

    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        if matches!(self.net, Net::Opening | Net::Open) && peer == self.server_node() {
            self.lose(fx);
        }
    }
}
