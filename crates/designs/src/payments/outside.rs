//! What a payment changes: the ledger, which the lock protects, and the
//! payment provider, which nothing here protects.

use alloc::vec::Vec;

use sim::Node;

use super::protocol::{Fx, Msg};
use crate::fence::{Fence, Guarded};
use crate::vocabulary::{Event, Incarnation, Job, Token};

/// The ledger: one fenced row an account. What it checks, it checks in one
/// atomic step with the write.
#[derive(Debug)]
pub struct Ledger {
    /// Whether it compares tokens.
    fenced: bool,
    accounts: Vec<Guarded>,
}

impl Ledger {
    /// A ledger without entries. Where `fenced`, it refuses a token below the
    /// highest it has seen for the account; where `idempotent`, a payment that
    /// it has applied.
    pub fn new(accounts: usize, fenced: bool, idempotent: bool) -> Self {
        let fence = match (fenced, idempotent) {
            (_, true) => Fence::CasState,
            (true, false) => Fence::Check,
            (false, false) => Fence::None,
        };
        Self {
            fenced,
            accounts: alloc::vec![Guarded::new(fence); accounts],
        }
    }

    pub fn wipe(&mut self) {
        self.accounts.iter_mut().for_each(Guarded::wipe);
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        let Msg::Write {
            holder,
            account,
            token,
            job,
        } = message
        else {
            return;
        };
        let Some(row) = self.accounts.get_mut(usize::from(account)) else {
            return;
        };
        // Without a fence the token is a number that nobody looks at.
        let compared = if self.fenced { token } else { Token::NONE };
        let decision = row.write(job, compared);
        fx.note(Event::ResourceWrite {
            token,
            holder,
            job,
            decision,
        });
        fx.send(from, Msg::WriteReply { holder, decision });
    }
}

/// The payment provider. Given a key, it replays the first result of a call
/// with the same key, as Stripe's API v1 does (docs.stripe.com, "Idempotent
/// requests": keys are kept for at least 24 h, longer than any run).
#[derive(Debug)]
pub struct Provider {
    /// Whether calls carry a key: the payment's id.
    keyed: bool,
    charged: Vec<Job>,
}

impl Provider {
    pub const fn new(keyed: bool) -> Self {
        Self {
            keyed,
            charged: Vec::new(),
        }
    }

    pub fn wipe(&mut self) {
        self.charged.clear();
    }

    fn charge(&mut self, job: Job) -> bool {
        let known = self.keyed && self.charged.contains(&job);
        if !known {
            self.charged.push(job);
        }
        !known
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        if let Msg::Charge { holder, job } = message {
            let performed = self.charge(job);
            note_call(holder, job, performed, fx);
            fx.send(from, Msg::Charged { holder });
        }
    }
}

fn note_call(holder: Incarnation, job: Job, performed: bool, fx: &mut Fx<'_>) {
    fx.note(Event::ExternalCall {
        holder,
        job,
        performed,
    });
}
