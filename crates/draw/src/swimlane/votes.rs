//! What each server grants: thin bars in the holder's colour. Alike servers
//! are folded into one lane, a row each, unless they are asked for apart.

use designs::Run;
use designs::history::Key;
use designs::vocabulary::Event;

use crate::shape::{Paint, Size};
use crate::text;

use super::frame::{Reach, about};
use super::label::{Line, Spot};
use super::scene::{Layer, Scene, Sheet, stretch};
use super::sliver::{Slivers, narrowest};

/// A bar narrower than this is drawn together with its like, in pixels.
const SLIVER: f32 = 2.0;

/// How many votes make a holder, and of how many; `None` without a lock, and
/// where one server speaks for all: nobody counts votes then.
pub(super) fn rule(run: &Run) -> Option<(u32, u32)> {
    if !run.history.has_lock {
        return None;
    }
    let mut records = run.trace.records.iter();
    records
        .find_map(|record| match Event::read(record) {
            Some(Event::LockRule { needed, of }) => Some((needed, of)),
            _ => None,
        })
        .filter(|(_, of)| *of > 1)
}

pub(super) fn draw(scene: &Scene<'_>, sheet: &mut Sheet) {
    let shown: Vec<(&Key, Reach)> = scene
        .run
        .history
        .keys
        .iter()
        .filter(|key| !scene.is_crowd(key.lane))
        .filter_map(|key| Some((key, scene.reach(key.from.at, key.until.at)?)))
        .collect();
    let together = narrowest(shown.len()).max(SLIVER);
    let mut slivers = Slivers::default();
    for (key, along) in shown {
        if along.1 - along.0 >= together {
            bar(scene, key, along, sheet);
        } else {
            let ink = scene.ink(key.holder.lane());
            slivers.add(ink, along, scene.row(key.lane).main);
        }
    }
    slivers.paint(&scene.frame, 80, "Short-lived votes", sheet);
    counts(scene, sheet);
}

fn bar(scene: &Scene<'_>, key: &Key, along: Reach, sheet: &mut Sheet) {
    let across = scene.row(key.lane).main;
    let holder = key.holder.lane();
    let title = format!(
        "{} grants {} the lock {}",
        scene.run.name(key.lane),
        scene.run.name(holder),
        stretch(key.from.at, key.until.at)
    );
    let fill = Paint::fill(scene.ink(holder)).faded(80);
    let bar = scene.frame.rect(along, across, fill);
    sheet.paint(Layer::Bar, about(bar, key.from.record, title));
    sheet.labels.surface(scene.frame.area(along, across));
}

/// `A: 5 of 5` above the bars of whoever became a holder.
fn counts(scene: &Scene<'_>, sheet: &mut Sheet) {
    let Some((_, of)) = scene.votes else {
        return;
    };
    let grants = &scene.run.history.grants;
    let told: Vec<_> = grants
        .iter()
        .filter(|grant| !scene.is_crowd(grant.holder.lane()))
        .filter(|grant| super::truth::is_told(scene, grant))
        .collect();
    for (place, grant) in told.iter().enumerate() {
        let Some(along) = scene.reach(grant.from.at, grant.until.at) else {
            continue;
        };
        let Some(first) = scene.index.keys(grant.holder).min_by_key(|key| key.lane) else {
            continue;
        };
        let band = scene.layout.band_of(first.lane);
        if band.group.lanes.len() < 2 {
            continue;
        }
        let rows = scene.layout.rows[usize::from(band.group.first())].main;
        let words = (band.reach.0 + 2.0, rows.0);
        let area = if scene.frame.is_horizontal() {
            scene.frame.area(along, words)
        } else {
            scene.frame.area(along, band.reach)
        };
        let name = scene.run.name(grant.holder.lane());
        let count = super::truth::votes(scene, grant);
        let line = Line::small("", scene.ink(grant.holder.lane())).bold();
        let mut label = scene.label(
            first.lane,
            area,
            &line,
            [
                format!("{name} has {count} of {of} votes"),
                format!("{name}: {count} of {of}"),
                format!("{count} of {of}"),
            ],
        );
        // Words over another holder's bars would be read as its own.
        if scene.frame.is_horizontal() {
            label.bounds.x0 = along.0;
            if let Some(next) = told.get(place + 1) {
                let next = scene.along(next.from.at) - 3.0;
                label.bounds.x1 = next.clamp(label.bounds.x0, label.bounds.x1);
            }
        }
        label.rank = 5;
        label.backed = !scene.frame.is_horizontal();
        let short = text::width(&label.wordings[1][0].text, Size::Small, true);
        let is_short = along.1 - along.0 < short + 6.0;
        label.backed |= is_short;
        label.spots = if scene.frame.is_horizontal() && is_short {
            vec![Spot::Right, Spot::InsideStart]
        } else if scene.frame.is_horizontal() {
            vec![Spot::InsideStart, Spot::InsideEnd, Spot::Inside]
        } else {
            vec![Spot::InsideTop, Spot::Inside]
        };
        sheet.labels.add(label);
    }
}
