//! What the page shows, and every way that can change. Nothing here knows a
//! browser: an action goes in, the next state comes out.

use std::rc::Rc;

use designs::design::{Design, Named, Sentence};
use designs::{Claim, Law, Notice, Run, Scenario, code};
use draw::swimlane;
use sim::{Span, Time};
use yew::Reducible;

use crate::route::{Place, Presentation, Theme};
use crate::stops::{Stop, stops};

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
    /// What was simulated.
    pub scene: Rc<Scene>,
    /// Where the playhead is.
    pub at: Time,
    /// Whether it moves by itself.
    pub play: Play,
    /// The law whose evidence is pointed out.
    pub marked: Option<Law>,
    /// The place of the parameter whose slider stays in reach on a small
    /// screen: the one last moved.
    pub docked: usize,
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

/// A scenario and all that is read from it. Two are equal only if they are
/// the same one: they are compared on each frame.
#[derive(Debug)]
pub struct Scene {
    /// The simulated run.
    pub run: Run,
    /// Its canonical code.
    pub code: String,
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
    /// Simulates, judges and tells `scenario`.
    pub fn of(scenario: Scenario) -> Self {
        let run = Run::of(scenario);
        let story = run.scenario.design.story(&run);
        let (from, until) = swimlane::fit(&run);
        Self {
            code: code::write(&run.scenario),
            stops: stops(&run, &story),
            story,
            from,
            until,
            run,
        }
    }

    /// The design that runs in it.
    pub fn design(&self) -> &'static dyn Design {
        self.run.scenario.design
    }

    /// The named scenario that it is.
    pub fn named(&self) -> Option<&'static Named> {
        let mut scenarios = self.design().scenarios().iter();
        scenarios.find(|named| named.code == self.code)
    }

    /// The first claim that it shows.
    pub fn claim(&self) -> Option<&'static Claim> {
        let mut claims = self.design().claims().iter();
        claims.find(|claim| claim.runs.first() == Some(&self.code.as_str()))
    }

    /// What it is called.
    pub fn title(&self) -> &str {
        let name = self.run.scenario.name.as_str();
        if !name.is_empty() {
            return name;
        }
        self.named()
            .map_or_else(|| self.design().title(), |named| named.title)
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
        let told = self
            .story
            .iter()
            .take_while(|sentence| self.time_of(sentence.record) <= at);
        told.count().checked_sub(1)
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
    /// The address has another fragment.
    Address(String),
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
    /// Starts or stops the playback.
    TogglePlay,
    /// Stops the playback.
    Pause,
    /// So much real time has passed while playing.
    Tick(Span),
    /// It is time for the next stop while playing step by step.
    Advance,
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
        state.go(fragment);
        notices.extend(state.notices.iter().cloned());
        state.notices = Rc::new(notices);
        if let Some(lesson) = &mut state.lesson {
            if let Some(at) = state.presentation.at {
                lesson.seek(at);
            }
            if state.presentation.play {
                if state.presentation.at.is_none() {
                    lesson.at = lesson.scene.from;
                }
                lesson.play = Play::Unasked;
            }
        }
        state
    }

    fn go(&mut self, fragment: &str) {
        let mut notices = Vec::new();
        match Place::read(fragment) {
            Place::Gallery => self.lesson = None,
            Place::Lesson(parsed) => {
                notices = parsed.notices;
                let scene = self.open(parsed.scenario);
                notices.extend(parsed.promise.broken_by(&scene.run));
            }
            Place::Nowhere(notice) => {
                notices.push(notice);
                self.lesson = None;
            }
        }
        self.notices = Rc::new(notices);
    }

    fn open(&mut self, scenario: Scenario) -> Rc<Scene> {
        let scene = Rc::new(Scene::of(scenario));
        let before = self.lesson.as_ref();
        let docked = before
            .filter(|lesson| lesson.scene.design().key() == scene.design().key())
            .map_or(0, |lesson| lesson.docked);
        self.lesson = Some(Lesson {
            at: scene.until,
            scene: scene.clone(),
            play: Play::Stopped,
            marked: None,
            docked,
        });
        scene
    }
}

impl Lesson {
    /// Simulates the scenario as `change` leaves it. The playhead stays where
    /// it is, at the end if it was at the end.
    fn change(&mut self, change: impl FnOnce(&mut Scenario)) {
        let mut scenario = self.scene.run.scenario.clone();
        change(&mut scenario);
        let scene = Scene::of(scenario);
        if scene.code == self.scene.code {
            return;
        }
        self.at = if self.at == self.scene.until {
            scene.until
        } else {
            self.at.clamp(scene.from, scene.until)
        };
        self.marked = self.marked.filter(|&law| scene.run.breaks(law));
        self.scene = Rc::new(scene);
    }

    fn seek(&mut self, at: Time) {
        self.at = at.clamp(self.scene.from, self.scene.until);
        self.play = Play::Stopped;
    }

    fn next(&mut self) {
        let stops = &self.scene.stops;
        let after = stops.partition_point(|stop| stop.at <= self.at);
        let at = stops.get(after).map_or(self.scene.until, |stop| stop.at);
        self.seek(at);
    }

    fn previous(&mut self) {
        let stops = &self.scene.stops;
        let before = stops.partition_point(|stop| stop.at < self.at);
        let at = before
            .checked_sub(1)
            .map_or(self.scene.from, |last| stops[last].at);
        self.seek(at);
    }

