//! The world: hands actors what happens, in order, until nothing that matters
//! is left or a bound is met.

use alloc::vec::Vec;

use crate::actor::{Actor, Effects, Node};
use crate::fault::{Fault, FaultKind};
use crate::kernel::{Event, Kernel, Running, SETTLE};
use crate::network::{FlightState, Latency, Network};
use crate::time::{Span, Time};
use crate::trace::{Kind, Record, Recording, Stop, Trace, drop_reason, flags};

/// What a paused process does first when it runs again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ResumeOrder {
    /// The application step that the pause interrupted, then all that waits,
    /// in due order: the application acts before it hears any news.
    #[default]
    AppFirst,
    /// All that waits, in due order, then the interrupted step.
    IoFirst,
}

/// How far a run may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The most events that are handled.
    pub events: u64,
    /// The longest simulated time.
    pub time: Time,
    /// The most bytes of records.
    pub trace_bytes: usize,
}

impl Default for Limits {
    /// 1,000,000 events, one simulated hour, 64 MiB of records.
    fn default() -> Self {
        Self {
            events: 1_000_000,
            time: Time::from_us(3_600_000_000),
            trace_bytes: 64 << 20,
        }
    }
}

/// All that a world is made of but its actors.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Chooses the random streams.
    pub seed: u64,
    /// The delay of every link without an exception.
    pub latency: Latency,
    /// The delay of single directed links.
    pub exceptions: Vec<((Node, Node), Latency)>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// What a resumed process does first.
    pub resume_order: ResumeOrder,
    /// How far the run may go.
    pub limits: Limits,
    /// Where the run ends; `None`: two seconds after the last thing that
    /// mattered.
    pub horizon: Option<Time>,
    /// Whether records are written.
    pub recording: Recording,
}

/// A world and its actors; node `n` is the `n`th actor.
pub struct World<A: Actor> {
    kernel: Kernel<A::Message, A::Step>,
    actors: Vec<A>,
    resume_order: ResumeOrder,
    limits: Limits,
    horizon: Option<Time>,
    events: u64,
}

impl<A: Actor> World<A> {
    /// A world at time zero. At most 65,536 actors take part; further ones
    /// are left out.
    pub fn new(setup: Setup, mut actors: Vec<A>) -> Self {
        actors.truncate(usize::from(u16::MAX));
        let nodes = u16::try_from(actors.len()).expect("truncated to fit");
        let network = Network::new(actors.len(), setup.latency, setup.exceptions);
        let mut kernel = Kernel::new(nodes, setup.seed, network, setup.faults);
        kernel.recording = setup.recording;
        for node in 0..nodes {
            kernel.queue.push(Time::ZERO, Event::Start(Node(node)));
        }
        Self {
            kernel,
            actors,
            resume_order: setup.resume_order,
            limits: setup.limits,
            horizon: setup.horizon,
            events: 0,
        }
    }

    /// Runs to the end.
    pub fn run(mut self) -> Trace {
        let (stop, end) = loop {
            if let Some(stop) = self.advance() {
                break stop;
            }
        };
        Trace {
            records: self.kernel.records,
            end,
            stop,
            events: self.events,
        }
    }

