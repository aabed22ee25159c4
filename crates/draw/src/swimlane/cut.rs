//! Cut links: a shaded bar between the lanes that they separate, with words.

use designs::{Run, words};
use sim::{Kind, Span, Time, flags};

use crate::ink::Ink;
use crate::shape::Paint;

use super::frame::{Area, Lean, Reach, about, hatch, path, rect};
use super::label::{Label, Line, Spot};
use super::scene::{Layer, Scene, Sheet};

/// One lane cut off from others for a while.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Cut {
    /// The first of the lanes.
    one: u16,
    /// Those on the other side, in order.
    others: Vec<u16>,
    from: Time,
    /// `None`: to the end of the run.
    until: Option<Time>,
    /// Whether messages are lost rather than held.
    lossy: bool,
    way: Way,
    record: u32,
}

/// Which messages a cut stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Both,
    /// Those of the first lane.
    There,
    /// Those to the first lane.
    Back,
}

impl Cut {
    /// The lane before which its bar lies.
    pub fn later(&self) -> u16 {
        self.others.first().copied().unwrap_or(self.one)
    }
}

/// Every cut of a run, in the order of the lanes before which they lie.
/// Links that are cut together are one.
pub(super) fn read(run: &Run) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    for (number, record) in (0..).zip(&run.trace.records) {
        if record.world_kind() != Some(Kind::CutBegin) {
            continue;
        }
        let other = u16::try_from(record.y).unwrap_or(record.lane);
        let cut = Cut {
            one: record.lane.min(other),
            others: vec![record.lane.max(other)],
            from: record.at,
            until: (record.x != u64::MAX).then(|| record.at + Span::from_us(record.x)),
            lossy: record.flags == flags::LOSSY,
            way: if record.lane < other {
                Way::There
            } else {
                Way::Back
            },
            record: number,
        };
        let back = cuts.iter_mut().find(|known| {
            known.is_like(&cut) && known.others == cut.others && known.way != cut.way
        });
        match back {
            Some(known) => known.way = Way::Both,
            None => cuts.push(cut),
        }
    }
    let mut joined: Vec<Cut> = Vec::new();
    for cut in cuts {
        let role = |lane: u16| run.lanes.get(usize::from(lane)).map(|lane| lane.role);
        let like = joined.iter_mut().find(|known| {
            known.is_like(&cut) && known.way == cut.way && role(known.later()) == role(cut.later())
        });
        match like {
            Some(known) => {
                known.others.extend(cut.others);
                known.others.sort_unstable();
            }
            None => joined.push(cut),
        }
    }
    joined.sort_by_key(|cut| (cut.later(), cut.from));
    joined
}

impl Cut {
    fn is_like(&self, other: &Self) -> bool {
        self.one == other.one
            && self.from == other.from
            && self.until == other.until
            && self.lossy == other.lossy
    }

    fn wordings(&self, scene: &Scene<'_>) -> Vec<String> {
        let one = scene.run.name(self.one);
        let others = scene.names(&self.others);
        let who = match self.way {
            Way::Both => format!("{one} cut off from {others}"),
            Way::There => format!("{one} cannot reach {others}"),
            Way::Back => format!("{others} cannot reach {one}"),
        };
        let long = match self.until {
            Some(until) => format!("for {}", words::span(until.since(self.from))),
            None => "throughout".to_string(),
        };
        let fate = if self.lossy {
            "messages are lost"
        } else {
            "messages are held"
        };
        vec![
            format!("{who} {long}, {fate}"),
            format!("{who} {long}"),
            who,
            "cut".to_string(),
        ]
    }
}

/// A bar longer than this, in pixels, carries its words.
const ROOMY: f32 = 400.0;

pub(super) fn draw(scene: &Scene<'_>, cuts: &[Cut], sheet: &mut Sheet) {
    let scale = &scene.frame.scale;
    for (cut, &across) in cuts.iter().zip(&scene.layout.cuts) {
        let until = cut.until.unwrap_or(scale.until.max(scene.run.trace.end));
        let Some(along) = scene.reach(cut.from, until) else {
            continue;
        };
        let area = scene.frame.area(along, across);
        let wordings = cut.wordings(scene);
        let ground = rect(area, 2.0, Paint::fill(Ink::Grid));
        sheet.paint(Layer::Bar, about(ground, cut.record, wordings[0].clone()));
        let lines = hatch(area, 5.0, Lean::Back);
        sheet.paint(
            Layer::Over,
            path(lines, Paint::stroke(Ink::Muted, 1.0).faded(50)),
        );
        if scene.frame.is_horizontal() {
            sheet.labels.surface(area);
        }
        // Where time runs down, words reach over the lane before.
        let horizontal = scene.frame.is_horizontal();
        let room = if horizontal { across } else { (across.0 - 66.0, across.1 + 2.0) };
        let bounds = scene.frame.area((scale.start, scale.end), room);
        let wordings = wordings.into_iter().skip(if horizontal { 0 } else { 2 });
        sheet.labels.add(Label {
            rank: 1,
            wordings: wordings
                .map(|words| vec![Line::small(words, Ink::Text)])
                .collect(),
            at: if horizontal && area.width() < ROOMY {
                vec![area]
            } else {
                starts(scene, along, across)
            },
            // Words beside a short bar leave it to be seen.
            spots: if horizontal && area.width() < ROOMY {
                vec![Spot::Right, Spot::Left, Spot::Inside]
            } else {
                vec![scene.at_start(), Spot::Inside]
            },
            bounds,
            backed: true,
            ground: Ink::Ground,
        });
    }
}

/// Where words about a bar may begin: at its start, or where it is free.
fn starts(scene: &Scene<'_>, along: Reach, across: Reach) -> Vec<Area> {
    let step = if scene.frame.is_horizontal() { 60.0 } else { 16.0 };
    let count = ((along.1 - along.0) / step) as usize;
    (0..=count.min(24))
        .map(|place| (along.0 + step * place as f32, along.1))
        .map(|along| scene.frame.area(along, across))
        .collect()
}
