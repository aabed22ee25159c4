//! What a run is judged by. A law reads the shared facts of a trace and
//! nothing else; it never knows the actors that made them.
//!
//! Laws are shown apart, never summed: a run is commonly unsafe as a lock and
//! yet safe in order, which is what a fence is for.

mod bounded_wait;
mod effects;
mod lost_update;
mod once;
mod one_holder;
mod order;
mod progress;
mod rate;
mod stale;
mod stock;
mod tokens;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sim::{Stop, Time};

use crate::history::History;
use crate::words;

/// A guarantee that a run keeps or breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Law {
    /// C1: no two clients believe at once that they hold the same lock.
    OneHolder,
    /// C2: accepted writes carry tokens that never fall.
    WritesInOrder,
    /// C3: no write is accepted from a holder after a successor was granted
    /// the lock.
    NoStaleWrite,
    /// C4: at most one effect a job.
    OncePerJob,
    /// C5: tokens rise in the order of grants.
    TokensRise,
    /// C6: each job has an effect by the end of the run.
    MakesProgress,
    /// C7: no user gets more through than the limit says.
    KeepsRate,
    /// C8: no more is promised than there is.
    StockConserved,
    /// C9: each update is made from what the one before it has left.
    NoLostUpdate,
    /// C10: in a first-come queue, whoever waits is served within a bound.
    BoundedWait,
}

impl Law {
    /// Every law, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::OneHolder,
        Self::WritesInOrder,
        Self::NoStaleWrite,
        Self::OncePerJob,
        Self::TokensRise,
        Self::MakesProgress,
        Self::KeepsRate,
        Self::StockConserved,
        Self::NoLostUpdate,
        Self::BoundedWait,
    ];

    /// The law's number as claims and files cite it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::OneHolder => "C1",
            Self::WritesInOrder => "C2",
            Self::NoStaleWrite => "C3",
            Self::OncePerJob => "C4",
            Self::TokensRise => "C5",
            Self::MakesProgress => "C6",
            Self::KeepsRate => "C7",
            Self::StockConserved => "C8",
            Self::NoLostUpdate => "C9",
            Self::BoundedWait => "C10",
        }
    }

    /// The law in two or three words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneHolder => "one holder",
            Self::WritesInOrder => "writes in order",
            Self::NoStaleWrite => "no stale write",
            Self::OncePerJob => "once per job",
            Self::TokensRise => "tokens rise",
            Self::MakesProgress => "makes progress",
            Self::KeepsRate => "keeps the rate",
            Self::StockConserved => "stock conserved",
            Self::NoLostUpdate => "no lost update",
            Self::BoundedWait => "bounded wait",
        }
    }

    /// The law in one sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OneHolder => "No two clients believe at the same time that they hold the lock.",
            Self::WritesInOrder => "The tokens of accepted writes never fall.",
            Self::NoStaleWrite => {
                "No write is accepted from a holder once another has been granted the lock."
            }
            Self::OncePerJob => "Each job takes effect at most once.",
            Self::TokensRise => {
                "Each grant of the lock comes with a higher token than the one before."
            }
            Self::MakesProgress => "Each job has taken effect by the end of the run.",
            Self::KeepsRate => {
                "No user gets more requests through than the limit and what the design says it may pass it by."
            }
            Self::StockConserved => "No more units are promised than there are.",
            Self::NoLostUpdate => {
                "Each update is made from what the one before it has left, so none is overwritten unseen."
            }
            Self::BoundedWait => {
                "Where there is a queue, whoever waits is served within the time that those before it need."
            }
        }
    }
}

/// What a law says of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It holds throughout.
    Holds,
    /// It is broken, here.
    Broken(Vec<Breach>),
    /// There is nothing that it could be about.
    DoesNotApply(Reason),
    /// The run met its bound before it could be told.
    NotJudged,
}

/// Why a law has nothing to say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// No tokens are issued.
    NoTokens,
    /// There is no lock.
    NoLock,
    /// There is no job.
    NoJobs,
    /// There is no stock.
    NoStock,
    /// Nothing was written.
    NoUpdates,
    /// Nobody is served in the order of arrival.
    NoQueue,
    /// Nothing is limited.
    NoLimit,
}

impl Reason {
    /// The reason in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoTokens => "no tokens",
            Self::NoLock => "no lock",
            Self::NoJobs => "no jobs",
            Self::NoStock => "no stock",
            Self::NoUpdates => "no updates",
            Self::NoQueue => "no queue with a bound",
            Self::NoLimit => "no limit",
        }
    }
}

