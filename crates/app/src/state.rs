//! What the page shows, and every way that can change. Nothing here knows a
//! browser: an action goes in, the next state comes out.

use std::rc::Rc;

use designs::design::{Design, Sentence};
use designs::link::Promise;
use designs::{Law, Making, Notice, Run, Scenario};
use draw::swimlane;
use sim::{Record, Span, Time};
use std::ops::ControlFlow;
use yew::Reducible;

use crate::asked::Asked;
use crate::causes;
use crate::guess::{Answer, Guess};
use crate::route::{Place, Presentation, Theme};
use crate::stops::{Stop, stops};
use crate::stretch::Stretch;

/// Everything that can change.
#[derive(Clone, PartialEq)]
pub struct State {
    /// The lesson that is open; `None` shows the gallery.
    pub lesson: Option<Lesson>,
    /// What was wrong with the address.
    pub notices: Rc<Vec<Notice>>,
    /// Light or dark.
    pub theme: Theme,
    /// How the page is shown.
    pub presentation: Rc<Presentation>,
}

/// An open lesson.
#[derive(Clone, PartialEq)]
pub struct Lesson {
    /// What is asked for.
    pub asked: Rc<Asked>,
    /// What is shown: the last run that is done; `None` until there is one.
    pub scene: Option<Rc<Scene>>,
    /// What is to be done once the run that is asked for is; `None` where it
    /// is shown.
    pending: Option<Pending>,
    /// Where the playhead is.
    pub at: Time,
    /// The stretch that the diagram shows; `None` for the whole run.
    near: Option<Stretch>,
    /// Whether the playhead moves by itself.
    pub play: Play,
    /// The law whose evidence is pointed out.
    pub marked: Option<Law>,
    /// The record that is looked into: its causes are lit.
    pub selected: Option<u32>,
    /// The place of the parameter whose slider stays in reach on a small
    /// screen: the one last moved.
    pub docked: usize,
    /// What the reader said would happen, where the page asks.
    pub answer: Option<Answer>,
}

/// A run that is still being made, and what follows.
#[derive(Clone, PartialEq, Debug, Default)]
struct Pending {
    /// What the link said that led to it.
    promise: Promise,
    /// How it is to be opened; `None` where it replaces what is shown and the
    /// playhead stays.
    opening: Option<Opening>,
}

/// How a scenario that somebody comes to is first shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Opening {
    /// Where the playhead stands; `None` for the end.
    at: Option<Time>,
    /// Whether it runs at once.
    play: bool,
}

/// Whether the playhead moves by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Play {
    /// It stands.
    Stopped,
    /// The reader started it.
    Asked,
    /// The address started it: it is over within [`UNASKED`].
    Unasked,
}

/// How long it takes to play a run, in real time.
const ASKED: Span = Span::from_s(12);
/// What moves unasked must not move for more than five seconds.
const UNASKED: Span = Span::from_ms(4_800);

/// A run of no more events than this is made before the next frame, whatever
/// the machine; a longer one is waited for.
const AT_ONCE: u64 = 2_000;

/// A scenario and all that is read from it. Two are equal only if they are
/// the same one: they are compared on each frame.
#[derive(Debug)]
pub struct Scene {
    /// What was asked for.
    pub asked: Rc<Asked>,
    /// The simulated run.
    pub run: Run,
    /// What happened, in words.
    pub story: Vec<Sentence>,
    /// Where steps rest.
    pub stops: Vec<Stop>,
    /// The first instant worth showing.
    pub from: Time,
    /// The last instant worth showing.
    pub until: Time,
}

impl PartialEq for Scene {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Scene {
    /// The scene that is asked for, if its run is so short that nobody has to
    /// wait for it.
    pub fn at_once(asked: &Rc<Asked>) -> Option<Self> {
        match Making::of(asked.scenario.clone()).go_on(AT_ONCE) {
            ControlFlow::Continue(_) => None,
            ControlFlow::Break(run) => {
                let story = run.scenario.design.story(&run);
                Some(Self::told(asked.clone(), run, story))
            }
        }
    }

    /// The scene of a run of what was asked for, and its story.
    pub fn told(asked: Rc<Asked>, run: Run, story: Vec<Sentence>) -> Self {
        let (from, until) = swimlane::fit(&run);
        Self {
            asked,
            stops: stops(&run, &story),
            story,
            from,
            until,
            run,
        }
    }

    /// All that is worth showing.
    pub const fn whole(&self) -> Stretch {
        Stretch {
            from: self.from,
            until: self.until,
        }
    }

