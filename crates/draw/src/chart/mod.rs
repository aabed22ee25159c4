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
use designs::design::{self, Chart, Curve, Measure, Quantity, Spacing};

use crate::ink::Ink;
use crate::shape::Dash;

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
    /// Which of the chart's curves they are of; empty where there is one.
    pub of: String,
    /// What they are, in a few words.
    pub name: String,
    /// How they are painted.
    pub mark: Mark,
    /// In which colour.
    pub ink: Ink,
    /// By rising x; `None` where there is no number.
    pub values: Vec<(f64, Option<f64>)>,
}

/// How a series is painted. No two curves are told apart by colour alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// A mark of a form for each number. Its
    /// [`About`](crate::shape::About) counts the marks of all series through,
    /// those without a number too.
    Dots(Form),
    /// A line through the numbers, broken where there is none.
    Line(Dash),
}

/// The form of a mark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Round.
    Disc,
    /// Square.
    Square,
    /// Three-cornered.
    Triangle,
    /// A square on its corner.
    Diamond,
    /// Three-cornered, upside down.
    Turned,
    /// Crossed strokes.
    Plus,
}

impl Mark {
    /// What a reader calls it beside others of its kind.
    const fn word(self) -> &'static str {
        match self {
            Self::Dots(Form::Disc) => "discs",
            Self::Dots(Form::Square) => "squares",
            Self::Dots(Form::Triangle) => "triangles",
            Self::Dots(Form::Diamond) => "diamonds",
            Self::Dots(Form::Turned) => "turned triangles",
            Self::Dots(Form::Plus) => "pluses",
            Self::Line(Dash::Solid) => "line",
            Self::Line(Dash::Dashed) => "dashed line",
            Self::Line(Dash::Dotted) => "dotted line",
            Self::Line(Dash::Long) => "line of long strokes",
            Self::Line(Dash::DashDot) => "line of strokes and dots",
            Self::Line(Dash::Pairs) => "line of paired dots",
        }
    }

    const fn is_line(self) -> bool {
        matches!(self, Self::Line(_))
    }
}

/// How the curves of a chart are painted, in order: as many as a chart may
/// have.
const LOOKS: [(Form, Dash); 6] = [
    (Form::Disc, Dash::Solid),
    (Form::Square, Dash::Dashed),
    (Form::Triangle, Dash::Dotted),
    (Form::Diamond, Dash::Long),
    (Form::Turned, Dash::DashDot),
    (Form::Plus, Dash::Pairs),
];

/// How many numbers of a closed form lie between two dots: enough for its
/// corners to be where they are.
const BETWEEN_DOTS: u32 = 4;

impl ChartData {
    /// A design's chart as seen from `scenario`: `simulated` has each point's
    /// x and y after `seeds` runs a point, curve by curve.
    pub fn of(
        chart: &Chart,
        scenario: &Scenario,
        simulated: impl IntoIterator<Item = (f64, Option<f64>)>,
        seeds: u64,
    ) -> Self {
        let ends = (chart.values.from, chart.values.to);
        let here = scenario.get(chart.parameter);
        let simulated_name = format!("simulated, {} seeds each", words::grouped(seeds));
        let mut simulated = simulated.into_iter();
        let count = chart.values().count();
        // An axis of ratios has no place for what is not above zero.
        let placed = |value: Option<f64>| {
            value.filter(|value| chart.y.spacing == Spacing::Even || *value > 0.0)
        };
        let is_alone = chart.curves.len() == 1;
        let looks = || (0..).zip(chart.curves).zip(LOOKS.iter().cycle());
        let lines = looks().map(|((place, curve), &(_, dash))| Series {
            of: curve.name.into(),
            name: "closed form".into(),
            mark: Mark::Line(dash),
            ink: if is_alone {
                Ink::Muted
            } else {
                ink(curve, place)
            },
            values: chart
                .predicted(curve, scenario, BETWEEN_DOTS)
                .into_iter()
                .map(|(x, y)| (x, placed(y)))
                .collect(),
        });
        let dots = looks().map(|((place, curve), &(form, _))| Series {
            of: curve.name.into(),
            name: simulated_name.clone(),
            mark: Mark::Dots(form),
            ink: if is_alone && !matches!(curve.measure, Measure::Broken) {
                Ink::Text
            } else {
                ink(curve, place)
            },
            values: simulated
                .by_ref()
                .take(count)
                .map(|(x, y)| (x, placed(y)))
                .collect(),
        });
        let mut series: Vec<Series> = lines.collect();
        series.extend(dots);
        let mut setting = (chart.setting)(scenario);
        if chart.curves.len() > 1 {
            setting += &format!(" Marks: {simulated_name}. Lines: closed form.");
        }
        // Marks are counted through, and stay even where they have no number.
        series.retain(|series| !series.mark.is_line() || series.numbers().next().is_some());
        if series
            .iter()
            .all(|series| series.numbers().next().is_none())
        {
            series.clear();
        }
        let numbers = || series.iter().flat_map(Series::numbers).map(|(_, y)| y);
        let most = numbers().fold(0.0, f64::max);
        let range = match chart.y.spacing {
            Spacing::Even => (0.0, scale::top(chart.y.quantity, most)),
            Spacing::Ratio => scale::decades(numbers().fold(f64::INFINITY, f64::min), most),
        };
        Self {
            title: chart.title.into(),
            setting,
            x: Axis::of(
                chart.x,
                (chart.x.quantity.of(ends.0), chart.x.quantity.of(ends.1)),
            ),
            y: Axis::of(chart.y, range),
            series,
            here: (ends.0..=ends.1)
                .contains(&here)
                .then(|| chart.x.quantity.of(here)),
        }
    }

    /// The series of marks, which are what was measured.
    fn dots(&self) -> impl Iterator<Item = &Series> {
        self.series.iter().filter(|series| !series.mark.is_line())
    }

    /// The line that belongs to a series.
    fn line_of(&self, series: &Series) -> Option<&Series> {
        let mut lines = self.series.iter().filter(|series| series.mark.is_line());
        lines.find(|line| line.of == series.of)
    }

    /// What was measured, or where nothing was, what is predicted.
    fn shown(&self) -> Vec<&Series> {
        let measured = |series: &&Series| series.numbers().next().is_some();
        let dots: Vec<&Series> = self.dots().filter(measured).collect();
        if dots.is_empty() {
            self.series.iter().filter(measured).collect()
        } else {
            dots
        }
    }
}

/// The colour of one of several curves; it is never what tells them apart.
fn ink(curve: &Curve, place: u8) -> Ink {
    match curve.measure {
        Measure::Broken => Ink::Broken,
        Measure::Share(_) | Measure::Mean(_) => Ink::Actor(place),
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
        match (self.of.as_str(), self.mark) {
            ("", Mark::Dots(_)) => format!("dots: {}", self.name),
            ("", mark) => format!("{}: {}", mark.word(), self.name),
            (of, mark) => format!("{}: {of}", mark.word()),
        }
    }

    /// Its name beside the other series.
    fn full_name(&self) -> String {
        if self.of.is_empty() {
            self.name.clone()
        } else {
            format!("{}, {}", self.of, self.name)
        }
    }
}
