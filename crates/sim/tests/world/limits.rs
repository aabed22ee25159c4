//! Every run is bounded.

use fencepost_sim::{
    Latency, Limits, Queue, Recording, Setup, Simulation, Span, Stop, Time, World,
};

use crate::script::{
    A, Act, B, On, at, cut_both, delay, fault, idle, message, ms, on, pause, run, run_with, setup,
    suspend,
};

fn limited(limits: Limits) -> Setup {
    Setup {
        limits,
        ..setup(vec![])
    }
}

#[test]
fn two_nodes_that_never_stop_talking_meet_the_bound_on_events() {
    for latency in [Latency::default(), setup(vec![]).latency] {
        let world = Setup {
            latency,
            ..limited(Limits {
                events: 500,
                ..Limits::default()
            })
        };
        let a = on(On::Start, &[Act::Send(B, 1)]).on(On::Hears(1), &[Act::Reply(1)]);
        let b = on(On::Hears(1), &[Act::Reply(1)]);
        let seen = run_with(world, &[a, b]);
        assert_eq!((seen.0.stop, seen.0.events), (Stop::Events, 500));
    }
}

#[test]
fn a_step_that_goes_on_with_itself_meets_the_bound_on_events() {
    let world = limited(Limits {
        events: 500,
        ..Limits::default()
    });
    let a = on(On::Start, &[Act::Then(7, 1)]).on(On::Does(1), &[Act::Then(7, 1)]);
    let seen = run_with(world, &[a]);
    assert_eq!((seen.0.stop, seen.0.events), (Stop::Events, 500));
}

#[test]
fn the_trace_never_grows_over_its_bound() {
    let world = limited(Limits {
        trace_bytes: 1_000,
        ..Limits::default()
    });
    let a = on(On::Start, &[Act::Send(A, 1); 100]).on(On::Hears(1), &[Act::Reply(1)]);
    let seen = run_with(world, &[a]);
    assert_eq!(seen.0.stop, Stop::TraceBytes);
    assert_eq!(seen.0.records.len(), 1_000 / 32);
}

#[test]
fn simulated_time_is_bounded() {
    let world = limited(Limits {
        time: Time::from_us(ms(50)),
        ..Limits::default()
    });
    let seen = run_with(world, &[on(On::Start, &[Act::After(ms(60), 1)])]);
    assert_eq!((seen.0.stop, seen.0.end.us()), (Stop::Time, ms(50)));
    assert_eq!(seen.did(A, 1), []);
}

#[test]
fn a_run_cut_short_by_the_bound_on_time_says_so() {
    for horizon in [None, Some(Time::from_us(ms(900)))] {
        let world = Setup {
            horizon,
            ..limited(Limits {
                time: Time::from_us(ms(50)),
                ..Limits::default()
            })
        };
        assert_eq!(run_with(world, &[idle()]).0.stop, Stop::Time);
    }
}

#[test]
fn bounds_of_nothing_stop_at_once() {
    let nothing = Limits {
        events: 0,
        time: Time::ZERO,
        trace_bytes: 0,
    };
    let seen = run_with(limited(nothing), &[on(On::Start, &[Act::Send(A, 1)])]);
    assert_eq!((seen.0.events, seen.0.records.len()), (0, 0));
}

#[test]
fn what_never_comes_is_not_waited_for_past_the_last_instant() {
    let endless = Limits {
        time: Time::NEVER,
        ..Limits::default()
    };
    let a = on(
        On::Start,
        &[Act::After(u64::MAX, 1), Act::Work(u64::MAX, 2)],
    )
    .on(On::Start, &[Act::AtWall(i64::MAX, 3), Act::Send(B, 1)]);
    let seen = run_with(limited(endless), &[a, idle()]);
    assert_eq!((seen.0.stop, seen.0.end), (Stop::Time, Queue::<u8>::LAST));
    let asked = Setup {
        horizon: Some(Time::NEVER),
        ..limited(endless)
    };
    assert_eq!(run_with(asked, &[idle()]).0.stop, Stop::Time);
}

#[test]
fn faults_without_measure_are_borne() {
    let faults = vec![
        fault(at(ms(1)), pause(A, u64::MAX)),
        fault(at(ms(2)), suspend(A, u64::MAX)),
        fault(
            at(ms(3)),
            cut_both(A, B, Some(u64::MAX), fencepost_sim::Cut::Hold),
        ),
        fault(message(B, 1, 1), delay(&[], u64::MAX)),
        fault(at(u64::MAX), pause(B, ms(1))),
    ];
    let world = Setup {
        latency: Latency {
            base: Span::from_us(u64::MAX),
            jitter: Span::from_us(u64::MAX),
        },
        ..setup(faults)
    };
    let b = on(On::Start, &[Act::Send(A, 1), Act::Connect(A, 2)]);
    let seen = run_with(world, &[on(On::Start, &[Act::Work(ms(5), 1)]), b]);
    assert_eq!(seen.0.stop, Stop::Time);
}

#[test]
fn a_run_without_records_takes_the_same_course() {
    let world = |recording| Setup {
        recording,
        ..setup(vec![fault(message(A, 1, 3), pause(A, ms(40)))])
    };
    let a = on(On::Start, &[Act::Poll(ms(10), 1)])
        .on(On::Does(1), &[Act::Send(B, 1), Act::Poll(ms(10), 1)]);
    let nodes = [a, on(On::Hears(1), &[Act::Reply(2)])];
    let full = run_with(world(Recording::Full), &nodes).0;
    let off = run_with(world(Recording::Off), &nodes).0;
    assert_eq!(
        (off.events, off.end, off.stop),
        (full.events, full.end, full.stop)
    );
    assert_eq!(off.records, []);
}

#[test]
fn more_actors_than_lanes_are_left_out() {
    let world = limited(Limits {
        events: 1,
        ..Limits::default()
    });
    let seen = run_with(world, &vec![idle(); 65_540]);
    assert_eq!(seen.0.events, 1);
    assert_eq!(run(vec![], &[idle()]).0.records.len(), 2);
}

#[test]
fn a_run_in_parts_leaves_the_same_trace() {
    let a = on(On::Start, &[Act::Send(B, 1); 20]).on(On::Hears(1), &[Act::Reply(1)]);
    let b = on(On::Hears(1), &[Act::Reply(1)]);
    let world = || {
        let limits = Limits {
            events: 500,
            ..Limits::default()
        };
        let setup = Setup {
            faults: vec![fault(at(ms(2)), pause(A, ms(7)))],
            ..limited(limits)
        };
        World::new(setup, vec![a.clone(), b.clone()])
    };
    let whole = world().run();
    let mut parts: Box<dyn Simulation> = Box::new(world());
    let mut rests = 0;
    while !parts.go_on(3) {
        rests += 1;
        assert_eq!(parts.events(), 3 * rests);
    }
    assert!(rests > 100, "it rested in between");
    assert!(parts.go_on(3), "it stays over");
    let trace = parts.finish();
    assert_eq!(trace.records, whole.records);
    assert_eq!(
        (trace.end, trace.stop, trace.events),
        (whole.end, whole.stop, whole.events)
    );
}
