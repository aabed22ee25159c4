//! Processes that stop for a while.

use fencepost_sim::{Kind, ResumeOrder, Setup, flags};

use crate::script::{
    A, Act, B, Handled, On, Script, anchor, at, crash, fault, idle, message, ms, on, pause, run,
    run_with, setup, suspend,
};

/// B sends word `n` to A at each of the times, in ms, `n` from 1.
fn sends_to_a(times: &[u64]) -> Script {
    let mut b = idle();
    for (word, &time) in (1..).zip(times) {
        b = b
            .on(On::Start, &[Act::After(ms(time), word)])
            .on(On::Does(word), &[Act::Send(A, word)]);
    }
    b
}

#[test]
fn a_message_waits_for_a_paused_process() {
    let faults = vec![fault(at(ms(5)), pause(A, ms(100)))];
    let seen = run(faults, &[idle(), sends_to_a(&[10])]);
    assert_eq!(seen.times(A, Kind::Receive), [ms(11)], "it arrives");
    assert_eq!(seen.heard(A), [(ms(105), 1)], "and is handled later");
}

#[test]
fn what_waits_is_handled_in_the_order_in_which_it_fell_due() {
    let faults = vec![fault(at(ms(5)), pause(A, ms(100)))];
    let a = on(
        On::Start,
        &[
            Act::After(ms(30), 30),
            Act::AtWall(20_000, 20),
            Act::After(ms(50), 50),
        ],
    );
    let seen = run(faults, &[a, sends_to_a(&[24, 39])]);
    assert_eq!(
        seen.handled(A),
        [
            Handled::Did(20),
            Handled::Heard(1),
            Handled::Did(30),
            Handled::Heard(2),
            Handled::Did(50)
        ]
    );
    assert_eq!(seen.did(A, 50), [ms(105)]);
}

#[test]
fn work_stops_with_the_process_and_goes_on_where_it_stopped() {
    let faults = vec![
        fault(at(ms(30)), pause(A, ms(100))),
        fault(at(ms(150)), pause(A, ms(7))),
    ];
    let seen = run(faults, &[on(On::Start, &[Act::Work(ms(50), 1)])]);
    assert_eq!(seen.did(A, 1), [ms(157)]);
}

#[test]
fn work_is_not_touched_by_what_happens_to_the_clocks() {
    let step = fencepost_sim::FaultKind::Step {
        node: A,
        by_us: 1_000_000,
    };
    let drift = fencepost_sim::FaultKind::Drift {
        node: A,
        ppm: 500_000,
    };
    let faults = vec![fault(at(ms(30)), step), fault(at(ms(40)), drift)];
    let seen = run(faults, &[on(On::Start, &[Act::Work(ms(50), 1)])]);
    assert_eq!(seen.did(A, 1), [ms(50)]);
}

#[test]
fn a_pause_at_an_anchor_interrupts_the_step_after_it() {
    let faults = vec![fault(anchor(A, 7, 1), pause(A, ms(100)))];
    let a = on(On::Start, &[Act::After(ms(5), 1)]).on(On::Does(1), &[Act::Then(7, 2)]);
    let seen = run(faults, &[a]);
    assert_eq!(seen.did(A, 1), [ms(5)]);
    assert_eq!(seen.did(A, 2), [ms(105)]);
    let begin = seen
        .0
        .records
        .iter()
        .find(|record| record.kind == Kind::PauseBegin as u8)
        .expect("it was paused");
    assert_eq!(begin.y, 8, "the anchor's number plus one");
}

#[test]
fn a_pause_where_the_process_waits_interrupts_nothing() {
    let faults = vec![fault(anchor(A, 7, 1), pause(A, ms(100)))];
    let a = on(On::Start, &[Act::Send(B, 1), Act::Reached(7)]);
    let b = on(On::Hears(1), &[Act::Reply(2)]);
    let seen = run(faults, &[a, b]);
    assert_eq!(seen.heard(B), [(ms(1), 1)], "the request is executed");
    assert_eq!(seen.heard(A), [(ms(100), 2)], "the answer unread");
}

