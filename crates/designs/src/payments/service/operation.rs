//! What a service does under the lock: the provider, the operation, the
//! ledger.

use super::super::protocol::{Fx, Msg, Order, Task, anchors};
use super::{Phase, Service};
use crate::vocabulary::{BeliefEnd, Decision, Event, Left, Status};

impl Service {
    pub(super) fn prepare(&mut self, at: usize, fx: &mut Fx<'_>) {
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

    pub(super) fn call_provider(&mut self, at: usize, fx: &mut Fx<'_>) {
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
    pub(super) fn check(&mut self, at: usize, fx: &mut Fx<'_>) {
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
        fx.mono().us_since(self.payments[at].arrived) > latest.signed_us()
    }

    pub(super) fn write(&mut self, at: usize, fx: &mut Fx<'_>) {
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

    pub(super) fn written(&mut self, at: usize, decision: Decision, fx: &mut Fx<'_>) {
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
    pub(super) fn give_up(&mut self, at: usize, reason: BeliefEnd, fx: &mut Fx<'_>) {
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
    pub(super) fn answer_in_time(&mut self, at: usize, fx: &mut Fx<'_>) {
        match self.payments[at].phase {
            Phase::Queued | Phase::Waiting | Phase::Reading | Phase::Voting => {
                self.give_up_acquiring(at, fx);
            }
            Phase::Acquired | Phase::Preparing => self.give_up(at, BeliefEnd::Aborted, fx),
            Phase::Working | Phase::Writing => self.answer(at, Status::Unknown, fx),
        }
    }

    pub(super) fn release(&mut self, at: usize, fx: &mut Fx<'_>) {
        let payment = &self.payments[at];
        let (holder, account) = (payment.holder, payment.order.account);
        for node in self.electors() {
            self.send(node, Msg::Release { holder, account }, fx);
        }
    }
}
