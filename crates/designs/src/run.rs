//! A scenario, simulated and judged.

use alloc::vec::Vec;

use sim::{Digest, Kind, Span, Trace};

use crate::design::Lane;
use crate::history::History;
use crate::laws::{Law, Verdict};
use crate::making::Making;
use crate::scenario::Scenario;

/// One run and all that is read from it.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was simulated.
    pub scenario: Scenario,
    /// Who took part; a lane's place is its number in the trace.
    pub lanes: Vec<Lane>,
    /// What happened.
    pub trace: Trace,
    /// What happened, as laws read it.
    pub history: History,
    /// What the laws say.
    pub verdict: Verdict,
}

impl Run {
    /// Simulates and judges `scenario`. Its work is bounded by
    /// [`sim::Limits`].
    pub fn of(scenario: Scenario) -> Self {
        Making::of(scenario).finish()
    }

    /// Judges `trace`, which `scenario` left behind.
    pub fn read(scenario: Scenario, trace: Trace) -> Self {
        Making::read(scenario, trace).finish()
    }

    /// Whether `law` is broken; false where the design does not declare it.
    pub fn breaks(&self, law: Law) -> bool {
        self.verdict
            .of(law)
            .is_some_and(|finding| finding.is_broken())
    }

    /// Whether `law` holds.
    pub fn keeps(&self, law: Law) -> bool {
        self.verdict.of(law).is_some_and(|finding| finding.holds())
    }

    /// From the first crash to the next grant; `None` where whoever crashed
    /// held nothing, or nobody came after it.
    pub fn takeover(&self) -> Option<Span> {
        let mut records = self.trace.records.iter();
        let crash = records.find(|record| record.world_kind() == Some(Kind::Crash))?;
        let grants = &self.history.grants;
        let held = grants.iter().any(|grant| {
            grant.holder.lane() == crash.lane && (grant.from.at..grant.until.at).contains(&crash.at)
        });
        let mut later = grants.iter().filter(|grant| grant.from.at > crash.at);
        let next = later.next().filter(|_| held)?;
        Some(next.from.at.since(crash.at))
    }

    /// The number of the lane called `key` in codes.
    pub fn lane(&self, key: &str) -> Option<u16> {
        let place = self.lanes.iter().position(|lane| lane.key == key)?;
        u16::try_from(place).ok()
    }

    /// The short name of a lane by number.
    pub fn name(&self, lane: u16) -> &str {
        self.lanes
            .get(usize::from(lane))
            .map_or("?", |lane| lane.short())
    }

    /// 64 bits that differ where the records or the verdict do.
    pub fn digest(&self) -> u64 {
        let mut digest = Digest::new();
        self.trace.digest_into(&mut digest);
        for finding in &self.verdict.findings {
            digest.add(&[finding.byte()]);
        }
        digest.value()
    }
}
