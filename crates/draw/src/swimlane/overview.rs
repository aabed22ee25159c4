//! Where the part that is shown lies in the whole run.

use std::collections::BTreeMap;

use sim::Time;

use crate::ink::Ink;
use crate::shape::{Paint, Shape, Size};

use super::Viewport;
use super::breach::Broken;
use super::frame::{Area, Reach, path, rect};
use super::label::Line;
use super::scale::Scale;
use super::scene::Scene;

/// How high or wide the strip is, in pixels.
pub(super) const ACROSS: f32 = 30.0;

/// Whether so much is left out that an overview helps.
pub(super) fn is_needed(whole: (Time, Time), view: &Viewport) -> bool {
    let shown = view.until.since(view.from).us();
    shown.saturating_mul(20) < whole.1.since(whole.0).us().saturating_mul(19)
}

/// The whole run along the same pixels as what is shown of it.
pub(super) fn scale(shown: &Scale, (from, until): (Time, Time)) -> Scale {
    Scale::new(from, until, shown.start, shown.end)
}

/// The strip, of the whole run, its edges across as given.
pub(super) fn draw(
    scene: &Scene<'_>,
    broken: &[Broken],
    (from, until): (Time, Time),
    across: Reach,
) -> Vec<Shape> {
    let frame = &scene.frame;
    let shown = &frame.scale;
    let whole = scale(shown, (from, until));
    let ends = (whole.start, whole.end);
    let mut shapes = vec![rect(frame.area(ends, across), 2.0, Paint::fill(Ink::Lane))];
    let place = |from: Time, until: Time| (whole.place_within(from), whole.place_within(until));
    for broken in broken.iter().filter(|broken| broken.record.is_some()) {
        let along = place(broken.from, broken.until);
        let along = (along.0, along.1.max(along.0 + 1.0));
        shapes.push(frame.rect(along, across, Paint::fill(Ink::BrokenSoft)));
    }
    let lanes = scene.run.lanes.len().max(1) as f32;
    let inner = (across.0 + 4.0, across.1 - 4.0);
    let clients: Vec<u16> = (0..)
        .zip(&scene.run.lanes)
        .filter(|(_, lane)| lane.role == designs::design::Role::Client)
        .filter(|(number, _)| !scene.is_crowd(*number))
        .map(|(number, _)| number)
        .collect();
    let pitch = (inner.1 - inner.0) / (clients.len() as f32).clamp(1.0, lanes);
    let mut ends_of: BTreeMap<u16, f32> = BTreeMap::new();
    for belief in &scene.run.history.beliefs {
        let lane = belief.holder.lane();
        let Some(row) = clients.iter().position(|client| *client == lane) else {
            continue;
        };
        let row = row as f32;
        let top = inner.0 + pitch * row;
        let along = place(belief.from.at, belief.until.at);
        // What lies on the one before cannot be seen.
        let last = ends_of.entry(lane).or_insert(f32::MIN);
        if along.1 - *last < 1.0 {
            continue;
        }
        *last = along.1;
        let bar = frame.rect(
            along,
            (top + 1.0, top + (pitch - 1.0).max(2.0)),
            Paint::fill(scene.ink(lane)),
        );
        shapes.push(bar);
    }
    let window = place(shown.from, shown.until);
    let window = (window.0, window.1.max(window.0 + 2.0));
    shapes.push(rect(
        frame.area(window, across),
        2.0,
        Paint::stroke(Ink::Text, 1.5),
    ));
    // From the ends of the strip to the ends of the lanes: what was enlarged.
    let near = frame.lanes.1.max(across.0 - 6.0);
    let mut lines = Vec::new();
    for (edge, end) in [(window.0, ends.0), (window.1, ends.1)] {
        lines.extend(frame.line((edge, across.0), (end, near)));
    }
    shapes.push(path(lines, Paint::stroke(Ink::Grid, 1.0)));
    if frame.is_horizontal() {
        let line = Line::new("overview", Size::Small, Ink::Muted);
        let y = f32::midpoint(across.0, across.1) - 6.6;
        let area = Area::new(super::layout::MARGIN, y, shown.start, y + 13.2);
        shapes.extend(super::axis::words_at(
            &line,
            area,
            crate::shape::Anchor::Start,
        ));
    }
    shapes
}
