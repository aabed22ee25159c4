//! Shapes as SVG nodes: what `draw::svg` is to files.

use draw::shape::{About, number, path_data};
use draw::svg::{anchor_word, dash_array, opacity};
use draw::{Paint, Shape};
use yew::prelude::*;

/// The nodes of `shapes`, to stand inside an `svg`.
pub fn nodes(shapes: &[Shape]) -> Html {
    shapes.iter().map(node).collect()
}

/// The `viewBox` of a picture of a size.
pub fn view_box(width: f32, height: f32) -> String {
    format!("0 0 {} {}", number(width), number(height))
}

fn node(shape: &Shape) -> Html {
    match shape {
        Shape::Rect {
            x,
            y,
            w,
            h,
            r,
            paint,
            about,
        } => {
            let style = Style::of(*paint);
            html! {
                <rect class={style.class} x={number(*x)} y={number(*y)} width={number(*w)} height={number(*h)}
                    rx={(*r > 0.0).then(|| number(*r))} stroke-width={style.width}
                    stroke-dasharray={style.dash} opacity={style.opacity} data-record={record(about)}>
                    { title(about) }
                </rect>
            }
        }
        Shape::Path {
            segments,
            paint,
            about,
        } => {
            let style = Style::of(*paint);
            html! {
                <path class={style.class} d={path_data(segments)} stroke-width={style.width}
                    stroke-dasharray={style.dash} opacity={style.opacity} data-record={record(about)}>
                    { title(about) }
                </path>
            }
        }
        Shape::Circle {
            x,
            y,
            r,
            paint,
            about,
        } => {
            let style = Style::of(*paint);
            html! {
                <circle class={style.class} cx={number(*x)} cy={number(*y)} r={number(*r)}
                    stroke-width={style.width} stroke-dasharray={style.dash} opacity={style.opacity}
                    data-record={record(about)}>
                    { title(about) }
                </circle>
            }
        }
        Shape::Text {
            x,
            y,
            anchor,
            size,
            bold,
            ink,
            text,
            about,
        } => html! {
            <text class={format!("f-{}", ink.name())} x={number(*x)} y={number(*y)}
                font-size={number(size.px())} text-anchor={anchor_word(*anchor)}
                font-weight={bold.then_some("600")} data-record={record(about)}>
                { title(about) }{ text }
            </text>
        },
    }
}

struct Style {
    class: String,
    width: Option<String>,
    dash: Option<&'static str>,
    opacity: Option<String>,
}

impl Style {
    fn of(paint: Paint) -> Self {
        Self {
            class: paint.classes(),
            width: paint.stroke.map(|_| number(paint.width)),
            dash: dash_array(paint.dash),
            opacity: (paint.opacity < 100).then(|| opacity(paint.opacity)),
        }
    }
}

fn record(about: &Option<About>) -> Option<String> {
    about.as_ref().map(|about| about.record.to_string())
}

fn title(about: &Option<About>) -> Html {
    match about {
        Some(about) => html! { <title>{ &about.title }</title> },
        None => Html::default(),
    }
}
