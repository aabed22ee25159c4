//! A scene in the making: simulated, judged and told a part at a time.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use designs::design::Sentence;
use designs::{Making, Run};

use crate::asked::Asked;
use crate::browser::slices::Work;
use crate::state::Scene;

/// How many events a part has: about a millisecond's worth in a browser.
const PART: u64 = 2_000;

/// Of a whole scene, in hundredths: where its run is made, and where it has
/// been told.
const MADE: u64 = 90;
const TOLD: u64 = 95;

/// What is being made and how far it is. A clone shares what is being made,
/// so that of several only one may go on.
#[derive(Clone)]
pub struct InHand {
    preparing: Rc<RefCell<Option<Preparing>>>,
    percent: Option<u64>,
    events: u64,
    scene: Option<Rc<Scene>>,
}

impl InHand {
    /// Nothing of what `asked` asks for is made yet.
    pub fn of(asked: &Rc<Asked>) -> Self {
        let preparing = Preparing::of(asked.clone());
        Self {
            percent: preparing.percent(),
            events: 0,
            preparing: Rc::new(RefCell::new(Some(preparing))),
            scene: None,
        }
    }

    /// How much is made, in hundredths; `None` while nobody knows.
    pub const fn percent(&self) -> Option<u64> {
        self.percent
    }

    /// How many events have been simulated.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// The scene, once it is finished.
    pub fn scene(&self) -> Option<Rc<Scene>> {
        self.scene.clone()
    }
}

impl Work for InHand {
    /// Somebody waits for it.
    const SETTLE: u32 = 0;

    fn advance(&mut self) -> bool {
        let Some(preparing) = self.preparing.take() else {
            return false;
        };
        match preparing.go_on() {
            ControlFlow::Continue(rest) => {
                self.percent = rest.percent();
                self.events = rest.events();
                self.preparing.replace(Some(rest));
                true
            }
            ControlFlow::Break(scene) => {
                self.scene = Some(Rc::new(scene));
                false
            }
        }
    }
}

/// A scene that is not finished.
enum Preparing {
    /// Its run is being made.
    Making(Rc<Asked>, Making),
    /// Its run is to be told.
    Made(Rc<Asked>, Run),
    /// Its run has been told.
    Told(Rc<Asked>, Run, Vec<Sentence>),
}

impl Preparing {
    /// Nothing has happened yet in what `asked` asks for.
    fn of(asked: Rc<Asked>) -> Self {
        let making = Making::of(asked.scenario.clone());
        Self::Making(asked, making)
    }

    /// Makes the next part.
    fn go_on(self) -> ControlFlow<Scene, Self> {
        ControlFlow::Continue(match self {
            Self::Making(asked, making) => match making.go_on(PART) {
                ControlFlow::Continue(making) => Self::Making(asked, making),
                ControlFlow::Break(run) => Self::Made(asked, run),
            },
            Self::Made(asked, run) => {
                let story = run.scenario.design.story(&run);
                Self::Told(asked, run, story)
            }
            Self::Told(asked, run, story) => {
                return ControlFlow::Break(Scene::told(asked, run, story));
            }
        })
    }

    /// How much is made, in hundredths; `None` while nobody knows.
    fn percent(&self) -> Option<u64> {
        match self {
            Self::Making(_, making) => making.percent().map(|percent| percent * MADE / 100),
            Self::Made(..) => Some(MADE),
            Self::Told(..) => Some(TOLD),
        }
    }

    /// How many events have been simulated.
    fn events(&self) -> u64 {
        match self {
            Self::Making(_, making) => making.events(),
            Self::Made(_, run) | Self::Told(_, run, _) => run.trace.events,
        }
    }
}
