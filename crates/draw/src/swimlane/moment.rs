//! Where a few milliseconds matter: rounds of votes, to be shown enlarged.

use designs::Run;
use designs::vocabulary::{Event, Refusal};
use sim::{Span, Time};

use super::votes;

/// A stretch of a run that is worth enlarging.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    /// From a little before.
    pub from: Time,
    /// To a little after.
    pub until: Time,
    /// The record that it leads to.
    pub record: u32,
    /// What it shows: `A's votes: 3 of 5 needed, 5 got`.
    pub words: String,
}

/// A round longer than this part of the whole can be seen as it is.
const SEEN: u64 = 20;

/// The rounds of votes that made someone believe, or came too late for that,
/// in order; those that are too short to be seen in the whole picture.
pub fn moments(run: &Run) -> Vec<Moment> {
    let rule = votes::rule(run);
    if !run.history.has_lock {
        return Vec::new();
    }
    let (from, until) = super::fit(run);
    let whole = until.since(from);
    let mut begun: Vec<(u32, Time)> = Vec::new();
    let mut moments = Vec::new();
    for (number, record) in (0..).zip(&run.trace.records) {
        let (holder, got, fate) = match Event::read(record) {
            Some(Event::LockTry { holder, .. }) => {
                begun.push((holder.0, record.at));
                continue;
            }
            Some(Event::LockAcquired { holder, votes, .. }) => (holder, u32::from(votes), ""),
            Some(Event::LockRejected {
                holder,
                reason: Refusal::Validity,
                votes,
            }) => (holder, votes, ", too late"),
            _ => continue,
        };
        let began = begun.iter().rev().find(|(tried, _)| *tried == holder.0);
        let Some(&(_, began)) = began else {
            continue;
        };
        let length = record.at.since(began);
        if length * SEEN > whole {
            continue;
        }
        let margin = Span::from_us(length.us() / 4 + 100);
        let name = run.name(holder.lane());
        moments.push(Moment {
            from: Time::from_us(began.us().saturating_sub(margin.us())),
            until: record.at + length + margin,
            record: number,
            words: match rule {
                Some((needed, of)) => {
                    format!("{name}'s votes: {needed} of {of} needed, {got} got{fate}")
                }
                None => format!("{name} asks and gets the lock{fate}"),
            },
        });
    }
    moments
}
