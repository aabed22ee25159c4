//! What is too narrow to be told apart: stretches of one colour on one lane
//! that lie within a pixel of each other are one, and all of them one shape.

use std::collections::BTreeMap;

use crate::ink::Ink;
use crate::shape::{Paint, Segment};

use super::frame::{Frame, Reach, about, path};
use super::scene::{Layer, Sheet};

/// Narrower things are drawn together with their like, in pixels; the more
/// there are, the less anybody points at a single one.
pub(super) fn narrowest(count: usize) -> f32 {
    match count {
        0..=60 => 0.0,
        61..=150 => 4.0,
        151..=400 => 12.0,
        _ => 30.0,
    }
}
/// Less of a gap than this cannot be seen, in pixels.
const GAP: f32 = 1.0;

/// Stretches along that are drawn together, by colour and place across.
#[derive(Default)]
pub(super) struct Slivers {
    rows: BTreeMap<(Ink, u32, u32), Vec<Reach>>,
}

impl Slivers {
    /// Adds a stretch, at least a pixel long. Those of a row come in order of
    /// their starts.
    pub fn add(&mut self, ink: Ink, along: Reach, across: Reach) {
        let key = (ink, across.0.to_bits(), across.1.to_bits());
        let row = self.rows.entry(key).or_default();
        let end = along.1.max(along.0 + 1.0);
        match row.last_mut() {
            Some(last) if along.0 - last.1 < GAP => last.1 = last.1.max(end),
            _ => row.push((along.0, end)),
        }
    }

    /// Paints a shape for each colour.
    pub fn paint(self, frame: &Frame, opacity: u8, title: &str, sheet: &mut Sheet) {
        let mut shapes: Vec<(Ink, Vec<Segment>)> = Vec::new();
        for ((ink, low, high), row) in self.rows {
            let (low, high) = (f32::from_bits(low), f32::from_bits(high));
            if shapes.last().is_none_or(|(last, _)| *last != ink) {
                shapes.push((ink, Vec::new()));
            }
            let Some((_, segments)) = shapes.last_mut() else {
                continue;
            };
            for (start, end) in row {
                segments.extend(frame.polygon([
                    (start, low),
                    (end, low),
                    (end, high),
                    (start, high),
                ]));
            }
        }
        for (ink, segments) in shapes {
            let paint = Paint::fill(ink).faded(opacity);
            sheet.paint(Layer::Bar, about(path(segments, paint), 0, title));
        }
    }
}
