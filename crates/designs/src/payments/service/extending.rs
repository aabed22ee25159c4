//! How a service extends a lock that it holds.

use sim::{Node, Span};

use super::super::protocol::{Fx, Msg, Task};
use super::Service;
use super::votes::{Vote, Votes};
use crate::vocabulary::{Event, Left};

impl Service {
    pub(super) fn extension_gap(&self) -> Span {
        Span::from_us(self.rules.ttl.us() / 3).max(Span::from_ms(1))
    }

    pub(super) fn extend(&mut self, at: usize, fx: &mut Fx<'_>) {
        let electors = self.electors();
        let payment = &mut self.payments[at];
        payment.extension_began = fx.mono();
        payment.extension = Votes {
            open: electors.clone(),
            ..Votes::default()
        };
        let (holder, token) = (payment.holder, payment.token);
        let (account, request) = (payment.order.account, payment.request);
        for node in electors {
            self.send(
                node,
                Msg::Extend {
                    holder,
                    account,
                    token,
                },
                fx,
            );
        }
        fx.after(self.rules.node_timeout, Task::ExtensionsDue(request));
    }

    pub(super) fn extension_vote(&mut self, at: usize, from: Node, vote: Vote, fx: &mut Fx<'_>) {
        let needed = self.needed();
        let extension = &mut self.payments[at].extension;
        if extension.take(from, vote) && (extension.won(needed) || extension.lost(needed)) {
            self.decide_extension(at, fx);
        }
    }

    pub(super) fn decide_extension(&mut self, at: usize, fx: &mut Fx<'_>) {
        let needed = self.needed();
        let valid_us = self.valid_us(self.payments[at].extension_began, fx);
        let payment = &mut self.payments[at];
        let request = payment.request;
        fx.clear(Task::ExtensionsDue(request));
        // What comes later comes too late.
        payment.extension.open.clear();
        let extended = payment.extension.won(needed) && valid_us > 0;
        fx.note(Event::LockExtend {
            holder: payment.holder,
            extended,
            valid_us: Left(valid_us),
        });
        if extended {
            self.set_deadline(at, valid_us, fx);
        } else if !self.payments[at].worked {
            fx.after(self.extension_gap(), Task::Extend(request));
        }
    }
}
