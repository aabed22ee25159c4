//! What a scenario costs in WebAssembly, in Node, from its code to the text of
//! its picture:
//! `cargo bench -p fencepost-draw --bench wasm --target wasm32-unknown-unknown`,
//! with `--profile release` as small, and as slow, as the page is.
#![cfg(target_arch = "wasm32")]

mod stages;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{Criterion, console_log, wasm_bindgen_bench};

use crate::stages::{LARGE, Stages, lessons};

#[wasm_bindgen]
extern "C" {
    /// Milliseconds of a clock that never steps.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// The crowd of the lesson: 300 workers who want the same record at once.
const CROWD: &str = "contention?k=300";
/// What it may take, ms.
const MOST: f64 = 100.0;

#[wasm_bindgen_bench]
fn milliseconds_from_code_to_picture(_: &mut Criterion) {
    let crowd = Stages::of(CROWD, now);
    console_log!("{} (bar {MOST:.0} ms)", crowd.line(CROWD));
    for code in lessons().chain(LARGE.iter().copied()) {
        console_log!("{}", Stages::of(code, now).line(code));
    }
    assert!(crowd.all() <= MOST, "{CROWD} takes more than {MOST} ms");
}
