//! Times and spans in words: no more digits than matter.

use alloc::format;
use alloc::string::String;

use sim::{Span, Time};

/// A span for a reader: `5 s`, `1.04 s`, `152 ms`, `40 µs`.
pub fn span(span: Span) -> String {
    let us = span.us();
    match us {
        0 => String::from("0 ms"),
        1..1_000 => format!("{us} µs"),
        1_000..10_000 if !us.is_multiple_of(1_000) => {
            format!("{}.{} ms", us / 1_000, us % 1_000 / 100)
        }
        1_000..1_000_000 => format!("{} ms", us / 1_000),
        _ => {
            let hundredths = us / 10_000;
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

/// An instant to the millisecond, for a story: `9.005 s`.
pub fn instant(at: Time) -> String {
    let ms = at.us() / 1_000;
    format!("{}.{:03} s", ms / 1_000, ms % 1_000)
}

/// An instant to the hundredth, for a chip: `9.00 s`.
pub fn about(at: Time) -> String {
    let hundredths = at.us() / 10_000;
    format!("{}.{:02} s", hundredths / 100, hundredths % 100)
}
