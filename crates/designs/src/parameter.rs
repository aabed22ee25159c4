//! Parameters as data: what a slider, a code and a table need to know.

use alloc::format;
use alloc::string::{String, ToString};

use crate::matrix::Matrix;
use crate::scenario::Scenario;

/// One parameter of a design. Its value is a whole number; [`Unit`] says what
/// it counts.
#[derive(Debug)]
pub struct Parameter {
    /// Its name in codes.
    pub key: &'static str,
    /// Its name on the page.
    pub label: &'static str,
    /// Under which heading it stands.
    pub group: Group,
    /// What its value counts.
    pub unit: Unit,
    /// The least value.
    pub min: i64,
    /// The greatest value.
    pub max: i64,
    /// The finest step a slider takes.
    pub step: i64,
    /// Whether a slider spreads its range by ratio. A range that starts at
    /// zero then begins with one step.
    pub logarithmic: bool,
    /// The value where a code does not say.
    pub default: Default,
    /// For what goes wrong: the value at which nothing does.
    pub neutral: Option<i64>,
    /// One line on what moving it teaches.
    pub teaches: &'static str,
}

/// The headings under which parameters stand, in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Group {
    /// Leases and deadlines.
    Time,
    /// What goes wrong.
    Fault,
    /// Servers and the network between.
    Servers,
    /// What protects the resource.
    Protection,
    /// Who works, on what, how long.
    Workers,
    /// What decides edge cases.
    FinePrint,
}

impl Group {
    /// The heading's words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Time => "Time",
            Self::Fault => "What goes wrong",
            Self::Servers => "Servers and network",
            Self::Protection => "Protection",
            Self::Workers => "Work",
            Self::FinePrint => "Fine print",
        }
    }
}

/// What a parameter's value counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Unit {
    /// Microseconds, written with a unit.
    Duration,
    /// Microseconds, or −1, written `off`.
    OptionalDuration,
    /// Microseconds, or −1, written `auto`: the run draws or derives it.
    AutoDuration,
    /// Things.
    Count,
    /// Hundredths.
    Percent,
    /// 0 or 1, written `off` and `on`.
    Switch,
    /// The place in a list of words.
    Choice(&'static [Choice]),
    /// A list of microseconds, between each two of a few places. The range of
    /// the parameter is that of each entry; its single value means nothing,
    /// [`Scenario::list`] has the entries.
    Matrix(&'static Matrix),
}

/// One word that a parameter can be set to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Choice {
    /// As codes write it.
    pub word: &'static str,
    /// As the page says it.
    pub label: &'static str,
}

/// Where a default comes from.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// A value of its own.
    Is(i64),
    /// It depends on what else the scenario says.
    From(fn(&Scenario) -> i64),
}

/// Why a text is not a value of a parameter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Misfit {
    /// Nothing that the unit can mean.
    Unreadable,
    /// Readable, and past an end of the range: the nearest value.
    OutOfRange(i64),
}

impl Parameter {
    /// Reads a value.
    ///
    /// # Errors
    /// [`Misfit`] where the text is no value of this parameter.
    pub fn read(&self, text: &str) -> Result<i64, Misfit> {
        let value = match self.unit {
            Unit::Duration => read_duration(text),
            Unit::OptionalDuration if text == "off" => return Ok(-1),
            Unit::AutoDuration if text == "auto" => return Ok(-1),
            Unit::OptionalDuration | Unit::AutoDuration => read_duration(text),
            Unit::Count => text.parse().ok(),
            Unit::Percent => text.strip_suffix('%').unwrap_or(text).parse().ok(),
            Unit::Switch => match text {
                "on" => Some(1),
                "off" => Some(0),
                _ => None,
            },
            Unit::Choice(choices) => choices
                .iter()
                .position(|choice| choice.word == text)
                .and_then(|place| i64::try_from(place).ok()),
            // A list is no single value.
            Unit::Matrix(_) => None,
        };
        let value = value.ok_or(Misfit::Unreadable)?;
        let fit = value.clamp(self.min, self.max);
        if fit == value {
            Ok(value)
        } else {
            Err(Misfit::OutOfRange(fit))
        }
    }

    /// Writes a value as codes have it: the shortest text that
    /// [`Self::read`] takes back to the same value.
    pub fn write(&self, value: i64) -> String {
        match self.unit {
            Unit::OptionalDuration if value < 0 => "off".to_string(),
            Unit::AutoDuration if value < 0 => "auto".to_string(),
            Unit::Duration | Unit::OptionalDuration | Unit::AutoDuration => write_duration(value),
            Unit::Count | Unit::Percent => value.to_string(),
            Unit::Switch => if value == 0 { "off" } else { "on" }.to_string(),
            Unit::Choice(choices) => usize::try_from(value)
                .ok()
                .and_then(|place| choices.get(place))
                .map_or("", |choice| choice.word)
                .to_string(),
            Unit::Matrix(_) => String::new(),
        }
    }

