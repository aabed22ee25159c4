//! Nodes that do what a test tells them, and questions to their traces.

use fencepost_sim::{
    Actor, Anchor, Cut, Effects, Fact, Fault, FaultKind, Kind, Latency, Message, MessageMatch,
    Node, Setup, Span, Step, Time, Trace, Wall, When, World,
};

pub const A: Node = Node(0);
pub const B: Node = Node(1);
pub const C: Node = Node(2);

/// A message is its kind.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Word(pub u8);

impl Message for Word {
    fn kind(&self) -> u8 {
        self.0
    }

    fn summary(&self) -> u64 {
        u64::from(self.0)
    }
}

/// A step is its kind.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Task(pub u8);

impl Step for Task {
    fn kind(&self) -> u8 {
        self.0
    }
}

/// What a node can be told to react to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum On {
    Start,
    Hears(u8),
    Does(u8),
    Reset,
    Restart,
}

/// What it can be told to do then. Times are in µs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Act {
    Send(Node, u8),
    Reply(u8),
    Connect(Node, u8),
    Close(Node),
    After(u64, u8),
    Poll(u64, u8),
    AtWall(i64, u8),
    Work(u64, u8),
    Then(u8, u8),
    Reached(u8),
    Clear(u8),
    ReadClocks,
}

/// A node with its rules. All that it handles it also notes.
#[derive(Clone, Default, Debug)]
pub struct Script {
    rules: Vec<(On, Act)>,
    wiped: bool,
}

const STARTED: u8 = 32;
const HEARD: u8 = 33;
const DID: u8 = 34;
const RESET: u8 = 35;
const RESTARTED: u8 = 36;
const CLOCKS: u8 = 37;

pub fn idle() -> Script {
    Script::default()
}

pub fn on(on: On, acts: &[Act]) -> Script {
    idle().on(on, acts)
}

impl Script {
    pub fn on(mut self, on: On, acts: &[Act]) -> Self {
        self.rules.extend(acts.iter().map(|&act| (on, act)));
        self
    }

    fn react(&self, on: On, from: Option<Node>, fx: &mut Effects<'_, Word, Task>) {
        for &(_, act) in self.rules.iter().filter(|(rule, _)| *rule == on) {
            match act {
                Act::Send(to, word) => fx.send(to, Word(word)),
                Act::Reply(word) => fx.send(from.unwrap_or(fx.node()), Word(word)),
                Act::Connect(to, word) => fx.connect(to, Word(word)),
                Act::Close(to) => fx.close(to),
                Act::After(us, task) => fx.after(Span::from_us(us), Task(task)),
                Act::Poll(us, task) => fx.poll(Span::from_us(us), Task(task)),
                Act::AtWall(us, task) => fx.at_wall(Wall::from_ms(us / 1_000), Task(task)),
                Act::Work(us, task) => fx.work(Span::from_us(us), Task(task)),
                Act::Then(anchor, task) => fx.then(Anchor(anchor), Task(task)),
                Act::Reached(anchor) => fx.reached(Anchor(anchor)),
                Act::Clear(task) => fx.clear(Task(task)),
                Act::ReadClocks => fx.note(Fact {
                    kind: CLOCKS,
                    x: fx.wall().us().cast_unsigned(),
                    y: u32::try_from(fx.mono().us()).unwrap_or(u32::MAX),
                    ..Fact::default()
                }),
            }
        }
    }
}

fn fact(kind: u8, y: u16, z: u8) -> Fact {
    Fact {
        kind,
        y: u32::from(y),
        z: u32::from(z),
        ..Fact::default()
    }
}

impl Actor for Script {
    type Message = Word;
    type Step = Task;

    fn start(&mut self, fx: &mut Effects<'_, Word, Task>) {
        fx.note(fact(STARTED, 0, 0));
        self.react(On::Start, None, fx);
    }

    fn message(&mut self, from: Node, word: Word, fx: &mut Effects<'_, Word, Task>) {
        fx.note(fact(HEARD, from.0, word.0));
        self.react(On::Hears(word.0), Some(from), fx);
    }

    fn step(&mut self, task: Task, fx: &mut Effects<'_, Word, Task>) {
        fx.note(fact(DID, 0, task.0));
        self.react(On::Does(task.0), None, fx);
    }

    fn reset(&mut self, peer: Node, fx: &mut Effects<'_, Word, Task>) {
        fx.note(fact(RESET, peer.0, 0));
        self.react(On::Reset, Some(peer), fx);
    }

    fn crash(&mut self, wiped: bool) {
        self.wiped = wiped;
    }

    fn restart(&mut self, fx: &mut Effects<'_, Word, Task>) {
        fx.note(fact(RESTARTED, 0, u8::from(self.wiped)));
        self.react(On::Restart, None, fx);
    }
}

// --- worlds ---------------------------------------------------------------

/// Every message takes 1 ms.
pub fn setup(faults: Vec<Fault>) -> Setup {
    Setup {
        latency: Latency {
            base: Span::from_ms(1),
            jitter: Span::ZERO,
        },
        faults,
        ..Setup::default()
    }
}

pub fn run(faults: Vec<Fault>, nodes: &[Script]) -> Seen {
    run_with(setup(faults), nodes)
}

