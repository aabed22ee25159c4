//! The state machines of Redlock's actors, and nothing else: worker, Redis
//! server, counter, job store.
//!
//! After redis/redis-doc `docs/manual/patterns/distributed-locks.md`, with the
//! drift of antirez/redlock-rb `lib/redlock.rb`; what libraries do otherwise
//! is in [`Client`].

// Taking an answer has an effect; in a guard it would hide.
#![allow(clippy::collapsible_match)]

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use sim::{Actor, Anchor, Message, Node, Purpose, Span, Step, Wall};

use crate::fence::{Guarded, TokenSource};
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job, Left, Refusal, Token};

/// The only lock and the only job of the lesson.
const LOCK: u32 = 0;
pub(super) const JOB: Job = Job(1);

/// The first token that a counter issues, as in Kleppmann's example.
pub(super) const FIRST_TOKEN: u64 = 33;

/// Where faults can strike a worker.
pub(super) mod anchors {
    use super::Anchor;

    pub const BEFORE_ACQUIRE: Anchor = Anchor(0);
    pub const ACQUIRE_INFLIGHT: Anchor = Anchor(1);
    pub const AFTER_ACQUIRE: Anchor = Anchor(2);
    pub const MID_WORK: Anchor = Anchor(3);
    pub const AFTER_CHECK: Anchor = Anchor(4);
    pub const WRITE_INFLIGHT: Anchor = Anchor(5);
}

/// What the actors send each other. Servers answer to the attempt that asked.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Msg {
    /// `SET key holder NX PX ttl`; with a ballot, accepted only above the
    /// server's highest.
    Set { holder: Incarnation, ballot: Token },
    /// The answer: granted or not, with the server's number where it has one.
    SetReply {
        holder: Incarnation,
        granted: bool,
        token: Token,
    },
    /// The first phase of a ballot: what is your highest token?
    Read { holder: Incarnation },
    /// The answer.
    ReadReply { holder: Incarnation, highest: Token },
    /// Delete the key: compare-and-delete, or plainly.
    Unlock { holder: Incarnation, plain: bool },
    /// The answer.
    UnlockReply { holder: Incarnation, deleted: bool },
    /// Compare-and-pexpire.
    Extend { holder: Incarnation },
    /// The answer.
    ExtendReply { holder: Incarnation, extended: bool },
    /// Draw a number from the counter.
    Draw { holder: Incarnation },
    /// The number.
    Drawn { holder: Incarnation, token: Token },
    /// Tell the store of a new holder.
    Claim { holder: Incarnation, token: Token },
    /// Whether its token was high enough.
    ClaimReply { holder: Incarnation, accepted: bool },
    /// Ask the store whether the job is done.
    Status { holder: Incarnation },
    /// Whether it is.
    StatusReply { holder: Incarnation, done: bool },
    /// Write the job's result.
    Write { holder: Incarnation, token: Token },
    /// What the store did.
    WriteReply {
        holder: Incarnation,
        decision: Decision,
    },
}

impl Message for Msg {
    fn kind(&self) -> u8 {
        match self {
            Self::Set { .. } => 0,
            Self::SetReply { .. } => 1,
            Self::Read { .. } => 2,
            Self::ReadReply { .. } => 3,
            Self::Unlock { .. } => 4,
            Self::UnlockReply { .. } => 5,
            Self::Extend { .. } => 6,
            Self::ExtendReply { .. } => 7,
            Self::Draw { .. } => 8,
            Self::Drawn { .. } => 9,
            Self::Claim { .. } => 10,
            Self::ClaimReply { .. } => 11,
            Self::Status { .. } => 12,
            Self::StatusReply { .. } => 13,
            Self::Write { .. } => WRITE,
            Self::WriteReply { .. } => 15,
        }
    }

    /// The attempt it belongs to, and for answers whether it was a yes, in
    /// the bit above.
    fn summary(&self) -> u64 {
        let (holder, yes) = match *self {
            Self::Set { holder, .. }
            | Self::Read { holder }
            | Self::Unlock { holder, .. }
            | Self::Extend { holder }
            | Self::Draw { holder }
            | Self::Claim { holder, .. }
            | Self::Status { holder }
            | Self::Write { holder, .. }
            | Self::ReadReply { holder, .. }
            | Self::Drawn { holder, .. } => (holder, false),
            Self::SetReply {
                holder, granted, ..
            } => (holder, granted),
            Self::UnlockReply { holder, deleted } => (holder, deleted),
            Self::ExtendReply { holder, extended } => (holder, extended),
            Self::ClaimReply { holder, accepted } => (holder, accepted),
            Self::StatusReply { holder, done } => (holder, done),
            Self::WriteReply { holder, decision } => (holder, decision == Decision::Accepted),
        };
        u64::from(holder.0) | u64::from(yes) << 32
    }
}