    /// Writes a value as the page shows it.
    pub fn show(&self, value: i64) -> String {
        match self.unit {
            Unit::OptionalDuration if value < 0 => "off".to_string(),
            Unit::AutoDuration if value < 0 => "auto".to_string(),
            Unit::Duration | Unit::OptionalDuration | Unit::AutoDuration => {
                crate::words::span(sim::Span::from_us(value.unsigned_abs()))
            }
            Unit::Percent => format!("{value} %"),
            Unit::Choice(choices) => usize::try_from(value)
                .ok()
                .and_then(|place| choices.get(place))
                .map_or("", |choice| choice.label)
                .to_string(),
            Unit::Count | Unit::Switch | Unit::Matrix(_) => self.write(value),
        }
    }
}

/// A parameter on a scale of differences, without a neutral value: least,
/// greatest and step in what `unit` counts.
pub(crate) const fn plain(
    key: &'static str,
    label: &'static str,
    group: Group,
    unit: Unit,
    (min, max, step): (i64, i64, i64),
    default: i64,
    teaches: &'static str,
) -> Parameter {
    Parameter {
        key,
        label,
        group,
        unit,
        min,
        max,
        step,
        logarithmic: false,
        default: Default::Is(default),
        neutral: None,
        teaches,
    }
}

/// A length of time on a scale of ratios: least, greatest and step in µs.
pub(crate) const fn duration(
    key: &'static str,
    label: &'static str,
    group: Group,
    range: (i64, i64, i64),
    default: i64,
    teaches: &'static str,
) -> Parameter {
    Parameter {
        logarithmic: true,
        ..plain(key, label, group, Unit::Duration, range, default, teaches)
    }
}

/// A switch, off or on by default.
pub(crate) const fn switch(
    key: &'static str,
    label: &'static str,
    group: Group,
    on: bool,
    teaches: &'static str,
) -> Parameter {
    let range = (0, 1, 1);
    plain(key, label, group, Unit::Switch, range, on as i64, teaches)
}

/// A word to choose.
pub(crate) const fn choice(word: &'static str, label: &'static str) -> Choice {
    Choice { word, label }
}

/// A choice, the first by default.
pub(crate) const fn choose(
    key: &'static str,
    label: &'static str,
    group: Group,
    choices: &'static [Choice],
    teaches: &'static str,
) -> Parameter {
    let range = (0, choices.len() as i64 - 1, 1);
    plain(key, label, group, Unit::Choice(choices), range, 0, teaches)
}

/// Reads a span such as `5s`, `1.5s`, `250ms` or `40us` into microseconds;
/// negative where it starts with a minus sign. A bare `0` is zero.
pub fn read_duration(text: &str) -> Option<i64> {
    if text == "0" {
        return Some(0);
    }
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (number, unit) = if let Some(number) = text.strip_suffix("us") {
        (number, 1_i64)
    } else if let Some(number) = text.strip_suffix("ms") {
        (number, 1_000)
    } else if let Some(number) = text.strip_suffix('s') {
        (number, 1_000_000)
    } else if let Some(number) = text.strip_suffix("min") {
        (number, 60_000_000)
    } else {
        return None;
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 6 {
        return None;
    }
    let mut us = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    let mut place = unit;
    for digit in part.bytes() {
        if digit != b'0' && place % 10 != 0 {
            return None;
        }
        place /= 10;
        us = us.checked_add(i64::from(digit - b'0') * place)?;
    }
    Some(if negative { -us } else { us })
}

/// Writes microseconds in the largest unit that needs no more than three
/// decimals: `5s`, `4.4s`, `250ms`, `40us`.
pub fn write_duration(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "" };
    let size = us.unsigned_abs();
    let (unit, name) = if size >= 1_000_000 && size.is_multiple_of(1_000) {
        (1_000_000, "s")
    } else if size >= 1_000 || size == 0 {
        (1_000, "ms")
    } else {
        (1, "us")
    };
    let (whole, rest) = (size / unit, size % unit);
    if rest == 0 {
        return format!("{sign}{whole}{name}");
    }
    let width = if unit == 1_000_000 { 6 } else { 3 };
    let part = format!("{rest:0width$}");
    format!("{sign}{whole}.{}{name}", part.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_write_in_the_same_words() {
        for (text, us) in [
            ("5s", 5_000_000),
            ("4.4s", 4_400_000),
            ("250ms", 250_000),
            ("1.5ms", 1_500),
            ("40us", 40),
            ("0ms", 0),
            ("-5s", -5_000_000),
            ("1000.001ms", 1_000_001),
        ] {
            assert_eq!(read_duration(text), Some(us), "{text}");
            assert_eq!(write_duration(us), text);
        }
        for text in [
            "",
            "s",
            "5",
            "1.2.3s",
            "5 s",
            "0.5us",
            "99999999999999999s",
            "1e3s",
            "٣s",
        ] {
            assert_eq!(read_duration(text), None, "{text}");
        }
    }
}
