//! The payment lock beyond its claims: closed forms, nodes down, the matrix of
//! round trips, and whatever a person may set.

mod common;

use fencepost_designs::code;
use fencepost_designs::payments::measures;
use fencepost_designs::registry;
use fencepost_designs::vocabulary::{Event, Status};
use fencepost_designs::{Design, Law, Run, Scenario};
use sim::{Purpose, Stop, Stream};

use common::{any_fault, lane_keys, measured, run, scenario, sound_run, with_faults};

fn design() -> &'static dyn Design {
    registry::find("payments").expect("it is registered")
}

fn facts(run: &Run) -> impl Iterator<Item = (u64, u16, Event)> {
    let records = run.trace.records.iter();
    records.filter_map(|it| Some((it.at.us(), it.lane, Event::read(it)?)))
}

fn statuses(run: &Run) -> Vec<Status> {
    let answers = facts(run).filter_map(|(_, _, event)| match event {
        Event::ApiResponse { status, .. } => Some(status),
        _ => None,
    });
    answers.collect()
}

/// How long the first acquisition of a lane took, µs.
fn acquired_after_us(run: &Run, key: &str) -> Option<u64> {
    let lane = run.lane(key)?;
    let of_lane = || facts(run).filter(move |&(_, at, _)| at == lane);
    let began = of_lane().find(|(_, _, event)| matches!(event, Event::LockTry { .. }))?;
    let ended = of_lane().find(|(_, _, event)| matches!(event, Event::LockAcquired { .. }))?;
    Some(ended.0 - began.0)
}

// --- what codes say ---------------------------------------------------------

#[test]
fn the_matrix_is_one_key_and_canonical() {
    let default = "payments?rtt=1,12,35,70,140,1,30,65,135,1,60,110,1,90,1";
    assert_eq!(code::write(&scenario(default)), "payments");
    let near = "payments?rtt=0,1.5,2,3,4,0,1,1,1,0,1,1,0,0.25,0";
    let read = scenario(near);
    assert_eq!(code::write(&read), near);
    let rtt = read.place("rtt").expect("it is a parameter");
    assert!(read.is_set(rtt));
    assert_eq!(read.list("rtt")[13], 250);
    let mut again = read.clone();
    again.reset_value(rtt);
    assert_eq!(code::write(&again), "payments");

    let clamped = code::read("payments?rtt=1,12,35,70,99999,1,30,65,135,1,60,110,1,90,-4").unwrap();
    assert_eq!(clamped.notices.len(), 1);
    assert_eq!(clamped.scenario.list("rtt")[4], 1_000_000);
    assert_eq!(clamped.scenario.list("rtt")[14], 0);
    for wrong in ["1,2,3", "", "1,12,35,70,140,1,30,65,135,1,60,110,1,90,x"] {
        let parsed = code::read(&format!("payments?rtt={wrong}")).unwrap();
        assert_eq!(parsed.notices.len(), 1, "{wrong}");
        assert_eq!(code::write(&parsed.scenario), "payments");
    }
}

#[test]
fn a_matrix_survives_a_file() {
    let scenario = scenario("payments?rtt=0,1.5,2,3,4,0,1,1,1,0,1,1,0,0.25,0&jitter=0ms");
    let file = fencepost_designs::file::ScenarioFile::from(&scenario);
    let back = file.read().expect("it names a design");
    assert!(back.notices.is_empty());
    assert_eq!(back.scenario, scenario);
}

// --- nodes down -------------------------------------------------------------

fn down(nodes: &[usize]) -> String {
    let faults = nodes
        .iter()
        .map(|node| format!("&fault=crash,dc{node},-,@0ms"));
    format!("payments?cut=0ms&same_id=off{}", faults.collect::<String>())
}

#[test]
fn any_two_nodes_may_be_down_and_no_three() {
    let mut worst = 0;
    for one in 1..=5 {
        for two in one + 1..=5 {
            let run = run(&down(&[one, two]));
            for service in ["p1", "p2"] {
                let took = acquired_after_us(&run, service).expect("it acquires");
                worst = worst.max(took);
                assert!(took <= 300_000, "{one} {two} {service}: {took}");
            }
            for three in two + 1..=5 {
                let run = self::run(&down(&[one, two, three]));
                assert_eq!(statuses(&run), [Status::NoQuorum; 2]);
                assert!(run.history.writes.is_empty());
            }
        }
    }
    assert!((280_000..284_000).contains(&worst), "{worst}");
}

