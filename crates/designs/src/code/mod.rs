//! The scenario code: one line that names a scenario, the same in a link, a
//! file, an iframe, the terminal and a test.
//!
//! `design?key=value&…`. Only what differs from the design's defaults is
//! written, in the order of its parameters, then `horizon`, `fault` (repeated),
//! `seed`, `name`. A link may add `rev` and `expect` (see [`crate::link`]).
//! Reading never fails on a part: what is wrong is dropped or clamped and named
//! in a [`Notice`]. A code too long for a reader has a packed form, `~1.…`,
//! which is read as a whole or not at all.

mod bytes;
mod packed;
mod packed_fault;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use sim::Span;

use crate::design::Design;
use crate::faults::FaultSpec;
use crate::link::{Expected, Promise};
use crate::matrix::Matrix;
use crate::parameter::{Misfit, Parameter, Unit, read_duration, write_duration};
use crate::past::{PastDefault, default_at};
use crate::registry;
use crate::scenario::Scenario;

pub use packed::pack;

/// The longest code that is read, in bytes. No scenario that was read has a
/// longer one.
pub const LONGEST: usize = 8_000;

/// Keys of every design, each at most once.
const ONCE: [&str; 5] = ["seed", "name", "horizon", "rev", "expect"];

/// How much of a code its faults can be, so that whatever else a person sets
/// the code is no longer than the longest.
const ROOM_FOR_FAULTS: usize = 4_200;

/// The most notices of one code; what else is wrong is counted in one more.
pub const MOST_NOTICES: usize = 32;

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