/// The kind of the message that carries a result.
pub(super) const WRITE: u8 = 14;

/// What the actors do by themselves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Task {
    /// Begin an attempt to lock.
    Try,
    /// Go on with the attempt: ask the servers.
    Ask,
    /// Stop waiting for answers.
    AnswersDue,
    /// Go on after acquiring.
    Acquired,
    /// The first part of the work is done.
    Halfway,
    /// Do the rest.
    Rest,
    /// The work is done.
    Worked,
    /// Send the result.
    Write,
    /// Extend the lock.
    Extend,
    /// Stop waiting for answers to an extension.
    ExtensionsDue,
    /// The lock's validity has run out by the worker's own clock.
    Deadline,
    /// A server's key expires.
    Expire,
}

impl Step for Task {
    fn kind(&self) -> u8 {
        *self as u8
    }
}

type Fx<'a> = sim::Effects<'a, Msg, Task>;

/// How a client library behaves.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// How long a lock lives.
    pub ttl: Span,
    /// Clock drift that is allowed for, subtracted from validity.
    pub drift: Span,
    /// Whether elapsed time is read from the wall clock rather than the
    /// monotonic one.
    pub reads_wall: bool,
    /// Whether an attempt is decided by the first quorum of like votes rather
    /// than by all.
    pub decides_at_quorum: bool,
    /// Whether a lock without validity left counts as not acquired.
    pub checks_validity: bool,
    /// Whether votes won in a failed attempt are given back.
    pub returns_votes: bool,
    /// How long one server's answer is waited for.
    pub server_timeout: Span,
    /// The least and the longest wait before another attempt.
    pub retry: (Span, Span),
    /// Ask the servers one after the other.
    pub sequential: bool,
    /// A release deletes the key whoever holds it.
    pub plain_delete: bool,
    /// How long before the validity ends an extension begins; `None` for no
    /// extension.
    pub extend_after: Option<Span>,
}

/// Who takes part, as nodes.
#[derive(Clone, Debug)]
pub struct Peers {
    /// The Redis servers.
    pub servers: Vec<Node>,
    /// The counter, where one is used.
    pub counter: Option<Node>,
    /// The job store.
    pub store: Node,
}

/// What a worker is and does besides locking.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// When it starts.
    pub starts: Span,
    /// How long its work takes.
    pub work: Span,
    /// How much of the work comes before the `mid_work` anchor.
    pub before_anchor: Span,
    /// Where its token comes from.
    pub token_source: TokenSource,
    /// Whether it claims the store for its token.
    pub claims: bool,
    /// Whether it reads the job's status under the lock.
    pub done_check: bool,
    /// Whether it looks at its own deadline before it writes.
    pub check_before_write: bool,
    /// Whether it stops at its own deadline, whatever it is doing.
    pub honour_deadline: bool,
}

/// What a worker waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// Its start or its next attempt.
    Idle,
    /// A number, before it asks for the lock.
    DrawingFirst,
    /// The servers' highest tokens.
    Reading,
    /// The servers' votes.
    Voting,
    /// To go on after it was granted the lock.
    Acquired,
    /// A number, after it was granted the lock.
    Drawing,
    /// The store to hear of it.
    Claiming,
    /// The job's status.
    AskingStatus,
    /// Its own work.
    Working,
    /// The store's answer to its write.
    Writing,
    /// Nothing more.
    Finished,
}

/// Answers to one question to all servers.
#[derive(Clone, Debug, Default)]
struct Poll {
    /// The servers that have not answered yet.
    open: Vec<Node>,
    yes: usize,
    no: usize,
    token: Token,
}

impl Poll {
    fn ask(&mut self, servers: &[Node]) {
        self.open.clear();
        self.open.extend_from_slice(servers);
        self.yes = 0;
        self.no = 0;
        self.token = Token::NONE;
    }

    /// Takes an answer; false where none was waited for.
    fn answer(&mut self, from: Node, yes: bool, token: Token) -> bool {
        let Some(place) = self.open.iter().position(|&open| open == from) else {
            return false;
        };
        self.open.swap_remove(place);
        if yes {
            self.yes += 1;
            self.token = self.token.max(token);
        } else {
            self.no += 1;
        }
        true
    }
}

