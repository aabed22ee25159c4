//! The world less its actors: what effects act on.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::actor::{Message, Node, Step};
use crate::clock::{Mono, Wall};
use crate::fault::{Anchor, Cut, Fault, FaultKind, When};
use crate::horizon::{Horizon, Weight};
use crate::network::{Connection, Flight, FlightState, Network, back};
use crate::process::{Due, Process, Timer};
use crate::queue::Queue;
use crate::random::Purpose;
use crate::time::{Span, Time};
use crate::trace::{Fact, Kind, Record, drop_reason, flags};

#[derive(Clone, Copy)]
pub(crate) enum Event {
    Start(Node),
    Deliver(u32),
    Step { node: Node, id: u32 },
    Reset { link: u32, weight: Weight },
    Resume(Node),
    Restart { node: Node, wiped: bool },
    Strike(u32),
    Heal(u32),
    Retransmit(u32),
}

// With its key, an entry of the queue fills two words.
const _: () = assert!(size_of::<Event>() == 8);

/// A fault that waits for a trace point.
struct Armed {
    fault: u32,
    left: u32,
}

pub(crate) struct Kernel<M, S> {
    pub now: Time,
    pub queue: Queue<Event>,
    pub processes: Vec<Process<S>>,
    pub network: Network<M>,
    pub faults: Vec<Fault>,
    pub records: Vec<Record>,
    /// How many records the trace may hold; none where nothing is recorded.
    pub most_records: usize,
    /// The record that triggered what is being handled.
    pub cause: u32,
    /// Whether what is being handled was set off by mere polling.
    pub background: bool,
    /// What the actor does next, and the anchor before it.
    pub next: Option<(S, Anchor)>,
    /// The anchor that the actor has reached and waits at.
    pub reached: Option<Anchor>,
    /// Faults that a message set off and that strike once the handler is
    /// done, in that order.
    pub struck: Vec<u32>,
    /// Delay faults that wait for the next message on one of their links.
    pub delays: Vec<u32>,
    /// What the run waits for.
    pub horizon: Horizon,
    timers_set: u32,
    at_anchor: Vec<Armed>,
    at_message: Vec<Armed>,
}

impl<M: Message, S: Step> Kernel<M, S> {
    pub fn new(nodes: u16, seed: u64, network: Network<M>) -> Self {
        Self {
            now: Time::ZERO,
            queue: Queue::new(),
            processes: (0..nodes).map(|node| Process::new(seed, node)).collect(),
            network,
            faults: Vec::new(),
            records: Vec::new(),
            most_records: 0,
            cause: Record::NO_CAUSE,
            background: false,
            next: None,
            reached: None,
            struck: Vec::new(),
            delays: Vec::new(),
            horizon: Horizon::new(),
            timers_set: 0,
            at_anchor: Vec::new(),
            at_message: Vec::new(),
        }
    }

