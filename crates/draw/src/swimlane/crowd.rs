//! Many alike lanes in one: for each step along, how many are active, hold,
//! succeed and fail. What a single one of them does is not drawn.

use designs::design::Role;
use designs::vocabulary::{Decision, Event, RowDecision};
use sim::Time;

use crate::ink::Ink;
use crate::shape::{Dash, Paint, Segment};

use super::frame::{Reach, about, path};
use super::label::{Line, RED, Spot};
use super::layout::Band;
use super::scene::{Layer, Scene, Sheet};

/// A step along is so many pixels.
const STEP: f32 = 2.0;
/// This part of a lane is for how many there are, the rest for what they do.
const AREA: f32 = 0.62;

/// What became of something that one of a crowd tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Succeeds,
    Fails,
}

/// Whose try a fact ends, and how.
fn fate(event: Event) -> Option<(u16, Fate)> {
    match event {
        Event::ResourceWrite {
            holder,
            decision: Decision::Accepted,
            ..
        } => Some((holder.lane(), Fate::Succeeds)),
        Event::ResourceWrite { holder, .. } | Event::LockRejected { holder, .. } => {
            Some((holder.lane(), Fate::Fails))
        }
        Event::RowWrite {
            holder, decision, ..
        } => Some((
            holder.lane(),
            match decision {
                RowDecision::Applied => Fate::Succeeds,
                RowDecision::Conflict | RowDecision::SoldOut => Fate::Fails,
            },
        )),
        _ => None,
    }
}

/// Draws every crowd.
pub(super) fn draw(scene: &Scene<'_>, sheet: &mut Sheet) {
    let crowds: Vec<&Band> = scene
        .layout
        .bands
        .iter()
        .filter(|band| band.group.crowd)
        .collect();
    if crowds.is_empty() {
        return;
    }
    let fates = fates(scene);
    for band in crowds {
        if band.group.role == Role::Grantor {
            grants(scene, band, sheet);
        } else {
            people(scene, band, &fates, sheet);
        }
    }
}

/// What became of all that someone of a crowd tried, in order.
fn fates(scene: &Scene<'_>) -> Vec<(Time, u16, Fate)> {
    let facts = scene.facts.iter();
    let tried = facts.filter_map(|(_, record)| {
        let (lane, fate) = fate(Event::read(record)?)?;
        Some((record.at, lane, fate))
    });
    tried.filter(|(_, lane, _)| scene.is_crowd(*lane)).collect()
}

/// How many there are in each step along.
#[derive(Clone, PartialEq, Debug)]
struct Steps(Vec<u32>);

impl Steps {
    fn none(scene: &Scene<'_>) -> Self {
        let scale = &scene.frame.scale;
        let count = ((scale.end - scale.start) / STEP).ceil().max(1.0);
        Self(vec![0; count as usize])
    }

    fn place(&self, scene: &Scene<'_>, at: Time) -> usize {
        let scale = &scene.frame.scale;
        let step = (scale.place_within(at) - scale.start) / STEP;
        (step as usize).min(self.0.len() - 1)
    }

    /// How many of the stretches there are at once, the most in each step.
    fn most(scene: &Scene<'_>, stretches: impl Iterator<Item = (Time, Time)>) -> Self {
        let mut steps = Self::none(scene);
        let scale = scene.frame.scale;
        let mut edges: Vec<(Time, bool)> = stretches
            .filter(|(from, until)| *from <= scale.until && *until >= scale.from)
            .flat_map(|(from, until)| [(from, true), (until, false)])
            .collect();
        // An end makes room before a beginning of the same instant.
        edges.sort_unstable();
        let (mut count, mut step) = (0_u32, 0);
        for (at, begins) in edges {
            let next = steps.place(scene, at);
            for passed in &mut steps.0[step..next] {
                *passed = (*passed).max(count);
            }
            step = next;
            steps.0[step] = steps.0[step].max(count);
            count = if begins {
                count + 1
            } else {
                count.saturating_sub(1)
            };
            steps.0[step] = steps.0[step].max(count);
        }
        for passed in &mut steps.0[step..] {
            *passed = (*passed).max(count);
        }
        steps
    }