/// A worker that does the job under the lock.
#[derive(Debug)]
pub struct Worker {
    client: Client,
    habits: Habits,
    peers: Rc<Peers>,
    phase: Phase,
    attempt: u16,
    holder: Incarnation,
    /// When the attempt, or the extension, began, in µs of the clock that the
    /// library reads.
    began_us: i64,
    /// Up to when the lock is valid by the same clock.
    deadline_us: i64,
    token: Token,
    votes: Poll,
    extension: Poll,
    /// Which server a sequential attempt asks.
    turn: usize,
    /// An extension failed. Only the check before the write looks at it.
    lost: bool,
    /// Servers whose connection has to be opened anew.
    disconnected: Vec<Node>,
}

impl Worker {
    pub fn new(client: Client, habits: Habits, peers: Rc<Peers>) -> Self {
        Self {
            client,
            habits,
            peers,
            phase: Phase::Idle,
            attempt: 0,
            holder: Incarnation(0),
            began_us: 0,
            deadline_us: 0,
            token: Token::NONE,
            votes: Poll::default(),
            extension: Poll::default(),
            turn: 0,
            lost: false,
            disconnected: Vec::new(),
        }
    }

    fn quorum(&self) -> usize {
        self.peers.servers.len() / 2 + 1
    }

    fn send(&mut self, to: Node, message: Msg, fx: &mut Fx<'_>) {
        if let Some(place) = self.disconnected.iter().position(|&gone| gone == to) {
            self.disconnected.swap_remove(place);
            fx.connect(to, message);
        } else {
            fx.send(to, message);
        }
    }

    fn send_to_servers(&mut self, message: Msg, fx: &mut Fx<'_>) {
        let peers = Rc::clone(&self.peers);
        for &server in &peers.servers {
            self.send(server, message, fx);
        }
    }

    // --- acquiring -------------------------------------------------------

    fn begin(&mut self, fx: &mut Fx<'_>) {
        self.attempt = self.attempt.wrapping_add(1);
        self.holder = Incarnation::new(fx.node().0, self.attempt);
        self.token = Token::NONE;
        self.lost = false;
        fx.note(Event::LockTry {
            holder: self.holder,
            lock: LOCK,
        });
        match (self.habits.token_source, self.peers.counter) {
            (TokenSource::BeforeAcquire, Some(counter)) => {
                self.phase = Phase::DrawingFirst;
                let holder = self.holder;
                self.send(counter, Msg::Draw { holder }, fx);
            }
            (TokenSource::QuorumBallot, _) => {
                self.began_us = self.now_us(fx);
                self.phase = Phase::Reading;
                let peers = Rc::clone(&self.peers);
                self.votes.ask(&peers.servers);
                let holder = self.holder;
                self.send_to_servers(Msg::Read { holder }, fx);
                fx.after(self.client.server_timeout, Task::AnswersDue);
            }
            _ => {
                self.began_us = self.now_us(fx);
                self.ask(fx);
            }
        }
    }

    /// Asks for votes: all servers at once, or the first of them.
    fn ask(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Voting;
        let peers = Rc::clone(&self.peers);
        self.votes.ask(&peers.servers);
        self.turn = 0;
        if self.client.sequential {
            self.ask_one(fx);
        } else {
            let (holder, ballot) = (self.holder, self.token);
            self.send_to_servers(Msg::Set { holder, ballot }, fx);
            fx.after(self.client.server_timeout, Task::AnswersDue);
            fx.reached(anchors::ACQUIRE_INFLIGHT);
        }
    }

    fn ask_one(&mut self, fx: &mut Fx<'_>) {
        let server = self.peers.servers[self.turn];
        let (holder, ballot) = (self.holder, self.token);
        self.send(server, Msg::Set { holder, ballot }, fx);
        fx.after(self.client.server_timeout, Task::AnswersDue);
        fx.reached(anchors::ACQUIRE_INFLIGHT);
    }

    /// An answer of a vote came, or it came too late.
    fn go_on_voting(&mut self, fx: &mut Fx<'_>) {
        if !self.client.sequential {
            let quorum = self.quorum();
            let settled = self.votes.yes >= quorum || self.votes.no >= quorum;
            if self.votes.open.is_empty() || self.client.decides_at_quorum && settled {
                self.decide(fx);
            }
            return;
        }
        self.turn += 1;
        if self.turn < self.peers.servers.len() {
            self.ask_one(fx);
        } else {
            self.decide(fx);
        }
    }

