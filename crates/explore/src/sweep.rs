//! One parameter over a list of values, many seeds each: the points of a
//! design's chart.

use alloc::vec;
use alloc::vec::Vec;

use designs::design::{Chart, Measure};
use designs::{Run, Scenario};

use crate::parts::Parts;
use crate::tally::Tally;

/// The runs behind a chart. Seeds are the outer loop: all points refine
/// together, and the chart is whole after the first few.
#[derive(Clone, Debug)]
pub struct Sweep {
    chart: &'static Chart,
    points: Vec<Point>,
    /// The places of points that are measured in the same runs.
    groups: Vec<Vec<usize>>,
    seeds: u64,
    done: u64,
    parts: Parts,
}

/// One point of a chart: a value of the parameter, and what was counted there.
#[derive(Clone, Debug)]
pub struct Point {
    value: i64,
    x: f64,
    scenario: Scenario,
    tally: Tally,
    measured: Measured,
    measure: Measure,
    predicted: Option<f64>,
}

/// What a point's measure gave so far.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    sum: f64,
    runs: u64,
    /// The seed whose number is nearest to what their mean was when it came,
    /// and that number.
    nearest: Option<(u64, f64)>,
    /// The first seed of which the measure is true.
    example: Option<u64>,
}

impl Measured {
    fn add(&mut self, seed: u64, number: f64) {
        self.sum += number;
        self.runs += 1;
        let mean = self.sum / self.runs as f64;
        let distance = |number: f64| {
            if number < mean {
                mean - number
            } else {
                number - mean
            }
        };
        if self
            .nearest
            .is_none_or(|(_, other)| distance(number) < distance(other))
        {
            self.nearest = Some((seed, number));
        }
    }

    fn mean(&self) -> Option<f64> {
        (self.runs > 0).then(|| self.sum / self.runs as f64)
    }
}

impl Sweep {
    /// Nothing has run yet; `seeds` runs will at each of the chart's values,
    /// in `scenario` as the chart and its curves change it.
    pub fn new(chart: &'static Chart, scenario: &Scenario, seeds: u64) -> Self {
        let values = chart.values().count();
        let mut points = Vec::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (place, curve) in chart.curves.iter().enumerate() {
            // A run serves every curve that asks for the same scenario.
            let mut before = chart.curves[..place].iter();
            let twin = before.position(|other| other.sets == curve.sets);
            for (nth, value) in chart.values().enumerate() {
                let number = points.len();
                let shares = twin.map(|twin| twin * values + nth);
                let shared = shares.and_then(|first| groups.iter_mut().find(|it| it[0] == first));
                match shared {
                    Some(group) => group.push(number),
                    None => groups.push(vec![number]),
                }
                let scenario = chart.scenario(curve, scenario, value);
                points.push(Point {
                    value,
                    x: chart.x.quantity.of(value),
                    predicted: (curve.closed_form)(&scenario),
                    scenario,
                    tally: Tally::default(),
                    measured: Measured::default(),
                    measure: curve.measure,
                });
            }
        }
        Self {
            chart,
            points,
            groups,
            seeds,
            done: 0,
            parts: Parts::default(),
        }
    }

    /// Makes the next run, or a part of it where it is long, if there is one,
    /// and says whether more remain.
    pub fn advance(&mut self) -> bool {
        if self.done < self.total() {
            let count = self.groups.len() as u64;
            let place = usize::try_from(self.done % count).expect("below the number of groups");
            let group = &self.groups[place];
            let scenario = &self.points[group[0]].scenario;
            let scenario = scenario.with_seed(self.done / count + 1);
            if let Some(run) = self.parts.go_on(&scenario) {
                for &place in group {
                    self.points[place].count(&run);
                }
                self.done += 1;
            }
        }
        self.done < self.total()
    }

    /// The chart that is filled.
    pub const fn chart(&self) -> &'static Chart {
        self.chart
    }

    /// How many runs there will be.
    pub fn total(&self) -> u64 {
        self.seeds * self.groups.len() as u64
    }

    /// How many runs were made.
    pub const fn done(&self) -> u64 {
        self.done
    }

    /// With how many seeds every point was run.
    pub fn seeds(&self) -> u64 {
        self.done / self.groups.len().max(1) as u64
    }

    /// The points, curve by curve and by rising value.
    pub fn points(&self) -> &[Point] {
        &self.points
    }
}

impl Point {
    fn count(&mut self, run: &Run) {
        self.tally.count(run);
        let seed = run.scenario.seed;
        match self.measure {
            Measure::Broken => {}
            Measure::Share(is_so) => {
                let is_so = is_so(run);
                if is_so {
                    self.measured.example.get_or_insert(seed);
                }
                self.measured.add(seed, f64::from(u8::from(is_so)));
            }
            Measure::Mean(number) => {
                if let Some(number) = number(run) {
                    self.measured.add(seed, number);
                }
            }
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
            Measure::Share(_) | Measure::Mean(_) => self.measured.mean(),
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

    /// The run to open for this point: one that ended as most did, one of
    /// which the measure is true if it is true of any, or one whose number is
    /// near the mean.
    pub fn scenario(&self) -> Scenario {
        let seed = match self.measure {
            Measure::Broken => self.tally.typical(),
            Measure::Share(_) => self.measured.example.or(self.tally.typical()),
            Measure::Mean(_) => self.measured.nearest.map(|(seed, _)| seed),
        };
        self.scenario.with_seed(seed.unwrap_or(self.scenario.seed))
    }
}
