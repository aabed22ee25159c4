//! ZooKeeper in numbers: the outcome of a partition, the closed forms, and
//! what holds of any run, however unreasonable.

use std::collections::BTreeMap;

use fencepost_designs::faults::FaultSpec;
use fencepost_designs::history::Instant;
use fencepost_designs::zookeeper::measures::{self, Outcome};
use fencepost_designs::{Event, Run, Scenario, code, registry};
use sim::{Limits, Purpose, Record, Span, Stream, Time};

fn scenario(code: &str) -> Scenario {
    let parsed = code::read(code).expect("it names a design");
    assert!(parsed.notices.is_empty(), "{code}: {:?}", parsed.notices);
    parsed.scenario
}

// --- any scenario -----------------------------------------------------------

/// Draws scenarios of ZooKeeper without regard for sense.
struct Wild {
    stream: Stream,
}

impl Wild {
    fn new(seed: u64) -> Self {
        Self {
            stream: Stream::new(seed, Purpose::Workload, 0),
        }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.stream.below(bound)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len() as u64) as usize]
    }

    fn scenario(&mut self) -> Scenario {
        let design = registry::find("zookeeper").expect("it is registered");
        let seed = self.below(u64::MAX);
        let mut scenario = Scenario::new(design).with_seed(seed);
        for (place, parameter) in design.parameters().iter().enumerate() {
            if self.below(3) > 0 {
                continue;
            }
            // The low end, where most happens, more often.
            let width = parameter.max - parameter.min;
            let width = if self.below(2) == 0 { width / 16 } else { width };
            let value = parameter.min + self.below(width as u64 + 1) as i64;
            scenario.set_value(place, value);
        }
        for _ in 0..self.below(5) {
            let fault = self.fault(&scenario);
            let read = FaultSpec::read(&fault, &scenario);
            let fault = read.unwrap_or_else(|what| panic!("{fault}: {what}"));
            scenario.faults.push(fault);
        }
        scenario
    }

    fn fault(&mut self, scenario: &Scenario) -> String {
        let design = scenario.design;
        let mut lanes: Vec<String> = design
            .lanes(scenario)
            .into_iter()
            .map(|lane| lane.key)
            .collect();
        lanes.extend(["zk*".into(), "*".into(), "zk1".into(), "zk2".into(), "a".into()]);
        let kind = self.pick(&["pause", "suspend", "crash", "cut", "cut", "delay", "step", "drift"]);
        let mut lane = || lanes[self.below(lanes.len() as u64) as usize].clone();
        let (one, other) = (lane(), lane());
        let us = self.below(12_000_000) + 1;
        let magnitude = match kind {
            "crash" => "-".into(),
            "cut" if self.below(3) == 0 => "-".into(),
            "drift" => format!("{}ppm", us as i64 % 500_001 - 250_000),
            "step" => format!("-{us}us"),
            _ => format!("{us}us"),
        };
        let is_link = matches!(kind, "cut" | "delay");
        let target = if is_link {
            format!("{one}{}{other}", self.pick(&["-", ">"]))
        } else {
            one
        };
        let names = |names: &[fencepost_designs::design::Name]| -> Vec<&'static str> {
            names.iter().map(|name| name.key).collect()
        };
        let moment = match self.below(4) {
            0 if !is_link => self.pick(&names(design.anchors())).to_string(),
            1 => format!("msg:{}", self.pick(&names(design.messages()))),
            _ => format!("@{}us", self.below(8_000_000)),
        };
        let options = match kind {
            "cut" => self.pick(&["", ",drop"]),
            "crash" => self.pick(&["", ",restart:1s", ",wiped,restart:1s", ",restart:3s"]),
            _ => "",
        };
        format!("{kind},{target},{magnitude},{moment}{options}")
    }
}

/// Up to when each lane is taken.
#[derive(Default)]
struct Taken {
    until: BTreeMap<u16, Instant>,
}

impl Taken {
    /// Takes a lane for a while; it must be free.
    fn take(&mut self, lane: u16, from: Instant, until: Instant, code: &str) {
        assert!(from <= until, "{code}");
        if let Some(before) = self.until.insert(lane, until) {
            assert!(before <= from, "lane {lane} at {from:?}: {code}");
        }
    }
}

#[test]
fn any_scenario_gives_a_run_that_is_bounded_and_always_the_same() {
    let limits = Limits::default();
    let mut wild = Wild::new(1);
    for _ in 0..CASES {
        let scenario = wild.scenario();
        let code = code::write(&scenario);
        let run = Run::of(scenario.clone());
        let trace = &run.trace;
        assert!(trace.events <= limits.events && trace.end <= limits.time, "{code}");
        assert!(trace.records.len() * size_of::<Record>() <= limits.trace_bytes + 65_536);
        assert_eq!(run.digest(), Run::of(scenario).digest(), "{code}");
        for (number, record) in (0..).zip(&trace.records) {
            let is_known = record.world_kind().is_some() || Event::read(record).is_some();
            let follows = record.cause().is_none_or(|cause| cause < number);
            assert!(is_known && follows, "record {number}: {code}");
        }
        let story = run.scenario.design.story(&run);
        let there = |record: u32| (record as usize) < trace.records.len();
        assert!(story.iter().all(|sentence| there(sentence.record)), "{code}");
        assert!(story.is_sorted_by_key(|sentence| sentence.record), "{code}");
    }
}

const CASES: usize = 1_000;

/// There is one lock, and whatever happens it is one client's: what overlaps
/// in a broken run is what clients believe.
#[test]
fn the_lock_is_truly_one_clients_at_a_time() {
    let mut wild = Wild::new(2);
    for _ in 0..CASES {
        let scenario = wild.scenario();
        let code = code::write(&scenario);
        let run = Run::of(scenario);
        let mut beliefs = Taken::default();
        for belief in &run.history.beliefs {
            beliefs.take(belief.holder.lane(), belief.from, belief.until, &code);
        }
        let mut keys = Taken::default();
        for key in &run.history.keys {
            keys.take(key.lane, key.from, key.until, &code);
        }
        let mut grants = Taken::default();
        for grant in &run.history.grants {
            grants.take(0, grant.from, grant.until, &code);
        }
    }
}

#[test]
#[ignore]
fn stat() {
    let mut wild = Wild::new(3);
    let mut all = Vec::new();
    for _ in 0..2000 {
        let s = wild.scenario();
        let t = std::time::Instant::now();
        let run = Run::of(s.clone());
        let leads = run.trace.records.iter().filter(|r| matches!(Event::read(r), Some(Event::ServerLeads{..}))).count();
        all.push((run.trace.events, run.trace.end.us() as f64/1e6, format!("{:?}", run.trace.stop), t.elapsed(), leads, code::write(&s)));
    }
    all.sort_by(|a,b| b.0.cmp(&a.0));
    for x in &all[..8] { println!("{x:?}"); }
    all.sort_by(|a,b| b.1.total_cmp(&a.1));
    for x in &all[..8] { println!("{x:?}"); }
    println!("leads>1: {}", all.iter().filter(|x| x.4>1).count());
    let h: std::collections::BTreeMap<usize,usize> = all.iter().fold(Default::default(), |mut m,x| {*m.entry(x.4).or_default()+=1; m});
    println!("{h:?}");
}
