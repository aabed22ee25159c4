//! The world: hands actors what happens, in order, until nothing that matters
//! is left or a bound is met.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::actor::{Actor, Effects, Node};
use crate::fault::{Anchor, Fault, FaultKind};
use crate::horizon::Weight;
use crate::kernel::{Event, Kernel};
use crate::network::{Connection, FlightState, Latency, Network};
use crate::process::{Interrupted, Running};
use crate::queue::Queue;
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
    /// How many records end the run.
    most_records: usize,
    horizon: Option<Time>,
    events: u64,
    /// How many events are handled before the run rests or ends.
    rest: u64,
    /// A process that runs again and has yet to handle what waited for it.
    resumed: Option<Node>,
}

/// A run that goes on a part at a time, whatever the actors in it.
pub trait Simulation {
    /// Handles up to `events` more events and says whether the run is over.
    fn go_on(&mut self, events: u64) -> bool;
    /// How many events have been handled.
    fn events(&self) -> u64;
    /// How much of the run is over, in hundredths; `None` where nobody knows
    /// when it ends.
    fn percent(&self) -> Option<u64>;
    /// Goes on to the end and returns what has happened.
    fn finish(self: Box<Self>) -> Trace;
}

impl<A: Actor> Simulation for World<A> {
    fn go_on(&mut self, events: u64) -> bool {
        let rest = self.events.saturating_add(events);
        let (stop, _) = self.go_to(rest);
        let rests = self.events < self.limits.events && !self.kernel.queue.has_overflowed();
        stop != Stop::Events || !rests
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn percent(&self) -> Option<u64> {
        let share = |done: u64, all: u64| done.saturating_mul(100) / all.max(1);
        let end = self.horizon?.min(self.limits.time);
        let by_time = share(self.kernel.now.us(), end.us());
        let by_events = share(self.events, self.limits.events);
        Some(by_time.max(by_events).min(100))
    }

    fn finish(self: Box<Self>) -> Trace {
        self.run()
    }
}

impl<A: Actor> World<A> {
    /// A world at time zero. At most 65,535 actors take part; further ones
    /// are left out, and so are faults of nodes that are not there.
    pub fn new(mut setup: Setup, mut actors: Vec<A>) -> Self {
        setup.limits.time = setup.limits.time.min(Queue::<Event>::LAST);
        actors.truncate(usize::from(u16::MAX));
        let nodes = u16::try_from(actors.len()).expect("truncated to fit");
        let network = Network::new(actors.len(), setup.latency, setup.exceptions);
        let mut kernel = Kernel::new(nodes, setup.seed, network);
        let room = (setup.limits.trace_bytes / size_of::<Record>()).min(Record::NO_CAUSE as usize);
        // Nothing recorded fills no trace.
        let (room, most_records) = match setup.recording {
            Recording::Full => (room, room),
            Recording::Off => (0, usize::MAX),
        };
        kernel.most_records = room;
        // Every node has started before the first fault strikes.
        for node in 0..nodes {
            kernel.queue.push(Time::ZERO, Event::Start(Node(node)));
        }
        kernel.arm(setup.faults);
        Self {
            kernel,
            actors,
            resume_order: setup.resume_order,
            limits: setup.limits,
            most_records,
            horizon: setup.horizon,
            events: 0,
            rest: setup.limits.events,
            resumed: None,
        }
    }

    /// Runs to the end.
    pub fn run(mut self) -> Trace {
        let ending = self.go_to(u64::MAX);
        self.into_trace(ending)
    }

    /// Runs until `rest` events have been handled, and says why and when it
    /// has stopped.
    fn go_to(&mut self, rest: u64) -> (Stop, Time) {
        self.rest = rest.min(self.limits.events);
        loop {
            if let Some(ending) = self.advance() {
                return ending;
            }
        }
    }

    fn into_trace(self, (stop, end): (Stop, Time)) -> Trace {
        Trace {
            records: self.kernel.records,
            end,
            stop,
            events: self.events,
        }
    }

    /// Handles the next event, or says why and when the run is over.
    fn advance(&mut self) -> Option<(Stop, Time)> {
        // Before anything that comes at this instant.
        let event = match self.resumed.and_then(|node| self.waited(node)) {
            Some(event) => event,
            None => match self.pop() {
                Ok(event) => event,
                Err(stop) => return Some(stop),
            },
        };
        self.handle(event);
        None
    }

    /// The next event of the queue.
    fn pop(&mut self) -> Result<Event, (Stop, Time)> {
        if self.events >= self.rest || self.kernel.queue.has_overflowed() {
            return Err((Stop::Events, self.kernel.now));
        }
        if self.kernel.records.len() >= self.most_records {
            return Err((Stop::TraceBytes, self.kernel.now));
        }
        let horizon = self.horizon().unwrap_or(Time::NEVER);
        let end = horizon.min(self.limits.time);
        let Some((now, event)) = self.kernel.queue.pop_by(end) else {
            let stop = if end == horizon {
                Stop::Horizon
            } else {
                Stop::Time
            };
            return Err((stop, end));
        };
        self.kernel.now = now;
        self.events += 1;
        Ok(event)
    }

