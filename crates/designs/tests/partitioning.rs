//! Partitioned ownership beyond its claims: closed forms, hashes, messages of
//! a rebalancing, and whatever a person may set.

mod common;

use fencepost_designs::code;
use fencepost_designs::partitioning::measures;
use fencepost_designs::registry;
use fencepost_designs::vocabulary::{Decision, Event, MemberChange};
use fencepost_designs::{Design, Law, Outcome, Run, Scenario};
use sim::{Kind, Purpose, Stop, Stream};

use common::{any_fault, lane_keys, measured, run, scenario, sound_run, with_faults};

fn design() -> &'static dyn Design {
    registry::find("partitioning").expect("it is registered")
}

fn facts(run: &Run) -> impl Iterator<Item = (u64, Event)> {
    let records = run.trace.records.iter();
    records.filter_map(|it| Some((it.at.us(), Event::read(it)?)))
}

fn count(run: &Run, wanted: impl Fn(Event) -> bool) -> usize {
    facts(run).filter(|(_, event)| wanted(*event)).count()
}

/// How many messages called `key` were sent.
fn sent(run: &Run, key: &str) -> usize {
    let mut names = design().messages().iter();
    let kind = names.position(|name| name.key == key).expect("it exists");
    let records = run.trace.records.iter();
    records
        .filter(|it| it.world_kind() == Some(Kind::Send) && it.z as usize == kind)
        .count()
}

fn epochs(run: &Run, wanted: MemberChange) -> usize {
    count(
        run,
        |event| matches!(event, Event::OwnersChange { change, .. } if change == wanted),
    )
}

// --- rebalancing, message by message ------------------------------------------

#[test]
fn cooperative_rebalancing_asks_only_for_what_moves() {
    let run = run("partitioning?crash=off&join_at=3s");
    let moved = sent(&run, "revoke");
    assert_eq!(moved, 2);
    assert_eq!(sent(&run, "released"), moved);
    assert_eq!(sent(&run, "assign"), 8 + moved);
    assert_eq!(sent(&run, "claim"), 8 + moved);
    assert_eq!(sent(&run, "join"), 1);
    assert_eq!(epochs(&run, MemberChange::Joined), 1);
    assert!(run.keeps(Law::OneHolder) && run.keeps(Law::TokensRise));
}

#[test]
fn eager_rebalancing_gives_nothing_out_before_all_is_back() {
    let run = run("partitioning?crash=off&join_at=3s&rebalance=eager");
    assert_eq!(sent(&run, "revoke"), 8);
    assert_eq!(sent(&run, "released"), 8);
    assert_eq!(sent(&run, "assign"), 16);
    let last_back = facts(&run)
        .filter(|(_, event)| matches!(event, Event::ServerRelease { .. }))
        .map(|(at, _)| at)
        .max();
    let first_out = facts(&run)
        .find(
            |(_, event)| matches!(event, Event::OwnerAssigned { token, .. } if token.number() > 1),
        )
        .map(|(at, _)| at);
    assert!(last_back.is_some() && last_back <= first_out);
}

#[test]
fn an_owner_that_does_not_answer_is_waited_for_and_then_fenced() {
    // W2 is paused, shorter than its session timeout and longer than the drain.
    let run =
        run("partitioning?drain=500ms&crash=off&join_at=3s&partitions=64&fault=pause,w2,2s,@2.9s");
    let expired = count(&run, |event| matches!(event, Event::ServerExpire { .. }));
    assert!(expired > 0);
    assert_eq!(epochs(&run, MemberChange::Lost), 0);
    assert!(run.keeps(Law::OncePerJob) && run.keeps(Law::MakesProgress));
}

#[test]
fn a_leaver_leaves_empty_handed() {
    let run = run("partitioning?crash=off&leave_at=3s");
    assert_eq!(sent(&run, "goodbye"), 1);
    assert_eq!(epochs(&run, MemberChange::Leaves), 1);
    assert_eq!(epochs(&run, MemberChange::Lost), 0);
    assert!(run.keeps(Law::OneHolder));
}

#[test]
fn a_worker_that_comes_back_gets_its_partitions_back() {
    let run = run("partitioning?crash=off&fault=crash,w1,-,@2s,restart:500ms");
    assert_eq!(epochs(&run, MemberChange::Returned), 1);
    assert_eq!(epochs(&run, MemberChange::Lost), 0);
    assert!(run.keeps(Law::OncePerJob) && run.keeps(Law::MakesProgress));
}

