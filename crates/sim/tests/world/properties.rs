//! What holds in any world, however its nodes behave and whatever goes wrong.

use std::collections::BTreeMap;

use fencepost_sim::{
    Anchor, Cut, Digest, Fault, FaultKind, Kind, Latency, Limits, MessageMatch, Node, Recording,
    ResumeOrder, Setup, Span, Stop, Time, Trace, When, World,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::script::{Act, On, Script, idle};

/// Times that meet each other, and those at the ends of the range.
fn us() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => select(vec![0, 1, 500, 1_000, 1_500, 2_000, 5_000]),
        2 => select(vec![200_000, 600_000, 3_000_000, 20_000_000]),
        1 => select(vec![u64::MAX / 2, u64::MAX - 1, u64::MAX]),
    ]
}

/// One that is there, mostly.
fn node() -> impl Strategy<Value = Node> {
    prop_oneof![20 => 0..4_u16, 1 => Just(u16::MAX)].prop_map(Node)
}

fn rule() -> impl Strategy<Value = On> {
    prop_oneof![
        2 => Just(On::Start),
        3 => (0..3_u8).prop_map(On::Hears),
        3 => (0..3_u8).prop_map(On::Does),
        1 => Just(On::Reset),
        1 => Just(On::Restart),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let number = || 0..3_u8;
    let wall_us = us().prop_map(|us| i64::try_from(us).unwrap_or(i64::MAX));
    prop_oneof![
        3 => (node(), number()).prop_map(|(to, word)| Act::Send(to, word)),
        1 => (node(), number()).prop_map(|(to, word)| Act::Connect(to, word)),
        1 => node().prop_map(Act::Close),
        2 => number().prop_map(Act::Reply),
        2 => (us(), number()).prop_map(|(us, task)| Act::After(us, task)),
        2 => (us(), number()).prop_map(|(us, task)| Act::Poll(us, task)),
        1 => (wall_us, number()).prop_map(|(us, task)| Act::AtWall(us, task)),
        1 => (us(), number()).prop_map(|(us, task)| Act::Work(us, task)),
        2 => (number(), number()).prop_map(|(anchor, task)| Act::Then(anchor, task)),
        1 => number().prop_map(Act::Reached),
        1 => number().prop_map(Act::Clear),
        1 => Just(Act::ReadClocks),
    ]
}

fn script() -> impl Strategy<Value = Script> {
    let rule = (rule(), proptest::collection::vec(act(), 1..4));
    proptest::collection::vec(rule, 0..7).prop_map(|rules| {
        rules
            .into_iter()
            .fold(idle(), |script, (on, acts)| script.on(on, &acts))
    })
}

fn links() -> impl Strategy<Value = Vec<(Node, Node)>> {
    proptest::collection::vec((node(), node()), 0..6)
}

fn when() -> impl Strategy<Value = When> {
    let matching = (0..3_u8, links(), proptest::collection::vec(node(), 0..3)).prop_map(
        |(kind, links, senders)| MessageMatch {
            kind,
            links,
            senders,
        },
    );
    prop_oneof![
        us().prop_map(|us| When::At(Time::from_us(us))),
        (node(), 0..3_u8, 0..4_u32).prop_map(|(node, anchor, nth)| When::Anchor {
            node,
            anchor: Anchor(anchor),
            nth
        }),
        (matching, 0..4_u32).prop_map(|(matching, nth)| When::Message { matching, nth }),
    ]
}

fn kind() -> impl Strategy<Value = FaultKind> {
    let span = || us().prop_map(Span::from_us);
    let maybe = || proptest::option::of(us().prop_map(Span::from_us));
    let extreme = || {
        select(vec![
            i64::MIN,
            -1_000_000,
            -999_999,
            -3_000,
            0,
            700,
            2_000_000,
            i64::MAX,
        ])
    };
    let mode = select(vec![Cut::Hold, Cut::Drop]);
    prop_oneof![
        3 => (node(), span()).prop_map(|(node, span)| FaultKind::Pause { node, span }),
        2 => (node(), span()).prop_map(|(node, span)| FaultKind::Suspend { node, span }),
        3 => (node(), maybe(), any::<bool>()).prop_map(|(node, restart, wiped)| {
            FaultKind::Crash { node, restart, wiped }
        }),
        4 => (links(), maybe(), mode)
            .prop_map(|(links, span, mode)| FaultKind::Cut { links, span, mode }),
        2 => (links(), span()).prop_map(|(links, span)| FaultKind::Delay { links, span }),
        1 => (node(), extreme()).prop_map(|(node, by_us)| FaultKind::Step { node, by_us }),
        1 => (node(), extreme()).prop_map(|(node, ppm)| FaultKind::Drift { node, ppm }),
    ]
}

fn latency() -> impl Strategy<Value = Latency> {
    let base = prop_oneof![8 => select(vec![0, 500, 1_000]), 1 => us()];
    let jitter = prop_oneof![8 => select(vec![0, 700, 3_000]), 1 => us()];
    (base, jitter).prop_map(|(base, jitter)| Latency {
        base: Span::from_us(base),
        jitter: Span::from_us(jitter),
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    let trace_bytes = prop_oneof![9 => Just(1 << 20), 1 => select(vec![0, 31, 32, 1_000])];
    let time = prop_oneof![9 => Just(100_000_000), 1 => us()];
    (trace_bytes, time, 0..3_000_u64).prop_map(|(trace_bytes, time, events)| Limits {
        events,
        time: Time::from_us(time),
        trace_bytes,
    })
}

prop_compose! {
    fn any_setup()(
        seed in any::<u64>(),
        latency in latency(),
        exceptions in proptest::collection::vec(((node(), node()), latency()), 0..3),
        faults in proptest::collection::vec(
            (kind(), when()).prop_map(|(kind, when)| Fault { kind, when }),
            0..7,
        ),
        resume_order in select(vec![ResumeOrder::AppFirst, ResumeOrder::IoFirst]),
        limits in limits(),
        horizon in prop_oneof![
            3 => Just(None),
            1 => us().prop_map(|us| Some(Time::from_us(us))),
        ],
    ) -> Setup {
        Setup {
            seed,
            latency,
            exceptions,
            faults,
            resume_order,
            limits,
            horizon,
            recording: Recording::Full,
        }
    }
}

fn any_world() -> impl Strategy<Value = (Setup, Vec<Script>)> {
    (any_setup(), proptest::collection::vec(script(), 0..5))
}

fn digest(trace: &Trace) -> u64 {
    let mut digest = Digest::new();
    trace.digest_into(&mut digest);
    digest.value()
}

/// The records of `kind` that have a cause, and the cause.
fn caused(trace: &Trace, kind: Kind) -> impl Iterator<Item = (usize, usize)> {
    trace
        .records
        .iter()
        .enumerate()
        .filter(move |(_, record)| record.kind == kind as u8)
        .filter_map(|(place, record)| Some((place, record.cause()? as usize)))
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_world_takes_the_same_course_twice((setup, nodes) in any_world()) {
        let once = World::new(setup.clone(), nodes.clone()).run();
        let twice = World::new(setup.clone(), nodes.clone()).run();
        prop_assert_eq!(digest(&once), digest(&twice));
        prop_assert_eq!((once.events, once.end, once.stop), (twice.events, twice.end, twice.stop));
        if once.stop != Stop::TraceBytes {
            let off = Setup { recording: Recording::Off, ..setup };
            let off = World::new(off, nodes).run();
            prop_assert_eq!((once.events, once.end, once.stop), (off.events, off.end, off.stop));
        }
    }

    #[test]
    fn a_world_keeps_within_its_bounds((setup, nodes) in any_world()) {
        let limits = setup.limits;
        let trace = World::new(setup, nodes).run();
        prop_assert!(trace.events <= limits.events);
        prop_assert!(trace.records.len() * 32 <= limits.trace_bytes);
        prop_assert!(trace.end <= limits.time);
    }

    #[test]
    fn records_are_in_order_and_later_than_their_causes((setup, nodes) in any_world()) {
        let trace = World::new(setup, nodes).run();
        prop_assert!(trace.records.is_sorted_by_key(|record| record.at));
        for (place, record) in trace.records.iter().enumerate() {
            prop_assert!(record.at <= trace.end);
            prop_assert!(record.cause().is_none_or(|cause| (cause as usize) < place));
        }
    }

    #[test]
    fn messages_arrive_once_and_in_order((setup, nodes) in any_world()) {
        let trace = World::new(setup, nodes).run();
        let mut last = BTreeMap::new();
        for (_, send) in caused(&trace, Kind::Receive) {
            let record = &trace.records[send];
            prop_assert_eq!(record.kind, Kind::Send as u8);
            let before = last.insert((record.lane, record.y), send);
            prop_assert!(before.is_none_or(|before| before < send));
        }
        let mut fates = BTreeMap::new();
        for kind in [Kind::Receive, Kind::Drop] {
            for (place, cause) in caused(&trace, kind) {
                prop_assert_eq!(fates.insert(cause, place), None, "two fates");
            }
        }
    }

    #[test]
    fn nothing_arrives_over_a_cut_and_what_crossed_one_was_held((setup, nodes) in any_world()) {
        let trace = World::new(setup, nodes).run();
        // By link: where the latest cut began, and where it ended.
        let mut begun: BTreeMap<(u16, u16), usize> = BTreeMap::new();
        let mut open: BTreeMap<(u16, u16), bool> = BTreeMap::new();
        for (place, record) in trace.records.iter().enumerate() {
            let link = (record.lane, record.y as u16);
            match record.world_kind() {
                Some(Kind::CutBegin) => {
                    begun.insert(link, place);
                    open.insert(link, true);
                }
                Some(Kind::CutEnd) => prop_assert_eq!(open.insert(link, false), Some(true)),
                Some(Kind::Receive) => {
                    let link = (record.y as u16, record.lane);
                    prop_assert_ne!(open.get(&link), Some(&true));
                    let send = record.cause as usize;
                    if begun.get(&link).is_some_and(|&begun| begun > send) {
                        prop_assert_eq!(record.flags, fencepost_sim::flags::HELD);
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn who_is_paused_or_dead_does_nothing((setup, nodes) in any_world()) {
        let trace = World::new(setup, nodes).run();
        let mut stopped = BTreeMap::new();
        for record in &trace.records {
            match record.world_kind() {
                Some(Kind::PauseBegin | Kind::Crash) => {
                    stopped.insert(record.lane, true);
                }
                Some(Kind::PauseEnd | Kind::Restart) => {
                    prop_assert_eq!(stopped.insert(record.lane, false), Some(true));
                }
                None | Some(Kind::Send | Kind::Timer | Kind::Start | Kind::Reset) => {
                    prop_assert_ne!(stopped.get(&record.lane), Some(&true));
                }
                _ => {}
            }
        }
    }
}
