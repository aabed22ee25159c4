//! What an event of the world costs in WebAssembly, in Node:
//! `cargo bench -p fencepost-sim --bench wasm --target wasm32-unknown-unknown`.
#![cfg(target_arch = "wasm32")]

mod workload;

use fencepost_sim::Recording;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{Criterion, console_log, wasm_bindgen_bench};

use crate::workload::world;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds of a clock that never steps.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Nanoseconds an event: an aim only, since it depends on the machine.
const AIMED_NS: f64 = 90.0;

#[wasm_bindgen_bench]
fn nanoseconds_an_event(_: &mut Criterion) {
    for (name, recording) in [("traced", Recording::Full), ("untraced", Recording::Off)] {
        for events in [2_000_u64, 20_000] {
            // Runs of a sweep, one after the other; a clock of whole
            // microseconds wants many in one measure.
            let best = (0..20)
                .map(|_| {
                    let runs = 100_000 / events;
                    let worlds: Vec<_> = (0..runs).map(|_| world(events, recording)).collect();
                    let begun = now();
                    for world in worlds {
                        assert_eq!(world.run().events, events);
                    }
                    (now() - begun) * 1e6 / (runs * events) as f64
                })
                .fold(f64::INFINITY, f64::min);
            console_log!(
                "wasm, {name}: {best:.1} ns an event in runs of {events} (aim {AIMED_NS:.0})"
            );
        }
    }
}
