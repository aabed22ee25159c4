//! What jobs change: the sink, which keeps results, job ids and how far each
//! partition has come, and a system outside, which nothing here protects.

use alloc::vec::Vec;

use sim::Node;

use super::{Fx, Msg};
use crate::fence::{Fence, Guarded};
use crate::vocabulary::{Decision, Event, Incarnation, Job, Token};

/// One fenced row a partition, or a job where locks are on jobs.
#[derive(Clone, Debug)]
struct Row {
    guarded: Guarded,
    /// The place of the next job to do.
    next: u32,
}

/// Where results go. What it checks, it checks in one atomic step with what
/// it writes.
#[derive(Debug)]
pub struct Sink {
    /// Whether it compares epochs.
    fenced: bool,
    fence: Fence,
    rows: Vec<Row>,
}

impl Sink {
    /// An empty sink. Where `fenced`, it refuses an epoch below the highest it
    /// has seen for the partition; where `dedupes`, a job that it has.
    pub const fn new(fenced: bool, dedupes: bool) -> Self {
        let fence = match (fenced, dedupes) {
            (_, true) => Fence::CasState,
            (true, false) => Fence::Claim,
            (false, false) => Fence::None,
        };
        Self {
            fenced,
            fence,
            rows: Vec::new(),
        }
    }

    pub fn wipe(&mut self) {
        self.rows.clear();
    }

    fn row(&mut self, number: u32) -> &mut Row {
        let place = number as usize;
        if self.rows.len() <= place {
            let empty = Row {
                guarded: Guarded::new(self.fence),
                next: 0,
            };
            self.rows.resize(place + 1, empty);
        }
        &mut self.rows[place]
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Claim {
                partition,
                holder,
                token,
            } => {
                let accepted = self.passes(partition, token);
                if self.fenced {
                    fx.note(Event::ResourceClaim {
                        token,
                        holder,
                        accepted,
                    });
                }
                let next = self.row(u32::from(partition)).next;
                fx.send(
                    from,
                    Msg::ClaimReply {
                        partition,
                        holder,
                        accepted,
                        next,
                    },
                );
            }
            Msg::Write {
                row,
                holder,
                token,
                job,
                next,
            } => self.write(from, (row, holder, token, job, next), fx),
            Msg::Progress {
                partition,
                holder,
                token,
                next,
            } => {
                let accepted = self.passes(partition, token);
                self.set_progress(u32::from(partition), (holder, token, next), accepted, fx);
                fx.send(
                    from,
                    Msg::ProgressReply {
                        holder,
                        next,
                        accepted,
                    },
                );
            }
            _ => {}
        }
    }

    /// Whether `token` is high enough; from then on it is the mark.
    fn passes(&mut self, partition: u16, token: Token) -> bool {
        let fenced = self.fenced;
        !fenced || self.row(u32::from(partition)).guarded.claim(token)
    }

    fn write(
        &mut self,
        from: Node,
        (row, holder, token, job, next): (u32, Incarnation, Token, Job, Option<u32>),
        fx: &mut Fx<'_>,
    ) {
        // Without a fence the token is a number that nobody looks at.
        let compared = if self.fenced { token } else { Token::NONE };
        let decision = self.row(row).guarded.write(job, compared);
        fx.note(Event::ResourceWrite {
            token,
            holder,
            job,
            decision,
        });
        if let Some(next) = next {
            let accepted = decision != Decision::StaleToken;
            self.set_progress(row, (holder, token, next), accepted, fx);
        }
        fx.send(
            from,
            Msg::WriteReply {
                holder,
                job,
                decision,
            },
        );
    }

    fn set_progress(
        &mut self,
        row: u32,
        (holder, token, next): (Incarnation, Token, u32),
        accepted: bool,
        fx: &mut Fx<'_>,
    ) {
        if accepted {
            self.row(row).next = next;
        }
        fx.note(Event::ProgressWrite {
            token,
            holder,
            next,
            decision: if accepted {
                Decision::Accepted
            } else {
                Decision::StaleToken
            },
        });
    }
}

/// A system outside. Given a key, it replays the first result of a call with
/// the same key, as Stripe's API v1 does (docs.stripe.com, "Idempotent
/// requests").
#[derive(Debug)]
pub struct External {
    keyed: bool,
    known: Vec<Job>,
}

impl External {
    pub const fn new(keyed: bool) -> Self {
        Self {
            keyed,
            known: Vec::new(),
        }
    }

    pub fn wipe(&mut self) {
        self.known.clear();
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        if let Msg::Call { holder, job } = message {
            let replayed = self.keyed && self.known.contains(&job);
            if self.keyed && !replayed {
                self.known.push(job);
            }
            fx.note(Event::ExternalCall {
                holder,
                job,
                performed: !replayed,
            });
            fx.send(from, Msg::Called { holder, job });
        }
    }
}
