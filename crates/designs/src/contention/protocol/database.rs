//! The database: rows, and one server that does one operation after another.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use sim::{Cause, Node, Span};

use super::{Fx, Mechanism, Msg, NO_END, Rules, Task};
use crate::vocabulary::{Contents, Event, Incarnation, RowDecision};

/// Rows under one server.
#[derive(Debug)]
pub struct Database {
    rules: Rules,
    /// How many units there are to sell, where the first row is a stock.
    stock: Option<u32>,
    rows: Vec<Contents>,
    /// What is to be done, in the order in which it came.
    queue: VecDeque<(Node, Msg, Cause)>,
    /// Who has a row's lock, and who waits for it, the longest first; none is
    /// empty.
    locks: BTreeMap<u32, VecDeque<Incarnation>>,
}

impl Database {
    /// A database of `rows` rows, the first one with a `stock` where there is
    /// one.
    pub fn new(rules: Rules, rows: u32, stock: Option<u32>) -> Self {
        let mut database = Self {
            rules,
            stock,
            rows: alloc::vec![Contents::default(); rows as usize],
            queue: VecDeque::new(),
            locks: BTreeMap::new(),
        };
        database.fill();
        database
    }

    fn fill(&mut self) {
        self.rows.fill(Contents::default());
        if let (Some(row), Some(stock)) = (self.rows.first_mut(), self.stock) {
            row.value = stock;
        }
    }

    pub fn start(&self, fx: &mut Fx<'_>) {
        if let (Some(&contents), Some(_)) = (self.rows.first(), self.stock) {
            fx.note(Event::RowIs { row: 0, contents });
        }
        if self.rules.mechanism == Mechanism::RowLock {
            fx.note(Event::LockRule { needed: 1, of: 1 });
        }
        let queues = matches!(self.rules.mechanism, Mechanism::RowLock | Mechanism::Atomic);
        if let Some(bound) = self.rules.bound.filter(|_| queues) {
            fx.note(Event::WaitRule {
                bound_us: bound.us(),
            });
        }
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        if self.rules.service == Span::ZERO {
            self.serve(from, message, fx);
            return;
        }
        self.queue.push_back((from, message, fx.cause()));
        if self.queue.len() == 1 {
            fx.after(self.rules.service, Task::Served);
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        if task != Task::Served {
            return;
        }
        let Some((from, message, cause)) = self.queue.pop_front() else {
            return;
        };
        if !self.queue.is_empty() {
            fx.after(self.rules.service, Task::Served);
        }
        // It is its request that leads to what is done, not the one before it.
        fx.because(cause);
        self.serve(from, message, fx);
    }

    fn serve(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Read { holder, row } => self.read(from, holder, row, fx),
            Msg::ReadForUpdate { holder, row } => self.lock(holder, row, fx),
            Msg::Write {
                holder,
                row,
                seen,
                value,
            } => self.write(from, (holder, row), seen, value, fx),
            Msg::Take {
                holder,
                row,
                change,
            } => self.take(from, (holder, row), change, fx),
            Msg::Rollback { holder, row } => self.unlock(holder, row, fx),
            Msg::Value { .. }
            | Msg::Written { .. }
            | Msg::Acquire { .. }
            | Msg::Granted { .. }
            | Msg::Denied { .. }
            | Msg::Release { .. } => {}
        }
    }

    fn contents(&self, row: u32) -> Contents {
        self.rows.get(row as usize).copied().unwrap_or_default()
    }

    fn read(&self, to: Node, holder: Incarnation, row: u32, fx: &mut Fx<'_>) {
        let contents = self.contents(row);
        fx.note(Event::RowRead {
            holder,
            row,
            contents,
        });
        fx.send(to, Msg::Value { holder, contents });
    }

