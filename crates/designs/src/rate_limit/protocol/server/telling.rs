//! A server that counts by itself and tells the others, by way of Redis, now
//! and then.

use alloc::vec::Vec;

use super::super::counter::{Counter, Limit, TOKEN};
use super::super::slot::Key;
use super::super::{Fx, Msg, Task};
use super::{Aim, Server};

impl Server {
    /// Tells Redis what was let through since the last time, and asks what is
    /// left, for each user that it knows.
    pub(super) fn tell(&mut self, fx: &mut Fx<'_>) {
        fx.poll(self.rules.sync, Task::Tell);
        let now = fx.mono().us();
        let users: Vec<u32> = self.locals.keys().copied().collect();
        for user in users {
            let Some(local) = self.locals.get_mut(&user).filter(|it| !it.is_telling) else {
                continue;
            };
            let start = self.rules.limit.window_at(now);
            if let Some(Counter::Window { start: of, .. }) = local.counter
                && of != start
            {
                local.untold = 0;
                local.counter = None;
            }
            local.is_telling = true;
            let spent = core::mem::take(&mut local.untold);
            let key = Key::of(user);
            let to = self.rules.shard_of(key);
            let aim = Aim::Tell { user, spent, start };
            let message = |call| Msg::Push {
                call,
                key,
                spent,
                start,
            };
            self.call(to, aim, message, fx);
        }
    }

    /// Takes over what is left of the shared count, less what it has let
    /// through since it told.
    pub(super) fn told(&mut self, aim: Aim, left: i64, fx: &Fx<'_>) {
        let Aim::Tell { user, start, .. } = aim else {
            return;
        };
        let now = fx.mono().us();
        let limit = self.rules.limit;
        let local = self.locals.entry(user).or_default();
        local.is_telling = false;
        if start != limit.window_at(now) {
            return;
        }
        let left = left - local.untold * TOKEN;
        local.counter = Some(match limit {
            Limit::Bucket { .. } => Counter::Bucket { tok: left, ts: now },
            Limit::Window { limit, .. } => Counter::Window {
                start,
                used: limit - left,
            },
        });
    }
}
