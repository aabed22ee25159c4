//! Attempts that did not win: ticks with a count.

use designs::Run;
use designs::vocabulary::{Event, Refusal};
use sim::Time;

use crate::ink::Ink;
use crate::shape::Paint;

use super::frame::{about, path};
use super::label::{Line, Spot};
use super::scene::{Layer, Scene, Sheet, stretch};

/// Attempts of one client, one after another, with nothing won in between.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tries {
    pub lane: u16,
    /// When each began.
    pub at: Vec<Time>,
    /// The record of the first one's end.
    pub record: u32,
    /// Why they failed.
    pub refusals: Vec<Refusal>,
}

/// All attempts that failed, in order.
pub(super) fn read(run: &Run) -> Vec<Tries> {
    let mut groups: Vec<Tries> = Vec::new();
    let mut begun: Vec<(u32, Time)> = Vec::new();
    let mut open: Vec<(u16, usize)> = Vec::new();
    for (number, record) in (0..).zip(&run.trace.records) {
        match Event::read(record) {
            Some(Event::LockTry { holder, .. }) => begun.push((holder.0, record.at)),
            Some(Event::LockAcquired { holder, .. }) => {
                open.retain(|(lane, _)| *lane != holder.lane());
            }
            // It has its own words: see `note`.
            Some(Event::LockRejected {
                reason: Refusal::Validity,
                ..
            }) => {}
            Some(Event::LockRejected { holder, reason, .. }) => {
                let began = begun.iter().rev().find(|(tried, _)| *tried == holder.0);
                let at = began.map_or(record.at, |(_, at)| *at);
                let lane = holder.lane();
                let place = match open.iter().find(|(of, _)| *of == lane) {
                    Some(&(_, place)) => place,
                    None => {
                        open.push((lane, groups.len()));
                        groups.push(Tries {
                            lane,
                            at: Vec::new(),
                            record: number,
                            refusals: Vec::new(),
                        });
                        groups.len() - 1
                    }
                };
                groups[place].at.push(at);
                groups[place].refusals.push(reason);
            }
            _ => {}
        }
    }
    groups
}

impl Tries {
    /// `24 tries, refused`, or how many of them are shown.
    fn words(&self, shown: usize) -> String {
        let silent = self
            .refusals
            .iter()
            .filter(|reason| **reason == Refusal::Timeout)
            .count();
        let why = if silent * 2 > self.refusals.len() {
            "too few answers in time"
        } else {
            "refused"
        };
        match self.at.len() {
            1 => format!("1 try, {why}"),
            count if shown < count => format!("{shown} of {count} tries, {why}"),
            count => format!("{count} tries, {why}"),
        }
    }
}

pub(super) fn draw(scene: &Scene<'_>, tries: &[Tries], sheet: &mut Sheet) {
    for group in tries {
        // The half of the bar that leaves room for words.
        let main = scene.row(group.lane).main;
        let middle = f32::midpoint(main.0, main.1);
        let across = if scene.frame.is_horizontal() {
            (middle, main.1 - 1.0)
        } else {
            (main.0, middle)
        };
        let mut lines = Vec::new();
        let mut shown: Vec<f32> = Vec::new();
        let mut count = 0;
        for &at in group.at.iter().filter(|at| scene.shows(**at)) {
            count += 1;
            let along = scene.along(at);
            if shown.last().is_none_or(|last| along - last >= 1.5) {
                shown.push(along);
                lines.extend(scene.frame.line((along, across.0), (along, across.1)));
            }
        }
        let (Some(&first), Some(&last)) = (shown.first(), shown.last()) else {
            continue;
        };
        lines.extend(
            scene
                .frame
                .line((first, across.1 - 1.0), (last, across.1 - 1.0)),
        );
        let words = group.words(count);
        let title = format!(
            "{} asks for the lock: {words}, {}",
            scene.run.name(group.lane),
            stretch(group.at[0], group.at[group.at.len() - 1])
        );
        let ticks = path(lines, Paint::stroke(scene.ink(group.lane), 1.5));
        sheet.paint(Layer::Bar, about(ticks, group.record, title));
        let area = scene.frame.area((first, last), across);
        sheet.labels.keep_free(area);
        let line = Line::small("", Ink::Text);
        let mut label = scene.label(
            group.lane,
            area,
            &line,
            [
                words.clone(),
                words.replace(", refused", " refused"),
                words.split(',').next().unwrap_or_default().to_string(),
            ],
        );
        label.rank = 4;
        label.bounds.x1 += 4.0;
        label.spots = if scene.frame.is_horizontal() {
            vec![
                Spot::AboveStart,
                Spot::AboveEnd,
                Spot::BelowStart,
                Spot::Right,
            ]
        } else {
            vec![Spot::Right, Spot::BelowStart]
        };
        sheet.labels.add(label);
    }
}
