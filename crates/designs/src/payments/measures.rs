//! The closed forms of the payment lock, in seconds. Floats never reach a
//! trace or a verdict.

use sim::Span;

use super::parameters::round_trip_us;
use super::protocol::TokenSource;
use super::{LEDGER_CENTRE, P1_CENTRE, P2_CENTRE};
use crate::design::seconds;
use crate::scenario::Scenario;

/// The clock drift that is allowed for: 1 % and 2 ms, as Redlock's clients do
/// (antirez/redlock-rb `lib/redlock.rb`).
pub(super) const fn drift(ttl: Span) -> Span {
    Span::from_ms(ttl.ms() / 100 + 2)
}

/// The round trips from a data centre to all five, s, the shortest first.
fn round_trips_s(scenario: &Scenario, from: usize) -> [f64; 5] {
    let mut all = [0, 1, 2, 3, 4].map(|to| round_trip_us(scenario, from, to) as f64 / 1e6);
    all.sort_unstable_by(f64::total_cmp);
    all
}

fn jitter_s(scenario: &Scenario) -> f64 {
    seconds(scenario.span("jitter"))
}

fn token_source(scenario: &Scenario) -> TokenSource {
    TokenSource::at(scenario.get("token_source"))
}

/// How many rounds of votes an acquisition takes.
fn phases(scenario: &Scenario) -> f64 {
    match token_source(scenario) {
        TokenSource::QuorumBallot => 2.0,
        TokenSource::RaftLease | TokenSource::Redlock | TokenSource::PerServerMax => 1.0,
    }
}

/// How long acquiring a free lock takes on average from data centre `from` (0
/// for DC1), s: a phase waits for the third nearest of five, or for all one
/// after the other, and a ballot has two phases. A leader answers once the
/// third nearest to it, itself included, has stored the grant. Each round trip
/// takes the mean of jitter twice; where jitter is as large as the differences
/// between round trips, a phase takes longer.
pub fn acquire_s(scenario: &Scenario, from: usize) -> f64 {
    let jitter = jitter_s(scenario);
    if token_source(scenario) == TokenSource::RaftLease {
        let to_leader = round_trip_us(scenario, from, LEDGER_CENTRE) as f64 / 1e6;
        return to_leader + stored_s(scenario) + 2.0 * jitter;
    }
    let phase = if scenario.get("acquire") == 1 {
        round_trips_s(scenario, from).iter().sum::<f64>() + 5.0 * jitter
    } else {
        round_trips_s(scenario, from)[2] + jitter
    };
    phases(scenario) * phase
}

/// The round trip from the leader of a log to the second nearest of the
/// others, s: with it a majority has stored a change.
fn stored_s(scenario: &Scenario) -> f64 {
    let mut others = [0, 1, 2, 3, 4].map(|to| {
        if to == LEDGER_CENTRE {
            f64::INFINITY
        } else {
            round_trip_us(scenario, LEDGER_CENTRE, to) as f64 / 1e6
        }
    });
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
    acquire_s(scenario, P1_CENTRE) + operation_s(scenario) + ledger + jitter_s(scenario)
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

/// The mean time from a crash of P1, `crash` s after its only request at 0, to
/// the grant that P2 gets, which polls meanwhile, s: until the leases have run
/// out on the third node by the order in which P2 finds them free, then the
/// rest of a poll, then P2's own acquisition. For nodes that are asked all at
/// once.
pub fn takeover_s(scenario: &Scenario, crash: f64) -> f64 {
    let one_way = |from, to| round_trip_us(scenario, from, to) as f64 / 2e6;
    let arrives = one_way(P1_CENTRE, P1_CENTRE);
    let ttl = seconds(scenario.span("ttl"));
    let jitter = jitter_s(scenario);
    let (free, poll, granted) = if token_source(scenario) == TokenSource::RaftLease {
        let granted = arrives + one_way(P1_CENTRE, LEDGER_CENTRE);
        let to_leader = one_way(P2_CENTRE, LEDGER_CENTRE);
        let free = granted + ttl - to_leader;
        (free, 2.0 * to_leader, to_leader + stored_s(scenario) / 2.0)
    } else {
        // The vote of each node is given in the last phase.
        let read = (phases(scenario) - 1.0) * round_trips_s(scenario, P1_CENTRE)[2];
        let mut frees = [0, 1, 2, 3, 4]
            .map(|node| arrives + read + one_way(P1_CENTRE, node) + ttl - one_way(P2_CENTRE, node));
        frees.sort_unstable_by(f64::total_cmp);
        let phase = round_trips_s(scenario, P2_CENTRE)[2];
        (frees[2], phase, (phases(scenario) - 0.5) * phase)
    };
    let jitters = 1.5 * phases(scenario) * jitter;
    free + poll_lag_s(poll + jitter) + granted + jitters - crash
}

/// How long after an event a poll begins on average, where a poll takes
/// `poll` s and 50 to 150 ms lie between two: half the mean interval, and more
/// the more intervals vary.
fn poll_lag_s(poll: f64) -> f64 {
    const WAIT: (f64, f64) = (0.05, 0.15);
    let mean = f64::midpoint(WAIT.0, WAIT.1) + poll;
    let variance = (WAIT.1 - WAIT.0) * (WAIT.1 - WAIT.0) / 12.0;
    (mean * mean + variance) / (2.0 * mean)
}

/// What an operation that outlasts its lock costs beside a second of waiting
/// after a crash, in such seconds: a person has to look at it.
pub(super) const RECONCILIATION_S: f64 = 20.0;

/// The two sides of the TTL on one scale, s: operations that outlast their
/// lock at [`RECONCILIATION_S`] each, and the wait after a crash in the share
/// of runs in which P1 crashes as it calls the provider.
pub fn cost_s(scenario: &Scenario) -> f64 {
    let crashes = scenario.get("crash_p") as f64 / 100.0;
    let before = operation_s(scenario) * scenario.get("call_at") as f64 / 100.0;
    let arrives = round_trip_us(scenario, P1_CENTRE, P1_CENTRE) as f64 / 2e6;
    let crash = arrives + acquire_s(scenario, P1_CENTRE) + before;
    crashes * takeover_s(scenario, crash).max(0.0)
        + (1.0 - crashes) * RECONCILIATION_S * expiry_share(scenario)
}
