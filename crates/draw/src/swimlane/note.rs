//! What a client does on the way, as a mark and a few words: it looks at its
//! clock, extends, finds the job done, gives up.

use std::collections::BTreeMap;

use designs::vocabulary::{BeliefEnd, Event, Refusal};
use designs::words;
use sim::{Kind, Record, Span, Time};

use crate::ink::Ink;
use crate::shape::Paint;

use super::frame::{about, path};
use super::label::Line;
use super::scene::{Layer, Scene, Sheet};
use designs::design::Role;

/// Something to say at an instant of a lane.
struct Note {
    lane: u16,
    at: Time,
    record: u32,
    /// In more words and in fewer.
    wordings: Vec<String>,
    /// Whether its holder only goes on.
    is_routine: bool,
}

/// Notes this near, in pixels, are said together.
const NEAR: f32 = 3.0;
/// More letters than this are not read.
const LONGEST: usize = 64;
/// Of what is said together, so many wordings are kept.
const MOST_SAID: usize = 8;
/// More notes than this are told only where something is amiss.
const MANY: usize = 24;

pub(super) fn draw(scene: &Scene<'_>, sheet: &mut Sheet) {
    let mut notes: Vec<Note> = Vec::new();
    // The last one of each lane.
    let mut latest: BTreeMap<u16, usize> = BTreeMap::new();
    for (number, record) in scene.facts.iter() {
        if scene.role(record.lane) != Role::Client
            || !scene.shows(record.at)
            || scene.is_crowd(record.lane)
        {
            continue;
        }
        let wordings = Event::read(record).map_or_else(|| of_world(record), of_event);
        let Some(wordings) = wordings else {
            continue;
        };
        let is_routine = matches!(
            Event::read(record),
            Some(Event::LockCheck { passed: true, .. } | Event::LockExtend { extended: true, .. })
        );
        let near = latest.get(&record.lane).map(|place| &mut notes[*place]);
        match near {
            Some(note) if scene.along(record.at) - scene.along(note.at) < NEAR => {
                note.join(&wordings);
                note.is_routine &= is_routine;
            }
            _ => {
                latest.insert(record.lane, notes.len());
                notes.push(Note {
                    lane: record.lane,
                    at: record.at,
                    record: number,
                    wordings,
                    is_routine,
                });
            }
        }
    }
    // What recurs all the time is no news.
    let routine = notes.len() > MANY;
    for note in notes
        .into_iter()
        .filter(|note| !routine || !note.is_routine)
    {
        note.draw(scene, sheet);
    }
}

impl Note {
    /// Says more: what both say, then the shortest of each alone.
    fn join(&mut self, more: &[String]) {
        let (Some(first), Some(then)) = (self.wordings.first(), more.first()) else {
            return;
        };
        if first.contains(then.as_str()) || self.wordings.len() > MOST_SAID {
            return;
        }
        let both = format!("{first}, {then}");
        if both.chars().count() <= LONGEST {
            self.wordings.insert(0, both);
        }
        self.wordings.extend_from_slice(&more[more.len() - 1..]);
    }

    fn draw(self, scene: &Scene<'_>, sheet: &mut Sheet) {
        let (triangle, area) = scene.pointer(self.lane, self.at);
        let title = format!(
            "{}, {}: {}",
            scene.run.name(self.lane),
            words::instant(self.at),
            self.wordings[0]
        );
        let mark = path(triangle, Paint::fill(scene.ink(self.lane)));
        sheet.paint(Layer::Mark, about(mark, self.record, title));
        let line = Line::small("", Ink::Text);
        let mut label = scene.label(self.lane, area, &line, self.wordings);
        label.rank = 3;
        label.backed = !scene.frame.is_horizontal();
        sheet.labels.add(label);
    }
}

fn of_event(event: Event) -> Option<Vec<String>> {
    let one = |words: &str| Some(vec![words.to_string()]);
    match event {
        Event::LockCheck {
            left_us, passed, ..
        } => {
            let span = words::span(Span::from_us(left_us.0.unsigned_abs()));
            let left = if left_us.0 > 0 {
                format!("{span} left")
            } else {
                format!("{span} too late")
            };
            let then = if passed { "goes on" } else { "stops" };
            Some(vec![
                format!("checks its clock: {left}, {then}"),
                format!("checks: {left}"),
                format!("checks, {then}"),
            ])
        }
        Event::LockExtend { extended: true, .. } => one("extended"),
        Event::LockExtend {
            extended: false, ..
        } => one("extension fails"),
        Event::JobSkip { .. } => Some(vec![
            "finds the job done, leaves it".to_string(),
            "job is done".to_string(),
        ]),
        Event::JobAbandon { .. } => {
            Some(vec!["gives the job up".to_string(), "gives up".to_string()])
        }
        Event::LockRejected {
            reason: Refusal::Validity,
            ..
        } => Some(vec![
            "has the votes, but too late: gives them back".to_string(),
            "votes come too late".to_string(),
            "too late".to_string(),
        ]),
        Event::BeliefEnds {
            reason: BeliefEnd::Notified,
            ..
        } => Some(vec![
            "hears that the lock is lost".to_string(),
            "lock is lost".to_string(),
        ]),
        _ => None,
    }
}

fn of_world(record: &Record) -> Option<Vec<String>> {
    match record.world_kind()? {
        Kind::ClockStep => {
            let by = step(record);
            Some(vec![format!("its clock jumps {by}"), format!("clock {by}")])
        }
        Kind::ClockDrift => Some(vec![format!("clock runs {:+} ppm", record.x.cast_signed())]),
        _ => None,
    }
}

/// `+5 s`, `−200 ms`.
pub(super) fn step(record: &Record) -> String {
    let by = record.x.cast_signed();
    let sign = if by < 0 { '−' } else { '+' };
    format!("{sign}{}", words::span(Span::from_us(by.unsigned_abs())))
}
