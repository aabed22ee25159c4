//! A client: ZooKeeper's library and the application above it.
//!
//! The library after `ClientCnxn.java`, `SendThread`, and
//! `client/StaticHostProvider.java`; the application after the lock recipe of
//! the manual (`recipes.md`), which finds its own node again after a lost
//! connection by the name it gave it.

use alloc::rc::Rc;
use alloc::vec::Vec;

use sim::{Node, Purpose, Span};

use super::{Answer, Ask, Failure, Fx, LOCK, Msg, PATIENCE, Peers, Session, Task, anchors};
use crate::vocabulary::{
    BeliefEnd, Decision, Event, Incarnation, Job, Left, Refusal, SessionState, Token,
};

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

    // --- the library -----------------------------------------------------

    fn server_node(&self) -> Node {
        self.habits.servers[self.server]
    }

    fn is_at(&self, server: Node, conn: u16) -> bool {
        matches!(self.net, Net::Opening | Net::Open)
            && conn == self.conn
            && server == self.server_node()
    }

    /// A new handle: a new session, and the first server of the list at once.
    fn begin(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Attaching;
        self.sessions = self.sessions.wrapping_add(1);
        self.session = Incarnation::new(fx.node().0, self.sessions);
        self.is_new = true;
        self.timeout = self.habits.timeout;
        self.server = 0;
        self.last_server = 0;
        self.heard_us = fx.mono().us();
        self.open(fx);
    }

    fn open(&mut self, fx: &mut Fx<'_>) {
        self.net = Net::Opening;
        self.conn = self.conn.wrapping_add(1);
        let message = Msg::Connect {
            conn: self.conn,
            session: self.session,
            is_new: self.is_new,
            timeout: self.habits.timeout,
        };
        fx.connect(self.server_node(), message);
        // `connectTimeout` is the session's over the number of servers.
        let servers = self.habits.servers.len().max(1) as u64;
        let patience = Span::from_us(self.timeout.us() / servers).max(Span::from_ms(1));
        fx.poll(patience, Task::Silence);
    }

    /// It wakes up from its sleep. The test for its own expiry comes after it
    /// has begun to connect, as in the library's loop.
    fn reconnect(&mut self, fx: &mut Fx<'_>) {
        self.open(fx);
        if self.has_expired_itself(fx) {
            self.expire(fx);
        }
    }

    fn has_expired_itself(&self, fx: &Fx<'_>) -> bool {
        let silent_us = fx.mono().us() - self.heard_us;
        self.habits.expires_itself && silent_us >= signed(self.timeout) * 4 / 3
    }

    /// Nothing came for two thirds of the timeout, or the attempt to connect
    /// takes too long.
    fn time_out(&mut self, fx: &mut Fx<'_>) {
        if !matches!(self.net, Net::Opening | Net::Open) {
            return;
        }
        if self.has_expired_itself(fx) {
            self.expire(fx);
        } else {
            self.lose(fx);
        }
    }

    /// The connection is gone: tell the application, sleep, try the next
    /// server. A second more each time the list has been gone through.
    fn lose(&mut self, fx: &mut Fx<'_>) {
        let was_open = self.net == Net::Open;
        self.net = Net::Asleep;
        self.leave(fx);
        if was_open {
            self.tell(SessionState::Disconnected, fx);
            self.keep_vigil(fx);
            self.disconnected(fx);
        }
        self.server = (self.server + 1) % self.habits.servers.len().max(1);
        let mut sleep = match self.habits.sleep {
            Some(sleep) => sleep,
            None => fx
                .random(Purpose::Retry)
                .span(Span::ZERO, Span::from_ms(999)),
        };
        if self.server == self.last_server {
            sleep = sleep + Span::from_s(1);
        }
        fx.poll(sleep, Task::Connect);
    }

    fn leave(&self, fx: &mut Fx<'_>) {
        fx.close(self.server_node());
        fx.clear(Task::Ping);
        fx.clear(Task::Silence);
    }

    fn tell(&self, state: SessionState, fx: &mut Fx<'_>) {
        fx.note(Event::SessionIs {
            session: self.session,
            state,
            server: u32::from(self.server_node().0),
            timeout_us: self.timeout.us(),
        });
    }

    fn connected(&mut self, timeout: Span, fx: &mut Fx<'_>) {
        if self.net != Net::Opening {
            return;
        }
        if timeout == Span::ZERO {
            self.expire(fx);
            return;
        }
        self.net = Net::Open;
        self.timeout = timeout;
        self.is_new = false;
        self.last_server = self.server;
        self.tell(SessionState::SyncConnected, fx);
        self.end_vigil(fx);
        self.set_ping(fx);
        self.hear(fx);
        self.reconnected(fx);
    }

    /// The session is over: the server said so, or the library thinks so.
    fn expire(&mut self, fx: &mut Fx<'_>) {
        self.leave(fx);
        self.net = Net::Off;
        self.tell(SessionState::Expired, fx);
        if self.believes && self.habits.policy == Policy::Oblivious {
            self.end_vigil(fx);
            return;
        }
        if self.believes {
            self.stop_believing(BeliefEnd::Notified, fx);
        }
        if self.phase == Phase::Finished {
            self.end_vigil(fx);
        } else {
            self.begin(fx);
        }
    }

    fn keep_vigil(&mut self, fx: &mut Fx<'_>) {
        if self.vigils == 0 {
            return;
        }
        self.vigils -= 1;
        self.keeps_vigil = true;
        fx.work(PATIENCE + self.timeout * 2, Task::Vigil);
    }

    /// What the run waited for has come about now.
    fn end_vigil(&mut self, fx: &mut Fx<'_>) {
        if core::mem::take(&mut self.keeps_vigil) {
            fx.work(Span::ZERO, Task::Vigil);
        }
    }

    /// A server gave a sign of life.
    fn hear(&mut self, fx: &mut Fx<'_>) {
        self.heard_us = fx.mono().us();
        let patience = self.read_timeout();
        fx.poll(patience, Task::Silence);
        if self.believes {
            fx.note(Event::LockExtend {
                holder: self.holder,
                extended: true,
                valid_us: Left(signed(patience)),
            });
        }
    }

    fn read_timeout(&self) -> Span {
        Span::from_us(self.timeout.us() * 2 / 3)
    }

    fn ask(&mut self, ask: Ask, fx: &mut Fx<'_>) {
        if self.net != Net::Open {
            return;
        }
        let conn = self.conn;
        fx.send(self.server_node(), Msg::Ask { conn, ask });
        self.set_ping(fx);
    }

    /// The library pings when it has sent nothing for half its read timeout.
    fn set_ping(&self, fx: &mut Fx<'_>) {
        let pace = (self.read_timeout().us() / 2).max(1);
        let ahead_us = self.habits.pings_at - fx.mono().us();
        let wait = match u64::try_from(ahead_us) {
            Ok(ahead) if ahead > 0 => match ahead % pace {
                0 => pace,
                rest => rest,
            },
            _ => pace,
        };
        fx.poll(Span::from_us(wait), Task::Ping);
    }

    // --- what the library tells the application ---------------------------

    fn disconnected(&mut self, fx: &mut Fx<'_>) {
        if self.believes && self.habits.policy == Policy::StopOnDisconnect {
            self.stop_believing(BeliefEnd::Aborted, fx);
            self.phase = Phase::Stopped;
        }
    }

    /// Requests that were on their way are lost, with or without effect: look
    /// what became of them.
    fn reconnected(&mut self, fx: &mut Fx<'_>) {
        match self.phase {
            Phase::Attaching => fx.then(anchors::BEFORE_ACQUIRE, Task::Try),
            Phase::Waiting(_) | Phase::Watching(_) if self.habits.simple => self.try_lock(fx),
            Phase::Creating
            | Phase::MakingParent
            | Phase::Listing
            | Phase::Watching(_)
            | Phase::Waiting(_)
            | Phase::Stopped => self.list(fx),
            Phase::Drawing if self.believes => self.after_acquire(fx),
            Phase::Releasing | Phase::Refused => {
                let holder = self.holder;
                self.ask(Ask::Delete { holder }, fx);
            }
            Phase::Idle
            | Phase::Acquired
            | Phase::Drawing
            | Phase::Claiming
            | Phase::AskingStatus
            | Phase::Working
            | Phase::Writing
            | Phase::Finished => {}
        }
    }

    // --- the recipe ------------------------------------------------------

    fn try_lock(&mut self, fx: &mut Fx<'_>) {
        self.attempt = self.attempt.wrapping_add(1);
        self.holder = Incarnation::new(fx.node().0, self.attempt);
        self.token = Token::NONE;
        fx.note(Event::LockTry {
            holder: self.holder,
            lock: LOCK,
        });
        self.create(fx);
        fx.reached(anchors::ACQUIRE_INFLIGHT);
    }

    fn create(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Creating;
        let holder = self.holder;
        self.ask(Ask::Create { holder }, fx);
    }

    fn list(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Listing;
        let holder = self.holder;
        self.ask(Ask::Children { holder }, fx);
    }

    fn watch(&mut self, ahead: Incarnation, fx: &mut Fx<'_>) {
        self.phase = Phase::Watching(ahead);
        self.ask(Ask::Exists { holder: ahead }, fx);
    }

    fn answer(&mut self, answer: Answer, fx: &mut Fx<'_>) {
        match (self.phase, answer) {
            (Phase::Creating, Answer::Created { holder, token }) if holder == self.holder => {
                self.token = token;
                if self.habits.simple {
                    self.acquire(fx);
                } else {
                    self.list(fx);
                }
            }
            (Phase::Creating, Answer::Failed { holder, why }) if holder == self.holder => match why
            {
                Failure::NoParent => {
                    self.phase = Phase::MakingParent;
                    self.ask(Ask::CreateParent, fx);
                }
                Failure::Exists { of } => {
                    fx.note(Event::LockRejected {
                        holder,
                        reason: Refusal::Locked,
                        votes: 0,
                    });
                    self.watch(of, fx);
                }
                // Word that the session is over is on its way.
                Failure::NoSession | Failure::NoNode => {}
            },
            (Phase::MakingParent, Answer::ParentCreated) => self.create(fx),
            (
                Phase::Listing,
                Answer::Children {
                    holder,
                    there,
                    token,
                    ahead,
                },
            ) if holder == self.holder => {
                if there {
                    self.token = self.token.max(token);
                }
                match (there, ahead) {
                    (false, _) => self.try_lock(fx),
                    (true, Some(ahead)) => self.watch(ahead, fx),
                    (true, None) => self.acquire(fx),
                }
            }
            (Phase::Watching(ahead), Answer::Exists { holder, there }) if holder == ahead => {
                if there {
                    self.phase = Phase::Waiting(ahead);
                } else {
                    self.gone(ahead, fx);
                }
            }
            (Phase::Drawing, Answer::Drawn { holder, token }) if holder == self.holder => {
                self.token = token;
                self.claim(fx);
            }
            (Phase::Releasing, Answer::Deleted { holder } | Answer::Failed { holder, .. })
                if holder == self.holder =>
            {
                self.released(fx);
            }
            // Pongs, and answers to what has been given up.
            _ => {}
        }
    }

    /// The node that it waits for is gone.
    fn gone(&mut self, node: Incarnation, fx: &mut Fx<'_>) {
        let waits =
            matches!(self.phase, Phase::Watching(ahead) | Phase::Waiting(ahead) if ahead == node);
        if waits && self.habits.simple {
            self.try_lock(fx);
        } else if waits {
            self.list(fx);
        }
    }

    fn acquire(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Acquired;
        self.believes = true;
        fx.note(Event::LockAcquired {
            holder: self.holder,
            valid_us: Left(signed(self.read_timeout())),
            votes: 1,
        });
        match self.habits.hold {
            // Holding for the first time is something to wait for; queueing
            // again and again is not.
            Some(hold) if self.habits.is_awaited && self.attempt == 1 => {
                fx.work(hold, Task::Release)
            }
            Some(hold) => fx.poll(hold, Task::Release),
            None => {}
        }
        fx.then(anchors::AFTER_ACQUIRE, Task::Acquired);
    }

    fn release(&mut self, fx: &mut Fx<'_>) {
        self.stop_believing(BeliefEnd::Release, fx);
        self.phase = Phase::Releasing;
        let holder = self.holder;
        self.ask(Ask::Delete { holder }, fx);
    }

    fn released(&mut self, fx: &mut Fx<'_>) {
        if self.habits.again {
            self.phase = Phase::Attaching;
            fx.then(anchors::BEFORE_ACQUIRE, Task::Try);
        } else {
            self.phase = Phase::Finished;
        }
    }

    fn stop_believing(&mut self, reason: BeliefEnd, fx: &mut Fx<'_>) {
        fx.clear(Task::Worked);
        fx.clear(Task::Release);
        self.believes = false;
        fx.note(Event::BeliefEnds {
            holder: self.holder,
            reason,
        });
    }

    // --- working ---------------------------------------------------------

    /// The rest of a holder's order: token, claim, status, work.
    fn after_acquire(&mut self, fx: &mut Fx<'_>) {
        if self.habits.draws && !self.token.is_some() {
            self.phase = Phase::Drawing;
            let holder = self.holder;
            self.ask(Ask::Draw { holder }, fx);
        } else {
            self.claim(fx);
        }
    }

    fn claim(&mut self, fx: &mut Fx<'_>) {
        if !self.habits.claims {
            self.ask_status(fx);
            return;
        }
        self.phase = Phase::Claiming;
        let (holder, token) = (self.holder, self.token);
        fx.send(self.peers.store, Msg::Claim { holder, token });
    }

    fn claimed(&mut self, accepted: bool, fx: &mut Fx<'_>) {
        if self.phase != Phase::Claiming {
            return;
        }
        if accepted {
            self.ask_status(fx);
        } else {
            self.give_up(fx);
        }
    }

    fn ask_status(&mut self, fx: &mut Fx<'_>) {
        if !self.habits.done_check {
            self.work(fx);
            return;
        }
        self.phase = Phase::AskingStatus;
        let holder = self.holder;
        fx.send(self.peers.store, Msg::Status { holder });
    }

    fn work(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Working;
        fx.poll(self.habits.work, Task::Worked);
    }

    fn write(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Writing;
        let (holder, token, job) = (self.holder, self.token, self.job);
        fx.note(Event::JobOffer { job });
        fx.send(self.peers.store, Msg::Write { holder, token, job });
        fx.reached(anchors::WRITE_INFLIGHT);
    }

    fn written(&mut self, job: Job, decision: Decision, fx: &mut Fx<'_>) {
        if self.phase != Phase::Writing || job != self.job {
            return;
        }
        if decision == Decision::StaleToken {
            self.give_up(fx);
        } else {
            self.job = Job(job.0.saturating_add(1));
            self.work(fx);
        }
    }

    /// The store has refused its token: another holds the lock.
    fn give_up(&mut self, fx: &mut Fx<'_>) {
        fx.note(Event::JobAbandon {
            holder: self.holder,
            job: self.job,
        });
        self.stop_believing(BeliefEnd::Notified, fx);
        self.phase = Phase::Refused;
        let holder = self.holder;
        self.ask(Ask::Delete { holder }, fx);
    }
}

const fn signed(span: Span) -> i64 {
    if span.us() > i64::MAX as u64 {
        i64::MAX
    } else {
        span.us().cast_signed()
    }
}
