//! The first page: every design there is.

use std::rc::Rc;

use designs::Scenario;
use designs::design::{Design, Named};
use designs::registry::DESIGNS;
use draw::swimlane::{self, Orientation, Viewport};
use yew::prelude::*;

use crate::asked::Asked;
use crate::browser::slices::use_slices;
use crate::component::picture::{Picture, markup, view_box};
use crate::preparing::InHand;
use crate::state::Scene;

/// The gallery. With `predict` it tells nothing of what happens in a run.
pub fn gallery(predict: bool) -> Html {
    html! {
        <main class="gallery">
            <h1>{ "See how locks, leases and elections go wrong" }</h1>
            <p class="lead">
                { "Each lesson is a simulation that runs in this page. Change a timeout, and watch \
                   who believed they held the lock, who really did, which writes landed, and which \
                   guarantees survived." }
            </p>
            { DESIGNS.iter().map(|design| lesson(*design, predict)).collect::<Html>() }
        </main>
    }
}

fn lesson(design: &'static dyn Design, predict: bool) -> Html {
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
                if !predict {
                    <Preview asked={Rc::new(Asked::of(Scenario::new(design)))} />
                }
            </div>
            if !predict {
                <ul class="scenarios">{ design.scenarios().iter().map(named).collect::<Html>() }</ul>
            }
        </article>
    }
}

#[derive(Properties, PartialEq)]
struct PreviewProps {
    /// The lesson.
    asked: Rc<Asked>,
}

/// The lesson's own run, small; a long one comes a little later.
#[component]
fn Preview(props: &PreviewProps) -> Html {
    let at_once = use_memo(props.asked.clone(), |asked| {
        Scene::at_once(asked).map(Rc::new)
    });
    let in_hand = use_slices(at_once.is_none(), props.asked.clone(), InHand::of);
    let later = || in_hand.as_ref().and_then(|it| it.scene());
    let picture = use_memo((*at_once).clone().or_else(later), |scene| {
        scene.as_deref().map(picture)
    });
    html! {
        <a class="preview" href={format!("#{}", props.asked.code)} tabindex="-1">
            { (*picture).clone() }
        </a>
    }
}

fn picture(scene: &Scene) -> Html {
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
        <svg role="img" aria-label={drawn.describe()} viewBox={view_box(w, h)}>
            <Picture markup={markup(&drawn.picture.shapes)} />
        </svg>
    }
}
