//! A server that reads the count, decides and writes it back, with a lock
//! around it or without.

use super::super::counter::{Clock, Counter};
use super::super::slot::Key;
use super::super::{Fx, Msg, Task, anchors, note_decision};
use super::{Aim, Asking, Server, Writing, decided};
use crate::vocabulary::{Event, Incarnation, Left, Status};

impl Server {
    pub(super) fn read(&mut self, asking: Asking, key: Key, more: i64, fx: &mut Fx<'_>) {
        let to = self.rules.shard_of(key);
        let aim = Aim::Read { asking, key, more };
        self.call(to, aim, |call| Msg::Get { call, key }, fx);
    }

    pub(super) fn got(&mut self, aim: Aim, counter: Option<Counter>, now: i64, fx: &mut Fx<'_>) {
        let Aim::Read { asking, key, more } = aim else {
            return;
        };
        if more > 0 {
            self.read(asking, key, more - 1, fx);
            return;
        }
        let clock = Clock { now, guarded: true };
        let clock = self.clock(fx).unwrap_or(clock);
        let outcome = self.rules.limit.run(counter, clock, self.rules.cost, 1);
        let admitted = outcome.granted > 0;
        note_decision(asking.user, asking.request, admitted, outcome.left, fx);
        if !admitted && asking.holder.is_none() {
            self.deny(asking.user, outcome.left, fx);
            self.answer(asking, Status::Limited, fx);
            return;
        }
        self.last_call = self.last_call.wrapping_add(1);
        let number = self.last_call;
        self.writing.push(Writing {
            number,
            asking,
            key,
            counter: outcome.counter,
            admitted,
        });
        fx.then(anchors::AFTER_READ, Task::WriteBack(number));
    }

    pub(super) fn write_back(&mut self, number: u32, fx: &mut Fx<'_>) {
        let Some(place) = self.writing.iter().position(|it| it.number == number) else {
            return;
        };
        let Writing {
            asking,
            key,
            counter,
            admitted,
            ..
        } = self.writing.swap_remove(place);
        let to = self.rules.shard_of(key);
        let aim = Aim::Write { asking, admitted };
        let message = |call| Msg::Set { call, key, counter };
        self.call(to, aim, message, fx);
    }

    pub(super) fn acquire(&mut self, asking: Asking, holder: Incarnation, fx: &mut Fx<'_>) {
        let Asking { request, user, .. } = asking;
        fx.note(Event::LockTry { holder, lock: user });
        self.locking.insert(holder, asking);
        let message = Msg::Acquire {
            holder,
            user,
            request,
        };
        fx.send(self.rules.lock, message);
    }

    pub(super) fn granted(&mut self, holder: Incarnation, admitted: Option<bool>, fx: &mut Fx<'_>) {
        if !self.locking.contains_key(&holder) {
            return;
        }
        fx.note(Event::LockAcquired {
            holder,
            valid_us: Left(i64::try_from(self.rules.ttl.us()).unwrap_or(i64::MAX)),
            votes: 1,
        });
        if let Some(admitted) = admitted {
            if let Some(asking) = self.holding(holder) {
                self.answer(asking, decided(admitted), fx);
            }
        } else {
            fx.then(anchors::AFTER_ACQUIRE, Task::Locked(holder));
        }
    }

    /// What was waiting for the lock that it has now.
    fn holding(&mut self, holder: Incarnation) -> Option<Asking> {
        let asking = self.locking.remove(&holder)?;
        Some(Asking {
            holder: Some(holder),
            ..asking
        })
    }

    /// Goes on under the lock.
    pub(super) fn locked(&mut self, holder: Incarnation, fx: &mut Fx<'_>) {
        let Some(asking) = self.holding(holder) else {
            return;
        };
        let key = Key::of(asking.user);
        match self.rules.operations {
            1 => self.run(Aim::Run { asking, key }, false, fx),
            operations => self.read(asking, key, operations - 2, fx),
        }
    }
}
