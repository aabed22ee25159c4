//! Broken guarantees: a red span through every lane, a bracket exactly as wide
//! as the span, and a sentence that hangs on a leader.

use designs::laws::{Breach, Law};
use designs::vocabulary::{Event, Incarnation};
use designs::{Run, words};
use sim::Time;

use crate::ink::Ink;
use crate::shape::{Dash, Paint, Size};

use super::frame::{Point, Reach, about, path};
use super::hang::Item;
use super::label::{Line, RED};
use super::scene::{Layer, Scene, Sheet};

/// Breaches of one stretch or instant, said together.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Broken {
    pub from: Time,
    pub until: Time,
    /// The record that shows it; `None` where nothing did.
    pub record: Option<u32>,
    /// A sentence a law.
    pub sentences: Vec<String>,
    /// The same in few words.
    short: Vec<String>,
    /// How many breaches are alike.
    times: usize,
}

/// All that is broken in a run, in order.
pub(super) fn read(run: &Run) -> Vec<Broken> {
    let mut all: Vec<Broken> = Vec::new();
    for finding in &run.verdict.findings {
        for breach in finding.breaches() {
            let record = breach.records.last().copied();
            let sentence = sentence(run, finding.law, breach);
            let short = short(finding.law, breach);
            // What nothing shows is counted, not said again and again.
            let again = all
                .iter_mut()
                .find(|known| record.is_none() && known.sentences.contains(&sentence));
            if let Some(known) = again {
                known.times += 1;
                continue;
            }
            let same = all.iter_mut().find(|known| {
                record.is_some()
                    && known.record == record
                    && known.until == breach.until
                    && known.from == breach.from
            });
            match same {
                Some(known) => {
                    known.sentences.push(sentence);
                    known.short.push(short);
                }
                None => all.push(Broken {
                    from: breach.from,
                    until: breach.until,
                    record,
                    sentences: vec![sentence],
                    short: vec![short],
                    times: 1,
                }),
            }
        }
    }
    for broken in all.iter_mut().filter(|broken| broken.times > 1) {
        for sentence in broken.sentences.iter_mut().chain(&mut broken.short) {
            *sentence = format!("{sentence}, {} times", broken.times);
        }
    }
    all.sort_by_key(|broken| (broken.record.is_none(), broken.from, broken.until));
    all
}

impl Broken {
    fn is_span(&self) -> bool {
        self.until > self.from
    }
}

/// What is broken in one sentence, without the time: that is where it hangs.
fn sentence(run: &Run, law: Law, breach: &Breach) -> String {
    let event = |record: Option<&u32>| {
        let record = run.trace.records.get(*record? as usize)?;
        Event::read(record)
    };
    let holder_of = |event: Event| -> Option<Incarnation> {
        match event {
            Event::LockAcquired { holder, .. }
            | Event::ResourceWrite { holder, .. }
            | Event::RowWrite { holder, .. }
            | Event::ServerGrant { holder, .. } => Some(holder),
            _ => None,
        }
    };
    let name = |record: Option<&u32>| {
        event(record)
            .and_then(holder_of)
            .map_or("?", |holder| run.name(holder.lane()))
    };
    let (first, last) = (breach.records.first(), breach.records.last());
    match law {
        Law::OneHolder => format!(
            "{} and {} both believe they hold the lock, {}",
            name(first),
            name(last),
            words::span(breach.until.since(breach.from))
        ),
        Law::NoStaleWrite => format!(
            "stale: {}'s write is accepted after {} got the lock",
            name(last),
            name(first)
        ),
        Law::OncePerJob => format!("the job is {}", breach.words),
        Law::WritesInOrder => {
            let token = |record| match event(record) {
                Some(Event::ResourceWrite { token, .. }) => token.number(),
                _ => 0,
            };
            format!(
                "out of order: token {} is accepted after {}",
                token(last),
                token(first)
            )
        }
        Law::TokensRise => tokens_fall(run, breach).unwrap_or_else(|| breach.words.clone()),
        Law::MakesProgress
        | Law::StockConserved
        | Law::NoLostUpdate
        | Law::BoundedWait
        | Law::KeepsRate => breach.words.clone(),
    }
}

/// What is broken in a few words, for narrow pictures.
fn short(law: Law, breach: &Breach) -> String {
    match law {
        Law::OneHolder => {
            let span = words::span(breach.until.since(breach.from));
            format!("two believe they hold the lock, {span}")
        }
        Law::NoStaleWrite => "stale write accepted".to_string(),
        Law::OncePerJob => "job written twice".to_string(),
        Law::WritesInOrder => "writes out of order".to_string(),
        Law::TokensRise => "later grant, lower token".to_string(),
        Law::MakesProgress => "the job was never done".to_string(),
        Law::StockConserved => "more promised than there is".to_string(),
        Law::NoLostUpdate => "an update is lost".to_string(),
        Law::BoundedWait => "waits too long".to_string(),
        Law::KeepsRate => "more than the limit".to_string(),
    }
}

