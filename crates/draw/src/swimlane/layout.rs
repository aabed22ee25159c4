//! Which lanes there are and where they lie across.

use designs::Run;
use designs::design::Role;

use crate::shape::Size;
use crate::text;

use super::Orientation;
use super::Viewport;
use super::cut::Cut;
use super::frame::{Frame, Reach};
use super::group::{Group, heading, least, name_within};
use super::label::{Line, extent};
use super::scale::Scale;

/// Where a group lies.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Band {
    /// Which lanes.
    pub group: Group,
    /// Its edges, across.
    pub reach: Reach,
    /// Its name and note, broken into lines that fit.
    pub heading: Vec<Line>,
}

/// Where one lane's things lie, across.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Row {
    /// The number of its band.
    pub band: usize,
    /// The bar of belief, or a server's key, or where tokens land.
    pub main: Reach,
    /// The wedge of truth; empty but for clients.
    pub truth: Reach,
}

/// Everything's place.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Layout {
    /// Along and across on the picture.
    pub frame: Frame,
    /// The bands, in order.
    pub bands: Vec<Band>,
    /// By lane number.
    pub rows: Vec<Row>,
    /// Where the bar of each cut lies, across.
    pub cuts: Vec<Reach>,
    /// Where the lanes' grounds end, along.
    pub end: f32,
}

/// Above the lanes: the words of the time axis and the playhead's marker.
pub(super) const HEAD: f32 = 28.0;
/// A lane of many, with its line of words.
const CROWD: f32 = 92.0;
/// Beside and beneath everything.
pub(super) const MARGIN: f32 = 8.0;
/// Between lanes.
const GAP: f32 = 5.0;
/// The bar of a cut with its gap, where time runs right and where it runs
/// down.
const CUT: f32 = 22.0;
const CUT_COLUMN: f32 = 26.0;
/// How long the time axis is where time runs down, in pixels.
pub(super) const LENGTH: f32 = 620.0;
/// Narrower pictures have little room beside what lands.
const TIGHT: f32 = 520.0;
/// How high words of notes stand.
const WORDS: f32 = 15.0;

/// What of a run decides how much space its lanes need.
pub(super) struct Needs<'a> {
    pub groups: Vec<Group>,
    pub cuts: &'a [Cut],
    /// How many rows of tokens land on the resource, on a time axis.
    pub landings: &'a dyn Fn(&Scale) -> usize,
    /// How many rows of requests a service's lane has, on a time axis.
    pub requests: &'a dyn Fn(u16, &Scale) -> usize,
    /// The resource whose landings are counted, on a line of words.
    pub counted: Option<u16>,
    /// Whether sentences need space beside the lanes.
    pub sentences: bool,
    /// How wide the time axis' words are.
    pub ticks: f32,
}

impl Layout {
    pub fn of(run: &Run, view: &Viewport, needs: Needs<'_>) -> Self {
        match view.orientation {
            Orientation::Horizontal => Self::rows(run, view, needs),
            Orientation::Vertical => Self::columns(run, view, needs),
        }
    }

