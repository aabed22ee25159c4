//! Links to scenarios.

use yew::prelude::*;

use super::Dispatch;
use crate::state::Action;

/// Properties of [`CodeLink`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario's code.
    pub code: AttrValue,
    /// Whether the page is inside another, whose history is not ours to write.
    pub embed: bool,
    /// Where actions go.
    pub dispatch: Dispatch,
    /// More about it, shown on hovering.
    #[prop_or_default]
    pub title: Option<AttrValue>,
    /// Its classes.
    #[prop_or_default]
    pub class: Classes,
    /// Its words.
    pub children: Html,
}

/// A link that opens a scenario; it can be copied like any other.
#[component]
pub fn CodeLink(props: &Props) -> Html {
    let onclick = {
        let (embed, code) = (props.embed, props.code.clone());
        let dispatch = props.dispatch.clone();
        move |event: MouseEvent| {
            if embed {
                event.prevent_default();
                dispatch.dispatch(Action::Address(code.to_string()));
            }
        }
    };
    html! {
        <a href={format!("#{}", props.code)} title={props.title.clone()}
            class={props.class.clone()} {onclick}>
            { props.children.clone() }
        </a>
    }
}
