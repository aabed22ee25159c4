//! What an event of the world costs: time and instructions.
//!
//! `cargo bench -p fencepost-sim` prints one line a figure and fails where one
//! is over its bar. Instructions are counted by valgrind, where it is
//! installed, over runs of two lengths: their difference leaves out what it
//! takes to start.

mod workload;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use fencepost_sim::Recording;

use crate::workload::world;

/// The most instructions an event.
const MOST_INSTRUCTIONS: u64 = 450;
/// Nanoseconds an event: an aim only, since it depends on the machine.
const AIMED_NS: f64 = 60.0;

/// As many events as a lesson's run has, or some more.
const TYPICAL: u64 = 2_000;
const SHORT: u64 = 20_000;
const LONG: u64 = 60_000;

/// Nanoseconds an event in runs of the given length, made one after the other
/// as a sweep makes them: the best, since all else on the machine only adds.
fn ns(recording: Recording, events: u64) -> f64 {
    let best = (0..2_000_000 / events)
        .map(|_| {
            let world = world(events, recording);
            let begun = Instant::now();
            let trace = world.run();
            let took = begun.elapsed();
            assert_eq!(trace.events, events);
            took
        })
        .min()
        .unwrap_or(Duration::ZERO);
    best.as_nanos() as f64 / events as f64
}

const NAMES: [(&str, Recording); 2] = [("traced", Recording::Full), ("untraced", Recording::Off)];

/// Instructions an event, where valgrind can be asked.
fn instructions(name: &str) -> Option<u64> {
    Some((collected(name, LONG)? - collected(name, SHORT)?) / (LONG - SHORT))
}

fn collected(name: &str, events: u64) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().ok()?)
        .args([CHILD, name, &events.to_string()])
        .output()
        .ok()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let line = report.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.parse().ok()
}

const CHILD: &str = "one-run";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some(CHILD) {
        let name = words.next();
        let events = words.next().and_then(|events| events.parse().ok());
        for (known, recording) in NAMES {
            if name.as_deref() == Some(known) {
                drop(world(events.unwrap_or(SHORT), recording).run());
            }
        }
        return ExitCode::SUCCESS;
    }
    let mut good = true;
    for (name, recording) in NAMES {
        for events in [TYPICAL, SHORT] {
            let ns = ns(recording, events);
            println!("{name}: {ns:.1} ns an event in runs of {events} (aim {AIMED_NS:.0})");
        }
        match instructions(name) {
            Some(count) => {
                println!("{name}: {count} instructions an event (bar {MOST_INSTRUCTIONS})");
                good &= count <= MOST_INSTRUCTIONS;
            }
            None => println!("{name}: instructions not counted, since valgrind did not run"),
        }
    }
    if good {
        ExitCode::SUCCESS
    } else {
        println!("a figure is over its bar");
        ExitCode::FAILURE
    }
}
