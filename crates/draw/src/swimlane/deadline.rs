//! A holder's own deadline: a notch in its bar, where its belief outlives it
//! or ends at it.

use designs::history::Belief;
use designs::vocabulary::BeliefEnd;
use designs::words;
use sim::Time;

use crate::ink::Ink;
use crate::shape::{Dash, Paint, Segment};

use super::frame::{Reach, about, path};
use super::label::{Line, Spot};
use super::scene::{Layer, Scene, Sheet, Sign};

/// When its own clock says that a belief should end.
pub(super) fn of(belief: &Belief) -> Time {
    Time::from_us(u64::try_from(belief.deadline_us).unwrap_or(0))
}

pub(super) fn draw(scene: &Scene<'_>, belief: &Belief, sheet: &mut Sheet) {
    let at = of(belief);
    let ends_by_it = belief.end == Some(BeliefEnd::Deadline);
    if at >= belief.until.at && !ends_by_it || !scene.shows(at) {
        return;
    }
    let lane = belief.holder.lane();
    let along = scene.along(at);
    let across = scene.row(lane).main;
    let notch = scene.frame.line((along, across.0), (along, across.1 + 3.0));
    let stroke = Paint::stroke(Ink::Text, 1.5);
    sheet.paint(Layer::Mark, path(Vec::from(notch), stroke));
    let (triangle, area) = scene.pointer(lane, at);
    let title = format!(
        "By its own clock {} may hold the lock until {}",
        scene.run.name(lane),
        words::instant(at)
    );
    let mark = path(triangle, Paint::fill(Ink::Text));
    sheet.paint(Layer::Mark, about(mark, belief.from.record, title));
    let before = at < belief.from.at;
    if before {
        dotted(scene, lane, (along, scene.along(belief.from.at)), sheet);
    }
    let when = words::about(at);
    let plain = format!("own deadline {when}");
    let mut wordings = if before {
        vec![
            format!("{plain}: already past when it gets the lock"),
            format!("{plain}: past when it gets the lock"),
            plain,
        ]
    } else if ends_by_it {
        vec![format!("stops at its {plain}"), plain]
    } else {
        vec![plain, "own deadline".to_string()]
    };
    if sheet.explains(Sign::Deadline) && !before && !ends_by_it {
        let first = format!("its {}: by its clock the lock ends here", wordings[0]);
        wordings.insert(0, first);
    }
    let line = Line::small("", Ink::Text);
    let mut label = scene.label(lane, area, &line, wordings);
    label.rank = 1;
    if !scene.frame.is_horizontal() {
        label.at = vec![scene.bars(lane, (along, along)), area];
        label.spots.insert(0, Spot::Right);
        label.backed = true;
    }
    sheet.labels.add(label);
}

/// From a deadline to the belief that begins only after it.
fn dotted(scene: &Scene<'_>, lane: u16, along: Reach, sheet: &mut Sheet) {
    let across = scene.row(lane).main;
    let middle = f32::midpoint(across.0, across.1);
    let line = scene.frame.line((along.0, middle), (along.1, middle));
    let paint = Paint::stroke(Ink::Text, 1.0).dashed(Dash::Dotted);
    sheet.paint(Layer::Mark, path(Vec::<Segment>::from(line), paint));
}
