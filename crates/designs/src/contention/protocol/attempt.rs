//! A worker's attempts at an update: how each is begun, what it does between
//! read and write, and what becomes of it.

use sim::{Purpose, Span};

use super::worker::{Stage, Update, Worker};
use super::{Fx, Mechanism, Msg, NO_END, Task, anchors};
use crate::vocabulary::{
    BeliefEnd, Contents, Event, Incarnation, Job, Left, Refusal, RowDecision, UpdateResult,
};

impl Worker {
    fn of_job(&mut self, job: Job) -> Option<&mut Update> {
        self.updates.iter_mut().find(|update| update.job == job)
    }

    fn of_attempt(&mut self, attempt: u16) -> Option<&mut Update> {
        let mut updates = self.updates.iter_mut();
        updates.find(|update| update.attempt == attempt)
    }

    /// The update that a server's answer is for, unless it has gone on.
    fn asked(&mut self, holder: Incarnation, stage: Stage) -> Option<&mut Update> {
        self.of_attempt(holder.attempt())
            .filter(|update| update.stage == stage)
    }

    fn holder(fx: &Fx<'_>, attempt: u16) -> Incarnation {
        Incarnation::new(fx.node().0, attempt)
    }

    /// The next attempt of an update, from the start.
    pub(super) fn begin(&mut self, job: Job, fx: &mut Fx<'_>) {
        let Some(attempt) = self.attempts.checked_add(1) else {
            self.conclude(job, UpdateResult::GaveUp, fx);
            return;
        };
        let (rules, peers, change) = (self.rules, self.peers, self.habits.change);
        let Some(update) = self.of_job(job) else {
            return;
        };
        update.attempt = attempt;
        update.tries += 1;
        update.stage = Stage::Asking;
        let row = update.row;
        self.attempts = attempt;
        let holder = Self::holder(fx, attempt);
        match rules.mechanism {
            Mechanism::Cas | Mechanism::CasReturning => {
                fx.send(peers.database, Msg::Read { holder, row });
            }
            Mechanism::Atomic => {
                let take = Msg::Take {
                    holder,
                    row,
                    change,
                };
                fx.send(peers.database, take);
                fx.reached(anchors::MID_WORK);
            }
            Mechanism::RowLock | Mechanism::LockQueue | Mechanism::LockPoll => {
                fx.note(Event::LockTry { holder, lock: row });
                fx.then(anchors::BEFORE_ACQUIRE, Task::Ask(attempt));
            }
        }
    }

    /// Another attempt, once the wait that the rules ask for is over.
    fn again(&mut self, job: Job, fx: &mut Fx<'_>) {
        let Some(update) = self.of_job(job) else {
            return;
        };
        update.stage = Stage::Waiting;
        let tries = update.tries;
        let wait = if self.rules.mechanism == Mechanism::LockPoll {
            self.poll_wait(fx)
        } else {
            self.backoff(tries, fx)
        };
        if wait > Span::ZERO {
            fx.after(wait, Task::Begin(job));
        } else {
            self.begin(job, fx);
        }
    }

    /// Half to one and a half times the mean, so that pollers do not keep step.
    pub(super) fn poll_wait(&self, fx: &mut Fx<'_>) -> Span {
        let mean = self.rules.poll;
        fx.random(Purpose::Retry)
            .span(mean.percent(50), mean.percent(150))
    }

    /// Full jitter: anything up to a limit that doubles with each conflict
    /// (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
    /// 2015).
    fn backoff(&self, tries: u32, fx: &mut Fx<'_>) -> Span {
        let Some((base, cap)) = self.rules.backoff else {
            return Span::ZERO;
        };
        let doublings = tries.saturating_sub(1).min(30);
        let limit = Span::from_us((base * (1 << doublings)).us().min(cap.us()));
        fx.random(Purpose::Retry).span(Span::ZERO, limit)
    }

