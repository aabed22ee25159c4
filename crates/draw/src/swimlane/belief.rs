//! Who believed: a solid bar in the actor's own colour. A paused stretch is
//! the same bar, faded and hatched; past its holder's own deadline its
//! texture changes, since a holder that looks at its clock would stop there.

use designs::history::Belief;
use designs::vocabulary::BeliefEnd;
use designs::words;
use sim::Time;

use crate::ink::Ink;
use crate::shape::{Paint, Segment, Size};
use crate::text;

use super::frame::{Lean, Reach, about, hatch, path, rect};
use super::label::{Line, Spot};
use super::pause::Pause;
use super::scene::{Layer, Scene, Sheet, stretch};

/// Part of a belief during which nothing changes.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Piece {
    from: Time,
    until: Time,
    paused: bool,
    past: bool,
}

pub(super) fn draw(scene: &Scene<'_>, pauses: &[Pause], sheet: &mut Sheet) {
    for belief in &scene.run.history.beliefs {
        if let Some(along) = scene.reach(belief.from.at, belief.until.at) {
            bar(scene, belief, along, pauses, sheet);
        }
    }
}

/// When its own clock says that a belief should end.
fn deadline(belief: &Belief) -> Time {
    Time::from_us(u64::try_from(belief.deadline_us).unwrap_or(0))
}

fn pieces(belief: &Belief, pauses: &[&Pause]) -> Vec<Piece> {
    let mut edges = vec![belief.from.at, belief.until.at, deadline(belief)];
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
            past: ends[0] >= deadline(belief),
        })
        .collect()
}

fn bar(scene: &Scene<'_>, belief: &Belief, along: Reach, pauses: &[Pause], sheet: &mut Sheet) {
    let lane = belief.holder.lane();
    let across = scene.row(lane).main;
    let pauses: Vec<&Pause> = pauses
        .iter()
        .filter(|pause| {
            pause.lane == lane && pause.from < belief.until.at && pause.until > belief.from.at
        })
        .collect();
    let whole = scene.frame.area(along, across);
    sheet.labels.surface(whole);
    let title = format!(
        "{} believes it holds the lock {}",
        scene.run.name(lane),
        stretch(belief.from.at, belief.until.at)
    );
    let pieces = pieces(belief, &pauses);
    let mut hatches = (Vec::new(), Vec::new());
    for piece in &pieces {
        let Some(reach) = scene.reach(piece.from, piece.until) else {
            continue;
        };
        let area = scene.frame.area(reach, across);
        let ink = if piece.paused {
            scene.soft(lane)
        } else {
            scene.ink(lane)
        };
        let title = pauses
            .iter()
            .find(|pause| piece.paused && pause.from <= piece.from)
            .map_or_else(
                || title.clone(),
                |pause| format!("{title}. {}", pause.title(scene.run.name(lane))),
            );
        let fill = rect(area, 0.0, Paint::fill(ink));
        sheet.paint(Layer::Bar, about(fill, belief.from.record, title));
        if piece.paused {
            hatches.0.extend(hatch(area, 7.0, Lean::Forward));
        }
        if piece.past {
            hatches.1.extend(hatch(area, 7.0, Lean::Back));
        }
    }
    let (paused, past) = hatches;
    if !paused.is_empty() {
        let stroke = Paint::stroke(scene.ink(lane), 1.0).faded(70);
        sheet.paint(Layer::Over, path(paused, stroke));
    }
    if !past.is_empty() {
        let stroke = Paint::stroke(Ink::Lane, 1.5).faded(80);
        sheet.paint(Layer::Over, path(past, stroke));
    }
    let outline = rect(whole, 0.0, Paint::stroke(scene.ink(lane), 1.5));
    sheet.paint(Layer::Over, outline);
    label(scene, belief, &pieces, &pauses, sheet);
    notch(scene, belief, sheet);
}

/// The longest part shown of those that fit, along.
fn longest(scene: &Scene<'_>, pieces: &[Piece], fits: impl Fn(&Piece) -> bool) -> Option<Reach> {
    let mut best: Option<Reach> = None;
    for piece in pieces.iter().filter(|piece| fits(piece)) {
        if let Some(reach) = scene.reach(piece.from, piece.until)
            && best.is_none_or(|best| reach.1 - reach.0 > best.1 - best.0)
        {
            best = Some(reach);
        }
    }
    best
}

/// Where time runs down, words about a stretch of a bar need so many pixels of
/// it.
const TALL: f32 = 44.0;

