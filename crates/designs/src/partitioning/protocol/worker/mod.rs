//! A worker that owns partitions: it reads their jobs, works on one at a time,
//! partition by partition in turn, and writes effects and progress. Nothing
//! on a job's way asks anyone for permission.

mod jobs;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use sim::{Node, Span};

use super::{Fx, Msg, Peers, RESEND_AFTER, Rules, Task, clock};
use crate::vocabulary::{BeliefEnd, Event, Incarnation, Job, Left, Token};

/// When a worker takes part.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// When it joins; `None` where the group forms with it.
    pub joins: Option<Span>,
    /// When it leaves, if it does.
    pub leaves: Option<Span>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Membership {
    /// Not a member, and not asking.
    Out,
    /// It has asked to join.
    Joining,
    /// A member, as far as it knows.
    In,
    /// It has asked to leave.
    Leaving,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It has told the sink its epoch and waits for the answer.
    Claiming,
    /// It takes jobs.
    Running,
    /// It finishes what it has begun and gives the partition back.
    Draining,
}

/// A partition that this worker owns, as far as it knows.
#[derive(Debug)]
struct Owned {
    partition: u16,
    holder: Incarnation,
    token: Token,
    stage: Stage,
    /// The place of the next job that it has not seen.
    next: u32,
    /// Jobs that it has and has not begun, with their places.
    waiting: VecDeque<(u32, Job)>,
    /// The coordinator has named it since the connection was lost.
    confirmed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Doing {
    /// Progress is recorded before the work.
    Recording,
    Working,
    /// The work is done and nothing has been sent.
    Worked,
    Calling,
    Writing,
}

/// A job that was begun and is not finished.
#[derive(Clone, Copy, Debug)]
struct Begun {
    partition: u16,
    holder: Incarnation,
    token: Token,
    place: u32,
    job: Job,
    doing: Doing,
}

/// A worker.
#[derive(Debug)]
pub struct Worker {
    rules: Rules,
    peers: Peers,
    plan: Plan,
    membership: Membership,
    /// When it first asked to join, by its own clock, µs.
    join_id: u64,
    /// The connection to the coordinator was lost.
    must_sync: bool,
    owned: Vec<Owned>,
    /// The job that it works on.
    current: Option<Begun>,
    /// Jobs whose call, effect or progress is on its way.
    sent: Vec<Begun>,
    /// Until when it may act, by its own clock, µs.
    deadline_us: u64,
    /// The partition whose turn was last.
    turn: u16,
}

impl Worker {
    pub const fn new(rules: Rules, peers: Peers, plan: Plan) -> Self {
        Self {
            rules,
            peers,
            plan,
            membership: Membership::Out,
            join_id: 0,
            must_sync: false,
            owned: Vec::new(),
            current: None,
            sent: Vec::new(),
            deadline_us: 0,
            turn: 0,
        }
    }

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        match self.plan.joins {
            Some(at) => fx.after(at, Task::Join),
            None => {
                self.membership = Membership::In;
                self.lives(clock(fx), fx);
                fx.poll(self.rules.heartbeat, Task::Beat);
            }
        }
        if let Some(at) = self.plan.leaves {
            fx.after(at, Task::Leave);
        }
    }

    // --- membership ------------------------------------------------------

    /// The coordinator has heard what was sent at `sent`: it will wait for at
    /// least a timeout from then on.
    fn lives(&mut self, sent: u64, fx: &mut Fx<'_>) {
        let lasts = self.rules.session_timeout - self.rules.margin;
        self.deadline_us = self.deadline_us.max(sent.saturating_add(lasts.us()));
        if self.rules.stops {
            let left = self.deadline_us.saturating_sub(clock(fx));
            fx.poll(Span::from_us(left), Task::Deadline);
        }
    }

    /// How much longer it may act by its own clock, µs; below zero where its
    /// deadline has passed.
    fn left(&self, fx: &Fx<'_>) -> Left {
        let signed = |us: u64| i64::try_from(us).unwrap_or(i64::MAX);
        Left(signed(self.deadline_us) - signed(clock(fx)))
    }

    fn join(&mut self, fx: &mut Fx<'_>) {
        self.membership = Membership::Joining;
        self.must_sync = false;
        self.join_id = clock(fx);
        self.beat(fx);
    }

