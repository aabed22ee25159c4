//! Samples of bell-shaped, lognormal and exponential quantities, in whole
//! numbers only: the transcendental functions of two platforms differ in their
//! last bits, and a trace may not.
//!
//! A draw picks a tail probability `t` and looks up what is exceeded with that
//! probability. Tails are tabulated by octaves, `t` from 2⁻¹ down to 2⁻²⁰ with
//! 16 knots to an octave, so that the rare ends are as fine as the middle;
//! between two knots the curve is taken as straight. The tests compute every
//! table anew from its definition.

use crate::random::Stream;
use crate::time::Span;

/// Bits after the point of a standard normal quantile.
const NORMAL_BITS: u32 = 16;
/// Knots to an octave of tail probability.
const KNOTS: usize = 16;
/// Octaves below one half.
const OCTAVES: usize = 19;

/// What a standard normal variable exceeds with probability
/// `2^−(i / 16 + 1) · (1 − (i mod 16) / 32)`, in units of 2⁻¹⁶.
#[rustfmt::skip]
const NORMAL: [u32; OCTAVES * KNOTS + 1] = [
    0, 2_567, 5_139, 7_718, 10_310, 12_917, 15_545, 18_199, 20_882, 23_601,
    26_362, 29_170, 32_032, 34_958, 37_954, 41_032, 44_203, 45_828, 47_482, 49_166,
    50_884, 52_637, 54_428, 56_262, 58_140, 60_067, 62_048, 64_087, 66_191, 68_364,
    70_616, 72_954, 75_389, 76_647, 77_933, 79_250, 80_600, 81_985, 83_408, 84_871,
    86_377, 87_931, 89_536, 91_196, 92_917, 94_704, 96_565, 98_507, 100_540, 101_594,
    102_675, 103_784, 104_924, 106_096, 107_304, 108_549, 109_834, 111_164, 112_540, 113_968,
    115_453, 116_999, 118_613, 120_303, 122_076, 122_997, 123_944, 124_916, 125_918, 126_949,
    128_013, 129_112, 130_248, 131_425, 132_646, 133_914, 135_235, 136_614, 138_055, 139_567,
    141_156, 141_983, 142_834, 143_709, 144_610, 145_540, 146_500, 147_492, 148_519, 149_585,
    150_691, 151_842, 153_042, 154_295, 155_608, 156_986, 158_437, 159_193, 159_970, 160_771,
    161_597, 162_449, 163_329, 164_240, 165_184, 166_163, 167_181, 168_241, 169_346, 170_502,
    171_714, 172_988, 174_330, 175_030, 175_750, 176_492, 177_257, 178_048, 178_865, 179_711,
    180_588, 181_498, 182_445, 183_432, 184_462, 185_540, 186_670, 187_859, 189_113, 189_767,
    190_440, 191_135, 191_851, 192_591, 193_356, 194_149, 194_971, 195_825, 196_714, 197_640,
    198_608, 199_620, 200_683, 201_802, 202_983, 203_599, 204_233, 204_887, 205_563, 206_260,
    206_982, 207_731, 208_507, 209_313, 210_153, 211_028, 211_943, 212_901, 213_907, 214_967,
    216_085, 216_669, 217_270, 217_890, 218_531, 219_193, 219_878, 220_588, 221_325, 222_091,
    222_888, 223_720, 224_590, 225_501, 226_458, 227_466, 228_531, 229_087, 229_660, 230_250,
    230_861, 231_492, 232_145, 232_822, 233_525, 234_256, 235_017, 235_811, 236_642, 237_512,
    238_426, 239_390, 240_408, 240_939, 241_487, 242_052, 242_636, 243_240, 243_865, 244_514,
    245_187, 245_887, 246_616, 247_377, 248_173, 249_007, 249_884, 250_808, 251_785, 252_295,
    252_821, 253_363, 253_924, 254_504, 255_104, 255_727, 256_374, 257_046, 257_747, 258_479,
    259_244, 260_047, 260_890, 261_779, 262_719, 263_210, 263_716, 264_239, 264_779, 265_337,
    265_915, 266_515, 267_138, 267_786, 268_462, 269_167, 269_905, 270_679, 271_492, 272_350,
    273_257, 273_731, 274_219, 274_724, 275_245, 275_784, 276_343, 276_922, 277_524, 278_150,
    278_803, 279_484, 280_197, 280_945, 281_732, 282_561, 283_438, 283_896, 284_369, 284_857,
    285_361, 285_883, 286_423, 286_984, 287_567, 288_173, 288_805, 289_465, 290_155, 290_880,
    291_642, 292_445, 293_295, 293_739, 294_197, 294_670, 295_159, 295_665, 296_189, 296_733,
    297_298, 297_886, 298_499, 299_139, 299_809, 300_512, 301_252, 302_032, 302_857, 303_288,
    303_733, 304_192, 304_667, 305_159, 305_668, 306_196, 306_745, 307_316, 307_912, 308_534,
    309_185, 309_869, 310_587, 311_346, 312_148,
];

