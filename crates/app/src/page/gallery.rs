//! The first page: every design there is.

use std::rc::Rc;

use designs::Scenario;
use designs::design::{Design, Named};
use designs::registry::DESIGNS;
use draw::swimlane::{self, Orientation, Viewport};
use yew::prelude::*;

use crate::component::picture;
use crate::state::Scene;

/// The gallery.
#[component]
pub fn Gallery() -> Html {
    html! {
        <main class="gallery">
            <h1>{ "See how locks, leases and elections go wrong" }</h1>
            <p class="lead">
                { "Each lesson is a simulation that runs in this page. Change a timeout, and watch \
                   who believed they held the lock, who really did, which writes landed, and which \
                   guarantees survived." }
            </p>
            { DESIGNS.iter().map(|design| lesson(*design)).collect::<Html>() }
        </main>
    }
}

fn lesson(design: &'static dyn Design) -> Html {
    let named = |named: &Named| {
        html! {
            <li key={named.code}>
                <a href={format!("#{}", named.code)}>{ named.title }</a>
                <p>{ named.shows }</p>
            </li>
        }
    };
    let id = format!("design-{}", design.key());
    html! {
        <article class="card" key={design.key()} aria-labelledby={id.clone()}>
            <div class="card-head">
                <h2 {id}><a href={format!("#{}", design.key())}>{ design.title() }</a></h2>
                <p>{ design.summary() }</p>
                <Preview key_={design.key()} />
            </div>
            <ul class="scenarios">{ design.scenarios().iter().map(named).collect::<Html>() }</ul>
        </article>
    }
}

#[derive(Properties, PartialEq)]
struct PreviewProps {
    key_: &'static str,
}

/// The lesson's own run, small.
#[component]
fn Preview(props: &PreviewProps) -> Html {
    let drawn = use_memo(props.key_, |key| {
        let scene = Scene::of(Scenario::new(designs::registry::find(key)?));
        let viewport = Viewport {
            width: 620.0,
            from: scene.from,
            until: scene.until,
            orientation: Orientation::Horizontal,
            unfolded: false,
        };
        Some(Rc::new(swimlane::draw(&scene.run, &viewport)))
    });
    let Some(drawn) = &*drawn else {
        return Html::default();
    };
    let (w, h) = (drawn.picture.width, drawn.picture.height);
    html! {
        <a class="preview" href={format!("#{}", props.key_)} tabindex="-1">
            <svg role="img" aria-label={drawn.describe()} viewBox={format!("0 0 {w} {h}")}>
                { picture::nodes(&drawn.picture.shapes) }
            </svg>
        </a>
    }
}
