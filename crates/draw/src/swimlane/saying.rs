//! What is said on a bar of belief: that its holder believes, why it stands
//! still, and that its own deadline has passed.

use designs::history::Belief;
use designs::words;

use crate::ink::Ink;
use crate::shape::Size;
use crate::text;

use super::belief::Piece;
use super::frame::Reach;
use super::label::{Line, Spot};
use super::pause::Pause;
use super::scene::{Scene, Sheet, Sign};

/// Where time runs down, words about a stretch need so many pixels of it.
const TALL: f32 = 44.0;
/// A stretch of so many pixels carries words along it.
const ROOMY: f32 = 70.0;
/// A column of less than so many pixels has words on its bars.
const COLUMN: f32 = 100.0;
/// A belief of less than so many pixels is a line: its length is told.
const THIN: f32 = 8.0;

/// Adds the labels of one belief.
pub(super) fn add(
    scene: &Scene<'_>,
    belief: &Belief,
    pieces: &[Piece],
    pauses: &[&Pause],
    sheet: &mut Sheet,
) {
    let saying = Saying {
        scene,
        belief,
        pieces,
        lane: belief.holder.lane(),
        horizontal: scene.frame.is_horizontal(),
    };
    let on_bar = saying.roomy_start();
    match on_bar {
        Some(reach) => saying.holds_on(reach, sheet),
        None if pauses.is_empty() => saying.holds_beside(sheet),
        // The pause says it too.
        None => {}
    }
    for pause in pauses {
        saying.stands_still(pause, on_bar.is_none(), sheet);
    }
    for paused in [true, false] {
        saying.is_past(paused, sheet);
    }
}

struct Saying<'a> {
    scene: &'a Scene<'a>,
    belief: &'a Belief,
    pieces: &'a [Piece],
    lane: u16,
    horizontal: bool,
}

