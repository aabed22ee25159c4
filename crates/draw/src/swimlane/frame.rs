//! Along and across: one geometry for time that runs right and time that runs
//! down.
//!
//! `along` is pixels on the time axis, `across` pixels from the first lane to
//! the last. Only this file knows which of them is x.

use crate::shape::{Paint, Segment, Shape};

use super::Orientation;
use super::scale::Scale;
use crate::shape::About;

/// An upright rectangle on the picture: left, top, right, bottom.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Area {
    pub x0: f32,
    pub y0: f32,
    pub x1: f32,
    pub y1: f32,
}

impl Area {
    pub const fn new(x0: f32, y0: f32, x1: f32, y1: f32) -> Self {
        Self { x0, y0, x1, y1 }
    }

    pub fn width(&self) -> f32 {
        self.x1 - self.x0
    }

    pub fn height(&self) -> f32 {
        self.y1 - self.y0
    }

    /// Whether the insides meet; shared edges do not count.
    pub fn meets(&self, other: &Self) -> bool {
        self.x0 < other.x1 && other.x0 < self.x1 && self.y0 < other.y1 && other.y0 < self.y1
    }

    /// Whether `other` lies wholly within.
    pub fn holds(&self, other: &Self) -> bool {
        self.x0 <= other.x0 && self.y0 <= other.y0 && self.x1 >= other.x1 && self.y1 >= other.y1
    }

    /// The same, larger by `by` on every side.
    pub fn grown(&self, by: f32) -> Self {
        Self::new(self.x0 - by, self.y0 - by, self.x1 + by, self.y1 + by)
    }

    /// Whether a straight line from `a` to `b` passes through (Liang and
    /// Barsky's clipping, 1984).
    pub fn is_crossed(&self, a: (f32, f32), b: (f32, f32)) -> bool {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0_f32, 1.0_f32);
        for (p, q) in [
            (-dx, a.0 - self.x0),
            (dx, self.x1 - a.0),
            (-dy, a.1 - self.y0),
            (dy, self.y1 - a.1),
        ] {
            if p == 0.0 {
                if q < 0.0 {
                    return false;
                }
            } else if p < 0.0 {
                enter = enter.max(q / p);
            } else {
                leave = leave.min(q / p);
            }
        }
        enter <= leave
    }
}

/// A stretch of pixels, along or across.
pub(super) type Reach = (f32, f32);

/// A point: x and y, or along and across.
pub(super) type Point = (f32, f32);

/// How along and across lie on the picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Frame {
    pub orientation: Orientation,
    /// Where instants lie along.
    pub scale: Scale,
    /// Where lanes lie across, from the first one's edge to the last one's.
    pub lanes: Reach,
}

impl Frame {
    pub fn is_horizontal(&self) -> bool {
        self.orientation == Orientation::Horizontal
    }

    /// The point on the picture.
    pub fn point(&self, along: f32, across: f32) -> (f32, f32) {
        match self.orientation {
            Orientation::Horizontal => (along, across),
            Orientation::Vertical => (across, along),
        }
    }

    /// The rectangle on the picture.
    pub fn area(&self, along: Reach, across: Reach) -> Area {
        let (x0, y0) = self.point(along.0, across.0);
        let (x1, y1) = self.point(along.1, across.1);
        Area::new(x0, y0, x1, y1)
    }

    /// A rectangle to paint.
    pub fn rect(&self, along: Reach, across: Reach, paint: Paint) -> Shape {
        rect(self.area(along, across), 0.0, paint)
    }

    /// A straight line's segments.
    pub fn line(&self, from: (f32, f32), to: (f32, f32)) -> [Segment; 2] {
        let (x0, y0) = self.point(from.0, from.1);
        let (x1, y1) = self.point(to.0, to.1);
        [Segment::Move(x0, y0), Segment::Line(x1, y1)]
    }

