//! The world less its actors: what effects act on.

use alloc::vec::Vec;

use crate::actor::{Message, Node, Step};
use crate::clock::{Clock, Mono, Wall};
use crate::fault::{Anchor, Cut, Fault, FaultKind, When};
use crate::network::{Flight, FlightState, Network};
use crate::queue::Queue;
use crate::random::{Purpose, Stream};
use crate::time::{Span, Time};
use crate::trace::{Fact, Kind, Record, Recording, drop_reason, flags};

/// How long a run goes on after the last thing that mattered.
pub(crate) const SETTLE: Span = Span::from_s(2);

#[derive(Clone, Copy)]
pub(crate) enum Event {
    Start(Node),
    Deliver { slot: u32, generation: u32 },
    Step { node: Node, id: u32 },
    Continue(Node),
    Reset { node: Node, peer: Node },
    Resume { node: Node, pause: u32 },
    Restart { node: Node, fault: u16 },
    Strike(u16),
    Heal(u16),
    Retransmit(u32),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Running {
    Up,
    Paused,
    Crashed,
}

/// When a step falls due, in the terms it was asked for.
#[derive(Clone, Copy)]
enum Due {
    Mono(Mono),
    Wall(Wall),
    /// Running time that is left, counted from `from`.
    Work {
        left: Span,
        from: Time,
    },
}

struct Timer<S> {
    step: S,
    due: Due,
    /// Tells the queued event that is meant from ones for earlier due times.
    id: u32,
    cause: u32,
    background: bool,
}

/// The part of a node that the world keeps.
pub(crate) struct Process<S> {
    pub running: Running,
    pub clock: Clock,
    pub streams: [Stream; Purpose::COUNT],
    timers: Vec<Timer<S>>,
    /// What arrived or fell due while the process did not run.
    pub waiting: Vec<Event>,
    /// The application step that a pause interrupted, and its trigger.
    pub interrupted: Option<(S, u32)>,
    /// Counts pauses, so that only the latest end resumes.
    pub pause: u32,
    pub pause_until: Time,
    pub pause_record: u32,
    pub suspended: bool,
}

/// A fault that waits for a trace point.
struct Armed {
    fault: u16,
    left: u32,
}

pub(crate) struct Kernel<M, S> {
    pub now: Time,
    pub queue: Queue<Event>,
    pub processes: Vec<Process<S>>,
    pub network: Network<M>,
    pub faults: Vec<Fault>,
    pub records: Vec<Record>,
    pub recording: Recording,
    /// The record that triggered what is being handled.
    pub cause: u32,
    /// Whether what is being handled was set off by mere polling.
    pub background: bool,
    /// What the actor does next, and the anchor before it.
    pub next: Option<(S, Anchor)>,
    /// The anchor that the actor has reached and waits at.
    pub reached: Option<Anchor>,
    /// Faults that a message set off and that strike its sender or links once
    /// the handler is done.
    pub struck: Vec<u16>,
    /// How many things are queued that the run must wait for.
    pub pending: u32,
    /// When the last such thing happened.
    pub last_counted: Time,
    timers_set: u32,
    at_anchor: Vec<Armed>,
    at_message: Vec<Armed>,
}

impl<M: Message, S: Step> Kernel<M, S> {
    pub fn new(nodes: u16, seed: u64, network: Network<M>, faults: Vec<Fault>) -> Self {
        let processes = (0..nodes)
            .map(|node| Process {
                running: Running::Up,
                clock: Clock::new(),
                streams: [
                    Purpose::Net,
                    Purpose::Retry,
                    Purpose::Workload,
                    Purpose::Fault,
                ]
                .map(|purpose| Stream::new(seed, purpose, node)),
                timers: Vec::new(),
                waiting: Vec::new(),
                interrupted: None,
                pause: 0,
                pause_until: Time::ZERO,
                pause_record: Record::NO_CAUSE,
                suspended: false,
            })
            .collect();
        let mut kernel = Self {
            now: Time::ZERO,
            queue: Queue::new(),
            processes,
            network,
            faults: Vec::new(),
            records: Vec::new(),
            recording: Recording::Full,
            cause: Record::NO_CAUSE,
            background: false,
            next: None,
            reached: None,
            struck: Vec::new(),
            pending: 0,
            last_counted: Time::ZERO,
            timers_set: 0,
            at_anchor: Vec::new(),
            at_message: Vec::new(),
        };
        kernel.arm(faults);
        kernel
    }

    fn arm(&mut self, faults: Vec<Fault>) {
        for (number, fault) in (0..).zip(&faults) {
            match fault.when {
                When::At(at) => {
                    self.queue.push(at, Event::Strike(number));
                    self.pending += u32::from(at <= Queue::<Event>::LAST);
                }
                When::Anchor { nth, .. } => self.at_anchor.push(Armed {
                    fault: number,
                    left: nth,
                }),
                When::Message { nth, .. } => self.at_message.push(Armed {
                    fault: number,
                    left: nth,
                }),
            }
        }
        self.faults = faults;
    }

