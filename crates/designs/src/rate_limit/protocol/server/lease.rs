//! A server that takes several tokens at once and spends them by itself.

use super::super::counter::TOKEN;
use super::super::slot::Key;
use super::super::{Fx, note_decision};
use super::{Aim, Asking, Server};
use crate::vocabulary::Status;

impl Server {
    /// Spends a leased token, or waits for the next lease.
    pub(super) fn spend(&mut self, asking: Asking, fx: &mut Fx<'_>) {
        let user = asking.user;
        let local = self.locals.entry(user).or_default();
        if local.waiting.is_empty() && local.leased > 0 {
            local.leased -= 1;
            let left = local.leased * TOKEN;
            note_decision(user, asking.request, true, left, fx);
            self.answer(asking, Status::Success, fx);
            return;
        }
        local.waiting.push(asking);
        if local.waiting.len() == 1 {
            let key = Key::of(user);
            self.run(Aim::Fetch { asking, key }, false, fx);
        }
    }

    pub(super) fn fetched(&mut self, user: u32, granted: i64, left: i64, fx: &mut Fx<'_>) {
        let lease = self.rules.lease;
        let local = self.locals.entry(user).or_default();
        let waiting = core::mem::take(&mut local.waiting);
        local.leased += granted;
        if granted < lease {
            self.deny(user, left, fx);
        }
        // A full lease leaves more to be had; else the others go away.
        for asking in waiting {
            let local = self.locals.entry(user).or_default();
            if local.leased > 0 {
                local.leased -= 1;
                let left = local.leased * TOKEN;
                note_decision(user, asking.request, true, left, fx);
                self.answer(asking, Status::Success, fx);
            } else if granted < lease {
                note_decision(user, asking.request, false, 0, fx);
                self.answer(asking, Status::Limited, fx);
            } else {
                self.spend(asking, fx);
            }
        }
    }
}
