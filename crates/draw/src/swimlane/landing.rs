//! What landed at a resource, read from the run: what it had seen before, and
//! what is said of it.

use std::collections::{BTreeMap, BTreeSet};

use designs::vocabulary::{Contents, Decision, Event, Incarnation, Job, RowDecision, Token};
use designs::{Law, Run};
use sim::Time;

use crate::ink::Ink;

use super::facts::Facts;
use super::label::Line;
use super::scene::MANY;

/// Something that reaches a resource.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Landing {
    pub at: Time,
    pub record: u32,
    pub lane: u16,
    pub holder: Incarnation,
    pub token: Token,
    pub what: What,
    /// The highest token number that the resource had accepted before; 0 for
    /// none.
    pub highest: u64,
    /// A holder's token that is higher and was out already, but had not
    /// reached the resource: its number and its holder.
    pub ahead: Option<(u64, Incarnation)>,
    /// Whose result of the same job was accepted last before.
    pub before: Option<Incarnation>,
    /// Whether a law calls it stale or out of order.
    pub stale: bool,
    /// Whose lock it comes after, where it is stale.
    pub after: Option<Incarnation>,
}

/// What reaches a resource.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum What {
    /// A write, and what became of it.
    Write(Decision),
    /// A new holder's claim.
    Claim { accepted: bool },
    /// A write to a row, what the row holds after it, and what became of it.
    Row {
        row: u32,
        contents: Contents,
        decision: RowDecision,
    },
}

/// All that reached resources, in order.
pub(super) fn read(facts: &Facts<'_>) -> Vec<Landing> {
    let run = facts.run;
    let late = Late::of(run);
    let mut out = Out::of(run);
    let mut highest: BTreeMap<u16, u64> = BTreeMap::new();
    let mut done: BTreeMap<u32, Incarnation> = BTreeMap::new();
    let mut landings = Vec::new();
    for (number, record) in facts.iter() {
        let (token, holder, what, job) = match Event::read(record) {
            Some(Event::ResourceWrite {
                token,
                holder,
                decision,
                job,
            }) => (token, holder, What::Write(decision), Some(job)),
            Some(Event::ResourceClaim {
                token,
                holder,
                accepted,
            }) => (token, holder, What::Claim { accepted }, None),
            Some(Event::RowWrite {
                holder,
                row,
                contents,
                decision,
            }) => {
                let what = What::Row {
                    row,
                    contents,
                    decision,
                };
                (Token::NONE, holder, what, None)
            }
            _ => continue,
        };
        let seen = highest.entry(record.lane).or_default();
        let ahead = out.highest_at(record.at);
        let ahead =
            ahead.filter(|(number, _)| token.is_some() && *number > token.number().max(*seen));
        landings.push(Landing {
            at: record.at,
            record: number,
            lane: record.lane,
            holder,
            token,
            what,
            highest: *seen,
            ahead,
            before: job.and_then(|Job(job)| done.get(&job).copied()),
            stale: late.records.contains(&number),
            after: late.after.get(&number).copied(),
        });
        match what {
            What::Write(Decision::Accepted) => {
                *seen = token.number().max(*seen);
                if let Some(Job(job)) = job {
                    done.insert(job, holder);
                }
            }
            What::Claim { accepted: true } => *seen = token.number().max(*seen),
            _ => {}
        }
    }
    landings
}

/// What many of a crowd wrote, where single ones are not drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rest {
    pub lane: u16,
    pub accepted: usize,
    pub refused: usize,
}

