//! A payment service: takes requests, acquires the account's lock, has the
//! provider charge, writes to the ledger, and tells the caller what became of
//! it.
//!
//! The order of work: acquire, prepare, call the provider, finish the
//! operation, look at both deadlines, write to the ledger, end the belief,
//! release. After redis/redis-doc `docs/manual/patterns/distributed-locks.md`
//! where it counts votes and validity, with a ballot in front of it.

mod acquiring;
mod extending;
mod operation;
mod votes;

use alloc::rc::Rc;
use alloc::vec::Vec;

use sim::{Mono, Node, Span};

use super::protocol::{Fx, Msg, Order, Peers, Policy, Rules, Task, TokenSource, anchors};
use crate::vocabulary::{BeliefEnd, Incarnation, Refusal, Status, Token};
use votes::{Vote, Votes};

/// How far a service is with a payment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// It waits for the one before it on the same account.
    Queued,
    /// It waits for its next attempt.
    Waiting,
    /// Asking the nodes for their highest token.
    Reading,
    /// Asking the nodes for the lock.
    Voting,
    /// To go on after it was granted the lock.
    Acquired,
    /// The part of the operation before the provider is called.
    Preparing,
    /// The provider is called, the operation runs.
    Working,
    /// The ledger's answer is awaited.
    Writing,
}

impl Phase {
    const fn holds(self) -> bool {
        matches!(
            self,
            Self::Acquired | Self::Preparing | Self::Working | Self::Writing
        )
    }
}

/// A payment that a service is at.
#[derive(Debug)]
struct Payment {
    request: u32,
    order: Order,
    caller: Node,
    arrived: Mono,
    phase: Phase,
    /// The current attempt.
    holder: Incarnation,
    token: Token,
    /// When the attempt began.
    began: Mono,
    /// Up to when the lock is valid by the service's own clock.
    deadline: Mono,
    votes: Votes,
    extension: Votes,
    /// When the extension began.
    extension_began: Mono,
    /// Why the latest attempt failed.
    refusal: Option<Refusal>,
    /// The provider has been called.
    called: bool,
    /// The provider has answered.
    charged: bool,
    /// The operation has run its time.
    worked: bool,
    /// The caller has been told something.
    answered: bool,
}

/// A payment service.
#[derive(Debug)]
pub struct Service {
    rules: Rules,
    peers: Rc<Peers>,
    /// The least time from here to a caller and to the ledger.
    to_caller: Span,
    to_ledger: Span,
    /// How many attempts it has made for all payments.
    attempts: u16,
    payments: Vec<Payment>,
    /// Peers whose connection has to be opened anew.
    disconnected: Vec<Node>,
}

impl Service {
    pub const fn new(rules: Rules, peers: Rc<Peers>, to_caller: Span, to_ledger: Span) -> Self {
        Self {
            rules,
            peers,
            to_caller,
            to_ledger,
            attempts: 0,
            payments: Vec::new(),
            disconnected: Vec::new(),
        }
    }

    fn find(&self, request: u32) -> Option<usize> {
        self.payments.iter().position(|it| it.request == request)
    }

    fn of_holder(&self, holder: Incarnation) -> Option<usize> {
        self.payments.iter().position(|it| it.holder == holder)
    }

    fn send(&mut self, to: Node, message: Msg, fx: &mut Fx<'_>) {
        if let Some(place) = self.disconnected.iter().position(|&gone| gone == to) {
            self.disconnected.swap_remove(place);
            fx.connect(to, message);
        } else {
            fx.send(to, message);
        }
    }

    /// Whom an acquisition asks: all nodes, or the one that leads them.
    fn electors(&self) -> Vec<Node> {
        if self.rules.token_source == TokenSource::RaftLease {
            alloc::vec![self.peers.leader]
        } else {
            self.peers.nodes.clone()
        }
    }

    /// How many of those must say yes.
    fn needed(&self) -> usize {
        if self.rules.token_source == TokenSource::RaftLease {
            1
        } else {
            self.peers.majority()
        }
    }

    fn waits(&self) -> bool {
        self.rules.policy != Policy::FailFast
    }

    /// Whether the caller's deadline means anything to the service. One that
    /// waits without end does not look at it.
    fn heeds_callers(&self) -> bool {
        self.rules.policy != Policy::WaitForever
    }

    // --- requests --------------------------------------------------------