impl Saying<'_> {
    fn wordings(&self) -> Vec<String> {
        let token = self.scene.index.token(self.belief.holder);
        let mut wordings = Vec::new();
        // In a narrow column more words would cover what they speak of.
        let band = self.scene.layout.band_of(self.lane).reach;
        if !self.horizontal && band.1 - band.0 < COLUMN {
            return ["believes it holds", "believes"].map(String::from).into();
        }
        if token.is_some() {
            let number = token.number();
            wordings.push(format!("believes it holds the lock, token {number}"));
            wordings.push(format!("believes it holds, token {number}"));
        }
        wordings.extend(
            [
                "believes it holds the lock",
                "believes it holds",
                "believes",
            ]
            .map(String::from),
        );
        wordings
    }

    /// The longest part shown of those that fit, along.
    fn longest(&self, fits: impl Fn(&Piece) -> bool) -> Option<Reach> {
        self.pieces
            .iter()
            .filter(|piece| fits(piece))
            .filter_map(|piece| self.scene.reach(piece.from, piece.until))
            .max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)))
    }

    /// A running stretch that has room for words.
    fn roomy_start(&self) -> Option<Reach> {
        let least = if self.horizontal {
            text::width("believes it holds", Size::Small, true) + 12.0
        } else {
            TALL
        };
        self.longest(|piece| !piece.paused && !piece.past)
            .filter(|reach| reach.1 - reach.0 >= least)
    }

    fn holds_on(&self, reach: Reach, sheet: &mut Sheet) {
        let area = self.scene.bars(self.lane, reach);
        let ink = if self.horizontal {
            Ink::OnActor
        } else {
            Ink::Text
        };
        let line = Line::small("", ink).bold();
        let mut label = self.scene.label(self.lane, area, &line, self.wordings());
        label.rank = 2;
        if self.horizontal {
            label.bounds = area;
        }
        label.backed = !self.horizontal;
        label.spots = self.scene.spots_on(&[Spot::InsideStart], Spot::InsideTop);
        // A narrow column has room for light letters.
        label.wordings.push(vec![Line::small("believes", ink)]);
        sheet.labels.add(label);
    }

    fn holds_beside(&self, sheet: &mut Sheet) {
        let Some(reach) = self.longest(|_| true) else {
            return;
        };
        let is_thin = reach.1 - reach.0 < THIN;
        let mut wordings = self.wordings();
        let (from, until) = (self.belief.from.at, self.belief.until.at);
        if is_thin && self.scene.shows(from) && self.scene.shows(until) {
            let span = words::span(until.since(from));
            wordings = vec![
                format!("believes it holds the lock for {span}"),
                format!("believes for {span}"),
            ];
        }
        // All of it past its deadline: there is no room on it to say so.
        if self.pieces.iter().all(|piece| piece.past) && !is_thin {
            let longer = format!("{}, past its own deadline", wordings[0]);
            wordings.insert(0, longer);
        }
        let area = self.scene.bars(self.lane, reach);
        let line = Line::small("", Ink::Text).bold();
        let mut label = self.scene.label(self.lane, area, &line, wordings);
        label.rank = if is_thin { 5 } else { 2 };
        label.backed = !self.horizontal;
        // Above a bar only what ends with it: what runs past it would seem to
        // speak of what comes after.
        label.spots = self
            .scene
            .spots_on(&[Spot::Right, Spot::AboveEnd, Spot::Left], Spot::Inside);
        sheet.labels.add(label);
    }

    fn stands_still(&self, pause: &Pause, also_holds: bool, sheet: &mut Sheet) {
        let during =
            |piece: &Piece| piece.paused && piece.from >= pause.from && piece.until <= pause.until;
        let Some(longest) = self.longest(during) else {
            return;
        };
        // Where it begins, if there is room.
        let first = self.pieces.iter().find(|piece| during(piece));
        let reach = first
            .and_then(|piece| self.scene.reach(piece.from, piece.until))
            .filter(|first| !self.horizontal || first.1 - first.0 > 1.7 * ROOMY)
            .unwrap_or(longest);
        let mut wordings = pause.told(sheet.explains(Sign::Pause));
        if also_holds {
            wordings = wordings
                .iter()
                .map(|wording| format!("believes it holds · {wording}"))
                .chain([pause.words.clone()])
                .collect();
        }
        let line = Line::small("", Ink::Text).bold();
        let area = self.scene.bars(self.lane, reach);
        let mut label = self.scene.label(self.lane, area, &line, wordings);
        label.rank = 1;
        label.backed = true;
        label.spots = self
            .scene
            .spots_on(&[Spot::Inside, Spot::Right, Spot::Left], Spot::Inside);
        // It reaches beyond the pause only where it does not fit into it.
        if self.horizontal && area.width() > ROOMY {
            label.bounds = area.grown(-4.0);
            label.spots = vec![Spot::Inside];
        }
        sheet.labels.add(label);
    }

    fn is_past(&self, paused: bool, sheet: &mut Sheet) {
        let past = |piece: &Piece| piece.past && piece.paused == paused;
        let Some(reach) = self.longest(past).filter(|reach| reach.1 - reach.0 > TALL) else {
            return;
        };
        let (sign, why, more) = if paused {
            (
                Sign::PastUnseen,
                "cannot look",
                "paused, it cannot see that",
            )
        } else {
            (
                Sign::PastIgnored,
                "does not look",
                "it goes on, and does not look",
            )
        };
        let line = Line::small("", Ink::Text);
        let area = self.scene.bars(self.lane, reach);
        let mut wordings = vec![
            format!("past its own deadline, {why}"),
            "past its deadline".to_string(),
        ];
        if sheet.explains(sign) {
            wordings.insert(0, format!("past its own deadline: {more}"));
        }
        let mut label = self.scene.label(self.lane, area, &line, wordings);
        label.rank = 6;
        label.backed = true;
        if self.horizontal {
            label.bounds = area.grown(-4.0);
        }
        label.spots = self.scene.spots_on(&[Spot::Inside], Spot::Inside);
        sheet.labels.add(label);
    }
}
