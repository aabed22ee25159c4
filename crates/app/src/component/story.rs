//! What happened, in words, in step with the playhead.

use std::ops::Range;
use std::rc::Rc;

use designs::code;
use designs::design::{Sentence, Variation};
use designs::words;
use sim::Time;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::Dispatch;
use super::link::Linker;
use crate::state::{Action, Scene};

/// A page that shows more sentences than this at once takes too long.
pub const MOST: usize = 200;

/// Properties of [`Story`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub scene: Rc<Scene>,
    /// The number of the sentence that the playhead is at.
    pub current: Option<usize>,
    /// Makes links.
    pub linker: Linker,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// Sentences to click, and what to try next.
#[component]
pub fn Story(props: &Props) -> Html {
    let list = use_node_ref();
    let story = &props.scene.story;
    let near = near(story.len(), props.current);
    {
        let (list, from) = (list.clone(), near.start);
        use_effect_with((props.scene.clone(), props.current), move |(_, current)| {
            if let Some(current) = current {
                keep_in_view(&list, *current - from);
            }
        });
    }
    let sentence = |(place, sentence): (usize, &Sentence)| {
        html! {
            <Telling key={place} text={sentence.text.clone()} at={props.scene.time_of(sentence.record)}
                is_breach={sentence.breach} is_current={props.current == Some(place)}
                is_ahead={props.current.is_none_or(|current| place > current)}
                dispatch={props.dispatch.clone()} />
        }
    };
    let elsewhere = story.len() - near.len();
    let sentences = story.iter().enumerate();
    let sentences = sentences.skip(near.start).take(near.len());
    html! {
        <>
            <ol class="story" ref={list}>{ sentences.map(sentence).collect::<Html>() }</ol>
            if elsewhere > 0 {
                <p class="muted">
                    { format!("And {} more sentences, earlier or later: they follow the playhead.", words::count(elsewhere as u64)) }
                </p>
            }
            <Variations scene={props.scene.clone()} linker={props.linker.clone()} />
        </>
    }
}

#[derive(Properties, PartialEq)]
struct TellingProps {
    text: AttrValue,
    at: Time,
    is_breach: bool,
    is_current: bool,
    is_ahead: bool,
    dispatch: Dispatch,
}

/// One sentence.
#[component]
fn Telling(props: &TellingProps) -> Html {
    let (at, dispatch) = (props.at, props.dispatch.clone());
    let onclick = move |_| dispatch.dispatch(Action::Seek(at));
    let class = classes!(
        props.is_breach.then_some("breach"),
        props.is_ahead.then_some("ahead")
    );
    html! {
        <li {class}>
            <button type="button" {onclick} aria-current={props.is_current.then_some("step")}>
                <time>{ words::instant(at) }</time>{ " " }
                if props.is_breach { <span class="unseen">{ "Broken here: " }</span> }
                { &props.text }
            </button>
        </li>
    }
}

/// Those of many sentences, or rows, that are shown: all, or where there are too many those around
/// the playhead's. It moves by leaps, so that a step seldom moves it.
pub fn near(all: usize, current: Option<usize>) -> Range<usize> {
    let half = MOST / 2;
    let from = current.unwrap_or(0) / half * half;
    let from = from.saturating_sub(half).min(all.saturating_sub(MOST));
    from..all.min(from + MOST)
}

/// Scrolls the panel, never the page, so far that a place in a list shows.
pub fn keep_in_view(list: &NodeRef, place: usize) -> Option<()> {
    let list = list.cast::<HtmlElement>()?;
    let panel = list.closest(".scrolls").ok().flatten()?;
    let place = u32::try_from(place).ok()?;
    let sentence = list.children().item(place)?.get_bounding_client_rect();
    let frame = panel.get_bounding_client_rect();
    let (above, below) = (
        frame.top() - sentence.top(),
        sentence.bottom() - frame.bottom(),
    );
    let by = if above > 0.0 {
        -above - 8.0
    } else if below > 0.0 {
        below + 8.0
    } else {
        return None;
    };
    panel.set_scroll_top(panel.scroll_top() + by as i32);
    Some(())
}

#[derive(Properties, PartialEq)]
struct VariationsProps {
    scene: Rc<Scene>,
    linker: Linker,
}

/// One thing changed, a click away.
#[component]
fn Variations(props: &VariationsProps) -> Html {
    let variations = props.scene.design().variations(&props.scene.run.scenario);
    if variations.is_empty() {
        return Html::default();
    }
    let link = |variation: &Variation| {
        let code = code::write(&variation.scenario);
        let words = html! { <>{ variation.label }{ " →" }</> };
        html! { <li key={variation.label}>{ props.linker.link(&code, "", "", words) }</li> }
    };
    html! {
        <section class="variations">
            <h2>{ "The same, but…" }</h2>
            <ul>{ variations.iter().map(link).collect::<Html>() }</ul>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_playheads_sentence_is_among_those_shown() {
        for all in [0, 1, MOST, MOST + 1, 40_000] {
            assert_eq!(near(all, None).start, 0);
            for current in (0..all).step_by(7).chain(all.checked_sub(1)) {
                let near = near(all, Some(current));
                assert!(near.contains(&current), "{current} of {all}: {near:?}");
                assert_eq!(near.len(), all.min(MOST));
            }
        }
    }
}
