//! Answers to a question that is put to several nodes.

use alloc::vec::Vec;

use sim::Node;

use crate::vocabulary::{Refusal, Token};

/// A node's answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Vote {
    Yes(Token),
    /// Another has the lock.
    Held,
    /// The token is too low.
    Low,
    /// The node cannot be reached.
    Gone,
}

/// Answers to one question.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    /// The nodes that were asked and have not answered.
    pub(super) open: Vec<Node>,
    /// The nodes that are still to be asked, where one is asked at a time.
    pub(super) unasked: Vec<Node>,
    pub(super) yes: usize,
    pub(super) held: usize,
    pub(super) low: usize,
    pub(super) highest: Token,
}

impl Votes {
    /// Takes an answer; false where none was waited for.
    pub(super) fn take(&mut self, from: Node, vote: Vote) -> bool {
        let Some(place) = self.open.iter().position(|&open| open == from) else {
            return false;
        };
        self.open.swap_remove(place);
        match vote {
            Vote::Yes(token) => {
                self.yes += 1;
                self.highest = self.highest.max(token);
            }
            Vote::Held => self.held += 1,
            Vote::Low => self.low += 1,
            Vote::Gone => {}
        }
        true
    }

    /// Whether `needed` have said yes.
    pub(super) const fn won(&self, needed: usize) -> bool {
        self.yes >= needed
    }

    /// Whether so many can no longer say yes.
    pub(super) const fn lost(&self, needed: usize) -> bool {
        self.yes + self.open.len() + self.unasked.len() < needed
    }

    /// Why fewer than `needed` said yes.
    pub(super) const fn refusal(&self, needed: usize) -> Refusal {
        if self.yes + self.held + self.low < needed {
            Refusal::Timeout
        } else if self.held > 0 {
            Refusal::Locked
        } else {
            Refusal::Votes
        }
    }
}
