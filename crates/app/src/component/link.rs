//! Links to scenarios.

use yew::prelude::*;

use super::Dispatch;
use crate::state::Action;

/// What every link to a scenario needs.
#[derive(Clone, PartialEq)]
pub struct Linker {
    /// Whether the page is inside another, whose history is not ours to write.
    pub is_guest: bool,
    /// Whether the reader can change the scenario here; else links lead to the
    /// whole page.
    pub editable: bool,
    /// Where actions go.
    pub dispatch: Dispatch,
}

impl Linker {
    /// A link that opens the scenario `code`; it can be copied like any other.
    /// `title` is shown on hovering.
    pub fn link(&self, code: &str, class: &'static str, title: &'static str, words: Html) -> Html {
        if !self.editable {
            return html! {
                <a href={format!("./#{code}")} {class} {title} target="_blank" rel="noopener">
                    { words }
                </a>
            };
        }
        let onclick = {
            let (is_guest, dispatch) = (self.is_guest, self.dispatch.clone());
            let code = code.to_owned();
            move |event: MouseEvent| {
                if is_guest {
                    event.prevent_default();
                    dispatch.dispatch(Action::Follow(code.clone()));
                }
            }
        };
        html! {
            <a href={format!("#{code}")} {class} {title} {onclick}>{ words }</a>
        }
    }
}
