//! All that can be set, by heading.

use std::rc::Rc;

use designs::parameter::{Group, Parameter};
use yew::prelude::*;

use super::Dispatch;
use super::control::{Control, Spec};
use super::flips::use_flips;
use crate::asked::Asked;
use crate::state::Action;

/// Properties of [`Controls`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What is asked for.
    pub asked: Rc<Asked>,
    /// The parameters to show, by key; `None` for all, with faults and resets.
    pub chosen: Option<Vec<String>>,
    /// The place of the one that stays in reach on a small screen.
    pub docked: usize,
    /// Whether there is time to find where the verdict changes.
    pub at_leisure: bool,
    /// Where actions go.
    pub dispatch: Dispatch,
}

const GROUPS: [Group; 6] = [
    Group::Time,
    Group::Fault,
    Group::Servers,
    Group::Protection,
    Group::Workers,
    Group::FinePrint,
];

/// Sliders, choices and switches.
#[component]
pub fn Controls(props: &Props) -> Html {
    let parameters = props.asked.design().parameters();
    let docked = docked(props, parameters);
    let flips = use_flips(
        props.at_leisure,
        &props.asked,
        docked.unwrap_or(props.docked),
    );
    let control = |(place, parameter): (usize, &'static Parameter)| {
        let scenario = &props.asked.scenario;
        html! {
            <Control key={parameter.key} spec={Spec(parameter)} {place}
                value={scenario.value(place)} entries={scenario.list_at(place).to_vec()} is_set={scenario.is_set(place)}
                is_docked={Some(place) == docked} flips={flips[place].clone()} dispatch={props.dispatch.clone()} />
        }
    };
    let all = || parameters.iter().enumerate();
    if let Some(chosen) = &props.chosen {
        let is_chosen = |key: &str| chosen.iter().any(|it| it == key);
        let shown = all().filter(|(_, parameter)| is_chosen(parameter.key));
        return html! { <div class="group">{ shown.map(control).collect::<Html>() }</div> };
    }
    let group = |group: Group| {
        let within = all().filter(|(_, parameter)| parameter.group == group);
        let controls = within.map(control).collect::<Html>();
        if group == Group::FinePrint {
            return html! {
                <details class="group" key={group.title()}>
                    <summary><h2>{ group.title() }</h2></summary>
                    { controls }
                </details>
            };
        }
        html! {
            <section class="group" key={group.title()}>
                <h2>{ group.title() }</h2>
                { controls }
                if group == Group::Fault { { faults(props) } }
            </section>
        }
    };
    let used = GROUPS
        .into_iter()
        .filter(|group| parameters.iter().any(|it| it.group == *group));
    html! { <>{ used.map(group).collect::<Html>() }{ reset_all(props) }</> }
}

/// Which control stays in reach: the one last moved, if it is shown.
fn docked(props: &Props, parameters: &[Parameter]) -> Option<usize> {
    let Some(chosen) = &props.chosen else {
        return Some(props.docked);
    };
    let is_shown = |place: &usize| chosen.iter().any(|key| key == parameters[*place].key);
    let mut shown = (0..parameters.len()).filter(is_shown);
    Some(props.docked).filter(is_shown).or_else(|| shown.next())
}

/// Faults beyond those that parameters describe.
fn faults(props: &Props) -> Html {
    let scenario = &props.asked.scenario;
    if scenario.faults.is_empty() {
        return Html::default();
    }
    let line = |(place, text): (usize, String)| {
        let dispatch = props.dispatch.clone();
        let remove = move |_| dispatch.dispatch(Action::RemoveFault(place));
        html! {
            <li key={place}>
                <code>{ &text }</code>
                <button type="button" class="quiet" onclick={remove}
                    aria-label={format!("Remove the fault {text}")}>{ "✕" }</button>
            </li>
        }
    };
    let texts = scenario
        .faults
        .iter()
        .map(|fault| fault.write(scenario.design));
    html! {
        <ul class="faults" aria-label="More faults">
            { texts.enumerate().map(line).collect::<Html>() }
        </ul>
    }
}

fn reset_all(props: &Props) -> Html {
    if props.asked.code == props.asked.design().key() {
        return Html::default();
    }
    let dispatch = props.dispatch.clone();
    let reset = move |_| dispatch.dispatch(Action::ResetAll);
    html! {
        <button type="button" class="button" onclick={reset}>{ "Reset all" }</button>
    }
}
