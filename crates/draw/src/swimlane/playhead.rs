//! The playhead: a line at an instant, a marker, and a veil over what comes
//! after. It never crosses words: the line is broken at them, and the veil
//! takes words as a whole, by where what they belong to begins.

use crate::ink::Ink;
use crate::shape::{Paint, Shape};

use super::frame::{Frame, Reach, path};
use super::label::Words;

/// Clear space between the line and words.
const CLEAR: f32 = 2.5;

/// Draws it at `along`; `end` is where lanes end along, and all words across.
pub(super) fn draw(frame: &Frame, along: f32, end: (f32, f32), words: &[Words]) -> Vec<Shape> {
    let start = frame.lanes.0;
    let gaps = gaps(frame, along, words, (start, end.1));
    let mut line = Vec::new();
    let mut edge = vec![(along, start)];
    let mut from = start;
    let last = frame.lanes.1 + 2.0;
    for &(across, veil) in &gaps {
        if across.0 > from && from < last {
            line.extend(frame.line((along, from), (along, across.0.min(last))));
        }
        edge.extend([
            (along, across.0),
            (veil, across.0),
            (veil, across.1),
            (along, across.1),
        ]);
        from = across.1;
    }
    if last > from {
        line.extend(frame.line((along, from), (along, last)));
    }
    edge.extend([(along, end.1), (end.0, end.1), (end.0, start)]);
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

/// Where words lie on the line: their stretch across, and where the veil
/// begins there. Words do not overlap, so neither do these.
fn gaps(frame: &Frame, along: f32, words: &[Words], whole: Reach) -> Vec<(Reach, f32)> {
    let mut gaps: Vec<(Reach, f32)> = words
        .iter()
        .filter_map(|words| {
            let area = words.area.grown(CLEAR);
            let (reach, across, owner) = if frame.is_horizontal() {
                ((area.x0, area.x1), (area.y0, area.y1), words.owner.x0)
            } else {
                ((area.y0, area.y1), (area.x0, area.x1), words.owner.y0)
            };
            let lies_on = reach.0 < along && along < reach.1;
            let across = (across.0.max(whole.0), across.1.min(whole.1));
            let veil = if owner > along { reach.0 } else { reach.1 };
            (lies_on && across.0 < across.1).then_some((across, veil))
        })
        .collect();
    gaps.sort_by(|one, other| one.0.0.total_cmp(&other.0.0));
    let mut after = whole.0;
    for (across, _) in &mut gaps {
        across.0 = across.0.max(after);
        across.1 = across.1.max(across.0);
        after = across.1;
    }
    gaps
}
