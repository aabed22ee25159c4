//! scratch
use fencepost_designs::code;
use fencepost_designs::vocabulary::{Event, RowDecision, UpdateResult};
use fencepost_designs::{Run, Scenario};
use fencepost_designs::contention::measures;
use std::time::Instant;

fn scenario(code: &str) -> Scenario {
    let parsed = code::read(code).expect("it names a design");
    assert!(parsed.notices.is_empty(), "{code}: {:?}", parsed.notices);
    parsed.scenario
}

#[test]
fn scratch() {
    for code in [
        "contention?k=20", "contention", "contention?mechanism=row_lock", "contention?mechanism=ext_lock_fifo","contention?mechanism=ext_lock_poll","contention?mechanism=atomic",
        "contention?mechanism=cas_ret", "contention?backoff=exponential",
        "contention?k=20&arrival=closed&duration=5s",
        "contention?k=100&arrival=closed&duration=5s",
        "contention?arrival=closed&duration=5s",
        "contention?mechanism=row_lock&k=20&arrival=closed&duration=5s",
        "contention?mechanism=row_lock&k=100&arrival=closed&duration=5s",
        "contention?mechanism=row_lock&arrival=closed&duration=5s",
        "contention?mechanism=ext_lock_fifo&k=20&arrival=closed&duration=5s",
        "contention?mechanism=ext_lock_fifo&k=100&arrival=closed&duration=5s",
        "contention?mechanism=ext_lock_fifo&arrival=closed&duration=5s",
        "contention?mechanism=ext_lock_poll&k=20&arrival=closed&duration=5s",
        "contention?mechanism=ext_lock_poll&arrival=closed&duration=5s",
        "contention?mechanism=atomic&k=20&arrival=closed&duration=1s",
        "contention?mechanism=atomic&k=100&arrival=closed&duration=1s",
        "contention?mechanism=atomic&arrival=closed&duration=1s",
        "contention?workload=profile", "contention?workload=profile&mechanism=ext_lock_fifo", "contention?workload=profile&mechanism=row_lock",
        "contention?workload=profile&mechanism=ext_lock_fifo&duration=10s",
        "contention?k=0", "contention?k=0&workload=profile", "contention?workload=profile&rate=0","contention?stock=0", "contention?k=1000",
    ] {
        let s = scenario(code);
        let t = Instant::now();
        let trace = s.design.simulate(&s, sim::Recording::Full);
        let sim_t = t.elapsed();
        drop(trace);
        let run = Run::of(s.clone());
        let all = t.elapsed() - sim_t;
        let (mut reads, mut writes, mut conflicts) = (0, 0, 0);
        for r in &run.trace.records {
            match Event::read(r) {
                Some(Event::RowRead{..}) => reads += 1,
                Some(Event::RowWrite{decision,..}) => { writes += 1; conflicts += u32::from(decision == RowDecision::Conflict); }
                _ => {}
            }
        }
        let done = run.history.updates.iter().filter(|u| matches!(u.result, Some(UpdateResult::Taken|UpdateResult::Changed))).count();
        let last = run.history.updates.iter().filter(|u| u.result.is_some()).map(|u| u.until.at.us()).max().unwrap_or(0);
        let mut waits: Vec<u64> = run.history.updates.iter().map(|u| u.until.at.since(u.from.at).us()).collect();
        waits.sort_unstable();
        let q = |p: usize| waits.get((waits.len().saturating_sub(1)) * p / 100).copied().unwrap_or(0) as f64/1e3;
        let mean = waits.iter().sum::<u64>() as f64 / waits.len().max(1) as f64 / 1e3;
        let end = run.trace.end.us() as f64 / 1e6;
        println!("{code}\n   events {} records {} stop {:?} end {end:.3} last {:.4}s | done {done} X {:.1} (pred {:.1}) reads {reads} writes {writes} conflicts {conflicts} p50 {:.1} p99 {:.1} (pred {:.1}) mean {mean:.3}ms | sim {:?} run {:?}",
            run.trace.events, run.trace.records.len(), run.trace.stop, last as f64/1e6, done as f64/end, measures::throughput(&s), q(50), q(99), measures::p99_s(&s)*1e3, sim_t, all);
        for f in &run.verdict.findings { print!(" [{} {} {}]", f.law.id(), f.word(), f.words); }
        println!();
    }
}

#[test]
fn claims_quick() {
    let seeds: u64 = std::env::var("SEEDS").ok().and_then(|s| s.parse().ok()).unwrap_or(50);
    let only = std::env::var("ONLY").unwrap_or_default();
    for claim in fencepost_designs::registry::find("contention").unwrap().claims() {
        if !only.is_empty() && !only.split(',').any(|o| o == claim.id) { continue; }
        let t = Instant::now();
        let e = claim.evaluate(seeds);
        println!("{} {:?} {:?}", claim.id, e, t.elapsed());
    }
}

#[test]
fn numbers() {
    for code in ["contention?k=50","contention?backoff=exponential&k=50","contention?k=100","contention?backoff=exponential&k=100","contention?k=150","contention?backoff=exponential&k=150","contention?k=200","contention?backoff=exponential&k=200", "contention?backoff=exponential&k=20","contention?k=20"] {
        let mut all = Vec::new();
        for seed in 1..=20 {
            let run = Run::of(scenario(code).with_seed(seed));
            let w = run.trace.records.iter().filter(|r| matches!(Event::read(r), Some(Event::RowWrite{..}))).count();
            let last = run.history.updates.iter().map(|u| u.until.at.us()).max().unwrap_or(0);
            all.push((w, last/1000));
        }
        println!("{code} {:?}", all);
    }
}
