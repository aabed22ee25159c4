//! The packed form of a code, for those too long to be read: `~1.` and
//! base64url of
//!
//! - the length of what is between it and the checksum,
//! - the design's key, then items, each a byte that says what it is and what
//!   belongs to it,
//! - four bytes of a checksum (FNV-1a) over all before.
//!
//! A link has to mean the same in three years, when tables have grown or were
//! put in another order. So nothing is written by its place in one. A
//! parameter, a word it can be set to, an anchor and a message are each
//! written as sixteen bits that are made of its name alone ([`stable`]): they
//! never change while the name does not, no list of them has to be kept, and a
//! test fails should a new name ever meet the bits of another in the same
//! design. The names themselves would make most packed codes longer than what
//! they pack. Kinds of items and of faults have numbers of their own here,
//! which are never given anew.
//!
//! Values say what they are, and what is unpacked goes the way of a readable
//! code: the same checks, clamps and notices.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sim::Digest;

use super::bytes::{Misread, Reader, Writer, digits, digits_of, undigit};
use super::{Notice, design_called, packed_fault};
use crate::design::{Design, Name};
use crate::link::{Expected, Promise};
use crate::matrix::Matrix;
use crate::parameter::{Parameter, Unit, write_duration};
use crate::scenario::Scenario;

/// What a packed code begins with; no design's key does.
pub(super) const MARK: char = '~';
const VERSION: &str = "1";
/// Characters before the first digit.
const LEAD: usize = "~1.".len();

mod item {
    pub const NUMBER: u8 = 1;
    pub const TIME: u8 = 2;
    pub const WORD: u8 = 3;
    pub const TIMES: u8 = 4;
    pub const HORIZON: u8 = 5;
    pub const FAULT: u8 = 6;
    pub const SEED: u8 = 7;
    pub const NAME: u8 = 8;
    pub const REVISION: u8 = 9;
    pub const EXPECTED: u8 = 10;
}

/// The most entries of a list.
const MOST_TIMES: usize = 256;
/// The longest text of an item, in bytes.
const LONGEST_TEXT: usize = 400;

/// Sixteen bits that stand for a name.
pub(super) fn stable(name: &str) -> u16 {
    let mut digest = Digest::new();
    digest.add(name.as_bytes());
    digest.value() as u16
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let mut digest = Digest::new();
    digest.add(bytes);
    (digest.value() as u32).to_le_bytes()
}

/// Packs the code of `scenario`, and what its link promises.
pub fn pack(scenario: &Scenario, promise: &Promise) -> String {
    let mut writer = Writer::default();
    writer.text(scenario.design.key());
    for (place, parameter) in scenario.design.parameters().iter().enumerate() {
        if scenario.is_set(place) {
            write_value(&mut writer, scenario, place, parameter);
        }
    }
    if let Some(horizon) = scenario.horizon {
        writer.byte(item::HORIZON);
        writer.count(horizon.us());
    }
    for fault in &scenario.faults {
        writer.byte(item::FAULT);
        packed_fault::write(&mut writer, fault, scenario.design);
    }
    if scenario.seed != Scenario::DEFAULT_SEED {
        writer.byte(item::SEED);
        writer.count(scenario.seed);
    }
    if !scenario.name.is_empty() {
        writer.byte(item::NAME);
        writer.text(&scenario.name);
    }
    if let Some(revision) = promise.revision {
        writer.byte(item::REVISION);
        writer.count(revision.into());
    }
    if let Some(expected) = &promise.expected {
        writer.byte(item::EXPECTED);
        writer.text(&expected.write());
    }
    sealed(&writer.0)
}

fn write_value(writer: &mut Writer, scenario: &Scenario, place: usize, parameter: &Parameter) {
    let value = scenario.value(place);
    let kind = match parameter.unit {
        Unit::Matrix(_) => item::TIMES,
        Unit::Switch | Unit::Choice(_) => item::WORD,
        Unit::OptionalDuration | Unit::AutoDuration if value < 0 => item::WORD,
        Unit::Duration | Unit::OptionalDuration | Unit::AutoDuration => item::TIME,
        Unit::Count | Unit::Percent => item::NUMBER,
    };
    writer.byte(kind);
    writer.stable(stable(parameter.key));
    match kind {
        item::TIMES => {
            let times = scenario.list_at(place);
            writer.count(times.len() as u64);
            times.iter().for_each(|&us| writer.number(us));
        }
        item::WORD => writer.stable(stable(&scenario.written(place))),
        _ => writer.number(value),
    }
}

