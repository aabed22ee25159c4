//! What the page needs of a browser. In a sandboxed frame storage and history
//! throw on access; the page works without them.

pub mod address;
pub mod awake;
pub mod brush;
pub mod copy;
pub mod height;
pub mod listener;
pub mod look;
pub mod parent;
pub mod slices;
pub mod theme;
pub mod width;

use web_sys::{Document, HtmlElement, MediaQueryList, Window};

/// The window that the page is in.
pub fn window() -> Window {
    web_sys::window().expect("main returns early where there is no window")
}

/// The page's document.
pub fn document() -> Document {
    window().document().expect("a window shows a document")
}

/// The page's root element.
pub fn root() -> Option<HtmlElement> {
    use wasm_bindgen::JsCast;
    document().document_element()?.dyn_into().ok()
}

/// Whether a media query is met, now and later.
pub fn media(query: &str) -> Option<MediaQueryList> {
    window().match_media(query).ok().flatten()
}

/// Whether the reader asked for less motion.
pub fn wants_stillness() -> bool {
    media("(prefers-reduced-motion: reduce)").is_some_and(|list| list.matches())
}