    /// A write replaces the row as the writer has seen it, with its version
    /// raised by one: what came in between is gone, if nothing is compared.
    fn write(
        &mut self,
        from: Node,
        (holder, row): (Incarnation, u32),
        seen: Contents,
        value: u32,
        fx: &mut Fx<'_>,
    ) {
        let lost_its_lock =
            self.rules.mechanism == Mechanism::RowLock && self.holder_of(row) != Some(holder);
        if lost_its_lock || !self.rules.admits(self.contents(row), seen) {
            self.decide(from, (holder, row), RowDecision::Conflict, fx);
        } else {
            let contents = Contents {
                version: seen.version.wrapping_add(1),
                value,
            };
            self.apply(row, contents);
            self.decide(from, (holder, row), RowDecision::Applied, fx);
        }
        self.unlock(holder, row, fx);
    }

    /// Read, compare and write in one.
    fn take(&mut self, from: Node, at: (Incarnation, u32), change: i32, fx: &mut Fx<'_>) {
        let Contents { version, value } = self.contents(at.1);
        let decision = match value.checked_add_signed(change) {
            Some(value) => {
                let version = version.wrapping_add(1);
                self.apply(at.1, Contents { version, value });
                RowDecision::Applied
            }
            None => RowDecision::SoldOut,
        };
        self.decide(from, at, decision, fx);
    }

    fn apply(&mut self, row: u32, contents: Contents) {
        if let Some(stored) = self.rows.get_mut(row as usize) {
            *stored = contents;
        }
    }

    fn decide(
        &self,
        to: Node,
        (holder, row): (Incarnation, u32),
        decision: RowDecision,
        fx: &mut Fx<'_>,
    ) {
        let contents = self.contents(row);
        fx.note(Event::RowWrite {
            holder,
            row,
            contents,
            decision,
        });
        let written = Msg::Written {
            holder,
            decision,
            contents,
        };
        fx.send(to, written);
    }

    // --- row locks -------------------------------------------------------

    fn holder_of(&self, row: u32) -> Option<Incarnation> {
        self.locks.get(&row)?.front().copied()
    }

    fn lock(&mut self, holder: Incarnation, row: u32, fx: &mut Fx<'_>) {
        let queue = self.locks.entry(row).or_default();
        queue.push_back(holder);
        if queue.len() == 1 {
            self.grant(holder, row, fx);
        }
    }

    /// Whoever waited has been served already: it hears at once.
    fn grant(&self, holder: Incarnation, row: u32, fx: &mut Fx<'_>) {
        fx.note(Event::ServerGrant {
            holder,
            lease_us: NO_END.us(),
        });
        self.read(Node(holder.lane()), holder, row, fx);
    }

    /// `holder` waits for the row's lock no longer, or gives it back.
    fn unlock(&mut self, holder: Incarnation, row: u32, fx: &mut Fx<'_>) {
        let Some(queue) = self.locks.get_mut(&row) else {
            return;
        };
        let had_it = queue.front() == Some(&holder);
        if had_it {
            queue.pop_front();
        } else {
            queue.retain(|waiting| *waiting != holder);
        }
        let next = queue.front().copied();
        if next.is_none() {
            self.locks.remove(&row);
        }
        if had_it {
            fx.note(Event::ServerRelease { holder, by: holder });
            if let Some(next) = next {
                self.grant(next, row, fx);
            }
        }
    }

    /// A client's connection is gone: what it had begun is rolled back.
    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        let of_peer = |holder: &&Incarnation| holder.lane() == peer.0;
        let gone: Vec<(Incarnation, u32)> = self
            .locks
            .iter()
            .flat_map(|(row, queue)| {
                let of_peer = queue.iter().filter(of_peer);
                of_peer.map(|holder| (*holder, *row))
            })
            .collect();
        // Those who wait first: the lock must not pass to one of them.
        for (holder, row) in gone.into_iter().rev() {
            self.unlock(holder, row, fx);
        }
    }

    /// Rows are on the disk; what was under way is not.
    pub fn crash(&mut self, wiped: bool) {
        self.queue.clear();
        self.locks.clear();
        if wiped {
            self.fill();
        }
    }
}
