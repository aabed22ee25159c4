//! What claims and charts of the rate limiter look at in a run.

use alloc::vec::Vec;

use sim::{Kind, Span, Time};

use super::measures;
use super::protocol::CALLS;
use crate::laws::Law;
use crate::run::Run;
use crate::scenario::Scenario;
use crate::vocabulary::{Event, Status};

fn facts(run: &Run) -> impl Iterator<Item = (Time, u16, Event)> {
    let records = run.trace.records.iter();
    records.filter_map(|record| Some((record.at, record.lane, Event::read(record)?)))
}

/// How many were let through.
pub(super) fn admitted(run: &Run) -> usize {
    run.history.admissions.len()
}

/// How many were let through from `from` to before `until`.
fn admitted_in(run: &Run, from: Time, until: Time) -> usize {
    let admissions = run.history.admissions.iter();
    admissions
        .filter(|admission| (from..until).contains(&admission.at.at))
        .count()
}

/// How many may be let through by the time of the last that was.
pub(super) fn allowed(run: &Run) -> f64 {
    let last = run.history.admissions.last();
    let span = last.map_or(0, |admission| admission.at.at.us()) as f64 / 1e6;
    measures::allowed(&run.scenario, span)
}

/// How many requests were sent.
pub(super) fn sent(run: &Run) -> usize {
    facts(run)
        .filter(|(_, _, event)| matches!(event, Event::ApiRequest { .. }))
        .count()
}

/// How many requests were sent from `from` to before `until`.
fn sent_in(run: &Run, from: Time, until: Time) -> usize {
    facts(run)
        .filter(|(at, _, event)| {
            matches!(event, Event::ApiRequest { .. }) && (from..until).contains(at)
        })
        .count()
}

/// How many calls servers made to Redis.
pub(super) fn calls(run: &Run) -> usize {
    let records = run.trace.records.iter();
    records
        .filter(|record| record.world_kind() == Some(Kind::Send))
        .filter(|record| CALLS.iter().any(|&call| u32::from(call) == record.z))
        .count()
}

/// When each decision was made.
fn decisions(run: &Run) -> Vec<Time> {
    facts(run)
        .filter_map(|(at, _, event)| matches!(event, Event::RateDecision { .. }).then_some(at))
        .collect()
}

/// What a user heard.
struct Heard {
    request: u32,
    user: u32,
    status: Status,
    waited: Span,
    sent: Time,
}

fn answers(run: &Run) -> Vec<Heard> {
    // Requests are numbered from 1 in the order in which they are sent.
    let mut sent: Vec<(u32, Time)> = Vec::new();
    let mut answers = Vec::new();
    for (at, _, event) in facts(run) {
        match event {
            Event::ApiRequest { lock, .. } => sent.push((u32::from(lock), at)),
            Event::ApiResponse {
                request, status, ..
            } => answers.extend(sent.get(request as usize - 1).map(|&(user, sent)| Heard {
                request,
                user,
                status,
                waited: at.since(sent),
                sent,
            })),
            _ => {}
        }
    }
    answers
}

/// How long the request that waited longest did, s.
pub(super) fn longest_wait_s(run: &Run) -> Option<f64> {
    let waits = answers(run).into_iter().map(|heard| heard.waited.us());
    waits.max().map(|us| us as f64 / 1e6)
}

/// How many times what may get through by the end of the arrivals did.
pub(super) fn times_the_limit(run: &Run) -> Option<f64> {
    let scenario = &run.scenario;
    let span = scenario.span("duration").us().saturating_sub(1) as f64 / 1e6;
    let allowed = measures::allowed(scenario, span);
    (allowed > 0.0).then(|| admitted(run) as f64 / allowed)
}

/// By how many the limit of the first window was passed.
pub(super) fn excess(run: &Run) -> Option<f64> {
    let until = Time::ZERO + run.scenario.span("window");
    let admitted = admitted_in(run, Time::ZERO, until) as f64;
    Some((admitted - run.scenario.get("limit") as f64).max(0.0))
}

// --- the lock ---------------------------------------------------------------

/// From one decision to the next under a lock, with the least delays and with
/// the longest.
fn hold(scenario: &Scenario) -> (Span, Span) {
    let operations = scenario.get("ops").unsigned_abs();
    let least = scenario.span("rtt") * (1 + operations);
    let jitter = scenario.span("jitter") * 2 * (1 + operations);
    (least, least + jitter + scenario.span("script") * operations)
}