#[test]
fn acquiring_takes_what_the_round_trips_say() {
    for (code, ms) in [
        ("payments?cut=0ms&jitter=0ms", 70.0),
        ("payments?cut=0ms&jitter=0ms&token_source=redlock", 35.0),
        (
            "payments?cut=0ms&jitter=0ms&token_source=per_server_max",
            35.0,
        ),
        ("payments?cut=0ms&jitter=0ms&token_source=raft_lease", 42.0),
        (
            "payments?cut=0ms&jitter=0ms&token_source=redlock&acquire=sequential",
            258.0,
        ),
        (
            "payments?budget=1s&cut=0ms&jitter=0ms&acquire=sequential",
            516.0,
        ),
    ] {
        let run = run(code);
        let took = acquired_after_us(&run, "p1").expect("it acquires") as f64 / 1e3;
        let predicted = measures::acquire_s(&run.scenario, 0) * 1e3;
        assert!((took - ms).abs() < 0.01, "{code}: {took}");
        assert!((predicted - ms).abs() < 0.01, "{code}: {predicted}");
    }
    // One after the other, a ballot does not fit the time for acquiring.
    let run = run("payments?cut=0ms&acquire=sequential");
    assert_eq!(acquired_after_us(&run, "p1"), None);
}

// --- closed forms -----------------------------------------------------------

#[test]
fn every_chart_meets_its_closed_form() {
    // Runs a point, and how far off: absolute, and relative.
    let bars = [
        ("outlasted", 4_000, 0.025, 0.0),
        ("recovery", 200, 0.02, 0.01),
        ("cost", 4_000, 0.05, 0.04),
        ("refused", 200, 0.015, 0.0),
        ("acquire", 50, 0.001, 0.01),
    ];
    assert_eq!(design().charts().len(), bars.len());
    let lesson = scenario("payments");
    for (key, seeds, absolute, relative) in bars {
        let mut charts = design().charts().iter();
        let chart = charts.find(|chart| chart.key == key).expect("it exists");
        for curve in chart.curves {
            for value in chart.values().step_by(4) {
                let scenario = chart.scenario(curve, &lesson, value);
                let predicted = (curve.closed_form)(&scenario).expect("its assumptions hold");
                let found = measured(curve, &scenario, seeds);
                assert!(
                    (found - predicted).abs() <= absolute + relative * predicted,
                    "{key} {} at {value}: {found} measured, {predicted} predicted",
                    curve.name
                );
            }
        }
    }
}

#[test]
fn the_share_that_outlasts_its_lock_is_as_tabulated() {
    for (ttl, low, high) in [
        ("1s", 0.14, 0.16),
        ("2s", 0.024, 0.027),
        ("5s", 0.000_8, 0.001_0),
        ("10s", 2e-5, 4e-5),
    ] {
        let code = format!("payments?ttl={ttl}&cut=0ms&op=400ms&sigma=80");
        let share = measures::expiry_share(&code::read(&code).unwrap().scenario);
        assert!((low..high).contains(&share), "{ttl}: {share}");
    }
}

#[test]
fn the_cost_of_a_ttl_is_u_shaped() {
    let cost = |ttl: &str| {
        measures::cost_s(&scenario(&format!(
            "payments?ttl={ttl}&cut=0ms&crash_p=20&op=400ms&sigma=80"
        )))
    };
    let (short, middle, long) = (cost("500ms"), cost("2.5s"), cost("20s"));
    assert!(
        short > 4.0 * middle && long > 4.0 * middle,
        "{short} {middle} {long}"
    );
}

