//! A payment service: takes requests, acquires the account's lock, has the
//! provider charge, writes to the ledger, and tells the caller what became of
//! it.
//!
//! The order of work: acquire, prepare, call the provider, finish the
//! operation, look at both deadlines, write to the ledger, end the belief,
//! release. After redis/redis-doc `docs/manual/patterns/distributed-locks.md`
//! where it counts votes and validity, with a ballot in front of it.

use alloc::rc::Rc;
use alloc::vec::Vec;

use sim::{Mono, Node, Purpose, Span};

use super::protocol::{Fx, Msg, Order, Peers, Policy, Rules, Task, TokenSource, anchors};
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Left, Refusal, Status, Token};

/// Between two attempts: drawn evenly, so that two services that collide once
/// do not collide again.
const RETRY: (Span, Span) = (Span::from_ms(50), Span::from_ms(150));

/// For so long after its arrival a waiting payment keeps the run going. One
/// that waits without end must not keep it going without end.
const PATIENCE: Span = Span::from_s(60);

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

/// A node's answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vote {
    Yes(Token),
    /// Another has the lock.
    Held,
    /// The token is too low.
    Low,
    /// The node cannot be reached.
    Gone,
}

/// Answers to one question.
#[derive(Clone, Debug, Default)]
struct Votes {
    /// The nodes that were asked and have not answered.
    open: Vec<Node>,
    /// The nodes that are still to be asked, where one is asked at a time.
    unasked: Vec<Node>,
    yes: usize,
    held: usize,
    low: usize,
    highest: Token,
}

impl Votes {
    /// Takes an answer; false where none was waited for.
    fn take(&mut self, from: Node, vote: Vote) -> bool {
        let Some(place) = self.open.iter().position(|&open| open == from) else {
            return false;
        };
        self.open.swap_remove(place);
        match vote {
            Vote::Yes(token) => {
                self.yes += 1;
                self.highest = self.highest.max(token);
            }
            Vote::Held => self.held += 1,
            Vote::Low => self.low += 1,
            Vote::Gone => {}
        }
        true
    }

    /// Whether `needed` have said yes.
    const fn won(&self, needed: usize) -> bool {
        self.yes >= needed
    }

    /// Whether so many can no longer say yes.
    const fn lost(&self, needed: usize) -> bool {
        self.yes + self.open.len() + self.unasked.len() < needed
    }