    fn beat(&mut self, fx: &mut Fx<'_>) {
        let sent = clock(fx);
        let id = self.join_id;
        let message = match self.membership {
            Membership::Out => return,
            Membership::Joining => Msg::Join { id, sent },
            _ if self.must_sync => Msg::Sync { sent },
            _ => Msg::Heartbeat { sent },
        };
        if matches!(message, Msg::Sync { .. }) {
            self.must_sync = false;
            self.owned.iter_mut().for_each(|it| it.confirmed = false);
            if self.membership == Membership::Leaving {
                fx.send(self.peers.coordinator, Msg::Leave);
            }
        }
        fx.send(self.peers.coordinator, message);
        fx.poll(self.rules.heartbeat, Task::Beat);
    }

    fn leave(&mut self, fx: &mut Fx<'_>) {
        if matches!(self.membership, Membership::In | Membership::Joining) {
            self.membership = Membership::Leaving;
            fx.send(self.peers.coordinator, Msg::Leave);
        }
    }

    /// Stops owning everything at once.
    fn give_up_all(&mut self, reason: BeliefEnd, fx: &mut Fx<'_>) {
        let holders: Vec<Incarnation> = self.owned.iter().map(|it| it.holder).collect();
        for holder in holders {
            self.give_up(holder, reason, fx);
        }
    }

    /// Stops owning one partition at once, whatever was begun.
    fn give_up(&mut self, holder: Incarnation, reason: BeliefEnd, fx: &mut Fx<'_>) {
        self.owned.retain(|it| it.holder != holder);
        self.sent.retain(|it| it.holder != holder);
        if let Some(current) = self.current.filter(|it| it.holder == holder) {
            fx.clear(Task::Worked);
            let job = current.job;
            fx.note(Event::JobAbandon { holder, job });
            self.current = None;
        }
        fx.note(Event::BeliefEnds { holder, reason });
    }

    fn passed_deadline(&mut self, fx: &mut Fx<'_>) {
        if self.membership == Membership::Out {
            return;
        }
        self.must_sync = true;
        self.give_up_all(BeliefEnd::Deadline, fx);
    }

    // --- ownership -------------------------------------------------------

    fn owned(&mut self, holder: Incarnation) -> Option<&mut Owned> {
        self.owned.iter_mut().find(|it| it.holder == holder)
    }

    fn assigned(&mut self, partition: u16, holder: Incarnation, token: Token, fx: &mut Fx<'_>) {
        if let Some(owned) = self.owned(holder) {
            owned.confirmed = true;
            return;
        }
        // An earlier ownership of the same partition is over.
        let earlier = self.owned.iter().find(|it| it.partition == partition);
        if let Some(earlier) = earlier.map(|it| it.holder) {
            self.give_up(earlier, BeliefEnd::Notified, fx);
        }
        fx.note(Event::LockAcquired {
            holder,
            valid_us: self.left(fx),
            votes: 1,
        });
        self.owned.push(Owned {
            partition,
            holder,
            token,
            stage: Stage::Claiming,
            next: 0,
            waiting: VecDeque::new(),
            confirmed: true,
        });
        self.claim(partition, holder, token, fx);
    }

    fn claim(&self, partition: u16, holder: Incarnation, token: Token, fx: &mut Fx<'_>) {
        fx.send(
            self.peers.sink,
            Msg::Claim {
                partition,
                holder,
                token,
            },
        );
    }

    fn claimed(&mut self, holder: Incarnation, accepted: bool, next: u32, fx: &mut Fx<'_>) {
        let Some(owned) = self.owned(holder) else {
            return;
        };
        if owned.stage != Stage::Claiming {
            return;
        }
        if !accepted {
            self.give_up(holder, BeliefEnd::Notified, fx);
            return;
        }
        owned.stage = Stage::Running;
        owned.next = next;
        let partition = u32::from(owned.partition);
        fx.note(Event::OwnerRuns {
            holder,
            partition,
            next: u64::from(next),
        });
        self.fetch(holder, fx);
    }

    fn fetch(&mut self, holder: Incarnation, fx: &mut Fx<'_>) {
        let jobs = self.peers.jobs;
        if let Some(owned) = self.owned(holder)
            && owned.stage == Stage::Running
        {
            let message = Msg::Fetch {
                partition: owned.partition,
                holder,
                token: owned.token,
                from: owned.next,
            };
            fx.send(jobs, message);
        }
    }

