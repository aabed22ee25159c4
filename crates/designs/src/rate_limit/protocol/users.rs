//! The users: who sends a request when, through which server, and what they
//! hear.

use alloc::rc::Rc;
use alloc::vec::Vec;

use sim::{Node, Purpose, Span};

use super::counter::Limit;
use super::popularity::Popularity;
use super::{Fx, Msg, Rules, Task};
use crate::vocabulary::{Event, Job, RateKind, Status};

/// When requests come.
#[derive(Clone, Copy, Debug)]
pub enum Arrivals {
    /// All at once, at the start.
    Together,
    /// At random, without memory, each through any server.
    Random {
        /// The mean time between two; `None` where none come.
        every: Option<Span>,
        /// How long they keep coming.
        duration: Span,
        /// Whether many come at once after that.
        swells: bool,
    },
}

/// A request that was sent.
#[derive(Clone, Copy, Debug)]
struct Asked {
    via: Node,
    open: bool,
}

/// All users together.
#[derive(Debug)]
pub struct Users {
    rules: Rc<Rules>,
    arrivals: Arrivals,
    /// How many come where many come at once, through one server after the
    /// other.
    together: u32,
    popularity: Popularity,
    asked: Vec<Asked>,
}

impl Users {
    pub const fn new(
        rules: Rc<Rules>,
        arrivals: Arrivals,
        together: u32,
        popularity: Popularity,
    ) -> Self {
        Self {
            rules,
            arrivals,
            together,
            popularity,
            asked: Vec::new(),
        }
    }

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        self.note_rule(fx);
        match self.arrivals {
            Arrivals::Together => self.swell(fx),
            Arrivals::Random { .. } => self.schedule(fx),
        }
    }

    fn note_rule(&self, fx: &mut Fx<'_>) {
        let (kind, pace) = match self.rules.limit {
            Limit::Bucket { rate, .. } => (RateKind::Bucket, rate),
            Limit::Window { length, .. } => (RateKind::Window, length),
        };
        fx.note(Event::RateRule {
            kind,
            capacity: u64::try_from(self.rules.limit.most()).unwrap_or(0),
            pace: u32::try_from(pace).unwrap_or(u32::MAX),
            allowance: self.rules.allowance,
        });
    }

    /// The next request, unless it falls after the end, and what comes then.
    fn schedule(&self, fx: &mut Fx<'_>) {
        let Arrivals::Random {
            every,
            duration,
            swells,
        } = self.arrivals
        else {
            return;
        };
        let now = Span::from_us(fx.mono().us().unsigned_abs());
        let left = duration - now;
        let gap = every.map(|every| fx.random(Purpose::Workload).exponential(every));
        match gap.filter(|&gap| gap < left) {
            Some(gap) => fx.after(gap, Task::Arrive),
            None if swells => fx.after(left, Task::Swell),
            None => {}
        }
    }

    /// Many requests at once.
    pub fn swell(&mut self, fx: &mut Fx<'_>) {
        for place in 0..self.together as usize {
            let servers = &self.rules.servers;
            let via = servers[place % servers.len()];
            self.ask(via, fx);
        }
    }

    pub fn arrive(&mut self, fx: &mut Fx<'_>) {
        let servers = &self.rules.servers;
        let place = fx.random(Purpose::Workload).below(servers.len() as u64);
        let via = servers[place as usize];
        self.ask(via, fx);
        self.schedule(fx);
    }

    fn ask(&mut self, via: Node, fx: &mut Fx<'_>) {
        let user = self.popularity.draw(fx.random(Purpose::Workload));
        self.asked.push(Asked { via, open: true });
        let request = u32::try_from(self.asked.len()).unwrap_or(u32::MAX);
        fx.note(Event::ApiRequest {
            request,
            job: Job(request),
            lock: u8::try_from(user).unwrap_or(u8::MAX),
            // They wait as long as it takes.
            within_us: u64::MAX,
        });
        fx.send(via, Msg::Request { request, user });
    }

    pub fn message(&mut self, message: Msg, fx: &mut Fx<'_>) {
        if let Msg::Answer { request, status } = message {
            self.answered(request, status, fx);
        }
    }

    fn answered(&mut self, request: u32, status: Status, fx: &mut Fx<'_>) {
        let place = (request as usize).wrapping_sub(1);
        let Some(asked) = self.asked.get_mut(place).filter(|asked| asked.open) else {
            return;
        };
        asked.open = false;
        fx.note(Event::ApiResponse {
            request,
            job: Job(request),
            status,
            retry_after_us: 0,
        });
    }

    /// The server that they are connected to is gone, and what they asked it.
    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        let lost: Vec<u32> = (1..)
            .zip(&self.asked)
            .filter(|(_, asked)| asked.open && asked.via == peer)
            .map(|(request, _)| request)
            .collect();
        for request in lost {
            self.answered(request, Status::NoAnswer, fx);
        }
    }

    /// Whoever is gone hears nothing any more.
    pub fn crash(&mut self) {
        for asked in &mut self.asked {
            asked.open = false;
        }
    }
}
