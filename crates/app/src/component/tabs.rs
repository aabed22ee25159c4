//! A row of tabs, one panel open at a time.

use web_sys::HtmlElement;
use yew::prelude::*;

/// Properties of [`Tabs`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the row is for.
    pub label: AttrValue,
    /// The words on each tab.
    pub names: Vec<&'static str>,
    /// Which is open.
    pub open: usize,
    /// Hears which is to be opened.
    pub choose: Callback<usize>,
    /// The open panel.
    pub children: Html,
}

/// Tabs, as the keys of a tab list go.
#[component]
pub fn Tabs(props: &Props) -> Html {
    let row = use_node_ref();
    let choose = props.choose.clone();
    let go = {
        let (row, choose) = (row.clone(), choose.clone());
        move |place: usize| {
            choose.emit(place);
            let tab = row
                .cast::<HtmlElement>()
                .and_then(|row| row.children().item(u32::try_from(place).ok()?));
            if let Some(tab) =
                tab.and_then(|tab| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(tab).ok())
            {
                let _ = tab.focus();
            }
        }
    };
    let onkeydown = {
        let (open, last) = (props.open, props.names.len().saturating_sub(1));
        move |event: KeyboardEvent| {
            let place = match event.key().as_str() {
                "ArrowRight" => {
                    if open == last {
                        0
                    } else {
                        open + 1
                    }
                }
                "ArrowLeft" => open.checked_sub(1).unwrap_or(last),
                "Home" => 0,
                "End" => last,
                _ => return,
            };
            event.prevent_default();
            go(place);
        }
    };
    let tab = |(place, name): (usize, &&'static str)| {
        let choose = choose.clone();
        let is_open = place == props.open;
        html! {
            <button type="button" role="tab" key={*name} id={format!("tab-{place}")}
                aria-selected={if is_open { "true" } else { "false" }}
                aria-controls={is_open.then_some("panel")}
                tabindex={if is_open { "0" } else { "-1" }}
                onclick={move |_| choose.emit(place)}>
                { *name }
            </button>
        }
    };
    html! {
        <>
            <div class="tabs" role="tablist" aria-label={props.label.clone()} ref={row} {onkeydown}>
                { props.names.iter().enumerate().map(tab).collect::<Html>() }
            </div>
            // Each of them is read from its top.
            <div key={props.open} class="panel scrolls" role="tabpanel" id="panel" tabindex="0"
                aria-labelledby={format!("tab-{}", props.open)}>
                { props.children.clone() }
            </div>
        </>
    }
}
