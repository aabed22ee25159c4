//! How ZooKeeper's events read in plain words.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use sim::{Kind, Record, Span, Time, flags};

use super::parameters::Isolation;
use crate::design::Sentence;
use crate::laws::Law;
use crate::run::Run;
use crate::telling::{self, Breaches};
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job, SessionState, Token};
use crate::words;

/// What happened in `run`, in order.
pub(super) fn tell(run: &Run) -> Vec<Sentence> {
    let lanes = run.lanes.len();
    let mut teller = Teller {
        run,
        breaches: Breaches::of(run),
        highest: 0,
        last_first: None,
        told: vec![Told::default(); lanes],
    };
    let mut sentences = Vec::new();
    for (number, record) in (0..).zip(&run.trace.records) {
        let text = match Event::read(record) {
            Some(event) => {
                let text = teller.fact(number, record, event);
                teller.remember(event);
                text
            }
            None => teller.world(number, record),
        };
        if let Some(text) = text {
            sentences.push(teller.breaches.sentence(number, text));
        }
    }
    sentences
}

/// What has been told of one lane, once and for all.
#[derive(Clone, Copy, Default)]
struct Told {
    /// The hold whose first result was told of.
    working: Option<Incarnation>,
    /// The hold whose first stale write was told of.
    stale: Option<Incarnation>,
    /// The hold whose first refused write was told of.
    refused: Option<Incarnation>,
    /// That it waits in the queue.
    queued: bool,
    /// How many sessions it has opened.
    sessions: u16,
}

struct Teller<'a> {
    run: &'a Run,
    breaches: Breaches,
    /// The highest token number that the store has accepted so far.
    highest: u64,
    /// Whose node is the first.
    last_first: Option<Incarnation>,
    told: Vec<Told>,
}

/// With more clients than this, only what happens to the lock is told.
const MANY: usize = 4;

