//! Many alike lanes: drawn as one by how many do what, on histories made up
//! here.

use designs::design::{Lane, Role};
use designs::history::History;
use designs::laws::{Evidence, Verdict, judge};
use designs::registry::DESIGNS;
use designs::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job, Left, Refusal, Token};
use designs::{Run, Scenario};
use fencepost_draw::swimlane::{Orientation, Swimlane, Viewport, draw, draw_apart};
use fencepost_draw::{Shape, text};
use sim::{Fact, Record, Stop, Time, Trace};

/// A history that is written down instead of simulated.
struct Made {
    lanes: Vec<Lane>,
    records: Vec<Record>,
}

impl Made {
    fn new(clients: u16, servers: u16) -> Self {
        let lane = |key: String, label: String, role| Lane {
            key,
            label,
            note: String::new(),
            role,
        };
        let workers = (1..=clients).map(|number| {
            lane(
                format!("w{number}"),
                format!("Worker {number}"),
                Role::Client,
            )
        });
        let redis = (1..=servers).map(|number| {
            lane(
                format!("redis{number}"),
                format!("Redis {number}"),
                Role::Grantor,
            )
        });
        let store = lane("store".into(), "Store".into(), Role::Resource);
        let mut made = Self {
            lanes: workers.chain(redis).chain([store]).collect(),
            records: Vec::new(),
        };
        let needed = u32::from(servers / 2 + 1);
        let of = u32::from(servers);
        made.note(0, clients, Event::LockRule { needed, of });
        made
    }

    fn note(&mut self, at_us: u64, lane: u16, event: Event) {
        let fact = Fact::from(event);
        self.records.push(Record {
            at: Time::from_us(at_us),
            x: fact.x,
            y: fact.y,
            z: fact.z,
            cause: Record::NO_CAUSE,
            lane,
            kind: fact.kind,
            flags: fact.flags,
        });
    }

    /// A client gets the lock from all servers, writes after half of the time
    /// and gives the lock back at the end of it.
    fn holds(&mut self, client: u16, servers: (u16, u16), from_us: u64, for_us: u64) {
        let holder = Incarnation::new(client, 1);
        let lease_us = for_us * 2;
        self.note(from_us, client, Event::LockTry { holder, lock: 0 });
        for server in servers.0..servers.0 + servers.1 {
            self.note(from_us, server, Event::ServerGrant { holder, lease_us });
        }
        let valid_us = Left(lease_us as i64);
        let votes = servers.1 as u8;
        self.note(
            from_us,
            client,
            Event::LockAcquired {
                holder,
                valid_us,
                votes,
            },
        );
        self.writes(client, servers.0 + servers.1, from_us + for_us / 2);
        for server in servers.0..servers.0 + servers.1 {
            let release = Event::ServerRelease { holder, by: holder };
            self.note(from_us + for_us, server, release);
        }
        let reason = BeliefEnd::Release;
        let ends = Event::BeliefEnds { holder, reason };
        self.note(from_us + for_us, client, ends);
    }

    fn writes(&mut self, client: u16, store: u16, at_us: u64) {
        self.note(
            at_us,
            store,
            Event::ResourceWrite {
                token: Token::NONE,
                holder: Incarnation::new(client, 1),
                job: Job(u32::from(client) + 1),
                decision: Decision::Accepted,
            },
        );
    }

    fn fails(&mut self, client: u16, at_us: u64) {
        let holder = Incarnation::new(client, 2);
        self.note(at_us, client, Event::LockTry { holder, lock: 0 });
        self.note(
            at_us + 500,
            client,
            Event::LockRejected {
                holder,
                reason: Refusal::Locked,
                votes: 0,
            },
        );
    }

    fn run(mut self) -> Run {
        self.records.sort_by_key(|record| record.at);
        let scenario = Scenario::new(DESIGNS[0]);
        let end = self.records.last().expect("a rule at least").at;
        let trace = Trace {
            events: self.records.len() as u64,
            records: self.records,
            end,
            stop: Stop::Horizon,
        };
        let history = History::of(&trace);
        let names: Vec<String> = self.lanes.iter().map(|it| it.short().into()).collect();
        let evidence = Evidence {
            history: &history,
            lanes: &names,
            stop: trace.stop,
        };
        let laws = scenario.design.laws().iter();
        let findings = laws.map(|&law| judge(law, &evidence)).collect();
        Run {
            scenario,
            lanes: self.lanes,
            trace,
            history,
            verdict: Verdict { findings },
        }
    }
}

/// Every tenth of many workers holds for 50 ms, one after another; the others
/// fail once.
fn many(clients: u16) -> Run {
    let mut made = Made::new(clients, 5);
    for client in 0..clients {
        let at = u64::from(client) * 10_000;
        if client % 10 == 0 {
            made.holds(client, (clients, 5), at, 50_000);
        } else {
            made.fails(client, at);
        }
    }
    made.run()
}

fn view(run: &Run, width: f32, orientation: Orientation) -> Viewport {
    Viewport::whole(run, width, orientation)
}

fn wide(run: &Run) -> Swimlane {
    draw(run, &view(run, 1040.0, Orientation::Horizontal))
}

