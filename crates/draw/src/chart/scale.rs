//! An axis as plotters needs it: where a number lies, and which numbers are
//! written beside it.

use core::ops::Range;

use designs::design::{Quantity, Spacing};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::{Axis, words};
use crate::shape::Size;
use crate::text;

/// An axis and the numbers that are written along it.
#[derive(Clone)]
pub(super) struct Scale {
    axis: Axis,
    ticks: Vec<f64>,
}

impl Scale {
    /// Of a horizontal axis `length` pixels long: as many numbers as can
    /// stand beside each other.
    pub fn along(axis: &Axis, length: f32) -> Self {
        const GAP: f32 = 10.0;
        let fits = |ticks: &[f64]| {
            ticks.windows(2).all(|pair| {
                let middles = (axis.position(pair[1]) - axis.position(pair[0])) as f32 * length;
                let widths = pair
                    .iter()
                    .map(|&tick| tick_width(axis.quantity, tick))
                    .sum::<f32>();
                middles >= widths / 2.0 + GAP
            })
        };
        Self::densest(axis, fits)
    }

    /// Of a vertical axis `length` pixels long.
    pub fn up(axis: &Axis, length: f32) -> Self {
        const LEAST: f32 = 26.0;
        let fits = |ticks: &[f64]| {
            ticks.windows(2).all(|pair| {
                (axis.position(pair[1]) - axis.position(pair[0])) as f32 * length >= LEAST
            })
        };
        Self::densest(axis, fits)
    }

    fn densest(axis: &Axis, fits: impl Fn(&[f64]) -> bool) -> Self {
        let ticks = candidates(axis)
            .into_iter()
            .find(|ticks| fits(ticks))
            .unwrap_or_default();
        Self {
            axis: axis.clone(),
            ticks,
        }
    }

    /// The width of the widest number beside it, pixels.
    pub fn widest(&self) -> f32 {
        let widths = self.ticks.iter();
        widths
            .map(|&tick| tick_width(self.axis.quantity, tick))
            .fold(0.0, f32::max)
    }
}

fn tick_width(quantity: Quantity, tick: f64) -> f32 {
    text::width(&words::number(quantity, tick), Size::Small, false)
}

/// Round numbers within the range, the densest choice first.
fn candidates(axis: &Axis) -> Vec<Vec<f64>> {
    let (from, to) = axis.range;
    match axis.spacing {
        Spacing::Ratio => [&[1, 2, 5][..], &[1, 5], &[1]]
            .iter()
            .map(|leads| {
                let decades =
                    (-6..=6).flat_map(|power| leads.iter().map(move |&lead| (lead, power)));
                decades
                    .map(|(lead, power)| round(lead, power))
                    .filter(|tick| (from..=to).contains(tick))
                    .collect()
            })
            .collect(),
        Spacing::Even => steps()
            .filter(|&(lead, power)| (to - from) / round(lead, power) <= 20.0)
            .take(9)
            .map(|(lead, power)| {
                (0..)
                    .map(|place| round(lead * place, power))
                    .take_while(|&tick| tick <= to)
                    .filter(|&tick| tick >= from)
                    .collect()
            })
            .collect(),
    }
}

/// Steps of 1, 2 and 5 from small to large.
fn steps() -> impl Iterator<Item = (i64, i32)> {
    (-6..=6).flat_map(|power| [1, 2, 5].map(|lead| (lead, power)))
}

/// `lead` times ten to the `power`, as near as a float can be.
fn round(lead: i64, power: i32) -> f64 {
    let mut ten = 1.0;
    for _ in 0..power.unsigned_abs() {
        ten *= 10.0;
    }
    if power < 0 {
        lead as f64 / ten
    } else {
        lead as f64 * ten
    }
}

/// A round number to end an axis at that reaches `most`.
pub(super) fn top(quantity: Quantity, most: f64) -> f64 {
    if quantity == Quantity::Share || most <= 0.0 {
        return 1.0;
    }
    steps()
        .flat_map(|(lead, power)| (1..=5).map(move |count| (lead * count, power)))
        .map(|(lead, power)| round(lead, power))
        .filter(|&top| top >= most)
        .fold(f64::INFINITY, f64::min)
}

/// Numbers of 1, 2 or 5 to begin and end an axis of ratios at, so that all
/// from `least` to `most` lie between.
pub(super) fn decades(least: f64, most: f64) -> (f64, f64) {
    let rounds = || steps().map(|(lead, power)| round(lead, power));
    let low = rounds().filter(|&low| low <= least).fold(0.0, f64::max);
    let high = rounds().filter(|&high| high >= most);
    let high = high.fold(f64::INFINITY, f64::min);
    if low > 0.0 && high.is_finite() && low < high {
        (low, high)
    } else {
        (1.0, 10.0)
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let position = self.axis.position(*value).clamp(0.0, 1.0);
        from + (f64::from(to - from) * position).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Plotters asks twice, for faint lines too; there are none.
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.ticks.clone()
        }
    }

    fn range(&self) -> Range<f64> {
        self.axis.range.0..self.axis.range.1
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        words::number(self.axis.quantity, *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(quantity: Quantity, spacing: Spacing, range: (f64, f64)) -> Axis {
        Axis {
            label: String::new(),
            quantity,
            spacing,
            range,
        }
    }

    #[test]
    fn ticks_are_round_and_as_many_as_fit() {
        let ttl = axis(Quantity::Seconds, Spacing::Ratio, (0.5, 20.0));
        assert_eq!(
            Scale::along(&ttl, 250.0).ticks,
            [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]
        );
        assert_eq!(Scale::along(&ttl, 150.0).ticks, [1.0, 10.0]);
        let share = axis(Quantity::Share, Spacing::Even, (0.0, 1.0));
        assert_eq!(
            Scale::up(&share, 150.0).ticks,
            [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
        );
        assert_eq!(Scale::up(&share, 100.0).ticks, [0.0, 0.5, 1.0]);
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        for (most, end) in [
            (19.6, 20.0),
            (0.107, 0.15),
            (1.0, 1.0),
            (9.2, 10.0),
            (0.0, 1.0),
        ] {
            assert_eq!(top(Quantity::Seconds, most), end, "{most}");
        }
        assert_eq!(top(Quantity::Share, 0.3), 1.0);
    }
}
