//! Where words go. A label that does not fit moves, then shortens, then
//! breaks into lines, and at the last is left to the shape's title; it never
//! covers another and is never cut.

use crate::ink::Ink;
use crate::shape::{Anchor, Paint, Shape};

use super::frame::{Area, Point, rect};
use super::grid::Grid;
use super::line::fitted;
pub(super) use super::line::{Line, extent, set, wrapped};

/// Where a label may stand, seen from what it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Spot {
    /// On it, in the middle.
    Inside,
    /// On it, at its left end.
    InsideStart,
    /// On it, at its right end.
    InsideEnd,
    /// On it, at its top.
    InsideTop,
    /// To the right, in the middle.
    Right,
    /// To the right, at its top.
    RightTop,
    /// To the left, in the middle.
    Left,
    /// Above, in the middle.
    Above,
    /// Above, beginning with it.
    AboveStart,
    /// Above, ending with it.
    AboveEnd,
    /// Below, in the middle.
    Below,
    /// Below, beginning with it.
    BelowStart,
    /// Below, ending with it.
    BelowEnd,
}

/// Words that look for a place.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Label {
    /// Which label chooses first: the lowest.
    pub rank: u8,
    /// The same in other words, the best first.
    pub wordings: Vec<Vec<Line>>,
    /// What it belongs to; where there are several places, the best first.
    pub at: Vec<Area>,
    /// Where it may stand, the best first.
    pub spots: Vec<Spot>,
    /// What it must not leave.
    pub bounds: Area,
    /// Whether it lies on a ground of its own wherever it is.
    pub backed: bool,
    /// The ground where it has one.
    pub ground: Ink,
}

/// What a label costs where it covers an arrow, the edge of a broken span, or
/// only part of a surface: more than another spot, less than to be left out.
pub(super) const ARROW: f32 = 6.0;
pub(super) const RED: f32 = 0.3;
const EDGE_COST: f32 = 14.0;
/// A worse wording costs more than a few worse spots.
const WORDING_COST: f32 = 5.0;
const SPOT_COST: f32 = 1.0;
/// A place further along costs less than that.
const SHIFT_COST: f32 = 0.1;
/// A label of many lines covers much; a few are free.
const TALL_COST: f32 = 3.0;
const FREE_LINES: usize = 3;
/// So many labels look for a place at most.
const MOST: usize = 400;
/// Clear space around words.
const GAP: f32 = 4.0;
/// The ground of a label reaches so far beyond its words.
const PAD: f32 = 2.5;

/// Between words and what they stand above or below.
const ABOVE: f32 = 3.0;

/// A label that has found its place.
struct Placed {
    area: Area,
    lines: Vec<Line>,
    backed: bool,
    ground: Ink,
    anchor: Anchor,
    owner: Area,
}

/// A line from one point to another, and what it costs to cover it.
#[derive(Clone, Copy)]
struct Thin {
    from: Point,
    to: Point,
    cost: f32,
}

/// Where words are, and where what they belong to is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Words {
    pub area: Area,
    pub owner: Area,
}

/// Collects what takes up space, then places all labels.
#[derive(Default)]
pub(super) struct Placer {
    labels: Vec<Label>,
    /// Never covered.
    solid: Grid<Area>,
    /// Covered wholly or not at all.
    surfaces: Grid<Area>,
    lines: Grid<Thin>,
    words: Vec<Words>,
    columns: bool,
}

impl Placer {
    pub fn add(&mut self, label: Label) {
        self.labels.push(label);
    }

    /// Space that words must leave free.
    pub fn keep_free(&mut self, area: Area) {
        self.solid.add(self.reach(&area), area);
    }

    /// An area's stretch along.
    fn reach(&self, area: &Area) -> (f32, f32) {
        if self.columns {
            (area.y0, area.y1)
        } else {
            (area.x0, area.x1)
        }
    }

    /// For pictures in which time runs down: words are wider than bars and lie
    /// across them.
    pub fn of_columns() -> Self {
        Self {
            columns: true,
            ..Self::default()
        }
    }

    /// A bar or wedge: words lie on it or beside it, not across its edge.
    pub fn surface(&mut self, area: Area) {
        if !self.columns {
            self.surfaces.add(self.reach(&area), area);
        }
    }

    /// A line that words had better not cover, and how much better.
    pub fn line(&mut self, from: Point, to: Point, cost: f32) {
        let (a, b) = if self.columns {
            (from.1, to.1)
        } else {
            (from.0, to.0)
        };
        let thin = Thin { from, to, cost };
        self.lines.add((a.min(b), a.max(b)), thin);
    }

    /// Words that stand already, and what they belong to.
    pub fn stands(&mut self, words: Words) {
        self.keep_free(words.area);
        self.words.push(words);
    }

    /// Places every label; the shapes, and all words.
    pub fn place(mut self) -> (Vec<Shape>, Vec<Words>) {
        let mut labels = core::mem::take(&mut self.labels);
        labels.sort_by_key(|label| label.rank);
        // More would not find room, and looking for it takes time.
        labels.truncate(MOST);
        let mut placed: Vec<Placed> = Vec::new();
        for label in &labels {
            if let Some(found) = self.find(label) {
                self.keep_free(found.area);
                placed.push(found);
            }
        }
        let mut shapes = Vec::new();
        for label in placed.iter().filter(|label| label.backed) {
            let ground = Paint::fill(label.ground).faded(88);
            shapes.push(rect(label.area.grown(PAD), 3.0, ground));
        }
        for label in &placed {
            shapes.extend(words(label));
        }
        let mut all = self.words;
        all.extend(placed.iter().map(|label| Words {
            area: label.area,
            owner: label.owner,
        }));
        (shapes, all)
    }