fn words(swimlane: &Swimlane) -> Vec<String> {
    let shapes = swimlane.picture.shapes.iter();
    shapes
        .filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some(text.clone()),
            _ => None,
        })
        .collect()
}

#[track_caller]
fn assert_says(swimlane: &Swimlane, part: &str) {
    let words = words(swimlane);
    assert!(
        words.iter().any(|words| words.contains(part)),
        "“{part}”: {words:?}"
    );
}

#[test]
fn a_thousand_lanes_are_a_few_and_a_crowd() {
    let run = many(1_000);
    let swimlane = wide(&run);
    let picture = &swimlane.picture;
    assert!(picture.height < 800.0, "{}", picture.height);
    let shapes = picture.shapes.len();
    assert!(shapes < 2_000, "{shapes}");
    for name in ["Worker 1", "Worker 2", "Worker 3", "Worker 4–1000"] {
        assert_says(&swimlane, name);
    }
    // The first holder has a lane of its own: 99 of 100 are in the crowd, and
    // 898 of 900 that fail.
    assert_says(&swimlane, "997 drawn together");
    assert_says(&swimlane, "1 holds (dark)");
    assert_says(&swimlane, "99 succeed");
    assert_says(&swimlane, "898 fail");
    // Their writes are counted; that of the first has a disc.
    assert_says(&swimlane, "99 more writes: 99 accepted");
    let discs = picture.shapes.iter();
    let discs = discs.filter(|shape| matches!(shape, Shape::Circle { .. }));
    assert_eq!(discs.count(), 1);
}

#[test]
fn words_of_crowds_are_legible_on_every_screen() {
    let run = many(300);
    for (width, orientation) in [
        (1040.0, Orientation::Horizontal),
        (480.0, Orientation::Horizontal),
        (360.0, Orientation::Vertical),
        (768.0, Orientation::Vertical),
    ] {
        let swimlane = draw(&run, &view(&run, width, orientation));
        assert!(swimlane.picture.width <= width.max(360.0));
        let areas: Vec<(String, [f32; 4])> = swimlane
            .picture
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Text { text, .. } => Some((text.clone(), text::area(shape)?)),
                _ => None,
            })
            .collect();
        for (place, (one, a)) in areas.iter().enumerate() {
            for (other, b) in &areas[..place] {
                let apart = a[0] + 0.5 >= b[2]
                    || b[0] + 0.5 >= a[2]
                    || a[1] + 0.5 >= b[3]
                    || b[1] + 0.5 >= a[3];
                assert!(apart, "{width} {orientation:?}: “{one}” lies on “{other}”");
            }
        }
    }
}

#[test]
fn a_dozen_is_no_crowd() {
    let of = |clients| words(&wide(&many(clients)));
    assert!(of(12).iter().all(|words| !words.contains("together")));
    assert!(of(13).iter().any(|words| words == "10 drawn together"));
}

#[test]
fn who_is_in_the_evidence_has_a_lane() {
    let mut made = Made::new(200, 5);
    made.holds(70, (200, 5), 10_000, 50_000);
    made.holds(140, (200, 5), 100_000, 50_000);
    // It has given the lock back, and another has it since.
    made.writes(70, 205, 120_000);
    let run = made.run();
    assert!(run.verdict.is_broken());
    let swimlane = wide(&run);
    for name in ["Worker 71", "Worker 141"] {
        assert!(words(&swimlane).iter().any(|words| words == name), "{name}");
    }
    assert!(words(&swimlane).iter().all(|words| words != "Worker 2"));
}

#[test]
fn any_of_a_crowd_can_be_set_apart() {
    let run = many(200);
    let view = view(&run, 1040.0, Orientation::Horizontal);
    let swimlane = draw_apart(&run, &view, &["w150", "nobody"]);
    assert!(words(&swimlane).iter().any(|words| words == "Worker 150"));
    assert_says(&swimlane, "196 drawn together");
    let lanes: Vec<u16> = (0..swimlane.picture.height as u32)
        .filter_map(|px| swimlane.lane_at(px as f32))
        .collect();
    assert!(lanes.contains(&149));
}

#[test]
fn how_many_hold_at_once_is_counted() {
    let mut made = Made::new(40, 5);
    for client in 10..27 {
        made.holds(client, (40, 5), 10_000, 100_000);
    }
    let swimlane = wide(&made.run());
    // Seventeen believe, of whom the evidence names six; those who were never
    // seen to do anything are not active.
    assert_says(&swimlane, "11 hold (dark)");
    assert_says(&swimlane, "up to 11 active at once");
}

#[test]
fn many_servers_are_one_lane_against_the_quorum() {
    let mut made = Made::new(2, 50);
    made.holds(0, (2, 50), 10_000, 50_000);
    made.holds(1, (2, 30), 80_000, 50_000);
    let run = made.run();
    let swimlane = wide(&run);
    assert_says(&swimlane, "Redis 1–50");
    assert_says(&swimlane, "up to 50 of 50 grant; the lock needs 26");
    assert!(swimlane.picture.height < 420.0);
}
