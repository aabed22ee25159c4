//! The scenario code: one line that names a scenario, the same in a link, a
//! file, an iframe, the terminal and a test.
//!
//! `design?key=value&…`. Only what differs from the design's defaults is
//! written, in the order of its parameters, then `horizon`, `fault` (repeated),
//! `seed`, `name`. A link may add `rev` and `expect` (see [`crate::link`]). Reading never fails on a part: what is wrong is dropped or
//! clamped and named in a [`Notice`].

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use sim::Span;

use crate::faults::FaultSpec;
use crate::link::{Expected, Promise};
use crate::matrix::Matrix;
use crate::parameter::{Misfit, Parameter, Unit, read_duration, write_duration};
use crate::registry;
use crate::scenario::Scenario;

/// The longest code that is read, in bytes.
pub const LONGEST: usize = 8_000;

/// A scenario and what had to be left out of it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What the code describes.
    pub scenario: Scenario,
    /// What was dropped or clamped, in the order of the code.
    pub notices: Vec<Notice>,
    /// What the link said would come of it.
    pub promise: Promise,
}

/// What is wrong with a part of a code, for a person to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// The part at fault, shortened where it is long.
    pub part: String,
    /// What is wrong with it and what became of it.
    pub message: String,
}

impl Notice {
    pub(crate) fn new(part: &str, message: impl Into<String>) -> Self {
        Self {
            part: shorten(part),
            message: message.into(),
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.message)
    }
}

