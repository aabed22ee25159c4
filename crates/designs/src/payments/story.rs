//! How the events of the payment lock read in plain words.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sim::{Kind, Record, Span, Time};

use super::parameters::MESSAGES;
use super::protocol::WRITE;
use crate::design::Sentence;
use crate::history::KeyEnd;
use crate::laws::Law;
use crate::run::Run;
use crate::telling::{self, Breaches};
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job, Refusal, Status};
use crate::words;

/// What happened in `run`, in order.
pub(super) fn tell(run: &Run) -> Vec<Sentence> {
    let grants = run.history.grants.iter().zip(0..);
    let mut ends: Vec<(u32, usize)> = grants.map(|(it, at)| (it.until.record, at)).collect();
    ends.sort_unstable();
    let mut teller = Teller {
        run,
        breaches: Breaches::of(run),
        ends,
        asked: Vec::new(),
        charged: Vec::new(),
        highest: Vec::new(),
        of: 0,
    };
    let mut sentences = Vec::new();
    for (number, record) in (0..).zip(&run.trace.records) {
        let text = telling::world(run, number)
            .or_else(|| teller.held(record))
            .or_else(|| Event::read(record).and_then(|event| teller.fact(number, event)));
        let ended = teller.grant_ends(number);
        let told = text.into_iter().chain(ended);
        sentences.extend(told.map(|text| teller.breaches.sentence(number, text)));
        if let Some(event) = Event::read(record) {
            teller.remember(number, event);
        }
    }
    if sentences.is_empty() && !run.trace.records.is_empty() {
        sentences.push(nothing_came(run));
    }
    sentences
}

/// A stream of payments may bring none.
fn nothing_came(run: &Run) -> Sentence {
    let duration = words::span(run.scenario.span("duration"));
    Sentence {
        record: 0,
        text: format!("No payment comes in the {duration} in which payments are taken."),
        breach: false,
    }
}

/// A request that has been told of.
struct Asked {
    request: u32,
    job: Job,
    service: u16,
    within: Span,
}

struct Teller<'a> {
    run: &'a Run,
    breaches: Breaches,
    /// At which record each grant ends, and its place in the history.
    ends: Vec<(u32, usize)>,
    asked: Vec<Asked>,
    /// Payments that the provider has charged.
    charged: Vec<Job>,
    /// The highest token number that the ledger has accepted, by lock.
    highest: Vec<(u32, u64)>,
    /// How many nodes there are.
    of: u32,
}