/// `2^(2^−(i + 1))` in units of 2⁻³²: factors for each bit of a fraction.
const ROOTS_OF_TWO: [u64; 16] = [
    0x1_6a09_e668,
    0x1_306f_e0a3,
    0x1_172b_83c8,
    0x1_0b55_86d0,
    0x1_059b_0d31,
    0x1_02c9_a3e7,
    0x1_0163_daa0,
    0x1_00b1_afa6,
    0x1_0058_c86e,
    0x1_002c_605e,
    0x1_0016_2f39,
    0x1_000b_175f,
    0x1_0005_8ba0,
    0x1_0002_c5cc,
    0x1_0001_62e5,
    0x1_0000_b172,
];

/// `ln(1 + i / 32)` in units of 2⁻³².
const LOGARITHMS: [u64; 33] = [
    0,
    132_163_268,
    260_380_768,
    384_881_291,
    505_874_286,
    623_551_984,
    738_091_233,
    849_655_098,
    958_394_255,
    1_064_448_219,
    1_167_946_415,
    1_269_009_132,
    1_367_748_360,
    1_464_268_541,
    1_558_667_227,
    1_651_035_675,
    1_741_459_379,
    1_830_018_543,
    1_916_788_510,
    2_001_840_147,
    2_085_240_191,
    2_167_051_565,
    2_247_333_665,
    2_326_142_616,
    2_403_531_508,
    2_479_550_612,
    2_554_247_578,
    2_627_667_611,
    2_699_853_634,
    2_770_846_446,
    2_840_684_851,
    2_909_405_794,
    2_977_044_472,
];

/// `ln 2` in units of 2⁻³².
const LN_2: u64 = 2_977_044_472;
/// `log₂ e` in units of 2⁻³².
const LOG2_E: i64 = 6_196_328_019;

impl Stream {
    /// A standard normal variable in units of 2⁻¹⁶, within ±4.76, beyond
    /// which lie 2 in 2²⁰.
    pub fn normal(&mut self) -> i64 {
        let bits = self.bits();
        let size = i64::from(normal_quantile(bits << 1));
        if bits >> 63 == 0 { size } else { -size }
    }

    /// A span whose logarithm is normal: half of all are longer than `median`,
    /// and `sigma_percent` hundredths is the standard deviation of the natural
    /// logarithm. At most `longest`.
    pub fn lognormal(&mut self, median: Span, sigma_percent: u32, longest: Span) -> Span {
        let exponent = self.normal() * i64::from(sigma_percent) / 100;
        let us = times_exp(median.us(), exponent);
        Span::from_us(us.min(longest.us()))
    }

