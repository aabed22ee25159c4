//! When faults strike.

use fencepost_sim::{Fault, FaultKind, Kind, MessageMatch, Node, Span, When};

use crate::script::{
    A, Act, B, C, On, anchor, at, crash, cut_both, delay, fault, idle, message, ms, on, pause, run,
};

#[test]
fn an_anchor_is_counted_from_one_and_strikes_once() {
    let a = on(On::Start, &[Act::After(ms(10), 1)])
        .on(On::Does(1), &[Act::Then(7, 2)])
        .on(On::Does(2), &[Act::After(ms(10), 1)]);
    for (nth, pauses) in [(0, 10), (1, 10), (2, 20), (3, 30)] {
        let world = fencepost_sim::Setup {
            horizon: Some(fencepost_sim::Time::from_us(ms(500))),
            ..crate::script::setup(vec![fault(anchor(A, 7, nth), pause(A, ms(100)))])
        };
        let seen = crate::script::run_with(world, std::slice::from_ref(&a));
        assert_eq!(seen.times(A, Kind::PauseBegin), [ms(pauses)]);
    }
}

#[test]
fn an_anchor_of_another_node_is_another_anchor() {
    let node = on(On::Start, &[Act::Then(7, 2)]);
    let faults = vec![fault(anchor(B, 7, 1), pause(B, ms(10)))];
    let seen = run(faults, &[node.clone(), node]);
    assert_eq!(seen.did(A, 2), [0]);
    assert_eq!(seen.did(B, 2), [ms(10)]);
}

#[test]
fn a_fault_at_one_nodes_anchor_can_strike_another_node() {
    let faults = vec![fault(anchor(A, 7, 1), pause(B, ms(10)))];
    let seen = run(
        faults,
        &[on(On::Start, &[Act::Send(B, 1), Act::Reached(7)]), idle()],
    );
    assert_eq!(seen.heard(B), [(ms(10), 1)]);
}

#[test]
fn messages_are_counted_by_their_links_or_senders() {
    let of = |links: &[(Node, Node)], senders: &[Node]| When::Message {
        matching: MessageMatch {
            kind: 1,
            links: links.to_vec(),
            senders: senders.to_vec(),
        },
        nth: 2,
    };
    let sends = [
        Act::Send(B, 1),
        Act::Send(B, 3),
        Act::Send(C, 1),
        Act::Send(B, 1),
    ];
    for (when, to) in [(of(&[], &[A]), C), (of(&[(A, B)], &[]), B)] {
        let faults = vec![fault(when, delay(&[], ms(100)))];
        let seen = run(faults, &[on(On::Start, &sends), idle(), idle()]);
        let late: Vec<Node> = [B, C]
            .into_iter()
            .filter(|&node| seen.heard(node).contains(&(ms(101), 1)))
            .collect();
        assert_eq!(late, [to]);
    }
}

#[test]
fn faults_set_off_by_messages_strike_in_the_order_of_the_messages() {
    let faults = vec![
        fault(message(A, 2, 1), pause(B, ms(20))),
        fault(message(A, 1, 1), crash(B, Some(ms(5)))),
    ];
    let a =
        on(On::Start, &[Act::After(ms(1), 1)]).on(On::Does(1), &[Act::Send(C, 1), Act::Send(C, 2)]);
    let seen = run(faults, &[a, idle(), idle()]);
    assert_eq!(seen.count(Kind::Crash), 1);
    assert_eq!(seen.count(Kind::PauseBegin), 0, "it was dead by then");
}

#[test]
fn faults_of_nodes_that_are_not_there_are_left_out() {
    let gone = Node(u16::MAX);
    let kinds = [
        pause(gone, ms(1)),
        crash(gone, Some(ms(1))),
        cut_both(A, gone, Some(ms(1)), fencepost_sim::Cut::Drop),
        delay(&[(gone, A)], ms(1)),
        FaultKind::Suspend {
            node: gone,
            span: Span::from_ms(1),
        },
        FaultKind::Step {
            node: gone,
            by_us: 1,
        },
        FaultKind::Drift { node: gone, ppm: 1 },
    ];
    let faults: Vec<Fault> = kinds
        .into_iter()
        .flat_map(|kind| {
            [
                fault(at(0), kind.clone()),
                fault(anchor(gone, 0, 1), kind.clone()),
                fault(message(gone, 1, 1), kind),
            ]
        })
        .collect();
    let seen = run(faults, &[on(On::Start, &[Act::Send(A, 1)])]);
    assert_eq!(seen.heard(A), [(ms(1), 1)]);
}

#[test]
fn a_world_without_nodes_runs_and_ends() {
    let seen = run(vec![fault(at(ms(5)), pause(A, ms(1)))], &[]);
    assert_eq!(seen.0.records, []);
}
