//! What is true of every scenario, however unreasonable.
//!
//! The cases are the same in every run of the tests. To look further:
//! `PROPTEST_RNG_SEED=7 PROPTEST_CASES=5000 cargo test -p fencepost-tests --test properties`.
//! A failure prints the scenario's code, which is all that is needed to see it
//! again.

use std::collections::BTreeMap;

use designs::code::{self, LONGEST};
use designs::faults::{FaultSpec, Kind, Target};
use designs::file::ScenarioFile;
use designs::history::{Instant, KeyEnd};
use designs::laws::Outcome;
use designs::link::{self, Expected, LONGEST_READABLE, Promise};
use designs::parameter::Unit;
use designs::vocabulary::{BeliefEnd, Decision, Event, Token};
use designs::{Design, Law, Run, Scenario, registry};
use draw::swimlane::{self, Orientation, Viewport};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sim::{Limits, Record, Span, Stop, Time};

fn cases(count: u32) -> ProptestConfig {
    let mut config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = count;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

// --- any scenario -----------------------------------------------------------

/// Any scenario of any design.
fn scenarios() -> impl Strategy<Value = Scenario> {
    (0..registry::DESIGNS.len()).prop_flat_map(|place| scenarios_of(registry::DESIGNS[place]))
}

/// Any scenario of the design with `key`.
fn scenarios_called(key: &str) -> impl Strategy<Value = Scenario> + use<> {
    scenarios_of(registry::find(key).expect("it is registered"))
}

fn scenarios_of(design: &'static dyn Design) -> impl Strategy<Value = Scenario> {
    let values: Vec<_> = design
        .parameters()
        .iter()
        .map(|parameter| prop::option::weighted(0.3, value(parameter.min, parameter.max)))
        .collect();
    let faults = prop::collection::vec(wild_fault(), 0..5);
    let horizon = prop::option::weighted(0.1, 1_u64..40_000_000);
    let name = prop_oneof![4 => Just(String::new()), 1 => ".{0,20}"];
    (values, faults, any::<u64>(), horizon, name).prop_map(
        move |(values, faults, seed, horizon, name)| {
            let mut scenario = Scenario::new(design).with_seed(seed);
            for (place, value) in values.into_iter().enumerate() {
                if let Some(value) = value {
                    set(&mut scenario, place, value);
                }
            }
            scenario.horizon = horizon.map(Span::from_us);
            scenario.faults = faults.iter().map(|fault| fault.of(&scenario)).collect();
            // Names go in by the front door, which is where they are cleaned.
            scenario.name = name;
            let file = ScenarioFile::from(&scenario);
            file.read().expect("it names a design").scenario
        },
    )
}

/// Sets a parameter to `value`; a list to that and what it becomes entry by
/// entry when halved, so that entries differ.
fn set(scenario: &mut Scenario, place: usize, value: i64) {
    if let Unit::Matrix(matrix) = scenario.design.parameters()[place].unit {
        let entries: Vec<i64> = (0..matrix.len())
            .map(|entry| value >> (entry % 8))
            .collect();
        scenario.set_list(place, &entries);
    } else {
        scenario.set_value(place, value);
    }
}

/// Anything in a range, its ends and the low end, where most happens, more
/// often.
fn value(min: i64, max: i64) -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => min..=max,
        4 => min..=min + (max - min) / 16,
        1 => Just(min),
        1 => Just(max),
    ]
}

/// A fault before it is known which lanes and points a scenario has.
#[derive(Clone, Debug)]
struct WildFault {
    kind: &'static str,
    lanes: (usize, usize),
    way: &'static str,
    us: u64,
    moment: (u8, usize, u32),
    options: [bool; 2],
}

fn wild_fault() -> impl Strategy<Value = WildFault> {
    let kind = prop::sample::select(vec![
        "pause", "suspend", "crash", "cut", "delay", "step", "drift",
    ]);
    let us = prop_oneof![
        8 => 1_u64..12_000_000,
        2 => 1_u64..20_000,
        1 => Just(3_600_000_000),
    ];
    let moment = (0_u8..4, any::<usize>(), 1_u32..4);
    let way = prop::sample::select(vec!["-", ">"]);
    (
        kind,
        any::<(usize, usize)>(),
        way,
        us,
        moment,
        any::<[bool; 2]>(),
    )
        .prop_map(|(kind, lanes, way, us, moment, options)| WildFault {
            kind,
            lanes,
            way,
            us,
            moment,
            options,
        })
}

