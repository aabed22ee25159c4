//! What landed, drawn: tokens at the resource as discs, each with two or three
//! words, claims and the tokens that a service hands out as tags.

use designs::design::Role;
use designs::history::Issue;
use designs::vocabulary::{Incarnation, Token};
use designs::words;

use crate::ink::Ink;
use crate::shape::{Anchor, Paint, Shape, Size};
use crate::text;

use super::frame::{Area, about, path, rect};
use super::label::{Label, Line, Spot};
use super::landing::{Landing, Rest, What};
use super::scale::Scale;
use super::scene::{Layer, MANY, Scene, Sheet, numbered};

/// A landing's place on the picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Place {
    pub record: u32,
    pub along: f32,
    pub across: f32,
    /// Half its extent across.
    pub half: f32,
}

const RADIUS: f32 = 11.0;
/// Landings this far apart, in pixels, lie side by side.
const APART: f32 = 2.0 * RADIUS + 5.0;
/// A disc with a number is at least so wide, in pixels.
const LEAST: f32 = 17.0;
/// Tags less far apart, in pixels, would lie on one another.
const TAG: f32 = 30.0;
/// More rows than this would say nothing more.
const MOST_ROWS: usize = 4;

/// The row of each of the places along: those less than `apart` pixels from
/// the one before are stacked, `None` where that takes more than `most` rows.
fn stacked(places: impl Iterator<Item = f32>, apart: f32, most: usize) -> Vec<Option<usize>> {
    let mut ends: Vec<f32> = Vec::new();
    places
        .map(|along| {
            let row = match ends.iter().position(|end| along - end >= apart) {
                Some(row) => row,
                None if ends.len() < most => {
                    ends.push(along);
                    ends.len() - 1
                }
                None => return None,
            };
            ends[row] = along;
            Some(row)
        })
        .collect()
}

fn count(rows: &[Option<usize>]) -> usize {
    rows.iter().flatten().max().map_or(1, |row| row + 1)
}

/// How many rows the landings need.
pub(super) fn rows(landings: &[Landing], scale: &Scale) -> usize {
    let shown = landings
        .iter()
        .filter(|landing| (scale.from..=scale.until).contains(&landing.at))
        .map(|landing| scale.place(landing.at));
    count(&stacked(shown, APART, MOST_ROWS))
}

/// Draws all landings that are shown; where each lies.
pub(super) fn draw(scene: &Scene<'_>, landings: &[Landing], sheet: &mut Sheet) -> Vec<Place> {
    let shown: Vec<Landing> = landings
        .iter()
        .filter(|landing| scene.shows(landing.at))
        .cloned()
        .collect();
    let along = shown.iter().map(|landing| scene.along(landing.at));
    // A column holds as many side by side as have room for their numbers.
    let room = shown.first().map_or(0.0, |landing| {
        let across = scene.row(landing.lane).main;
        across.1 - across.0
    });
    let most = ((room / LEAST) as usize).clamp(1, MOST_ROWS);
    let rows = stacked(along, APART, most);
    let count = count(&rows) as f32;
    let mut places = Vec::new();
    for (landing, row) in shown.iter().zip(rows) {
        let across = scene.row(landing.lane).main;
        let pitch = (across.1 - across.0) / count;
        let place = Place {
            record: landing.record,
            along: scene.along(landing.at),
            across: across.0 + pitch * (row.unwrap_or(0) as f32 + 0.5),
            half: RADIUS.min(pitch / 2.0),
        };
        match landing.what {
            // Its arrow is seen, and those beside it; of many, these alone.
            _ if row.is_none() => {}
            What::Row { .. } => {
                // The lanes of those who try say how many were refused.
                let told = shown.len() <= MANY || landing.is_accepted() || landing.stale;
                landed(scene, landing, place, told, sheet);
            }
            What::Write(_) => landed(scene, landing, place, true, sheet),
            What::Claim { accepted } => claim(scene, landing, accepted, place, sheet),
        }
        if row.is_some() || shown.len() <= MANY {
            places.push(place);
        }
    }
    issued(scene, sheet);
    places
}

/// `97 more writes: 90 accepted, 7 refused`.
pub(super) fn draw_rest(scene: &Scene<'_>, rest: Rest, sheet: &mut Sheet) {
    let count = rest.accepted + rest.refused;
    let mut words = format!("{count} more writes: {} accepted", rest.accepted);
    if rest.refused > 0 {
        words = format!("{words}, {} refused", rest.refused);
    }
    let scale = &scene.frame.scale;
    let band = scene.layout.band_of(rest.lane).reach;
    let main = scene.row(rest.lane).main;
    let across = if scene.frame.is_horizontal() {
        (band.0 + 3.0, main.0)
    } else {
        main
    };
    let area = scene.frame.area((scale.start, scale.end), across);
    let line = Line::small("", Ink::Text);
    let mut label = scene.label(rest.lane, area, &line, [words]);
    label.rank = 0;
    label.backed = true;
    label.at = scene.starts(area);
    label.spots = vec![scene.at_start(), Spot::InsideEnd];
    sheet.labels.add(label);
}

