//! The lock service: a lock for each row, with a lease, and where the rules
//! say so a queue.

use alloc::collections::{BTreeMap, VecDeque};

use sim::Node;

use super::{Fx, Mechanism, Msg, Rules, Task};
use crate::vocabulary::{Event, Incarnation};

/// A lock that is held, and who waits for it, the longest first.
#[derive(Debug)]
struct Lock {
    holder: Incarnation,
    queue: VecDeque<Incarnation>,
}

/// All locks that are held. They are in memory only.
#[derive(Debug)]
pub struct LockService {
    rules: Rules,
    /// By row.
    locks: BTreeMap<u32, Lock>,
}

impl LockService {
    pub const fn new(rules: Rules) -> Self {
        Self {
            rules,
            locks: BTreeMap::new(),
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
            // What has run out is not the releaser's any more.
            Msg::Release { holder, row } if self.is_held(row, holder) => {
                fx.clear(Task::Expire { holder, row });
                fx.note(Event::ServerRelease { holder, by: holder });
                self.pass_on(row, fx);
            }
            _ => {}
        }
    }

    fn acquire(&mut self, from: Node, holder: Incarnation, row: u32, fx: &mut Fx<'_>) {
        let Some(lock) = self.locks.get_mut(&row) else {
            let queue = VecDeque::new();
            self.locks.insert(row, Lock { holder, queue });
            self.grant(holder, row, fx);
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

    fn is_held(&self, row: u32, holder: Incarnation) -> bool {
        self.locks
            .get(&row)
            .is_some_and(|lock| lock.holder == holder)
    }

    fn grant(&self, holder: Incarnation, row: u32, fx: &mut Fx<'_>) {
        let ttl = self.rules.ttl;
        fx.note(Event::ServerGrant {
            holder,
            lease_us: ttl.us(),
        });
        fx.after(ttl, Task::Expire { holder, row });
        fx.send(Node(holder.lane()), Msg::Granted { holder });
    }

    /// The lock on `row` is free: it is the next one's.
    fn pass_on(&mut self, row: u32, fx: &mut Fx<'_>) {
        let Some(lock) = self.locks.get_mut(&row) else {
            return;
        };
        if let Some(next) = lock.queue.pop_front() {
            lock.holder = next;
            self.grant(next, row, fx);
        } else {
            self.locks.remove(&row);
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        let Task::Expire { holder, row } = task else {
            return;
        };
        if self.is_held(row, holder) {
            fx.note(Event::ServerExpire { holder });
            self.pass_on(row, fx);
        }
    }

    /// Who has hung up waits no longer. A lease stays: it is there for clients
    /// that cannot be reached.
    pub fn reset(&mut self, peer: Node) {
        for lock in self.locks.values_mut() {
            lock.queue.retain(|waiting| waiting.lane() != peer.0);
        }
    }

    pub fn crash(&mut self) {
        self.locks.clear();
    }
}
