//! Which partition a job falls into and who owns a partition: pure functions
//! of numbers that every participant computes alike.
//!
//! All scores come from one 64-bit mix, the finalizer of SplitMix64 (Steele,
//! Lea, Flood, OOPSLA 2014).

use alloc::vec::Vec;

use sim::Node;

/// How a partition finds its owner among the members.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hash {
    /// The member with the highest score for this partition (rendezvous or
    /// highest random weight hashing; Thaler & Ravishankar, 1998).
    Rendezvous,
    /// The member at the place hash mod W.
    Mod,
    /// The first of the members' points on a ring from the partition's own
    /// point on.
    Ring,
    /// Jump consistent hash over places 0 to W − 1 (Lamping & Veach,
    /// arXiv:1406.2294).
    Jump,
}

impl Hash {
    /// The hash at the place of its word.
    pub const fn at(place: i64) -> Self {
        match place {
            1 => Self::Mod,
            2 => Self::Ring,
            3 => Self::Jump,
            _ => Self::Rendezvous,
        }
    }
}

/// How many points each member has on the ring.
pub const POINTS: u64 = 128;

// Purposes of the mix, so that a worker and a partition of one number do not
// score alike.
const JOB: u64 = 4;
const PARTITION: u64 = 2;
const WORKER: u64 = 3;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

const fn score(purpose: u64, number: u64, salt: u64) -> u64 {
    mix(mix(number.wrapping_mul(GOLDEN).wrapping_add(purpose)) ^ mix(salt.wrapping_add(GOLDEN)))
}

/// The partition of a job, below `partitions`; 0 where there are none.
pub fn partition_of(job: u32, partitions: u16, salt: u64) -> u16 {
    let whole = u128::from(score(JOB, u64::from(job), salt));
    u16::try_from((whole * u128::from(partitions)) >> 64).unwrap_or(0)
}

/// Who owns each of `partitions` among `members`, which are in the order of
/// their numbers; nobody where there are none.
pub fn owners(hash: Hash, partitions: u16, members: &[Node], salt: u64) -> Vec<Option<Node>> {
    let ring = if hash == Hash::Ring {
        ring(members, salt)
    } else {
        Vec::new()
    };
    let key = |partition: u16| score(PARTITION, u64::from(partition), salt);
    let count = members.len() as u64;
    (0..partitions)
        .map(|partition| {
            let key = key(partition);
            match hash {
                _ if count == 0 => None,
                Hash::Rendezvous => members
                    .iter()
                    .copied()
                    .max_by_key(|member| (score(WORKER, u64::from(member.0), key), *member)),
                Hash::Mod => at(members, key % count),
                Hash::Jump => at(members, jump(key, count)),
                Hash::Ring => {
                    let place = ring.partition_point(|&(point, _)| point < key);
                    ring.get(place).or(ring.first()).map(|&(_, member)| member)
                }
            }
        })
        .collect()
}

fn at(members: &[Node], place: u64) -> Option<Node> {
    members.get(usize::try_from(place).ok()?).copied()
}

fn ring(members: &[Node], salt: u64) -> Vec<(u64, Node)> {
    let points = members.iter().flat_map(|&member| {
        let own = score(WORKER, u64::from(member.0), salt);
        (0..POINTS).map(move |point| (score(WORKER, point, own), member))
    });
    let mut ring: Vec<(u64, Node)> = points.collect();
    ring.sort_unstable();
    ring
}