/// What stands in a disc or a tag: the token's number, or whose it is.
fn mark(scene: &Scene<'_>, token: Token, holder: Incarnation) -> String {
    let name = scene.run.name(holder.lane());
    match numbered(name) {
        _ if token.is_some() => token.number().to_string(),
        // Which one of a crowd it is does not matter, and has no room.
        Some(_) if scene.is_crowd(holder.lane()) => String::new(),
        Some((_, number)) if name.chars().count() > 2 && number.len() <= 2 => number.to_string(),
        Some(_) if name.chars().count() > 2 => String::new(),
        _ => name.chars().take(2).collect(),
    }
}

/// A disc for what has landed: full where it was accepted, ringed where it
/// should not have been, crossed out where it was refused.
fn landed(scene: &Scene<'_>, landing: &Landing, place: Place, told: bool, sheet: &mut Sheet) {
    let (x, y) = scene.frame.point(place.along, place.across);
    let r = place.half;
    let lane = landing.holder.lane();
    let (accepted, stale) = (landing.is_accepted(), landing.stale);
    let lines = landing.words(scene.run);
    let title = format!(
        "{}, {}: {}",
        scene.run.name(lane),
        words::instant(landing.at),
        lines
            .iter()
            .map(|line| line.text.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    );
    let disc = |r: f32, paint| Shape::Circle {
        x,
        y,
        r,
        paint,
        about: None,
    };
    let mut reach = r;
    if stale {
        reach = r + 4.5;
        let ring = Paint::fill(Ink::Lane).outlined(Ink::Broken, 2.0);
        sheet.paint(Layer::Mark, disc(r + 3.5, ring));
    }
    let (paint, inside) = if accepted {
        (Paint::fill(scene.ink(lane)), Ink::OnActor)
    } else {
        (
            Paint::fill(Ink::Lane).outlined(scene.ink(lane), 2.0),
            scene.ink(lane),
        )
    };
    sheet.paint(
        Layer::Mark,
        about(disc(r - 1.0, paint), landing.record, title),
    );
    if !accepted {
        reach = r + 3.0;
        let cross = corners(x, y, r * 0.68, r * 0.68 + 4.5);
        sheet.paint(Layer::Mark, path(cross, Paint::stroke(Ink::Text, 2.0)));
    }
    let words = mark(scene, landing.token, landing.holder);
    // In a small disc there is no room for it, and its neighbour is near.
    if text::width(&words, Size::Small, true) <= 2.0 * r {
        number(words, (x, y), inside, sheet);
    }
    let area = Area::new(x - reach, y - reach, x + reach, y + reach);
    sheet.labels.keep_free(area.grown(-2.0));
    if !told {
        return;
    }
    let mut label = beside(scene, landing.lane, area);
    // What is as it should be says so where it can; but where many compete for
    // a row a refusal is the rule.
    label.rank = match landing.what {
        _ if stale => 0,
        What::Row { .. } => 1 + u8::from(!accepted),
        _ => u8::from(accepted),
    };
    label.wordings = (1..=lines.len())
        .rev()
        .map(|count| lines[..count].to_vec())
        .collect();
    if stale {
        label
            .wordings
            .push(vec![Line::small("stale", Ink::Broken).bold()]);
    }
    if !accepted {
        label
            .wordings
            .push(vec![Line::small("refused", Ink::Text).bold()]);
    }
    sheet.labels.add(label);
}

/// Four strokes outward, so that the number between them stays whole.
fn corners(x: f32, y: f32, from: f32, to: f32) -> Vec<crate::shape::Segment> {
    use crate::shape::Segment::{Line, Move};
    let mut cross = Vec::new();
    for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        cross.push(Move(x + sx * from, y + sy * from));
        cross.push(Line(x + sx * to, y + sy * to));
    }
    cross
}

fn number(text: String, (x, y): (f32, f32), ink: Ink, sheet: &mut Sheet) {
    if text.is_empty() {
        return;
    }
    sheet.paint(
        Layer::Words,
        Shape::Text {
            x,
            y: y + Size::Small.px() * 0.36,
            anchor: Anchor::Middle,
            size: Size::Small,
            bold: true,
            ink,
            text,
            about: None,
        },
    );
}

