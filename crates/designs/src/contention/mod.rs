//! Compare-and-set or a lock: many workers on one stock, and many users each
//! on their own profile.

mod charts;
mod claims;
pub mod measures;
mod parameters;
mod protocol;
mod story;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sim::{
    Fault, FaultKind, Latency, Node, Purpose, Recording, ResumeOrder, Setup, Simulation, Span,
    Stream, Time, When, World,
};

use crate::claim::Claim;
use crate::design::{Chart, Design, Lane, Name, Named, Role, Sentence, Variation};
use crate::laws::Law;
use crate::parameter::Parameter;
use crate::run::Run;
use crate::scenario::Scenario;
use parameters::{BURST, CLOSED, sells};
use protocol::{
    Arrival, Compare, ContentionActor, Database, Habits, LockService, Mechanism, Peers, Rules,
    Worker, anchors,
};

/// The design.
pub struct Contention;

impl Design for Contention {
    fn key(&self) -> &'static str {
        "contention"
    }

    fn title(&self) -> &'static str {
        "CAS or lock"
    }

    fn summary(&self) -> &'static str {
        "Hundreds compete for one stock, thousands change their own profile: where retries cost more than a lock, and where a lock is for nothing."
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
        Box::new(World::new(setup(scenario, recording), actors(scenario)))
    }

    fn laws(&self) -> &'static [Law] {
        &[
            Law::OneHolder,
            Law::NoStaleWrite,
            Law::StockConserved,
            Law::NoLostUpdate,
            Law::BoundedWait,
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

fn workers(scenario: &Scenario) -> u16 {
    u16::try_from(scenario.get("k")).unwrap_or(0)
}

fn mechanism(scenario: &Scenario) -> Mechanism {
    Mechanism::at(scenario.get("mechanism"))
}

fn count(scenario: &Scenario, key: &str) -> u32 {
    u32::try_from(scenario.get(key)).unwrap_or(0)
}

/// More workers than this are alike for a reader.
const MANY: u16 = 12;

/// Workers first, then the lock service where there is one, then the database.
fn lanes(scenario: &Scenario) -> Vec<Lane> {
    let workers = workers(scenario);
    let buyers = workers.saturating_sub(returners(scenario));
    let mut lanes: Vec<Lane> = (0..workers)
        .map(|place| {
            let number = place + 1;
            let note = match (sells(scenario), place < buyers) {
                // Where there are many, the first of each kind says it.
                _ if workers > MANY && place > 0 && place != buyers => "",
                (true, true) => "buys a unit",
                (true, false) => "returns a unit",
                (false, _) => "changes users' profiles",
            };
            Lane {
                key: format!("w{number}"),
                label: format!("W{number}"),
                note: note.to_string(),
                role: Role::Client,
            }
        })
        .collect();
    let mechanism = mechanism(scenario);
    if mechanism.has_lock_service() {
        let ttl = crate::words::span(scenario.span("ttl"));
        let queues = if mechanism == Mechanism::LockQueue {
            "first come, first served"
        } else {
            "says yes or no"
        };
        lanes.push(Lane {
            key: "lock".to_string(),
            label: "Lock".to_string(),
            note: format!("{queues}; TTL {ttl}"),
            role: Role::Grantor,
        });
    }
    lanes.push(Lane {
        key: "db".to_string(),
        label: "Database".to_string(),
        note: database_note(scenario),
        role: Role::Resource,
    });
    lanes
}

fn database_note(scenario: &Scenario) -> String {
    let compares = match (mechanism(scenario), compare(scenario)) {
        (Mechanism::Atomic, _) => "takes one if there is one",
        (_, Compare::Version) => "compares versions",
        (_, Compare::Value) => "compares values",
        (_, Compare::Nothing) => "compares nothing",
    };
    let rows = if sells(scenario) {
        format!("stock {}", count(scenario, "stock"))
    } else {
        format!("{} profiles", rows(scenario))
    };
    format!("{rows}; {compares}")
}

/// The last workers, which put a unit back.
fn returners(scenario: &Scenario) -> u16 {
    u16::try_from(scenario.get("returners")).unwrap_or(0)
}

fn compare(scenario: &Scenario) -> Compare {
    Compare::at(scenario.get("compare"))
}

fn rows(scenario: &Scenario) -> u32 {
    if sells(scenario) {
        1
    } else {
        count(scenario, "users")
    }
}

fn rules(scenario: &Scenario) -> Rules {
    let backoff = (scenario.span("backoff_base"), scenario.span("backoff_cap"));
    Rules {
        mechanism: mechanism(scenario),
        compare: compare(scenario),
        think: scenario.span("think"),
        service: scenario.span("service"),
        ttl: scenario.span("ttl"),
        poll: scenario.span("poll"),
        backoff: (scenario.get("backoff") == 1).then_some(backoff),
        bound: measures::longest_wait(scenario),
    }
}

fn arrival(scenario: &Scenario) -> Arrival {
    match scenario.get("arrival") {
        BURST => Arrival::Burst {
            gap: scenario.span("gap"),
        },
        CLOSED => Arrival::Closed,
        _ => {
            // Each worker has its share of the updates.
            let (k, rate) = (workers(scenario), count(scenario, "rate"));
            let mean_us = (u64::from(k) * 1_000_000).checked_div(rate.into());
            Arrival::Poisson {
                mean: mean_us.map(Span::from_us),
            }
        }
    }
}

fn actors(scenario: &Scenario) -> Vec<ContentionActor> {
    let rules = rules(scenario);
    let workers = workers(scenario);
    let has_lock_service = rules.mechanism.has_lock_service();
    let peers = Peers {
        lock_service: Node(workers),
        database: Node(workers + u16::from(has_lock_service)),
    };
    let rows = rows(scenario);
    let buyers = workers.saturating_sub(returners(scenario));
    let mut actors: Vec<ContentionActor> = (0..workers)
        .map(|place| {
            let habits = Habits {
                arrival: arrival(scenario),
                first: scenario.span("stagger") * u64::from(place),
                at_once: at_once(scenario),
                duration: scenario.span("duration"),
                place: (place.into(), workers.into()),
                rows,
                change: match (sells(scenario), place < buyers) {
                    (true, true) => -1,
                    (true, false) => 1,
                    (false, _) => 0,
                },
            };
            ContentionActor::Worker(Worker::new(rules, habits, peers))
        })
        .collect();
    if has_lock_service {
        actors.push(ContentionActor::LockService(LockService::new(rules)));
    }
    let stock = sells(scenario).then(|| count(scenario, "stock"));
    actors.push(ContentionActor::Database(Database::new(rules, rows, stock)));
    actors
}

/// How many updates a worker has under way at once. Those that come at random
/// do not wait for each other, unless the database is overrun: then all
/// workers together keep some thousand in hand.
fn at_once(scenario: &Scenario) -> usize {
    match arrival(scenario) {
        Arrival::Burst { .. } | Arrival::Closed => 1,
        Arrival::Poisson { .. } => (1_000 / usize::from(workers(scenario).max(1))).clamp(1, 64),
    }
}

/// Jitter lies evenly around half a round trip, so that it changes no mean.
fn latency(scenario: &Scenario) -> Latency {
    let round_trip = scenario.span("rtt");
    let jitter = scenario.span("jitter").min(round_trip);
    Latency {
        base: Span::from_us((round_trip - jitter).us() / 2),
        jitter,
    }
}

fn setup(scenario: &Scenario, recording: Recording) -> Setup {
    let lanes = lanes(scenario);
    let mut faults: Vec<Fault> = pause(scenario).into_iter().collect();
    faults.extend(crashes(scenario));
    let listed = scenario.faults.iter();
    faults.extend(listed.flat_map(|fault| fault.resolve(&lanes)));
    // Workers that never rest would let no run end.
    let closed = scenario.get("arrival") == CLOSED;
    let horizon = scenario
        .horizon
        .or_else(|| closed.then(|| scenario.span("duration")));
    Setup {
        seed: scenario.seed,
        latency: latency(scenario),
        faults,
        resume_order: if scenario.get("resume_order") == 1 {
            ResumeOrder::IoFirst
        } else {
            ResumeOrder::AppFirst
        },
        horizon: horizon.map(|span| Time::ZERO + span),
        recording,
        ..Setup::default()
    }
}

/// The lesson's usual fault: the first worker stops.
fn pause(scenario: &Scenario) -> Option<Fault> {
    let node = Node(0);
    let span = scenario.span("pause");
    (span > Span::ZERO && workers(scenario) > 0).then(|| Fault {
        kind: FaultKind::Pause { node, span },
        when: When::Anchor {
            node,
            anchor: parameters::pause_anchor(scenario.get("pause_at")),
            nth: 1,
        },
    })
}

/// A share of the workers die at their first update.
fn crashes(scenario: &Scenario) -> impl Iterator<Item = Fault> {
    let per_mille = u64::from(count(scenario, "crash_p")) * 10;
    let seed = scenario.seed;
    (0..workers(scenario)).map(Node).filter_map(move |node| {
        let mut stream = Stream::new(seed, Purpose::Fault, node.0);
        stream.chance(per_mille).then_some(Fault {
            kind: FaultKind::Crash {
                node,
                restart: None,
                wiped: false,
            },
            when: When::Anchor {
                node,
                anchor: anchors::MID_WORK,
                nth: 1,
            },
        })
    })
}