/// Length and checksum around `body`, in digits.
fn sealed(body: &[u8]) -> String {
    let mut whole = Writer::default();
    whole.bytes(body);
    let sum = checksum(&whole.0);
    whole.0.extend(sum);
    format!("{MARK}{VERSION}.{}", digits(&whole.0))
}

/// What a packed code says, part by part as a readable one has it.
pub(super) struct Unpacked {
    pub design: &'static dyn Design,
    pub pairs: Vec<(&'static str, String)>,
    /// What its tables had then and have no more.
    pub notices: Vec<Notice>,
}

/// Reads a packed code, which starts with [`MARK`].
///
/// # Errors
/// A notice that says where and what, where it is not whole.
pub(super) fn unpack(code: &str) -> Result<Unpacked, Notice> {
    let text = after_version(code)?;
    let bytes = undigit(text).map_err(|place| {
        let wrong = text[place..].chars().next().unwrap_or(' ');
        refused(
            code,
            LEAD + place + 1,
            &format!("“{}” has no place in a packed code", super::plain(wrong)),
        )
    })?;
    let (start, end) = body(code, text, &bytes)?;
    if bytes[end..] != checksum(&bytes[..end]) || digits(&bytes) != text {
        let what = format!(
            "a packed code that was changed between the characters {} and {}: its checksum differs; nothing of it can be used",
            LEAD + 1,
            code.len()
        );
        return Err(Notice::new(code, what));
    }
    let misread = |at: Misread| refused(code, character(start + at.at), at.what);
    let mut reader = Reader::new(&bytes[start..end]);
    let key = reader.text(LONGEST_TEXT).map_err(misread)?;
    let mut unpacked = Unpacked {
        design: design_called(key)?,
        pairs: Vec::new(),
        notices: Vec::new(),
    };
    while !reader.rest().is_empty() {
        unpacked.read_item(&mut reader).map_err(misread)?;
    }
    Ok(unpacked)
}

/// The digits of a code of the version that is read here.
fn after_version(code: &str) -> Result<&str, Notice> {
    let rest = code.strip_prefix(MARK).unwrap_or(code);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (version, rest) = rest.split_at(digits);
    match rest.strip_prefix('.') {
        Some(text) if version == VERSION => Ok(text),
        Some(_) if !version.is_empty() => Err(refused(
            code,
            2,
            &format!(
                "version {} of packed codes is not known, only {VERSION} is",
                super::shorten(version)
            ),
        )),
        _ => Err(refused(
            code,
            2 + digits,
            &format!("a packed code starts with {MARK}{VERSION}."),
        )),
    }
}

/// Where the body of `bytes` lies, which are those of `text`; all of it is
/// there, and nothing more.
fn body(code: &str, text: &str, bytes: &[u8]) -> Result<(usize, usize), Notice> {
    let mut reader = Reader::new(bytes);
    let cut = |of: &str| {
        let what = format!("the code is cut off here{of}");
        refused(code, code.len() + 1, &what)
    };
    let length = match reader.few(super::LONGEST) {
        Ok(length) => length,
        Err(_) if reader.rest().is_empty() => return Err(cut("")),
        Err(misread) => return Err(refused(code, character(misread.at), misread.what)),
    };
    let end = reader.at() + length;
    let whole = digits_of(end + 4);
    if text.len() < whole {
        return Err(cut(&format!(", it had {} characters", LEAD + whole)));
    }
    if text.len() > whole {
        return Err(refused(
            code,
            LEAD + whole + 1,
            "the code has ended, what follows does not belong to it",
        ));
    }
    Ok((reader.at(), end))
}

/// The character, counted from 1, in which a byte starts.
const fn character(byte: usize) -> usize {
    LEAD + byte * 4 / 3 + 1
}

fn refused(code: &str, character: usize, what: &str) -> Notice {
    let message = format!(
        "a packed code that is wrong at character {character}: {what}; nothing of it can be used"
    );
    Notice::new(code, message)
}

impl Unpacked {
    fn read_item(&mut self, reader: &mut Reader<'_>) -> Result<(), Misread> {
        match reader.byte()? {
            kind @ item::NUMBER..=item::TIMES => return self.read_value(kind, reader),
            item::HORIZON => {
                let us = i64::try_from(reader.count()?).unwrap_or(i64::MAX);
                self.pairs.push(("horizon", write_duration(us)));
            }
            item::FAULT => match packed_fault::read(reader, self.design)? {
                Ok(fault) => self.pairs.push(("fault", fault.write(self.design))),
                Err(notice) => self.notices.push(notice),
            },
            item::SEED => self.pairs.push(("seed", reader.count()?.to_string())),
            item::NAME => {
                let name = reader.text(LONGEST_TEXT)?.to_string();
                self.pairs.push(("name", name));
            }
            item::REVISION => self.pairs.push(("rev", reader.count()?.to_string())),
            item::EXPECTED => {
                let expected = reader.text(Expected::LONGEST)?.to_string();
                self.pairs.push(("expect", expected));
            }
            _ => return Err(reader.stopped("something of a kind that there is not")),
        }
        Ok(())
    }

