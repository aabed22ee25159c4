//! What a design is to the rest of Fencepost.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use sim::{Recording, Simulation, Span, Trace};

use crate::claim::Claim;
use crate::laws::Law;
use crate::parameter::Parameter;
use crate::past::PastDefault;
use crate::run::Run;
use crate::scenario::Scenario;

/// A coordination design: data about it, and one function that simulates it.
pub trait Design: Sync {
    /// Its name in codes.
    fn key(&self) -> &'static str;
    /// Its name on the page.
    fn title(&self) -> &'static str;
    /// One line for the gallery: what breaks.
    fn summary(&self) -> &'static str;
    /// Question, answer and what really happens, in the form that
    /// [`crate::lesson`] reads.
    fn lesson(&self) -> &'static str;
    /// Its parameters, in canonical order.
    fn parameters(&self) -> &'static [Parameter];
    /// Defaults that its parameters had in past revisions of the model.
    fn past_defaults(&self) -> &'static [PastDefault] {
        &[]
    }
    /// Who takes part in `scenario`, in order of causality: who acts, who
    /// grants, what is protected. A lane's place is its node's number.
    fn lanes(&self, scenario: &Scenario) -> Vec<Lane>;
    /// The names of its fault anchors, by number.
    fn anchors(&self) -> &'static [Name];
    /// The names of its messages, by kind.
    fn messages(&self) -> &'static [Name];
    /// The names of its actors' steps, by kind.
    fn steps(&self) -> &'static [Name];
    /// The world of `scenario`, at its start.
    fn world(&self, scenario: &Scenario, recording: Recording) -> Box<dyn Simulation>;
    /// Runs `scenario` to its end.
    fn simulate(&self, scenario: &Scenario, recording: Recording) -> Trace {
        self.world(scenario, recording).finish()
    }
    /// The laws that its runs are judged by, in the order they are shown.
    fn laws(&self) -> &'static [Law];
    /// The sentences of its lesson, each with a check.
    fn claims(&self) -> &'static [Claim];
    /// Scenarios worth a name, the lesson's own first.
    fn scenarios(&self) -> &'static [Named];
    /// "The same, but…": what a learner would change next.
    fn variations(&self, scenario: &Scenario) -> Vec<Variation>;
    /// What happened in `run`, in plain words and in order.
    fn story(&self, run: &Run) -> Vec<Sentence>;
    /// Its curves, in the order of the lesson.
    fn charts(&self) -> &'static [Chart];
}

/// A name in codes and in words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name {
    /// In codes.
    pub key: &'static str,
    /// In words.
    pub label: &'static str,
}

/// A name in a table.
pub(crate) const fn name(key: &'static str, label: &'static str) -> Name {
    Name { key, label }
}

/// Someone who takes part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lane {
    /// Its name in codes, traces and stories.
    pub key: String,
    /// Its name in the picture.
    pub label: String,
    /// A few words beneath it.
    pub note: String,
    /// What it is there for.
    pub role: Role,
}

/// What a lane is there for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// It wants the lock.
    Client,
    /// It grants the lock, or votes on it.
    Grantor,
    /// It issues numbers or other services on the side.
    Service,
    /// It is what the lock protects.
    Resource,
}

/// A scenario with a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named {
    /// What it is called.
    pub title: &'static str,
    /// What to look at in it.
    pub shows: &'static str,
    /// Its code.
    pub code: &'static str,
}

/// A scenario that differs in one thing.
#[derive(Clone, Debug)]
pub struct Variation {
    /// What differs, after "The same, but…".
    pub label: &'static str,
    /// The scenario.
    pub scenario: Scenario,
}

/// One sentence of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// The record that it tells of.
    pub record: u32,
    /// What happened.
    pub text: String,
    /// Whether a law is broken here.
    pub breach: bool,
}

/// A chart of a design: what is measured in many runs while one parameter
/// moves, beside what closed forms predict.
#[derive(Debug)]
pub struct Chart {
    /// Its name in links and files.
    pub key: &'static str,
    /// What it shows, as a heading.
    pub title: &'static str,
    /// What [`Self::base`] changes in a scenario, in a sentence.
    pub setting: fn(&Scenario) -> String,
    /// The scenario that is charted, from the one that is looked at.
    pub base: fn(&Scenario) -> Scenario,
    /// The parameter that moves, by its key.
    pub parameter: &'static str,
    /// The values that it takes.
    pub values: Values,
    /// The parameter's axis.
    pub x: Axis,
    /// The measure's axis.
    pub y: Axis,
    /// What is measured, one curve each; at least one.
    pub curves: &'static [Curve],
}

/// What a chart measures, and what is predicted of it.
#[derive(Debug)]
pub struct Curve {
    /// What tells it from the chart's other curves, in a few words; empty
    /// where it is the only one.
    pub name: &'static str,
    /// What it sets in the chart's scenario, by key. Curves that set the same
    /// are measured in the same runs.
    pub sets: &'static [(&'static str, i64)],
    /// What is measured.
    pub measure: Measure,
    /// What is predicted for a scenario of this curve, in the unit of the
    /// chart's `y`; `None` where no formula holds.
    pub closed_form: fn(&Scenario) -> Option<f64>,
}