/// Whether the `i`th request is decided `i − 1` holds after the first.
pub(super) fn wait_in_line(run: &Run) -> bool {
    let decisions = decisions(run);
    let (least, most) = hold(&run.scenario);
    let Some(&first) = decisions.first() else {
        return false;
    };
    decisions.len() == sent(run)
        && (0..)
            .zip(&decisions)
            .all(|(before, at)| (least * before..=most * before).contains(&at.since(first)))
}

/// Whether no more are decided in any stretch than holds fit into it, though
/// many more come.
pub(super) fn serialises(run: &Run) -> bool {
    let decisions = decisions(run);
    let (least, _) = hold(&run.scenario);
    decisions.len() > 1
        && decisions
            .windows(2)
            .all(|pair| pair[1].since(pair[0]) >= least)
}

/// Whether nobody is decided for after a holder died until its lock runs out,
/// and the others after that.
pub(super) fn waits_for_the_ttl(run: &Run) -> bool {
    let records = &run.trace.records;
    let crash = records
        .iter()
        .find(|record| record.world_kind() == Some(Kind::Crash));
    let expiry = facts(run).find(|(_, _, event)| matches!(event, Event::ServerExpire { .. }));
    let (Some(crash), Some((expiry, ..))) = (crash, expiry) else {
        return false;
    };
    let decisions = decisions(run);
    let ttl = run.scenario.span("ttl");
    let nearly = ttl - longest_round_trip(run);
    !decisions.iter().any(|at| (crash.at..expiry).contains(at))
        && decisions.iter().any(|at| *at > expiry)
        && expiry.since(crash.at) >= nearly
}

fn longest_round_trip(run: &Run) -> Span {
    run.scenario.span("rtt") + run.scenario.span("jitter") * 2
}

// --- one script -------------------------------------------------------------

/// Whether a script limits exactly: a call a request, and what may get through
/// does, where so many more come.
pub(super) fn is_exact(run: &Run) -> bool {
    let admitted = admitted(run) as f64;
    calls(run) == sent(run)
        && run.keeps(Law::KeepsRate)
        && admitted <= allowed(run)
        && admitted >= 0.95 * allowed(run)
}

/// Whether those who met NOSCRIPT waited a round trip more, and nothing else
/// changed.
pub(super) fn costs_a_round_trip(run: &Run) -> bool {
    let missing: Vec<u32> = facts(run)
        .filter_map(|(_, _, event)| match event {
            Event::ScriptMissing { request, .. } => Some(request),
            _ => None,
        })
        .collect();
    let round_trip = run.scenario.span("rtt");
    let answers = answers(run);
    let as_long = |heard: &Heard| {
        let trips = if missing.contains(&heard.request) {
            3
        } else {
            2
        };
        (round_trip * trips..round_trip * (trips + 1)).contains(&heard.waited)
    };
    !missing.is_empty()
        && calls(run) == sent(run) + missing.len()
        && answers.len() == sent(run)
        && answers.iter().all(as_long)
        && run.keeps(Law::KeepsRate)
}

// --- counts of one's own ----------------------------------------------------

/// Whether no more get through once the limit is reached than come in two
/// gaps and a round trip.
pub(super) fn is_late_by_two_gaps(run: &Run) -> bool {
    let scenario = &run.scenario;
    let limit = usize::try_from(scenario.get("limit")).unwrap_or(0);
    let Some(reached) = run.history.admissions.get(limit.wrapping_sub(1)) else {
        return false;
    };
    let reached = reached.at.at;
    let known = reached + scenario.span("sync") * 2 + longest_round_trip(run) * 2;
    let excess = admitted(run) - limit;
    // Those that are decided now were sent half a round trip ago.
    let early = Time::from_us(reached.us().saturating_sub(longest_round_trip(run).us()));
    excess <= sent_in(run, early, known) && admitted_in(run, known, Time::NEVER) == 0
}

/// The gaps between two tellings from the second on, as stretches of time.
fn gaps(run: &Run) -> Vec<(Time, Time)> {
    let sync = run.scenario.span("sync");
    let end = Time::ZERO + run.scenario.span("duration");
    (1..)
        .map(|place| (Time::ZERO + sync * place, Time::ZERO + sync * (place + 1)))
        .take_while(|&(_, until)| until <= end)
        .collect()
}

