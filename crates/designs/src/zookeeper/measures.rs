//! What a run is measured by, and ZooKeeper's closed forms, in seconds.
//! Floats never reach a trace or a verdict.

use sim::{Kind, Span, Time};

use super::{A, count, negotiated};
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

fn seconds(span: Span) -> f64 {
    span.us() as f64 / 1e6
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
    let widths = [timeout / 3.0, tick, tick / 2.0];
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

/// How likely a sum of independent draws, each even from zero up to one of
/// `widths`, is at most `bound`: the cumulative Irwin–Hall distribution for
/// unequal widths.
fn below(bound: f64, widths: &[f64]) -> f64 {
    let order = widths.len();
    let mut volume = 0.0;
    for subset in 0_u32..1 << order {
        let inside = (0..order).filter(|place| subset >> place & 1 == 1);
        let cut: f64 = inside.map(|place| widths[place]).sum();
        let sign = if subset.count_ones().is_multiple_of(2) {
            1.0
        } else {
            -1.0
        };
        volume += sign * libm::pow((bound - cut).max(0.0), order as f64);
    }
    let scale: f64 = widths.iter().product::<f64>() * (1..=order).product::<usize>() as f64;
    (volume / scale).clamp(0.0, 1.0)
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
