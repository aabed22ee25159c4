//! The clipboard.

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::window;

/// Puts `text` on the clipboard and calls `done` once it is there. Where the
/// browser allows that to no page, or not to this one, nothing happens.
pub fn text(text: &str, done: impl FnOnce() + 'static) {
    let navigator = window().navigator();
    // There is none where the connection is not secure.
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into());
    if clipboard.is_ok_and(|it| it.is_undefined()) {
        return;
    }
    // The browser calls one of the two, so the other can never be freed.
    let done = Closure::once_into_js(move |_: JsValue| done());
    let refused = Closure::once_into_js(|_: JsValue| ());
    let written = navigator.clipboard().write_text(text);
    let then = js_sys::Reflect::get(&written, &"then".into());
    if let Ok(then) = then {
        let _ = js_sys::Function::from(then).call2(&written, &done, &refused);
    }
}