    /// The design that runs in it.
    pub fn design(&self) -> &'static dyn Design {
        self.asked.design()
    }

    /// What it is called.
    pub fn title(&self) -> &str {
        self.asked.title()
    }

    /// When a record happened.
    pub fn time_of(&self, record: u32) -> Time {
        self.run
            .trace
            .records
            .get(record as usize)
            .map_or(self.until, |record| record.at)
    }

    /// The number of the sentence that tells what happened last at `at`.
    pub fn sentence_at(&self, at: Time) -> Option<usize> {
        let is_told = |sentence: &Sentence| self.time_of(sentence.record) <= at;
        self.story.partition_point(is_told).checked_sub(1)
    }

    /// The last stop at or before `at`.
    pub fn stop_at(&self, at: Time) -> Option<Stop> {
        let after = self.stops.partition_point(|stop| stop.at <= at);
        after.checked_sub(1).map(|last| self.stops[last])
    }

    /// When `which` laws start to be broken, in no order.
    fn breaches(&self, which: impl Fn(Law) -> bool) -> impl Iterator<Item = (Time, Law)> {
        let findings = self.run.verdict.findings.iter();
        findings
            .filter(move |finding| which(finding.law))
            .flat_map(|finding| {
                let breaches = finding.breaches().iter();
                breaches.map(|breach| (breach.from, finding.law))
            })
    }
}

/// What a person or the browser does.
#[derive(Clone, Debug)]
pub enum Action {
    /// The address has another fragment, or the page around it says so.
    Address(String),
    /// A run that was waited for is done.
    Made(Rc<Scene>),
    /// The reader follows a link within the page.
    Follow(String),
    /// The reader says what will happen.
    Commit(Guess),
    /// The parameter at a place gets a value.
    Set(usize, i64),
    /// The list-type parameter at a place gets a value at one of its entries.
    SetEntry(usize, usize, i64),
    /// The parameter at a place goes back to its default.
    Reset(usize),
    /// Everything goes back to the lesson's own scenario.
    ResetAll,
    /// The same with another seed.
    Seed(u64),
    /// The listed fault at a place is removed.
    RemoveFault(usize),
    /// The parameter at a place is the one in use.
    Dock(usize),
    /// The playhead goes to an instant.
    Seek(Time),
    /// The playhead goes to the next stop.
    Next,
    /// The playhead goes to the stop before.
    Previous,
    /// The playhead goes to the start.
    Start,
    /// The playhead goes to the end.
    End,
    /// The playhead goes to the next instant at which a law breaks.
    NextViolation,
    /// The playhead goes to where a law first breaks.
    Show(Law),
    /// A record is looked into, and the playhead goes there.
    Select(u32),
    /// What happened last at the playhead is looked into.
    SelectHere,
    /// The record that is looked into, or else the one at the playhead, gives
    /// way to its cause.
    ToCause,
    /// The same, to the first thing that it led to.
    ToEffect,
    /// The same, to what happened about then in a lane beside it.
    Beside(causes::Side),
    /// No record is looked into any longer.
    Unselect,
    /// Starts or stops the playback.
    TogglePlay,
    /// Starts the playback.
    Play,
    /// Stops the playback.
    Pause,
    /// So much real time has passed while playing.
    Tick(Span),
    /// It is time for the next stop while playing step by step.
    Advance,
    /// The diagram shows so many thousandths of the time it shows now, about
    /// an instant, or about the playhead if that is in sight.
    Zoom(u64, Option<Time>),
    /// The diagram moves by so many thousandths of the time it shows.
    Move(i64),
    /// The diagram moves to an instant.
    Centre(Time),
    /// The diagram shows the whole run.
    Fit,
    /// Light or dark.
    Theme(Theme),
    /// The notice is read.
    Dismiss,
}

impl State {
    /// The page as its address asks for it.
    pub fn new(
        presentation: Presentation,
        mut notices: Vec<Notice>,
        theme: Theme,
        fragment: &str,
    ) -> Self {
        let mut state = Self {
            lesson: None,
            notices: Rc::default(),
            theme: presentation.theme.unwrap_or(theme),
            presentation: Rc::new(presentation),
        };
        let opening = Opening {
            at: state.presentation.at,
            play: state.presentation.play,
        };
        state.go(fragment, opening);
        notices.extend(state.notices.iter().cloned());
        state.notices = Rc::new(notices);
        state
    }

    /// Whether the outcome waits for the reader's guess.
    pub fn is_hidden(&self) -> bool {
        let open = self.lesson.as_ref();
        self.presentation.predict && open.is_some_and(|lesson| lesson.answer.is_none())
    }