/// Lamping & Veach's algorithm. Where they multiply by a floating quotient,
/// the same quotient is taken in whole numbers.
pub fn jump(mut key: u64, buckets: u64) -> u64 {
    let (mut bucket, mut next) = (0, 0);
    while next < buckets {
        bucket = next;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        next = (bucket + 1).saturating_mul(1 << 31) / ((key >> 33) + 1);
    }
    bucket
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASHES: [Hash; 4] = [Hash::Rendezvous, Hash::Mod, Hash::Ring, Hash::Jump];

    fn members(range: core::ops::RangeInclusive<u16>) -> Vec<Node> {
        range.map(Node).collect()
    }

    /// The share of partitions that change owners, over many drawings.
    fn moved(hash: Hash, before: &[Node], after: &[Node]) -> f64 {
        let (mut moved, mut all) = (0_u32, 0_u32);
        for salt in 0..400 {
            let old = owners(hash, 64, before, salt);
            let new = owners(hash, 64, after, salt);
            moved += old.iter().zip(&new).filter(|(a, b)| a != b).count() as u32;
            all += 64;
        }
        f64::from(moved) / f64::from(all)
    }

    #[test]
    fn only_mod_moves_much_when_a_worker_joins() {
        let (old, new) = (members(1..=8), members(1..=9));
        for hash in [Hash::Rendezvous, Hash::Ring, Hash::Jump] {
            let share = moved(hash, &old, &new);
            assert!((share - 1.0 / 9.0).abs() < 0.01, "{hash:?}: {share}");
        }
        let share = moved(Hash::Mod, &old, &new);
        assert!((share - 8.0 / 9.0).abs() < 0.01, "{share}");
    }

    #[test]
    fn a_death_in_the_middle_renumbers_the_buckets_of_jump_and_mod() {
        let old = members(1..=8);
        let new: Vec<Node> = members(2..=8);
        for hash in [Hash::Rendezvous, Hash::Ring] {
            let share = moved(hash, &old, &new);
            assert!((share - 1.0 / 8.0).abs() < 0.02, "{hash:?}: {share}");
        }
        let share = moved(Hash::Jump, &old, &new);
        assert!((share - (1.0 - 1.0 / 56.0)).abs() < 0.01, "{share}");
        // The last in the row leaves no gap.
        let share = moved(Hash::Jump, &old, &members(1..=7));
        assert!((share - 1.0 / 8.0).abs() < 0.01, "{share}");
    }

    #[test]
    fn a_death_moves_only_the_dead_ones_partitions() {
        let old = members(1..=8);
        let new: Vec<Node> = old.iter().copied().filter(|it| *it != Node(3)).collect();
        for hash in [Hash::Rendezvous, Hash::Ring] {
            for salt in 0..50 {
                let before = owners(hash, 64, &old, salt);
                let after = owners(hash, 64, &new, salt);
                for (old, new) in before.iter().zip(&after) {
                    assert!(*old == Some(Node(3)) || old == new);
                }
            }
        }
    }

    #[test]
    fn jump_is_lamping_and_veachs() {
        // Their definition over exact quotients: bucket b changes to j where
        // the next draw falls below (b + 1) / (j + 1).
        for key in 0..2_000 {
            let mut last = 0;
            for buckets in 1..40 {
                let bucket = jump(mix(key), buckets);
                assert!(bucket < buckets);
                assert!(bucket == last || bucket == buckets - 1);
                last = bucket;
            }
        }
    }

    #[test]
    fn every_member_gets_its_share_and_nobody_is_made_up() {
        for hash in HASHES {
            assert!(owners(hash, 8, &[], 1).iter().all(Option::is_none));
            let all = members(1..=4);
            let mut counts = [0_u32; 5];
            for salt in 0..500 {
                for owner in owners(hash, 16, &all, salt).into_iter().flatten() {
                    counts[owner.index()] += 1;
                }
            }
            assert_eq!(counts[0], 0);
            for count in &counts[1..] {
                assert!((1_700..2_300).contains(count), "{hash:?}: {counts:?}");
            }
        }
    }

    #[test]
    fn jobs_fall_into_partitions_evenly() {
        let mut counts = [0_u32; 8];
        for job in 1..=8_000 {
            counts[usize::from(partition_of(job, 8, 3))] += 1;
        }
        assert!(
            counts.iter().all(|count| (900..1_100).contains(count)),
            "{counts:?}"
        );
        assert_eq!(partition_of(7, 1, 3), 0);
    }
}
