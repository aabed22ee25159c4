//! What was true: a wedge that runs down with the lease, in the colour of whom
//! the servers grant to. It ends with the word for why it ended.

use designs::history::{Grant, KeyEnd};
use designs::vocabulary::{Event, Incarnation};
use designs::words;
use sim::{Span, Time};

use crate::ink::Ink;
use crate::shape::Paint;

use super::facts::Facts;
use super::frame::{Reach, about, path};
use super::label::{Line, Spot};
use super::scene::{Layer, Scene, Sheet, stretch};
use super::sliver::{Slivers, narrowest};

pub(super) fn draw(scene: &Scene<'_>, sheet: &mut Sheet) {
    let renewals = renewals(scene.facts);
    let shown: Vec<(&Grant, Reach)> = scene
        .run
        .history
        .grants
        .iter()
        .filter(|grant| !scene.is_crowd(grant.holder.lane()))
        .filter_map(|grant| Some((grant, scene.reach(grant.from.at, grant.until.at)?)))
        .collect();
    let least = narrowest(shown.len());
    let mut slivers = Slivers::default();
    for (grant, along) in shown {
        if along.1 - along.0 < least {
            let lane = grant.holder.lane();
            slivers.add(scene.soft(lane), along, scene.row(lane).truth);
        } else {
            let start = renewals.partition_point(|renewal| renewal.holder < grant.holder);
            let own = renewals[start..]
                .iter()
                .take_while(|renewal| renewal.holder == grant.holder);
            let told = least == 0.0 || along.1 - along.0 >= MANY_TOLD;
            wedge(scene, grant, &leases(scene, grant, own), told, sheet);
        }
    }
    slivers.paint(&scene.frame, 100, "Short grants", sheet);
}

/// A server sets a lease, for the first time or anew.
struct Renewal {
    holder: Incarnation,
    record: u32,
    lane: u16,
    at: Time,
    end: Time,
}

/// All of a run, by holder and in order.
fn renewals(facts: &Facts<'_>) -> Vec<Renewal> {
    let mut renewals = Vec::new();
    for (number, record) in facts.iter() {
        if let Some(
            Event::ServerGrant { holder, lease_us } | Event::ServerExtend { holder, lease_us },
        ) = Event::read(record)
        {
            renewals.push(Renewal {
                holder,
                record: number,
                lane: record.lane,
                at: record.at,
                end: record.at + Span::from_us(lease_us),
            });
        }
    }
    renewals.sort_by_key(|renewal| (renewal.holder, renewal.record));
    renewals
}

/// From when on a grant would run out when, as it starts and as it is
/// extended.
fn leases<'a>(
    scene: &Scene<'_>,
    grant: &Grant,
    renewals: impl Iterator<Item = &'a Renewal>,
) -> Vec<(Time, Time)> {
    let needed = scene.votes.map_or(1, |(needed, _)| needed as usize);
    let mut ends: Vec<(u16, Time)> = Vec::new();
    let mut leases: Vec<(Time, Time)> = Vec::new();
    for renewal in renewals.take_while(|renewal| renewal.record <= grant.until.record) {
        ends.retain(|(lane, _)| *lane != renewal.lane);
        ends.push((renewal.lane, renewal.end));
        if renewal.record < grant.from.record || ends.len() < needed {
            continue;
        }
        let mut sorted: Vec<Time> = ends.iter().map(|(_, end)| *end).collect();
        sorted.sort_unstable();
        let end = sorted[sorted.len() - needed];
        match leases.last_mut() {
            // Votes of the same round are one lease.
            Some(last) if end.since(last.1) < Span::from_ms(1) => last.1 = last.1.max(end),
            _ => leases.push((renewal.at, end)),
        }
    }
    if leases.is_empty() {
        leases.push((grant.from.at, grant.lease_end));
    }
    leases
}

/// How many servers granted while a grant lasted; what a late request got
/// after its end does not count.
pub(super) fn votes(scene: &Scene<'_>, grant: &Grant) -> usize {
    let mut lanes: Vec<u16> = scene
        .index
        .keys(grant.holder)
        .filter(|key| key.from <= grant.until)
        .map(|key| key.lane)
        .collect();
    lanes.sort_unstable();
    lanes.dedup();
    lanes.len()
}