    /// Whether the page is open to an action: a hidden run neither moves nor
    /// changes, and a reader who may not edit only plays.
    fn allows(&self, action: &Action) -> bool {
        match action {
            Action::Address(_) | Action::Made(_) | Action::Theme(_) | Action::Dismiss => true,
            Action::Commit(_) => self.is_hidden(),
            _ if self.is_hidden() => false,
            Action::Follow(_)
            | Action::Set(..)
            | Action::SetEntry(..)
            | Action::Reset(_)
            | Action::ResetAll
            | Action::Seed(_)
            | Action::RemoveFault(_) => self.presentation.editable,
            _ => true,
        }
    }

    fn go(&mut self, fragment: &str, opening: Opening) {
        let mut notices = Vec::new();
        match Place::read(fragment) {
            Place::Gallery => self.lesson = None,
            Place::Lesson(parsed) => {
                notices = parsed.notices;
                let mut lesson = Lesson::of(self.lesson.take(), Asked::of(parsed.scenario));
                notices.extend(lesson.make(Pending {
                    promise: parsed.promise,
                    opening: Some(opening),
                }));
                self.lesson = Some(lesson);
            }
            Place::Nowhere(notice) => {
                notices.push(notice);
                self.lesson = None;
            }
        }
        self.notices = Rc::new(notices);
    }

    /// Shows a scene that was waited for.
    fn made(&mut self, scene: Rc<Scene>) {
        let lesson = self.lesson.as_mut();
        if let Some(broken) = lesson.and_then(|lesson| lesson.made(scene)) {
            Rc::make_mut(&mut self.notices).push(broken);
        }
    }
}

impl Lesson {
    /// Opens what is `asked` for. Until its run is done, what was shown
    /// `before` stays, if it is of the same design.
    fn of(before: Option<Self>, asked: Asked) -> Self {
        let design = asked.design().key();
        let before = before.filter(|before| before.asked.design().key() == design);
        let asked = Rc::new(asked);
        match before {
            Some(before) => Self {
                asked,
                play: Play::Stopped,
                answer: None,
                ..before
            },
            None => Self {
                asked,
                scene: None,
                pending: None,
                at: Time::ZERO,
                near: None,
                play: Play::Stopped,
                marked: None,
                selected: None,
                docked: 0,
                answer: None,
            },
        }
    }

    /// Whether what is asked for is not done yet: what is shown is not it.
    pub const fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Shows the run that is asked for if it is there already or short, else
    /// waits for it. Says what is not as the link has promised.
    fn make(&mut self, pending: Pending) -> Option<Notice> {
        self.pending = Some(pending);
        let shown = self.scene.clone();
        let shown = shown.filter(|scene| scene.asked == self.asked);
        let scene = shown.or_else(|| Scene::at_once(&self.asked).map(Rc::new))?;
        self.made(scene)
    }

    /// Shows `scene` if it is what is asked for and waited for. Says what is
    /// not as the link has promised.
    fn made(&mut self, scene: Rc<Scene>) -> Option<Notice> {
        if scene.asked != self.asked {
            return None;
        }
        let Pending { promise, opening } = self.pending.take()?;
        match opening {
            Some(opening) => self.open(opening, &scene),
            None => self.replace(&scene),
        }
        let broken = promise.broken_by(&scene.run);
        self.selected = None;
        self.scene = Some(scene);
        broken
    }

    fn open(&mut self, opening: Opening, scene: &Scene) {
        let start = if opening.play {
            scene.from
        } else {
            scene.until
        };
        let at = opening.at.unwrap_or(start);
        self.at = at.clamp(scene.from, scene.until);
        self.near = None;
        self.play = if opening.play {
            Play::Unasked
        } else {
            Play::Stopped
        };
        self.marked = None;
    }

    /// The playhead stays where it is, at the end if it was at the end.
    fn replace(&mut self, scene: &Scene) {
        let was_at_end = self.scene.as_ref().is_none_or(|it| self.at == it.until);
        self.at = if was_at_end {
            scene.until
        } else {
            self.at.clamp(scene.from, scene.until)
        };
        self.marked = self.marked.filter(|&law| scene.run.breaks(law));
        self.show_stretch(scene, self.near.map(|near| near.moved(0, scene.whole())));
    }

    /// The stretch of `scene` that the diagram shows.
    pub fn stretch(&self, scene: &Scene) -> Stretch {
        self.near.unwrap_or_else(|| scene.whole())
    }

