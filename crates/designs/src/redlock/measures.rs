//! Redlock's closed forms, in seconds. Floats never reach a trace or a
//! verdict.

use sim::Span;

use crate::design::seconds;
use crate::scenario::Scenario;

/// How long after an expiry one polling waiter acquires on average: half the
/// mean interval between its polls, and more the more they vary.
pub fn mean_poll_lag_s(scenario: &Scenario) -> f64 {
    let low = seconds(scenario.span("retry_min"));
    let high = seconds(scenario.span("retry_max")).max(low);
    let round_trip = 2.0 * seconds(scenario.span("one_way"));
    let mean = f64::midpoint(low, high) + round_trip;
    let variance = (high - low) * (high - low) / 12.0;
    (mean * mean + variance) / (2.0 * mean) + round_trip / 2.0
}

/// The share of runs that break with `pause_dist=uniform`, an unchecked
/// client and the pause in its way: with work `W` and pauses up to `P`, a run
/// breaks where its own pause exceeds `ttl + lag − W`.
pub fn broken_share(scenario: &Scenario) -> f64 {
    let longest = seconds(scenario.span("pause"));
    let fits = seconds(scenario.span("ttl")) + mean_poll_lag_s(scenario)
        - seconds(scenario.span("work_a"));
    if fits <= 0.0 {
        // The work alone outlasts the lock, pause or none.
        return 1.0;
    }
    if longest <= 0.0 {
        return 0.0;
    }
    let happens = scenario.get("pause_p") as f64 / 100.0;
    happens * (1.0 - fits / longest).clamp(0.0, 1.0)
}

/// The mean time from a holder's crash at `age` to the next grant: what is
/// left of the lease, then the waiter's poll.
pub fn mean_takeover_s(scenario: &Scenario, age: Span) -> f64 {
    let left = seconds(scenario.span("ttl")) - seconds(age);
    left.max(0.0) + mean_poll_lag_s(scenario)
}
