//! Attempts without a lock: a thin line from the read to the write that it
//! leads to, during which another's write spoils it, and a cross where one did.

use designs::vocabulary::{Event, RowDecision};
use sim::Time;

use crate::ink::Ink;
use crate::shape::{Paint, Segment};

use super::facts::Facts;
use super::frame::{Reach, about, path};
use super::label::{Line, Spot};
use super::scene::{Layer, Scene, Sheet, Sign};
use super::sliver::Slivers;

/// One attempt, as the database sees it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Attempt {
    pub lane: u16,
    /// When its row was read, or came back with a refusal.
    pub from: Time,
    /// When its write was decided.
    pub until: Time,
    /// Whether the row was no longer what had been read.
    pub failed: bool,
    /// The record of the decision.
    pub record: u32,
}

/// All attempts of a run without locks, in order of their ends; with a lock it
/// is the lock that a worker tries to get.
pub(super) fn read(facts: &Facts<'_>) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    if facts.run.history.has_lock {
        return attempts;
    }
    // By lane: a worker makes one attempt at a time.
    let mut begun: Vec<Option<Time>> = vec![None; facts.run.lanes.len()];
    for (number, record) in facts.iter() {
        match Event::read(record) {
            Some(Event::RowRead { holder, .. }) => {
                if let Some(begun) = begun.get_mut(usize::from(holder.lane())) {
                    *begun = Some(record.at);
                }
            }
            Some(Event::RowWrite {
                holder, decision, ..
            }) => {
                let lane = holder.lane();
                let Some(begun) = begun.get_mut(usize::from(lane)) else {
                    continue;
                };
                let failed = decision == RowDecision::Conflict;
                // Who hears with a refusal what the row is does not read again.
                let from = begun.take();
                *begun = failed.then_some(record.at);
                attempts.extend(from.map(|from| Attempt {
                    lane,
                    from,
                    until: record.at,
                    failed,
                    record: number,
                }));
            }
            _ => {}
        }
    }
    attempts
}

/// Crosses nearer than this would lie on one another, in pixels.
const APART: f32 = 6.0;
/// A cross reaches so far from its middle, in pixels.
const ARM: f32 = 3.0;
/// Half the width of the line of an attempt, in pixels.
const HALF: f32 = 1.5;

/// What a lane with an own colour has failed at.
#[derive(Default)]
struct Failures {
    count: usize,
    /// The record of the first.
    first: u32,
    crosses: Vec<Segment>,
    /// From the first cross to the last.
    along: Option<Reach>,
}

/// Draws those of lanes that are drawn one by one.
pub(super) fn draw(scene: &Scene<'_>, attempts: &[Attempt], sheet: &mut Sheet) {
    let mut slivers = Slivers::default();
    let mut failures: Vec<Failures> = Vec::new();
    failures.resize_with(scene.run.lanes.len(), Failures::default);
    for attempt in attempts
        .iter()
        .filter(|attempt| !scene.is_crowd(attempt.lane))
    {
        let Some(along) = scene.reach(attempt.from, attempt.until) else {
            continue;
        };
        let main = scene.row(attempt.lane).main;
        let middle = f32::midpoint(main.0, main.1);
        let across = (middle - HALF, middle + HALF);
        slivers.add(scene.soft(attempt.lane), along, across);
        if attempt.failed && scene.shows(attempt.until) {
            failures[usize::from(attempt.lane)].add(scene, attempt, (along.1, middle));
        }
    }
    slivers.paint(&scene.frame, 100, "Attempts, from read to write", sheet);
    for (lane, failures) in (0..).zip(failures) {
        failures.draw(scene, lane, sheet);
    }
}

impl Failures {
    fn add(&mut self, scene: &Scene<'_>, attempt: &Attempt, (x, y): (f32, f32)) {
        if self.count == 0 {
            self.first = attempt.record;
        }
        self.count += 1;
        let along = self.along.get_or_insert((x, f32::MIN));
        if x - along.1 < APART {
            return;
        }
        along.1 = x;
        let frame = &scene.frame;
        let stroke = |up: f32| frame.line((x - ARM, y - ARM * up), (x + ARM, y + ARM * up));
        self.crosses
            .extend([1.0, -1.0].into_iter().flat_map(stroke));
    }

    fn draw(self, scene: &Scene<'_>, lane: u16, sheet: &mut Sheet) {
        let Some(along) = self.along else {
            return;
        };
        let times = match self.count {
            1 => "1 attempt failed".to_string(),
            count => format!("{count} attempts failed"),
        };
        let why = "the version had moved";
        let title = format!("{}: {times}, {why}", scene.run.name(lane));
        let paint = Paint::stroke(scene.ink(lane), 1.5);
        sheet.paint(
            Layer::Over,
            about(path(self.crosses, paint), self.first, title),
        );
        let main = scene.row(lane).main;
        let area = scene.frame.area(along, main);
        sheet.labels.surface(area);
        let mut wordings = vec![times.clone(), format!("{} failed", self.count)];
        if sheet.explains(Sign::Failed) {
            wordings.insert(0, format!("×: failed, {why}; {times}"));
            wordings.insert(1, format!("× failed, {why}"));
        }
        let line = Line::small("", Ink::Text);
        let mut label = scene.label(lane, area, &line, wordings);
        label.rank = 2;
        label.backed = true;
        label.at = scene.starts(area);
        label.spots = scene.spots_on(&[Spot::AboveStart, Spot::BelowStart], Spot::InsideTop);
        sheet.labels.add(label);
    }
}

#[cfg(test)]
mod tests {
    use designs::{Run, code};

    use super::*;

    fn failed(code: &str) -> Vec<bool> {
        let run = Run::of(code::read(code).expect("a code of this test").scenario);
        let attempts = read(&Facts::of(&run));
        assert!(attempts.iter().all(|attempt| attempt.from < attempt.until));
        attempts.iter().map(|attempt| attempt.failed).collect()
    }

    #[test]
    fn of_two_at_once_one_fails_and_tries_again() {
        for mechanism in ["cas", "cas_ret"] {
            let code = format!("contention?k=2&mechanism={mechanism}&jitter=0ms");
            assert_eq!(failed(&code), [false, true, false], "{mechanism}");
        }
        for mechanism in ["row_lock", "ext_lock_fifo", "atomic"] {
            let code = format!("contention?k=2&mechanism={mechanism}");
            assert!(!failed(&code).contains(&true), "{mechanism}");
        }
    }
}
