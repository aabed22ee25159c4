//! How the events of contention read in plain words. A few workers are told of
//! one by one; hundreds by milestones.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sim::{Kind, Record, Span, Stop};

use super::claims::{attempts, p99_s, throughput};
use super::parameters::{CLOSED, POISSON, sells};
use super::{Mechanism, mechanism};
use crate::design::Sentence;
use crate::laws::Law;
use crate::run::Run;
use crate::telling::{self, Breaches};
use crate::vocabulary::{BeliefEnd, Contents, Event, Incarnation, RowDecision, UpdateResult};
use crate::words;

/// More updates than these are told of by milestones.
const FEW: usize = 12;
/// What repeats is told so often and then no more.
const MOST: usize = 20;
/// Into how many parts milestones divide a long run.
const PARTS: usize = 10;

/// What happened in `run`, in order.
pub(super) fn tell(run: &Run) -> Vec<Sentence> {
    let mut teller = Teller::new(run);
    let mut sentences = Vec::new();
    if run.trace.records.is_empty() {
        return sentences;
    }
    sentences.push(teller.breaches.sentence(0, opening(run)));
    for (number, record) in (0..).zip(&run.trace.records) {
        let text = match Event::read(record) {
            Some(event) => teller.fact(number, record, event),
            None => teller.world(number, record),
        };
        sentences.extend(text.map(|text| teller.breaches.sentence(number, text)));
    }
    let last = u32::try_from(run.trace.records.len() - 1).unwrap_or(u32::MAX);
    sentences.extend(closing(run).map(|text| Sentence {
        record: last,
        text,
        breach: false,
    }));
    sentences
}

/// Who is there, and why nothing may happen at all.
fn opening(run: &Run) -> String {
    let scenario = &run.scenario;
    let workers = usize::from(super::workers(scenario));
    let rate = super::count(scenario, "rate");
    if workers == 0 {
        return "There are no workers, so nothing is updated.".to_string();
    }
    let s = if workers == 1 { "" } else { "s" };
    let who = format!("{} worker{s}", words::count(workers as u64));
    let random = scenario.get("arrival") == POISSON;
    if random && rate == 0 {
        return format!("{who} and no updates: the rate is zero.");
    }
    if !sells(scenario) {
        let users = words::count(super::rows(scenario) as u64);
        return if random {
            format!(
                "{who} update the profiles of {users} users, {} a second in all.",
                words::count(rate as u64)
            )
        } else {
            format!("{who} update the profiles of {users} users.")
        };
    }
    let stock = super::count(scenario, "stock") as usize;
    let units = match stock {
        0 => "is nothing".to_string(),
        1 => "is one unit".to_string(),
        _ => format!("are {} units", words::count(stock as u64)),
    };
    let how = if scenario.get("arrival") == CLOSED {
        ", and come again as soon as they are done"
    } else {
        ""
    };
    let verb = if workers == 1 { "comes" } else { "come" };
    let each = if workers == 1 { "" } else { " each" };
    format!("There {units} in stock. {who} {verb} for one{each}{how}.")
}

/// How it ends, where many were at it.
fn closing(run: &Run) -> Option<String> {
    let updates = &run.history.updates;
    if updates.len() <= FEW {
        return None;
    }
    let open = updates
        .iter()
        .filter(|update| update.result.is_none() && !update.died)
        .count();
    let done = run.history.changes.len();
    let attempts = words::count(attempts(run) as u64);
    let end = words::about(run.trace.end);
    if run.trace.stop != Stop::Horizon {
        return Some(format!(
            "At {end} the run meets its bound: {} updates are made in {attempts} attempts, {} wait still.",
            words::count(done as u64),
            words::count(open as u64)
        ));
    }
    if run.scenario.get("arrival") == CLOSED {
        let p99 = p99_s(run).unwrap_or(0.0);
        let p99 = words::span(Span::from_us((p99 * 1e6) as u64));
        return Some(format!(
            "At {end} the run ends: {} updates in {attempts} attempts, {} a second; 99 of 100 took no more than {p99}.",
            words::count(done as u64),
            words::count(throughput(run) as u64)
        ));
    }
    let wait = match open {
        0 => "Nobody waits any more".to_string(),
        1 => "One still waits, and nothing will come".to_string(),
        _ => format!(
            "{} still wait, and nothing will come",
            words::count(open as u64)
        ),
    };
    Some(format!(
        "{wait}: {} updates were made in {attempts} attempts.",
        words::count(done as u64)
    ))
}