/// A is paused at an anchor before task 2; meanwhile B's word and A's own
/// timer come.
fn interrupted(order: ResumeOrder) -> Vec<Handled> {
    let world = Setup {
        resume_order: order,
        ..setup(vec![fault(anchor(A, 7, 1), pause(A, ms(100)))])
    };
    let a = on(On::Start, &[Act::After(ms(5), 1), Act::After(ms(20), 3)])
        .on(On::Does(1), &[Act::Then(7, 2)]);
    let seen = run_with(world, &[a, sends_to_a(&[10])]);
    seen.handled(A)
}

#[test]
fn the_application_acts_before_it_hears_the_news() {
    assert_eq!(
        interrupted(ResumeOrder::AppFirst),
        [
            Handled::Did(1),
            Handled::Did(2),
            Handled::Heard(1),
            Handled::Did(3)
        ]
    );
}

#[test]
fn with_io_first_it_hears_the_news_before_it_acts() {
    assert_eq!(
        interrupted(ResumeOrder::IoFirst),
        [
            Handled::Did(1),
            Handled::Heard(1),
            Handled::Did(3),
            Handled::Did(2)
        ]
    );
}

#[test]
fn what_comes_at_the_instant_of_resuming_does_not_overtake_what_waits() {
    // The second word is sent after the pause was queued and arrives at the
    // very instant at which it ends.
    let faults = vec![fault(anchor(A, 7, 1), pause(A, ms(100)))];
    let a = on(On::Start, &[Act::After(ms(5), 1)]).on(On::Does(1), &[Act::Then(7, 2)]);
    let seen = run(faults, &[a, sends_to_a(&[10, 104])]);
    assert_eq!(
        seen.handled(A)[1..],
        [Handled::Did(2), Handled::Heard(1), Handled::Heard(2)]
    );
    assert_eq!(seen.heard(A), [(ms(105), 1), (ms(105), 2)]);
}

#[test]
fn a_step_that_the_interrupted_one_clears_does_not_run_though_it_was_due() {
    let faults = vec![fault(anchor(A, 7, 1), pause(A, ms(100)))];
    let a =
        on(On::Start, &[Act::After(ms(20), 3), Act::Then(7, 2)]).on(On::Does(2), &[Act::Clear(3)]);
    assert_eq!(run(faults, &[a]).handled(A), [Handled::Did(2)]);
}

#[test]
fn news_that_leads_to_another_pause_leaves_what_waits_for_its_end() {
    // Word 1 makes A go on past an anchor where it is paused again.
    for (order, expected) in [
        (
            ResumeOrder::AppFirst,
            [
                Handled::Did(2),
                Handled::Heard(1),
                Handled::Did(3),
                Handled::Heard(2),
            ],
        ),
        (
            ResumeOrder::IoFirst,
            [
                Handled::Heard(1),
                Handled::Heard(2),
                Handled::Did(2),
                Handled::Did(3),
            ],
        ),
    ] {
        let world = Setup {
            resume_order: order,
            ..setup(vec![
                fault(anchor(A, 7, 1), pause(A, ms(100))),
                fault(anchor(A, 8, 1), pause(A, ms(100))),
            ])
        };
        let a = on(On::Start, &[Act::Then(7, 2)]).on(On::Hears(1), &[Act::Then(8, 3)]);
        let seen = run_with(world, &[a, sends_to_a(&[10, 20])]);
        assert_eq!(seen.handled(A), expected, "{order:?}");
        assert_eq!(seen.did(A, 3), [ms(200)]);
    }
}

#[test]
fn a_pause_set_off_by_a_message_strikes_once_the_handler_is_done() {
    let faults = vec![fault(message(A, 1, 1), pause(A, ms(100)))];
    let a = on(
        On::Start,
        &[Act::Send(B, 1), Act::Send(B, 2), Act::After(ms(5), 3)],
    );
    let seen = run(faults, &[a, idle()]);
    assert_eq!(seen.heard(B), [(ms(1), 1), (ms(1), 2)]);
    assert_eq!(seen.did(A, 3), [ms(100)]);
}

