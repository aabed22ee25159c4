//! What plotters paints on: it takes down shapes.
//!
//! Plotters counts in whole pixels, which is too coarse for a curve, so one of
//! its pixels is a tenth of ours. It knows colours and no inks, so a colour is
//! a code for a pen.

use core::convert::Infallible;

use plotters::style::{RGBColor, ShapeStyle};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use super::LOOKS;
use crate::ink::Ink;
use crate::shape::{Anchor, Dash, Paint, Segment, Shape, Size};
use crate::text;

/// Our pixels in plotters' pixels.
pub(super) fn tenths(pixels: f32) -> i32 {
    (pixels * 10.0).round() as i32
}

/// Plotters' pixels in ours.
pub(super) fn pixels(tenths: i32) -> f32 {
    tenths as f32 / 10.0
}

/// A colour that says which ink and which dash.
pub(super) fn colour(ink: Ink, dash: Dash) -> RGBColor {
    let place = Ink::all().position(|other| other == ink).unwrap_or(0);
    RGBColor(u8::try_from(place).unwrap_or(0), dash as u8, 0)
}

/// A line of `width` pixels.
pub(super) fn stroke(ink: Ink, dash: Dash, width: f32) -> ShapeStyle {
    ShapeStyle::from(colour(ink, dash)).stroke_width(tenths(width).unsigned_abs())
}

fn ink(colour: BackendColor) -> Ink {
    Ink::all()
        .nth(usize::from(colour.rgb.0))
        .unwrap_or(Ink::Text)
}

fn dash(colour: BackendColor) -> Dash {
    LOOKS
        .into_iter()
        .map(|(_, dash)| dash)
        .find(|&dash| dash as u8 == colour.rgb.1)
        .unwrap_or_default()
}

/// A sheet on which plotters' shapes are taken down.
pub(super) struct Sheet<'a> {
    shapes: &'a mut Vec<Shape>,
    size: (u32, u32),
}

impl<'a> Sheet<'a> {
    /// `width` and `height` are pixels.
    pub fn new(shapes: &'a mut Vec<Shape>, width: f32, height: f32) -> Self {
        let size = (tenths(width).unsigned_abs(), tenths(height).unsigned_abs());
        Self { shapes, size }
    }

    fn path(&mut self, points: impl IntoIterator<Item = BackendCoord>, closed: bool, paint: Paint) {
        let mut segments: Vec<Segment> = points
            .into_iter()
            .enumerate()
            .map(|(place, (x, y))| {
                let (x, y) = (pixels(x), pixels(y));
                if place == 0 {
                    Segment::Move(x, y)
                } else {
                    Segment::Line(x, y)
                }
            })
            .collect();
        if closed {
            segments.push(Segment::Close);
        }
        self.shapes.push(Shape::Path {
            segments,
            paint,
            about: None,
        });
    }
}

fn line<S: BackendStyle>(style: &S) -> Paint {
    let width = pixels(i32::try_from(style.stroke_width()).unwrap_or(0));
    Paint::stroke(ink(style.color()), width).dashed(dash(style.color()))
}

fn painted<S: BackendStyle>(style: &S, fill: bool) -> Paint {
    if fill {
        Paint::fill(ink(style.color()))
    } else {
        line(style)
    }
}

fn size(tenths: f64) -> Size {
    [Size::Small, Size::Normal, Size::Large]
        .into_iter()
        .find(|size| f64::from(size.px()) * 10.0 >= tenths)
        .unwrap_or(Size::Large)
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Sheet<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        let corner = (point.0 + 1, point.1 + 1);
        self.draw_rect(point, corner, &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.shapes.push(Shape::Rect {
            x: pixels(upper_left.0),
            y: pixels(upper_left.1),
            w: pixels(bottom_right.0 - upper_left.0),
            h: pixels(bottom_right.1 - upper_left.1),
            r: 0.0,
            paint: painted(style, fill),
            about: None,
        });
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.path(path, false, line(style));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        self.shapes.push(Shape::Circle {
            x: pixels(center.0),
            y: pixels(center.1),
            r: pixels(i32::try_from(radius).unwrap_or(0)),
            paint: painted(style, fill),
            about: None,
        });
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        self.path(vert, true, Paint::fill(ink(style.color())));
        Ok(())
    }

    fn draw_text<TStyle: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &TStyle,
        pos: BackendCoord,
    ) -> Drawn {
        /// From the middle of a digit down to its foot, in sizes.
        const HALF_DIGIT: f32 = 0.36;
        let size = size(style.size());
        let down = match style.anchor().v_pos {
            VPos::Top => text::BASELINE,
            VPos::Center => HALF_DIGIT,
            VPos::Bottom => text::BASELINE - 1.0,
        };
        self.shapes.push(Shape::Text {
            x: pixels(pos.0),
            y: pixels(pos.1) + down * size.px(),
            anchor: match style.anchor().h_pos {
                HPos::Left => Anchor::Start,
                HPos::Center => Anchor::Middle,
                HPos::Right => Anchor::End,
            },
            size,
            bold: false,
            ink: ink(style.color()),
            text: text.into(),
            about: None,
        });
        Ok(())
    }

    fn estimate_text_size<TStyle: BackendTextStyle>(
        &self,
        text: &str,
        style: &TStyle,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = size(style.size());
        let width = tenths(text::width(text, size, false));
        Ok((width.unsigned_abs(), tenths(size.px()).unsigned_abs()))
    }
}