struct Teller<'a> {
    run: &'a Run,
    breaches: Breaches,
    /// Whether each update is told of.
    few: bool,
    /// Lanes that stop at some time: what they see before they do matters.
    paused: Vec<u16>,
    /// Writes that were decided so far, and applied.
    decided: usize,
    applied: usize,
    /// Writes that were refused since the last one that went through.
    refused: usize,
    sold_out: bool,
    /// How many repeated things have been told.
    told: usize,
}

impl<'a> Teller<'a> {
    fn new(run: &'a Run) -> Self {
        let pauses = run.trace.records.iter();
        let pauses = pauses.filter(|record| record.world_kind() == Some(Kind::PauseBegin));
        Self {
            run,
            breaches: Breaches::of(run),
            few: run.history.updates.len() <= FEW,
            paused: pauses.map(|record| record.lane).collect(),
            decided: 0,
            applied: 0,
            refused: 0,
            sold_out: false,
            told: 0,
        }
    }

    fn name(&self, holder: Incarnation) -> &str {
        self.run.name(holder.lane())
    }

    /// Whether one more of what repeats is told.
    const fn once_more(&mut self) -> bool {
        self.told += 1;
        self.few || self.told <= MOST
    }

    fn world(&mut self, number: u32, record: &Record) -> Option<String> {
        let kind = record.world_kind()?;
        // Nearly all records are of these kinds, and none of them is news.
        if matches!(kind, Kind::Send | Kind::Receive | Kind::Timer) {
            return None;
        }
        let text = telling::world(self.run, number)?;
        let ends = kind == Kind::Crash;
        if !self.once_more() {
            return None;
        }
        let lane = record.lane;
        let had = ends && self.believed(lane, number);
        let lock = match (had, mechanism(&self.run.scenario)) {
            (true, Mechanism::RowLock) => " It has the row's lock until its connection is gone.",
            (true, _) => " It has the lock, and the lease goes on.",
            (false, _) => "",
        };
        Some(format!("{text}{lock}"))
    }

    /// Whether `lane` held a lock until `record`.
    fn believed(&self, lane: u16, record: u32) -> bool {
        let mut beliefs = self.run.history.beliefs.iter();
        beliefs.any(|belief| belief.holder.lane() == lane && belief.until.record == record)
    }

    fn fact(&mut self, number: u32, record: &Record, event: Event) -> Option<String> {
        match event {
            Event::RowWrite {
                holder,
                contents,
                decision,
                ..
            } => self.write(number, holder, contents, decision),
            Event::LockAcquired { holder, .. } => self.acquired(number, holder),
            Event::LockCheck {
                holder,
                left_us,
                passed,
            } => self.check(holder, left_us.0, passed),
            Event::BeliefEnds {
                holder,
                reason: BeliefEnd::Notified,
            } if self.few => Some(format!(
                "{} hears that its write was refused, gives the lock back and starts again.",
                self.name(holder)
            )),
            Event::ServerExpire { holder } => {
                let name = self.name(holder).to_string();
                self.once_more()
                    .then(|| format!("{name}'s lease runs out: the lock is free for the next."))
            }
            Event::UpdateEnds { result, .. } => self.over(number, record.lane, result),
            _ => None,
        }
    }

    fn acquired(&mut self, number: u32, holder: Incarnation) -> Option<String> {
        if self.breaches.by(number, Law::OneHolder) {
            if !self.once_more() {
                return None;
            }
            let name = self.name(holder);
            let mut beliefs = self.run.history.beliefs.iter();
            let other = beliefs.find(|belief| {
                belief.holder != holder
                    && belief.from.record < number
                    && belief.until.record > number
            });
            let other = other.map_or("another", |belief| self.name(belief.holder));
            let text = format!("{name} has the lock, and {other} believes that it has it still.");
            return Some(text);
        }
        self.few
            .then(|| format!("{} has the lock.", self.name(holder)))
    }

