//! The closed forms of the rate limiter. Floats never reach a trace or a
//! verdict.

use super::protocol::Mode;
use super::protocol::slot::Key;
use super::{mode, parameters, parts, popularity};
use crate::design::seconds;
use crate::scenario::Scenario;

/// A round trip with the jitter of both ways, s.
fn round_trip_s(scenario: &Scenario) -> f64 {
    seconds(scenario.span("rtt")) + seconds(scenario.span("jitter"))
}

/// How long Redis works on a command, s.
fn script_s(scenario: &Scenario) -> f64 {
    seconds(scenario.span("script"))
}

/// How long a request keeps others of its user out under a lock, s:
/// S = (1 + g) R for g operations under it, and the work on these. The
/// textbook's "one request per round trip" is g = 0.
pub fn hold_s(scenario: &Scenario) -> f64 {
    let operations = scenario.get("ops") as f64;
    (1.0 + operations) * round_trip_s(scenario) + operations * script_s(scenario)
}

/// How many requests of a user get through a lock, each second at most.
pub fn locked_rate(scenario: &Scenario) -> f64 {
    1.0 / hold_s(scenario)
}

/// When the last of all requests that come at once is answered, s after they
/// were sent: under a lock after the holds of all others, (k − 1) S; with a
/// script after the scripts of all others. `None` where neither is at work, or
/// where nothing comes.
pub fn last_answer_s(scenario: &Scenario) -> Option<f64> {
    let many = scenario.get("together") as f64;
    if many < 1.0 || parameters::is_random(scenario) {
        return None;
    }
    let to_and_fro = 2.0 * round_trip_s(scenario);
    match mode(scenario) {
        Mode::UserLock => {
            let own = scenario.get("ops") as f64 * (round_trip_s(scenario) + script_s(scenario));
            Some(to_and_fro + own + (many - 1.0) * hold_s(scenario))
        }
        Mode::Lua => Some(to_and_fro + many * script_s(scenario)),
        Mode::GetSet | Mode::LocalFull | Mode::LocalSync | Mode::Lease => None,
    }
}

/// How long a request waits on average for those of its user before it, s,
/// where they come at random, λ a second: M/D/1, `ρ S / (2 (1 − ρ))`; `None`
/// where the queue grows without end.
pub fn lock_wait_s(scenario: &Scenario) -> Option<f64> {
    let hold = hold_s(scenario);
    let load = scenario.get("requests") as f64 * popularity(scenario).share(1) * hold;
    (load < 1.0).then(|| load * hold / (2.0 * (1.0 - load)))
}

/// What a user may get through in `span` seconds: B + r t, or the limit of
/// each window that has begun.
pub fn allowed(scenario: &Scenario, span: f64) -> f64 {
    if parameters::is_window(scenario) {
        let windows = libm::floor(span / seconds(scenario.span("window"))) + 1.0;
        windows * scenario.get("limit") as f64
    } else {
        scenario.get("burst") as f64 + scenario.get("rate") as f64 * span
    }
}

/// How many times its limit a user gets through where requests never lack:
/// once by a script or a lease, N times where servers count by themselves, and
/// N times in a window where each has spent it before the first word of the
/// others. `None` where it is none of these.
pub fn times_the_limit(scenario: &Scenario) -> Option<f64> {
    let servers = scenario.get("servers") as f64;
    match mode(scenario) {
        Mode::Lua => Some(1.0),
        Mode::LocalFull => Some(servers),
        Mode::LocalSync if parameters::is_window(scenario) => {
            let each = scenario.get("requests") as f64 / servers * seconds(scenario.span("sync"));
            (each >= scenario.get("limit") as f64).then_some(servers)
        }
        Mode::LocalSync | Mode::UserLock | Mode::GetSet | Mode::Lease => None,
    }
}

/// How many reads and writes without a lock get through a window, beside its
/// limit: 1 + Λ R. What counts is how many are between their read and their
/// write, and not how many servers there are.
pub fn racing_factor(scenario: &Scenario) -> f64 {
    1.0 + scenario.get("requests") as f64 * round_trip_s(scenario)
}

/// By how much servers that tell each other pass the limit of a window, at
/// most about: what comes in one gap and a round trip, and never more than
/// the whole limit at every other server.
pub fn excess_bound(scenario: &Scenario) -> f64 {
    let gap = seconds(scenario.span("sync")) + round_trip_s(scenario);
    let others = scenario.get("servers") as f64 - 1.0;
    let comes = scenario.get("requests") as f64 * gap;
    comes.min(others * scenario.get("limit") as f64)
}

/// The share of its time that each shard is busy where one script is run for
/// each request: Λ times the share of requests for its keys times the work on
/// one, at most 1.
pub fn busy(scenario: &Scenario) -> alloc::vec::Vec<f64> {
    let shards = usize::try_from(scenario.get("shards")).unwrap_or(1);
    let parts = u16::try_from(parts(scenario)).unwrap_or(1);
    let users = u32::try_from(scenario.get("users")).unwrap_or(1);
    let popularity = popularity(scenario);
    let mut shares = alloc::vec![0.0; shards];
    for user in 1..=users {
        for part in 0..parts {
            let shard = Key { user, part }.shard(shards);
            shares[shard] += popularity.share(user) / f64::from(parts);
        }
    }
    let work = scenario.get("requests") as f64 * script_s(scenario);
    shares.iter().map(|share| (share * work).min(1.0)).collect()
}

/// The share of its time that the busiest shard is busy.
pub fn busiest(scenario: &Scenario) -> f64 {
    busy(scenario).into_iter().fold(0.0, f64::max)
}
