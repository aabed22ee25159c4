//! Where runs end: two seconds after the last thing that mattered.

use fencepost_sim::{Cut, Kind, Limits, Setup, Stop, Time};

use crate::script::{
    A, Act, B, On, Script, Seen, at, crash, cut_both, delay, fault, idle, message, ms, on, pause,
    run, run_with, setup, suspend,
};

fn ends(seen: &Seen, ms_at: u64) {
    assert_eq!((seen.0.stop, seen.0.end.us()), (Stop::Horizon, ms(ms_at)));
}

/// Sends word 1 to B every 100 ms without end.
fn polls() -> Script {
    on(On::Start, &[Act::Poll(ms(100), 1)])
        .on(On::Does(1), &[Act::Send(B, 1), Act::Poll(ms(100), 1)])
}

#[test]
fn a_world_where_nothing_happens_ends_after_two_seconds() {
    ends(&run(vec![], &[idle()]), 2_000);
}

#[test]
fn a_run_ends_after_the_last_message_timer_and_work() {
    ends(&run(vec![], &[on(On::Start, &[Act::Send(A, 1)])]), 2_001);
    ends(
        &run(vec![], &[on(On::Start, &[Act::After(ms(500), 1)])]),
        2_500,
    );
    ends(
        &run(vec![], &[on(On::Start, &[Act::Work(ms(700), 1)])]),
        2_700,
    );
    ends(
        &run(vec![], &[on(On::Start, &[Act::AtWall(900_000, 1)])]),
        2_900,
    );
}

#[test]
fn a_run_ends_after_the_last_fault_is_over() {
    for kind in [
        pause(A, ms(5_000)),
        suspend(A, ms(5_000)),
        crash(A, Some(ms(5_000))),
    ] {
        ends(&run(vec![fault(at(ms(1_000)), kind)], &[idle()]), 8_000);
    }
    let cut = cut_both(A, B, Some(ms(5_000)), Cut::Hold);
    ends(
        &run(vec![fault(at(ms(1_000)), cut)], &[idle(), idle()]),
        8_000,
    );
}

#[test]
fn a_fault_set_off_by_polling_counts() {
    let faults = vec![fault(message(A, 1, 15), crash(B, None))];
    // The fifteenth word leaves at 1,500 ms; word of the death arrives 1 ms
    // later.
    ends(&run(faults, &[polls(), idle()]), 3_501);
}

#[test]
fn polling_does_not_count_nor_does_what_follows_from_it() {
    let b = on(On::Hears(1), &[Act::Reply(2), Act::After(ms(150), 3)]);
    let a = polls().on(On::Hears(2), &[Act::After(ms(7), 9)]);
    let seen = run(vec![], &[a, b]);
    assert!(seen.heard(B).len() > 15, "it went on to the end");
    ends(&seen, 2_000);
}

#[test]
fn polling_a_dead_server_does_not_count() {
    let a = polls().on(On::Reset, &[Act::Connect(B, 2), Act::After(ms(7), 9)]);
    let seen = run(vec![fault(at(ms(250)), crash(B, None))], &[a, idle()]);
    // A hears of the death at 251 ms and tries again at once; that it is told
    // no once more is the last thing that counts.
    assert!(seen.resets(A).len() > 15, "it goes on trying");
    ends(&seen, 2_255);
}

#[test]
fn work_counts_though_polling_led_to_it() {
    let a = polls().on(On::Does(1), &[Act::Work(ms(1_000), 5)]);
    let b = idle();
    let world = Setup {
        horizon: None,
        limits: Limits {
            time: Time::from_us(ms(20_000)),
            ..Limits::default()
        },
        ..setup(vec![])
    };
    // Each poll begins the work anew, so it never ends.
    assert_eq!(run_with(world, &[a, b]).0.stop, Stop::Time);
}

#[test]
fn leases_that_polling_is_granted_do_not_keep_a_run_going_for_ever() {
    // Each word grants a lease of the wall clock's next full second.
    let mut b = idle();
    for second in 1..60 {
        b = b.on(
            On::Hears(1),
            &[Act::AtWall(second * 1_000_000, second as u8 + 100)],
        );
    }
    let seen = run(vec![], &[polls(), b]);
    assert_eq!(seen.0.stop, Stop::Horizon);
    assert!(seen.0.end.us() > ms(4_000), "the first leases count");
}

#[test]
fn a_lease_that_a_poll_was_granted_counts_while_a_fault_lasts() {
    // B grants at 5 s, while A is paused from 0.1 s for 6 s; C polls.
    let a = idle();
    let b = on(On::Hears(1), &[Act::AtWall(9_000_000, 7)]);
    let c = on(On::Start, &[Act::Poll(ms(5_000), 1)]).on(On::Does(1), &[Act::Send(B, 1)]);
    let seen = run(vec![fault(at(ms(100)), pause(A, ms(6_000)))], &[a, b, c]);
    assert_eq!(seen.did(B, 7), [ms(9_000)]);
    ends(&seen, 11_000);
}

#[test]
fn a_lease_given_back_ends_there_and_no_run_ends_before_it() {
    let a = on(
        On::Start,
        &[Act::AtWall(60_000_000, 1), Act::Poll(ms(30_000), 2)],
    )
    .on(On::Does(2), &[Act::Clear(1)]);
    ends(&run(vec![], &[a]), 32_000);
}

#[test]
fn a_message_held_by_a_cut_that_ends_counts() {
    let faults = vec![fault(at(0), cut_both(A, B, Some(ms(10_000)), Cut::Hold))];
    let seen = run(
        faults,
        &[
            on(On::Start, &[Act::After(ms(10), 1)]).on(On::Does(1), &[Act::Send(B, 1)]),
            idle(),
        ],
    );
    // Retransmitted 12.6 s after it was sent.
    assert_eq!(seen.heard(B), [(ms(12_611), 1)]);
    ends(&seen, 14_611);
}

#[test]
fn a_message_held_for_ever_does_not_count() {
    let faults = vec![fault(at(0), cut_both(A, B, None, Cut::Hold))];
    let seen = run(
        faults,
        &[
            on(On::Start, &[Act::After(ms(10), 1)]).on(On::Does(1), &[Act::Send(B, 1)]),
            idle(),
        ],
    );
    ends(&seen, 2_010);
}

#[test]
fn a_delayed_message_counts_whoever_sent_it() {
    let faults = vec![fault(message(A, 1, 2), delay(&[], ms(9_000)))];
    let seen = run(faults, &[polls(), idle()]);
    assert_eq!(seen.times(A, Kind::Delay), [ms(200)]);
    ends(&seen, 11_201);
}

#[test]
fn a_horizon_that_was_asked_for_is_kept() {
    for asked in [ms(50), ms(9_000)] {
        let world = Setup {
            horizon: Some(Time::from_us(asked)),
            ..setup(vec![])
        };
        let seen = run_with(world, &[on(On::Start, &[Act::After(ms(100), 1)])]);
        assert_eq!((seen.0.stop, seen.0.end.us()), (Stop::Horizon, asked));
        assert_eq!(seen.did(A, 1).len(), usize::from(asked > ms(100)));
    }
}
