//! The whole page, and what ties it to the browser.

use designs::link;
use gloo_timers::callback::{Interval, Timeout};
use sim::Span;
use yew::prelude::*;

use crate::browser::{address, document, theme, wants_stillness};
use crate::component::Dispatch;
use crate::component::header::header;
use crate::component::notices::notice;
use crate::page::gallery::gallery;
use crate::page::lesson::LessonPage;
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
        let (presentation, notices) = Presentation::read(address::query());
        State::new(presentation, notices, theme::stored(), &address::fragment())
    });
    let dispatch = state.dispatcher();
    use_address(&state, &dispatch);
    use_title(&state);
    use_effect_with(state.theme, |theme| theme::apply(*theme));
    let play = state.lesson.as_ref().map_or(Play::Stopped, |it| it.play);
    use_playback(play, &dispatch);

    let embed = state.presentation.embed;
    let open = state.lesson.as_ref().map(|it| it.asked.design().key());
    html! {
        <>
            if !embed { { header(open, state.theme, &dispatch) } }
            { notice(&state.notices, &dispatch) }
            if let Some(lesson) = &state.lesson {
                <LessonPage lesson={lesson.clone()} presentation={state.presentation.clone()}
                    theme={state.theme} {dispatch} />
            } else {
                { gallery() }
            }
        </>
    }
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
        .filter(|_| !state.presentation.embed)
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
    let title = lesson.map_or_else(|| "Fencepost".into(), title_of);
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