    fn peak(&self) -> u32 {
        self.0.iter().copied().max().unwrap_or(0)
    }

    /// A stepped area from `base` on, one more being `unit` pixels, after what
    /// lies beneath it.
    fn area(
        &self,
        scene: &Scene<'_>,
        base: f32,
        unit: f32,
        beneath: Option<&Self>,
    ) -> Vec<Segment> {
        let start = scene.frame.scale.start;
        let end = scene.frame.scale.end;
        let low = |step: usize| base + beneath.map_or(0.0, |other| other.0[step] as f32 * unit);
        let mut segments = Vec::new();
        let mut step = 0;
        while step < self.0.len() {
            let first = step;
            let same = |step: usize| {
                self.0[step] == self.0[first]
                    && beneath.is_none_or(|other| other.0[step] == other.0[first])
            };
            while step < self.0.len() && same(step) {
                step += 1;
            }
            if self.0[first] == 0 {
                continue;
            }
            let along = (
                start + STEP * first as f32,
                (start + STEP * step as f32).min(end),
            );
            let across = (low(first), low(first) + self.0[first] as f32 * unit);
            segments.extend(scene.frame.polygon([
                (along.0, across.0),
                (along.0, across.1),
                (along.1, across.1),
                (along.1, across.0),
            ]));
        }
        segments
    }
}

/// Clients: how many are active and hold, what they achieve and fail at.
fn people(scene: &Scene<'_>, band: &Band, tried: &[(Time, u16, Fate)], sheet: &mut Sheet) {
    let is_one = |lane: u16| band.group.lanes.binary_search(&lane).is_ok();
    let active = band.group.lanes.iter();
    let active = active.filter_map(|lane| scene.facts.lives[usize::from(*lane)]);
    let active = Steps::most(scene, active);
    let beliefs = scene.run.history.beliefs.iter();
    let holds = beliefs
        .filter(|belief| is_one(belief.holder.lane()))
        .map(|belief| (belief.from.at, belief.until.at));
    let holds = Steps::most(scene, holds);
    let mut fates = [Steps::none(scene), Steps::none(scene)];
    let mut totals = [0_u32; 2];
    for &(at, lane, fate) in tried {
        if is_one(lane) && scene.shows(at) {
            let place = fates[0].place(scene, at);
            fates[fate as usize].0[place] += 1;
            totals[fate as usize] += 1;
        }
    }
    let across = scene.row(band.group.first()).main;
    let edge = across.0 + (across.1 - across.0) * AREA;
    // From the edge up: how many there are.
    let peak = active.peak().max(holds.peak()).max(1) as f32;
    let unit = -(edge - across.0) / peak;
    let name = &band.group.name;
    let ink = scene.ink(band.group.first());
    let soft = scene.soft(band.group.first());
    let title = format!("{name}: how many are active and hold");
    for (steps, ink) in [(&active, soft), (&holds, ink)] {
        let area = steps.area(scene, edge, unit, None);
        if !area.is_empty() {
            let shape = path(area, Paint::fill(ink));
            sheet.paint(Layer::Bar, about(shape, 0, title.clone()));
        }
    }
    // Beneath: what succeeds and, on the other side and paler, what fails.
    let [succeeds, fails] = &fates;
    let peak = succeeds.peak() + fails.peak();
    let unit = (across.1 - edge - 4.0) / peak.max(1) as f32;
    let middle = edge + 3.0 + succeeds.peak() as f32 * unit;
    let title = format!("{name}: how many tries succeed and fail");
    for (steps, unit, paint) in [
        (succeeds, -unit, Paint::fill(ink)),
        (fails, unit, Paint::fill(Ink::Muted).faded(50)),
    ] {
        let area = steps.area(scene, middle, unit, None);
        if !area.is_empty() {
            sheet.paint(Layer::Bar, about(path(area, paint), 0, title.clone()));
        }
    }
    let scale = scene.frame.scale;
    let mut lines = Vec::from(scene.frame.line((scale.start, edge), (scale.end, edge)));
    lines.extend(scene.frame.line((scale.start, middle), (scale.end, middle)));
    sheet.paint(Layer::Over, path(lines, Paint::stroke(Ink::Muted, 0.5)));
    said(scene, band, people_words((&active, &holds), totals), sheet);
}