    // --- records ---------------------------------------------------------

    pub fn note(&mut self, node: Node, fact: Fact) -> u32 {
        self.note_because(node, fact, self.cause)
    }

    pub fn note_because(&mut self, node: Node, fact: Fact, cause: u32) -> u32 {
        if self.recording == Recording::Off {
            return Record::NO_CAUSE;
        }
        let number = u32::try_from(self.records.len()).expect("trace bytes are bounded");
        self.records.push(Record {
            at: self.now,
            x: fact.x,
            y: fact.y,
            z: fact.z,
            cause,
            lane: node.0,
            kind: fact.kind,
            flags: fact.flags,
        });
        number
    }

    pub fn world(&mut self, node: Node, kind: Kind, flags: u8, x: u64, y: u32, z: u32) -> u32 {
        self.note(
            node,
            Fact {
                kind: kind as u8,
                flags,
                x,
                y,
                z,
            },
        )
    }

    fn about_flight(&mut self, kind: Kind, flags: u8, slot: u32) -> u32 {
        let flight = &self.network.flights[slot as usize];
        let link = &self.network.links[flight.link as usize];
        // A message arrives at its receiver; all else happens to its sender.
        let (lane, other) = if kind == Kind::Receive {
            (link.to, link.from)
        } else {
            (link.from, link.to)
        };
        let fact = Fact {
            kind: kind as u8,
            flags,
            x: flight.message.summary(),
            y: u32::from(other.0),
            z: u32::from(flight.message.kind()),
        };
        let cause = flight.cause;
        self.note_because(lane, fact, cause)
    }

    // --- what the run waits for ------------------------------------------

    pub const fn count(&mut self) {
        self.pending += 1;
    }

    pub const fn counted(&mut self) {
        self.pending -= 1;
        self.last_counted = self.now;
    }

    // --- messages --------------------------------------------------------

    pub fn send(&mut self, from: Node, to: Node, message: M, opening: bool) {
        let number = self.network.link(from, to);
        let record = self.world(
            from,
            Kind::Send,
            0,
            message.summary(),
            u32::from(to.0),
            u32::from(message.kind()),
        );
        if !self.at_message.is_empty() {
            self.strike_at_message(from, to, message.kind());
        }
        let slot = self.network.launch(Flight {
            message,
            link: number,
            cause: record,
            sent: self.now,
            order: 0,
            state: FlightState::Held,
            background: self.background,
            opening,
            was_held: false,
            generation: 0,
        });
        if !self.background {
            self.count();
        }
        let link = &mut self.network.links[number as usize];
        match link.cut() {
            Some(Cut::Drop) => self.lose(slot),
            Some(Cut::Hold) => self.hold(slot),
            None if link.is_holding() => self.hold(slot),
            None if link.stale && !opening => {
                link.stale = false;
                self.land(slot, drop_reason::RESET);
                let there = self.delay(number);
                let back = self.network.link(to, from);
                let back = self.delay(back);
                self.queue.push(
                    self.now + there + back,
                    Event::Reset {
                        node: from,
                        peer: to,
                    },
                );
            }
            None => {
                link.stale = false;
                self.fly(slot);
            }
        }
    }

    fn delay(&mut self, number: u32) -> Span {
        let link = &self.network.links[number as usize];
        let latency = link.latency;
        let stream = &mut self.processes[link.from.index()].streams[Purpose::Net as usize];
        latency.base + stream.span(Span::ZERO, latency.jitter)
    }

    /// Puts a message on the wire from now.
    fn fly(&mut self, slot: u32) {
        let flight = self.network.flights[slot as usize];
        let mut delay = self.delay(flight.link);
        if flight.opening {
            // SYN, SYN-ACK, then the message.
            delay = delay * 3;
        }
        let link = &mut self.network.links[flight.link as usize];
        let extra = core::mem::take(&mut link.extra);
        let at = link.arrival(self.now, delay + extra);
        self.network.flights[slot as usize].state = FlightState::Flying;
        if extra > Span::ZERO {
            let (x, lane, other) = {
                let link = &self.network.links[flight.link as usize];
                (extra.us(), link.from, link.to)
            };
            let fact = Fact {
                kind: Kind::Delay as u8,
                flags: 0,
                x,
                y: u32::from(other.0),
                z: u32::from(flight.message.kind()),
            };
            self.note_because(lane, fact, flight.cause);
            // A delay is a fault: the run sees it through.
            self.count_flight(slot);
        }
        let generation = flight.generation;
        self.queue.push(at, Event::Deliver { slot, generation });
    }

