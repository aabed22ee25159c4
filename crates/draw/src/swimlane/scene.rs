//! What every part of the drawing reads, and what it draws on.

use designs::design::Role;
use designs::{Run, words};
use sim::Time;

use crate::ink::{ACTORS, Ink};
use crate::shape::{Segment, Shape};

use super::facts::Facts;
use super::frame::{Area, Frame, Reach};
use super::index::Index;
use super::label::{Label, Line, Placer, Spot, Words};
use super::layout::{Layout, Row};

/// A run, and where its things lie.
pub(super) struct Scene<'a> {
    pub run: &'a Run,
    pub facts: &'a Facts<'a>,
    pub layout: &'a Layout,
    pub index: &'a Index<'a>,
    pub frame: Frame,
    /// How many votes make a holder, and of how many; `None` where none do.
    pub votes: Option<(u32, u32)>,
    /// The number of each lane's colour.
    colours: Vec<u8>,
    /// Which lanes are drawn as a crowd.
    crowded: Vec<bool>,
}

impl<'a> Scene<'a> {
    pub fn new(facts: &'a Facts<'a>, layout: &'a Layout, index: &'a Index<'a>) -> Self {
        let run = facts.run;
        // Clients with a lane of their own have the colours, as far as they go.
        let mut own = 0..ACTORS;
        let mut colours = vec![ACTORS; run.lanes.len()];
        let mut crowded = vec![false; run.lanes.len()];
        for group in layout.bands.iter().map(|band| &band.group) {
            for &lane in &group.lanes {
                crowded[usize::from(lane)] = group.crowd;
                if group.role == Role::Client && !group.crowd {
                    colours[usize::from(lane)] = own.next().unwrap_or(ACTORS);
                }
            }
        }
        Self {
            run,
            facts,
            layout,
            index,
            frame: layout.frame,
            votes: super::votes::rule(run),
            colours,
            crowded,
        }
    }

    /// The colour of what is a client's.
    pub fn ink(&self, lane: u16) -> Ink {
        Ink::Actor(self.colour(lane))
    }

    /// The same, faded.
    pub fn soft(&self, lane: u16) -> Ink {
        Ink::ActorSoft(self.colour(lane))
    }

    fn colour(&self, lane: u16) -> u8 {
        self.colours
            .get(usize::from(lane))
            .copied()
            .unwrap_or(ACTORS)
    }

    /// Whether a lane is one of many that are drawn together.
    pub fn is_crowd(&self, lane: u16) -> bool {
        self.crowded.get(usize::from(lane)).is_some_and(|it| *it)
    }

    pub fn role(&self, lane: u16) -> Role {
        self.run.lanes[usize::from(lane)].role
    }

    pub fn row(&self, lane: u16) -> Row {
        self.layout.rows[usize::from(lane)]
    }

    /// Where an instant lies along.
    pub fn along(&self, at: Time) -> f32 {
        self.frame.scale.place(at)
    }

    /// Whether an instant is shown.
    pub fn shows(&self, at: Time) -> bool {
        let scale = &self.frame.scale;
        (scale.from..=scale.until).contains(&at)
    }

    /// Where a stretch of time lies along, cut to what is shown.
    pub fn reach(&self, from: Time, until: Time) -> Option<Reach> {
        let scale = &self.frame.scale;
        (from <= scale.until && until >= scale.from)
            .then(|| (scale.place_within(from), scale.place_within(until)))
    }

    /// The spot after a thing in time.
    pub fn later(&self) -> Spot {
        if self.frame.is_horizontal() {
            Spot::Right
        } else {
            Spot::BelowStart
        }
    }

    /// The spot before a thing in time.
    pub fn earlier(&self) -> Spot {
        if self.frame.is_horizontal() {
            Spot::Left
        } else {
            Spot::AboveStart
        }
    }

    /// The spot on a thing where it begins in time.
    pub fn at_start(&self) -> Spot {
        if self.frame.is_horizontal() {
            Spot::InsideStart
        } else {
            Spot::InsideTop
        }
    }

    /// A label of one line, in several wordings, for a thing on a lane.
    pub fn label<T: Into<String>>(
        &self,
        lane: u16,
        at: Area,
        line: &Line,
        wordings: impl IntoIterator<Item = T>,
    ) -> Label {
        Label {
            rank: 3,
            wordings: wordings
                .into_iter()
                .map(|words| {
                    vec![Line {
                        text: words.into(),
                        ..line.clone()
                    }]
                })
                .collect(),
            at: vec![at],
            spots: vec![self.later(), self.earlier(), Spot::Inside],
            bounds: self.layout.bounds_of(lane),
            backed: false,
            ground: Ink::Lane,
        }
    }

    /// A small triangle at the edge of a lane's bars that points at an
    /// instant, and its area.
    pub fn pointer(&self, lane: u16, at: Time) -> (Vec<Segment>, Area) {
        let along = self.along(at);
        let band = self.layout.band_of(lane);
        let first = self.layout.rows[usize::from(band.group.first())];
        let (half, length) = if self.frame.is_horizontal() {
            (4.0, 7.0)
        } else {
            (3.5, 4.0)
        };
        let tip = first.main.0;
        let triangle = self.frame.polygon([
            (along - half, tip - length),
            (along + half, tip - length),
            (along, tip),
        ]);
        // Words stand beside it, on the line of words above the bars.
        let tail = if self.frame.is_horizontal() {
            12.0
        } else {
            length
        };
        let area = self
            .frame
            .area((along - half, along + half), (tip - tail, tip));
        (triangle, area)
    }

    /// What words about a stretch of a client's bar stand on or beside: the
    /// bar, or, where time runs down, both bars, since words are wider.
    pub fn bars(&self, lane: u16, along: Reach) -> Area {
        let row = self.row(lane);
        if self.frame.is_horizontal() || row.truth.0 >= row.truth.1 {
            return self.frame.area(along, row.main);
        }
        self.frame.area(along, (row.main.0, row.truth.1))
    }