    fn check(&mut self, holder: Incarnation, left_us: i64, passed: bool) -> Option<String> {
        let name = self.name(holder);
        let left = words::span(Span::from_us(left_us.unsigned_abs()));
        if !passed {
            let text = format!(
                "{name} looks at its lease, which ran out {left} ago. It does not write, and starts again."
            );
            return self.once_more().then_some(text);
        }
        let matters = self.few && self.paused.contains(&holder.lane());
        matters.then(|| format!("{name} looks at its lease: another {left}. It goes on to write."))
    }

    fn write(
        &mut self,
        number: u32,
        holder: Incarnation,
        contents: Contents,
        decision: RowDecision,
    ) -> Option<String> {
        self.decided += 1;
        match decision {
            RowDecision::Applied => {
                self.applied += 1;
                self.refused = 0;
                if self.breaches.by(number, Law::NoLostUpdate) {
                    let name = self.name(holder);
                    let text = format!(
                        "{name}'s write goes through, made from version {}, which is long gone. It overwrites what came in between: the row says {} now.",
                        contents.version.wrapping_sub(1),
                        contents.value
                    );
                    return self.once_more().then_some(text);
                }
                if self.few {
                    Some(self.applied_words(holder, contents))
                } else {
                    self.milestone()
                }
            }
            RowDecision::Conflict => {
                self.refused += 1;
                (self.few && self.refused == 1).then(|| self.refusals(number))
            }
            RowDecision::SoldOut => self.nothing_left(),
        }
    }

    fn applied_words(&self, holder: Incarnation, contents: Contents) -> String {
        let name = self.name(holder);
        let version = contents.version;
        if sells(&self.run.scenario) {
            let left = contents.value;
            format!("{name}'s write goes through: version {version}, {left} left.")
        } else {
            format!("{name}'s write goes through: version {version}.")
        }
    }

    /// The writes that are refused from here on until one goes through.
    fn refusals(&self, number: u32) -> String {
        let mut names: Vec<u16> = Vec::new();
        for record in &self.run.trace.records[number as usize..] {
            match Event::read(record) {
                Some(Event::RowWrite {
                    holder,
                    decision: RowDecision::Conflict,
                    ..
                }) if !names.contains(&holder.lane()) => names.push(holder.lane()),
                Some(Event::RowWrite {
                    decision: RowDecision::Applied,
                    ..
                }) => break,
                _ => {}
            }
        }
        if let [only] = names.as_slice() {
            let name = self.run.name(*only);
            return format!("{name}'s write is refused: the row is not what it had read.");
        }
        let who = telling::list(self.run, names.into_iter());
        format!("The writes of {who} are refused: the row is not what they had read.")
    }

    /// One of a few moments at which a long run is told of.
    fn milestone(&self) -> Option<String> {
        let (done, all) = (self.applied, self.run.history.changes.len());
        let part = |count: usize| count * PARTS / all.max(1);
        if done > 1 && part(done) == part(done - 1) {
            return None;
        }
        let vain = self.decided - done;
        let attempts = match vain {
            0 => "none of them in vain".to_string(),
            _ => format!("{} of them in vain", words::count(vain as u64)),
        };
        if self.decided == 1 {
            return Some("The first update is made.".to_string());
        }
        let have = if done == 1 {
            "update is"
        } else {
            "updates are"
        };
        Some(format!(
            "{} {have} made after {} attempts, {attempts}.",
            words::count(done as u64),
            words::count(self.decided as u64)
        ))
    }

    fn nothing_left(&mut self) -> Option<String> {
        let first = !core::mem::replace(&mut self.sold_out, true);
        (first && !self.few).then(|| "From here on the stock is sold out.".to_string())
    }

    fn over(&mut self, number: u32, lane: u16, result: UpdateResult) -> Option<String> {
        let name = self.run.name(lane);
        if self.breaches.by(number, Law::StockConserved) {
            let text = format!("{name} is told that it has a unit, and there was none left.");
            return self.once_more().then_some(text);
        }
        if self.breaches.by(number, Law::BoundedWait) {
            return Some(format!(
                "{name} is done, and has waited longer than those before it should need. So do all behind it."
            ));
        }
        match result {
            UpdateResult::SoldOut if self.few => Some(format!("{name} finds nothing left.")),
            UpdateResult::SoldOut => self.nothing_left(),
            UpdateResult::GaveUp => {
                let text = format!("{name} has tried too often, and gives up.");
                self.once_more().then_some(text)
            }
            UpdateResult::Taken | UpdateResult::Returned | UpdateResult::Changed => None,
        }
    }
}
