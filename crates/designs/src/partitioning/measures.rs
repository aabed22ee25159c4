//! Closed forms: what a job takes, what a death costs, what a change of
//! members moves.

use alloc::vec;
use alloc::vec::Vec;

use sim::Node;

use super::protocol::hash::owners;
use super::protocol::queue::GRACE;
use super::{is_central, number, rules};
use crate::scenario::Scenario;

fn seconds(scenario: &Scenario, key: &str) -> f64 {
    scenario.span(key).us() as f64 / 1e6
}

/// The mean one-way delay, s.
fn hop_s(scenario: &Scenario) -> f64 {
    (seconds(scenario, "rtt") + seconds(scenario, "jitter")) / 2.0
}

/// The share of all partitions that each of the first workers owns.
fn shares(scenario: &Scenario) -> Vec<f64> {
    let rules = rules(scenario);
    let members: Vec<Node> = (1..=number(scenario, "workers")).map(Node).collect();
    let mut counts = vec![0_u32; members.len()];
    let owners = owners(rules.hash, rules.partitions, &members, rules.owner_salt);
    for owner in owners.into_iter().flatten() {
        counts[owner.index() - 1] += 1;
    }
    let all = f64::from(rules.partitions);
    counts.iter().map(|count| f64::from(*count) / all).collect()
}

/// The mean wait in a queue with one server, random arrivals and a fixed
/// service time (Pollaczek and Khinchine); `None` where it grows without end.
fn fixed_service_wait_s(rate: f64, service_s: f64) -> Option<f64> {
    let load = rate * service_s;
    (load < 1.0).then(|| load * service_s / (2.0 * (1.0 - load)))
}

/// The mean time from a job's arrival to its effect where nothing goes wrong,
/// s: the wait for the worker, the work, and the way; with locks, a round trip
/// to the lock service as well. `None` where jobs come faster than they can be
/// done, or progress is recorded first, which this does not cover.
pub fn latency_s(scenario: &Scenario) -> Option<f64> {
    let rate = scenario.get("rate") as f64;
    let hop = hop_s(scenario);
    let work = seconds(scenario, "job_time");
    let calls = if scenario.get("external") == 0 {
        0.0
    } else {
        2.0 * hop
    };
    if is_central(scenario) {
        return central_latency_s(scenario, rate, hop, work, calls);
    }
    if scenario.get("progress") == 1 {
        return None;
    }
    let mut wait = 0.0;
    for share in shares(scenario) {
        wait += share * fixed_service_wait_s(rate * share, work)?;
    }
    Some(2.0 * hop + work + calls + wait)
}

/// Workers that share a queue: half of what Erlang's C formula says for
/// service times without memory, which is close for fixed ones.
fn central_latency_s(
    scenario: &Scenario,
    rate: f64,
    hop: f64,
    work: f64,
    calls: f64,
) -> Option<f64> {
    let lock = seconds(scenario, "lock_time");
    let lock_wait = fixed_service_wait_s(rate, lock)?;
    // From a worker's being ready to its being ready again.
    let service = 6.0 * hop + lock + lock_wait + work + calls;
    let workers = number(scenario, "workers");
    let offered = rate * service;
    let spare = f64::from(workers) - offered;
    if spare <= 0.0 {
        return None;
    }
    // Erlang's B, one server after the other, then C.
    let mut blocked = 1.0;
    for servers in 1..=workers {
        blocked = offered * blocked / (f64::from(servers) + offered * blocked);
    }
    let waits = blocked / (1.0 - offered / f64::from(workers) * (1.0 - blocked));
    let wait = waits * service / spare / 2.0;
    Some(4.0 * hop + lock + lock_wait + work + calls + wait)
}

/// From a death to the moment at which the next owner runs a partition, on
/// average, s: detection, then word of it, then claim. A death falls anywhere
/// between two heartbeats.
pub fn handover_s(scenario: &Scenario) -> f64 {
    let detection = seconds(scenario, "session_timeout") - seconds(scenario, "heartbeat") / 2.0;
    detection + 4.0 * hop_s(scenario)
}

/// From W1's death between effect and record to the next write of that job, on
/// average, s.
pub fn stall_s(scenario: &Scenario) -> f64 {
    let hop = hop_s(scenario);
    if is_central(scenario) {
        // The queue hands the job out again; what comes before the death and
        // what comes after is the same way but for one hop.
        return seconds(scenario, "lock_ttl") + GRACE.us() as f64 / 1e6 - hop;
    }
    handover_s(scenario) + 3.0 * hop + seconds(scenario, "job_time")
}

/// The rate of one partition's jobs, 1/s.
fn partition_rate(scenario: &Scenario) -> f64 {
    scenario.get("rate") as f64 / f64::from(number(scenario, "partitions").max(1))
}

/// How many jobs wait in a dead worker's partition as its next owner begins,
/// on average: λ · stall.
pub fn backlog(scenario: &Scenario) -> f64 {
    // The job at which it died has its effect.
    partition_rate(scenario) * handover_s(scenario)
}

/// How long the next owner needs for that backlog, on average, s: λ · stall /
/// (μ − λ), where μ is what its own partitions leave of its time. `None` where
/// they leave too little.
pub fn drain_s(scenario: &Scenario) -> Option<f64> {
    let rate = partition_rate(scenario);
    let work = seconds(scenario, "job_time");
    let own = f64::from(number(scenario, "partitions"))
        / f64::from(number(scenario, "workers").max(1))
        * rate;
    let spare = 1.0 / work - own - rate;
    (work > 0.0 && spare > 0.0).then(|| backlog(scenario) / spare)
}

/// The share of partitions that moves when a worker joins `workers` others.
pub fn moved_on_join(hash: i64, workers: f64) -> f64 {
    match hash {
        1 => workers / (workers + 1.0),
        _ => 1.0 / (workers + 1.0),
    }
}

/// The share of partitions that moves when the first of `workers` leaves; at
/// least two of them.
pub fn moved_on_leave(hash: i64, workers: f64) -> f64 {
    match hash {
        // Each other owner's place changes too, and so does the divisor: a
        // partition stays where both happen to agree.
        1 => 1.0 - (workers - 1.0) / workers / (workers - 1.0),
        // Only the last bucket is hashed anew, and hits the last worker again
        // by chance; all others find their bucket renumbered.
        3 => 1.0 - 1.0 / (workers * (workers - 1.0)),
        _ => 1.0 / workers,
    }
}

/// How many partitions the busiest of `workers` has, about: P/W +
/// √(2 (P/W) ln W).
pub fn most_owned(partitions: f64, workers: f64) -> f64 {
    let mean = partitions / workers;
    mean + libm::sqrt(2.0 * mean * libm::log(workers))
}
