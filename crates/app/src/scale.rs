//! Where a parameter's value stands on its slider, and where a key takes it.
//!
//! A slider has whole positions from 0. A linear one steps by a round number;
//! a logarithmic one spreads ratios evenly and rests on round values, so that
//! a drag ends at 5 s and not at 4.973 s. Finer values can be typed.

use designs::matrix::Matrix;
use designs::parameter::{Misfit, Parameter, Unit, read_duration};

/// Positions of a logarithmic slider.
const LOG_POSITIONS: i64 = 1_000;
/// A linear slider has about so many positions at most.
const LINEAR_POSITIONS: i64 = 200;

/// How far a key takes a slider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stride {
    /// The parameter's finest step.
    Fine,
    /// One round step.
    Plain,
    /// About a tenth of the range, or one leading digit.
    Coarse,
}

/// The last position; the first is 0.
pub fn last(parameter: &Parameter) -> i64 {
    if parameter.logarithmic {
        return LOG_POSITIONS;
    }
    let stride = stride(parameter);
    let span = parameter.max - base(parameter);
    off_positions(parameter) + span / stride + i64::from(span % stride != 0)
}

/// The position nearest to `value`.
pub fn position(parameter: &Parameter, value: i64) -> i64 {
    let off = off_positions(parameter);
    if value < base(parameter) {
        return 0;
    }
    if !parameter.logarithmic {
        let stride = stride(parameter);
        if value == parameter.max {
            return last(parameter);
        }
        return off + (value - base(parameter) + stride / 2) / stride;
    }
    let (zero, low) = log_start(parameter);
    if value < low {
        return 0;
    }
    let ratio = (value as f64 / low as f64).ln() / (parameter.max as f64 / low as f64).ln();
    let nearest = zero + (ratio * (LOG_POSITIONS - zero) as f64).round() as i64;
    // Positions rest on round values, so that a neighbour's may be the one.
    [nearest, nearest - 1, nearest + 1]
        .into_iter()
        .find(|&place| {
            (zero..=LOG_POSITIONS).contains(&place) && self::value(parameter, place) == value
        })
        .unwrap_or(nearest)
}

/// The value at `position`.
pub fn value(parameter: &Parameter, position: i64) -> i64 {
    let off = off_positions(parameter);
    if position < off {
        return parameter.min;
    }
    if !parameter.logarithmic {
        let value = base(parameter) + (position - off) * stride(parameter);
        return value.clamp(parameter.min, parameter.max);
    }
    let (zero, low) = log_start(parameter);
    if position < zero {
        return parameter.min;
    }
    let ratio = (position - zero) as f64 / (LOG_POSITIONS - zero) as f64;
    let exact = low as f64 * (parameter.max as f64 / low as f64).powf(ratio);
    let exact = exact.round() as i64;
    let grid = digit(exact, 10).max(parameter.step);
    ((exact + grid / 2) / grid * grid).clamp(parameter.min, parameter.max)
}

/// The value one stride above or below `from`.
pub fn stepped(parameter: &Parameter, from: i64, stride: Stride, up: bool) -> i64 {
    let first = base(parameter);
    if from < first {
        return if up { first } else { from };
    }
    if from == first && !up {
        return parameter.min;
    }
    // Downwards the grid of what lies below counts: 10 s goes to 9.9 s.
    let near = if up { from } else { from - 1 };
    let grid = match (stride, parameter.logarithmic) {
        (Stride::Fine, _) => parameter.step,
        (Stride::Plain, true) => digit(near, 10).max(parameter.step),
        (Stride::Coarse, true) => digit(near, 1).max(parameter.step),
        (Stride::Plain, false) => self::stride(parameter),
        (Stride::Coarse, false) => round_step(parameter, 10),
    };
    let next = if up {
        (from.div_euclid(grid) + 1) * grid
    } else {
        near.div_euclid(grid) * grid
    };
    next.clamp(first, parameter.max)
}

/// Reads what a person typed for a value. Spaces are left out, a comma is a
/// decimal point, and a number without a unit has that of the value shown.
///
/// # Errors
/// What is wrong with it, in words.
pub fn typed(parameter: &Parameter, text: &str, current: i64) -> Result<i64, String> {
    let mut plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == ',' { '.' } else { c })
        .collect::<String>()
        .to_ascii_lowercase()
        .replace('µ', "u");
    let is_time = matches!(
        parameter.unit,
        Unit::Duration | Unit::OptionalDuration | Unit::AutoDuration
    );
    if is_time && plain.ends_with(|c: char| c.is_ascii_digit()) {
        let shown = parameter.write(current.max(0));
        plain.push_str(shown.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'));
    }
    match parameter.read(&plain) {
        Ok(value) => Ok(value),
        Err(Misfit::OutOfRange(_)) => Err(format!(
            "from {} to {}",
            parameter.show(parameter.min),
            parameter.show(parameter.max)
        )),
        Err(Misfit::Unreadable) => Err(match parameter.unit {
            Unit::Duration => "a length of time, such as 5 s or 250 ms".into(),
            Unit::OptionalDuration => "a length of time, such as 5 s, or off".into(),
            Unit::AutoDuration => "a length of time, such as 5 s, or auto".into(),
            Unit::Percent => "a whole number of hundredths".into(),
            _ => "a whole number".into(),
        }),
    }
}

