//! How high the page is, for the one that holds it in a frame.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;
use yew::prelude::*;

use super::{parent, root};

/// The height of what the page shows, in CSS pixels, whatever its frame's.
pub fn height() -> i32 {
    root().map_or(0, |page| page.offset_height())
}

/// Tells the parent the height now and whenever it changes.
#[hook]
pub fn use_height() {
    use_effect_with((), |()| {
        let told = std::cell::Cell::new(0);
        let resized = Closure::<dyn FnMut()>::new(move || {
            let height = height();
            if told.replace(height) != height {
                parent::tell_height(height);
            }
        });
        let page = root().filter(|_| parent::exists());
        let observer = page.and_then(|page| {
            let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok()?;
            observer.observe(&page);
            Some(observer)
        });
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(resized);
        }
    });
}