    pub(super) fn ask(&mut self, attempt: u16, fx: &mut Fx<'_>) {
        let (rules, peers) = (self.rules, self.peers);
        let Some(update) = self.of_attempt(attempt) else {
            return;
        };
        let (holder, row) = (Self::holder(fx, attempt), update.row);
        if rules.mechanism == Mechanism::RowLock {
            fx.send(peers.database, Msg::ReadForUpdate { holder, row });
        } else {
            update.stage = Stage::Acquiring;
            fx.send(peers.lock_service, Msg::Acquire { holder, row });
        }
    }

    // --- between read and write ------------------------------------------

    /// The lock service has granted the lock. A worker counts its lease from
    /// when it hears of it, since it does not know how long it was queued.
    pub(super) fn granted(&mut self, holder: Incarnation, fx: &mut Fx<'_>) {
        let ttl = self.rules.ttl;
        let deadline_us = (fx.mono() + ttl).us();
        let Some(update) = self.asked(holder, Stage::Acquiring) else {
            return;
        };
        update.stage = Stage::Working;
        update.deadline_us = deadline_us;
        Self::believes(holder, ttl, fx);
        fx.then(anchors::AFTER_ACQUIRE, Task::Acquired(holder.attempt()));
    }

    fn believes(holder: Incarnation, valid: Span, fx: &mut Fx<'_>) {
        fx.note(Event::LockAcquired {
            holder,
            valid_us: Left(i64::try_from(valid.us()).unwrap_or(i64::MAX)),
            votes: 1,
        });
    }

    pub(super) fn denied(&mut self, holder: Incarnation, fx: &mut Fx<'_>) {
        if let Some(update) = self.asked(holder, Stage::Acquiring) {
            let job = update.job;
            fx.note(Event::LockRejected {
                holder,
                reason: Refusal::Locked,
                votes: 0,
            });
            self.again(job, fx);
        }
    }

    /// Past the point after acquiring: a row lock came with the row, a lock
    /// service's did not.
    pub(super) fn acquired(&mut self, attempt: u16, fx: &mut Fx<'_>) {
        let (rules, database) = (self.rules, self.peers.database);
        let Some(update) = self.of_attempt(attempt) else {
            return;
        };
        if rules.mechanism == Mechanism::RowLock {
            self.think(attempt, fx);
        } else {
            update.stage = Stage::Asking;
            let (holder, row) = (Self::holder(fx, attempt), update.row);
            fx.send(database, Msg::Read { holder, row });
        }
    }

    pub(super) fn read(&mut self, holder: Incarnation, contents: Contents, fx: &mut Fx<'_>) {
        let rules = self.rules;
        let Some(update) = self.asked(holder, Stage::Asking) else {
            return;
        };
        update.seen = contents;
        update.stage = Stage::Working;
        if rules.mechanism == Mechanism::RowLock {
            Self::believes(holder, NO_END, fx);
            fx.then(anchors::AFTER_ACQUIRE, Task::Acquired(holder.attempt()));
        } else {
            self.think(holder.attempt(), fx);
        }
    }

    fn think(&mut self, attempt: u16, fx: &mut Fx<'_>) {
        let (think, change) = (self.rules.think, self.habits.change);
        let Some(update) = self.of_attempt(attempt) else {
            return;
        };
        update.stage = Stage::Working;
        if change < 0 && update.seen.value == 0 {
            let job = update.job;
            self.give_back(attempt, BeliefEnd::Release, fx);
            self.conclude(job, UpdateResult::SoldOut, fx);
        } else if think > Span::ZERO {
            fx.work(think, Task::Worked(attempt));
            fx.reached(anchors::MID_WORK);
        } else {
            fx.then(anchors::MID_WORK, Task::Worked(attempt));
        }
    }