    fn decide(&mut self, fx: &mut Fx<'_>) {
        fx.clear(Task::AnswersDue);
        let valid_us = self.valid_us(fx);
        let votes = self.votes.yes;
        let refusal = if votes < self.quorum() {
            Some(
                if self.votes.no > self.peers.servers.len() - self.quorum() {
                    Refusal::Locked
                } else if self.votes.open.is_empty() {
                    Refusal::Votes
                } else {
                    Refusal::Timeout
                },
            )
        } else if valid_us <= 0 && self.client.checks_validity {
            Some(Refusal::Validity)
        } else {
            None
        };
        match refusal {
            Some(reason) => self.fail(reason, fx),
            None => self.acquire(valid_us, fx),
        }
    }

    /// `ttl − elapsed − drift` in µs.
    fn valid_us(&self, fx: &Fx<'_>) -> i64 {
        let elapsed = self.now_us(fx) - self.began_us;
        self.client.ttl.signed_us() - elapsed - self.client.drift.signed_us()
    }

    fn now_us(&self, fx: &Fx<'_>) -> i64 {
        if self.client.reads_wall {
            fx.wall().us()
        } else {
            fx.mono().us()
        }
    }

    fn fail(&mut self, reason: Refusal, fx: &mut Fx<'_>) {
        fx.note(Event::LockRejected {
            holder: self.holder,
            reason,
            votes: u32::try_from(self.votes.yes).unwrap_or(u32::MAX),
        });
        if self.client.returns_votes {
            // Always by compare-and-delete: even careless clients do not
            // delete what they were just refused.
            self.unlock(false, fx);
        }
        self.try_later(fx);
    }

    fn try_later(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Idle;
        let (low, high) = self.client.retry;
        let wait = fx.random(Purpose::Retry).span(low, high);
        fx.poll(wait, Task::Try);
    }

    fn acquire(&mut self, valid_us: i64, fx: &mut Fx<'_>) {
        self.phase = Phase::Acquired;
        fx.note(Event::LockAcquired {
            holder: self.holder,
            valid_us: Left(valid_us),
            votes: u8::try_from(self.votes.yes).unwrap_or(u8::MAX),
        });
        let valid = Span::from_us(u64::try_from(valid_us).unwrap_or(0));
        self.deadline_us = self.now_us(fx) + valid_us;
        if self.habits.honour_deadline {
            fx.after(valid, Task::Deadline);
        }
        if let Some(after) = self.client.extend_after {
            fx.poll(after, Task::Extend);
        }
        match self.habits.token_source {
            TokenSource::PerServerMax => self.have_token(self.votes.token, fx),
            // The oracle noted the issue itself, at the server that made the
            // majority.
            TokenSource::Bound => self.token = self.votes.token,
            _ => {}
        }
        fx.then(anchors::AFTER_ACQUIRE, Task::Acquired);
    }

    fn have_token(&mut self, token: Token, fx: &mut Fx<'_>) {
        self.token = token;
        fx.note(Event::TokenIssue {
            token,
            holder: self.holder,
        });
    }

    /// The rest of the worker's order: token, claim, status, work.
    fn after_acquire(&mut self, fx: &mut Fx<'_>) {
        match (self.habits.token_source, self.peers.counter) {
            (TokenSource::AfterAcquire | TokenSource::AfterThenRevalidate, Some(counter)) => {
                self.phase = Phase::Drawing;
                let holder = self.holder;
                self.send(counter, Msg::Draw { holder }, fx);
            }
            _ => self.claim(fx),
        }
    }

    fn drawn(&mut self, token: Token, fx: &mut Fx<'_>) {
        self.token = token;
        if self.phase == Phase::DrawingFirst {
            self.began_us = self.now_us(fx);
            self.ask(fx);
            return;
        }
        let expired = self.now_us(fx) >= self.deadline_us;
        if self.habits.token_source == TokenSource::AfterThenRevalidate && expired {
            self.stop_believing(BeliefEnd::Aborted, fx);
            self.fail(Refusal::Validity, fx);
            return;
        }
        self.claim(fx);
    }

    fn claim(&mut self, fx: &mut Fx<'_>) {
        if !self.habits.claims {
            self.ask_status(fx);
            return;
        }
        self.phase = Phase::Claiming;
        let (holder, token) = (self.holder, self.token);
        self.send(self.peers.store, Msg::Claim { holder, token }, fx);
    }

    fn ask_status(&mut self, fx: &mut Fx<'_>) {
        if !self.habits.done_check {
            self.work(fx);
            return;
        }
        self.phase = Phase::AskingStatus;
        let holder = self.holder;
        self.send(self.peers.store, Msg::Status { holder }, fx);
    }

    // --- working ---------------------------------------------------------

    fn work(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Working;
        fx.note(Event::JobStart {
            holder: self.holder,
            job: JOB,
            work_us: self.habits.work.us(),
        });
        fx.work(self.habits.before_anchor, Task::Halfway);
    }

