//! ZooKeeper: a lock that is an ephemeral node, and lives as long as the
//! session of the client that created it.
//!
//! What is true is read off the leader: a grant begins at the commit that
//! makes a node the first, and ends at the commit that deletes it; the lease
//! beneath it is the session's countdown at the leader, refilled by every
//! touch. There is one order of nodes, so one grant makes a holder.

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
use alloc::vec::Vec;

use sim::{
    Cut, Fault, FaultKind, Latency, MessageMatch, Node, Purpose, Recording, ResumeOrder, Setup,
    Simulation, Span, Stream, Time, When, World,
};

use crate::claim::Claim;
use crate::design::{Chart, Design, Lane, Name, Named, Role, Sentence, Variation};
use crate::fence::{Fence, Guarded};
use crate::laws::Law;
use crate::parameter::Parameter;
use crate::run::Run;
use crate::scenario::Scenario;
use parameters::Isolation;
use protocol::{Client, Habits, Peers, Rules, Server, Store, TokenSource, ZooKeeperActor, anchors};

/// The design.
pub struct ZooKeeper;

impl Design for ZooKeeper {
    fn key(&self) -> &'static str {
        "zookeeper"
    }

    fn title(&self) -> &'static str {
        "ZooKeeper"
    }

    fn summary(&self) -> &'static str {
        "A lock that lives as long as its holder's session: a partition outlasts the session, or the session the partition."
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

/// Client A, the holder.
const A: Node = Node(0);
/// Each of the others starts so much after the one before.
const APART: Span = Span::from_ms(10);

fn count(scenario: &Scenario, key: &str) -> usize {
    usize::try_from(scenario.get(key)).unwrap_or(1).max(1)
}

fn node(place: usize) -> Node {
    Node(u16::try_from(place).unwrap_or(u16::MAX))
}

/// The key and the label of a client.
fn client_name(place: usize) -> (String, String) {
    let letter = u8::try_from(place)
        .ok()
        .filter(|&place| place < 26)
        .map(|place| char::from(b'a' + place));
    match letter {
        Some(letter) => (
            letter.to_string(),
            format!("Client {}", letter.to_ascii_uppercase()),
        ),
        None => (format!("c{}", place + 1), format!("Client {}", place + 1)),
    }
}

fn lanes(scenario: &Scenario) -> Vec<Lane> {
    let mut lanes = Vec::new();
    for place in 0..count(scenario, "clients") {
        let (key, label) = client_name(place);
        let note = if place == 0 { "asks first" } else { "" };
        lanes.push(Lane {
            key,
            label,
            note: note.to_string(),
            role: Role::Client,
        });
    }
    for place in 0..count(scenario, "servers") {
        lanes.push(Lane {
            key: format!("zk{}", place + 1),
            label: format!("ZooKeeper {}", place + 1),
            note: String::new(),
            role: Role::Grantor,
        });
    }
    let note = match Fence::at(scenario.get("fence")) {
        Fence::None => "no fence",
        Fence::Check => "fence: checks each write",
        Fence::Claim => "fence: claim, then check",
        Fence::CasState => "fence: job's state",
    };
    lanes.push(Lane {
        key: "store".into(),
        label: "Job store".into(),
        note: note.to_string(),
        role: Role::Resource,
    });
    lanes
}

/// The place of the server that A is attached to.
fn attached(scenario: &Scenario) -> usize {
    usize::from(scenario.get("attach") == 1)
}

/// The timeout that every client gets.
fn negotiated(scenario: &Scenario) -> Span {
    rules(scenario).negotiate(scenario.span("session_timeout"))
}

/// How the clocks of client, leader and bucket stand to each other as the cut
/// begins: all that a partition's outcome hangs on, the sleeps of A's library
/// aside.
#[derive(Clone, Debug)]
struct Phases {
    /// For each client, how long before the cut its last ping is.
    pings: Vec<Span>,
    /// For each server, how long after the cut a bucket of its own ends.
    buckets: Vec<Span>,
    /// How long after the cut the first leader's next ping is due.
    relay: Span,
}

