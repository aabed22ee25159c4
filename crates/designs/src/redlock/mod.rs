//! Redlock: a lock on a majority of independent Redis servers, each of which
//! holds a key with a time to live.

mod charts;
mod claims;
pub mod measures;
mod parameters;
mod protocol;
mod story;

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;

use sim::{
    Fault, FaultKind, Latency, MessageMatch, Node, Purpose, Recording, ResumeOrder, Setup,
    Simulation, Span, Stream, When, World,
};

use crate::claim::Claim;
use crate::design::{Chart, Design, Lane, Name, Named, Role, Sentence, Variation};
use crate::fence::{Fence, Guarded, TokenSource};
use crate::laws::Law;
use crate::parameter::Parameter;
use crate::run::Run;
use crate::scenario::Scenario;
use parameters::{Library, PauseAnchor};
use protocol::{
    Client, Counter, Habits, Oracle, Peers, RedlockActor, Server, Store, Worker, anchors,
};

/// The design.
pub struct Redlock;

impl Design for Redlock {
    fn key(&self) -> &'static str {
        "redlock"
    }

    fn title(&self) -> &'static str {
        "Redlock"
    }

    fn summary(&self) -> &'static str {
        "A lock with a time to live on five Redis servers: a pause outlives it, and two workers believe they hold it."
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

/// The workers that take part: key, name, when it starts, how long it works.
fn workers(scenario: &Scenario) -> Vec<(&'static str, &'static str, Span, Span)> {
    let (a, b) = (scenario.span("work_a"), scenario.span("work_b"));
    let mut workers = vec![
        ("a", "Worker A", scenario.span("a_start"), a),
        ("b", "Worker B", scenario.span("b_start"), b),
    ];
    if scenario.get("c_start") >= 0 {
        // A third worker does what the second does.
        workers.push(("c", "Worker C", scenario.span("c_start"), b));
    }
    workers
}

fn servers(scenario: &Scenario) -> usize {
    usize::try_from(scenario.get("servers")).unwrap_or(0)
}

fn token_source(scenario: &Scenario) -> TokenSource {
    TokenSource::at(scenario.get("token_source"))
}

fn lanes(scenario: &Scenario) -> Vec<Lane> {
    let lane = |key: String, label: String, note: String, role: Role| Lane {
        key,
        label,
        note,
        role,
    };
    let mut lanes: Vec<Lane> = workers(scenario)
        .into_iter()
        .map(|(key, label, _, work)| {
            let note = format!("job J, {} of work", crate::words::span(work));
            lane(key.into(), label.into(), note, Role::Client)
        })
        .collect();
    for number in 1..=servers(scenario) {
        lanes.push(lane(
            format!("redis{number}"),
            format!("Redis {number}"),
            String::new(),
            Role::Grantor,
        ));
    }
    if token_source(scenario).has_counter() {
        lanes.push(lane(
            "counter".into(),
            "Counter".into(),
            "issues tokens".into(),
            Role::Service,
        ));
    }
    let note = match Fence::at(scenario.get("fence")) {
        Fence::None => "no fence",
        Fence::Check => "fence: checks each write",
        Fence::Claim => "fence: claim, then check",
        Fence::CasState => "fence: job's state",
    };
    lanes.push(lane(
        "store".into(),
        "Job store".into(),
        note.to_string(),
        Role::Resource,
    ));
    lanes
}

fn client(scenario: &Scenario) -> Client {
    let ttl = scenario.span("ttl");
    let library = Library::at(scenario.get("library"));
    let extend_after = scenario.is_on("extend").then(|| library.extends_after(ttl));
    Client {
        ttl,
        drift: library.drift(ttl),
        reads_wall: library.reads_wall(),
        decides_at_quorum: library.decides_at_quorum(),
        checks_validity: library.checks_validity(),
        returns_votes: library.returns_votes(),
        server_timeout: scenario.span("server_timeout"),
        retry: {
            let (low, high) = (scenario.span("retry_min"), scenario.span("retry_max"));
            (low, high.max(low))
        },
        sequential: scenario.get("acquire") == 1,
        plain_delete: scenario.get("release") == 1,
        extend_after,
    }
}

