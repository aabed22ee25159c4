//! The lanes' grounds and names, and the lines and words of the time axis.

use designs::design::Role;

use crate::ink::Ink;
use crate::shape::{Anchor, Paint, Shape, Size};

use super::frame::{Area, about, path, rect};
use super::label::{Line, extent, set};
use super::layout::MARGIN;
use super::scale::Scale;
use super::scene::{Layer, Scene, Sheet};

/// Ticks stand at least so far apart, in pixels.
const SPACING_ACROSS: f32 = 56.0;
/// With decimals they need more, and are worth less.
const SPACING_DECIMALS: f32 = 90.0;
const SPACING_DOWN: f32 = 44.0;

/// How wide the words of the axis are for a stretch of time that runs down.
pub(super) fn width_of_words(scale: &Scale) -> f32 {
    scale
        .ticks(SPACING_DOWN)
        .iter()
        .map(|(_, words)| crate::text::width(words, Size::Small, false))
        .fold(0.0, f32::max)
}

pub(super) fn draw(scene: &Scene<'_>, sheet: &mut Sheet) {
    bands(scene, sheet);
    grid(scene, sheet);
}

fn bands(scene: &Scene<'_>, sheet: &mut Sheet) {
    let frame = &scene.frame;
    let scale = &frame.scale;
    for band in &scene.layout.bands {
        let along = (0.0, scene.layout.end);
        let anchor = if frame.is_horizontal() {
            Anchor::Start
        } else {
            Anchor::Middle
        };
        let ground = rect(frame.area(along, band.reach), 3.0, Paint::fill(Ink::Lane));
        let note = if band.group.note.is_empty() {
            String::new()
        } else {
            format!(", {}", band.group.note)
        };
        let title = format!("{}: {}{note}", band.group.name, role(band.group.role));
        sheet.paint(Layer::Band, about(ground, 0, title));
        let (_, height) = extent(&band.heading);
        let area = if frame.is_horizontal() {
            let middle = f32::midpoint(band.reach.0, band.reach.1);
            Area::new(
                MARGIN,
                middle - height / 2.0,
                scale.start - MARGIN,
                middle + height / 2.0,
            )
        } else {
            Area::new(band.reach.0, 4.0, band.reach.1, 4.0 + height)
        };
        for shape in set(&band.heading, area, anchor) {
            sheet.paint(Layer::Words, shape);
        }
        sheet.labels.keep_free(area);
    }
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Client => "wants the lock",
        Role::Grantor => "grants the lock",
        Role::Service => "serves the others",
        Role::Resource => "is what the lock protects",
    }
}

fn grid(scene: &Scene<'_>, sheet: &mut Sheet) {
    let frame = &scene.frame;
    let horizontal = frame.is_horizontal();
    let mut ticks = frame.scale.ticks(if horizontal {
        SPACING_ACROSS
    } else {
        SPACING_DOWN
    });
    if horizontal && ticks.iter().any(|(_, words)| words.contains('.')) {
        ticks = frame.scale.ticks(SPACING_DECIMALS);
    }
    let mut lines = Vec::new();
    for (at, words) in ticks {
        let along = frame.scale.place(at);
        lines.extend(frame.line((along, frame.lanes.0), (along, frame.lanes.1)));
        let line = Line::small(words, Ink::Muted);
        let (w, h) = extent(core::slice::from_ref(&line));
        let (area, anchor) = if horizontal {
            let x = along - w / 2.0;
            (Area::new(x, 2.0, x + w, 2.0 + h), Anchor::Middle)
        } else {
            let y = along - h / 2.0;
            let x = frame.lanes.0 - 5.0;
            (Area::new(x - w, y, x, y + h), Anchor::End)
        };
        for shape in set(&[line], area, anchor) {
            sheet.paint(Layer::Words, shape);
        }
        sheet.labels.keep_free(area);
    }
    sheet.paint(Layer::Grid, path(lines, Paint::stroke(Ink::Grid, 1.0)));
}

/// The words of one line in a fixed place.
pub(super) fn words_at(line: &Line, area: Area, anchor: Anchor) -> Option<Shape> {
    set(core::slice::from_ref(line), area, anchor).pop()
}