fn phases(scenario: &Scenario) -> Phases {
    let servers = count(scenario, "servers");
    let clients = count(scenario, "clients");
    let tick = scenario.span("tick");
    let pace = Span::from_us(negotiated(scenario).us() / 3);
    // Drawn from whom they belong to, always, and replaced where they are
    // given: pinning one phase leaves the others as they were.
    let draw = |lane: usize, longest: Span| {
        Stream::new(scenario.seed, Purpose::Fault, node(lane).0).span(Span::ZERO, longest)
    };
    let given = |key: &str, longest: Span| {
        let us = u64::try_from(scenario.get(key)).ok()?;
        Some(Span::from_us(us).min(longest))
    };
    let mut pings: Vec<Span> = (0..clients).map(|lane| draw(lane, pace)).collect();
    if let (Some(first), Some(phase)) = (pings.first_mut(), given("ping_phase", pace)) {
        *first = phase;
    }
    let mut leader = Stream::new(scenario.seed, Purpose::Fault, node(clients).0);
    let first_bucket = leader.span(Span::ZERO, tick);
    let relay = leader.span(Span::ZERO, Span::from_us(tick.us() / 2));
    let mut buckets: Vec<Span> = (0..servers)
        .map(|place| draw(clients + place, tick))
        .collect();
    if let Some(first) = buckets.first_mut() {
        *first = given("bucket_phase", tick).unwrap_or(first_bucket);
    }
    Phases {
        pings,
        buckets,
        relay: given("relay_phase", Span::from_us(tick.us() / 2)).unwrap_or(relay),
    }
}

fn rules(scenario: &Scenario) -> Rules {
    let tick = scenario.span("tick");
    let bound = |key: &str, ticks: u64| {
        u64::try_from(scenario.get(key)).map_or(tick * ticks, Span::from_us)
    };
    Rules {
        tick,
        sync_limit: count(scenario, "sync_limit") as u64,
        // `ZooKeeperServer`: two and twenty ticks unless configured.
        timeouts: (
            bound("min_session_timeout", 2),
            // A timeout of nothing would never let a client in.
            bound("max_session_timeout", 20).max(Span::from_ms(100)),
        ),
        token_source: parameters::token_source(scenario.get("token_source")),
        simple: scenario.get("recipe") == 1,
        reap: scenario.span("reap"),
        first_beat: Span::ZERO,
        bucket_ends: Vec::new(),
    }
}

/// The first instant of a rhythm that has one at `at`.
fn first_of(at: Span, every: Span) -> Span {
    Span::from_us(at.us() % every.us().max(1))
}

fn actors(scenario: &Scenario) -> Vec<ZooKeeperActor> {
    let clients = count(scenario, "clients");
    let servers = count(scenario, "servers");
    let begins = scenario.span("at");
    let phases = phases(scenario);
    let peers = Rc::new(Peers {
        servers: (clients..clients + servers).map(node).collect(),
        store: node(clients + servers),
    });
    let mut rules = rules(scenario);
    let half_tick = Span::from_us(rules.tick.us() / 2);
    rules.first_beat = first_of(begins + phases.relay, half_tick);
    rules.bucket_ends = phases
        .buckets
        .iter()
        .map(|&phase| first_of(begins + phase, rules.tick))
        .collect();
    let rules = Rc::new(rules);
    let mut actors = Vec::new();
    for (place, &ping) in phases.pings.iter().enumerate() {
        let habits = habits(scenario, place, begins, ping, &peers);
        actors.push(ZooKeeperActor::Client(Client::new(
            habits,
            Rc::clone(&peers),
        )));
    }
    for place in 0..servers {
        actors.push(ZooKeeperActor::Server(Server::new(
            place,
            Rc::clone(&rules),
            Rc::clone(&peers),
        )));
    }
    let fence = Fence::at(scenario.get("fence"));
    actors.push(ZooKeeperActor::Store(Store::new(Guarded::new(fence))));
    actors
}

