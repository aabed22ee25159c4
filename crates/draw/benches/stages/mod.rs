//! A scenario's way from its code to the text of its picture, timed stage by
//! stage.

use std::hint::black_box;

use designs::registry::DESIGNS;
use designs::{Run, code};
use fencepost_draw::svg;
use fencepost_draw::swimlane::{Orientation, Viewport, draw};
use sim::Recording;

/// The runs that weigh most: crowds that never rest, many partitions, many
/// servers. The first has some 400,000 events.
pub const LARGE: &[&str] = &[
    "contention?arrival=closed&duration=8s",
    "contention?k=1000&arrival=poisson&rate=20000&duration=60s",
    "contention?mechanism=ext_lock_fifo&k=1000&arrival=poisson&rate=20000&duration=60s",
    "partitioning?rate=2000&duration=60s",
    "rate-limit?servers=50&requests=10000&duration=60s&users=1000",
];

/// Each lesson as it opens.
pub fn lessons() -> impl Iterator<Item = &'static str> {
    DESIGNS.iter().map(|design| design.key())
}

/// The best times of a few, ms, since others use the machine too.
pub struct Stages {
    events: u64,
    records: usize,
    shapes: usize,
    bytes: usize,
    simulate: f64,
    judge: f64,
    story: f64,
    draw: f64,
    write: f64,
}

impl Stages {
    /// Measures the scenario of `code` by a clock that tells ms.
    pub fn of(code: &str, now: fn() -> f64) -> Self {
        let scenario = code::read(code).expect("a design that is there").scenario;
        let timed = |best: &mut f64, begun: f64| *best = best.min(now() - begun);
        let mut stages = Self {
            events: 0,
            records: 0,
            shapes: 0,
            bytes: 0,
            simulate: f64::INFINITY,
            judge: f64::INFINITY,
            story: f64::INFINITY,
            draw: f64::INFINITY,
            write: f64::INFINITY,
        };
        for _ in 0..3 {
            let begun = now();
            let trace = scenario.design.simulate(&scenario, Recording::Full);
            timed(&mut stages.simulate, begun);
            stages.events = trace.events;
            stages.records = trace.records.len();
            let begun = now();
            let run = Run::read(scenario.clone(), trace);
            timed(&mut stages.judge, begun);
            let begun = now();
            black_box(run.scenario.design.story(&run));
            timed(&mut stages.story, begun);
            let begun = now();
            let view = Viewport::whole(&run, 1_040.0, Orientation::Horizontal);
            let picture = draw(&run, &view).picture;
            timed(&mut stages.draw, begun);
            stages.shapes = picture.shapes.len();
            let begun = now();
            stages.bytes = black_box(svg::elements(&picture.shapes)).len();
            timed(&mut stages.write, begun);
        }
        stages
    }

    /// From the code to the text of the picture, ms.
    pub fn all(&self) -> f64 {
        self.simulate + self.judge + self.story + self.draw + self.write
    }

    /// One line.
    pub fn line(&self, code: &str) -> String {
        format!(
            "{:>7.1} ms: simulate {:.1}, judge {:.1}, story {:.1}, draw {:.1}, write {:.1}; {} events, {} records, {} shapes, {} bytes  {code}",
            self.all(),
            self.simulate,
            self.judge,
            self.story,
            self.draw,
            self.write,
            self.events,
            self.records,
            self.shapes,
            self.bytes,
        )
    }
}