#[test]
fn waiting_follows_pollaczek_and_khinchine() {
    for every in ["2s", "1.2s"] {
        let code = format!(
            "payments?ttl=60s&policy=wait_forever&arrivals=open&every={every}&duration=60s&route=p1"
        );
        let scenario = scenario(&code);
        let predicted = measures::waiting_s(&scenario).expect("the load is below one");
        let (mut sum, mut count) = (0.0, 0_u32);
        for seed in 1..=2_000 {
            let run = Run::of(scenario.with_seed(seed));
            // A service takes payments in the order in which they come; one
            // that has to ask twice has begun with the first attempt.
            let mut asked = Vec::new();
            let mut begun = Vec::new();
            let mut seen = Vec::new();
            for (at, _, event) in facts(&run) {
                match event {
                    Event::ApiRequest { .. } => asked.push(at),
                    Event::ApiServe { request, .. } if !seen.contains(&request) => {
                        seen.push(request);
                        begun.push(at);
                    }
                    _ => {}
                }
            }
            assert_eq!(asked.len(), begun.len());
            for (asked, begun) in asked.iter().zip(&begun).filter(|(at, _)| **at > 15_000_000) {
                sum += (begun - asked) as f64 / 1e6;
                count += 1;
            }
        }
        let found = sum / f64::from(count);
        assert!(
            (found - predicted).abs() < 0.06 * predicted,
            "{every}: {found} measured, {predicted} predicted"
        );
    }
    assert_eq!(
        measures::waiting_s(&scenario("payments?arrivals=open&every=400ms")),
        None
    );
}

// --- whatever a person may set ----------------------------------------------

fn any_scenario(seed: u64) -> Scenario {
    let mut stream = Stream::new(seed, Purpose::Workload, 9_999);
    let mut scenario = scenario("payments").with_seed(seed);
    for (place, parameter) in design().parameters().iter().enumerate() {
        if !stream.chance(300) {
            continue;
        }
        let width = (parameter.max - parameter.min) as u64 + 1;
        // Ends and small values matter most.
        let reach = [width, width, 1 + width / 50, 1][stream.below(4) as usize];
        let value = parameter.min + stream.below(reach) as i64;
        scenario.set_value(place, value);
        let entries: Vec<i64> = (0..15).map(|_| stream.below(reach) as i64).collect();
        scenario.set_list(place, &entries);
    }
    let lanes = lane_keys(&scenario);
    let faults: Vec<String> = (0..stream.below(5))
        .map(|_| {
            any_fault(design(), &mut stream, &lanes, |parts, stream| {
                let ppm = stream.below(900_000) as i64 - 450_000;
                format!("drift,{},{ppm}ppm,{}", parts.one, parts.when)
            })
        })
        .collect();
    with_faults(&scenario, faults)
}

#[test]
fn anything_runs_to_an_end_and_the_same_one_again() {
    for seed in 0..600 {
        let scenario = any_scenario(seed);
        let code = code::write(&scenario);
        let run = sound_run(&scenario);
        // Honest nodes that keep their disks issue rising tokens, whatever
        // else goes wrong.
        let keeps_disks = !code.contains("wiped");
        let monotone = matches!(scenario.get("token_source"), 0);
        if keeps_disks && monotone && run.trace.stop == Stop::Horizon {
            assert!(!run.breaks(Law::TokensRise), "{code}");
        }
        drop(design().story(&run));
    }
}

#[test]
fn what_cannot_work_is_told_and_not_refused() {
    for code in [
        "payments?rtt=0,0,0,0,0,0,0,0,0,0,0,0,0,0,0&jitter=0ms",
        "payments?rtt=1000,1000,1000,1000,1000,1000,1000,1000,1000,1000,1000,1000,1000,1000,1000",
        "payments?ttl=500ms&distance=400",
        "payments?ttl=500ms&budget=5s&node_timeout=2s&acquire=sequential",
        "payments?caller_timeout=100ms&cut=0ms",
        "payments?cut=0ms&policy=wait_forever&fault=crash,dc1,-,@0ms&fault=crash,dc2,-,@0ms&fault=crash,dc3,-,@0ms",
        "payments?fault=crash,p1,-,@0ms&fault=crash,callers,-,@0ms",
    ] {
        let run = run(code);
        assert!(!design().story(&run).is_empty(), "{code}");
        assert!(run.trace.events < 100_000, "{code}: {}", run.trace.events);
        assert_eq!(run.trace.stop, Stop::Horizon, "{code}");
    }
}
