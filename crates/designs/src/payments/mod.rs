//! A lock for payments across five data centres: one payment at a time for
//! each account, a token that rises with each acquisition, and an explicit
//! error where the lock is not to be had.

mod callers;
mod charts;
mod claims;
mod evidence;
mod lock_node;
pub mod measures;
mod outside;
mod parameters;
mod protocol;
mod service;
mod story;

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use sim::{
    Cut, Fault, FaultKind, Latency, MessageMatch, Node, Purpose, Recording, ResumeOrder, Setup,
    Simulation, Span, Stream, Time, When, World,
};

use crate::claim::Claim;
use crate::design::{Chart, Design, Lane, Name, Named, Role, Sentence, Variation};
use crate::laws::Law;
use crate::parameter::Parameter;
use crate::run::Run;
use crate::scenario::Scenario;
use callers::{Arrivals, Callers, Habits};
use lock_node::LockNode;
use outside::{Ledger, Provider};
use parameters::{CENTRES, round_trip_us};
use protocol::{PaymentsActor, Peers, Policy, Rules, TokenSource, anchors};
use service::Service;

/// The design.
pub struct Payments;

impl Design for Payments {
    fn key(&self) -> &'static str {
        "payments"
    }

    fn title(&self) -> &'static str {
        "Payment lock"
    }

    fn summary(&self) -> &'static str {
        "A lock on three of five data centres: a partition takes the holder's quorum, and its payment arrives late."
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

/// The lanes by number.
mod lane {
    pub const CALLERS: u16 = 0;
    pub const P1: u16 = 1;
    pub const P2: u16 = 2;
    pub const FIRST_NODE: u16 = 3;
    pub const LEDGER: u16 = 8;
    pub const PROVIDER: u16 = 9;
}

/// The data centre of each lane, by place; callers are in none.
const CENTRE_OF: [Option<usize>; 10] = [
    None,
    Some(P1_CENTRE),
    Some(P2_CENTRE),
    Some(0),
    Some(1),
    Some(2),
    Some(3),
    Some(4),
    Some(LEDGER_CENTRE),
    Some(2),
];

/// DC 1.
const P1_CENTRE: usize = 0;
/// DC 4.
const P2_CENTRE: usize = 3;
/// DC 2. Where a log has a leader, that is its place too.
const LEDGER_CENTRE: usize = 1;

fn accounts(scenario: &Scenario) -> usize {
    usize::try_from(scenario.get("accounts")).unwrap_or(1)
}

fn is_fenced(scenario: &Scenario) -> bool {
    scenario.get("fence") == 0
}

fn lanes(scenario: &Scenario) -> Vec<Lane> {
    let new = |key: &str, label: &str, note: String, role: Role| Lane {
        key: key.to_string(),
        label: label.to_string(),
        note,
        role,
    };
    let service = |centre: usize| format!("payment service in {}", CENTRES[centre]);
    let mut lanes = vec![
        new(
            "callers",
            "Callers",
            format!(
                "wait {}",
                crate::words::span(scenario.span("caller_timeout"))
            ),
            Role::Service,
        ),
        new("p1", "P1", service(P1_CENTRE), Role::Client),
        new("p2", "P2", service(P2_CENTRE), Role::Client),
    ];
    let leads = TokenSource::at(scenario.get("token_source")) == TokenSource::RaftLease;
    for (place, centre) in CENTRES.iter().enumerate() {
        let note = if leads && place == LEDGER_CENTRE {
            "lock node, leads the log"
        } else {
            "lock node"
        };
        let key = format!("dc{}", place + 1);
        lanes.push(new(&key, centre, note.to_string(), Role::Grantor));
    }
    let ledger = match (is_fenced(scenario), scenario.is_on("idempotency")) {
        (true, true) => "in DC 2; checks tokens and payment ids",
        (true, false) => "in DC 2; checks tokens",
        (false, true) => "in DC 2; checks payment ids",
        (false, false) => "in DC 2; checks nothing",
    };
    let provider = if scenario.is_on("idempotency") {
        "near DC 3; knows payment ids"
    } else {
        "near DC 3; each call charges"
    };
    lanes.push(new("ledger", "Ledger", ledger.to_string(), Role::Resource));
    lanes.push(new(
        "provider",
        "Provider",
        provider.to_string(),
        Role::Service,
    ));
    lanes
}