    fn show_stretch(&mut self, scene: &Scene, near: Option<Stretch>) {
        self.near = near.filter(|&near| near != scene.whole());
    }

    fn zoom(&mut self, scene: &Scene, permille: u64, about: Option<Time>) {
        let shown = self.stretch(scene);
        let is_in_sight = (shown.from..=shown.until).contains(&self.at);
        let about = about.or_else(|| is_in_sight.then_some(self.at));
        let about = about.unwrap_or_else(|| shown.middle());
        let near = shown.zoomed(about, permille, scene.whole());
        self.show_stretch(scene, Some(near));
    }

    /// The diagram follows the playhead.
    fn follow(&mut self, scene: &Scene) {
        let whole = scene.whole();
        self.near = self.near.map(|near| near.holding(self.at, whole));
    }

    /// Asks for the scenario as `change` leaves it.
    fn change(&mut self, change: impl FnOnce(&mut Scenario)) {
        let mut scenario = self.asked.scenario.clone();
        change(&mut scenario);
        let asked = Asked::of(scenario);
        if asked == *self.asked {
            return;
        }
        self.asked = Rc::new(asked);
        // What was being made is given up, and with it what its link promised.
        let opening = self.pending.take().and_then(|pending| pending.opening);
        self.make(Pending {
            promise: Promise::default(),
            opening,
        });
    }

    fn seek(&mut self, scene: &Scene, at: Time) {
        self.at = at.clamp(scene.from, scene.until);
        self.play = Play::Stopped;
        self.selected = None;
        self.follow(scene);
    }

    /// The record that is looked into, or else the one at the playhead.
    pub fn event(&self, scene: &Scene) -> Option<u32> {
        let here = || scene.stop_at(self.at).map(|stop| stop.record);
        self.selected.or_else(here)
    }

    fn select(&mut self, scene: &Scene, record: Option<u32>) {
        let records = &scene.run.trace.records;
        if let Some(record) = record.filter(|&it| (it as usize) < records.len()) {
            self.seek(scene, scene.time_of(record));
            self.selected = Some(record);
        }
    }

    /// Goes on from the event that is looked into, where `step` leads
    /// anywhere.
    fn step(&mut self, scene: &Scene, step: impl FnOnce(&[Record], u32) -> Option<u32>) {
        let here = self.event(scene);
        let there = here.and_then(|here| step(&scene.run.trace.records, here));
        self.select(scene, there.or(here));
    }

    fn next(&mut self, scene: &Scene) {
        let stops = &scene.stops;
        let after = stops.partition_point(|stop| stop.at <= self.at);
        let at = stops.get(after).map_or(scene.until, |stop| stop.at);
        self.seek(scene, at);
    }

    fn previous(&mut self, scene: &Scene) {
        let stops = &scene.stops;
        let before = stops.partition_point(|stop| stop.at < self.at);
        let at = before
            .checked_sub(1)
            .map_or(scene.from, |last| stops[last].at);
        self.seek(scene, at);
    }

    fn next_violation(&mut self, scene: &Scene) {
        let first = |after: Option<Time>| {
            scene
                .breaches(|_| true)
                .filter(|&(at, _)| after.is_none_or(|after| at > after))
                .min_by_key(|&(at, _)| at)
        };
        if let Some((at, law)) = first(Some(self.at)).or_else(|| first(None)) {
            self.seek(scene, at);
            self.marked = Some(law);
        }
    }

    fn show(&mut self, scene: &Scene, law: Law) {
        let first = scene.breaches(|it| it == law).next();
        if self.marked == Some(law) {
            self.marked = None;
        } else if let Some((at, _)) = first {
            self.seek(scene, at);
            self.marked = Some(law);
        }
    }

    fn toggle_play(&mut self, scene: &Scene) {
        if self.play != Play::Stopped {
            self.play = Play::Stopped;
            return;
        }
        if self.at >= scene.until {
            self.at = scene.from;
        }
        self.selected = None;
        self.play = Play::Asked;
    }

    fn advance(&mut self, scene: &Scene) {
        let play = self.play;
        self.next(scene);
        if self.at < scene.until {
            self.play = play;
        }
    }

