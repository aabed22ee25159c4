//! Whether anybody can see the page: work in the background stops while it is
//! hidden or, in a frame, scrolled out of sight.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{IntersectionObserver, IntersectionObserverEntry};
use yew::prelude::*;

use super::listener::Listener;
use super::{document, parent, root};

/// Whether the page may be in sight.
#[hook]
pub fn use_awake() -> bool {
    let shown = use_state_eq(|| !document().hidden());
    // In a frame that is far below nothing starts before it is known.
    let in_sight = use_state_eq(|| !parent::exists());
    {
        let shown = shown.setter();
        use_effect_with((), move |()| {
            let listener = Listener::new(document().into(), "visibilitychange", move || {
                shown.set(!document().hidden());
            });
            move || drop(listener)
        });
    }
    {
        let in_sight = in_sight.setter();
        use_effect_with((), move |()| {
            let unknown = in_sight.clone();
            let seen = Closure::new(move |entries: Array| {
                if let Ok(last) = entries.pop().dyn_into::<IntersectionObserverEntry>() {
                    in_sight.set(last.is_intersecting());
                }
            });
            let observer = observe(&seen);
            if observer.is_none() {
                unknown.set(true);
            }
            move || {
                if let Some(observer) = observer {
                    observer.disconnect();
                }
                drop(seen);
            }
        });
    }
    *shown && *in_sight
}

fn observe(seen: &Closure<dyn FnMut(Array)>) -> Option<IntersectionObserver> {
    let page = root()?;
    let observer = IntersectionObserver::new(seen.as_ref().unchecked_ref()).ok()?;
    observer.observe(&page);
    Some(observer)
}