    fn read_value(&mut self, kind: u8, reader: &mut Reader<'_>) -> Result<(), Misread> {
        let number = reader.stable()?;
        let mut parameters = self.design.parameters().iter();
        let parameter = parameters.find(|parameter| stable(parameter.key) == number);
        let value = match kind {
            item::WORD => {
                let word = reader.stable()?;
                match parameter {
                    Some(parameter) => word_of(parameter, word).map(ToString::to_string),
                    None => None,
                }
            }
            item::TIMES => {
                let count = reader.few(MOST_TIMES)?;
                let times: Result<Vec<i64>, Misread> =
                    (0..count).map(|_| reader.number()).collect();
                Some(Matrix::write(&times?))
            }
            item::TIME => Some(write_duration(reader.number()?)),
            _ => Some(reader.number()?.to_string()),
        };
        match (parameter, value) {
            (Some(parameter), Some(value)) => self.pairs.push((parameter.key, value)),
            (Some(parameter), None) => self.notices.push(Notice::new(
                parameter.key,
                "set to a word that is not known here; ignored",
            )),
            (None, _) => self.notices.push(Notice::new(
                "a setting",
                format!("{} has no such parameter; ignored", self.design.key()),
            )),
        }
        Ok(())
    }
}

fn word_of(parameter: &Parameter, number: u16) -> Option<&'static str> {
    let choices = match parameter.unit {
        Unit::Choice(choices) => choices,
        _ => &[],
    };
    let mut words = ["on", "off", "auto"]
        .into_iter()
        .chain(choices.iter().map(|choice| choice.word));
    words.find(|word| stable(word) == number)
}

