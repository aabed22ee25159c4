//! Cut links: a shaded bar between the lanes that they separate, with words.

use designs::words;
use sim::{Kind, Span, Time, flags};

use crate::ink::Ink;
use crate::shape::Paint;

use super::facts::Facts;
use super::frame::{Lean, about, hatch, path, rect};
use super::label::{Label, Line, Spot};
use super::scene::{Layer, Scene, Sheet};

/// Lanes cut off from others for a while: every one from every other.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Cut {
    /// The lanes of one side, in order; where only one way is cut, those that
    /// cannot send.
    near: Vec<u16>,
    /// Those of the other side, in order.
    far: Vec<u16>,
    both_ways: bool,
    span: Stretch,
    record: u32,
}

/// When links are cut, and how.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Stretch {
    from: Time,
    /// `None`: to the end of the run.
    until: Option<Time>,
    /// Whether messages are lost rather than held.
    lossy: bool,
}

/// Links of one stretch, from sender to receiver, and the first one's record.
struct Links {
    span: Stretch,
    record: u32,
    pairs: Vec<(u16, u16)>,
}

/// Every cut of a run, in the order of the lanes before which they lie.
pub(super) fn read(facts: &Facts<'_>) -> Vec<Cut> {
    let mut all: Vec<Links> = Vec::new();
    for (number, record) in facts.iter() {
        if record.world_kind() != Some(Kind::CutBegin) {
            continue;
        }
        let span = Stretch {
            from: record.at,
            until: (record.x != u64::MAX).then(|| record.at + Span::from_us(record.x)),
            lossy: record.flags == flags::LOSSY,
        };
        let pair = (record.lane, u16::try_from(record.y).unwrap_or(record.lane));
        match all.iter_mut().find(|links| links.span == span) {
            Some(links) => links.pairs.push(pair),
            None => all.push(Links {
                span,
                record: number,
                pairs: vec![pair],
            }),
        }
    }
    let mut cuts: Vec<Cut> = all.into_iter().flat_map(Links::joined).collect();
    cuts.sort_by_key(|cut| (cut.later(), cut.span.from));
    cuts
}

impl Links {
    /// As few cuts as say the same: those both ways first, then the rest.
    fn joined(mut self) -> Vec<Cut> {
        // The same links may have been cut many times over.
        self.pairs.sort_unstable();
        self.pairs.dedup();
        let (both, one): (Vec<_>, Vec<_>) = self
            .pairs
            .iter()
            .copied()
            .partition(|&(from, to)| is_among(&self.pairs, to, from));
        let mut cuts = Vec::new();
        for (mut pairs, both_ways) in [(both, true), (one, false)] {
            while let Some(&(first, _)) = pairs.first() {
                let (near, far) = sides(&pairs, first);
                pairs.retain(|(from, to)| {
                    let cut = near.contains(from) && far.contains(to);
                    let back = both_ways && far.contains(from) && near.contains(to);
                    !cut && !back
                });
                cuts.push(Cut {
                    near,
                    far,
                    both_ways,
                    span: self.span,
                    record: self.record,
                });
            }
        }
        cuts
    }
}

/// All that `first` cannot reach, and all that cannot reach any of those.
/// The pairs are in order.
fn sides(pairs: &[(u16, u16)], first: u16) -> (Vec<u16>, Vec<u16>) {
    let of_first = pairs.iter().filter(|pair| pair.0 == first);
    let far: Vec<u16> = of_first.map(|pair| pair.1).collect();
    let mut near: Vec<u16> = pairs.iter().map(|pair| pair.0).collect();
    near.dedup();
    near.retain(|&from| far.iter().all(|&to| is_among(pairs, from, to)));
    (near, far)
}

/// Whether a link is among pairs that are in order.
fn is_among(pairs: &[(u16, u16)], from: u16, to: u16) -> bool {
    pairs.binary_search(&(from, to)).is_ok()
}

impl Cut {
    /// The lane before which its bar lies: the first that lies beyond the cut
    /// from the first of all.
    pub fn later(&self) -> u16 {
        let first = |lanes: &[u16]| lanes.first().copied().unwrap_or(0);
        first(&self.near).max(first(&self.far))
    }

    fn wordings(&self, scene: &Scene<'_>) -> Vec<String> {
        let (near, far) = (scene.names(&self.near), scene.names(&self.far));
        let who = if self.both_ways {
            format!("{near} cut off from {far}")
        } else {
            format!("{near} cannot reach {far}")
        };
        let long = match self.span.until {
            Some(until) => format!("for {}", words::span(until.since(self.span.from))),
            None => "throughout".to_string(),
        };
        let fate = if self.span.lossy {
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
        let until = cut
            .span
            .until
            .unwrap_or(scale.until.max(scene.run.trace.end));
        let Some(along) = scene.reach(cut.span.from, until) else {
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
        sheet.labels.surface(area);
        // Where time runs down, words reach over the lane before.
        let horizontal = scene.frame.is_horizontal();
        let room = if horizontal {
            across
        } else {
            (across.0 - 66.0, across.1 + 2.0)
        };
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
                scene.starts(area)
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
