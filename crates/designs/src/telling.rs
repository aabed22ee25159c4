//! What stories of all designs have in common: how the world's own events
//! read, which records are told together, and where a law is broken.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sim::{Kind, Record, Span, flags};

use crate::design::{Name, Sentence};
use crate::laws::Law;
use crate::run::Run;
use crate::words;

/// Where laws are broken: the records by which they are, in order.
pub(crate) struct Breaches {
    records: Vec<(u32, Law)>,
}

impl Breaches {
    pub fn of(run: &Run) -> Self {
        let mut records: Vec<(u32, Law)> = Vec::new();
        for finding in &run.verdict.findings {
            let shown = finding.breaches().iter();
            let shown = shown.filter_map(|breach| breach.records.last().copied());
            records.extend(shown.map(|record| (record, finding.law)));
        }
        records.sort_unstable_by_key(|&(record, _)| record);
        Self { records }
    }

    /// The laws that `record` breaks.
    fn laws(&self, record: u32) -> impl Iterator<Item = Law> {
        let first = self.records.partition_point(|&(before, _)| before < record);
        let here = self.records[first..].iter();
        here.take_while(move |&&(at, _)| at == record)
            .map(|&(_, law)| law)
    }

    /// Whether `record` breaks `law`.
    pub fn by(&self, record: u32, law: Law) -> bool {
        self.laws(record).any(|broken| broken == law)
    }

    /// A sentence about `record`, marked where a law is broken there.
    pub fn sentence(&self, record: u32, text: String) -> Sentence {
        Sentence {
            record,
            text,
            breach: self.laws(record).next().is_some(),
        }
    }
}

/// The records of the same instant and kind that are like it, where this is
/// the first of them: what strikes several at once is told once.
pub(crate) fn group(
    run: &Run,
    number: u32,
    alike: impl Fn(&Record) -> bool,
) -> Option<impl Iterator<Item = &Record>> {
    let records = &run.trace.records;
    let record = &records[number as usize];
    let like =
        move |other: &&Record| other.at == record.at && other.kind == record.kind && alike(other);
    let earlier = records[..number as usize].iter().rev();
    let first = !earlier
        .take_while(|other| other.at == record.at)
        .any(|other| like(&other));
    let later = records[number as usize..].iter();
    first.then(|| later.take_while(|other| other.at == record.at).filter(like))
}

/// The lanes' names as a list in words.
pub(crate) fn list(run: &Run, lanes: impl Iterator<Item = u16>) -> String {
    let names: Vec<&str> = lanes.map(|lane| run.name(lane)).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => (*only).to_string(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

fn label(names: &'static [Name], number: u32) -> Option<&'static str> {
    Some(names.get(number as usize)?.label)
}

/// How an event of the world reads; `None` where it is no news.
pub(crate) fn world(run: &Run, number: u32) -> Option<String> {
    let record = &run.trace.records[number as usize];
    let design = run.scenario.design;
    let name = run.name(record.lane);
    let all = || {
        let group = group(run, number, |_| true)?;
        let lanes: Vec<u16> = group.map(|other| other.lane).collect();
        let s = if lanes.len() == 1 { "s" } else { "" };
        Some((list(run, lanes.into_iter()), s))
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
                .and_then(|anchor| label(design.anchors(), anchor))
                .map_or(String::new(), |anchor| format!(", {anchor}"));
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
        Kind::CutBegin => {
            let (one, other) = sides(run, number)?;
            let verb = if one.plural { "are" } else { "is" };
            let how = how_cut(record.x, record.flags);
            format!("{} {verb} cut off from {other}{how}.", one.names)
        }
        Kind::CutEnd => {
            let (one, other) = sides(run, number)?;
            format!("{} and {other} reach each other again.", one.names)
        }
        Kind::Delay => {
            let message = label(design.messages(), record.z).unwrap_or("message");
            let span = words::span(Span::from_us(record.x));
            format!("The network holds {name}'s “{message}” for {span}.")
        }
        _ => return None,
    })
}

/// For how long a cut lasts, and what becomes of messages.
pub(crate) fn how_cut(us: u64, cut_flags: u8) -> String {
    let end = if us == u64::MAX {
        " for the rest of the run".to_string()
    } else {
        format!(" for {}", words::span(Span::from_us(us)))
    };
    let fate = if cut_flags == flags::LOSSY {
        "messages are lost"
    } else {
        "messages are held"
    };
    format!("{end}; {fate}")
}

/// The records of the same instant and kind as `number`.
fn alike(run: &Run, number: u32) -> impl Iterator<Item = (u32, &Record)> {
    let records = &run.trace.records;
    let record = records[number as usize];
    let first = records.partition_point(|other| other.at < record.at);
    let last = records.partition_point(|other| other.at <= record.at);
    (first..last)
        .map(move |place| (place as u32, &records[place]))
        .filter(move |(_, other)| other.kind == record.kind)
}

/// One side of a cut.
struct Side {
    names: String,
    plural: bool,
}

/// The two sides of a cut, told with the first record of the links between
/// them. Lanes that are cut from the same others stand on one side.
fn sides(run: &Run, number: u32) -> Option<(Side, String)> {
    let lane = run.trace.records[number as usize].lane;
    let others = |lane: u16| -> Vec<u16> {
        let mut others: Vec<u16> = alike(run, number)
            .filter(|(_, record)| record.lane == lane)
            .filter_map(|(_, record)| u16::try_from(record.y).ok())
            .collect();
        others.sort_unstable();
        others.dedup();
        others
    };
    let far = others(lane);
    let mut near: Vec<u16> = alike(run, number)
        .map(|(_, record)| record.lane)
        .filter(|&other| others(other) == far)
        .collect();
    near.sort_unstable();
    near.dedup();
    let first = alike(run, number).find(|(_, record)| near.contains(&record.lane))?;
    // A cut both ways is told from the side of the lower lane.
    if first.0 != number || far.first() < near.first() && both_ways(run, number) {
        return None;
    }
    let names = |lanes: &[u16]| list(run, lanes.iter().copied());
    let side = Side {
        names: names(&near),
        plural: near.len() > 1,
    };
    Some((side, names(&far)))
}

/// Whether the link of record `number` is cut the other way at once.
fn both_ways(run: &Run, number: u32) -> bool {
    let record = run.trace.records[number as usize];
    alike(run, number)
        .any(|(_, other)| u32::from(other.lane) == record.y && other.y == u32::from(record.lane))
}