/// One place where a law is broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Breach {
    /// From when.
    pub from: Time,
    /// Until when; the same instant where it has no length.
    pub until: Time,
    /// The records that show it, in order.
    pub records: Vec<u32>,
    /// What happened, in a few words.
    pub words: String,
}

/// A law and what it says of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The law.
    pub law: Law,
    /// What it says.
    pub outcome: Outcome,
    /// What it says, in a few words.
    pub words: String,
}

impl Finding {
    /// Whether the law is broken.
    pub const fn is_broken(&self) -> bool {
        matches!(self.outcome, Outcome::Broken(_))
    }

    /// Whether the law holds.
    pub const fn holds(&self) -> bool {
        matches!(self.outcome, Outcome::Holds)
    }

    /// The places where it is broken.
    pub fn breaches(&self) -> &[Breach] {
        match &self.outcome {
            Outcome::Broken(breaches) => breaches,
            _ => &[],
        }
    }

    /// One byte for digests: holds, broken, does not apply, not judged.
    pub const fn byte(&self) -> u8 {
        match self.outcome {
            Outcome::Holds => b'+',
            Outcome::Broken(_) => b'-',
            Outcome::DoesNotApply(_) => b'.',
            Outcome::NotJudged => b'?',
        }
    }

    /// The outcome in one word, for files.
    pub const fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Holds => "holds",
            Outcome::Broken(_) => "broken",
            Outcome::DoesNotApply(_) => "does not apply",
            Outcome::NotJudged => "not judged",
        }
    }
}

/// What every declared law says of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    /// In the order that the design shows them.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// What `law` says, where the design declares it.
    pub fn of(&self, law: Law) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.law == law)
    }

    /// Whether any law is broken.
    pub fn is_broken(&self) -> bool {
        self.findings.iter().any(Finding::is_broken)
    }
}

/// What a law reads.
pub struct Evidence<'a> {
    /// The trace, read.
    pub history: &'a History,
    /// Names of the lanes, for words.
    pub lanes: &'a [String],
    /// Why the run ended.
    pub stop: Stop,
}

impl Evidence<'_> {
    /// The name of the client that has `holder`.
    fn name(&self, holder: crate::vocabulary::Incarnation) -> &str {
        self.name_of_lane(holder.lane())
    }

    fn name_of_lane(&self, lane: u16) -> &str {
        self.lanes
            .get(usize::from(lane))
            .map_or("?", String::as_str)
    }
}

/// Judges a run by `law`.
pub fn judge(law: Law, evidence: &Evidence<'_>) -> Finding {
    let outcome = match law {
        Law::OneHolder => one_holder::judge(evidence),
        Law::WritesInOrder => order::judge(evidence),
        Law::NoStaleWrite => stale::judge(evidence),
        Law::OncePerJob => once::judge(evidence),
        Law::TokensRise => tokens::judge(evidence),
        Law::MakesProgress => progress::judge(evidence),
        Law::KeepsRate => rate::judge(evidence),
        Law::StockConserved => stock::judge(evidence),
        Law::NoLostUpdate => lost_update::judge(evidence),
        Law::BoundedWait => bounded_wait::judge(evidence),
    };
    let words = match &outcome {
        Outcome::Holds if law == Law::MakesProgress => progress::words(evidence),
        Outcome::Holds if law == Law::StockConserved => stock::words(evidence),
        Outcome::Holds if law == Law::NoLostUpdate => lost_update::words(evidence),
        Outcome::Holds if law == Law::KeepsRate => rate::words(evidence),
        Outcome::Holds if law == Law::BoundedWait => bounded_wait::words(evidence),
        Outcome::Holds => "holds".to_string(),
        Outcome::Broken(breaches) => match breaches.as_slice() {
            [only] => only.words.clone(),
            [first, rest @ ..] => format!("{}, and {} more", first.words, rest.len()),
            [] => String::new(),
        },
        Outcome::DoesNotApply(reason) => format!("does not apply: {}", reason.words()),
        Outcome::NotJudged => "not judged: the run met its bound".to_string(),
    };
    Finding {
        law,
        outcome,
        words,
    }
}

/// Broken where there are breaches, else held.
fn outcome(breaches: Vec<Breach>) -> Outcome {
    if breaches.is_empty() {
        Outcome::Holds
    } else {
        Outcome::Broken(breaches)
    }
}

/// A breach without length.
fn at(instant: crate::history::Instant, others: &[u32], words: String) -> Breach {
    let mut records = others.to_vec();
    records.push(instant.record);
    Breach {
        from: instant.at,
        until: instant.at,
        records,
        words,
    }
}

fn span_words(from: Time, until: Time) -> String {
    format!("{} – {}", words::about(from), words::about(until))
}
