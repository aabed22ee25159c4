//! A run that is waited for: it is made in slices, and shown once it is done.

use std::rc::Rc;

use designs::words;
use yew::prelude::*;

use super::Dispatch;
use crate::asked::Asked;
use crate::browser::slices::use_slices;
use crate::preparing::InHand;
use crate::state::Action;

/// Properties of [`Progress`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What is waited for.
    pub asked: Rc<Asked>,
    /// Whether anybody can see the page.
    pub awake: bool,
    /// Where the finished scene goes.
    pub dispatch: Dispatch,
}

/// Makes what is asked for and says how far it is.
#[component]
pub fn Progress(props: &Props) -> Html {
    let in_hand = use_slices(props.awake, props.asked.clone(), InHand::of);
    let scene = in_hand.as_ref().and_then(|it| it.scene());
    {
        let dispatch = props.dispatch.clone();
        use_effect_with(scene, move |scene| {
            if let Some(scene) = scene {
                dispatch.dispatch(Action::Made(scene.clone()));
            }
        });
    }
    let percent = in_hand.as_ref().and_then(|it| it.percent());
    let words = match (&in_hand, percent) {
        (_, Some(percent)) => format!("Simulating… {percent} %"),
        (Some(in_hand), None) => format!("Simulating… {} events", words::count(in_hand.events())),
        (None, None) => "Simulating…".into(),
    };
    html! {
        <div class="making">
            <label>
                <span>{ words }</span>
                <progress max="100" value={percent.map(|percent| percent.to_string())} />
            </label>
        </div>
    }
}
