//! Random streams whose values never change between releases.
//!
//! Each purpose of each node draws from a stream of its own, so an extra draw
//! in one place never shifts another: moving one slider does not reshuffle
//! what the others decide.

use crate::time::Span;

/// What a stream is drawn for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Purpose {
    /// Network jitter of the messages a node sends.
    Net = 0,
    /// Waits before a retry.
    Retry = 1,
    /// Arrivals and sizes of work.
    Workload = 2,
    /// Whether and how hard a fault strikes.
    Fault = 3,
}

impl Purpose {
    /// How many purposes there are.
    pub const COUNT: usize = 4;
}

/// A SplitMix64 generator (Steele, Lea, Flood: "Fast splittable pseudorandom
/// number generators", OOPSLA 2014): one addition and one mix a draw, and its
/// whole definition stands here, so its values are ours to keep.
#[derive(Clone, Debug)]
pub struct Stream {
    state: u64,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream for `purpose` at node `node` in the run with `seed`.
    pub const fn new(seed: u64, purpose: Purpose, node: u16) -> Self {
        let name = ((purpose as u64) << 32) | node as u64;
        Self {
            state: mix(mix(seed.wrapping_add(GOLDEN)) ^ name.wrapping_mul(GOLDEN)),
        }
    }

    /// The next 64 random bits.
    pub const fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A whole number below `bound`; 0 where `bound` is 0. The bias of the
    /// multiply-shift is below `bound` / 2⁶⁴.
    pub const fn below(&mut self, bound: u64) -> u64 {
        ((self.bits() as u128 * bound as u128) >> 64) as u64
    }

    /// A span drawn evenly from `low` to `high`, both included. Nothing is
    /// drawn where the two are equal.
    pub const fn span(&mut self, low: Span, high: Span) -> Span {
        let width = high.us().saturating_sub(low.us());
        if width == 0 {
            return low;
        }
        Span::from_us(low.us().saturating_add(self.below(width.saturating_add(1))))
    }

    /// True with probability `per_mille` / 1,000.
    pub const fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_are_splitmix64s() {
        // Vigna's reference implementation, from state 1234567.
        let mut stream = Stream { state: 1_234_567 };
        assert_eq!(stream.bits(), 6_457_827_717_110_365_317);
        assert_eq!(stream.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_span_reaches_both_of_its_ends_and_never_leaves_them() {
        let mut stream = Stream::new(1, Purpose::Net, 0);
        let (low, high) = (Span::from_us(10), Span::from_us(13));
        let drawn: [bool; 4] = core::array::from_fn(|offset| {
            let mut again = stream.clone();
            (0..200).any(|_| again.span(low, high).us() == 10 + offset as u64)
        });
        assert_eq!(drawn, [true; 4]);
        assert!((0..200).all(|_| (10..=13).contains(&stream.span(low, high).us())));
        stream.span(Span::ZERO, Span::from_us(u64::MAX));
    }

    #[test]
    fn nodes_and_purposes_draw_from_different_streams() {
        let first = |purpose, node| Stream::new(7, purpose, node).bits();
        let all = [
            first(Purpose::Net, 0),
            first(Purpose::Net, 1),
            first(Purpose::Retry, 0),
            first(Purpose::Retry, 1),
        ];
        for (place, value) in all.iter().enumerate() {
            assert!(!all[place + 1..].contains(value));
        }
    }
}