    fn worked(&mut self, fx: &mut Fx<'_>) {
        if self.habits.check_before_write {
            let left_us = self.deadline_us - self.now_us(fx);
            let passed = left_us > 0 && !self.lost;
            fx.note(Event::LockCheck {
                holder: self.holder,
                left_us: Left(left_us),
                passed,
            });
            if !passed {
                self.give_up(BeliefEnd::Aborted, fx);
                return;
            }
        }
        fx.then(anchors::AFTER_CHECK, Task::Write);
    }

    fn write(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Writing;
        let (holder, token) = (self.holder, self.token);
        self.send(self.peers.store, Msg::Write { holder, token }, fx);
        fx.reached(anchors::WRITE_INFLIGHT);
    }

    fn written(&mut self, decision: Decision, fx: &mut Fx<'_>) {
        match decision {
            Decision::Accepted => {
                fx.note(Event::JobDone {
                    holder: self.holder,
                    job: JOB,
                });
                self.finish(fx);
            }
            Decision::AlreadyDone => {
                fx.note(Event::JobSkip {
                    holder: self.holder,
                    job: JOB,
                });
                self.finish(fx);
            }
            Decision::StaleToken => self.give_up(BeliefEnd::Notified, fx),
        }
    }

    /// Releases a lock whose work is done.
    fn finish(&mut self, fx: &mut Fx<'_>) {
        self.stop_believing(BeliefEnd::Release, fx);
        self.unlock(self.client.plain_delete, fx);
        self.phase = Phase::Finished;
    }

    /// Leaves the job to others: the caller hears that it failed.
    fn give_up(&mut self, reason: BeliefEnd, fx: &mut Fx<'_>) {
        self.stop_believing(reason, fx);
        fx.note(Event::JobAbandon {
            holder: self.holder,
            job: JOB,
        });
        self.unlock(self.client.plain_delete, fx);
        self.phase = Phase::Finished;
    }

    fn stop_believing(&self, reason: BeliefEnd, fx: &mut Fx<'_>) {
        fx.note(Event::BeliefEnds {
            holder: self.holder,
            reason,
        });
        for task in [
            Task::Deadline,
            Task::Extend,
            Task::ExtensionsDue,
            Task::Halfway,
            Task::Worked,
        ] {
            fx.clear(task);
        }
    }

    fn unlock(&mut self, plain: bool, fx: &mut Fx<'_>) {
        let holder = self.holder;
        self.send_to_servers(Msg::Unlock { holder, plain }, fx);
    }

    const fn believes(&self) -> bool {
        matches!(
            self.phase,
            Phase::Acquired
                | Phase::Drawing
                | Phase::Claiming
                | Phase::AskingStatus
                | Phase::Working
                | Phase::Writing
        )
    }

    // --- extending -------------------------------------------------------

    fn extend(&mut self, fx: &mut Fx<'_>) {
        self.began_us = self.now_us(fx);
        let peers = Rc::clone(&self.peers);
        self.extension.ask(&peers.servers);
        let holder = self.holder;
        self.send_to_servers(Msg::Extend { holder }, fx);
        fx.after(self.client.server_timeout, Task::ExtensionsDue);
    }

    fn decide_extension(&mut self, fx: &mut Fx<'_>) {
        fx.clear(Task::ExtensionsDue);
        // What comes later comes too late.
        self.extension.open.clear();
        let valid_us = self.valid_us(fx);
        let extended = self.extension.yes >= self.quorum() && valid_us > 0;
        fx.note(Event::LockExtend {
            holder: self.holder,
            extended,
            valid_us: Left(valid_us),
        });
        if !extended {
            self.lost = true;
            return;
        }
        let valid = Span::from_us(valid_us.unsigned_abs());
        self.deadline_us = self.now_us(fx) + valid_us;
        if self.habits.honour_deadline {
            fx.after(valid, Task::Deadline);
        }
        if let Some(after) = self.client.extend_after {
            fx.poll(after, Task::Extend);
        }
    }