pub fn run_with(setup: Setup, nodes: &[Script]) -> Seen {
    Seen(World::new(setup, nodes.to_vec()).run())
}

// --- faults ---------------------------------------------------------------

pub const fn ms(ms: u64) -> u64 {
    ms * 1_000
}

pub fn at(us: u64) -> When {
    When::At(Time::from_us(us))
}

pub const fn anchor(node: Node, anchor: u8, nth: u32) -> When {
    When::Anchor {
        node,
        anchor: Anchor(anchor),
        nth,
    }
}

pub fn message(from: Node, kind: u8, nth: u32) -> When {
    let matching = MessageMatch {
        kind,
        links: Vec::new(),
        senders: vec![from],
    };
    When::Message { matching, nth }
}

pub const fn fault(when: When, kind: FaultKind) -> Fault {
    Fault { kind, when }
}

pub const fn pause(node: Node, us: u64) -> FaultKind {
    FaultKind::Pause {
        node,
        span: Span::from_us(us),
    }
}

pub const fn suspend(node: Node, us: u64) -> FaultKind {
    FaultKind::Suspend {
        node,
        span: Span::from_us(us),
    }
}

pub fn crash(node: Node, restart_us: Option<u64>) -> FaultKind {
    FaultKind::Crash {
        node,
        restart: restart_us.map(Span::from_us),
        wiped: false,
    }
}

/// A cut from one node to the other, that way only.
pub fn cut(from: Node, to: Node, us: Option<u64>, mode: Cut) -> FaultKind {
    FaultKind::Cut {
        links: vec![(from, to)],
        span: us.map(Span::from_us),
        mode,
    }
}

pub fn cut_both(one: Node, other: Node, us: Option<u64>, mode: Cut) -> FaultKind {
    FaultKind::Cut {
        links: vec![(one, other), (other, one)],
        span: us.map(Span::from_us),
        mode,
    }
}

pub fn delay(links: &[(Node, Node)], us: u64) -> FaultKind {
    FaultKind::Delay {
        links: links.to_vec(),
        span: Span::from_us(us),
    }
}

// --- questions ------------------------------------------------------------

/// A trace to ask. Instants are in µs.
pub struct Seen(pub Trace);

/// A thing that a node handled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handled {
    Heard(u8),
    Did(u8),
    Reset(Node),
}

impl Seen {
    fn facts(&self, node: Node, kind: u8) -> impl Iterator<Item = (u64, u32, u32)> {
        self.0
            .records
            .iter()
            .filter(move |record| record.node() == node && record.kind == kind)
            .map(|record| (record.at.us(), record.y, record.z))
    }

    /// When the world wrote `kind` on the node's lane.
    pub fn times(&self, node: Node, kind: Kind) -> Vec<u64> {
        self.facts(node, kind as u8).map(|(at, ..)| at).collect()
    }

    pub fn count(&self, kind: Kind) -> usize {
        let records = self.0.records.iter();
        records.filter(|record| record.kind == kind as u8).count()
    }

    pub fn started(&self, node: Node) -> Vec<u64> {
        self.facts(node, STARTED).map(|(at, ..)| at).collect()
    }

    /// When it came back, and whether its store was wiped.
    pub fn restarted(&self, node: Node) -> Vec<(u64, bool)> {
        self.facts(node, RESTARTED)
            .map(|(at, _, wiped)| (at, wiped == 1))
            .collect()
    }

    /// When the node heard which words.
    pub fn heard(&self, node: Node) -> Vec<(u64, u8)> {
        self.facts(node, HEARD)
            .map(|(at, _, word)| (at, word as u8))
            .collect()
    }

    /// When the node did `task`.
    pub fn did(&self, node: Node, task: u8) -> Vec<u64> {
        self.facts(node, DID)
            .filter(|&(.., did)| did == u32::from(task))
            .map(|(at, ..)| at)
            .collect()
    }

    /// When the node was told that a connection is gone.
    pub fn resets(&self, node: Node) -> Vec<u64> {
        self.facts(node, RESET).map(|(at, ..)| at).collect()
    }

    /// All that the node handled, in order.
    pub fn handled(&self, node: Node) -> Vec<Handled> {
        self.0
            .records
            .iter()
            .filter(|record| record.node() == node)
            .filter_map(|record| match record.kind {
                HEARD => Some(Handled::Heard(record.z as u8)),
                DID => Some(Handled::Did(record.z as u8)),
                RESET => Some(Handled::Reset(Node(record.y as u16))),
                _ => None,
            })
            .collect()
    }

    /// What the node read on its clocks: wall and monotonic, in µs.
    pub fn clocks(&self, node: Node) -> Vec<(i64, i64)> {
        self.0
            .records
            .iter()
            .filter(|record| record.node() == node && record.kind == CLOCKS)
            .map(|record| (record.x.cast_signed(), i64::from(record.y)))
            .collect()
    }

    /// The `flags` of the world's records of `kind`, in order.
    pub fn flags(&self, kind: Kind) -> Vec<u8> {
        let records = self.0.records.iter();
        records
            .filter(|record| record.kind == kind as u8)
            .map(|record| record.flags)
            .collect()
    }
}