/// Leaves only what is worth a disc: where a crowd writes more than can be told
/// apart, what others wrote and what a law names. The rest is counted.
pub(super) fn told(
    mut landings: Vec<Landing>,
    crowd: &BTreeSet<u16>,
) -> (Vec<Landing>, Option<Rest>) {
    let is_one = |landing: &Landing| crowd.contains(&landing.holder.lane()) && !landing.stale;
    let (mut accepted, mut refused) = (0, 0);
    let mut lane = None;
    for landing in landings.iter().filter(|landing| is_one(landing)) {
        lane.get_or_insert(landing.lane);
        if landing.is_accepted() {
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    if accepted + refused <= MANY {
        return (landings, None);
    }
    landings.retain(|landing| !is_one(landing));
    let rest = lane.map(|lane| Rest {
        lane,
        accepted,
        refused,
    });
    (landings, rest)
}

/// The records of accepted writes that the laws call late.
struct Late {
    records: BTreeSet<u32>,
    after: BTreeMap<u32, Incarnation>,
}

impl Late {
    fn of(run: &Run) -> Self {
        let mut late = Self {
            records: BTreeSet::new(),
            after: BTreeMap::new(),
        };
        for law in [Law::NoStaleWrite, Law::WritesInOrder, Law::NoLostUpdate] {
            let breaches = run.verdict.of(law).map_or(&[][..], |it| it.breaches());
            for breach in breaches {
                let [first, .., last] = breach.records[..] else {
                    continue;
                };
                late.records.insert(last);
                let record = run.trace.records.get(first as usize);
                if let Some(
                    Event::LockAcquired { holder, .. } | Event::ServerGrant { holder, .. },
                ) = record.and_then(Event::read)
                {
                    late.after.insert(last, holder);
                }
            }
        }
        late
    }
}

/// The tokens of those who came to believe that they hold the lock, by when
/// both were so.
struct Out {
    tokens: Vec<(Time, u64, Incarnation)>,
    next: usize,
    highest: Option<(u64, Incarnation)>,
}

impl Out {
    fn of(run: &Run) -> Self {
        let mut issued: BTreeMap<Incarnation, (Time, u64)> = BTreeMap::new();
        for issue in &run.history.tokens {
            let of = (issue.at.at, issue.token.number());
            issued.entry(issue.holder).or_insert(of);
        }
        let mut tokens: Vec<_> = run
            .history
            .beliefs
            .iter()
            .filter_map(|belief| {
                let &(at, number) = issued.get(&belief.holder)?;
                Some((at.max(belief.from.at), number, belief.holder))
            })
            .collect();
        tokens.sort_unstable();
        Self {
            tokens,
            next: 0,
            highest: None,
        }
    }

    /// The highest at an instant; instants rise from call to call.
    fn highest_at(&mut self, now: Time) -> Option<(u64, Incarnation)> {
        while let Some(&(at, number, holder)) = self.tokens.get(self.next)
            && at <= now
        {
            self.next += 1;
            if self.highest.is_none_or(|(most, _)| number > most) {
                self.highest = Some((number, holder));
            }
        }
        self.highest
    }
}

impl Landing {
    /// Whether it was taken.
    pub fn is_accepted(&self) -> bool {
        match self.what {
            What::Write(decision) => decision == Decision::Accepted,
            What::Claim { accepted } => accepted,
            What::Row { decision, .. } => decision == RowDecision::Applied,
        }
    }

    /// Whether a write was refused.
    pub fn is_refused_write(&self) -> bool {
        matches!(self.what, What::Write(decision) if decision != Decision::Accepted)
    }

    /// Whether a claim was refused.
    pub fn is_refused_claim(&self) -> bool {
        self.what == What::Claim { accepted: false }
    }

    /// What is said of it, a line each.
    pub fn words(&self, run: &Run) -> Vec<Line> {
        let name = run.name(self.holder.lane());
        match self.what {
            What::Write(decision) => self.write_words(run, decision),
            What::Claim { accepted: true } => vec![
                Line::small("claimed", Ink::Text).bold(),
                Line::small(format!("by {name}: refuses lower ones now"), Ink::Muted),
            ],
            What::Claim { accepted: false } => {
                let (token, highest) = (self.token.number(), self.highest);
                let words = format!("claim refused: {token} < {highest}");
                vec![Line::small(words, Ink::Text).bold()]
            }
            What::Row {
                row,
                contents,
                decision,
            } => self.row_words(run, row, contents, decision),
        }
    }

    fn row_words(
        &self,
        run: &Run,
        row: u32,
        contents: Contents,
        decision: RowDecision,
    ) -> Vec<Line> {
        let has_stock = run.history.stocks.iter().any(|(of, _)| *of == row);
        let (first, second) = match decision {
            RowDecision::Applied if has_stock => ("written", format!("{} left", contents.value)),
            RowDecision::Applied => ("written", format!("version {}", contents.version)),
            RowDecision::Conflict => ("refused", "the row has changed".to_string()),
            RowDecision::SoldOut => ("refused", "sold out".to_string()),
        };
        let first = if self.stale {
            Line::small("written: overwrites", Ink::Broken)
        } else {
            Line::small(first, Ink::Text)
        };
        vec![first.bold(), Line::small(second, Ink::Muted)]
    }

    fn write_words(&self, run: &Run, decision: Decision) -> Vec<Line> {
        let small = |words: String| Line::small(words, Ink::Muted);
        let heavy = |words: String| Line::small(words, Ink::Text).bold();
        match decision {
            Decision::Accepted => self.accepted_words(run),
            Decision::StaleToken => vec![
                heavy(format!(
                    "refused: {} < {}",
                    self.token.number(),
                    self.highest
                )),
                small(format!(
                    "{}'s write is too old",
                    run.name(self.holder.lane())
                )),
            ],
            Decision::AlreadyDone => vec![
                heavy("refused".to_string()),
                small("job is done already".to_string()),
            ],
        }
    }

    fn accepted_words(&self, run: &Run) -> Vec<Line> {
        let mut lines = vec![if self.stale {
            Line::small("accepted: stale", Ink::Broken).bold()
        } else {
            Line::small("accepted", Ink::Text).bold()
        }];
        // Why a token is let in although a higher one is out.
        if let Some((number, holder)) = self.ahead {
            let seen = match self.highest {
                0 => "no token seen before".to_string(),
                highest => format!("highest seen is {highest}"),
            };
            lines.push(Line::small(seen, Ink::Text));
            let name = run.name(holder.lane());
            let more = format!("{name}'s {number} is yet to come");
            lines.push(Line::small(more, Ink::Muted));
        }
        match (self.before, self.after) {
            (Some(earlier), _) => {
                let words = format!("overwrites {}", run.name(earlier.lane()));
                lines.push(Line::small(words, Ink::Broken));
            }
            // A result that comes too late is nothing to praise.
            (None, _) if self.ahead.is_some() => {}
            (None, Some(other)) => {
                let words = format!("after {} got the lock", run.name(other.lane()));
                lines.push(Line::small(words, Ink::Muted));
            }
            (None, None) if self.stale => {}
            (None, None) => lines.push(Line::small("job done", Ink::Muted)),
        }
        lines
    }
}
