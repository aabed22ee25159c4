//! Partitioned ownership: each job falls into a partition, each partition has
//! one owner, and no lock stands on a job's way. What replaces the lock's
//! failures is the stall of a dead owner's partitions.

mod charts;
mod claims;
pub mod measures;
mod parameters;
mod protocol;
mod story;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use sim::{
    Cut, Fault, FaultKind, Latency, Limits, Node, Recording, ResumeOrder, Setup, Simulation, Span,
    Time, When, World,
};

use crate::claim::Claim;
use crate::design::{Chart, Design, Lane, Name, Named, Role, Sentence, Variation};
use crate::laws::Law;
use crate::parameter::Parameter;
use crate::run::Run;
use crate::scenario::Scenario;
use protocol::coordinator::Coordinator;
use protocol::hash::Hash;
use protocol::lock_service::LockService;
use protocol::log::{Arrivals, Log};
use protocol::puller::Puller;
use protocol::queue::Queue;
use protocol::sink::{External, Sink};
use protocol::worker::{Plan, Worker};
use protocol::{Participant, Peers, Progress, Rules};

/// The design.
pub struct Partitioning;

impl Design for Partitioning {
    fn key(&self) -> &'static str {
        "partitioning"
    }

    fn title(&self) -> &'static str {
        "Partitioned ownership"
    }

    fn summary(&self) -> &'static str {
        "No lock: each worker has jobs of its own. One dies between an effect and the record of it; its share stalls, and a job is done again."
    }

    fn lesson(&self) -> &'static str {
        include_str!("lesson.md")
    }

    fn parameters(&self) -> &'static [Parameter] {
        parameters::PARAMETERS
    }

    fn lanes(&self, scenario: &Scenario) -> Vec<Lane> {
        lanes(scenario)
    }

    fn anchors(&self) -> &'static [Name] {
        parameters::ANCHORS
    }

    fn messages(&self) -> &'static [Name] {
        parameters::MESSAGES
    }

    fn steps(&self) -> &'static [Name] {
        parameters::STEPS
    }

    fn world(&self, scenario: &Scenario, recording: Recording) -> Box<dyn Simulation> {
        Box::new(World::new(
            setup(scenario, recording),
            participants(scenario),
        ))
    }

    fn laws(&self) -> &'static [Law] {
        &[
            Law::OneHolder,
            Law::WritesInOrder,
            Law::NoStaleWrite,
            Law::OncePerJob,
            Law::TokensRise,
            Law::MakesProgress,
        ]
    }

    fn claims(&self) -> &'static [Claim] {
        claims::CLAIMS
    }

    fn scenarios(&self) -> &'static [Named] {
        claims::SCENARIOS
    }

    fn variations(&self, scenario: &Scenario) -> Vec<Variation> {
        claims::variations(scenario)
    }

    fn story(&self, run: &Run) -> Vec<Sentence> {
        story::tell(run)
    }

    fn charts(&self) -> &'static [Chart] {
        charts::CHARTS
    }
}

/// Jobs come from the first lane, workers follow.
const JOBS: u16 = 0;
/// The worker that faults strike.
const VICTIM: u16 = 1;

fn is_central(scenario: &Scenario) -> bool {
    scenario.get("mode") == 1
}

fn number(scenario: &Scenario, key: &str) -> u16 {
    u16::try_from(scenario.get(key)).unwrap_or(0)
}

/// How many workers there are once all have joined.
fn workers(scenario: &Scenario) -> u16 {
    number(scenario, "workers") + u16::from(scenario.get("join_at") >= 0)
}

fn coordinator(scenario: &Scenario) -> u16 {
    JOBS + workers(scenario) + 1
}

fn sink(scenario: &Scenario) -> u16 {
    coordinator(scenario) + 1
}

fn is_fenced(scenario: &Scenario) -> bool {
    matches!(scenario.get("sink"), 0 | 1)
}

fn dedupes(scenario: &Scenario) -> bool {
    matches!(scenario.get("sink"), 0 | 2)
}

fn lanes(scenario: &Scenario) -> Vec<Lane> {
    let new = |key: &str, label: &str, note: &str, role: Role| Lane {
        key: key.to_string(),
        label: label.to_string(),
        note: note.to_string(),
        role,
    };
    let central = is_central(scenario);
    let partitions = match scenario.get("partitions") {
        1 => String::from("one partition"),
        count => format!("{count} partitions"),
    };
    let mut lanes = vec![if central {
        new("jobs", "Jobs", "one queue for all", Role::Service)
    } else {
        new("jobs", "Jobs", &partitions, Role::Service)
    }];
    for worker in 1..=workers(scenario) {
        let note = if worker > number(scenario, "workers") {
            let at = crate::words::span(scenario.span("join_at"));
            format!("joins at {at}")
        } else {
            String::new()
        };
        let key = format!("w{worker}");
        let label = format!("W{worker}");
        lanes.push(new(&key, &label, &note, Role::Client));
    }
    // It grants, and is one service to all: as such it has a column of its own
    // width where time runs down.
    lanes.push(if central {
        new("coordinator", "Lock", "one for each job", Role::Service)
    } else {
        new(
            "coordinator",
            "Hub",
            "coordinates who owns what",
            Role::Service,
        )
    });
    let checks = match (is_fenced(scenario), dedupes(scenario)) {
        (true, true) => "checks epochs and job ids",
        (true, false) => "checks epochs",
        (false, true) => "checks job ids",
        (false, false) => "checks nothing",
    };
    lanes.push(new("sink", "Sink", checks, Role::Resource));
    match scenario.get("external") {
        1 => lanes.push(new("outside", "Outside", "each call counts", Role::Service)),
        2 => lanes.push(new("outside", "Outside", "knows job ids", Role::Service)),
        _ => {}
    }
    lanes
}

