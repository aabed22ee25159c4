//! What a reader says a run will do, before it is shown.

use designs::{Law, Outcome};

use crate::state::Scene;

/// What the reader can commit to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guess {
    /// Every guarantee holds.
    None,
    /// This one is broken, and perhaps others.
    Breaks(Law),
}

impl Guess {
    /// Its word in messages: a law's number, or `none`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Breaks(law) => law.id(),
        }
    }
}

/// A guess, and what the run did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// What the reader said.
    pub guess: Guess,
    /// The code of the run that it was about; the reader may have gone on.
    pub code: String,
    /// The laws that it breaks.
    pub broken: Vec<Law>,
}

impl Answer {
    /// Holds `guess` against the run of `scene`.
    pub fn new(guess: Guess, scene: &Scene) -> Self {
        let findings = scene.run.verdict.findings.iter();
        let broken = findings.filter(|finding| finding.is_broken());
        Self {
            guess,
            code: scene.asked.code.clone(),
            broken: broken.map(|finding| finding.law).collect(),
        }
    }

    /// Whether the reader was right. Where several laws are broken, each of
    /// them is a right answer.
    pub fn is_right(&self) -> bool {
        match self.guess {
            Guess::None => self.broken.is_empty(),
            Guess::Breaks(law) => self.broken.contains(&law),
        }
    }

    /// What came of it, in words.
    pub fn words(&self) -> String {
        let said: String = match self.guess {
            Guess::None => "You said that every guarantee holds.".into(),
            Guess::Breaks(law) => format!("You said that “{}” breaks.", law.name()),
        };
        let found: String = match self.broken.as_slice() {
            [] => "every guarantee holds".into(),
            [only] => format!("“{}” breaks, and nothing else", only.name()),
            [others @ .., last] => {
                let others: Vec<_> = others.iter().map(|law| law.name()).collect();
                format!("“{}” and “{}” break", others.join("”, “"), last.name())
            }
        };
        let joint = if self.is_right() {
            "That is so"
        } else {
            "That is not so"
        };
        format!("{said} {joint}: {found}.")
    }
}

/// The laws that a guess about `scene` can name: those that have something to
/// say of it.
pub fn choices(scene: &Scene) -> impl Iterator<Item = Law> {
    let findings = scene.run.verdict.findings.iter();
    findings
        .filter(|finding| !matches!(finding.outcome, Outcome::DoesNotApply(_)))
        .map(|finding| finding.law)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use designs::code;

    use super::*;
    use crate::asked::Asked;

    fn scene(code: &str) -> Scene {
        let asked = Rc::new(Asked::of(code::read(code).expect(code).scenario));
        Scene::at_once(&asked).expect("a short run")
    }

    #[test]
    fn each_broken_law_is_a_right_answer_and_no_other() {
        let scene = scene("redlock");
        let mut right = 0;
        for law in choices(&scene) {
            let answer = Answer::new(Guess::Breaks(law), &scene);
            assert_eq!(answer.is_right(), scene.run.breaks(law));
            right += usize::from(answer.is_right());
        }
        assert!(right > 1, "the lesson breaks several");
        let none = Answer::new(Guess::None, &scene);
        assert!(!none.is_right());
        assert_eq!(
            none.words(),
            "You said that every guarantee holds. That is not so: \
             “one holder”, “no stale write” and “once per job” break."
        );
    }

    #[test]
    fn where_all_hold_only_none_is_right() {
        let scene = scene("redlock?ttl=12s");
        let none = Answer::new(Guess::None, &scene);
        assert!(none.is_right());
        assert_eq!(
            none.words(),
            "You said that every guarantee holds. That is so: every guarantee holds."
        );
        let answer = Answer::new(Guess::Breaks(Law::OneHolder), &scene);
        assert_eq!(
            answer.words(),
            "You said that “one holder” breaks. That is not so: every guarantee holds."
        );
    }
}
