//! A parameter that is a list: the times between each two of a few places,
//! both ways alike. The page edits it as a small grid.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::parameter::read_duration;

/// What a list-type parameter is a list of: microseconds between each two of
/// `places`, each with itself too. Row by row the upper triangle of a grid.
#[derive(PartialEq, Eq, Debug)]
pub struct Matrix {
    /// The places, as rows and columns are headed.
    pub places: &'static [&'static str],
    /// The entries where a code does not say, µs.
    pub default: &'static [i64],
}

impl Matrix {
    /// How many entries there are.
    pub const fn len(&self) -> usize {
        let places = self.places.len();
        places * (places + 1) / 2
    }

    /// Whether there is nothing to list.
    pub const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Where the entry between two places stands in the list; the same both
    /// ways.
    pub const fn place(&self, one: usize, other: usize) -> usize {
        let (row, column) = if one < other {
            (one, other)
        } else {
            (other, one)
        };
        let places = self.places.len();
        // Row r has `places − r` entries, from the diagonal on.
        row * places - (row * row - row) / 2 + column - row
    }

    /// Reads milliseconds with commas between them, into microseconds. `None`
    /// where a number cannot be read or their count is wrong.
    pub fn read(&self, text: &str) -> Option<Vec<i64>> {
        let entries: Option<Vec<i64>> = text
            .split(',')
            .map(|number| read_duration(&format!("{number}ms")))
            .collect();
        entries.filter(|entries| entries.len() == self.len())
    }

    /// Writes microseconds as [`Self::read`] takes them.
    pub fn write(entries: &[i64]) -> String {
        let numbers: Vec<String> = entries.iter().map(|&us| milliseconds(us)).collect();
        numbers.join(",")
    }
}

/// Microseconds as a plain number of milliseconds.
fn milliseconds(us: i64) -> String {
    let (whole, part) = (us / 1_000, us % 1_000);
    if part == 0 {
        return format!("{whole}");
    }
    let text = format!("{whole}.{part:03}");
    text.trim_end_matches('0').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const THREE: Matrix = Matrix {
        places: &["A", "B", "C"],
        default: &[0, 0, 0, 0, 0, 0],
    };

    #[test]
    fn the_upper_triangle_is_listed_row_by_row() {
        let mut listed = Vec::new();
        for row in 0..3 {
            for column in row..3 {
                listed.push(THREE.place(row, column));
                assert_eq!(THREE.place(row, column), THREE.place(column, row));
            }
        }
        assert_eq!(listed, [0, 1, 2, 3, 4, 5]);
        assert_eq!(THREE.len(), 6);
    }

    #[test]
    fn entries_read_and_write_in_the_same_words() {
        let text = "1,12,35.5,0,0.025,140";
        let entries = [1_000, 12_000, 35_500, 0, 25, 140_000];
        assert_eq!(THREE.read(text).as_deref(), Some(&entries[..]));
        assert_eq!(Matrix::write(&entries), text);
        for wrong in [
            "",
            "1",
            "1,2,3,4,5",
            "1,2,3,4,5,6,7",
            "1,2,3,4,5,x",
            "1,,3,4,5,6",
        ] {
            assert_eq!(THREE.read(wrong), None, "{wrong}");
        }
    }
}
