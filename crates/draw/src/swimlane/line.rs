//! Lines of words: how wide they are, and how they break.

use crate::ink::Ink;
use crate::shape::{Anchor, Shape, Size};
use crate::text;

use super::frame::Area;

/// A line of a label.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Line {
    pub text: String,
    pub size: Size,
    pub bold: bool,
    pub ink: Ink,
}

impl Line {
    pub fn new(text: impl Into<String>, size: Size, ink: Ink) -> Self {
        Self {
            text: text.into(),
            size,
            bold: false,
            ink,
        }
    }

    /// A note of small letters.
    pub fn small(text: impl Into<String>, ink: Ink) -> Self {
        Self::new(text, Size::Small, ink)
    }

    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub fn width(&self) -> f32 {
        text::width(&self.text, self.size, self.bold)
    }

    /// The same, broken at spaces into lines of at most `width` pixels;
    /// `None` where a word alone is wider.
    pub fn broken(&self, width: f32) -> Option<Vec<Self>> {
        let lines = self.broken_at(width);
        lines
            .iter()
            .all(|line| line.width() <= width)
            .then_some(lines)
    }

    /// The same, words that are wider left whole.
    fn broken_at(&self, width: f32) -> Vec<Self> {
        if self.width() <= width {
            return vec![self.clone()];
        }
        let mut lines: Vec<Self> = Vec::new();
        for word in words_of(&self.text) {
            let longer = lines.last().map(|line| Self {
                text: format!("{} {word}", line.text),
                ..self.clone()
            });
            match longer {
                Some(longer) if longer.width() <= width => {
                    *lines.last_mut().expect("it was just read") = longer;
                }
                _ => lines.push(Self {
                    text: word.to_string(),
                    ..self.clone()
                }),
            }
        }
        lines
    }
}

/// The words of a text; a number and its unit are one.
fn words_of(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    for (space, _) in text.match_indices(' ') {
        let unit = text[space + 1..].split(' ').next().unwrap_or_default();
        let is_unit = ["s", "ms", "µs", "s,", "ms,", "s:", "ms:"].contains(&unit);
        if !(is_unit && text[..space].ends_with(|c: char| c.is_ascii_digit())) {
            words.push(&text[start..space]);
            start = space + 1;
        }
    }
    words.push(&text[start..]);
    words
}

/// How wide and high lines are together.
pub(super) fn extent(lines: &[Line]) -> (f32, f32) {
    let width = lines.iter().map(Line::width).fold(0.0, f32::max);
    let height = lines
        .iter()
        .map(|line| line.size.px() * text::LEADING)
        .sum();
    (width, height)
}

/// Lines in an area as large as their [`extent`].
pub(super) fn set(lines: &[Line], area: Area, anchor: Anchor) -> Vec<Shape> {
    let x = match anchor {
        Anchor::Start => area.x0,
        Anchor::Middle => f32::midpoint(area.x0, area.x1),
        Anchor::End => area.x1,
    };
    let mut y = area.y0;
    let mut shapes = Vec::new();
    for line in lines {
        let height = line.size.px() * text::LEADING;
        shapes.push(Shape::Text {
            x,
            y: y + height * text::BASELINE,
            anchor,
            size: line.size,
            bold: line.bold,
            ink: line.ink,
            text: line.text.clone(),
            about: None,
        });
        y += height;
    }
    shapes
}

/// Lines broken at spaces where they are wider than `width`; a word that is
/// wider stands alone, and whole.
pub(super) fn wrapped(line: &Line, width: f32) -> Vec<Line> {
    line.broken_at(width)
}

/// A wording's lines, broken to fit the width they have.
pub(super) fn fitted(wording: &[Line], width: f32) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    for line in wording {
        lines.extend(line.broken(width)?);
    }
    (!lines.is_empty()).then_some(lines)
}
