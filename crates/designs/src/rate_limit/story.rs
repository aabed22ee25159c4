//! How the events of the rate limiter read in plain words. Short runs are told
//! request by request, long ones by what is new and by their sum.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sim::{Span, Time};

use super::protocol::counter::TOKEN;
use super::{Mode, measures, mode, parameters};
use crate::design::Sentence;
use crate::laws::Law;
use crate::run::Run;
use crate::telling::{self, Breaches};
use crate::vocabulary::{BeliefEnd, Event, Incarnation, Status};
use crate::words;

/// Runs with more requests than this are told in sum.
const SHORT: usize = 40;
/// So many words between servers, leases and lost scripts are told of.
const FIRST: usize = 6;

/// What happened in `run`, in order.
pub(super) fn tell(run: &Run) -> Vec<Sentence> {
    let mut teller = Teller::new(run);
    let mut sentences = Vec::new();
    for (number, record) in (0..).zip(&run.trace.records) {
        let event = Event::read(record);
        let text = telling::world(run, number).or_else(|| {
            event.and_then(|event| teller.fact(number, (record.at, record.lane), event))
        });
        sentences.extend(text.map(|text| teller.breaches.sentence(number, text)));
        if Some(number) == teller.last {
            let text = teller.sum();
            sentences.push(teller.breaches.sentence(number, text));
        }
    }
    if teller.last.is_none()
        && let Some(text) = teller.why_nothing()
    {
        sentences.insert(0, teller.breaches.sentence(0, text));
    }
    sentences
}

/// How often something was told of.
#[derive(Default)]
struct Told {
    admitted: bool,
    refused: bool,
    words: usize,
    leases: usize,
    scripts: usize,
    fallen_back: bool,
}

/// How many got which answer.
#[derive(Default)]
struct Replies {
    admitted: usize,
    limited: usize,
    uncounted: usize,
    uncountable: usize,
    lost: usize,
}

impl Replies {
    const fn add(&mut self, status: Status) {
        *match status {
            Status::Success => &mut self.admitted,
            Status::Limited => &mut self.limited,
            Status::Uncounted => &mut self.uncounted,
            Status::Uncountable => &mut self.uncountable,
            _ => &mut self.lost,
        } += 1;
    }

    const fn all(&self) -> usize {
        self.admitted + self.limited + self.uncounted + self.uncountable + self.lost
    }
}

struct Teller<'a> {
    run: &'a Run,
    breaches: Breaches,
    /// The record of the last answer.
    last: Option<u32>,
    /// How many requests are sent.
    sent: usize,
    /// How many of the first are sent at once.
    at_once: usize,
    /// When each request was sent, in the order of their numbers.
    began: Vec<Time>,
    replies: Replies,
    longest: Span,
    told: Told,
}

impl<'a> Teller<'a> {
    fn new(run: &'a Run) -> Self {
        let mut last = None;
        let (mut sent, mut at_once) = (0, 0);
        let mut first: Option<Time> = None;
        for (number, record) in (0..).zip(&run.trace.records) {
            match Event::read(record) {
                Some(Event::ApiResponse { .. }) => last = Some(number),
                Some(Event::ApiRequest { .. }) => {
                    sent += 1;
                    let first = *first.get_or_insert(record.at);
                    at_once += usize::from(record.at == first);
                }
                _ => {}
            }
        }
        Self {
            run,
            breaches: Breaches::of(run),
            last,
            sent,
            at_once,
            began: Vec::new(),
            replies: Replies::default(),
            longest: Span::ZERO,
            told: Told::default(),
        }
    }

    const fn is_short(&self) -> bool {
        self.sent <= SHORT
    }

    fn name(&self, holder: Incarnation) -> &str {
        self.run.name(holder.lane())
    }

    /// A user, where there are several.
    fn whose(&self, user: u32) -> String {
        if self.run.scenario.get("users") > 1 {
            format!("user {user}'s")
        } else {
            "the user's".to_string()
        }
    }

