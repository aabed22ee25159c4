//! Where along each slider the verdict changes: marks beneath its track, and
//! in words.

use std::rc::Rc;

use designs::parameter::{Parameter, Unit};
use designs::{Scenario, code};
use explore::{Flip, Flips};
use yew::prelude::*;

use super::control::Spec;
use crate::asked::Asked;
use crate::browser::slices::{Work, use_slices};
use crate::scale;

/// The search along every slider of a scenario, one after the other.
#[derive(Clone)]
struct Search {
    sliders: Vec<Flips>,
}

impl Search {
    /// Begins with the slider at `first`.
    fn new((asked, first): &(Rc<Asked>, usize)) -> Self {
        let scenario = &asked.scenario;
        let parameters = scenario.design.parameters();
        let others = (0..parameters.len()).filter(|place| place != first);
        let numeric = std::iter::once(*first)
            .chain(others)
            .filter(|&place| is_number(&parameters[place]));
        let flips = |place| Flips::new(scenario.clone(), place, values(&parameters[place]));
        Self {
            sliders: numeric.map(flips).collect(),
        }
    }
}

impl Work for Search {
    fn advance(&mut self) -> bool {
        let mut open = self.sliders.iter_mut().filter(|it| it.found().is_none());
        let Some(flips) = open.next() else {
            return false;
        };
        flips.advance() || open.next().is_some()
    }
}

/// Whether a parameter has a slider.
pub const fn is_number(parameter: &Parameter) -> bool {
    !matches!(
        parameter.unit,
        Unit::Switch | Unit::Choice(_) | Unit::Matrix(_)
    )
}

/// The values of a slider's positions, rising.
fn values(parameter: &Parameter) -> Vec<i64> {
    let positions = 0..=scale::last(parameter);
    let mut values: Vec<i64> = positions.map(|it| scale::value(parameter, it)).collect();
    values.dedup();
    values
}

/// What was found along a slider, and in which scenario.
#[derive(Clone)]
struct Found {
    scenario: Scenario,
    flips: Rc<[Flip]>,
}

impl Found {
    /// Whether it was found in what is `asked` for, but for the parameter at
    /// `place`, which was moved.
    fn is_true_of(&self, asked: &Asked, place: usize) -> bool {
        if self.scenario.design.key() != asked.design().key() {
            return false;
        }
        let mut moved = self.scenario.clone();
        moved.set_value(place, asked.scenario.value(place));
        // While another slider moves, its value tells; codes of all sliders
        // would be too much for each of its steps.
        let is_alike = |place| moved.value(place) == asked.scenario.value(place);
        (0..asked.design().parameters().len()).all(is_alike) && code::write(&moved) == asked.code
    }
}

/// Searches along every slider of `asked` at leisure, from the one at `first`
/// on. By place, where the verdict changes along each; `None` where nobody
/// knows yet. What was found along one stays true while only that one moves.
#[hook]
pub fn use_flips(at_leisure: bool, asked: &Rc<Asked>, first: usize) -> Vec<Option<Rc<[Flip]>>> {
    let kept = use_mut_ref(Vec::<Option<Found>>::new);
    let key = (asked.clone(), first);
    let search = use_slices(at_leisure, key, Search::new);
    let mut kept = kept.borrow_mut();
    kept.resize(asked.design().parameters().len(), None);
    for flips in search.iter().flat_map(|search| &search.sliders) {
        if let Some(found) = flips.found() {
            kept[flips.place()] = Some(Found {
                scenario: flips.scenario().clone(),
                flips: found.into(),
            });
        }
    }
    let known = |(place, found): (usize, &Option<Found>)| {
        let found = found.as_ref()?;
        found.is_true_of(asked, place).then(|| found.flips.clone())
    };
    kept.iter().enumerate().map(known).collect()
}

