//! Links, the messages on them, and what cuts do to both.

use alloc::vec::Vec;

use crate::actor::Node;
use crate::fault::Cut;
use crate::time::{Span, Time};

/// How long a message takes: `base` plus an even draw up to `jitter`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Latency {
    /// The least one-way delay.
    pub base: Span,
    /// The most that is added to it.
    pub jitter: Span,
}

/// One direction of a connection.
pub(crate) struct Link {
    pub from: Node,
    pub to: Node,
    pub latency: Latency,
    /// No message overtakes another: the latest arrival so far.
    last_arrival: Time,
    holding_cuts: u16,
    dropping_cuts: u16,
    /// The retransmission clock, from the oldest message not acknowledged.
    outstanding: Option<Outstanding>,
    /// A message was lost: the next send after the heal meets a reset.
    pub stale: bool,
    /// Delay faults that wait for the next message.
    pub extra: Span,
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

impl Link {
    pub const fn cut(&self) -> Option<Cut> {
        if self.dropping_cuts > 0 {
            Some(Cut::Drop)
        } else if self.holding_cuts > 0 {
            Some(Cut::Hold)
        } else {
            None
        }
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
            Cut::Hold => self.holding_cuts = self.holding_cuts.saturating_sub(1),
            Cut::Drop => self.dropping_cuts = self.dropping_cuts.saturating_sub(1),
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
    /// Order of sending, so that what was held arrives in order.
    pub order: u32,
    pub state: FlightState,
    /// It does not keep the run going.
    pub background: bool,
    pub opening: bool,
    pub was_held: bool,
    /// Tells a queued delivery from one for an earlier use of this slot.
    pub generation: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlightState {
    Free,
    Flying,
    Held,
    /// It has arrived at a process that does not run.
    Arrived,
}

/// All links that were ever used, and all messages on them.
pub(crate) struct Network<M> {
    default: Latency,
    exceptions: Vec<((Node, Node), Latency)>,
    /// For each sender, the link's index plus one by receiver.
    rows: Vec<Vec<u32>>,
    pub links: Vec<Link>,
    pub flights: Vec<Flight<M>>,
    free: Vec<u32>,
    sent: u32,
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
            free: Vec::new(),
            sent: 0,
        }
    }

    /// The index of the link from `from` to `to`, made at its first use.
    pub fn link(&mut self, from: Node, to: Node) -> u32 {
        let row = &mut self.rows[from.index()];
        if row.len() <= to.index() {
            row.resize(to.index() + 1, 0);
        }
        if let Some(link) = row[to.index()].checked_sub(1) {
            return link;
        }
        let latency = self
            .exceptions
            .iter()
            .find(|(ends, _)| *ends == (from, to))
            .map_or(self.default, |&(_, latency)| latency);
        self.links.push(Link {
            from,
            to,
            latency,
            last_arrival: Time::ZERO,
            holding_cuts: 0,
            dropping_cuts: 0,
            outstanding: None,
            stale: false,
            extra: Span::ZERO,
        });
        let number = u32::try_from(self.links.len()).expect("lanes are bounded, so links are");
        self.rows[from.index()][to.index()] = number;
        number - 1
    }

    /// Puts a message on its way and returns its slot.
    pub fn launch(&mut self, mut flight: Flight<M>) -> u32 {
        flight.order = self.sent;
        self.sent += 1;
        if let Some(slot) = self.free.pop() {
            let old = &mut self.flights[slot as usize];
            flight.generation = old.generation;
            *old = flight;
            return slot;
        }
        self.flights.push(flight);
        u32::try_from(self.flights.len() - 1).expect("events are bounded, so flights are")
    }

    /// Ends a flight, whatever became of it.
    pub fn land(&mut self, slot: u32) {
        let flight = &mut self.flights[slot as usize];
        flight.state = FlightState::Free;
        flight.generation = flight.generation.wrapping_add(1);
        self.free.push(slot);
    }

    /// The slots of the flights on `link` in `state`, in order of sending.
    pub fn on_link(&self, link: u32, state: FlightState) -> Vec<u32> {
        let mut slots: Vec<u32> = (0..)
            .zip(&self.flights)
            .filter(|(_, flight)| flight.link == link && flight.state == state)
            .map(|(slot, _)| slot)
            .collect();
        slots.sort_by_key(|&slot| self.flights[slot as usize].order);
        slots
    }
}
