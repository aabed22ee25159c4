//! A run in the making: simulated, read and judged a part at a time, so that
//! whoever makes it can do other things in between. There is no other way to
//! make a run.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::ControlFlow;

use sim::{Recording, Simulation, Trace};

use crate::design::Lane;
use crate::history::{History, Reader};
use crate::laws::{Evidence, Finding, Verdict, judge};
use crate::run::Run;
use crate::scenario::Scenario;

/// Of a whole run, in hundredths: where its simulation is over, and where it
/// has been read. What is left is judging.
const SIMULATED: u64 = 80;
const READ: u64 = 95;

/// A run that is not over. How it is cut into parts changes nothing about it.
pub struct Making {
    scenario: Scenario,
    lanes: Vec<Lane>,
    /// The lanes' short names, for words.
    names: Vec<String>,
    stage: Stage,
}

enum Stage {
    Simulating(Box<dyn Simulation>),
    Reading(Trace, Reader),
    /// The findings of the first laws.
    Judging(Trace, History, Vec<Finding>),
}

impl Making {
    /// A run of `scenario` of which nothing has happened yet.
    pub fn of(scenario: Scenario) -> Self {
        let world = scenario.design.world(&scenario, Recording::Full);
        Self::at(scenario, Stage::Simulating(world))
    }

    /// The run of `scenario` that has left `trace` behind.
    pub fn read(scenario: Scenario, trace: Trace) -> Self {
        Self::at(scenario, Stage::reading(trace))
    }

    fn at(scenario: Scenario, stage: Stage) -> Self {
        let lanes = scenario.design.lanes(&scenario);
        let names = lanes.iter().map(|lane| lane.short().into()).collect();
        Self {
            scenario,
            lanes,
            names,
            stage,
        }
    }

    /// Makes a part: up to `events` more events, twice as many records to be
    /// read, or what one law says. A run that has no more events than that is
    /// made in one part.
    pub fn go_on(self, events: u64) -> ControlFlow<Run, Self> {
        let making = self.step(events)?;
        let is_short = match &making.stage {
            Stage::Simulating(_) => false,
            Stage::Reading(trace, _) | Stage::Judging(trace, ..) => trace.events <= events,
        };
        if is_short {
            return ControlFlow::Break(making.finish());
        }
        ControlFlow::Continue(making)
    }

    /// Makes all that is left.
    pub fn finish(self) -> Run {
        let mut making = self;
        loop {
            match making.step(u64::MAX) {
                ControlFlow::Continue(rest) => making = rest,
                ControlFlow::Break(run) => return run,
            }
        }
    }

    fn step(mut self, events: u64) -> ControlFlow<Run, Self> {
        self.stage = match self.stage {
            Stage::Simulating(mut world) => {
                if world.go_on(events) {
                    Stage::reading(world.finish())
                } else {
                    Stage::Simulating(world)
                }
            }
            Stage::Reading(trace, mut reader) => {
                let records = usize::try_from(events.saturating_mul(2)).unwrap_or(usize::MAX);
                if reader.go_on(&trace, records) {
                    Stage::Judging(trace, reader.into_history(), Vec::new())
                } else {
                    Stage::Reading(trace, reader)
                }
            }
            Stage::Judging(trace, history, mut findings) => {
                let Some(&law) = self.scenario.design.laws().get(findings.len()) else {
                    return ControlFlow::Break(Run {
                        scenario: self.scenario,
                        lanes: self.lanes,
                        trace,
                        history,
                        verdict: Verdict { findings },
                    });
                };
                let evidence = Evidence {
                    history: &history,
                    lanes: &self.names,
                    stop: trace.stop,
                };
                findings.push(judge(law, &evidence));
                Stage::Judging(trace, history, findings)
            }
        };
        ControlFlow::Continue(self)
    }

    /// How many events have been simulated.
    pub fn events(&self) -> u64 {
        match &self.stage {
            Stage::Simulating(world) => world.events(),
            Stage::Reading(trace, _) | Stage::Judging(trace, ..) => trace.events,
        }
    }

    /// How much of the run is made, in hundredths; `None` while nobody knows
    /// when its simulation ends.
    pub fn percent(&self) -> Option<u64> {
        Some(match &self.stage {
            Stage::Simulating(world) => world.percent()? * SIMULATED / 100,
            Stage::Reading(trace, reader) => {
                let (read, all) = (reader.read() as u64, trace.records.len() as u64);
                SIMULATED + (READ - SIMULATED) * read / all.max(1)
            }
            Stage::Judging(_, _, findings) => {
                let (judged, all) = (findings.len() as u64, self.scenario.design.laws().len());
                READ + (100 - READ) * judged / (all as u64).max(1)
            }
        })
    }
}

impl Stage {
    fn reading(trace: Trace) -> Self {
        let reader = Reader::new(&trace);
        Self::Reading(trace, reader)
    }
}

impl fmt::Debug for Making {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Making").field(&self.events()).finish()
    }
}
