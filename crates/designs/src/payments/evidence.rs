//! What claims and charts of the payment lock look at in a run.

use alloc::vec::Vec;

use sim::{Span, Time};

use super::{P2_CENTRE, measures};
use crate::design::seconds;
use crate::history::{Belief, Grant};
use crate::run::Run;
use crate::vocabulary::{BeliefEnd, Decision, Event, Incarnation, Job, Status};

pub(super) fn facts(run: &Run) -> impl Iterator<Item = (Time, u16, Event)> {
    let records = run.trace.records.iter();
    records.filter_map(|record| Some((record.at, record.lane, Event::read(record)?)))
}

/// The token numbers of accepted writes, in order.
pub(super) fn numbers(run: &Run) -> Vec<u64> {
    run.history
        .accepted()
        .map(|write| write.token.number())
        .collect()
}

/// The tokens that were refused.
pub(super) fn refused(run: &Run) -> Vec<u64> {
    run.history
        .writes
        .iter()
        .filter(|write| write.decision == Decision::StaleToken)
        .map(|write| write.token.number())
        .collect()
}

/// How often the account was debited.
pub(super) fn debits(run: &Run) -> usize {
    run.history.accepted().count()
}

/// How often the provider took money.
pub(super) fn charges(run: &Run) -> usize {
    facts(run)
        .filter(|(_, _, event)| {
            matches!(
                event,
                Event::ExternalCall {
                    performed: true,
                    ..
                }
            )
        })
        .count()
}

/// A request as its caller sees it.
pub(super) struct Request {
    number: u32,
    pub(super) job: Job,
    sent: Time,
    /// When the caller stops waiting.
    deadline: Time,
    /// What it got, and when.
    answer: Option<(Status, Time)>,
}

pub(super) fn requests(run: &Run) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    for (at, _, event) in facts(run) {
        match event {
            Event::ApiRequest {
                request,
                job,
                within_us,
                ..
            } => requests.push(Request {
                number: request,
                job,
                sent: at,
                deadline: at + Span::from_us(within_us),
                answer: None,
            }),
            Event::ApiResponse {
                request, status, ..
            } => {
                if let Some(asked) = requests.iter_mut().find(|it| it.number == request) {
                    asked.answer = Some((status, at));
                }
            }
            _ => {}
        }
    }
    requests
}

pub(super) fn statuses(run: &Run) -> Vec<Option<Status>> {
    requests(run)
        .iter()
        .map(|request| request.answer.map(|(status, _)| status))
        .collect()
}

/// Which request each attempt served, in order.
fn served(run: &Run) -> Vec<(Incarnation, u32)> {
    facts(run)
        .filter_map(|(_, _, event)| match event {
            Event::ApiServe { holder, request } => Some((holder, request)),
            _ => None,
        })
        .collect()
}

/// Ledger entries made after the caller had stopped waiting.
pub(super) fn orphans(run: &Run) -> usize {
    let (requests, served) = (requests(run), served(run));
    let deadline = |holder: Incarnation| {
        let (_, number) = served.iter().find(|(of, _)| *of == holder)?;
        let request = requests.iter().find(|it| it.number == *number)?;
        Some(request.deadline)
    };
    run.history
        .accepted()
        .filter(|write| deadline(write.holder).is_some_and(|deadline| write.at.at > deadline))
        .count()
}

/// The share of payments that were refused because another was under way,
/// among those asked for once the first have been settled; `None` where there
/// are none.
pub(super) fn refused_share(run: &Run) -> Option<f64> {
    const SETTLED: Time = Time::from_us(5_000_000);
    let late = |request: &&Request| request.sent >= SETTLED;
    let requests = requests(run);
    let all = requests.iter().filter(late).count();
    let held = requests
        .iter()
        .filter(late)
        .filter(|it| is_held(it))
        .count();
    (all > 0).then(|| held as f64 / all as f64)
}

pub(super) fn is_held(request: &Request) -> bool {
    matches!(request.answer, Some((Status::Held, _)))
}

