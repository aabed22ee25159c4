//! A chart in words and as a table: what it says to someone who does not see
//! it, and its numbers as text.

use designs::design::Quantity;

use super::{Axis, ChartData, Series};

/// A chart's numbers as text, the first column along x.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Table {
    /// What each column holds.
    pub head: Vec<String>,
    /// From top to bottom, each as long as the head.
    pub rows: Vec<Vec<String>>,
}

/// A number with its unit and no more digits than matter.
pub(super) fn number(quantity: Quantity, value: f64) -> String {
    match quantity {
        Quantity::Seconds if value != 0.0 && value.abs() < 0.099_95 => {
            format!("{} ms", decimal(value * 1e3, 1))
        }
        Quantity::Seconds if value >= 9.995 => format!("{} s", decimal(value, 1)),
        Quantity::Seconds => format!("{} s", decimal(value, 2)),
        Quantity::Share => format!("{} %", decimal(value * 100.0, 1)),
        Quantity::Count if value >= 99.95 => grouped(value.round() as u64),
        Quantity::Count => decimal(value, 1),
        Quantity::PerSecond => format!("{} /s", number(Quantity::Count, value)),
    }
}

/// A difference between two numbers.
fn difference(quantity: Quantity, value: f64) -> String {
    match quantity {
        Quantity::Seconds | Quantity::Count | Quantity::PerSecond => number(quantity, value),
        Quantity::Share => format!("{} points", decimal(value * 100.0, 1)),
    }
}

/// At most so many decimals, and none that are zero.
fn decimal(value: f64, places: u32) -> String {
    let unit = 10_i64.pow(places);
    let scaled = (value * unit as f64).round() as i64;
    let (sign, scaled) = (if scaled < 0 { "−" } else { "" }, scaled.unsigned_abs());
    let (whole, part) = (scaled / unit.unsigned_abs(), scaled % unit.unsigned_abs());
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let part = format!("{part:0width$}", width = places as usize);
    format!("{sign}{whole}.{}", part.trim_end_matches('0'))
}

/// A count with its thousands apart.
pub(super) fn grouped(count: u64) -> String {
    if count < 1_000 {
        format!("{count}")
    } else {
        format!("{},{:03}", grouped(count / 1_000), count % 1_000)
    }
}

/// A point of `series` in one line, for pointers and for reading aloud.
pub(super) fn point(data: &ChartData, series: &Series, x: f64, y: f64) -> String {
    let of = if series.of.is_empty() {
        String::new()
    } else {
        format!(", {}", series.of)
    };
    let mut words = format!(
        "{} {}, {}{of}: {}",
        data.x.label,
        number(data.x.quantity, x),
        data.y.label,
        number(data.y.quantity, y),
    );
    if let Some(line) = data.line_of(series)
        && let Some(predicted) = line.at(x)
    {
        let predicted = number(data.y.quantity, predicted);
        words += &format!("; {}: {predicted}", line.name);
    }
    words
}