    /// Handles the next event, or says why and when the run is over.
    fn advance(&mut self) -> Option<(Stop, Time)> {
        let next = self.kernel.queue.next_at().unwrap_or(Time::NEVER);
        let end = match self.horizon {
            Some(horizon) => horizon.min(self.limits.time),
            None if self.kernel.pending == 0 => {
                (self.kernel.last_counted + SETTLE).min(self.limits.time)
            }
            None => self.limits.time,
        };
        if next > end {
            let complete = self.horizon.is_some() || self.kernel.pending == 0;
            let stop = if complete { Stop::Horizon } else { Stop::Time };
            return Some((stop, end));
        }
        if self.events >= self.limits.events {
            return Some((Stop::Events, self.kernel.now));
        }
        if self.kernel.records.len() * size_of::<Record>() >= self.limits.trace_bytes {
            return Some((Stop::TraceBytes, self.kernel.now));
        }
        let (now, event) = self.kernel.queue.pop()?;
        self.kernel.now = now;
        self.kernel.cause = Record::NO_CAUSE;
        self.kernel.background = false;
        self.events += 1;
        self.handle(event);
        None
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Start(node) => {
                self.kernel.cause = self.kernel.world(node, Kind::Start, 0, 0, 0, 0);
                self.act(node, |actor, fx| actor.start(fx));
            }
            Event::Deliver { slot, generation } => self.deliver(slot, generation),
            Event::Step { node, id } => {
                if self.runs(node, event)
                    && let Some(step) = self.kernel.take_due(node, id)
                {
                    self.act(node, |actor, fx| actor.step(step, fx));
                }
            }
            Event::Continue(node) => self.go_on(node),
            Event::Reset { node, peer } => {
                if self.runs(node, event) {
                    let lane = u32::from(peer.0);
                    self.kernel.cause = self.kernel.world(node, Kind::Reset, 0, 0, lane, 0);
                    self.act(node, |actor, fx| actor.reset(peer, fx));
                }
            }
            Event::Resume { node, pause } => self.resume(node, pause),
            Event::Restart { node, fault } => self.restart(node, fault),
            Event::Strike(fault) => {
                self.kernel.counted();
                self.strike(fault);
            }
            Event::Heal(fault) => {
                self.kernel.counted();
                if let FaultKind::Cut { links, mode, .. } =
                    self.kernel.faults[usize::from(fault)].kind.clone()
                {
                    self.kernel.heal(&links, mode);
                }
            }
            Event::Retransmit(link) => {
                self.kernel.counted();
                self.kernel.retransmit(link);
            }
        }
    }

    /// Whether `node` can handle `event` now; a paused process keeps it for
    /// later, a dead one never sees it.
    fn runs(&mut self, node: Node, event: Event) -> bool {
        let process = &mut self.kernel.processes[node.index()];
        if process.running == Running::Paused {
            process.waiting.push(event);
        }
        process.running == Running::Up
    }

    fn deliver(&mut self, slot: u32, generation: u32) {
        let flight = self.kernel.network.flights[slot as usize];
        if flight.generation != generation || flight.state == FlightState::Free {
            return;
        }
        let link = &self.kernel.network.links[flight.link as usize];
        let (from, to) = (link.from, link.to);
        if self.kernel.processes[to.index()].running == Running::Crashed {
            self.kernel.land(slot, drop_reason::DOWN);
            self.refuse(from, to);
            return;
        }
        if flight.state == FlightState::Flying {
            self.kernel.arrive(slot);
        }
        if !self.runs(to, Event::Deliver { slot, generation }) {
            return;
        }
        self.kernel.cause = self.kernel.network.flights[slot as usize].cause;
        self.kernel.background = flight.background;
        if !flight.background {
            self.kernel.counted();
        }
        self.kernel.network.land(slot);
        self.act(to, |actor, fx| actor.message(from, flight.message, fx));
    }

    /// The host of a dead process answers with a reset, where it can.
    fn refuse(&mut self, peer: Node, dead: Node) {
        let number = self.kernel.network.link(dead, peer);
        let link = &self.kernel.network.links[number as usize];
        if link.cut().is_none() {
            let at = self.kernel.now + link.latency.base;
            self.kernel.queue.push(
                at,
                Event::Reset {
                    node: peer,
                    peer: dead,
                },
            );
        }
    }

    /// Lets an actor handle something, then whatever it goes on with at once.
    fn act(
        &mut self,
        node: Node,
        handle: impl FnOnce(&mut A, &mut Effects<'_, A::Message, A::Step>),
    ) {
        let actor = &mut self.actors[node.index()];
        let kernel = &mut self.kernel;
        handle(actor, &mut Effects { kernel, node });
        loop {
            while let Some(fault) = self.kernel.struck.pop() {
                self.strike(fault);
            }
            if let Some(anchor) = self.kernel.reached.take() {
                self.strike_at(node, anchor);
            }
            let Some((step, anchor)) = self.kernel.next.take() else {
                return;
            };
            let (cause, background) = (self.kernel.cause, self.kernel.background);
            self.strike_at(node, anchor);
            self.kernel.cause = cause;
            self.kernel.background = background;
            match self.kernel.processes[node.index()].running {
                Running::Up => {
                    self.events += 1;
                    let kernel = &mut self.kernel;
                    self.actors[node.index()].step(step, &mut Effects { kernel, node });
                }
                Running::Paused => {
                    self.kernel.processes[node.index()].interrupted = Some((step, cause));
                    return;
                }
                Running::Crashed => return,
            }
        }
    }

    fn strike_at(&mut self, node: Node, anchor: crate::Anchor) {
        for fault in self.kernel.struck_at_anchor(node, anchor) {
            self.kernel.last_counted = self.kernel.now;
            self.strike(fault);
            if let Some(record) = self.kernel.records.last_mut()
                && record.kind == Kind::PauseBegin as u8
            {
                record.y = u32::from(anchor.0) + 1;
            }
        }
    }

    fn strike(&mut self, number: u16) {
        let Fault { kind, .. } = self.kernel.faults[usize::from(number)].clone();
        match kind {
            FaultKind::Pause { node, span } => self.pause(node, span, false),
            FaultKind::Suspend { node, span } => self.pause(node, span, true),
            FaultKind::Crash {
                node,
                restart,
                wiped,
            } => self.crash(node, number, restart, wiped),
            FaultKind::Cut { links, span, mode } => {
                self.kernel.cut(&links, mode, span);
                if let Some(span) = span {
                    self.kernel.count();
                    let at = self.kernel.now + span;
                    self.kernel.queue.push(at, Event::Heal(number));
                }
            }
            FaultKind::Delay { links, span } => {
                for (from, to) in links {
                    let link = self.kernel.network.link(from, to);
                    self.kernel.network.links[link as usize].extra = span;
                }
            }
            FaultKind::Step { node, by_us } => {
                let now = self.kernel.now;
                self.kernel
                    .world(node, Kind::ClockStep, 0, by_us.cast_unsigned(), 0, 0);
                self.kernel.processes[node.index()].clock.step(now, by_us);
                self.kernel.reschedule(node);
            }
            FaultKind::Drift { node, ppm } => {
                let now = self.kernel.now;
                self.kernel
                    .world(node, Kind::ClockDrift, 0, ppm.cast_unsigned(), 0, 0);
                self.kernel.processes[node.index()]
                    .clock
                    .set_drift(now, ppm);
                self.kernel.reschedule(node);
            }
        }
    }

    fn pause(&mut self, node: Node, span: Span, suspend: bool) {
        let now = self.kernel.now;
        let process = &mut self.kernel.processes[node.index()];
        if process.running == Running::Crashed || span == Span::ZERO {
            return;
        }
        let was_up = process.running == Running::Up;
        if !was_up && process.pause_until >= now + span {
            // The longer pause covers this one.
            return;
        }
        process.running = Running::Paused;
        process.pause += 1;
        process.pause_until = now + span;
        let pause = process.pause;
        if suspend && !process.suspended {
            process.suspended = true;
            process.clock.set_suspended(now, true);
        }
        let flag = if suspend { flags::SUSPENDED } else { 0 };
        let record = self
            .kernel
            .world(node, Kind::PauseBegin, flag, span.us(), 0, 0);
        self.kernel.processes[node.index()].pause_record = record;
        if was_up {
            self.kernel.stop_work(node);
        }
        self.kernel.reschedule(node);
        self.kernel.count();
        self.kernel
            .queue
            .push(now + span, Event::Resume { node, pause });
    }

    fn resume(&mut self, node: Node, pause: u32) {
        self.kernel.counted();
        let now = self.kernel.now;
        let process = &mut self.kernel.processes[node.index()];
        if process.running != Running::Paused || process.pause != pause {
            return;
        }
        process.running = Running::Up;
        let flag = if process.suspended {
            flags::SUSPENDED
        } else {
            0
        };
        if core::mem::take(&mut process.suspended) {
            process.clock.set_suspended(now, false);
        }
        let waiting = core::mem::take(&mut process.waiting);
        let interrupted = process.interrupted.is_some();
        self.kernel.cause = process.pause_record;
        let record = self.kernel.world(node, Kind::PauseEnd, flag, 0, 0, 0);
        self.kernel.processes[node.index()].pause_record = record;
        // Steps that wait keep their numbers; all others are queued anew.
        self.kernel.processes[node.index()].waiting = waiting;
        self.kernel.reschedule(node);
        if interrupted && self.resume_order == ResumeOrder::AppFirst {
            self.kernel.queue.push(now, Event::Continue(node));
        }
        let mut waiting = core::mem::take(&mut self.kernel.processes[node.index()].waiting);
        for event in waiting.drain(..) {
            self.kernel.queue.push(now, event);
        }
        self.kernel.processes[node.index()].waiting = waiting;
        if interrupted && self.resume_order == ResumeOrder::IoFirst {
            self.kernel.queue.push(now, Event::Continue(node));
        }
    }

    /// Takes up the step that a pause interrupted.
    fn go_on(&mut self, node: Node) {
        let process = &mut self.kernel.processes[node.index()];
        if process.running != Running::Up {
            return;
        }
        let record = process.pause_record;
        if let Some((step, _)) = process.interrupted.take() {
            self.kernel.cause = record;
            self.act(node, |actor, fx| actor.step(step, fx));
        }
    }

    fn crash(&mut self, node: Node, fault: u16, restart: Option<Span>, wiped: bool) {
        let process = &mut self.kernel.processes[node.index()];
        if process.running == Running::Crashed {
            return;
        }
        process.running = Running::Crashed;
        process.interrupted = None;
        process.suspended = false;
        process.clock.set_suspended(self.kernel.now, false);
        let waiting = core::mem::take(&mut process.waiting);
        let flag = if wiped { flags::WIPED } else { 0 };
        let back = u64::from(restart.is_some());
        let record = self.kernel.world(node, Kind::Crash, flag, back, 0, 0);
        self.kernel.processes[node.index()].pause_record = record;
        self.kernel.clear_all(node);
        for event in waiting {
            if let Event::Deliver { slot, .. } = event {
                self.kernel.land(slot, drop_reason::DOWN);
            }
        }
        self.actors[node.index()].crash(wiped);
        self.kernel.next = None;
        // The dead process's host closes its connections.
        let peers: Vec<Node> = self
            .kernel
            .network
            .links
            .iter()
            .filter(|link| link.to == node)
            .map(|link| link.from)
            .collect();
        for peer in peers {
            self.refuse(peer, node);
        }
        if let Some(span) = restart {
            self.kernel.count();
            let at = self.kernel.now + span;
            self.kernel.queue.push(at, Event::Restart { node, fault });
        }
    }

    fn restart(&mut self, node: Node, fault: u16) {
        self.kernel.counted();
        let wiped = matches!(
            self.kernel.faults[usize::from(fault)].kind,
            FaultKind::Crash { wiped: true, .. }
        );
        let process = &mut self.kernel.processes[node.index()];
        process.running = Running::Up;
        self.kernel.cause = process.pause_record;
        let flag = if wiped { flags::WIPED } else { 0 };
        self.kernel.cause = self.kernel.world(node, Kind::Restart, flag, 0, 0, 0);
        self.act(node, |actor, fx| actor.restart(fx));
    }
}
