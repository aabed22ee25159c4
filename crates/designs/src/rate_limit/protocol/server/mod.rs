//! An API server: lets a request through or not, by the rules of the run's
//! design, and answers its user.

mod lease;
mod locking;
mod telling;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use alloc::vec::Vec;

use sim::{Mono, Node, Purpose, Span};

use super::counter::{Clock, Counter};
use super::slot::Key;
use super::{Fx, Mode, Msg, Rules, Task, TimeSource, note_decision};
use crate::vocabulary::{BeliefEnd, Event, Incarnation, Status};

/// A user's request that a server is at.
#[derive(Clone, Copy, Debug)]
struct Asking {
    request: u32,
    user: u32,
    /// Who asked.
    from: Node,
    /// The hold under which it is decided, where there is a lock.
    holder: Option<Incarnation>,
}

/// What a call is for.
#[derive(Clone, Copy, Debug)]
enum Aim {
    /// To decide by a script.
    Run { asking: Asking, key: Key },
    /// To read the count; so many more reads come before the write.
    Read { asking: Asking, key: Key, more: i64 },
    /// To write it, with what was decided.
    Write { asking: Asking, admitted: bool },
    /// To take a lease.
    Fetch { asking: Asking, key: Key },
    /// To tell what was let through.
    Tell { user: u32, spent: i64, start: i64 },
}

/// A call that is not answered.
#[derive(Clone, Copy, Debug)]
struct Call {
    number: u32,
    to: Node,
    /// When the server stops waiting.
    deadline: Mono,
    aim: Aim,
}

/// What is to be written once the server goes on.
#[derive(Clone, Copy, Debug)]
struct Writing {
    number: u32,
    asking: Asking,
    key: Key,
    counter: Counter,
    admitted: bool,
}

/// What a server knows of a user by itself.
#[derive(Clone, Debug, Default)]
struct Local {
    /// Its own count, or its view of the shared one.
    counter: Option<Counter>,
    /// How many it has let through and not told.
    untold: i64,
    /// A telling is on its way.
    is_telling: bool,
    /// Tokens of a lease.
    leased: i64,
    /// Requests that wait for a lease.
    waiting: Vec<Asking>,
    /// Until when it knows that the user has nothing left.
    denied_until: Option<Mono>,
}

/// An API server.
#[derive(Debug)]
pub struct Server {
    rules: Rc<Rules>,
    /// Its place among the servers.
    place: u64,
    /// In the order in which they were made, and of their deadlines.
    calls: VecDeque<Call>,
    /// What waits for a lock, or to go on under it. A limiter that locks
    /// waits for its turn, however long.
    locking: BTreeMap<Incarnation, Asking>,
    writing: Vec<Writing>,
    locals: BTreeMap<u32, Local>,
    last_call: u32,
    last_attempt: u16,
    is_watching: bool,
}

impl Server {
    pub const fn new(rules: Rc<Rules>, place: u64) -> Self {
        Self {
            rules,
            place,
            calls: VecDeque::new(),
            locking: BTreeMap::new(),
            writing: Vec::new(),
            locals: BTreeMap::new(),
            last_call: 0,
            last_attempt: 0,
            is_watching: false,
        }
    }

    pub fn start(&self, fx: &mut Fx<'_>) {
        if self.rules.mode == Mode::LocalSync {
            let sync = self.rules.sync;
            let count = self.rules.servers.len().max(1) as u64;
            let first = if self.rules.sync_spread {
                Span::from_us(sync.us() * (self.place + 1) / count)
            } else {
                sync
            };
            fx.poll(first, Task::Tell);
        }
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Request { request, user } => {
                let asking = Asking {
                    request,
                    user,
                    from,
                    holder: None,
                };
                self.decide(asking, fx);
            }
            Msg::Grant { holder, decided } => self.granted(holder, decided, fx),
            Msg::Missing { call } => {
                if let Some(call) = self.answered(call) {
                    self.run(call.aim, true, fx);
                }
            }
            Msg::Ran {
                call,
                granted,
                left,
            } => {
                if let Some(call) = self.answered(call) {
                    self.ran(call.aim, granted, left, fx);
                }
            }
            Msg::Got { call, counter, now } => {
                if let Some(call) = self.answered(call) {
                    self.got(call.aim, counter, now, fx);
                }
            }
            Msg::Stored { call } => {
                if let Some(call) = self.answered(call)
                    && let Aim::Write { asking, admitted } = call.aim
                {
                    self.answer(asking, decided(admitted), fx);
                }
            }
            Msg::Pushed { call, left } => {
                if let Some(call) = self.answered(call) {
                    self.told(call.aim, left, fx);
                }
            }
            _ => {}
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match task {
            Task::Locked(holder) => self.locked(holder, fx),
            Task::WriteBack(number) => self.write_back(number, fx),
            Task::Tell => self.tell(fx),
            Task::Overdue => self.overdue(fx),
            _ => {}
        }
    }

