//! How much of a limit a user has used: a token bucket or a fixed window, in
//! whole micro-tokens. What Redis' scripts do is done here line by line; the
//! texts are `bucket.lua` and `window.lua` in this design's folder.

/// A token, in micro-tokens. A bucket that gains `r` tokens a second gains
/// `r` micro-tokens a microsecond.
pub const TOKEN: i64 = 1_000_000;

/// What each user is allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// A bucket that gains `rate` tokens a second, up to `full` micro-tokens.
    Bucket { full: i64, rate: i64 },
    /// `limit` micro-tokens in each window of `length` µs.
    Window { limit: i64, length: i64 },
}

/// What is stored of a user's use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counter {
    /// Micro-tokens that were left at the time `ts`, µs.
    Bucket { tok: i64, ts: i64 },
    /// Micro-tokens that were used in the window that began at `start`, µs.
    Window { start: i64, used: i64 },
}

/// A clock's reading that a caller sends along.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    /// The reading, µs.
    pub now: i64,
    /// Whether it is written back only where time does not run back.
    pub guarded: bool,
}

/// What a script returns and stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// How many requests may pass.
    pub granted: i64,
    /// What is left, micro-tokens.
    pub left: i64,
    /// What is stored.
    pub counter: Counter,
}

impl Limit {
    /// Runs the script for this kind of limit: `want` requests at `cost`
    /// micro-tokens each.
    pub fn run(&self, stored: Option<Counter>, clock: Clock, cost: i64, want: i64) -> Outcome {
        match *self {
            Self::Bucket { full, rate } => bucket_lua((full, rate), stored, clock, cost, want),
            Self::Window { limit, length } => {
                window_lua((limit, length), stored, clock.now, cost, want)
            }
        }
    }

    /// What is left of `stored` at `now`, micro-tokens.
    pub fn left(&self, stored: Option<Counter>, now: i64) -> i64 {
        let clock = Clock { now, guarded: true };
        self.run(stored, clock, TOKEN, 0).left
    }

    /// All that a user may use at once, micro-tokens.
    pub const fn most(&self) -> i64 {
        match *self {
            Self::Bucket { full, .. } => full,
            Self::Window { limit, .. } => limit,
        }
    }

    /// The start of the window that `now` is in, µs; 0 where there are none.
    pub const fn window_at(&self, now: i64) -> i64 {
        match *self {
            Self::Bucket { .. } => 0,
            Self::Window { length, .. } => start_of(now, length),
        }
    }

    /// How long until `cost` is there where `left` is, µs; `None` where that
    /// is never or not known.
    pub const fn wait(&self, left: i64, cost: i64) -> Option<u64> {
        match *self {
            Self::Bucket { full, rate } if rate > 0 && cost <= full => {
                let missing = cost.saturating_sub(left);
                let missing = if missing > 0 { missing } else { 0 };
                Some(missing.unsigned_abs().div_ceil(rate.unsigned_abs()))
            }
            Self::Bucket { .. } | Self::Window { .. } => None,
        }
    }
}

const fn start_of(now: i64, length: i64) -> i64 {
    if length > 0 {
        now - now.rem_euclid(length)
    } else {
        now
    }
}

/// How many at `cost` each are in `tok`, at most `want`; none where it is
/// below zero, which it is for no script but where debts are told.
fn fitting(tok: i64, cost: i64, want: i64) -> i64 {
    want.min(tok.max(0) / cost.max(1))
}

/// `bucket.lua`. Where the clock is Redis' own, it is guarded too. Its
/// lines 23 to 25 let a key go when its bucket has long been full: without
/// the key it is full as well, so nothing is left to do here.
fn bucket_lua(
    (full, rate): (i64, i64),
    stored: Option<Counter>,
    clock: Clock,
    cost: i64,
    want: i64,
) -> Outcome {
    // Lines 8 to 12.
    let mut now = clock.now;
    // Lines 13 to 15.
    let (mut tok, ts) = match stored {
        Some(Counter::Bucket { tok, ts }) => (tok, ts),
        _ => (full, now),
    };
    // Line 16.
    let gained = (now - ts).max(0).saturating_mul(rate);
    tok = full.min(tok.saturating_add(gained));
    // Lines 17 to 19.
    if clock.guarded {
        now = ts.max(now);
    }
    // Lines 20 and 21.
    let granted = fitting(tok, cost, want);
    tok -= granted * cost;
    // Lines 22 and 26.
    Outcome {
        granted,
        left: tok,
        counter: Counter::Bucket { tok, ts: now },
    }
}

/// `window.lua`. Its line 18 lets a key go when its window is over: the next
/// window begins at zero with or without it.
fn window_lua(
    (limit, length): (i64, i64),
    stored: Option<Counter>,
    now: i64,
    cost: i64,
    want: i64,
) -> Outcome {
    // Lines 7 to 9.
    let start = start_of(now, length);
    // Lines 10 to 14.
    let mut used = match stored {
        Some(Counter::Window { start: of, used }) if of == start => used,
        _ => 0,
    };
    // Lines 15 and 16.
    let granted = fitting(limit - used, cost, want);
    used += granted * cost;
    // Lines 17 and 19.
    Outcome {
        granted,
        left: limit - used,
        counter: Counter::Window { start, used },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(now: i64) -> Clock {
        Clock { now, guarded: true }
    }

    fn unguarded(now: i64) -> Clock {
        Clock {
            now,
            guarded: false,
        }
    }

    /// What Lua 5.1 returned for the text of the script, call by call.
    #[test]
    fn the_bucket_is_what_the_script_makes_of_it() {
        let limit = Limit::Bucket {
            full: 4 * TOKEN,
            rate: 100,
        };
        let mut stored = None;
        let start = 1_700_000_000_000_000;
        let mut call = |clock: Clock, want| {
            let outcome = limit.run(stored, clock, TOKEN, want);
            stored = Some(outcome.counter);
            let Counter::Bucket { ts, .. } = outcome.counter else {
                panic!("a bucket stays one");
            };
            (outcome.granted, outcome.left, ts - start)
        };
        let first: [_; 6] = core::array::from_fn(|place| call(at(start + place as i64 * 1_000), 1));
        assert_eq!(
            first,
            [
                (1, 3_000_000, 0),
                (1, 2_100_000, 1_000),
                (1, 1_200_000, 2_000),
                (1, 300_000, 3_000),
                (0, 400_000, 4_000),
                (0, 500_000, 5_000),
            ]
        );
        assert_eq!(call(unguarded(start + 60_000), 10), (4, 0, 60_000));
        assert_eq!(call(at(start), 1), (0, 0, 60_000));
        assert_eq!(call(unguarded(start), 1), (0, 0, 0));
    }

    #[test]
    fn a_window_begins_at_zero() {
        let limit = Limit::Window {
            limit: 3 * TOKEN,
            length: 1_000_000,
        };
        let mut stored = None;
        let mut call = |now| {
            let outcome = limit.run(stored, at(now), TOKEN, 1);
            stored = Some(outcome.counter);
            (outcome.granted, outcome.left)
        };
        assert_eq!(
            [call(5), call(6), call(7), call(8), call(1_000_000)],
            [
                (1, 2_000_000),
                (1, 1_000_000),
                (1, 0),
                (0, 0),
                (1, 2_000_000)
            ]
        );
    }
}
