//! A picture that changes with each move of a slider.

use std::rc::Rc;

use draw::Picture;
use web_sys::HtmlCanvasElement;
use yew::prelude::*;

use crate::browser::brush::Brush;
use crate::browser::look::Look;

/// Properties of [`Canvas`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What is on it.
    pub picture: Rc<Picture>,
    /// How it has to look.
    pub look: Look,
    /// Its class.
    #[prop_or_default]
    pub class: Classes,
}

/// Shapes, painted. Elements would have to be styled and laid out by the
/// browser at each step; those of a slider are gone before anybody points at
/// them.
#[component]
pub fn Canvas(props: &Props) -> Html {
    let canvas = use_node_ref();
    {
        let canvas = canvas.clone();
        let (picture, look) = (props.picture.clone(), props.look);
        use_effect(move || {
            let size = (picture.width, picture.height);
            let brush = canvas
                .cast::<HtmlCanvasElement>()
                .and_then(|canvas| Brush::clear(&canvas, size, look.density, look.dark));
            if let Some(mut brush) = brush {
                brush.paint(&picture.shapes);
            }
        });
    }
    html! { <canvas ref={canvas} class={props.class.clone()} /> }
}
