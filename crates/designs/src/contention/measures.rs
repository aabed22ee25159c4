//! The closed forms of contention: R is a round trip, c what computing takes,
//! s what the database needs for an operation, k how many workers there are,
//! D the mean time between two polls; in seconds. Floats never reach a trace
//! or a verdict.

use sim::Span;

use super::parameters::{BURST, POISSON, sells};
use super::protocol::Mechanism;
use crate::scenario::Scenario;

/// R, c, s, k of a scenario.
struct Terms {
    round_trip: f64,
    think: f64,
    service: f64,
    workers: f64,
}

impl Terms {
    fn of(scenario: &Scenario) -> Self {
        let seconds = |key| scenario.span(key).us() as f64 / 1e6;
        Self {
            round_trip: seconds("rtt"),
            think: seconds("think"),
            service: seconds("service"),
            workers: scenario.get("k") as f64,
        }
    }

    /// From a read to the write that it leads to: R + c + s.
    fn window(&self) -> f64 {
        self.round_trip + self.think + self.service
    }

    /// An attempt that nobody disturbs: read, compute, write.
    fn attempt(&self) -> f64 {
        2.0 * self.round_trip + self.think + 2.0 * self.service
    }

    /// How long an update keeps a lock service's lock: the grant comes, read,
    /// compute, write, and the lock goes back.
    fn hold(&self) -> f64 {
        3.0 * self.round_trip + self.think + 2.0 * self.service
    }
}

fn mechanism(scenario: &Scenario) -> Mechanism {
    Mechanism::at(scenario.get("mechanism"))
}

/// Successful updates a second where k workers on one row never rest.
///
/// No mechanism passes one update a window; a lock service's window is longer
/// by two round trips, and one that is polled stands idle for D / k between two
/// holders: whoever gives it back waits anew, so that k − 1 others poll. Attempts that fail take the database's time too: with
/// compare-and-set k operations go by for each that succeeds.
pub fn throughput(scenario: &Scenario) -> f64 {
    let terms = Terms::of(scenario);
    let k = terms.workers;
    if k < 1.0 {
        return 0.0;
    }
    match mechanism(scenario) {
        Mechanism::Cas | Mechanism::CasReturning => {
            let alone = k / terms.attempt();
            let one_a_window = 1.0 / terms.window();
            let saturated = 1.0 / (k * terms.service);
            alone.min(one_a_window).min(saturated)
        }
        Mechanism::RowLock => (k / terms.attempt()).min(1.0 / terms.window()),
        Mechanism::LockQueue => 1.0 / terms.hold(),
        Mechanism::LockPoll => {
            let poll = scenario.span("poll").us() as f64 / 1e6;
            1.0 / (terms.hold() + poll / k)
        }
        Mechanism::Atomic => {
            let alone = k / (terms.round_trip + terms.service);
            alone.min(1.0 / terms.service)
        }
    }
}

/// Attempts for each success where k workers on one row never rest: below
/// saturation `k (R + c + s) / (2R + c + 2s)`, the attempts that fit into a
/// window; once the database is saturated k operations, which are k / 2
/// attempts.
pub fn attempts(scenario: &Scenario) -> f64 {
    let terms = Terms::of(scenario);
    match mechanism(scenario) {
        Mechanism::Cas => {
            let offered = terms.workers / terms.attempt();
            let served = 0.5 / terms.service;
            (offered.min(served) / throughput(scenario)).max(1.0)
        }
        Mechanism::CasReturning => {
            // Who is refused computes and writes again, and does not read.
            let offered = terms.workers / terms.window();
            let served = 1.0 / terms.service;
            (offered.min(served) / throughput(scenario)).max(1.0)
        }
        _ => 1.0,
    }
}

/// What 99 of 100 updates are done within, where k workers on one row never
/// rest, s. In a queue everyone waits for k others. Compare-and-set has no
/// order: each attempt is as likely to fail as the last, so waits have an
/// exponential tail, ln 100 times their mean. `None` where some are likelier to
/// win than others: who has just been refused and knows the row, or asks at the
/// right moment.
pub fn p99_s(scenario: &Scenario) -> Option<f64> {
    let mean = Terms::of(scenario).workers / throughput(scenario);
    match mechanism(scenario) {
        Mechanism::RowLock | Mechanism::LockQueue | Mechanism::Atomic => Some(mean),
        Mechanism::Cas => Some(mean * libm::log(100.0)),
        Mechanism::CasReturning | Mechanism::LockPoll => None,
    }
}

/// Attempts that a burst of k takes in step: one wins each round, k + (k − 1)
/// + … + 1.
pub fn burst_attempts(scenario: &Scenario) -> f64 {
    let k = Terms::of(scenario).workers;
    match mechanism(scenario) {
        Mechanism::Cas | Mechanism::CasReturning => k * (k + 1.0) / 2.0,
        _ => k,
    }
}

