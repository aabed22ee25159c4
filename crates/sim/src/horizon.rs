//! What a run waits for, and when it may end.

use crate::time::{Span, Time};

/// How long a run goes on after the last thing that mattered.
pub(crate) const SETTLE: Span = Span::from_s(2);

/// How something that is still to come bears on the end of the run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Weight {
    /// The run waits for it, and for what follows from it.
    Full,
    /// The run waits for it and for nothing that follows from it: a lease that
    /// mere polling was granted, word that a process is dead.
    Alone,
    /// The run does not wait for it: polling.
    Nothing,
}

/// Counts what the run waits for.
///
/// Polling that is granted part of a quorum over and over would never let a
/// run end if each such lease prolonged it. So a lease that polling brings
/// about counts only while the run goes on anyway, and its own end does not
/// let further ones count.
pub(crate) struct Horizon {
    full: u64,
    alone: u64,
    /// When something of full weight last happened.
    last_full: Time,
    /// When anything of weight last happened.
    last: Time,
}

impl Horizon {
    pub const fn new() -> Self {
        Self {
            full: 0,
            alone: 0,
            last_full: Time::ZERO,
            last: Time::ZERO,
        }
    }

    /// Something of `weight` is to come.
    pub const fn expect(&mut self, weight: Weight) {
        match weight {
            Weight::Full => self.full += 1,
            Weight::Alone => self.alone += 1,
            Weight::Nothing => {}
        }
    }

    /// Something of `weight` that was to come has happened, or will not.
    pub const fn settle(&mut self, now: Time, weight: Weight) {
        match weight {
            Weight::Full => {
                self.full -= 1;
                self.strike(now);
            }
            Weight::Alone => {
                self.alone -= 1;
                self.last = now;
            }
            Weight::Nothing => {}
        }
    }

    /// A fault struck that nothing had announced.
    pub const fn strike(&mut self, now: Time) {
        self.last_full = now;
        self.last = now;
    }

    /// The weight of a lease that polling was granted at `now`.
    pub fn lease(&self, now: Time) -> Weight {
        if self.full > 0 || now <= self.last_full + SETTLE {
            Weight::Alone
        } else {
            Weight::Nothing
        }
    }

    /// When the run may end; `None` while it waits for something.
    pub fn end(&self) -> Option<Time> {
        (self.full == 0 && self.alone == 0).then(|| self.last + SETTLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_of_polling_do_not_beget_leases() {
        let mut horizon = Horizon::new();
        let mut now = Time::ZERO;
        let mut leases = 0;
        while horizon.lease(now) == Weight::Alone {
            horizon.expect(Weight::Alone);
            now += Span::from_ms(300);
            horizon.settle(now, Weight::Alone);
            leases += 1;
            assert!(leases < 100, "each lease counted because of the last one");
        }
        assert_eq!(horizon.end(), Some(now + SETTLE));
    }

    #[test]
    fn a_lease_of_polling_counts_while_something_else_is_waited_for() {
        let mut horizon = Horizon::new();
        let late = Time::ZERO + Span::from_s(60);
        assert_eq!(horizon.lease(late), Weight::Nothing);
        horizon.expect(Weight::Full);
        assert_eq!(horizon.lease(late), Weight::Alone);
    }
}
