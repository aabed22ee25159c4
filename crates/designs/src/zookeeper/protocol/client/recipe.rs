//! The lock recipe of the manual (`recipes.md`), which finds its own node again
//! after a lost connection by the name it gave it.

use super::super::{Answer, Ask, Failure, Fx, LOCK, Task, anchors};
use super::{Client, Phase, Policy};
use crate::vocabulary::{BeliefEnd, Event, Incarnation, Left, Refusal, Token};

impl Client {
    // --- what the library tells the application ---------------------------

    pub(super) fn disconnected(&mut self, fx: &mut Fx<'_>) {
        if self.believes && self.habits.policy == Policy::StopOnDisconnect {
            self.stop_believing(BeliefEnd::Aborted, fx);
            self.phase = Phase::Stopped;
        }
    }

    /// Requests that were on their way are lost, with or without effect: look
    /// what became of them.
    pub(super) fn reconnected(&mut self, fx: &mut Fx<'_>) {
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

    // --- asking, waiting, releasing --------------------------------------

    pub(super) fn try_lock(&mut self, fx: &mut Fx<'_>) {
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

    pub(super) fn answer(&mut self, answer: Answer, fx: &mut Fx<'_>) {
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
    pub(super) fn gone(&mut self, node: Incarnation, fx: &mut Fx<'_>) {
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
            valid_us: Left(self.read_timeout().signed_us()),
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

    pub(super) fn release(&mut self, fx: &mut Fx<'_>) {
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

    pub(super) fn stop_believing(&mut self, reason: BeliefEnd, fx: &mut Fx<'_>) {
        fx.clear(Task::Worked);
        fx.clear(Task::Release);
        self.believes = false;
        fx.note(Event::BeliefEnds {
            holder: self.holder,
            reason,
        });
    }
}
