//! The scenario before its run is shown: what is set, and a question to the
//! reader. Nothing here may tell what happens.

use std::rc::Rc;

use yew::prelude::*;

use super::lesson::Question;
use crate::asked::Asked;
use crate::component::Dispatch;
use crate::component::progress::Progress;
use crate::component::settings::Settings;
use crate::guess::{Answer, Guess, choices};
use crate::route::Presentation;
use crate::state::{Action, Lesson};

/// Properties of [`PredictPage`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What is open, its run made or not.
    pub lesson: Lesson,
    /// How the page is shown.
    pub presentation: Rc<Presentation>,
    /// Whether anybody can see the page.
    pub awake: bool,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// The question, its possible answers, and a button that commits to one.
///
/// It is no form: a sandboxed frame lets no form submit, not even to a script.
#[component]
pub fn PredictPage(props: &Props) -> Html {
    let guess = use_state_eq(|| None::<Guess>);
    let is_missing = use_state_eq(|| false);
    let asked = &props.lesson.asked;
    let scene = props.lesson.scene.as_ref();
    let scene = scene.filter(|_| !props.lesson.is_pending());
    let shown = &props.presentation;
    let choose = {
        let (guess, is_missing) = (guess.setter(), is_missing.setter());
        Callback::from(move |it| {
            guess.set(Some(it));
            is_missing.set(false);
        })
    };
    let commit = {
        let (guess, is_missing) = (*guess, is_missing.setter());
        let dispatch = props.dispatch.clone();
        move |_| match guess {
            Some(guess) => dispatch.dispatch(Action::Commit(guess)),
            None => is_missing.set(true),
        }
    };
    let option = |it: Guess| choice(it, *guess == Some(it), &choose);
    let chosen = shown.controls.clone().filter(|keys| !keys.is_empty());
    html! {
        <main class={classes!("predict", shown.embed.then_some("embed"))}>
            <div class="title">
                <h1>{ public_title(asked) }</h1>
                <p>{ "Say what happens, then see it." }</p>
            </div>
            if !shown.embed { <Question text={asked.design().lesson()} open={true} /> }
            <section aria-labelledby="predict-settings">
                <h2 id="predict-settings">{ "What is set" }</h2>
                <Settings asked={asked.clone()} {chosen} />
            </section>
            if let Some(scene) = scene {
                <fieldset aria-describedby="predict-several">
                    <legend>{ "Which guarantee does this run break?" }</legend>
                    <p id="predict-several" class="muted">
                        { "Where it breaks several, each of them is a right answer." }
                    </p>
                    { choices(scene).map(Guess::Breaks).chain([Guess::None]).map(option).collect::<Html>() }
                </fieldset>
                <p class="commit">
                    <button type="button" class="button" onclick={commit}>{ "Commit, and see" }</button>
                    <span role="alert">
                        { if *is_missing { "Choose an answer first." } else { "" } }
                    </span>
                </p>
            } else {
                <Progress asked={asked.clone()} awake={props.awake} dispatch={props.dispatch.clone()} />
            }
        </main>
    }
}

fn choice(guess: Guess, is_chosen: bool, choose: &Callback<Guess>) -> Html {
    let (name, sentence) = match guess {
        Guess::Breaks(law) => (law.name(), law.sentence()),
        Guess::None => ("none", "All of them hold."),
    };
    let onchange = {
        let choose = choose.clone();
        move |_: Event| choose.emit(guess)
    };
    html! {
        <label key={guess.word()}>
            <input type="radio" name="guess" value={guess.word()} checked={is_chosen} {onchange} />
            <span><b>{ name }</b>{ " " }<span class="muted">{ sentence }</span></span>
        </label>
    }
}

/// What a scenario may be called before its run is shown: its author's name
/// for it or its design. Our own titles tell what happens.
pub fn public_title(asked: &Asked) -> &str {
    match asked.scenario.name.as_str() {
        "" => asked.design().title(),
        name => name,
    }
}

/// Properties of [`Reveal`].
#[derive(Properties, PartialEq)]
pub struct RevealProps {
    /// What the reader said, and what happened.
    pub answer: Answer,
}

/// The reader's guess held against the run. It takes the focus from the button
/// that it follows, so that a screen reader reads on here.
#[component]
pub fn Reveal(props: &RevealProps) -> Html {
    let section = use_node_ref();
    {
        let section = section.clone();
        use_effect_with((), move |()| {
            if let Some(section) = section.cast::<web_sys::HtmlElement>() {
                let _ = section.focus();
            }
        });
    }
    let answer = &props.answer;
    let (class, mark) = if answer.is_right() {
        ("holds", "✓")
    } else {
        ("broken", "✗")
    };
    html! {
        <section class={classes!("reveal", class)} tabindex="-1" ref={section}
            aria-label="Your prediction">
            <p><span class="mark" aria-hidden="true">{ mark }</span>{ " " }{ answer.words() }</p>
        </section>
    }
}
