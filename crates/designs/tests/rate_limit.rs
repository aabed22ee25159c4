//! The rate limiter against the model's numbers, its closed forms, and
//! whatever a person may set.

mod common;

use fencepost_designs::design::Design;
use fencepost_designs::lesson::{self, Piece};
use fencepost_designs::rate_limit::measures;
use fencepost_designs::vocabulary::Event;
use fencepost_designs::{Law, Run, Scenario, code, registry};
use sim::{Kind, Purpose, Stop, Stream};

use common::{lane_keys, measured, run, scenario, sound_run, with_faults};

fn design() -> &'static dyn Design {
    registry::find("rate-limit").expect("it is registered")
}

fn facts(run: &Run) -> impl Iterator<Item = (u64, u16, Event)> {
    let records = run.trace.records.iter();
    records.filter_map(|it| Some((it.at.us(), it.lane, Event::read(it)?)))
}

fn admitted(run: &Run) -> usize {
    run.history.admissions.len()
}

fn sent(run: &Run) -> usize {
    facts(run)
        .filter(|(_, _, event)| matches!(event, Event::ApiRequest { .. }))
        .count()
}

// --- what codes and lessons say ---------------------------------------------

#[test]
fn the_lesson_shows_the_script() {
    let lesson = lesson::read(design().lesson());
    let blocks = lesson.textbook.iter().chain(&lesson.really);
    let listings: Vec<&str> = blocks
        .flat_map(|block| &block.pieces)
        .filter_map(|piece| match piece {
            Piece::Listing(text) => Some(*text),
            _ => None,
        })
        .collect();
    let script = include_str!("../src/rate_limit/bucket.lua");
    assert_eq!(listings, [script.trim_end()]);
}

// --- the model's numbers ----------------------------------------------------

#[test]
fn a_hold_takes_a_round_trip_and_one_for_each_operation() {
    for (operations, rate) in [(0, 1_000.0), (1, 500.0), (2, 333.3), (4, 200.0)] {
        let code = format!(
            "rate-limit?rate=10000&burst=10000&ops={operations}&jitter=0ms&script=0ms&together=100"
        );
        let code = code.replace("&ops=2", "");
        let run = run(&code);
        assert!((measures::locked_rate(&run.scenario) - rate).abs() < 0.1);
        let decided: Vec<u64> = facts(&run)
            .filter_map(|(at, _, event)| matches!(event, Event::RateDecision { .. }).then_some(at))
            .collect();
        assert_eq!(decided.len(), 100);
        let hold = 1_000 * (1 + operations);
        // 297 ms for a GET and a SET.
        assert_eq!(decided[99] - decided[0], 99 * hold, "{operations}");
        assert!(!run.breaks(Law::KeepsRate), "{operations}");
        assert!(run.keeps(Law::OneHolder));
    }
}

#[test]
fn a_script_lets_through_what_the_limit_allows_and_no_more() {
    for servers in [1, 2, 10, 50] {
        let code = format!(
            "rate-limit?design=lua&servers={servers}&arrivals=random&requests=1000&duration=5s"
        );
        let run = run(&code.replace("&servers=4", ""));
        assert!(run.keeps(Law::KeepsRate));
        let admitted = admitted(&run);
        assert!((598..=600).contains(&admitted), "{servers}: {admitted}");
    }
}

#[test]
fn each_of_n_servers_lets_a_window_through() {
    let code =
        "rate-limit?design=local_sync&policy=window&arrivals=random&requests=8000&duration=250ms";
    for seed in 1..=20 {
        let run = Run::of(scenario(code).with_seed(seed));
        assert_eq!(admitted(&run), 400);
    }
    for servers in [1, 2, 7] {
        let code = format!(
            "rate-limit?design=local_sync&policy=window&limit=10&servers={servers}&together=200"
        );
        assert_eq!(admitted(&run(&code)), 10 * servers);
    }
}

/// Ten servers, a bucket of 100 and 100 a second, a word each second, 5 s: 600
/// may pass, and nine servers may each pass it by 200.
#[test]
fn a_debt_is_carried_or_forgiven() {
    let code = |debt: &str| {
        format!(
            "rate-limit?design=local_sync&sync=1s{debt}&servers=10&arrivals=random&requests=2000&duration=5s"
        )
    };
    for seed in 1..=10 {
        let carried = Run::of(scenario(&code("")).with_seed(seed));
        let found = admitted(&carried);
        assert!((1_700..=2_400).contains(&found), "{found}");
        assert!(carried.keeps(Law::KeepsRate));
        let forgiven = Run::of(scenario(&code("&debt=clamp")).with_seed(seed));
        assert!(admitted(&forgiven) > 4_000, "{}", admitted(&forgiven));
        assert!(forgiven.breaks(Law::KeepsRate));
    }
}

