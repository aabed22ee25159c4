//! A scenario as a file: the generic form that serde sees. Values are the
//! texts that codes have.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::code::{self, Notice, Parsed};
use crate::scenario::Scenario;

/// A scenario file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// The design's key.
    pub design: String,
    /// What differs from the defaults, by parameter key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Faults as codes write them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Where the run ends, as codes write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<String>,
    /// The seed, where it is not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl From<&Scenario> for ScenarioFile {
    fn from(scenario: &Scenario) -> Self {
        let design = scenario.design;
        let parameters = design.parameters().iter().enumerate();
        Self {
            design: design.key().to_string(),
            parameters: parameters
                .filter(|&(place, _)| scenario.is_set(place))
                .map(|(place, parameter)| (parameter.key.to_string(), scenario.written(place)))
                .collect(),
            faults: scenario
                .faults
                .iter()
                .map(|fault| fault.write(design))
                .collect(),
            horizon: scenario.horizon.map(|span| {
                crate::parameter::write_duration(i64::try_from(span.us()).unwrap_or(i64::MAX))
            }),
            seed: Some(scenario.seed).filter(|&seed| seed != Scenario::DEFAULT_SEED),
            name: scenario.name.clone(),
        }
    }
}

impl ScenarioFile {
    /// The scenario of a file, read as a code is.
    ///
    /// # Errors
    /// As [`code::read`].
    pub fn read(&self) -> Result<Parsed, Notice> {
        let mut pairs: Vec<String> = Vec::new();
        let mut add = |key: &str, value: &str| {
            pairs.push(format!("{}={}", code::encode(key), code::encode(value)));
        };
        for (key, value) in &self.parameters {
            add(key, value);
        }
        if let Some(horizon) = &self.horizon {
            add("horizon", horizon);
        }
        for fault in &self.faults {
            add("fault", fault);
        }
        if let Some(seed) = self.seed {
            add("seed", &seed.to_string());
        }
        if !self.name.is_empty() {
            add("name", &self.name);
        }
        code::read(&format!("{}?{}", self.design, pairs.join("&")))
    }
}
