//! What cuts do to messages and connections.

use fencepost_sim::{Cut, Fault, Kind, drop_reason, flags};

use crate::script::{
    A, Act, B, On, Script, Seen, anchor, at, cut, cut_both, delay, fault, idle, message, ms, on,
    run,
};

/// Sends word `n` to B at each of the times, in ms, `n` from 1.
fn sends(times: &[u64]) -> Script {
    let mut a = idle();
    for (word, &time) in (1..).zip(times) {
        a = a
            .on(On::Start, &[Act::After(ms(time), word)])
            .on(On::Does(word), &[Act::Send(B, word)]);
    }
    a
}

fn held(from_ms: u64, until_ms: u64) -> Fault {
    let us = Some(ms(until_ms - from_ms));
    fault(at(ms(from_ms)), cut_both(A, B, us, Cut::Hold))
}

fn lost(from_ms: u64, until_ms: u64) -> Fault {
    let us = Some(ms(until_ms - from_ms));
    fault(at(ms(from_ms)), cut_both(A, B, us, Cut::Drop))
}

fn two(faults: Vec<Fault>, times: &[u64]) -> Seen {
    run(faults, &[sends(times), idle()])
}

// --- hold -----------------------------------------------------------------

#[test]
fn a_held_message_arrives_at_the_first_retransmission_after_the_heal() {
    // Retransmissions 200, 600 and 1,400 ms after the first sending at 10 ms.
    for (heals, arrives) in [(100, 211), (210, 211), (211, 611), (500, 611), (700, 1_411)] {
        let seen = two(vec![held(5, heals)], &[10]);
        assert_eq!(seen.heard(B), [(ms(arrives), 1)], "healed at {heals} ms");
        assert_eq!(seen.flags(Kind::Receive), [flags::HELD]);
    }
}

#[test]
fn a_message_in_flight_when_the_cut_begins_is_held() {
    let faults = vec![fault(at(ms(10) + 500), cut(A, B, Some(ms(100)), Cut::Hold))];
    let seen = two(faults, &[10]);
    assert_eq!(seen.times(A, Kind::Hold), [ms(10) + 500]);
    assert_eq!(seen.heard(B), [(ms(211), 1)]);
}

#[test]
fn a_message_that_arrives_at_the_instant_the_cut_begins_is_cut() {
    assert_eq!(two(vec![held(11, 100)], &[10]).heard(B), [(ms(211), 1)]);
}

#[test]
fn a_message_set_off_before_the_cut_or_after_it_is_not_touched() {
    let seen = two(vec![held(12, 100)], &[10, 101]);
    assert_eq!(seen.heard(B), [(ms(11), 1), (ms(102), 2)]);
    assert_eq!(seen.count(Kind::Hold), 0);
}

#[test]
fn the_oldest_message_runs_the_clock_for_all_and_they_arrive_in_order() {
    let seen = two(vec![held(5, 500)], &[10, 300, 490]);
    let arrives = ms(611);
    assert_eq!(seen.heard(B), [(arrives, 1), (arrives, 2), (arrives, 3)]);
}