#[test]
fn the_longest_of_overlapping_pauses_decides_and_ends_once() {
    for (first, second) in [((5, 100), (20, 50)), ((5, 50), (20, 85))] {
        let faults = vec![
            fault(at(ms(first.0)), pause(A, ms(first.1))),
            fault(at(ms(second.0)), pause(A, ms(second.1))),
        ];
        let seen = run(faults, &[on(On::Start, &[Act::After(ms(10), 1)])]);
        assert_eq!(seen.did(A, 1), [ms(105)]);
        assert_eq!(seen.times(A, Kind::PauseEnd), [ms(105)]);
    }
}

#[test]
fn a_process_paused_at_the_start_has_started() {
    let faults = vec![fault(at(0), pause(A, ms(100)))];
    let seen = run(faults, &[on(On::Start, &[Act::After(0, 1)])]);
    assert_eq!(seen.started(A), [0]);
    assert_eq!(seen.did(A, 1), [ms(100)]);
}

#[test]
fn a_process_that_others_pause_before_it_starts_starts_later() {
    let faults = vec![fault(message(A, 1, 1), pause(B, ms(100)))];
    let seen = run(faults, &[on(On::Start, &[Act::Send(B, 1)]), idle()]);
    assert_eq!(seen.started(B), [ms(100)]);
    assert_eq!(seen.heard(B), [(ms(100), 1)]);
}

#[test]
fn a_pause_without_length_does_nothing() {
    let faults = vec![
        fault(at(ms(5)), pause(A, 0)),
        fault(anchor(A, 7, 1), pause(A, 0)),
    ];
    let a = on(On::Start, &[Act::After(ms(10), 1)]).on(On::Does(1), &[Act::Then(7, 2)]);
    let seen = run(faults, &[a]);
    assert_eq!(seen.did(A, 2), [ms(10)]);
    assert_eq!(seen.count(Kind::PauseBegin), 0);
}

#[test]
fn a_dead_process_cannot_be_paused() {
    let faults = vec![
        fault(at(ms(5)), crash(A, Some(ms(20)))),
        fault(at(ms(10)), pause(A, ms(100))),
    ];
    let seen = run(faults, &[idle()]);
    assert_eq!(seen.restarted(A), [(ms(25), false)]);
    assert_eq!(seen.count(Kind::PauseBegin), 0);
}

#[test]
fn the_end_of_an_earlier_lifes_pause_does_not_end_the_next_ones() {
    let faults = vec![
        fault(at(ms(5)), pause(A, ms(100))),
        fault(at(ms(10)), crash(A, Some(ms(10)))),
        fault(at(ms(30)), pause(A, ms(200))),
    ];
    let a = on(On::Restart, &[Act::After(ms(20), 1)]);
    let seen = run(faults, &[a]);
    assert_eq!(seen.did(A, 1), [ms(230)]);
    assert_eq!(seen.times(A, Kind::PauseEnd), [ms(230)]);
}

// --- suspension -----------------------------------------------------------

#[test]
fn suspension_stops_the_monotonic_clock_and_not_the_wall() {
    let faults = vec![fault(at(ms(5)), suspend(A, ms(100)))];
    let a = on(On::Start, &[Act::After(ms(10), 1), Act::AtWall(20_000, 2)])
        .on(On::Does(1), &[Act::ReadClocks]);
    let seen = run(faults, &[a]);
    assert_eq!(seen.did(A, 2), [ms(105)], "due while suspended");
    assert_eq!(seen.did(A, 1), [ms(110)], "five milliseconds were left");
    assert_eq!(seen.clocks(A), [(110_000, 10_000)]);
    assert_eq!(seen.flags(Kind::PauseEnd), [flags::SUSPENDED]);
}

#[test]
fn a_suspension_within_a_pause_stops_the_clock_for_its_own_length() {
    for (pauses, suspends) in [((5, 200), (50, 100)), ((50, 155), (5, 100))] {
        let faults = vec![
            fault(at(ms(pauses.0)), pause(A, ms(pauses.1))),
            fault(at(ms(suspends.0)), suspend(A, ms(suspends.1))),
        ];
        let a = on(On::Start, &[Act::After(ms(300), 1)]).on(On::Does(1), &[Act::ReadClocks]);
        let seen = run(faults, &[a]);
        assert_eq!(seen.times(A, Kind::PauseEnd), [ms(205)]);
        assert_eq!(seen.clocks(A), [(400_000, 300_000)]);
    }
}