#[test]
fn a_flapping_worker_is_replaced_each_time() {
    let code = design()
        .scenarios()
        .iter()
        .find(|named| named.title == "Flapping")
        .expect("it is named")
        .code;
    let run = run(code);
    assert_eq!(epochs(&run, MemberChange::Lost), 2);
    assert_eq!(epochs(&run, MemberChange::Joined), 2);
    assert!(run.keeps(Law::OncePerJob) && run.keeps(Law::MakesProgress));
}

#[test]
fn jobs_go_on_while_the_coordinator_is_away_for_less_than_the_margin_allows() {
    let run = run("partitioning?crash=off&fault=crash,coordinator,-,@2s,restart:1s");
    assert!(run.keeps(Law::OncePerJob) && run.keeps(Law::MakesProgress));
    assert_eq!(epochs(&run, MemberChange::Lost), 0);
    assert!(
        run.history
            .beliefs
            .iter()
            .all(|belief| belief.end.is_none())
    );
}

#[test]
fn what_a_lossy_cut_swallows_is_sent_again() {
    for links in ["w1-sink", "w1-jobs", "w1-coordinator"] {
        for mode in ["", "mode=central&"] {
            let code =
                format!("partitioning?{mode}crash=off&rate=40&fault=cut,{links},1s,@2s,drop");
            for seed in 1..=20 {
                let run = Run::of(scenario(&code).with_seed(seed));
                assert!(run.keeps(Law::OncePerJob), "{code} {seed}");
                assert!(run.keeps(Law::MakesProgress), "{code} {seed}");
            }
        }
    }
}

// --- closed forms -------------------------------------------------------------