fn claim(scene: &Scene<'_>, landing: &Landing, accepted: bool, place: Place, sheet: &mut Sheet) {
    let lane = landing.holder.lane();
    let name = scene.run.name(lane);
    let (x, y) = scene.frame.point(place.along, place.across);
    let text = mark(scene, landing.token, landing.holder);
    let area = tag(scene, lane, (x, y), &text, accepted, sheet);
    let lines = landing.words(scene.run);
    let title = format!(
        "{name} claims the resource with {text} at {}: {}",
        words::instant(landing.at),
        if accepted { "taken" } else { "refused" }
    );
    let cover = rect(area, 3.0, Paint::stroke(scene.ink(lane), 1.5));
    sheet.paint(Layer::Mark, about(cover, landing.record, title));
    let mut label = beside(scene, landing.lane, area);
    label.rank = u8::from(accepted);
    label.wordings = vec![lines.clone(), lines[..1].to_vec()];
    sheet.labels.add(label);
}

/// A small sign with a number.
fn tag(
    scene: &Scene<'_>,
    lane: u16,
    (x, y): (f32, f32),
    words: &str,
    accepted: bool,
    sheet: &mut Sheet,
) -> Area {
    let half = (text::width(words, Size::Small, true) / 2.0 + 4.0).max(9.0);
    let area = Area::new(x - half, y - 8.0, x + half, y + 8.0);
    let ground = if accepted {
        scene.soft(lane)
    } else {
        Ink::Lane
    };
    sheet.paint(Layer::Mark, rect(area, 3.0, Paint::fill(ground)));
    if !accepted {
        let cross = corners(x, y, 8.0, 12.0);
        sheet.paint(Layer::Mark, path(cross, Paint::stroke(Ink::Text, 2.0)));
    }
    sheet.paint(
        Layer::Words,
        Shape::Text {
            x,
            y: y + Size::Small.px() * 0.36,
            anchor: Anchor::Middle,
            size: Size::Small,
            bold: true,
            ink: Ink::Text,
            text: words.to_string(),
            about: None,
        },
    );
    sheet.labels.keep_free(area);
    area
}

fn beside(scene: &Scene<'_>, lane: u16, at: Area) -> Label {
    let mut label = scene.label(lane, at, &Line::small("", Ink::Text), [""]);
    label.rank = 0;
    label.spots = if scene.frame.is_horizontal() {
        vec![Spot::Right, Spot::Left, Spot::BelowStart, Spot::BelowEnd]
    } else {
        vec![Spot::Below, Spot::Above, Spot::Right, Spot::Left]
    };
    label
}

/// Tokens that a service hands out; those that lie on one another show the
/// first.
fn issued(scene: &Scene<'_>, sheet: &mut Sheet) {
    let lane_of = |record: u32| scene.run.trace.records[record as usize].lane;
    let shown: Vec<&Issue> = scene
        .run
        .history
        .tokens
        .iter()
        .filter(|issue| scene.role(lane_of(issue.at.record)) == Role::Service)
        .filter(|issue| scene.shows(issue.at.at))
        .collect();
    let (shown, vain): (Vec<&Issue>, Vec<&Issue>) = shown
        .into_iter()
        .partition(|issue| scene.index.believed(issue.holder));
    let mut ticks = Vec::new();
    let mut last = f32::MIN;
    for issue in &vain {
        let across = scene.row(lane_of(issue.at.record)).main;
        let along = scene.along(issue.at.at);
        if along - last < 1.0 {
            continue;
        }
        last = along;
        ticks.extend(scene.frame.line((along, across.0), (along, across.1)));
    }
    if let Some(first) = vain.first() {
        let shape = path(ticks, Paint::stroke(Ink::Muted, 1.0).faded(60));
        let title = format!("{} tokens for attempts that failed", vain.len());
        sheet.paint(Layer::Bar, about(shape, first.at.record, title));
    }
    let along = shown.iter().map(|issue| scene.along(issue.at.at));
    let rows = stacked(along, TAG, 1);
    for (issue, _) in shown.iter().zip(rows).filter(|(_, row)| row.is_some()) {
        let lane = lane_of(issue.at.record);
        let across = scene.row(lane).main;
        let middle = f32::midpoint(across.0, across.1);
        let (x, y) = scene.frame.point(scene.along(issue.at.at), middle);
        let text = issue.token.number().to_string();
        let holder = issue.holder.lane();
        let area = tag(scene, holder, (x, y), &text, true, sheet);
        let name = scene.run.name(holder);
        let title = format!(
            "{name} gets token {text} at {}",
            words::instant(issue.at.at)
        );
        let cover = rect(area, 3.0, Paint::stroke(scene.ink(holder), 1.5));
        sheet.paint(Layer::Mark, about(cover, issue.at.record, title));
        let mut label = beside(scene, lane, area);
        label.wordings = [format!("token {text} for {name}"), format!("to {name}")]
            .into_iter()
            .map(|words| vec![Line::small(words, Ink::Text)])
            .collect();
        sheet.labels.add(label);
    }
}
