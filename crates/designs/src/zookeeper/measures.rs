//! What a run is measured by, and ZooKeeper's closed forms, in seconds.
//! Floats never reach a trace or a verdict.

use alloc::vec;
use alloc::vec::Vec;

use sim::{Kind, Span, Time};

use super::{A, count, negotiated};
use crate::design::seconds;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::vocabulary::{Event, Incarnation, SessionState};

/// What becomes of client A's first session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It expires before the partition heals.
    DuringCut,
    /// It expires after the partition has healed, before A is back.
    AfterHeal,
    /// It lives on.
    Kept,
}

/// The session that A has before the partition.
pub(super) const FIRST_SESSION: Incarnation = Incarnation::new(A.0, 1);

/// When the first record is that `which` picks.
pub(super) fn first_at(run: &Run, which: impl Fn(Event) -> bool) -> Option<Time> {
    let mut records = run.trace.records.iter();
    let record = records.find(|record| Event::read(record).is_some_and(&which))?;
    Some(record.at)
}

/// When the first cut begins and ends.
pub(super) fn cut(run: &Run) -> Option<(Time, Time)> {
    let at = |kind: Kind| {
        let mut records = run.trace.records.iter();
        Some(records.find(|record| record.world_kind() == Some(kind))?.at)
    };
    Some((at(Kind::CutBegin)?, at(Kind::CutEnd)?))
}

/// When the leader gives A's first session up.
pub(super) fn expired_at(run: &Run) -> Option<Time> {
    first_at(
        run,
        |event| matches!(event, Event::SessionExpires { session, .. } if session == FIRST_SESSION),
    )
}

/// When A's library first reports `state` of its first session.
pub(super) fn reported_at(run: &Run, state: SessionState) -> Option<Time> {
    first_at(run, |event| {
        matches!(event, Event::SessionIs { session, state: reported, .. }
            if session == FIRST_SESSION && reported == state)
    })
}

/// What became of A's first session in `run`.
pub fn outcome(run: &Run) -> Outcome {
    match (expired_at(run), cut(run)) {
        (None, _) => Outcome::Kept,
        (Some(expired), Some((_, healed))) if expired > healed => Outcome::AfterHeal,
        (Some(_), _) => Outcome::DuringCut,
    }
}

/// For how long two clients believe at once that they hold the lock, in all.
pub fn overlap_s(run: &Run) -> f64 {
    let beliefs = &run.history.beliefs;
    let mut overlap = Span::ZERO;
    for (place, later) in beliefs.iter().enumerate() {
        for earlier in &beliefs[..place] {
            let until = earlier.until.at.min(later.until.at);
            overlap = overlap + until.since(later.from.at);
        }
    }
    seconds(overlap)
}

/// The session timeout that clients get.
pub fn timeout_s(scenario: &Scenario) -> f64 {
    seconds(negotiated(scenario))
}

/// The share of partitions of A alone that outlast its session: `P(E ≤ p)`
/// for `E = T − δ + u + r` after the cut, with the last ping `δ` before it,
/// even up to `T/3`; `u` until a follower passes it on, even up to half a
/// tick, zero at the leader; and `r` to the end of the bucket, even up to a
/// tick.
pub fn expires_in_cut(scenario: &Scenario) -> f64 {
    let timeout = timeout_s(scenario);
    let tick = seconds(scenario.span("tick"));
    let partition = seconds(scenario.span("partition"));
    let at_follower = scenario.get("attach") == 1;
    let widths = [(timeout / 3.0, 1), (tick, 1), (tick / 2.0, 1)];
    let widths = if at_follower {
        &widths[..]
    } else {
        &widths[..2]
    };
    if partition <= 0.0 {
        return 0.0;
    }
    // T/3 − δ is as even as δ.
    below(partition - timeout * 2.0 / 3.0, widths)
}

/// How likely a sum of independent draws is at most `bound`, each even from
/// zero up to a width, of which there are so many each: the cumulative
/// Irwin–Hall distribution for unequal widths.
fn below(bound: f64, widths: &[(f64, u32)]) -> f64 {
    // The corners of the box of all draws: how far each lies out, and how
    // often and with which sign it counts.
    let mut corners = vec![(0.0, 1.0)];
    let mut order = 0;
    let mut scale = 1.0;
    for &(width, count) in widths {
        let mut further = Vec::new();
        for &(out, weight) in &corners {
            let mut choices = 1.0;
            for taken in 0..=count {
                further.push((out + width * f64::from(taken), weight * choices));
                choices *= -f64::from(count - taken) / f64::from(taken + 1);
            }
        }
        corners = further;
        for _ in 0..count {
            order += 1;
            scale *= width * f64::from(order);
        }
    }
    let volumes = corners
        .iter()
        .map(|(out, weight)| weight * libm::pow((bound - out).max(0.0), f64::from(order)));
    (volumes.sum::<f64>() / scale).clamp(0.0, 1.0)
}