    /// A span that passes without memory, such as the gap between two
    /// arrivals: `mean` on average.
    pub fn exponential(&mut self, mean: Span) -> Span {
        let logarithm = u128::from(minus_ln(self.bits()));
        let us = (u128::from(mean.us()) * logarithm) >> 32;
        Span::from_us(u64::try_from(us).unwrap_or(u64::MAX))
    }
}

/// What is exceeded with probability `word / 2⁶⁵` (a half at the most).
fn normal_quantile(word: u64) -> u32 {
    // The octave is the number of leading zeros; what follows the first one
    // is the place in it, from its far end (0) to its near end (1).
    let octave = word.leading_zeros() as usize;
    if octave >= OCTAVES {
        return NORMAL[OCTAVES * KNOTS];
    }
    let place = word << octave << 1;
    // Knots go outwards, the place goes inwards.
    let outwards = u64::MAX - place;
    let knot = octave * KNOTS + (outwards >> 60) as usize;
    let part = (outwards >> 28) & u64::from(u32::MAX);
    let (near, far) = (u64::from(NORMAL[knot]), u64::from(NORMAL[knot + 1]));
    (near + (((far - near) * part) >> 32)) as u32
}

/// `value · e^exponent`, the exponent in units of 2⁻¹⁶.
fn times_exp(value: u64, exponent: i64) -> u64 {
    // e^x = 2^(x · log₂ e): a shift by the whole part, and a factor for each
    // bit of the fraction.
    let power = (i128::from(exponent) * i128::from(LOG2_E)) >> NORMAL_BITS;
    let (whole, fraction) = (power >> 32, (power & 0xFFFF_FFFF) as u64);
    let mut product = u128::from(value) << 32;
    for (bit, &root) in (0..).zip(&ROOTS_OF_TWO) {
        if fraction >> (31 - bit) & 1 == 1 {
            product = (product >> 32) * u128::from(root)
                + (((product & 0xFFFF_FFFF) * u128::from(root)) >> 32);
        }
    }
    let by = u32::try_from(whole.unsigned_abs()).unwrap_or(u32::MAX);
    let shifted = if whole < 0 {
        product.checked_shr(by).unwrap_or(0)
    } else if by < product.leading_zeros() {
        product << by
    } else {
        u128::MAX
    };
    u64::try_from(shifted >> 32).unwrap_or(u64::MAX)
}

