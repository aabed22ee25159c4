//! What a link is: a code, readable or packed where it is long, or two of a
//! comparison; and what it says beyond its code, which is the model's revision
//! that it was made with and what the laws said then. A link whose outcome
//! differs today says so.
//!
//! `…&rev=1&expect=c1-c3-c6+.3f9a`: each law that held (`+`) or was broken
//! (`-`), then sixteen bits of the run's digest as a hint.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use crate::REVISION;
use crate::code::{self, Notice, Parsed};
use crate::laws::Law;
use crate::run::Run;
use crate::scenario::Scenario;

/// The longest code that a link has as it is, in characters. A longer one is
/// packed.
pub const LONGEST_READABLE: usize = 400;

/// Between the two codes of a comparison. A readable code has no `~` in it and
/// a packed one only its first character.
pub const BETWEEN: &str = "~~";

/// What a link said when it was made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Promise {
    /// The model's revision.
    pub revision: Option<u32>,
    /// What the laws said.
    pub expected: Option<Expected>,
}

/// What the laws said of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// Laws that had something to say, and whether they held.
    findings: Vec<(Law, bool)>,
    /// The upper bits of the run's digest.
    hint: u16,
}

impl Expected {
    /// The longest text of one, in characters: a verdict on every law.
    pub(crate) const LONGEST: usize = 5 + Law::ALL.len() * 4;

    /// What the laws say of `run`.
    pub fn of(run: &Run) -> Self {
        let findings = run.verdict.findings.iter();
        Self {
            findings: findings
                .filter(|finding| finding.holds() || finding.is_broken())
                .map(|finding| (finding.law, finding.holds()))
                .collect(),
            hint: (run.digest() >> 48) as u16,
        }
    }

    /// As a link has it.
    pub fn write(&self) -> String {
        let mut text = String::new();
        for &(law, holds) in &self.findings {
            text.push_str(&law.id().to_ascii_lowercase());
            text.push(if holds { '+' } else { '-' });
        }
        let _ = write!(text, ".{:04x}", self.hint);
        text
    }

    /// Reads what [`Self::write`] wrote. A `+` may come as a space, which is
    /// what some programs make of it in a link.
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST {
            return None;
        }
        let (laws, hint) = text.split_once('.')?;
        let hint = u16::from_str_radix(hint, 16).ok()?;
        let mut findings = Vec::new();
        let mut rest = laws;
        while !rest.is_empty() {
            let end = rest.find(['+', '-', ' '])?;
            let (id, sign) = rest.split_at(end);
            let law = Law::ALL
                .into_iter()
                .find(|law| law.id().eq_ignore_ascii_case(id))?;
            findings.push((law, !sign.starts_with('-')));
            rest = &sign[1..];
        }
        Some(Self { findings, hint })
    }
}

impl Promise {
    /// What is to be said where `run`, which the link led to, is not what it
    /// promised.
    pub fn broken_by(&self, run: &Run) -> Option<Notice> {
        let revision = self.revision.unwrap_or(REVISION);
        let mut message = String::new();
        if let Some(expected) = &self.expected {
            let today = Expected::of(run);
            let mut changes = Vec::new();
            for law in Law::ALL {
                let said = |it: &Expected| {
                    let mut findings = it.findings.iter();
                    findings.find(|(of, _)| *of == law).map(|&(_, holds)| holds)
                };
                let (then, now) = (said(expected), said(&today));
                if then != now {
                    let (then, now) = (word(then), word(now));
                    changes.push(format!("{}: {then} then, {now} now", law.name()));
                }
            }
            if !changes.is_empty() {
                message = format!(
                    "the outcome differs from the link's: {}",
                    changes.join("; ")
                );
            } else if today.hint != expected.hint {
                message =
                    "the verdict is the one of the link, but details of the run differ".into();
            }
        }
        if message.is_empty() && revision <= REVISION {
            return None;
        }
        if revision > REVISION {
            let lead = "the link comes from a later version of Fencepost";
            message = if message.is_empty() {
                lead.into()
            } else {
                format!("{lead}; {message}")
            };
        }
        if revision != REVISION {
            let _ = write!(message, " (model revision {revision} then, {REVISION} now)");
        }
        Some(Notice::new("link", message))
    }
}

const fn word(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "held",
        Some(false) => "broken",
        None => "not applicable",
    }
}

/// The code of `scenario` as links and addresses have it: readable, or packed
/// where it is long.
pub fn fragment(scenario: &Scenario) -> String {
    written(scenario, &Promise::default())
}

/// The code of `run` with its promise, for links that are kept.
pub fn write(run: &Run) -> String {
    let promise = Promise {
        revision: Some(REVISION),
        expected: Some(Expected::of(run)),
    };
    written(&run.scenario, &promise)
}

fn written(scenario: &Scenario, promise: &Promise) -> String {
    let mut code = code::write(scenario);
    let mut joint = if code.contains('?') { '&' } else { '?' };
    if let Some(revision) = promise.revision {
        let _ = write!(code, "{joint}rev={revision}");
        joint = '&';
    }
    if let Some(expected) = &promise.expected {
        let _ = write!(code, "{joint}expect={}", expected.write());
    }
    if code.len() > LONGEST_READABLE {
        code::pack(scenario, promise)
    } else {
        code
    }
}

/// The link of a comparison.
pub fn write_pair(one: &Scenario, other: &Scenario) -> String {
    [fragment(one), fragment(other)].join(BETWEEN)
}