fn wedge(scene: &Scene<'_>, grant: &Grant, leases: &[(Time, Time)], told: bool, sheet: &mut Sheet) {
    let lane = grant.holder.lane();
    let across = scene.row(lane).truth;
    let full = leases
        .iter()
        .map(|(at, end)| end.since(*at).us())
        .max()
        .unwrap_or(1)
        .max(1) as f32;
    let scale = &scene.frame.scale;
    let height = across.1 - across.0;
    let mut top = Vec::new();
    for (place, &(at, end)) in leases.iter().enumerate() {
        let next = leases.get(place + 1).map_or(grant.until.at, |next| next.0);
        for edge in [at, next] {
            let edge = edge.min(grant.until.at).clamp(scale.from, scale.until);
            let left = end.since(edge).us() as f32 / full;
            top.push((scale.place(edge), across.1 - height * left.min(1.0)));
        }
    }
    let (start, end) = (top[0].0, top[top.len() - 1].0);
    let outline = [(start, across.1)]
        .into_iter()
        .chain(top.iter().copied())
        .chain([(end, across.1)]);
    let segments = scene.frame.polygon(outline);
    let name = scene.run.name(lane);
    let count = votes(scene, grant);
    let title = format!(
        "The servers grant {name} the lock {}, {}",
        stretch(grant.from.at, grant.until.at),
        end_words(scene, grant)
            .first()
            .map_or("", |words| words.as_str()),
    );
    let fill = path(segments, Paint::fill(scene.soft(lane)));
    sheet.paint(Layer::Bar, about(fill, grant.from.record, title));
    let mut rim = Vec::new();
    rim.extend(scene.frame.line((start, across.1), (end, across.1)));
    rim.extend(
        scene
            .frame
            .line((end, top[top.len() - 1].1), (end, across.1)),
    );
    sheet.paint(Layer::Over, path(rim, Paint::stroke(scene.ink(lane), 1.5)));
    let area = scene.frame.area((start, end), across);
    sheet.labels.surface(area);
    if !told {
        return;
    }
    let lease = words::span(leases[0].1.since(leases[0].0));
    let line = Line::small("", Ink::Text);
    let wordings = match scene.votes {
        Some((_, of)) => [
            format!("true: {count} of {of} servers grant it for {lease}"),
            format!("true: {count} of {of} grant it, {lease}"),
            format!("granted by {count} of {of}"),
            "granted".to_string(),
        ],
        None => [
            format!("true: the leader grants it for {lease}"),
            format!("true: granted, {lease}"),
            format!("granted, {lease}"),
            "granted".to_string(),
        ],
    };
    // Where time runs down, many words would cover what they speak of.
    let skipped = if scene.frame.is_horizontal() { 0 } else { 2 };
    let bars = scene.bars(lane, (start, end));
    let at = if scene.frame.is_horizontal() {
        area
    } else {
        bars
    };
    let mut inside = scene.label(lane, at, &line, wordings.into_iter().skip(skipped));
    inside.at = scene.starts(at);
    inside.rank = 4;
    if scene.frame.is_horizontal() {
        inside.bounds = area;
    }
    inside.backed = !scene.frame.is_horizontal();
    inside.spots = scene.spots_on(&[Spot::InsideStart, Spot::Inside], Spot::InsideTop);
    sheet.labels.add(inside);
    if !is_told(scene, grant) {
        return;
    }
    if scene.shows(grant.until.at) && grant.end != KeyEnd::Open {
        let line = Line::small("", Ink::Text).bold();
        let edge = scene.frame.area((end, end), across);
        let mut ending = scene.label(lane, edge, &line, end_words(scene, grant));
        ending.rank = 2;
        if !scene.frame.is_horizontal() {
            // Beneath its own deadline's words, if need be.
            let below = |shift| scene.frame.area((end, end + shift), across);
            ending.at = [0.0, 12.0, 24.0, 36.0, 48.0].map(below).into();
            ending.backed = true;
        }
        ending.spots = if scene.frame.is_horizontal() {
            vec![Spot::Right, Spot::Left]
        } else {
            vec![Spot::Right, Spot::BelowStart, Spot::AboveStart]
        };
        sheet.labels.add(ending);
    }
}

/// A grant that nobody noticed is worth words only where it can be seen.
const TOLD: f32 = 24.0;

/// Of many, shorter ones have none, in pixels.
const MANY_TOLD: f32 = 70.0;

/// Whether a grant gets words of its own.
pub(super) fn is_told(scene: &Scene<'_>, grant: &Grant) -> bool {
    let length = scene.along(grant.until.at) - scene.along(grant.from.at);
    length >= TOLD || scene.index.believed(grant.holder)
}

/// Why a grant ended, in more words and in fewer.
fn end_words(scene: &Scene<'_>, grant: &Grant) -> Vec<String> {
    let name = scene.run.name(grant.holder.lane());
    let early = grant.until.at < grant.lease_end
        && grant.lease_end.since(grant.until.at) > Span::from_ms(20);
    let word = match grant.end {
        KeyEnd::Expired if early => "expired early".to_string(),
        KeyEnd::Expired => "expired".to_string(),
        KeyEnd::Released => "released".to_string(),
        KeyEnd::Deleted(by) => format!("deleted by {}", scene.run.name(by.lane())),
        KeyEnd::Crashed => "lost".to_string(),
        KeyEnd::Open => "still granted".to_string(),
    };
    let unaware = grant.end != KeyEnd::Released
        && scene
            .index
            .beliefs(grant.holder)
            .any(|belief| belief.from < grant.until && belief.until.at > grant.until.at);
    if unaware {
        vec![format!("{word}: {name} does not know"), word]
    } else {
        vec![word]
    }
}
