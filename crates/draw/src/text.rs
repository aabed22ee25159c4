//! How wide words are, without asking a browser: the same answer everywhere.

use crate::shape::Size;

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

/// For every other character.
const OTHER: u16 = 840;

/// Heavy letters are wider by so many hundredths.
const BOLD_PERCENT: f32 = 1.10;

/// The width of a line of words in pixels.
pub fn width(text: &str, size: Size, bold: bool) -> f32 {
    let thousandths: u32 = text
        .chars()
        .map(|c| {
            let place = (c as u32).checked_sub(32).map(|place| place as usize);
            u32::from(
                place
                    .and_then(|place| WIDTHS.get(place))
                    .copied()
                    .unwrap_or(OTHER),
            )
        })
        .sum();
    let plain = thousandths as f32 * size.px() / 1000.0;
    if bold { plain * BOLD_PERCENT } else { plain }
}
