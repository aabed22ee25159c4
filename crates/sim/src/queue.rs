//! The ordered event queue: a radix heap.

use alloc::vec::Vec;

use crate::time::Time;

/// Events in the order (time, insertion). An entry's key packs both into one
/// word: 40 bits of microseconds (12 days) over 24 bits of insertion number.
/// Where the numbers run out, the entries that are left are numbered anew in
/// their order.
///
/// Time never goes back, so a radix heap does (Ahuja, Mehlhorn, Orlin, Tarjan:
/// "Faster algorithms for the shortest path problem", JACM 1990): an entry
/// lies in the bucket of the highest bit in which its key differs from the
/// last one taken. The lowest bucket in use holds the next entry; taking it
/// spreads the others over buckets below. That is fewer instructions than a
/// heap of comparisons, and buckets that are lists through one vector
/// allocate nothing once it has grown.
pub struct Queue<E> {
    entries: Vec<Entry<E>>,
    /// The first entry of each bucket.
    buckets: [u32; BUCKETS],
    /// A bit for each bucket in use.
    used: u64,
    /// The first entry that is free.
    free: u32,
    /// The key that was taken last; no key is below it.
    last: u64,
    count: u64,
    inserted: u64,
    overflowed: bool,
}

#[derive(Clone, Copy)]
struct Entry<E> {
    key: u64,
    event: E,
    /// The next entry of the bucket, or of the free ones.
    next: u32,
}

const SEQUENCE_BITS: u32 = 24;
const BUCKETS: usize = u64::BITS as usize;

/// The end of a list: no entry has this index.
const END: u32 = u32::MAX;

impl<E: Copy> Queue<E> {
    /// The latest instant that an event can be queued for.
    pub const LAST: Time = Time::from_us((1 << (64 - SEQUENCE_BITS)) - 1);
    /// How many events a queue holds at once.
    pub const CAPACITY: u64 = 1 << SEQUENCE_BITS;

    /// An empty queue.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
            buckets: [END; BUCKETS],
            used: 0,
            free: END,
            last: 0,
            count: 0,
            inserted: 0,
            overflowed: false,
        }
    }

    /// Queues `event` for `at`, after all that is queued for the same instant;
    /// for the instant of the event taken last where `at` is before it. Left
    /// out is what comes after [`Self::LAST`], where no run gets to, and what
    /// a full queue cannot hold ([`Self::has_overflowed`]).
    pub fn push(&mut self, at: Time, event: E) {
        if at > Self::LAST {
            return;
        }
        if self.inserted == Self::CAPACITY {
            self.number_anew();
            if self.count == Self::CAPACITY {
                self.overflowed = true;
                return;
            }
        }
        let us = at.us().max(self.last >> SEQUENCE_BITS);
        let key = (us << SEQUENCE_BITS) | self.inserted;
        self.inserted += 1;
        self.count += 1;
        let bucket = Self::bucket(key, self.last);
        self.used |= 1 << bucket;
        let first = &mut self.buckets[bucket as usize];
        let next = *first;
        let entry = Entry { key, event, next };
        *first = self.free;
        if let Some(free) = self.entries.get_mut(self.free as usize) {
            self.free = free.next;
            *free = entry;
        } else {
            *first = self.entries.len() as u32;
            self.entries.push(entry);
        }
    }

    /// Whether it was to hold more than [`Self::CAPACITY`] events: a run has
    /// to stop here.
    pub const fn has_overflowed(&self) -> bool {
        self.overflowed
    }

    /// Takes the next event, unless it is due after `end`.
    pub fn pop_by(&mut self, end: Time) -> Option<(Time, E)> {
        // No bucket is used where this is out of range.
        let bucket = self.used.trailing_zeros() as usize;
        let first = *self.buckets.get(bucket)?;
        let least = self.least(first);
        let Entry { key, event, next } = self.entries[least as usize];
        let at = Time::from_us(key >> SEQUENCE_BITS);
        if at > end {
            return None;
        }
        self.buckets[bucket] = END;
        self.used &= self.used - 1;
        self.last = key;
        self.count -= 1;
        if first != least || next != END {
            self.spread(first, least);
        }
        self.entries[least as usize].next = self.free;
        self.free = least;
        Some((at, event))
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.pop_by(Time::NEVER)
    }

    /// The highest bit in which `key` differs from `last`.
    const fn bucket(key: u64, last: u64) -> u32 {
        ((key ^ last) | 1).ilog2()
    }

    /// Puts the entry at `place` into the bucket that `key` belongs to, and
    /// returns the one that was first there.
    fn lead(&mut self, place: u32, key: u64) -> u32 {
        let bucket = Self::bucket(key, self.last);
        self.used |= 1 << bucket;
        core::mem::replace(&mut self.buckets[bucket as usize], place)
    }

    /// The entry with the least key in the list from `first`.
    fn least(&self, first: u32) -> u32 {
        let (mut least, mut least_key) = (first, u64::MAX);
        let mut place = first;
        while let Some(entry) = self.entries.get(place as usize) {
            if entry.key < least_key {
                (least, least_key) = (place, entry.key);
            }
            place = entry.next;
        }
        least
    }

    /// Puts all entries of the list from `first` into their buckets, but the
    /// one that has been `taken`.
    fn spread(&mut self, first: u32, taken: u32) {
        let mut place = first;
        while let Some(&Entry { key, next, .. }) = self.entries.get(place as usize) {
            if place != taken {
                let first = self.lead(place, key);
                self.entries[place as usize].next = first;
            }
            place = next;
        }
    }

    #[cold]
    fn number_anew(&mut self) {
        let mut places = Vec::new();
        for first in core::mem::replace(&mut self.buckets, [END; BUCKETS]) {
            let mut place = first;
            while let Some(entry) = self.entries.get(place as usize) {
                places.push(place);
                place = entry.next;
            }
        }
        places.sort_unstable_by_key(|&place| self.entries[place as usize].key);
        self.used = 0;
        self.last = self.last >> SEQUENCE_BITS << SEQUENCE_BITS;
        self.inserted = 0;
        for place in places {
            let key = self.entries[place as usize].key;
            let key = (key >> SEQUENCE_BITS << SEQUENCE_BITS) | self.inserted;
            self.inserted += 1;
            let next = self.lead(place, key);
            let entry = &mut self.entries[place as usize];
            (entry.key, entry.next) = (key, next);
        }
    }
}