    fn fact(&mut self, number: u32, (at, lane): (Time, u16), event: Event) -> Option<String> {
        match event {
            Event::RateRule { .. } => Some(self.rule()),
            Event::ApiRequest { request, .. } => {
                self.began.push(at);
                self.request(request)
            }
            Event::LockAcquired { holder, .. } if self.is_short() => {
                Some(format!("{} gets the lock.", self.name(holder)))
            }
            Event::BeliefEnds {
                holder,
                reason: BeliefEnd::Release,
            } if self.is_short() => Some(format!("{} gives the lock back.", self.name(holder))),
            Event::ServerExpire { holder } => Some(format!(
                "{}'s lock has run out: the next in line may have it.",
                self.name(holder)
            )),
            Event::RateDecision {
                user,
                request,
                admitted,
                left,
            } => self.decision(number, (lane, user, request), admitted, left.0),
            Event::RateSync {
                user,
                spent,
                forgiven,
                left,
            } => {
                self.told.words += 1;
                let news = spent > 0 && self.told.words <= FIRST * 2;
                news.then(|| self.word(lane, user, spent, forgiven, left.0))
            }
            Event::RateFetch {
                user,
                granted,
                left,
            } => {
                self.told.leases += 1;
                (self.told.leases <= FIRST).then(|| {
                    format!(
                        "{} hands {} out from {} bucket at once; {} are left.",
                        self.run.name(lane),
                        tokens(i64::from(granted) * TOKEN),
                        self.whose(user),
                        tokens(left.0)
                    )
                })
            }
            Event::ScriptMissing { request, .. } => {
                self.told.scripts += 1;
                (self.told.scripts <= FIRST).then(|| {
                    format!(
                        "{} does not know the script (NOSCRIPT): request {request} takes another round trip, with the text.",
                        self.run.name(lane)
                    )
                })
            }
            Event::ApiResponse {
                request, status, ..
            } => {
                let began = self.began.get((request as usize).wrapping_sub(1));
                let waited = began.map_or(Span::ZERO, |&began| at.since(began));
                self.answer(request, status, waited)
            }
            _ => None,
        }
    }

    // --- what comes ------------------------------------------------------

    fn rule(&self) -> String {
        let scenario = &self.run.scenario;
        let limit = if parameters::is_window(scenario) {
            format!(
                "Each user may send {} requests in each window of {}",
                scenario.get("limit"),
                words::span(scenario.span("window"))
            )
        } else {
            format!(
                "Each user may send {} requests at once, and {} a second",
                scenario.get("burst"),
                scenario.get("rate")
            )
        };
        let how = match mode(scenario) {
            Mode::UserLock if scenario.get("ops") == 0 => "the lock carries the count",
            Mode::UserLock if scenario.get("ops") == 1 => "a script decides, under a lock",
            Mode::UserLock => "a server locks the user, reads the count and writes it",
            Mode::Lua => "one script at Redis decides",
            Mode::GetSet => "a server reads the count and writes it, without a lock",
            Mode::LocalFull => "each server counts by itself",
            Mode::LocalSync => "each server counts by itself and tells Redis now and then",
            Mode::Lease => "a server takes several tokens at once",
        };
        format!("{limit}; {how}.")
    }

    /// Where no request gets an answer, why.
    fn why_nothing(&self) -> Option<String> {
        (self.sent == 0).then(|| "No request comes: nothing is limited.".to_string())
    }

    fn request(&self, request: u32) -> Option<String> {
        let scenario = &self.run.scenario;
        if request > 1 {
            return None;
        }
        Some(if parameters::is_random(scenario) {
            format!(
                "Requests begin to come: {} a second on average, for {}.",
                scenario.get("requests"),
                words::span(scenario.span("duration"))
            )
        } else if self.at_once == 1 {
            "One request comes.".to_string()
        } else {
            format!("{} requests come at once.", self.at_once)
        })
    }

    // --- what is decided -------------------------------------------------

