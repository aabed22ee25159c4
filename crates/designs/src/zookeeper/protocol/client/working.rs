//! What a holder does under the lock.

use super::super::{Ask, Fx, Msg, Task, anchors};
use super::{Client, Phase};
use crate::vocabulary::{BeliefEnd, Decision, Event, Job};

impl Client {
    /// The rest of a holder's order: token, claim, status, work.
    pub(super) fn after_acquire(&mut self, fx: &mut Fx<'_>) {
        if self.habits.draws && !self.token.is_some() {
            self.phase = Phase::Drawing;
            let holder = self.holder;
            self.ask(Ask::Draw { holder }, fx);
        } else {
            self.claim(fx);
        }
    }

    pub(super) fn claim(&mut self, fx: &mut Fx<'_>) {
        if !self.habits.claims {
            self.ask_status(fx);
            return;
        }
        self.phase = Phase::Claiming;
        let (holder, token) = (self.holder, self.token);
        fx.send(self.peers.store, Msg::Claim { holder, token });
    }

    pub(super) fn claimed(&mut self, accepted: bool, fx: &mut Fx<'_>) {
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

    pub(super) fn work(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Working;
        fx.poll(self.habits.work, Task::Worked);
    }

    pub(super) fn write(&mut self, fx: &mut Fx<'_>) {
        self.phase = Phase::Writing;
        let (holder, token, job) = (self.holder, self.token, self.job);
        fx.note(Event::JobOffer { job });
        fx.send(self.peers.store, Msg::Write { holder, token, job });
        fx.reached(anchors::WRITE_INFLIGHT);
    }

    pub(super) fn written(&mut self, job: Job, decision: Decision, fx: &mut Fx<'_>) {
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