impl WildFault {
    /// The fault among what `scenario` has.
    fn of(&self, scenario: &Scenario) -> FaultSpec {
        let text = self.text(scenario);
        let (design, lanes) = (scenario.design, scenario.design.lanes(scenario));
        FaultSpec::read(&text, design, &lanes).unwrap_or_else(|what| panic!("{text}: {what}"))
    }

    fn text(&self, scenario: &Scenario) -> String {
        let design = scenario.design;
        let lanes = design.lanes(scenario);
        let lane = |place: usize| match place % (lanes.len() + 2) {
            place if place < lanes.len() => lanes[place].key.clone(),
            // All that begin like the lane in the middle, or all there are.
            place if place == lanes.len() => {
                let key = &lanes[lanes.len() / 2].key;
                format!("{}*", key.trim_end_matches(|c: char| c.is_ascii_digit()))
            }
            _ => "*".to_owned(),
        };
        let us = self.us;
        let back = self.options[0];
        let magnitude = match self.kind {
            "crash" => "-".to_owned(),
            "cut" if back => "-".to_owned(),
            "step" if back => format!("-{us}us"),
            "drift" => format!("{}{}ppm", if back { "-" } else { "" }, us % 500_001),
            _ => format!("{us}us"),
        };
        let is_link = matches!(self.kind, "cut" | "delay");
        let target = if is_link {
            format!("{}{}{}", lane(self.lanes.0), self.way, lane(self.lanes.1))
        } else {
            lane(self.lanes.0)
        };
        let (how, which, nth) = self.moment;
        let moment = match how {
            0 if !is_link => format!("{}:{nth}", named(design.anchors(), which)),
            1 => format!("msg:{}:{nth}", named(design.messages(), which)),
            _ => format!("@{}us", which % 15_000_000 + 1),
        };
        let options = match (self.kind, self.options) {
            ("cut", [_, true]) => ",drop",
            ("crash", [true, true]) => ",wiped,restart:1s",
            ("crash", [false, true]) => ",restart:1s",
            _ => "",
        };
        format!("{},{target},{magnitude},{moment}{options}", self.kind)
    }
}

fn named(names: &[designs::design::Name], which: usize) -> &'static str {
    names[which % names.len()].key
}

/// The scenario without the faults that `unwanted` says.
fn without(mut scenario: Scenario, unwanted: impl Fn(&FaultSpec) -> bool) -> Scenario {
    scenario.faults.retain(|fault| !unwanted(fault));
    scenario
}

/// Whether a fault makes a process forget what it had stored.
const fn wipes(fault: &FaultSpec) -> bool {
    matches!(fault.kind, Kind::Crash { wiped: true, .. })
}

/// Whether a fault touches the clocks or the running of one of `lanes`, or
/// may.
fn disturbs(fault: &FaultSpec, lanes: &[&str]) -> bool {
    match &fault.target {
        Target::Lanes(name) => name.ends_with('*') || lanes.contains(&name.as_str()),
        Target::Links { .. } => false,
    }
}

const fn turns_clocks(fault: &FaultSpec) -> bool {
    matches!(fault.kind, Kind::Step(_) | Kind::Drift(_))
}

// --- runs -------------------------------------------------------------------

/// Up to when each of a few things is taken.
struct Taken<K> {
    until: BTreeMap<K, Instant>,
}

impl<K: Ord> Taken<K> {
    const fn new() -> Self {
        Self {
            until: BTreeMap::new(),
        }
    }

