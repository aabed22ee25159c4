//! Counts tests by the closing lines of their runners.

use std::fmt;
use std::ops::AddAssign;

/// How many tests ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Tests that held.
    pub passed: u32,
    /// Tests that did not.
    pub failed: u32,
    /// Tests marked as ignored, which nobody ran.
    pub skipped: u32,
}

impl Count {
    /// Reads a closing line of cargo's test runner or of wasm-bindgen's:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    pub fn read(line: &str) -> Option<Count> {
        let rest = line.trim_start().strip_prefix("test result:")?;
        let (_, parts) = rest.split_once(". ")?;
        let mut count = Count::default();
        for part in parts.split(';') {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse() else {
                continue;
            };
            match what {
                "passed" => count.passed = number,
                "failed" => count.failed = number,
                "ignored" => count.skipped = number,
                _ => {}
            }
        }
        Some(count)
    }

    /// Tests that ran.
    pub fn ran(self) -> u32 {
        self.passed + self.failed
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Count) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(to, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_runners_print() {
        let native = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; \
                      3 filtered out; finished in 0.01s";
        let read = Count {
            passed: 12,
            failed: 2,
            skipped: 1,
        };
        assert_eq!(Count::read(native), Some(read));
        assert_eq!(read.to_string(), "12 passed, 2 failed, 1 skipped");
        assert_eq!(read.ran(), 14);

        let wasm = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 filtered out; \
                    finished in 0.00s";
        assert_eq!(
            Count::read(wasm).map(|it| it.to_string()),
            Some("1 passed, 0 failed".into())
        );

        assert_eq!(Count::read("running 3 tests"), None);
        assert_eq!(Count::read("test result_of_a_vote ... ok"), None);
    }
}
