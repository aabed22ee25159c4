//! What a design is to the rest of Fencepost.

use alloc::string::String;
use alloc::vec::Vec;

use sim::{Recording, Trace};

use crate::claim::Claim;
use crate::laws::Law;
use crate::parameter::Parameter;
use crate::run::Run;
use crate::scenario::Scenario;

/// A coordination design: data about it, and one function that simulates it.
pub trait Design: Sync {
    /// Its name in codes.
    fn key(&self) -> &'static str;
    /// Its name on the page.
    fn title(&self) -> &'static str;
    /// One line for the gallery: what breaks.
    fn summary(&self) -> &'static str;
    /// Question, answer and what really happens, in the form that
    /// [`crate::lesson`] reads.
    fn lesson(&self) -> &'static str;
    /// Its parameters, in canonical order.
    fn parameters(&self) -> &'static [Parameter];
    /// Who takes part in `scenario`, in order of causality: who acts, who
    /// grants, what is protected. A lane's place is its node's number.
    fn lanes(&self, scenario: &Scenario) -> Vec<Lane>;
    /// The names of its fault anchors, by number.
    fn anchors(&self) -> &'static [Name];
    /// The names of its messages, by kind.
    fn messages(&self) -> &'static [Name];
    /// The names of its actors' steps, by kind.
    fn steps(&self) -> &'static [Name];
    /// Runs `scenario`.
    fn simulate(&self, scenario: &Scenario, recording: Recording) -> Trace;
    /// The laws that its runs are judged by, in the order they are shown.
    fn laws(&self) -> &'static [Law];
    /// The sentences of its lesson, each with a check.
    fn claims(&self) -> &'static [Claim];
    /// Scenarios worth a name, the lesson's own first.
    fn scenarios(&self) -> &'static [Named];
    /// "The same, but…": what a learner would change next.
    fn variations(&self, scenario: &Scenario) -> Vec<Variation>;
    /// What happened in `run`, in plain words and in order.
    fn story(&self, run: &Run) -> Vec<Sentence>;
}

/// A name in codes and in words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name {
    /// In codes.
    pub key: &'static str,
    /// In words.
    pub label: &'static str,
}

/// Someone who takes part.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lane {
    /// Its name in codes, traces and stories.
    pub key: String,
    /// Its name in the picture.
    pub label: String,
    /// A few words beneath it.
    pub note: String,
    /// What it is there for.
    pub role: Role,
}

/// What a lane is there for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// It wants the lock.
    Client,
    /// It grants the lock, or votes on it.
    Grantor,
    /// It issues numbers or other services on the side.
    Service,
    /// It is what the lock protects.
    Resource,
}

/// A scenario with a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named {
    /// What it is called.
    pub title: &'static str,
    /// What to look at in it.
    pub shows: &'static str,
    /// Its code.
    pub code: &'static str,
}

/// A scenario that differs in one thing.
#[derive(Clone, Debug)]
pub struct Variation {
    /// What differs, after "The same, but…".
    pub label: &'static str,
    /// The scenario.
    pub scenario: Scenario,
}

/// One sentence of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sentence {
    /// The record that it tells of.
    pub record: u32,
    /// What happened.
    pub text: String,
    /// Whether a law is broken here.
    pub breach: bool,
}

impl Lane {
    /// The name that sentences use: the last word of the label where it is a
    /// single letter (`A` of `Worker A`), else the label.
    pub fn short(&self) -> &str {
        match self.label.rsplit_once(' ') {
            Some((_, last))
                if last.len() == 1 && last.bytes().all(|byte| byte.is_ascii_uppercase()) =>
            {
                last
            }
            _ => &self.label,
        }
    }
}
