//! Which lanes there are: one each, alike servers folded into one, and crowds:
//! so many alike lanes that only how many of them do something is drawn.

use std::collections::{BTreeMap, BTreeSet};

use designs::Run;
use designs::design::Role;
use designs::vocabulary::Event;

use crate::ink::Ink;
use crate::shape::Size;
use crate::text;

use super::label::{Line, extent, wrapped};
use super::scene::numbered;
use super::{Orientation, Viewport};

/// Lanes that are drawn as one: alike servers folded together, or one lane.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Group {
    /// The lanes in it, in order; there is at least one.
    pub lanes: Vec<u16>,
    /// Whether they are drawn by how many do what.
    pub crowd: bool,
    /// What they are there for.
    pub role: Role,
    /// What they are called.
    pub name: String,
    /// The same where there is little room.
    pub short: String,
    /// Its name in codes, which is shorter still.
    pub key: String,
    /// A few words beneath it.
    pub note: String,
}

impl Group {
    /// The first lane.
    pub fn first(&self) -> u16 {
        self.lanes.first().copied().unwrap_or(0)
    }

    /// The last lane.
    pub fn last(&self) -> u16 {
        self.lanes.last().copied().unwrap_or(0)
    }
}

/// More alike lanes than this are a crowd.
const MANY: usize = 12;
/// So many of a crowd have a lane of their own where the verdict names none,
/// and so many at most where it does.
const FEW: usize = 3;
const MOST_NAMED: usize = 6;

/// The lanes of a run as they are drawn; those in `apart` are never in a crowd.
fn groups(run: &Run, unfolded: bool, apart: &[u16]) -> Vec<Group> {
    let crowds = Crowds::of(run, unfolded, apart);
    let mut groups: Vec<Group> = Vec::new();
    for (number, lane) in (0..).zip(&run.lanes) {
        let crowd = crowds.has(run, number);
        let together = groups.iter_mut().rfind(|last| {
            if crowd {
                last.crowd && crowds.are_alike(run, last.first(), number)
            } else {
                let servers = lane.role == Role::Grantor && last.role == Role::Grantor;
                !unfolded && servers && !last.crowd && last.last() + 1 == number
            }
        });
        if let Some(last) = together {
            last.lanes.push(number);
            continue;
        }
        groups.push(Group {
            lanes: vec![number],
            crowd,
            role: lane.role,
            name: lane.label.clone(),
            short: lane.short().to_string(),
            key: lane.key.clone(),
            note: lane.note.clone(),
        });
    }
    // Who has a name stands before the crowd that it is of.
    groups.sort_by_key(|group| match group.crowd {
        true => (crowds.end_of(run, group.first()), 1),
        false => (group.first(), 0),
    });
    for group in &mut groups {
        if group.lanes.len() > 1 || group.crowd {
            name_together(run, group);
        }
    }
    groups
}

/// What lanes have in common: their role and their name without its number.
type Kind<'a> = (u8, &'a str);

fn kind(run: &Run, lane: u16) -> Option<Kind<'_>> {
    let lane = run.lanes.get(usize::from(lane))?;
    Some((lane.role as u8, numbered(&lane.label)?.0))
}

/// Which lanes are one of many.
struct Crowds<'a> {
    /// The last lane of each kind of which there are many.
    ends: BTreeMap<Kind<'a>, u16>,
    /// Lanes of such a kind that have one of their own all the same.
    named: BTreeSet<u16>,
}

impl<'a> Crowds<'a> {
    fn of(run: &'a Run, unfolded: bool, apart: &[u16]) -> Self {
        let mut counts: BTreeMap<Kind<'a>, (usize, u16)> = BTreeMap::new();
        for lane in (0..).take(run.lanes.len()) {
            if let Some(kind) = kind(run, lane) {
                let count = counts.entry(kind).or_default();
                *count = (count.0 + 1, lane);
            }
        }
        counts.retain(|_, (count, _)| *count > MANY);
        let mut crowds = Self {
            ends: counts
                .into_iter()
                .map(|(kind, (_, last))| (kind, last))
                .collect(),
            named: apart.iter().copied().collect(),
        };
        if !crowds.ends.is_empty() {
            crowds.name_a_few(run, unfolded);
        }
        crowds
    }