/// A part as it can be shown: printable, short, and free of markup.
pub(crate) fn shorten(part: &str) -> String {
    let mut shown: String = part.chars().map(plain).take(41).collect();
    if shown.chars().count() > 40 {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// A character as it can be shown. A notice is text wherever it is put, and
/// would be text even where someone took it for markup.
fn plain(c: char) -> char {
    match c {
        '<' => '‹',
        c if is_plain(c) => c,
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// Neither a control character nor one that cannot be seen and changes the
/// direction, the place or the meaning of its neighbours.
fn is_plain(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'))
}

/// Reads a code, readable or packed.
///
/// # Errors
/// A notice where there is no scenario to be had at all: the code is too long,
/// names no design, or is packed and not whole.
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
    if code.starts_with(packed::MARK) {
        let packed::Unpacked {
            design,
            pairs,
            notices,
        } = packed::unpack(code)?;
        return Ok(Parsed::of(design, pairs, notices, design.past_defaults()));
    }
    let (key, pairs) = code.split_once('?').unwrap_or((code, ""));
    let design = design_called(key)?;
    let pairs = pairs.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let pairs = pairs.map(|(key, value)| (key, decode(value))).collect();
    Ok(Parsed::of(
        design,
        pairs,
        Vec::new(),
        design.past_defaults(),
    ))
}

fn design_called(key: &str) -> Result<&'static dyn Design, Notice> {
    registry::find(key).ok_or_else(|| {
        let designs = registry::DESIGNS.iter();
        let known: Vec<&str> = designs.map(|design| design.key()).collect();
        Notice::new(key, format!("is no design; there is {}", known.join(", ")))
    })
}

impl Parsed {
    /// What the parts of a code say together. Where it is of an older
    /// revision, `past` has what was meant by the parameters that it leaves
    /// out.
    fn of(
        design: &'static dyn Design,
        pairs: Vec<(&str, String)>,
        notices: Vec<Notice>,
        past: &[PastDefault],
    ) -> Self {
        let mut parsed = Self {
            scenario: Scenario::new(design),
            notices,
            promise: Promise::default(),
        };
        let (values, faults) = parsed.sort(pairs);
        // Values in the table's order: a default may depend on another
        // parameter, and which lanes a fault can hit depends on them all.
        let revision = parsed.promise.revision;
        for (place, parameter) in design.parameters().iter().enumerate() {
            if let Some(value) = &values[place] {
                parsed.read_value(place, value);
            } else if let Some(was) = default_at(past, revision, parameter.key) {
                let value = was(&parsed.scenario);
                parsed.read_value(place, value);
            }
        }
        parsed.read_faults(&faults);
        parsed.bound_notices();
        parsed
    }

    /// Reads what depends on nothing else. What is left are the values of the
    /// parameters, by place, and the faults.
    fn sort(&mut self, pairs: Vec<(&str, String)>) -> (Vec<Option<String>>, Vec<String>) {
        let mut values = vec![None; self.scenario.design.parameters().len()];
        let mut faults = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for (key, value) in pairs {
            let place = self.scenario.place(key);
            if seen.contains(&key) {
                let message = "given more than once; the last one counts";
                self.notices.push(Notice::new(key, message));
            } else if place.is_some() || ONCE.contains(&key) {
                seen.push(key);
            }
            match key {
                "fault" => faults.push(value),
                "seed" => self.read_seed(&value),
                "name" => self.read_name(&value),
                "horizon" => self.read_horizon(&value),
                "rev" => self.read_revision(&value),
                "expect" => self.read_expected(&value),
                _ => match place {
                    Some(place) => values[place] = Some(value),
                    None => {
                        let design = self.scenario.design.key();
                        let message = format!("{design} has no such parameter; ignored");
                        self.notices.push(Notice::new(key, message));
                    }
                },
            }
        }
        (values, faults)
    }

    /// The first of many notices, and how many more there are.
    fn bound_notices(&mut self) {
        let more = self.notices.len().saturating_sub(MOST_NOTICES);
        if more > 0 {
            self.notices.truncate(MOST_NOTICES);
            let message = format!("{more} more parts of it are wrong");
            self.notices.push(Notice::new("the code", message));
        }
    }

    /// Sets the parameter at `place` to what `text` says, with its notices.
    fn read_value(&mut self, place: usize, text: &str) {
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

    /// Reads faults, as far as there is room; those beyond the most are not
    /// even looked at.
    fn read_faults(&mut self, faults: &[String]) {
        if faults.is_empty() {
            return;
        }
        let mut left_out = faults.len().saturating_sub(Scenario::MOST_FAULTS);
        let mut room = ROOM_FOR_FAULTS;
        let design = self.scenario.design;
        // A thousand of them are not named anew for each fault.
        let lanes = design.lanes(&self.scenario);
        for text in faults.iter().take(Scenario::MOST_FAULTS) {
            match FaultSpec::read(text, design, &lanes) {
                Ok(fault) => {
                    let length = written_fault(&fault, design).len() + 1;
                    if let Some(rest) = room.checked_sub(length) {
                        room = rest;
                        self.scenario.faults.push(fault);
                    } else {
                        left_out += 1;
                    }
                }
                Err(what) => {
                    let message = format!("{what}; fault ignored");
                    self.notices.push(Notice::new(text, message));
                }
            }
        }
        if left_out > 0 {
            let message = format!(
                "a scenario lists at most {} faults, in at most {ROOM_FOR_FAULTS} characters; {left_out} more are ignored",
                Scenario::MOST_FAULTS
            );
            self.notices.push(Notice::new("fault", message));
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
        pairs.push(written_fault(fault, scenario.design));
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

fn written_fault(fault: &FaultSpec, design: &dyn Design) -> String {
    format!("fault={}", encode(&fault.write(design)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_a_past_revision_has_the_defaults_of_then() {
        let design = registry::DESIGNS[0];
        let past = [PastDefault {
            until: 0,
            key: "ttl",
            was: |_| "4s",
        }];
        let read = |pairs: &[(&'static str, &str)]| {
            let pairs = pairs.iter().map(|&(key, value)| (key, value.to_string()));
            let parsed = Parsed::of(design, pairs.collect(), Vec::new(), &past);
            assert_eq!(parsed.notices, []);
            write(&parsed.scenario)
        };
        assert_eq!(read(&[("rev", "0")]), "redlock?ttl=4s");
        assert_eq!(read(&[("rev", "0"), ("ttl", "7s")]), "redlock?ttl=7s");
        // What is today's default, and was said, was meant.
        assert_eq!(read(&[("rev", "0"), ("ttl", "5s")]), "redlock");
        assert_eq!(read(&[("rev", "1")]), "redlock");
        assert_eq!(read(&[]), "redlock");
    }

    #[test]
    fn what_is_given_twice_is_named_and_the_last_counts() {
        for (code, part, is) in [
            ("redlock?ttl=6s&ttl=7s", "ttl", "redlock?ttl=7s"),
            ("redlock?seed=2&seed=3", "seed", "redlock?seed=3"),
            ("redlock?name=a&name=b", "name", "redlock?name=b"),
        ] {
            let parsed = read(code).expect(code);
            let parts: Vec<&str> = parsed.notices.iter().map(|it| it.part.as_str()).collect();
            assert_eq!(parts, [part]);
            assert_eq!(write(&parsed.scenario), is);
        }
    }

    #[test]
    fn notices_and_faults_are_bounded() {
        let parsed = read(&format!("redlock?{}", "a&".repeat(3_000))).expect("a design");
        assert_eq!(parsed.notices.len(), MOST_NOTICES + 1);
        let last = parsed.notices.last().map(ToString::to_string);
        assert_eq!(
            last.as_deref(),
            Some("the code: 2968 more parts of it are wrong")
        );

        let faults = "&fault=pause,a,1s,@1s".repeat(Scenario::MOST_FAULTS + 3);
        let parsed = read(&format!("redlock?{faults}")).expect("a design");
        assert_eq!(parsed.scenario.faults.len(), Scenario::MOST_FAULTS);
        assert_eq!(parsed.notices.len(), 1);
        assert!(parsed.notices[0].message.contains("3 more are ignored"));
    }

    #[test]
    fn whatever_is_set_a_code_can_be_read_again() {
        // A lane's name is read shorter than it is written: > becomes %3E.
        let fault = "&fault=cut,redis5>redis4,3599.999999s,msg:set_reply:4294967295,drop";
        let parsed = read(&format!("redlock?{}", fault.repeat(Scenario::MOST_FAULTS)));
        let mut scenario = parsed.expect("a design").scenario;
        let listed = scenario.faults.iter();
        let listed = listed.map(|fault| written_fault(fault, scenario.design).len() + 1);
        assert!((ROOM_FOR_FAULTS - 100..=ROOM_FOR_FAULTS).contains(&listed.sum()));
        scenario.name = "\u{10348}".repeat(Scenario::NAME_LENGTH);
        assert!(write(&scenario).len() < LONGEST);

        for design in registry::DESIGNS {
            let longest = design.parameters().iter().map(|parameter| {
                let ends = [parameter.min, parameter.max].map(|end| parameter.write(end).len());
                let value = match parameter.unit {
                    Unit::Choice(choices) => choices.iter().map(|it| it.word.len()).max(),
                    Unit::Matrix(matrix) => Some(matrix.len() * "3600000.001,".len()),
                    _ => ends.into_iter().chain(["1000.001ms".len() + 3]).max(),
                };
                parameter.key.len() + 2 + value.unwrap_or(0)
            });
            let name = "&name=".len() + Scenario::NAME_LENGTH * 4 * "%00".len();
            let rest = "&horizon=3599999.999ms&seed=18446744073709551615".len();
            let all = design.key().len() + longest.sum::<usize>() + name + rest;
            assert!(all + ROOM_FOR_FAULTS <= LONGEST, "{}: {all}", design.key());
        }
    }

    #[test]
    fn names_are_cleaned_of_what_cannot_be_seen() {
        for hidden in [
            "%00",
            "%1B[2J",
            "\u{202e}",
            "\u{2066}",
            "\u{61c}",
            "\u{ad}",
            "\u{e0041}",
        ] {
            let parsed = read(&format!("redlock?name=a{hidden}b")).expect("a design");
            let seen: String = parsed.scenario.name.replace("[2J", "");
            assert_eq!(seen, "ab");
            assert_eq!(parsed.notices.len(), 1);
        }
    }
}