    // --- deciding ---------------------------------------------------------

    fn decide(&mut self, asking: Asking, fx: &mut Fx<'_>) {
        self.last_attempt = self.last_attempt.wrapping_add(1);
        let holder = Incarnation::new(fx.node().0, self.last_attempt);
        let request = asking.request;
        fx.note(Event::ApiServe { holder, request });
        if self.is_denied(asking.user, fx) {
            note_decision(asking.user, asking.request, false, 0, fx);
            self.answer(asking, Status::Limited, fx);
            return;
        }
        match self.rules.mode {
            Mode::UserLock => self.acquire(asking, holder, fx),
            Mode::Lua => {
                let key = self.key(asking.user, fx);
                self.run(Aim::Run { asking, key }, false, fx);
            }
            Mode::GetSet => {
                let key = self.key(asking.user, fx);
                self.read(asking, key, 0, fx);
            }
            Mode::LocalFull | Mode::LocalSync => self.count(asking, fx),
            Mode::Lease => self.spend(asking, fx),
        }
    }

    /// The key to count a request by: any of the parts.
    fn key(&self, user: u32, fx: &mut Fx<'_>) -> Key {
        let mut key = Key::of(user);
        if self.rules.parts > 1 {
            let part = fx.random(Purpose::Workload).below(self.rules.parts);
            key.part = part as u16;
        }
        key
    }

    fn is_denied(&self, user: u32, fx: &Fx<'_>) -> bool {
        let local = self.locals.get(&user);
        let until = local.and_then(|local| local.denied_until);
        self.rules.deny_cache && until.is_some_and(|until| fx.mono() < until)
    }

    /// Remembers how long asking for `user` is in vain.
    fn deny(&mut self, user: u32, left: i64, fx: &Fx<'_>) {
        if self.rules.deny_cache
            && let Some(us) = self.rules.limit.wait(left, self.rules.cost)
        {
            let until = fx.mono() + Span::from_us(us);
            self.locals.entry(user).or_default().denied_until = Some(until);
        }
    }

    /// Counts by itself.
    fn count(&mut self, asking: Asking, fx: &mut Fx<'_>) {
        let now = fx.mono().us();
        let clock = Clock { now, guarded: true };
        let limit = self.rules.limit;
        let local = self.locals.entry(asking.user).or_default();
        // What was let through in a window that is over matters no more.
        if let Some(Counter::Window { start, .. }) = local.counter
            && start != limit.window_at(now)
        {
            local.untold = 0;
        }
        let outcome = limit.run(local.counter, clock, self.rules.cost, 1);
        local.counter = Some(outcome.counter);
        local.untold += outcome.granted;
        let admitted = outcome.granted > 0;
        note_decision(asking.user, asking.request, admitted, outcome.left, fx);
        self.answer(asking, decided(admitted), fx);
    }

    fn answer(&mut self, asking: Asking, status: Status, fx: &mut Fx<'_>) {
        let Asking {
            request,
            user,
            from,
            holder,
        } = asking;
        if let Some(holder) = holder {
            fx.note(Event::BeliefEnds {
                holder,
                reason: BeliefEnd::Release,
            });
            fx.send(self.rules.lock, Msg::Release { holder, user });
        }
        fx.send(from, Msg::Answer { request, status });
    }

    // --- calls ------------------------------------------------------------

    fn call(&mut self, to: Node, aim: Aim, message: impl FnOnce(u32) -> Msg, fx: &mut Fx<'_>) {
        self.last_call = self.last_call.wrapping_add(1);
        let number = self.last_call;
        let deadline = fx.mono() + self.rules.timeout;
        self.calls.push_back(Call {
            number,
            to,
            deadline,
            aim,
        });
        if !self.is_watching {
            self.is_watching = true;
            fx.after(self.rules.timeout, Task::Overdue);
        }
        fx.send(to, message(number));
    }

