//! The ordered event queue: a four-ary heap of plain entries.

use alloc::vec::Vec;

use crate::time::Time;

/// Events in the order (time, insertion). An entry's key packs both into one
/// word, so that a comparison is one instruction: 40 bits of microseconds
/// (12 days) over 24 bits of insertion number. Where the numbers run out, the
/// entries that are left are numbered anew in their order.
///
/// The four-ary shape halves the depth of a binary heap and keeps the
/// children of an entry side by side.
pub struct Queue<E> {
    /// The heap, and behind it entries with the key [`NONE`], so that no entry
    /// has a child without three siblings.
    entries: Vec<Entry<E>>,
    count: usize,
    inserted: u64,
    overflowed: bool,
}

#[derive(Clone, Copy)]
struct Entry<E> {
    key: u64,
    event: E,
}

/// Comes after every event's key.
const NONE: u64 = u64::MAX;
const SEQUENCE_BITS: u32 = 24;
const WIDTH: usize = 4;

impl<E: Copy> Queue<E> {
    /// The latest instant that an event can be queued for.
    pub const LAST: Time = Time::from_us((1 << (64 - SEQUENCE_BITS)) - 1);
    /// How many events a queue holds at once.
    pub const CAPACITY: u64 = (1 << SEQUENCE_BITS) - 1;

    /// An empty queue.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
            count: 0,
            inserted: 0,
            overflowed: false,
        }
    }

    /// Queues `event` for `at`, after all that is queued for the same instant.
    /// Left out is what comes after [`Self::LAST`], where no run gets to, and
    /// what a full queue cannot hold ([`Self::has_overflowed`]).
    pub fn push(&mut self, at: Time, event: E) {
        if at > Self::LAST {
            return;
        }
        if self.inserted == Self::CAPACITY {
            self.number_anew();
            if self.inserted == Self::CAPACITY {
                self.overflowed = true;
                return;
            }
        }
        let key = (at.us() << SEQUENCE_BITS) | self.inserted;
        self.inserted += 1;
        self.rise(Entry { key, event });
    }

    /// Whether it was to hold more than [`Self::CAPACITY`] events: a run has
    /// to stop here.
    pub const fn has_overflowed(&self) -> bool {
        self.overflowed
    }

    /// Takes the next event, unless it is due after `end`.
    pub fn pop_by(&mut self, end: Time) -> Option<(Time, E)> {
        let &Entry { key, event } = self.entries.first()?;
        let at = Time::from_us(key >> SEQUENCE_BITS);
        if key == NONE || at > end {
            return None;
        }
        self.count -= 1;
        let last = self.entries[self.count];
        self.entries[self.count].key = NONE;
        if self.count > 0 {
            self.sink(last);
        }
        Some((at, event))
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.pop_by(Time::NEVER)
    }

    #[cold]
    fn grow(&mut self, event: E) {
        let more = if self.entries.is_empty() { 1 } else { WIDTH };
        let room = self.entries.len() + more;
        self.entries.resize(room, Entry { key: NONE, event });
    }

    #[cold]
    fn number_anew(&mut self) {
        // Entries in order are a heap, of whatever width.
        let entries = &mut self.entries[..self.count];
        entries.sort_unstable_by_key(|entry| entry.key);
        self.inserted = 0;
        for entry in entries {
            entry.key = (entry.key >> SEQUENCE_BITS << SEQUENCE_BITS) | self.inserted;
            self.inserted += 1;
        }
    }

    /// Puts `entry` at the end of the heap and moves it up to its place.
    fn rise(&mut self, entry: Entry<E>) {
        if self.count == self.entries.len() {
            self.grow(entry.event);
        }
        let mut at = self.count;
        self.count += 1;
        let entries = self.entries.as_mut_slice();
        while at > 0 {
            let parent = (at - 1) / WIDTH;
            if entries[parent].key <= entry.key {
                break;
            }
            entries[at] = entries[parent];
            at = parent;
        }
        entries[at] = entry;
    }

    /// Puts `entry` at the front of the heap and moves it down to its place.
    fn sink(&mut self, entry: Entry<E>) {
        let entries = self.entries.as_mut_slice();
        let mut at = 0;
        loop {
            let first = at * WIDTH + 1;
            let Some([a, b, c, d]) = entries.get(first..).and_then(<[_]>::first_chunk) else {
                break;
            };
            let (mut least, mut key) = (first, a.key);
            for (place, child) in [(1, b), (2, c), (3, d)] {
                if child.key < key {
                    (least, key) = (first + place, child.key);
                }
            }
            if key >= entry.key {
                break;
            }
            entries[at] = entries[least];
            at = least;
        }
        entries[at] = entry;
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
    fn an_event_after_the_last_instant_is_left_out() {
        let mut queue = Queue::new();
        queue.push(Time::NEVER, 0);
        assert_eq!(queue.pop(), None);
        queue.push(Queue::<u8>::LAST, 1);
        assert_eq!(queue.pop(), Some((Queue::<u8>::LAST, 1)));
    }
}
