//! Attempts that did not win: ticks with a count; those that wait, dotted lines.

use std::collections::BTreeMap;

use designs::vocabulary::{Event, Incarnation, Refusal};
use designs::words;
use sim::Time;

use crate::ink::Ink;
use crate::shape::{Dash, Paint, Segment};

use super::facts::Facts;
use super::frame::{about, path};
use super::label::{Line, Spot};
use super::scene::{Layer, MANY, Scene, Sheet, stretch};

/// Attempts of one client, one after another, with nothing won in between.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tries {
    pub lane: u16,
    /// When each began.
    pub at: Vec<Time>,
    /// The record of the first one's end.
    pub record: u32,
    /// Why they failed.
    pub refusals: Vec<Refusal>,
}

/// All attempts that failed, in order.
pub(super) fn read(facts: &Facts<'_>) -> Vec<Tries> {
    let mut groups: Vec<Tries> = Vec::new();
    let mut begun: BTreeMap<Incarnation, Time> = BTreeMap::new();
    let mut open: BTreeMap<u16, usize> = BTreeMap::new();
    for (number, record) in facts.iter() {
        match Event::read(record) {
            Some(Event::LockTry { holder, .. }) => {
                begun.insert(holder, record.at);
            }
            Some(Event::LockAcquired { holder, .. }) => {
                begun.remove(&holder);
                open.remove(&holder.lane());
            }
            // It has its own words: see `note`.
            Some(Event::LockRejected {
                reason: Refusal::Validity,
                ..
            }) => {}
            Some(Event::LockRejected { holder, reason, .. }) => {
                let at = begun.remove(&holder).unwrap_or(record.at);
                let lane = holder.lane();
                let place = match open.get(&lane) {
                    Some(&place) => place,
                    None => {
                        open.insert(lane, groups.len());
                        groups.push(Tries {
                            lane,
                            at: Vec::new(),
                            record: number,
                            refusals: Vec::new(),
                        });
                        groups.len() - 1
                    }
                };
                groups[place].at.push(at);
                groups[place].refusals.push(reason);
            }
            _ => {}
        }
    }
    groups
}

impl Tries {
    /// `24 tries, refused`, or how many of them are shown.
    fn words(&self, shown: usize) -> String {
        let silent = self
            .refusals
            .iter()
            .filter(|reason| **reason == Refusal::Timeout)
            .count();
        let why = if silent * 2 > self.refusals.len() {
            "too few answers in time"
        } else {
            "refused"
        };
        match self.at.len() {
            1 => format!("1 try, {why}"),
            count if shown < count => format!("{shown} of {count} tries, {why}"),
            count => format!("{count} tries, {why}"),
        }
    }
}

/// An attempt that neither won nor failed for a while.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Wait {
    lane: u16,
    from: Time,
    until: Time,
    record: u32,
}

/// Every attempt from its beginning to its end, in order of their ends.
pub(super) fn waits(facts: &Facts<'_>) -> Vec<Wait> {
    let mut open: BTreeMap<Incarnation, (Time, u32)> = BTreeMap::new();
    let mut waits = Vec::new();
    for (number, record) in facts.iter() {
        match Event::read(record) {
            Some(Event::LockTry { holder, .. }) => {
                open.entry(holder).or_insert((record.at, number));
            }
            Some(Event::LockAcquired { holder, .. } | Event::LockRejected { holder, .. }) => {
                if let Some((from, begun)) = open.remove(&holder) {
                    waits.push(Wait {
                        lane: holder.lane(),
                        from,
                        until: record.at,
                        record: begun,
                    });
                }
            }
            _ => {}
        }
    }
    waits.extend(open.into_iter().map(|(holder, (from, record))| Wait {
        lane: holder.lane(),
        from,
        until: facts.run.trace.end,
        record,
    }));
    waits
}

/// Of many groups of tries, narrower ones have no words, in pixels.
const TELLABLE: f32 = 24.0;

/// A wait shorter than this, in pixels, is part of its attempt.
const LONG: f32 = 40.0;

