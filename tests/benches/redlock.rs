//! What the lesson's scenario costs, from its code to its picture.
//!
//! `cargo bench -p fencepost-tests` prints one line a figure and fails where
//! run, verdict and shapes together are over their bar.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use designs::{Run, Scenario, code};
use draw::swimlane::{self, Orientation, Swimlane, Viewport};

const CODE: &str = "redlock";

/// Run, verdict and shapes of the default scenario, natively.
const BAR: Duration = Duration::from_millis(1);

const TIMES: usize = 500;

/// The median over many times, and what 19 of 20 stay within.
fn took<T>(mut work: impl FnMut() -> T) -> (Duration, Duration) {
    let mut times: Vec<Duration> = (0..TIMES)
        .map(|_| {
            let begun = Instant::now();
            black_box(work());
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[TIMES / 2], times[TIMES * 19 / 20])
}

/// Prints a figure and gives back its median.
fn figure<T>(name: &str, mut work: impl FnMut() -> T) -> Duration {
    let allocations = allocation_counter::measure(|| {
        black_box(work());
    });
    let (median, slow) = took(work);
    println!(
        "{name}: {:.1} µs, 19 of 20 within {:.1} µs, {} allocations",
        median.as_nanos() as f64 / 1e3,
        slow.as_nanos() as f64 / 1e3,
        allocations.count_total
    );
    median
}

fn scenario() -> Scenario {
    code::read(CODE).expect("it is the lesson's own").scenario
}

fn shapes(run: &Run) -> Swimlane {
    let viewport = Viewport::whole(run, 1_040.0, Orientation::Horizontal);
    swimlane::draw(run, &viewport)
}

fn main() -> ExitCode {
    let run = Run::of(scenario());
    println!(
        "{CODE}: {} events, {} records",
        run.trace.events,
        run.trace.records.len()
    );
    figure("reading the code", scenario);
    figure("run and verdict", || Run::of(scenario()));
    figure("story", || run.scenario.design.story(&run));
    figure("shapes", || shapes(&run));
    let all = figure("run, verdict and shapes", || shapes(&Run::of(scenario())));
    if all <= BAR {
        ExitCode::SUCCESS
    } else {
        println!("run, verdict and shapes: over the bar of 1 ms");
        ExitCode::FAILURE
    }
}