    /// Makes the run wait for a flight, whoever sent it.
    fn count_flight(&mut self, slot: u32) {
        let flight = &mut self.network.flights[slot as usize];
        if core::mem::replace(&mut flight.background, false) {
            self.count();
        }
    }

    fn uncount_flight(&mut self, slot: u32) {
        let flight = &mut self.network.flights[slot as usize];
        if !core::mem::replace(&mut flight.background, true) {
            self.counted();
        }
    }

    fn hold(&mut self, slot: u32) {
        self.about_flight(Kind::Hold, 0, slot);
        // A cut without end must not keep the run going; a heal counts the
        // message again.
        self.uncount_flight(slot);
        let flight = &mut self.network.flights[slot as usize];
        flight.state = FlightState::Held;
        flight.was_held = true;
        // Deliveries queued for it are void.
        flight.generation = flight.generation.wrapping_add(1);
        let (sent, opening, link) = (flight.sent, flight.opening, flight.link);
        self.network.links[link as usize].hold(sent, opening);
    }

    fn lose(&mut self, slot: u32) {
        let link = self.network.flights[slot as usize].link;
        self.network.links[link as usize].stale = true;
        self.land(slot, drop_reason::CUT);
    }

    /// Ends a flight that does not reach its receiver.
    pub fn land(&mut self, slot: u32, reason: u8) {
        self.about_flight(Kind::Drop, reason, slot);
        self.uncount_flight(slot);
        self.network.land(slot);
    }

    /// `from` gives up its connection to `to`, and with it all that is on its
    /// way, in both directions. A real kernel goes on sending for a while what
    /// its process wrote before it closed; here that is lost.
    pub fn close(&mut self, from: Node, to: Node) {
        for (from, to) in [(from, to), (to, from)] {
            let number = self.network.link(from, to);
            for state in [FlightState::Flying, FlightState::Held] {
                for slot in self.network.on_link(number, state) {
                    self.land(slot, drop_reason::RESET);
                }
            }
            let link = &mut self.network.links[number as usize];
            link.release();
            link.stale = false;
        }
    }

    /// Notes the arrival of the message in `slot` and makes it the cause of
    /// what follows.
    pub fn arrive(&mut self, slot: u32) {
        let held = self.network.flights[slot as usize].was_held;
        let record = self.about_flight(Kind::Receive, if held { flags::HELD } else { 0 }, slot);
        let flight = &mut self.network.flights[slot as usize];
        flight.cause = record;
        flight.state = FlightState::Arrived;
    }

    pub fn cut(&mut self, links: &[(Node, Node)], mode: Cut, span: Option<Span>) {
        for &(from, to) in links {
            let number = self.network.link(from, to);
            let lossy = if mode == Cut::Drop { flags::LOSSY } else { 0 };
            let us = span.map_or(u64::MAX, Span::us);
            self.world(from, Kind::CutBegin, lossy, us, u32::from(to.0), 0);
            self.network.links[number as usize].begin_cut(mode);
            for slot in self.network.on_link(number, FlightState::Flying) {
                match mode {
                    Cut::Hold => self.hold(slot),
                    Cut::Drop => self.lose(slot),
                }
            }
        }
    }

    pub fn heal(&mut self, links: &[(Node, Node)], mode: Cut) {
        for &(from, to) in links {
            let number = self.network.link(from, to);
            self.world(from, Kind::CutEnd, 0, 0, u32::from(to.0), 0);
            self.network.links[number as usize].end_cut(mode);
            let link = &self.network.links[number as usize];
            if link.cut().is_none()
                && let Some(at) = link.next_retransmission(self.now)
            {
                self.queue.push(at, Event::Retransmit(number));
                self.count();
            }
        }
    }

    pub fn retransmit(&mut self, number: u32) {
        let link = &mut self.network.links[number as usize];
        if link.cut().is_some() {
            return;
        }
        link.release();
        for slot in self.network.on_link(number, FlightState::Held) {
            self.count_flight(slot);
            self.fly(slot);
        }
    }

    // --- steps -----------------------------------------------------------

    pub fn set_mono(&mut self, node: Node, due: Mono, step: S, poll: bool) {
        let background = poll || self.background;
        self.set(node, Due::Mono(due), step, background);
    }

    pub fn set_wall(&mut self, node: Node, due: Wall, step: S) {
        // What a poll sets in motion counts while the run goes on anyway;
        // else polls that are granted part of a quorum would never let it end.
        let background = self.background && self.now > self.last_counted + SETTLE;
        self.set(node, Due::Wall(due), step, background);
    }

    pub fn set_work(&mut self, node: Node, span: Span, step: S) {
        let due = Due::Work {
            left: span,
            from: self.now,
        };
        self.set(node, due, step, false);
    }

