//! How wide an element is, now and whenever that changes.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, ResizeObserver};
use yew::prelude::*;

/// The width of `node` in CSS pixels; `None` until it is known.
#[hook]
pub fn use_width(node: NodeRef) -> Option<i32> {
    let width = use_state_eq(|| None);
    let setter = width.setter();
    use_effect_with(node, move |node| {
        let element = node.cast::<HtmlElement>();
        let measure = {
            let element = element.clone();
            move || {
                if let Some(element) = &element {
                    setter.set(Some(element.client_width()));
                }
            }
        };
        measure();
        let resized = Closure::<dyn FnMut()>::new(measure);
        let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, &element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(resized);
        }
    });
    *width
}