    /// Where on a stretch words may begin: at its start, or later where it is
    /// free.
    pub fn starts(&self, area: Area) -> Vec<Area> {
        let horizontal = self.frame.is_horizontal();
        let (length, step) = if horizontal {
            (area.width(), 60.0)
        } else {
            (area.height(), 16.0)
        };
        (0..=((length / step) as usize).min(24))
            .map(|place| {
                let shift = step * place as f32;
                if horizontal {
                    Area::new(area.x0 + shift, area.y0, area.x1, area.y1)
                } else {
                    Area::new(area.x0, area.y0 + shift, area.x1, area.y1)
                }
            })
            .collect()
    }

    /// Where words about a stretch of time stand, the best first: beside the
    /// bars where a column has room, else on them.
    pub fn spots_on(&self, horizontal: &[Spot], vertical: Spot) -> Vec<Spot> {
        if self.frame.is_horizontal() {
            horizontal.to_vec()
        } else {
            let beside = if vertical == Spot::InsideTop {
                Spot::RightTop
            } else {
                Spot::Right
            };
            vec![beside, vertical, Spot::Inside]
        }
    }

    /// Where words about a stretch of a lane belong: on its bar, or, for
    /// servers folded into thin rows, on the line of words above them.
    pub fn caption(&self, lane: u16, along: Reach) -> Area {
        let band = self.layout.band_of(lane);
        let first = self.layout.rows[usize::from(band.group.first())].main;
        if self.frame.is_horizontal() && band.group.lanes.len() > 1 {
            return self.frame.area(along, (band.reach.0 + 2.0, first.0));
        }
        self.frame.area(along, self.row(lane).main)
    }

    /// `Redis 4`, `Redis 4 and 5`, `Redis 1–5`, `A, Redis 1–2 and Job store`.
    pub fn names(&self, lanes: &[u16]) -> String {
        let mut runs: Vec<(u16, u16)> = Vec::new();
        for &lane in lanes {
            match runs.last_mut() {
                Some((first, last))
                    if *last + 1 == lane
                        && numbered(self.run.name(*first)).is_some()
                        && numbered(self.run.name(*first)).map(|name| name.0)
                            == numbered(self.run.name(lane)).map(|name| name.0) =>
                {
                    *last = lane;
                }
                _ => runs.push((lane, lane)),
            }
        }
        let alone = runs.len() == 1;
        let names: Vec<String> = runs
            .into_iter()
            .map(|(first, last)| {
                let name = self.run.name(first);
                match numbered(self.run.name(last)) {
                    Some((_, until)) if last == first + 1 && alone => format!("{name} and {until}"),
                    Some((_, until)) if last > first => format!("{name}–{until}"),
                    _ => name.to_string(),
                }
            })
            .collect();
        match names.as_slice() {
            [] => String::new(),
            [only] => only.clone(),
            [most @ .., last] => format!("{} and {last}", most.join(", ")),
        }
    }
}

/// `Redis 4` and `DC4` in their two parts; `None` for names without a number.
pub(super) fn numbered(name: &str) -> Option<(&str, &str)> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (!stem.is_empty() && stem.len() < name.len()).then(|| name.split_at(stem.len()))
}

/// `from 0.002 s to 5.002 s`.
pub(super) fn stretch(from: Time, until: Time) -> String {
    format!("from {} to {}", words::instant(from), words::instant(until))
}

/// What is painted first lies lowest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Layer {
    /// The lanes' grounds.
    Band,
    /// Spans of broken guarantees.
    Broken,
    /// Lines at round instants.
    Grid,
    /// Bars and wedges.
    Bar,
    /// Hatches and outlines on them.
    Over,
    /// Edges of broken spans.
    Edge,
    /// Messages.
    Arrow,
    /// Tokens, notches, crosses.
    Mark,
    /// Words that have a fixed place.
    Words,
}

const LAYERS: usize = Layer::Words as usize + 1;

/// Where more than so many of a kind are shown, slivers are drawn together.
pub(super) const MANY: usize = 60;

/// A texture or a mark that the first of its kind explains.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sign {
    /// A hatched stretch: its process does not run.
    Pause,
    /// A belief past its own deadline, whose holder cannot look.
    PastUnseen,
    /// The same, whose holder does not look.
    PastIgnored,
    /// A holder's own deadline.
    Deadline,
    /// A write that was refused, since another came between.
    Failed,
}

/// Shapes by layer, and labels that look for a place.
#[derive(Default)]
pub(super) struct Sheet {
    layers: [Vec<Shape>; LAYERS],
    pub labels: Placer,
    explained: Vec<Sign>,
}

impl Sheet {
    /// An empty sheet for a frame.
    pub fn of(frame: &Frame) -> Self {
        Self {
            labels: if frame.is_horizontal() {
                Placer::default()
            } else {
                Placer::of_columns()
            },
            ..Self::default()
        }
    }

    pub fn paint(&mut self, layer: Layer, shape: Shape) {
        self.layers[layer as usize].push(shape);
    }

    /// Whether `sign` is the first of its kind, which says what it means.
    pub fn explains(&mut self, sign: Sign) -> bool {
        let first = !self.explained.contains(&sign);
        if first {
            self.explained.push(sign);
        }
        first
    }

    /// All shapes in painting order, and all words that may be dimmed.
    pub fn done(self) -> (Vec<Shape>, Vec<Words>) {
        let (labels, words) = self.labels.place();
        let mut shapes: Vec<Shape> = self.layers.into_iter().flatten().collect();
        shapes.extend(labels);
        (shapes, words)
    }
}
