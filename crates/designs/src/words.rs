//! Times, spans and counts in words: no more digits than matter.

use alloc::format;
use alloc::string::String;

use sim::{Span, Time};

/// How many `unit`s it is, to the nearest; a half goes up.
const fn nearest(us: u64, unit: u64) -> u64 {
    us / unit + (us % unit >= unit.div_ceil(2)) as u64
}

/// A span for a reader: `5 s`, `1.04 s`, `152 ms`, `40 µs`.
pub fn span(span: Span) -> String {
    let us = span.us();
    match us {
        0 => String::from("0 ms"),
        1..1_000 => format!("{us} µs"),
        1_000..9_950 if !us.is_multiple_of(1_000) => {
            let tenths = nearest(us, 100);
            format!("{}.{} ms", tenths / 10, tenths % 10)
        }
        1_000..999_500 => format!("{} ms", nearest(us, 1_000)),
        _ => {
            let hundredths = nearest(us, 10_000);
            let (whole, part) = (hundredths / 100, hundredths % 100);
            if part == 0 {
                format!("{whole} s")
            } else if part.is_multiple_of(10) {
                format!("{whole}.{} s", part / 10)
            } else {
                format!("{whole}.{part:02} s")
            }
        }
    }
}

/// A count with commas between its thousands: `24,932`.
pub fn count(count: u64) -> String {
    if count < 1_000 {
        format!("{count}")
    } else {
        format!("{},{:03}", self::count(count / 1_000), count % 1_000)
    }
}

/// An instant to the millisecond, for a story: `9.005 s`.
pub fn instant(at: Time) -> String {
    let ms = nearest(at.us(), 1_000);
    format!("{}.{:03} s", ms / 1_000, ms % 1_000)
}

/// An instant to the hundredth, for a chip: `9.00 s`.
pub fn about(at: Time) -> String {
    let hundredths = nearest(at.us(), 10_000);
    format!("{}.{:02} s", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_nearest_and_halves_go_up() {
        for (us, text) in [
            (0, "0 ms"),
            (40, "40 µs"),
            (1_000, "1 ms"),
            (1_049, "1.0 ms"),
            (1_050, "1.1 ms"),
            (9_949, "9.9 ms"),
            (9_950, "10 ms"),
            (152_500, "153 ms"),
            (999_499, "999 ms"),
            (999_500, "1 s"),
            (4_948_000, "4.95 s"),
            (4_944_999, "4.94 s"),
            (9_995_000, "10 s"),
        ] {
            assert_eq!(span(Span::from_us(us)), text, "{us}");
        }
        assert_eq!(instant(Time::from_us(9_004_500)), "9.005 s");
        assert_eq!(instant(Time::from_us(9_004_499)), "9.004 s");
        assert_eq!(about(Time::from_us(4_948_000)), "4.95 s");
        assert_eq!(about(Time::from_us(4_994_999)), "4.99 s");
        assert_eq!(about(Time::from_us(4_995_000)), "5.00 s");
        // The end of time does not overflow.
        assert!(about(Time::NEVER).ends_with(" s"));
    }

    #[test]
    fn counts_have_commas() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