fn rules(scenario: &Scenario) -> Rules {
    let ttl = scenario.span("ttl");
    Rules {
        ttl,
        drift: measures::drift(ttl),
        budget: scenario.span("budget"),
        node_timeout: scenario.span("node_timeout"),
        sequential: scenario.get("acquire") == 1,
        token_source: TokenSource::at(scenario.get("token_source")),
        policy: Policy::at(scenario.get("policy")),
        retries_once: scenario.is_on("retry"),
        max_wait: scenario.span("max_wait"),
        honours_deadline: scenario.is_on("honour_deadline"),
        extends: scenario.is_on("extend"),
        caller_timeout: scenario.span("caller_timeout"),
        call_at: u64::try_from(scenario.get("call_at")).unwrap_or(0),
        jitter: scenario.span("jitter"),
    }
}

fn habits(scenario: &Scenario) -> Habits {
    let arrivals = if parameters::is_open(scenario) {
        Arrivals::Open {
            every: scenario.span("every"),
            accounts: u8::try_from(accounts(scenario)).unwrap_or(u8::MAX),
            duration: scenario.span("duration"),
            one_service: scenario.get("route") == 1,
        }
    } else {
        Arrivals::Pair {
            second_at: (scenario.get("second_at") >= 0).then(|| scenario.span("second_at")),
            same_id: scenario.is_on("same_id"),
        }
    };
    Habits {
        arrivals,
        operation: scenario.span("op"),
        sigma: u32::try_from(scenario.get("sigma")).unwrap_or(0),
        timeout: scenario.span("caller_timeout"),
        retries: u8::try_from(scenario.get("caller_retries")).unwrap_or(0),
        retry_after: scenario.span("retry_after"),
    }
}

fn actors(scenario: &Scenario) -> Vec<PaymentsActor> {
    let rules = rules(scenario);
    let first = usize::from(lane::FIRST_NODE);
    let nodes: Vec<Node> = (lane::FIRST_NODE..lane::LEDGER).map(Node).collect();
    let peers = Rc::new(Peers {
        leader: nodes[LEDGER_CENTRE],
        nodes,
        ledger: Node(lane::LEDGER),
        provider: Node(lane::PROVIDER),
    });
    let accounts = accounts(scenario);
    let one_way = |from, to| latency(scenario, from, to).base;
    let service = |at: u16| {
        PaymentsActor::Service(Service::new(
            rules,
            Rc::clone(&peers),
            one_way(at, lane::CALLERS).max(one_way(lane::CALLERS, at)),
            one_way(at, lane::LEDGER),
        ))
    };
    let services = [Node(lane::P1), Node(lane::P2)];
    let mut actors = vec![
        PaymentsActor::Callers(Callers::new(habits(scenario), services)),
        service(lane::P1),
        service(lane::P2),
    ];
    actors.extend((0..usize::from(lane::LEDGER) - first).map(|place| {
        PaymentsActor::Node(LockNode::new(place, accounts, rules, Rc::clone(&peers)))
    }));
    let idempotent = scenario.is_on("idempotency");
    let ledger = Ledger::new(accounts, is_fenced(scenario), idempotent);
    actors.push(PaymentsActor::Ledger(ledger));
    actors.push(PaymentsActor::Provider(Provider::new(idempotent)));
    actors
}

/// The delay from one lane to another. Callers are as near to a service as
/// its own data centre is to itself. Half a round trip each way, an odd
/// microsecond on the way to the higher lane.
fn latency(scenario: &Scenario, from: u16, to: u16) -> Latency {
    let centre = |lane: u16| CENTRE_OF.get(usize::from(lane)).copied().flatten();
    let round_trip = match (centre(from), centre(to)) {
        (Some(from), Some(to)) => round_trip_us(scenario, from, to),
        (Some(only), None) | (None, Some(only)) => round_trip_us(scenario, only, only),
        (None, None) => 0,
    };
    let half = if from < to {
        round_trip.div_ceil(2)
    } else {
        round_trip / 2
    };
    Latency {
        base: Span::from_us(half),
        jitter: scenario.span("jitter"),
    }
}

