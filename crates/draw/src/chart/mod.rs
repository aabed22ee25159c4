//! Charts: what was simulated as dots, what a formula says as a line, and a
//! mark at the scenario that is looked at.
//!
//! Plotters lays out the axes and the curves, and paints through a backend of
//! our own that emits the same shapes as every other picture.
//! Words stand beside what they name; there is no legend.

mod backend;
mod label;
mod plot;
mod scale;
mod words;

use designs::Scenario;
use designs::design::{self, Chart, Measure, Quantity, Spacing};

use crate::ink::Ink;

pub use plot::draw;
pub use words::{Table, summary, table};

/// What a chart shows.
#[derive(Clone, PartialEq, Debug)]
pub struct ChartData {
    /// Its heading.
    pub title: String,
    /// Under which conditions, in a sentence.
    pub setting: String,
    /// The parameter that moves.
    pub x: Axis,
    /// What is measured.
    pub y: Axis,
    /// Painted in order.
    pub series: Vec<Series>,
    /// Where the scenario that is looked at stands on `x`.
    pub here: Option<f64>,
}

/// An axis and its range.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// What lies along it.
    pub label: String,
    /// What its numbers count.
    pub quantity: Quantity,
    /// How they are spread.
    pub spacing: Spacing,
    /// Its first and last number.
    pub range: (f64, f64),
}

/// Numbers that belong together.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// What they are, in a few words.
    pub name: String,
    /// How they are painted.
    pub mark: Mark,
    /// In which colour.
    pub ink: Ink,
    /// By rising x; `None` where there is no number.
    pub values: Vec<(f64, Option<f64>)>,
}

/// How a series is painted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// A disc for each number. Its [`About`](crate::shape::About) has the
    /// number's place in the series.
    Dots,
    /// A line through the numbers, broken where there is none.
    Line,
}

impl Mark {
    /// What a reader calls it.
    const fn word(self) -> &'static str {
        match self {
            Self::Dots => "dots",
            Self::Line => "line",
        }
    }
}

/// How many numbers of a closed form lie between two dots: enough for its
/// corners to be where they are.
const BETWEEN_DOTS: u32 = 4;

impl ChartData {
    /// A design's chart as seen from `scenario`: `simulated` has each point's
    /// x and y after `seeds` runs a point.
    pub fn of(
        chart: &Chart,
        scenario: &Scenario,
        simulated: impl IntoIterator<Item = (f64, Option<f64>)>,
        seeds: u64,
    ) -> Self {
        let predicted = chart.curve(scenario, BETWEEN_DOTS);
        let ends = (chart.values.from, chart.values.to);
        let here = scenario.get(chart.parameter);
        let mut series = vec![
            Series {
                name: "closed form".into(),
                mark: Mark::Line,
                ink: Ink::Muted,
                values: predicted,
            },
            Series {
                name: format!("simulated, {} seeds each", words::grouped(seeds)),
                mark: Mark::Dots,
                ink: match chart.measure {
                    Measure::Broken => Ink::Broken,
                    Measure::Mean(_) => Ink::Text,
                },
                values: simulated.into_iter().collect(),
            },
        ];
        series.retain(|series| series.numbers().next().is_some());
        let most = series
            .iter()
            .flat_map(Series::numbers)
            .map(|(_, y)| y)
            .fold(0.0, f64::max);
        Self {
            title: chart.title.into(),
            setting: (chart.setting)(scenario),
            x: Axis::of(
                chart.x,
                (chart.x.quantity.of(ends.0), chart.x.quantity.of(ends.1)),
            ),
            y: Axis::of(chart.y, (0.0, scale::top(chart.y.quantity, most))),
            series,
            here: (ends.0..=ends.1)
                .contains(&here)
                .then(|| chart.x.quantity.of(here)),
        }
    }

    /// Its first series that is painted so.
    fn first(&self, mark: Mark) -> Option<&Series> {
        self.series.iter().find(|series| series.mark == mark)
    }
}

impl Axis {
    fn of(axis: design::Axis, range: (f64, f64)) -> Self {
        Self {
            label: axis.label.into(),
            quantity: axis.quantity,
            spacing: axis.spacing,
            range,
        }
    }

    /// Where `number` lies from one end (0) to the other (1).
    fn position(&self, number: f64) -> f64 {
        self.spacing.position(number, self.range)
    }
}

impl Series {
    /// The numbers that there are.
    fn numbers(&self) -> impl Iterator<Item = (f64, f64)> {
        self.values.iter().filter_map(|&(x, y)| Some((x, y?)))
    }

    /// The number at `x` where the series has it.
    fn at(&self, x: f64) -> Option<f64> {
        self.values.iter().find(|value| value.0 == x)?.1
    }

    /// What stands beside it on the picture.
    fn label(&self) -> String {
        format!("{}: {}", self.mark.word(), self.name)
    }
}
