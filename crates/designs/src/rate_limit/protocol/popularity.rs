//! How often each user asks: the `k`th of them in proportion to `1 / k^s`
//! (Zipf), in whole numbers only, since it decides what happens.

use alloc::vec::Vec;

use sim::Stream;

/// Weights of users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Popularity {
    /// The weight of each user and of all before it.
    up_to: Vec<u64>,
}

/// Bits after the point.
const BITS: u32 = 32;
const ONE: u64 = 1 << BITS;

impl Popularity {
    /// Of so many users, with so many hundredths as the exponent `s`.
    pub fn new(users: u32, hundredths: u64) -> Self {
        let mut sum = 0;
        let up_to = (1..=users.max(1))
            .map(|user| {
                sum += weight(u64::from(user), hundredths);
                sum
            })
            .collect();
        Self { up_to }
    }

    /// Draws a user, counted from 1.
    pub fn draw(&self, stream: &mut Stream) -> u32 {
        let drawn = stream.below(self.up_to.last().copied().unwrap_or(1));
        let before = self.up_to.partition_point(|&up_to| up_to <= drawn);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    /// The share of all requests that come from a user, 0 to 1.
    pub fn share(&self, user: u32) -> f64 {
        let up_to = |place: usize| self.up_to.get(place).copied().unwrap_or(0);
        let place = (user as usize).wrapping_sub(1);
        let before = place.checked_sub(1).map_or(0, up_to);
        let all = self.up_to.last().copied().unwrap_or(1);
        up_to(place).saturating_sub(before) as f64 / all as f64
    }
}

/// `number^(−hundredths / 100)` in units of 2⁻³², at least one of them.
fn weight(number: u64, hundredths: u64) -> u64 {
    let exponent = u128::from(log2(number)) * u128::from(hundredths) / 100;
    let whole = u32::try_from(exponent >> BITS).unwrap_or(u32::MAX);
    let part = exponent as u64 & (ONE - 1);
    // 2^−part is 2^(1 − part) / 2.
    let power = if part == 0 { ONE } else { exp2(ONE - part) / 2 };
    power.checked_shr(whole).unwrap_or(0).max(1)
}

/// The binary logarithm of a whole number from 1, in units of 2⁻³²: one bit
/// of the fraction for each squaring.
fn log2(number: u64) -> u64 {
    let whole = number.max(1).ilog2();
    let mut rest = (u128::from(number.max(1)) << BITS) >> whole;
    let mut log = u64::from(whole) << BITS;
    for bit in (0..BITS).rev() {
        rest = (rest * rest) >> BITS;
        if rest >= u128::from(2 * ONE) {
            rest >>= 1;
            log |= 1 << bit;
        }
    }
    log
}

/// `2^fraction` for a fraction below 1, both in units of 2⁻³²: the root of
/// each bit that is set.
fn exp2(fraction: u64) -> u64 {
    let mut root = u128::from(2 * ONE);
    let mut power = u128::from(ONE);
    for bit in (0..BITS).rev() {
        root = (root << BITS).isqrt();
        if fraction >> bit & 1 == 1 {
            power = (power * root) >> BITS;
        }
    }
    power as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_powers_of_the_rank() {
        for hundredths in [0, 50, 73, 100, 150, 200] {
            for number in [1, 2, 3, 7, 10, 99, 200] {
                let exact = libm::pow(number as f64, -(hundredths as f64) / 100.0);
                let found = weight(number, hundredths) as f64 / ONE as f64;
                assert!(
                    (found - exact).abs() < 1e-7,
                    "{number}, {hundredths}: {found} instead of {exact}"
                );
            }
        }
    }

    #[test]
    fn shares_sum_to_one_and_are_what_is_drawn() {
        let users = Popularity::new(20, 100);
        let sum: f64 = (1..=20).map(|user| users.share(user)).sum();
        assert!((sum - 1.0).abs() < 1e-9);
        let mut stream = Stream::new(1, sim::Purpose::Workload, 0);
        let first = (0..10_000).filter(|_| users.draw(&mut stream) == 1).count();
        assert!((first as f64 / 1e4 - users.share(1)).abs() < 0.02);
    }
}