    /// Takes it for a while; false where it is taken still.
    fn take(&mut self, what: K, from: Instant, until: Instant) -> bool {
        let before = self.until.insert(what, until);
        before.is_none_or(|before| before <= from)
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn a_run_is_bounded_and_always_the_same(scenario in scenarios()) {
        let limits = Limits::default();
        let run = Run::of(scenario.clone());
        let trace = &run.trace;
        prop_assert!(trace.events <= limits.events);
        prop_assert!(trace.end <= limits.time);
        let bytes = trace.records.len() * size_of::<Record>();
        // The event that meets the bound is still told in full.
        prop_assert!(bytes <= limits.trace_bytes + 64 * 1024);
        prop_assert!(scenario.horizon.is_none_or(|at| trace.end <= Time::ZERO + at));
        prop_assert_eq!(run.digest(), Run::of(scenario).digest());
    }

    #[test]
    fn records_follow_their_causes(scenario in scenarios()) {
        let run = Run::of(scenario);
        let mut last = Time::ZERO;
        for (number, record) in (0..).zip(&run.trace.records) {
            prop_assert!(record.at >= last, "record {} goes back in time", number);
            last = record.at;
            prop_assert!(record.cause().is_none_or(|cause| cause < number), "record {}", number);
            prop_assert!(usize::from(record.lane) < run.lanes.len(), "record {}", number);
            prop_assert!(
                record.world_kind().is_some() || Event::read(record).is_some(),
                "record {} is of no kind", number
            );
        }
        prop_assert!(last <= run.trace.end);
    }

    #[test]
    fn intervals_are_well_formed(scenario in scenarios()) {
        let run = Run::of(scenario);
        let history = &run.history;
        let fits = |from: Instant, until: Instant| {
            from <= until && until.at <= run.trace.end && (from.record as usize) < run.trace.records.len()
        };
        // An attempt has one belief at a time; a server has one key at a time
        // for each lock.
        let mut beliefs = Taken::new();
        for belief in &history.beliefs {
            prop_assert!(fits(belief.from, belief.until), "{:?}", belief);
            prop_assert!(beliefs.take(belief.holder, belief.from, belief.until), "{:?}", belief);
        }
        let mut keys = Taken::new();
        for key in &history.keys {
            prop_assert!(fits(key.from, key.until), "{:?}", key);
            prop_assert!(keys.take((key.lane, key.lock), key.from, key.until), "{:?}", key);
        }
        // Whatever clocks and crashes do, a majority is one holder's: what
        // overlaps in a broken run is what clients believe.
        let mut grants = Taken::new();
        for grant in &history.grants {
            prop_assert!(fits(grant.from, grant.until), "{:?}", grant);
            prop_assert!(grants.take(grant.lock, grant.from, grant.until), "{:?}", grant);
        }
    }

    #[test]
    fn verdict_and_story_point_into_the_trace(scenario in scenarios()) {
        let run = Run::of(scenario);
        let design = run.scenario.design;
        let judged: Vec<Law> = run.verdict.findings.iter().map(|finding| finding.law).collect();
        prop_assert_eq!(judged.as_slice(), design.laws());
        let there = |record: &u32| (*record as usize) < run.trace.records.len();
        for finding in &run.verdict.findings {
            prop_assert!(!finding.words.is_empty());
            if let Outcome::Broken(breaches) = &finding.outcome {
                prop_assert!(!breaches.is_empty());
            }
            for breach in finding.breaches() {
                prop_assert!(breach.from <= breach.until && breach.until <= run.trace.end, "{:?}", breach);
                prop_assert!(breach.records.iter().all(there), "{:?}", breach);
            }
        }
        let story = design.story(&run);
        prop_assert!(story.iter().all(|sentence| there(&sentence.record) && !sentence.text.is_empty()));
        prop_assert!(story.is_sorted_by_key(|sentence| sentence.record));
        let unjudged = run.verdict.findings.iter().any(|finding| finding.outcome == Outcome::NotJudged);
        prop_assert!(!unjudged || run.trace.stop != Stop::Horizon);
    }

    #[test]
    fn every_run_can_be_drawn(scenario in scenarios(), width in 200.0_f32..4_000.0, vertical: bool, unfolded: bool) {
        let run = Run::of(scenario);
        let orientation = if vertical { Orientation::Vertical } else { Orientation::Horizontal };
        let viewport = Viewport { unfolded, ..Viewport::whole(&run, width, orientation) };
        let picture = swimlane::draw(&run, &viewport).picture;
        prop_assert!(picture.width.is_finite() && picture.height.is_finite());
        prop_assert!(picture.height > 0.0);
        let svg = draw::svg::file(&picture, "");
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }
}

// --- what designs promise ---------------------------------------------------

/// The lesson's design, whose parameters the properties below name.
const LOCK: &str = "redlock";

const CHECK: i64 = 1;
const CLAIM: i64 = 2;
const CAS_STATE: i64 = 3;
const QUORUM_BALLOT: i64 = 5;
const BOUND: i64 = 6;
const COMPARE_AND_DELETE: i64 = 0;

const WORKERS: [&str; 3] = ["a", "b", "c"];

fn monotone_source() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![QUORUM_BALLOT, BOUND])
}

