//! A fault within a packed code: a byte of what it is, its lanes, how much,
//! and when.

use alloc::string::ToString;

use sim::{Span, Time};

use super::Notice;
use super::bytes::{Misread, Reader, Writer};
use super::packed::{place_of, stable};
use crate::design::{Design, Name};
use crate::faults::{FaultSpec, Kind, Moment, Target};

// The lowest three bits of the first byte are one of these.
const PAUSE: u8 = 0;
const SUSPEND: u8 = 1;
const CRASH: u8 = 2;
const CUT: u8 = 3;
const DELAY: u8 = 4;
const STEP: u8 = 5;
const DRIFT: u8 = 6;

const KIND: u8 = 7;
/// What is durable is lost, or messages are.
const LOSSY: u8 = 1 << 3;
/// A crash ends, or a cut does.
const ENDS: u8 = 1 << 4;
const BOTH_WAYS: u8 = 1 << 5;
const AT_ANCHOR: u8 = 1 << 6;
const AT_MESSAGE: u8 = 1 << 7;

/// The longest name of a lane, or of lanes, in bytes.
const LONGEST_LANE: usize = 64;

pub(super) fn write(writer: &mut Writer, fault: &FaultSpec, design: &dyn Design) {
    let (kind, magnitude) = match fault.kind {
        Kind::Pause(span) => (PAUSE, Some(us(span))),
        Kind::Suspend(span) => (SUSPEND, Some(us(span))),
        Kind::Crash { restart, .. } => (CRASH, restart.map(us)),
        Kind::Cut { span, .. } => (CUT, span.map(us)),
        Kind::Delay(span) => (DELAY, Some(us(span))),
        Kind::Step(us) => (STEP, Some(us)),
        Kind::Drift(ppm) => (DRIFT, Some(ppm)),
    };
    let lossy = matches!(
        fault.kind,
        Kind::Crash { wiped: true, .. } | Kind::Cut { lossy: true, .. }
    );
    let when = match fault.moment {
        Moment::At(_) => 0,
        Moment::Anchor { .. } => AT_ANCHOR,
        Moment::Message { .. } => AT_MESSAGE,
    };
    let both = matches!(fault.target, Target::Links { both: true, .. });
    let flag = |is: bool, flag: u8| if is { flag } else { 0 };
    writer.byte(
        kind | flag(lossy, LOSSY) | flag(magnitude.is_some(), ENDS) | flag(both, BOTH_WAYS) | when,
    );
    match &fault.target {
        Target::Lanes(lanes) => writer.text(lanes),
        Target::Links { from, to, .. } => {
            writer.text(from);
            writer.text(to);
        }
    }
    if let Some(magnitude) = magnitude {
        writer.number(magnitude);
    }
    match fault.moment {
        Moment::At(at) => writer.number(us(at.since(Time::ZERO))),
        Moment::Anchor { anchor, nth } => write_nth(writer, design.anchors(), anchor, nth),
        Moment::Message { kind, nth } => write_nth(writer, design.messages(), kind, nth),
    }
}

fn write_nth(writer: &mut Writer, names: &[Name], number: u8, nth: u32) {
    let name = names.get(usize::from(number)).map_or("", |name| name.key);
    writer.stable(stable(name));
    writer.count(nth.into());
}

fn us(span: Span) -> i64 {
    i64::try_from(span.us()).unwrap_or(i64::MAX)
}

/// The next fault, of which nothing has been checked. The inner error is a
/// notice of a fault that the design knows no more.
pub(super) fn read(
    reader: &mut Reader<'_>,
    design: &dyn Design,
) -> Result<Result<FaultSpec, Notice>, Misread> {
    let first = reader.byte()?;
    let has = |flag: u8| first & flag != 0;
    let lane = |reader: &mut Reader<'_>| reader.text(LONGEST_LANE).map(ToString::to_string);
    let target = if matches!(first & KIND, CUT | DELAY) {
        Target::Links {
            from: lane(reader)?,
            to: lane(reader)?,
            both: has(BOTH_WAYS),
        }
    } else {
        Target::Lanes(lane(reader)?)
    };
    let magnitude = if has(ENDS) {
        Some(reader.number()?)
    } else {
        None
    };
    let kind = kind(first & KIND, magnitude, has(LOSSY))
        .ok_or(reader.stopped("a fault of a kind that there is not"))?;
    let moment = if has(AT_ANCHOR) || has(AT_MESSAGE) {
        let number = reader.stable()?;
        let nth = u32::try_from(reader.count()?).ok();
        let nth = nth.ok_or(reader.stopped("a number is too great"))?;
        let names = if has(AT_ANCHOR) {
            design.anchors()
        } else {
            design.messages()
        };
        match place_of(names, number) {
            Some(anchor) if has(AT_ANCHOR) => Moment::Anchor { anchor, nth },
            Some(kind) => Moment::Message { kind, nth },
            None => {
                let what = "it strikes at a point that is not known here; ignored";
                return Ok(Err(Notice::new("a fault", what)));
            }
        }
    } else {
        Moment::At(Time::ZERO + span(reader.number()?))
    };
    Ok(Ok(FaultSpec {
        kind,
        target,
        moment,
    }))
}

fn kind(kind: u8, magnitude: Option<i64>, lossy: bool) -> Option<Kind> {
    let ends = magnitude.map(span);
    Some(match kind {
        PAUSE => Kind::Pause(ends?),
        SUSPEND => Kind::Suspend(ends?),
        CRASH => Kind::Crash {
            restart: ends,
            wiped: lossy,
        },
        CUT => Kind::Cut { span: ends, lossy },
        DELAY => Kind::Delay(ends?),
        STEP => Kind::Step(magnitude?),
        DRIFT => Kind::Drift(magnitude?),
        _ => return None,
    })
}

/// Lengths below zero are nobody's; they are none.
fn span(us: i64) -> Span {
    Span::from_us(u64::try_from(us).unwrap_or(0))
}
