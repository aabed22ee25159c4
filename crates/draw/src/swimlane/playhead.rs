//! The playhead: a line at an instant, a marker, and a veil over what comes
//! after. It never crosses words: it is broken at them, and the veil leaves
//! words whole that begin before it.

use crate::ink::Ink;
use crate::shape::{Paint, Shape};

use super::frame::{Area, Frame, Reach, path};

/// Clear space between the line and words.
const CLEAR: f32 = 2.0;

pub(super) fn draw(frame: &Frame, along: f32, end: f32, labels: &[Area], foot: f32) -> Vec<Shape> {
    let start = frame.lanes.0;
    let whole = (start, foot);
    let gaps = gaps(frame, along, labels, whole);
    let mut line = Vec::new();
    let mut edge = vec![(along, start)];
    let mut from = start;
    for &(reach, until) in &gaps {
        if reach.0 > from {
            line.extend(frame.line((along, from), (along, reach.0)));
        }
        edge.extend([
            (along, reach.0),
            (until, reach.0),
            (until, reach.1),
            (along, reach.1),
        ]);
        from = reach.1;
    }
    if foot > from {
        line.extend(frame.line((along, from), (along, foot)));
    }
    edge.push((along, foot));
    edge.extend([(end, foot), (end, start)]);
    let marker = frame.polygon([
        (along - 5.0, start - 9.0),
        (along + 5.0, start - 9.0),
        (along, start - 1.0),
    ]);
    vec![
        path(frame.polygon(edge), Paint::fill(Ink::Veil).faded(55)),
        path(line, Paint::stroke(Ink::Text, 1.5)),
        path(marker, Paint::fill(Ink::Text)),
    ]
}

/// Where words lie on the line: their stretch across, and where they end
/// along. Words do not overlap, so neither do these, once joined.
fn gaps(frame: &Frame, along: f32, labels: &[Area], whole: Reach) -> Vec<(Reach, f32)> {
    let mut gaps: Vec<(Reach, f32)> = labels
        .iter()
        .map(|label| {
            let label = label.grown(CLEAR);
            if frame.is_horizontal() {
                ((label.x0, label.x1), (label.y0, label.y1))
            } else {
                ((label.y0, label.y1), (label.x0, label.x1))
            }
        })
        .filter(|(reach, _)| reach.0 < along && along < reach.1)
        .map(|(reach, across)| ((across.0.max(whole.0), across.1.min(whole.1)), reach.1))
        .filter(|(across, _)| across.0 < across.1)
        .collect();
    gaps.sort_by(|one, other| one.0.0.total_cmp(&other.0.0));
    let mut joined: Vec<(Reach, f32)> = Vec::new();
    for (mut across, until) in gaps {
        if let Some(last) = joined.last() {
            across.0 = across.0.max(last.0.1);
        }
        if across.0 < across.1 {
            joined.push((across, until));
        }
    }
    joined
}
