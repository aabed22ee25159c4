//! The same work with a lock: one queue that all workers share, and a lock on
//! each job that whoever takes it holds until its effect is there.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use sim::{Node, Span};

use super::log::Arrivals;
use super::{Fx, Msg, Peers, RESEND_AFTER, Rules, Task, anchors, clock};
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job, Left, Token};

/// How much longer than the lock's TTL the queue waits for a job.
pub const GRACE: Span = Span::from_ms(10);

/// How often a job is handed out before the queue gives it up, as queues with
/// a dead-letter rule do.
const MOST_DELIVERIES: u8 = 5;

// --- the queue ---------------------------------------------------------------

/// All producers and the queue that they share with the workers. It gives a
/// job to whoever is ready first, and again to another if it is not done.
#[derive(Debug)]
pub struct Queue {
    rules: Rules,
    arrivals: Arrivals,
    jobs: u32,
    pending: VecDeque<Job>,
    ready: VecDeque<Node>,
    taken: Vec<Job>,
    /// How often each job was handed out, by its number less one.
    deliveries: Vec<u8>,
}

impl Queue {
    pub const fn new(rules: Rules, arrivals: Arrivals) -> Self {
        Self {
            rules,
            arrivals,
            jobs: 0,
            pending: VecDeque::new(),
            ready: VecDeque::new(),
            taken: Vec::new(),
            deliveries: Vec::new(),
        }
    }

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        self.arrivals.schedule(fx);
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match task {
            Task::Arrive => {
                self.jobs += 1;
                let job = Job(self.jobs);
                fx.note(Event::JobOffer { job });
                self.pending.push_back(job);
                self.deliveries.push(0);
                self.arrivals.schedule(fx);
            }
            Task::Redeliver(job) if self.taken.contains(&job) => {
                self.taken.retain(|it| *it != job);
                self.pending.push_front(job);
            }
            _ => return,
        }
        self.hand_out(fx);
    }

    fn hand_out(&mut self, fx: &mut Fx<'_>) {
        while let Some(&node) = self.ready.front()
            && let Some(job) = self.pending.pop_front()
        {
            let place = (job.0 as usize).wrapping_sub(1);
            if let Some(count) = self.deliveries.get_mut(place) {
                if *count >= MOST_DELIVERIES {
                    continue;
                }
                *count += 1;
            }
            self.ready.pop_front();
            self.taken.push(job);
            fx.send(node, Msg::Take { job });
            fx.after(self.rules.lock_ttl + GRACE, Task::Redeliver(job));
        }
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        if let Msg::Ready { done } = message {
            if let Some(job) = done {
                fx.clear(Task::Redeliver(job));
                self.taken.retain(|it| *it != job);
                self.pending.retain(|it| *it != job);
            }
            if !self.ready.contains(&from) {
                self.ready.push_back(from);
            }
            self.hand_out(fx);
        }
    }

    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        let known = self.ready.len();
        self.ready.retain(|node| *node != peer);
        if self.ready.len() < known {
            fx.send(peer, Msg::AskAgain);
        }
    }

    pub fn crash(&mut self, wiped: bool) {
        self.ready.clear();
        // Whatever was out is handed out anew.
        self.pending.extend(self.taken.drain(..));
        if wiped {
            self.pending.clear();
        }
    }

    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        self.arrivals.schedule(fx);
    }
}

// --- the lock service --------------------------------------------------------

#[derive(Debug)]
struct Lock {
    job: Job,
    holder: Incarnation,
    waiting: VecDeque<(Node, Incarnation)>,
}

/// A lock for each job, with a TTL and a token that rises. It serves one
/// request at a time.
#[derive(Debug)]
pub struct LockService {
    rules: Rules,
    locks: Vec<Lock>,
    requests: VecDeque<(Node, Incarnation, Job)>,
    granted: u64,
}