#[test]
fn reads_and_writes_race_by_how_many_are_under_way() {
    for servers in [1, 4] {
        let code = format!(
            "rate-limit?design=get_set&policy=window&servers={servers}&jitter=0ms&script=0ms&arrivals=random&requests=20000&duration=300ms"
        );
        let run = run(&code.replace("&servers=4", ""));
        let predicted = 100.0 * measures::racing_factor(&run.scenario);
        assert!((predicted - 2_100.0).abs() < 1.0);
        let found = admitted(&run) as f64;
        assert!(
            (found - predicted).abs() < 0.07 * predicted,
            "{servers}: {found}"
        );
    }
}

#[test]
fn two_clocks_pay_their_difference_out_again_and_again() {
    let code = |skew: &str| {
        format!(
            "rate-limit?design=lua&time_source=client&skew={skew}&arrivals=random&requests=1000&duration=5s"
        )
    };
    let little = run(&code("10ms"));
    let times = admitted(&little) as f64 / 600.0;
    assert!((2.7..3.3).contains(&times), "{times}");
    let much = run(&code("100ms"));
    assert_eq!(admitted(&much), sent(&much));
}

#[test]
fn a_lease_passes_the_limit_by_what_is_in_hand() {
    for seed in 1..=50 {
        let code = "rate-limit?design=lease&servers=10&arrivals=random&requests=120&duration=5s";
        let run = Run::of(scenario(code).with_seed(seed));
        assert!(run.keeps(Law::KeepsRate), "{seed}");
        // What was fetched never passes the limit; what is not spent is
        // stranded, N · b at the most.
        let fetched: u32 = facts(&run)
            .filter_map(|(_, _, event)| match event {
                Event::RateFetch { granted, .. } => Some(granted),
                _ => None,
            })
            .sum();
        let spent = u32::try_from(admitted(&run)).unwrap();
        assert!(
            fetched >= spent && fetched - spent <= 100,
            "{fetched} {spent}"
        );
    }
}

#[test]
fn sub_keys_never_let_more_through() {
    for parts in [2, 3, 7, 64] {
        let code = format!(
            "rate-limit?design=lua&subkeys={parts}&arrivals=random&requests=1000&duration=2s"
        );
        let run = run(&code);
        assert!(run.keeps(Law::KeepsRate));
        // 100 tokens in 64 parts are one whole token in each.
        assert!(admitted(&run) <= 300);
    }
}

#[test]
fn who_remembers_refusals_spares_redis() {
    let calls = |code: &str| {
        let run = run(code);
        assert!(run.keeps(Law::KeepsRate), "{code}");
        let records = run.trace.records.iter();
        let calls = records.filter(|it| it.world_kind() == Some(Kind::Send) && it.z == 5);
        (calls.count(), admitted(&run))
    };
    let without = calls("rate-limit?design=lua&arrivals=random&requests=1000");
    let with = calls("rate-limit?design=lua&deny_cache=on&arrivals=random&requests=1000");
    assert!(with.0 * 3 < without.0 * 2, "{with:?} {without:?}");
    assert!(with.1 * 10 >= without.1 * 9, "{with:?} {without:?}");
}

// --- closed forms -----------------------------------------------------------

#[test]
fn every_chart_meets_its_closed_form() {
    // Absolute and relative, and whether the form is a bound.
    let bars = [
        ("waits", 0.000_2, 0.01, false),
        ("servers", 0.03, 0.05, false),
        ("gap", 1.0, 0.05, true),
        ("shards", 0.02, 0.0, false),
    ];
    assert_eq!(design().charts().len(), bars.len());
    let lesson = scenario("rate-limit");
    for (key, absolute, relative, is_bound) in bars {
        let mut charts = design().charts().iter();
        let chart = charts.find(|chart| chart.key == key).expect("it exists");
        for curve in chart.curves {
            for value in chart.values().step_by(3) {
                let scenario = chart.scenario(curve, &lesson, value);
                let predicted = (curve.closed_form)(&scenario).expect("its assumptions hold");
                let found = measured(curve, &scenario, 30);
                let slack = absolute + relative * predicted;
                assert!(
                    found <= predicted + slack && (is_bound || found >= predicted - slack),
                    "{key} {} at {value}: {found} measured, {predicted} predicted",
                    curve.name
                );
            }
        }
    }
}

#[test]
fn waiting_for_a_lock_follows_pollaczek_and_khinchine() {
    for requests in [100, 200, 260] {
        let code = format!(
            "rate-limit?rate=10000&burst=10000&arrivals=random&requests={requests}&duration=10s"
        );
        let scenario = scenario(&code);
        let predicted = measures::lock_wait_s(&scenario).expect("the load is below one");
        let (mut sum, mut count) = (0.0, 0_u32);
        for seed in 1..=40 {
            let run = Run::of(scenario.with_seed(seed));
            let mut tries = Vec::new();
            for (at, _, event) in facts(&run) {
                match event {
                    Event::LockTry { holder, .. } => tries.push((holder, at)),
                    Event::LockAcquired { holder, .. } => {
                        let (_, began) = tries
                            .iter()
                            .rev()
                            .find(|(of, _)| *of == holder)
                            .expect("it tried");
                        // A free lock is a round trip away.
                        sum += (at - began) as f64 / 1e6 - 0.001_05;
                        count += 1;
                    }
                    _ => {}
                }
            }
        }
        let found = sum / f64::from(count);
        assert!(
            (found - predicted).abs() < 0.08 * predicted + 0.000_05,
            "{requests}: {found} measured, {predicted} predicted"
        );
    }
    let overloaded = scenario("rate-limit?arrivals=random&requests=400");
    assert_eq!(measures::lock_wait_s(&overloaded), None);
}

