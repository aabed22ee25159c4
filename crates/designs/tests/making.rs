//! A run that is made a part at a time is the run that is made at once.

mod common;

use std::ops::ControlFlow;

use common::scenario;
use fencepost_designs::registry::DESIGNS;
use fencepost_designs::{Making, Run};
use sim::{Purpose, Stream};

/// Runs of every kind: short and long, with an end that is known and one that
/// is not, and one that meets its bound.
fn codes() -> impl Iterator<Item = &'static str> {
    let named = DESIGNS.iter().flat_map(|design| design.scenarios());
    let more = [
        "contention?k=40&arrival=closed&duration=300ms",
        "contention?mechanism=ext_lock_fifo&ttl=1ms&compare=none&arrival=closed&k=50",
        "partitioning?workers=32&partitions=256&rate=100",
        "redlock?horizon=1ms",
    ];
    named.map(|named| named.code).chain(more)
}

/// The run of `code` in parts of at most `most` events, and in how many.
fn in_parts(code: &str, most: u64, sizes: &mut Stream) -> (Run, u64) {
    let mut making = Making::of(scenario(code));
    let mut parts = 0;
    let mut made = 0;
    loop {
        parts += 1;
        match making.go_on(sizes.below(most) + 1) {
            ControlFlow::Break(run) => return (run, parts),
            ControlFlow::Continue(rest) => making = rest,
        }
        let percent = making.percent().unwrap_or(made);
        assert!((made..=100).contains(&percent), "{code}: {percent} %");
        made = percent;
    }
}

#[test]
fn parts_of_any_size_make_the_same_run() {
    let mut sizes = Stream::new(1, Purpose::Workload, 0);
    for code in codes() {
        let whole = Run::of(scenario(code));
        for most in [100, 5_000] {
            let (run, parts) = in_parts(code, most, &mut sizes);
            assert!(parts > whole.trace.events / most, "{code}: {parts} parts");
            assert_eq!(run.trace.records, whole.trace.records, "{code}");
            assert_eq!(run.trace.stop, whole.trace.stop, "{code}");
            assert_eq!(run.history, whole.history, "{code}");
            assert_eq!(run.verdict, whole.verdict, "{code}");
            assert_eq!(run.digest(), whole.digest(), "{code}");
        }
    }
}

#[test]
fn a_short_run_is_made_in_one_part_and_a_long_one_is_not() {
    let events = Run::of(scenario("redlock")).trace.events;
    let first = |most| Making::of(scenario("redlock")).go_on(most);
    assert!(first(events + 1).is_break());
    assert!(first(events - 1).is_continue());
}

#[test]
fn how_far_it_is_is_known_where_its_end_is() {
    let half = |code| {
        let making = Making::of(scenario(code)).go_on(20_000);
        let making = making.continue_value().expect("it has more events");
        making.percent()
    };
    // 80,000 events a second of simulated time, and the simulation is four
    // fifths of the work.
    let percent = half("contention?k=40&arrival=closed&duration=500ms");
    assert!(
        percent.is_some_and(|percent| (35..=45).contains(&percent)),
        "{percent:?}"
    );
    assert_eq!(half("contention"), None);
}