    fn set(&mut self, node: Node, due: Due, step: S, background: bool) {
        self.clear(node, step);
        let id = self.next_timer_id();
        let at = self.due_at(node, due);
        self.queue.push(at, Event::Step { node, id });
        if !background {
            self.count();
        }
        let cause = self.cause;
        self.processes[node.index()].timers.push(Timer {
            step,
            due,
            id,
            cause,
            background,
        });
    }

    const fn next_timer_id(&mut self) -> u32 {
        self.timers_set = self.timers_set.wrapping_add(1);
        self.timers_set
    }

    fn due_at(&self, node: Node, due: Due) -> Time {
        let clock = &self.processes[node.index()].clock;
        match due {
            Due::Mono(due) => clock.when_mono(self.now, due),
            Due::Wall(due) => clock.when_wall(self.now, due),
            Due::Work { left, .. } => self.now + left,
        }
    }

    pub fn clear(&mut self, node: Node, step: S) {
        let timers = &mut self.processes[node.index()].timers;
        if let Some(place) = timers.iter().position(|timer| timer.step == step) {
            let timer = timers.swap_remove(place);
            self.pending -= u32::from(!timer.background);
        }
    }

    pub fn clear_all(&mut self, node: Node) {
        for timer in self.processes[node.index()].timers.drain(..) {
            self.pending -= u32::from(!timer.background);
        }
    }

    /// Takes the step that falls due as `id`, notes it and makes it the cause
    /// of what follows. `None` where it was cleared or moved.
    pub fn take_due(&mut self, node: Node, id: u32) -> Option<S> {
        let timers = &mut self.processes[node.index()].timers;
        let place = timers.iter().position(|timer| timer.id == id)?;
        let timer = timers.swap_remove(place);
        if !timer.background {
            self.counted();
        }
        self.background = timer.background;
        self.cause = timer.cause;
        self.cause = self.world(node, Kind::Timer, 0, 0, 0, u32::from(timer.step.kind()));
        Some(timer.step)
    }

    /// Queues every step of `node` anew: its clocks have changed, or it stops
    /// or goes on running.
    pub fn reschedule(&mut self, node: Node) {
        for place in 0..self.processes[node.index()].timers.len() {
            let id = self.next_timer_id();
            let now = self.now;
            let process = &mut self.processes[node.index()];
            let suspended = process.suspended;
            let paused = process.running == Running::Paused;
            let timer = &mut process.timers[place];
            if process.waiting.iter().any(
                |event| matches!(event, Event::Step { id: waiting, .. } if *waiting == timer.id),
            ) {
                // It has fallen due already and only waits for the process.
                continue;
            }
            timer.id = id;
            let due = timer.due;
            let frozen = match due {
                Due::Mono(_) => suspended,
                Due::Wall(_) => false,
                Due::Work { .. } => paused,
            };
            if !frozen {
                if let Due::Work { from, .. } = &mut timer.due {
                    *from = now;
                }
                let at = self.due_at(node, due);
                self.queue.push(at, Event::Step { node, id });
            }
        }
    }

    /// Takes off each piece of work the running time it has had so far.
    pub fn stop_work(&mut self, node: Node) {
        let now = self.now;
        for timer in &mut self.processes[node.index()].timers {
            if let Due::Work { left, from } = &mut timer.due {
                *left = *left - now.since(*from);
                *from = now;
            }
        }
    }

    // --- faults at trace points ------------------------------------------

    /// The faults that strike as `node` reaches `anchor`.
    pub fn struck_at_anchor(&mut self, node: Node, anchor: Anchor) -> Vec<u16> {
        let faults = &self.faults;
        take_due(&mut self.at_anchor, |fault| {
            matches!(faults[usize::from(fault)].when,
                When::Anchor { node: at, anchor: which, .. } if at == node && which == anchor)
        })
    }

    fn strike_at_message(&mut self, from: Node, to: Node, kind: u8) {
        let faults = &self.faults;
        let due = take_due(&mut self.at_message, |fault| {
            matches!(&faults[usize::from(fault)].when,
                When::Message { matching, .. } if matching.fits(from, to, kind))
        });
        for number in due {
            // A delay touches the very message; all else waits for the
            // handler's end, since a handler is one atomic step.
            if let FaultKind::Delay { span, .. } = self.faults[usize::from(number)].kind {
                let link = self.network.link(from, to);
                let extra = &mut self.network.links[link as usize].extra;
                *extra = *extra + span;
            } else {
                self.struck.push(number);
            }
        }
    }
}

fn take_due(armed: &mut Vec<Armed>, fits: impl Fn(u16) -> bool) -> Vec<u16> {
    let mut due = Vec::new();
    armed.retain_mut(|armed| {
        if !fits(armed.fault) {
            return true;
        }
        armed.left = armed.left.saturating_sub(1);
        if armed.left > 0 {
            return true;
        }
        due.push(armed.fault);
        false
    });
    due
}
