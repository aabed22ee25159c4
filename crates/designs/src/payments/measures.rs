//! The closed forms of the payment lock, in seconds. Floats never reach a
//! trace or a verdict.

use sim::Span;

use super::parameters::round_trip_us;
use super::protocol::TokenSource;
use super::{LEDGER_CENTRE, P1_CENTRE};
use crate::scenario::Scenario;

/// The clock drift that is allowed for: 1 % and 2 ms, as Redlock's clients do
/// (antirez/redlock-rb `lib/redlock.rb`).
pub(super) const fn drift(ttl: Span) -> Span {
    Span::from_ms(ttl.ms() / 100 + 2)
}

fn seconds(span: Span) -> f64 {
    span.us() as f64 / 1e6
}

/// The round trips from a data centre to all five, s, the shortest first.
fn round_trips_s(scenario: &Scenario, from: usize) -> [f64; 5] {
    let mut all = [0, 1, 2, 3, 4].map(|to| round_trip_us(scenario, from, to) as f64 / 1e6);
    all.sort_unstable_by(f64::total_cmp);
    all
}

/// How long acquiring a free lock takes from data centre `from` (0 for DC1):
/// a phase waits for the third nearest of five, or for all one after the
/// other, and a ballot has two. A leader answers once the third nearest to
/// it, itself included, has stored the grant. Jitter comes on top.
pub fn acquire_s(scenario: &Scenario, from: usize) -> f64 {
    let source = TokenSource::at(scenario.get("token_source"));
    if source == TokenSource::RaftLease {
        let to_leader = round_trip_us(scenario, from, LEDGER_CENTRE) as f64 / 1e6;
        return to_leader + majority_s(scenario, LEDGER_CENTRE);
    }
    let phase = if scenario.get("acquire") == 1 {
        round_trips_s(scenario, from).iter().sum()
    } else {
        round_trips_s(scenario, from)[2]
    };
    match source {
        TokenSource::QuorumBallot => 2.0 * phase,
        _ => phase,
    }
}

/// Until a majority of all nodes, the leader among them, has stored a change:
/// the leader needs no message, and its own data centre is not one of the
/// others.
fn majority_s(scenario: &Scenario, leader: usize) -> f64 {
    let mut others = [0.0; 4];
    let mut count = 0;
    for to in 0..5 {
        if to != leader {
            others[count] = round_trip_us(scenario, leader, to) as f64 / 1e6;
            count += 1;
        }
    }
    others.sort_unstable_by(f64::total_cmp);
    others[1]
}

/// What the clock of the lock leaves to an operation at P1: TTL less
/// acquiring less drift, s; negative where acquiring takes longer.
pub fn validity_s(scenario: &Scenario) -> f64 {
    let ttl = scenario.span("ttl");
    seconds(ttl) - acquire_s(scenario, P1_CENTRE) - seconds(drift(ttl))
}

/// The share of operations at P1 that outlast their lock, without extension:
/// P(D > ttl − elapsed − drift) for a lognormal D.
pub fn expiry_share(scenario: &Scenario) -> f64 {
    let left = validity_s(scenario);
    let median = seconds(scenario.span("op"));
    let sigma = scenario.get("sigma") as f64 / 100.0;
    if left <= 0.0 {
        return 1.0;
    }
    if sigma <= 0.0 {
        return if median > left { 1.0 } else { 0.0 };
    }
    let z = libm::log(left / median) / sigma;
    0.5 * libm::erfc(z / core::f64::consts::SQRT_2)
}

/// The mean length of an operation, s: `median · e^(σ² / 2)`.
pub fn operation_s(scenario: &Scenario) -> f64 {
    let sigma = scenario.get("sigma") as f64 / 100.0;
    seconds(scenario.span("op")) * libm::exp(sigma * sigma / 2.0)
}

/// How long a payment at P1 keeps others out, s: acquiring, the operation and
/// the round trip to the ledger.
pub fn hold_s(scenario: &Scenario) -> f64 {
    let ledger = round_trip_us(scenario, P1_CENTRE, LEDGER_CENTRE) as f64 / 1e6;
    acquire_s(scenario, P1_CENTRE) + operation_s(scenario) + ledger
}

/// Payments of one account that come while one is under way, on average:
/// a = λ · hold.
pub fn load(scenario: &Scenario) -> f64 {
    hold_s(scenario) / seconds(scenario.span("every"))
}

/// The share of payments that are refused where each fails fast: Erlang's
/// loss formula for one server, a / (1 + a), whatever the distribution of the
/// hold.
pub fn refused_share(scenario: &Scenario) -> f64 {
    let load = load(scenario);
    load / (1.0 + load)
}

/// How long a payment waits on average for those before it, s, where all go
/// to one service and wait without end (Pollaczek and Khinchine):
/// `ρ S (1 + cv²) / (2 (1 − ρ))`; `None` where it grows without bound.
pub fn waiting_s(scenario: &Scenario) -> Option<f64> {
    let (hold, load) = (hold_s(scenario), load(scenario));
    let sigma = scenario.get("sigma") as f64 / 100.0;
    // Only the operation varies.
    let deviation = operation_s(scenario) * libm::sqrt(libm::exp(sigma * sigma) - 1.0);
    let relative = deviation / hold;
    (load < 1.0).then(|| load * hold * (1.0 + relative * relative) / (2.0 * (1.0 - load)))
}

/// The mean time from a holder's crash, `age` after its first vote, to the
/// next grant, s: what is left of the lease, then a waiter's poll and its
/// acquisition. The waiter sits at data centre `waiter`.
pub fn takeover_s(scenario: &Scenario, age: Span, waiter: usize) -> f64 {
    let left = seconds(scenario.span("ttl")) - seconds(age);
    left.max(0.0) + acquire_s(scenario, waiter) + POLL_LAG_S
}

/// Half the mean interval between two polls of one waiter, and more the more
/// they vary: waits of 50 to 150 ms.
pub const POLL_LAG_S: f64 = (0.1 * 0.1 + 0.1 * 0.1 / 12.0) / (2.0 * 0.1);
