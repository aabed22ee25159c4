//! Shapes on the page.

use draw::Shape;
use draw::svg::{elements, number};
use web_sys::Element;
use yew::prelude::*;

/// Properties of [`Picture`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The elements, as [`markup`] writes them.
    pub markup: AttrValue,
    /// The group's class.
    #[prop_or_default]
    pub class: Classes,
}

/// A group of shapes inside an `svg`. The browser reads them as text, which
/// takes it a fraction of what a virtual node a shape would: a picture has
/// hundreds, and most of them change with each move of a slider.
#[component]
pub fn Picture(props: &Props) -> Html {
    let group = use_node_ref();
    use_effect_with((group.clone(), props.markup.clone()), |(group, markup)| {
        if let Some(group) = group.cast::<Element>() {
            group.set_inner_html(markup);
        }
    });
    html! { <g class={props.class.clone()} ref={group} /> }
}

/// Shapes as markup. Whatever text they carry is escaped.
pub fn markup(shapes: &[Shape]) -> AttrValue {
    elements(shapes).into()
}

/// The `viewBox` of a picture of a size.
pub fn view_box(width: f32, height: f32) -> String {
    format!("0 0 {} {}", number(width), number(height))
}
