//! How Redlock's events read in plain words.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use sim::{Kind, Record, Span, Time, flags};

use super::parameters::{ANCHORS, MESSAGES};
use crate::design::Sentence;
use crate::history::KeyEnd;
use crate::laws::Law;
use crate::run::Run;
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Refusal};
use crate::words;

/// What happened in `run`, in order.
pub(super) fn tell(run: &Run) -> Vec<Sentence> {
    let findings = run.verdict.findings.iter();
    let shown = findings
        .flat_map(|finding| finding.breaches())
        .filter_map(|breach| breach.records.last().copied());
    let mut breaches: Vec<u32> = shown.collect();
    breaches.sort_unstable();
    let mut teller = Teller {
        run,
        breaches,
        servers: 0,
        refusals: vec![0; run.lanes.len()],
        highest: 0,
    };
    let mut sentences = Vec::new();
    for (number, record) in (0..).zip(&run.trace.records) {
        let text = teller
            .world(number, record)
            .or_else(|| Event::read(record).and_then(|event| teller.fact(number, record, event)));
        if let Some(text) = text {
            sentences.push(teller.sentence(number, text));
        }
        if let Some(text) = teller.grant_ends(number) {
            sentences.push(teller.sentence(number, text));
        }
        if let Some(event) = Event::read(record) {
            teller.remember(event);
        }
    }
    sentences
}

struct Teller<'a> {
    run: &'a Run,
    /// The records by which laws are broken, in order.
    breaches: Vec<u32>,
    /// How many servers there are.
    servers: u32,
    /// How often each lane has been refused so far.
    refusals: Vec<u32>,
    /// The highest token number that the store has accepted so far.
    highest: u64,
}

