//! Which faults a marked violation needs, and which are incidental.

use std::rc::Rc;

use designs::Law;
use explore::{Needed, Suspect};
use yew::prelude::*;

use crate::browser::slices::{Work, use_slices};
use crate::state::Scene;

impl Work for Needed {
    /// Somebody has pressed a button and waits.
    const SETTLE: u32 = 60;

    fn advance(&mut self) -> bool {
        Self::advance(self)
    }
}

/// Properties of [`Needs`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The run.
    pub scene: Rc<Scene>,
    /// A law that it breaks.
    pub law: Law,
    /// Whether anybody can see the page.
    pub awake: bool,
}

/// What goes wrong in the scenario, and what of it the violation needs.
#[component]
pub fn Needs(props: &Props) -> Html {
    let key = (props.scene.asked.clone(), props.law);
    let needed = use_slices(props.awake, key, |(asked, law)| {
        Needed::new(&asked.scenario, *law)
    });
    let words = needed
        .as_ref()
        .and_then(|it| it.suspects())
        .map_or_else(|| "Running it again without each fault…".into(), sentence);
    html! { <p class="often needs" aria-live="polite">{ words }</p> }
}

fn sentence(suspects: &[Suspect]) -> String {
    let listed = |still_broken: bool| {
        let alike = suspects.iter();
        let alike = alike.filter(|it| it.still_broken() == still_broken);
        alike.map(Suspect::words).collect::<Vec<_>>().join(" · ")
    };
    let (needed, other) = (listed(false), listed(true));
    match (needed.as_str(), other.as_str()) {
        ("", "") => "Needs no fault.".into(),
        (needed, "") => format!("Needs: {needed}."),
        ("", other) => format!("Needs none of these by itself: {other}."),
        (needed, other) => format!("Needs: {needed}. Not needed: {other}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use designs::code;

    fn words(text: &str) -> String {
        let scenario = code::read(text).expect("a code of ours").scenario;
        let mut needed = Needed::new(&scenario, Law::OneHolder);
        while needed.advance() {}
        sentence(needed.suspects().expect("all has run"))
    }

    #[test]
    fn needed_and_incidental_faults_are_told_apart() {
        assert_eq!(words("redlock"), "Needs: Pause of A (8 s).");
        assert_eq!(
            words("redlock?fault=step,redis3,5s,@200ms"),
            "Needs: Pause of A (8 s). Not needed: clock step on Redis 3 (+5 s)."
        );
        assert_eq!(words("redlock?pause=0ms"), "Needs no fault.");
    }
}
