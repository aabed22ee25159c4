//! A rate limiter: a lock per user on each request, what is wrong with it, and
//! what to do instead: one script, counts of one's own, leases.

mod charts;
mod claims;
mod evidence;
pub mod measures;
mod parameters;
mod protocol;
mod story;

use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use sim::{Fault, FaultKind, Latency, Node, Recording, Setup, Simulation, Span, Time, When, World};

use crate::claim::Claim;
use crate::design::{Chart, Design, Lane, Name, Named, Role, Sentence, Variation};
use crate::laws::Law;
use crate::parameter::Parameter;
use crate::run::Run;
use crate::scenario::Scenario;
use protocol::counter::{Limit, TOKEN};
use protocol::lock::LockService;
use protocol::popularity::Popularity;
use protocol::server::Server;
use protocol::shard::Shard;
use protocol::users::{Arrivals, Users};
use protocol::{Mode, RateActor, Rules, TimeSource, anchors};

/// The design.
pub struct RateLimit;

impl Design for RateLimit {
    fn key(&self) -> &'static str {
        "rate-limit"
    }

    fn title(&self) -> &'static str {
        "Rate limiter"
    }

    fn summary(&self) -> &'static str {
        "A lock per user on each request: the last of twelve waits for eleven others. One script needs none of it."
    }

    fn lesson(&self) -> &'static str {
        concat!(
            include_str!("lesson.md"),
            "```lua\n",
            include_str!("bucket.lua"),
            "```\n"
        )
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
        &[Law::KeepsRate, Law::OneHolder]
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

/// The users' lane; servers follow.
const USERS: u16 = 0;

fn number(scenario: &Scenario, key: &str) -> u16 {
    u16::try_from(scenario.get(key)).unwrap_or(1)
}

fn mode(scenario: &Scenario) -> Mode {
    Mode::at(scenario.get("design"))
}

/// The lanes of servers, of the lock service where there is one, and of
/// shards.
struct Places {
    servers: Vec<Node>,
    lock: Option<Node>,
    shards: Vec<Node>,
}

impl Places {
    fn of(scenario: &Scenario) -> Self {
        let mut next = USERS + 1;
        let mut take = |count: u16| {
            let nodes = (next..next + count).map(Node).collect::<Vec<_>>();
            next += count;
            nodes
        };
        let servers = take(number(scenario, "servers"));
        let has_lock = mode(scenario) == Mode::UserLock;
        Self {
            servers,
            lock: take(u16::from(has_lock)).first().copied(),
            shards: take(number(scenario, "shards")),
        }
    }
}

fn lanes(scenario: &Scenario) -> Vec<Lane> {
    let new = |key: &str, label: &str, note: &str, role: Role| Lane {
        key: key.to_string(),
        label: label.to_string(),
        note: note.to_string(),
        role,
    };
    let places = Places::of(scenario);
    let users = match scenario.get("users") {
        1 => "one user".to_string(),
        users => format!("{users} users"),
    };
    let mut lanes = vec![new("users", "Users", &users, Role::Service)];
    for place in 1..=places.servers.len() {
        let (key, label) = (format!("api{place}"), format!("API {place}"));
        let fast = scenario.span("skew") > Span::ZERO && place % 2 == 0;
        let note = if fast { "server, clock fast" } else { "server" };
        lanes.push(new(&key, &label, note, Role::Client));
    }
    if places.lock.is_some() {
        lanes.push(new("lock", "Lock", "one lock a user", Role::Grantor));
    }
    let keeps = match mode(scenario) {
        Mode::LocalFull => "has nothing to do",
        Mode::UserLock if scenario.get("ops") == 0 => "has nothing to do",
        _ => "counts",
    };
    for place in 1..=places.shards.len() {
        let label = if places.shards.len() == 1 {
            "Redis".to_string()
        } else {
            format!("Redis {place}")
        };
        lanes.push(new(&format!("redis{place}"), &label, keeps, Role::Service));
    }
    lanes
}

fn limit(scenario: &Scenario) -> Limit {
    if parameters::is_window(scenario) {
        Limit::Window {
            limit: scenario.get("limit") * TOKEN,
            length: scenario.get("window"),
        }
    } else {
        Limit::Bucket {
            full: scenario.get("burst") * TOKEN,
            rate: scenario.get("rate"),
        }
    }
}

/// Into how many keys a user's count is split: only what goes by keys can be.
fn parts(scenario: &Scenario) -> i64 {
    match mode(scenario) {
        Mode::Lua | Mode::GetSet => scenario.get("subkeys"),
        Mode::UserLock | Mode::LocalFull | Mode::LocalSync | Mode::Lease => 1,
    }
}

fn rules(scenario: &Scenario) -> Rules {
    let places = Places::of(scenario);
    let parts = parts(scenario);
    Rules {
        mode: mode(scenario),
        limit: limit(scenario),
        cost: parts * TOKEN,
        parts: parts.unsigned_abs(),
        time_source: TimeSource::at(scenario.get("time_source")),
        operations: scenario.get("ops"),
        ttl: scenario.span("ttl"),
        script: scenario.span("script"),
        sync: scenario.span("sync"),
        sync_spread: scenario.get("sync_start") == 1,
        forgives: scenario.get("debt") == 1,
        lease: scenario.get("lease"),
        deny_cache: scenario.is_on("deny_cache"),
        timeout: scenario.span("timeout"),
        fails_open: scenario.get("fail") == 0,
        flush_at: (scenario.get("flush_at") >= 0).then(|| scenario.span("flush_at")),
        servers: places.servers,
        shards: places.shards,
        lock: places.lock.unwrap_or(Node(u16::MAX)),
        allowance: allowance(scenario),
    }
}

