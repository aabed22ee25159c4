//! How the events of partitioned ownership read in plain words. Jobs that
//! come and go without news are not told one by one.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::is_central;
use crate::design::Sentence;
use crate::laws::Law;
use crate::run::Run;
use crate::telling::{self, Breaches};
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job, MemberChange};
use crate::words;

/// What happened in `run`, in order.
pub(super) fn tell(run: &Run) -> Vec<Sentence> {
    let mut teller = Teller {
        run,
        breaches: Breaches::of(run),
        central: is_central(&run.scenario),
        begun: BTreeMap::new(),
        called: BTreeSet::new(),
        written: BTreeSet::new(),
    };
    let mut sentences = Vec::new();
    for (number, record) in (0..).zip(&run.trace.records) {
        let text = telling::world(run, number)
            .or_else(|| Event::read(record).and_then(|event| teller.fact(number, event)));
        sentences.extend(text.map(|text| teller.breaches.sentence(number, text)));
        if let Some(event) = Event::read(record) {
            teller.remember(event);
        }
    }
    let last = u32::try_from(run.trace.records.len()).unwrap_or(u32::MAX);
    if let Some(record) = last.checked_sub(1) {
        sentences.push(Sentence {
            record,
            text: teller.sum(),
            breach: false,
        });
    }
    sentences
}

struct Teller<'a> {
    run: &'a Run,
    breaches: Breaches,
    central: bool,
    /// Who began a job first, and how often it was begun, by its number.
    begun: BTreeMap<u32, (Incarnation, usize)>,
    called: BTreeSet<u32>,
    /// Jobs with an accepted effect.
    written: BTreeSet<u32>,
}

