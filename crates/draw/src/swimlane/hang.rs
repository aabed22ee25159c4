//! Sentences at the picture's foot: each hangs on a leader from what it speaks
//! of, beneath the lanes where time runs right, beside them where it runs down.

use crate::ink::Ink;
use crate::shape::{Anchor, Paint, Segment, Size};

use super::frame::{Area, Point, about, path};
use super::label::{Line, Words, extent, set, wrapped};
use super::layout::MARGIN;
use super::scene::{Layer, Scene, Sheet};

/// From the brackets to the sentences, beneath and beside the lanes.
const DROP: f32 = 10.0;
const DROP_BESIDE: f32 = 7.0;

/// Sentences that hang together.
pub(super) struct Item {
    /// The record that it leads to.
    pub record: u32,
    /// All of it, for a pointer.
    pub title: String,
    /// A line a sentence.
    pub lines: Vec<Line>,
    /// The leader's colour.
    pub leader: Ink,
    /// Where its leader begins, along and across.
    pub from: Option<Point>,
    /// What it speaks of.
    pub owner: Option<Area>,
}

impl Item {
    /// What is left to say of many.
    pub fn rest(rest: &[Self]) -> Self {
        let words = format!("and {} more like these", rest.len());
        Self {
            record: rest.first().map_or(0, |item| item.record),
            title: words.clone(),
            lines: vec![Line::new(words, Size::Normal, Ink::Broken)],
            leader: Ink::Broken,
            from: None,
            owner: None,
        }
    }
}

/// More sentences than this are not said one by one.
pub(super) const MOST: usize = 4;

/// Narrower pictures say it in fewer words, or, where time runs down, beneath
/// the lanes and numbered.
pub(super) const NARROW_PICTURE: f32 = 600.0;

/// Beside the lanes, brackets and the numbers of sentences take so many pixels.
pub(super) const NUMBERS: f32 = 26.0;

/// Whether sentences have room for few words only.
pub(super) fn is_narrow(scene: &Scene<'_>, width: f32) -> bool {
    scene.frame.is_horizontal() == (width < NARROW_PICTURE)
}

/// Hangs `items` below what reaches down to `lowest`, and returns how far down
/// they reach, in pixels.
pub(super) fn draw(
    scene: &Scene<'_>,
    items: Vec<Item>,
    lowest: f32,
    width: f32,
    sheet: &mut Sheet,
) -> f32 {
    if scene.frame.is_horizontal() {
        beneath(scene, items, lowest, width, sheet)
    } else if width < NARROW_PICTURE {
        numbered(scene, &items, lowest, width, sheet)
    } else {
        beside(scene, &items, lowest, width, sheet)
    }
}

/// Sentences beneath the lanes, each beside or under its leader, in the order
/// that needs the least height. Returns how far down they reach.
fn beneath(
    scene: &Scene<'_>,
    mut items: Vec<Item>,
    lowest: f32,
    width: f32,
    sheet: &mut Sheet,
) -> f32 {
    for item in &mut items {
        item.lines = item
            .lines
            .iter()
            .flat_map(|line| wrapped(line, width - 2.0 * MARGIN))
            .collect();
    }
    let hanger = Hanger {
        lowest,
        width,
        end: scene.frame.scale.end,
    };
    let mut best: Option<(f32, Vec<usize>, Vec<Hung>)> = None;
    for order in orders(items.len()) {
        for sides in sides(items.len()) {
            let (cost, hung) = hanger.hang(&items, &order, &sides);
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, order.clone(), hung));
            }
        }
    }
    let Some((_, order, hung)) = best else {
        return lowest;
    };
    let mut bottom = lowest;
    for (place, hung) in order.into_iter().zip(hung) {
        let item = &items[place];
        let mut segments = Vec::new();
        if let Some((x, start)) = item.from {
            segments.extend([Segment::Move(x, start), Segment::Line(x, hung.turn)]);
            match hung.side {
                Side::Right => segments.push(Segment::Line(hung.area.x0 - 3.0, hung.turn)),
                Side::Left => segments.push(Segment::Line(hung.area.x1 + 3.0, hung.turn)),
                Side::Under => {}
            }
        }
        let anchor = if hung.side == Side::Left {
            Anchor::End
        } else {
            Anchor::Start
        };
        finish(item, &item.lines, hung.area, anchor, segments, sheet);
        bottom = bottom.max(hung.area.y1);
    }
    bottom
}