    fn rows(run: &Run, view: &Viewport, needs: Needs<'_>) -> Self {
        let gutter = gutter(&needs.groups, view.width);
        let start = gutter + MARGIN;
        // Words after the last thing reach beyond the end of the axis.
        let reserve = (view.width * 0.09).clamp(14.0, 100.0);
        let scale = Scale::new(view.from, view.until, start, view.width - reserve);
        let landings = (needs.landings)(&scale).max(1) as f32;
        let mut place = Placing::new(run, HEAD);
        for (number, group) in needs.groups.into_iter().enumerate() {
            place.cuts_before(needs.cuts, &group, CUT);
            let name = name_within(&group, gutter - 2.0 * MARGIN, false);
            let heading = heading(&group, &name, gutter - 2.0 * MARGIN);
            let least = extent(&heading).1 + 8.0;
            let start = place.at;
            let count = group.lanes.len();
            let (length, rows) = match group.role {
                _ if group.crowd => {
                    let length = CROWD.max(least);
                    (
                        length,
                        vec![((start + 18.0, start + length - 5.0), (start, start))],
                    )
                }
                Role::Client => {
                    let length = 70.0_f32.max(least);
                    let main = start + 18.0;
                    (
                        length,
                        vec![((main, main + 22.0), (main + 25.0, main + 45.0))],
                    )
                }
                Role::Grantor if count > 1 => {
                    let pitch = pitch(count);
                    let top = start + WORDS + 4.0;
                    let rows = (0..count)
                        .map(|row| top + pitch * row as f32)
                        .map(|row| ((row, row + pitch - 1.0), (row, row)));
                    let length = WORDS + 9.0 + pitch * count as f32;
                    (length.max(least), rows.collect())
                }
                Role::Grantor => {
                    let length = 19.0_f32.max(least);
                    let bar = start + (length - 8.0) / 2.0;
                    (length, vec![((bar, bar + 8.0), (start, start))])
                }
                Role::Service => {
                    let rows = (needs.requests)(group.first(), &scale) as f32;
                    let length = 34.0_f32.max(least).max(rows * super::request::PITCH + 12.0);
                    (
                        length,
                        vec![((start + 6.0, start + length - 6.0), (start, start))],
                    )
                }
                Role::Resource => {
                    // Where there is no room beside them, words stand beneath.
                    let pitch = if view.width < TIGHT { 50.0 } else { 32.0 };
                    let counts = needs.counted == Some(group.first());
                    let words = if counts { WORDS } else { 0.0 };
                    let length = (14.0 + words + pitch * landings).max(least);
                    (
                        length,
                        vec![((start + 6.0 + words, start + length - 6.0), (start, start))],
                    )
                }
            };
            place.band(number, group, length, heading, rows);
        }
        place.done(Orientation::Horizontal, scale, HEAD, view.width - 4.0)
    }

    fn columns(run: &Run, view: &Viewport, needs: Needs<'_>) -> Self {
        let gutter = needs.ticks + 12.0;
        let mut place = Placing::new(run, gutter);
        let sentences = match needs.sentences {
            true if view.width < super::hang::NARROW_PICTURE => super::hang::NUMBERS,
            true => (view.width * 0.19).min(200.0),
            false => MARGIN,
        };
        let weight = |group: &Group| match group.role {
            _ if group.crowd => 1.05,
            Role::Client => 1.05,
            Role::Grantor if group.lanes.len() > 1 => 0.75,
            Role::Grantor => 0.35,
            Role::Service => 0.75,
            Role::Resource => 1.15,
        };
        let gaps = GAP * needs.groups.len() as f32 + CUT_COLUMN * needs.cuts.len() as f32;
        let wanted: Vec<(f32, f32)> = needs
            .groups
            .iter()
            .map(|group| (weight(group), least(group)))
            .collect();
        let lengths = shares(view.width - gutter - sentences - gaps, &wanted);
        let mut head = 0.0_f32;
        for (number, (group, length)) in needs.groups.into_iter().zip(lengths).enumerate() {
            place.cuts_before(needs.cuts, &group, CUT_COLUMN);
            let name = name_within(&group, length, true);
            let heading = heading(&group, &name, length);
            head = head.max(extent(&heading).1);
            let start = place.at;
            let count = group.lanes.len();
            let rows = match group.role {
                _ if group.crowd => {
                    vec![((start + 3.0, start + length - 3.0), (start, start))]
                }
                Role::Client => {
                    let bar = (length * 0.32).clamp(10.0, 22.0);
                    let main = start + 4.0;
                    let truth = main + bar + 3.0;
                    vec![((main, main + bar), (truth, truth + bar * 0.9))]
                }
                Role::Grantor => {
                    let pitch = pitch(count).min((length - 6.0) / count as f32);
                    (0..count)
                        .map(|row| start + 4.0 + pitch * row as f32)
                        .map(|row| ((row, row + (pitch - 1.0).max(1.0)), (row, row)))
                        .collect()
                }
                Role::Service | Role::Resource => {
                    vec![((start + 4.0, start + length - 4.0), (start, start))]
                }
            };
            place.band(number, group, length, heading, rows);
        }
        let start = head + 14.0;
        let scale = Scale::new(view.from, view.until, start, start + LENGTH);
        place.done(
            Orientation::Vertical,
            scale,
            gutter,
            start + LENGTH + MARGIN,
        )
    }

