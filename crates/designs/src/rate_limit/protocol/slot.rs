//! Which shard has which key, as in a Redis cluster: CRC-16 of the key's hash
//! tag modulo 16,384 slots, which the shards share evenly
//! (redis/redis-doc `docs/reference/cluster-spec.md`, "Key distribution
//! model" and "Hash tags").

/// How many slots there are.
const SLOTS: usize = 16_384;

/// A user's key, or one of the parts that it is split into: `rl:{17}`, or
/// `rl:{17.2}`. Each part has a hash tag of its own, so that parts lie apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// Whose, counted from 1.
    pub user: u32,
    /// Which part, counted from 0.
    pub part: u16,
}

impl Key {
    /// Of the user's only key.
    pub const fn of(user: u32) -> Self {
        Self { user, part: 0 }
    }

    /// Which of so many shards has it.
    pub fn shard(self, shards: usize) -> usize {
        let mut crc = decimal(0, self.user);
        if self.part > 0 {
            crc = decimal(crc16(crc, b'.'), u32::from(self.part));
        }
        usize::from(crc) % SLOTS * shards / SLOTS
    }
}

/// Adds a number's decimal digits.
fn decimal(crc: u16, number: u32) -> u16 {
    let crc = if number >= 10 {
        decimal(crc, number / 10)
    } else {
        crc
    };
    crc16(crc, b'0' + (number % 10) as u8)
}

/// CRC-16 as XMODEM has it: polynomial 0x1021, from zero.
fn crc16(crc: u16, byte: u8) -> u16 {
    let mut crc = crc ^ (u16::from(byte) << 8);
    for _ in 0..8 {
        let carry = crc & 0x8000 != 0;
        crc <<= 1;
        if carry {
            crc ^= 0x1021;
        }
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_cluster_specification() {
        assert_eq!(decimal(0, 123_456_789), 0x31C3);
    }

    #[test]
    fn every_key_has_a_shard() {
        for shards in 1..=16 {
            for user in 1..=200 {
                for part in 0..8 {
                    assert!(Key { user, part }.shard(shards) < shards);
                }
            }
        }
    }
}