/// A part as it can be shown: printable and short.
pub(crate) fn shorten(part: &str) -> String {
    let mut shown: String = part
        .chars()
        .map(|c| if is_plain(c) { c } else { '\u{fffd}' })
        .take(41)
        .collect();
    if shown.chars().count() > 40 {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// Neither a control character nor one that changes the direction or the
/// place of its neighbours.
fn is_plain(c: char) -> bool {
    !(c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'))
}

/// Reads a code.
///
/// # Errors
/// A notice where there is no scenario to be had at all: the code is too long
/// or names no design.
pub fn read(code: &str) -> Result<Parsed, Notice> {
    if code.len() > LONGEST {
        return Err(Notice::new(
            code,
            format!(
                "a scenario code has at most {LONGEST} characters; this one has {}",
                code.len()
            ),
        ));
    }
    let (key, pairs) = code.split_once('?').unwrap_or((code, ""));
    let Some(design) = registry::find(key) else {
        let known: Vec<&str> = registry::DESIGNS
            .iter()
            .map(|design| design.key())
            .collect();
        return Err(Notice::new(
            key,
            format!("is no design; there is {}", known.join(", ")),
        ));
    };
    let mut parsed = Parsed {
        scenario: Scenario::new(design),
        notices: Vec::new(),
        promise: Promise::default(),
    };
    // Values first, in the table's order: a default may depend on another
    // parameter, and which lanes a fault can hit depends on them all.
    let mut values = Vec::new();
    let mut faults = Vec::new();
    for pair in pairs.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decode(value);
        match key {
            "fault" => faults.push(value),
            "seed" => parsed.read_seed(&value),
            "name" => parsed.read_name(&value),
            "horizon" => parsed.read_horizon(&value),
            "rev" => parsed.read_revision(&value),
            "expect" => parsed.read_expected(&value),
            _ => match parsed.scenario.place(key) {
                Some(place) => values.push((place, value)),
                None => parsed.notices.push(Notice::new(
                    key,
                    format!("{} has no such parameter; ignored", design.key()),
                )),
            },
        }
    }
    values.sort_by_key(|&(place, _)| place);
    for (place, value) in values {
        parsed.read_value(place, &value);
    }
    for fault in faults {
        parsed.read_fault(&fault);
    }
    Ok(parsed)
}

impl Parsed {
    /// Sets `key` to `value` as a code would, with its notices.
    pub(crate) fn read_value(&mut self, place: usize, text: &str) {
        let parameter = &self.scenario.design.parameters()[place];
        if let Unit::Matrix(matrix) = parameter.unit {
            self.read_list(place, parameter, matrix, text);
            return;
        }
        match parameter.read(text) {
            Ok(value) => self.scenario.set_value(place, value),
            Err(Misfit::OutOfRange(fit)) => {
                self.scenario.set_value(place, fit);
                self.notices.push(Notice::new(
                    parameter.key,
                    format!(
                        "{} is outside {} to {}; set to {}",
                        shorten(text),
                        parameter.write(parameter.min),
                        parameter.write(parameter.max),
                        parameter.write(fit)
                    ),
                ));
            }
            Err(Misfit::Unreadable) => self.notices.push(Notice::new(
                parameter.key,
                format!("{} is not {}; ignored", quoted(text), wanted(parameter)),
            )),
        }
    }

    fn read_list(&mut self, place: usize, parameter: &Parameter, matrix: &Matrix, text: &str) {
        let Some(entries) = matrix.read(text) else {
            self.notices.push(Notice::new(
                parameter.key,
                format!("{} is not {}; ignored", quoted(text), wanted(parameter)),
            ));
            return;
        };
        self.scenario.set_list(place, &entries);
        if self.scenario.list_at(place) != entries {
            self.notices.push(Notice::new(
                parameter.key,
                format!(
                    "an entry is outside {} to {}; set to the nearest",
                    write_duration(parameter.min),
                    write_duration(parameter.max)
                ),
            ));
        }
    }

    fn read_seed(&mut self, text: &str) {
        match text.parse() {
            Ok(seed) => self.scenario.seed = seed,
            Err(_) => self.notices.push(Notice::new(
                "seed",
                format!("{} is not a whole number from 0; ignored", quoted(text)),
            )),
        }
    }

    fn read_name(&mut self, text: &str) {
        let plain: String = text
            .chars()
            .filter(|&c| is_plain(c))
            .take(Scenario::NAME_LENGTH)
            .collect();
        if plain != text {
            self.notices.push(Notice::new(
                "name",
                format!("cut to {} plain characters", Scenario::NAME_LENGTH),
            ));
        }
        self.scenario.name = plain.trim().to_string();
    }

    fn read_horizon(&mut self, text: &str) {
        let us = read_duration(text).and_then(|us| u64::try_from(us).ok());
        match us.filter(|&us| us > 0) {
            Some(us) => {
                let latest = Scenario::LATEST_HORIZON;
                if us > latest.us() {
                    self.notices
                        .push(Notice::new("horizon", "at most 3600s; set to that"));
                }
                self.scenario.horizon = Some(Span::from_us(us.min(latest.us())));
            }
            None => self.notices.push(Notice::new(
                "horizon",
                format!(
                    "{} is not a length of time such as 20s; ignored",
                    quoted(text)
                ),
            )),
        }
    }

    fn read_revision(&mut self, text: &str) {
        self.promise.revision = text.parse().ok();
        if self.promise.revision.is_none() {
            let message = format!("{} is no revision of the model; ignored", quoted(text));
            self.notices.push(Notice::new("rev", message));
        }
    }

    fn read_expected(&mut self, text: &str) {
        self.promise.expected = Expected::read(text);
        if self.promise.expected.is_none() {
            let message = format!(
                "{} is no verdict such as c1-c6+.3f9a; ignored",
                quoted(text)
            );
            self.notices.push(Notice::new("expect", message));
        }
    }

    pub(crate) fn read_fault(&mut self, text: &str) {
        if self.scenario.faults.len() == Scenario::MOST_FAULTS {
            self.notices.push(Notice::new(
                text,
                format!(
                    "a scenario lists at most {} faults; ignored",
                    Scenario::MOST_FAULTS
                ),
            ));
            return;
        }
        match FaultSpec::read(text, &self.scenario) {
            Ok(fault) => self.scenario.faults.push(fault),
            Err(what) => self
                .notices
                .push(Notice::new(text, format!("{what}; fault ignored"))),
        }
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() {
        "nothing".to_string()
    } else {
        format!("“{}”", shorten(text))
    }
}

fn wanted(parameter: &Parameter) -> String {
    match parameter.unit {
        Unit::Duration => "a length of time such as 5s or 250ms".to_string(),
        Unit::OptionalDuration => "a length of time such as 5s, or off".to_string(),
        Unit::AutoDuration => "a length of time such as 5s, or auto".to_string(),
        Unit::Count => "a whole number".to_string(),
        Unit::Percent => "a whole number of hundredths".to_string(),
        Unit::Switch => "on or off".to_string(),
        Unit::Choice(choices) => {
            let words: Vec<&str> = choices.iter().map(|choice| choice.word).collect();
            format!("one of {}", words.join(", "))
        }
        Unit::Matrix(matrix) => format!(
            "{} numbers of milliseconds with commas between",
            matrix.len()
        ),
    }
}

/// Writes the code of `scenario`.
pub fn write(scenario: &Scenario) -> String {
    let mut pairs: Vec<String> = Vec::new();
    for (place, parameter) in scenario.design.parameters().iter().enumerate() {
        if scenario.is_set(place) {
            let value = scenario.written(place);
            pairs.push(format!("{}={value}", parameter.key));
        }
    }
    if let Some(horizon) = scenario.horizon {
        let us = i64::try_from(horizon.us()).unwrap_or(i64::MAX);
        pairs.push(format!("horizon={}", write_duration(us)));
    }
    for fault in &scenario.faults {
        pairs.push(format!("fault={}", encode(&fault.write(scenario.design))));
    }
    if scenario.seed != Scenario::DEFAULT_SEED {
        pairs.push(format!("seed={}", scenario.seed));
    }
    if !scenario.name.is_empty() {
        pairs.push(format!("name={}", encode(&scenario.name)));
    }
    let key = scenario.design.key();
    if pairs.is_empty() {
        key.to_string()
    } else {
        format!("{key}?{}", pairs.join("&"))
    }
}

/// Whether a byte stands for itself in a value. The others would end the
/// value, the code or the link, or be rewritten by a browser.
const fn stands(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'_' | b'.' | b'!' | b'*' | b',' | b':' | b'@' | b'/' | b'+'
        )
}

pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stands(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Undoes percent-encoding. What is no encoding stands for itself; bytes that
/// are no text become replacement characters.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |place: usize| {
            let digit = char::from(*bytes.get(place)?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        if bytes[at] == b'%'
            && let (Some(high), Some(low)) = (hex(at + 1), hex(at + 2))
        {
            out.push(high << 4 | low);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
