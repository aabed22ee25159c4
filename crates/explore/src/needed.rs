//! Which faults a violation needs, and which are incidental.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use designs::design::Lane;
use designs::faults::{FaultSpec, Kind, Target};
use designs::parameter::Unit;
use designs::{Law, Parameter, Scenario, words};
use sim::Span;

use crate::parts::Parts;

/// A broken law of a scenario, looked at again without each fault in turn.
/// What two faults do together only, or either alone, is not asked.
#[derive(Clone, Debug)]
pub struct Needed {
    law: Law,
    suspects: Vec<Suspect>,
    done: usize,
    parts: Parts,
}

/// Something that goes wrong in a scenario.
#[derive(Clone, Debug)]
pub struct Suspect {
    words: String,
    without: Scenario,
    still_broken: bool,
}

impl Suspect {
    /// What goes wrong, in words.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Whether the law is broken without it too.
    pub const fn still_broken(&self) -> bool {
        self.still_broken
    }
}

impl Needed {
    /// Nothing has run yet. What goes wrong in `scenario` is each parameter
    /// that has a neutral value and another one, and each listed fault.
    pub fn new(scenario: &Scenario, law: Law) -> Self {
        let suspect = |(words, without)| Suspect {
            words,
            without,
            still_broken: false,
        };
        let all = without_parameters(scenario).chain(without_listed(scenario));
        Self {
            law,
            suspects: all.map(suspect).collect(),
            done: 0,
            parts: Parts::default(),
        }
    }

    /// Makes the next run, or a part of it where it is long, if there is one,
    /// and says whether more remain.
    pub fn advance(&mut self) -> bool {
        if let Some(suspect) = self.suspects.get_mut(self.done)
            && let Some(run) = self.parts.go_on(&suspect.without)
        {
            suspect.still_broken = run.breaks(self.law);
            self.done += 1;
        }
        self.done < self.suspects.len()
    }

    /// What goes wrong, and whether the law is broken without it too; `None`
    /// until all has run.
    pub fn suspects(&self) -> Option<&[Suspect]> {
        (self.done == self.suspects.len()).then_some(&self.suspects)
    }
}

/// The scenario with each parameter at its neutral value.
fn without_parameters(scenario: &Scenario) -> impl Iterator<Item = (String, Scenario)> {
    let parameters = scenario.design.parameters().iter().enumerate();
    parameters.filter_map(|(place, parameter)| {
        let (neutral, value) = (parameter.neutral?, scenario.value(place));
        let mut without = scenario.clone();
        without.set_value(place, neutral);
        (value != neutral).then(|| (setting(parameter, value), without))
    })
}

/// The scenario without each of its listed faults.
fn without_listed(scenario: &Scenario) -> impl Iterator<Item = (String, Scenario)> {
    let lanes = scenario.design.lanes(scenario);
    let faults = scenario.faults.iter().enumerate();
    faults.map(move |(place, fault)| {
        let mut without = scenario.clone();
        without.faults.remove(place);
        (fault_words(fault, &lanes), without)
    })
}

fn setting(parameter: &Parameter, value: i64) -> String {
    match parameter.unit {
        Unit::Switch => parameter.label.into(),
        _ => format!("{} ({})", parameter.label, parameter.show(value)),
    }
}

/// A listed fault in words, without its instant.
fn fault_words(fault: &FaultSpec, lanes: &[Lane]) -> String {
    let target = target_words(&fault.target, lanes);
    match fault.kind {
        Kind::Pause(span) => format!("pause of {target} ({})", words::span(span)),
        Kind::Suspend(span) => format!("suspension of {target} ({})", words::span(span)),
        Kind::Crash { .. } => format!("crash of {target}"),
        Kind::Cut { span: None, .. } => format!("cut between {target}"),
        Kind::Cut {
            span: Some(span), ..
        } => format!("cut between {target} ({})", words::span(span)),
        Kind::Delay(span) => format!("delay between {target} ({})", words::span(span)),
        Kind::Step(us) => {
            let sign = if us < 0 { "−" } else { "+" };
            let size = words::span(Span::from_us(us.unsigned_abs()));
            format!("clock step on {target} ({sign}{size})")
        }
        Kind::Drift(ppm) => format!("clock drift on {target} ({ppm} ppm)"),
    }
}

fn target_words(target: &Target, lanes: &[Lane]) -> String {
    match target {
        Target::Lanes(key) => lane_words(key, lanes).into(),
        Target::Links { from, to, both } => {
            let (from, to) = (lane_words(from, lanes), lane_words(to, lanes));
            let link = if *both { " and " } else { " → " };
            format!("{from}{link}{to}")
        }
    }
}

/// The name of a lane as pictures have it; a group as codes write it.
fn lane_words<'a>(key: &'a str, lanes: &'a [Lane]) -> &'a str {
    let lane = lanes.iter().find(|lane| lane.key == key);
    lane.map_or(key, Lane::short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use designs::code;

    fn asked(text: &str, law: Law) -> Vec<(String, bool)> {
        let scenario = code::read(text).expect("a code of ours").scenario;
        let mut needed = Needed::new(&scenario, law);
        while needed.advance() {}
        let suspects = needed.suspects().expect("all has run").iter();
        suspects
            .map(|it| (it.words().to_string(), it.still_broken()))
            .collect()
    }

    fn pairs(expected: &[(&str, bool)]) -> Vec<(String, bool)> {
        let expected = expected.iter();
        expected.map(|&(words, it)| (words.into(), it)).collect()
    }

    #[test]
    fn the_lesson_needs_its_pause() {
        assert_eq!(
            asked("redlock", Law::OneHolder),
            pairs(&[("Pause of A (8 s)", false)])
        );
    }

    #[test]
    fn a_step_at_one_server_is_incidental_to_what_a_pause_breaks() {
        assert_eq!(
            asked("redlock?fault=step,redis3,5s,@200ms", Law::OneHolder),
            pairs(&[
                ("Pause of A (8 s)", false),
                ("clock step on Redis 3 (+5 s)", true)
            ])
        );
    }

    /// Two cuts leave A a bare majority, of which a step takes one vote.
    #[test]
    fn cuts_and_a_step_are_needed_together() {
        let code = "redlock?pause=0ms&fault=cut,a-redis4,-,@0ms,drop\
                    &fault=cut,a-redis5,-,@0ms,drop&fault=step,redis1,5s,@200ms";
        assert_eq!(
            asked(code, Law::OneHolder),
            pairs(&[
                ("cut between A and Redis 4", false),
                ("cut between A and Redis 5", false),
                ("clock step on Redis 1 (+5 s)", false),
            ])
        );
    }

    #[test]
    fn until_all_has_run_nothing_is_said() {
        let scenario = code::read("redlock").expect("a code of ours").scenario;
        let mut needed = Needed::new(&scenario, Law::OneHolder);
        assert!(needed.suspects().is_none());
        assert!(!needed.advance());
        assert!(needed.suspects().is_some());
    }
}
