//! The same code gives the same bits natively and as wasm.
//!
//! This file is compiled for both. Natively
//! `UPDATE_EXPECT=1 cargo test -p fencepost-tests --test digests` writes what
//! it finds; wasm, run in Node by `cargo xtask test`, can only agree with it.

use std::fmt::Write;

use designs::{Run, Scenario, code, registry};
use draw::swimlane::{self, Orientation, Viewport};
use sim::Digest;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SEEDS: u64 = 100;

const KNOWN: &str = include_str!("goldens/digests.txt");

/// A line for each run of each claim, with the traces and verdicts of its first
/// hundred seeds in one number, and one for the picture of each design's first.
fn found() -> String {
    let mut lines = String::new();
    for design in registry::DESIGNS {
        for claim in design.claims() {
            for text in claim.runs {
                let scenario = code::read(text).expect("a test reads every code").scenario;
                let runs =
                    folded((1..=SEEDS).map(|seed| Run::of(scenario.with_seed(seed)).digest()));
                let _ = writeln!(lines, "{:<7}  {runs:016x}  {text}", claim.id);
            }
        }
        let picture = picture(Scenario::new(design));
        let _ = writeln!(lines, "picture  {picture:016x}  {}", design.key());
    }
    lines
}

fn folded(digests: impl Iterator<Item = u64>) -> u64 {
    let mut all = Digest::new();
    for digest in digests {
        all.add(&digest.to_le_bytes());
    }
    all.value()
}

/// The bytes of the pictures, in both orientations.
fn picture(scenario: Scenario) -> u64 {
    let run = Run::of(scenario);
    let whole = Viewport::whole(&run, 1_040.0, Orientation::Horizontal);
    let mut digest = Digest::new();
    for orientation in [Orientation::Horizontal, Orientation::Vertical] {
        let viewport = Viewport {
            orientation,
            ..whole
        };
        let picture = swimlane::draw(&run, &viewport).picture;
        digest.add(draw::svg::file(&picture, "").as_bytes());
    }
    digest.value()
}

#[test]
fn traces_verdicts_and_pictures_are_the_same_everywhere() {
    let found = found();
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/goldens/digests.txt");
        std::fs::write(path, &found).unwrap_or_else(|error| panic!("{path}: {error}"));
        return;
    }
    for (found, known) in found.lines().zip(KNOWN.lines()) {
        assert_eq!(found, known);
    }
    assert_eq!(found.lines().count(), KNOWN.lines().count());
}