proptest! {
    #![proptest_config(cases(400))]

    /// Leases end early only where clocks are turned.
    #[test]
    fn a_worker_has_one_belief_at_a_time(scenario in scenarios_called(LOCK)) {
        let mut beliefs = Taken::new();
        for belief in &Run::of(scenario).history.beliefs {
            prop_assert!(beliefs.take(belief.holder.lane(), belief.from, belief.until), "{:?}", belief);
        }
    }

    #[test]
    fn a_key_lives_at_least_as_long_as_its_lease(scenario in scenarios_called(LOCK)) {
        let run = Run::of(without(scenario, turns_clocks));
        // Redis counts whole milliseconds, and a key outlives its last one.
        let whole_ms = Span::from_ms(run.scenario.span("ttl").ms());
        let expired = run.history.keys.iter().filter(|key| key.end == KeyEnd::Expired);
        for key in expired {
            let lived = key.until.at.since(key.lease_from);
            prop_assert!(lived > whole_ms, "{:?}", key);
            prop_assert_eq!(key.lease_end.since(key.lease_from), run.scenario.span("ttl"));
        }
    }

    #[test]
    fn monotone_sources_give_tokens_that_rise(scenario in scenarios_called(LOCK), source in monotone_source()) {
        let run = Run::of(without(scenario, wipes).with("token_source", source));
        prop_assert!(!run.breaks(Law::TokensRise), "{:?}", run.verdict.of(Law::TokensRise));
    }

    #[test]
    fn a_fence_keeps_accepted_writes_in_order(scenario in scenarios_called(LOCK), fence in CHECK..=CAS_STATE) {
        let run = Run::of(without(scenario, wipes).with("fence", fence));
        prop_assert!(!run.breaks(Law::WritesInOrder), "{:?}", run.verdict.of(Law::WritesInOrder));
    }

    #[test]
    fn the_jobs_state_makes_its_effect_one(scenario in scenarios_called(LOCK)) {
        let run = Run::of(without(scenario, wipes).with("fence", CAS_STATE));
        prop_assert!(!run.breaks(Law::OncePerJob), "{:?}", run.verdict.of(Law::OncePerJob));
    }

    /// After the store has taken a holder's claim, nothing from holders that
    /// were granted the lock before it is accepted.
    #[test]
    fn a_claim_shuts_out_all_that_went_before(scenario in scenarios_called(LOCK), source in monotone_source()) {
        let scenario = without(scenario, wipes)
            .with("fence", CLAIM)
            .with("token_source", source);
        let run = Run::of(scenario);
        let mut claimed: Vec<Token> = Vec::new();
        for (number, record) in run.trace.records.iter().enumerate() {
            match Event::read(record) {
                Some(Event::ResourceClaim { token, accepted: true, .. }) => claimed.push(token),
                Some(Event::ResourceWrite { token, decision: Decision::Accepted, holder, .. }) => {
                    let older = claimed.iter().find(|claimed| token < **claimed);
                    prop_assert_eq!(older, None, "record {}: {:?} with {:?}", number, holder, token);
                }
                _ => {}
            }
        }
    }

    /// A worker that stops at its own deadline never believes beyond it,
    /// unless it does not run or its clock is wrong.
    #[test]
    fn an_honoured_deadline_ends_the_belief(scenario in scenarios_called(LOCK)) {
        let scenario = without(scenario, |fault| {
            disturbs(fault, &WORKERS) && !matches!(fault.kind, Kind::Crash { .. })
        });
        let run = Run::of(scenario.with("pause", 0).with("honour_deadline", 1));
        for belief in &run.history.beliefs {
            let until = i64::try_from(belief.until.at.us()).expect("an hour at most");
            let from = i64::try_from(belief.from.at.us()).expect("as above");
            prop_assert!(until <= belief.deadline_us.max(from), "{:?}", belief);
            prop_assert!(belief.end != Some(BeliefEnd::Deadline) || until == belief.deadline_us.max(from), "{:?}", belief);
        }
    }

    /// The algorithm as published keeps its promise where nothing goes wrong
    /// and its deadlines are honoured, whatever its settings.
    #[test]
    fn without_faults_there_is_one_holder(scenario in scenarios_called(LOCK), library in 0_i64..=1) {
        let scenario = without(scenario, |_| true)
            .with("pause", 0)
            .with("library", library)
            .with("release", COMPARE_AND_DELETE)
            .with("honour_deadline", 1);
        let run = Run::of(scenario);
        prop_assert!(!run.breaks(Law::OneHolder), "{:?}", run.verdict.of(Law::OneHolder));
    }
}

// --- codes ------------------------------------------------------------------

