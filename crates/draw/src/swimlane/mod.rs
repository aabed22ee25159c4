//! The swimlane: one lane for each actor on a true time scale.
//!
//! What a reader should find, in this order: what broke, where and for how
//! long; who believed; what was true; what landed; then the detail. Each has
//! a file here that reads the run and draws its part through [`frame`], which
//! alone knows whether time runs to the right or down.

mod attempt;
mod axis;
mod belief;
mod breach;
mod crowd;
mod cut;
mod deadline;
mod describe;
mod disc;
mod facts;
mod frame;
mod grid;
mod group;
mod hang;
mod index;
mod label;
mod landing;
mod layout;
mod line;
mod message;
mod moment;
mod note;
mod outage;
mod outcome;
mod overview;
mod pause;
mod playhead;
mod request;
mod saying;
mod scale;
mod scene;
mod sliver;
mod tries;
mod truth;
mod votes;

use designs::Run;
use designs::history::KeyEnd;
use designs::vocabulary::Event;
use sim::{Span, Time};

use crate::shape::{Picture, Shape};
use facts::Facts;
use frame::{Frame, Reach};
use hang::Item;
use index::Index;
use label::Words;
use layout::{Layout, MARGIN, Needs};
use scale::Scale;
use scene::{Scene, Sheet};

pub use moment::{Moment, moments};

/// Which way time runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Orientation {
    /// To the right; lanes are rows.
    #[default]
    Horizontal,
    /// Down; lanes are columns.
    Vertical,
}

/// What part of a run is drawn, and into which space.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Viewport {
    /// The picture's width in pixels.
    pub width: f32,
    /// The first instant shown.
    pub from: Time,
    /// The last instant shown.
    pub until: Time,
    /// Which way time runs.
    pub orientation: Orientation,
    /// Whether alike servers have a lane each.
    pub unfolded: bool,
}

impl Viewport {
    /// All that is worth showing of `run`, alike servers in one lane.
    pub fn whole(run: &Run, width: f32, orientation: Orientation) -> Self {
        let (from, until) = fit(run);
        Self {
            width,
            from,
            until,
            orientation,
            unfolded: false,
        }
    }
}

/// A drawn run.
#[derive(Clone, PartialEq, Debug)]
pub struct Swimlane {
    /// The picture.
    pub picture: Picture,
    frame: Frame,
    /// Each lane's stretch across.
    lanes: Vec<(u16, f32, f32)>,
    /// The lanes that are drawn together.
    crowd: Vec<u16>,
    /// Where words are.
    words: Vec<Words>,
    /// The overview, if there is one: its stretch across, and its times.
    strip: Option<(Reach, Scale)>,
    /// Where the lanes end, along.
    end: f32,
    /// Where all words about lanes end, across.
    foot: f32,
    summary: String,
}

/// What is worth showing of `run`: from its start to a little after the last
/// thing that matters.
pub fn fit(run: &Run) -> (Time, Time) {
    whole(&Facts::of(run))
}

fn whole(facts: &Facts<'_>) -> (Time, Time) {
    let run = facts.run;
    let history = &run.history;
    let mut last = Time::ZERO;
    let mut see = |at: Time| last = last.max(at);
    history.writes.iter().for_each(|write| see(write.at.at));
    history.changes.iter().for_each(|change| see(change.at.at));
    history.tokens.iter().for_each(|issue| see(issue.at.at));
    for belief in &history.beliefs {
        see(belief.until.at);
    }
    for grant in history
        .grants
        .iter()
        .filter(|grant| grant.end != KeyEnd::Open)
    {
        see(grant.until.at);
    }
    for pause in pause::read(facts) {
        see(pause.until);
    }
    for (_, record) in facts.iter() {
        if let Some(Event::ApiResponse { .. } | Event::ExternalCall { .. }) = Event::read(record) {
            last = last.max(record.at);
        }
    }
    if last == Time::ZERO {
        last = run.trace.end;
    }
    // A little more, so that the last thing does not stand at the edge.
    (Time::ZERO, last + Span::from_us(last.us() / 20 + 1))
}

/// Draws the part of `run` that `view` shows, with an overview where that is
/// not the whole.
pub fn draw(run: &Run, view: &Viewport) -> Swimlane {
    draw_apart(run, view, &[])
}

