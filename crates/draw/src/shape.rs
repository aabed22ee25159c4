//! What a picture is made of. Lengths are CSS pixels, y points down.

use crate::ink::Ink;

/// Shapes on a canvas of a size, in painting order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Picture {
    /// Width in pixels.
    pub width: f32,
    /// Height in pixels.
    pub height: f32,
    /// What is on it, the first painted first.
    pub shapes: Vec<Shape>,
}

/// One thing to paint.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    /// An upright rectangle.
    Rect {
        /// Left.
        x: f32,
        /// Top.
        y: f32,
        /// Width.
        w: f32,
        /// Height.
        h: f32,
        /// Corner radius.
        r: f32,
        /// How it is painted.
        paint: Paint,
        /// What it shows, for pointers and for reading aloud.
        about: Option<About>,
    },
    /// Straight lines; closed shapes end with [`Segment::Close`].
    Path {
        /// The moves of the pen.
        segments: Vec<Segment>,
        /// How it is painted.
        paint: Paint,
        /// What it shows.
        about: Option<About>,
    },
    /// A disc or a ring.
    Circle {
        /// Centre, x.
        x: f32,
        /// Centre, y.
        y: f32,
        /// Radius.
        r: f32,
        /// How it is painted.
        paint: Paint,
        /// What it shows.
        about: Option<About>,
    },
    /// One line of words.
    Text {
        /// Where its anchor is, x.
        x: f32,
        /// Its baseline.
        y: f32,
        /// Which part of it lies at `x`.
        anchor: Anchor,
        /// How large.
        size: Size,
        /// Whether it is heavy.
        bold: bool,
        /// Its colour.
        ink: Ink,
        /// The words.
        text: String,
        /// What it shows.
        about: Option<About>,
    },
}

/// What a shape stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct About {
    /// The record that it leads to.
    pub record: u32,
    /// One line of words.
    pub title: String,
}

/// A move of the pen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Segment {
    /// To a point without drawing.
    Move(f32, f32),
    /// A line to a point.
    Line(f32, f32),
    /// A line back to the last move.
    Close,
}

/// How a shape is painted.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Paint {
    /// Inside.
    pub fill: Option<Ink>,
    /// Outline.
    pub stroke: Option<Ink>,
    /// The outline's width.
    pub width: f32,
    /// Whether the outline is broken up.
    pub dash: Dash,
    /// 0 (nothing) to 100 (solid).
    pub opacity: u8,
}

/// Whether a line is broken up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Dash {
    /// One line.
    #[default]
    Solid,
    /// Short strokes.
    Dashed,
    /// Dots.
    Dotted,
    /// Long strokes.
    Long,
    /// A stroke and a dot in turn.
    DashDot,
    /// Dots in pairs.
    Pairs,
}

/// Which part of a text lies at its point.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Anchor {
    /// Its start.
    #[default]
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// The three sizes of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    /// Notes and ticks.
    Small,
    /// Most words.
    Normal,
    /// Names.
    Large,
}

impl Dash {
    /// Strokes and gaps in turn, in pixels; nothing for one line.
    pub const fn lengths(self) -> &'static [f32] {
        match self {
            Self::Solid => &[],
            Self::Dashed => &[4.0, 3.0],
            Self::Dotted => &[1.5, 3.0],
            Self::Long => &[10.0, 3.0],
            Self::DashDot => &[7.0, 3.0, 1.5, 3.0],
            Self::Pairs => &[1.5, 2.0, 1.5, 6.0],
        }
    }
}

impl Size {
    /// In pixels.
    pub const fn px(self) -> f32 {
        match self {
            Self::Small => 11.0,
            Self::Normal => 12.0,
            Self::Large => 13.0,
        }
    }
}

impl Paint {
    /// Filled, without an outline.
    pub const fn fill(ink: Ink) -> Self {
        Self {
            fill: Some(ink),
            stroke: None,
            width: 0.0,
            dash: Dash::Solid,
            opacity: 100,
        }
    }

    /// An outline alone.
    pub const fn stroke(ink: Ink, width: f32) -> Self {
        Self {
            fill: None,
            stroke: Some(ink),
            width,
            dash: Dash::Solid,
            opacity: 100,
        }
    }

    /// The same, outlined.
    #[must_use]
    pub const fn outlined(self, ink: Ink, width: f32) -> Self {
        Self {
            stroke: Some(ink),
            width,
            ..self
        }
    }

    /// The same with another dash.
    #[must_use]
    pub const fn dashed(self, dash: Dash) -> Self {
        Self { dash, ..self }
    }

    /// The same, `opacity` hundredths solid.
    #[must_use]
    pub const fn faded(self, opacity: u8) -> Self {
        Self { opacity, ..self }
    }
}