    /// When nothing that matters is left to happen, as things stand.
    fn horizon(&self) -> Option<Time> {
        self.horizon.or_else(|| self.kernel.horizon.end())
    }

    fn handle(&mut self, event: Event) {
        self.kernel.cause = Record::NO_CAUSE;
        self.kernel.background = false;
        match event {
            Event::Start(node) => {
                if self.runs(node, event) {
                    self.kernel.cause = self.kernel.world(node, Kind::Start, 0, 0, 0, 0);
                    self.act(node, |actor, fx| actor.start(fx));
                }
            }
            Event::Deliver(slot) => self.deliver(slot),
            Event::Step { node, id } => {
                if self.runs(node, event)
                    && let Some(step) = self.kernel.take_due(node, id)
                {
                    self.act(node, |actor, fx| actor.step(step, fx));
                }
            }
            Event::Reset { link, weight } => self.reset(link, weight),
            Event::Resume(node) => self.resume(node),
            Event::Restart { node, wiped } => self.restart(node, wiped),
            Event::Strike(fault) => {
                self.settle();
                self.strike(fault, None);
            }
            Event::Heal(fault) => {
                self.settle();
                if let FaultKind::Cut { links, mode, .. } =
                    self.kernel.faults[fault as usize].kind.clone()
                {
                    self.kernel.heal(&links, mode);
                }
            }
            Event::Retransmit(link) => {
                self.settle();
                self.kernel.retransmit(link);
            }
        }
    }

    /// Something that the run waited for has happened.
    const fn settle(&mut self) {
        self.kernel.horizon.settle(self.kernel.now, Weight::Full);
    }

    /// Whether `node` can handle `event` now; a paused process keeps it for
    /// later, a dead one never sees it.
    fn runs(&mut self, node: Node, event: Event) -> bool {
        let process = self.kernel.process(node);
        if process.running == Running::Paused {
            process.waiting.push_back(event);
        }
        process.running == Running::Up
    }

    /// A flight ends, as a rule at a process that runs and has all along.
    fn deliver(&mut self, slot: u32) {
        let kernel = &mut self.kernel;
        let flight = &kernel.network.flights[slot as usize];
        let link = &kernel.network.links[flight.link as usize];
        let process = &kernel.processes[link.to.index()];
        let (from, to) = (link.from, link.to);
        let waited_for = process.running == Running::Up && flight.sent >= process.up_since;
        if flight.state != FlightState::Flying || !waited_for {
            if !self.deliver_with_care(slot, to) {
                return;
            }
        } else {
            kernel.cause = kernel.arrive(slot);
        }
        let kernel = &mut self.kernel;
        let flight = &kernel.network.flights[slot as usize];
        let (message, weight) = (flight.message, flight.weight);
        kernel.background = weight != Weight::Full;
        kernel.horizon.settle(kernel.now, weight);
        kernel.network.free(slot);
        self.act(to, |actor, fx| actor.message(from, message, fx));
    }

    /// Whether a message reaches its receiver now; if not, all is done that
    /// there is to do about it.
    #[cold]
    fn deliver_with_care(&mut self, slot: u32, to: Node) -> bool {
        let kernel = &mut self.kernel;
        let flight = kernel.network.flights[slot as usize];
        if flight.state == FlightState::Void {
            kernel.network.free(slot);
            return false;
        }
        let process = &kernel.processes[to.index()];
        let running = process.running;
        kernel.cause = flight.cause;
        if flight.state == FlightState::Flying {
            // The process that it was sent to may be gone, whatever runs now.
            let late = flight.sent < process.up_since && !flight.opening;
            if late || running == Running::Crashed {
                self.turn_away(slot, running);
                return false;
            }
            kernel.cause = kernel.arrive(slot);
        }
        if running == Running::Paused {
            let cause = kernel.cause;
            let flight = &mut kernel.network.flights[slot as usize];
            flight.state = FlightState::Arrived;
            flight.cause = cause;
            kernel.process(to).waiting.push_back(Event::Deliver(slot));
            return false;
        }
        true
    }

    /// A message comes to a host where the process that it is meant for is no
    /// more.
    #[cold]
    fn turn_away(&mut self, slot: u32, running: Running) {
        let flight = &self.kernel.network.flights[slot as usize];
        let (link, weight) = (flight.link, flight.weight);
        let (reason, weight) = match (running, weight) {
            // Whoever tries a dead process again and again is polling.
            (Running::Crashed, Weight::Full) => (drop_reason::DOWN, Weight::Alone),
            (Running::Crashed, weight) => (drop_reason::DOWN, weight),
            (_, weight) => (drop_reason::RESET, weight),
        };
        self.kernel.land(slot, reason);
        self.kernel.refuse(link, weight);
    }

