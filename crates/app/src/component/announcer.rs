//! What a screen reader hears of changes.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

/// Changes within so many ms are said once.
const SETTLE: u32 = 700;

/// Properties of [`Announcer`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What to say once it has stood for a moment.
    pub text: AttrValue,
}

/// A polite live region that is there from the start.
#[component]
pub fn Announcer(props: &Props) -> Html {
    let said = use_state_eq(AttrValue::default);
    {
        let say = said.setter();
        let is_first = use_mut_ref(|| true);
        use_effect_with(props.text.clone(), move |text| {
            // What the page opens with is read as the page is.
            let text = (!is_first.replace(false)).then(|| text.clone());
            let timeout = text.map(|text| Timeout::new(SETTLE, move || say.set(text)));
            move || drop(timeout)
        });
    }
    html! { <p class="unseen" aria-live="polite">{ &*said }</p> }
}
