//! The records that a picture is made of, sifted from a run once: all but the
//! comings and goings of messages and the steps of actors, which are nine in
//! ten of a long run.

use designs::Run;
use sim::{Kind, Record, Time};

/// A run and what is worth looking at in it.
pub(super) struct Facts<'a> {
    pub run: &'a Run,
    /// The numbers of those records.
    numbers: Vec<u32>,
    /// When each lane did something first and last.
    pub lives: Vec<Option<(Time, Time)>>,
}

/// Whether only arrows are made of a record.
fn is_traffic(record: &Record) -> bool {
    const TRAFFIC: [Kind; 4] = [Kind::Start, Kind::Send, Kind::Receive, Kind::Timer];
    TRAFFIC.iter().any(|kind| *kind as u8 == record.kind)
}

impl<'a> Facts<'a> {
    pub fn of(run: &'a Run) -> Self {
        let mut numbers = Vec::new();
        let mut lives: Vec<Option<(Time, Time)>> = vec![None; run.lanes.len()];
        for (number, record) in (0..).zip(&run.trace.records) {
            if let Some(life) = lives.get_mut(usize::from(record.lane)) {
                let first = life.map_or(record.at, |(first, _)| first);
                *life = Some((first, record.at));
            }
            if !is_traffic(record) {
                numbers.push(number);
            }
        }
        Self {
            run,
            numbers,
            lives,
        }
    }

    /// Those records with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &'a Record)> {
        let records = &self.run.trace.records;
        self.numbers
            .iter()
            .map(|number| (*number, &records[*number as usize]))
    }
}