    fn take(&mut self, caller: Node, request: u32, order: Order, fx: &mut Fx<'_>) {
        let now = fx.mono();
        let is_first = !self.is_busy(order.account);
        self.payments.push(Payment {
            request,
            order,
            caller,
            arrived: now,
            phase: if is_first || !self.waits() {
                Phase::Waiting
            } else {
                Phase::Queued
            },
            holder: Incarnation(0),
            token: Token::NONE,
            began: now,
            deadline: now,
            votes: Votes::default(),
            extension: Votes::default(),
            extension_began: now,
            refusal: None,
            called: false,
            charged: false,
            worked: false,
            answered: false,
        });
        if self.heeds_callers() {
            let there_and_back = self.to_caller * 2 + self.rules.jitter * 2;
            let within = self.rules.caller_timeout - there_and_back;
            fx.after(within, Task::AnswerCaller(request));
        }
        if self.rules.policy == Policy::BoundedWait {
            fx.after(self.rules.max_wait, Task::WaitOver(request));
        }
        if self.rules.policy == Policy::FailFast {
            fx.after(self.rules.budget, Task::BudgetSpent(request));
        }
        if is_first || !self.waits() {
            fx.then(anchors::BEFORE_ACQUIRE, Task::Ask(request));
        }
    }

    /// Whether a payment of `account` is under way here.
    fn is_busy(&self, account: u8) -> bool {
        self.payments.iter().any(|it| it.order.account == account)
    }

    /// Tells the caller, once.
    fn answer(&mut self, at: usize, status: Status, fx: &mut Fx<'_>) {
        let payment = &mut self.payments[at];
        if core::mem::replace(&mut payment.answered, true) {
            return;
        }
        let (caller, request) = (payment.caller, payment.request);
        fx.clear(Task::AnswerCaller(request));
        self.send(caller, Msg::Response { request, status }, fx);
    }

    /// The payment is over for this service; the next in line begins.
    fn leave(&mut self, at: usize, fx: &mut Fx<'_>) {
        let payment = self.payments.remove(at);
        let request = payment.request;
        for task in [
            Task::Try(request),
            Task::AnswersDue(request),
            Task::BudgetSpent(request),
            Task::WaitOver(request),
            Task::Prepared(request),
            Task::Worked(request),
            Task::Extend(request),
            Task::ExtensionsDue(request),
            Task::Deadline(request),
            Task::AnswerCaller(request),
        ] {
            fx.clear(task);
        }
        // A payment that leaves the queue from within it frees nothing.
        if payment.phase == Phase::Queued {
            return;
        }
        let account = payment.order.account;
        let next = self
            .payments
            .iter_mut()
            .find(|it| it.order.account == account && it.phase == Phase::Queued);
        if let Some(next) = next {
            next.phase = Phase::Waiting;
            fx.after(Span::ZERO, Task::Try(next.request));
        }
    }

    /// An explicit error: the lock was not to be had, and nothing was done.
    fn refuse(&mut self, at: usize, fx: &mut Fx<'_>) {
        let payment = &self.payments[at];
        let status = match payment.refusal {
            Some(Refusal::Timeout | Refusal::Validity) => Status::NoQuorum,
            Some(Refusal::Locked | Refusal::Votes) => Status::Held,
            None if payment.phase == Phase::Queued => Status::Held,
            None => Status::Failed,
        };
        self.answer(at, status, fx);
        self.leave(at, fx);
    }

