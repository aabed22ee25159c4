//! Where along a parameter's scale the verdict changes.

use alloc::vec::Vec;
use core::ops::ControlFlow;

use designs::{Making, Outcome, Run, Scenario};

/// Over so many values, evenly spread, changes are looked for first.
const SPREAD: usize = 25;

/// A run of more events is given up: nothing is said of the verdict there.
const MOST_EVENTS: u64 = 10_000;

/// The search for the values at which the verdict of a scenario changes while
/// one parameter moves and all else, the seed too, stays.
///
/// First a few values all over the scale are run, then each change between
/// two of them is narrowed by halves to neighbours. Two changes between the
/// same two of those values are seen as one, or cancel out.
#[derive(Clone, Debug)]
pub struct Flips {
    scenario: Scenario,
    place: usize,
    values: Vec<i64>,
    /// What was found at values by their place in `values`, in rising order.
    seen: Vec<(usize, Option<Signature>)>,
}

/// What the laws say, a byte each.
type Signature = Vec<u8>;

/// Two neighbours on the scale between which the verdict changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flip {
    /// The last value before the change.
    pub before: i64,
    /// The first value after it.
    pub after: i64,
}

impl Flip {
    /// The nearest value beyond the change for somebody who stands at `value`.
    pub const fn beyond(self, value: i64) -> i64 {
        if value >= self.after {
            self.before
        } else {
            self.after
        }
    }
}

impl Flips {
    /// Nothing has run yet. The parameter stands at `place` in the design's
    /// table, and `values` are those that its slider can take, rising.
    pub const fn new(scenario: Scenario, place: usize, values: Vec<i64>) -> Self {
        Self {
            scenario,
            place,
            values,
            seen: Vec::new(),
        }
    }

    /// Runs the scenario at the next value, if there is one to look at, and
    /// says whether more remain.
    pub fn advance(&mut self) -> bool {
        if let Some(next) = self.next() {
            let mut scenario = self.scenario.clone();
            scenario.set_value(self.place, self.values[next]);
            let place = self.seen.partition_point(|&(other, _)| other < next);
            self.seen.insert(place, (next, signature(scenario)));
        }
        self.next().is_some()
    }

    /// The scenario in which the parameter moves.
    pub const fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Where the parameter stands in the design's table.
    pub const fn place(&self) -> usize {
        self.place
    }

    /// The changes, by rising value; `None` while some may still be missing.
    pub fn found(&self) -> Option<Vec<Flip>> {
        if self.next().is_some() {
            return None;
        }
        let flip = |(before, after): (usize, usize)| Flip {
            before: self.values[before],
            after: self.values[after],
        };
        Some(self.changes().map(flip).collect())
    }

    /// The place of the value to look at next.
    fn next(&self) -> Option<usize> {
        let spread = self.values.len().min(SPREAD);
        let looked_at = self.seen.len();
        if looked_at < spread {
            let last = self.values.len() - 1;
            return Some(looked_at * last / (spread - 1).max(1));
        }
        let wide = |&(before, after): &(usize, usize)| after - before > 1;
        let (before, after) = self.changes().find(wide)?;
        Some(usize::midpoint(before, after))
    }

    /// The places between which the verdict was seen to change.
    fn changes(&self) -> impl Iterator<Item = (usize, usize)> {
        self.seen.windows(2).filter_map(|pair| {
            let (before, after) = (&pair[0], &pair[1]);
            let known = before.1.is_some() && after.1.is_some();
            (known && before.1 != after.1).then_some((before.0, after.0))
        })
    }
}

/// What the laws say of `scenario`; `None` where its run is long, or met a
/// bound before all could be judged.
fn signature(scenario: Scenario) -> Option<Signature> {
    match Making::of(scenario).go_on(MOST_EVENTS) {
        ControlFlow::Continue(_) => None,
        ControlFlow::Break(run) => judged(&run),
    }
}

fn judged(run: &Run) -> Option<Signature> {
    let findings = run.verdict.findings.iter();
    findings
        .map(|finding| (finding.outcome != Outcome::NotJudged).then(|| finding.byte()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use designs::{Law, code};

    const S: i64 = 1_000_000;

    fn scenario(text: &str) -> Scenario {
        code::read(text).expect("a code of ours").scenario
    }

    fn search(text: &str, key: &str, values: Vec<i64>) -> Flips {
        let scenario = scenario(text);
        let place = scenario.place(key).expect("a parameter");
        let mut flips = Flips::new(scenario, place, values);
        while flips.advance() {}
        flips
    }

    fn broken(scenario: &Scenario) -> Vec<bool> {
        let run = Run::of(scenario.clone());
        Law::ALL.iter().map(|&law| run.breaks(law)).collect()
    }

    /// With a pause of 8 s there is a TTL above which nobody is disturbed.
    #[test]
    fn redlock_is_safe_from_some_ttl_on_and_the_change_is_between_neighbours() {
        let tenths: Vec<i64> = (5..=600).map(|tenth| tenth * S / 10).collect();
        let flips = search("redlock", "ttl", tenths);
        let found = flips.found().expect("the search is over");
        assert!(!found.is_empty());
        for flip in &found {
            assert_eq!(flip.after - flip.before, S / 10);
            let at = |ttl| flips.scenario().with("ttl", ttl);
            assert_ne!(
                signature(at(flip.before)),
                signature(at(flip.after)),
                "{flip:?}"
            );
        }
        let last = found.last().expect("at least one");
        assert!((8 * S..10 * S).contains(&last.after), "{found:?}");
        let at = |ttl| broken(&flips.scenario().with("ttl", ttl));
        assert!(at(last.before).contains(&true));
        assert!(!at(last.after).contains(&true));
        assert!(flips.seen.len() < 60, "{} runs", flips.seen.len());
    }

    #[test]
    fn what_moves_nothing_has_no_change() {
        let values = (1..=9).map(|count| count * 1_000).collect();
        let flips = search("redlock?pause=0ms", "ttl", values);
        assert_eq!(flips.found(), Some(Vec::new()));
        assert_eq!(flips.seen.len(), 9, "each value once");
    }

    #[test]
    fn a_scale_of_one_value_or_none_is_soon_done() {
        for values in [vec![], vec![5 * S]] {
            let flips = search("redlock", "ttl", values);
            assert_eq!(flips.found(), Some(Vec::new()));
        }
    }

    #[test]
    fn until_it_is_over_nothing_is_said() {
        let scenario = scenario("redlock");
        let place = scenario.place("ttl").expect("a TTL");
        let mut flips = Flips::new(scenario, place, vec![5 * S, 12 * S]);
        assert_eq!(flips.found(), None);
        assert!(flips.advance());
        assert_eq!(flips.found(), None);
        assert!(!flips.advance());
        let flip = Flip {
            before: 5 * S,
            after: 12 * S,
        };
        assert_eq!(flips.found(), Some(vec![flip]));
        assert_eq!(flip.beyond(5 * S), 12 * S);
        assert_eq!(flip.beyond(12 * S), 5 * S);
    }

    #[test]
    fn of_long_runs_nothing_is_said() {
        let scenario = scenario("contention?workers=300");
        assert_eq!(signature(scenario), None);
    }
}
