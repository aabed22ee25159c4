//! The address bar: fragment and query.

use wasm_bindgen::JsValue;
use web_sys::UrlSearchParams;
use yew::prelude::*;

use super::listener::Listener;
use super::window;

/// The fragment with its `#`, or nothing.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// The page's address without query and fragment.
pub fn base() -> String {
    let href = window().location().href().unwrap_or_default();
    let end = href.find(['?', '#']).unwrap_or(href.len());
    href[..end].to_owned()
}

/// Looks up values of the query.
pub fn query() -> impl Fn(&str) -> Option<String> {
    let search = window().location().search().unwrap_or_default();
    let params = UrlSearchParams::new_with_str(&search).ok();
    move |key| params.as_ref()?.get(key)
}

/// Makes `code` the fragment, as a step that Back undoes. It throws in a frame
/// with an opaque origin, and where it is called too often; the page is right
/// all the same.
pub fn push(code: &str) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&format!("#{code}")));
    }
}

/// Calls `changed` with each fragment that a link, a person or Back sets.
#[hook]
pub fn use_fragment(changed: Callback<String>) {
    use_effect_with((), move |()| {
        let listener = Listener::new(window().into(), "hashchange", move || {
            changed.emit(fragment());
        });
        move || drop(listener)
    });
}
