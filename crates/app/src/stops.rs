//! Where the playhead rests when a reader steps through a run, and what to
//! say there.
//!
//! A run of a dozen seconds has over a thousand records, most of them a
//! message on its way or one more refused try. A step goes from one thing
//! worth looking at to the next.

use designs::design::Sentence;
use designs::vocabulary::{Decision, Event, Incarnation, Token};
use designs::{Run, words};
use sim::{Kind, Record, Span, Time};

/// An instant worth looking at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stop {
    /// When.
    pub at: Time,
    /// The record to speak of: the story's, where it tells of one here.
    pub record: u32,
}

/// A fact that comes more often than this in a run is not worth a stop each
/// time; the story tells of the one that matters.
const MANY: u32 = 32;

/// The stops of a run in order, one an instant.
pub fn stops(run: &Run, story: &[Sentence]) -> Vec<Stop> {
    let mut told = story.iter().map(|sentence| sentence.record).peekable();
    let mut stops: Vec<Stop> = Vec::new();
    let mut counts = [0_u32; 256];
    for record in &run.trace.records {
        counts[usize::from(record.kind)] += 1;
    }
    for (number, record) in (0..).zip(&run.trace.records) {
        let mut is_told = false;
        while told.next_if(|&next| next <= number).is_some() {
            is_told = true;
        }
        let is_common = record.world_kind().is_none() && counts[usize::from(record.kind)] > MANY;
        if !is_told && (is_common || !is_worth_a_stop(record)) {
            continue;
        }
        let stop = Stop {
            at: record.at,
            record: number,
        };
        match stops.last_mut() {
            Some(last) if last.at == stop.at => {
                if is_told {
                    *last = stop;
                }
            }
            _ => stops.push(stop),
        }
    }
    stops
}

fn is_worth_a_stop(record: &Record) -> bool {
    match record.world_kind() {
        Some(
            Kind::Drop
            | Kind::Hold
            | Kind::Delay
            | Kind::PauseBegin
            | Kind::PauseEnd
            | Kind::Crash
            | Kind::Restart
            | Kind::ClockStep
            | Kind::ClockDrift
            | Kind::CutBegin
            | Kind::CutEnd,
        ) => true,
        Some(_) => false,
        // A waiting client asks again and again; the story counts its tries.
        None => !matches!(
            Event::read(record),
            None | Some(
                Event::LockRule { .. }
                    | Event::JobOffer { .. }
                    | Event::RateRule { .. }
                    | Event::JobRouted { .. }
                    | Event::OwnerLives { .. }
                    | Event::LockTry { .. }
                    | Event::ServerDeny { .. }
                    | Event::LockRejected { .. }
                    | Event::RowIs { .. }
                    | Event::RowRead { .. }
                    | Event::RowWrite { .. }
                    | Event::WaitRule { .. }
                    | Event::UpdateBegins { .. }
                    | Event::UpdateEnds { .. }
            )
        ),
    }
}

/// What happens at a record, in a few words that start with who does it.
pub fn caption(run: &Run, number: u32) -> String {
    let Some(record) = run.trace.records.get(number as usize) else {
        return String::new();
    };
    format!("{}: {}.", run.name(record.lane), deed(run, number))
}

/// What happens at a record, without who does it.
pub fn deed(run: &Run, number: u32) -> String {
    let record = run.trace.records.get(number as usize);
    record.map_or_else(String::new, |record| {
        Event::read(record).map_or_else(|| world(run, record), |event| fact(run, event))
    })
}