    fn answered(&mut self, number: u32) -> Option<Call> {
        let place = self.calls.iter().position(|call| call.number == number)?;
        self.calls.remove(place)
    }

    /// Gives up the calls that have waited long enough, and looks again when
    /// the next one will have.
    fn overdue(&mut self, fx: &mut Fx<'_>) {
        let now = fx.mono();
        while let Some(call) = self.calls.pop_front_if(|call| call.deadline <= now) {
            self.failed(call, fx);
        }
        self.is_watching = !self.calls.is_empty();
        if let Some(next) = self.calls.front() {
            let us = next.deadline.us_since(now).max(1).unsigned_abs();
            fx.after(Span::from_us(us), Task::Overdue);
        }
    }

    /// The connection to `peer` is gone, and what was asked over it.
    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        let calls = core::mem::take(&mut self.calls);
        let (gone, calls) = calls.into_iter().partition(|call| call.to == peer);
        self.calls = calls;
        let gone: VecDeque<Call> = gone;
        for call in gone {
            self.failed(call, fx);
        }
        if peer == self.rules.lock {
            for asking in core::mem::take(&mut self.locking).into_values() {
                self.fall_back(asking, fx);
            }
        }
    }

    fn failed(&mut self, call: Call, fx: &mut Fx<'_>) {
        match call.aim {
            // Redis has the count, and what it decided is decided.
            Aim::Write { asking, admitted } => self.answer(asking, decided(admitted), fx),
            Aim::Run { asking, .. } | Aim::Read { asking, .. } => self.fall_back(asking, fx),
            Aim::Fetch { asking, .. } => {
                let local = self.locals.entry(asking.user).or_default();
                for asking in core::mem::take(&mut local.waiting) {
                    self.fall_back(asking, fx);
                }
            }
            Aim::Tell { user, spent, .. } => {
                let local = self.locals.entry(user).or_default();
                local.is_telling = false;
                local.untold += spent;
            }
        }
    }

    /// Nobody can count: lets the request through or refuses it.
    fn fall_back(&mut self, asking: Asking, fx: &mut Fx<'_>) {
        let open = self.rules.fails_open;
        note_decision(asking.user, asking.request, open, 0, fx);
        let status = if open {
            Status::Uncounted
        } else {
            Status::Uncountable
        };
        self.answer(asking, status, fx);
    }

    // --- one script -------------------------------------------------------

    fn run(&mut self, aim: Aim, with_text: bool, fx: &mut Fx<'_>) {
        let (asking, key, want) = match aim {
            Aim::Run { asking, key } => (asking, key, 1),
            Aim::Fetch { asking, key } => (asking, key, self.rules.lease),
            _ => return,
        };
        let clock = self.clock(fx);
        let to = self.rules.shard_of(key);
        let request = asking.request;
        let message = |call| Msg::Run {
            call,
            request,
            key,
            with_text,
            want,
            clock,
        };
        self.call(to, aim, message, fx);
    }

    /// What the server says of the time, where it is asked.
    fn clock(&self, fx: &Fx<'_>) -> Option<Clock> {
        let guarded = match self.rules.time_source {
            TimeSource::Redis => return None,
            TimeSource::Client => false,
            TimeSource::ClientMax => true,
        };
        let now = fx.wall().us();
        Some(Clock { now, guarded })
    }

    fn ran(&mut self, aim: Aim, granted: i64, left: i64, fx: &mut Fx<'_>) {
        match aim {
            Aim::Run { asking, .. } => {
                if granted == 0 {
                    self.deny(asking.user, left, fx);
                }
                self.answer(asking, decided(granted > 0), fx);
            }
            Aim::Fetch { asking, .. } => self.fetched(asking.user, granted, left, fx),
            _ => {}
        }
    }

    pub fn crash(&mut self) {
        self.calls.clear();
        self.locking.clear();
        self.writing.clear();
        self.locals.clear();
        self.is_watching = false;
    }
}

/// The answer to a request that was decided.
const fn decided(admitted: bool) -> Status {
    if admitted {
        Status::Success
    } else {
        Status::Limited
    }
}
