//! How a service asks the nodes for a lock, and what it does with their
//! votes.

use alloc::vec::Vec;

use sim::{Mono, Node, Purpose, Span};

use super::super::protocol::{Fx, Msg, Policy, Task, TokenSource, anchors};
use super::votes::{Vote, Votes};
use super::{Phase, Service};
use crate::vocabulary::{Event, Incarnation, Left, Refusal, Token};

/// Between two attempts: drawn evenly, so that two services that collide once
/// do not collide again.
const RETRY: (Span, Span) = (Span::from_ms(50), Span::from_ms(150));

/// For so long after its arrival a waiting payment keeps the run going. One
/// that waits without end must not keep it going without end.
const PATIENCE: Span = Span::from_s(60);

impl Service {
    pub(super) fn begin(&mut self, at: usize, fx: &mut Fx<'_>) {
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

    pub(super) fn vote(&mut self, at: usize, from: Node, vote: Vote, fx: &mut Fx<'_>) {
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

    pub(super) fn answers_due(&mut self, at: usize, fx: &mut Fx<'_>) {
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
    pub(super) fn valid_us(&self, since: Mono, fx: &Fx<'_>) -> i64 {
        let ttl = self.rules.ttl.signed_us() - self.rules.drift.signed_us();
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
                if fx.mono().us_since(arrived) < PATIENCE.signed_us() {
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
    pub(super) fn budget_spent(&mut self, at: usize, fx: &mut Fx<'_>) {
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
    pub(super) fn give_up_acquiring(&mut self, at: usize, fx: &mut Fx<'_>) {
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

    pub(super) fn set_deadline(&mut self, at: usize, valid_us: i64, fx: &mut Fx<'_>) {
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
}
