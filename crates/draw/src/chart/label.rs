//! Where words go on a chart: beside what they name, clear of every mark and
//! of each other.

use crate::ink::Ink;
use crate::shape::{Anchor, Paint, Segment, Shape, Size};
use crate::text;

/// The height of a line of words, in sizes.
const LINE: f32 = 1.3;

/// A point, pixels.
pub(super) type Spot = (f32, f32);

/// An upright box, pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Area {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Area {
    fn grown(self, by: f32) -> Self {
        Self {
            x: self.x - by,
            y: self.y - by,
            w: self.w + 2.0 * by,
            h: self.h + 2.0 * by,
        }
    }

    fn holds(self, other: Self) -> bool {
        other.x >= self.x
            && other.y >= self.y
            && other.x + other.w <= self.x + self.w
            && other.y + other.h <= self.y + self.h
    }

    fn meets(self, other: Self) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }

    /// The point in it that is nearest to `spot`.
    fn nearest(self, spot: Spot) -> Spot {
        (
            spot.0.clamp(self.x, self.x + self.w),
            spot.1.clamp(self.y, self.y + self.h),
        )
    }

    /// Whether the straight line between two points passes through it: each
    /// side cuts off the stretch that lies beyond.
    fn is_crossed(self, from: Spot, to: Spot) -> bool {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enters, mut leaves) = (0.0_f32, 1.0_f32);
        for (speed, room) in [
            (-dx, from.0 - self.x),
            (dx, self.x + self.w - from.0),
            (-dy, from.1 - self.y),
            (dy, self.y + self.h - from.1),
        ] {
            if speed == 0.0 {
                if room < 0.0 {
                    return false;
                }
            } else if speed < 0.0 {
                enters = enters.max(room / speed);
            } else {
                leaves = leaves.min(room / speed);
            }
        }
        enters < leaves
    }
}

/// Words in one colour, broken into lines.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Label {
    lines: Vec<String>,
    size: Size,
    bold: bool,
    ink: Ink,
}

impl Label {
    pub fn new(words: &str, size: Size, bold: bool, ink: Ink, width: f32) -> Self {
        let mut lines: Vec<String> = Vec::new();
        for word in words.split_whitespace() {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if text::width(&longer, size, bold) <= width {
                    *line = longer;
                    continue;
                }
            }
            lines.push(word.into());
        }
        Self {
            lines,
            size,
            bold,
            ink,
        }
    }

    /// Small words in `ink`.
    pub fn small(words: &str, ink: Ink, width: f32) -> Self {
        // A number stays with its unit.
        let mut label = Self::new(
            &words
                .replace(" s", "\u{a0}s")
                .replace(" ms", "\u{a0}ms")
                .replace(" %", "\u{a0}%"),
            Size::Small,
            false,
            ink,
            width,
        );
        for line in &mut label.lines {
            *line = line.replace('\u{a0}', " ");
        }
        label
    }

    pub fn width(&self) -> f32 {
        let widths = self.lines.iter();
        widths
            .map(|line| text::width(line, self.size, self.bold))
            .fold(0.0, f32::max)
    }

    pub fn height(&self) -> f32 {
        self.lines.len() as f32 * self.size.px() * LINE
    }

    /// Its lines, the box's top left corner at `corner`.
    pub fn shapes(&self, (x, y): Spot) -> impl Iterator<Item = Shape> {
        let px = self.size.px();
        // Half of what a line is higher than its letters lies above them.
        let first = y + (LINE - 1.0) / 2.0 * px + text::BASELINE * px;
        self.lines
            .iter()
            .enumerate()
            .map(move |(place, line)| Shape::Text {
                x,
                y: first + place as f32 * px * LINE,
                anchor: Anchor::Start,
                size: self.size,
                bold: self.bold,
                ink: self.ink,
                text: line.clone(),
                about: None,
            })
    }
}

/// What a label must keep clear of.
pub(super) struct Field {
    /// Where labels may stand.
    pub area: Area,
    /// Discs, by their centres.
    pub dots: Vec<Spot>,
    /// Lines, piece by piece.
    pub lines: Vec<(Spot, Spot)>,
    /// The x of an upright line that leaders do not cross either.
    pub upright: Option<f32>,
    /// Labels that have their place.
    pub taken: Vec<Area>,
}

/// How far a label keeps from every mark, pixels.
const CLEAR: f32 = 4.0;
/// A disc's radius, pixels.
pub(super) const DOT: f32 = 4.0;
/// How far labels stand from what they name, the nearest first.
const DISTANCES: [f32; 6] = [9.0, 14.0, 20.0, 28.0, 38.0, 50.0];
/// In which directions; diagonals of equal steps across and down.
const DIRECTIONS: [Spot; 8] = [
    (0.7, -0.7),
    (0.7, 0.7),
    (-0.7, 0.7),
    (-0.7, -0.7),
    (0.0, 1.0),
    (0.0, -1.0),
    (1.0, 0.0),
    (-1.0, 0.0),
];