    // --- what comes in ---------------------------------------------------

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match (self.phase, message) {
            (
                Phase::Voting,
                Msg::SetReply {
                    holder,
                    granted,
                    token,
                },
            ) if holder == self.holder => {
                if self.votes.answer(from, granted, token) {
                    self.go_on_voting(fx);
                }
            }
            (Phase::Reading, Msg::ReadReply { holder, highest }) if holder == self.holder => {
                if self.votes.answer(from, true, highest) && self.votes.open.is_empty() {
                    self.ballot(fx);
                }
            }
            (Phase::DrawingFirst | Phase::Drawing, Msg::Drawn { holder, token })
                if holder == self.holder =>
            {
                self.drawn(token, fx);
            }
            (Phase::Claiming, Msg::ClaimReply { holder, accepted }) if holder == self.holder => {
                if accepted {
                    self.ask_status(fx);
                } else {
                    self.stop_believing(BeliefEnd::Notified, fx);
                    self.unlock(self.client.plain_delete, fx);
                    self.try_later(fx);
                }
            }
            (Phase::AskingStatus, Msg::StatusReply { holder, done }) if holder == self.holder => {
                if done {
                    fx.note(Event::JobSkip { holder, job: JOB });
                    self.finish(fx);
                } else {
                    self.work(fx);
                }
            }
            (Phase::Writing, Msg::WriteReply { holder, decision }) if holder == self.holder => {
                self.written(decision, fx);
            }
            (_, Msg::ExtendReply { holder, extended })
                if holder == self.holder && self.believes() =>
            {
                if self.extension.answer(from, extended, Token::NONE)
                    && self.extension.open.is_empty()
                {
                    self.decide_extension(fx);
                }
            }
            // Answers to attempts that are over, and to unlocks, change
            // nothing.
            _ => {}
        }
    }

    /// The first phase of a ballot is over: with a majority's highest token
    /// in hand, ask for a higher one.
    fn ballot(&mut self, fx: &mut Fx<'_>) {
        fx.clear(Task::AnswersDue);
        if self.votes.yes < self.quorum() {
            self.fail(Refusal::Timeout, fx);
            return;
        }
        let number = self.votes.token.number() + 1;
        let token = Token::new(number, fx.node().0);
        self.have_token(token, fx);
        self.ask(fx);
    }

    fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match (task, self.phase) {
            (Task::Try, Phase::Idle) => fx.then(anchors::BEFORE_ACQUIRE, Task::Ask),
            (Task::Ask, Phase::Idle) => self.begin(fx),
            (Task::AnswersDue, Phase::Reading) => self.ballot(fx),
            (Task::AnswersDue, Phase::Voting) if self.client.sequential => self.go_on_voting(fx),
            (Task::AnswersDue, Phase::Voting) => self.decide(fx),
            (Task::Acquired, Phase::Acquired) => self.after_acquire(fx),
            (Task::Halfway, Phase::Working) => fx.then(anchors::MID_WORK, Task::Rest),
            (Task::Rest, Phase::Working) => {
                let left = self.habits.work - self.habits.before_anchor;
                fx.work(left, Task::Worked);
            }
            (Task::Worked, Phase::Working) => self.worked(fx),
            (Task::Write, Phase::Working) => self.write(fx),
            (Task::Extend, _) if self.believes() => self.extend(fx),
            (Task::ExtensionsDue, _) if self.believes() => self.decide_extension(fx),
            (Task::Deadline, _) if self.believes() => self.give_up(BeliefEnd::Deadline, fx),
            // A step whose purpose is over: the worker was told meanwhile.
            _ => {}
        }
    }

    /// A server whose connection is gone has not voted.
    fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        if !self.disconnected.contains(&peer) {
            self.disconnected.push(peer);
        }
        match self.phase {
            Phase::Voting if self.votes.answer(peer, false, Token::NONE) => self.go_on_voting(fx),
            Phase::Reading if self.votes.answer(peer, false, Token::NONE) => {
                if self.votes.open.is_empty() {
                    self.ballot(fx);
                }
            }
            _ if self.believes() && self.extension.answer(peer, false, Token::NONE) => {
                if self.extension.open.is_empty() {
                    self.decide_extension(fx);
                }
            }
            _ => {}
        }
    }
}

/// One server has counted long before the others: they never agree.
const fn first_count(place: usize) -> u64 {
    if place == 0 { FIRST_TOKEN } else { 1 }
}

/// One Redis server with the lock's key on it.
#[derive(Debug)]
pub struct Server {
    /// Its place among the servers.
    place: usize,
    ttl: Span,
    token_source: TokenSource,
    /// The key's value and the wall-clock millisecond after which it is
    /// expired.
    key: Option<(Incarnation, i64)>,
    /// How many grants it has counted, for `per_server_max`.
    count: u64,
    /// The highest token it has granted, for `quorum_ballot`; durable.
    highest: Token,
    oracle: Rc<RefCell<Oracle>>,
    /// How many servers there are.
    servers: usize,
}

impl Server {
    pub fn new(
        place: usize,
        ttl: Span,
        token_source: TokenSource,
        oracle: Rc<RefCell<Oracle>>,
    ) -> Self {
        let servers = oracle.borrow().keys.len();
        Self {
            place,
            ttl,
            token_source,
            key: None,
            count: first_count(place),
            highest: Token::new(FIRST_TOKEN - 1, 0),
            oracle,
            servers,
        }
    }

