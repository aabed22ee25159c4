//! A worker: when it has something to update, and how it gets it done.

use alloc::vec::Vec;

use sim::{Node, Purpose, Span};

use super::{Fx, Mechanism, Msg, Peers, Rules, Task, anchors};
use crate::vocabulary::{
    BeliefEnd, Contents, Event, Incarnation, Job, Left, Refusal, RowDecision, UpdateResult,
};

/// When updates are due.
#[derive(Clone, Copy, Debug)]
pub enum Arrival {
    /// One for each worker, all at once, again and again.
    Burst {
        /// From one burst to the next.
        gap: Span,
    },
    /// The next one as soon as the last one is done.
    Closed,
    /// At random, without memory, whether the last one is done or not.
    Poisson {
        /// The mean time between two of one worker; `None` for never.
        mean: Option<Span>,
    },
}

/// What one worker does.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// When its updates are due.
    pub arrival: Arrival,
    /// When its first one is, unless they come at random.
    pub first: Span,
    /// How long updates keep coming.
    pub duration: Span,
    /// Its place among the workers, and how many there are: they number
    /// updates together without talking.
    pub place: (u32, u32),
    /// Over how many rows the updates are spread.
    pub rows: u32,
    /// What an update adds to the row's value: −1 takes a unit.
    pub change: i32,
}

/// What an update waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// The ones before it, or its own next attempt.
    Waiting,
    /// The lock service.
    Acquiring,
    /// The database.
    Asking,
    /// Nothing: it is at work.
    Working,
}

/// An update that has begun.
#[derive(Clone, Copy, Debug)]
struct Update {
    job: Job,
    row: u32,
    /// The number of its last attempt; 0 before the first.
    attempt: u16,
    tries: u32,
    stage: Stage,
    /// What it has read last.
    seen: Contents,
    /// Until when its lock is valid by the worker's own clock, µs.
    deadline_us: i64,
}

/// How long a worker waits before it turns to a server that has hung up.
const RECONNECT: Span = Span::from_ms(10);

/// A worker and its updates.
#[derive(Debug)]
pub struct Worker {
    rules: Rules,
    habits: Habits,
    peers: Peers,
    /// How many updates have been due.
    offered: u32,
    /// How many attempts there were. They outlive a crash, so that no two
    /// attempts of a run are taken for one.
    attempts: u16,
    /// The one under way first; several at once only where they come at
    /// random.
    updates: Vec<Update>,
}

impl Worker {
    pub const fn new(rules: Rules, habits: Habits, peers: Peers) -> Self {
        Self {
            rules,
            habits,
            peers,
            offered: 0,
            attempts: 0,
            updates: Vec::new(),
        }
    }