impl Teller<'_> {
    fn name(&self, holder: Incarnation) -> &str {
        self.run.name(holder.lane())
    }

    fn fact(&self, number: u32, event: Event) -> Option<String> {
        Some(match event {
            Event::ApiRequest { job, .. } => self.request(number, job),
            Event::ApiResponse {
                request,
                status,
                retry_after_us,
                ..
            } => self.response(request, status, Span::from_us(retry_after_us)),
            Event::LockAcquired {
                holder,
                valid_us,
                votes,
            } => self.acquired(number, holder, valid_us.0, votes),
            Event::LockRejected { holder, reason, .. } => {
                let name = self.name(holder);
                match reason {
                    Refusal::Locked => {
                        format!("{name} is refused the lock: another payment has it.")
                    }
                    Refusal::Votes => {
                        format!("{name} is refused the lock: another asks for it at the same time.")
                    }
                    Refusal::Timeout => {
                        format!("{name} cannot acquire the lock: too few nodes answer in time.")
                    }
                    Refusal::Validity => format!(
                        "{name} has won enough votes, but too late: no validity is left. It gives them back."
                    ),
                }
            }
            Event::LockExtend {
                holder, extended, ..
            } => {
                let name = self.name(holder);
                if extended {
                    format!("{name} extends the lock.")
                } else {
                    format!("{name} tries to extend the lock and fails: too few nodes answer.")
                }
            }
            Event::ExternalCall {
                holder,
                job,
                performed,
            } => self.call(holder, job, performed),
            Event::LockCheck {
                holder,
                left_us,
                passed,
            } => self.check(holder, left_us.0, passed),
            Event::ResourceWrite { .. } => return self.write(number, event),
            Event::BeliefEnds { holder, reason } => {
                let name = self.name(holder);
                match reason {
                    BeliefEnd::Release => {
                        format!("{name} hears that the ledger has it, and releases the lock.")
                    }
                    BeliefEnd::Deadline => format!(
                        "{name}'s own deadline passes. It stops believing that it holds the lock, and does not know what became of the payment."
                    ),
                    BeliefEnd::Notified => {
                        format!("{name} hears that the ledger refused, and gives the payment up.")
                    }
                    BeliefEnd::Aborted => format!("{name} gives the payment up."),
                }
            }
            _ => return None,
        })
    }

    // --- callers ---------------------------------------------------------

    fn request(&self, number: u32, job: Job) -> String {
        let service = self.run.name(self.service_of(number));
        let number = job.0;
        if self.asked.iter().any(|asked| asked.job == job) {
            format!("The caller asks for payment {number} again, at {service}.")
        } else {
            format!("A caller asks {service} for payment {number}.")
        }
    }

    /// Where the request that was noted as `number` is sent.
    fn service_of(&self, number: u32) -> u16 {
        self.run.trace.records[number as usize..]
            .iter()
            .find(|record| record.world_kind() == Some(Kind::Send))
            .and_then(|record| u16::try_from(record.y).ok())
            .unwrap_or(u16::MAX)
    }

    fn response(&self, request: u32, status: Status, retry_after: Span) -> String {
        let asked = self.asked.iter().find(|asked| asked.request == request);
        let (service, within) = asked.map_or(("the service", Span::ZERO), |asked| {
            (self.run.name(asked.service), asked.within)
        });
        if status == Status::NoAnswer {
            return format!(
                "{service}'s caller has heard nothing for {} and stops waiting. It cannot know whether it has paid.",
                words::span(within)
            );
        }
        let says = match status {
            Status::Success => "the payment is made".to_string(),
            Status::Held => format!(
                "another payment is under way, come again in {}",
                words::span(retry_after)
            ),
            Status::NoQuorum => format!(
                "the lock has no quorum, come again in {}",
                words::span(retry_after)
            ),
            Status::Failed => "given up before anything was done".to_string(),
            _ => "begun, and the outcome is not known".to_string(),
        };
        let code = status.http().unwrap_or(0);
        format!("{service}'s caller gets {code}: {says}.")
    }

    // --- the lock --------------------------------------------------------

    fn acquired(&self, number: u32, holder: Incarnation, valid_us: i64, votes: u8) -> String {
        let name = self.name(holder);
        let token = self.run.history.token_of(holder);
        let with = if token.is_some() {
            format!(" and token {}", token.number())
        } else {
            String::new()
        };
        let valid = words::instant(Time::ZERO + Span::from_us(valid_us.unsigned_abs()));
        let also = if self.breaches.by(number, Law::OneHolder) {
            " From here two services believe they hold it."
        } else {
            ""
        };
        let order = if self.breaches.by(number, Law::TokensRise) {
            " The token is no higher than the one before."
        } else {
            ""
        };
        let of = self.of;
        format!(
            "{name} gets {votes} of {of} votes{with}, and believes it holds the lock for {valid}.{also}{order}"
        )
    }

    fn check(&self, holder: Incarnation, left_us: i64, passed: bool) -> String {
        let name = self.name(holder);
        let left = words::span(Span::from_us(left_us.unsigned_abs()));
        match (passed, left_us > 0) {
            (true, true) => {
                format!(
                    "{name}'s operation is done. Its lock is valid for another {left}: it goes on."
                )
            }
            (true, false) => {
                format!(
                    "{name}'s operation is done. Its lock ran out {left} ago: it goes on all the same."
                )
            }
            (false, true) => {
                format!("{name}'s operation is done, too late for its caller: it does not write.")
            }
            (false, false) => {
                format!(
                    "{name}'s operation is done, {left} after its lock ran out: it does not write."
                )
            }
        }
    }

    /// When too few nodes are left that grant the lock.
    fn grant_ends(&self, number: u32) -> Option<String> {
        let ended = self.ends.binary_search_by_key(&number, |&(end, _)| end);
        let history = &self.run.history;
        let grant = &history.grants[self.ends[ended.ok()?].1];
        let name = self.name(grant.holder);
        let unaware = history.beliefs.iter().any(|belief| {
            belief.holder == grant.holder && belief.from < grant.until && belief.until > grant.until
        });
        let unaware = if unaware {
            format!(" {name} does not know.")
        } else {
            String::new()
        };
        match grant.end {
            KeyEnd::Expired => Some(format!(
                "{name}'s lease has run out on too many nodes: another may acquire.{unaware}"
            )),
            KeyEnd::Crashed => Some(format!(
                "{name}'s lock is lost: too few live nodes have its lease.{unaware}"
            )),
            KeyEnd::Deleted(_) => Some(format!("{name}'s lock is gone.{unaware}")),
            KeyEnd::Released | KeyEnd::Open => None,
        }
    }

    // --- what a payment changes ------------------------------------------

    /// A write or a call that a cut holds is the heart of the matter.
    fn held(&self, record: &Record) -> Option<String> {
        let matters = record.world_kind() == Some(Kind::Hold) && record.z == u32::from(WRITE);
        matters.then(|| {
            format!(
                "{}'s “{}” is held by the cut: sent in time, and not there yet.",
                self.run.name(record.lane),
                MESSAGES[usize::from(WRITE)].label
            )
        })
    }

    fn call(&self, holder: Incarnation, job: Job, performed: bool) -> String {
        let (name, payment) = (self.name(holder), job.0);
        let before = self.charged.contains(&job);
        match (performed, before) {
            (true, false) => format!("{name} calls the provider, which charges payment {payment}."),
            (true, true) => {
                format!(
                    "{name} calls the provider, which charges payment {payment} a second time. No fence stands there."
                )
            }
            (false, _) => format!(
                "{name} calls the provider, which knows payment {payment} and answers as the first time: no second charge."
            ),
        }
    }

    fn write(&self, number: u32, event: Event) -> Option<String> {
        let Event::ResourceWrite {
            token,
            holder,
            decision,
            job,
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
        let arrives = format!("{name}'s payment {} reaches the ledger{with}", job.0);
        Some(match decision {
            Decision::StaleToken => {
                let highest = self.highest_of(holder);
                format!("{arrives}. The ledger has seen {highest} and refuses it.")
            }
            Decision::AlreadyDone => {
                format!("{arrives}. The ledger has applied it already and does nothing.")
            }
            Decision::Accepted => {
                let stale = if self.breaches.by(number, Law::NoStaleWrite) {
                    " It is stale: another was granted the lock meanwhile."
                } else {
                    ""
                };
                let twice = if self.breaches.by(number, Law::OncePerJob) {
                    " The account has now been debited twice."
                } else {
                    ""
                };
                format!("{arrives} and is accepted.{stale}{twice}")
            }
        })
    }

    fn lock_of(&self, holder: Incarnation) -> u32 {
        let history = &self.run.history;
        history.grant_of(holder).map_or(0, |grant| grant.lock)
    }

    fn highest_of(&self, holder: Incarnation) -> u64 {
        let lock = self.lock_of(holder);
        let seen = self.highest.iter().find(|(of, _)| *of == lock);
        seen.map_or(0, |&(_, number)| number)
    }

    // --- what came before ------------------------------------------------

    fn remember(&mut self, number: u32, event: Event) {
        match event {
            Event::LockRule { of, .. } => self.of = of,
            Event::ApiRequest {
                request,
                job,
                within_us,
                ..
            } => self.asked.push(Asked {
                request,
                job,
                service: self.service_of(number),
                within: Span::from_us(within_us),
            }),
            Event::ExternalCall { job, .. } => self.charged.push(job),
            Event::ResourceWrite {
                token,
                holder,
                decision: Decision::Accepted,
                ..
            } => {
                let lock = self.lock_of(holder);
                match self.highest.iter_mut().find(|(of, _)| *of == lock) {
                    Some((_, highest)) => *highest = (*highest).max(token.number()),
                    None => self.highest.push((lock, token.number())),
                }
            }
            _ => {}
        }
    }
}