fn setup(scenario: &Scenario, recording: Recording) -> Setup {
    let lanes = lanes(scenario);
    let all = 0..CENTRE_OF.len() as u16;
    let exceptions = all
        .clone()
        .flat_map(|from| all.clone().map(move |to| (from, to)))
        .filter(|(from, to)| from != to)
        .map(|(from, to)| ((Node(from), Node(to)), latency(scenario, from, to)))
        .collect();
    let mut faults: Vec<Fault> = [cut(scenario), pause(scenario), crash(scenario)]
        .into_iter()
        .flatten()
        .collect();
    faults.extend(
        scenario
            .faults
            .iter()
            .flat_map(|fault| fault.resolve(&lanes)),
    );
    faults.iter_mut().for_each(hold_the_write);
    Setup {
        seed: scenario.seed,
        exceptions,
        faults,
        resume_order: if scenario.get("resume_order") == 1 {
            ResumeOrder::IoFirst
        } else {
            ResumeOrder::AppFirst
        },
        horizon: scenario.horizon.map(|span| Time::ZERO + span),
        recording,
        ..Setup::default()
    }
}

/// The lesson's usual fault: one data centre is cut off from the others, not
/// from its callers.
fn cut(scenario: &Scenario) -> Option<Fault> {
    let span = scenario.span("cut");
    if span == Span::ZERO {
        return None;
    }
    let cut_off = usize::try_from(scenario.get("cut_dc")).unwrap_or(0);
    let spares_ledger = scenario.get("ledger_side") == 1;
    let counts = |lane: u16| !(spares_ledger && lane == lane::LEDGER);
    let side = |inside: bool| {
        (0..)
            .zip(CENTRE_OF)
            .filter(move |&(lane, centre)| {
                counts(lane) && centre.is_some_and(|centre| (centre == cut_off) == inside)
            })
            .map(|(lane, _)| Node(lane))
    };
    let links = side(true)
        .flat_map(|one| side(false).map(move |other| (one, other)))
        .flat_map(|(one, other)| [(one, other), (other, one)])
        .collect();
    Some(Fault {
        kind: FaultKind::Cut {
            links,
            span: Some(span),
            mode: Cut::Hold,
        },
        when: When::At(Time::ZERO + scenario.span("cut_at")),
    })
}

/// The lesson's other fault: P1 stops.
fn pause(scenario: &Scenario) -> Option<Fault> {
    let node = Node(lane::P1);
    let span = scenario.span("pause");
    (span > Span::ZERO).then(|| Fault {
        kind: FaultKind::Pause { node, span },
        when: When::Anchor {
            node,
            anchor: parameters::pause_anchor(scenario.get("pause_at")),
            nth: 1,
        },
    })
}

/// In a share of runs P1 dies once it has called the provider.
fn crash(scenario: &Scenario) -> Option<Fault> {
    let node = Node(lane::P1);
    let percent = u64::try_from(scenario.get("crash_p")).unwrap_or(0);
    let mut stream = Stream::new(scenario.seed, Purpose::Fault, node.0);
    stream.chance(percent * 10).then_some(Fault {
        kind: FaultKind::Crash {
            node,
            restart: None,
            wiped: false,
        },
        when: When::Anchor {
            node,
            anchor: anchors::PROVIDER_CALLED,
            nth: 1,
        },
    })
}

/// A "pause" while the write is in flight is the network's: the process runs,
/// the message is late.
fn hold_the_write(fault: &mut Fault) {
    if let (
        &FaultKind::Pause { node, span },
        &When::Anchor {
            anchor: anchors::WRITE_INFLIGHT,
            nth,
            ..
        },
    ) = (&fault.kind, &fault.when)
    {
        let links = vec![(node, Node(lane::LEDGER))];
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
