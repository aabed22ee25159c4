//! The stretch of time that the diagram shows.

use sim::{Span, Time};

/// From one instant to a later one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// The first instant shown.
    pub from: Time,
    /// The last instant shown.
    pub until: Time,
}

/// Nothing in a run is so short that it would have to be drawn larger.
const LEAST: Span = Span::from_us(100);

impl Stretch {
    const fn length(self) -> Span {
        self.until.since(self.from)
    }

    /// Halfway.
    pub const fn middle(self) -> Time {
        Time::from_us(self.from.us() + self.length().us() / 2)
    }

    /// As long as it is, or as `whole` if that is shorter, and within it.
    fn within(self, whole: Self) -> Self {
        let length = self.length().min(whole.length());
        let latest = whole.from + (whole.length() - length);
        let from = self.from.clamp(whole.from, latest);
        Self {
            from,
            until: from + length,
        }
    }

    /// So many thousandths as long, with `about` where it was. It stays within
    /// `whole`.
    pub fn zoomed(self, about: Time, permille: u64, whole: Self) -> Self {
        let about = about.clamp(self.from, self.until);
        let before = self.length().us();
        let length = before.saturating_mul(permille) / 1_000;
        let length = length.clamp(LEAST.us(), whole.length().us().max(LEAST.us()));
        let ahead = u128::from(about.since(self.from).us()) * u128::from(length);
        let ahead = u64::try_from(ahead / u128::from(before.max(1))).unwrap_or(length);
        Self::starting(about.us().saturating_sub(ahead), length).within(whole)
    }

    /// As long as it is, with `middle` in its middle as far as `whole` allows.
    pub fn around(self, middle: Time, whole: Self) -> Self {
        let length = self.length().us();
        Self::starting(middle.us().saturating_sub(length / 2), length).within(whole)
    }

    /// Moved on by so many thousandths of its length, back if negative.
    pub fn moved(self, permille: i64, whole: Self) -> Self {
        let length = self.length().us();
        let by = length.saturating_mul(permille.unsigned_abs()) / 1_000;
        let from = self.from.us();
        let from = if permille < 0 {
            from.saturating_sub(by)
        } else {
            from.saturating_add(by)
        };
        Self::starting(from, length).within(whole)
    }

    const fn starting(from_us: u64, length_us: u64) -> Self {
        Self {
            from: Time::from_us(from_us),
            until: Time::from_us(from_us.saturating_add(length_us)),
        }
    }

    /// The same if it holds `at`, else moved so that it does.
    pub fn holding(self, at: Time, whole: Self) -> Self {
        if (self.from..=self.until).contains(&at) {
            self
        } else {
            self.around(at, whole)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(from: u64, until: u64) -> Stretch {
        Stretch {
            from: Time::from_us(from),
            until: Time::from_us(until),
        }
    }

    const WHOLE: Stretch = Stretch {
        from: Time::ZERO,
        until: Time::from_us(10_000),
    };

    #[test]
    fn what_is_zoomed_about_stays_where_it_is() {
        let near = WHOLE.zoomed(Time::from_us(2_000), 500, WHOLE);
        assert_eq!(near, stretch(1_000, 6_000));
        assert_eq!(near.zoomed(Time::from_us(2_000), 2_000, WHOLE), WHOLE);
    }

    #[test]
    fn it_stays_within_the_whole_and_never_gets_too_short() {
        let near = stretch(9_000, 10_000);
        assert_eq!(near.moved(1_000, WHOLE), near);
        assert_eq!(near.moved(-500, WHOLE), stretch(8_500, 9_500));
        assert_eq!(near.around(Time::ZERO, WHOLE), stretch(0, 1_000));
        assert_eq!(near.zoomed(Time::ZERO, 0, WHOLE).length(), LEAST);
        assert_eq!(near.zoomed(Time::NEVER, u64::MAX, WHOLE), WHOLE);
        let tiny = stretch(0, 1);
        assert!(tiny.zoomed(Time::ZERO, 500, tiny).length() <= LEAST);
    }

    #[test]
    fn it_follows_the_playhead() {
        let near = stretch(0, 1_000);
        assert_eq!(near.holding(Time::from_us(700), WHOLE), near);
        assert_eq!(
            near.holding(Time::from_us(5_000), WHOLE),
            stretch(4_500, 5_500)
        );
    }
}
