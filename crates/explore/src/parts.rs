//! A run that is made a part at a time.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::fmt;

use designs::{Run, Scenario};
use sim::{Recording, Simulation};

/// How many events a part has: some milliseconds' worth in a browser.
const PART: u64 = 20_000;

/// The run under way, if there is one. A clone shares it, so that of several
/// only one may go on.
#[derive(Clone, Default)]
pub struct Parts(Rc<RefCell<Option<Box<dyn Simulation>>>>);

impl Parts {
    /// Makes the next part of the run of `scenario`, and returns the run once
    /// it is over. The scenario stays the same until then.
    pub fn go_on(&self, scenario: &Scenario) -> Option<Run> {
        let mut under_way = self.0.borrow_mut();
        let world =
            under_way.get_or_insert_with(|| scenario.design.world(scenario, Recording::Full));
        if !world.go_on(PART) {
            return None;
        }
        let trace = under_way.take()?.finish();
        Some(Run::read(scenario.clone(), trace))
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let world = self.0.borrow();
        f.debug_tuple("Parts")
            .field(&world.as_ref().map(|world| world.events()))
            .finish()
    }
}
