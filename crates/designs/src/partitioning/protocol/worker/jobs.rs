//! A worker's jobs: one at a time under its hands, those that it is through
//! with on their way to the sink.

use super::{Begun, Doing, Owned, Stage, Worker};
use crate::partitioning::protocol::{Fx, Msg, Progress, Task, anchors};
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job};

impl Worker {
    pub(super) fn arrives(&mut self, partition: u16, place: u32, job: Job, fx: &mut Fx<'_>) {
        let of = |it: &&mut Owned| it.partition == partition && it.stage == Stage::Running;
        let Some(owned) = self.owned.iter_mut().find(of) else {
            return;
        };
        if place > owned.next {
            // Something was lost in between.
            let holder = owned.holder;
            self.fetch(holder, fx);
            return;
        }
        if place == owned.next {
            owned.next += 1;
            owned.waiting.push_back((place, job));
            self.begin_next(fx);
        }
    }

    /// Begins the next job, of the partition whose turn it is.
    pub(super) fn begin_next(&mut self, fx: &mut Fx<'_>) {
        if self.current.is_some() {
            return;
        }
        let turn = self.turn;
        let waits = self.owned.iter_mut().filter(|it| !it.waiting.is_empty());
        let next = waits.min_by_key(|it| (it.partition <= turn, it.partition));
        let Some(owned) = next else {
            return;
        };
        let Some((place, job)) = owned.waiting.pop_front() else {
            return;
        };
        let begun = Begun {
            partition: owned.partition,
            holder: owned.holder,
            token: owned.token,
            place,
            job,
            doing: Doing::Recording,
        };
        self.turn = owned.partition;
        self.current = Some(begun);
        fx.note(Event::JobStart {
            holder: begun.holder,
            job,
            work_us: self.rules.job_time.us(),
        });
        if self.rules.progress == Progress::Before {
            self.record(begun, fx);
        } else {
            self.work(fx);
        }
    }

    fn work(&mut self, fx: &mut Fx<'_>) {
        if let Some(current) = &mut self.current {
            current.doing = Doing::Working;
            fx.work(self.rules.job_time, Task::Worked);
        }
    }

    pub(super) fn worked(&mut self, fx: &mut Fx<'_>) {
        if let Some(current) = &mut self.current {
            current.doing = Doing::Worked;
            fx.then(anchors::BEFORE_EFFECT, Task::Effect);
        }
    }

    /// Calls outside, or writes; the hands are free for the next job.
    pub(super) fn effect(&mut self, fx: &mut Fx<'_>) {
        let worked = |it: &Begun| it.doing == Doing::Worked;
        if let Some(mut begun) = self.current.filter(worked) {
            self.current = None;
            begun.doing = if self.rules.calls {
                Doing::Calling
            } else {
                Doing::Writing
            };
            self.sent.push(begun);
            self.send(begun, fx);
        }
        self.begin_next(fx);
    }

    /// Sends what a job waits for, for the first time or again.
    pub(super) fn send(&self, begun: Begun, fx: &mut Fx<'_>) {
        let Begun { holder, job, .. } = begun;
        match begun.doing {
            Doing::Calling => fx.send(self.peers.external, Msg::Call { holder, job }),
            Doing::Writing => {
                let atomic = self.rules.progress == Progress::Atomic;
                let message = Msg::Write {
                    row: u32::from(begun.partition),
                    holder,
                    token: begun.token,
                    job,
                    next: atomic.then_some(begun.place + 1),
                };
                fx.send(self.peers.sink, message);
            }
            Doing::Recording => self.record(begun, fx),
            Doing::Working | Doing::Worked => {}
        }
    }

    fn record(&self, begun: Begun, fx: &mut Fx<'_>) {
        let message = Msg::Progress {
            partition: begun.partition,
            holder: begun.holder,
            token: begun.token,
            next: begun.place + 1,
        };
        fx.send(self.peers.sink, message);
    }

    fn begun(&mut self, holder: Incarnation, job: Job) -> Option<&mut Begun> {
        let mut sent = self.sent.iter_mut();
        sent.find(|it| it.holder == holder && it.job == job)
    }

    pub(super) fn called(&mut self, holder: Incarnation, job: Job, fx: &mut Fx<'_>) {
        if let Some(begun) = self.begun(holder, job)
            && begun.doing == Doing::Calling
        {
            begun.doing = Doing::Writing;
            let begun = *begun;
            self.send(begun, fx);
        }
    }

    pub(super) fn written(
        &mut self,
        holder: Incarnation,
        job: Job,
        decision: Decision,
        fx: &mut Fx<'_>,
    ) {
        let writing = |it: &&mut Begun| it.doing == Doing::Writing;
        if self.begun(holder, job).filter(writing).is_none() {
            return;
        }
        if decision == Decision::StaleToken {
            self.give_up(holder, BeliefEnd::Notified, fx);
            self.begin_next(fx);
            return;
        }
        fx.note(Event::JobDone { holder, job });
        fx.then(anchors::AFTER_EFFECT, Task::Record(holder, job));
    }

    /// The effect is there: record progress, where that is still to be done.
    pub(super) fn effected(&mut self, holder: Incarnation, job: Job, fx: &mut Fx<'_>) {
        let after = self.rules.progress == Progress::After;
        let Some(begun) = self.begun(holder, job) else {
            return;
        };
        if after {
            begun.doing = Doing::Recording;
            let begun = *begun;
            self.record(begun, fx);
        } else {
            self.finished(holder, job, fx);
        }
    }

    pub(super) fn recorded(
        &mut self,
        holder: Incarnation,
        next: u32,
        accepted: bool,
        fx: &mut Fx<'_>,
    ) {
        let answered = |it: &Begun| {
            it.holder == holder && it.doing == Doing::Recording && it.place + 1 == next
        };
        let ahead = self.current.is_some_and(|it| answered(&it));
        let done = self.sent.iter().find(|it| answered(it)).map(|it| it.job);
        if !ahead && done.is_none() {
            return;
        }
        if !accepted {
            self.give_up(holder, BeliefEnd::Notified, fx);
            self.begin_next(fx);
        } else if let Some(job) = done {
            self.finished(holder, job, fx);
        } else {
            fx.reached(anchors::AFTER_PROGRESS);
            self.work(fx);
        }
    }

    fn finished(&mut self, holder: Incarnation, job: Job, fx: &mut Fx<'_>) {
        self.sent.retain(|it| it.holder != holder || it.job != job);
        fx.reached(anchors::AFTER_PROGRESS);
        self.drained(holder, fx);
    }
}
