//! How Redlock's events read in plain words.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use sim::{Record, Span, Time};

use crate::design::Sentence;
use crate::history::KeyEnd;
use crate::laws::Law;
use crate::run::Run;
use crate::telling::{self, Breaches};
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Refusal};
use crate::words;

/// What happened in `run`, in order.
pub(super) fn tell(run: &Run) -> Vec<Sentence> {
    let mut teller = Teller {
        run,
        breaches: Breaches::of(run),
        servers: 0,
        refusals: vec![0; run.lanes.len()],
        highest: 0,
    };
    let mut sentences = Vec::new();
    for (number, record) in (0..).zip(&run.trace.records) {
        let text = telling::world(run, number)
            .or_else(|| Event::read(record).and_then(|event| teller.fact(number, record, event)));
        if let Some(text) = text {
            sentences.push(teller.breaches.sentence(number, text));
        }
        if let Some(text) = teller.grant_ends(number) {
            sentences.push(teller.breaches.sentence(number, text));
        }
        if let Some(event) = Event::read(record) {
            teller.remember(event);
        }
    }
    sentences
}

struct Teller<'a> {
    run: &'a Run,
    breaches: Breaches,
    /// How many servers there are.
    servers: u32,
    /// How often each lane has been refused so far.
    refusals: Vec<u32>,
    /// The highest token number that the store has accepted so far.
    highest: u64,
}

impl Teller<'_> {
    fn name(&self, holder: Incarnation) -> &str {
        self.run.name(holder.lane())
    }

    /// Whether `law` is broken by this record.
    fn breaks(&self, law: Law, record: u32) -> bool {
        self.breaches.by(record, law)
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
                let group = telling::group(self.run, number, |other| {
                    (other.y, other.z) == (record.y, record.z)
                })?;
                format!(
                    "{}'s release deletes {}'s key on {}.",
                    self.name(by),
                    self.name(holder),
                    telling::list(self.run, group.map(|other| other.lane))
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
