//! The ordered event queue: a four-ary heap of plain entries.

use alloc::vec::Vec;

use crate::time::Time;

/// Events in the order (time, insertion). An entry's key packs both into one
/// word, so that a comparison is one instruction: 40 bits of microseconds
/// (12 days) over 24 bits of insertion number.
///
/// The four-ary shape halves the depth of a binary heap and keeps the
/// children of an entry side by side.
pub struct Queue<E> {
    entries: Vec<Entry<E>>,
    inserted: u64,
}

#[derive(Clone, Copy)]
struct Entry<E> {
    key: u64,
    event: E,
}

const SEQUENCE_BITS: u32 = 24;
const WIDTH: usize = 4;

impl<E: Copy> Queue<E> {
    /// The latest instant that an event can be queued for.
    pub const LAST: Time = Time::from_us((1 << (64 - SEQUENCE_BITS)) - 1);
    /// How many events a queue takes in its life.
    pub const CAPACITY: u64 = 1 << SEQUENCE_BITS;

    /// An empty queue.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
            inserted: 0,
        }
    }

    /// Queues `event` for `at`, after all that is queued for the same instant.
    /// An instant past [`Self::LAST`] and an event past [`Self::CAPACITY`] are
    /// never reached by a bounded run and are left out.
    pub fn push(&mut self, at: Time, event: E) {
        if at > Self::LAST || self.inserted == Self::CAPACITY {
            return;
        }
        let key = (at.us() << SEQUENCE_BITS) | self.inserted;
        self.inserted += 1;
        self.entries.push(Entry { key, event });
        self.rise(self.entries.len() - 1);
    }

    /// When the next event is due.
    pub fn next_at(&self) -> Option<Time> {
        let first = self.entries.first()?;
        Some(Time::from_us(first.key >> SEQUENCE_BITS))
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Time, E)> {
        let last = self.entries.pop()?;
        let next = match self.entries.first_mut() {
            None => last,
            Some(first) => {
                let next = core::mem::replace(first, last);
                self.sink();
                next
            }
        };
        Some((Time::from_us(next.key >> SEQUENCE_BITS), next.event))
    }

    fn rise(&mut self, mut at: usize) {
        let entry = self.entries[at];
        while at > 0 {
            let parent = (at - 1) / WIDTH;
            if self.entries[parent].key <= entry.key {
                break;
            }
            self.entries[at] = self.entries[parent];
            at = parent;
        }
        self.entries[at] = entry;
    }

    fn sink(&mut self) {
        let count = self.entries.len();
        let entry = self.entries[0];
        let mut at = 0;
        loop {
            let first = at * WIDTH + 1;
            if first >= count {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + WIDTH).min(count) {
                if self.entries[child].key < self.entries[least].key {
                    least = child;
                }
            }
            if self.entries[least].key >= entry.key {
                break;
            }
            self.entries[at] = self.entries[least];
            at = least;
        }
        self.entries[at] = entry;
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

    #[test]
    fn events_leave_in_order_of_time_and_then_of_insertion() {
        let mut queue = Queue::new();
        let mut stream = Stream::new(1, Purpose::Workload, 0);
        for number in 0..2_000_u32 {
            queue.push(Time::from_us(stream.below(50)), number);
        }
        let mut last = (Time::ZERO, 0);
        let mut count = 0;
        while let Some(next) = queue.pop() {
            assert!(count == 0 || next > last, "{next:?} after {last:?}");
            last = next;
            count += 1;
        }
        assert_eq!(count, 2_000);
    }
}