/// The place of the name that `number` stands for.
pub(super) fn place_of(names: &[Name], number: u16) -> Option<u8> {
    let place = names.iter().position(|name| stable(name.key) == number)?;
    u8::try_from(place).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{self, LONGEST};
    use crate::registry::DESIGNS;

    fn packed(code: &str) -> String {
        let parsed = code::read(code).expect(code);
        assert_eq!(parsed.notices, [], "{code}");
        pack(&parsed.scenario, &parsed.promise)
    }

    fn refusal(code: &str) -> String {
        code::read(code).expect_err(code).message
    }

    const CODE: &str = "redlock?ttl=4.4s&servers=3&fence=claim&horizon=20s&fault=step,redis3,-5s,@4s&fault=cut,a-redis*,-,msg:set:2,drop&fault=crash,b,-,after_acquire,wiped,restart:1s&seed=18446744073709551615&name=R+%3C%20W%3F%20%E2%80%9Cyes%E2%80%9D&rev=1&expect=c1-c6+.3f9a";

    #[test]
    fn a_packed_code_says_what_the_readable_one_does() {
        let readable = CODE;
        let (one, other) = (code::read(readable), code::read(&packed(readable)));
        let (one, other) = (one.expect("readable"), other.expect("packed"));
        assert_eq!(other.notices, []);
        assert_eq!(code::write(&one.scenario), code::write(&other.scenario));
        assert_eq!(one.promise, other.promise);
        assert!(packed(readable).len() < readable.len());
    }

    const OLD: &str = "~1.aAdyZWRsb2NrAtvpygUBk0swA3a_z-MFgNrECQYVBnJlZGlzM11MBqsBYQZyZWRpcyojDgIGWgFiHMK_AQf___________8BCBBSKzwgVz8g4oCceWVz4oCdCQEKC2MxLWM2Ky4zZjlh-X3XSg";

    /// What was packed once is read for good: [`OLD`] is not to be changed.
    #[test]
    fn a_code_that_was_packed_long_ago_is_still_read() {
        let parsed = code::read(OLD).expect("it was packed");
        assert_eq!(parsed.notices, []);
        assert_eq!(
            code::write(&parsed.scenario),
            CODE.split("&rev").next().unwrap_or("")
        );
    }

    #[test]
    fn names_that_share_a_list_differ_in_their_bits() {
        for design in DESIGNS {
            let differ = |names: Vec<&str>| {
                let mut bits: Vec<u16> = names.iter().map(|name| stable(name)).collect();
                bits.sort_unstable();
                bits.dedup();
                assert_eq!(bits.len(), names.len(), "{}: {names:?}", design.key());
            };
            let parameters = design.parameters().iter();
            differ(parameters.clone().map(|parameter| parameter.key).collect());
            differ(design.anchors().iter().map(|name| name.key).collect());
            differ(design.messages().iter().map(|name| name.key).collect());
            for parameter in parameters {
                assert!(parameter.max < 1 << 59 && parameter.min > -(1 << 59));
                match parameter.unit {
                    Unit::Choice(choices) => {
                        differ(choices.iter().map(|choice| choice.word).collect());
                    }
                    Unit::Matrix(matrix) => assert!(matrix.len() <= MOST_TIMES),
                    _ => differ(["on", "off", "auto"].to_vec()),
                }
            }
        }
    }

    #[test]
    fn what_is_not_whole_is_refused_with_its_place() {
        let whole = packed("redlock?ttl=6s");
        let length = whole.len();
        assert!(code::read(&whole).is_ok());
        for (wrong, says) in [
            ("~", "character 2: a packed code starts with ~1."),
            ("~1", "character 3: a packed code starts"),
            ("~x.AAAA", "character 2: a packed code starts"),
            (
                "~27.AAAA",
                "character 2: version 27 of packed codes is not known",
            ),
            ("~1.", "character 4: the code is cut off here"),
            ("~1.ab*d", "character 6: “*” has no place"),
            ("~1.ab<d", "character 6: “‹” has no place"),
            ("~1.ab\u{202e}d", "character 6: “\u{fffd}” has no place"),
        ] {
            assert!(refusal(wrong).contains(says), "{wrong}: {}", refusal(wrong));
        }
        for end in 4..length {
            let says = refusal(&whole[..end]);
            assert!(
                says.contains(&format!("character {}: the code is cut off here", end + 1)),
                "{says}"
            );
        }
        let longer = format!("{whole}A");
        let says = format!("character {}: the code has ended", length + 1);
        assert!(refusal(&longer).contains(&says), "{}", refusal(&longer));
        // Any other digit anywhere is noticed, in the last of them too, some of
        // whose bits belong to no byte.
        for place in LEAD..length {
            for digit in ["A", "B", "Q", "_"] {
                let mut other = whole.clone();
                other.replace_range(place..=place, digit);
                assert!(other == whole || code::read(&other).is_err(), "{other}");
            }
        }
        let says = refusal(&whole.replace(&whole[9..10], "0"));
        assert!(
            says.contains(&format!("between the characters 4 and {length}")),
            "{says}"
        );
    }

    /// A code of `design` with items that no honest one has.
    fn forged(items: &[u8]) -> String {
        let mut writer = Writer::default();
        writer.text("redlock");
        writer.0.extend(items);
        sealed(&writer.0)
    }

    #[test]
    fn forged_counts_and_kinds_are_refused_before_anything_is_made() {
        let many: &[u8] = &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        let ttl = stable("ttl").to_le_bytes();
        for (items, says) in [
            (vec_of(&[item::TIMES], &ttl, many), "more of something"),
            (vec_of(&[item::NAME], many, &[]), "more of something"),
            (
                vec_of(&[item::NAME, 9, b'x'], &[], &[]),
                "something is missing",
            ),
            (vec_of(&[item::NAME, 1, 0xff], &[], &[]), "a text is none"),
            (
                vec_of(
                    &[item::TIME],
                    &ttl,
                    &[0xfe, 255, 255, 255, 255, 255, 255, 255, 255, 1],
                ),
                "too great",
            ),
            (
                vec_of(&[item::SEED], many, many),
                "of a kind that there is not",
            ),
            (vec_of(&[99], &[], &[]), "of a kind that there is not"),
            (
                vec_of(&[item::FAULT, 7, 1, b'a', 0], &[], &[]),
                "of a kind that there is not",
            ),
            (vec_of(&[item::FAULT], many, &[]), "more of something"),
        ] {
            let says_it = refusal(&forged(&items));
            assert!(
                says_it.contains(says) && says_it.contains("at character "),
                "{items:?}: {says_it}"
            );
        }
        let mut no_design = Writer::default();
        no_design.text("paxos");
        let notice = code::read(&sealed(&no_design.0)).expect_err("it is none");
        assert_eq!(notice.part, "paxos");
    }

    fn vec_of(one: &[u8], two: &[u8], three: &[u8]) -> Vec<u8> {
        [one, two, three].concat()
    }

    #[test]
    fn what_a_design_no_longer_has_is_named_and_left_out() {
        let gone = stable("gone_since").to_le_bytes();
        let fence = stable("fence").to_le_bytes();
        for (items, part) in [
            (vec_of(&[item::NUMBER], &gone, &[6 << 4]), "a setting"),
            (vec_of(&[item::WORD], &fence, &gone), "fence"),
            (
                vec_of(&[item::NUMBER], &stable("ttl").to_le_bytes(), &[6 << 4]),
                "ttl",
            ),
            (
                vec_of(&[item::FAULT, AT_ANCHOR_PAUSE, 1, b'a', 16], &gone, &[1]),
                "a fault",
            ),
            (
                vec_of(&[item::FAULT, 1 << 4, 2, b'z', b'z', 16, 16], &[], &[]),
                "pause,zz,1us,@1us",
            ),
        ] {
            let parsed = code::read(&forged(&items)).expect("the rest is right");
            let parts: Vec<&str> = parsed.notices.iter().map(|it| it.part.as_str()).collect();
            assert_eq!(parts, [part]);
            assert_eq!(code::write(&parsed.scenario), "redlock");
        }
    }

    /// The first byte of a pause at an anchor.
    const AT_ANCHOR_PAUSE: u8 = 1 << 6 | 1 << 4;

    #[test]
    fn a_text_inside_a_fault_is_no_way_past_the_checks() {
        let items = vec_of(&[item::FAULT, 1 << 4, 12], b"a,5s,@1s&x=y", &[16, 16]);
        let parsed = code::read(&forged(&items)).expect("the rest is right");
        assert_eq!(parsed.notices.len(), 1);
        assert_eq!(code::write(&parsed.scenario), "redlock");
    }

    #[test]
    fn as_many_faults_as_there_may_be_fit() {
        let fault = "&fault=cut,redis5%3Eredis4,3599.999s,msg:set:4294967295,drop";
        let code = format!(
            "redlock?ttl=6s{}&name={}",
            fault.repeat(Scenario::MOST_FAULTS),
            "x".repeat(80)
        );
        assert!(code.len() < LONGEST);
        let text = packed(&code);
        assert!(text.len() * 3 < code.len() * 2, "{}", text.len());
        assert_eq!(
            code::write(&code::read(&text).expect("packed").scenario),
            code
        );
    }
}