/// Every order of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(count - 1) {
        for place in 0..count {
            let mut longer = order.clone();
            longer.insert(place, count - 1);
            all.push(longer);
        }
    }
    all
}

/// Choices of sides for sentences: every one for a few; for more of them, each
/// chooses by itself, or all the same.
fn sides(count: usize) -> Vec<Vec<&'static [Side]>> {
    const EACH: [&[Side]; 3] = [&[Side::Right], &[Side::Left], &[Side::Under]];
    if count > 3 {
        let any: &[Side] = &[Side::Right, Side::Left, Side::Under];
        return [any, EACH[0], EACH[1]].map(|side| vec![side; count]).into();
    }
    let mut all = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .into_iter()
            .flat_map(|chosen: Vec<&'static [Side]>| {
                EACH.map(|side| {
                    let mut longer = chosen.clone();
                    longer.push(side);
                    longer
                })
            })
            .collect();
    }
    all
}

/// Where a sentence stands, seen from its leader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    Right,
    Left,
    Under,
}

/// A sentence in its place.
struct Hung {
    area: Area,
    /// How far down its leader goes.
    turn: f32,
    side: Side,
}

/// The space that sentences hang in.
struct Hanger {
    lowest: f32,
    width: f32,
    end: f32,
}

impl Hanger {
    /// Hangs all items, one after another, each as high as it can be; what
    /// that costs, and where they are.
    fn hang(&self, items: &[Item], order: &[usize], sides: &[&[Side]]) -> (f32, Vec<Hung>) {
        let mut hung: Vec<Hung> = Vec::new();
        let mut leaders: Vec<(Point, Point)> = Vec::new();
        let mut cost = 0.0;
        for (item, sides) in order.iter().map(|&place| &items[place]).zip(sides) {
            let (x, start) = item.from.unwrap_or((self.end, self.lowest));
            let size = extent(&item.lines);
            let found = sides
                .iter()
                .filter_map(|&side| self.highest(side, (x, start), size, &hung, &leaders))
                .min_by(|one, other| one.area.y0.total_cmp(&other.area.y0));
            let found = found.unwrap_or_else(|| {
                cost += 1000.0;
                let top = hung.iter().map(|other| other.area.y1);
                self.at(Side::Under, x, size, top.fold(self.lowest, f32::max) + DROP)
            });
            if item.from.is_some() {
                leaders.push(((x, start), (x, found.turn)));
            }
            cost += found.area.y1 - self.lowest;
            hung.push(found);
        }
        (cost, hung)
    }

    fn at(&self, side: Side, x: f32, (w, h): (f32, f32), top: f32) -> Hung {
        let left = match side {
            Side::Right => x + 9.0,
            Side::Left => x - 9.0 - w,
            Side::Under => (x - w / 2.0).min(self.width - MARGIN - w).max(MARGIN),
        };
        let top = if side == Side::Under { top + 4.0 } else { top };
        let turn = if side == Side::Under {
            top - 2.0
        } else {
            top + Size::Normal.px() * 0.65
        };
        Hung {
            area: Area::new(left, top, left + w, top + h),
            turn,
            side,
        }
    }

    /// The highest free place on one side of a leader.
    fn highest(
        &self,
        side: Side,
        (x, start): (f32, f32),
        size: (f32, f32),
        hung: &[Hung],
        leaders: &[(Point, Point)],
    ) -> Option<Hung> {
        (0..24)
            .map(|step| self.at(side, x, size, self.lowest + DROP - 4.0 + 6.0 * step as f32))
            .take_while(|place| place.area.x0 >= MARGIN && place.area.x1 <= self.width - MARGIN)
            .find(|place| {
                let mut clear = place.area.grown(4.0);
                clear.x0 -= 8.0;
                clear.x1 += 8.0;
                hung.iter().all(|other| {
                    !other.area.meets(&clear)
                        && !other
                            .area
                            .grown(3.0)
                            .is_crossed((x, start), (x, place.turn))
                }) && leaders.iter().all(|&(a, b)| !clear.is_crossed(a, b))
            })
    }
}