/// `−ln(t)` in units of 2⁻³² for the probability `t = (word + 1) / 2⁶⁴`.
fn minus_ln(word: u64) -> u64 {
    let Some(t) = word.checked_add(1) else {
        return 0;
    };
    let octave = t.leading_zeros() + 1;
    let place = t << (octave - 1) << 1;
    let knot = (place >> 59) as usize;
    let part = (place >> 27) & u64::from(u32::MAX);
    let (low, high) = (LOGARITHMS[knot], LOGARITHMS[knot + 1]);
    let above = low + (((high - low) * part) >> 32);
    (u64::from(octave) * LN_2).saturating_sub(above)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::random::Purpose;

    /// The chance that a standard normal variable exceeds `z`, from its power
    /// series near the middle and its continued fraction beyond.
    fn tail(z: f64) -> f64 {
        let density = (-z * z / 2.0).exp() / (2.0 * core::f64::consts::PI).sqrt();
        if z < 3.0 {
            let (mut term, mut sum, mut k) = (z, z, 1.0);
            while term > 1e-18 {
                k += 2.0;
                term *= z * z / k;
                sum += term;
            }
            return 0.5 - density * sum;
        }
        let fraction = (1..200)
            .rev()
            .fold(0.0, |rest, k| f64::from(k) / (z + rest));
        density / (z + fraction)
    }

    fn quantile(t: f64) -> f64 {
        let (mut low, mut high) = (0.0, 6.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if tail(middle) > t {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    #[test]
    fn every_table_follows_from_its_definition() {
        for (place, &knot) in NORMAL.iter().enumerate() {
            let (octave, step) = ((place / KNOTS) as i32, (place % KNOTS) as f64);
            let t = 0.5_f64.powi(octave + 1) * (1.0 - step / 32.0);
            let exact = quantile(t) * 65_536.0;
            assert!((exact - f64::from(knot)).abs() <= 0.51, "{place}: {exact}");
        }
        for (place, &root) in (1..).zip(&ROOTS_OF_TWO) {
            let exact = 2_f64.powf(0.5_f64.powi(place)) * 2_f64.powi(32);
            assert!((exact - root as f64).abs() <= 0.51, "{place}");
        }
        for (place, &logarithm) in LOGARITHMS.iter().enumerate() {
            let exact = (1.0 + place as f64 / 32.0).ln() * 2_f64.powi(32);
            assert!((exact - logarithm as f64).abs() <= 0.51, "{place}");
        }
        assert!((2_f64.ln() * 2_f64.powi(32) - LN_2 as f64).abs() <= 0.51);
        assert!((core::f64::consts::LOG2_E * 2_f64.powi(32) - LOG2_E as f64).abs() <= 0.51);
    }

    #[test]
    fn between_knots_a_quantile_is_off_by_less_than_a_thousandth() {
        for step in 1..4_000_u32 {
            // Probabilities from a half to 2⁻²⁰, evenly by ratio.
            let t = 0.5_f64.powf(1.0 + f64::from(step) * 19.0 / 4_000.0);
            let word = (t * 2.0 * 2_f64.powi(64)) as u64;
            let z = f64::from(normal_quantile(word)) / 65_536.0;
            assert!((z - quantile(t)).abs() < 1e-3, "{t}: {z}");
        }
        assert_eq!(normal_quantile(0), NORMAL[OCTAVES * KNOTS]);
        assert!(normal_quantile(u64::MAX) < 2);
    }

    #[test]
    fn powers_and_logarithms_are_close() {
        for step in -400_i32..400 {
            let x = f64::from(step) / 50.0;
            let found = times_exp(1_000_000_000, (x * 65_536.0) as i64) as f64;
            let exact = ((x * 65_536.0).trunc() / 65_536.0).exp() * 1e9;
            assert!((found - exact).abs() <= exact * 1e-4 + 1.0, "{x}: {found}");
        }
        assert_eq!(times_exp(u64::MAX, i64::MAX), u64::MAX);
        assert_eq!(times_exp(u64::MAX, i64::MIN), 0);
        for word in [0, 1, 1 << 20, 1 << 40, 3 << 60, u64::MAX - 1, u64::MAX] {
            let t = (word as f64 + 1.0) / 2_f64.powi(64);
            let found = minus_ln(word) as f64 / 2_f64.powi(32);
            assert!((found + t.ln()).abs() < 2e-4, "{word}: {found}");
        }
    }

    #[test]
    fn samples_have_the_moments_of_their_laws() {
        let mut stream = Stream::new(7, Purpose::Workload, 0);
        let (median, longest) = (Span::from_ms(400), Span::from_s(600));
        let (mut above, mut sum, mut squares, mut gaps) = (0_u32, 0.0, 0.0, 0.0);
        const COUNT: u32 = 200_000;
        for _ in 0..COUNT {
            let us = stream.lognormal(median, 80, longest).us() as f64 / 1e6;
            above += u32::from(us > 0.4);
            sum += us;
            squares += us * us;
            gaps += stream.exponential(Span::from_s(2)).us() as f64 / 1e6;
        }
        let count = f64::from(COUNT);
        let mean = sum / count;
        let relative_variance = squares / count / (mean * mean) - 1.0;
        assert!((f64::from(above) / count - 0.5).abs() < 0.005);
        assert!((mean - 0.4 * 0.32_f64.exp()).abs() < 0.005, "{mean}");
        let exact = 0.64_f64.exp() - 1.0;
        assert!(
            (relative_variance - exact).abs() < 0.06,
            "{relative_variance}"
        );
        assert!((gaps / count - 2.0).abs() < 0.02, "{}", gaps / count);
    }
}