/// The same; of many alike lanes, which are drawn together, those whose keys
/// are in `apart` have a lane each.
pub fn draw_apart(run: &Run, view: &Viewport, apart: &[&str]) -> Swimlane {
    let apart: Vec<u16> = apart.iter().filter_map(|key| run.lane(key)).collect();
    let facts = Facts::of(run);
    let whole = whole(&facts);
    let overview = overview::is_needed(whole, view).then_some(whole);
    paint(&facts, view, &apart, overview)
}

/// Draws a moment enlarged: one lane a server, time to the right, no overview.
/// It is meant to stand beneath the whole, under its own words.
pub fn inset(run: &Run, moment: &Moment, width: f32) -> Picture {
    let view = Viewport {
        width,
        from: moment.from,
        until: moment.until,
        orientation: Orientation::Horizontal,
        unfolded: true,
    };
    paint(&Facts::of(run), &view, &[], None).picture
}

/// Draws what `view` shows, with an overview of a whole, if one is given.
fn paint(
    facts: &Facts<'_>,
    view: &Viewport,
    apart: &[u16],
    overview: Option<(Time, Time)>,
) -> Swimlane {
    let run = facts.run;
    let cuts = cut::read(facts);
    let pauses = pause::read(facts);
    let landings = landing::read(facts);
    let asked = request::read(facts);
    let broken = breach::read(run);
    let outcome = outcome::read(run, &landings);
    let saved = outcome.as_ref().map(|outcome| outcome.sentence.clone());
    let groups = group::fitting(run, view, apart);
    let crowd = groups.iter().filter(|group| group.crowd);
    let crowd = crowd
        .flat_map(|group| group.lanes.iter().copied())
        .collect();
    let (landings, rest) = landing::told(landings, &crowd);
    let view = &Viewport {
        width: view
            .width
            .max(group::least_width(&groups, view.orientation)),
        ..*view
    };
    let words = Scale::new(view.from, view.until, 0.0, layout::LENGTH);
    let needs = Needs {
        groups,
        cuts: &cuts,
        landings: &|scale| disc::rows(&landings, scale),
        requests: &|lane, scale| {
            let first = asked.requests.first();
            match first {
                Some(first) if first.lane == lane => request::rows(&asked, scale),
                _ => 1,
            }
        },
        counted: rest.map(|rest| rest.lane),
        sentences: !broken.is_empty() || outcome.is_some(),
        ticks: axis::width_of_words(&words),
    };
    let layout = Layout::of(run, view, needs);
    let index = Index::of(run);
    let scene = Scene::new(facts, &layout, &index);
    let mut sheet = Sheet::of(&layout.frame);
    axis::draw(&scene, &mut sheet);
    let narrow = hang::is_narrow(&scene, view.width);
    let (mut items, lowest) = breach::draw(&scene, &broken, narrow, &mut sheet);
    let held = outcome.and_then(|outcome| outcome::item(&scene, &outcome, lowest, narrow));
    let most = hang::MOST - usize::from(held.is_some());
    if items.len() > most {
        let rest = items.split_off(most - 1);
        items.push(Item::rest(&rest));
    }
    items.extend(held);
    let said = hang::draw(&scene, items, lowest, view.width, &mut sheet);
    let mut foot = said;
    belief::draw(&scene, &pauses, &mut sheet);
    pause::draw(&scene, &pauses, &mut sheet);
    truth::draw(&scene, &mut sheet);
    crowd::draw(&scene, &mut sheet);
    tries::draw(&scene, &tries::read(facts), &mut sheet);
    tries::draw_waits(&scene, &tries::waits(facts), &mut sheet);
    attempt::draw(&scene, &attempt::read(facts), &mut sheet);
    note::draw(&scene, &mut sheet);
    votes::draw(&scene, &mut sheet);
    cut::draw(&scene, &cuts, &mut sheet);
    outage::draw(&scene, &mut sheet);
    let places = disc::draw(&scene, &landings, &mut sheet);
    if let Some(rest) = rest {
        disc::draw_rest(&scene, rest, &mut sheet);
    }
    request::draw(&scene, &asked, &mut sheet);
    message::draw(&scene, &message::read(&scene), &places, &mut sheet);
    let frame = scene.frame;
    let (mut strip, mut overviewed) = (Vec::new(), None);
    if let Some(whole) = overview.filter(|_| frame.is_horizontal()) {
        let across = (foot + 14.0, foot + 14.0 + overview::ACROSS);
        strip = overview::draw(&scene, &broken, whole, across);
        overviewed = Some((across, overview::scale(&frame.scale, whole)));
        foot = across.1;
    }
    let (mut shapes, words) = sheet.done();
    shapes.extend(strip);
    let height = if frame.is_horizontal() {
        foot + MARGIN
    } else {
        (frame.scale.end + MARGIN).max(foot) + MARGIN
    };
    Swimlane {
        picture: Picture {
            width: view.width,
            height,
            shapes,
        },
        frame,
        lanes: lanes(&layout),
        crowd: crowd_of(&layout),
        words,
        strip: overviewed,
        end: layout.end,
        foot: if frame.is_horizontal() {
            said
        } else {
            view.width
        },
        summary: describe::paragraph(facts, &pauses, &broken, saved.as_deref()),
    }
}

