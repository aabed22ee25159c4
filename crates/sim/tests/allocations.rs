//! Once a run has found its size, its events allocate nothing.
//!
//! A program of its own, since it counts the allocations of all of it.

#[path = "../benches/workload/mod.rs"]
mod workload;

use fencepost_sim::Recording;

fn allocations(events: u64, recording: Recording) -> u64 {
    let world = workload::world(events, recording);
    let counted = allocation_counter::measure(|| {
        let trace = world.run();
        assert_eq!(trace.events, events);
    });
    counted.count_total
}

#[test]
fn more_events_take_no_more_allocations() {
    let short = allocations(20_000, Recording::Off);
    assert_eq!(allocations(100_000, Recording::Off), short);
}

#[test]
fn a_trace_grows_by_doubling_and_nothing_else_does() {
    let short = allocations(20_000, Recording::Full);
    let long = allocations(100_000, Recording::Full);
    assert!(long - short <= 3, "{short} and then {long} allocations");
}
