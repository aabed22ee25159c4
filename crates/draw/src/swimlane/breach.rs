//! Broken guarantees: a red span through every lane, a bracket exactly as wide
//! as the span, and a sentence that hangs on a leader.

use designs::laws::{Breach, Law};
use designs::vocabulary::{Event, Incarnation};
use designs::{Run, words};
use sim::Time;

use crate::ink::Ink;
use crate::shape::{Anchor, Dash, Paint, Segment, Size};

use super::frame::{Area, Point, Reach, about, path};
use super::label::{Line, RED, Words, extent, set, wrapped};
use super::layout::MARGIN;
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
        Law::MakesProgress | Law::StockConserved | Law::NoLostUpdate | Law::BoundedWait => {
            breach.words.clone()
        }
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

/// Narrower pictures say it in fewer words.
const NARROW_PICTURE: f32 = 600.0;
/// A span this narrow, in pixels, is one line.
const NARROW: f32 = 3.0;
/// From the lanes to the first bracket.
const FIRST: f32 = 4.0;
/// Brackets that overlap in time lie this far apart.
const NEXT: f32 = 7.0;
/// From the brackets to the sentences, beneath and beside the lanes.
const DROP: f32 = 10.0;
const DROP_BESIDE: f32 = 7.0;

/// Draws what is broken, and returns how far down its sentences reach, in pixels.
pub(super) fn draw(scene: &Scene<'_>, broken: &[Broken], width: f32, sheet: &mut Sheet) -> f32 {
    let frame = &scene.frame;
    let mut soft = Vec::new();
    let mut edges = Vec::new();
    let mut brackets: Vec<(Reach, f32)> = Vec::new();
    let mut items = Vec::new();
    let first = frame.lanes.1 + FIRST;
    let narrow = !frame.is_horizontal() || width < NARROW_PICTURE;
    for broken in broken {
        if broken.record.is_none() {
            items.push(Item::of(broken, None, narrow));
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
            ..Item::of(broken, Some(from), narrow)
        });
    }
    if !soft.is_empty() {
        sheet.paint(Layer::Broken, path(soft, Paint::fill(Ink::BrokenSoft)));
    }
    if !edges.is_empty() {
        let paint = Paint::stroke(Ink::Broken, 1.0).dashed(Dash::Dashed);
        sheet.paint(Layer::Edge, path(edges, paint.faded(85)));
    }
    if items.len() > MOST {
        let rest = items.split_off(MOST - 1);
        items.push(Item::rest(&rest));
    }
    let lowest = brackets
        .iter()
        .map(|(_, across)| *across)
        .fold(first, f32::max);
    if frame.is_horizontal() {
        beneath(scene, items, lowest, width, sheet)
    } else {
        beside(scene, &items, lowest, width, sheet)
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

/// Sentences that hang together.
struct Item {
    record: u32,
    title: String,
    lines: Vec<Line>,
    /// Where its leader begins, along and across.
    from: Option<(f32, f32)>,
    /// What it speaks of.
    owner: Option<Area>,
}

impl Item {
    fn of(broken: &Broken, from: Option<(f32, f32)>, narrow: bool) -> Self {
        let (sentences, size) = if narrow {
            (&broken.short, Size::Small)
        } else {
            (&broken.sentences, Size::Normal)
        };
        Self {
            record: broken.record.unwrap_or(0),
            title: broken.sentences.join("; "),
            lines: sentences
                .iter()
                .map(|sentence| Line::new(sentence.clone(), size, Ink::Broken).bold())
                .collect(),
            from,
            owner: None,
        }
    }

    /// What is left to say of many.
    fn rest(rest: &[Self]) -> Self {
        let words = format!("and {} more like these", rest.len());
        Self {
            record: rest.first().map_or(0, |item| item.record),
            title: words.clone(),
            lines: vec![Line::new(words, Size::Normal, Ink::Broken)],
            from: None,
            owner: None,
        }
    }
}

/// More sentences than this are not said one by one.
const MOST: usize = 4;

/// Sentences beneath the lanes, each beside or under its leader, in the order
/// that needs the least height. Returns how far down they reach.
fn beneath(
    scene: &Scene<'_>,
    mut items: Vec<Item>,
    lowest: f32,
    width: f32,
    sheet: &mut Sheet,
) -> f32 {
    for item in &mut items {
        item.lines = item
            .lines
            .iter()
            .flat_map(|line| wrapped(line, width - 2.0 * MARGIN))
            .collect();
    }
    let hanger = Hanger {
        lowest,
        width,
        end: scene.frame.scale.end,
    };
    let mut best: Option<(f32, Vec<usize>, Vec<Hung>)> = None;
    for order in orders(items.len()) {
        for sides in sides(items.len()) {
            let (cost, hung) = hanger.hang(&items, &order, &sides);
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, order.clone(), hung));
            }
        }
    }
    let Some((_, order, hung)) = best else {
        return lowest;
    };
    let mut bottom = lowest;
    for (place, hung) in order.into_iter().zip(hung) {
        let item = &items[place];
        let mut segments = Vec::new();
        if let Some((x, start)) = item.from {
            segments.extend([Segment::Move(x, start), Segment::Line(x, hung.turn)]);
            match hung.side {
                Side::Right => segments.push(Segment::Line(hung.area.x0 - 3.0, hung.turn)),
                Side::Left => segments.push(Segment::Line(hung.area.x1 + 3.0, hung.turn)),
                Side::Under => {}
            }
        }
        let anchor = if hung.side == Side::Left {
            Anchor::End
        } else {
            Anchor::Start
        };
        finish(item, &item.lines, hung.area, anchor, segments, sheet);
        bottom = bottom.max(hung.area.y1);
    }
    bottom
}