impl Teller<'_> {
    fn name(&self, holder: Incarnation) -> &str {
        self.run.name(holder.lane())
    }

    /// The partition that an owner has.
    fn partition(&self, holder: Incarnation) -> u32 {
        let history = &self.run.history;
        history.grant_of(holder).map_or(0, |grant| grant.lock)
    }

    fn fact(&self, number: u32, event: Event) -> Option<String> {
        Some(match event {
            Event::OwnersChange {
                epoch,
                worker,
                change,
                members,
            } => self.epoch(epoch, worker, change, members),
            Event::OwnerAssigned { .. } => return self.assigned(number),
            Event::OwnerRevoked { .. } => return self.revoked(number),
            Event::OwnerRuns { holder, next, .. } => return self.runs(holder, next),
            Event::ServerExpire { holder } if self.central => format!(
                "{}'s lock on a job expires: the job can be taken again.",
                self.name(holder)
            ),
            Event::ServerExpire { .. } => return self.taken(number),
            Event::BeliefEnds { holder, reason } => return self.ends(number, holder, reason),
            Event::JobStart { holder, job, .. } => return self.starts(holder, job),
            Event::JobAbandon { holder, job } => {
                format!("{} gives job {} up.", self.name(holder), job.0)
            }
            Event::ExternalCall {
                holder,
                job,
                performed,
            } => return self.call(holder, job, performed),
            Event::ResourceClaim {
                holder,
                token,
                accepted: false,
            } => format!(
                "The sink refuses {}'s claim of partition {}: epoch {} is over.",
                self.name(holder),
                self.partition(holder),
                token.number()
            ),
            Event::ResourceWrite { .. } => return self.write(number, event),
            Event::ProgressWrite { .. } => return self.progress(number, event),
            _ => return None,
        })
    }

    // --- owners ----------------------------------------------------------

    fn epoch(&self, epoch: u32, worker: u32, change: MemberChange, members: u64) -> String {
        let name = self.run.name(u16::try_from(worker).unwrap_or(u16::MAX));
        let now = match members {
            0 => "There is no worker left".to_string(),
            1 => "There is one worker now".to_string(),
            count => format!("There are {count} workers now"),
        };
        match change {
            MemberChange::Formed if members == 0 => {
                format!("Epoch {epoch} begins without a worker: nobody owns anything.")
            }
            MemberChange::Formed => format!(
                "Epoch {epoch} begins: {members} {} share the partitions. From here on no job needs a lock.",
                if members == 1 { "worker" } else { "workers" }
            ),
            MemberChange::Joined => format!("{name} joins. {now}: epoch {epoch} begins."),
            MemberChange::Leaves => format!("{name} wants to leave: epoch {epoch} begins."),
            MemberChange::Lost => format!(
                "The coordinator has not heard of {name} for {} and gives it up. {now}: epoch {epoch} begins.",
                words::span(self.run.scenario.span("session_timeout"))
            ),
            MemberChange::Returned => {
                format!("{name} comes back and owns nothing any more: epoch {epoch} begins.")
            }
        }
    }

    /// The partitions of a group of alike facts, told with the first of them.
    fn group(&self, number: u32, alike: impl Fn(Event) -> Option<u32>) -> Option<String> {
        let group = telling::group(self.run, number, |record| {
            Event::read(record).and_then(&alike).is_some()
        })?;
        let mut partitions: Vec<u32> = group
            .filter_map(|record| Event::read(record).and_then(&alike))
            .collect();
        partitions.sort_unstable();
        Some(partitions_in_words(&partitions))
    }

    fn assigned(&self, number: u32) -> Option<String> {
        let record = self.run.trace.records.get(number as usize)?;
        let Some(Event::OwnerAssigned { holder, token, .. }) = Event::read(record) else {
            return None;
        };
        let partitions = self.group(number, |event| match event {
            Event::OwnerAssigned {
                holder: other,
                partition,
                ..
            } if other.lane() == holder.lane() => Some(partition),
            _ => None,
        })?;
        let name = self.name(holder);
        Some(format!(
            "{name} becomes the owner of {partitions} in epoch {}.",
            token.number()
        ))
    }

    fn revoked(&self, number: u32) -> Option<String> {
        let record = self.run.trace.records.get(number as usize)?;
        let Some(Event::OwnerRevoked { holder, .. }) = Event::read(record) else {
            return None;
        };
        let partitions = self.group(number, |event| match event {
            Event::OwnerRevoked {
                holder: other,
                partition,
            } if other.lane() == holder.lane() => Some(partition),
            _ => None,
        })?;
        Some(format!(
            "The coordinator asks {} for {partitions} back.",
            self.name(holder)
        ))
    }

    fn taken(&self, number: u32) -> Option<String> {
        let record = self.run.trace.records.get(number as usize)?;
        let Some(Event::ServerExpire { holder }) = Event::read(record) else {
            return None;
        };
        let partitions = self.group(number, |event| match event {
            Event::ServerExpire { holder: other } if other.lane() == holder.lane() => {
                Some(self.partition(other))
            }
            _ => None,
        })?;
        let unaware = self.run.history.beliefs.iter().any(|belief| {
            belief.holder == holder && belief.from.record < number && belief.until.record > number
        });
        let unaware = if unaware { " It does not know." } else { "" };
        let name = self.name(holder);
        Some(format!("{name} loses {partitions}.{unaware}"))
    }

    fn runs(&self, holder: Incarnation, next: u64) -> Option<String> {
        let token = self.run.history.token_of(holder);
        if token.number() <= 1 {
            return None;
        }
        let partition = self.partition(holder);
        Some(format!(
            "{} has claimed partition {partition} and goes on after {next} recorded {}.",
            self.name(holder),
            if next == 1 { "job" } else { "jobs" }
        ))
    }

    fn ends(&self, number: u32, holder: Incarnation, reason: BeliefEnd) -> Option<String> {
        if self.central && reason == BeliefEnd::Release {
            return None;
        }
        if self.central {
            return Some(format!("{} gives its lock up.", self.name(holder)));
        }
        let partitions = self.group(number, |event| match event {
            Event::BeliefEnds {
                holder: other,
                reason: same,
            } if other.lane() == holder.lane() && same == reason => Some(self.partition(other)),
            _ => None,
        })?;
        let name = self.name(holder);
        Some(match reason {
            BeliefEnd::Release => {
                format!("{name} has finished what it had begun and gives {partitions} back.")
            }
            BeliefEnd::Deadline => format!(
                "{name} has not reached the coordinator for too long: by its own clock it stops, and no longer owns {partitions}."
            ),
            BeliefEnd::Notified => {
                format!("{name} learns that it has been replaced and lets {partitions} go.")
            }
            BeliefEnd::Aborted => format!("{name} lets {partitions} go."),
        })
    }

    // --- jobs ------------------------------------------------------------

    fn starts(&self, holder: Incarnation, job: Job) -> Option<String> {
        let (before, _) = self.begun.get(&job.0)?;
        let name = self.name(holder);
        Some(if before.lane() == holder.lane() {
            format!("{name} begins job {} once more.", job.0)
        } else {
            format!(
                "{name} begins job {}, which {} had begun before.",
                job.0,
                self.name(*before)
            )
        })
    }

    fn call(&self, holder: Incarnation, job: Job, performed: bool) -> Option<String> {
        let name = self.name(holder);
        match (performed, self.called.contains(&job.0)) {
            (true, false) => None,
            (true, true) => Some(format!(
                "{name} calls outside for job {} a second time. No fence stands there.",
                job.0
            )),
            (false, _) => Some(format!(
                "{name} calls outside for job {}; the key is known, and the first answer comes again.",
                job.0
            )),
        }
    }

    fn write(&self, number: u32, event: Event) -> Option<String> {
        let Event::ResourceWrite {
            token,
            holder,
            job,
            decision,
        } = event
        else {
            return None;
        };
        let name = self.name(holder);
        let arrives = format!("{name}'s effect of job {}", job.0);
        match decision {
            Decision::StaleToken => Some(format!(
                "{arrives} reaches the sink under epoch {}. The sink has seen a later one and refuses it.",
                token.number()
            )),
            Decision::AlreadyDone => Some(format!(
                "{arrives} reaches the sink, which has it already and changes nothing."
            )),
            Decision::Accepted => {
                let twice = self.breaches.by(number, Law::OncePerJob);
                let stale = self.breaches.by(number, Law::NoStaleWrite);
                let again = self.begun.get(&job.0).is_some_and(|(_, times)| *times > 1);
                if !twice && !stale && !again {
                    return None;
                }
                let twice = if twice {
                    " The job has now taken effect twice."
                } else {
                    ""
                };
                let stale = if stale {
                    " It is stale: the partition has another owner."
                } else {
                    ""
                };
                Some(format!("{arrives} is accepted.{stale}{twice}"))
            }
        }
    }

    fn progress(&self, number: u32, event: Event) -> Option<String> {
        let Event::ProgressWrite {
            token,
            holder,
            next,
            decision,
        } = event
        else {
            return None;
        };
        let name = self.name(holder);
        let partition = || self.partition(holder);
        if decision == Decision::StaleToken {
            return Some(format!(
                "{name}'s record of partition {} comes under epoch {} and is refused.",
                partition(),
                token.number()
            ));
        }
        self.breaches.by(number, Law::WritesInOrder).then(|| {
            format!(
                "{name}'s old record, {next} jobs done, overwrites the one of partition {}'s new owner.",
                partition()
            )
        })
    }

    // --- what came before, and in all --------------------------------------

    fn remember(&mut self, event: Event) {
        match event {
            Event::JobStart { holder, job, .. } => {
                self.begun.entry(job.0).or_insert((holder, 0)).1 += 1;
            }
            Event::ExternalCall { job, .. } => {
                self.called.insert(job.0);
            }
            Event::ResourceWrite {
                job,
                decision: Decision::Accepted,
                ..
            } => {
                self.written.insert(job.0);
            }
            _ => {}
        }
    }

    /// What became of all jobs.
    fn sum(&self) -> String {
        let (jobs, done) = (self.run.history.jobs.len(), self.written.len());
        let done = match (jobs, done) {
            (0, _) => return "No job came.".to_string(),
            (_, 0) => return format!("None of {jobs} jobs took effect."),
            (jobs, done) if jobs == done => format!("All of {jobs} jobs took effect"),
            (jobs, done) => format!("Of {jobs} jobs, {done} took effect"),
        };
        let begun: usize = self.begun.values().map(|(_, times)| times).sum();
        let again = if begun == jobs {
            String::new()
        } else {
            format!("; they were begun {begun} times")
        };
        let longest = super::claims::longest_wait(self.run);
        let waited = longest.map_or(String::new(), words::span);
        format!("{done}{again}. The longest that one waited was {waited}.")
    }
}

fn partitions_in_words(partitions: &[u32]) -> String {
    match partitions {
        [] => "nothing".to_string(),
        [only] => format!("partition {only}"),
        all if all.len() > 6 => format!("{} partitions", all.len()),
        [init @ .., last] => {
            let init: Vec<String> = init.iter().map(ToString::to_string).collect();
            format!("partitions {} and {last}", init.join(", "))
        }
    }
}
