//! The whole page, and what ties it to the browser.

use designs::{Notice, link};
use gloo_timers::callback::{Interval, Timeout};
use sim::Span;
use yew::prelude::*;

use crate::browser::awake::use_awake;
use crate::browser::{address, document, parent, theme, wants_stillness};
use crate::component::Dispatch;
use crate::component::header::header;
use crate::component::notices::notice;
use crate::embedding::use_embedding;
use crate::page::gallery::gallery;
use crate::page::lesson::LessonPage;
use crate::page::predict::{PredictPage, public_title};
use crate::route::{Place, Presentation};
use crate::state::{Action, Lesson, Play, State};

/// The address follows when nothing has changed for so long, ms.
const SETTLE: u32 = 250;
/// Between two frames of the playback, ms.
const FRAME: u32 = 16;
/// Between two steps of the playback where less motion is asked for, ms.
const STEP: u32 = 1_200;

/// The page.
#[component]
pub fn App() -> Html {
    let state = use_reducer(|| {
        let (mut presentation, notices) = Presentation::read(address::query());
        presentation.framed = parent::exists();
        State::new(presentation, notices, theme::stored(), &address::fragment())
    });
    let dispatch = state.dispatcher();
    use_address(&state, &dispatch);
    use_title(&state);
    use_effect_with(state.theme, |theme| theme::apply(*theme));
    let play = state.lesson.as_ref().map_or(Play::Stopped, |it| it.play);
    let awake = use_awake();
    let moves = awake && !state.is_hidden();
    use_playback(if moves { play } else { Play::Stopped }, &dispatch);
    use_embedding(&state);

    let embed = state.presentation.embed;
    let open = state.lesson.as_ref().map(|it| it.asked.design().key());
    html! {
        <>
            if !embed { { header(open, state.theme, &dispatch) } }
            { notice(&notices(&state), &dispatch) }
            if let Some(lesson) = &state.lesson {
                if state.is_hidden() {
                    // A question for each run: nothing of the last remains.
                    <PredictPage key={lesson.asked.code.clone()} lesson={lesson.clone()}
                        presentation={state.presentation.clone()} {awake} {dispatch} />
                } else {
                    <LessonPage lesson={lesson.clone()} presentation={state.presentation.clone()}
                        theme={state.theme} {awake} {dispatch} />
                }
            } else {
                { gallery(state.presentation.predict) }
            }
        </>
    }
}

/// What is to be said of the address. That a link promised another outcome
/// tells the outcome.
fn notices(state: &State) -> Vec<Notice> {
    let notices = state.notices.iter();
    notices
        .filter(|notice| !state.is_hidden() || notice.part != "link")
        .cloned()
        .collect()
}

/// The address leads the page, and follows it once it has settled. Inside
/// another page it is left alone.
#[hook]
fn use_address(state: &State, dispatch: &Dispatch) {
    let changed = {
        let dispatch = dispatch.clone();
        Callback::from(move |fragment| dispatch.dispatch(Action::Address(fragment)))
    };
    address::use_fragment(changed);
    let asked = state
        .lesson
        .as_ref()
        .filter(|_| !state.presentation.is_guest())
        .map(|lesson| lesson.asked.clone());
    use_effect_with(asked, |asked| {
        let settled = asked.clone().map(|asked| {
            Timeout::new(SETTLE, move || {
                if code_of(&address::fragment()).as_ref() != Some(&asked.code) {
                    address::push(&link::fragment(&asked.scenario));
                }
            })
        });
        move || drop(settled)
    });
}

/// The canonical code of what a fragment asks for.
fn code_of(fragment: &str) -> Option<String> {
    match Place::read(fragment) {
        Place::Lesson(parsed) => Some(designs::code::write(&parsed.scenario)),
        Place::Gallery | Place::Nowhere(_) => None,
    }
}

/// The document is called as the lesson is.
#[hook]
fn use_title(state: &State) {
    let lesson = state.lesson.as_ref();
    let title = match lesson {
        None => "Fencepost".into(),
        Some(lesson) if state.is_hidden() => {
            format!("{} – Fencepost", public_title(&lesson.asked))
        }
        Some(lesson) => title_of(lesson),
    };
    use_effect_with(title, |title| document().set_title(title));
}

fn title_of(lesson: &Lesson) -> String {
    let (title, design) = (lesson.asked.title(), lesson.asked.design().title());
    if title == design {
        format!("{design} – Fencepost")
    } else {
        format!("{title} – {design} – Fencepost")
    }
}

/// Moves the playhead while it plays: frame by frame, or, where less motion is
/// asked for, event by event and never unasked.
#[hook]
fn use_playback(play: Play, dispatch: &Dispatch) {
    let dispatch = dispatch.clone();
    use_effect_with(play, move |play| {
        let timer = match (play, wants_stillness()) {
            (Play::Stopped, _) => None,
            (Play::Unasked, true) => {
                dispatch.dispatch(Action::Pause);
                None
            }
            (Play::Asked, true) => Some(Interval::new(STEP, move || {
                dispatch.dispatch(Action::Advance);
            })),
            (Play::Asked | Play::Unasked, false) => {
                let mut last = js_sys::Date::now();
                Some(Interval::new(FRAME, move || {
                    let now = js_sys::Date::now();
                    // After a sleep it goes on, it does not leap.
                    let passed = (now - last).clamp(0.0, 100.0);
                    last = now;
                    dispatch.dispatch(Action::Tick(Span::from_us((passed * 1_000.0) as u64)));
                }))
            }
        };
        move || drop(timer)
    });
}
