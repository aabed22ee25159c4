//! The lock service: a lock for each row, with a lease, and where the rules
//! say so a queue.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use sim::Node;

use super::{Fx, Mechanism, Msg, Rules, Task};
use crate::vocabulary::{Event, Incarnation};

/// A lock that is held, and who waits for it, the longest first.
#[derive(Debug)]
struct Lock {
    row: u32,
    holder: Incarnation,
    queue: VecDeque<Incarnation>,
}

/// All locks that are held. They are in memory only.
#[derive(Debug)]
pub struct LockService {
    rules: Rules,
    locks: Vec<Lock>,
}

impl LockService {
    pub const fn new(rules: Rules) -> Self {
        Self {
            rules,
            locks: Vec::new(),
        }
    }

    pub fn start(&self, fx: &mut Fx<'_>) {
        fx.note(Event::LockRule { needed: 1, of: 1 });
        let queues = self.rules.mechanism == Mechanism::LockQueue;
        if let Some(bound) = self.rules.bound.filter(|_| queues) {
            fx.note(Event::WaitRule {
                bound_us: bound.us(),
            });
        }
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Acquire { holder, row } => self.acquire(from, holder, row, fx),
            Msg::Release { holder, row } => {
                let is_it = |lock: &Lock| lock.row == row && lock.holder == holder;
                let place = self.locks.iter().position(is_it);
                // What has run out is not the releaser's any more.
                if let Some(place) = place {
                    fx.clear(Task::Expire(holder));
                    fx.note(Event::ServerRelease { holder, by: holder });
                    self.pass_on(place, fx);
                }
            }
            _ => {}
        }
    }

    fn acquire(&mut self, from: Node, holder: Incarnation, row: u32, fx: &mut Fx<'_>) {
        let Some(lock) = self.locks.iter_mut().find(|lock| lock.row == row) else {
            self.locks.push(Lock {
                row,
                holder,
                queue: VecDeque::new(),
            });
            self.grant(holder, fx);
            return;
        };
        if self.rules.mechanism == Mechanism::LockQueue {
            lock.queue.push_back(holder);
        } else {
            fx.note(Event::ServerDeny {
                holder,
                held_by: lock.holder,
            });
            fx.send(from, Msg::Denied { holder });
        }
    }

    fn grant(&self, holder: Incarnation, fx: &mut Fx<'_>) {
        let ttl = self.rules.ttl;
        fx.note(Event::ServerGrant {
            holder,
            lease_us: ttl.us(),
        });
        fx.after(ttl, Task::Expire(holder));
        fx.send(Node(holder.lane()), Msg::Granted { holder });
    }

    /// The lock at `place` is free: it is the next one's.
    fn pass_on(&mut self, place: usize, fx: &mut Fx<'_>) {
        let lock = &mut self.locks[place];
        if let Some(next) = lock.queue.pop_front() {
            lock.holder = next;
            self.grant(next, fx);
        } else {
            self.locks.swap_remove(place);
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        let Task::Expire(holder) = task else {
            return;
        };
        if let Some(place) = self.locks.iter().position(|lock| lock.holder == holder) {
            fx.note(Event::ServerExpire { holder });
            self.pass_on(place, fx);
        }
    }

    /// Who has hung up waits no longer. A lease stays: it is there for clients
    /// that cannot be reached.
    pub fn reset(&mut self, peer: Node) {
        for lock in &mut self.locks {
            lock.queue.retain(|waiting| waiting.lane() != peer.0);
        }
    }

    pub fn crash(&mut self) {
        self.locks.clear();
    }
}
