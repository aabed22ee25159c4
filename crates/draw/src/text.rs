//! How wide words are, without asking a browser: the same answer everywhere.

use crate::shape::{Anchor, Shape, Size};

/// Widths of the printable ASCII characters of DejaVu Sans in thousandths of
/// the size, from `' '` on. It is among the widest fonts that stand for
/// `system-ui`, so what fits by these widths fits in the others.
const WIDTHS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// The same for DejaVu Sans Bold.
const BOLD: [u16; 95] = [
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696,
    696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683,
    683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771,
    724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665,
    343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
];

/// For every other character but the few that sentences use.
const OTHER: u16 = 840;

fn other(c: char) -> u16 {
    match c {
        '–' => 500,
        '·' => 380,
        '“' | '”' => 657,
        _ => OTHER,
    }
}

/// Lines of words are so much higher than their size.
pub const LEADING: f32 = 1.2;

/// Where in its height a line's letters stand, from its top.
pub const BASELINE: f32 = 0.78;

/// The width of a line of words in pixels.
pub fn width(text: &str, size: Size, bold: bool) -> f32 {
    let widths = if bold { &BOLD } else { &WIDTHS };
    let thousandths: u32 = text
        .chars()
        .map(|c| {
            let place = (c as u32).checked_sub(32).map(|place| place as usize);
            let known = place.and_then(|place| widths.get(place)).copied();
            u32::from(known.unwrap_or_else(|| other(c)))
        })
        .sum();
    thousandths as f32 * size.px() / 1000.0
}

/// What a line of words covers: left, top, right, bottom; `None` for shapes
/// without words.
pub fn area(shape: &Shape) -> Option<[f32; 4]> {
    let Shape::Text {
        x,
        y,
        anchor,
        size,
        bold,
        text,
        ..
    } = shape
    else {
        return None;
    };
    let width = width(text, *size, *bold);
    let left = match anchor {
        Anchor::Start => *x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    let height = size.px() * LEADING;
    let top = y - height * BASELINE;
    Some([left, top, left + width, top + height])
}