impl LockService {
    pub const fn new(rules: Rules) -> Self {
        Self {
            rules,
            locks: Vec::new(),
            requests: VecDeque::new(),
            granted: 0,
        }
    }

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        fx.note(Event::LockRule { needed: 1, of: 1 });
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Lock { holder, job } => {
                self.requests.push_back((from, holder, job));
                if self.requests.len() == 1 {
                    fx.after(self.rules.lock_time, Task::Served);
                }
            }
            Msg::Unlock { holder, job } => {
                let has = |it: &Lock| it.job == job && it.holder == holder;
                if self.locks.iter().any(has) {
                    fx.note(Event::ServerRelease { holder, by: holder });
                    self.pass_on(job, fx);
                }
            }
            _ => {}
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match task {
            Task::Served => {
                if let Some((node, holder, job)) = self.requests.pop_front() {
                    match self.locks.iter_mut().find(|it| it.job == job) {
                        Some(lock) if lock.holder != holder => {
                            lock.waiting.push_back((node, holder));
                        }
                        // Asked again: the answer was lost.
                        Some(lock) => {
                            let waiting = core::mem::take(&mut lock.waiting);
                            self.grant(node, holder, job, waiting, fx);
                        }
                        None => self.grant(node, holder, job, VecDeque::new(), fx),
                    }
                }
                if !self.requests.is_empty() {
                    fx.after(self.rules.lock_time, Task::Served);
                }
            }
            Task::LockExpires(job) => {
                if let Some(lock) = self.locks.iter().find(|it| it.job == job) {
                    let holder = lock.holder;
                    fx.note(Event::ServerExpire { holder });
                    self.pass_on(job, fx);
                }
            }
            _ => {}
        }
    }

    fn grant(
        &mut self,
        node: Node,
        holder: Incarnation,
        job: Job,
        waiting: VecDeque<(Node, Incarnation)>,
        fx: &mut Fx<'_>,
    ) {
        self.locks.retain(|it| it.job != job);
        self.locks.push(Lock {
            job,
            holder,
            waiting,
        });
        self.granted += 1;
        let token = Token::new(self.granted, node.0);
        let ttl = self.rules.lock_ttl;
        fx.note(Event::TokenIssue { token, holder });
        fx.note(Event::ServerGrant {
            holder,
            lease_us: ttl.us(),
        });
        fx.after(ttl, Task::LockExpires(job));
        fx.send(node, Msg::Locked { holder, token });
    }

    /// The lock of a job is free: it goes to whoever waits for it.
    fn pass_on(&mut self, job: Job, fx: &mut Fx<'_>) {
        fx.clear(Task::LockExpires(job));
        let place = self.locks.iter().position(|it| it.job == job);
        let Some(mut lock) = place.map(|place| self.locks.swap_remove(place)) else {
            return;
        };
        if let Some((node, holder)) = lock.waiting.pop_front() {
            self.grant(node, holder, job, lock.waiting, fx);
        }
    }

    pub fn crash(&mut self, wiped: bool) {
        self.requests.clear();
        for lock in &mut self.locks {
            lock.waiting.clear();
        }
        if wiped {
            self.locks.clear();
            self.granted = 0;
        }
    }

    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        for lock in &self.locks {
            fx.after(self.rules.lock_ttl, Task::LockExpires(lock.job));
        }
    }
}

// --- a worker ----------------------------------------------------------------

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Doing {
    Locking,
    Working,
    Calling,
    Writing,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    job: Job,
    holder: Incarnation,
    token: Token,
    doing: Doing,
    /// When it asked for the lock, by its own clock, µs.
    asked_us: u64,
}

/// A worker that owns nothing: it takes whatever comes next.
#[derive(Debug)]
pub struct Puller {
    rules: Rules,
    peers: Peers,
    /// When it begins to work; `None` for at once.
    joins: Option<Span>,
    /// How many locks it has asked for; it survives a crash, so that no two
    /// have the same name.
    attempts: u16,
    held: Option<Held>,
}