    // --- when updates are due --------------------------------------------

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        match self.habits.arrival {
            Arrival::Burst { .. } | Arrival::Closed => self.due_after(self.habits.first, fx),
            Arrival::Poisson { .. } => self.schedule(fx),
        }
    }

    /// The next update, where it does not wait for the one before.
    fn schedule(&self, fx: &mut Fx<'_>) {
        match self.habits.arrival {
            Arrival::Burst { gap } => self.due_after(gap, fx),
            Arrival::Poisson { mean: Some(mean) } => {
                let after = fx.random(Purpose::Workload).exponential(mean);
                self.due_after(after, fx);
            }
            Arrival::Closed | Arrival::Poisson { mean: None } => {}
        }
    }

    /// An update is due `after` now, unless that is after the end.
    fn due_after(&self, after: Span, fx: &mut Fx<'_>) {
        if self.is_open(fx, after) {
            fx.after(after, Task::Arrive);
        }
    }

    fn is_open(&self, fx: &Fx<'_>, after: Span) -> bool {
        let at = (fx.mono() + after).us();
        u64::try_from(at).is_ok_and(|at| at < self.habits.duration.us())
    }

    fn arrive(&mut self, fx: &mut Fx<'_>) {
        let (place, workers) = self.habits.place;
        let number = self.offered.wrapping_mul(workers).wrapping_add(place + 1);
        self.offered = self.offered.wrapping_add(1);
        let job = Job(number);
        // Drawn where there is a choice, so that the users are the same
        // whatever the mechanism.
        let row = fx.random(Purpose::Workload).below(self.habits.rows.into()) as u32;
        fx.note(Event::UpdateBegins { job, row });
        self.updates.push(Update {
            job,
            row,
            attempt: 0,
            tries: 0,
            stage: Stage::Waiting,
            seen: Contents::default(),
            deadline_us: 0,
        });
        self.schedule(fx);
        let at_once = matches!(self.habits.arrival, Arrival::Poisson { .. });
        if at_once || self.updates.len() == 1 {
            self.take_up(job, fx);
        }
    }

    /// An update begins. Whoever polls and has had the lock steps back first:
    /// it would have it again before another can ask.
    fn take_up(&mut self, job: Job, fx: &mut Fx<'_>) {
        let again = matches!(self.habits.arrival, Arrival::Closed) && self.offered > 1;
        if self.rules.mechanism == Mechanism::LockPoll && again {
            let wait = self.poll_wait(fx);
            fx.after(wait, Task::Begin(job));
        } else {
            self.begin(job, fx);
        }
    }

    // --- attempts --------------------------------------------------------

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
    fn begin(&mut self, job: Job, fx: &mut Fx<'_>) {
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
    fn poll_wait(&self, fx: &mut Fx<'_>) -> Span {
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

    fn ask(&mut self, attempt: u16, fx: &mut Fx<'_>) {
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
    fn granted(&mut self, holder: Incarnation, fx: &mut Fx<'_>) {
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

    fn denied(&mut self, holder: Incarnation, fx: &mut Fx<'_>) {
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
    fn acquired(&mut self, attempt: u16, fx: &mut Fx<'_>) {
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

    fn read(&mut self, holder: Incarnation, contents: Contents, fx: &mut Fx<'_>) {
        let rules = self.rules;
        let Some(update) = self.asked(holder, Stage::Asking) else {
            return;
        };
        update.seen = contents;
        update.stage = Stage::Working;
        if rules.mechanism == Mechanism::RowLock {
            Self::believes(holder, super::NO_END, fx);
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
    fn worked(&mut self, attempt: u16, fx: &mut Fx<'_>) {
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

    fn write(&mut self, attempt: u16, fx: &mut Fx<'_>) {
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
    fn give_back(&mut self, attempt: u16, reason: BeliefEnd, fx: &mut Fx<'_>) {
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

    fn written(
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

    fn conclude(&mut self, job: Job, result: UpdateResult, fx: &mut Fx<'_>) {
        let Some(place) = self.updates.iter().position(|update| update.job == job) else {
            return;
        };
        let update = self.updates.remove(place);
        fx.note(Event::UpdateEnds {
            job,
            result,
            tries: update.tries,
        });
        let goes_on = !matches!(result, UpdateResult::SoldOut | UpdateResult::GaveUp);
        match self.habits.arrival {
            Arrival::Closed if goes_on && self.is_open(fx, Span::ZERO) => self.arrive(fx),
            Arrival::Burst { .. } => {
                if let Some(next) = self.updates.first().map(|update| update.job) {
                    self.take_up(next, fx);
                }
            }
            Arrival::Closed | Arrival::Poisson { .. } => {}
        }
    }

    // --- what the world hands in -----------------------------------------

    pub fn message(&mut self, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Value { holder, contents } => self.read(holder, contents, fx),
            Msg::Written {
                holder,
                decision,
                contents,
            } => self.written(holder, decision, contents, fx),
            Msg::Granted { holder } => self.granted(holder, fx),
            Msg::Denied { holder } => self.denied(holder, fx),
            Msg::Read { .. }
            | Msg::ReadForUpdate { .. }
            | Msg::Write { .. }
            | Msg::Take { .. }
            | Msg::Rollback { .. }
            | Msg::Acquire { .. }
            | Msg::Release { .. } => {}
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match task {
            Task::Arrive => self.arrive(fx),
            Task::Begin(job) => self.begin(job, fx),
            Task::Ask(attempt) => self.ask(attempt, fx),
            Task::Acquired(attempt) => self.acquired(attempt, fx),
            Task::Worked(attempt) => self.worked(attempt, fx),
            Task::Write(attempt) => self.write(attempt, fx),
            Task::Served | Task::Expire(_) => {}
        }
    }

    /// What was asked of a server that has hung up is asked once more. Whether
    /// a write had come through is not known: under a version the second one
    /// then fails or is another update.
    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        let lost = if peer == self.peers.database {
            Stage::Asking
        } else {
            Stage::Acquiring
        };
        let has_lease = self.rules.mechanism.has_lock_service();
        for place in 0..self.updates.len() {
            let Update { job, attempt, .. } = self.updates[place];
            if self.updates[place].stage != lost {
                continue;
            }
            if has_lease && lost == Stage::Asking {
                self.give_back(attempt, BeliefEnd::Aborted, fx);
            }
            self.updates[place].stage = Stage::Waiting;
            fx.poll(RECONNECT, Task::Begin(job));
        }
    }

    pub fn crash(&mut self) {
        self.updates.clear();
    }

    /// What was under way is forgotten; further updates come as before.
    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        match self.habits.arrival {
            Arrival::Burst { gap } => {
                let up = u64::try_from(fx.mono().us()).unwrap_or(0);
                let since = up.saturating_sub(self.habits.first.us()) % gap.us().max(1);
                self.due_after(gap - Span::from_us(since), fx);
            }
            Arrival::Closed => self.due_after(Span::ZERO, fx),
            Arrival::Poisson { .. } => self.schedule(fx),
        }
    }
}
