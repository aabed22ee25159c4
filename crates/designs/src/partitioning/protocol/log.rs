//! Where jobs come from: a durable log, cut into partitions. Each partition
//! is read by its owner, from where the last one had come to.

use alloc::vec;
use alloc::vec::Vec;

use sim::{Node, Purpose, Span};

use super::hash::partition_of;
use super::{Fx, Msg, Rules, Task};
use crate::vocabulary::{Event, Job, Token};

/// When jobs come.
#[derive(Clone, Copy, Debug)]
pub struct Arrivals {
    /// Jobs a second; 0 for none.
    pub rate: u64,
    /// For how long.
    pub duration: Span,
}

impl Arrivals {
    /// The time until the next job, if one still comes.
    pub fn next(self, fx: &mut Fx<'_>) -> Option<Span> {
        let mean = 1_000_000_u64.checked_div(self.rate)?;
        let gap = fx
            .random(Purpose::Workload)
            .exponential(Span::from_us(mean));
        let left = i64::try_from(self.duration.us()).unwrap_or(i64::MAX) - fx.mono().us();
        i64::try_from(gap.us())
            .is_ok_and(|gap| gap < left)
            .then_some(gap)
    }

    /// Sets the next arrival, if there is one.
    pub fn schedule(self, fx: &mut Fx<'_>) {
        if let Some(gap) = self.next(fx) {
            fx.after(gap, Task::Arrive);
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Partition {
    jobs: Vec<Job>,
    /// Who reads it.
    reader: Option<Node>,
    /// The highest token that has asked for jobs: whoever comes with a lower
    /// one has been replaced.
    highest: Token,
}

/// All producers and the log that they write to.
#[derive(Debug)]
pub struct Log {
    rules: Rules,
    arrivals: Arrivals,
    partitions: Vec<Partition>,
    /// How many jobs there have been.
    jobs: u32,
}

impl Log {
    pub fn new(rules: Rules, arrivals: Arrivals) -> Self {
        Self {
            rules,
            arrivals,
            partitions: vec![Partition::default(); usize::from(rules.partitions)],
            jobs: 0,
        }
    }

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        self.arrivals.schedule(fx);
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        if task == Task::Arrive {
            self.arrive(fx);
            self.arrivals.schedule(fx);
        }
    }

    fn arrive(&mut self, fx: &mut Fx<'_>) {
        self.jobs += 1;
        let job = Job(self.jobs);
        let number = partition_of(job.0, self.rules.partitions, self.rules.job_salt);
        fx.note(Event::JobOffer { job });
        let Some(partition) = self.partitions.get_mut(usize::from(number)) else {
            return;
        };
        let place = u32::try_from(partition.jobs.len()).unwrap_or(u32::MAX);
        fx.note(Event::JobRouted {
            job,
            partition: u32::from(number),
            place: u64::from(place),
        });
        partition.jobs.push(job);
        if let Some(reader) = partition.reader {
            fx.send(
                reader,
                Msg::Job {
                    partition: number,
                    place,
                    job,
                },
            );
        }
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        let Msg::Fetch {
            partition: number,
            token,
            from: first,
            ..
        } = message
        else {
            return;
        };
        let Some(partition) = self.partitions.get_mut(usize::from(number)) else {
            return;
        };
        if token < partition.highest {
            return;
        }
        partition.highest = token;
        partition.reader = Some(from);
        for (place, &job) in (0..).zip(&partition.jobs).skip(first as usize) {
            fx.send(
                from,
                Msg::Job {
                    partition: number,
                    place,
                    job,
                },
            );
        }
    }

    /// A reader is gone or was cut off. If it lives it asks again; if it is
    /// dead, the run waits until someone else has had time to.
    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        let mut read = false;
        for partition in &mut self.partitions {
            if partition.reader == Some(peer) {
                partition.reader = None;
                read = true;
            }
        }
        if read {
            fx.send(peer, Msg::AskAgain);
            fx.after(self.rules.session_timeout + Span::from_s(1), Task::Vigil);
        }
    }

    pub fn crash(&mut self, wiped: bool) {
        for partition in &mut self.partitions {
            partition.reader = None;
            if wiped {
                partition.jobs.clear();
            }
        }
    }

    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        self.arrivals.schedule(fx);
    }
}