fn world(run: &Run, record: &Record) -> String {
    let other = || run.name(u16::try_from(record.y).unwrap_or(u16::MAX));
    let message = || {
        let names = run.scenario.design.messages();
        names
            .get(record.z as usize)
            .map_or("message", |name| name.label)
    };
    match record.world_kind() {
        Some(Kind::Start) => "starts".into(),
        Some(Kind::Send) => format!("sends “{}” to {}", message(), other()),
        Some(Kind::Receive) => format!("gets “{}” from {}", message(), other()),
        Some(Kind::Reset) => format!("hears that its connection to {} is gone", other()),
        Some(Kind::Timer) => {
            let steps = run.scenario.design.steps();
            let step = steps.get(record.z as usize);
            step.map_or("a step falls due".into(), |step| {
                format!("now due: {}", step.label)
            })
        }
        Some(Kind::Drop) => format!("“{}” is lost", message()),
        Some(Kind::Hold) => format!("the network holds “{}”", message()),
        Some(Kind::Delay) => format!("“{}” is late", message()),
        Some(Kind::PauseBegin) => {
            format!("stops for {}", words::span(Span::from_us(record.x)))
        }
        Some(Kind::PauseEnd) => "runs again".into(),
        Some(Kind::Crash) => "dies".into(),
        Some(Kind::Restart) => "comes back".into(),
        Some(Kind::ClockStep) => "its clock is stepped".into(),
        Some(Kind::ClockDrift) => "its clock changes speed".into(),
        Some(Kind::CutBegin) => format!("its link to {} is cut", other()),
        Some(Kind::CutEnd) => format!("its link to {} heals", other()),
        None => "goes on".into(),
    }
}