    /// Before it writes, a worker with a lease looks whether it has run out.
    pub(super) fn worked(&mut self, attempt: u16, fx: &mut Fx<'_>) {
        let has_lease = self.rules.mechanism.has_lock_service();
        let now_us = fx.mono().us();
        let Some(update) = self.of_attempt(attempt) else {
            return;
        };
        let (job, left_us) = (update.job, update.deadline_us.saturating_sub(now_us));
        if has_lease {
            let holder = Self::holder(fx, attempt);
            let passed = left_us > 0;
            fx.note(Event::LockCheck {
                holder,
                left_us: Left(left_us),
                passed,
            });
            if !passed {
                self.give_back(attempt, BeliefEnd::Aborted, fx);
                self.again(job, fx);
                return;
            }
        }
        fx.then(anchors::AFTER_CHECK, Task::Write(attempt));
    }

    pub(super) fn write(&mut self, attempt: u16, fx: &mut Fx<'_>) {
        let (rules, database, change) = (self.rules, self.peers.database, self.habits.change);
        let Some(update) = self.of_attempt(attempt) else {
            return;
        };
        update.stage = Stage::Asking;
        let holder = Self::holder(fx, attempt);
        if rules.mechanism == Mechanism::RowLock {
            // The write commits, and with it the lock is given back.
            fx.note(Event::BeliefEnds {
                holder,
                reason: BeliefEnd::Release,
            });
        }
        let write = Msg::Write {
            holder,
            row: update.row,
            seen: update.seen,
            value: update.seen.value.saturating_add_signed(change),
        };
        fx.send(database, write);
    }

    /// The lock goes back, where there is one.
    pub(super) fn give_back(&mut self, attempt: u16, reason: BeliefEnd, fx: &mut Fx<'_>) {
        let (mechanism, peers) = (self.rules.mechanism, self.peers);
        let Some(update) = self.of_attempt(attempt) else {
            return;
        };
        let (holder, row) = (Self::holder(fx, attempt), update.row);
        if !mechanism.locks() {
            return;
        }
        fx.note(Event::BeliefEnds { holder, reason });
        if mechanism == Mechanism::RowLock {
            fx.send(peers.database, Msg::Rollback { holder, row });
        } else {
            fx.send(peers.lock_service, Msg::Release { holder, row });
        }
    }

    // --- how it ends -----------------------------------------------------

    pub(super) fn written(
        &mut self,
        holder: Incarnation,
        decision: RowDecision,
        contents: Contents,
        fx: &mut Fx<'_>,
    ) {
        let (mechanism, change) = (self.rules.mechanism, self.habits.change);
        let Some(update) = self.asked(holder, Stage::Asking) else {
            return;
        };
        update.seen = contents;
        let (job, attempt) = (update.job, update.attempt);
        // A row lock is gone with the answer, whatever it says.
        let has_lease = mechanism.has_lock_service();
        match decision {
            RowDecision::Applied | RowDecision::SoldOut => {
                if has_lease {
                    self.give_back(attempt, BeliefEnd::Release, fx);
                }
                let result = match (decision, change) {
                    (RowDecision::SoldOut, _) => UpdateResult::SoldOut,
                    (_, ..=-1) => UpdateResult::Taken,
                    (_, 0) => UpdateResult::Changed,
                    (_, 1..) => UpdateResult::Returned,
                };
                self.conclude(job, result, fx);
            }
            RowDecision::Conflict if has_lease => {
                self.give_back(attempt, BeliefEnd::Notified, fx);
                self.again(job, fx);
            }
            RowDecision::Conflict
                if mechanism == Mechanism::CasReturning && self.rules.backoff.is_none() =>
            {
                self.try_on(job, fx);
            }
            RowDecision::Conflict => self.again(job, fx),
        }
    }

    /// The next attempt with the row that came with the failure.
    fn try_on(&mut self, job: Job, fx: &mut Fx<'_>) {
        let Some(attempt) = self.attempts.checked_add(1) else {
            self.conclude(job, UpdateResult::GaveUp, fx);
            return;
        };
        if let Some(update) = self.of_job(job) {
            update.attempt = attempt;
            update.tries += 1;
            self.attempts = attempt;
            self.think(attempt, fx);
        }
    }
}
