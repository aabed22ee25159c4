//! Where there is no ownership: who may do a job.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use sim::Node;

use super::{Fx, Msg, Rules, Task};
use crate::vocabulary::{Event, Incarnation, Job, Token};

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