/// Whether a burst of k stays in step: the reads and writes of a round, all
/// k·2s of them, take no longer than what lies between a read and its write,
/// R + c.
pub fn is_in_step(scenario: &Scenario) -> bool {
    let terms = Terms::of(scenario);
    2.0 * terms.workers * terms.service <= terms.round_trip + terms.think
}

/// How long a burst of k takes in step, s: a round for each.
pub fn burst_s(scenario: &Scenario) -> f64 {
    let terms = Terms::of(scenario);
    terms.workers * terms.attempt()
}

/// The chance that an attempt meets another's on the same row, where updates
/// come at random: `1 − exp(−λ (R + c))`, λ being the rate for one row.
pub fn conflict_share(scenario: &Scenario) -> f64 {
    let terms = Terms::of(scenario);
    let rows = if sells(scenario) {
        1.0
    } else {
        (scenario.get("users") as f64).max(1.0)
    };
    let rate = scenario.get("rate") as f64 / rows;
    1.0 - libm::exp(-rate * (terms.round_trip + terms.think))
}

/// How long an update takes that meets no other, s.
pub fn alone_s(scenario: &Scenario) -> f64 {
    let terms = Terms::of(scenario);
    match mechanism(scenario) {
        Mechanism::Cas | Mechanism::CasReturning | Mechanism::RowLock => terms.attempt(),
        Mechanism::LockQueue | Mechanism::LockPoll => terms.hold(),
        Mechanism::Atomic => terms.round_trip + terms.service,
    }
}

/// At how many workers compare-and-set leaves the row lock behind it: where
/// the database is saturated, `(R + c + s) / s`; `None` where it needs no
/// time.
pub fn leaves_row_lock_at(scenario: &Scenario) -> Option<f64> {
    let terms = Terms::of(scenario);
    (terms.service > 0.0).then(|| terms.window() / terms.service)
}

/// At how many workers compare-and-set falls below a lock service with a
/// queue: near `(3R + c + 2s) / s`; `None` where the database needs no time.
pub fn falls_below_lock_at(scenario: &Scenario) -> Option<f64> {
    let terms = Terms::of(scenario);
    (terms.service > 0.0).then(|| terms.hold() / terms.service)
}

/// The same of a lock service that is polled, which idles for D / k between two
/// holders: where `k s = 3R + c + 2s + D / k`.
pub fn falls_below_polling_at(scenario: &Scenario) -> Option<f64> {
    let terms = Terms::of(scenario);
    let poll = scenario.span("poll").us() as f64 / 1e6;
    let (hold, service) = (terms.hold(), terms.service);
    let root = libm::sqrt(hold * hold + 4.0 * service * poll);
    (service > 0.0).then(|| (hold + root) / (2.0 * service))
}

/// The universal scalability law's σ and κ from the throughput of two numbers
/// of workers, beside that of one: X(N) = X(1) N / (1 + σ (N − 1) + κ N (N − 1))
/// (N. J. Gunther, “Guerrilla Capacity Planning”, Springer 2007, ch. 4–6). σ
/// is what is done one after the other; where κ is above zero, more workers
/// make fewer updates.
pub fn scalability(one: f64, few: (f64, f64), many: (f64, f64)) -> (f64, f64) {
    // (N X(1) / X − 1) / (N − 1) = σ + κ N is a straight line in N.
    let line = |(workers, rate): (f64, f64)| (workers * one / rate - 1.0) / (workers - 1.0);
    let kappa = (line(many) - line(few)) / (many.0 - few.0);
    (line(few) - kappa * few.0, kappa)
}

/// What a first-come queue keeps an update at most, from its beginning to its
/// end: those before it, itself, and the database's queue, each with as much
/// jitter as there can be. `None` where no such queue is, and where updates
/// come faster than they are served or at random.
pub(super) fn longest_wait(scenario: &Scenario) -> Option<Span> {
    let (think, service) = (scenario.span("think"), scenario.span("service"));
    let k = u64::try_from(scenario.get("k")).unwrap_or(0);
    // Each way takes half a round trip and half the jitter at most.
    let round_trip = scenario.span("rtt") + scenario.span("jitter");
    // On different rows, others' operations come between.
    let in_database = if sells(scenario) { 2 } else { k + 2 };
    let turn = match mechanism(scenario) {
        Mechanism::RowLock => round_trip + think + service * in_database,
        Mechanism::LockQueue => round_trip * 3 + think + service * (2 * in_database),
        Mechanism::Atomic => service,
        Mechanism::Cas | Mechanism::CasReturning | Mechanism::LockPoll => return None,
    };
    let longest = turn * (k + 1) + round_trip + service * (k + 2);
    let arrival = scenario.get("arrival");
    let keeps_up = arrival != BURST || scenario.span("gap") >= longest;
    (arrival != POISSON && keeps_up).then_some(longest)
}
