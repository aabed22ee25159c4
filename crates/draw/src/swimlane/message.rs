//! Messages as arrows with their real slope: those that mattered, and all of
//! them where they can be told apart.

use std::collections::{BTreeMap, BTreeSet};

use designs::design::Role;
use designs::vocabulary::{Event, Refusal, RowDecision};
use designs::{Run, words};
use sim::{Kind, Record, Time, flags};

use crate::ink::Ink;
use crate::shape::{Dash, Paint, Segment};

use super::disc::Place;
use super::facts::Facts;
use super::frame::{Point, about, path};
use super::index::Index;
use super::label::{ARROW, Label, Line, Spot};
use super::scene::{Layer, Scene, Sheet};

/// One message from its sending to its end.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Message {
    pub from: u16,
    pub to: u16,
    pub sent: Time,
    /// The record of its sending.
    pub record: u32,
    /// Its kind in its design.
    pub kind: u32,
    /// When it was handled, and the record of that; `None` where it was lost
    /// or was still on its way.
    pub handled: Option<(Time, u32)>,
    pub lost: bool,
    /// Whether a cut held it up.
    pub held: bool,
    /// Whether the network took its time.
    pub delayed: bool,
    pub matters: Matter,
}

/// What a message is to the picture.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Matter {
    /// One of many.
    Little,
    /// Part of a client's first attempt, or a write to a row that was refused,
    /// or an answer to either.
    First,
    /// Its answer decided an attempt.
    Decided,
    /// It made a server grant or give up a key, or issue a token.
    Granted,
    /// It reached what the lock protects; the record of what came of it.
    Landed(u32),
}

/// All messages of a run, in order of sending, but for those that are not
/// drawn: those that one of a crowd sends, and those that it gets where no lock
/// is decided by them.
pub(super) fn read(scene: &Scene<'_>) -> Vec<Message> {
    let records = &scene.run.trace.records;
    let mut messages: Vec<Message> = Vec::new();
    let first = first_tries(scene.facts);
    let locks = scene.run.history.has_lock;
    let is_to_crowd = |record: &Record| u16::try_from(record.y).is_ok_and(|to| scene.is_crowd(to));
    // By record: which message it belongs to.
    let mut of = vec![u32::MAX; records.len()];
    let known = |of: &[u32], cause: Option<u32>| {
        let message = *of.get(cause? as usize)?;
        (message != u32::MAX).then_some(message as usize)
    };
    for (number, record) in (0_u32..).zip(records) {
        match record.world_kind() {
            Some(Kind::Send) if scene.is_crowd(record.lane) || !locks && is_to_crowd(record) => {}
            Some(Kind::Send) => {
                let asked = known(&of, record.cause());
                let answers_first =
                    asked.is_some_and(|asked| messages[asked].matters == Matter::First);
                let is_first = first.get(&record.lane) == Some(&record.at);
                of[number as usize] = u32::try_from(messages.len()).unwrap_or(u32::MAX);
                messages.push(Message {
                    from: record.lane,
                    to: u16::try_from(record.y).unwrap_or(record.lane),
                    sent: record.at,
                    record: number,
                    kind: record.z,
                    handled: None,
                    lost: false,
                    held: false,
                    delayed: false,
                    matters: if is_first || answers_first {
                        Matter::First
                    } else {
                        Matter::Little
                    },
                });
            }
            Some(kind @ (Kind::Receive | Kind::Drop | Kind::Hold | Kind::Delay)) => {
                if let Some(place) = known(&of, record.cause()) {
                    let message = &mut messages[place];
                    match kind {
                        Kind::Receive => {
                            message.handled = Some((record.at, number));
                            message.held |= record.flags & flags::HELD != 0;
                            of[number as usize] = of[message.record as usize];
                        }
                        Kind::Drop => message.lost = true,
                        Kind::Delay => message.delayed = true,
                        _ => message.held = true,
                    }
                }
            }
            _ => {
                if let Some(matter) =
                    Event::read(record).and_then(|event| matter(scene.index, number, event))
                    && let Some(place) = known(&of, record.cause())
                {
                    let message = &mut messages[place];
                    message.matters = message.matters.max(matter);
                }
            }
        }
    }
    messages
}

