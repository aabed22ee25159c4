//! What is simulated: a design and all that a person has set.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use sim::Span;

use crate::design::Design;
use crate::faults::FaultSpec;
use crate::matrix::Matrix;
use crate::parameter::{Default, Unit};

/// One scenario. Equal scenarios have equal codes.
#[derive(Clone)]
pub struct Scenario {
    /// The design it runs.
    pub design: &'static dyn Design,
    /// What is set, in the order of the design's parameters; `None` is the
    /// default.
    values: Vec<Option<i64>>,
    /// The lists that are set, by the place of their parameter.
    lists: Vec<(usize, Vec<i64>)>,
    /// Faults beyond those that parameters describe.
    pub faults: Vec<FaultSpec>,
    /// Chooses the random streams.
    pub seed: u64,
    /// A title, at most [`Self::NAME_LENGTH`] characters, empty for none.
    pub name: String,
    /// Where the run ends; `None` lets the world decide.
    pub horizon: Option<Span>,
}

impl Scenario {
    /// The seed of a scenario that does not say.
    pub const DEFAULT_SEED: u64 = 1;
    /// The most characters of a title.
    pub const NAME_LENGTH: usize = 80;
    /// The most faults that a scenario lists.
    pub const MOST_FAULTS: usize = 64;
    /// The latest horizon.
    pub const LATEST_HORIZON: Span = Span::from_s(3_600);

    /// The design's lesson as it stands: every parameter at its default.
    pub fn new(design: &'static dyn Design) -> Self {
        Self {
            design,
            values: vec![None; design.parameters().len()],
            lists: Vec::new(),
            faults: Vec::new(),
            seed: Self::DEFAULT_SEED,
            name: String::new(),
            horizon: None,
        }
    }

    /// The value of the design's parameter `key`.
    ///
    /// # Panics
    /// Where the design has no such parameter: keys come from the design's
    /// own code or from its table.
    pub fn get(&self, key: &str) -> i64 {
        let place = self
            .place(key)
            .unwrap_or_else(|| panic!("{} has no parameter {key}", self.design.key()));
        self.value(place)
    }

    /// The value of the parameter at `place` in the design's table.
    pub fn value(&self, place: usize) -> i64 {
        self.values[place].unwrap_or_else(|| self.default_of(place))
    }

    /// The value that the parameter at `place` has where nothing is set.
    pub fn default_of(&self, place: usize) -> i64 {
        match self.design.parameters()[place].default {
            Default::Is(value) => value,
            Default::From(rule) => rule(self),
        }
    }

    /// Whether the parameter at `place` differs from its default.
    pub fn is_set(&self, place: usize) -> bool {
        if self.matrix(place).is_some() {
            return self.set_list_at(place).is_some();
        }
        self.values[place].is_some_and(|value| value != self.default_of(place))
    }

    /// Sets the parameter at `place`, clamped to its range. A list-type one
    /// has no single value and stays as it is.
    pub fn set_value(&mut self, place: usize, value: i64) {
        if self.matrix(place).is_some() {
            return;
        }
        let parameter = &self.design.parameters()[place];
        let value = value.clamp(parameter.min, parameter.max);
        self.values[place] = None;
        if value != self.default_of(place) {
            self.values[place] = Some(value);
        }
    }

    /// Puts the parameter at `place` back to its default.
    pub fn reset_value(&mut self, place: usize) {
        self.values[place] = None;
        self.lists.retain(|&(set, _)| set != place);
    }

    /// The entries of the list-type parameter `key`; none where it is not one.
    ///
    /// # Panics
    /// As [`Self::get`].
    pub fn list(&self, key: &str) -> &[i64] {
        let place = self
            .place(key)
            .unwrap_or_else(|| panic!("{} has no parameter {key}", self.design.key()));
        self.list_at(place)
    }

    /// The entries of the list-type parameter at `place` in the design's
    /// table; none where it is not one.
    pub fn list_at(&self, place: usize) -> &[i64] {
        match self.set_list_at(place) {
            Some(set) => set,
            None => self.matrix(place).map_or(&[], |matrix| matrix.default),
        }
    }

    /// Sets the list-type parameter at `place`, each entry clamped to the
    /// parameter's range. A list of another length changes nothing.
    pub fn set_list(&mut self, place: usize, entries: &[i64]) {
        let Some(matrix) = self.matrix(place) else {
            return;
        };
        if entries.len() != matrix.len() {
            return;
        }
        let parameter = &self.design.parameters()[place];
        let entries: Vec<i64> = entries
            .iter()
            .map(|entry| (*entry).clamp(parameter.min, parameter.max))
            .collect();
        self.reset_value(place);
        if entries != matrix.default {
            self.lists.push((place, entries));
        }
    }

    fn set_list_at(&self, place: usize) -> Option<&[i64]> {
        let set = self.lists.iter().find(|&&(set, _)| set == place)?;
        Some(&set.1)
    }

    fn matrix(&self, place: usize) -> Option<&'static Matrix> {
        match self.design.parameters()[place].unit {
            Unit::Matrix(matrix) => Some(matrix),
            _ => None,
        }
    }

    /// What the parameter at `place` is set to, as codes write it.
    pub fn written(&self, place: usize) -> String {
        if self.matrix(place).is_some() {
            return Matrix::write(self.list_at(place));
        }
        self.design.parameters()[place].write(self.value(place))
    }

    /// The same with the parameter `key` set to `value`.
    ///
    /// # Panics
    /// As [`Self::get`].
    #[must_use]
    pub fn with(&self, key: &str, value: i64) -> Self {
        let place = self
            .place(key)
            .unwrap_or_else(|| panic!("{} has no parameter {key}", self.design.key()));
        let mut other = self.clone();
        other.set_value(place, value);
        other
    }

    /// The same with another seed.
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        Self {
            seed,
            ..self.clone()
        }
    }

    /// Where the parameter `key` stands in the design's table.
    pub fn place(&self, key: &str) -> Option<usize> {
        self.design
            .parameters()
            .iter()
            .position(|parameter| parameter.key == key)
    }

    /// A duration parameter as a span; zero where it is off.
    ///
    /// # Panics
    /// As [`Self::get`].
    pub fn span(&self, key: &str) -> Span {
        Span::from_us(u64::try_from(self.get(key)).unwrap_or(0))
    }

    /// Whether a switch is on.
    ///
    /// # Panics
    /// As [`Self::get`].
    pub fn is_on(&self, key: &str) -> bool {
        self.get(key) != 0
    }
}

impl PartialEq for Scenario {
    fn eq(&self, other: &Self) -> bool {
        crate::code::write(self) == crate::code::write(other)
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::code::write(self))
    }
}
