//! What it costs to draw long runs from nothing.
//!
//! `cargo bench -p fencepost-draw` prints a line a run and fails where one is
//! over its bar: 100 ms for runs of up to 10,000 records, 200 ms for runs of up
//! to 100,000, and 200 ms for each further 100,000.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use designs::{Run, code};
use fencepost_draw::swimlane::{Orientation, Viewport, draw, fit};

/// Runs of all lengths, with many of everything that is drawn.
const CODES: &[&str] = &[
    "redlock",
    "redlock?retry_min=1ms&retry_max=1ms&ttl=60s&pause=120s",
    "redlock?ttl=500ms&pause=0ms&work_a=20s&work_b=20s&c_start=1s&retry_min=1ms&retry_max=1ms",
    "redlock?servers=9&retry_min=1ms&retry_max=1ms&extend=on&work_a=30s&pause=0ms",
    "zookeeper?work=1ms",
    "zookeeper?clients=3&work=5ms&hold=10s",
    "payments?arrivals=open&every=100ms&duration=10s",
    "payments?arrivals=open&every=100ms&accounts=20&duration=20s&op=10ms",
    "payments?arrivals=open&every=100ms&accounts=20&duration=60s",
    "payments?policy=wait_forever&arrivals=open&every=100ms&accounts=4&duration=60s",
    "payments?policy=bounded_wait&arrivals=open&every=100ms&accounts=20&duration=60s&jitter=50ms&caller_retries=5&retry_after=10ms",
];

/// The best of a few, since others use the machine too.
const TIMES: usize = 3;

fn took(run: &Run, orientation: Orientation, third: bool) -> (Duration, usize) {
    let (from, until) = fit(run);
    let length = until.since(from).us();
    let view = Viewport {
        width: 1_040.0,
        from: sim::Time::from_us(if third { length / 3 } else { 0 }),
        until: sim::Time::from_us(if third { length * 2 / 3 } else { length }),
        orientation,
        unfolded: false,
    };
    let mut best = Duration::MAX;
    let mut shapes = 0;
    for _ in 0..TIMES {
        let begun = Instant::now();
        shapes = black_box(draw(run, &view)).picture.shapes.len();
        best = best.min(begun.elapsed());
    }
    (best, shapes)
}

fn main() -> ExitCode {
    let mut over = false;
    for code in CODES {
        let parsed = code::read(code).expect("a design that is there");
        let run = Run::of(parsed.scenario);
        let records = run.trace.records.len();
        let bar = match records {
            0..=10_000 => Duration::from_millis(100),
            _ => Duration::from_millis(200) * records.div_ceil(100_000) as u32,
        };
        for (name, orientation, third) in [
            ("whole", Orientation::Horizontal, false),
            ("a third", Orientation::Horizontal, true),
            ("upright", Orientation::Vertical, false),
        ] {
            let (best, shapes) = took(&run, orientation, third);
            let fate = if best > bar { "OVER" } else { "within" };
            over |= best > bar;
            println!(
                "{records:>7} records, {name:>7}: {:>7.1} ms, {fate} {bar:?}, {shapes} shapes  {code}",
                best.as_secs_f64() * 1e3
            );
        }
    }
    if over {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