/// How long a view of the shared count is in use: from one telling as Redis
/// hears of it to the next.
fn gap(scenario: &Scenario) -> Span {
    let tellings = scenario.get("servers") * scenario.get("users");
    let queue = scenario.span("script") * tellings.unsigned_abs();
    scenario.span("sync") + scenario.span("rtt") + scenario.span("jitter") * 4 + queue
}

/// By how much the design says it may pass the limit, in thousandths of a
/// request, rounded up. A design without a word on it says by nothing.
fn allowance(scenario: &Scenario) -> u32 {
    let servers = scenario.get("servers");
    let gained = |span: Span| {
        let us = i64::try_from(span.us()).unwrap_or(i64::MAX);
        us.saturating_mul(scenario.get("rate"))
    };
    let jitter = scenario.span("jitter");
    let window = parameters::is_window(scenario);
    let micro = match mode(scenario) {
        // What is decided under the lock is noted half a round trip after the
        // time that it is decided by.
        Mode::UserLock | Mode::GetSet if window => TOKEN,
        Mode::UserLock | Mode::GetSet => gained(jitter),
        Mode::Lua if window || scenario.get("time_source") == 0 => 0,
        // A stamp ages on its way: by jitter, and by up to ten commands that
        // stand in the queue before it.
        Mode::Lua => gained(scenario.span("skew") + jitter + scenario.span("script") * 10),
        Mode::LocalFull => 0,
        Mode::LocalSync => {
            let each = if window {
                limit(scenario).most()
            } else {
                limit(scenario).most().saturating_add(gained(gap(scenario)))
            };
            each.saturating_mul(servers - 1)
        }
        Mode::Lease => servers * scenario.get("lease") * TOKEN,
    };
    let thousandths = micro
        .max(0)
        .unsigned_abs()
        .div_ceil(TOKEN.unsigned_abs() / 1_000);
    u32::try_from(thousandths).unwrap_or(u32::MAX)
}

fn popularity(scenario: &Scenario) -> Popularity {
    let users = u32::try_from(scenario.get("users")).unwrap_or(1);
    Popularity::new(users, scenario.get("zipf").unsigned_abs())
}

fn arrivals(scenario: &Scenario) -> Arrivals {
    if parameters::is_random(scenario) {
        let rate = scenario.get("requests").unsigned_abs();
        Arrivals::Random {
            every: (rate > 0).then(|| Span::from_us(Span::from_s(1).us() / rate)),
            duration: scenario.span("duration"),
            swells: scenario.get("arrivals") == 2,
        }
    } else {
        Arrivals::Together
    }
}

fn actors(scenario: &Scenario) -> Vec<RateActor> {
    let rules = Rc::new(rules(scenario));
    let together = u32::try_from(scenario.get("together")).unwrap_or(0);
    let users = Users::new(
        Rc::clone(&rules),
        arrivals(scenario),
        together,
        popularity(scenario),
    );
    let mut actors = vec![RateActor::Users(users)];
    let servers = 0..rules.servers.len() as u64;
    actors.extend(servers.map(|place| RateActor::Server(Server::new(Rc::clone(&rules), place))));
    if rules.mode == Mode::UserLock {
        actors.push(RateActor::Lock(LockService::new(Rc::clone(&rules))));
    }
    let shards = rules.shards.iter();
    actors.extend(shards.map(|_| RateActor::Shard(Shard::new(Rc::clone(&rules)))));
    actors
}

fn setup(scenario: &Scenario, recording: Recording) -> Setup {
    let lanes = lanes(scenario);
    let mut faults = faults(scenario);
    faults.extend(
        scenario
            .faults
            .iter()
            .flat_map(|fault| fault.resolve(&lanes)),
    );
    Setup {
        seed: scenario.seed,
        // Half a round trip each way, between any two.
        latency: Latency {
            base: Span::from_us(scenario.span("rtt").us().div_ceil(2)),
            jitter: scenario.span("jitter"),
        },
        faults,
        horizon: scenario.horizon.map(|span| Time::ZERO + span),
        recording,
        ..Setup::default()
    }
}

/// Those that parameters describe.
fn faults(scenario: &Scenario) -> Vec<Fault> {
    let places = Places::of(scenario);
    let mut faults = Vec::new();
    let skew = scenario.get("skew");
    if skew > 0 {
        let fast = places.servers.iter().skip(1).step_by(2);
        faults.extend(fast.map(|&node| Fault {
            kind: FaultKind::Step { node, by_us: skew },
            when: When::At(Time::ZERO),
        }));
    }
    if scenario.is_on("holder_crash")
        && let Some(&node) = places.servers.first()
    {
        faults.push(Fault {
            kind: FaultKind::Crash {
                node,
                restart: None,
                wiped: false,
            },
            when: When::Anchor {
                node,
                anchor: anchors::AFTER_ACQUIRE,
                nth: 1,
            },
        });
    }
    let down = scenario.span("down");
    if down > Span::ZERO {
        faults.extend(places.shards.iter().map(|&node| Fault {
            kind: FaultKind::Crash {
                node,
                restart: Some(down),
                wiped: scenario.is_on("down_loses"),
            },
            when: When::At(Time::ZERO + scenario.span("down_at")),
        }));
    }
    faults
}
