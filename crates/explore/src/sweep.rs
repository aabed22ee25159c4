//! One parameter over a list of values, many seeds each: the points of a
//! design's chart.

use alloc::vec::Vec;

use designs::design::{Chart, Measure};
use designs::{Run, Scenario};

use crate::tally::Tally;

/// The runs behind a chart. Seeds are the outer loop: all points refine
/// together, and the chart is whole after the first few.
#[derive(Clone, Debug)]
pub struct Sweep {
    chart: &'static Chart,
    points: Vec<Point>,
    seeds: u64,
    done: u64,
}

/// One point of a chart: a value of the parameter, and what was counted there.
#[derive(Clone, Debug)]
pub struct Point {
    value: i64,
    x: f64,
    scenario: Scenario,
    tally: Tally,
    sum: f64,
    measured: u64,
    measure: Measure,
    predicted: Option<f64>,
}

impl Sweep {
    /// Nothing has run yet; `seeds` runs will at each of the chart's values,
    /// in `scenario` as the chart changes it.
    pub fn new(chart: &'static Chart, scenario: &Scenario, seeds: u64) -> Self {
        let points = chart
            .values()
            .map(|value| Point::new(chart, chart.scenario(scenario, value), value))
            .collect();
        Self {
            chart,
            points,
            seeds,
            done: 0,
        }
    }

    /// Makes the next run, if there is one, and says whether more remain.
    pub fn advance(&mut self) -> bool {
        if self.done < self.total() {
            let count = self.points.len() as u64;
            let place = usize::try_from(self.done % count).expect("below the number of points");
            self.points[place].run(self.done / count + 1);
            self.done += 1;
        }
        self.done < self.total()
    }

    /// The chart that is filled.
    pub const fn chart(&self) -> &'static Chart {
        self.chart
    }

    /// How many runs there will be.
    pub fn total(&self) -> u64 {
        self.seeds * self.points.len() as u64
    }

    /// How many runs were made.
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// With how many seeds every point was run.
    pub fn seeds(&self) -> u64 {
        self.points.last().map_or(0, |point| point.tally().seeds())
    }

    /// The points, by rising value.
    pub fn points(&self) -> &[Point] {
        &self.points
    }
}

impl Point {
    fn new(chart: &Chart, scenario: Scenario, value: i64) -> Self {
        Self {
            value,
            x: chart.x.quantity.of(value),
            predicted: (chart.closed_form)(&scenario),
            scenario,
            tally: Tally::default(),
            sum: 0.0,
            measured: 0,
            measure: chart.measure,
        }
    }

    fn run(&mut self, seed: u64) {
        let run = Run::of(self.scenario.with_seed(seed));
        self.tally.count(&run);
        if let Measure::Mean(number) = self.measure
            && let Some(number) = number(&run)
        {
            self.sum += number;
            self.measured += 1;
        }
    }

    /// The parameter's value here.
    pub const fn value(&self) -> i64 {
        self.value
    }

    /// The same on the chart's axis.
    pub const fn x(&self) -> f64 {
        self.x
    }

    /// What the runs gave, in the unit of the chart's other axis; `None`
    /// while no run has the number.
    pub fn y(&self) -> Option<f64> {
        match self.measure {
            Measure::Broken => self.tally.share_broken(),
            Measure::Mean(_) => (self.measured > 0).then(|| self.sum / self.measured as f64),
        }
    }

    /// What the design's closed form says here.
    pub const fn predicted(&self) -> Option<f64> {
        self.predicted
    }

    /// What was counted here, law by law.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The run to open for this point: one that ended as most did.
    pub fn scenario(&self) -> Scenario {
        let seed = self.tally.typical().unwrap_or(self.scenario.seed);
        self.scenario.with_seed(seed)
    }
}