/// Ticks beneath a track, in thousandths of its length.
pub fn ticks(parameter: &Parameter, flips: &[Flip]) -> Html {
    let last = scale::last(parameter).max(1);
    let tick = |flip: &Flip| {
        let at = scale::position(parameter, flip.after) * 1_000 / last;
        format!("M{at} 0V6")
    };
    let path: String = flips.iter().map(tick).collect();
    html! {
        <svg class="flip-ticks" aria-hidden="true" viewBox="0 0 1000 6" preserveAspectRatio="none">
            <path d={path} />
        </svg>
    }
}

/// Properties of [`FlipWords`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The parameter.
    pub spec: Spec,
    /// Its value.
    pub value: i64,
    /// Where the verdict changes; `None` while nobody knows.
    pub flips: Option<Rc<[Flip]>>,
    /// By what the slider is described with these words.
    pub id: String,
    /// Whether the words can be seen: at the slider that was last moved.
    pub is_open: bool,
    /// Hears of a value that was chosen.
    pub set: Callback<i64>,
}

/// The changes in words, each a button that leads just beyond it.
#[component]
pub fn FlipWords(props: &Props) -> Html {
    let parameter = props.spec.0;
    let flips = props.flips.as_deref();
    let beyond = flips.unwrap_or_default().iter();
    let beyond: Vec<i64> = beyond.map(|flip| flip.beyond(props.value)).collect();
    if !props.is_open {
        let shown: Vec<String> = beyond.iter().map(|&it| parameter.show(it)).collect();
        let words = if shown.is_empty() {
            String::new()
        } else {
            format!("Verdict changes at {}.", shown.join(" and "))
        };
        return html! { <span class="unseen" id={props.id.clone()}>{ words }</span> };
    }
    let lead = match flips {
        None => "",
        Some([]) => "No change of the verdict was found here.",
        Some(_) => "Verdict changes at",
    };
    let button = |value: &i64| {
        let (set, value) = (props.set.clone(), *value);
        let shown = parameter.show(value);
        let onclick = move |_| set.emit(value);
        html! {
            <>{ " " }<button type="button" class="link" {onclick}>{ shown }</button></>
        }
    };
    html! {
        <p class="flips" id={props.id.clone()}>
            { lead }{ beyond.iter().map(button).collect::<Html>() }
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use designs::registry::DESIGNS;

    #[test]
    fn a_search_takes_one_slider_after_the_other_and_each_once() {
        let scenario = code::read("redlock").expect("a code of ours").scenario;
        let pause = scenario.place("pause").expect("a pause");
        let parameters = scenario.design.parameters().iter();
        let numeric = parameters.filter(|it| is_number(it)).count();
        let mut search = Search::new(&(Rc::new(Asked::of(scenario)), pause));
        assert_eq!(search.sliders.len(), numeric);
        assert_eq!(search.sliders[0].place(), pause);
        while search.sliders[0].found().is_none() {
            assert!(search.sliders[1..].iter().all(|it| it.found().is_none()));
            assert!(search.advance());
        }
        while search.advance() {}
        assert!(search.sliders.iter().all(|it| it.found().is_some()));
    }

    #[test]
    fn values_of_a_slider_rise() {
        for parameter in DESIGNS.iter().flat_map(|it| it.parameters()) {
            let values = values(parameter);
            assert!(values.is_sorted_by(|a, b| a < b), "{}", parameter.key);
        }
    }

    #[test]
    fn what_was_found_stays_while_only_its_own_slider_moves() {
        let read = |text: &str| code::read(text).expect("a code of ours").scenario;
        let place = read("redlock").place("ttl").expect("a TTL");
        let found = Found {
            scenario: read("redlock"),
            flips: [].into(),
        };
        let known = |text| found.is_true_of(&Asked::of(read(text)), place);
        assert!(known("redlock?ttl=7s"));
        assert!(!known("redlock?ttl=7s&pause=1s"));
        assert!(!known("zookeeper"));
    }
}
