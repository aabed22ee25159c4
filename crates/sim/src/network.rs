//! Links, the messages on them, and what cuts do to both.

use alloc::vec::Vec;

use crate::actor::Node;
use crate::fault::Cut;
use crate::horizon::Weight;
use crate::random::Stream;
use crate::time::{Span, Time};

/// How long a message takes: `base` plus an even draw up to `jitter`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Latency {
    /// The least one-way delay.
    pub base: Span,
    /// The most that is added to it.
    pub jitter: Span,
}

impl Latency {
    /// A message's delay, by the sender's stream for jitter.
    pub(crate) fn draw(self, stream: &mut Stream) -> Span {
        self.base + stream.span(Span::ZERO, self.jitter)
    }
}

/// What a sender will find out about its connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Connection {
    /// There is none; the next send makes one without a word.
    Closed,
    /// It is there.
    Open,
    /// It is gone, and the sender does not know: its next send meets a reset.
    Broken,
    /// It is gone, and word of it is on its way to the sender.
    Resetting,
}

/// One direction of a connection. The other one is its neighbour: see
/// [`back`].
pub(crate) struct Link {
    pub from: Node,
    pub to: Node,
    pub latency: Latency,
    pub connection: Connection,
    /// No message overtakes another: the latest arrival so far.
    last_arrival: Time,
    holding_cuts: u32,
    dropping_cuts: u32,
    /// The retransmission clock, from the oldest message not acknowledged.
    outstanding: Option<Outstanding>,
}

#[derive(Clone, Copy)]
struct Outstanding {
    first_sent: Time,
    /// A connection attempt, which retransmits more slowly.
    opening: bool,
}

/// The first retransmission of data (Linux `TCP_RTO_MIN`) and of a connection
/// attempt (RFC 6298 §2.1); both double.
const FIRST_RETRANSMISSION: Span = Span::from_ms(200);
const FIRST_SYN_RETRANSMISSION: Span = Span::from_ms(1_000);

/// The link in the other direction.
pub(crate) const fn back(link: u32) -> u32 {
    link ^ 1
}

impl Link {
    const fn new(from: Node, to: Node, latency: Latency) -> Self {
        Self {
            from,
            to,
            latency,
            connection: Connection::Closed,
            last_arrival: Time::ZERO,
            holding_cuts: 0,
            dropping_cuts: 0,
            outstanding: None,
        }
    }

    pub const fn cut(&self) -> Option<Cut> {
        if self.dropping_cuts > 0 {
            Some(Cut::Drop)
        } else if self.holding_cuts > 0 {
            Some(Cut::Hold)
        } else {
            None
        }
    }

    /// Whether nothing is wrong with it.
    pub fn flows(&self) -> bool {
        let cuts = self.holding_cuts | self.dropping_cuts;
        self.connection == Connection::Open && cuts == 0 && !self.is_holding()
    }

    /// Whether messages wait for a retransmission.
    pub const fn is_holding(&self) -> bool {
        self.outstanding.is_some()
    }

    pub const fn begin_cut(&mut self, mode: Cut) {
        match mode {
            Cut::Hold => self.holding_cuts += 1,
            Cut::Drop => self.dropping_cuts += 1,
        }
    }

    pub const fn end_cut(&mut self, mode: Cut) {
        match mode {
            Cut::Hold => self.holding_cuts -= 1,
            Cut::Drop => self.dropping_cuts -= 1,
        }
    }

    /// Starts the retransmission clock unless an older message runs it.
    pub fn hold(&mut self, sent: Time, opening: bool) {
        let older = self.outstanding.is_some_and(|held| held.first_sent <= sent);
        if !older {
            self.outstanding = Some(Outstanding {
                first_sent: sent,
                opening,
            });
        }
    }

    /// Nothing is held any more.
    pub const fn release(&mut self) {
        self.outstanding = None;
    }

    /// The first retransmission at `now` or later.
    pub fn next_retransmission(&self, now: Time) -> Option<Time> {
        let held = self.outstanding?;
        let mut wait = if held.opening {
            FIRST_SYN_RETRANSMISSION
        } else {
            FIRST_RETRANSMISSION
        };
        let mut at = held.first_sent + wait;
        while at < now {
            wait = wait * 2;
            at += wait;
        }
        Some(at)
    }

    /// When a message that takes `delay` from `now` arrives, behind all that
    /// went before it.
    pub fn arrival(&mut self, now: Time, delay: Span) -> Time {
        self.last_arrival = self.last_arrival.max(now + delay);
        self.last_arrival
    }
}

/// A message on its way.
#[derive(Clone, Copy)]
pub(crate) struct Flight<M> {
    pub message: M,
    pub link: u32,
    /// The record that its handling is traced back to: the send, later the
    /// arrival.
    pub cause: u32,
    pub sent: Time,
    /// What a delay fault adds.
    pub extra: Span,
    /// Order of sending, so that what was held arrives in order.
    pub order: u64,
    pub state: FlightState,
    /// Whether the run waits for it.
    pub weight: Weight,
    pub opening: bool,
    pub was_held: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FlightState {
    Free,
    Flying,
    Held,
    /// It has arrived at a process that does not run.
    Arrived,
    /// A cut took it from here; the delivery that is queued frees the slot.
    Void,
}

/// No flight has this slot.
const NO_SLOT: u32 = u32::MAX;

/// All links that were ever used, and all messages on them.
pub(crate) struct Network<M> {
    default: Latency,
    exceptions: Vec<((Node, Node), Latency)>,
    /// For each sender, the link's index plus one by receiver.
    rows: Vec<Vec<u32>>,
    /// In pairs, one direction beside the other.
    pub links: Vec<Link>,
    pub flights: Vec<Flight<M>>,
    /// The first slot that is free; the next one stands in its `link`.
    free: u32,
    sent: u64,
}

impl<M: Copy> Network<M> {
    pub fn new(nodes: usize, default: Latency, exceptions: Vec<((Node, Node), Latency)>) -> Self {
        let mut rows = Vec::new();
        rows.resize_with(nodes, Vec::new);
        Self {
            default,
            exceptions,
            rows,
            links: Vec::new(),
            flights: Vec::new(),
            free: NO_SLOT,
            sent: 0,
        }
    }