fn actors(scenario: &Scenario) -> Vec<RedlockActor> {
    let workers = workers(scenario);
    let count = servers(scenario);
    let node = |place: usize| Node(u16::try_from(place).expect("at most a dozen lanes"));
    let first_server = workers.len();
    let token_source = token_source(scenario);
    let after_servers = first_server + count;
    let counter = token_source.has_counter().then(|| node(after_servers));
    let peers = Rc::new(Peers {
        servers: (first_server..after_servers).map(node).collect(),
        counter,
        store: node(after_servers + usize::from(counter.is_some())),
    });
    let client = client(scenario);
    let fence = Fence::at(scenario.get("fence"));
    let at = u64::try_from(scenario.get("at")).unwrap_or(0);
    let mut actors: Vec<RedlockActor> = workers
        .into_iter()
        .map(|(_, _, starts, work)| {
            let habits = Habits {
                starts,
                work,
                before_anchor: work.percent(at),
                token_source,
                claims: fence == Fence::Claim,
                done_check: scenario.is_on("done_check"),
                check_before_write: scenario.is_on("check_before_write"),
                honour_deadline: scenario.is_on("honour_deadline"),
            };
            RedlockActor::Worker(Worker::new(client, habits, Rc::clone(&peers)))
        })
        .collect();
    let oracle = Rc::new(RefCell::new(Oracle::new(count)));
    actors.extend((0..count).map(|place| {
        RedlockActor::Server(Server::new(
            place,
            client.ttl,
            token_source,
            Rc::clone(&oracle),
        ))
    }));
    if counter.is_some() {
        actors.push(RedlockActor::Counter(Counter::new()));
    }
    actors.push(RedlockActor::Store(Store::new(Guarded::new(fence))));
    actors
}

fn setup(scenario: &Scenario, recording: Recording) -> Setup {
    let lanes = lanes(scenario);
    let store = Node(u16::try_from(lanes.len() - 1).expect("at most a dozen lanes"));
    let mut faults: Vec<Fault> = pause(scenario).into_iter().collect();
    faults.extend(
        scenario
            .faults
            .iter()
            .flat_map(|fault| fault.resolve(&lanes)),
    );
    for fault in &mut faults {
        hold_the_write(fault, store);
    }
    Setup {
        seed: scenario.seed,
        latency: Latency {
            base: scenario.span("one_way"),
            jitter: scenario.span("jitter"),
        },
        faults,
        resume_order: if scenario.get("resume_order") == 1 {
            ResumeOrder::IoFirst
        } else {
            ResumeOrder::AppFirst
        },
        horizon: scenario.horizon.map(|span| sim::Time::ZERO + span),
        recording,
        ..Setup::default()
    }
}

/// The lesson's usual fault: worker A's pause.
fn pause(scenario: &Scenario) -> Option<Fault> {
    const A: Node = Node(0);
    let longest = scenario.span("pause");
    let mut stream = Stream::new(scenario.seed, Purpose::Fault, A.0);
    let percent = u64::try_from(scenario.get("pause_p")).unwrap_or(0);
    let happens = percent >= 100 || stream.chance(percent * 10);
    let span = if scenario.get("pause_dist") == 1 {
        stream.span(Span::ZERO, longest)
    } else {
        longest
    };
    (happens && span > Span::ZERO).then(|| Fault {
        kind: FaultKind::Pause { node: A, span },
        when: When::Anchor {
            node: A,
            anchor: PauseAnchor::at(scenario.get("anchor")),
            nth: 1,
        },
    })
}

/// A "pause" while the write is in flight is the network's: the process runs,
/// the message is late.
fn hold_the_write(fault: &mut Fault, store: Node) {
    if let (
        &FaultKind::Pause { node, span },
        &When::Anchor {
            anchor: anchors::WRITE_INFLIGHT,
            nth,
            ..
        },
    ) = (&fault.kind, &fault.when)
    {
        let links = vec![(node, store)];
        *fault = Fault {
            kind: FaultKind::Delay {
                links: links.clone(),
                span,
            },
            when: When::Message {
                matching: MessageMatch {
                    kind: protocol::WRITE,
                    links,
                    senders: Vec::new(),
                },
                nth,
            },
        };
    }
}
