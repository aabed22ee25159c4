//! Play, step and scrub.

use std::rc::Rc;

use designs::words;
use sim::{Span, Time};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::Dispatch;
use super::control::fill;
use crate::state::{Action, Play, Scene};

/// Positions of the scrub bar.
const POSITIONS: u64 = 2_000;

/// Properties of [`Player`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub scene: Rc<Scene>,
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
    let button = |action: Action, label: &'static str, face: Html, disabled: bool| {
        let dispatch = props.dispatch.clone();
        let onclick = move |_| dispatch.dispatch(action.clone());
        html! {
            <button type="button" class="button" {onclick} {disabled} aria-label={label} title={label}>
                { face }
            </button>
        }
    };
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
    let is_playing = props.play != Play::Stopped;
    let is_broken = props.scene.run.verdict.is_broken();
    let fold = {
        let fold = props.fold.clone();
        move |_| fold.emit(())
    };
    html! {
        <div class="player" role="group" aria-label="Playback">
            <input type="range" class="scrub" ref={scrub} min="0" max={POSITIONS.to_string()}
                value={position.to_string()} {oninput} aria-label="Time"
                aria-valuetext={words::instant(props.at)} />
            <p class="caption">{ &props.caption }</p>
            <div class="player-row">
                { button(Action::Start, "To the start", icon("M4 3v10M13 3v10L6 8z"), props.at == from) }
                { button(Action::Previous, "Previous event", html! { <>{ icon("M11 3v10L4 8z") }{ "event" }</> }, props.at == from) }
                { button(
                    Action::TogglePlay,
                    if is_playing { "Pause" } else { "Play" },
                    if is_playing {
                        html! { <>{ icon("M4 3h3v10H4zM9 3h3v10H9z") }{ "pause" }</> }
                    } else {
                        html! { <>{ icon("M4 3v10l9-5z") }{ "play" }</> }
                    },
                    false,
                ) }
                { button(Action::Next, "Next event", html! { <>{ "event" }{ icon("M5 3v10l7-5z") }</> }, props.at == until) }
                { button(Action::NextViolation, "Next violation", html! { { "next violation" } }, !is_broken) }
                <output class="time">
                    <b>{ words::instant(props.at) }</b>{ " of " }{ words::instant(until) }
                </output>
                if let Some(unfolded) = props.unfolded {
                    <button type="button" class="button fold" onclick={fold}
                        aria-pressed={if unfolded { "true" } else { "false" }}>
                        { "each server" }
                    </button>
                }
            </div>
        </div>
    }
}

fn icon(path: &'static str) -> Html {
    html! {
        <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
            <path class="f-text s-text" d={path} stroke-width="1.5" />
        </svg>
    }
}