/// When each client first asked.
fn first_tries(facts: &Facts<'_>) -> BTreeMap<u16, Time> {
    let mut first = BTreeMap::new();
    for (_, record) in facts.iter() {
        if let Some(Event::LockTry { holder, .. }) = Event::read(record) {
            first.entry(holder.lane()).or_insert(record.at);
        }
    }
    first
}

fn matter(index: &Index<'_>, number: u32, event: Event) -> Option<Matter> {
    match event {
        Event::ResourceWrite { .. } | Event::ResourceClaim { .. } => Some(Matter::Landed(number)),
        Event::RowWrite {
            decision: RowDecision::Applied,
            ..
        } => Some(Matter::Landed(number)),
        Event::RowWrite { .. } => Some(Matter::First),
        Event::ServerGrant { holder, .. }
        | Event::ServerRelease { holder, .. }
        | Event::TokenIssue { holder, .. }
            if index.believed(holder) =>
        {
            Some(Matter::Granted)
        }
        Event::ServerExtend { .. } => Some(Matter::Granted),
        Event::LockAcquired { .. }
        | Event::LockRejected {
            reason: Refusal::Validity,
            ..
        } => Some(Matter::Decided),
        _ => None,
    }
}

impl Message {
    fn end(&self, run: &Run) -> Time {
        self.handled.map_or(run.trace.end, |(at, _)| at)
    }
}

/// Slopes less than this, in pixels, cannot be seen.
const SEEN: f32 = 6.0;
/// Where typical messages are this long, in pixels, all of them are drawn.
const APART: f32 = 26.0;
/// A late message this long, in pixels, is worth words.
const EXPLAINED: f32 = 24.0;
/// More arrows than this at once hide what they show.
const MOST: usize = 120;

/// The arrows of one colour.
#[derive(Default)]
struct Arrows {
    shafts: Vec<Segment>,
    dashed: Vec<Segment>,
    heads: Vec<Segment>,
}

pub(super) fn draw(scene: &Scene<'_>, messages: &[Message], places: &[Place], sheet: &mut Sheet) {
    let seen: Vec<&Message> = messages
        .iter()
        .filter(|message| !scene.is_crowd(message.to) || message.matters >= Matter::Decided)
        .filter(|message| scene.reach(message.sent, message.end(scene.run)).is_some())
        .collect();
    let all = are_apart(scene, &seen);
    let granted = seen
        .iter()
        .filter(|message| message.matters == Matter::Granted)
        .count();
    let mut plain = Arrows::default();
    let mut crosses = Vec::new();
    let mut actors: Vec<(u16, Arrows)> = Vec::new();
    let mut drawn = BTreeSet::new();
    let places: BTreeMap<u32, &Place> = places.iter().map(|place| (place.record, place)).collect();
    for message in seen {
        let length = scene.along(message.end(scene.run)) - scene.along(message.sent);
        let shown = match message.matters {
            Matter::Landed(record) => places.contains_key(&record),
            Matter::Granted if granted <= MOST => true,
            Matter::Granted | Matter::Decided | Matter::First => length >= SEEN,
            Matter::Little => all || message.lost || message.held || message.delayed,
        };
        if !shown || message.handled.is_none() && !message.lost {
            continue;
        }
        // Arrows that lie on one another are one; steep ones to alike servers
        // do.
        let steep = length < SEEN;
        let key = (
            message.from,
            scene.row(message.to).band,
            if steep { 0 } else { message.to },
            message.lost,
            (scene.along(message.sent) / 2.0) as i32,
            (length / 2.0) as i32,
        );
        if !drawn.insert(key) {
            continue;
        }
        let (from, to) = ends(scene, message, &places);
        if message.lost {
            lost(scene, from, to, &mut plain, &mut crosses, sheet);
            continue;
        }
        let arrows = match message.matters {
            Matter::Landed(_) => {
                let place = actors.iter().position(|(lane, _)| *lane == message.from);
                let place = place.unwrap_or_else(|| {
                    actors.push((message.from, Arrows::default()));
                    actors.len() - 1
                });
                &mut actors[place].1
            }
            _ => &mut plain,
        };
        let late = message.held || message.delayed || message.matters == Matter::Decided && !all;
        arrow(scene, (from, to), late, arrows, sheet);
        // A cut has words of its own.
        let special = message.delayed || matches!(message.matters, Matter::Landed(_));
        if late && special && length >= EXPLAINED {
            explain(scene, message, (from, to), sheet);
        }
    }
    let cross = Paint::stroke(Ink::Text, 1.5);
    if !crosses.is_empty() {
        sheet.paint(
            Layer::Arrow,
            about(path(crosses, cross), 0, "Messages that were lost"),
        );
    }
    paint(plain, Ink::Muted, 1.0, sheet);
    for (lane, arrows) in actors {
        paint(arrows, scene.ink(lane), 1.5, sheet);
    }
}