fn capital(words: &str) -> String {
    // ASCII alone: the tables for other letters would weigh on the page.
    let mut words = words.to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// What the chart says: one to three sentences for each of its curves.
pub fn summary(data: &ChartData) -> String {
    let shown = data.shown();
    let told: Vec<String> = shown
        .into_iter()
        .filter_map(|series| curve(data, series))
        .collect();
    if told.is_empty() {
        return format!("{}. No run has given a number yet.", data.title);
    }
    format!("{}. {}", data.title, told.join(" "))
}

fn curve(data: &ChartData, series: &Series) -> Option<String> {
    let (x, y) = (&data.x, &data.y);
    let (first, last) = (series.numbers().next()?, series.numbers().last()?);
    let of = if series.of.is_empty() {
        String::new()
    } else {
        format!(", {}", series.of)
    };
    let mut words = format!(
        "{}{of}: {} at {} {}, {} at {}.",
        capital(&y.label),
        number(y.quantity, first.1),
        x.label,
        number(x.quantity, first.0),
        number(y.quantity, last.1),
        number(x.quantity, last.0),
    );
    words += &turn(data, series, first.1, last.1);
    // The line is free of chance, and its numbers lie closer.
    let line = data.line_of(series);
    if let Some(here) = data.here {
        let at_here = line
            .and_then(|line| between(line, x, here))
            .or_else(|| between(series, x, here));
        if let Some(at_here) = at_here {
            words += &format!(
                " At {}, where you are, about {}.",
                number(x.quantity, here),
                number(y.quantity, at_here)
            );
        }
    }
    if let Some(line) = line.filter(|_| !series.mark.is_line()) {
        let gaps = series
            .numbers()
            .filter_map(|(x, y)| Some((y - line.at(x)?).abs()));
        if let Some(worst) = gaps.reduce(f64::max) {
            words += &format!(
                " Simulation and {} differ by at most {}.",
                line.name,
                difference(y.quantity, worst)
            );
        }
    }
    Some(words)
}

/// Where a curve is well above or below both its ends: chance alone moves a
/// share of some hundred runs by a few hundredths.
fn turn(data: &ChartData, series: &Series, first: f64, last: f64) -> String {
    const WELL: f64 = 0.05;
    let height = |value: f64| data.y.position(value);
    let ends = (height(first.min(last)), height(first.max(last)));
    let told = |what: &str, (x, value): (f64, f64)| {
        format!(
            " The {what} is {} at {}.",
            number(data.y.quantity, value),
            number(data.x.quantity, x)
        )
    };
    let by_height = |a: &(f64, f64), b: &(f64, f64)| a.1.total_cmp(&b.1);
    let most = series.numbers().max_by(by_height);
    let least = series.numbers().min_by(by_height);
    let peak = most.filter(|most| height(most.1) > ends.1 + WELL);
    let trough = least.filter(|least| height(least.1) < ends.0 - WELL);
    let peak = peak.map(|peak| told("most", peak));
    let trough = trough.map(|trough| told("least", trough));
    [peak, trough].into_iter().flatten().collect()
}

/// The number at `x`, on a straight line between the two beside it.
fn between(series: &Series, axis: &Axis, x: f64) -> Option<f64> {
    let numbers: Vec<(f64, f64)> = series.numbers().collect();
    numbers.windows(2).find_map(|pair| {
        let [(x0, y0), (x1, y1)] = pair else {
            return None;
        };
        (*x0..=*x1).contains(&x).then(|| {
            let (from, to) = (axis.position(*x0), axis.position(*x1));
            y0 + (y1 - y0) * (axis.position(x) - from) / (to - from)
        })
    })
}

/// The chart's numbers: a row for each x of its marks, or of its lines where
/// it has no marks; a curve's simulated and predicted numbers side by side.
pub fn table(data: &ChartData) -> Table {
    let shown = data.shown();
    let columns: Vec<&Series> = shown
        .iter()
        .flat_map(|&series| {
            let line = data.line_of(series).filter(|_| !series.mark.is_line());
            [Some(series), line]
        })
        .flatten()
        .collect();
    let mut head = vec![data.x.label.clone()];
    head.extend(
        columns
            .iter()
            .map(|series| format!("{} ({})", data.y.label, series.full_name())),
    );
    let along = shown.first().map_or(&[][..], |series| &series.values);
    let rows = along
        .iter()
        .map(|&(x, _)| {
            let mut row = vec![number(data.x.quantity, x)];
            row.extend(columns.iter().map(|series| {
                series
                    .at(x)
                    .map_or_else(|| "–".into(), |y| number(data.y.quantity, y))
            }));
            row
        })
        .collect();
    Table { head, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_more_digits_than_matter() {
        for (quantity, value, text) in [
            (Quantity::Seconds, 0.5, "0.5 s"),
            (Quantity::Seconds, 4.946, "4.95 s"),
            (Quantity::Seconds, 9.999, "10 s"),
            (Quantity::Seconds, 19.61, "19.6 s"),
            (Quantity::Seconds, 0.001, "1 ms"),
            (Quantity::Seconds, 0.0, "0 s"),
            (Quantity::Seconds, -0.099_9, "−99.9 ms"),
            (Quantity::Seconds, 0.099_96, "0.1 s"),
            (Quantity::Share, 0.486, "48.6 %"),
            (Quantity::Count, 13.94, "13.9"),
            (Quantity::Count, 24_932.0, "24,932"),
            (Quantity::PerSecond, 487.8, "488 /s"),
            (Quantity::Share, 1.0, "100 %"),
            (Quantity::Count, 297.04, "297"),
        ] {
            assert_eq!(number(quantity, value), text);
        }
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(10_000), "10,000");
        assert_eq!(grouped(1_002_003), "1,002,003");
    }
}
