//! A shard of Redis: one thread that does one command after the other, each
//! of them atomic.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;

use sim::{Node, Span};

use super::counter::{Clock, Counter, Limit, TOKEN};
use super::slot::Key;
use super::{Fx, Mode, Msg, Rules, Task, note_decision};
use crate::vocabulary::{Event, Left};

/// A shard of Redis.
#[derive(Debug)]
pub struct Shard {
    rules: Rc<Rules>,
    /// Servers have loaded the script as they started; the cache does not
    /// outlive the process, nor SCRIPT FLUSH.
    knows_script: bool,
    store: BTreeMap<Key, Counter>,
    waiting: VecDeque<(Node, Msg)>,
    is_busy: bool,
}

impl Shard {
    pub const fn new(rules: Rc<Rules>) -> Self {
        Self {
            rules,
            knows_script: true,
            store: BTreeMap::new(),
            waiting: VecDeque::new(),
            is_busy: false,
        }
    }

    pub fn start(&self, fx: &mut Fx<'_>) {
        if let Some(at) = self.rules.flush_at {
            fx.poll(at, Task::Flush);
        }
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        self.waiting.push_back((from, message));
        self.begin(fx);
    }

    /// Takes up the next command, where there is one.
    fn begin(&mut self, fx: &mut Fx<'_>) {
        if self.is_busy {
            return;
        }
        if self.rules.script == Span::ZERO {
            while let Some((from, message)) = self.waiting.pop_front() {
                self.execute(from, message, fx);
            }
        } else if let Some((_, message)) = self.waiting.front() {
            self.is_busy = true;
            let work = self.rules.script;
            // Servers tell without end: that keeps no run going.
            if matches!(message, Msg::Push { .. }) {
                fx.poll(work, Task::Served);
            } else {
                fx.work(work, Task::Served);
            }
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match task {
            Task::Served => {
                self.is_busy = false;
                if let Some((from, message)) = self.waiting.pop_front() {
                    self.execute(from, message, fx);
                }
                self.begin(fx);
            }
            Task::Flush => self.knows_script = false,
            _ => {}
        }
    }

    fn execute(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Run {
                call,
                request,
                key,
                with_text,
                want,
                clock,
            } => {
                self.knows_script |= with_text;
                let answer = if self.knows_script {
                    self.run(call, request, key, want, clock, fx)
                } else {
                    let user = key.user;
                    fx.note(Event::ScriptMissing { request, user });
                    Msg::Missing { call }
                };
                fx.send(from, answer);
            }
            Msg::Get { call, key } => {
                let counter = self.store.get(&key).copied();
                let now = fx.wall().us();
                fx.send(from, Msg::Got { call, counter, now });
            }
            Msg::Set { call, key, counter } => {
                self.store.insert(key, counter);
                fx.send(from, Msg::Stored { call });
            }
            Msg::Push {
                call,
                key,
                spent,
                start,
            } => {
                let left = self.hear(key, spent, start, fx);
                fx.send(from, Msg::Pushed { call, left });
            }
            _ => {}
        }
    }

    fn run(
        &mut self,
        call: u32,
        request: u32,
        key: Key,
        want: i64,
        clock: Option<Clock>,
        fx: &mut Fx<'_>,
    ) -> Msg {
        let own = Clock {
            now: fx.wall().us(),
            guarded: true,
        };
        let stored = self.store.get(&key).copied();
        let cost = self.rules.cost;
        let outcome = self
            .rules
            .limit
            .run(stored, clock.unwrap_or(own), cost, want);
        self.store.insert(key, outcome.counter);
        let (user, granted, left) = (key.user, outcome.granted, outcome.left);
        if self.rules.mode == Mode::Lease {
            fx.note(Event::RateFetch {
                user,
                granted: u32::try_from(granted).unwrap_or(0),
                left: Left(left),
            });
        } else {
            note_decision(user, request, granted > 0, left, fx);
        }
        Msg::Ran {
            call,
            granted,
            left,
        }
    }

    /// Counts what a server has let through, and says what is left.
    fn hear(&mut self, key: Key, spent: i64, start: i64, fx: &mut Fx<'_>) -> i64 {
        let now = fx.wall().us();
        let limit = self.rules.limit;
        let stored = self.store.get(&key).copied();
        if let (Limit::Window { limit, .. }, Some(Counter::Window { start: newer, used })) =
            (limit, stored)
            && newer > start
        {
            return limit - used;
        }
        let mut left = match limit {
            Limit::Bucket { .. } => limit.left(stored, now),
            // A window's count is that of the window which is told of.
            Limit::Window { .. } => limit.left(stored, start),
        } - spent * TOKEN;
        let forgiven = self.rules.forgives && left < 0;
        if forgiven {
            left = 0;
        }
        let counter = match limit {
            Limit::Bucket { .. } => Counter::Bucket { tok: left, ts: now },
            Limit::Window { limit, .. } => Counter::Window {
                start,
                used: limit - left,
            },
        };
        self.store.insert(key, counter);
        fx.note(Event::RateSync {
            user: key.user,
            spent: u32::try_from(spent).unwrap_or(u32::MAX),
            forgiven,
            left: Left(left),
        });
        left
    }

    pub fn crash(&mut self, wiped: bool) {
        self.knows_script = false;
        self.waiting.clear();
        self.is_busy = false;
        if wiped {
            self.store.clear();
        }
    }
}
