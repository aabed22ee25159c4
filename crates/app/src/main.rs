//! The page: the only crate that knows a browser.

mod app;
mod asked;
mod browser;
mod causes;
mod component;
mod embedding;
mod guess;
mod page;
mod preparing;
mod route;
mod scale;
mod state;
mod stops;
mod stretch;

fn main() {
    // The module is also loaded by workers, which have no window.
    let Some(root) = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"))
    else {
        return;
    };
    yew::Renderer::<app::App>::with_root(root).render();
}
