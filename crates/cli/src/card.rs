//! The card that stands for a page where its link is shown: a heading and the
//! diagram, as pixels.

use designs::Run;
use draw::swimlane::{self, Orientation, Viewport};
use draw::{Ink, Picture};

use crate::raster::Canvas;

/// The size of a card, in pixels: what services that show links ask for.
pub const SIZE: (u32, u32) = (1_200, 630);
/// What is left free around it.
const MARGIN: f32 = 36.0;
/// The sizes of its heading and of the words beneath, in pixels.
const HEADING: f32 = 34.0;
const LEAD: f32 = 22.0;
/// The widths that the diagram is tried at. The one that fills the card best
/// has the largest letters.
const WIDTHS: [f32; 6] = [620.0, 720.0, 840.0, 960.0, 1_080.0, 1_240.0];

/// A card: a heading, up to two lines under it, and the diagram.
///
/// # Errors
/// Where the PNG cannot be encoded, in words.
pub fn png(run: &Run, heading: &str, lead: &str, dark: bool) -> Result<Vec<u8>, String> {
    let (width, height) = SIZE;
    let mut canvas = Canvas::new(width, height, dark).ok_or("the card is too large")?;
    let room = width as f32 - 2.0 * MARGIN;
    let mut y = MARGIN;
    for line in fitting(&canvas, heading, (HEADING, true), room, 1) {
        y += HEADING;
        canvas.words(&line, (MARGIN, y), HEADING, true, Ink::Text);
    }
    y += 8.0;
    for line in fitting(&canvas, lead, (LEAD, false), room, 2) {
        y += LEAD * 1.3;
        canvas.words(&line, (MARGIN, y), LEAD, false, Ink::Muted);
    }
    y += 20.0;
    if let Some((scale, picture)) = largest(run, (room, height as f32 - y - MARGIN / 2.0)) {
        let left = (width as f32 - picture.width * scale) / 2.0;
        canvas.picture(&picture, (left, y), scale);
    }
    canvas.png()
}

/// The diagram that can be enlarged most in `room`, and by how much.
fn largest(run: &Run, room: (f32, f32)) -> Option<(f32, Picture)> {
    let whole = Viewport::whole(run, WIDTHS[0], Orientation::Horizontal);
    let drawn = WIDTHS.into_iter().map(|width| {
        let view = Viewport { width, ..whole };
        let picture = swimlane::draw(run, &view).picture;
        (
            (room.0 / picture.width).min(room.1 / picture.height),
            picture,
        )
    });
    drawn.max_by(|one, other| one.0.total_cmp(&other.0))
}

/// The words of `text` in at most `most` lines that are no wider than `room`;
/// what is left out is three dots.
fn fitting(
    canvas: &Canvas,
    text: &str,
    (size, bold): (f32, bool),
    room: f32,
    most: usize,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let fits = |line: &str| canvas.width(line, size, bold) <= room;
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while !fits(&format!("{last}…")) {
                last.pop();
            }
            last.push('…');
        }
    }
    lines
}
