//! A worker: when it has something to update, and how it gets it done.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use sim::{Node, Purpose, Span};

use super::{Fx, Mechanism, Msg, Peers, Rules, Task};
use crate::vocabulary::{BeliefEnd, Contents, Event, Job, UpdateResult};

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
    /// How many updates it has under way at once.
    pub at_once: usize,
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
pub(super) enum Stage {
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
pub(super) struct Update {
    pub(super) job: Job,
    pub(super) row: u32,
    /// The number of its last attempt; 0 before the first.
    pub(super) attempt: u16,
    pub(super) tries: u32,
    pub(super) stage: Stage,
    /// What it has read last.
    pub(super) seen: Contents,
    /// Until when its lock is valid by the worker's own clock, µs.
    pub(super) deadline_us: i64,
}

/// How long a worker waits before it turns to a server that has hung up.
const RECONNECT: Span = Span::from_ms(10);

/// A worker and its updates.
#[derive(Debug)]
pub struct Worker {
    pub(super) rules: Rules,
    pub(super) habits: Habits,
    pub(super) peers: Peers,
    /// How many updates have been due.
    offered: u32,
    /// How many attempts there were. They outlive a crash, so that no two
    /// attempts of a run are taken for one.
    pub(super) attempts: u16,
    /// Those under way; several at once only where they come at random.
    pub(super) updates: Vec<Update>,
    /// Those that wait for their turn, in order.
    waiting: VecDeque<Update>,
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
            waiting: VecDeque::new(),
        }
    }

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
        self.waiting.push_back(Update {
            job,
            row,
            attempt: 0,
            tries: 0,
            stage: Stage::Waiting,
            seen: Contents::default(),
            deadline_us: 0,
        });
        self.schedule(fx);
        self.take_up(fx);
    }

    /// The next update begins, if this worker has a hand free. Whoever polls
    /// and has had the lock steps back first: it would have it again before
    /// another can ask.
    fn take_up(&mut self, fx: &mut Fx<'_>) {
        if self.updates.len() >= self.habits.at_once {
            return;
        }
        let Some(update) = self.waiting.pop_front() else {
            return;
        };
        let job = update.job;
        self.updates.push(update);
        let again = matches!(self.habits.arrival, Arrival::Closed) && self.offered > 1;
        if self.rules.mechanism == Mechanism::LockPoll && again {
            let wait = self.poll_wait(fx);
            fx.after(wait, Task::Begin(job));
        } else {
            self.begin(job, fx);
        }
    }

    pub(super) fn conclude(&mut self, job: Job, result: UpdateResult, fx: &mut Fx<'_>) {
        let Some(place) = self.updates.iter().position(|update| update.job == job) else {
            return;
        };
        let update = self.updates.swap_remove(place);
        fx.note(Event::UpdateEnds {
            job,
            result,
            tries: update.tries,
        });
        match (self.habits.arrival, result) {
            // Its next one would end in the same way.
            (_, UpdateResult::GaveUp) | (Arrival::Closed, UpdateResult::SoldOut) => {}
            (Arrival::Closed, _) if self.is_open(fx, Span::ZERO) => self.arrive(fx),
            _ => self.take_up(fx),
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
            Task::Served | Task::Expire { .. } => {}
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
        self.waiting.clear();
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