#[test]
fn what_is_held_keeps_its_order_whatever_went_before() {
    // The places of the first three are free when the others take them.
    let seen = two(vec![held(5, 500)], &[1, 1, 1, 10, 10, 10]);
    let words: Vec<u8> = seen.heard(B).iter().map(|&(_, word)| word).collect();
    assert_eq!(words, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn what_is_sent_after_the_heal_queues_behind_what_is_held() {
    let seen = two(vec![held(5, 500)], &[10, 550, 620]);
    assert_eq!(seen.heard(B), [(ms(611), 1), (ms(611), 2), (ms(621), 3)]);
}

#[test]
fn a_cut_that_comes_before_the_retransmission_goes_on_holding() {
    let seen = two(vec![held(5, 500), held(550, 700)], &[10]);
    assert_eq!(seen.heard(B), [(ms(1_411), 1)]);
    assert_eq!(seen.count(Kind::Hold), 1);
}

#[test]
fn a_connection_attempt_retransmits_after_one_three_and_seven_seconds() {
    for (heals, syn) in [(100, 1_010), (2_000, 3_010), (5_000, 7_010)] {
        let a = on(On::Start, &[Act::After(ms(10), 1)]).on(On::Does(1), &[Act::Connect(B, 1)]);
        let seen = run(vec![held(5, heals)], &[a, idle()]);
        assert_eq!(seen.heard(B), [(ms(syn + 3), 1)], "healed at {heals} ms");
    }
}

#[test]
fn a_connection_that_is_given_up_loses_what_was_on_its_way_on_both_sides() {
    // Closed at 300 ms and opened again at 310: a connection attempt has a
    // clock of its own, and nothing of what was held before is in its way.
    let a = sends(&[10, 20])
        .on(On::Start, &[Act::After(ms(300), 8), Act::After(ms(310), 9)])
        .on(On::Does(8), &[Act::Close(B)])
        .on(On::Does(9), &[Act::Connect(B, 3)]);
    let b = on(On::Start, &[Act::After(ms(10), 1)]).on(On::Does(1), &[Act::Send(A, 4)]);
    let seen = run(vec![held(5, 500)], &[a, b]);
    assert_eq!(seen.heard(A), []);
    assert_eq!(seen.heard(B), [(ms(1_313), 3)]);
    assert_eq!(seen.flags(Kind::Drop), [drop_reason::RESET; 3]);
    assert_eq!(seen.resets(A), []);
}

#[test]
fn what_is_in_flight_as_a_connection_is_given_up_never_arrives() {
    let a = on(
        On::Start,
        &[Act::Send(B, 1), Act::Close(B), Act::Send(B, 2)],
    );
    assert_eq!(run(vec![], &[a, idle()]).heard(B), [(ms(1), 2)]);
}

#[test]
fn a_cut_one_way_leaves_the_other() {
    let faults = vec![fault(at(0), cut(A, B, Some(ms(500)), Cut::Hold))];
    let a = on(On::Start, &[Act::After(ms(10), 1)]).on(On::Does(1), &[Act::Send(B, 1)]);
    let b = on(On::Start, &[Act::After(ms(10), 1)]).on(On::Does(1), &[Act::Send(A, 2)]);
    let seen = run(faults, &[a, b]);
    assert_eq!(seen.heard(A), [(ms(11), 2)]);
    assert_eq!(seen.heard(B), [(ms(611), 1)]);
}

#[test]
fn a_link_heals_with_the_last_cut_on_it() {
    let seen = two(vec![held(5, 500), held(100, 300)], &[10]);
    assert_eq!(seen.heard(B), [(ms(611), 1)]);
    assert_eq!(seen.times(A, Kind::CutBegin), [ms(5), ms(100)]);
    assert_eq!(seen.times(A, Kind::CutEnd), [ms(500)]);
}

#[test]
fn a_link_named_twice_is_cut_once() {
    let mut twice = held(5, 500);
    if let fencepost_sim::FaultKind::Cut { links, .. } = &mut twice.kind {
        links.extend_from_within(..);
    }
    let seen = two(vec![twice], &[10]);
    assert_eq!(seen.times(A, Kind::CutBegin), [ms(5)]);
    assert_eq!(seen.times(A, Kind::CutEnd), [ms(500)]);
}

#[test]
fn a_cut_without_length_cuts_nothing() {
    let faults = vec![fault(at(ms(10) + 500), cut_both(A, B, Some(0), Cut::Drop))];
    let seen = two(faults, &[10]);
    assert_eq!(seen.heard(B), [(ms(11), 1)]);
    assert_eq!(seen.count(Kind::CutBegin), 0);
}

#[test]
fn a_cut_without_end_holds_to_the_end() {
    let faults = vec![fault(at(0), cut_both(A, B, None, Cut::Hold))];
    let seen = two(faults, &[10, 400]);
    assert_eq!(seen.heard(B), []);
    assert_eq!(seen.count(Kind::Hold), 2);
}

#[test]
fn a_cut_set_off_by_a_message_cuts_that_message() {
    let faults = vec![fault(message(A, 1, 1), cut(A, B, Some(ms(100)), Cut::Hold))];
    assert_eq!(two(faults, &[10]).heard(B), [(ms(211), 1)]);
}

#[test]
fn a_delay_on_a_cut_link_adds_to_the_retransmission_of_its_message() {
    let faults = vec![
        held(5, 500),
        fault(message(A, 2, 1), delay(&[(A, B)], ms(40))),
    ];
    let seen = two(faults, &[10, 20]);
    assert_eq!(seen.heard(B), [(ms(611), 1), (ms(651), 2)]);
}

// --- drop -----------------------------------------------------------------

#[test]
fn a_dropping_cut_loses_what_is_sent_and_what_is_in_flight() {
    let faults = vec![fault(at(ms(10) + 500), cut(A, B, Some(ms(100)), Cut::Drop))];
    let seen = two(faults, &[10, 50]);
    assert_eq!(seen.heard(B), []);
    assert_eq!(seen.times(A, Kind::Drop), [ms(10) + 500, ms(50)]);
    assert_eq!(seen.flags(Kind::Drop), [drop_reason::CUT; 2]);
    assert_eq!(seen.resets(A), [], "nothing tells the sender yet");
}

#[test]
fn the_next_send_after_the_heal_meets_a_reset_and_the_one_after_goes_through() {
    let seen = two(vec![lost(5, 100)], &[10, 200, 300]);
    assert_eq!(
        seen.flags(Kind::Drop),
        [drop_reason::CUT, drop_reason::RESET]
    );
    assert_eq!(seen.resets(A), [ms(202)], "a round trip later");
    assert_eq!(seen.heard(B), [(ms(301), 3)]);
}

#[test]
fn what_is_sent_before_word_of_the_reset_is_lost_and_told_once() {
    let seen = two(vec![lost(5, 100)], &[10, 200, 201, 203]);
    assert_eq!(seen.resets(A), [ms(202)]);
    assert_eq!(seen.heard(B), [(ms(204), 4)]);
}

#[test]
fn a_lost_message_breaks_the_connection_for_both_ends() {
    let b = on(On::Start, &[Act::After(ms(200), 1)]).on(On::Does(1), &[Act::Send(A, 9)]);
    let seen = run(vec![lost(5, 100)], &[sends(&[10]), b]);
    assert_eq!(seen.resets(B), [ms(202)]);
    assert_eq!(seen.heard(A), []);
}

#[test]
fn a_new_connection_meets_no_reset_and_serves_both_ways() {
    let a = sends(&[10])
        .on(On::Start, &[Act::After(ms(200), 2)])
        .on(On::Does(2), &[Act::Connect(B, 2)]);
    let b = on(On::Hears(2), &[Act::Reply(3)]);
    let seen = run(vec![lost(5, 100)], &[a, b]);
    assert_eq!(seen.heard(B), [(ms(203), 2)]);
    assert_eq!(seen.heard(A), [(ms(204), 3)]);
    assert_eq!(seen.count(Kind::Reset), 0);
}

#[test]
fn a_new_connection_makes_word_of_the_old_one_idle() {
    let a = sends(&[10, 200])
        .on(On::Start, &[Act::After(ms(201), 3)])
        .on(On::Does(3), &[Act::Connect(B, 3)]);
    let seen = run(vec![lost(5, 100)], &[a, idle()]);
    assert_eq!(seen.resets(A), []);
    assert_eq!(seen.heard(B), [(ms(204), 3)]);
}

#[test]
fn a_dropping_cut_that_touches_no_message_leaves_the_connection() {
    let seen = two(vec![lost(20, 100)], &[10, 200]);
    assert_eq!(seen.heard(B), [(ms(11), 1), (ms(201), 2)]);
}

#[test]
fn requests_still_arrive_where_only_their_answers_are_lost() {
    let faults = vec![fault(at(ms(5)), cut(B, A, Some(ms(95)), Cut::Drop))];
    let b = on(On::Hears(1), &[Act::Reply(9)]).on(On::Hears(2), &[Act::Reply(9)]);
    let seen = run(faults, &[sends(&[10, 50, 200]), b]);
    assert_eq!(seen.heard(B), [(ms(11), 1), (ms(51), 2)]);
    assert_eq!(seen.resets(A), [ms(202)], "found out after the heal");
}

#[test]
fn a_dropping_cut_loses_what_an_earlier_cut_holds() {
    let seen = two(vec![held(5, 500), lost(100, 150)], &[10]);
    assert_eq!(seen.heard(B), []);
    assert_eq!(seen.times(A, Kind::Drop), [ms(100)]);
}

#[test]
fn what_was_sent_on_a_broken_connection_and_held_meets_the_reset() {
    let seen = two(vec![lost(5, 50), held(60, 100)], &[10, 70]);
    assert_eq!(seen.heard(B), []);
    // Retransmitted 200 ms after it was sent.
    assert_eq!(seen.resets(A), [ms(272)]);
}

#[test]
fn a_cut_can_strike_at_an_anchor() {
    let faults = vec![fault(anchor(A, 4, 1), cut(A, B, Some(ms(100)), Cut::Hold))];
    let a = on(On::Start, &[Act::After(ms(10), 1)])
        .on(On::Does(1), &[Act::Then(4, 2)])
        .on(On::Does(2), &[Act::Send(B, 1)]);
    let seen = run(faults, &[a, idle()]);
    assert_eq!(seen.did(A, 2), [ms(10)], "a cut interrupts no process");
    assert_eq!(seen.heard(B), [(ms(211), 1)]);
}
