//! Processes that die, and come back.

use fencepost_sim::{Cut, FaultKind, Kind, Latency, Setup, Span, drop_reason, flags};

use crate::script::{
    A, Act, B, C, On, Script, anchor, at, crash, cut_both, fault, idle, message, ms, on, pause,
    run, run_with, setup, suspend,
};

/// A sends word `n` to B at each of the times, in ms, `n` from 1.
fn sends(times: &[u64]) -> Script {
    let mut a = idle();
    for (word, &time) in (1..).zip(times) {
        a = a
            .on(On::Start, &[Act::After(ms(time), word)])
            .on(On::Does(word), &[Act::Send(B, word)]);
    }
    a
}

#[test]
fn a_dead_process_does_nothing_more() {
    let b = on(
        On::Start,
        &[
            Act::After(ms(10), 1),
            Act::Work(ms(10), 2),
            Act::AtWall(10_000, 3),
        ],
    );
    let seen = run(vec![fault(at(ms(5)), crash(B, None))], &[idle(), b]);
    assert_eq!(seen.handled(B), []);
}

#[test]
fn it_comes_back_without_its_timers_and_with_what_it_stored() {
    let b = on(On::Start, &[Act::After(ms(50), 1)]).on(On::Restart, &[Act::After(ms(5), 2)]);
    let faults = vec![fault(at(ms(5)), crash(B, Some(ms(20))))];
    let seen = run(faults, &[idle(), b]);
    assert_eq!(seen.restarted(B), [(ms(25), false)]);
    assert_eq!(seen.did(B, 2), [ms(30)]);
    assert_eq!(seen.did(B, 1), []);
}

#[test]
fn wiped_it_comes_back_without_what_it_stored() {
    let wiped = FaultKind::Crash {
        node: B,
        restart: Some(Span::from_ms(20)),
        wiped: true,
    };
    let seen = run(vec![fault(at(ms(5)), wiped)], &[idle(), idle()]);
    assert_eq!(seen.restarted(B), [(ms(25), true)]);
    assert_eq!(seen.flags(Kind::Restart), [flags::WIPED]);
}

#[test]
fn whoever_talked_with_it_hears_of_its_death_and_nobody_else() {
    let a = sends(&[1]);
    let faults = vec![fault(at(ms(5)), crash(B, None))];
    let seen = run(faults, &[a, idle(), idle()]);
    assert_eq!(seen.resets(A), [ms(6)]);
    assert_eq!(seen.resets(C), []);
}

#[test]
fn whoever_only_listened_to_it_hears_of_its_death_too() {
    let b = on(On::Start, &[Act::Send(A, 1)]);
    let seen = run(vec![fault(at(ms(5)), crash(B, None))], &[idle(), b]);
    assert_eq!(seen.resets(A), [ms(6)]);
}

#[test]
fn a_message_to_a_dead_process_is_refused() {
    let seen = run(
        vec![fault(at(ms(5)), crash(B, None))],
        &[sends(&[10]), idle()],
    );
    assert_eq!(seen.flags(Kind::Drop), [drop_reason::DOWN]);
    assert_eq!(seen.resets(A), [ms(12)]);
}

#[test]
fn several_messages_to_a_dead_process_are_refused_once() {
    let seen = run(
        vec![fault(at(ms(5)), crash(B, None))],
        &[sends(&[10, 10, 10]), idle()],
    );
    assert_eq!(seen.count(Kind::Drop), 3);
    assert_eq!(seen.resets(A), [ms(12)]);
}

#[test]
fn what_was_sent_to_an_earlier_life_is_refused() {
    let world = Setup {
        latency: Latency {
            base: Span::from_ms(50),
            jitter: Span::ZERO,
        },
        ..setup(vec![fault(at(ms(20)), crash(B, Some(ms(10))))])
    };
    let seen = run_with(world, &[sends(&[10]), idle()]);
    assert_eq!(seen.heard(B), []);
    assert_eq!(seen.flags(Kind::Drop), [drop_reason::RESET]);
    assert_eq!(seen.resets(A), [ms(70)], "told once, by the crash itself");
}

#[test]
fn what_was_held_for_an_earlier_life_is_refused() {
    let faults = vec![
        fault(at(ms(5)), cut_both(A, B, Some(ms(500)), Cut::Hold)),
        fault(at(ms(20)), crash(B, Some(ms(10)))),
    ];
    let seen = run(faults, &[sends(&[10]), idle()]);
    assert_eq!(seen.heard(B), []);
    assert_eq!(seen.resets(A), [ms(612)]);
}

#[test]
fn behind_a_cut_its_peers_learn_at_the_next_send_after_the_heal() {
    let faults = vec![
        fault(at(ms(5)), cut_both(A, B, Some(ms(50)), Cut::Hold)),
        fault(at(ms(20)), crash(B, Some(ms(10)))),
    ];
    let seen = run(faults, &[sends(&[1, 100, 110]), idle()]);
    assert_eq!(seen.resets(A), [ms(102)]);
    assert_eq!(seen.heard(B), [(ms(2), 1), (ms(111), 3)]);
}