impl Teller<'_> {
    fn sentence(&self, record: u32, text: String) -> Sentence {
        Sentence {
            record,
            text,
            breach: self.breaches.binary_search(&record).is_ok(),
        }
    }

    fn name(&self, holder: Incarnation) -> &str {
        self.run.name(holder.lane())
    }

    /// Whether `law` is first broken by this record.
    fn breaks(&self, law: Law, record: u32) -> bool {
        self.run.verdict.of(law).is_some_and(|finding| {
            finding
                .breaches()
                .iter()
                .any(|breach| breach.records.last() == Some(&record))
        })
    }

    // --- the world -------------------------------------------------------

    fn world(&self, number: u32, record: &Record) -> Option<String> {
        let name = self.run.name(record.lane);
        let others = || {
            let group = self.group(number, |other| other.lane == record.lane)?;
            Some(self.list(group.map(|other| u16::try_from(other.y).unwrap_or(u16::MAX))))
        };
        let all = || {
            let group = self.group(number, |_| true)?;
            let lanes: Vec<u16> = group.map(|other| other.lane).collect();
            let s = if lanes.len() == 1 { "s" } else { "" };
            Some((self.list(lanes.into_iter()), s))
        };
        Some(match record.world_kind()? {
            Kind::PauseBegin => {
                let what = if record.flags == flags::SUSPENDED {
                    "machine is suspended"
                } else {
                    "process stops"
                };
                let place = record
                    .y
                    .checked_sub(1)
                    .and_then(|anchor| ANCHORS.get(anchor as usize))
                    .map_or(String::new(), |anchor| format!(", {}", anchor.label));
                format!(
                    "{name}'s {what} for {}{place}.",
                    words::span(Span::from_us(record.x))
                )
            }
            Kind::PauseEnd => {
                format!("{name} runs again. Nothing has told it how long it was away.")
            }
            Kind::Crash => {
                let (names, s) = all()?;
                format!("{names} crash{}.", if s.is_empty() { "" } else { "es" })
            }
            Kind::Restart => {
                let (names, s) = all()?;
                let with = if record.flags == flags::WIPED {
                    " with nothing of what was stored"
                } else {
                    ""
                };
                format!("{names} come{s} back{with}.")
            }
            Kind::ClockStep => {
                let by = record.x.cast_signed();
                let way = if by < 0 { "back" } else { "forward" };
                let span = words::span(Span::from_us(by.unsigned_abs()));
                format!("{name}'s wall clock jumps {way} by {span}.")
            }
            Kind::ClockDrift => {
                format!(
                    "{name}'s clocks run {} ppm off from here on.",
                    record.x.cast_signed()
                )
            }
            // A cut both ways is one sentence.
            Kind::CutBegin if u32::from(record.lane) < record.y => {
                let end = if record.x == u64::MAX {
                    " for the rest of the run".to_string()
                } else {
                    format!(" for {}", words::span(Span::from_us(record.x)))
                };
                let fate = if record.flags == flags::LOSSY {
                    "messages are lost"
                } else {
                    "messages are held"
                };
                format!("{name} and {} are cut apart{end}; {fate}.", others()?)
            }
            Kind::CutEnd if u32::from(record.lane) < record.y => {
                format!("{name} and {} reach each other again.", others()?)
            }
            Kind::Delay => {
                let message = MESSAGES
                    .get(record.z as usize)
                    .map_or("message", |message| message.label);
                let span = words::span(Span::from_us(record.x));
                format!("The network holds {name}'s “{message}” for {span}.")
            }
            _ => return None,
        })
    }

    // --- facts -----------------------------------------------------------

    fn fact(&self, number: u32, record: &Record, event: Event) -> Option<String> {
        Some(match event {
            Event::LockAcquired {
                holder,
                valid_us,
                votes,
            } => self.acquired(number, holder, valid_us.0, votes),
            Event::LockRejected {
                holder,
                reason: Refusal::Validity,
                ..
            } => format!(
                "{} has won enough votes, but too late: no validity is left. It gives them back.",
                self.name(holder)
            ),
            Event::LockRejected { holder, reason, .. } if self.refusals_of(holder) == 0 => {
                let why = match reason {
                    Refusal::Locked => "another holder has the lock",
                    Refusal::Timeout => "too few servers answer in time",
                    Refusal::Votes | Refusal::Validity => "it wins too few votes",
                };
                format!(
                    "{} asks for the lock and is refused: {why}. It will ask again.",
                    self.name(holder)
                )
            }
            // Numbers drawn for attempts that fail lead nowhere.
            Event::TokenIssue { token, holder } if self.believes(holder) => {
                format!("{} gets token {}.", self.name(holder), token.number())
            }
            Event::ResourceClaim {
                token,
                holder,
                accepted: true,
            } if token.is_some() => format!(
                "{} claims the store with token {}: nothing below it will be accepted.",
                self.name(holder),
                token.number()
            ),
            Event::ResourceClaim {
                token,
                holder,
                accepted: false,
            } => format!(
                "The store refuses {}'s claim: its token {} is too low.",
                self.name(holder),
                token.number()
            ),
            Event::LockCheck {
                holder,
                left_us,
                passed,
            } => {
                let name = self.name(holder);
                let left = words::span(Span::from_us(left_us.0.unsigned_abs()));
                match (passed, left_us.0 > 0) {
                    (true, _) => format!("{name} looks at its clock: {left} left. It goes on."),
                    (false, true) => format!("{name} knows that it lost the lock and stops."),
                    (false, false) => {
                        format!("{name} looks at its clock: {left} too late. It stops.")
                    }
                }
            }
            Event::LockExtend {
                holder, extended, ..
            } => {
                let name = self.name(holder);
                if extended {
                    format!("{name} extends the lock.")
                } else {
                    format!("{name} tries to extend the lock and fails.")
                }
            }
            Event::ResourceWrite { .. } => return self.write(number, event),
            Event::JobSkip { holder, .. } => {
                format!(
                    "{} finds that the job is done and leaves it.",
                    self.name(holder)
                )
            }
            Event::JobAbandon { holder, .. } => {
                format!(
                    "{} gives the job up: its caller hears that it failed.",
                    self.name(holder)
                )
            }
            Event::BeliefEnds {
                holder,
                reason: BeliefEnd::Release,
            } => format!("{} releases the lock.", self.name(holder)),
            Event::BeliefEnds {
                holder,
                reason: BeliefEnd::Deadline,
            } => format!("{}'s own deadline passes, and it stops.", self.name(holder)),
            Event::ServerRelease { holder, by } if by != holder => {
                let group =
                    self.group(number, |other| (other.y, other.z) == (record.y, record.z))?;
                format!(
                    "{}'s release deletes {}'s key on {}.",
                    self.name(by),
                    self.name(holder),
                    self.list(group.map(|other| other.lane))
                )
            }
            _ => return None,
        })
    }

    fn acquired(&self, number: u32, holder: Incarnation, valid_us: i64, votes: u8) -> String {
        let name = self.name(holder);
        let of = self.servers;
        let after = match self.refusals_of(holder) {
            0 => String::new(),
            1 => ", at the second try,".to_string(),
            count => format!(", after {count} refused tries,"),
        };
        let length = Span::from_us(valid_us.unsigned_abs());
        let exact = words::instant(Time::ZERO + length);
        let belief = if valid_us > 0 {
            format!("and believes it holds the lock for {exact}")
        } else {
            format!("and takes the lock, {exact} after it ran out")
        };
        let also = if self.breaks(Law::OneHolder, number) {
            " From here two workers believe they hold it."
        } else {
            ""
        };
        format!("{name}{after} gets {votes} of {of} votes {belief}.{also}")
    }

    fn write(&self, number: u32, event: Event) -> Option<String> {
        let Event::ResourceWrite {
            token,
            holder,
            decision,
            ..
        } = event
        else {
            return None;
        };
        let name = self.name(holder);
        let with = if token.is_some() {
            format!(" with token {}", token.number())
        } else {
            String::new()
        };
        Some(match decision {
            Decision::StaleToken => {
                let highest = self.highest;
                format!(
                    "{name}'s result arrives{with}. The store has seen {highest} and refuses it."
                )
            }
            Decision::AlreadyDone => {
                format!(
                    "{name}'s result arrives{with}. The job is done already, so the store refuses it."
                )
            }
            Decision::Accepted => {
                let stale = if self.breaks(Law::NoStaleWrite, number) {
                    " It is stale: another worker was granted the lock meanwhile."
                } else {
                    ""
                };
                let twice = if self.breaks(Law::OncePerJob, number) {
                    " The job has now been written twice."
                } else {
                    ""
                };
                format!("{name}'s result arrives{with} and is accepted.{stale}{twice}")
            }
        })
    }

    /// When too few keys are left for a majority.
    fn grant_ends(&self, number: u32) -> Option<String> {
        // No two grants overlap, so they end in the order in which they began.
        let grants = &self.run.history.grants;
        let ended = grants.binary_search_by_key(&number, |grant| grant.until.record);
        let grant = &grants[ended.ok()?];
        let name = self.name(grant.holder);
        let unaware = self.run.history.beliefs.iter().any(|belief| {
            belief.holder == grant.holder && belief.from < grant.until && belief.until > grant.until
        });
        let unaware = if unaware {
            format!(" {name} does not know.")
        } else {
            String::new()
        };
        match grant.end {
            KeyEnd::Expired => Some(format!(
                "{name}'s lock expires: too few servers have its key.{unaware}"
            )),
            KeyEnd::Crashed => Some(format!(
                "{name}'s lock is lost: too few live servers have its key.{unaware}"
            )),
            KeyEnd::Deleted(_) => Some(format!("{name}'s lock is gone.{unaware}")),
            KeyEnd::Released | KeyEnd::Open => None,
        }
    }

    // --- groups ----------------------------------------------------------

    /// The records of the same instant and kind that are like it, where this
    /// is the first of them: what strikes several at once is told once.
    fn group(
        &self,
        number: u32,
        alike: impl Fn(&Record) -> bool,
    ) -> Option<impl Iterator<Item = &Record>> {
        let records = &self.run.trace.records;
        let record = &records[number as usize];
        let like = move |other: &&Record| {
            other.at == record.at && other.kind == record.kind && alike(other)
        };
        let earlier = records[..number as usize].iter().rev();
        let first = !earlier
            .take_while(|other| other.at == record.at)
            .any(|other| like(&other));
        let later = records[number as usize..].iter();
        first.then(|| later.take_while(|other| other.at == record.at).filter(like))
    }

    /// The lanes' names as a list in words.
    fn list(&self, lanes: impl Iterator<Item = u16>) -> String {
        let names: Vec<&str> = lanes.map(|lane| self.run.name(lane)).collect();
        match names.as_slice() {
            [] => String::new(),
            [only] => (*only).to_string(),
            [init @ .., last] => format!("{} and {last}", init.join(", ")),
        }
    }

    fn believes(&self, holder: Incarnation) -> bool {
        let beliefs = &self.run.history.beliefs;
        beliefs.iter().any(|belief| belief.holder == holder)
    }

    // --- what came before ------------------------------------------------

    fn remember(&mut self, event: Event) {
        match event {
            Event::LockRule { of, .. } => self.servers = of,
            Event::LockRejected { holder, .. } => {
                if let Some(count) = self.refusals.get_mut(usize::from(holder.lane())) {
                    *count += 1;
                }
            }
            Event::ResourceWrite {
                token,
                decision: Decision::Accepted,
                ..
            }
            | Event::ResourceClaim {
                token,
                accepted: true,
                ..
            } => self.highest = self.highest.max(token.number()),
            _ => {}
        }
    }

    fn refusals_of(&self, holder: Incarnation) -> u32 {
        let lane = usize::from(holder.lane());
        self.refusals.get(lane).copied().unwrap_or(0)
    }
}
