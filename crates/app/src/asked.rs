//! What a reader asks for: a scenario and how it is called. Controls, address
//! and title show it at once, however long its run takes.

use designs::design::{Design, Named};
use designs::{Claim, Scenario, code};

/// A scenario and its code.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is to be simulated.
    pub scenario: Scenario,
    /// Its canonical code.
    pub code: String,
}

/// Equal scenarios have equal codes.
impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Asked {
    /// Asks for `scenario`.
    pub fn of(scenario: Scenario) -> Self {
        Self {
            code: code::write(&scenario),
            scenario,
        }
    }

    /// The design that runs in it.
    pub fn design(&self) -> &'static dyn Design {
        self.scenario.design
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
        let name = self.scenario.name.as_str();
        if !name.is_empty() {
            return name;
        }
        self.named()
            .map_or_else(|| self.design().title(), |named| named.title)
    }
}
