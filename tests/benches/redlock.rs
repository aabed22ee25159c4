//! How long the lesson's scenario takes, from its code to its picture. The
//! bar is 1 ms for run, verdict and shapes together.

use std::hint::black_box;

use designs::{Run, Scenario, code};
use divan::{AllocProfiler, Bencher, counter::ItemsCount};
use draw::swimlane::{self, Orientation, Viewport};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const CODE: &str = "redlock";

fn main() {
    divan::main();
}

fn scenario() -> Scenario {
    code::read(CODE).expect("it is the lesson's own").scenario
}

fn shapes(run: &Run) -> swimlane::Swimlane {
    let (from, until) = swimlane::fit(run);
    let viewport = Viewport {
        width: 1_040.0,
        from,
        until,
        orientation: Orientation::Horizontal,
        unfolded: false,
    };
    swimlane::draw(run, &viewport)
}

/// Simulating and judging, counted in the world's events.
#[divan::bench]
fn run_and_verdict(bencher: Bencher<'_, '_>) {
    let scenario = scenario();
    let events = Run::of(scenario.clone()).trace.events;
    bencher
        .counter(ItemsCount::new(events))
        .bench(|| Run::of(black_box(&scenario).clone()));
}

/// All that a moved slider costs before the browser paints.
#[divan::bench]
fn run_verdict_and_shapes(bencher: Bencher<'_, '_>) {
    let scenario = scenario();
    bencher.bench(|| shapes(&Run::of(black_box(&scenario).clone())));
}

/// The picture alone.
#[divan::bench]
fn only_shapes(bencher: Bencher<'_, '_>) {
    let run = Run::of(scenario());
    bencher.bench(|| shapes(black_box(&run)));
}

/// Reading and writing the code.
#[divan::bench]
fn code_there_and_back() -> String {
    code::write(&code::read(black_box(CODE)).expect("as above").scenario)
}