    fn next_violation(&mut self) {
        let first = |after: Option<Time>| {
            self.scene
                .breaches(|_| true)
                .filter(|&(at, _)| after.is_none_or(|after| at > after))
                .min_by_key(|&(at, _)| at)
        };
        if let Some((at, law)) = first(Some(self.at)).or_else(|| first(None)) {
            self.seek(at);
            self.marked = Some(law);
        }
    }

    fn show(&mut self, law: Law) {
        let first = self.scene.breaches(|it| it == law).next();
        if self.marked == Some(law) {
            self.marked = None;
        } else if let Some((at, _)) = first {
            self.seek(at);
            self.marked = Some(law);
        }
    }

    fn toggle_play(&mut self) {
        if self.play != Play::Stopped {
            self.play = Play::Stopped;
            return;
        }
        if self.at >= self.scene.until {
            self.at = self.scene.from;
        }
        self.play = Play::Asked;
    }

    fn advance(&mut self) {
        let play = self.play;
        self.next();
        if self.at < self.scene.until {
            self.play = play;
        }
    }

    fn tick(&mut self, real: Span) {
        let whole = match self.play {
            Play::Stopped => return,
            Play::Asked => ASKED,
            Play::Unasked => UNASKED,
        };
        let shown = self.scene.until.since(self.scene.from);
        let step = shown.us().saturating_mul(real.us()) / whole.us();
        self.at = (self.at + Span::from_us(step)).min(self.scene.until);
        if self.at == self.scene.until {
            self.play = Play::Stopped;
        }
    }
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut state = (*self).clone();
        match action {
            Action::Address(fragment) => state.go(&fragment),
            Action::Theme(theme) => state.theme = theme,
            Action::Dismiss => state.notices = Rc::default(),
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
            Action::Seek(at) => self.seek(at),
            Action::Next => self.next(),
            Action::Previous => self.previous(),
            Action::Start => self.seek(self.scene.from),
            Action::End => self.seek(self.scene.until),
            Action::NextViolation => self.next_violation(),
            Action::Show(law) => self.show(law),
            Action::TogglePlay => self.toggle_play(),
            Action::Pause => self.play = Play::Stopped,
            Action::Tick(real) => self.tick(real),
            Action::Advance => self.advance(),
            Action::Address(_) | Action::Theme(_) | Action::Dismiss => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use designs::parameter::Unit;

    use super::*;

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
        let place = lesson(&state)
            .scene
            .run
            .scenario
            .place("ttl")
            .expect("a TTL");
        let state = state.reduce(Action::Set(place, 12_000_000));
        assert_eq!(lesson(&state).scene.code, "redlock?ttl=12s");
        assert!(!lesson(&state).scene.run.verdict.is_broken());
        let state = state.reduce(Action::Reset(place));
        assert_eq!(lesson(&state).scene.code, "redlock");
    }

    #[test]
    fn a_grid_changes_one_entry_of_the_code_and_the_run() {
        for design in designs::registry::DESIGNS {
            for (place, parameter) in design.parameters().iter().enumerate() {
                let Unit::Matrix(matrix) = parameter.unit else {
                    continue;
                };
                let state = page(&[], design.key());
                let before = lesson(&state).scene.run.digest();
                let (first, last) = (0, matrix.places.len() - 1);
                let entry = matrix.place(last, first);
                let state = state.reduce(Action::SetEntry(place, entry, parameter.max));
                let scenario = &lesson(&state).scene.run.scenario;
                assert_eq!(
                    scenario.list_at(place)[matrix.place(first, last)],
                    parameter.max
                );
                assert!(lesson(&state).scene.code.contains(parameter.key));
                assert_ne!(lesson(&state).scene.run.digest(), before);
                let beyond = state
                    .clone()
                    .reduce(Action::SetEntry(place, matrix.len(), 0));
                assert_eq!(lesson(&beyond).scene.code, lesson(&state).scene.code);
                let state = state.reduce(Action::Reset(place));
                assert_eq!(lesson(&state).scene.code, design.key());
            }
        }
    }

    #[test]
    fn the_playhead_stays_at_the_end_and_within_the_run() {
        let state = page(&[], "#redlock");
        let place = lesson(&state)
            .scene
            .run
            .scenario
            .place("pause")
            .expect("a pause");
        let state = state.reduce(Action::Set(place, 0));
        assert_eq!(lesson(&state).at, lesson(&state).scene.until);
        let state = state.reduce(Action::Seek(Time::from_us(500_000)));
        let state = state.reduce(Action::Set(place, 8_000_000));
        assert_eq!(lesson(&state).at, Time::from_us(500_000));
        let state = state.reduce(Action::Seek(Time::NEVER));
        assert_eq!(lesson(&state).at, lesson(&state).scene.until);
    }

    #[test]
    fn steps_lead_through_every_stop_and_back() {
        let mut state = page(&[], "#redlock").reduce(Action::Start);
        let stops = lesson(&state).scene.stops.clone();
        let mut seen = Vec::new();
        while lesson(&state).at < lesson(&state).scene.until {
            seen.push(lesson(&state).at);
            state = state.reduce(Action::Next);
        }
        assert!(stops.iter().all(|stop| seen.contains(&stop.at)));
        while lesson(&state).at > lesson(&state).scene.from {
            state = state.reduce(Action::Previous);
            assert_eq!(seen.pop(), Some(lesson(&state).at));
        }
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
        assert_eq!(lesson(&state).at, lesson(&state).scene.until);
        assert_eq!(lesson(&state).play, Play::Stopped);
        let state = state.reduce(Action::TogglePlay);
        assert_eq!(lesson(&state).at, lesson(&state).scene.from);
        assert_eq!(lesson(&state).play, Play::Asked);
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