    /// The index of the link from `from` to `to`, made at its first use;
    /// `None` where there is no such node as `to`.
    pub fn link(&mut self, from: Node, to: Node) -> Option<u32> {
        let known = self.rows[from.index()].get(to.index());
        let known = known.and_then(|number| number.checked_sub(1));
        known.or_else(|| self.connect(from, to))
    }

    #[cold]
    fn connect(&mut self, from: Node, to: Node) -> Option<u32> {
        if to.index() >= self.rows.len() {
            return None;
        }
        let link = u32::try_from(self.links.len()).expect("events are bounded, so links are");
        self.enter(to, from, back(link));
        // Last, since to itself a node has one row only.
        self.enter(from, to, link);
        for (from, to) in [(from, to), (to, from)] {
            self.links.push(Link::new(from, to, self.latency(from, to)));
        }
        Some(link)
    }

    fn enter(&mut self, from: Node, to: Node, link: u32) {
        let row = &mut self.rows[from.index()];
        if row.len() <= to.index() {
            row.resize(to.index() + 1, 0);
        }
        row[to.index()] = link + 1;
    }

    fn latency(&self, from: Node, to: Node) -> Latency {
        self.exceptions
            .iter()
            .find(|(ends, _)| *ends == (from, to))
            .map_or(self.default, |&(_, latency)| latency)
    }

    /// The next message's place in the order of sending.
    pub const fn next_order(&mut self) -> u64 {
        self.sent += 1;
        self.sent
    }

    /// Gives a message a slot.
    pub fn launch(&mut self, flight: Flight<M>) -> u32 {
        let slot = self.free;
        if let Some(free) = self.flights.get_mut(slot as usize) {
            self.free = free.link;
            *free = flight;
            return slot;
        }
        self.flights.push(flight);
        u32::try_from(self.flights.len() - 1).expect("events are bounded, so flights are")
    }

    /// Frees the slot of a flight for which no delivery is queued.
    pub fn free(&mut self, slot: u32) {
        let flight = &mut self.flights[slot as usize];
        flight.state = FlightState::Free;
        flight.link = core::mem::replace(&mut self.free, slot);
    }

    /// Ends a flight that may be on the wire.
    pub fn stop(&mut self, slot: u32) {
        let flight = &mut self.flights[slot as usize];
        if flight.state == FlightState::Flying {
            flight.state = FlightState::Void;
        } else {
            self.free(slot);
        }
    }

    /// Takes a flight off the wire, where it is on it, and returns its slot.
    pub fn ground(&mut self, slot: u32) -> u32 {
        let flight = self.flights[slot as usize];
        if flight.state != FlightState::Flying {
            return slot;
        }
        self.stop(slot);
        self.launch(Flight {
            state: FlightState::Held,
            ..flight
        })
    }

    /// The slots of the flights on `link` that `which` picks, in order of
    /// sending.
    pub fn on_link(&self, link: u32, which: impl Fn(FlightState) -> bool) -> Vec<u32> {
        let mut slots: Vec<u32> = (0..)
            .zip(&self.flights)
            .filter(|(_, flight)| flight.link == link && which(flight.state))
            .map(|(slot, _)| slot)
            .collect();
        slots.sort_unstable_by_key(|&slot| self.flights[slot as usize].order);
        slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retransmissions(opening: bool) -> [u64; 4] {
        let mut link = Link::new(Node(0), Node(1), Latency::default());
        link.hold(Time::from_us(5_000), opening);
        let mut now = Time::ZERO;
        [(); 4].map(|()| {
            let at = link.next_retransmission(now).expect("one is held");
            now = at + Span::from_us(1);
            at.us() / 1_000 - 5
        })
    }

    #[test]
    fn retransmissions_double_from_their_first_wait() {
        assert_eq!(retransmissions(false), [200, 600, 1_400, 3_000]);
        assert_eq!(retransmissions(true), [1_000, 3_000, 7_000, 15_000]);
    }

    #[test]
    fn the_retransmission_clock_runs_from_the_oldest_message() {
        let mut link = Link::new(Node(0), Node(1), Latency::default());
        link.hold(Time::from_us(100), false);
        link.hold(Time::from_us(50), false);
        link.hold(Time::from_us(150), true);
        assert_eq!(
            link.next_retransmission(Time::ZERO),
            Some(Time::from_us(200_050))
        );
        link.release();
        assert_eq!(link.next_retransmission(Time::ZERO), None);
    }

    #[test]
    fn the_last_instant_has_a_retransmission() {
        let mut link = Link::new(Node(0), Node(1), Latency::default());
        link.hold(Time::ZERO, false);
        assert_eq!(link.next_retransmission(Time::NEVER), Some(Time::NEVER));
    }

    #[test]
    fn a_node_has_one_link_to_itself() {
        let mut network: Network<u8> = Network::new(2, Latency::default(), Vec::new());
        let own = network.link(Node(1), Node(1));
        assert!(own.is_some());
        assert_eq!(network.link(Node(1), Node(1)), own);
        let there = network.link(Node(0), Node(1));
        assert_eq!(network.link(Node(1), Node(0)), there.map(back));
    }
}