/// When a session that is cut off ends on average, s after the cut: the mean
/// of `E` in [`expires_in_cut`].
fn mean_expiry_s(scenario: &Scenario) -> f64 {
    let (timeout, tick) = (timeout_s(scenario), seconds(scenario.span("tick")));
    let passed_on = if scenario.get("attach") == 1 {
        tick / 4.0
    } else {
        0.0
    };
    timeout - timeout / 6.0 + passed_on + tick / 2.0
}

/// When A's library begins its first attempt to connect after the heal, s
/// after the cut, on average. It is disconnected between one and two thirds of
/// the timeout after the cut. Then it sleeps and tries, again and again: an
/// attempt fails after an n-th of the timeout, and once the list of n servers
/// has been gone through it sleeps a second more. `None` where an attempt
/// lasts long enough for TCP to ask again within it.
fn mean_reconnect_s(scenario: &Scenario) -> Option<f64> {
    const SYN_AGAIN_S: f64 = 1.0;
    let healed = seconds(scenario.span("partition"));
    let timeout = timeout_s(scenario);
    let servers = u32::try_from(count(scenario, "servers")).ok()?;
    let fails = timeout / f64::from(servers);
    if fails >= SYN_AGAIN_S {
        return None;
    }
    let (least_sleep, drawn) = match u64::try_from(scenario.get("reconnect_sleep")) {
        Ok(us) => (seconds(Span::from_us(us)), 0),
        Err(_) => (0.0, 1),
    };
    let more = |attempt: u32| f64::from(u8::from(attempt.is_multiple_of(servers)));
    let mean_sleep = least_sleep + 0.5 * f64::from(drawn);
    // The least time to the attempt that is looked at, and the mean time to
    // the one that meets a healed network.
    let mut least = timeout / 3.0 + least_sleep + more(1);
    let mut mean = timeout / 2.0 + mean_sleep + more(1);
    let mut attempt = 1;
    while least < healed {
        // It comes before the heal and fails: another follows.
        let widths = [(timeout / 3.0, 1), (1.0, drawn * attempt)];
        attempt += 1;
        mean += below(healed - least, &widths) * (fails + mean_sleep + more(attempt));
        least += fails + least_sleep + more(attempt);
    }
    Some(mean)
}

/// For how long a holder believes beside the next one on average, s, that
/// stops only when a server tells it that its session has expired; for
/// partitions that every session expires in.
pub fn told_after_s(scenario: &Scenario) -> Option<f64> {
    Some(mean_reconnect_s(scenario)? - mean_expiry_s(scenario))
}

/// For how long a holder believes beside the next one on average, s, that
/// stops only when the store refuses a write: the next one's first job, half
/// of a job of its own, and the messages of both.
pub fn fenced_after_s(scenario: &Scenario) -> f64 {
    1.5 * seconds(scenario.span("work")) + 5.0 * seconds(scenario.span("one_way"))
}

/// How long before its session can expire a client that is cut off learns at
/// the least that it is disconnected: a third of the timeout, less the round
/// trip of its last ping.
pub fn least_warning_s(scenario: &Scenario) -> f64 {
    timeout_s(scenario) / 3.0 - 2.0 * seconds(scenario.span("one_way"))
}

/// How long the lock stays taken at the longest after its holder crashes: the
/// timeout, the rest of a bucket, the wait for a follower to pass on the last
/// ping, and the commit.
pub fn longest_takeover_s(scenario: &Scenario) -> f64 {
    let tick = seconds(scenario.span("tick"));
    let commit = 4.0 * seconds(scenario.span("one_way") + scenario.span("jitter"));
    timeout_s(scenario) + 1.5 * tick + commit
}

/// How many servers may be lost before nothing commits.
pub fn spare_servers(scenario: &Scenario) -> usize {
    (count(scenario, "servers") - 1) / 2
}