/// Every order of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(count - 1) {
        for place in 0..count {
            let mut longer = order.clone();
            longer.insert(place, count - 1);
            all.push(longer);
        }
    }
    all
}

/// Choices of sides for sentences: every one for a few; for more of them, each
/// chooses by itself, or all the same.
fn sides(count: usize) -> Vec<Vec<&'static [Side]>> {
    const EACH: [&[Side]; 3] = [&[Side::Right], &[Side::Left], &[Side::Under]];
    if count > 3 {
        let any: &[Side] = &[Side::Right, Side::Left, Side::Under];
        return [any, EACH[0], EACH[1]].map(|side| vec![side; count]).into();
    }
    let mut all = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .into_iter()
            .flat_map(|chosen: Vec<&'static [Side]>| {
                EACH.map(|side| {
                    let mut longer = chosen.clone();
                    longer.push(side);
                    longer
                })
            })
            .collect();
    }
    all
}

/// Where a sentence stands, seen from its leader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    Right,
    Left,
    Under,
}

/// A sentence in its place.
struct Hung {
    area: Area,
    /// How far down its leader goes.
    turn: f32,
    side: Side,
}

/// The space that sentences hang in.
struct Hanger {
    lowest: f32,
    width: f32,
    end: f32,
}

impl Hanger {
    /// Hangs all items, one after another, each as high as it can be; what
    /// that costs, and where they are.
    fn hang(&self, items: &[Item], order: &[usize], sides: &[&[Side]]) -> (f32, Vec<Hung>) {
        let mut hung: Vec<Hung> = Vec::new();
        let mut leaders: Vec<(Point, Point)> = Vec::new();
        let mut cost = 0.0;
        for (item, sides) in order.iter().map(|&place| &items[place]).zip(sides) {
            let (x, start) = item.from.unwrap_or((self.end, self.lowest));
            let size = extent(&item.lines);
            let found = sides
                .iter()
                .filter_map(|&side| self.highest(side, (x, start), size, &hung, &leaders))
                .min_by(|one, other| one.area.y0.total_cmp(&other.area.y0));
            let found = found.unwrap_or_else(|| {
                cost += 1000.0;
                let top = hung.iter().map(|other| other.area.y1);
                self.at(Side::Under, x, size, top.fold(self.lowest, f32::max) + DROP)
            });
            if item.from.is_some() {
                leaders.push(((x, start), (x, found.turn)));
            }
            cost += found.area.y1 - self.lowest;
            hung.push(found);
        }
        (cost, hung)
    }

