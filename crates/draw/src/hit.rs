//! Which shape a pointer means. A canvas has no elements that could tell.

use crate::shape::{About, Picture, Segment, Shape};
use crate::text;

/// How far beside a shape a pointer still means it, in pixels: a shape of any
/// size is then a target of at least 24 pixels across.
pub const REACH: f32 = 12.0;

impl Picture {
    /// What the shape at a point stands for. Of those that hold the point the
    /// one painted last counts; if none does, the nearest within `reach`.
    /// Shapes that stand for nothing are looked through.
    pub fn about_at(&self, x: f32, y: f32, reach: f32) -> Option<&About> {
        let mut nearest = None;
        let mut least = reach;
        for shape in self.shapes.iter().rev() {
            let Some(about) = shape.about() else { continue };
            let away = shape.distance(x, y);
            if away <= 0.0 {
                return Some(about);
            }
            if away < least {
                least = away;
                nearest = Some(about);
            }
        }
        nearest
    }
}

impl Shape {
    /// What it stands for.
    pub const fn about(&self) -> Option<&About> {
        match self {
            Self::Rect { about, .. }
            | Self::Path { about, .. }
            | Self::Circle { about, .. }
            | Self::Text { about, .. } => about.as_ref(),
        }
    }

    /// How far a point lies outside the shape, in pixels; 0 or less within.
    /// The closed parts of a path are taken by their outline.
    fn distance(&self, x: f32, y: f32) -> f32 {
        match self {
            Self::Rect {
                x: left,
                y: top,
                w,
                h,
                ..
            } => outside(x, y, [*left, *top, left + w, top + h]),
            Self::Circle {
                x: across,
                y: down,
                r,
                ..
            } => (x - across).hypot(y - down) - r,
            Self::Text { .. } => text::area(self).map_or(f32::INFINITY, |area| outside(x, y, area)),
            Self::Path {
                segments, paint, ..
            } => beside(segments, x, y) - paint.width / 2.0,
        }
    }
}

fn outside(x: f32, y: f32, [left, top, right, bottom]: [f32; 4]) -> f32 {
    let across = (left - x).max(x - right).max(0.0);
    let down = (top - y).max(y - bottom).max(0.0);
    across.hypot(down)
}

/// How far a point is from the nearest line of a path.
fn beside(segments: &[Segment], x: f32, y: f32) -> f32 {
    let (mut pen, mut first) = ((0.0, 0.0), (0.0, 0.0));
    let mut least = f32::INFINITY;
    for segment in segments {
        let to = match *segment {
            Segment::Move(x, y) => {
                pen = (x, y);
                first = pen;
                continue;
            }
            Segment::Line(x, y) => (x, y),
            Segment::Close => first,
        };
        least = least.min(from_line(pen, to, (x, y)));
        pen = to;
    }
    least
}

fn from_line(a: (f32, f32), b: (f32, f32), point: (f32, f32)) -> f32 {
    let (along, down) = (b.0 - a.0, b.1 - a.1);
    let length = along * along + down * down;
    let share = if length > 0.0 {
        (((point.0 - a.0) * along + (point.1 - a.1) * down) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (point.0 - a.0 - share * along).hypot(point.1 - a.1 - share * down)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ink, Paint};

    fn about(record: u32) -> Option<About> {
        Some(About {
            record,
            title: String::new(),
        })
    }

    fn picture() -> Picture {
        let paint = Paint::stroke(Ink::Text, 2.0);
        let rect = |x: f32, record| Shape::Rect {
            x,
            y: 10.0,
            w: 20.0,
            h: 10.0,
            r: 0.0,
            paint,
            about: about(record),
        };
        let line = Shape::Path {
            segments: vec![Segment::Move(0.0, 100.0), Segment::Line(100.0, 100.0)],
            paint,
            about: about(3),
        };
        let ground = Shape::Rect {
            x: 0.0,
            y: 0.0,
            w: 200.0,
            h: 200.0,
            r: 0.0,
            paint,
            about: None,
        };
        Picture {
            width: 200.0,
            height: 200.0,
            shapes: vec![rect(10.0, 1), rect(20.0, 2), line, ground],
        }
    }

    #[test]
    fn the_last_painted_of_those_that_hold_the_point_counts() {
        let at = |x, y| {
            let picture = picture();
            picture.about_at(x, y, REACH).map(|about| about.record)
        };
        assert_eq!(at(12.0, 15.0), Some(1));
        assert_eq!(at(25.0, 15.0), Some(2));
        assert_eq!(at(50.0, 92.0), Some(3));
        assert_eq!(at(1.0, 15.0), Some(1));
        assert_eq!(at(50.0, 60.0), None);
    }
}
