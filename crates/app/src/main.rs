//! The page: the only crate that knows a browser.

use yew::prelude::*;

#[function_component(App)]
fn app() -> Html {
    html! { <h1>{ "Hello, Fencepost" }</h1> }
}

fn main() {
    // The module is also loaded by workers, which have no window.
    let Some(root) = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"))
    else {
        return;
    };
    yew::Renderer::<App>::with_root(root).render();
}
