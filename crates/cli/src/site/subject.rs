//! What has a page of its own: each lesson, each named scenario, each claim.

use std::collections::BTreeMap;

use designs::design::Named;
use designs::{Claim, Design, Run, code, registry};

use crate::picture::heading;

/// What a page is about.
pub struct Subject {
    /// The design that its run is of.
    pub design: &'static dyn Design,
    /// The code of its run.
    pub code: String,
    /// Its place in the site, without the ending: `lesson/KEY`.
    pub path: String,
    /// What it is, in a word or two.
    pub kind: String,
    /// Its heading.
    pub heading: String,
    /// The sentence beneath; empty for none.
    pub lead: String,
    /// What else there is to say of it.
    pub part: Part,
}

/// What part of a lesson a page shows.
#[derive(Clone, Copy)]
pub enum Part {
    /// The lesson: question, answer, claims.
    Lesson,
    /// One scenario.
    Scenario,
    /// One claim, and where it is false.
    Claim(&'static Claim),
}

impl Subject {
    /// All that have a page, lesson by lesson.
    pub fn all() -> Vec<Self> {
        let of = |design: &&'static dyn Design| {
            let design = *design;
            // The lesson's own scenario is the lesson's page.
            let named = design
                .scenarios()
                .iter()
                .filter(|named| named.code != design.key());
            let named = named.map(move |named| Self::named(design, named));
            let claims = design
                .claims()
                .iter()
                .map(move |claim| Self::claim(design, claim));
            std::iter::once(Self::lesson(design))
                .chain(named)
                .chain(claims)
                .collect::<Vec<_>>()
        };
        registry::DESIGNS.iter().flat_map(of).collect()
    }

    fn lesson(design: &'static dyn Design) -> Self {
        Self {
            design,
            code: design.key().to_owned(),
            path: lesson_path(design),
            kind: "lesson".to_owned(),
            heading: design.title().to_owned(),
            lead: design.summary().to_owned(),
            part: Part::Lesson,
        }
    }

    fn named(design: &'static dyn Design, named: &Named) -> Self {
        Self {
            design,
            code: named.code.to_owned(),
            path: format!("scenario/{}-{}", design.key(), slug(named.title)),
            kind: "scenario".to_owned(),
            heading: named.title.to_owned(),
            lead: named.shows.to_owned(),
            part: Part::Scenario,
        }
    }

    fn claim(design: &'static dyn Design, claim: &'static Claim) -> Self {
        Self {
            design,
            code: claim.runs[0].to_owned(),
            path: claim_path(design, claim),
            kind: "claim".to_owned(),
            heading: format!("Claim {}", claim.id),
            lead: claim.sentence.to_owned(),
            part: Part::Claim(claim),
        }
    }

    /// What `run` is about: the first of those that have a page, or itself.
    pub fn of(run: &Run) -> Self {
        let code = code::write(&run.scenario);
        let known = Self::all().into_iter().find(|subject| subject.code == code);
        known.unwrap_or_else(|| Self {
            design: run.scenario.design,
            code,
            path: String::new(),
            kind: "own settings".to_owned(),
            heading: heading(run),
            lead: String::new(),
            part: Part::Scenario,
        })
    }

    /// Its heading and its design's.
    pub fn full_heading(&self) -> String {
        let design = self.design.title();
        if self.heading == design {
            design.to_owned()
        } else {
            format!("{} – {design}", self.heading)
        }
    }

    /// Its title where it stands alone, such as in a list of open pages.
    pub fn title(&self) -> String {
        format!("{} – Fencepost", self.full_heading())
    }
}

/// The place of a lesson's page, without the ending.
pub fn lesson_path(design: &dyn Design) -> String {
    format!("lesson/{}", design.key())
}

fn claim_path(design: &dyn Design, claim: &Claim) -> String {
    format!(
        "claim/{}-{}",
        design.key(),
        claim.id.replace('\'', "-prime")
    )
}

/// A title as part of an address: its letters and digits, hyphens between.
fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase);
    words.collect::<Vec<_>>().join("-")
}

/// Where links lead.
pub enum Links {
    /// From a page of a site, one folder below its root, to the others: their
    /// places by code.
    Site(BTreeMap<String, String>),
    /// From a page that has no others beside it: its own program opens codes.
    Alone,
}

impl Links {
    /// Links between the pages of `subjects`.
    pub fn between(subjects: &[Subject]) -> Self {
        let mut places = BTreeMap::new();
        for subject in subjects {
            places
                .entry(subject.code.clone())
                .or_insert_with(|| subject.path.clone());
        }
        Self::Site(places)
    }

    /// To the program, with a scenario.
    pub fn live(&self, code: &str) -> String {
        match self {
            Self::Site(_) => format!("../#{code}"),
            Self::Alone => format!("#{code}"),
        }
    }

    /// To a scenario's page, or to the program where it has none.
    pub fn scenario(&self, code: &str) -> String {
        match self {
            Self::Site(places) => match places.get(code) {
                Some(path) => format!("../{path}.html"),
                None => self.live(code),
            },
            Self::Alone => self.live(code),
        }
    }

    /// To a claim.
    pub fn claim(&self, design: &dyn Design, claim: &Claim) -> String {
        match self {
            Self::Site(_) => format!("../{}.html", claim_path(design, claim)),
            Self::Alone => self.live(claim.runs[0]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_subject_has_an_address_of_its_own_that_needs_no_escape() {
        let subjects = Subject::all();
        let paths: BTreeSet<&str> = subjects.iter().map(|subject| &*subject.path).collect();
        assert_eq!(paths.len(), subjects.len());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-/".contains(c);
        for path in paths {
            assert!(path.chars().all(plain), "{path}");
        }
    }

    #[test]
    fn links_lead_to_a_page_where_there_is_one() {
        let links = Links::between(&Subject::all());
        assert_eq!(links.scenario("redlock"), "../lesson/redlock.html");
        assert_eq!(links.scenario("redlock?ttl=77s"), "../#redlock?ttl=77s");
        assert_eq!(Links::Alone.scenario("redlock"), "#redlock");
    }
}
