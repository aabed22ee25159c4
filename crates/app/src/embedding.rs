//! What the page around ours hears of a scenario, and what it may ask for.

use std::rc::Rc;

use designs::{Finding, code};
use wasm_bindgen::JsValue;
use yew::prelude::*;

use crate::asked::Asked;
use crate::browser::height::{height, use_height};
use crate::browser::parent::{self, Word};
use crate::guess::Answer;
use crate::route::Place;
use crate::state::{Action, Scene, State};

/// Tells the parent of each change, and does what it says. Without a parent
/// nothing happens.
#[hook]
pub fn use_embedding(state: &UseReducerHandle<State>) {
    let latest = use_mut_ref(|| None::<UseReducerHandle<State>>);
    *latest.borrow_mut() = Some(state.clone());
    // Whether the parent has asked for an answer that is yet to be given.
    let waits = use_mut_ref(|| false);
    {
        let waits = waits.clone();
        use_effect_with((), move |()| {
            let listener = parent::listen(move |word| {
                let state = latest.borrow().clone();
                if let Some(state) = state {
                    let is_given = hear(&state, word);
                    *waits.borrow_mut() |= is_given == Some(false);
                }
            });
            parent::tell("ready", &[]);
            move || drop(listener)
        });
    }
    let lesson = state.lesson.as_ref();
    use_effect_with(lesson.map(|lesson| lesson.asked.clone()), |asked| {
        if let Some(asked) = asked {
            tell_change(asked);
        }
    });
    use_effect_with(public(state), |scene| {
        if let Some(scene) = scene {
            tell_verdict(scene);
        }
    });
    use_effect_with(
        lesson.and_then(|lesson| lesson.answer.clone()),
        move |answer| {
            if let Some(answer) = answer
                && waits.replace(false)
            {
                tell_answer(answer);
            }
        },
    );
    use_height();
}

/// Does what a word of the parent says. Of a question: whether the reader's
/// answer was given with the reply.
fn hear(state: &UseReducerHandle<State>, word: Word) -> Option<bool> {
    match word {
        Word::Set(code) => set(state, &code),
        Word::Play => state.dispatch(Action::Play),
        Word::Pause => state.dispatch(Action::Pause),
        Word::Seek(at) => state.dispatch(Action::Seek(at)),
        Word::Ping => parent::tell_pong(),
        Word::Get => return reply(state),
    }
    None
}

/// Opens a scenario, unless it is open already: a parent may well send back
/// what it was told.
fn set(state: &UseReducerHandle<State>, text: &str) {
    let Place::Lesson(parsed) = Place::read(text) else {
        return;
    };
    let open = state.lesson.as_ref();
    let code = code::write(&parsed.scenario);
    if open.is_none_or(|lesson| lesson.asked.code != code) {
        state.dispatch(Action::Address(text.to_owned()));
    }
}

fn reply(state: &State) -> Option<bool> {
    parent::tell_height(height());
    let lesson = state.lesson.as_ref()?;
    tell_change(&lesson.asked);
    if let Some(scene) = public(state) {
        tell_verdict(&scene);
    }
    if !state.presentation.predict {
        return None;
    }
    if let Some(answer) = &lesson.answer {
        tell_answer(answer);
    }
    Some(lesson.answer.is_some())
}

/// The scene that is asked for, once it is done and not hidden.
fn public(state: &State) -> Option<Rc<Scene>> {
    let lesson = state.lesson.as_ref()?;
    let is_public = !lesson.is_pending() && !state.is_hidden();
    lesson.scene.clone().filter(|_| is_public)
}

fn tell_change(asked: &Asked) {
    parent::tell("change", &[("code", asked.code.as_str().into())]);
}

fn tell_verdict(scene: &Scene) {
    let verdict = &scene.run.verdict;
    let law = |finding: &Finding| {
        parent::object(&[
            ("law", finding.law.id().into()),
            ("name", finding.law.name().into()),
            ("outcome", finding.word().into()),
            ("words", finding.words.as_str().into()),
        ])
    };
    parent::tell(
        "verdict",
        &[
            ("code", scene.asked.code.as_str().into()),
            ("broken", verdict.is_broken().into()),
            ("laws", parent::list(verdict.findings.iter().map(law))),
        ],
    );
}

fn tell_answer(answer: &Answer) {
    let broken = answer.broken.iter().map(|law| JsValue::from(law.id()));
    parent::tell(
        "answer",
        &[
            ("code", answer.code.as_str().into()),
            ("guess", answer.guess.word().into()),
            ("right", answer.is_right().into()),
            ("broken", parent::list(broken)),
        ],
    );
}
