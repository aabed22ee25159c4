//! What a link says beyond its code: the model's revision it was made with,
//! and what the laws said then. A link whose outcome differs today says so.
//!
//! `…&rev=1&expect=c1-c3-c6+.3f9a`: each law that held (`+`) or was broken
//! (`-`), then sixteen bits of the run's digest as a hint.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use crate::REVISION;
use crate::code::{self, Notice};
use crate::laws::Law;
use crate::run::Run;

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

/// The code of `run` with its promise, for links that are kept.
pub fn write(run: &Run) -> String {
    let code = code::write(&run.scenario);
    let joint = if code.contains('?') { '&' } else { '?' };
    let expected = Expected::of(run).write();
    format!("{code}{joint}rev={REVISION}&expect={expected}")
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
}
