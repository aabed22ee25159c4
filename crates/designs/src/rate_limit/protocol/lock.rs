//! A lock service: one lock a user, given to one server after the other in
//! the order in which they ask, and taken back after the TTL.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;

use sim::Node;

use super::counter::{Clock, Counter};
use super::{Fx, Mode, Msg, Rules, Task, note_decision};
use crate::vocabulary::{Event, Incarnation};

/// A server that waits for a lock.
#[derive(Clone, Copy, Debug)]
struct Waiter {
    node: Node,
    holder: Incarnation,
    request: u32,
}

/// A user's lock.
#[derive(Debug, Default)]
struct Lock {
    holder: Option<Incarnation>,
    waiting: VecDeque<Waiter>,
    /// The user's count, where it lives here.
    counter: Option<Counter>,
}

/// The lock service.
#[derive(Debug)]
pub struct LockService {
    rules: Rc<Rules>,
    locks: BTreeMap<u32, Lock>,
}

impl LockService {
    pub const fn new(rules: Rc<Rules>) -> Self {
        Self {
            rules,
            locks: BTreeMap::new(),
        }
    }

    pub fn start(&self, fx: &mut Fx<'_>) {
        if self.rules.mode == Mode::UserLock {
            fx.note(Event::LockRule { needed: 1, of: 1 });
        }
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Acquire {
                holder,
                user,
                request,
            } => {
                let lock = self.locks.entry(user).or_default();
                lock.waiting.push_back(Waiter {
                    node: from,
                    holder,
                    request,
                });
                self.grant(user, fx);
            }
            Msg::Release { holder, user } => self.release(holder, user, fx),
            _ => {}
        }
    }

    /// Gives a free lock to whoever has waited longest.
    fn grant(&mut self, user: u32, fx: &mut Fx<'_>) {
        let Some(lock) = self.locks.get_mut(&user) else {
            return;
        };
        if lock.holder.is_some() {
            return;
        }
        let Some(next) = lock.waiting.pop_front() else {
            return;
        };
        lock.holder = Some(next.holder);
        fx.note(Event::ServerGrant {
            holder: next.holder,
            lease_us: self.rules.ttl.us(),
        });
        // The textbook's limiter: the count lives with the lock, and a grant
        // is a decision.
        let decided = (self.rules.operations == 0).then(|| {
            let clock = Clock {
                now: fx.wall().us(),
                guarded: true,
            };
            let outcome = self
                .rules
                .limit
                .run(lock.counter, clock, self.rules.cost, 1);
            lock.counter = Some(outcome.counter);
            let admitted = outcome.granted > 0;
            note_decision(user, next.request, admitted, outcome.left, fx);
            admitted
        });
        fx.after(self.rules.ttl, Task::Expire(user));
        let holder = next.holder;
        fx.send(next.node, Msg::Grant { holder, decided });
    }

    fn release(&mut self, holder: Incarnation, user: u32, fx: &mut Fx<'_>) {
        let Some(lock) = self.locks.get_mut(&user) else {
            return;
        };
        if lock.holder != Some(holder) {
            return;
        }
        lock.holder = None;
        fx.clear(Task::Expire(user));
        fx.note(Event::ServerRelease { holder, by: holder });
        self.grant(user, fx);
    }

    pub fn expire(&mut self, user: u32, fx: &mut Fx<'_>) {
        let Some(holder) = self.locks.get_mut(&user).and_then(|it| it.holder.take()) else {
            return;
        };
        fx.note(Event::ServerExpire { holder });
        self.grant(user, fx);
    }

    /// A server's connection is gone: it waits for nothing any more. What it
    /// holds it keeps until the TTL, since a connection is no lease.
    pub fn reset(&mut self, peer: Node) {
        for lock in self.locks.values_mut() {
            lock.waiting.retain(|waiter| waiter.node != peer);
        }
    }

    pub fn crash(&mut self) {
        self.locks.clear();
    }
}
