//! The fence: what a resource checks before it accepts a write, and where
//! tokens come from. Shared by every design that protects a resource.
//!
//! The rule is Kleppmann's ("How to do distributed locking", 2016): a token
//! lower than one already processed is refused. An equal one passes, since a
//! holder may write more than once.

use alloc::vec::Vec;

use crate::parameter::Choice;
use crate::vocabulary::{Decision, Job, Token};

/// What a resource checks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fence {
    /// Nothing.
    None,
    /// Writes with a token below the highest seen are refused; only writes
    /// raise the mark.
    Check,
    /// As `Check`, and a new holder's claim raises the mark before it works.
    Claim,
    /// A write is refused where its job is done, or its token, where it has
    /// one, is too low.
    CasState,
}

impl Fence {
    /// Its words, at the place of each value.
    pub const CHOICES: &[Choice] = &[
        Choice {
            word: "none",
            label: "none",
        },
        Choice {
            word: "check",
            label: "check each write",
        },
        Choice {
            word: "claim",
            label: "claim, then check",
        },
        Choice {
            word: "cas_state",
            label: "compare the job's state",
        },
    ];

    /// The fence at a place of [`Self::CHOICES`].
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::Check,
            2 => Self::Claim,
            3 => Self::CasState,
            _ => Self::None,
        }
    }
}

/// Where a holder's token comes from: a deliberate ladder from nothing to the
/// lock's own log position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenSource {
    /// Nowhere: Redlock as published has a random value and no order.
    None,
    /// Each server counts its own grants; the client takes the highest count
    /// of those that granted. Not monotone.
    PerServerMax,
    /// A linearizable counter, read after acquiring.
    AfterAcquire,
    /// As `AfterAcquire`, and the remaining validity is checked once more.
    AfterThenRevalidate,
    /// The counter first, then the lock.
    BeforeAcquire,
    /// Two phases: a majority is asked for the highest token, and grants only
    /// a higher one.
    QuorumBallot,
    /// A number issued together with the grant.
    Bound,
}

impl TokenSource {
    /// Its words, at the place of each value.
    pub const CHOICES: &[Choice] = &[
        Choice {
            word: "none",
            label: "none",
        },
        Choice {
            word: "per_server_max",
            label: "highest server count",
        },
        Choice {
            word: "after_acquire",
            label: "counter, after acquiring",
        },
        Choice {
            word: "after_then_revalidate",
            label: "counter, then check validity",
        },
        Choice {
            word: "before_acquire",
            label: "counter, before acquiring",
        },
        Choice {
            word: "quorum_ballot",
            label: "two-phase majority token",
        },
        Choice {
            word: "bound",
            label: "with the grant (what if)",
        },
    ];

    /// The source at a place of [`Self::CHOICES`].
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::PerServerMax,
            2 => Self::AfterAcquire,
            3 => Self::AfterThenRevalidate,
            4 => Self::BeforeAcquire,
            5 => Self::QuorumBallot,
            6 => Self::Bound,
            _ => Self::None,
        }
    }

    /// Whether tokens rise in the order of grants whatever happens.
    pub const fn is_monotone(self) -> bool {
        matches!(self, Self::QuorumBallot | Self::Bound)
    }

    /// Whether a counter service takes part.
    pub const fn has_counter(self) -> bool {
        matches!(
            self,
            Self::AfterAcquire | Self::AfterThenRevalidate | Self::BeforeAcquire
        )
    }
}

/// A resource behind a fence. Each call is one atomic step.
#[derive(Clone, Debug)]
pub struct Guarded {
    fence: Fence,
    highest: Token,
    done: Vec<Job>,
}

impl Guarded {
    /// A resource that has seen nothing.
    pub const fn new(fence: Fence) -> Self {
        Self {
            fence,
            highest: Token::NONE,
            done: Vec::new(),
        }
    }

    /// Forgets all that it has seen.
    pub fn wipe(&mut self) {
        *self = Self::new(self.fence);
    }

    /// A new holder's claim: raises the mark unless it is higher already.
    pub fn claim(&mut self, token: Token) -> bool {
        let fresh = self.is_fresh(token);
        if fresh {
            self.highest = self.highest.max(token);
        }
        fresh
    }

    /// Whether `job` has been written.
    pub fn is_done(&self, job: Job) -> bool {
        self.done.contains(&job)
    }

    /// A write of `job`'s result under `token`.
    pub fn write(&mut self, job: Job, token: Token) -> Decision {
        if self.fence != Fence::None && !self.is_fresh(token) {
            return Decision::StaleToken;
        }
        if self.fence == Fence::CasState && self.is_done(job) {
            return Decision::AlreadyDone;
        }
        self.highest = self.highest.max(token);
        if !self.is_done(job) {
            self.done.push(job);
        }
        Decision::Accepted
    }

    /// No token is below every token: where holders have none at all a fence
    /// lets everything pass, and where one has come without, it is refused
    /// after the first that has one. The job's state decides without tokens.
    fn is_fresh(&self, token: Token) -> bool {
        let compares = token.is_some() || self.fence != Fence::CasState;
        !compares || token.number() >= self.highest.number()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: Job = Job(1);

    fn token(number: u64) -> Token {
        Token::new(number, 0)
    }

    #[test]
    fn check_orders_writes_and_does_not_make_them_unique() {
        let mut store = Guarded::new(Fence::Check);
        assert_eq!(store.write(JOB, token(33)), Decision::Accepted);
        assert_eq!(store.write(JOB, token(34)), Decision::Accepted);
        assert_eq!(store.write(JOB, token(34)), Decision::Accepted);
        assert_eq!(store.write(JOB, token(33)), Decision::StaleToken);
    }

    #[test]
    fn a_claim_closes_the_door_before_the_first_write() {
        let mut store = Guarded::new(Fence::Claim);
        assert!(store.claim(token(34)));
        assert!(!store.claim(token(33)));
        assert_eq!(store.write(JOB, token(33)), Decision::StaleToken);
        assert_eq!(store.write(JOB, token(34)), Decision::Accepted);
    }

    #[test]
    fn the_jobs_state_makes_it_unique_even_without_tokens() {
        let mut store = Guarded::new(Fence::CasState);
        assert_eq!(store.write(JOB, Token::NONE), Decision::Accepted);
        assert_eq!(store.write(JOB, Token::NONE), Decision::AlreadyDone);
        assert_eq!(store.write(Job(2), Token::NONE), Decision::Accepted);
    }

    #[test]
    fn no_token_is_below_every_token() {
        let mut store = Guarded::new(Fence::Claim);
        assert!(store.claim(token(34)));
        assert_eq!(store.write(JOB, Token::NONE), Decision::StaleToken);
    }

    #[test]
    fn without_tokens_a_check_lets_everything_pass() {
        let mut store = Guarded::new(Fence::Check);
        assert_eq!(store.write(JOB, Token::NONE), Decision::Accepted);
        assert_eq!(store.write(JOB, Token::NONE), Decision::Accepted);
    }
}
