//! What was wrong with the address, in one notice.

use designs::Notice;
use yew::prelude::*;

use super::Dispatch;
use crate::state::Action;

/// One notice that lists all and can be dismissed.
pub fn notice(notices: &[Notice], dispatch: &Dispatch) -> Html {
    if notices.is_empty() {
        return Html::default();
    }
    let dismiss = {
        let dispatch = dispatch.clone();
        move |_| dispatch.dispatch(Action::Dismiss)
    };
    let one = |notice: &Notice| {
        html! { <li><code>{ &notice.part }</code>{ ": " }{ &notice.message }</li> }
    };
    html! {
        <div class="notice" role="status">
            <div>
                <p>{ "The link could not be followed to the letter:" }</p>
                <ul>{ notices.iter().map(one).collect::<Html>() }</ul>
            </div>
            <button type="button" class="quiet" onclick={dismiss} aria-label="Dismiss this notice">
                { "✕" }
            </button>
        </div>
    }
}