    fn decision(
        &mut self,
        number: u32,
        (lane, user, request): (u16, u32, u32),
        admitted: bool,
        left: i64,
    ) -> Option<String> {
        let breach = self.breaches.by(number, Law::KeepsRate);
        let first = if admitted {
            !core::mem::replace(&mut self.told.admitted, true)
        } else {
            !core::mem::replace(&mut self.told.refused, true)
        };
        if !(breach || self.is_short() || first) {
            return None;
        }
        let who = self.run.name(lane);
        let what = if admitted {
            format!(
                "{who} lets request {request} through; {} are left.",
                tokens(left)
            )
        } else {
            format!("{who} refuses request {request}: {} left.", few(left))
        };
        let also = if breach {
            format!(
                " From here more than {} limit has got through.",
                self.whose(user)
            )
        } else {
            String::new()
        };
        Some(format!("{what}{also}"))
    }

    fn word(&self, lane: u16, user: u32, spent: u32, forgiven: bool, left: i64) -> String {
        let shard = self.run.name(lane);
        let whose = self.whose(user);
        let heard = format!("{shard} hears that {spent} more were let through");
        if forgiven {
            format!("{heard}: more than {whose} limit, and it puts the count back to zero.")
        } else if left < 0 {
            format!(
                "{heard}: that is {} too many, a debt on {whose} count.",
                left.unsigned_abs().div_ceil(TOKEN.unsigned_abs())
            )
        } else {
            format!("{heard}; {} are left.", tokens(left))
        }
    }

    // --- what is answered ------------------------------------------------

    fn answer(&mut self, request: u32, status: Status, waited: Span) -> Option<String> {
        self.replies.add(status);
        self.longest = self.longest.max(waited);
        let fallback = matches!(status, Status::Uncounted | Status::Uncountable);
        if fallback && !core::mem::replace(&mut self.told.fallen_back, true) {
            let what = if status == Status::Uncounted {
                "lets requests through without a count"
            } else {
                "refuses all requests"
            };
            return Some(format!("Redis does not answer: from here a server {what}."));
        }
        if !self.is_short() {
            return None;
        }
        let waited = words::span(waited);
        Some(match status {
            Status::Success | Status::Uncounted => {
                format!("Request {request} is answered after {waited}: let through.")
            }
            Status::Limited => {
                format!("Request {request} is answered after {waited}: 429, too many.")
            }
            Status::Uncountable => {
                format!("Request {request} is answered after {waited}: 503.")
            }
            _ => {
                format!("Request {request} is lost with its server.")
            }
        })
    }

    /// What came of all requests.
    fn sum(&self) -> String {
        let Replies {
            admitted,
            limited,
            uncounted,
            uncountable,
            lost,
        } = self.replies;
        let mut parts = alloc::vec![format!("{} let through", admitted + uncounted)];
        for (count, what) in [
            (uncounted, "of these without a count"),
            (limited, "refused"),
            (uncountable, "refused without a count"),
            (lost, "lost"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        let unanswered = self.sent - self.replies.all().min(self.sent);
        if unanswered > 0 {
            parts.push(format!("{unanswered} never answered"));
        }
        let allowed = if self.run.scenario.get("users") > 1 {
            String::new()
        } else {
            format!(" The limit allows {} by then.", self.allowed())
        };
        format!(
            "Of {} requests: {}.{allowed} The longest wait was {}.",
            self.sent,
            parts.join(", "),
            words::span(self.longest)
        )
    }

    /// How many may be let through by the last that was.
    fn allowed(&self) -> u64 {
        let last = self.run.history.admissions.last();
        let span = last.map_or(0, |admission| admission.at.at.us()) as f64 / 1e6;
        measures::allowed(&self.run.scenario, span) as u64
    }
}

/// Whole tokens.
fn tokens(micro: i64) -> String {
    match micro.div_euclid(TOKEN) {
        ..=0 => "no tokens".to_string(),
        1 => "1 token".to_string(),
        whole => format!("{whole} tokens"),
    }
}

/// What is less than a token.
fn few(micro: i64) -> &'static str {
    if micro < 0 {
        "a debt is"
    } else if micro < TOKEN {
        "no whole token is"
    } else {
        "too few tokens are"
    }
}