impl Curve {
    /// The only curve of a chart.
    pub const fn only(measure: Measure, closed_form: fn(&Scenario) -> Option<f64>) -> Self {
        Self {
            name: "",
            sets: &[],
            measure,
            closed_form,
        }
    }
}

/// An axis of a chart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Axis {
    /// What lies along it.
    pub label: &'static str,
    /// What its numbers count.
    pub quantity: Quantity,
    /// How its numbers are spread.
    pub spacing: Spacing,
}

/// What the numbers of an axis count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantity {
    /// Seconds.
    Seconds,
    /// Parts of a whole, 0 to 1.
    Share,
    /// Things.
    Count,
    /// Things a second.
    PerSecond,
}

impl Quantity {
    /// A parameter's value on such an axis: microseconds and hundredths are
    /// what parameters count in.
    pub fn of(self, value: i64) -> f64 {
        match self {
            Self::Seconds => value as f64 / 1e6,
            Self::Share => value as f64 / 100.0,
            Self::Count | Self::PerSecond => value as f64,
        }
    }
}

/// A span on an axis of [`Quantity::Seconds`].
pub(crate) fn seconds(span: Span) -> f64 {
    span.us() as f64 / 1e6
}

/// How numbers are spread along an axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spacing {
    /// Equal differences are equally far apart.
    Even,
    /// Equal ratios are; every number is above zero.
    Ratio,
}

impl Spacing {
    /// Where `value` lies between `from` (0) and `to` (1).
    pub fn position(self, value: f64, (from, to): (f64, f64)) -> f64 {
        match self {
            Self::Even => (value - from) / (to - from),
            Self::Ratio => libm::log(value / from) / libm::log(to / from),
        }
    }

    /// The number at `position` between `from` (0) and `to` (1).
    pub fn number(self, position: f64, (from, to): (f64, f64)) -> f64 {
        match self {
            Self::Even => from + (to - from) * position,
            Self::Ratio => from * libm::pow(to / from, position),
        }
    }
}

/// The values that a chart's parameter takes, both ends among them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Values {
    /// The first.
    pub from: i64,
    /// The last.
    pub to: i64,
    /// How many there are, at least two.
    pub count: u32,
}

/// What a chart measures.
#[derive(Clone, Copy, Debug)]
pub enum Measure {
    /// The share of runs in which any law is broken.
    Broken,
    /// The share of runs of which it is true.
    Share(fn(&Run) -> bool),
    /// The mean over the runs that have the number.
    Mean(fn(&Run) -> Option<f64>),
}

impl Chart {
    /// The values that the parameter takes, rounded to two digits so that
    /// they read well and make short codes.
    pub fn values(&self) -> impl Iterator<Item = i64> {
        let Values { from, to, count } = self.values;
        (0..count).map(move |place| {
            if place == 0 || place + 1 == count {
                return if place == 0 { from } else { to };
            }
            let position = f64::from(place) / f64::from(count - 1);
            two_digits(self.x.spacing.number(position, (from as f64, to as f64)))
        })
    }

    /// The scenario of `curve` that stands at `value`, as seen from `scenario`.
    pub fn scenario(&self, curve: &Curve, scenario: &Scenario, value: i64) -> Scenario {
        self.of(curve, scenario).with(self.parameter, value)
    }

    fn of(&self, curve: &Curve, scenario: &Scenario) -> Scenario {
        let mut base = (self.base)(scenario);
        for &(key, value) in curve.sets {
            base = base.with(key, value);
        }
        base
    }

    /// The closed form of `curve`: at each of [`Self::values`] and at `between`
    /// more between two of them.
    pub fn predicted(
        &self,
        curve: &Curve,
        scenario: &Scenario,
        between: u32,
    ) -> Vec<(f64, Option<f64>)> {
        let base = self.of(curve, scenario);
        let at = |value: i64| {
            let predicted = (curve.closed_form)(&base.with(self.parameter, value));
            (self.x.quantity.of(value), predicted)
        };
        let mut line = Vec::new();
        let mut last: Option<i64> = None;
        for value in self.values() {
            if let Some(last) = last {
                let ends = (last as f64, value as f64);
                line.extend((1..=between).map(|place| {
                    let position = f64::from(place) / f64::from(between + 1);
                    at(self.x.spacing.number(position, ends) as i64)
                }));
            }
            line.push(at(value));
            last = Some(value);
        }
        line
    }
}

/// The nearest whole number with two digits and zeros.
fn two_digits(number: f64) -> i64 {
    let mut unit = 1_i64;
    while number >= 100.0 * unit as f64 {
        unit *= 10;
    }
    libm::round(number / unit as f64) as i64 * unit
}

impl Lane {
    /// The name that sentences use: the last word of the label where it is a
    /// single letter (`A` of `Worker A`), else the label.
    pub fn short(&self) -> &str {
        match self.label.rsplit_once(' ') {
            Some((_, last))
                if last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_uppercase()) =>
            {
                last
            }
            _ => &self.label,
        }
    }
}
