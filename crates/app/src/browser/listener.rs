//! Events of the window and the document, which no element of ours emits.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

/// Listens until it is dropped.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    call: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `call` whenever `event` reaches `target`.
    pub fn new(target: EventTarget, event: &'static str, mut call: impl FnMut() + 'static) -> Self {
        Self::hearing(target, event, move |_| call())
    }

    /// Hands each `event` that reaches `target` to `call`.
    pub fn hearing(
        target: EventTarget,
        event: &'static str,
        call: impl FnMut(Event) + 'static,
    ) -> Self {
        let call = Closure::new(call);
        // It fails on no target that can be named here; a page that does not
        // hear of it still works.
        let _ = target.add_event_listener_with_callback(event, call.as_ref().unchecked_ref());
        Self {
            target,
            event,
            call,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let call = self.call.as_ref().unchecked_ref();
        let _ = self
            .target
            .remove_event_listener_with_callback(self.event, call);
    }
}
