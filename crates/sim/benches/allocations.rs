//! What an event of the world costs in allocations. A program of its own,
//! since counting them slows the growth of the trace.

#[path = "workload/mod.rs"]
mod workload;

use std::process::ExitCode;

use fencepost_sim::Recording;

use crate::workload::world;

/// Two lengths of run, both past the one in which all has found its size.
const SHORT: u64 = 20_000;
const LONG: u64 = 60_000;

fn allocations(events: u64, recording: Recording) -> u64 {
    let world = world(events, recording);
    allocation_counter::measure(|| drop(world.run())).count_total
}

fn main() -> ExitCode {
    let mut good = true;
    // A trace grows by doubling, so a few allocations serve any number of
    // events; without one there is none at all.
    for (name, recording, bar) in [
        ("traced", Recording::Full, 2),
        ("untraced", Recording::Off, 0),
    ] {
        let count = allocations(LONG, recording) - allocations(SHORT, recording);
        let events = LONG - SHORT;
        println!("{name}: {count} allocations in {events} events (bar {bar})");
        good &= count <= bar;
    }
    if good {
        ExitCode::SUCCESS
    } else {
        println!("a figure is over its bar");
        ExitCode::FAILURE
    }
}
