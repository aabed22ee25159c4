//! What was held off: where a resource refuses a write, one sentence says what
//! it refused and what stands because of that.

use designs::history::Write;
use designs::vocabulary::Decision;
use designs::{Law, Run};
use sim::Time;

use crate::ink::Ink;
use crate::shape::Size;

use super::hang::Item;
use super::label::Line;
use super::landing::{self, Landing};
use super::scene::Scene;

/// What a resource refused.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Outcome {
    at: Time,
    record: u32,
    /// The whole of it.
    pub sentence: String,
    /// The same in few words.
    short: String,
}

/// The outcome of a run; `None` where nothing was refused, or where what a
/// refusal protects was broken all the same.
pub(super) fn read(run: &Run, landings: &[Landing]) -> Option<Outcome> {
    if run.breaks(Law::NoStaleWrite) {
        return None;
    }
    let mut refused = landings.iter().filter(|landing| landing.is_refused_write());
    match refused.next() {
        Some(first) => Some(of_write(run, first, refused.count())),
        None => of_claim(run, landings),
    }
}

fn of_write(run: &Run, landing: &Landing, more: usize) -> Outcome {
    let name = run.name(landing.holder.lane());
    let lane = run.name(landing.lane);
    let late = match landing.what {
        landing::What::Write(Decision::AlreadyDone) => {
            format!("{lane} refuses {name}'s write, since the job is done")
        }
        _ => format!(
            "{lane} refuses {name}'s write with token {}, since it has seen {}",
            landing.token.number(),
            landing.highest
        ),
    };
    let also = match more {
        0 => String::new(),
        1 => " and 1 more".to_string(),
        _ => format!(" and {more} more"),
    };
    let stays = result_that_stays(run, landing.record).map_or_else(
        || "nothing is overwritten".to_string(),
        |write| format!("{}'s result stays", run.name(write.holder.lane())),
    );
    Outcome {
        at: landing.at,
        record: landing.record,
        sentence: format!("{late}{also}: {stays}"),
        short: format!("{name}'s late write refused{also}: {stays}"),
    }
}

/// The result that a refused write would have replaced.
fn result_that_stays(run: &Run, refused: u32) -> Option<&Write> {
    let writes = &run.history.writes;
    let job = writes.iter().find(|write| write.at.record == refused)?.job;
    let before = run
        .history
        .accepted()
        .filter(|write| write.job == job && write.at.record < refused);
    before.last()
}

fn of_claim(run: &Run, landings: &[Landing]) -> Option<Outcome> {
    let writes = &run.history.writes;
    let refused = landings.iter().find(|landing| {
        landing.is_refused_claim() && writes.iter().all(|write| write.holder != landing.holder)
    })?;
    let name = run.name(refused.holder.lane());
    Some(Outcome {
        at: refused.at,
        record: refused.record,
        sentence: format!(
            "{} refuses {name}'s claim with token {}, since it has seen {}: {name} writes nothing",
            run.name(refused.lane),
            refused.token.number(),
            refused.highest
        ),
        short: format!("{name}'s claim refused"),
    })
}

/// Its sentence, to be hung beneath or beside the lanes.
pub(super) fn item(scene: &Scene<'_>, outcome: &Outcome, first: f32, narrow: bool) -> Option<Item> {
    if !scene.shows(outcome.at) {
        return None;
    }
    let along = scene.along(outcome.at);
    let (words, size) = if narrow {
        (&outcome.short, Size::Small)
    } else {
        (&outcome.sentence, Size::Normal)
    };
    Some(Item {
        record: outcome.record,
        title: outcome.sentence.clone(),
        lines: vec![Line::new(words.clone(), size, Ink::Text).bold()],
        leader: Ink::Muted,
        from: Some((along, first)),
        owner: Some(scene.frame.column((along, along))),
    })
}
