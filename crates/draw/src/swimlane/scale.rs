//! The time axis: instants to pixels and back.

use sim::Time;

/// A stretch of time laid along a stretch of pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Scale {
    /// The first instant shown.
    pub from: Time,
    /// The last instant shown.
    pub until: Time,
    /// Where `from` lies, in pixels.
    pub start: f32,
    /// Where `until` lies, in pixels.
    pub end: f32,
}

impl Scale {
    /// A scale for `from` to `until`, at least one microsecond long.
    pub fn new(from: Time, until: Time, start: f32, end: f32) -> Self {
        let until = until.max(from + sim::Span::from_us(1));
        Self {
            from,
            until,
            start,
            end,
        }
    }

    /// How many pixels a microsecond takes.
    pub fn px_per_us(&self) -> f64 {
        f64::from(self.end - self.start) / self.until.since(self.from).us() as f64
    }

    /// Where `at` lies, also outside of what is shown.
    pub fn place(&self, at: Time) -> f32 {
        let us = at.us() as f64 - self.from.us() as f64;
        (f64::from(self.start) + us * self.px_per_us()) as f32
    }

    /// The same, moved to the nearest end where it lies outside.
    pub fn place_within(&self, at: Time) -> f32 {
        self.place(at.clamp(self.from, self.until))
    }

    /// The instant at a pixel, within what is shown.
    pub fn time_at(&self, px: f32) -> Time {
        let us = f64::from(px - self.start) / self.px_per_us();
        let at = self.from.us() as f64 + us.round();
        Time::from_us(at.max(0.0) as u64).clamp(self.from, self.until)
    }

    /// Ticks at round instants, at least `spacing` pixels apart, with words
    /// of no more digits than tell them apart.
    pub fn ticks(&self, spacing: f32) -> Vec<(Time, String)> {
        let least = f64::from(spacing) / self.px_per_us();
        let step = round_step(least);
        let first = self.from.us().div_ceil(step) * step;
        (0..)
            .map(|number| first + number * step)
            .take_while(|&us| us <= self.until.us())
            .map(|us| (Time::from_us(us), self.words(us, step)))
            .collect()
    }

    fn words(&self, us: u64, step: u64) -> String {
        let (unit, name) = if self.until.us() < 1_000_000 {
            (1_000, "ms")
        } else {
            (1_000_000, "s")
        };
        let mut decimals = 0;
        let mut digit = unit;
        while digit > 1 && !step.is_multiple_of(digit) {
            digit /= 10;
            decimals += 1;
        }
        let whole = us / unit;
        if decimals == 0 || us == 0 {
            format!("{whole} {name}")
        } else {
            format!("{whole}.{:0decimals$} {name}", us % unit / digit)
        }
    }
}

/// The least of 1, 2, 5, 10, 20, … that is not below `least`.
fn round_step(least: f64) -> u64 {
    let mut power = 1_u64;
    loop {
        for step in [power, 2 * power, 5 * power] {
            if step as f64 >= least {
                return step;
            }
        }
        power *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_in_words() {
        let words = |from, until| -> Vec<String> {
            Scale::new(Time::from_us(from), Time::from_us(until), 0.0, 300.0)
                .ticks(50.0)
                .into_iter()
                .map(|(_, words)| words)
                .collect()
        };
        assert_eq!(
            words(0, 10_400_000),
            ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s"]
        );
        assert_eq!(
            words(0, 900_000),
            ["0 ms", "200 ms", "400 ms", "600 ms", "800 ms"]
        );
        assert_eq!(words(5_150_000, 5_156_000)[..2], ["5.150 s", "5.151 s"]);
    }

    #[test]
    fn a_pixel_leads_back_to_its_instant() {
        let scale = Scale::new(Time::from_us(1_000), Time::from_us(9_001_000), 90.0, 990.0);
        for us in [1_000, 77_000, 5_000_000, 9_001_000] {
            let at = scale.time_at(scale.place(Time::from_us(us)));
            assert!(at.us().abs_diff(us) <= 1_000, "{us} became {}", at.us());
        }
    }
}