/// Reads a comparison, `CODE~~CODE`: each side as a code of its own. `None`
/// where `text` is one code.
pub fn read_pair(text: &str) -> Option<[Result<Parsed, Notice>; 2]> {
    let (one, other) = text.split_once(BETWEEN)?;
    let (other, more) = match other.split_once(BETWEEN) {
        Some((other, more)) => (other, Some(more)),
        None => (other, None),
    };
    let one = code::read(one);
    let mut other = code::read(other);
    if let (Some(more), Ok(other)) = (more, &mut other) {
        let message = "a comparison is of two; this is ignored";
        other.notices.push(Notice::new(more, message));
    }
    Some([one, other])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(code: &str) -> (Run, Promise, Vec<Notice>) {
        let parsed = code::read(code).expect(code);
        (Run::of(parsed.scenario), parsed.promise, parsed.notices)
    }

    #[test]
    fn a_link_that_keeps_its_promise_says_nothing() {
        for lesson in ["redlock", "redlock?ttl=12s"] {
            let link = write(&opened(lesson).0);
            let (run, promise, notices) = opened(&link);
            assert_eq!(notices, []);
            assert!(promise.expected.is_some(), "{link}");
            assert_eq!(promise.broken_by(&run), None, "{link}");
            assert_eq!(code::write(&run.scenario), lesson);
        }
    }

    #[test]
    fn a_link_whose_outcome_differs_says_what_was_and_what_is() {
        let link = write(&opened("redlock").0).replace("redlock?", "redlock?ttl=12s&");
        let (run, promise, _) = opened(&link);
        let notice = promise.broken_by(&run).expect("the outcome differs");
        assert!(
            notice.message.contains("one holder: broken then, held now"),
            "{}",
            notice.message
        );
        let other_seed = format!("{}&seed=2", write(&opened("redlock").0));
        let (run, promise, _) = opened(&other_seed);
        let notice = promise.broken_by(&run).expect("the run differs");
        assert!(notice.message.contains("details"), "{}", notice.message);
    }

    #[test]
    fn a_later_revision_is_named() {
        let (run, promise, _) = opened("redlock?rev=99");
        let notice = promise.broken_by(&run).expect("it is later");
        assert!(notice.message.contains("revision 99 then"));
        assert_eq!(opened("redlock?rev=1").1.broken_by(&run), None);
    }

    #[test]
    fn what_is_no_promise_is_named_and_ignored() {
        for bad in [
            "expect=",
            "expect=c1-",
            "expect=c1*.0000",
            "expect=c99+.0000",
            "rev=x",
            "rev=-1",
        ] {
            let (_, promise, notices) = opened(&format!("redlock?{bad}"));
            assert_eq!(promise, Promise::default(), "{bad}");
            assert_eq!(notices.len(), 1, "{bad}");
        }
        let spaced = Expected::read("c1-c6 .00ff").expect("a plus that became a space");
        assert_eq!(spaced.write(), "c1-c6+.00ff");
    }

    /// A scenario whose code is long, and its readable code.
    fn long() -> (Scenario, String) {
        let faults = "&fault=cut,a-redis4,5s,@4s,drop".repeat(16);
        let code = format!("redlock?ttl=6s{faults}&name=long");
        let scenario = code::read(&code).expect(&code).scenario;
        (scenario, code)
    }

    #[test]
    fn a_code_is_packed_when_it_is_long() {
        let (scenario, code) = long();
        assert!(code.len() > LONGEST_READABLE);
        assert_eq!(code::write(&scenario), code);
        let packed = fragment(&scenario);
        assert!(packed.starts_with("~1.") && packed.len() < LONGEST_READABLE);
        assert_eq!(opened(&packed).2, []);
        assert_eq!(code::write(&opened(&packed).0.scenario), code);

        let faults = "fault=pause,redis4,1.5s,@12.25s&".repeat(10);
        let mut code = format!("redlock?{faults}name=");
        code.push_str(&"x".repeat(LONGEST_READABLE - code.len()));
        assert_eq!(fragment(&opened(&code).0.scenario), code);
        code.push('x');
        assert!(fragment(&opened(&code).0.scenario).starts_with("~1."));
    }

    #[test]
    fn a_packed_link_keeps_its_promise_too() {
        let (scenario, _) = long();
        let link = write(&Run::of(scenario));
        assert!(link.starts_with("~1."), "{link}");
        let (run, promise, notices) = opened(&link);
        assert_eq!(notices, []);
        assert_eq!(promise.revision, Some(REVISION));
        assert_eq!(promise.expected, Some(Expected::of(&run)));
        assert_eq!(promise.broken_by(&run), None);
    }

    #[test]
    fn a_comparison_is_two_codes_each_read_by_itself() {
        assert!(read_pair("redlock?ttl=6s").is_none());
        let (scenario, code) = long();
        let other = opened("redlock?ttl=7s").0.scenario;
        for (one, two) in [
            (&scenario, &other),
            (&other, &scenario),
            (&scenario, &scenario),
        ] {
            let pair = read_pair(&write_pair(one, two)).expect("two codes");
            let pair = pair.map(|side| side.expect("it was just written"));
            assert!(pair.iter().all(|side| side.notices.is_empty()));
            assert_eq!([&pair[0].scenario, &pair[1].scenario], [one, two]);
        }
        assert!(write_pair(&scenario, &scenario).len() < 2 * code.len());

        let [one, two] = read_pair("redlock?tll=1s~~paxos").expect("two codes");
        assert_eq!(one.expect("a design").notices[0].part, "tll");
        assert_eq!(two.expect_err("no design").part, "paxos");
        let [one, two] = read_pair("~~").expect("two codes");
        assert!(one.is_err() && two.is_err());
        let [one, two] = read_pair("redlock~~redlock?seed=2~~redlock").expect("two codes");
        assert_eq!(one.expect("a design").notices, []);
        assert_eq!(two.expect("a design").notices[0].part, "redlock");
    }
}