    fn tick(&mut self, scene: &Scene, real: Span) {
        let whole = match self.play {
            Play::Stopped => return,
            Play::Asked => ASKED,
            Play::Unasked => UNASKED,
        };
        let shown = scene.until.since(scene.from);
        let step = shown.us().saturating_mul(real.us()) / whole.us();
        self.at = (self.at + Span::from_us(step)).min(scene.until);
        self.follow(scene);
        if self.at == scene.until {
            self.play = Play::Stopped;
        }
    }
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        if !self.allows(&action) {
            return self;
        }
        let mut state = (*self).clone();
        match action {
            Action::Address(fragment) | Action::Follow(fragment) => {
                state.go(&fragment, Opening::default());
            }
            Action::Theme(theme) => state.theme = theme,
            Action::Dismiss => state.notices = Rc::default(),
            Action::Made(scene) => state.made(scene),
            action => {
                let Some(lesson) = &mut state.lesson else {
                    return self;
                };
                lesson.act(action);
            }
        }
        Rc::new(state)
    }
}

impl Lesson {
    fn act(&mut self, action: Action) {
        match action {
            Action::Set(place, value) => self.change(|it| it.set_value(place, value)),
            Action::SetEntry(place, entry, value) => self.change(|it| {
                let mut entries = it.list_at(place).to_vec();
                if let Some(entry) = entries.get_mut(entry) {
                    *entry = value;
                }
                it.set_list(place, &entries);
            }),
            Action::Reset(place) => self.change(|it| it.reset_value(place)),
            Action::ResetAll => self.change(|it| *it = Scenario::new(it.design)),
            Action::Seed(seed) => self.change(|it| it.seed = seed),
            Action::RemoveFault(place) => self.change(|it| {
                if place < it.faults.len() {
                    it.faults.remove(place);
                }
            }),
            Action::Dock(place) => self.docked = place,
            Action::Commit(guess) => self.commit(guess),
            Action::Pause => self.play = Play::Stopped,
            action => {
                if let Some(scene) = self.scene.clone() {
                    self.look(&scene, action);
                }
            }
        }
    }

    /// Holds a guess against the run that it is about, once that is done.
    fn commit(&mut self, guess: Guess) {
        let scene = self.scene.as_ref().filter(|_| !self.is_pending());
        self.answer = scene.map(|scene| Answer::new(guess, scene));
    }