fn paint(arrows: Arrows, ink: Ink, width: f32, sheet: &mut Sheet) {
    for (segments, paint) in [
        (arrows.shafts, Paint::stroke(ink, width)),
        (
            arrows.dashed,
            Paint::stroke(ink, width).dashed(Dash::Dashed),
        ),
        (arrows.heads, Paint::fill(ink)),
    ] {
        if !segments.is_empty() {
            sheet.paint(Layer::Arrow, path(segments, paint));
        }
    }
}

/// Whether so few messages are shown, and each so long, that all can be drawn.
fn are_apart(scene: &Scene<'_>, seen: &[&Message]) -> bool {
    let mut lengths: Vec<f32> = seen
        .iter()
        .map(|message| scene.along(message.end(scene.run)) - scene.along(message.sent))
        .collect();
    lengths.sort_unstable_by(f32::total_cmp);
    seen.len() <= MOST
        && lengths
            .get(lengths.len() / 2)
            .is_some_and(|median| *median >= APART)
}

/// Where an arrow begins and ends, along and across.
fn ends(scene: &Scene<'_>, message: &Message, places: &BTreeMap<u32, &Place>) -> (Point, Point) {
    let (from, to) = (scene.row(message.from), scene.row(message.to));
    let down = from.main.0 < to.main.0;
    let edge = |reach: (f32, f32), near: bool| if near { reach.0 } else { reach.1 };
    let start = match scene.role(message.from) {
        Role::Service | Role::Resource => f32::midpoint(from.main.0, from.main.1),
        _ => edge(from.main, !down),
    };
    let place = match message.matters {
        Matter::Landed(record) => places.get(&record),
        _ => None,
    };
    let end = match (place, scene.role(message.to)) {
        (Some(place), _) if down => place.across - place.half - 2.0,
        (Some(place), _) => place.across + place.half + 2.0,
        (None, Role::Service | Role::Resource) if down => to.main.0 + 2.0,
        _ => edge(to.main, down),
    };
    let sent = scene.along(message.sent);
    let handled = scene.along(message.handled.map_or(message.sent, |(at, _)| at));
    ((sent, start), (handled, end))
}

/// The part of a line that is shown; `None` where none is.
fn clipped(scene: &Scene<'_>, from: Point, to: Point) -> Option<(Point, Point)> {
    let (low, high) = (scene.frame.scale.start, scene.frame.scale.end);
    let at = |along: f32| {
        let share = (along - from.0) / (to.0 - from.0);
        (along, from.1 + (to.1 - from.1) * share)
    };
    if to.0 < low || from.0 > high {
        return None;
    }
    let start = if from.0 < low { at(low) } else { from };
    let end = if to.0 > high { at(high) } else { to };
    Some((start, end))
}

