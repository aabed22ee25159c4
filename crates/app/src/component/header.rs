//! The top of the page.

use designs::registry::DESIGNS;
use yew::prelude::*;

use super::Dispatch;
use crate::browser::theme;
use crate::route::Theme;
use crate::state::Action;

/// Name, designs and theme. `open` is the key of the design that is open.
pub fn header(open: Option<&'static str>, theme: Theme, dispatch: &Dispatch) -> Html {
    let is_dark = theme::is_dark(theme);
    let other = if is_dark { Theme::Light } else { Theme::Dark };
    let toggle = {
        let dispatch = dispatch.clone();
        move |_| {
            theme::store(other);
            dispatch.dispatch(Action::Theme(other));
        }
    };
    let design = |key: &'static str, title: &'static str| {
        let current = (open == Some(key)).then_some("page");
        html! { <li><a href={format!("#{key}")} aria-current={current}>{ title }</a></li> }
    };
    html! {
        <header class="header">
            <a class="brand" href="#">{ mark() }{ "Fencepost" }</a>
            <nav aria-label="Designs">
                <ul>{ DESIGNS.iter().map(|it| design(it.key(), it.title())).collect::<Html>() }</ul>
            </nav>
            <button type="button" class="quiet" onclick={toggle}
                aria-label={format!("Switch to the {} theme", other.word())}>
                <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
                    <circle class="f-none s-text" cx="9" cy="9" r="6.5" stroke-width="1.5" />
                    <path class="f-text" d="M9 2.5a6.5 6.5 0 0 1 0 13z" />
                </svg>
            </button>
        </header>
    }
}

fn mark() -> Html {
    html! {
        <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
            <path class="f-none s-muted" d="M1 12h30M1 21h30" stroke-width="3" />
            <path class="f-text" d="M4 28V9l3-5 3 5v19zM13 28V9l3-5 3 5v19z" />
            <path class="f-a1" d="M22 28V9l3-5 3 5v19z" />
        </svg>
    }
}