fn fact(run: &Run, event: Event) -> String {
    let name = |holder: Incarnation| run.name(holder.lane());
    let with = |token: Token| {
        if token.is_some() {
            format!(" with token {}", token.number())
        } else {
            String::new()
        }
    };
    match event {
        Event::ServerGrant { holder, lease_us } => format!(
            "grants the lock to {} for {}",
            name(holder),
            words::span(Span::from_us(lease_us))
        ),
        Event::ServerExpire { holder } => format!("{}'s key expires", name(holder)),
        Event::ServerRelease { holder, .. } => format!("{}'s key is deleted", name(holder)),
        Event::ServerExtend { holder, lease_us } => format!(
            "{}'s key lives {} more",
            name(holder),
            words::span(Span::from_us(lease_us))
        ),
        Event::LockAcquired { .. } => "believes that it holds the lock".into(),
        Event::LockExtend { extended: true, .. } => "has extended its lock".into(),
        Event::LockExtend { .. } => "could not extend its lock".into(),
        Event::BeliefEnds { reason, .. } => {
            format!(
                "believes no longer that it holds the lock ({})",
                reason.word()
            )
        }
        Event::TokenIssue { token, holder } => {
            format!("token {} is for {}", token.number(), name(holder))
        }
        Event::ResourceClaim {
            token,
            holder,
            accepted,
        } => format!(
            "{}'s claim{} is {}",
            name(holder),
            with(token),
            if accepted { "accepted" } else { "refused" }
        ),
        Event::ResourceWrite {
            token,
            holder,
            decision,
            ..
        } => {
            let what = match decision {
                Decision::Accepted => "accepted".into(),
                refused => format!("refused: {}", refused.word()),
            };
            format!("{}'s result{} is {what}", name(holder), with(token))
        }
        Event::JobStart { work_us, .. } => format!(
            "starts to work, {} to go",
            words::span(Span::from_us(work_us))
        ),
        Event::JobSkip { .. } => "finds the job done and leaves it".into(),
        Event::JobDone { .. } => "hears that its result was accepted".into(),
        Event::LockCheck { passed: true, .. } => {
            "looks at its own deadline: there is time left".into()
        }
        Event::LockCheck { .. } => "looks at its own deadline: it has passed".into(),
        Event::JobAbandon { .. } => "gives the job up".into(),
        Event::ApiRequest { job, .. } => format!("asks for job {}", job.0),
        Event::ApiResponse { status, .. } => match status.http() {
            Some(code) => format!("gets {code}: {}", status.word()),
            None => "has heard nothing and stops waiting".into(),
        },
        Event::ExternalCall {
            performed: true, ..
        } => "carries the call out".into(),
        Event::ExternalCall { .. } => "knows the call and replays its first result".into(),
        Event::ApiServe { .. } => "takes the request up".into(),
        Event::ServerLeads { .. } => "leads".into(),
        Event::ServerLooks { .. } => "has no leader".into(),
        Event::SessionIs { state, .. } => format!("its session is {}", state.word()),
        Event::SessionExpires { session, .. } => {
            format!("gives {}'s session up", name(session))
        }
        Event::SessionCloses { session } => format!("{}'s session is over", name(session)),
        Event::SessionDenied { session } => {
            format!("tells {} that its session is over", name(session))
        }
        Event::NodeCreated { holder, .. } => format!("{}'s node is there", name(holder)),
        Event::NodeDeleted { holder } => format!("{}'s node is gone", name(holder)),
        Event::WatchFires { holder, to } => format!(
            "tells {} that {}'s node is gone",
            run.name(u16::try_from(to).unwrap_or(u16::MAX)),
            name(holder)
        ),
        Event::ParentReaped { .. } => "the nodes' empty parent is gone".into(),
        Event::RowIs { contents, .. } => format!("has {} in stock", contents.value),
        Event::RowRead {
            holder, contents, ..
        } => format!(
            "{} reads {} in version {}",
            name(holder),
            contents.value,
            contents.version
        ),
        Event::RowWrite {
            holder, decision, ..
        } => format!("{}'s write: {}", name(holder), decision.word()),
        Event::UpdateBegins { .. } => "wants a row changed".into(),
        Event::UpdateEnds { result, tries, .. } => format!("{}, tries: {tries}", result.word()),
        Event::WaitRule { bound_us } => format!(
            "serves in the order of arrival, within {}",
            words::span(Span::from_us(bound_us))
        ),
        Event::RateRule { .. } => "each user has a limit".into(),
        Event::RateDecision {
            request, admitted, ..
        } => {
            let what = if admitted { "lets" } else { "does not let" };
            format!("{what} request {request} through")
        }
        Event::RateSync { spent, .. } => format!("hears of {spent} that were let through"),
        Event::RateFetch { granted, .. } => format!("hands out {granted} at once"),
        Event::ScriptMissing { .. } => "does not know the script".into(),
        Event::OwnersChange { epoch, members, .. } => {
            format!("begins epoch {epoch} with {members} members")
        }
        Event::OwnerAssigned {
            token,
            holder,
            partition,
        } => format!(
            "makes {} the owner of partition {partition}{}",
            name(holder),
            with(token)
        ),
        Event::OwnerRevoked { holder, partition } => {
            format!("asks {} for partition {partition} back", name(holder))
        }
        Event::OwnerRuns { partition, .. } => format!("runs partition {partition}"),
        Event::ProgressWrite {
            token,
            holder,
            next,
            decision,
        } => format!(
            "gets {}'s progress, {next} done{}: {}",
            name(holder),
            with(token),
            decision.word()
        ),
        Event::LockRule { needed, of } => {
            format!("a lock is held by whom {needed} of {of} servers grant it to")
        }
        Event::JobOffer { job } => format!("has job {} to be done", job.0),
        Event::JobRouted { job, partition, .. } => {
            format!("puts job {} into partition {partition}", job.0)
        }
        Event::OwnerLives { .. } => "hears that it still counts as alive".into(),
        Event::LockTry { .. } => "asks for the lock".into(),
        Event::ServerDeny { holder, .. } => format!("refuses {} the lock", name(holder)),
        Event::LockRejected { .. } => "did not get the lock".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use designs::Scenario;
    use designs::registry::DESIGNS;

    #[test]
    fn stops_rise_and_every_sentence_has_one() {
        for design in DESIGNS {
            let run = Run::of(Scenario::new(design));
            let story = design.story(&run);
            let stops = stops(&run, &story);
            assert!(stops.windows(2).all(|pair| pair[0].at < pair[1].at));
            for sentence in &story {
                let at = run.trace.records[sentence.record as usize].at;
                assert!(stops.iter().any(|stop| stop.at == at), "{}", sentence.text);
            }
            assert!(stops.len() < 120, "{}", stops.len());
        }
    }
}