    /// Lays the faults out to strike. Left out are those of nodes and links
    /// that are not there, and those of no length, which do nothing.
    pub fn arm(&mut self, mut faults: Vec<Fault>) {
        faults.retain_mut(|fault| self.can_strike(&mut fault.kind));
        for (number, fault) in (0..).zip(&faults) {
            match fault.when {
                When::At(at) => {
                    self.queue.push(at, Event::Strike(number));
                    self.horizon.expect(Weight::Full);
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

    /// Whether a fault does anything; its links are cut down to those that are
    /// there, once each.
    fn can_strike(&self, kind: &mut FaultKind) -> bool {
        match kind {
            FaultKind::Pause { node, span } | FaultKind::Suspend { node, span } => {
                self.exists(*node) && *span > Span::ZERO
            }
            FaultKind::Crash { node, .. } | FaultKind::Drift { node, .. } => self.exists(*node),
            FaultKind::Step { node, by_us } => self.exists(*node) && *by_us != 0,
            FaultKind::Cut { links, span, .. } => {
                self.keep_links(links);
                !links.is_empty() && *span != Some(Span::ZERO)
            }
            // Set off by a message, it needs no link of its own.
            FaultKind::Delay { links, span } => {
                self.keep_links(links);
                *span > Span::ZERO
            }
        }
    }

    fn keep_links(&self, links: &mut Vec<(Node, Node)>) {
        let mut seen = BTreeSet::new();
        links.retain(|&(from, to)| self.exists(from) && self.exists(to) && seen.insert((from, to)));
    }

    fn exists(&self, node: Node) -> bool {
        node.index() < self.processes.len()
    }

    pub fn process(&mut self, node: Node) -> &mut Process<S> {
        &mut self.processes[node.index()]
    }

    // --- records ---------------------------------------------------------

    pub fn note(&mut self, node: Node, fact: Fact) -> u32 {
        self.note_because(node, fact, self.cause)
    }

    pub fn note_because(&mut self, node: Node, fact: Fact, cause: u32) -> u32 {
        if self.records.len() >= self.most_records {
            return Record::NO_CAUSE;
        }
        let number = self.records.len() as u32;
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

    /// Notes what becomes of a message on its sender's lane.
    fn about_flight(&mut self, kind: Kind, flags: u8, slot: u32) {
        let flight = &self.network.flights[slot as usize];
        let link = &self.network.links[flight.link as usize];
        let fact = Fact {
            kind: kind as u8,
            flags,
            x: flight.message.summary(),
            y: u32::from(link.to.0),
            z: u32::from(flight.message.kind()),
        };
        let (from, cause) = (link.from, flight.cause);
        self.note_because(from, fact, cause);
    }

    // --- messages --------------------------------------------------------

    pub fn send(&mut self, from: Node, to: Node, message: M, opening: bool) {
        let fact = Fact {
            kind: Kind::Send as u8,
            flags: 0,
            x: message.summary(),
            y: u32::from(to.0),
            z: u32::from(message.kind()),
        };
        let record = self.note(from, fact);
        let Some(number) = self.network.link(from, to) else {
            let fact = Fact {
                kind: Kind::Drop as u8,
                flags: drop_reason::DOWN,
                ..fact
            };
            self.note_because(from, fact, record);
            return;
        };
        let weight = self.weight();
        self.horizon.expect(weight);
        let order = self.network.next_order();
        let slot = self.network.launch(Flight {
            message,
            link: number,
            cause: record,
            sent: self.now,
            extra: Span::ZERO,
            order,
            state: FlightState::Flying,
            weight,
            opening,
            was_held: false,
        });
        let link = &mut self.network.links[number as usize];
        let meddled = !self.delays.is_empty() || !self.at_message.is_empty();
        if opening || meddled || !link.flows() {
            self.send_in_trouble(slot);
            return;
        }
        let stream = &mut self.processes[from.index()].streams[Purpose::Net as usize];
        let at = link.arrival(self.now, link.latency.draw(stream));
        self.queue.push(at, Event::Deliver(slot));
    }

    /// Sends over a link that is cut or holds others, over no connection, or
    /// where a fault waits for a message.
    #[cold]
    fn send_in_trouble(&mut self, slot: u32) {
        let flight = &self.network.flights[slot as usize];
        let number = flight.link;
        let link = &self.network.links[number as usize];
        let (from, to, kind) = (link.from, link.to, flight.message.kind());
        let extra = self.next_delay(from, to) + self.strike_at_message(from, to, kind);
        let flight = &mut self.network.flights[slot as usize];
        flight.state = FlightState::Held;
        flight.extra = extra;
        let link = &self.network.links[number as usize];
        match link.cut() {
            Some(Cut::Drop) => self.lose(slot),
            Some(Cut::Hold) => self.hold(slot),
            None if link.is_holding() => self.hold(slot),
            None => self.depart(slot),
        }
    }

    /// The weight of what is set off now.
    const fn weight(&self) -> Weight {
        if self.background {
            Weight::Nothing
        } else {
            Weight::Full
        }
    }

    fn delay(&mut self, link: u32) -> Span {
        let link = &self.network.links[link as usize];
        let stream = &mut self.processes[link.from.index()].streams[Purpose::Net as usize];
        link.latency.draw(stream)
    }

    /// A message leaves, where its connection lets it.
    #[cold]
    fn depart(&mut self, slot: u32) {
        let flight = &self.network.flights[slot as usize];
        let link = flight.link;
        if flight.opening {
            self.connected(link, Connection::Open);
        }
        match self.network.links[link as usize].connection {
            Connection::Open => self.fly(slot),
            Connection::Closed => {
                for direction in [link, back(link)] {
                    let connection = &mut self.network.links[direction as usize].connection;
                    if *connection == Connection::Closed {
                        *connection = Connection::Open;
                    }
                }
                self.fly(slot);
            }
            // A connection that was lost to a cut in the other direction
            // cannot be found out while that one lasts.
            Connection::Broken if self.network.links[back(link) as usize].cut().is_some() => {
                self.fly(slot);
            }
            Connection::Broken => {
                let weight = self.network.flights[slot as usize].weight;
                self.land(slot, drop_reason::RESET);
                let after = self.delay(link) + self.delay(back(link));
                self.reset_after(after, link, weight);
            }
            Connection::Resetting => self.land(slot, drop_reason::RESET),
        }
    }

    /// Puts a message on the wire from now.
    #[cold]
    fn fly(&mut self, slot: u32) {
        let flight = &mut self.network.flights[slot as usize];
        let (link, opening) = (flight.link, flight.opening);
        let extra = core::mem::take(&mut flight.extra);
        flight.state = FlightState::Flying;
        let mut delay = self.delay(link);
        if opening {
            // SYN, SYN-ACK, then the message.
            delay = delay * 3;
        }
        if extra > Span::ZERO {
            delay = delay + extra;
            self.note_delay(slot, extra);
        }
        let at = self.network.links[link as usize].arrival(self.now, delay);
        self.queue.push(at, Event::Deliver(slot));
    }

    /// A delay is a fault: the run sees it through.
    #[cold]
    fn note_delay(&mut self, slot: u32, extra: Span) {
        let flight = &self.network.flights[slot as usize];
        let link = &self.network.links[flight.link as usize];
        let fact = Fact {
            kind: Kind::Delay as u8,
            flags: 0,
            x: extra.us(),
            y: u32::from(link.to.0),
            z: u32::from(flight.message.kind()),
        };
        let (from, cause) = (link.from, flight.cause);
        self.note_because(from, fact, cause);
        self.weigh(slot, Weight::Full);
    }

    /// Changes whether the run waits for a flight.
    fn weigh(&mut self, slot: u32, weight: Weight) {
        let flight = &mut self.network.flights[slot as usize];
        let old = core::mem::replace(&mut flight.weight, weight);
        if old != weight {
            self.horizon.expect(weight);
            self.horizon.settle(self.now, old);
        }
    }

    #[cold]
    fn hold(&mut self, slot: u32) {
        self.about_flight(Kind::Hold, 0, slot);
        // A cut without end must not keep the run going; a heal counts the
        // message again.
        self.weigh(slot, Weight::Nothing);
        let slot = self.network.ground(slot);
        let flight = &mut self.network.flights[slot as usize];
        flight.was_held = true;
        let (sent, opening, link) = (flight.sent, flight.opening, flight.link);
        self.network.links[link as usize].hold(sent, opening);
    }

    /// A cut loses a message: neither end can use the connection any more.
    #[cold]
    fn lose(&mut self, slot: u32) {
        let link = self.network.flights[slot as usize].link;
        self.connected(link, Connection::Broken);
        self.note_drop(slot, drop_reason::CUT);
        self.network.stop(slot);
    }

    /// Ends a flight that is not on the wire and does not reach its receiver.
    pub fn land(&mut self, slot: u32, reason: u8) {
        self.note_drop(slot, reason);
        self.network.free(slot);
    }

    fn note_drop(&mut self, slot: u32, reason: u8) {
        self.about_flight(Kind::Drop, reason, slot);
        self.weigh(slot, Weight::Nothing);
    }

    /// `from` gives up its connection to `to`, and with it all that is on its
    /// way, in both directions. A real kernel goes on sending for a while what
    /// its process wrote before it closed; here that is lost.
    pub fn close(&mut self, from: Node, to: Node) {
        let Some(link) = self.network.link(from, to) else {
            return;
        };
        for direction in [link, back(link)] {
            let on_the_way = |state| matches!(state, FlightState::Flying | FlightState::Held);
            for slot in self.network.on_link(direction, on_the_way) {
                self.note_drop(slot, drop_reason::RESET);
                self.network.stop(slot);
            }
            self.network.links[direction as usize].release();
        }
        self.connected(link, Connection::Closed);
    }

    /// Notes the arrival of the message in `slot`, and returns the record.
    #[inline(always)]
    pub fn arrive(&mut self, slot: u32) -> u32 {
        let flight = &self.network.flights[slot as usize];
        let number = flight.link;
        let link = &self.network.links[number as usize];
        let fact = Fact {
            kind: Kind::Receive as u8,
            flags: if flight.was_held { flags::HELD } else { 0 },
            x: flight.message.summary(),
            y: u32::from(link.from.0),
            z: u32::from(flight.message.kind()),
        };
        let (to, cause, connection) = (link.to, flight.cause, link.connection);
        // Who hears from its peer has a connection with it.
        if connection == Connection::Open
            && self.network.links[back(number) as usize].connection == Connection::Broken
        {
            self.connected(number, Connection::Open);
        }
        self.note_because(to, fact, cause)
    }

    /// The host of `link`'s receiver knows no such connection and says so,
    /// where it can.
    pub fn refuse(&mut self, link: u32, weight: Weight) {
        let answer = &self.network.links[back(link) as usize];
        if answer.cut().is_none() {
            self.reset_after(answer.latency.base, link, weight);
        } else {
            self.network.links[link as usize].connection = Connection::Broken;
        }
    }

    fn reset_after(&mut self, after: Span, link: u32, weight: Weight) {
        self.network.links[link as usize].connection = Connection::Resetting;
        self.horizon.expect(weight);
        self.queue
            .push(self.now + after, Event::Reset { link, weight });
    }

    /// Both ends of `link` stand alike.
    pub fn connected(&mut self, link: u32, connection: Connection) {
        for direction in [link, back(link)] {
            self.network.links[direction as usize].connection = connection;
        }
    }

    /// A cut begins on links that exist.
    pub fn cut(&mut self, links: &[(Node, Node)], mode: Cut, span: Option<Span>) {
        let lossy = if mode == Cut::Drop { flags::LOSSY } else { 0 };
        let us = span.map_or(u64::MAX, Span::us);
        for &(from, to) in links {
            let Some(link) = self.network.link(from, to) else {
                continue;
            };
            self.world(from, Kind::CutBegin, lossy, us, u32::from(to.0), 0);
            self.network.links[link as usize].begin_cut(mode);
            match mode {
                Cut::Hold => {
                    let flying = |state| state == FlightState::Flying;
                    for slot in self.network.on_link(link, flying) {
                        self.hold(slot);
                    }
                }
                Cut::Drop => {
                    let on_the_way =
                        |state| matches!(state, FlightState::Flying | FlightState::Held);
                    for slot in self.network.on_link(link, on_the_way) {
                        self.lose(slot);
                    }
                    self.network.links[link as usize].release();
                }
            }
        }
    }

    /// One cut of these links ends; a link heals with the last one.
    pub fn heal(&mut self, links: &[(Node, Node)], mode: Cut) {
        for &(from, to) in links {
            let Some(number) = self.network.link(from, to) else {
                continue;
            };
            let link = &mut self.network.links[number as usize];
            link.end_cut(mode);
            if link.cut().is_some() {
                continue;
            }
            if let Some(at) = link.next_retransmission(self.now) {
                self.queue.push(at, Event::Retransmit(number));
                self.horizon.expect(Weight::Full);
            }
            self.world(from, Kind::CutEnd, 0, 0, u32::from(to.0), 0);
        }
    }

    /// The sender on a link sends again what it holds.
    pub fn retransmit(&mut self, number: u32) {
        let link = &mut self.network.links[number as usize];
        // Another cut may have come in between, or have healed since and set
        // a later retransmission.
        if link.cut().is_some() || link.next_retransmission(self.now) != Some(self.now) {
            return;
        }
        link.release();
        for slot in self
            .network
            .on_link(number, |state| state == FlightState::Held)
        {
            self.weigh(slot, Weight::Full);
            self.depart(slot);
        }
    }

    // --- steps -----------------------------------------------------------

    pub fn set_mono(&mut self, node: Node, due: Mono, step: S, poll: bool) {
        let weight = if poll { Weight::Nothing } else { self.weight() };
        self.set(node, Due::Mono(due), step, weight);
    }

    pub fn set_wall(&mut self, node: Node, due: Wall, step: S) {
        let weight = if self.background {
            self.horizon.lease(self.now)
        } else {
            Weight::Full
        };
        self.set(node, Due::Wall(due), step, weight);
    }

    pub fn set_work(&mut self, node: Node, span: Span, step: S) {
        let due = Due::Work {
            left: span,
            from: self.now,
        };
        self.set(node, due, step, Weight::Full);
    }

    fn set(&mut self, node: Node, due: Due, step: S, weight: Weight) {
        self.clear(node, step);
        let id = self.next_timer_id();
        let (now, cause) = (self.now, self.cause);
        let process = &mut self.processes[node.index()];
        if let Some(at) = process.comes(now, due) {
            self.queue.push(at, Event::Step { node, id });
        }
        self.horizon.expect(weight);
        process.timers.push(Timer {
            step,
            due,
            id,
            cause,
            weight,
        });
    }

    const fn next_timer_id(&mut self) -> u32 {
        self.timers_set = self.timers_set.wrapping_add(1);
        self.timers_set
    }

    pub fn clear(&mut self, node: Node, step: S) {
        let timers = &mut self.processes[node.index()].timers;
        if let Some(place) = timers.iter().position(|timer| timer.step == step) {
            let timer = timers.swap_remove(place);
            self.horizon.settle(self.now, timer.weight);
        }
    }

    pub fn clear_all(&mut self, node: Node) {
        for timer in self.processes[node.index()].timers.drain(..) {
            self.horizon.settle(self.now, timer.weight);
        }
    }

    /// Takes the step that falls due as `id`, notes it and makes it the cause
    /// of what follows. `None` where it was cleared or moved.
    pub fn take_due(&mut self, node: Node, id: u32) -> Option<S> {
        let timers = &mut self.processes[node.index()].timers;
        let place = timers.iter().position(|timer| timer.id == id)?;
        let timer = timers.swap_remove(place);
        self.horizon.settle(self.now, timer.weight);
        self.background = timer.weight != Weight::Full;
        self.cause = timer.cause;
        self.cause = self.world(node, Kind::Timer, 0, 0, 0, u32::from(timer.step.kind()));
        Some(timer.step)
    }

    /// Queues anew the steps of `node` that hang on its clocks: these have
    /// changed.
    pub fn requeue_clocked(&mut self, node: Node) {
        self.requeue(node, |due| !matches!(due, Due::Work { .. }));
    }

    /// Stops the work of `node`, less the running time that it has had.
    pub fn stop_work(&mut self, node: Node) {
        let now = self.now;
        for timer in &mut self.process(node).timers {
            if let Due::Work { left, from } = &mut timer.due {
                *left = *left - now.since(*from);
                *from = now;
            }
        }
        self.requeue(node, |due| matches!(due, Due::Work { .. }));
    }

    /// Lets the work of `node` go on where it stopped.
    pub fn resume_work(&mut self, node: Node) {
        let now = self.now;
        for timer in &mut self.process(node).timers {
            if let Due::Work { from, .. } = &mut timer.due {
                *from = now;
            }
        }
        self.requeue(node, |due| matches!(due, Due::Work { .. }));
    }

    fn requeue(&mut self, node: Node, which: impl Fn(Due) -> bool) {
        for place in 0..self.process(node).timers.len() {
            let now = self.now;
            let id = self.next_timer_id();
            let process = &mut self.processes[node.index()];
            let Timer { due, id: old, .. } = process.timers[place];
            if !which(due) || process.has_waiting(old) {
                continue;
            }
            process.timers[place].id = id;
            if let Some(at) = process.comes(now, due) {
                self.queue.push(at, Event::Step { node, id });
            }
        }
    }

    // --- faults at trace points ------------------------------------------

    /// The faults that strike as `node` reaches `anchor`.
    pub fn struck_at_anchor(&mut self, node: Node, anchor: Anchor) -> Vec<u32> {
        let faults = &self.faults;
        take_due(&mut self.at_anchor, |fault| {
            matches!(faults[fault as usize].when,
                When::Anchor { node: at, anchor: which, .. } if at == node && which == anchor)
        })
    }

    /// Sets off the faults that wait for this message, and returns by how
    /// much they delay it.
    fn strike_at_message(&mut self, from: Node, to: Node, kind: u8) -> Span {
        let faults = &self.faults;
        let due = take_due(&mut self.at_message, |fault| {
            matches!(&faults[fault as usize].when,
                When::Message { matching, .. } if matching.fits(from, to, kind))
        });
        let mut extra = Span::ZERO;
        for number in due {
            // A delay touches the very message; all else waits for the
            // handler's end, since a handler is one atomic step.
            if let FaultKind::Delay { span, .. } = self.faults[number as usize].kind {
                extra = extra + span;
            } else {
                self.struck.push(number);
            }
        }
        extra
    }

    /// By how much delay faults hit the next message from `from` to `to`.
    fn next_delay(&mut self, from: Node, to: Node) -> Span {
        let faults = &self.faults;
        let mut extra = Span::ZERO;
        self.delays.retain(|&number| {
            if let FaultKind::Delay { links, span } = &faults[number as usize].kind
                && links.contains(&(from, to))
            {
                extra = extra + *span;
                return false;
            }
            true
        });
        extra
    }
}

fn take_due(armed: &mut Vec<Armed>, fits: impl Fn(u32) -> bool) -> Vec<u32> {
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