impl Puller {
    pub const fn new(rules: Rules, peers: Peers, joins: Option<Span>) -> Self {
        Self {
            rules,
            peers,
            joins,
            attempts: 0,
            held: None,
        }
    }

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        match self.joins {
            Some(at) => fx.after(at, Task::Join),
            None => self.ready(None, fx),
        }
    }

    fn ready(&mut self, done: Option<Job>, fx: &mut Fx<'_>) {
        self.held = None;
        fx.clear(Task::Deadline);
        fx.send(self.peers.jobs, Msg::Ready { done });
    }

    fn take(&mut self, job: Job, fx: &mut Fx<'_>) {
        if self.held.is_some() {
            return;
        }
        self.attempts = self.attempts.wrapping_add(1);
        let holder = Incarnation::new(fx.node().0, self.attempts);
        self.held = Some(Held {
            job,
            holder,
            token: Token::NONE,
            doing: Doing::Locking,
            asked_us: clock(fx),
        });
        fx.note(Event::LockTry {
            holder,
            lock: job.0,
        });
        fx.send(self.peers.coordinator, Msg::Lock { holder, job });
    }

    fn locked(&mut self, holder: Incarnation, token: Token, fx: &mut Fx<'_>) {
        let now = clock(fx);
        let Some(held) = self.held_by(holder, Doing::Locking) else {
            return;
        };
        held.token = token;
        held.doing = Doing::Working;
        let (job, asked) = (held.job, held.asked_us);
        let elapsed = Span::from_us(now.saturating_sub(asked));
        let left = self.rules.lock_ttl - elapsed;
        fx.note(Event::LockAcquired {
            holder,
            valid_us: Left(i64::try_from(left.us()).unwrap_or(i64::MAX)),
            votes: 1,
        });
        if self.rules.stops {
            fx.poll(left, Task::Deadline);
        }
        let work_us = self.rules.job_time.us();
        fx.note(Event::JobStart {
            holder,
            job,
            work_us,
        });
        fx.work(self.rules.job_time, Task::Worked);
    }

    fn held_by(&mut self, holder: Incarnation, doing: Doing) -> Option<&mut Held> {
        let is = |it: &&mut Held| it.holder == holder && it.doing == doing;
        self.held.as_mut().filter(is)
    }

    fn effect(&mut self, fx: &mut Fx<'_>) {
        let calls = self.rules.calls;
        if let Some(held) = &mut self.held
            && held.doing == Doing::Working
        {
            held.doing = if calls {
                Doing::Calling
            } else {
                Doing::Writing
            };
            let held = *held;
            self.send(held, fx);
        }
    }

    fn send(&self, held: Held, fx: &mut Fx<'_>) {
        let Held { job, holder, .. } = held;
        match held.doing {
            Doing::Locking => fx.send(self.peers.coordinator, Msg::Lock { holder, job }),
            Doing::Calling => fx.send(self.peers.external, Msg::Call { holder, job }),
            Doing::Writing => {
                let message = Msg::Write {
                    row: job.0,
                    holder,
                    token: held.token,
                    job,
                    next: None,
                };
                fx.send(self.peers.sink, message);
            }
            Doing::Working => {}
        }
    }

    fn written(&mut self, holder: Incarnation, decision: Decision, fx: &mut Fx<'_>) {
        let Some(held) = self.held_by(holder, Doing::Writing) else {
            return;
        };
        let job = held.job;
        if decision == Decision::StaleToken {
            self.drop_lock(holder, BeliefEnd::Notified, fx);
        } else {
            fx.note(Event::JobDone { holder, job });
            fx.then(anchors::AFTER_EFFECT, Task::Record(holder, job));
        }
    }

    /// The effect is there: unlock, and tell the queue.
    fn effected(&mut self, holder: Incarnation, job: Job, fx: &mut Fx<'_>) {
        if self.held_by(holder, Doing::Writing).is_none() {
            return;
        }
        let reason = BeliefEnd::Release;
        fx.note(Event::BeliefEnds { holder, reason });
        fx.send(self.peers.coordinator, Msg::Unlock { holder, job });
        self.ready(Some(job), fx);
        fx.reached(anchors::AFTER_PROGRESS);
    }

    /// Gives the job up; the queue will hand it out again.
    fn drop_lock(&mut self, holder: Incarnation, reason: BeliefEnd, fx: &mut Fx<'_>) {
        fx.clear(Task::Worked);
        fx.note(Event::BeliefEnds { holder, reason });
        self.ready(None, fx);
    }

    pub fn message(&mut self, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Take { job } => self.take(job, fx),
            Msg::Locked { holder, token } => self.locked(holder, token, fx),
            Msg::Called { holder, .. } => {
                if let Some(held) = self.held_by(holder, Doing::Calling) {
                    held.doing = Doing::Writing;
                    let held = *held;
                    self.send(held, fx);
                }
            }
            Msg::WriteReply {
                holder, decision, ..
            } => self.written(holder, decision, fx),
            Msg::AskAgain if self.held.is_none() => self.ready(None, fx),
            _ => {}
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match task {
            Task::Worked if self.held.is_some() => {
                fx.then(anchors::BEFORE_EFFECT, Task::Effect);
            }
            Task::Join => self.ready(None, fx),
            Task::Effect => self.effect(fx),
            Task::Record(holder, job) => self.effected(holder, job, fx),
            Task::Deadline => {
                let believes = |it: &Held| it.doing != Doing::Locking;
                if let Some(held) = self.held.filter(believes) {
                    self.drop_lock(held.holder, BeliefEnd::Deadline, fx);
                }
            }
            Task::Resend => match self.held {
                Some(held) => self.send(held, fx),
                None => self.ready(None, fx),
            },
            _ => {}
        }
    }

    pub fn reset(&mut self, _: Node, fx: &mut Fx<'_>) {
        fx.poll(RESEND_AFTER, Task::Resend);
    }

    pub fn crash(&mut self) {
        self.held = None;
    }

    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        self.ready(None, fx);
    }
}