fn crowd_of(layout: &Layout) -> Vec<u16> {
    let crowds = layout.bands.iter().filter(|band| band.group.crowd);
    crowds
        .flat_map(|band| band.group.lanes.iter().copied())
        .collect()
}

/// Each lane's stretch across; folded lanes share their band.
fn lanes(layout: &Layout) -> Vec<(u16, f32, f32)> {
    let mut lanes = Vec::new();
    for band in &layout.bands {
        let first = band.group.first();
        if band.group.crowd {
            lanes.push((first, band.reach.0, band.reach.1));
            continue;
        }
        for &lane in &band.group.lanes {
            let row = layout.rows[usize::from(lane)].main;
            if band.group.lanes.len() == 1 {
                lanes.push((lane, band.reach.0, band.reach.1));
            } else {
                let start = if lane == first { band.reach.0 } else { row.0 };
                lanes.push((lane, start, row.1 + 1.0));
            }
        }
    }
    lanes
}

impl Swimlane {
    /// Where `at` lies on the time axis, in pixels: x where time runs to the
    /// right, y where it runs down.
    pub fn along(&self, at: Time) -> f32 {
        self.frame.scale.place(at)
    }

    /// The instant at a pixel of the time axis, within what is shown.
    pub fn time_at(&self, px: f32) -> Time {
        self.frame.scale.time_at(px)
    }

    /// The instant of the whole run at a pixel of the overview; `None` beside
    /// it, or where there is none.
    pub fn overview_at(&self, along: f32, across: f32) -> Option<Time> {
        let ((start, end), whole) = self.strip.as_ref()?;
        (*start..=*end)
            .contains(&across)
            .then(|| whole.time_at(along))
    }

    /// The lanes that are drawn together, by number; [`draw_apart`] gives any
    /// of them one of its own.
    pub fn crowd(&self) -> &[u16] {
        &self.crowd
    }

    /// The lane at a pixel across the time axis: y where time runs to the
    /// right, x where it runs down.
    pub fn lane_at(&self, px: f32) -> Option<u16> {
        self.lanes
            .iter()
            .find(|(_, start, end)| (*start..*end).contains(&px))
            .map(|&(lane, ..)| lane)
    }

    /// Where a lane's middle is across the time axis, in pixels; `None` where
    /// the picture has no such lane, or has it among others.
    pub fn middle_of(&self, lane: u16) -> Option<f32> {
        let stretch = self.lanes.iter().find(|&&(it, ..)| it == lane);
        stretch.map(|&(_, start, end)| f32::midpoint(start, end))
    }

    /// The playhead at an instant, to be painted over the picture: a line, a
    /// marker, and a veil over what comes after. It is broken at words.
    pub fn playhead(&self, at: Time) -> Vec<Shape> {
        let along = self.frame.scale.place_within(at);
        playhead::draw(&self.frame, along, (self.end, self.foot), &self.words)
    }

    /// The picture in one paragraph, for reading aloud.
    pub fn describe(&self) -> String {
        self.summary.clone()
    }
}
