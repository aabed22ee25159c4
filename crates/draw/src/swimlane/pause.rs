//! Stretches in which a process does not run.

use designs::history::Belief;
use designs::words;
use sim::{Kind, Span, Time, flags};

use crate::ink::Ink;
use crate::shape::Paint;

use super::facts::Facts;
use super::frame::{Lean, about, hatch, path};
use super::label::{Line, Spot};
use super::scene::{Layer, Scene, Sheet, Sign, stretch};
use designs::design::Role;

/// A process stands still.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pause {
    pub lane: u16,
    pub from: Time,
    pub until: Time,
    /// The record of its begin.
    pub record: u32,
    /// `paused 8 s`.
    pub words: String,
    /// `in the middle of its work`; empty where no anchor says.
    pub cause: String,
}

/// Every pause of a run, in order of their begins.
pub(super) fn read(facts: &Facts<'_>) -> Vec<Pause> {
    let run = facts.run;
    let mut pauses: Vec<Pause> = Vec::new();
    for (number, record) in facts.iter() {
        match record.world_kind() {
            Some(Kind::PauseBegin) => {
                let verb = if record.flags == flags::SUSPENDED {
                    "suspended"
                } else {
                    "paused"
                };
                let cause = record
                    .y
                    .checked_sub(1)
                    .and_then(|anchor| run.scenario.design.anchors().get(anchor as usize))
                    .map_or(String::new(), |anchor| anchor.label.to_string());
                pauses.push(Pause {
                    lane: record.lane,
                    from: record.at,
                    until: run.trace.end,
                    record: number,
                    words: format!("{verb} {}", words::span(Span::from_us(record.x))),
                    cause,
                });
            }
            Some(Kind::PauseEnd) => {
                let open = pauses.iter_mut().rfind(|pause| pause.lane == record.lane);
                if let Some(open) = open {
                    open.until = record.at;
                }
            }
            _ => {}
        }
    }
    pauses
}

impl Pause {
    /// What it is, in more words and in fewer.
    pub fn wordings(&self) -> Vec<String> {
        let mut wordings = Vec::new();
        if !self.cause.is_empty() {
            wordings.push(format!("{}, {}", self.words, self.cause));
        }
        wordings.push(self.words.clone());
        wordings
    }

    /// The same as it is said on the picture; the first one says what its
    /// hatching means.
    pub fn told(&self, first: bool) -> Vec<String> {
        let mut wordings = self.wordings();
        if first {
            let explained: Vec<String> = wordings
                .iter()
                .map(|words| format!("{words}: does not run"))
                .collect();
            wordings.splice(0..0, explained);
        }
        wordings
    }

    /// Whether it falls into a belief of its own process.
    pub fn is_within(&self, belief: &Belief) -> bool {
        belief.holder.lane() == self.lane
            && belief.from.at < self.until
            && belief.until.at > self.from
    }

    /// What it is, for a pointer.
    pub fn title(&self, name: &str) -> String {
        format!(
            "{name} is {}, {}",
            self.wordings().first().map_or("", String::as_str),
            stretch(self.from, self.until)
        )
    }
}

/// Draws the parts of pauses that no belief covers: nobody holds, so they are
/// in neutral ink.
pub(super) fn draw(scene: &Scene<'_>, pauses: &[Pause], sheet: &mut Sheet) {
    for pause in pauses.iter().filter(|pause| !scene.is_crowd(pause.lane)) {
        let mut free = vec![(pause.from, pause.until)];
        for belief in &scene.run.history.beliefs {
            if belief.holder.lane() == pause.lane {
                free = free
                    .into_iter()
                    .flat_map(|(from, until)| {
                        [
                            (from, until.min(belief.from.at)),
                            (from.max(belief.until.at), until),
                        ]
                    })
                    .filter(|(from, until)| from < until)
                    .collect();
            }
        }
        let beliefs = &scene.run.history.beliefs;
        let covered = beliefs.iter().any(|belief| pause.is_within(belief));
        for (from, until) in free {
            still(scene, pause, (from, until), !covered, sheet);
        }
    }
}

fn still(
    scene: &Scene<'_>,
    pause: &Pause,
    (from, until): (Time, Time),
    named: bool,
    sheet: &mut Sheet,
) {
    let Some(along) = scene.reach(from, until) else {
        return;
    };
    let area = scene.frame.area(along, scene.row(pause.lane).main);
    let outline = super::frame::rect(area, 0.0, Paint::stroke(Ink::Muted, 1.0).faded(60));
    let title = pause.title(scene.run.name(pause.lane));
    sheet.paint(Layer::Bar, about(outline, pause.record, title));
    let lines = hatch(area, 7.0, Lean::Forward);
    sheet.paint(
        Layer::Over,
        path(lines, Paint::stroke(Ink::Muted, 1.0).faded(45)),
    );
    sheet.labels.surface(area);
    if named {
        let client = scene.role(pause.lane) == Role::Client;
        let first = sheet.explains(Sign::Pause);
        let wordings = if client {
            pause.told(first)
        } else {
            vec![format!("{} {}", scene.run.name(pause.lane), pause.words)]
        };
        let line = Line::small("", Ink::Text).bold();
        let at = if client {
            scene.bars(pause.lane, along)
        } else {
            scene.caption(pause.lane, along)
        };
        let mut label = scene.label(pause.lane, at, &line, wordings);
        label.rank = 1;
        label.backed = true;
        label.spots = scene.spots_on(
            &[Spot::Inside, Spot::InsideStart, Spot::InsideEnd],
            Spot::Inside,
        );
        sheet.labels.add(label);
    }
}