fn label(
    scene: &Scene<'_>,
    belief: &Belief,
    pieces: &[Piece],
    pauses: &[&Pause],
    sheet: &mut Sheet,
) {
    let lane = belief.holder.lane();
    let across = scene.row(lane).main;
    let token = scene.run.history.token_of(belief.holder);
    let token = if token.is_some() {
        format!(", token {}", token.number())
    } else {
        String::new()
    };
    let mut holds = vec![
        format!("believes it holds the lock{token}"),
        format!("believes it holds{token}"),
        "believes it holds".to_string(),
        "believes".to_string(),
    ];
    let horizontal = scene.frame.is_horizontal();
    let room = |reach: Reach| {
        if horizontal {
            reach.1 - reach.0
        } else {
            f32::MAX
        }
    };
    let running = longest(scene, pieces, |piece| !piece.paused && !piece.past);
    let least = text::width(&holds[2], Size::Small, true) + 12.0;
    let inside = running.filter(|reach| {
        if horizontal {
            room(*reach) >= least
        } else {
            reach.1 - reach.0 >= TALL
        }
    });
    let spoken_apart = inside.is_some();
    if let Some(reach) = inside {
        let area = scene.bars(lane, reach);
        let ink = if horizontal { Ink::OnActor } else { Ink::Text };
        let line = Line::small("", ink).bold();
        let mut label = scene.label(lane, area, &line, holds.clone());
        label.rank = 2;
        if horizontal {
            label.bounds = area;
        }
        label.backed = !horizontal;
        label.spots = scene.spots_on(&[Spot::InsideStart], Spot::InsideTop);
        // A narrow column has room for light letters.
        label.wordings.push(vec![Line::small("believes", ink)]);
        sheet.labels.add(label);
    } else if pauses.is_empty()
        && let Some(reach) = longest(scene, pieces, |_| true)
    {
        if room(reach) < 8.0 && scene.shows(belief.from.at) && scene.shows(belief.until.at) {
            let span = words::span(belief.until.at.since(belief.from.at));
            holds.insert(0, format!("believes it holds the lock for {span}"));
            holds.insert(1, format!("believes for {span}"));
        }
        let area = scene.bars(lane, reach);
        let line = Line::small("", Ink::Text).bold();
        let mut label = scene.label(lane, area, &line, holds.clone());
        label.rank = if room(reach) < 8.0 { 5 } else { 2 };
        label.backed = !horizontal;
        label.spots = scene.spots_on(
            &[Spot::AboveStart, Spot::Right, Spot::AboveEnd, Spot::Left],
            Spot::Inside,
        );
        sheet.labels.add(label);
    }
    for pause in pauses {
        let during =
            |piece: &Piece| piece.paused && piece.from >= pause.from && piece.until <= pause.until;
        let Some(reach) = longest(scene, pieces, during) else {
            continue;
        };
        let first = pieces.iter().find(|piece| during(piece));
        let reach = first
            .and_then(|piece| scene.reach(piece.from, piece.until))
            .filter(|first| room(*first) > 120.0)
            .unwrap_or(reach);
        let mut wordings = pause.wordings();
        if !spoken_apart {
            wordings = wordings
                .iter()
                .map(|wording| format!("believes it holds · {wording}"))
                .chain([pause.words.clone()])
                .collect();
        }
        let line = Line::small("", Ink::Text).bold();
        let area = scene.bars(lane, reach);
        let mut label = scene.label(lane, area, &line, wordings);
        label.rank = 1;
        label.backed = true;
        label.spots = scene.spots_on(&[Spot::Inside, Spot::Right, Spot::Left], Spot::Inside);
        // It may reach beyond the pause only where it does not fit into it.
        if scene.frame.is_horizontal() && area.width() > 70.0 {
            label.bounds = area.grown(-4.0);
            label.spots = vec![Spot::Inside];
        }
        sheet.labels.add(label);
    }
    for paused in [true, false] {
        let past = |piece: &Piece| piece.past && piece.paused == paused;
        let Some(reach) = longest(scene, pieces, past).filter(|reach| reach.1 - reach.0 > TALL)
        else {
            continue;
        };
        let line = Line::small("", Ink::Text);
        let area = scene.bars(lane, reach);
        let why = if paused {
            "cannot look"
        } else {
            "does not look"
        };
        let mut label = scene.label(
            lane,
            area,
            &line,
            [
                format!("past its own deadline, {why}"),
                "past its deadline".to_string(),
            ],
        );
        label.rank = 6;
        label.backed = true;
        if horizontal {
            label.bounds = area.grown(-4.0);
        }
        label.spots = scene.spots_on(&[Spot::Inside], Spot::Inside);
        sheet.labels.add(label);
    }
}

/// The holder's own deadline, where its belief outlives it or ends at it.
fn notch(scene: &Scene<'_>, belief: &Belief, sheet: &mut Sheet) {
    let lane = belief.holder.lane();
    let at = deadline(belief);
    let matters = at < belief.until.at || belief.end == Some(BeliefEnd::Deadline);
    if !matters || !scene.shows(at) {
        return;
    }
    let along = scene.along(at);
    let across = scene.row(lane).main;
    let (triangle, area) = scene.pointer(lane, at);
    let line = scene.frame.line((along, across.0), (along, across.1 + 3.0));
    sheet.paint(
        Layer::Mark,
        path(Vec::from(line), Paint::stroke(Ink::Text, 1.5)),
    );
    let when = words::about(at);
    let title = format!(
        "By its own clock {} may hold the lock until {}",
        scene.run.name(lane),
        words::instant(at)
    );
    sheet.paint(
        Layer::Mark,
        about(
            path(triangle, Paint::fill(Ink::Text)),
            belief.from.record,
            title,
        ),
    );
    if at < belief.from.at {
        dotted(scene, lane, (along, scene.along(belief.from.at)), sheet);
    }
    let wordings = if at < belief.from.at {
        vec![
            format!("own deadline {when}, past before it holds"),
            format!("own deadline {when}"),
        ]
    } else if belief.end == Some(BeliefEnd::Deadline) {
        vec![
            format!("stops at its own deadline {when}"),
            format!("own deadline {when}"),
        ]
    } else {
        vec![format!("own deadline {when}"), "own deadline".to_string()]
    };
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
    let paint = Paint::stroke(Ink::Text, 1.0).dashed(crate::shape::Dash::Dotted);
    sheet.paint(Layer::Mark, path(Vec::<Segment>::from(line), paint));
}