/// Reads what a person typed for an entry of a list of times, ms.
///
/// # Errors
/// What is wrong with it, in words.
pub fn typed_ms(parameter: &Parameter, text: &str) -> Result<i64, String> {
    let number = text.trim().replace(',', ".");
    let value = read_duration(&format!("{number}ms"))
        .ok_or("a number of milliseconds, such as 35 or 0.5")?;
    if (parameter.min..=parameter.max).contains(&value) {
        return Ok(value);
    }
    let written = |us: i64| Matrix::write(&[us]);
    let (min, max) = (written(parameter.min), written(parameter.max));
    Err(format!("from {min} to {max} ms"))
}

/// A switched-off value has a position of its own before all others.
const fn off_positions(parameter: &Parameter) -> i64 {
    match parameter.unit {
        Unit::OptionalDuration | Unit::AutoDuration => 1,
        _ => 0,
    }
}

/// The least value that is on.
const fn base(parameter: &Parameter) -> i64 {
    match parameter.unit {
        Unit::OptionalDuration | Unit::AutoDuration => 0,
        _ => parameter.min,
    }
}

/// The first position that is not zero, and its value.
const fn log_start(parameter: &Parameter) -> (i64, i64) {
    if parameter.min > 0 {
        (0, parameter.min)
    } else {
        (1, parameter.step)
    }
}

/// The step of a linear slider.
fn stride(parameter: &Parameter) -> i64 {
    round_step(parameter, LINEAR_POSITIONS)
}

/// The least of 1, 2, 5, 10… steps that splits the range into at most `parts`.
fn round_step(parameter: &Parameter, parts: i64) -> i64 {
    let span = parameter.max - base(parameter);
    let mut unit = parameter.step;
    loop {
        for factor in [1, 2, 5] {
            if span <= unit * factor * parts {
                return unit * factor;
            }
        }
        unit *= 10;
    }
}

/// The place value of the leading digit, divided by `by`; at least 1.
fn digit(value: i64, by: i64) -> i64 {
    let mut place = 1;
    while value / place >= 10 {
        place *= 10;
    }
    (place / by).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use designs::registry::DESIGNS;

    fn parameters() -> impl Iterator<Item = &'static Parameter> {
        DESIGNS.iter().flat_map(|design| design.parameters())
    }

    fn ttl() -> &'static Parameter {
        parameters().find(|it| it.key == "ttl").expect("a TTL")
    }

    #[test]
    fn the_ends_of_a_slider_are_the_ends_of_the_range() {
        for parameter in parameters() {
            assert_eq!(value(parameter, 0), parameter.min, "{}", parameter.key);
            assert_eq!(
                value(parameter, last(parameter)),
                parameter.max,
                "{}",
                parameter.key
            );
            assert_eq!(position(parameter, parameter.min), 0, "{}", parameter.key);
            assert_eq!(
                position(parameter, parameter.max),
                last(parameter),
                "{}",
                parameter.key
            );
        }
    }

    #[test]
    fn values_never_fall_along_a_slider_and_come_back_to_their_place() {
        for parameter in parameters() {
            let mut before = i64::MIN;
            for place in 0..=last(parameter) {
                let here = value(parameter, place);
                assert!(here >= before, "{} at {place}", parameter.key);
                before = here;
                assert_eq!(
                    value(parameter, position(parameter, here)),
                    here,
                    "{} at {place}",
                    parameter.key
                );
            }
        }
    }

    #[test]
    fn logarithmic_sliders_rest_on_round_values() {
        for place in 0..=LOG_POSITIONS {
            let text = ttl().write(value(ttl(), place));
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            assert!(digits <= 3, "{text}");
        }
    }

    #[test]
    fn keys_walk_the_whole_range_both_ways() {
        for parameter in parameters() {
            for stride in [Stride::Plain, Stride::Coarse] {
                for up in [true, false] {
                    let (mut at, goal) = if up {
                        (parameter.min, parameter.max)
                    } else {
                        (parameter.max, parameter.min)
                    };
                    let mut steps = 0;
                    while at != goal {
                        let next = stepped(parameter, at, stride, up);
                        assert!((next > at) == up && next != at, "{} at {at}", parameter.key);
                        at = next;
                        steps += 1;
                    }
                    assert!(steps <= 500, "{}: {steps}", parameter.key);
                }
            }
        }
        let s = 1_000_000;
        assert_eq!(stepped(ttl(), 5 * s, Stride::Plain, true), 5_100_000);
        assert_eq!(stepped(ttl(), 10 * s, Stride::Plain, false), 9_900_000);
        assert_eq!(stepped(ttl(), 10 * s, Stride::Coarse, true), 20 * s);
        assert_eq!(stepped(ttl(), 5 * s, Stride::Fine, true), 5_010_000);
    }

    #[test]
    fn people_may_type_spaces_commas_and_no_unit() {
        let current = 5_000_000;
        for (text, value) in [("7 s", 7_000_000), ("7,5", 7_500_000), ("900ms", 900_000)] {
            assert_eq!(typed(ttl(), text, current), Ok(value), "{text}");
        }
        assert!(typed(ttl(), "2 h", current).is_err());
        assert_eq!(
            typed(ttl(), "9000", current),
            Err("from 500 ms to 60 s".into())
        );
    }
}
