//! Play, step and scrub.

use std::rc::Rc;

use designs::words;
use sim::{Span, Time};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::Dispatch;
use super::control::fill;
use super::diagram::{FARTHER, NEARER};
use crate::state::{Action, Play, Scene};
use crate::stretch::Stretch;

/// Positions of the scrub bar.
const POSITIONS: u64 = 2_000;

/// Properties of [`Player`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub scene: Rc<Scene>,
    /// What the diagram shows of it.
    pub stretch: Stretch,
    /// Where the playhead is.
    pub at: Time,
    /// Whether it moves by itself.
    pub play: Play,
    /// What happened there last.
    pub caption: AttrValue,
    /// Whether alike servers have a lane each; `None` where none are alike.
    pub unfolded: Option<bool>,
    /// Folds or unfolds them.
    pub fold: Callback<()>,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// Everything that moves the playhead.
#[component]
pub fn Player(props: &Props) -> Html {
    let (from, until) = (props.scene.from, props.scene.until);
    let length = until.since(from).us().max(1);
    let position = props.at.since(from).us() * POSITIONS / length;
    let scrub = use_node_ref();
    {
        let scrub = scrub.clone();
        use_effect_with(position, move |&position| {
            if let Some(scrub) = scrub.cast::<HtmlInputElement>() {
                fill(&scrub, position.cast_signed(), POSITIONS.cast_signed());
            }
        });
    }
    let oninput = {
        let dispatch = props.dispatch.clone();
        move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let position = input.value_as_number().max(0.0) as u64;
            let at = from + Span::from_us(length * position / POSITIONS);
            dispatch.dispatch(Action::Seek(at));
        }
    };
    html! {
        <div class="player" role="group" aria-label="Playback">
            <input type="range" class="scrub" ref={scrub} min="0" max={POSITIONS.to_string()}
                value={position.to_string()} {oninput} aria-label="Time"
                aria-valuetext={words::instant(props.at)} />
            <p class="caption">{ &props.caption }</p>
            <div class="player-row">
                <Buttons is_at_start={props.at == from} is_at_end={props.at == until}
                    is_playing={props.play != Play::Stopped}
                    is_broken={props.scene.run.verdict.is_broken()} dispatch={props.dispatch.clone()} />
                <Zoom is_whole={props.stretch == props.scene.whole()} dispatch={props.dispatch.clone()} />
                <output class="time">
                    <b>{ words::instant(props.at) }</b>{ " of " }{ words::instant(until) }
                </output>
                if let Some(unfolded) = props.unfolded {
                    <Fold {unfolded} fold={props.fold.clone()} />
                }
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ButtonsProps {
    is_at_start: bool,
    is_at_end: bool,
    is_playing: bool,
    is_broken: bool,
    dispatch: Dispatch,
}

/// What steps and plays. It changes seldom, and is left alone meanwhile.
#[component]
fn Buttons(props: &ButtonsProps) -> Html {
    let button = |action: Action, label: &'static str, face: Html, disabled: bool| {
        button(&props.dispatch, action, label, face, disabled)
    };
    let (play, face) = if props.is_playing {
        (
            "Pause",
            html! { <>{ icon("M4 3h3v10H4zM9 3h3v10H9z") }{ "pause" }</> },
        )
    } else {
        ("Play", html! { <>{ icon("M4 3v10l9-5z") }{ "play" }</> })
    };
    let back = html! { <>{ icon("M11 3v10L4 8z") }{ "event" }</> };
    let on = html! { <>{ "event" }{ icon("M5 3v10l7-5z") }</> };
    html! {
        <>
            { button(Action::Start, "To the start", icon("M4 3v10M13 3v10L6 8z"), props.is_at_start) }
            { button(Action::Previous, "Previous event", back, props.is_at_start) }
            { button(Action::TogglePlay, play, face, false) }
            { button(Action::Next, "Next event", on, props.is_at_end) }
            { button(Action::NextViolation, "Next violation", html! { "next violation" }, !props.is_broken) }
        </>
    }
}

#[derive(Properties, PartialEq)]
struct ZoomProps {
    is_whole: bool,
    dispatch: Dispatch,
}

/// Nearer, farther, and along where only a part is shown.
#[component]
fn Zoom(props: &ZoomProps) -> Html {
    let button = |action: Action, label: &'static str, face: &'static str, disabled: bool| {
        button(&props.dispatch, action, label, html! { { face } }, disabled)
    };
    let is_whole = props.is_whole;
    html! {
        <span class="zoom" role="group" aria-label="Zoom">
            { button(Action::Zoom(NEARER, None), "Zoom in", "+", false) }
            { button(Action::Zoom(FARTHER, None), "Zoom out", "−", is_whole) }
            if !is_whole {
                { button(Action::Move(-EARLIER), "Earlier", "‹", false) }
                { button(Action::Move(EARLIER), "Later", "›", false) }
                { button(Action::Fit, "The whole run", "whole run", false) }
            }
        </span>
    }
}

/// One step along, in thousandths of the time that is shown.
const EARLIER: i64 = 500;

#[derive(Properties, PartialEq)]
struct FoldProps {
    unfolded: bool,
    fold: Callback<()>,
}

/// Folds alike servers into one lane, and unfolds them.
#[component]
fn Fold(props: &FoldProps) -> Html {
    let onclick = {
        let fold = props.fold.clone();
        move |_| fold.emit(())
    };
    let pressed = if props.unfolded { "true" } else { "false" };
    html! {
        <button type="button" class="button fold" {onclick} aria-pressed={pressed}>
            { "each server" }
        </button>
    }
}

fn button(
    dispatch: &Dispatch,
    action: Action,
    label: &'static str,
    face: Html,
    disabled: bool,
) -> Html {
    let dispatch = dispatch.clone();
    let onclick = move |_| dispatch.dispatch(action.clone());
    html! {
        <button type="button" class="button" {onclick} {disabled} aria-label={label} title={label}>
            { face }
        </button>
    }
}

fn icon(path: &'static str) -> Html {
    html! {
        <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
            <path class="f-text s-text" d={path} stroke-width="1.5" />
        </svg>
    }
}