fn rules(scenario: &Scenario) -> Rules {
    let drawn = scenario.get("names") == 1;
    Rules {
        partitions: number(scenario, "partitions"),
        hash: Hash::at(scenario.get("hash")),
        job_salt: scenario.seed,
        owner_salt: if drawn { scenario.seed } else { FIXED_NAMES },
        heartbeat: scenario.span("heartbeat"),
        session_timeout: scenario.span("session_timeout"),
        margin: scenario.span("margin"),
        stops: scenario.is_on("stops"),
        drain: scenario.span("drain"),
        eager: scenario.get("rebalance") == 1,
        job_time: scenario.span("job_time"),
        progress: Progress::at(scenario.get("progress")),
        calls: scenario.get("external") != 0,
        lock_ttl: scenario.span("lock_ttl"),
        lock_time: scenario.span("lock_time"),
    }
}

/// Names under which four workers have two of eight partitions each, and a
/// dead one's go to two different others.
const FIXED_NAMES: u64 = 19_751;

/// Half as many again as the busiest run needs in which jobs get done. Where
/// none can be, because a worker has to stop before it is through with one,
/// they would be begun again for as long as the world lets them.
const MOST_EVENTS: u64 = 150_000;

fn participants(scenario: &Scenario) -> Vec<Participant> {
    let rules = rules(scenario);
    let peers = Peers {
        jobs: Node(JOBS),
        coordinator: Node(coordinator(scenario)),
        sink: Node(sink(scenario)),
        external: Node(sink(scenario) + 1),
    };
    let arrivals = Arrivals {
        rate: u64::try_from(scenario.get("rate")).unwrap_or(0),
        duration: scenario.span("duration"),
    };
    let all = 1..=workers(scenario);
    let first = number(scenario, "workers");
    let mut participants = Vec::new();
    if is_central(scenario) {
        participants.push(Participant::Queue(Queue::new(rules, arrivals)));
        participants.extend(all.map(|worker| {
            let joins = (worker > first).then(|| scenario.span("join_at"));
            Participant::Puller(Puller::new(rules, peers, joins))
        }));
        participants.push(Participant::LockService(LockService::new(rules)));
    } else {
        participants.push(Participant::Log(Log::new(rules, arrivals)));
        participants.extend(all.map(|worker| {
            let leaves = worker == VICTIM && scenario.get("leave_at") >= 0;
            let plan = Plan {
                joins: (worker > first).then(|| scenario.span("join_at")),
                leaves: leaves.then(|| scenario.span("leave_at")),
            };
            Participant::Worker(Worker::new(rules, peers, plan))
        }));
        let members = (1..=first).map(Node);
        participants.push(Participant::Coordinator(Coordinator::new(rules, members)));
    }
    let sink = Sink::new(is_fenced(scenario), dedupes(scenario));
    participants.push(Participant::Sink(sink));
    if rules.calls {
        let keyed = scenario.get("external") == 2;
        participants.push(Participant::External(External::new(keyed)));
    }
    participants
}

fn setup(scenario: &Scenario, recording: Recording) -> Setup {
    let lanes = lanes(scenario);
    let mut faults: Vec<Fault> = [crash(scenario), pause(scenario), cut(scenario)]
        .into_iter()
        .flatten()
        .collect();
    faults.extend(
        scenario
            .faults
            .iter()
            .flat_map(|fault| fault.resolve(&lanes)),
    );
    Setup {
        seed: scenario.seed,
        latency: Latency {
            base: Span::from_us(scenario.span("rtt").us() / 2),
            jitter: scenario.span("jitter"),
        },
        faults,
        resume_order: if scenario.get("resume_order") == 1 {
            ResumeOrder::IoFirst
        } else {
            ResumeOrder::AppFirst
        },
        horizon: scenario.horizon.map(|span| Time::ZERO + span),
        limits: Limits {
            events: MOST_EVENTS,
            ..Limits::default()
        },
        recording,
        ..Setup::default()
    }
}

/// Faults of W1 strike no one where there is no worker.
fn victim(scenario: &Scenario) -> Option<Node> {
    (number(scenario, "workers") >= VICTIM).then_some(Node(VICTIM))
}

fn crash(scenario: &Scenario) -> Option<Fault> {
    let node = victim(scenario)?;
    let point = scenario.get("crash").checked_sub(1).filter(|it| *it >= 0)?;
    Some(Fault {
        kind: FaultKind::Crash {
            node,
            restart: None,
            wiped: false,
        },
        when: When::Anchor {
            node,
            anchor: parameters::anchor(point),
            nth: u32::try_from(scenario.get("crash_job")).unwrap_or(1),
        },
    })
}

fn pause(scenario: &Scenario) -> Option<Fault> {
    let node = victim(scenario)?;
    let span = scenario.span("pause");
    (span > Span::ZERO).then(|| Fault {
        kind: FaultKind::Pause { node, span },
        when: When::Anchor {
            node,
            anchor: parameters::anchor(scenario.get("pause_at")),
            nth: u32::try_from(scenario.get("pause_job")).unwrap_or(1),
        },
    })
}

/// W1 and the coordinator do not reach each other; both reach the rest.
fn cut(scenario: &Scenario) -> Option<Fault> {
    let node = victim(scenario)?;
    let other = Node(coordinator(scenario));
    let span = scenario.span("cut");
    (span > Span::ZERO).then(|| Fault {
        kind: FaultKind::Cut {
            links: vec![(node, other), (other, node)],
            span: Some(span),
            mode: Cut::Hold,
        },
        when: When::At(Time::ZERO + scenario.span("cut_at")),
    })
}
