//! A worker without partitions: it takes the next job from the queue and holds
//! the job's lock until the effect is there.

use sim::{Node, Span};

use super::{Fx, Msg, Peers, RESEND_AFTER, Rules, Task, anchors, clock};
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job, Left, Token};

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
