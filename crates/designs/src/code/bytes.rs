//! What a packed code is written in: numbers as short as they are, texts with
//! their length before them, and base64url without padding (RFC 4648, 5)
//! around it all.

use alloc::string::String;
use alloc::vec::Vec;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Bytes as digits of base64url.
pub(super) fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(digits_of(bytes.len()));
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..=three.len() {
            let digit = bits >> (18 - 6 * place) & 63;
            text.push(char::from(DIGITS[digit as usize]));
        }
    }
    text
}

/// How many digits so many bytes have.
pub(super) const fn digits_of(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// The bytes of digits; bits that make no whole byte are left out. The place
/// of what is no digit is the error.
pub(super) fn undigit(text: &str) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0);
    for (place, digit) in text.bytes().enumerate() {
        let value = DIGITS.iter().position(|&known| known == digit);
        bits = bits << 6 | value.ok_or(place)? as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    Ok(bytes)
}

/// Appends to bytes.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    pub(super) fn count(&mut self, mut count: u64) {
        while count > 127 {
            self.byte(count as u8 | 128);
            count >>= 7;
        }
        self.byte(count as u8);
    }

    /// A number within ±2⁵⁹, in which zeros at the end cost nothing: 5 s are a
    /// byte. From the lowest bit: its sign, how many zeros were taken off, the
    /// rest.
    pub(super) fn number(&mut self, number: i64) {
        let (mut size, mut zeros) = (number.unsigned_abs(), 0);
        while zeros < 7 && size > 0 && size.is_multiple_of(10) {
            size /= 10;
            zeros += 1;
        }
        self.count(size << 4 | zeros << 1 | u64::from(number < 0));
    }

    pub(super) fn stable(&mut self, number: u16) {
        self.0.extend(number.to_le_bytes());
    }

    /// Bytes with their length before them.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len() as u64);
        self.0.extend(bytes);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }
}

/// Why bytes cannot be read on.
pub(super) struct Misread {
    /// The byte at which it was seen.
    pub(super) at: usize,
    /// What is wrong there.
    pub(super) what: &'static str,
}

/// Reads what [`Writer`] wrote.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next byte's place.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    pub(super) const fn stopped(&self, what: &'static str) -> Misread {
        Misread { at: self.at, what }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Misread> {
        let taken = self.rest().get(..count);
        let taken = taken.ok_or(self.stopped("something is missing"))?;
        self.at += count;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Misread> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn count(&mut self) -> Result<u64, Misread> {
        let mut count = 0;
        for place in 0..10 {
            let byte = self.byte()?;
            let bits = u64::from(byte & 127);
            if place == 9 && bits > 1 {
                break;
            }
            count |= bits << (7 * place);
            if byte < 128 {
                return Ok(count);
            }
        }
        Err(self.stopped("a number is too great"))
    }

    /// A count of things that are about to be read, at most `most`.
    pub(super) fn few(&mut self, most: usize) -> Result<usize, Misread> {
        let count = usize::try_from(self.count()?).ok();
        count
            .filter(|&count| count <= most)
            .ok_or(self.stopped("there is more of something than a code has"))
    }

    pub(super) fn number(&mut self) -> Result<i64, Misread> {
        let count = self.count()?;
        let zeros = (count >> 1 & 7) as u32;
        let size = i64::try_from(count >> 4).ok();
        let size = size
            .and_then(|size| size.checked_mul(10_i64.pow(zeros)))
            .ok_or(self.stopped("a number is too great"))?;
        Ok(if count & 1 == 1 { -size } else { size })
    }

    pub(super) fn stable(&mut self) -> Result<u16, Misread> {
        let bytes = self.take(2)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    /// A text of at most `most` bytes.
    pub(super) fn text(&mut self, most: usize) -> Result<&'a str, Misread> {
        let length = self.few(most)?;
        let bytes = self.take(length)?;
        core::str::from_utf8(bytes).map_err(|_| self.stopped("a text is none"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_digits_are_the_standards() {
        // RFC 4648, section 10, without padding, and the two digits of the
        // URL's alphabet.
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg"),
            (b"fo", "Zm8"),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg"),
            (b"\xfb\xff\xbf", "-_-_"),
        ] {
            assert_eq!(digits(bytes), text);
            assert_eq!(undigit(text).as_deref(), Ok(bytes));
        }
        assert_eq!(undigit("Zm9*"), Err(3));
    }

    #[test]
    fn numbers_come_back_and_round_ones_are_short() {
        let mut numbers = alloc::vec![0, 1, -1, 7, 10, 5_000_000, -3_600_000_000];
        numbers.extend([(1 << 59) - 1, 1 - (1 << 59), 100_000_000, 999_999_937]);
        for number in numbers {
            let mut writer = Writer::default();
            writer.number(number);
            let mut reader = Reader::new(&writer.0);
            assert_eq!(reader.number().ok(), Some(number));
            assert!(reader.rest().is_empty());
        }
        let mut second = Writer::default();
        second.number(5_000_000);
        assert_eq!(second.0.len(), 1);
    }

    #[test]
    fn counts_of_any_size_come_back_and_greater_ones_are_refused() {
        for count in [0, 127, 128, u64::from(u32::MAX), u64::MAX] {
            let mut writer = Writer::default();
            writer.count(count);
            assert_eq!(Reader::new(&writer.0).count().ok(), Some(count));
        }
        assert!(Reader::new(&[255; 20]).count().is_err());
        assert!(
            Reader::new(&[255, 255, 255, 255, 255, 255, 255, 255, 255, 2])
                .count()
                .is_err()
        );
        assert!(Reader::new(&[200]).text(100).is_err());
        assert!(Reader::new(&[5, b'a']).text(100).is_err());
    }
}
