//! What a node reads when it asks for the time.

use core::ops::{Add, Sub};

use crate::time::{Span, Time};

/// A reading of a node's monotonic clock in microseconds. Only readings of
/// the same node compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mono(i64);

/// A reading of a node's wall clock in microseconds since the run's start.
/// It can be negative after a step back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Wall(i64);

impl Mono {
    /// The reading in microseconds.
    pub const fn us(self) -> i64 {
        self.0
    }

    /// Microseconds from `earlier` to this reading, negative where it is
    /// earlier.
    pub const fn us_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Span> for Mono {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.signed_us()))
    }
}

impl Wall {
    /// The reading in microseconds.
    pub const fn us(self) -> i64 {
        self.0
    }

    /// The reading of `ms` whole milliseconds.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms.saturating_mul(1_000))
    }

    /// The reading in whole milliseconds, rounded down, as `gettimeofday`
    /// divided by 1,000 gives it.
    pub const fn ms(self) -> i64 {
        self.0.div_euclid(1_000)
    }
}

impl Sub for Wall {
    type Output = i64;
    fn sub(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }
}

/// A node's clocks. Both run at (1 + `ppm` / 10⁶) times true speed. Steps move
/// the wall clock alone; a suspended machine stops the monotonic clock alone
/// (a modelling assumption: what a guest reads after it is resumed depends on
/// its hypervisor).
#[derive(Clone, Debug)]
pub struct Clock {
    since: Time,
    mono_us: i64,
    wall_us: i64,
    ppm: i64,
    suspended: bool,
}

const MILLION: i64 = 1_000_000;

impl Clock {
    /// The slowest that clocks run: a millionth of true speed. They never stop
    /// or run backwards by drift.
    pub const SLOWEST_PPM: i64 = 1 - MILLION;
    /// The fastest that clocks run: 1,001 times true speed.
    pub const FASTEST_PPM: i64 = 1_000 * MILLION;

    /// Clocks that read 0 at the start and run true.
    pub const fn new() -> Self {
        Self {
            since: Time::ZERO,
            mono_us: 0,
            wall_us: 0,
            ppm: 0,
            suspended: false,
        }
    }

    /// How many parts per million both clocks gain.
    pub const fn drift_ppm(&self) -> i64 {
        self.ppm
    }

    /// Local microseconds a million true ones last.
    const fn rate(&self) -> i64 {
        MILLION + self.ppm
    }

    fn elapsed_us(&self, now: Time) -> i64 {
        let true_us = now.since(self.since).signed_us();
        if self.ppm == 0 {
            return true_us;
        }
        let local_us = i128::from(true_us) * i128::from(self.rate()) / i128::from(MILLION);
        i64::try_from(local_us).unwrap_or(i64::MAX)
    }

    /// The monotonic clock at true time `now`.
    pub fn mono(&self, now: Time) -> Mono {
        let moved = if self.suspended {
            0
        } else {
            self.elapsed_us(now)
        };
        Mono(self.mono_us.saturating_add(moved))
    }

    /// The wall clock at true time `now`.
    pub fn wall(&self, now: Time) -> Wall {
        Wall(self.wall_us.saturating_add(self.elapsed_us(now)))
    }

    /// Moves the wall clock by `by_us` at `now`.
    pub fn step(&mut self, now: Time, by_us: i64) {
        self.rebase(now);
        self.wall_us = self.wall_us.saturating_add(by_us);
    }

    /// Lets both clocks gain `ppm` parts per million from `now` on, held
    /// between [`Self::SLOWEST_PPM`] and [`Self::FASTEST_PPM`].
    pub fn set_drift(&mut self, now: Time, ppm: i64) {
        self.rebase(now);
        self.ppm = ppm.clamp(Self::SLOWEST_PPM, Self::FASTEST_PPM);
    }

    /// Stops or restarts the monotonic clock at `now`.
    pub fn set_suspended(&mut self, now: Time, suspended: bool) {
        self.rebase(now);
        self.suspended = suspended;
    }

    /// The first true time at which the monotonic clock, running, reads `due`;
    /// `now` where it does already.
    pub fn when_mono(&self, now: Time, due: Mono) -> Time {
        self.when(now, due.0, self.mono_us)
    }

    /// The first true time at which the wall clock, not stepped again, reads
    /// `due`; `now` where it does already.
    pub fn when_wall(&self, now: Time, due: Wall) -> Time {
        self.when(now, due.0, self.wall_us)
    }

