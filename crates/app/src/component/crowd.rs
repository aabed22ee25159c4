//! Alike lanes that are drawn together: any of them can have a lane of its own.

use designs::Run;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// Properties of [`Crowd`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Keys and names of those that are drawn together.
    pub together: Vec<(AttrValue, AttrValue)>,
    /// The same of those that were taken out.
    pub apart: Vec<(AttrValue, AttrValue)>,
    /// Takes the one with a key out, or puts it back.
    pub toggle: Callback<AttrValue>,
}

/// Keys and names of lanes of a run, by number.
pub fn named(run: &Run, lanes: impl Iterator<Item = u16>) -> Vec<(AttrValue, AttrValue)> {
    let lane = |number: u16| run.lanes.get(usize::from(number));
    let named = lanes.filter_map(lane);
    named
        .map(|lane| (lane.key.clone().into(), lane.label.clone().into()))
        .collect()
}

/// A list to choose from, and a button for each that has a lane of its own.
#[component]
pub fn Crowd(props: &Props) -> Html {
    let onchange = {
        let toggle = props.toggle.clone();
        move |event: Event| {
            let list: HtmlSelectElement = event.target_unchecked_into();
            let key = list.value();
            // The list names what it is for, not what was chosen last.
            list.set_selected_index(0);
            if !key.is_empty() {
                toggle.emit(key.into());
            }
        }
    };
    let option = |(key, name): &(AttrValue, AttrValue)| {
        html! { <option value={key.clone()}>{ name }</option> }
    };
    let back = |(key, name): &(AttrValue, AttrValue)| {
        let (toggle, key) = (props.toggle.clone(), key.clone());
        let onclick = move |_| toggle.emit(key.clone());
        html! {
            <button type="button" class="button" {onclick}
                aria-label={format!("Draw {name} with the others again")}>
                { name }{ " ✕" }
            </button>
        }
    };
    html! {
        <p class="crowd">
            <select aria-label="Give one of the crowd a lane of its own" {onchange}>
                <option value="">{ format!("a lane for one of {}…", props.together.len()) }</option>
                { props.together.iter().map(option).collect::<Html>() }
            </select>
            { props.apart.iter().map(back).collect::<Html>() }
        </p>
    }
}
