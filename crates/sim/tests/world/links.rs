//! Messages on links that nothing cuts, and delays.

use fencepost_sim::{Kind, Latency, Node, Setup, Span, drop_reason};

use crate::script::{
    A, Act, B, C, On, at, delay, fault, idle, message, ms, on, run, run_with, setup,
};

#[test]
fn a_message_takes_its_links_latency() {
    let slow = Latency {
        base: Span::from_ms(7),
        jitter: Span::ZERO,
    };
    let world = Setup {
        exceptions: vec![((A, C), slow)],
        ..setup(vec![])
    };
    let a = on(On::Start, &[Act::Send(B, 1), Act::Send(C, 2)]);
    let c = on(On::Hears(2), &[Act::Reply(3)]);
    let seen = run_with(world, &[a, idle(), c]);
    assert_eq!(seen.heard(B), [(ms(1), 1)]);
    assert_eq!(seen.heard(C), [(ms(7), 2)]);
    assert_eq!(seen.heard(A), [(ms(8), 3)], "the way back is another link");
}

#[test]
fn no_message_overtakes_another_on_its_link() {
    let world = Setup {
        latency: Latency {
            base: Span::from_ms(1),
            jitter: Span::from_ms(50),
        },
        ..setup(vec![])
    };
    let mut a = idle();
    for word in 0..40 {
        a = a
            .on(On::Start, &[Act::After(u64::from(word) * 1_000, word)])
            .on(On::Does(word), &[Act::Send(B, word)]);
    }
    let seen = run_with(world, &[a, idle()]);
    let words: Vec<u8> = seen.heard(B).iter().map(|&(_, word)| word).collect();
    assert_eq!(words, (0..40).collect::<Vec<u8>>());
    let late = |&(at, word): &(u64, u8)| at - u64::from(word) * 1_000;
    let latencies: Vec<u64> = seen.heard(B).iter().map(late).collect();
    assert!(latencies.iter().all(|us| (ms(1)..=ms(51)).contains(us)));
    assert!(latencies.iter().any(|us| us != &latencies[0]), "it jitters");
}

#[test]
fn a_node_can_send_to_itself() {
    let seen = run(vec![], &[on(On::Start, &[Act::Send(A, 1)])]);
    assert_eq!(seen.heard(A), [(ms(1), 1)]);
}

#[test]
fn opening_a_connection_takes_a_round_trip_before_the_message() {
    let seen = run(vec![], &[on(On::Start, &[Act::Connect(B, 1)]), idle()]);
    assert_eq!(seen.heard(B), [(ms(3), 1)]);
}

#[test]
fn a_message_to_a_node_that_is_not_there_is_lost() {
    let a = on(On::Start, &[Act::Send(Node(9), 1), Act::Connect(C, 2)]);
    let seen = run(vec![], &[a, idle()]);
    assert_eq!(seen.flags(Kind::Drop), [drop_reason::DOWN; 2]);
}

#[test]
fn a_delay_hits_the_very_message_that_sets_it_off() {
    let faults = vec![fault(message(A, 2, 2), delay(&[], ms(500)))];
    let sends = [Act::Send(B, 2), Act::Send(C, 2), Act::Send(C, 1)];
    let seen = run(faults, &[on(On::Start, &sends), idle(), idle()]);
    assert_eq!(seen.heard(B), [(ms(1), 2)]);
    assert_eq!(
        seen.heard(C),
        [(ms(501), 2), (ms(501), 1)],
        "what is sent later does not overtake it"
    );
    assert_eq!(seen.times(A, Kind::Delay), [0]);
}

#[test]
fn a_delay_at_an_instant_hits_the_next_message_on_one_of_its_links() {
    let faults = vec![fault(at(ms(1)), delay(&[(A, B), (A, C)], ms(500)))];
    let a = on(On::Start, &[Act::Send(B, 1), Act::After(ms(2), 1)])
        .on(On::Does(1), &[Act::Send(C, 2), Act::Send(B, 3)]);
    let seen = run(faults, &[a, idle(), idle()]);
    assert_eq!(seen.heard(B), [(ms(1), 1), (ms(3), 3)]);
    assert_eq!(seen.heard(C), [(ms(503), 2)]);
    assert_eq!(seen.count(Kind::Delay), 1);
}

#[test]
fn a_delay_without_length_does_nothing() {
    let faults = vec![fault(message(A, 1, 1), delay(&[(A, B)], 0))];
    let seen = run(faults, &[on(On::Start, &[Act::Send(B, 1)]), idle()]);
    assert_eq!(seen.count(Kind::Delay), 0);
}
