//! ZooKeeper in numbers: the outcome of a partition, the closed forms, and
//! what holds of any run, however unreasonable.

mod common;

use std::collections::BTreeMap;

use fencepost_designs::faults::{FaultSpec, Kind};
use fencepost_designs::history::Instant;
use fencepost_designs::vocabulary::{Incarnation, SessionState};
use fencepost_designs::zookeeper::measures::{self, Outcome};
use fencepost_designs::{Event, Law, Run, Scenario, code, registry};
use sim::{Limits, Purpose, Record, Stream};

use common::scenario;

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
            let width = if self.below(2) == 0 {
                width / 16
            } else {
                width
            };
            let value = parameter.min + self.below(width as u64 + 1) as i64;
            scenario.set_value(place, value);
        }
        for _ in 0..self.below(5) {
            let fault = self.fault(&scenario);
            let lanes = scenario.design.lanes(&scenario);
            let read = FaultSpec::read(&fault, scenario.design, &lanes);
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
        lanes.extend([
            "zk*".into(),
            "*".into(),
            "zk1".into(),
            "zk2".into(),
            "a".into(),
        ]);
        let kind = self.pick(&[
            "pause", "suspend", "crash", "cut", "cut", "delay", "step", "drift",
        ]);
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

fn assert_is_sound(run: &Run, code: &str) {
    let limits = Limits::default();
    let trace = &run.trace;
    assert!(
        trace.events <= limits.events && trace.end <= limits.time,
        "{code}"
    );
    assert!(
        trace.records.len() * size_of::<Record>() <= limits.trace_bytes + 65_536,
        "{code}"
    );
    for (number, record) in (0..).zip(&trace.records) {
        let is_known = record.world_kind().is_some() || Event::read(record).is_some();
        let follows = record.cause().is_none_or(|cause| cause < number);
        assert!(is_known && follows, "record {number}: {code}");
    }
    let story = run.scenario.design.story(run);
    let there = |record: u32| (record as usize) < trace.records.len();
    assert!(
        story.iter().all(|sentence| there(sentence.record)),
        "{code}"
    );
    assert!(story.is_sorted_by_key(|sentence| sentence.record), "{code}");
}

/// There is one lock, and whatever happens it is one client's: what overlaps
/// in a broken run is what clients believe.
fn assert_one_truth(run: &Run, code: &str) {
    let mut beliefs = Taken::default();
    for belief in &run.history.beliefs {
        beliefs.take(belief.holder.lane(), belief.from, belief.until, code);
    }
    let mut keys = Taken::default();
    for key in &run.history.keys {
        keys.take(key.lane, key.from, key.until, code);
    }
    let mut grants = Taken::default();
    for grant in &run.history.grants {
        grants.take(0, grant.from, grant.until, code);
    }
}

/// No session expires before its timeout, by the clock that counts it.
fn assert_none_expires_early(run: &Run, code: &str) {
    let timeout_us = measures::timeout_s(&run.scenario) * 1e6;
    for record in &run.trace.records {
        if let Some(Event::SessionExpires { silent_us, .. }) = Event::read(record) {
            assert!(silent_us as f64 > timeout_us, "{silent_us} µs: {code}");
        }
    }
}

/// Leaders come and go, logs are cut and completed: the numbers of
/// transactions rise with every lock, and a fence that checks them holds,
/// unless disks are wiped.
fn assert_czxids_rise(run: &Run, code: &str) {
    let wipes = |fault: &FaultSpec| matches!(fault.kind, Kind::Crash { wiped: true, .. });
    let is_czxid = run.scenario.get("token_source") == 1;
    if !is_czxid || run.scenario.faults.iter().any(wipes) {
        return;
    }
    assert!(!run.breaks(Law::TokensRise), "{code}");
    assert!(
        run.scenario.get("fence") == 0 || !run.breaks(Law::WritesInOrder),
        "{code}"
    );
}

#[test]
fn any_scenario_gives_a_sound_run_that_is_always_the_same() {
    let mut wild = Wild::new(1);
    for _ in 0..1_000 {
        let scenario = wild.scenario();
        let code = code::write(&scenario);
        let run = Run::of(scenario.clone());
        assert_is_sound(&run, &code);
        assert_one_truth(&run, &code);
        assert_none_expires_early(&run, &code);
        assert_czxids_rise(&run, &code);
        assert_eq!(run.digest(), Run::of(scenario).digest(), "{code}");
    }
}

#[test]
fn unreasonable_settings_give_a_run_or_a_notice() {
    for code in [
        "zookeeper?session_timeout=0ms",
        "zookeeper?servers=1",
        "zookeeper?tick=0ms",
        "zookeeper?clients=1000",
        "zookeeper?ping_phase=never",
    ] {
        let parsed = code::read(code).expect("it names a design");
        assert_eq!(parsed.notices.len(), 1, "{code}");
        assert_is_sound(&Run::of(parsed.scenario), code);
    }
    for code in [
        // No round trip at all.
        "zookeeper?one_way=0ms",
        // A timeout shorter than a round trip.
        "zookeeper?session_timeout=500ms&tick=100ms&one_way=200ms&servers=9",
        // A longest timeout below the least, and below a follower's wait.
        "zookeeper?min_session_timeout=5s&max_session_timeout=0ms&attach=follower",
        // No quorum, from the start and for ever.
        "zookeeper?fault=crash,zk2,-,@0ms&fault=crash,zk3,-,@0ms",
        "zookeeper?fault=cut,zk*-zk*,-,@0ms",
        "zookeeper?fault=crash,*,-,@1s",
        "zookeeper?fault=cut,a-zk*,-,@1s,drop",
    ] {
        let run = Run::of(scenario(code));
        assert_is_sound(&run, code);
        assert!(
            run.trace.end.us() < 120_000_000,
            "{code} takes {:?}",
            run.trace.end
        );
    }
}

// --- numbers ----------------------------------------------------------------

/// Runs of a scenario with so many seeds.
fn runs(code: &str, seeds: u64) -> impl Iterator<Item = Run> {
    let scenario = scenario(code);
    (1..=seeds).map(move |seed| Run::of(scenario.with_seed(seed)))
}

/// The shares of the three outcomes, in hundredths, over 10,000 phases.
fn shares(code: &str) -> [f64; 3] {
    const PHASES: u32 = 10_000;
    let mut counts = [0_u32; 3];
    for run in runs(code, PHASES.into()) {
        let place = match measures::outcome(&run) {
            Outcome::DuringCut => 0,
            Outcome::AfterHeal => 1,
            Outcome::Kept => 2,
        };
        counts[place] += 1;
    }
    counts.map(|count| f64::from(count) * 100.0 / f64::from(PHASES))
}

/// A row of the table: who waits is left out, since it changes nothing.
fn assert_row(code: &str, expected: [f64; 3]) {
    let code = format!("zookeeper?{code}&clients=1");
    let found = shares(&code);
    for (found, expected) in found.into_iter().zip(expected) {
        assert!(
            (found - expected).abs() <= 2.0,
            "{code}: {found} for {expected}"
        );
    }
    let closed_form = measures::expires_in_cut(&scenario(&code)) * 100.0;
    assert!(
        (found[0] - closed_form).abs() <= 1.0,
        "{code}: {found:?} for {closed_form}"
    );
}

/// A partition of 3 s, by tickTime and by whom A is attached to: its session
/// expires before the network heals; after that and before A is back; not.
#[test]
fn the_outcome_table_is_reproduced() {
    assert_row("tick=500ms&attach=follower", [100.0, 0.0, 0.0]);
    assert_row("tick=1s", [100.0, 0.0, 0.0]);
    assert_row("tick=1s&attach=follower", [93.8, 5.6, 0.6]);
    assert_row("", [2.1, 11.5, 86.4]);
    assert_row("attach=follower", [0.2, 4.2, 95.6]);
    assert_row("min_session_timeout=2s&attach=follower", [41.0, 45.0, 14.0]);
    assert_row("tick=3s", [0.0, 0.0, 100.0]);
    assert_row("tick=3s&attach=follower", [0.0, 0.0, 100.0]);
}

#[test]
fn the_closed_form_holds_for_other_partitions_too() {
    for partition in ["1500ms", "2500ms", "4s", "5s", "6s"] {
        for attach in ["leader", "follower"] {
            let code = format!("zookeeper?partition={partition}&attach={attach}&clients=1");
            let expired = runs(&code, 5_000)
                .filter(|run| measures::outcome(run) == Outcome::DuringCut)
                .count();
            let found = expired as f64 / 5_000.0;
            let expected = measures::expires_in_cut(&scenario(&code));
            assert!(
                (found - expected).abs() < 0.02,
                "{code}: {found} for {expected}"
            );
        }
    }
}

#[test]
fn phase_presets_pin_each_of_the_three_outcomes() {
    for (code, outcome) in [
        ("ping_phase=1.3s&bucket_phase=800ms", Outcome::DuringCut),
        (
            "ping_phase=1.2s&bucket_phase=1.2s&reconnect_sleep=950ms",
            Outcome::AfterHeal,
        ),
        ("ping_phase=300ms&bucket_phase=1s", Outcome::Kept),
    ] {
        let code = format!("zookeeper?{code}");
        let all = runs(&code, 1_000).all(|run| measures::outcome(&run) == outcome);
        assert!(all, "{code}");
    }
}

/// When A's library reports `state` of its first session, s after the cut.
fn reported_s(run: &Run, state: SessionState) -> Option<f64> {
    run.trace.records.iter().find_map(|record| {
        let first = Incarnation::new(0, 1);
        match Event::read(record) {
            Some(Event::SessionIs {
                session,
                state: reported,
                ..
            }) if session == first && reported == state => Some(record.at.us() as f64 / 1e6 - 2.0),
            _ => None,
        }
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn a_client_learns_of_it_when_its_library_is_built_to() {
    let expired = |code: &str| -> Vec<f64> {
        runs(code, 2_000)
            .filter_map(|run| reported_s(&run, SessionState::Expired))
            .collect()
    };
    let told = expired("zookeeper?tick=500ms&attach=follower&clients=1");
    assert!(told.iter().all(|&at| (3.0..5.7).contains(&at)));
    assert!((median(told) - 4.5).abs() < 0.1);
    let by_itself = expired("zookeeper?tick=500ms&attach=follower&clients=1&client=3.9.3+");
    assert!(by_itself.iter().all(|&at| (2.0..3.7).contains(&at)));
    assert!((median(by_itself) - 2.6).abs() < 0.1);
    for run in runs("zookeeper?clients=1", 2_000) {
        let lost = reported_s(&run, SessionState::Disconnected).expect("it is cut off");
        assert!((1.33..2.67).contains(&lost), "{lost}");
    }
}

/// Two believe at once until A hears of it; cut off with its server, until
/// that server is back.
#[test]
fn two_believe_for_as_long_as_predicted() {
    let overlaps = |code: &str| -> Vec<f64> {
        runs(code, 2_000)
            .map(|run| measures::overlap_s(&run))
            .collect()
    };
    let late = overlaps("zookeeper?tick=1s&attach=follower&policy=stop_on_expired&clients=2");
    assert!((median(late) - 2.0).abs() < 0.1);
    let with_server =
        overlaps("zookeeper?tick=1s&isolation=client+follower&attach=follower&clients=2");
    assert!((median(with_server) - 1.1).abs() < 0.1);
    let in_time = overlaps("zookeeper?tick=500ms&attach=follower&clients=2");
    assert!(in_time.iter().all(|&overlap| overlap == 0.0));
}

/// With the shipped tick, a server that was cut off passes its client's signs
/// of life on as soon as it can.
#[test]
fn a_session_cut_off_with_its_server_mostly_survives_at_the_shipped_tick() {
    let kept = runs("zookeeper?isolation=client+follower&attach=follower", 2_000)
        .filter(|run| measures::outcome(run) == Outcome::Kept)
        .count();
    assert!((1_680..=1_800).contains(&kept), "{kept}");
}

#[test]
fn a_client_is_warned_in_time() {
    for code in [
        "zookeeper?tick=500ms&clients=1",
        "zookeeper?tick=1s&attach=follower&clients=1",
    ] {
        let least = measures::least_warning_s(&scenario(code));
        for run in runs(code, 2_000) {
            let expired =
                run.trace.records.iter().find(|record| {
                    matches!(Event::read(record), Some(Event::SessionExpires { .. }))
                });
            let Some(expired) = expired else { continue };
            let lost = reported_s(&run, SessionState::Disconnected).expect("it is cut off");
            let warning = expired.at.us() as f64 / 1e6 - 2.0 - lost;
            assert!(warning >= least - 1e-6, "{code}: {warning} for {least}");
        }
    }
}

#[test]
fn a_crashed_holders_lock_is_free_within_the_bound() {
    for attach in ["leader", "follower"] {
        let code = format!("zookeeper?partition=0ms&attach={attach}&fault=crash,a,-,@2s");
        let (least, most) = {
            let scenario = scenario(&code);
            let timeout = measures::timeout_s(&scenario);
            (timeout * 2.0 / 3.0, measures::longest_takeover_s(&scenario))
        };
        for run in runs(&code, 1_000) {
            let next = &run.history.grants[1];
            let takeover = next.from.at.us() as f64 / 1e6 - 2.0;
            assert!((least..=most).contains(&takeover), "{code}: {takeover}");
        }
    }
}

// --- an ensemble ------------------------------------------------------------

/// How often somebody began to lead.
fn leaders(run: &Run) -> usize {
    let records = run.trace.records.iter();
    records
        .filter(|record| matches!(Event::read(record), Some(Event::ServerLeads { .. })))
        .count()
}

#[test]
fn the_lock_outlives_its_leader() {
    for servers in 3..=9 {
        let code = format!("zookeeper?partition=0ms&servers={servers}&fault=crash,zk1,-,@2s");
        for run in runs(&code, 50) {
            assert_eq!(leaders(&run), 2, "{code}");
            let grants = &run.history.grants;
            assert!(
                grants.len() == 1 && grants[0].holder.lane() == 0,
                "{code}: {grants:?}"
            );
        }
    }
}

/// Half of four servers is no quorum, so a fourth adds nothing to what may
/// fail.
#[test]
fn a_majority_commits_and_less_does_not() {
    let crashes = |servers: u16, count: u16| {
        let faults: Vec<String> = (0..count)
            .map(|place| format!("&fault=crash,zk{},-,@1s", servers - place))
            .collect();
        let code = format!(
            "zookeeper?partition=0ms&clients=2&b_start=4s&servers={servers}{}",
            faults.concat()
        );
        let run = Run::of(scenario(&code));
        let created = run
            .trace
            .records
            .iter()
            .filter(|record| matches!(Event::read(record), Some(Event::NodeCreated { .. })));
        created.count()
    };
    for servers in 3..=9 {
        let spare =
            measures::spare_servers(&scenario(&format!("zookeeper?clients=1&servers={servers}")));
        let spare = u16::try_from(spare).expect("fewer than nine");
        assert_eq!(crashes(servers, spare), 2, "{servers} servers");
        assert_eq!(crashes(servers, spare + 1), 1, "{servers} servers");
    }
}

#[test]
fn a_leader_that_was_cut_off_for_long_finds_another_in_its_place() {
    let code = "zookeeper?tick=500ms&partition=10s&isolation=leader-minority";
    for run in runs(code, 200) {
        assert_eq!(leaders(&run), 2);
        assert_one_truth(&run, code);
    }
}

// --- words ------------------------------------------------------------------

#[test]
fn named_scenarios_and_variations_read_without_notices() {
    let design = registry::find("zookeeper").expect("it is registered");
    let claims = design.claims().iter();
    let codes = claims.flat_map(|claim| claim.runs.iter().chain(claim.foil));
    for code in codes.chain(design.scenarios().iter().map(|named| &named.code)) {
        let scenario = scenario(code);
        assert_eq!(&code::write(&scenario), code);
        assert!(design.variations(&scenario).len() >= 3, "{code}");
    }
}