    /// A closed shape's segments, from points along and across.
    pub fn polygon(&self, points: impl IntoIterator<Item = (f32, f32)>) -> Vec<Segment> {
        let mut segments = Vec::new();
        for (along, across) in points {
            let (x, y) = self.point(along, across);
            segments.push(if segments.is_empty() {
                Segment::Move(x, y)
            } else {
                Segment::Line(x, y)
            });
        }
        segments.push(Segment::Close);
        segments
    }

    /// Everything between two places along, over all lanes.
    pub fn column(&self, along: Reach) -> Area {
        self.area(along, self.lanes)
    }
}

/// A rectangle to paint, with rounded corners.
pub(super) fn rect(area: Area, r: f32, paint: Paint) -> Shape {
    Shape::Rect {
        x: area.x0,
        y: area.y0,
        w: area.width(),
        h: area.height(),
        r,
        paint,
        about: None,
    }
}

/// A path to paint.
pub(super) fn path(segments: impl Into<Vec<Segment>>, paint: Paint) -> Shape {
    Shape::Path {
        segments: segments.into(),
        paint,
        about: None,
    }
}

/// The same shape, with what it stands for.
pub(super) fn about(mut shape: Shape, record: u32, title: impl Into<String>) -> Shape {
    let (Shape::Rect { about, .. }
    | Shape::Path { about, .. }
    | Shape::Circle { about, .. }
    | Shape::Text { about, .. }) = &mut shape;
    *about = Some(About {
        record,
        title: title.into(),
    });
    shape
}

/// Which way hatch lines lean.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lean {
    /// `/`
    Forward,
    /// `\`
    Back,
}

/// Slanted lines over `area`, `pitch` pixels apart, cut at its edges. They lie
/// on one grid for the whole picture, so that hatched neighbours join.
pub(super) fn hatch(area: Area, pitch: f32, lean: Lean) -> Vec<Segment> {
    let mut segments = Vec::new();
    let (w, h) = (area.width(), area.height());
    if w <= 0.0 || h <= 0.0 {
        return segments;
    }
    // Along a line, x + y (forward) or x - y (back) stays the same.
    let key = |x: f32, y: f32| match lean {
        Lean::Forward => x + y,
        Lean::Back => x - y,
    };
    let (low, high) = match lean {
        Lean::Forward => (key(area.x0, area.y0), key(area.x1, area.y1)),
        Lean::Back => (key(area.x0, area.y1), key(area.x1, area.y0)),
    };
    let mut at = (low / pitch).ceil() * pitch;
    while at <= high {
        let (x0, x1) = match lean {
            Lean::Forward => ((at - area.y1).max(area.x0), (at - area.y0).min(area.x1)),
            Lean::Back => ((at + area.y0).max(area.x0), (at + area.y1).min(area.x1)),
        };
        let y = |x: f32| match lean {
            Lean::Forward => at - x,
            Lean::Back => x - at,
        };
        if x1 > x0 {
            segments.push(Segment::Move(x0, y(x0)));
            segments.push(Segment::Line(x1, y(x1)));
        }
        at += pitch;
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hatch_stays_within_its_area() {
        let area = Area::new(10.3, 20.0, 47.0, 31.5);
        for lean in [Lean::Forward, Lean::Back] {
            let lines = hatch(area, 5.0, lean);
            assert!(lines.len() >= 10);
            for segment in lines {
                let (Segment::Move(x, y) | Segment::Line(x, y)) = segment else {
                    unreachable!("a hatch is open lines");
                };
                assert!(area.grown(0.01).holds(&Area::new(x, y, x, y)), "{x} {y}");
            }
        }
    }

    #[test]
    fn a_line_crosses_what_lies_in_its_way() {
        let area = Area::new(10.0, 10.0, 20.0, 20.0);
        assert!(area.is_crossed((0.0, 0.0), (30.0, 30.0)));
        assert!(area.is_crossed((15.0, 0.0), (15.0, 30.0)));
        assert!(!area.is_crossed((0.0, 0.0), (5.0, 30.0)));
        assert!(!area.is_crossed((0.0, 15.0), (9.0, 15.0)));
    }
}