    fn fetch_all(&mut self, fx: &mut Fx<'_>) {
        let holders: Vec<Incarnation> = self.owned.iter().map(|it| it.holder).collect();
        for holder in holders {
            self.fetch(holder, fx);
        }
    }

    fn revoked(&mut self, holder: Incarnation, fx: &mut Fx<'_>) {
        if let Some(owned) = self.owned(holder) {
            owned.stage = Stage::Draining;
            owned.waiting.clear();
            self.drained(holder, fx);
        }
    }

    /// Gives a partition back that was asked for, once nothing of it is begun.
    fn drained(&mut self, holder: Incarnation, fx: &mut Fx<'_>) {
        let begun = self.sent.iter().chain(&self.current);
        if begun.into_iter().any(|it| it.holder == holder) {
            return;
        }
        let drains = |it: &&Owned| it.holder == holder && it.stage == Stage::Draining;
        let Some(owned) = self.owned.iter().find(drains) else {
            return;
        };
        let partition = owned.partition;
        self.give_up(holder, BeliefEnd::Release, fx);
        fx.send(self.peers.coordinator, Msg::Released { partition, holder });
    }

    // --- the node --------------------------------------------------------

    pub fn message(&mut self, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::HeartbeatReply { sent } => {
                if self.membership == Membership::Joining {
                    self.membership = Membership::In;
                }
                self.lives(sent, fx);
                let valid_us = self.left(fx);
                fx.note(Event::OwnerLives { valid_us });
            }
            // One word of it for each heartbeat that a cut held.
            Msg::Expelled if self.membership == Membership::Joining => {}
            Msg::Expelled => {
                self.give_up_all(BeliefEnd::Notified, fx);
                if self.membership == Membership::Leaving {
                    self.membership = Membership::Out;
                } else {
                    self.join(fx);
                }
            }
            Msg::Goodbye => {
                self.give_up_all(BeliefEnd::Notified, fx);
                self.membership = Membership::Out;
                fx.clear(Task::Deadline);
            }
            Msg::SyncDone => {
                let unknown = |it: &&Owned| !it.confirmed;
                let lost: Vec<_> = self.owned.iter().filter(unknown).collect();
                let lost: Vec<Incarnation> = lost.iter().map(|it| it.holder).collect();
                for holder in lost {
                    self.give_up(holder, BeliefEnd::Notified, fx);
                }
                self.begin_next(fx);
            }
            Msg::Assign {
                partition,
                holder,
                token,
            } => self.assigned(partition, holder, token, fx),
            Msg::Revoke { holder, .. } => self.revoked(holder, fx),
            Msg::ClaimReply {
                holder,
                accepted,
                next,
                ..
            } => self.claimed(holder, accepted, next, fx),
            Msg::Job {
                partition,
                place,
                job,
            } => self.arrives(partition, place, job, fx),
            Msg::AskAgain => self.fetch_all(fx),
            Msg::Called { holder, job } => self.called(holder, job, fx),
            Msg::WriteReply {
                holder,
                job,
                decision,
            } => self.written(holder, job, decision, fx),
            Msg::ProgressReply {
                holder,
                next,
                accepted,
            } => self.recorded(holder, next, accepted, fx),
            _ => {}
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match task {
            Task::Beat => self.beat(fx),
            Task::Join => self.join(fx),
            Task::Leave => self.leave(fx),
            Task::Deadline => self.passed_deadline(fx),
            Task::Resend => self.resend(fx),
            Task::Worked => self.worked(fx),
            Task::Effect => self.effect(fx),
            Task::Record(holder, job) => self.effected(holder, job, fx),
            _ => {}
        }
    }

    /// Sends again what a lost connection may have swallowed.
    fn resend(&mut self, fx: &mut Fx<'_>) {
        for owned in &self.owned {
            if owned.stage == Stage::Claiming {
                self.claim(owned.partition, owned.holder, owned.token, fx);
            }
        }
        for begun in self.sent.iter().chain(&self.current) {
            self.send(*begun, fx);
        }
        self.fetch_all(fx);
    }

    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        if peer == self.peers.coordinator {
            self.must_sync = true;
        } else {
            fx.poll(RESEND_AFTER, Task::Resend);
        }
    }

    /// Whatever it knew is gone.
    pub fn crash(&mut self) {
        *self = Self::new(self.rules, self.peers, self.plan);
    }

    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        self.join(fx);
    }
}