/// What holds of whatever a code is read as.
fn assert_reads_safely(text: &str) -> Result<(), TestCaseError> {
    match code::read(text) {
        Err(notice) => {
            prop_assert!(is_plain(&notice.to_string()), "{:?}", notice);
            prop_assert!(notice.part.chars().count() <= 41);
        }
        Ok(parsed) => {
            for notice in &parsed.notices {
                prop_assert!(is_plain(&notice.to_string()), "{:?}", notice);
                prop_assert!(notice.part.chars().count() <= 41, "{:?}", notice);
                prop_assert!(!notice.message.is_empty());
            }
            assert_is_canonical(&parsed.scenario)?;
        }
    }
    Ok(())
}

/// Nothing in it can hide, move or turn round what stands beside it.
fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    })
}

/// Every part of them is.
fn assert_are_the_same(one: &Scenario, other: &Scenario) -> Result<(), TestCaseError> {
    for place in 0..other.design.parameters().len() {
        prop_assert_eq!(one.value(place), other.value(place));
        prop_assert_eq!(one.list_at(place), other.list_at(place));
    }
    prop_assert_eq!(&one.faults, &other.faults);
    prop_assert_eq!(one.seed, other.seed);
    prop_assert_eq!(&one.name, &other.name);
    prop_assert_eq!(one.horizon, other.horizon);
    Ok(())
}

/// Writing and reading give back the same, in a code, packed and in a file.
fn assert_is_canonical(scenario: &Scenario) -> Result<(), TestCaseError> {
    let written = code::write(scenario);
    prop_assert!(written.len() <= LONGEST, "{} bytes", written.len());
    prop_assert!(written.is_ascii());
    let parsed = code::read(&written).expect("it was just written");
    prop_assert_eq!(&parsed.notices, &[]);
    prop_assert_eq!(&code::write(&parsed.scenario), &written);
    assert_are_the_same(&parsed.scenario, scenario)?;

    let promise = Promise {
        revision: Some(3),
        expected: Expected::read("c1-c10+.3f9a"),
    };
    let packed = code::pack(scenario, &promise);
    let parsed = code::read(&packed).expect("it was just packed");
    prop_assert_eq!(&parsed.notices, &[]);
    prop_assert_eq!(&parsed.promise, &promise);
    assert_are_the_same(&parsed.scenario, scenario)?;
    let fragment = link::fragment(scenario);
    if written.len() > LONGEST_READABLE {
        prop_assert!(fragment.len() < written.len(), "{}", fragment);
        prop_assert_eq!(&code::read(&fragment).expect("as above").scenario, scenario);
    } else {
        prop_assert_eq!(fragment, written);
    }

    let file = ScenarioFile::from(scenario);
    let json = serde_json::to_string(&file).expect("plain data");
    let back: ScenarioFile = serde_json::from_str(&json).expect("it was just written");
    prop_assert_eq!(&back, &file);
    let parsed = back.read().expect("it names a design");
    prop_assert_eq!(&parsed.notices, &[]);
    prop_assert_eq!(&parsed.scenario, scenario);
    Ok(())
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn a_code_reads_back_as_it_was_written(scenario in scenarios()) {
        assert_is_canonical(&scenario)?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}", design: bool) {
        assert_reads_safely(&text)?;
        if design {
            assert_reads_safely(&format!("{LOCK}?{text}"))?;
        }
    }

    #[test]
    fn what_is_wrong_is_named(key in "[a-z_]{1,12}", wrong in "[A-Z]{1,8}") {
        let design = registry::DESIGNS[0];
        let scenario = Scenario::new(design);
        let known = scenario.place(&key).is_some() || ["fault", "seed", "name", "horizon"].contains(&key.as_str());
        let parsed = code::read(&format!("{}?{key}={wrong}", design.key())).expect("it names a design");
        if key == "name" {
            prop_assert_eq!(&parsed.notices, &[]);
        } else {
            prop_assert_eq!(parsed.notices.len(), 1);
            let named = if key == "fault" { &wrong } else { &key };
            prop_assert_eq!(&parsed.notices[0].part, named);
            prop_assert!(known || parsed.scenario == scenario);
        }
    }
}

#[test]
fn a_code_that_is_too_long_is_refused_whole() {
    let design = registry::DESIGNS[0].key();
    let longest = format!("{design}?name={}", "x".repeat(LONGEST - design.len() - 6));
    assert_eq!(longest.len(), LONGEST);
    assert!(code::read(&longest).is_ok());
    let notice = code::read(&format!("{longest}x")).expect_err("it is too long");
    assert!(notice.message.contains("8000"), "{notice}");
}