    fn find(&self, label: &Label) -> Option<Placed> {
        let mut best: Option<(f32, Placed)> = None;
        for (place, wording) in label.wordings.iter().enumerate() {
            let start = place as f32 * WORDING_COST;
            if best.as_ref().is_some_and(|(cost, _)| *cost <= start) {
                break;
            }
            let on_actor = wording.iter().any(|line| line.ink == Ink::OnActor);
            let whole = extent(wording);
            let places = label.spots.iter().enumerate().flat_map(|(order, spot)| {
                let cost = start + order as f32 * SPOT_COST;
                let at = label.at.iter().enumerate();
                at.map(move |(shift, at)| (at, *spot, cost + shift as f32 * SHIFT_COST))
            });
            for (at, spot, cost) in places {
                if best.as_ref().is_some_and(|(least, _)| *least <= cost) {
                    continue;
                }
                let room = spot.room(at, &label.bounds);
                let broken = if whole.0 <= room {
                    None
                } else {
                    match fitted(wording, room) {
                        Some(lines) => Some(lines),
                        None => continue,
                    }
                };
                let size = broken.as_deref().map_or(whole, extent);
                let count = broken.as_ref().map_or(wording.len(), Vec::len);
                let area = spot.area(at, size, &label.bounds);
                let Some((covers, crossed)) = self.cost(&area, label) else {
                    continue;
                };
                let cost = cost + covers + TALL_COST * count.saturating_sub(FREE_LINES) as f32;
                if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                    best = Some((
                        cost,
                        Placed {
                            area,
                            lines: broken.unwrap_or_else(|| wording.clone()),
                            backed: label.backed || crossed && !on_actor,
                            ground: label.ground,
                            anchor: spot.anchor(),
                            owner: *at,
                        },
                    ));
                }
            }
        }
        best.map(|(_, placed)| placed)
    }

    /// What it costs to stand there, and whether anything is covered; `None`
    /// where it cannot be.
    fn cost(&self, area: &Area, label: &Label) -> Option<(f32, bool)> {
        let margin = area.grown(PAD);
        if !label.bounds.grown(0.1).holds(area)
            || self
                .solid
                .near(self.reach(&margin))
                .any(|solid| solid.meets(&margin))
        {
            return None;
        }
        let mut cost = 0.0;
        let mut crossed = false;
        for line in self.lines.near(self.reach(&margin)) {
            if margin.is_crossed(line.from, line.to) {
                // On a ground of its own it hides less of what it means.
                cost += if label.backed {
                    line.cost / 4.0
                } else {
                    line.cost
                };
                crossed = true;
            }
        }
        for surface in self.surfaces.near(self.reach(area)) {
            if surface.meets(area) && !surface.holds(area) {
                cost += EDGE_COST;
                crossed = true;
            }
        }
        Some((cost, crossed))
    }
}

fn words(label: &Placed) -> Vec<Shape> {
    set(&label.lines, label.area, label.anchor)
}

impl Spot {
    const fn anchor(self) -> Anchor {
        match self {
            Self::Inside | Self::InsideTop | Self::Above | Self::Below => Anchor::Middle,
            Self::InsideStart
            | Self::Right
            | Self::RightTop
            | Self::AboveStart
            | Self::BelowStart => Anchor::Start,
            Self::InsideEnd | Self::Left | Self::AboveEnd | Self::BelowEnd => Anchor::End,
        }
    }

    /// How wide words may be at this spot of `at`.
    fn room(self, at: &Area, bounds: &Area) -> f32 {
        match self {
            Self::Right | Self::RightTop => bounds.x1 - at.x1 - GAP,
            Self::Left => at.x0 - bounds.x0 - GAP,
            _ => bounds.width(),
        }
    }

    /// Where words of a size stand at this spot of `at`, moved into `bounds`
    /// where that is a matter of sliding along an edge.
    fn area(self, at: &Area, (w, h): (f32, f32), bounds: &Area) -> Area {
        let middle_x = f32::midpoint(at.x0, at.x1) - w / 2.0;
        let middle_y = f32::midpoint(at.y0, at.y1) - h / 2.0;
        let x = match self {
            Self::Inside | Self::InsideTop | Self::Above | Self::Below => middle_x,
            Self::InsideStart => at.x0 + GAP,
            Self::InsideEnd => at.x1 - w - GAP,
            Self::Right | Self::RightTop => at.x1 + GAP,
            Self::Left => at.x0 - w - GAP,
            Self::AboveStart | Self::BelowStart => at.x0,
            Self::AboveEnd | Self::BelowEnd => at.x1 - w,
        };
        let y = match self {
            Self::Inside | Self::InsideStart | Self::InsideEnd | Self::Right | Self::Left => {
                middle_y
            }
            Self::InsideTop => at.y0 + GAP,
            Self::RightTop => at.y0 + GAP,
            Self::Above | Self::AboveStart | Self::AboveEnd => at.y0 - h - ABOVE,
            Self::Below | Self::BelowStart | Self::BelowEnd => at.y1 + ABOVE,
        };
        let slides_x = !matches!(self, Self::Right | Self::RightTop | Self::Left);
        let slides_y = matches!(self, Self::Right | Self::Left)
            || slides_x && { matches!(self, Self::Inside | Self::InsideStart | Self::InsideEnd) };
        let x = if slides_x {
            slid(x, w, bounds.x0, bounds.x1)
        } else {
            x
        };
        let y = if slides_y {
            slid(y, h, bounds.y0, bounds.y1)
        } else {
            y
        };
        Area::new(x, y, x + w, y + h)
    }
}

/// `start` moved so that `length` from it stays between `low` and `high`.
fn slid(start: f32, length: f32, low: f32, high: f32) -> f32 {
    start.min(high - length).max(low)
}
