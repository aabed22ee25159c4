//! What was wrong with the address, in one notice.

use std::rc::Rc;

use designs::Notice;
use yew::prelude::*;

use super::Dispatch;
use crate::state::Action;

/// Properties of [`Notices`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// All there is to say.
    pub notices: Rc<Vec<Notice>>,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// One notice that lists all and can be dismissed.
#[component]
pub fn Notices(props: &Props) -> Html {
    if props.notices.is_empty() {
        return Html::default();
    }
    let dismiss = {
        let dispatch = props.dispatch.clone();
        move |_| dispatch.dispatch(Action::Dismiss)
    };
    let one = |notice: &Notice| {
        html! { <li><code>{ &notice.part }</code>{ ": " }{ &notice.message }</li> }
    };
    html! {
        <aside class="notice" role="status" aria-label="Notice">
            <div>
                <p>{ "The link could not be followed to the letter:" }</p>
                <ul>{ props.notices.iter().map(one).collect::<Html>() }</ul>
            </div>
            <button type="button" class="quiet" onclick={dismiss} aria-label="Dismiss this notice">
                { "✕" }
            </button>
        </aside>
    }
}