    fn start(&self, fx: &mut Fx<'_>) {
        // The rule is one for all; the first server states it.
        if self.place == 0 {
            let count = |servers| u32::try_from(servers).unwrap_or(u32::MAX);
            fx.note(Event::LockRule {
                needed: count(self.servers / 2 + 1),
                of: count(self.servers),
            });
        }
    }

    /// Redis calls a key expired once the wall clock's millisecond is past
    /// the one it was to live to (`src/db.c`, `keyIsExpired`).
    fn drop_expired(&mut self, fx: &mut Fx<'_>) {
        if let Some((holder, when)) = self.key
            && fx.wall().ms() > when
        {
            fx.note(Event::ServerExpire { holder });
            self.set_key(None, fx);
        }
    }

    fn set_key(&mut self, key: Option<(Incarnation, i64)>, fx: &mut Fx<'_>) {
        self.key = key;
        match key {
            Some((_, when)) => fx.at_wall(Wall::from_ms(when + 1), Task::Expire),
            None => {
                self.oracle.borrow_mut().free(self.place);
                fx.clear(Task::Expire);
            }
        }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        self.drop_expired(fx);
        match message {
            Msg::Read { holder } => {
                let highest = self.highest;
                fx.send(from, Msg::ReadReply { holder, highest });
            }
            Msg::Set { holder, ballot } => self.set(from, holder, ballot, fx),
            Msg::Unlock { holder, plain } => self.unlock(from, holder, plain, fx),
            Msg::Extend { holder } => self.extend(from, holder, fx),
            _ => {}
        }
    }

    fn set(&mut self, from: Node, holder: Incarnation, ballot: Token, fx: &mut Fx<'_>) {
        let uses_ballots = self.token_source == TokenSource::QuorumBallot;
        // Numbers alone decide: two clients that drew the same one must not
        // both be granted it, or the second would come with an equal token.
        let too_low = uses_ballots && ballot.number() <= self.highest.number();
        if self.key.is_some() || too_low {
            let held_by = self.key.map_or(Incarnation(0), |(holder, _)| holder);
            fx.note(Event::ServerDeny { holder, held_by });
            let token = Token::NONE;
            fx.send(
                from,
                Msg::SetReply {
                    holder,
                    granted: false,
                    token,
                },
            );
            return;
        }
        let lives_to = fx.wall().ms().saturating_add(ms(self.ttl));
        self.set_key(Some((holder, lives_to)), fx);
        fx.note(Event::ServerGrant {
            holder,
            lease_us: self.ttl.us(),
        });
        let token = match self.token_source {
            TokenSource::PerServerMax => {
                self.count += 1;
                Token::new(self.count, holder.lane())
            }
            TokenSource::Bound => {
                let issued = self.oracle.borrow_mut().grant(self.place, holder);
                if let Some(token) = issued {
                    fx.note(Event::TokenIssue { token, holder });
                }
                self.oracle.borrow().token_of(holder)
            }
            _ => Token::NONE,
        };
        if uses_ballots {
            self.highest = ballot;
        }
        fx.send(
            from,
            Msg::SetReply {
                holder,
                granted: true,
                token,
            },
        );
    }

    fn unlock(&mut self, from: Node, holder: Incarnation, plain: bool, fx: &mut Fx<'_>) {
        let deleted = self
            .key
            .filter(|&(held_by, _)| plain || held_by == holder)
            .map(|(held_by, _)| held_by);
        if let Some(held_by) = deleted {
            self.set_key(None, fx);
            fx.note(Event::ServerRelease {
                holder: held_by,
                by: holder,
            });
        }
        let deleted = deleted.is_some();
        fx.send(from, Msg::UnlockReply { holder, deleted });
    }

    fn extend(&mut self, from: Node, holder: Incarnation, fx: &mut Fx<'_>) {
        let extended = self.key.is_some_and(|(held_by, _)| held_by == holder);
        if extended {
            let lives_to = fx.wall().ms().saturating_add(ms(self.ttl));
            self.set_key(Some((holder, lives_to)), fx);
            fx.note(Event::ServerExtend {
                holder,
                lease_us: self.ttl.us(),
            });
        }
        fx.send(from, Msg::ExtendReply { holder, extended });
    }

    fn crash(&mut self, wiped: bool) {
        self.oracle.borrow_mut().free(self.place);
        if wiped {
            self.key = None;
            self.count = 1;
            self.highest = Token::NONE;
        }
    }