fn arrow(
    scene: &Scene<'_>,
    (from, to): (Point, Point),
    late: bool,
    arrows: &mut Arrows,
    sheet: &mut Sheet,
) {
    let Some((start, end)) = clipped(scene, from, to) else {
        return;
    };
    let line = scene.frame.line(start, end);
    if late {
        arrows.dashed.extend(line);
    } else {
        arrows.shafts.extend(line);
    }
    let (a, b) = (
        scene.frame.point(start.0, start.1),
        scene.frame.point(end.0, end.1),
    );
    sheet.labels.line(a, b, ARROW);
    if end == to {
        arrows.heads.extend(head(a, b, 3.2));
    }
}

/// A triangle at `tip`, pointing away from `from`.
pub(super) fn head(from: (f32, f32), tip: (f32, f32), half: f32) -> [Segment; 4] {
    let (dx, dy) = (tip.0 - from.0, tip.1 - from.1);
    let length = dx.hypot(dy).max(0.1);
    let (ux, uy) = (dx / length, dy / length);
    let back = (tip.0 - ux * half * 2.2, tip.1 - uy * half * 2.2);
    [
        Segment::Move(tip.0, tip.1),
        Segment::Line(back.0 - uy * half, back.1 + ux * half),
        Segment::Line(back.0 + uy * half, back.1 - ux * half),
        Segment::Close,
    ]
}

/// A lost message ends in a cross on its way.
fn lost(
    scene: &Scene<'_>,
    from: Point,
    to: Point,
    plain: &mut Arrows,
    crosses: &mut Vec<Segment>,
    sheet: &mut Sheet,
) {
    if !(scene.frame.scale.start..=scene.frame.scale.end).contains(&from.0) {
        return;
    }
    // At the cut that stopped it where its bar lies on the way.
    let (low, high) = (from.1.min(to.1), from.1.max(to.1));
    let cut = scene
        .layout
        .cuts
        .iter()
        .find(|cut| cut.0 > low && cut.1 < high);
    let across = match cut {
        Some(cut) if from.1 < to.1 => cut.0 - 1.0,
        Some(cut) => cut.1 + 1.0,
        None => from.1 + (to.1 - from.1) * 0.6,
    };
    let end = (from.0, across);
    plain.shafts.extend(scene.frame.line(from, end));
    let (x, y) = scene.frame.point(end.0, end.1);
    for (sx, sy) in [(1.0, 1.0), (1.0, -1.0)] {
        crosses.push(Segment::Move(x - 3.5 * sx, y - 3.5 * sy));
        crosses.push(Segment::Line(x + 3.5 * sx, y + 3.5 * sy));
    }
    sheet
        .labels
        .line(scene.frame.point(from.0, from.1), (x, y), ARROW);
}

/// Names a message that was held up.
fn explain(scene: &Scene<'_>, message: &Message, (from, to): (Point, Point), sheet: &mut Sheet) {
    let Some((start, end)) = clipped(scene, from, to) else {
        return;
    };
    let Some((handled, _)) = message.handled else {
        return;
    };
    let name = usize::try_from(message.kind)
        .ok()
        .and_then(|kind| scene.run.scenario.design.messages().get(kind))
        .map_or("message", |name| name.label);
    let span = words::span(handled.since(message.sent));
    let at = [0.5, 0.35, 0.65, 0.2, 0.8]
        .into_iter()
        .map(|share| {
            let along = start.0 + (end.0 - start.0) * share;
            let across = start.1 + (end.1 - start.1) * share;
            scene.frame.area((along, along), (across, across))
        })
        .collect();
    let scale = &scene.frame.scale;
    let sender = scene.run.name(message.from);
    sheet.labels.add(Label {
        rank: 1,
        wordings: [
            format!("{sender}'s “{name}” is under way for {span}"),
            format!("“{name}”, {span} under way"),
            format!("{span} under way"),
        ]
        .into_iter()
        .map(|words| vec![Line::small(words, Ink::Text)])
        .collect(),
        at,
        spots: vec![Spot::Inside, Spot::Right, Spot::Left],
        bounds: scene.frame.column((scale.start, scale.end)),
        backed: true,
        ground: Ink::Ground,
    });
}
