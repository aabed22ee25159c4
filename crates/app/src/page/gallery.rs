//! The first page: every design there is.

use designs::Scenario;
use designs::design::{Design, Named};
use designs::registry::DESIGNS;
use draw::swimlane::{self, Orientation, Viewport};
use yew::prelude::*;

use crate::component::picture::{Picture, markup, view_box};
use crate::state::Scene;

/// The gallery.
pub fn gallery() -> Html {
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
                { preview(design) }
            </div>
            <ul class="scenarios">{ design.scenarios().iter().map(named).collect::<Html>() }</ul>
        </article>
    }
}

/// The lesson's own run, small.
fn preview(design: &'static dyn Design) -> Html {
    let scene = Scene::of(Scenario::new(design));
    let viewport = Viewport {
        width: 620.0,
        from: scene.from,
        until: scene.until,
        orientation: Orientation::Horizontal,
        unfolded: false,
    };
    let drawn = swimlane::draw(&scene.run, &viewport);
    let (w, h) = (drawn.picture.width, drawn.picture.height);
    html! {
        <a class="preview" href={format!("#{}", design.key())} tabindex="-1">
            <svg role="img" aria-label={drawn.describe()} viewBox={view_box(w, h)}>
                <Picture markup={markup(&drawn.picture.shapes)} />
            </svg>
        </a>
    }
}
