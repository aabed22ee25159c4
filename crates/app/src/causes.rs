//! Why an event happened, what it led to, and what happened beside it. Read
//! from the trace when it is asked for; nothing is kept.

use sim::{Record, Time};

/// The causes of a record: what triggered it first, the root last.
pub fn chain(records: &[Record], number: u32) -> Vec<u32> {
    let mut chain = Vec::new();
    let mut here = number;
    while let Some(cause) = cause(records, here) {
        chain.push(cause);
        here = cause;
    }
    chain
}

/// What triggered a record. A cause comes before its effect, so a walk along
/// causes ends.
pub fn cause(records: &[Record], number: u32) -> Option<u32> {
    let cause = records.get(number as usize)?.cause()?;
    (cause < number).then_some(cause)
}

/// What a record triggered directly, in order.
pub fn effects(records: &[Record], number: u32) -> impl Iterator<Item = u32> {
    (0..)
        .zip(records)
        .skip(number as usize + 1)
        .filter(move |(_, record)| record.cause() == Some(number))
        .map(|(effect, _)| effect)
}

/// A neighbouring lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The next one before it in which anything happens.
    Before,
    /// The next one after it in which anything happens.
    After,
}

/// The record nearest in time to another one, in the lane beside it; of two
/// as near the earlier. `None` at the outermost lane.
pub fn beside(records: &[Record], number: u32, side: Side) -> Option<u32> {
    let here = records.get(number as usize)?;
    let lanes = records.iter().map(|record| record.lane);
    let lane = match side {
        Side::Before => lanes.filter(|&lane| lane < here.lane).max(),
        Side::After => lanes.filter(|&lane| lane > here.lane).min(),
    }?;
    let away = |at: Time| at.us().abs_diff(here.at.us());
    (0..)
        .zip(records)
        .filter(|(_, record)| record.lane == lane)
        .min_by_key(|(_, record)| away(record.at))
        .map(|(nearest, _)| nearest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use designs::registry::DESIGNS;
    use designs::vocabulary::Event;
    use designs::{Law, Run, Scenario, code};
    use sim::Kind;

    fn run(scenario: &str) -> Run {
        Run::of(code::read(scenario).expect("a scenario").scenario)
    }

    #[test]
    fn a_stale_write_leads_back_to_the_pause_and_the_start() {
        let run = run("redlock");
        let records = &run.trace.records;
        let finding = run.verdict.of(Law::NoStaleWrite).expect("it is judged");
        let breach = finding.breaches().first().expect("it is broken");
        let write = *breach.records.last().expect("it has evidence");
        let chain = chain(records, write);
        let at = |number: u32| &records[number as usize];
        assert!(
            chain.iter().any(|&it| matches!(
                Event::read(at(it)),
                Some(Event::LockAcquired { .. } | Event::JobStart { .. })
            )) || chain
                .iter()
                .any(|&it| at(it).world_kind() == Some(Kind::PauseEnd)),
            "{chain:?}"
        );
        assert!(chain.windows(2).all(|pair| pair[0] > pair[1]));
        let root = *chain.last().expect("it has a cause");
        assert_eq!(cause(records, root), None);
    }

    #[test]
    fn effects_are_what_names_a_record_as_its_cause() {
        for design in DESIGNS {
            let run = Run::of(Scenario::new(design));
            let records = &run.trace.records[..run.trace.records.len().min(400)];
            for number in 0..records.len() as u32 {
                for effect in effects(records, number) {
                    assert_eq!(cause(records, effect), Some(number));
                }
                if let Some(cause) = cause(records, number) {
                    assert!(effects(records, cause).any(|effect| effect == number));
                }
            }
        }
    }

    #[test]
    fn the_lanes_beside_are_reached_and_left_again() {
        let run = run("redlock");
        let records = &run.trace.records;
        let last = records.iter().map(|record| record.lane).max();
        let mut here = 0;
        while let Some(next) = beside(records, here, Side::Before) {
            here = next;
        }
        let mut lanes = vec![records[here as usize].lane];
        while let Some(next) = beside(records, here, Side::After) {
            here = next;
            lanes.push(records[here as usize].lane);
        }
        assert!(lanes.windows(2).all(|pair| pair[0] < pair[1]), "{lanes:?}");
        assert_eq!(lanes.last().copied(), last);
        let back = beside(records, here, Side::Before).expect("there is a lane before");
        let at = records[here as usize].at.us();
        let nearest = records
            .iter()
            .filter(|record| record.lane == records[back as usize].lane)
            .map(|record| record.at.us().abs_diff(at))
            .min();
        assert_eq!(Some(records[back as usize].at.us().abs_diff(at)), nearest);
    }
}