#[test]
fn a_new_connection_reaches_the_next_life() {
    let faults = vec![
        fault(at(ms(5)), cut_both(A, B, Some(ms(50)), Cut::Hold)),
        fault(at(ms(20)), crash(B, Some(ms(10)))),
    ];
    let a = sends(&[1])
        .on(On::Start, &[Act::After(ms(100), 2)])
        .on(On::Does(2), &[Act::Connect(B, 2)]);
    let b = on(On::Hears(2), &[Act::Reply(3)]);
    let seen = run(faults, &[a, b]);
    assert_eq!(seen.heard(B), [(ms(2), 1), (ms(103), 2)]);
    assert_eq!(seen.heard(A), [(ms(104), 3)]);
}

#[test]
fn the_next_life_is_answered_though_its_peer_never_heard_of_the_death() {
    let faults = vec![
        fault(at(ms(5)), cut_both(A, B, Some(ms(50)), Cut::Hold)),
        fault(at(ms(20)), crash(B, Some(ms(80)))),
    ];
    let a = sends(&[1]).on(On::Hears(8), &[Act::Reply(9)]);
    let b = on(On::Restart, &[Act::Send(A, 8)]);
    let seen = run(faults, &[a, b]);
    assert_eq!(seen.heard(B), [(ms(2), 1), (ms(102), 9)]);
}

#[test]
fn what_a_process_sent_before_it_died_still_arrives() {
    let faults = vec![fault(message(A, 1, 1), crash(A, None))];
    let seen = run(faults, &[sends(&[10]), idle()]);
    assert_eq!(seen.heard(B), [(ms(11), 1)]);
    assert_eq!(seen.resets(B), [ms(11)], "behind it");
}

#[test]
fn a_crash_at_an_anchor_takes_the_step_with_it() {
    let faults = vec![fault(anchor(A, 7, 1), crash(A, Some(ms(10))))];
    let a = on(On::Start, &[Act::Then(7, 1)]);
    let seen = run(faults, &[a]);
    assert_eq!(seen.did(A, 1), []);
    assert_eq!(seen.restarted(A), [(ms(10), false)]);
}

#[test]
fn a_crash_elsewhere_leaves_the_step_that_set_it_off() {
    let faults = vec![fault(message(A, 1, 1), crash(B, None))];
    let a = on(On::Start, &[Act::Send(B, 1), Act::Then(7, 2)]);
    let seen = run(faults, &[a, idle()]);
    assert_eq!(seen.did(A, 2), [0]);
}

#[test]
fn what_waits_for_a_paused_process_dies_with_it() {
    let faults = vec![
        fault(at(ms(5)), suspend(B, ms(100))),
        fault(at(ms(50)), crash(B, Some(ms(10)))),
    ];
    let b = on(On::Start, &[Act::AtWall(20_000, 1)])
        .on(On::Restart, &[Act::ReadClocks, Act::After(ms(5), 2)]);
    let seen = run(faults, &[sends(&[10]), b]);
    assert_eq!(seen.heard(B), []);
    assert_eq!(seen.did(B, 1), []);
    assert_eq!(seen.did(B, 2), [ms(65)]);
    assert_eq!(seen.clocks(B), [(60_000, 15_000)], "the machine runs again");
    assert_eq!(seen.resets(A), [ms(51)]);
    assert_eq!(seen.count(Kind::PauseEnd), 0);
}

#[test]
fn word_of_a_lost_connection_dies_with_the_process_that_it_waits_for() {
    let faults = vec![
        fault(at(ms(5)), crash(B, None)),
        fault(at(ms(5)), pause(A, ms(100))),
        fault(at(ms(50)), crash(A, Some(ms(10)))),
    ];
    let seen = run(faults, &[sends(&[1]), idle()]);
    assert_eq!(seen.resets(A), []);
    assert_eq!(seen.0.end.us(), ms(2_105), "nothing is waited for in vain");
}

#[test]
fn an_interrupted_step_dies_with_its_process() {
    let faults = vec![
        fault(anchor(A, 7, 1), pause(A, ms(100))),
        fault(at(ms(50)), crash(A, Some(ms(10)))),
        fault(at(ms(70)), pause(A, ms(10))),
    ];
    let seen = run(faults, &[on(On::Start, &[Act::Then(7, 1)])]);
    assert_eq!(seen.did(A, 1), []);
}

#[test]
fn who_is_dead_does_not_die_again() {
    let faults = vec![
        fault(at(ms(5)), crash(B, Some(ms(20)))),
        fault(at(ms(10)), crash(B, None)),
    ];
    let seen = run(faults, &[idle(), idle()]);
    assert_eq!(seen.count(Kind::Crash), 1);
    assert_eq!(seen.restarted(B), [(ms(25), false)]);
}

#[test]
fn a_process_killed_before_it_starts_never_starts() {
    let faults = vec![fault(message(A, 1, 1), crash(B, Some(ms(10))))];
    let seen = run(faults, &[on(On::Start, &[Act::Send(B, 1)]), idle()]);
    assert_eq!(seen.started(B), []);
    assert_eq!(seen.restarted(B), [(ms(10), false)]);
}