/// Whether every refusal came within the budget and a round trip, nothing of a
/// refused request reached the ledger, and no entry came too late.
pub(super) fn fails_fast(run: &Run) -> bool {
    let scenario = &run.scenario;
    let round_trip = super::parameters::round_trip_us(scenario, 0, 0).max(
        super::parameters::round_trip_us(scenario, P2_CENTRE, P2_CENTRE),
    );
    let most = scenario.span("budget") + Span::from_us(round_trip) + scenario.span("jitter") * 2;
    let served = served(run);
    let refusals: Vec<(u32, Span)> = requests(run)
        .iter()
        .filter_map(|request| match request.answer? {
            (Status::Held | Status::NoQuorum, at) => Some((request.number, at.since(request.sent))),
            _ => None,
        })
        .collect();
    let wrote = |number: u32| {
        let mut attempts = served.iter().filter(|(_, request)| *request == number);
        attempts.any(|(holder, _)| run.history.writes.iter().any(|it| it.holder == *holder))
    };
    !refusals.is_empty()
        && refusals
            .iter()
            .all(|&(number, took)| took <= most && !wrote(number))
        && orphans(run) == 0
}

/// How many payments were asked for and not yet granted the lock at `at`.
pub(super) fn waiting(run: &Run, at: Time) -> usize {
    let before = |wanted: fn(&Event) -> bool| {
        facts(run)
            .filter(|(when, _, event)| *when <= at && wanted(event))
            .count()
    };
    let asked = before(|event| matches!(event, Event::ApiRequest { .. }));
    asked - before(|event| matches!(event, Event::LockAcquired { .. })).min(asked)
}

pub(super) fn belief_of<'a>(run: &'a Run, key: &str) -> Option<&'a Belief> {
    let lane = run.lane(key);
    let mut beliefs = run.history.beliefs.iter();
    beliefs.find(|belief| Some(belief.holder.lane()) == lane)
}

pub(super) fn grant_of<'a>(run: &'a Run, key: &str) -> Option<&'a Grant> {
    let lane = run.lane(key);
    let mut grants = run.history.grants.iter();
    grants.find(|grant| Some(grant.holder.lane()) == lane)
}

/// From the first attempt of `key` to its belief.
pub(super) fn acquired_after(run: &Run, key: &str) -> Option<Span> {
    let lane = run.lane(key);
    let began = facts(run)
        .find(|(_, at, event)| Some(*at) == lane && matches!(event, Event::LockTry { .. }))?;
    let belief = belief_of(run, key)?;
    Some(belief.from.at.since(began.0))
}

/// How long P1's only acquisition took, s.
pub(super) fn acquired_after_s(run: &Run) -> Option<f64> {
    acquired_after(run, "p1").map(seconds)
}

/// Whether P1's lock ran out, by its own clock, before its operation was done.
pub(super) fn outlasted_its_lock(run: &Run) -> bool {
    let Some(belief) = belief_of(run, "p1") else {
        return false;
    };
    let done = facts(run).any(
        |(_, _, event)| matches!(event, Event::LockCheck { holder, .. } if holder == belief.holder),
    );
    belief.end == Some(BeliefEnd::Deadline) && !done
}

/// Whether the account is free again when the closed form says so, give or
/// take a poll.
pub(super) fn recovers_as_predicted(run: &Run) -> bool {
    let predicted = measures::takeover_s(&run.scenario, 0.5);
    run.takeover()
        .is_some_and(|measured| (seconds(measured) - predicted).abs() <= 0.15)
}

/// Whether a vote of `key` was given after P1's attempt had failed, and taken
/// back later.
pub(super) fn late_vote_is_returned(run: &Run, key: &str) -> bool {
    let lane = run.lane(key);
    let mut seen = (false, false, false);
    for (_, at, event) in facts(run) {
        match event {
            Event::LockRejected { .. } => seen.0 = true,
            Event::ServerGrant { .. } if Some(at) == lane && seen.0 => seen.1 = true,
            Event::ServerRelease { .. } if Some(at) == lane && seen.1 => seen.2 = true,
            _ => {}
        }
    }
    seen.2
}