    /// Those that the verdict's evidence names, or else the first.
    fn name_a_few(&mut self, run: &'a Run, unfolded: bool) {
        let evident = evident(run);
        for &kind in self.ends.keys() {
            let alike = |lane: &&u16| self::kind(run, **lane) == Some(kind);
            let told: Vec<u16> = evident
                .iter()
                .filter(alike)
                .take(MOST_NAMED)
                .copied()
                .collect();
            if told.is_empty() && (unfolded || kind.0 != Role::Grantor as u8) {
                let all: Vec<u16> = (0..).take(run.lanes.len()).collect();
                self.named.extend(all.iter().filter(alike).take(FEW));
            } else {
                self.named.extend(told);
            }
        }
    }

    fn has(&self, run: &Run, lane: u16) -> bool {
        !self.named.contains(&lane) && self.end(run, lane).is_some()
    }

    fn end(&self, run: &Run, lane: u16) -> Option<u16> {
        let kind = kind(run, lane)?;
        self.ends.get(&kind).copied()
    }

    fn end_of(&self, run: &Run, lane: u16) -> u16 {
        self.end(run, lane).unwrap_or(lane)
    }

    fn are_alike(&self, run: &Run, one: u16, other: u16) -> bool {
        kind(run, one) == kind(run, other)
    }
}

/// The lanes in the evidence of what is broken, in the order of that.
fn evident(run: &Run) -> Vec<u16> {
    let mut lanes = Vec::new();
    let breaches = run
        .verdict
        .findings
        .iter()
        .flat_map(|finding| finding.breaches());
    for &number in breaches.flat_map(|breach| &breach.records) {
        let Some(record) = run.trace.records.get(number as usize) else {
            continue;
        };
        let mut see = |lane: u16| {
            if lanes.len() < 4 * MOST_NAMED && !lanes.contains(&lane) {
                lanes.push(lane);
            }
        };
        see(record.lane);
        if let Some(holder) = Event::read(record).and_then(holder_of) {
            see(holder);
        }
    }
    lanes
}

/// The lane of whoever a fact is about.
fn holder_of(event: Event) -> Option<u16> {
    match event {
        Event::LockAcquired { holder, .. }
        | Event::ServerGrant { holder, .. }
        | Event::TokenIssue { holder, .. }
        | Event::ResourceClaim { holder, .. }
        | Event::RowWrite { holder, .. }
        | Event::ResourceWrite { holder, .. } => Some(holder.lane()),
        _ => None,
    }
}

/// The lanes of a picture: columns that would not fit side by side are folded
/// even where they were asked for apart.
pub(super) fn fitting(run: &Run, view: &Viewport, apart: &[u16]) -> Vec<Group> {
    let groups = groups(run, view.unfolded, apart);
    if view.unfolded && least_width(&groups, view.orientation) > view.width {
        return self::groups(run, false, apart);
    }
    groups
}

/// `Redis 1` to `Redis 5` are `Redis 1–5` together, `DC1` to `DC5` are `DC1–5`.
fn name_together(run: &Run, group: &mut Group) {
    let first = &run.lanes[usize::from(group.first())].label;
    let last = &run.lanes[usize::from(group.last())].label;
    let count = group.lanes.len();
    if let (Some((stem, _)), Some((other, until))) = (numbered(first), numbered(last))
        && stem == other
        && count > 1
    {
        group.name = format!("{first}–{until}");
        group.short = stem.trim_end().to_string();
    }
    let keys = [group.first(), group.last()];
    let [first, last] = keys.map(|lane| run.lanes[usize::from(lane)].key.as_str());
    group.key = match numbered(last) {
        Some((_, until)) => format!("{first}–{until}"),
        None => format!("{first}–{last}"),
    };
    group.note = match super::votes::rule(run) {
        _ if group.crowd && group.role != Role::Grantor => format!("{count} drawn together"),
        Some((needed, of)) => format!("needs {needed} of {of} votes"),
        None if run.history.has_lock => format!("{count} servers, one leads"),
        None => format!("{count} servers"),
    };
}