/// In more words and in fewer; what never happens is not said.
fn people_words((active, holds): (&Steps, &Steps), totals: [u32; 2]) -> Vec<String> {
    let [succeed, fail] = totals;
    let verb = |count: u32, verb: &str| match count {
        1 => format!("1 {verb}s"),
        count => format!("{count} {verb}"),
    };
    let mut long = vec![format!("up to {} active at once (pale)", active.peak())];
    let mut short = vec![format!("{} active", active.peak())];
    for (count, word, sign) in [
        (holds.peak(), "hold", "dark"),
        (succeed, "succeed", "above the line"),
        (fail, "fail", "below it"),
    ] {
        if count > 0 {
            let words = verb(count, word);
            long.push(format!("{words} ({sign})"));
            short.push(words);
        }
    }
    vec![long.join(", "), short.join(", ")]
}

/// Servers: how many grant their key to whom, against how many are needed.
fn grants(scene: &Scene<'_>, band: &Band, sheet: &mut Sheet) {
    let mut holders: Vec<(Ink, Vec<(Time, Time)>)> = Vec::new();
    for key in &scene.run.history.keys {
        if band.group.lanes.binary_search(&key.lane).is_err() {
            continue;
        }
        let ink = scene.ink(key.holder.lane());
        let stretch = (key.from.at, key.until.at);
        match holders.iter_mut().find(|(known, _)| *known == ink) {
            Some((_, stretches)) => stretches.push(stretch),
            None => holders.push((ink, vec![stretch])),
        }
    }
    let across = scene.row(band.group.first()).main;
    let whole = band.group.lanes.len().max(1) as f32;
    let unit = -(across.1 - across.0) / whole;
    let mut beneath = Steps::none(scene);
    let title = format!("{}: how many grant the lock to whom", band.group.name);
    for (ink, stretches) in holders {
        let steps = Steps::most(scene, stretches.into_iter());
        let area = steps.area(scene, across.1, unit, Some(&beneath));
        let shape = path(area, Paint::fill(ink).faded(80));
        sheet.paint(Layer::Bar, about(shape, 0, title.clone()));
        for (sum, more) in beneath.0.iter_mut().zip(&steps.0) {
            *sum += more;
        }
    }
    let Some((needed, of)) = scene.votes else {
        return;
    };
    let level = across.1 + unit * needed as f32;
    let scale = scene.frame.scale;
    let line = scene.frame.line((scale.start, level), (scale.end, level));
    let paint = Paint::stroke(Ink::Text, 1.0).dashed(Dash::Dashed);
    sheet.paint(Layer::Over, path(line, paint));
    let (a, b) = (
        scene.frame.point(scale.start, level),
        scene.frame.point(scale.end, level),
    );
    sheet.labels.line(a, b, RED);
    let most = beneath.peak();
    said(
        scene,
        band,
        vec![
            format!("up to {most} of {of} grant; the lock needs {needed} (dashed)"),
            format!("needs {needed} of {of} (dashed)"),
        ],
        sheet,
    );
}

/// A crowd's words, on the line above what is drawn of it.
fn said(scene: &Scene<'_>, band: &Band, wordings: Vec<String>, sheet: &mut Sheet) {
    let scale = scene.frame.scale;
    let row = scene.row(band.group.first()).main;
    let horizontal = scene.frame.is_horizontal();
    let across: Reach = if horizontal {
        (band.reach.0 + 2.0, row.0 - 1.0)
    } else {
        row
    };
    let area = scene.frame.area((scale.start, scale.end), across);
    let line = Line::small("", Ink::Text);
    // A column has room for the fewer.
    let wordings = wordings.into_iter().skip(usize::from(!horizontal));
    let mut label = scene.label(band.group.first(), area, &line, wordings);
    label.rank = 0;
    label.backed = true;
    label.spots = if horizontal {
        vec![Spot::InsideEnd, Spot::InsideStart]
    } else {
        vec![Spot::InsideTop]
    };
    sheet.labels.add(label);
}