    fn at(&self, side: Side, x: f32, (w, h): (f32, f32), top: f32) -> Hung {
        let left = match side {
            Side::Right => x + 9.0,
            Side::Left => x - 9.0 - w,
            Side::Under => (x - w / 2.0).min(self.width - MARGIN - w).max(MARGIN),
        };
        let top = if side == Side::Under { top + 4.0 } else { top };
        let turn = if side == Side::Under {
            top - 2.0
        } else {
            top + Size::Normal.px() * 0.65
        };
        Hung {
            area: Area::new(left, top, left + w, top + h),
            turn,
            side,
        }
    }

    /// The highest free place on one side of a leader.
    fn highest(
        &self,
        side: Side,
        (x, start): (f32, f32),
        size: (f32, f32),
        hung: &[Hung],
        leaders: &[(Point, Point)],
    ) -> Option<Hung> {
        (0..24)
            .map(|step| self.at(side, x, size, self.lowest + DROP - 4.0 + 6.0 * step as f32))
            .take_while(|place| place.area.x0 >= MARGIN && place.area.x1 <= self.width - MARGIN)
            .find(|place| {
                let mut clear = place.area.grown(4.0);
                clear.x0 -= 8.0;
                clear.x1 += 8.0;
                hung.iter().all(|other| {
                    !other.area.meets(&clear)
                        && !other
                            .area
                            .grown(3.0)
                            .is_crossed((x, start), (x, place.turn))
                }) && leaders.iter().all(|&(a, b)| !clear.is_crossed(a, b))
            })
    }
}

/// Between sentences beside the lanes.
const BETWEEN: f32 = 5.0;

/// Sentences beside the lanes where time runs down: each at its bracket, or
/// beneath the one before. Returns how far down they reach.
fn beside(scene: &Scene<'_>, items: &[Item], lowest: f32, width: f32, sheet: &mut Sheet) -> f32 {
    let left = lowest + DROP_BESIDE;
    let room = width - left - 3.0;
    let mut free = 4.0_f32;
    for item in items {
        let sentences: Vec<Vec<Line>> = item.lines.iter().map(|line| wrapped(line, room)).collect();
        let heights: Vec<f32> = sentences.iter().map(|lines| extent(lines).1).collect();
        let h = heights.iter().sum::<f32>() + BETWEEN * (heights.len() as f32 - 1.0);
        let (y, start) = item
            .from
            .unwrap_or((scene.frame.scale.end - h / 2.0, lowest));
        let wanted = (y - h / 2.0).min(scene.frame.scale.end + MARGIN - h);
        let mut top = wanted.max(free);
        let turn = y.clamp(top + 6.0, (top + h - 4.0).max(top + 6.0));
        let mut segments = Vec::new();
        if item.from.is_some() {
            segments.extend([
                Segment::Move(start, y),
                Segment::Line(left - 5.0, y),
                Segment::Line(left - 3.0, turn),
            ]);
        }
        for (lines, height) in sentences.iter().zip(heights) {
            let area = Area::new(left, top, left + room, top + height);
            let leader = core::mem::take(&mut segments);
            finish(item, lines, area, Anchor::Start, leader, sheet);
            top = area.y1 + BETWEEN;
        }
        free = top + BETWEEN;
    }
    free
}

fn finish(
    item: &Item,
    lines: &[Line],
    area: Area,
    anchor: Anchor,
    leader: Vec<Segment>,
    sheet: &mut Sheet,
) {
    if !leader.is_empty() {
        sheet.paint(Layer::Mark, path(leader, Paint::stroke(Ink::Broken, 1.0)));
    }
    for shape in set(lines, area, anchor) {
        sheet.paint(Layer::Words, about(shape, item.record, item.title.clone()));
    }
    sheet.labels.stands(Words {
        area,
        owner: item.owner.unwrap_or(area),
    });
}
