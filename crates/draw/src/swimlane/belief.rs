//! Who believed: a solid bar in the actor's own colour. A paused stretch is
//! the same bar, faded and hatched; past its holder's own deadline its
//! texture changes, since a holder that looks at its clock would stop there.

use std::collections::BTreeMap;

use designs::history::Belief;
use sim::Time;

use crate::ink::Ink;
use crate::shape::{Paint, Segment};

use super::frame::{Lean, Reach, about, hatch, path, rect};
use super::label::{Line, Spot};
use super::pause::Pause;
use super::scene::{Layer, Scene, Sheet, stretch};
use super::sliver::{Slivers, narrowest};
use super::{deadline, saying};

/// Of many, shorter ones have no words of their own, in pixels.
const TOLD: f32 = 70.0;

/// Part of a belief during which nothing changes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Piece {
    pub from: Time,
    pub until: Time,
    /// Whether its holder does not run.
    pub paused: bool,
    /// Whether its holder's own deadline has passed.
    pub past: bool,
}

pub(super) fn draw(scene: &Scene<'_>, pauses: &[Pause], sheet: &mut Sheet) {
    let shown: Vec<(&Belief, Reach)> = scene
        .run
        .history
        .beliefs
        .iter()
        .filter(|belief| !scene.is_crowd(belief.holder.lane()))
        .filter_map(|belief| Some((belief, scene.reach(belief.from.at, belief.until.at)?)))
        .collect();
    let least = narrowest(shown.len());
    let mut slivers = Slivers::default();
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for (belief, along) in shown {
        if along.1 - along.0 < least {
            let lane = belief.holder.lane();
            slivers.add(scene.ink(lane), along, scene.row(lane).main);
            *counts.entry(lane).or_default() += 1;
        } else {
            let pauses: Vec<&Pause> = pauses
                .iter()
                .filter(|pause| pause.is_within(belief))
                .collect();
            let pieces = pieces(belief, &pauses);
            bar(scene, belief, along, &pieces, &pauses, sheet);
            if least == 0.0 || along.1 - along.0 >= TOLD {
                saying::add(scene, belief, &pieces, &pauses, sheet);
            }
            deadline::draw(scene, belief, sheet);
        }
    }
    slivers.paint(&scene.frame, 100, "Short beliefs", sheet);
    for (lane, count) in counts {
        counted(scene, lane, count, sheet);
    }
}

/// How often a lane's holder believes, where that is not told one by one.
fn counted(scene: &Scene<'_>, lane: u16, count: usize, sheet: &mut Sheet) {
    let scale = &scene.frame.scale;
    let area = scene
        .frame
        .area((scale.start, scale.end), scene.row(lane).main);
    let wordings = [
        format!("believes {count} times more, briefly"),
        format!("{count} times more"),
    ];
    let line = Line::small("", Ink::Text);
    let mut label = scene.label(lane, area, &line, wordings);
    label.backed = true;
    label.rank = 1;
    label.spots = if scene.frame.is_horizontal() {
        vec![Spot::AboveStart, Spot::AboveEnd]
    } else {
        vec![Spot::InsideTop]
    };
    sheet.labels.add(label);
}

fn pieces(belief: &Belief, pauses: &[&Pause]) -> Vec<Piece> {
    let due = deadline::of(belief);
    let mut edges = vec![belief.from.at, belief.until.at, due];
    edges.extend(pauses.iter().flat_map(|pause| [pause.from, pause.until]));
    for edge in &mut edges {
        *edge = (*edge).clamp(belief.from.at, belief.until.at);
    }
    edges.sort_unstable();
    edges.dedup();
    edges
        .windows(2)
        .map(|ends| Piece {
            from: ends[0],
            until: ends[1],
            paused: pauses
                .iter()
                .any(|pause| pause.from <= ends[0] && pause.until >= ends[1]),
            past: ends[0] >= due,
        })
        .collect()
}

fn bar(
    scene: &Scene<'_>,
    belief: &Belief,
    along: Reach,
    pieces: &[Piece],
    pauses: &[&Pause],
    sheet: &mut Sheet,
) {
    let lane = belief.holder.lane();
    let across = scene.row(lane).main;
    let name = scene.run.name(lane);
    let title = format!(
        "{name} believes it holds the lock {}",
        stretch(belief.from.at, belief.until.at)
    );
    let mut paused: Vec<Segment> = Vec::new();
    let mut past: Vec<Segment> = Vec::new();
    for piece in pieces {
        let Some(reach) = scene.reach(piece.from, piece.until) else {
            continue;
        };
        let area = scene.frame.area(reach, across);
        let pause = pauses
            .iter()
            .find(|pause| piece.paused && pause.from <= piece.from);
        let (ink, title) = match pause {
            Some(pause) => (scene.soft(lane), format!("{title}. {}", pause.title(name))),
            None => (scene.ink(lane), title.clone()),
        };
        let fill = rect(area, 0.0, Paint::fill(ink));
        sheet.paint(Layer::Bar, about(fill, belief.from.record, title));
        if piece.paused {
            paused.extend(hatch(area, 7.0, Lean::Forward));
        }
        if piece.past {
            past.extend(hatch(area, 7.0, Lean::Back));
        }
    }
    let strokes = Paint::stroke(scene.ink(lane), 1.0).faded(70);
    let gaps = Paint::stroke(Ink::Lane, 1.5).faded(80);
    for (lines, paint) in [(paused, strokes), (past, gaps)] {
        if !lines.is_empty() {
            sheet.paint(Layer::Over, path(lines, paint));
        }
    }
    let whole = scene.frame.area(along, across);
    let outline = rect(whole, 0.0, Paint::stroke(scene.ink(lane), 1.5));
    sheet.paint(Layer::Over, outline);
    sheet.labels.surface(whole);
}
