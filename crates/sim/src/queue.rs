//! The ordered event queue: a short sorted list before a four-ary heap.

use alloc::vec::Vec;

use crate::time::Time;

/// Events in the order (time, insertion). An entry's key packs both into one
/// word, so that a comparison is one instruction: 40 bits of microseconds
/// (12 days) over 24 bits of insertion number. Where the numbers run out, the
/// entries that are left are numbered anew in their order.
///
/// Most events are due soon, behind a few others: these are put in their
/// place in a sorted list, which is cheaper than a heap while it is short.
/// What would come behind more than [`REACH`] of the list goes to the heap, so
/// a push never takes longer than a heap's. Its four-ary shape halves the
/// depth of a binary heap and keeps the children of an entry side by side.
pub struct Queue<E> {
    /// Entries from the latest to the next one.
    near: Vec<Entry<E>>,
    /// The heap, and behind it entries with the key [`NONE`], so that no entry
    /// has a child without three siblings.
    far: Vec<Entry<E>>,
    /// How many entries the heap has.
    count: usize,
    /// The key of the heap's first entry; [`NONE`] where it has none.
    first_far: u64,
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
/// How many entries of the list a new one may come behind.
const REACH: usize = 16;
/// The most entries of the list.
const ROOM: usize = 64;

impl<E: Copy> Queue<E> {
    /// The latest instant that an event can be queued for.
    pub const LAST: Time = Time::from_us((1 << (64 - SEQUENCE_BITS)) - 1);
    /// How many events a queue holds at once.
    pub const CAPACITY: u64 = (1 << SEQUENCE_BITS) - 1;

    /// An empty queue.
    pub const fn new() -> Self {
        Self {
            near: Vec::new(),
            far: Vec::new(),
            count: 0,
            first_far: NONE,
            inserted: 0,
            overflowed: false,
        }
    }

    /// Queues `event` for `at`, after all that is queued for the same instant.
    /// Left out is what comes after [`Self::LAST`], where no run gets to, and
    /// what a full queue cannot hold ([`Self::has_overflowed`]).
    pub fn push(&mut self, at: Time, event: E) {
        let crammed = self.near.len() == self.near.capacity();
        if at > Self::LAST || self.inserted == Self::CAPACITY || crammed {
            return self.push_with_care(at, event);
        }
        let key = (at.us() << SEQUENCE_BITS) | self.inserted;
        self.inserted += 1;
        let behind = self.near.len().checked_sub(REACH);
        if behind.is_some_and(|place| self.near[place].key < key) {
            return self.rise(Entry { key, event });
        }
        let mut place = self.near.len();
        self.near.push(Entry { key, event });
        let near = self.near.as_mut_slice();
        while place > 0 && near[place - 1].key < key {
            near[place] = near[place - 1];
            place -= 1;
        }
        near[place] = Entry { key, event };
    }

    /// Queues `event` where something may have to be made ready first. Apart
    /// from [`Self::push`], which then needs no stack.
    #[cold]
    fn push_with_care(&mut self, at: Time, event: E) {
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
        if self.near.len() == self.near.capacity() {
            self.make_room();
        }
        self.push(at, event);
    }

    /// Moves the later half of a full list to the heap.
    fn make_room(&mut self) {
        self.near.reserve_exact(ROOM - self.near.len());
        for place in 0..self.near.len() / 2 {
            self.rise(self.near[place]);
        }
        self.near.drain(..self.near.len() / 2);
    }

    /// Whether it was to hold more than [`Self::CAPACITY`] events: a run has
    /// to stop here.
    pub const fn has_overflowed(&self) -> bool {
        self.overflowed
    }

    /// Takes the next event, unless it is due after `end`.
    pub fn pop_by(&mut self, end: Time) -> Option<(Time, E)> {
        match self.near.last() {
            Some(&Entry { key, event }) if key < self.first_far => {
                let at = Time::from_us(key >> SEQUENCE_BITS);
                if at > end {
                    return None;
                }
                self.near.pop();
                Some((at, event))
            }
            _ => self.pop_far(end),
        }
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.pop_by(Time::NEVER)
    }

    /// Takes the first event of the heap, unless it is due after `end`.
    fn pop_far(&mut self, end: Time) -> Option<(Time, E)> {
        let at = Time::from_us(self.first_far >> SEQUENCE_BITS);
        if self.count == 0 || at > end {
            return None;
        }
        let Entry { event, .. } = self.far[0];
        self.count -= 1;
        let last = self.far[self.count];
        self.far[self.count].key = NONE;
        if self.count > 0 {
            self.sink(last);
        }
        self.first_far = self.far[0].key;
        Some((at, event))
    }

    #[cold]
    fn grow(&mut self, event: E) {
        let more = if self.far.is_empty() { 1 } else { WIDTH };
        let room = self.far.len() + more;
        self.far.resize(room, Entry { key: NONE, event });
    }

    #[cold]
    fn number_anew(&mut self) {
        while let Some(entry) = self.near.pop() {
            self.rise(entry);
        }
        // Entries in order are a heap, of whatever width.
        let entries = &mut self.far[..self.count];
        entries.sort_unstable_by_key(|entry| entry.key);
        self.inserted = 0;
        for entry in entries {
            entry.key = (entry.key >> SEQUENCE_BITS << SEQUENCE_BITS) | self.inserted;
            self.inserted += 1;
        }
        self.first_far = self.far.first().map_or(NONE, |entry| entry.key);
    }

    /// Puts `entry` at the end of the heap and moves it up to its place.
    #[inline(never)]
    fn rise(&mut self, entry: Entry<E>) {
        if self.count == self.far.len() {
            self.grow(entry.event);
        }
        let mut at = self.count;
        self.count += 1;
        let entries = self.far.as_mut_slice();
        while at > 0 {
            let parent = (at - 1) / WIDTH;
            if entries[parent].key <= entry.key {
                break;
            }
            entries[at] = entries[parent];
            at = parent;
        }
        entries[at] = entry;
        self.first_far = self.far[0].key;
    }

    /// Puts `entry` at the front of the heap and moves it down to its place.
    fn sink(&mut self, entry: Entry<E>) {
        let entries = self.far.as_mut_slice();
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
    fn a_long_run_of_ever_earlier_events_leaves_in_order() {
        let mut queue = Queue::new();
        for us in (0..1_000).rev() {
            queue.push(Time::from_us(us), us);
        }
        assert!(queue.near.len() <= ROOM, "the rest is in the heap");
        for us in 0..1_000 {
            assert_eq!(queue.pop(), Some((Time::from_us(us), us)));
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