impl<'a> Teller<'a> {
    fn name(&self, holder: Incarnation) -> &'a str {
        self.run.name(holder.lane())
    }

    fn told(&mut self, lane: u16) -> &mut Told {
        &mut self.told[usize::from(lane)]
    }

    fn are_many(&self) -> bool {
        self.run.scenario.get("clients") > MANY as i64
    }

    fn policy(&self) -> i64 {
        self.run.scenario.get("policy")
    }

    /// Whether a client believes, before the record with this number, that it
    /// holds the lock.
    fn believes_before(&self, lane: u16, number: u32) -> bool {
        self.run.history.beliefs.iter().any(|belief| {
            belief.holder.lane() == lane
                && belief.from.record < number
                && belief.until.record >= number
        })
    }

    /// What kind of event of the world set a record off.
    fn cause(&self, record: &Record) -> Option<Kind> {
        let cause = record.cause()?;
        self.run.trace.records[cause as usize].world_kind()
    }

    // --- the world -------------------------------------------------------

    fn world(&self, number: u32, record: &Record) -> Option<String> {
        let kind = record.world_kind()?;
        if matches!(kind, Kind::CutBegin | Kind::CutEnd) && self.is_the_partition(record, kind) {
            // The partition is one piece of news.
            let is_first = telling::group(self.run, number, |_| true).is_some();
            return is_first.then(|| match kind {
                Kind::CutEnd => "The network heals.".to_string(),
                _ => self.partition(record.x),
            });
        }
        telling::world(self.run, number)
    }

    fn is_the_partition(&self, record: &Record, kind: Kind) -> bool {
        let scenario = &self.run.scenario;
        let begins = Time::ZERO + scenario.span("at");
        let span = scenario.span("partition");
        let at = match kind {
            Kind::CutEnd => begins + span,
            _ => begins,
        };
        span > Span::ZERO && record.at == at && record.flags & flags::LOSSY == 0
    }

    fn partition(&self, us: u64) -> String {
        let scenario = &self.run.scenario;
        let server = |place: usize| {
            let lane = self.run.lane(&format!("zk{}", place + 1));
            lane.map_or("its server", |lane| self.run.name(lane))
        };
        let how = telling::how_cut(us, 0);
        match Isolation::of(scenario.get("isolation")) {
            Isolation::Client => {
                format!("A is cut off from all ZooKeeper servers{how}. It still reaches the store.")
            }
            Isolation::ClientAndServer => format!(
                "A and {}, which serves it, are cut off together from all other servers and clients{how}.",
                server(super::attached(scenario))
            ),
            Isolation::LeaderMinority => {
                format!(
                    "{}, the leader, is cut off from its followers{how}.",
                    server(0)
                )
            }
        }
    }

    // --- facts -----------------------------------------------------------

    fn fact(&mut self, number: u32, record: &Record, event: Event) -> Option<String> {
        let server = self.run.name(record.lane);
        Some(match event {
            Event::ServerLeads { epoch: 1 } => {
                format!("{server} leads, and the other servers follow it.")
            }
            Event::ServerLeads { .. } => {
                format!("{server} leads from here on. Every session has its full timeout again.")
            }
            Event::ServerLooks { .. } => {
                if self.cause(record) == Some(Kind::Restart) {
                    return Some(format!("{server} looks for a leader."));
                }
                let group = telling::group(self.run, number, |_| true)?;
                let lanes: Vec<u16> = group.map(|other| other.lane).collect();
                let (s, its) = if lanes.len() == 1 {
                    ("s", "its")
                } else {
                    ("", "their")
                };
                let names = telling::list(self.run, lanes.into_iter());
                format!(
                    "{names} give{s} up {its} leader, close{s} {its} clients' connections and vote{s}."
                )
            }
            Event::SessionIs { .. } => return self.session(number, record, event),
            Event::SessionExpires { session, silent_us } => format!(
                "{server} has not heard of {} for {}: the bucket that its session is in ends, and the session with it.",
                self.name(session),
                words::span(Span::from_us(silent_us))
            ),
            Event::ServerGrant { holder, .. } if !self.is_known_first(holder, record.at) => {
                format!(
                    "{}'s node is the first: it has the lock as long as its session lives.",
                    self.name(holder)
                )
            }
            Event::ServerExpire { holder } => self.loses(number, holder, "with its session"),
            Event::ServerRelease { holder, .. } => self.loses(number, holder, "as it asked"),
            Event::NodeCreated { holder, suffix, .. } => return self.queues(holder, suffix),
            Event::WatchFires { holder, .. } => return self.wakes(number, holder),
            Event::ParentReaped { .. } => format!(
                "{server} finds the lock's parent empty and deletes it. The numbers of the nodes start over."
            ),
            Event::LockAcquired { holder, .. } => self.acquired(number, holder),
            Event::LockRejected { holder, .. } if !self.are_many() => {
                let told = self.told(holder.lane());
                if core::mem::replace(&mut told.queued, true) {
                    return None;
                }
                format!("{} finds the node there and watches it.", self.name(holder))
            }
            Event::BeliefEnds {
                holder,
                reason: BeliefEnd::Release,
            } => format!("{} releases the lock.", self.name(holder)),
            Event::TokenIssue { token, holder } => {
                let number = token.number();
                format!("{} gets token {number}.", self.name(holder))
            }
            Event::ResourceClaim {
                token,
                holder,
                accepted,
            } => self.claims(token, holder, accepted)?,
            Event::ResourceWrite {
                token,
                holder,
                job,
                decision,
            } => return self.write(number, token, holder, job, decision),
            Event::JobAbandon { holder, .. } => {
                format!(
                    "{} learns from this that it lost the lock, and stops.",
                    self.name(holder)
                )
            }
            _ => return None,
        })
    }

    fn session(&mut self, number: u32, record: &Record, event: Event) -> Option<String> {
        let Event::SessionIs {
            session,
            state,
            server,
            timeout_us,
        } = event
        else {
            return None;
        };
        let lane = session.lane();
        let believes = self.believes_before(lane, number);
        if self.are_many() && lane != 0 && !believes {
            return None;
        }
        let name = self.name(session);
        let server = self.run.name(u16::try_from(server).unwrap_or(u16::MAX));
        let heard = self.cause(record);
        Some(match state {
            SessionState::SyncConnected if self.told(lane).sessions == session.attempt() => {
                format!("{name} is back in time: {server} takes its session on.")
            }
            SessionState::SyncConnected => {
                let is_first = self.told(lane).sessions == 0;
                self.told(lane).sessions = session.attempt();
                if !is_first {
                    return Some(format!("{name} opens a new session with {server}."));
                }
                if lane != 0 {
                    return None;
                }
                self.negotiation(name, server, Span::from_us(timeout_us))
            }
            SessionState::Disconnected => {
                let why = match heard {
                    Some(Kind::Reset) => {
                        format!("{name}'s connection breaks: {server}'s process is gone.")
                    }
                    Some(Kind::Receive) => format!("{server} has closed {name}'s connection."),
                    _ => format!(
                        "{name} has heard nothing from {server} for two thirds of its timeout: it is disconnected."
                    ),
                };
                let then = match (believes, self.policy()) {
                    (false, _) => "",
                    (true, 0) => " It stops working.",
                    (true, 1) => " It works on, as long as its session may live.",
                    (true, _) => " It does not listen, and works on.",
                };
                format!("{why}{then}")
            }
            SessionState::Expired => {
                let how = if heard == Some(Kind::Receive) {
                    format!("{name} reaches {server} again and hears that its session has expired.")
                } else {
                    format!(
                        "{name} has heard nothing for four thirds of its timeout: its library calls the session expired by itself."
                    )
                };
                let then = match (believes, self.policy()) {
                    (false, _) => "",
                    (true, 2) => " It does not listen, and works on.",
                    (true, _) => " It stops working.",
                };
                format!("{how}{then}")
            }
        })
    }

    fn negotiation(&self, name: &str, server: &str, timeout: Span) -> String {
        let asked = self.run.scenario.span("session_timeout");
        let gets = words::span(timeout);
        if asked == timeout {
            format!("{name} opens a session with {server}: a timeout of {gets}, as it asked.")
        } else {
            let tick = words::span(self.run.scenario.span("tick"));
            format!(
                "{name} opens a session with {server}. It asks for a timeout of {} and gets {gets}: the server's tick is {tick}.",
                words::span(asked)
            )
        }
    }

    /// Whether it is no news that `holder` has the lock: a new leader says so
    /// again, or it was told as the node before was deleted.
    fn is_known_first(&self, holder: Incarnation, at: Time) -> bool {
        let grants = &self.run.history.grants;
        let told = grants
            .iter()
            .any(|grant| grant.holder != holder && grant.until.at == at);
        told || self.last_first == Some(holder)
    }

    /// A holder's node is gone; whose is the first now, and who knows?
    fn loses(&self, number: u32, holder: Incarnation, how: &str) -> String {
        let name = self.name(holder);
        let now = self.run.trace.records[number as usize].at;
        let next = self
            .run
            .history
            .grants
            .iter()
            .find(|grant| grant.from.record > number && grant.from.at == now)
            .map_or(String::new(), |grant| {
                format!(" {}'s is the first now.", self.name(grant.holder))
            });
        let unaware = if self.believes_before(holder.lane(), number) {
            format!(" {name} does not know.")
        } else {
            String::new()
        };
        format!("A quorum agrees: {name}'s node is deleted, {how}.{next}{unaware}")
    }

    fn queues(&mut self, holder: Incarnation, suffix: u32) -> Option<String> {
        let ahead = self.last_first?;
        if self.are_many() && holder.lane() != 0 {
            return None;
        }
        let told = self.told(holder.lane());
        if core::mem::replace(&mut told.queued, true) && holder.lane() != 0 {
            return None;
        }
        let (name, ahead) = (self.name(holder), self.name(ahead));
        Some(format!(
            "{name}'s node has number {suffix}: it waits behind {ahead}'s."
        ))
    }

    /// One deletion wakes everyone who watched: told where it is a herd.
    fn wakes(&self, number: u32, holder: Incarnation) -> Option<String> {
        let fires = |record: &&Record| matches!(Event::read(record), Some(Event::WatchFires { holder: of, .. }) if of == holder);
        let records = &self.run.trace.records;
        if records[..number as usize]
            .iter()
            .rev()
            .any(|record| fires(&record))
        {
            return None;
        }
        let woken = records[number as usize..].iter().filter(fires).count();
        (woken > 1).then(|| {
            format!("The deletion wakes {woken} clients at once. One of them can get the lock.")
        })
    }

    fn acquired(&self, number: u32, holder: Incarnation) -> String {
        let name = self.name(holder);
        let again = self
            .run
            .history
            .beliefs
            .iter()
            .any(|belief| belief.holder == holder && belief.from.record < number);
        let is_one = if self.run.scenario.get("recipe") == 1 {
            "it created the node"
        } else {
            "its node is the first"
        };
        let also = if self.breaches.by(number, Law::OneHolder) {
            " From here two clients believe they hold it."
        } else {
            ""
        };
        if again {
            format!("{name} sees that {is_one} still, and works on.{also}")
        } else {
            format!("{name} sees that {is_one} and believes that it holds the lock.{also}")
        }
    }

    fn claims(&self, token: Token, holder: Incarnation, accepted: bool) -> Option<String> {
        let (name, number) = (self.name(holder), token.number());
        match (accepted, token.is_some()) {
            (true, false) => None,
            (true, true) => Some(format!(
                "{name} claims the store with token {number}: nothing below it will be accepted."
            )),
            (false, _) => Some(format!(
                "The store refuses {name}'s claim: its token {number} is too low."
            )),
        }
    }

    /// The first of a holder's writes, the first stale one, the first that is
    /// refused, and whatever breaks a law.
    fn write(
        &mut self,
        number: u32,
        token: Token,
        holder: Incarnation,
        job: Job,
        decision: Decision,
    ) -> Option<String> {
        let (name, lane) = (self.name(holder), holder.lane());
        let with = if token.is_some() {
            format!(" with token {}", token.number())
        } else {
            String::new()
        };
        let job = job.0;
        if decision != Decision::Accepted {
            if self.told(lane).refused.replace(holder) == Some(holder) {
                return None;
            }
            return Some(match decision {
                Decision::AlreadyDone => format!(
                    "{name}'s result for job {job} arrives{with}. The job is done already, so the store refuses it."
                ),
                _ => format!(
                    "{name}'s result for job {job} arrives{with}. The store has seen {} and refuses it.",
                    self.highest
                ),
            });
        }
        let is_first = self.told(lane).working.replace(holder) != Some(holder);
        let is_stale = self.breaches.by(number, Law::NoStaleWrite);
        let is_first_stale = is_stale && self.told(lane).stale.replace(holder) != Some(holder);
        if !is_first && !is_first_stale {
            return None;
        }
        let more = self
            .run
            .history
            .accepted()
            .filter(|write| {
                write.holder == holder
                    && write.at.record > number
                    && self.breaches.by(write.at.record, Law::NoStaleWrite)
            })
            .count();
        let stale = match (is_first_stale, more) {
            (false, _) => String::new(),
            (true, 0) => " It is stale: another client was granted the lock.".to_string(),
            (true, 1) => {
                " It is stale: another client was granted the lock. One more such write follows."
                    .to_string()
            }
            (true, more) => format!(
                " It is stale: another client was granted the lock. {more} more such writes follow."
            ),
        };
        let twice = if self.breaches.by(number, Law::OncePerJob) {
            " The job has now been done twice."
        } else {
            ""
        };
        Some(format!(
            "{name}'s result for job {job} arrives{with} and is accepted.{stale}{twice}"
        ))
    }

    fn remember(&mut self, event: Event) {
        match event {
            Event::ServerGrant { holder, .. } => self.last_first = Some(holder),
            Event::ServerExpire { .. } | Event::ServerRelease { .. } => self.last_first = None,
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
}