    fn restart(&mut self, fx: &mut Fx<'_>) {
        self.drop_expired(fx);
        let key = self.key;
        self.set_key(key, fx);
    }
}

/// The what-if of `token_source=bound`: something that sees all servers at
/// once and issues the next number the moment a majority has a holder's key.
/// Redlock has nothing like it.
#[derive(Debug)]
pub struct Oracle {
    keys: Vec<Option<Incarnation>>,
    issued: Vec<(Incarnation, Token)>,
}

impl Oracle {
    pub fn new(servers: usize) -> Self {
        Self {
            keys: alloc::vec![None; servers],
            issued: Vec::new(),
        }
    }

    fn grant(&mut self, place: usize, holder: Incarnation) -> Option<Token> {
        self.keys[place] = Some(holder);
        let votes = self.keys.iter().filter(|key| **key == Some(holder)).count();
        if votes <= self.keys.len() / 2 || self.token_of(holder).is_some() {
            return None;
        }
        let number = FIRST_TOKEN + self.issued.len() as u64;
        let token = Token::new(number, holder.lane());
        self.issued.push((holder, token));
        Some(token)
    }

    fn free(&mut self, place: usize) {
        self.keys[place] = None;
    }

    fn token_of(&self, holder: Incarnation) -> Token {
        self.issued
            .iter()
            .find(|(of, _)| *of == holder)
            .map_or(Token::NONE, |&(_, token)| token)
    }
}

/// A linearizable counter.
#[derive(Debug)]
pub struct Counter {
    next: u64,
}

impl Counter {
    pub const fn new() -> Self {
        Self { next: FIRST_TOKEN }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        if let Msg::Draw { holder } = message {
            let token = Token::new(self.next, holder.lane());
            self.next += 1;
            fx.note(Event::TokenIssue { token, holder });
            fx.send(from, Msg::Drawn { holder, token });
        }
    }
}

/// The job store: what the lock protects.
#[derive(Debug)]
pub struct Store {
    guarded: Guarded,
}

impl Store {
    pub const fn new(guarded: Guarded) -> Self {
        Self { guarded }
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
                let done = self.guarded.is_done(JOB);
                fx.send(from, Msg::StatusReply { holder, done });
            }
            Msg::Write { holder, token } => {
                let decision = self.guarded.write(JOB, token);
                fx.note(Event::ResourceWrite {
                    token,
                    holder,
                    job: JOB,
                    decision,
                });
                fx.send(from, Msg::WriteReply { holder, decision });
            }
            _ => {}
        }
    }
}

/// Any of them.
#[derive(Debug)]
pub enum RedlockActor {
    Worker(Worker),
    Server(Server),
    Counter(Counter),
    Store(Store),
}

impl Actor for RedlockActor {
    type Message = Msg;
    type Step = Task;

    fn start(&mut self, fx: &mut Fx<'_>) {
        match self {
            Self::Worker(worker) => {
                fx.note(Event::JobOffer { job: JOB });
                fx.after(worker.habits.starts, Task::Try);
            }
            Self::Server(server) => server.start(fx),
            Self::Counter(_) | Self::Store(_) => {}
        }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match self {
            Self::Worker(worker) => worker.message(from, message, fx),
            Self::Server(server) => server.message(from, message, fx),
            Self::Counter(counter) => counter.message(from, message, fx),
            Self::Store(store) => store.message(from, message, fx),
        }
    }

    fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match (self, task) {
            (Self::Worker(worker), task) => worker.step(task, fx),
            (Self::Server(server), Task::Expire) => server.drop_expired(fx),
            _ => {}
        }
    }

    fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        if let Self::Worker(worker) = self {
            worker.reset(peer, fx);
        }
    }

    fn crash(&mut self, wiped: bool) {
        match self {
            Self::Worker(worker) => worker.phase = Phase::Finished,
            Self::Server(server) => server.crash(wiped),
            Self::Counter(counter) if wiped => *counter = Counter::new(),
            Self::Store(store) if wiped => store.guarded.wipe(),
            Self::Counter(_) | Self::Store(_) => {}
        }
    }

    fn restart(&mut self, fx: &mut Fx<'_>) {
        match self {
            // A worker that comes back knows nothing of its lock: it starts
            // over with the job.
            Self::Worker(worker) => {
                worker.phase = Phase::Idle;
                fx.after(Span::ZERO, Task::Try);
            }
            Self::Server(server) => server.restart(fx),
            Self::Counter(_) | Self::Store(_) => {}
        }
    }
}

const fn ms(span: Span) -> i64 {
    span.signed_us() / 1_000
}
