//! How what the world does reads in plain words: pauses, crashes, cuts,
//! clocks. The same for every design; each tells its own facts itself.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sim::{Kind, Record, Span, flags};

use crate::laws::Law;
use crate::run::Run;
use crate::words;

/// The records by which laws are broken in `run`, in order.
pub fn breaches(run: &Run) -> Vec<u32> {
    let findings = run.verdict.findings.iter();
    let shown = findings
        .flat_map(|finding| finding.breaches())
        .filter_map(|breach| breach.records.last().copied());
    let mut breaches: Vec<u32> = shown.collect();
    breaches.sort_unstable();
    breaches
}

/// Whether `law` is broken by the record `number`.
pub fn breaks(run: &Run, law: Law, number: u32) -> bool {
    let finding = run.verdict.of(law);
    finding.is_some_and(|finding| {
        let mut breaches = finding.breaches().iter();
        breaches.any(|breach| breach.records.last() == Some(&number))
    })
}

/// Names as a list in words.
pub fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_string(),
        [init @ .., last] => format!("{} and {last}", init.join(", ")),
    }
}

/// What the world did in the record `number`; `None` where it is nothing to
/// tell, or was told with an earlier record of the same instant.
pub fn world(run: &Run, number: u32) -> Option<String> {
    let record = run.trace.records.get(number as usize)?;
    let name = run.name(record.lane);
    Some(match record.world_kind()? {
        Kind::PauseBegin => pause(run, record),
        Kind::PauseEnd => format!("{name} runs again. Nothing has told it how long it was away."),
        Kind::Crash => {
            let (names, one) = together(run, number)?;
            format!("{names} crash{}.", if one { "es" } else { "" })
        }
        Kind::Restart => {
            let (names, one) = together(run, number)?;
            let with = if record.flags == flags::WIPED {
                " with nothing of what was stored"
            } else {
                ""
            };
            format!("{names} come{} back{with}.", if one { "s" } else { "" })
        }
        Kind::ClockStep => {
            let by = record.x.cast_signed();
            let way = if by < 0 { "back" } else { "forward" };
            let span = words::span(Span::from_us(by.unsigned_abs()));
            format!("{name}'s wall clock jumps {way} by {span}.")
        }
        Kind::ClockDrift => {
            let ppm = record.x.cast_signed();
            format!("{name}'s clocks run {ppm} ppm off from here on.")
        }
        Kind::CutBegin => {
            let (one, other) = sides(run, number)?;
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
            let verb = if one.plural { "are" } else { "is" };
            format!("{} {verb} cut off from {other}{end}; {fate}.", one.names)
        }
        Kind::CutEnd => {
            let (one, other) = sides(run, number)?;
            format!("{} and {other} reach each other again.", one.names)
        }
        Kind::Delay => {
            let messages = run.scenario.design.messages();
            let message = messages
                .get(record.z as usize)
                .map_or("message", |message| message.label);
            let span = words::span(Span::from_us(record.x));
            format!("The network holds {name}'s “{message}” for {span}.")
        }
        _ => return None,
    })
}

fn pause(run: &Run, record: &Record) -> String {
    let what = if record.flags == flags::SUSPENDED {
        "machine is suspended"
    } else {
        "process stops"
    };
    let anchors = run.scenario.design.anchors();
    let place = record
        .y
        .checked_sub(1)
        .and_then(|anchor| anchors.get(anchor as usize))
        .map_or(String::new(), |anchor| format!(", {}", anchor.label));
    let span = words::span(Span::from_us(record.x));
    format!("{}'s {what} for {span}{place}.", run.name(record.lane))
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

/// Whom a fault strikes at once, told with the first of them; and whether it
/// is one alone.
fn together(run: &Run, number: u32) -> Option<(String, bool)> {
    if alike(run, number).next()?.0 != number {
        return None;
    }
    let names: Vec<&str> = alike(run, number)
        .map(|(_, record)| run.name(record.lane))
        .collect();
    Some((list(&names), names.len() == 1))
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
    let names = |lanes: &[u16]| {
        let names: Vec<&str> = lanes.iter().map(|&lane| run.name(lane)).collect();
        list(&names)
    };
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
