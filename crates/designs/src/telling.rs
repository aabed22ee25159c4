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
    let others = || {
        let group = group(run, number, |other| other.lane == record.lane)?;
        let lanes = group.map(|other| u16::try_from(other.y).unwrap_or(u16::MAX));
        Some(list(run, lanes))
    };
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
        // A cut both ways is one sentence.
        Kind::CutBegin if u32::from(record.lane) < record.y => {
            format!(
                "{name} and {} are cut apart{}.",
                others()?,
                how_cut(record.x, record.flags)
            )
        }
        Kind::CutEnd if u32::from(record.lane) < record.y => {
            format!("{name} and {} reach each other again.", others()?)
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