// --- whatever a person may set ----------------------------------------------

#[test]
fn what_cannot_work_is_told_and_not_refused() {
    let mut codes: Vec<String> = [
        "rate-limit?together=0",
        "rate-limit?rate=0&arrivals=random&requests=500",
        "rate-limit?rate=0&arrivals=random",
        "rate-limit?burst=0",
        "rate-limit?ttl=10ms&rtt=100ms",
        "rate-limit?fault=crash,lock,-,@1ms",
        "rate-limit?fault=crash,users,-,@1ms",
        "rate-limit?design=lua&fault=crash,redis1,-,@0ms",
        "rate-limit?design=lua&subkeys=64&burst=10",
        "rate-limit?design=lua&down=60s&down_at=0ms",
    ]
    .map(String::from)
    .to_vec();
    for limiter in ["lua", "get_set", "local_full", "local_sync", "lease"] {
        for policy in ["", "&policy=window"] {
            for rest in [
                "&rate=0&burst=0&limit=0",
                "&servers=1&jitter=0ms&script=0ms",
                "&servers=50&shards=16&users=200&zipf=0",
            ] {
                codes.push(format!("rate-limit?design={limiter}{policy}{rest}"));
            }
        }
    }
    for code in codes {
        let parsed = code::read(&code).expect("it names a design");
        assert!(parsed.notices.is_empty(), "{code}: {:?}", parsed.notices);
        let run = Run::of(parsed.scenario);
        assert!(!design().story(&run).is_empty(), "{code}");
        assert!(run.trace.events < 100_000, "{code}: {}", run.trace.events);
        assert_eq!(run.trace.stop, Stop::Horizon, "{code}");
    }
}

#[test]
fn nothing_passes_a_limit_of_nothing() {
    for limiter in [
        "",
        "design=lua&",
        "design=get_set&",
        "design=local_full&",
        "design=lease&",
    ] {
        let run = run(&format!("rate-limit?{limiter}rate=0&burst=0"));
        assert_eq!(admitted(&run), 0, "{limiter}");
        assert_eq!(sent(&run), 12);
    }
}

fn any_fault(stream: &mut Stream, lanes: &[String]) -> String {
    let lane = |stream: &mut Stream| &lanes[stream.below(lanes.len() as u64) as usize];
    let (one, other) = (lane(stream).clone(), lane(stream).clone());
    let ms = stream.below(3_000);
    match stream.below(7) {
        0 => format!("pause,{one},{ms}ms,@{ms}ms"),
        1 => format!("crash,{one},-,@{ms}ms,wiped,restart:{ms}ms"),
        2 => format!("crash,{one},-,@{ms}ms"),
        3 => format!("cut,{one}-{other},{ms}ms,@{ms}ms,drop"),
        4 => format!("cut,{one}>{other},-,@{ms}ms"),
        5 => format!("delay,{one}-{other},{ms}ms,@{ms}ms"),
        _ => format!("pause,{one},{ms}ms,after_read:2"),
    }
}

fn any_scenario(seed: u64) -> Scenario {
    let mut stream = Stream::new(seed, Purpose::Workload, 9_999);
    let mut scenario = scenario("rate-limit").with_seed(seed);
    for (place, parameter) in design().parameters().iter().enumerate() {
        if !stream.chance(300) {
            continue;
        }
        let width = (parameter.max - parameter.min) as u64 + 1;
        let reach = [width, width, 1 + width / 50, 1][stream.below(4) as usize];
        scenario.set_value(place, parameter.min + stream.below(reach) as i64);
    }
    // What is large in every way takes long, and is bounded all the same.
    for (key, most) in [("requests", 3_000), ("duration", 2_000_000), ("users", 50)] {
        if scenario.get(key) > most {
            scenario = scenario.with(key, most);
        }
    }
    let lanes = lane_keys(&scenario);
    let faults: Vec<String> = (0..stream.below(4))
        .map(|_| any_fault(&mut stream, &lanes))
        .collect();
    with_faults(&scenario, faults)
}

#[test]
fn anything_runs_to_an_end_and_the_same_one_again() {
    for seed in 0..300 {
        let scenario = any_scenario(seed);
        let code = code::write(&scenario);
        let run = sound_run(&scenario);
        // A script by Redis' own clock is exact, whatever else goes wrong, as
        // long as no count is lost and no door is open.
        let keeps_counts = !code.contains("wiped") && !code.contains("down_loses=on");
        let closed = scenario.get("fail") == 1;
        let script = scenario.get("design") == 1 && scenario.get("time_source") == 0;
        if script && closed && keeps_counts && run.trace.stop == Stop::Horizon {
            assert!(!run.breaks(Law::KeepsRate), "{code}");
        }
        drop(design().story(&run));
    }
}