    // --- what comes in ---------------------------------------------------

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        if let Msg::Request { request, order } = message {
            self.take(from, request, order, fx);
            return;
        }
        let Some(at) = holder_of(&message).and_then(|holder| self.of_holder(holder)) else {
            // Answers to attempts that are over change nothing.
            return;
        };
        let phase = self.payments[at].phase;
        match (phase, message) {
            (Phase::Reading, Msg::ReadReply { free, highest, .. }) => {
                let vote = if free { Vote::Yes(highest) } else { Vote::Held };
                self.vote(at, from, vote, fx);
            }
            (
                Phase::Voting,
                Msg::GrantReply {
                    granted,
                    held,
                    token,
                    ..
                },
            ) => {
                let vote = match (granted, held) {
                    (true, _) => Vote::Yes(token),
                    (false, true) => Vote::Held,
                    (false, false) => Vote::Low,
                };
                self.vote(at, from, vote, fx);
            }
            (Phase::Working, Msg::Charged { .. }) => {
                self.payments[at].charged = true;
                self.check(at, fx);
            }
            (Phase::Writing, Msg::WriteReply { decision, .. }) => self.written(at, decision, fx),
            (_, Msg::ExtendReply { extended, .. }) if phase.holds() => {
                let vote = if extended {
                    Vote::Yes(Token::NONE)
                } else {
                    Vote::Held
                };
                self.extension_vote(at, from, vote, fx);
            }
            _ => {}
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        let Some((at, request)) = request_of(task).and_then(|it| Some((self.find(it)?, it))) else {
            // Its payment is over.
            return;
        };
        match (task, self.payments[at].phase) {
            (Task::Try(_), Phase::Waiting) => {
                fx.then(anchors::BEFORE_ACQUIRE, Task::Ask(request));
            }
            (Task::Ask(_), Phase::Waiting) => self.begin(at, fx),
            (Task::AnswersDue(_), Phase::Reading | Phase::Voting) => self.answers_due(at, fx),
            (Task::BudgetSpent(_), _) => self.budget_spent(at, fx),
            (Task::WaitOver(_), phase) if !phase.holds() => self.give_up_acquiring(at, fx),
            (Task::Acquired(_), Phase::Acquired) => self.prepare(at, fx),
            (Task::Prepared(_), Phase::Preparing) => {
                fx.then(anchors::BEFORE_EFFECT, Task::Charge(request));
            }
            (Task::Charge(_), Phase::Preparing) => self.call_provider(at, fx),
            (Task::Worked(_), Phase::Working) => {
                self.payments[at].worked = true;
                fx.clear(Task::Extend(request));
                self.check(at, fx);
            }
            (Task::Write(_), Phase::Working) => self.write(at, fx),
            (Task::Extend(_), phase) if phase.holds() => self.extend(at, fx),
            (Task::ExtensionsDue(_), phase) if phase.holds() => self.decide_extension(at, fx),
            (Task::Deadline(_), phase) if phase.holds() => {
                self.give_up(at, BeliefEnd::Deadline, fx);
            }
            (Task::AnswerCaller(_), _) => self.answer_in_time(at, fx),
            (Task::PeerLost(_, peer), _) => self.lose(at, peer, fx),
            // A step whose purpose is over.
            _ => {}
        }
    }

    /// A node whose connection is gone has not voted; what the provider or
    /// the ledger did with a call is not known.
    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        if !self.disconnected.contains(&peer) {
            self.disconnected.push(peer);
        }
        // Each payment takes the news in a step of its own: it may go on at
        // once, and a handler goes on with one step at the most.
        for payment in &self.payments {
            let lost = Task::PeerLost(payment.request, peer);
            fx.after(Span::ZERO, lost);
        }
    }

    fn lose(&mut self, at: usize, peer: Node, fx: &mut Fx<'_>) {
        let (provider, ledger) = (self.peers.provider, self.peers.ledger);
        match self.payments[at].phase {
            Phase::Reading | Phase::Voting => self.vote(at, peer, Vote::Gone, fx),
            Phase::Working if peer == provider && !self.payments[at].charged => {
                self.give_up(at, BeliefEnd::Aborted, fx);
            }
            Phase::Writing if peer == ledger => self.give_up(at, BeliefEnd::Aborted, fx),
            phase if phase.holds() => self.extension_vote(at, peer, Vote::Gone, fx),
            _ => {}
        }
    }

    /// All that is under way is forgotten; leases end by themselves.
    pub fn crash(&mut self) {
        self.payments.clear();
        self.disconnected.clear();
    }
}

const fn holder_of(message: &Msg) -> Option<Incarnation> {
    match *message {
        Msg::ReadReply { holder, .. }
        | Msg::GrantReply { holder, .. }
        | Msg::ExtendReply { holder, .. }
        | Msg::Charged { holder }
        | Msg::WriteReply { holder, .. } => Some(holder),
        _ => None,
    }
}

const fn request_of(task: Task) -> Option<u32> {
    match task {
        Task::Try(request)
        | Task::Ask(request)
        | Task::AnswersDue(request)
        | Task::BudgetSpent(request)
        | Task::WaitOver(request)
        | Task::Acquired(request)
        | Task::Prepared(request)
        | Task::Charge(request)
        | Task::Worked(request)
        | Task::Write(request)
        | Task::Extend(request)
        | Task::ExtensionsDue(request)
        | Task::Deadline(request)
        | Task::AnswerCaller(request)
        | Task::PeerLost(request, _) => Some(request),
        Task::Arrive(_) | Task::CallerDeadline(_) | Task::AskAgain(_) | Task::Expire(_) => None,
    }
}