impl<E: Copy> Default for Queue<E> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};
    use alloc::collections::BTreeSet;

    #[test]
    fn events_leave_in_order_of_time_and_then_of_insertion() {
        let mut queue = Queue::new();
        let mut model = BTreeSet::new();
        let mut stream = Stream::new(1, Purpose::Workload, 0);
        let mut now = 0;
        for number in 0..20_000_u32 {
            let widest = stream.below(28);
            let ahead = stream.below(1 << widest);
            queue.push(Time::from_us(now + ahead), number);
            model.insert((now + ahead, number));
            while stream.chance(500) {
                let next = model.pop_first();
                let expected = next.map(|(at, number)| (Time::from_us(at), number));
                assert_eq!(queue.pop(), expected);
                now = next.map_or(now, |(at, _)| at);
            }
        }
        while let Some((at, number)) = model.pop_first() {
            assert_eq!(queue.pop(), Some((Time::from_us(at), number)));
        }
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn order_is_kept_when_the_insertion_numbers_run_out() {
        let mut queue = Queue::new();
        let mut expected = 0;
        for number in 0..=Queue::<u64>::CAPACITY {
            // Four wait at any time, two of them for the same instant.
            queue.push(Time::from_us(number / 2), number);
            if number >= 4 {
                assert_eq!(queue.pop(), Some((Time::from_us(expected / 2), expected)));
                expected += 1;
            }
        }
        assert!(queue.inserted < 8, "numbered anew");
        while let Some((_, number)) = queue.pop() {
            assert_eq!(number, expected);
            expected += 1;
        }
        assert_eq!(expected, Queue::<u64>::CAPACITY + 1);
    }

    #[test]
    fn what_is_due_later_stays() {
        let mut queue = Queue::new();
        queue.push(Time::from_us(7), 1);
        queue.push(Time::from_us(9), 2);
        assert_eq!(queue.pop_by(Time::from_us(6)), None);
        // It has not been taken, so earlier ones may still come.
        queue.push(Time::from_us(3), 3);
        assert_eq!(queue.pop_by(Time::from_us(7)), Some((Time::from_us(3), 3)));
        assert_eq!(queue.pop_by(Time::from_us(7)), Some((Time::from_us(7), 1)));
        assert_eq!(queue.pop_by(Time::from_us(8)), None);
    }

    #[test]
    fn an_event_for_the_past_comes_now() {
        let mut queue = Queue::new();
        queue.push(Time::from_us(7), 1);
        queue.pop();
        queue.push(Time::from_us(3), 2);
        assert_eq!(queue.pop(), Some((Time::from_us(7), 2)));
    }

    #[test]
    fn an_event_after_the_last_instant_is_left_out() {
        let mut queue = Queue::new();
        queue.push(Time::NEVER, 0);
        assert_eq!(queue.pop(), None);
        queue.push(Queue::<u8>::LAST, 1);
        assert_eq!(queue.pop(), Some((Queue::<u8>::LAST, 1)));
    }
}