    /// Word of a lost connection reaches the sender on `number`.
    #[cold]
    fn reset(&mut self, number: u32, weight: Weight) {
        let link = &self.kernel.network.links[number as usize];
        let (node, peer, connection) = (link.from, link.to, link.connection);
        let event = Event::Reset {
            link: number,
            weight,
        };
        let runs = self.runs(node, event);
        if self.kernel.process(node).running == Running::Paused {
            return;
        }
        self.kernel.horizon.settle(self.kernel.now, weight);
        // Else it has died, or has opened a new connection meanwhile.
        if runs && connection == Connection::Resetting {
            self.kernel.connected(number, Connection::Closed);
            self.kernel.background = weight != Weight::Full;
            let lane = u32::from(peer.0);
            self.kernel.cause = self.kernel.world(node, Kind::Reset, 0, 0, lane, 0);
            self.act(node, |actor, fx| actor.reset(peer, fx));
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
        if self.kernel.next.is_none()
            && self.kernel.reached.is_none()
            && self.kernel.struck.is_empty()
        {
            return;
        }
        while let Some(step) = self.goes_on(node) {
            let kernel = &mut self.kernel;
            self.actors[node.index()].step(step, &mut Effects { kernel, node });
        }
    }

    /// Lets the faults strike that the actor's handler ran into, and returns
    /// the step that it goes on with, where they leave it one.
    #[cold]
    fn goes_on(&mut self, node: Node) -> Option<A::Step> {
        let kernel = &mut self.kernel;
        let (next, reached) = (kernel.next.take(), kernel.reached.take());
        for fault in core::mem::take(&mut kernel.struck) {
            self.strike(fault, None);
        }
        if let Some(anchor) = reached {
            self.strike_at(node, anchor);
        }
        let (step, anchor) = next?;
        self.strike_at(node, anchor);
        let background = self.kernel.background;
        let process = self.kernel.process(node);
        match process.running {
            // At the bound the run ends here.
            Running::Up if self.events >= self.limits.events => None,
            Running::Up => {
                self.events += 1;
                Some(step)
            }
            Running::Paused => {
                process
                    .interrupted
                    .push_back(Interrupted { step, background });
                None
            }
            Running::Crashed => None,
        }
    }

    fn strike_at(&mut self, node: Node, anchor: Anchor) {
        for fault in self.kernel.struck_at_anchor(node, anchor) {
            self.strike(fault, Some(anchor));
        }
    }

    fn strike(&mut self, number: u32, anchor: Option<Anchor>) {
        let now = self.kernel.now;
        self.kernel.horizon.strike(now);
        let Fault { kind, .. } = self.kernel.faults[number as usize].clone();
        match kind {
            FaultKind::Pause { node, span } => self.pause(node, span, false, anchor),
            FaultKind::Suspend { node, span } => self.pause(node, span, true, anchor),
            FaultKind::Crash {
                node,
                restart,
                wiped,
            } => self.crash(node, restart, wiped),
            FaultKind::Cut { links, span, mode } => {
                self.kernel.cut(&links, mode, span);
                if let Some(span) = span {
                    self.kernel.horizon.expect(Weight::Full);
                    self.kernel.queue.push(now + span, Event::Heal(number));
                }
            }
            FaultKind::Delay { .. } => self.kernel.delays.push(number),
            FaultKind::Step { node, by_us } => {
                let x = by_us.cast_unsigned();
                self.kernel.world(node, Kind::ClockStep, 0, x, 0, 0);
                self.kernel.process(node).clock.step(now, by_us);
                self.kernel.requeue_clocked(node);
            }
            FaultKind::Drift { node, ppm } => {
                let clock = &mut self.kernel.process(node).clock;
                let old = clock.drift_ppm();
                clock.set_drift(now, ppm);
                let new = clock.drift_ppm();
                if new != old {
                    let x = new.cast_unsigned();
                    self.kernel.world(node, Kind::ClockDrift, 0, x, 0, 0);
                    self.kernel.requeue_clocked(node);
                }
            }
        }
    }

    // --- processes -------------------------------------------------------

    fn pause(&mut self, node: Node, span: Span, suspend: bool, anchor: Option<Anchor>) {
        let now = self.kernel.now;
        let until = now + span;
        let process = self.kernel.process(node);
        let stops = process.running == Running::Up;
        let lasts = stops || until > process.pause_until;
        let suspends = suspend && (!process.suspended || until > process.suspend_until);
        // A dead process cannot be paused, and a longer pause covers a
        // shorter one.
        if process.running == Running::Crashed || !(lasts || suspends) {
            return;
        }
        let flag = if suspend { flags::SUSPENDED } else { 0 };
        let place = anchor.map_or(0, |anchor| u32::from(anchor.0) + 1);
        let record = self
            .kernel
            .world(node, Kind::PauseBegin, flag, span.us(), place, 0);
        let process = self.kernel.process(node);
        process.running = Running::Paused;
        process.turn = record;
        if stops {
            process.pause_flags = 0;
        }
        process.pause_flags |= flag;
        if lasts {
            process.pause_until = until;
        }
        if suspends {
            process.suspend_until = until;
            process.suspended = true;
            process.clock.set_suspended(now, true);
            self.kernel.requeue_clocked(node);
        }
        if stops {
            self.kernel.stop_work(node);
        }
        self.kernel.horizon.expect(Weight::Full);
        self.kernel.queue.push(until, Event::Resume(node));
    }

    /// One pause of `node` is over, perhaps the longest.
    fn resume(&mut self, node: Node) {
        self.settle();
        let now = self.kernel.now;
        let process = self.kernel.process(node);
        if process.running != Running::Paused {
            return;
        }
        if process.suspended && now >= process.suspend_until {
            process.suspended = false;
            process.clock.set_suspended(now, false);
            self.kernel.requeue_clocked(node);
        }
        let process = self.kernel.process(node);
        if now < process.pause_until {
            return;
        }
        process.running = Running::Up;
        let flag = process.pause_flags;
        self.kernel.cause = process.turn;
        let record = self.kernel.world(node, Kind::PauseEnd, flag, 0, 0, 0);
        self.kernel.process(node).turn = record;
        self.kernel.resume_work(node);
        if self.resume_order == ResumeOrder::AppFirst {
            self.take_up(node);
        }
        self.resumed = Some(node);
    }

    /// The process goes on with the steps that pauses interrupted, as long as
    /// nothing stops it again.
    fn take_up(&mut self, node: Node) {
        while let process = self.kernel.process(node)
            && process.running == Running::Up
            && let Some(Interrupted { step, background }) = process.interrupted.pop_front()
        {
            self.kernel.cause = process.turn;
            self.kernel.background = background;
            self.act(node, |actor, fx| actor.step(step, fx));
        }
    }

    /// The next thing that waits for a process that has been resumed, as long
    /// as nothing stops it again.
    #[cold]
    fn waited(&mut self, node: Node) -> Option<Event> {
        let process = self.kernel.process(node);
        if process.running == Running::Up
            && let Some(event) = process.waiting.pop_front()
        {
            return Some(event);
        }
        self.resumed = None;
        if self.resume_order == ResumeOrder::IoFirst {
            self.take_up(node);
        }
        None
    }

    fn crash(&mut self, node: Node, restart: Option<Span>, wiped: bool) {
        let now = self.kernel.now;
        let process = self.kernel.process(node);
        if process.running == Running::Crashed {
            return;
        }
        process.running = Running::Crashed;
        process.interrupted.clear();
        process.suspended = false;
        process.clock.set_suspended(now, false);
        let waiting = core::mem::take(&mut process.waiting);
        let flag = if wiped { flags::WIPED } else { 0 };
        let back = u64::from(restart.is_some());
        let record = self.kernel.world(node, Kind::Crash, flag, back, 0, 0);
        self.kernel.process(node).turn = record;
        self.kernel.clear_all(node);
        for event in waiting {
            match event {
                Event::Deliver(slot) => self.kernel.land(slot, drop_reason::DOWN),
                Event::Reset { weight, .. } => self.kernel.horizon.settle(now, weight),
                _ => {}
            }
        }
        self.actors[node.index()].crash(wiped);
        self.close_connections(node);
        if let Some(span) = restart {
            self.kernel.horizon.expect(Weight::Full);
            self.kernel
                .queue
                .push(now + span, Event::Restart { node, wiped });
        }
    }

    /// The host of a dead process closes its connections: the other ends hear
    /// of that, unless a cut is between.
    fn close_connections(&mut self, dead: Node) {
        for number in 0..self.kernel.network.links.len() {
            let link = &mut self.kernel.network.links[number];
            if link.from == dead {
                link.connection = Connection::Closed;
            } else if link.to == dead && link.connection != Connection::Closed {
                self.kernel.refuse(number as u32, Weight::Full);
            }
        }
    }

    fn restart(&mut self, node: Node, wiped: bool) {
        self.settle();
        let now = self.kernel.now;
        let process = self.kernel.process(node);
        process.running = Running::Up;
        process.up_since = now;
        self.kernel.cause = process.turn;
        let flag = if wiped { flags::WIPED } else { 0 };
        self.kernel.cause = self.kernel.world(node, Kind::Restart, flag, 0, 0, 0);
        self.act(node, |actor, fx| actor.restart(fx));
    }
}