    /// The band of a lane.
    pub fn band_of(&self, lane: u16) -> &Band {
        &self.bands[self.rows[usize::from(lane)].band]
    }

    /// Everything that a lane's words may cover.
    pub fn bounds_of(&self, lane: u16) -> super::frame::Area {
        let reach = self.band_of(lane).reach;
        self.frame.area((self.frame.scale.start, self.end), reach)
    }
}

/// Servers drawn as one lie so far apart.
fn pitch(count: usize) -> f32 {
    match count {
        0..2 => 9.0,
        2..8 => 6.0,
        8..13 => 5.0,
        _ => (60.0 / count as f32).max(1.0),
    }
}

/// How wide the lanes' names are together, at most a quarter of the picture.
fn gutter(groups: &[Group], width: f32) -> f32 {
    let names = groups
        .iter()
        .map(|group| text::width(&group.name, Size::Large, true))
        .fold(0.0, f32::max);
    let notes = groups
        .iter()
        .map(|group| text::width(&group.note, Size::Small, false))
        .fold(0.0, f32::max);
    let wanted = names.max(notes.min(120.0));
    (wanted + 2.0 * MARGIN).min(width * 0.26)
}

/// Shares out `whole` by weights, none below its least where there is enough.
fn shares(whole: f32, wanted: &[(f32, f32)]) -> Vec<f32> {
    let weights: f32 = wanted.iter().map(|(weight, _)| weight).sum();
    let fair = |weight: f32| whole * weight / weights;
    let (mut lacking, mut spare) = (0.0, 0.0);
    for &(weight, least) in wanted {
        lacking += (least - fair(weight)).max(0.0);
        spare += (fair(weight) - least).max(0.0);
    }
    let given = if spare > 0.0 {
        (lacking / spare).min(1.0)
    } else {
        0.0
    };
    let met = if lacking > 0.0 {
        (spare / lacking).min(1.0)
    } else {
        0.0
    };
    wanted
        .iter()
        .map(|&(weight, least)| {
            let fair = fair(weight);
            if fair >= least {
                fair - (fair - least) * given
            } else {
                fair + (least - fair) * met
            }
        })
        .collect()
}

/// Lays one band after another.
struct Placing {
    at: f32,
    bands: Vec<Band>,
    rows: Vec<Row>,
    cuts: Vec<Reach>,
}

impl Placing {
    fn new(run: &Run, at: f32) -> Self {
        Self {
            at,
            bands: Vec::new(),
            rows: vec![
                Row {
                    band: 0,
                    main: (0.0, 0.0),
                    truth: (0.0, 0.0),
                };
                run.lanes.len()
            ],
            cuts: Vec::new(),
        }
    }

    /// The bar of a cut lies before the later of the lanes it separates.
    fn cuts_before(&mut self, cuts: &[Cut], group: &Group, width: f32) {
        while let Some(cut) = cuts.get(self.cuts.len())
            && cut.later() <= group.last()
        {
            self.cuts.push((self.at, self.at + width - GAP));
            self.at += width;
        }
    }

    fn band(
        &mut self,
        number: usize,
        group: Group,
        length: f32,
        heading: Vec<Line>,
        rows: Vec<(Reach, Reach)>,
    ) {
        // Lanes of a crowd all have the same row.
        let crowd = rows.last().copied();
        for (place, &lane) in group.lanes.iter().enumerate() {
            let row = rows.get(place).copied().or(crowd);
            let (main, truth) = row.expect("a band has a row");
            self.rows[usize::from(lane)] = Row {
                band: number,
                main,
                truth,
            };
        }
        let reach = (self.at, self.at + length);
        let single = group.role == Role::Grantor && group.lanes.len() == 1;
        self.at = reach.1 + if single { 2.0 } else { GAP };
        self.bands.push(Band {
            group,
            reach,
            heading,
        });
    }

    fn done(self, orientation: Orientation, scale: Scale, start: f32, end_along: f32) -> Layout {
        let end = self.bands.last().map_or(start, |band| band.reach.1);
        Layout {
            frame: Frame {
                orientation,
                scale,
                lanes: (start, end),
            },
            bands: self.bands,
            rows: self.rows,
            cuts: self.cuts,
            end: end_along,
        }
    }
}
