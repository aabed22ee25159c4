//! Those who ask for payments: when, for which account, for how long they
//! wait, and whether they ask again.

use alloc::vec::Vec;

use sim::{Node, Purpose, Span};

use super::protocol::{Fx, Msg, Order, Task};
use crate::vocabulary::{Event, Job, Status};

/// When payments are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Arrivals {
    /// One at the first service, and perhaps one at the second.
    Pair {
        /// When the second request is sent.
        second_at: Option<Span>,
        /// Whether it is for the same payment.
        same_id: bool,
    },
    /// At random, without memory.
    Open {
        /// The mean time between two payments of one account.
        every: Span,
        /// How many accounts there are.
        accounts: u8,
        /// How long payments keep coming.
        duration: Span,
        /// Whether all go to the first service.
        one_service: bool,
    },
}

/// What callers do.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// When they ask.
    pub arrivals: Arrivals,
    /// The operation's median length.
    pub operation: Span,
    /// The standard deviation of its natural logarithm, %.
    pub sigma: u32,
    /// How long they wait for an answer.
    pub timeout: Span,
    /// How often they ask again after anything but success.
    pub retries: u8,
    /// The least that they wait before they do; up to half as much is added.
    pub retry_after: Span,
}

/// No operation is longer: the far tail of a wide distribution would outlast
/// every run.
const LONGEST_OPERATION: Span = Span::from_s(600);

/// A request that was sent.
#[derive(Clone, Copy, Debug)]
struct Asked {
    order: Order,
    /// The place of the service among the services.
    service: usize,
    retries_left: u8,
    answered: bool,
}

/// All callers together.
#[derive(Debug)]
pub struct Callers {
    habits: Habits,
    services: [Node; 2],
    /// By request number less one.
    asked: Vec<Asked>,
    /// How many payments there have been.
    payments: u32,
}

impl Callers {
    pub const fn new(habits: Habits, services: [Node; 2]) -> Self {
        Self {
            habits,
            services,
            asked: Vec::new(),
            payments: 0,
        }
    }

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        match self.habits.arrivals {
            Arrivals::Pair { second_at, .. } => {
                fx.after(Span::ZERO, Task::Arrive(0));
                if let Some(at) = second_at {
                    fx.after(at, Task::Arrive(1));
                }
            }
            Arrivals::Open { accounts, .. } => {
                for account in 0..accounts {
                    self.schedule(account, fx);
                }
            }
        }
    }

    /// The next payment of an account, unless it falls after the end.
    fn schedule(&self, account: u8, fx: &mut Fx<'_>) {
        if let Arrivals::Open {
            every, duration, ..
        } = self.habits.arrivals
        {
            let gap = fx.random(Purpose::Workload).exponential(every);
            let left = i64::try_from(duration.us()).unwrap_or(i64::MAX) - fx.mono().us();
            if i64::try_from(gap.us()).is_ok_and(|gap| gap < left) {
                fx.after(gap, Task::Arrive(u32::from(account)));
            }
        }
    }

    fn arrive(&mut self, which: u32, fx: &mut Fx<'_>) {
        let (account, service, is_new) = match self.habits.arrivals {
            Arrivals::Pair { same_id, .. } => (0, usize::from(which > 0), which == 0 || !same_id),
            Arrivals::Open { one_service, .. } => {
                // Drawn whether it is used or not, so that the sizes of the
                // payments stay what they are.
                let second = fx.random(Purpose::Workload).chance(500);
                let account = u8::try_from(which).unwrap_or(u8::MAX);
                (account, usize::from(second && !one_service), true)
            }
        };
        let Habits {
            operation, sigma, ..
        } = self.habits;
        let stream = fx.random(Purpose::Workload);
        let work = stream.lognormal(operation, sigma, LONGEST_OPERATION);
        if is_new {
            self.payments += 1;
        }
        let job = Job(self.payments);
        if is_new {
            fx.note(Event::JobOffer { job });
        }
        let order = Order { job, account, work };
        let retries_left = self.habits.retries;
        self.ask(
            Asked {
                order,
                service,
                retries_left,
                answered: false,
            },
            fx,
        );
        self.schedule(account, fx);
    }

    fn ask(&mut self, asked: Asked, fx: &mut Fx<'_>) {
        self.asked.push(asked);
        let request = u32::try_from(self.asked.len()).unwrap_or(u32::MAX);
        let Asked { order, service, .. } = asked;
        fx.note(Event::ApiRequest {
            request,
            job: order.job,
            lock: order.account,
            within_us: self.habits.timeout.us(),
        });
        fx.send(self.services[service], Msg::Request { request, order });
        fx.after(self.habits.timeout, Task::CallerDeadline(request));
    }

    fn answered(&mut self, request: u32, status: Status, fx: &mut Fx<'_>) {
        let place = (request as usize).wrapping_sub(1);
        let Some(asked) = self.asked.get_mut(place).filter(|asked| !asked.answered) else {
            return;
        };
        asked.answered = true;
        let Asked {
            order,
            retries_left,
            ..
        } = *asked;
        fx.clear(Task::CallerDeadline(request));
        let hint = match status {
            Status::Held | Status::NoQuorum => self.habits.retry_after,
            _ => Span::ZERO,
        };
        fx.note(Event::ApiResponse {
            request,
            job: order.job,
            status,
            retry_after_us: hint.us(),
        });
        if status != Status::Success && retries_left > 0 {
            let least = self.habits.retry_after;
            let most = least + least.percent(50);
            let wait = fx.random(Purpose::Retry).span(least, most);
            fx.after(wait, Task::AskAgain(request));
        }
    }

    /// The same payment once more, at the other service.
    fn ask_again(&mut self, request: u32, fx: &mut Fx<'_>) {
        let place = (request as usize).wrapping_sub(1);
        let Some(&asked) = self.asked.get(place) else {
            return;
        };
        let stays = matches!(
            self.habits.arrivals,
            Arrivals::Open {
                one_service: true,
                ..
            }
        );
        self.ask(
            Asked {
                service: if stays {
                    asked.service
                } else {
                    1 - asked.service
                },
                retries_left: asked.retries_left.saturating_sub(1),
                answered: false,
                ..asked
            },
            fx,
        );
    }

    pub fn message(&mut self, message: Msg, fx: &mut Fx<'_>) {
        if let Msg::Response { request, status } = message {
            self.answered(request, status, fx);
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match task {
            Task::Arrive(which) => self.arrive(which, fx),
            Task::CallerDeadline(request) => self.answered(request, Status::NoAnswer, fx),
            Task::AskAgain(request) => self.ask_again(request, fx),
            _ => {}
        }
    }

    /// Whoever has crashed neither hears nor asks any more.
    pub fn crash(&mut self) {
        for asked in &mut self.asked {
            asked.answered = true;
        }
    }
}