/// What the rate lets through in a stretch.
fn gained(run: &Run, (from, until): (Time, Time)) -> f64 {
    run.scenario.get("rate") as f64 * until.since(from).us() as f64 / 1e6
}

/// Whether in every gap more than one and a half times the rate get through.
pub(super) fn passes_in_every_gap(run: &Run) -> bool {
    gaps(run)
        .iter()
        .all(|&gap| admitted_in(run, gap.0, gap.1) as f64 > 1.5 * gained(run, gap))
}

/// Whether after the first gap no more get through than the rate lets.
pub(super) fn pays_back(run: &Run) -> bool {
    let first = Time::ZERO + run.scenario.span("sync") + longest_round_trip(run);
    let rest = (first, Time::ZERO + run.scenario.span("duration"));
    admitted_in(run, rest.0, Time::NEVER) as f64 <= gained(run, rest)
}

/// How many get through in the window that begins so many windows in.
pub(super) fn in_window(run: &Run, place: u64) -> usize {
    let length = run.scenario.span("window");
    let from = Time::ZERO + length * place;
    admitted_in(run, from, from + length)
}

/// How many of the requests get through that come at once after the others.
pub(super) fn in_burst(run: &Run) -> usize {
    let from = Time::ZERO + run.scenario.span("duration");
    admitted_in(run, from, from + longest_round_trip(run) * 3)
}

// --- a hot shard ------------------------------------------------------------

/// The share of the time of arrivals that each shard is busy with decisions
/// for users that are counted.
pub(super) fn busy(run: &Run, counts: impl Fn(u32) -> bool) -> Vec<f64> {
    let shards: Vec<u16> = (1..=run.scenario.get("shards"))
        .filter_map(|place| run.lane(&alloc::format!("redis{place}")))
        .collect();
    let end = Time::ZERO + run.scenario.span("duration");
    let work = run.scenario.span("script").us() as f64;
    let all = run.scenario.span("duration").us() as f64;
    shards
        .iter()
        .map(|&shard| {
            let done = facts(run)
                .filter(|&(at, lane, event)| {
                    lane == shard
                        && at <= end
                        && matches!(event, Event::RateDecision { user, .. } if counts(user))
                })
                .count();
            done as f64 * work / all
        })
        .collect()
}

/// The share of its time that the busiest shard is busy.
pub(super) fn busiest(run: &Run) -> Option<f64> {
    busy(run, |_| true).into_iter().reduce(f64::max)
}

/// Requests of the busiest user.
pub(super) fn hot(run: &Run) -> usize {
    facts(run)
        .filter(|(_, _, event)| matches!(event, Event::ApiRequest { lock: 1, .. }))
        .count()
}

/// How long users wait on average who share the busiest user's shard, and who
/// do not.
pub(super) fn neighbours(run: &Run) -> Option<(f64, f64)> {
    let lane_of = |user: u32| {
        facts(run).find_map(|(_, lane, event)| match event {
            Event::RateDecision { user: of, .. } if of == user => Some(lane),
            _ => None,
        })
    };
    let lanes: Vec<Option<u16>> = (1..=run.scenario.get("users"))
        .filter_map(|user| u32::try_from(user).ok())
        .map(lane_of)
        .collect();
    let lane = |user: u32| lanes.get(user as usize - 1).copied().flatten();
    let mean = |beside: bool| {
        let waits: Vec<f64> = answers(run)
            .iter()
            .filter(|heard| heard.user != 1 && (lane(heard.user) == lane(1)) == beside)
            .map(|heard| heard.waited.us() as f64)
            .collect();
        (!waits.is_empty()).then(|| waits.iter().sum::<f64>() / waits.len() as f64)
    };
    Some((mean(true)?, mean(false)?))
}

// --- Redis down -------------------------------------------------------------

/// What those heard who asked while Redis was down.
fn while_down(run: &Run) -> Vec<Status> {
    let from = Time::ZERO + run.scenario.span("down_at");
    let until = from + (run.scenario.span("down") - longest_round_trip(run) * 2);
    answers(run)
        .iter()
        .filter(|heard| (from..until).contains(&heard.sent))
        .map(|heard| heard.status)
        .collect()
}

pub(super) fn all_hear(run: &Run, status: Status) -> bool {
    let heard = while_down(run);
    !heard.is_empty() && heard.iter().all(|it| *it == status)
}