/// No column of many is narrower than its name, in pixels; and what else
/// stands beside them.
const NARROWEST: f32 = 30.0;
const BESIDE: f32 = 130.0;

/// The width from which on every column can be told from the next. Where that
/// is more than was asked for, the picture is wider, and whoever shows it lets
/// it be scrolled.
pub(super) fn least_width(groups: &[Group], orientation: Orientation) -> f32 {
    match orientation {
        Orientation::Horizontal => 0.0,
        // A few columns are laid out by their own rules.
        Orientation::Vertical if groups.len() < 8 => 0.0,
        Orientation::Vertical => groups.len() as f32 * NARROWEST + BESIDE,
    }
}

/// The least width of a column, in pixels: its name's widest word, and words
/// such as `refused:`.
pub(super) fn least(group: &Group) -> f32 {
    let single = group.role == Role::Grantor && group.lanes.len() == 1;
    let name = if single {
        0.0
    } else {
        let words = [&group.short, &group.key].map(|name| widest_word(name, Size::Small));
        words[0].min(words[1]) + 2.0
    };
    name.max(match group.role {
        Role::Client => 50.0,
        Role::Resource => 56.0,
        Role::Grantor | Role::Service => 19.0,
    })
}

/// What a lane is called where a name has so much room: `Redis 4`, `redis4`,
/// `R4` or `4`. No word is ever broken. A client's short name is its best in a
/// column.
pub(super) fn name_within(group: &Group, width: f32, column: bool) -> String {
    let mut names = Vec::new();
    let single = group.role == Role::Grantor && group.lanes.len() == 1;
    let client = group.role == Role::Client && column;
    let large = if single { Size::Small } else { Size::Large };
    if !client && widest_word(&group.name, large) <= width {
        return group.name.clone();
    }
    if !column {
        names.push(group.name.clone());
    }
    names.extend([group.short.clone(), group.key.clone()]);
    if let Some((stem, number)) = numbered(&group.short) {
        names.extend(stem.chars().next().map(|first| format!("{first}{number}")));
        names.push(number.to_string());
    }
    if let Some((stem, _)) = numbered(group.key.split('–').next().unwrap_or_default()) {
        names.push(stem.to_string());
    }
    // At the last the beginning of it, as `Prov.`, where that is shorter.
    let letters = group.name.chars().count();
    for kept in (2..=4).rev().filter(|kept| kept + 1 < letters) {
        let start: String = group.name.chars().take(kept).collect();
        names.push(format!("{start}."));
    }
    let wide = |name: &&String| widest_word(name, Size::Small);
    let fits = names.iter().find(|name| wide(name) <= width);
    let narrowest = || names.iter().min_by(|a, b| wide(a).total_cmp(&wide(b)));
    fits.or_else(narrowest).cloned().unwrap_or_default()
}

fn widest_word(text: &str, size: Size) -> f32 {
    text.split(' ')
        .map(|word| text::width(word, size, true))
        .fold(0.0, f32::max)
}

/// A note of more lines than this is left to the lane's title.
const MOST_NOTES: usize = 5;

pub(super) fn heading(group: &Group, name: &str, width: f32) -> Vec<Line> {
    let single = group.role == Role::Grantor && group.lanes.len() == 1;
    let size = if single || widest_word(name, Size::Large) > width {
        Size::Small
    } else {
        Size::Large
    };
    let name = Line::new(name, size, Ink::Text).bold();
    let mut lines = wrapped(&name, width);
    let note = wrapped(&Line::small(&*group.note, Ink::Muted), width);
    if !group.note.is_empty() && note.len() <= MOST_NOTES && extent(&note).0 <= width {
        lines.extend(note);
    }
    lines
}
