//! What lies near a place along, found without looking at everything.

/// A bucket is so many pixels long.
const BUCKET: f32 = 32.0;
/// What lies further along is in the last bucket.
const MOST: usize = 512;

/// Things by where they lie along.
pub(super) struct Grid<T> {
    buckets: Vec<Vec<(usize, T)>>,
}

impl<T> Default for Grid<T> {
    fn default() -> Self {
        Self {
            buckets: Vec::new(),
        }
    }
}

fn bucket(along: f32) -> usize {
    ((along / BUCKET).max(0.0) as usize).min(MOST)
}

impl<T: Copy> Grid<T> {
    /// Adds what reaches from `low` to `high`.
    pub fn add(&mut self, (low, high): (f32, f32), thing: T) {
        let (first, last) = (bucket(low), bucket(high));
        if self.buckets.len() <= last {
            self.buckets.resize_with(last + 1, Vec::new);
        }
        for bucket in &mut self.buckets[first..=last] {
            bucket.push((first, thing));
        }
    }

    /// All that may reach into `low` to `high`, each once.
    pub fn near(&self, (low, high): (f32, f32)) -> impl Iterator<Item = T> {
        let start = bucket(low);
        let end = (bucket(high) + 1).min(self.buckets.len());
        let range = start.min(end)..end;
        range.flat_map(move |at| {
            self.buckets[at]
                .iter()
                .filter(move |(first, _)| at == (*first).max(start))
                .map(|(_, thing)| *thing)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_that_is_near_is_found_once() {
        let mut grid = Grid::default();
        grid.add((0.0, 1_000.0), 'a');
        grid.add((40.0, 50.0), 'b');
        grid.add((500.0, 500.0), 'c');
        grid.add((-20.0, -10.0), 'd');
        let near = |low, high| grid.near((low, high)).collect::<String>();
        assert_eq!(near(41.0, 300.0), "ab");
        assert_eq!(near(490.0, 510.0), "ac");
        assert_eq!(near(-5.0, 5.0), "ad");
        assert_eq!(near(5_000.0, 90_000.0), "");
    }
}