impl Field {
    /// The place nearest to one of `spots` where `label` is clear of all
    /// else, with a leader that ends `short` pixels before that spot.
    pub fn beside(&mut self, label: &Label, spots: &[Spot], short: f32) -> Option<Vec<Shape>> {
        let (spot, area) = DISTANCES.iter().find_map(|&distance| {
            spots.iter().find_map(|&spot| {
                DIRECTIONS.iter().find_map(|&direction| {
                    let area = towards(label, spot, direction, distance);
                    let end = area.nearest(spot);
                    (self.leads(spot, end) && self.is_clear(area)).then_some((spot, area))
                })
            })
        })?;
        let end = area.nearest(spot);
        let (dx, dy) = (end.0 - spot.0, end.1 - spot.1);
        let length = (dx * dx + dy * dy).sqrt();
        let mut shapes = Vec::new();
        if length > short + 2.0 {
            let start = short / length;
            shapes.push(Shape::Path {
                segments: vec![
                    Segment::Move(spot.0 + dx * start, spot.1 + dy * start),
                    Segment::Line(end.0 - dx / length, end.1 - dy / length),
                ],
                paint: Paint::stroke(label.ink, 1.0),
                about: None,
            });
        }
        shapes.extend(self.put(label, area));
        Some(shapes)
    }

    /// The highest place at either side of the upright line where `label` is
    /// clear of all else.
    pub fn along(&mut self, label: &Label) -> Option<Vec<Shape>> {
        const STEP: f32 = 4.0;
        const AWAY: f32 = 8.0;
        let x = self.upright?;
        let (w, h) = (label.width(), label.height());
        let rows = ((self.area.h - h) / STEP).max(0.0) as u32;
        let area = (0..=rows).find_map(|row| {
            let y = self.area.y + row as f32 * STEP;
            [x + AWAY, x - AWAY - w]
                .map(|x| Area { x, y, w, h })
                .into_iter()
                .find(|&area| self.is_clear(area))
        })?;
        Some(self.put(label, area))
    }

    /// Whether a leader between two points passes through nothing.
    fn leads(&self, from: Spot, to: Spot) -> bool {
        let parts = |x: f32| (from.0 - x) * (to.0 - x) < 0.0;
        !self.upright.is_some_and(parts)
            && !self.taken.iter().any(|taken| taken.is_crossed(from, to))
    }

    /// Whether a disc covers `spot`, or nearly.
    pub fn is_on_dot(&self, spot: Spot) -> bool {
        const NEARLY: f32 = 2.0;
        self.dots.iter().any(|&(x, y)| {
            let dot = Area {
                x,
                y,
                w: 0.0,
                h: 0.0,
            };
            dot.grown(DOT + NEARLY).nearest(spot) == spot
        })
    }

    fn is_clear(&self, area: Area) -> bool {
        let wide = area.grown(CLEAR);
        let round = area.grown(CLEAR + DOT);
        self.area.holds(area)
            && !self.taken.iter().any(|taken| taken.meets(wide))
            && !self.dots.iter().any(|&dot| round.nearest(dot) == dot)
            && !self
                .lines
                .iter()
                .any(|&(from, to)| wide.is_crossed(from, to))
            && !self
                .upright
                .is_some_and(|x| (wide.x..wide.x + wide.w).contains(&x))
    }

    /// The label in its place, on a ground that covers the grid.
    fn put(&mut self, label: &Label, area: Area) -> Vec<Shape> {
        self.taken.push(area);
        let ground = area.grown(1.0);
        let mut shapes = vec![Shape::Rect {
            x: ground.x,
            y: ground.y,
            w: ground.w,
            h: ground.h,
            r: 2.0,
            paint: Paint::fill(Ink::Ground),
            about: None,
        }];
        shapes.extend(label.shapes((area.x, area.y)));
        shapes
    }
}

/// The label's box `distance` pixels from `spot` in a direction.
fn towards(label: &Label, spot: Spot, direction: Spot, distance: f32) -> Area {
    let (w, h) = (label.width(), label.height());
    let start = |at: f32, way: f32, length: f32| {
        let near = at + way * distance;
        if way > 0.0 {
            near
        } else if way < 0.0 {
            near - length
        } else {
            near - length / 2.0
        }
    };
    Area {
        x: start(spot.0, direction.0, w),
        y: start(spot.1, direction.1, h),
        w,
        h,
    }
}
