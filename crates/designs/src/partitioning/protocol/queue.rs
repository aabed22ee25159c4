//! The same work with a lock for each job: one queue that all workers share.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use sim::{Node, Span};

use super::log::Arrivals;
use super::{Fx, Msg, Rules, Task};
use crate::vocabulary::{Event, Job};

/// How much longer than the lock's TTL the queue waits for a job.
pub const GRACE: Span = Span::from_ms(10);

/// How often a job is handed out before the queue gives it up, as queues with
/// a dead-letter rule do.
const MOST_DELIVERIES: u8 = 5;

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