#[test]
fn every_chart_meets_its_closed_form() {
    // Runs a point, and how far off, curve by curve: absolute, and relative.
    type Bar = (f64, f64);
    let bars: &[(&str, u64, &[Bar])] = &[
        ("latency", 20, &[(0.000_3, 0.03), (0.000_5, 0.06)]),
        ("stall", 100, &[(0.08, 0.01), (0.005, 0.005)]),
        ("backlog", 100, &[(1.0, 0.06)]),
        ("drain", 100, &[(0.3, 0.1)]),
        ("moved-join", 30, &[(0.02, 0.0), (0.02, 0.0), (0.06, 0.0)]),
        (
            "moved-leave",
            30,
            &[(0.02, 0.0), (0.02, 0.0), (0.06, 0.0), (0.02, 0.0)],
        ),
    ];
    assert_eq!(design().charts().len(), bars.len());
    let lesson = scenario("partitioning");
    let mut wrong = Vec::new();
    for (key, seeds, bars) in bars {
        let mut charts = design().charts().iter();
        let chart = charts.find(|chart| chart.key == *key).expect("it exists");
        assert_eq!(chart.curves.len(), bars.len());
        for (curve, (absolute, relative)) in chart.curves.iter().zip(*bars) {
            for value in chart.values().step_by(2) {
                let scenario = chart.scenario(curve, &lesson, value);
                let Some(predicted) = (curve.closed_form)(&scenario) else {
                    continue;
                };
                let found = measured(curve, &scenario, *seeds);
                if (found - predicted).abs() > absolute + relative * predicted {
                    wrong.push(format!(
                        "{key}, {} at {value}: {found} measured, {predicted} predicted",
                        curve.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn at_full_size_a_lock_costs_what_the_model_says() {
    let latency = |mode: &str| {
        let code = format!("partitioning?{mode}crash=off&partitions=64&jitter=0ms&rate=200");
        measures::latency_s(&scenario(&code)).expect("it keeps up")
    };
    // 5 ms of work, 2 ms of way, and what is waited for.
    let (owned, locked) = (latency(""), latency("mode=central&"));
    assert!((0.007..0.008_5).contains(&owned), "{owned}");
    assert!((0.009..0.011).contains(&locked), "{locked}");
}

#[test]
fn the_busiest_worker_has_about_as_much_as_predicted() {
    let mut sum = 0.0;
    for seed in 1..=200 {
        let code = "partitioning?crash=off&workers=8&partitions=64&rate=0&names=drawn";
        let run = Run::of(scenario(code).with_seed(seed));
        let mut counts = [0_u32; 9];
        for grant in &run.history.grants {
            counts[usize::from(grant.holder.lane())] += 1;
        }
        sum += f64::from(counts.into_iter().max().unwrap_or(0));
    }
    let (found, predicted) = (sum / 200.0, measures::most_owned(64.0, 8.0));
    // The bound is of the right size and a little high.
    assert!(
        found <= predicted && found > predicted - 2.5,
        "{found} {predicted}"
    );
}

// --- whatever a person may set --------------------------------------------------

#[test]
fn odd_settings_are_told_and_not_refused() {
    for code in [
        "partitioning?workers=0",
        "partitioning?mode=central&workers=0",
        "partitioning?rate=0",
        "partitioning?mode=central&rate=0",
        "partitioning?workers=1",
        "partitioning?partitions=1",
        "partitioning?workers=32&partitions=8",
        "partitioning?workers=0&join_at=1s",
        "partitioning?session_timeout=200ms&heartbeat=10s",
        "partitioning?session_timeout=200ms&margin=10s&rtt=200ms",
        "partitioning?margin=0ms&jitter=0ms&rtt=0ms&job_time=0ms",
        "partitioning?fault=crash,coordinator,-,@0ms",
        "partitioning?fault=crash,sink,-,@0ms&fault=crash,jobs,-,@1s",
        "partitioning?mode=central&fault=crash,coordinator,-,@1s",
        "partitioning?mode=central&fault=crash,sink,-,@1s",
        "partitioning?fault=crash,w*,-,@1s",
    ] {
        let parsed = code::read(code).expect("it names a design");
        let run = Run::of(parsed.scenario);
        assert!(!design().story(&run).is_empty(), "{code}");
        assert!(run.trace.events < 100_000, "{code}: {}", run.trace.events);
        assert_eq!(run.trace.stop, Stop::Horizon, "{code}");
    }
    assert!(run("partitioning?workers=0").breaks(Law::MakesProgress));
    let nothing = run("partitioning?rate=0");
    let finding = nothing.verdict.of(Law::OncePerJob).expect("it is declared");
    assert!(matches!(finding.outcome, Outcome::DoesNotApply(_)));
    assert!(run("partitioning?partitions=1").keeps(Law::MakesProgress));
}

#[test]
fn the_busiest_run_ends_in_time() {
    for mode in ["", "mode=central&"] {
        let code = format!(
            "partitioning?{mode}heartbeat=100ms&workers=32&partitions=256&rate=400&duration=20s"
        );
        let run = run(&code);
        assert_eq!(run.trace.stop, Stop::Horizon, "{code}");
        assert!(run.trace.events < 500_000, "{code}: {}", run.trace.events);
        assert!(!design().story(&run).is_empty());
    }
}

fn any_scenario(seed: u64) -> Scenario {
    let mut stream = Stream::new(seed, Purpose::Workload, 9_999);
    let mut scenario = scenario("partitioning").with_seed(seed);
    for (place, parameter) in design().parameters().iter().enumerate() {
        if !stream.chance(300) {
            continue;
        }
        let width = (parameter.max - parameter.min) as u64 + 1;
        // Ends and small values matter most.
        let reach = [width, width, 1 + width / 50, 1][stream.below(4) as usize];
        let value = parameter.min + stream.below(reach) as i64;
        scenario.set_value(place, value);
    }
    let lanes = lane_keys(&scenario);
    let faults: Vec<String> = (0..stream.below(5))
        .map(|_| {
            any_fault(design(), &mut stream, &lanes, |parts, _| {
                format!(
                    "crash,{},-,{},restart:{}",
                    parts.one, parts.when, parts.span
                )
            })
        })
        .collect();
    with_faults(&scenario, faults)
}

#[test]
fn anything_runs_to_an_end_and_the_same_one_again() {
    for seed in 0..400 {
        let scenario = any_scenario(seed);
        let code = code::write(&scenario);
        let run = sound_run(&scenario);
        // A sink that keeps its disk and checks job ids has each effect once,
        // and a coordinator that keeps its disk has epochs that rise, whatever
        // else goes wrong.
        if !code.contains("wiped") {
            let twice = run.breaks(Law::OncePerJob);
            let dedupes = matches!(scenario.get("sink"), 0 | 2);
            assert!(!(dedupes && twice), "{code}");
            assert!(!run.breaks(Law::TokensRise), "{code}");
            let fenced = matches!(scenario.get("sink"), 0 | 1);
            assert!(!(fenced && run.breaks(Law::WritesInOrder)), "{code}");
        }
        let refused = run
            .history
            .writes
            .iter()
            .any(|write| write.decision == Decision::StaleToken);
        assert!(!(refused && scenario.get("sink") > 1), "{code}");
        drop(design().story(&run));
    }
}