    /// When a clock that read `base_us` at `self.since` reads `due_us`.
    fn when(&self, now: Time, due_us: i64, base_us: i64) -> Time {
        let local_us = u64::try_from(due_us.saturating_sub(base_us)).unwrap_or(0);
        let true_us = if self.ppm == 0 {
            local_us
        } else {
            let rate = u128::from(self.rate().unsigned_abs());
            let us = (u128::from(local_us) * u128::from(MILLION.unsigned_abs())).div_ceil(rate);
            u64::try_from(us).unwrap_or(u64::MAX)
        };
        now.max(self.since + Span::from_us(true_us))
    }

    fn rebase(&mut self, now: Time) {
        let elapsed = self.elapsed_us(now);
        if !self.suspended {
            self.mono_us = self.mono_us.saturating_add(elapsed);
        }
        self.wall_us = self.wall_us.saturating_add(elapsed);
        self.since = now;
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(us: u64) -> Time {
        Time::from_us(us)
    }

    #[test]
    fn a_step_moves_the_wall_and_leaves_the_monotonic_clock() {
        let mut clock = Clock::new();
        clock.step(at(1_000), -5_000);
        assert_eq!(clock.wall(at(2_000)), Wall(-3_000));
        assert_eq!(clock.mono(at(2_000)), Mono(2_000));
        assert_eq!(clock.wall(at(2_000)).ms(), -3);
    }

    #[test]
    fn drift_is_kept_over_a_change_and_timers_never_fire_early() {
        let mut clock = Clock::new();
        clock.set_drift(at(1_000_000), 500);
        assert_eq!(clock.wall(at(2_000_000)), Wall(2_000_500));
        let due = Wall(3_000_000);
        let when = clock.when_wall(at(2_000_000), due);
        assert!(clock.wall(when) >= due);
        assert!(clock.wall(at(when.us() - 2)) < due);
    }

    #[test]
    fn a_suspended_machine_stops_its_monotonic_clock_only() {
        let mut clock = Clock::new();
        clock.set_suspended(at(1_000), true);
        assert_eq!(clock.mono(at(9_000)), Mono(1_000));
        clock.set_suspended(at(9_000), false);
        assert_eq!(clock.mono(at(10_000)), Mono(2_000));
        assert_eq!(clock.wall(at(10_000)), Wall(10_000));
    }

    #[test]
    fn a_due_time_is_the_first_instant_at_which_the_clock_reads_it() {
        for ppm in [-999_999, -500_000, -333, 0, 1, 777, 1_000_000_000] {
            let mut clock = Clock::new();
            clock.set_drift(at(17), ppm);
            clock.step(at(1_000), -250);
            for ahead in [0_u64, 1, 2, 999, 123_456] {
                let now = at(5_003);
                let due = clock.mono(now) + Span::from_us(ahead);
                let when = clock.when_mono(now, due);
                assert!(clock.mono(when) >= due, "{ppm} ppm, {ahead} µs: too early");
                let before = at(when.us() - 1);
                assert!(
                    when == now || clock.mono(before) < due,
                    "{ppm} ppm, {ahead} µs: too late"
                );
            }
        }
    }

    #[test]
    fn no_drift_stops_or_turns_a_clock_or_overflows_it() {
        for ppm in [i64::MIN, -1_000_000, i64::MAX] {
            let mut clock = Clock::new();
            clock.set_drift(at(0), ppm);
            let later = clock.mono(at(10_000_000));
            assert!(later > Mono(0), "{ppm} ppm");
            assert!(clock.mono(Time::NEVER) > later, "{ppm} ppm");
            clock.set_drift(Time::NEVER, ppm);
            clock.when_mono(Time::NEVER, Mono(i64::MAX));
        }
    }

    #[test]
    fn steps_to_either_end_of_the_range_overflow_nothing() {
        for by_us in [i64::MIN, i64::MAX] {
            let mut clock = Clock::new();
            clock.step(at(1), by_us);
            clock.step(at(2), by_us);
            let wall = clock.wall(Time::NEVER);
            assert_eq!(wall - wall, 0);
            let _ = wall - Wall(-1);
            let _ = Wall(1) - wall;
            assert!(clock.when_wall(at(3), Wall(5)) >= at(3));
        }
    }
}
