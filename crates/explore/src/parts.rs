//! Runs that are made a part at a time.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::ops::ControlFlow;
use core::slice;

use designs::{Making, Run, Scenario};

/// How many events a part has: a millisecond's worth or two in a browser.
const PART: u64 = 4_000;

/// The runs under way. A clone shares them, so that of several only one may
/// go on.
#[derive(Clone, Debug, Default)]
pub struct Parts(Rc<RefCell<UnderWay>>);

#[derive(Debug, Default)]
struct UnderWay {
    made: Vec<Run>,
    next: Option<Making>,
}

impl Parts {
    /// Makes the next part of the run of `scenario`, and returns the run once
    /// it is over. The scenario stays the same until then.
    pub fn go_on(&self, scenario: &Scenario) -> Option<Run> {
        self.go_on_with(slice::from_ref(scenario))?.pop()
    }

    /// Makes the next part of the runs of `scenarios`, and returns them once
    /// all are over. The scenarios stay the same until then.
    pub fn go_on_with(&self, scenarios: &[Scenario]) -> Option<Vec<Run>> {
        let mut under_way = self.0.borrow_mut();
        if let Some(scenario) = scenarios.get(under_way.made.len()) {
            let next = under_way.next.take();
            let making = next.unwrap_or_else(|| Making::of(scenario.clone()));
            match making.go_on(PART) {
                ControlFlow::Continue(rest) => under_way.next = Some(rest),
                ControlFlow::Break(run) => under_way.made.push(run),
            }
        }
        if under_way.made.len() < scenarios.len() {
            return None;
        }
        Some(core::mem::take(&mut under_way.made))
    }
}
