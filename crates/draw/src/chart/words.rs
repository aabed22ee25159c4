//! A chart in words and as a table: what it says to someone who does not see
//! it, and its numbers as text.

use designs::design::Quantity;

use super::{Axis, ChartData, Mark, Series};

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
        Quantity::Seconds if value >= 9.995 => format!("{} s", decimal(value, 1)),
        Quantity::Seconds => format!("{} s", decimal(value, 2)),
        Quantity::Share => format!("{} %", decimal(value * 100.0, 1)),
        Quantity::Count => decimal(value, 1),
    }
}

/// A difference between two numbers.
fn difference(quantity: Quantity, value: f64) -> String {
    match quantity {
        Quantity::Seconds | Quantity::Count => number(quantity, value),
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

/// A point in one line, for pointers and for reading aloud.
pub(super) fn point(data: &ChartData, x: f64, y: f64) -> String {
    let mut words = format!(
        "{} {}, {}: {}",
        data.x.label,
        number(data.x.quantity, x),
        data.y.label,
        number(data.y.quantity, y),
    );
    if let Some(line) = data.first(Mark::Line)
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

/// What the chart says, in one to three sentences.
pub fn summary(data: &ChartData) -> String {
    let (x, y) = (&data.x, &data.y);
    let Some(series) = data.first(Mark::Dots).or(data.first(Mark::Line)) else {
        return format!("{}. No run has given a number yet.", data.title);
    };
    let (Some(first), Some(last)) = (series.numbers().next(), series.numbers().last()) else {
        return format!("{}. No run has given a number yet.", data.title);
    };
    let mut words = format!(
        "{}. {}: {} at {} {}, {} at {}.",
        data.title,
        capital(&y.label),
        number(y.quantity, first.1),
        x.label,
        number(x.quantity, first.0),
        number(y.quantity, last.1),
        number(x.quantity, last.0),
    );
    // The line is free of chance, and its numbers lie closer.
    let near = data.first(Mark::Line).unwrap_or(series);
    if let Some(here) = data.here
        && let Some(at_here) = between(near, x, here)
    {
        words += &format!(
            " At {}, where you are, about {}.",
            number(x.quantity, here),
            number(y.quantity, at_here)
        );
    }
    if let (Some(dots), Some(line)) = (data.first(Mark::Dots), data.first(Mark::Line)) {
        let gaps = dots
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
    words
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

/// The chart's numbers: a row for each x of its dots, or of its line where it
/// has no dots.
pub fn table(data: &ChartData) -> Table {
    let mut head = vec![data.x.label.clone()];
    head.extend(
        data.series
            .iter()
            .rev()
            .map(|series| format!("{} ({})", data.y.label, series.name)),
    );
    let along = data.first(Mark::Dots).or(data.first(Mark::Line));
    let rows = along
        .into_iter()
        .flat_map(|series| &series.values)
        .map(|&(x, _)| {
            let mut row = vec![number(data.x.quantity, x)];
            row.extend(data.series.iter().rev().map(|series| {
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
            (Quantity::Seconds, 0.001, "0 s"),
            (Quantity::Share, 0.486, "48.6 %"),
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