/// Which server a client tries first: A as the scenario says, the others
/// round the ones that A is not at.
fn first_server(scenario: &Scenario, client: usize) -> usize {
    let own = attached(scenario);
    if client == 0 {
        return own;
    }
    let others = count(scenario, "servers").saturating_sub(1).max(1);
    let place = (client - 1) % others;
    place + usize::from(place >= own)
}

fn habits(scenario: &Scenario, place: usize, begins: Span, ping: Span, peers: &Peers) -> Habits {
    let servers = peers.servers.len();
    let first = first_server(scenario, place);
    let starts = match u64::try_from(place) {
        Ok(others @ 1..) => scenario.span("b_start") + APART * (others - 1),
        _ => Span::ZERO,
    };
    let optional = |key: &str| u64::try_from(scenario.get(key)).ok().map(Span::from_us);
    let signed = |span: Span| i64::try_from(span.us()).unwrap_or(i64::MAX);
    Habits {
        starts,
        timeout: scenario.span("session_timeout"),
        servers: (0..servers)
            .map(|next| peers.servers[(first + next) % servers])
            .collect(),
        expires_itself: scenario.get("client") == 1,
        sleep: optional("reconnect_sleep").filter(|_| place == 0),
        pings_at: signed(begins) - signed(ping),
        policy: parameters::policy(scenario.get("policy")),
        simple: scenario.get("recipe") == 1,
        draws: parameters::token_source(scenario.get("token_source")) == TokenSource::Counter,
        claims: Fence::at(scenario.get("fence")) == Fence::Claim,
        done_check: scenario.is_on("done_check"),
        work: scenario.span("work"),
        hold: optional("hold"),
        again: scenario.is_on("again"),
        is_awaited: place == 0,
    }
}

fn setup(scenario: &Scenario, recording: Recording) -> Setup {
    let lanes = lanes(scenario);
    let store = node(lanes.len() - 1);
    let mut faults: Vec<Fault> = partition(scenario).into_iter().collect();
    faults.extend(pause(scenario));
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
        horizon: scenario.horizon.map(|span| Time::ZERO + span),
        recording,
        ..Setup::default()
    }
}

/// The lesson's fault: a partition. The store stays in everyone's reach.
fn partition(scenario: &Scenario) -> Option<Fault> {
    let span = scenario.span("partition");
    if span == Span::ZERO {
        return None;
    }
    let clients = count(scenario, "clients");
    let servers: Vec<Node> = (clients..clients + count(scenario, "servers"))
        .map(node)
        .collect();
    let own = servers[attached(scenario)];
    let mut pairs: Vec<(Node, Node)> = Vec::new();
    match Isolation::of(scenario.get("isolation")) {
        Isolation::Client => pairs.extend(servers.iter().map(|&server| (A, server))),
        Isolation::ClientAndServer => {
            for &server in servers.iter().filter(|&&server| server != own) {
                pairs.extend([(A, server), (own, server)]);
            }
            pairs.extend((1..clients).map(|client| (node(client), own)));
        }
        Isolation::LeaderMinority => {
            pairs.extend(servers[1..].iter().map(|&server| (servers[0], server)));
        }
    }
    let links = pairs
        .into_iter()
        .flat_map(|(one, other)| [(one, other), (other, one)])
        .collect();
    Some(Fault {
        kind: FaultKind::Cut {
            links,
            span: Some(span),
            mode: Cut::Hold,
        },
        when: When::At(Time::ZERO + scenario.span("at")),
    })
}

/// A pause of A after the first check that it makes at about `at`.
fn pause(scenario: &Scenario) -> Option<Fault> {
    let span = scenario.span("pause");
    let check = scenario.span("at").us() / scenario.span("work").us().max(1);
    (span > Span::ZERO).then(|| Fault {
        kind: FaultKind::Pause { node: A, span },
        when: When::Anchor {
            node: A,
            anchor: anchors::AFTER_CHECK,
            nth: u32::try_from(check).unwrap_or(u32::MAX).max(1),
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
        let links = Vec::from([(node, store)]);
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