    /// What moves over the scene that is shown.
    fn look(&mut self, scene: &Scene, action: Action) {
        match action {
            Action::Seek(at) => self.seek(scene, at),
            Action::Next => self.next(scene),
            Action::Previous => self.previous(scene),
            Action::Start => self.seek(scene, scene.from),
            Action::End => self.seek(scene, scene.until),
            Action::NextViolation => self.next_violation(scene),
            Action::Show(law) => self.show(scene, law),
            Action::Select(record) => self.select(scene, Some(record)),
            Action::SelectHere => self.select(scene, self.event(scene)),
            Action::ToCause => self.step(scene, causes::cause),
            Action::ToEffect => {
                self.step(scene, |records, here| causes::effects(records, here).next())
            }
            Action::Beside(side) => {
                self.step(scene, |records, here| causes::beside(records, here, side));
            }
            Action::Unselect => self.selected = None,
            Action::TogglePlay => self.toggle_play(scene),
            Action::Play if self.play == Play::Stopped => self.toggle_play(scene),
            Action::Tick(real) => self.tick(scene, real),
            Action::Advance => self.advance(scene),
            Action::Zoom(permille, about) => self.zoom(scene, permille, about),
            Action::Move(permille) => {
                let moved = self.stretch(scene).moved(permille, scene.whole());
                self.show_stretch(scene, Some(moved));
            }
            Action::Centre(at) => {
                let moved = self.stretch(scene).around(at, scene.whole());
                self.show_stretch(scene, Some(moved));
            }
            Action::Fit => self.near = None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use designs::code;
    use designs::parameter::Unit;

    use super::*;
    use crate::browser::slices::Work;
    use crate::preparing::InHand;

    fn page(query: &[(&str, &str)], fragment: &str) -> Rc<State> {
        let (presentation, notices) = Presentation::read(|key| {
            let pair = query.iter().find(|(name, _)| *name == key);
            pair.map(|(_, value)| (*value).to_owned())
        });
        Rc::new(State::new(presentation, notices, Theme::Auto, fragment))
    }

    fn lesson(state: &State) -> &Lesson {
        state.lesson.as_ref().expect("a lesson is open")
    }

    fn scene(state: &State) -> &Rc<Scene> {
        lesson(state).scene.as_ref().expect("a run is shown")
    }

    fn place(state: &State, key: &str) -> usize {
        let place = lesson(state).asked.scenario.place(key);
        place.expect("the design has it")
    }

    /// What the page makes of what is asked for, a part at a time.
    fn made(state: &State) -> Rc<Scene> {
        let mut in_hand = InHand::of(&lesson(state).asked);
        while in_hand.advance() {}
        in_hand.scene().expect("it is finished")
    }

    /// Some 8,000 events.
    const LONG: &str = "contention?k=40&arrival=closed&duration=100ms";

    #[test]
    fn a_short_run_is_there_at_once_and_a_long_one_is_waited_for() {
        for design in designs::registry::DESIGNS {
            let state = page(&[], design.key());
            let events = made(&state).run.trace.events;
            assert_eq!(lesson(&state).is_pending(), events > AT_ONCE, "{events}");
            assert_eq!(lesson(&state).scene.is_none(), events > AT_ONCE);
        }
    }

    #[test]
    fn a_long_run_is_asked_for_at_once_and_shown_when_it_is_done() {
        let state = page(&[("at", "20ms")], LONG);
        assert_eq!(lesson(&state).asked.code, LONG);
        assert!(lesson(&state).is_pending() && lesson(&state).scene.is_none());
        // There is nothing to look at yet.
        let state = state.reduce(Action::End).reduce(Action::TogglePlay);
        assert_eq!(lesson(&state).play, Play::Stopped);

        let made = made(&state);
        let state = state.reduce(Action::Made(made.clone()));
        assert!(!lesson(&state).is_pending());
        assert!(Rc::ptr_eq(scene(&state), &made));
        assert_eq!(lesson(&state).at, Time::from_us(20_000));
        assert_eq!(
            made.run.digest(),
            Run::of(made.asked.scenario.clone()).digest()
        );
    }

    #[test]
    fn what_was_shown_stays_while_a_long_run_of_its_design_is_made() {
        let state = page(&[], "contention?k=5");
        let short = scene(&state).clone();
        let state = state.reduce(Action::Seek(Time::ZERO));
        let at = lesson(&state).at;
        let workers = place(&state, "k");
        let state = state.reduce(Action::Set(workers, 300));
        assert_eq!(lesson(&state).asked.code, "contention");
        assert!(lesson(&state).is_pending());
        assert!(Rc::ptr_eq(scene(&state), &short));
        // It can still be looked at.
        let state = state.reduce(Action::Next);
        assert!(lesson(&state).at > at);
        let at = lesson(&state).at;

        // The way back needs no run.
        let back = state.clone().reduce(Action::Set(workers, 5));
        assert!(!lesson(&back).is_pending());
        assert!(Rc::ptr_eq(scene(&back), &short));

        let state = state.clone().reduce(Action::Made(made(&state)));
        assert!(!lesson(&state).is_pending());
        assert_eq!(lesson(&state).at, at);

        // Never another design's picture.
        let state = back.reduce(Action::Address(LONG.into()));
        assert!(lesson(&state).scene.is_some());
        let state = state.reduce(Action::Address("redlock".into()));
        let state = state.reduce(Action::Address(LONG.into()));
        assert!(lesson(&state).scene.is_none());
    }

    #[test]
    fn a_later_input_replaces_what_is_being_made() {
        let state = page(&[("play", "on")], LONG);
        let first = made(&state);
        let workers = place(&state, "k");
        let state = state.reduce(Action::Set(workers, 41));
        let second = made(&state);
        let late = state.clone().reduce(Action::Made(first));
        assert!(lesson(&late).is_pending() && lesson(&late).scene.is_none());
        let state = late.reduce(Action::Made(second.clone()));
        assert!(Rc::ptr_eq(scene(&state), &second));
        // It is still what was come to, and starts as it was to start.
        assert_eq!(lesson(&state).play, Play::Unasked);
        let again = state.clone().reduce(Action::Made(made(&state)));
        assert!(Rc::ptr_eq(scene(&again), &second), "nobody waits for it");
    }

    #[test]
    fn a_long_run_is_held_to_what_its_link_promised() {
        let state = page(&[], LONG);
        let promised = designs::link::write(&made(&state).run);
        for (link, broken) in [
            (promised.clone(), false),
            (promised.replace("c9+", "c9-"), true),
        ] {
            let state = page(&[], &link);
            assert!(state.notices.is_empty());
            let state = state.clone().reduce(Action::Made(made(&state)));
            assert_eq!(!state.notices.is_empty(), broken, "{link}");
        }
    }

    #[test]
    fn an_unknown_design_opens_the_gallery_and_is_named() {
        let state = page(&[("theme", "blue")], "#raft?x=1");
        assert!(state.lesson.is_none());
        let parts: Vec<&str> = state.notices.iter().map(|it| it.part.as_str()).collect();
        assert_eq!(parts, ["theme", "raft"]);
        assert!(state.reduce(Action::Dismiss).notices.is_empty());
    }

    #[test]
    fn a_slider_changes_the_code_and_a_reset_undoes_it() {
        let state = page(&[], "#redlock");
        let place = place(&state, "ttl");
        let state = state.reduce(Action::Set(place, 12_000_000));
        assert_eq!(lesson(&state).asked.code, "redlock?ttl=12s");
        assert!(!scene(&state).run.verdict.is_broken());
        let state = state.reduce(Action::Reset(place));
        assert_eq!(lesson(&state).asked.code, "redlock");
    }

    #[test]
    fn a_grid_changes_one_entry_of_the_code_and_the_run() {
        for design in designs::registry::DESIGNS {
            for (place, parameter) in design.parameters().iter().enumerate() {
                let Unit::Matrix(matrix) = parameter.unit else {
                    continue;
                };
                let state = page(&[], design.key());
                let before = scene(&state).run.digest();
                let (first, last) = (0, matrix.places.len() - 1);
                let entry = matrix.place(last, first);
                let state = state.reduce(Action::SetEntry(place, entry, parameter.max));
                let scenario = &lesson(&state).asked.scenario;
                assert_eq!(
                    scenario.list_at(place)[matrix.place(first, last)],
                    parameter.max
                );
                assert!(lesson(&state).asked.code.contains(parameter.key));
                assert_ne!(scene(&state).run.digest(), before);
                let beyond = state
                    .clone()
                    .reduce(Action::SetEntry(place, matrix.len(), 0));
                assert_eq!(lesson(&beyond).asked.code, lesson(&state).asked.code);
                let state = state.reduce(Action::Reset(place));
                assert_eq!(lesson(&state).asked.code, design.key());
            }
        }
    }

    #[test]
    fn the_playhead_stays_at_the_end_and_within_the_run() {
        let state = page(&[], "#redlock");
        let place = place(&state, "pause");
        let state = state.reduce(Action::Set(place, 0));
        assert_eq!(lesson(&state).at, scene(&state).until);
        let state = state.reduce(Action::Seek(Time::from_us(500_000)));
        let state = state.reduce(Action::Set(place, 8_000_000));
        assert_eq!(lesson(&state).at, Time::from_us(500_000));
        let state = state.reduce(Action::Seek(Time::NEVER));
        assert_eq!(lesson(&state).at, scene(&state).until);
    }

    #[test]
    fn steps_lead_through_every_stop_and_back() {
        let mut state = page(&[], "#redlock").reduce(Action::Start);
        let stops = scene(&state).stops.clone();
        let mut seen = Vec::new();
        while lesson(&state).at < scene(&state).until {
            seen.push(lesson(&state).at);
            state = state.reduce(Action::Next);
        }
        assert!(stops.iter().all(|stop| seen.contains(&stop.at)));
        while lesson(&state).at > scene(&state).from {
            state = state.reduce(Action::Previous);
            assert_eq!(seen.pop(), Some(lesson(&state).at));
        }
    }

    #[test]
    fn the_diagram_is_zoomed_moved_and_fitted() {
        let state = page(&[], "#redlock").reduce(Action::Seek(Time::from_us(5_000_000)));
        let shown = |state: &State| lesson(state).stretch(scene(state));
        let whole = shown(&state);
        let state = state.reduce(Action::Zoom(250, None));
        let near = shown(&state);
        assert_eq!(near.until.since(near.from).us(), whole.until.us() / 4);
        assert!((near.from..near.until).contains(&Time::from_us(5_000_000)));
        let moved = shown(&state.clone().reduce(Action::Move(250)));
        assert!(moved.from > near.from);
        // It follows the playhead, and a shorter run.
        let state = state.reduce(Action::Start);
        assert_eq!(shown(&state).from, Time::ZERO);
        let state = state.reduce(Action::Zoom(u64::MAX, None));
        assert_eq!(shown(&state), whole);
        let state = state.reduce(Action::Zoom(900, None)).reduce(Action::End);
        let pause = place(&state, "pause");
        let state = state.reduce(Action::Set(pause, 0));
        assert!(shown(&state).until <= scene(&state).until);
        let state = state.reduce(Action::Fit);
        assert_eq!(shown(&state), scene(&state).whole());
    }

    #[test]
    fn violations_come_in_order_and_start_over() {
        let mut state = page(&[], "#redlock").reduce(Action::Start);
        let mut seen = Vec::new();
        for _ in 0..3 {
            state = state.reduce(Action::NextViolation);
            seen.push(lesson(&state).at);
        }
        assert!(seen[0] < seen[1] && seen[2] == seen[0], "{seen:?}");
        let state = state.reduce(Action::Show(Law::OneHolder));
        let state = state.reduce(Action::Show(Law::NoStaleWrite));
        assert_eq!(lesson(&state).at, seen[1]);
        assert_eq!(lesson(&state).marked, Some(Law::NoStaleWrite));
    }

    #[test]
    fn playing_ends_at_the_end_and_starts_over_from_there() {
        let state = page(&[("play", "on")], "#redlock");
        assert_eq!(lesson(&state).play, Play::Unasked);
        let state = state.reduce(Action::Tick(UNASKED));
        assert_eq!(lesson(&state).at, scene(&state).until);
        assert_eq!(lesson(&state).play, Play::Stopped);
        let state = state.reduce(Action::TogglePlay);
        assert_eq!(lesson(&state).at, scene(&state).from);
        assert_eq!(lesson(&state).play, Play::Asked);
    }

    #[test]
    fn a_run_is_hidden_until_the_reader_commits() {
        let state = page(&[("predict", "1"), ("play", "on")], "#redlock");
        assert!(state.is_hidden());
        let (at, code) = (lesson(&state).at, lesson(&state).asked.code.clone());
        let state = state
            .reduce(Action::Start)
            .reduce(Action::End)
            .reduce(Action::ResetAll)
            .reduce(Action::Set(0, 1));
        assert_eq!((lesson(&state).at, &lesson(&state).asked.code), (at, &code));

        let state = state.reduce(Action::Commit(Guess::None));
        assert!(!state.is_hidden());
        assert_eq!(lesson(&state).play, Play::Unasked);
        let answer = lesson(&state).answer.clone().expect("it was given");
        assert!(!answer.is_right());
        // It is given once, and stays the answer to what was asked.
        let state = state
            .reduce(Action::Commit(Guess::Breaks(Law::OneHolder)))
            .reduce(Action::Seed(9));
        assert_eq!(lesson(&state).answer, Some(answer));
        let state = state.reduce(Action::Address("#zookeeper".into()));
        assert!(state.is_hidden());
    }

    #[test]
    fn an_event_is_looked_into_until_the_playhead_or_the_scenario_moves_on() {
        let state = page(&[], "redlock").reduce(Action::NextViolation);
        let at = lesson(&state).at;
        assert_eq!(lesson(&state).selected, None);
        let state = state.reduce(Action::SelectHere);
        let event = lesson(&state).selected.expect("something happened here");
        assert_eq!(lesson(&state).at, at);
        let records = scene(&state).clone();
        let records = &records.run.trace.records;
        let state = state.reduce(Action::ToCause);
        let cause = lesson(&state).selected;
        assert_eq!(cause, records[event as usize].cause());
        let state = state.reduce(Action::ToEffect);
        assert!(lesson(&state).selected > cause);

        for leave in [
            Action::Unselect,
            Action::Next,
            Action::Seek(Time::ZERO),
            Action::TogglePlay,
            Action::Seed(9),
        ] {
            let left = state.clone().reduce(leave.clone());
            assert_eq!(lesson(&left).selected, None, "{leave:?}");
        }
        let beyond = state.clone().reduce(Action::Select(u32::MAX));
        assert_eq!(lesson(&beyond).selected, lesson(&state).selected);
    }

    #[test]
    fn a_scenario_that_cannot_be_edited_can_be_played() {
        let state = page(&[("editable", "off")], "#redlock");
        let code = lesson(&state).asked.code.clone();
        let state = state
            .reduce(Action::Set(0, 1))
            .reduce(Action::Seed(9))
            .reduce(Action::Follow("#zookeeper".into()))
            .reduce(Action::Start)
            .reduce(Action::Play);
        assert_eq!(lesson(&state).asked.code, code);
        assert_eq!(lesson(&state).play, Play::Asked);
        let state = state.reduce(Action::Play);
        assert_eq!(lesson(&state).play, Play::Asked);
        let state = state.reduce(Action::Address("#zookeeper".into()));
        assert_eq!(lesson(&state).asked.code, "zookeeper");
    }

    #[test]
    fn named_scenarios_have_canonical_codes() {
        for design in designs::registry::DESIGNS {
            for named in design.scenarios() {
                let parsed = code::read(named.code).expect(named.code);
                assert_eq!(code::write(&parsed.scenario), named.code);
            }
        }
    }
}