/// Between sentences beside the lanes.
const BETWEEN: f32 = 5.0;

/// Sentences beside the lanes where time runs down: each at its bracket, or
/// beneath the one before. Returns how far down they reach.
fn beside(scene: &Scene<'_>, items: &[Item], lowest: f32, width: f32, sheet: &mut Sheet) -> f32 {
    let left = lowest + DROP_BESIDE;
    let room = width - left - 3.0;
    let mut free = 4.0_f32;
    for item in items {
        let sentences: Vec<Vec<Line>> = item.lines.iter().map(|line| wrapped(line, room)).collect();
        let heights: Vec<f32> = sentences.iter().map(|lines| extent(lines).1).collect();
        let h = heights.iter().sum::<f32>() + BETWEEN * (heights.len() as f32 - 1.0);
        let (y, start) = item
            .from
            .unwrap_or((scene.frame.scale.end - h / 2.0, lowest));
        let wanted = (y - h / 2.0).min(scene.frame.scale.end + MARGIN - h);
        let mut top = wanted.max(free);
        let turn = y.clamp(top + 6.0, (top + h - 4.0).max(top + 6.0));
        let mut segments = Vec::new();
        if item.from.is_some() {
            segments.extend([
                Segment::Move(start, y),
                Segment::Line(left - 5.0, y),
                Segment::Line(left - 3.0, turn),
            ]);
        }
        for (lines, height) in sentences.iter().zip(heights) {
            let area = Area::new(left, top, left + room, top + height);
            let leader = core::mem::take(&mut segments);
            finish(item, lines, area, Anchor::Start, leader, sheet);
            top = area.y1 + BETWEEN;
        }
        free = top + BETWEEN;
    }
    free
}

/// Sentences beneath the lanes where time runs down and there is no room beside
/// them: a number stands at what each speaks of, and before the sentence.
fn numbered(scene: &Scene<'_>, items: &[Item], lowest: f32, width: f32, sheet: &mut Sheet) -> f32 {
    let left = MARGIN + 16.0;
    let mut top = scene.layout.end + MARGIN;
    let mut free = 0.0_f32;
    let mut told = 0;
    for item in items {
        if let Some((y, start)) = item.from {
            told += 1;
            let number = number(told, item.leader);
            let (w, h) = extent(&number);
            let at = (y - h / 2.0).max(free);
            free = at + h;
            let x = (start + 5.0).min(width - w - 2.0);
            let area = Area::new(x, at, x + w, at + h);
            let line = [
                Segment::Move(lowest.min(start), y),
                Segment::Line(x - 2.0, y),
            ];
            finish(item, &number, area, Anchor::Start, line.into(), sheet);
            let beneath = Area::new(MARGIN, top, left, top + h);
            for shape in set(&number, beneath, Anchor::Start) {
                sheet.paint(Layer::Words, shape);
            }
        }
        for sentence in &item.lines {
            let small = Line {
                size: Size::Small,
                ..sentence.clone()
            };
            let lines = wrapped(&small, width - left - MARGIN);
            let area = Area::new(left, top, width - MARGIN, top + extent(&lines).1);
            for shape in set(&lines, area, Anchor::Start) {
                sheet.paint(Layer::Words, about(shape, item.record, item.title.clone()));
            }
            sheet.labels.keep_free(area);
            top = area.y1 + 3.0;
        }
    }
    top
}

fn number(number: usize, leader: Ink) -> [Line; 1] {
    let ink = if leader == Ink::Muted {
        Ink::Text
    } else {
        leader
    };
    [Line::small(number.to_string(), ink).bold()]
}

fn finish(
    item: &Item,
    lines: &[Line],
    area: Area,
    anchor: Anchor,
    leader: Vec<Segment>,
    sheet: &mut Sheet,
) {
    if !leader.is_empty() {
        sheet.paint(Layer::Mark, path(leader, Paint::stroke(item.leader, 1.0)));
    }
    for shape in set(lines, area, anchor) {
        sheet.paint(Layer::Words, about(shape, item.record, item.title.clone()));
    }
    sheet.labels.stands(Words {
        area,
        owner: item.owner.unwrap_or(area),
    });
}