/// Who came later with a token no higher.
fn tokens_fall(run: &Run, breach: &Breach) -> Option<String> {
    let issue = |record: u32| {
        run.history
            .tokens
            .iter()
            .find(|issue| issue.at.record == record)
    };
    let grant = |record: u32| {
        run.history
            .grants
            .iter()
            .find(|grant| grant.from.record == record)
    };
    let before = breach.records.iter().find_map(|record| issue(*record))?;
    let later = breach.records.iter().find_map(|record| grant(*record))?;
    Some(format!(
        "{} got the lock after {}, but no higher token: {} against {}",
        run.name(later.holder.lane()),
        run.name(before.holder.lane()),
        run.history.token_of(later.holder).number(),
        before.token.number()
    ))
}

/// A span this narrow, in pixels, is one line.
const NARROW: f32 = 3.0;
/// From the lanes to the first bracket.
const FIRST: f32 = 4.0;
/// Brackets that overlap in time lie this far apart.
const NEXT: f32 = 7.0;

/// Draws what is broken; its sentences, and how far across its brackets reach.
pub(super) fn draw(
    scene: &Scene<'_>,
    broken: &[Broken],
    narrow: bool,
    sheet: &mut Sheet,
) -> (Vec<Item>, f32) {
    let frame = &scene.frame;
    let mut soft = Vec::new();
    let mut edges = Vec::new();
    let mut brackets: Vec<(Reach, f32)> = Vec::new();
    let mut items = Vec::new();
    let first = frame.lanes.1 + FIRST;
    for broken in broken {
        if broken.record.is_none() {
            items.push(item(broken, None, narrow));
            continue;
        }
        let Some(along) = scene.reach(broken.from, broken.until) else {
            continue;
        };
        let level = brackets
            .iter()
            .filter(|(other, _)| other.0 < along.1 && along.0 < other.1)
            .count();
        let across = first + NEXT * level as f32 + if broken.is_span() { 5.0 } else { 0.0 };
        let wide = along.1 - along.0 >= NARROW;
        if broken.is_span() {
            brackets.push((along, across));
            soft.extend(frame.polygon([
                (along.0, frame.lanes.0),
                (along.1, frame.lanes.0),
                (along.1, frame.lanes.1),
                (along.0, frame.lanes.1),
            ]));
            bracket(scene, broken, along, across, sheet);
        }
        for edge in [along.0, along.1]
            .into_iter()
            .take(if wide { 2 } else { 1 })
        {
            edges.extend(frame.line((edge, frame.lanes.0), (edge, frame.lanes.1)));
            let (a, b) = (
                frame.point(edge, frame.lanes.0),
                frame.point(edge, frame.lanes.1),
            );
            sheet.labels.line(a, b, RED);
        }
        let from = (f32::midpoint(along.0, along.1), across);
        items.push(Item {
            owner: Some(frame.column(along)),
            ..item(broken, Some(from), narrow)
        });
    }
    if !soft.is_empty() {
        sheet.paint(Layer::Broken, path(soft, Paint::fill(Ink::BrokenSoft)));
    }
    if !edges.is_empty() {
        let paint = Paint::stroke(Ink::Broken, 1.0).dashed(Dash::Dashed);
        sheet.paint(Layer::Edge, path(edges, paint.faded(85)));
    }
    let lowest = brackets
        .iter()
        .map(|(_, across)| *across)
        .fold(first, f32::max);
    (items, lowest)
}

fn item(broken: &Broken, from: Option<Point>, narrow: bool) -> Item {
    let (sentences, size) = if narrow {
        (&broken.short, Size::Small)
    } else {
        (&broken.sentences, Size::Normal)
    };
    Item {
        record: broken.record.unwrap_or(0),
        title: broken.sentences.join("; "),
        lines: sentences
            .iter()
            .map(|sentence| Line::new(sentence.clone(), size, Ink::Broken).bold())
            .collect(),
        leader: Ink::Broken,
        from,
        owner: None,
    }
}

fn bracket(scene: &Scene<'_>, broken: &Broken, along: Reach, across: f32, sheet: &mut Sheet) {
    let frame = &scene.frame;
    let mut segments = Vec::from(frame.line((along.0, across), (along.1, across)));
    // An end that is not shown has no corner.
    for (edge, at) in [(along.0, broken.from), (along.1, broken.until)] {
        if scene.shows(at) {
            segments.extend(frame.line((edge, across - 5.0), (edge, across)));
        }
    }
    let shape = path(segments, Paint::stroke(Ink::Broken, 2.0));
    let record = broken.record.unwrap_or(0);
    sheet.paint(
        Layer::Mark,
        about(shape, record, broken.sentences.join("; ")),
    );
}
