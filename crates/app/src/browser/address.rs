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

/// The folder that an address without query and fragment is in.
pub fn folder(base: &str) -> &str {
    &base[..base.rfind('/').map_or(0, |slash| slash + 1)]
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

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn a_page_is_in_the_folder_before_its_name() {
        for base in ["https://a.example/x/", "https://a.example/x/index.html"] {
            assert_eq!(folder(base), "https://a.example/x/");
        }
    }
}