/// Long waits as dotted lines in the asker's colour, each with words.
pub(super) fn draw_waits(scene: &Scene<'_>, waits: &[Wait], sheet: &mut Sheet) {
    for wait in waits.iter().filter(|wait| !scene.is_crowd(wait.lane)) {
        let Some(along) = scene.reach(wait.from, wait.until) else {
            continue;
        };
        if along.1 - along.0 < LONG {
            continue;
        }
        let main = scene.row(wait.lane).main;
        let middle = f32::midpoint(main.0, main.1);
        let line = scene.frame.line((along.0, middle), (along.1, middle));
        let name = scene.run.name(wait.lane);
        let title = format!(
            "{name} waits for the lock {}",
            stretch(wait.from, wait.until)
        );
        let paint = Paint::stroke(scene.ink(wait.lane), 2.0).dashed(Dash::Dotted);
        sheet.paint(Layer::Bar, about(path(line, paint), wait.record, title));
        let span = words::span(wait.until.since(wait.from));
        let area = scene.frame.area(along, (middle - 1.0, middle + 1.0));
        let wordings = [format!("waits for the lock, {span}"), "waits".to_string()];
        let line = Line::small("", Ink::Text);
        let mut label = scene.label(wait.lane, area, &line, wordings);
        label.rank = 4;
        label.backed = true;
        label.at = scene.starts(area);
        label.spots = scene.spots_on(&[Spot::AboveStart, Spot::InsideStart], Spot::InsideTop);
        sheet.labels.add(label);
    }
}

pub(super) fn draw(scene: &Scene<'_>, tries: &[Tries], sheet: &mut Sheet) {
    let many = tries.len() > MANY;
    // Where the last tick of each lane is, and all of them.
    let mut together: BTreeMap<u16, (f32, Vec<Segment>)> = BTreeMap::new();
    for group in tries.iter().filter(|group| !scene.is_crowd(group.lane)) {
        // The half of the bar that leaves room for words.
        let main = scene.row(group.lane).main;
        let middle = f32::midpoint(main.0, main.1);
        let across = if scene.frame.is_horizontal() {
            (middle, main.1 - 1.0)
        } else {
            (main.0, middle)
        };
        let mut lines = Vec::new();
        let mut shown: Vec<f32> = Vec::new();
        let mut count = 0;
        for &at in group.at.iter().filter(|at| scene.shows(**at)) {
            count += 1;
            let along = scene.along(at);
            if shown.last().is_none_or(|last| along - last >= 1.5) {
                shown.push(along);
                lines.extend(scene.frame.line((along, across.0), (along, across.1)));
            }
        }
        let (Some(&first), Some(&last)) = (shown.first(), shown.last()) else {
            continue;
        };
        if many && last - first < TELLABLE {
            let ticks = together.entry(group.lane).or_default();
            if first - ticks.0 >= 1.5 {
                ticks.0 = last;
                ticks.1.extend(lines);
            }
            continue;
        }
        lines.extend(
            scene
                .frame
                .line((first, across.1 - 1.0), (last, across.1 - 1.0)),
        );
        let words = group.words(count);
        let title = format!(
            "{} asks for the lock: {words}, {}",
            scene.run.name(group.lane),
            stretch(group.at[0], group.at[group.at.len() - 1])
        );
        let ticks = path(lines, Paint::stroke(scene.ink(group.lane), 1.5));
        sheet.paint(Layer::Bar, about(ticks, group.record, title));
        let area = scene.frame.area((first, last), across);
        sheet.labels.keep_free(area);
        let line = Line::small("", Ink::Text);
        let mut label = scene.label(
            group.lane,
            area,
            &line,
            [
                words.clone(),
                words.replace(", refused", " refused"),
                words.split(',').next().unwrap_or_default().to_string(),
            ],
        );
        label.rank = 4;
        label.bounds.x1 += 4.0;
        label.backed = !scene.frame.is_horizontal();
        label.spots = if scene.frame.is_horizontal() {
            vec![
                Spot::AboveStart,
                Spot::AboveEnd,
                Spot::BelowStart,
                Spot::Right,
            ]
        } else {
            vec![Spot::Right, Spot::BelowStart]
        };
        sheet.labels.add(label);
    }
    for (lane, (_, ticks)) in together {
        let ticks = path(ticks, Paint::stroke(scene.ink(lane), 1.5));
        sheet.paint(Layer::Bar, about(ticks, 0, "Tries that did not win"));
    }
}