    /// Why fewer than `needed` said yes.
    const fn refusal(&self, needed: usize) -> Refusal {
        if self.yes + self.held + self.low < needed {
            Refusal::Timeout
        } else if self.held > 0 {
            Refusal::Locked
        } else {
            Refusal::Votes
        }
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

    // --- acquiring -------------------------------------------------------

    fn begin(&mut self, at: usize, fx: &mut Fx<'_>) {
        let Some(attempt) = self.attempts.checked_add(1) else {
            // The numbers that tell attempts apart are used up.
            self.payments[at].refusal = Some(Refusal::Timeout);
            self.refuse(at, fx);
            return;
        };
        self.attempts = attempt;
        let payment = &mut self.payments[at];
        let holder = Incarnation::new(fx.node().0, attempt);
        payment.holder = holder;
        payment.token = Token::NONE;
        payment.began = fx.mono();
        let request = payment.request;
        fx.note(Event::LockTry {
            holder,
            lock: u32::from(payment.order.account),
        });
        fx.note(Event::ApiServe { holder, request });
        if self.waits() {
            fx.after(self.rules.budget, Task::BudgetSpent(request));
        }
        if self.rules.token_source == TokenSource::QuorumBallot {
            self.poll(at, Phase::Reading, fx);
        } else {
            self.poll(at, Phase::Voting, fx);
        }
    }

    /// Asks the nodes the question of `phase`: all at once, or the first.
    fn poll(&mut self, at: usize, phase: Phase, fx: &mut Fx<'_>) {
        let mut unasked = self.electors();
        let first = if self.rules.sequential {
            1
        } else {
            unasked.len()
        };
        let asked: Vec<Node> = unasked.drain(..first).collect();
        let payment = &mut self.payments[at];
        payment.phase = phase;
        payment.votes = Votes {
            open: Vec::new(),
            unasked,
            ..Votes::default()
        };
        self.ask(at, &asked, fx);
    }

    fn ask(&mut self, at: usize, nodes: &[Node], fx: &mut Fx<'_>) {
        let payment = &mut self.payments[at];
        payment.votes.open.extend_from_slice(nodes);
        let (holder, account) = (payment.holder, payment.order.account);
        let (token, request) = (payment.token, payment.request);
        let voting = payment.phase == Phase::Voting;
        for &node in nodes {
            let message = if voting {
                Msg::Grant {
                    holder,
                    account,
                    token,
                }
            } else {
                Msg::Read { holder, account }
            };
            self.send(node, message, fx);
        }
        fx.after(self.rules.node_timeout, Task::AnswersDue(request));
        if voting {
            fx.reached(anchors::ACQUIRE_INFLIGHT);
        }
    }

    fn vote(&mut self, at: usize, from: Node, vote: Vote, fx: &mut Fx<'_>) {
        if self.payments[at].votes.take(from, vote) {
            self.count(at, fx);
        }
    }

    /// Looks at the votes so far. All at once, a majority settles it; one
    /// after the other, every node is asked first.
    fn count(&mut self, at: usize, fx: &mut Fx<'_>) {
        let needed = self.needed();
        let votes = &mut self.payments[at].votes;
        if self.rules.sequential {
            if !votes.open.is_empty() {
                return;
            }
            if !votes.unasked.is_empty() {
                let next = votes.unasked.remove(0);
                self.ask(at, &[next], fx);
                return;
            }
        }
        if votes.won(needed) {
            self.won(at, fx);
        } else if votes.lost(needed) {
            let refusal = votes.refusal(needed);
            self.fail(at, refusal, fx);
        }
    }

    fn answers_due(&mut self, at: usize, fx: &mut Fx<'_>) {
        self.payments[at].votes.open.clear();
        self.count(at, fx);
    }

    fn won(&mut self, at: usize, fx: &mut Fx<'_>) {
        let source = self.rules.token_source;
        let payment = &mut self.payments[at];
        fx.clear(Task::AnswersDue(payment.request));
        let highest = payment.votes.highest;
        if payment.phase == Phase::Reading {
            // A later start reads at least the token of an earlier winner,
            // since any two majorities share a node.
            let token = Token::new(highest.number() + 1, fx.node().0);
            payment.token = token;
            let holder = payment.holder;
            fx.note(Event::TokenIssue { token, holder });
            self.poll(at, Phase::Voting, fx);
            return;
        }
        let valid_us = self.valid_us(self.payments[at].began, fx);
        if valid_us <= 0 {
            self.fail(at, Refusal::Validity, fx);
            return;
        }
        if matches!(source, TokenSource::RaftLease | TokenSource::PerServerMax) {
            self.payments[at].token = highest;
        }
        self.acquire(at, valid_us, fx);
    }

    /// `ttl − elapsed − drift` in µs.
    fn valid_us(&self, since: Mono, fx: &Fx<'_>) -> i64 {
        let ttl = signed(self.rules.ttl) - signed(self.rules.drift);
        ttl - fx.mono().us_since(since)
    }

    fn fail(&mut self, at: usize, refusal: Refusal, fx: &mut Fx<'_>) {
        self.reject(at, refusal, fx);
        self.try_again(at, refusal, fx);
    }

    /// Ends an attempt that did not win.
    fn reject(&mut self, at: usize, refusal: Refusal, fx: &mut Fx<'_>) {
        let payment = &mut self.payments[at];
        let voted = payment.phase == Phase::Voting;
        let votes = if voted { payment.votes.yes } else { 0 };
        payment.refusal = Some(refusal);
        payment.phase = Phase::Waiting;
        fx.clear(Task::AnswersDue(payment.request));
        fx.note(Event::LockRejected {
            holder: payment.holder,
            reason: refusal,
            votes: u32::try_from(votes).unwrap_or(u32::MAX),
        });
        if voted {
            // To all, also to those that did not answer: their vote may be on
            // its way.
            self.release(at, fx);
        }
    }

    fn try_again(&mut self, at: usize, refusal: Refusal, fx: &mut Fx<'_>) {
        let contended = matches!(refusal, Refusal::Locked | Refusal::Votes);
        let payment = &self.payments[at];
        let (request, arrived) = (payment.request, payment.arrived);
        let first = payment.began == arrived;
        match self.rules.policy {
            Policy::FailFast if !(self.rules.retries_once && contended && first) => {
                self.refuse(at, fx);
            }
            Policy::FailFast => {
                let wait = self.retry_wait(fx);
                fx.after(wait, Task::Try(request));
            }
            Policy::WaitForever | Policy::BoundedWait => {
                fx.clear(Task::BudgetSpent(request));
                let wait = self.retry_wait(fx);
                if fx.mono().us_since(arrived) < signed(PATIENCE) {
                    fx.after(wait, Task::Try(request));
                } else {
                    fx.poll(wait, Task::Try(request));
                }
            }
        }
    }

    fn retry_wait(&self, fx: &mut Fx<'_>) -> Span {
        fx.random(Purpose::Retry).span(RETRY.0, RETRY.1)
    }

    /// The time for acquiring is over.
    fn budget_spent(&mut self, at: usize, fx: &mut Fx<'_>) {
        let phase = self.payments[at].phase;
        match (self.rules.policy, phase) {
            (Policy::FailFast, _) if !phase.holds() => self.give_up_acquiring(at, fx),
            (_, Phase::Reading | Phase::Voting) => {
                let refusal = self.payments[at].votes.refusal(self.needed());
                self.fail(at, refusal, fx);
            }
            _ => {}
        }
    }

    /// Ends a payment that has not been granted the lock, and the attempt that
    /// is under way.
    fn give_up_acquiring(&mut self, at: usize, fx: &mut Fx<'_>) {
        let payment = &self.payments[at];
        if matches!(payment.phase, Phase::Reading | Phase::Voting) {
            let refusal = payment.votes.refusal(self.needed());
            self.reject(at, refusal, fx);
        }
        self.refuse(at, fx);
    }

    fn acquire(&mut self, at: usize, valid_us: i64, fx: &mut Fx<'_>) {
        let votes = if self.rules.token_source == TokenSource::RaftLease {
            self.peers.majority()
        } else {
            self.payments[at].votes.yes
        };
        let payment = &mut self.payments[at];
        let (request, holder, token) = (payment.request, payment.holder, payment.token);
        payment.phase = Phase::Acquired;
        fx.clear(Task::BudgetSpent(request));
        fx.clear(Task::WaitOver(request));
        if self.rules.token_source == TokenSource::PerServerMax {
            fx.note(Event::TokenIssue { token, holder });
        }
        fx.note(Event::LockAcquired {
            holder,
            valid_us: Left(valid_us),
            votes: u8::try_from(votes).unwrap_or(u8::MAX),
        });
        self.set_deadline(at, valid_us, fx);
        fx.then(anchors::AFTER_ACQUIRE, Task::Acquired(request));
    }

    fn set_deadline(&mut self, at: usize, valid_us: i64, fx: &mut Fx<'_>) {
        let valid = Span::from_us(u64::try_from(valid_us).unwrap_or(0));
        let gap = self.extension_gap();
        let payment = &mut self.payments[at];
        payment.deadline = fx.mono() + valid;
        if self.rules.honours_deadline {
            fx.after(valid, Task::Deadline(payment.request));
        }
        if self.rules.extends && !payment.worked {
            fx.after(gap, Task::Extend(payment.request));
        }
    }

    // --- the operation ---------------------------------------------------

    fn prepare(&mut self, at: usize, fx: &mut Fx<'_>) {
        let payment = &mut self.payments[at];
        payment.phase = Phase::Preparing;
        let Order { job, work, .. } = payment.order;
        fx.note(Event::JobStart {
            holder: payment.holder,
            job,
            work_us: work.us(),
        });
        let before = work.percent(self.rules.call_at);
        fx.work(before, Task::Prepared(payment.request));
    }

    fn call_provider(&mut self, at: usize, fx: &mut Fx<'_>) {
        let payment = &mut self.payments[at];
        payment.phase = Phase::Working;
        payment.called = true;
        let (holder, Order { job, work, .. }) = (payment.holder, payment.order);
        let rest = work - work.percent(self.rules.call_at);
        fx.work(rest, Task::Worked(payment.request));
        self.send(self.peers.provider, Msg::Charge { holder, job }, fx);
        fx.reached(anchors::PROVIDER_CALLED);
    }

    /// Goes on once the operation has run its time and the provider has
    /// answered.
    fn check(&mut self, at: usize, fx: &mut Fx<'_>) {
        let payment = &self.payments[at];
        if !(payment.worked && payment.charged) {
            return;
        }
        let request = payment.request;
        let left_us = payment.deadline.us_since(fx.mono());
        let valid = left_us > 0 || !self.rules.honours_deadline;
        let passed = valid && !self.is_too_late(at, fx);
        fx.note(Event::LockCheck {
            holder: payment.holder,
            left_us: Left(left_us),
            passed,
        });
        if passed {
            fx.then(anchors::AFTER_CHECK, Task::Write(request));
        } else {
            self.give_up(at, BeliefEnd::Aborted, fx);
        }
    }

    /// Whether a write sent now could reach the ledger after its caller has
    /// stopped waiting.
    fn is_too_late(&self, at: usize, fx: &Fx<'_>) -> bool {
        if !self.heeds_callers() {
            return false;
        }
        let on_the_way = self.to_caller + self.to_ledger + self.rules.jitter * 2;
        let latest = self.rules.caller_timeout - on_the_way;
        fx.mono().us_since(self.payments[at].arrived) > signed(latest)
    }

    fn write(&mut self, at: usize, fx: &mut Fx<'_>) {
        let payment = &mut self.payments[at];
        payment.phase = Phase::Writing;
        let (holder, token) = (payment.holder, payment.token);
        let Order { job, account, .. } = payment.order;
        self.send(
            self.peers.ledger,
            Msg::Write {
                holder,
                account,
                token,
                job,
            },
            fx,
        );
        fx.reached(anchors::WRITE_INFLIGHT);
    }

    fn written(&mut self, at: usize, decision: Decision, fx: &mut Fx<'_>) {
        let payment = &self.payments[at];
        let (holder, job) = (payment.holder, payment.order.job);
        match decision {
            Decision::Accepted => fx.note(Event::JobDone { holder, job }),
            Decision::AlreadyDone => fx.note(Event::JobSkip { holder, job }),
            Decision::StaleToken => {
                self.give_up(at, BeliefEnd::Notified, fx);
                return;
            }
        }
        fx.note(Event::BeliefEnds {
            holder,
            reason: BeliefEnd::Release,
        });
        self.release(at, fx);
        self.answer(at, Status::Success, fx);
        self.leave(at, fx);
    }

    /// Ends a payment whose lock is not, or no longer, worth anything.
    fn give_up(&mut self, at: usize, reason: BeliefEnd, fx: &mut Fx<'_>) {
        let payment = &self.payments[at];
        let (holder, job) = (payment.holder, payment.order.job);
        fx.note(Event::BeliefEnds { holder, reason });
        fx.note(Event::JobAbandon { holder, job });
        // At its deadline a lease ends by itself; to give it back while a
        // write may be on its way would let the next one in early.
        if reason != BeliefEnd::Deadline {
            self.release(at, fx);
        }
        let status = if self.payments[at].called {
            Status::Unknown
        } else {
            Status::Failed
        };
        self.answer(at, status, fx);
        self.leave(at, fx);
    }

    /// The caller must hear something now. What has not begun is given up;
    /// what has begun goes on, for nobody can call the provider back.
    fn answer_in_time(&mut self, at: usize, fx: &mut Fx<'_>) {
        match self.payments[at].phase {
            Phase::Queued | Phase::Waiting | Phase::Reading | Phase::Voting => {
                self.give_up_acquiring(at, fx);
            }
            Phase::Acquired | Phase::Preparing => self.give_up(at, BeliefEnd::Aborted, fx),
            Phase::Working | Phase::Writing => self.answer(at, Status::Unknown, fx),
        }
    }

    fn release(&mut self, at: usize, fx: &mut Fx<'_>) {
        let payment = &self.payments[at];
        let (holder, account) = (payment.holder, payment.order.account);
        for node in self.electors() {
            self.send(node, Msg::Release { holder, account }, fx);
        }
    }

    // --- extending -------------------------------------------------------

    fn extension_gap(&self) -> Span {
        Span::from_us(self.rules.ttl.us() / 3).max(Span::from_ms(1))
    }

    fn extend(&mut self, at: usize, fx: &mut Fx<'_>) {
        let electors = self.electors();
        let payment = &mut self.payments[at];
        payment.extension_began = fx.mono();
        payment.extension = Votes {
            open: electors.clone(),
            ..Votes::default()
        };
        let (holder, token) = (payment.holder, payment.token);
        let (account, request) = (payment.order.account, payment.request);
        for node in electors {
            self.send(
                node,
                Msg::Extend {
                    holder,
                    account,
                    token,
                },
                fx,
            );
        }
        fx.after(self.rules.node_timeout, Task::ExtensionsDue(request));
    }

    fn extension_vote(&mut self, at: usize, from: Node, vote: Vote, fx: &mut Fx<'_>) {
        let needed = self.needed();
        let extension = &mut self.payments[at].extension;
        if extension.take(from, vote) && (extension.won(needed) || extension.lost(needed)) {
            self.decide_extension(at, fx);
        }
    }

    fn decide_extension(&mut self, at: usize, fx: &mut Fx<'_>) {
        let needed = self.needed();
        let valid_us = self.valid_us(self.payments[at].extension_began, fx);
        let payment = &mut self.payments[at];
        let request = payment.request;
        fx.clear(Task::ExtensionsDue(request));
        // What comes later comes too late.
        payment.extension.open.clear();
        let extended = payment.extension.won(needed) && valid_us > 0;
        fx.note(Event::LockExtend {
            holder: payment.holder,
            extended,
            valid_us: Left(valid_us),
        });
        if extended {
            self.set_deadline(at, valid_us, fx);
        } else if !self.payments[at].worked {
            fx.after(self.extension_gap(), Task::Extend(request));
        }
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

const fn signed(span: Span) -> i64 {
    if span.us() > i64::MAX as u64 {
        i64::MAX
    } else {
        span.us().cast_signed()
    }
}
