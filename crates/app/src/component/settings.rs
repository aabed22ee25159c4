//! What is set, to read and not to change.

use std::rc::Rc;

use designs::parameter::{Group, Parameter, Unit};
use yew::prelude::*;

use crate::asked::Asked;

/// Properties of [`Settings`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub asked: Rc<Asked>,
    /// The parameters to show, by key; `None` for all that matter.
    pub chosen: Option<Vec<String>>,
}

/// Names and values, and the faults beyond them.
#[component]
pub fn Settings(props: &Props) -> Html {
    let scenario = &props.asked.scenario;
    let is_shown = |(place, parameter): &(usize, &'static Parameter)| match &props.chosen {
        Some(chosen) => chosen.iter().any(|key| key == parameter.key),
        None => parameter.group != Group::FinePrint || scenario.is_set(*place),
    };
    let row = |(place, parameter): (usize, &'static Parameter)| {
        let value = match parameter.unit {
            Unit::Matrix(_) => scenario.written(place).replace(',', ", "),
            _ => parameter.show(scenario.value(place)),
        };
        html! {
            <div key={parameter.key}>
                <dt title={parameter.teaches}>{ parameter.label }</dt>
                <dd class={scenario.is_set(place).then_some("set")}>{ value }</dd>
            </div>
        }
    };
    let parameters = props.asked.design().parameters().iter().enumerate();
    let faults = scenario.faults.iter();
    let faults: Html = faults
        .map(|fault| html! { <dd><code>{ fault.write(scenario.design) }</code></dd> })
        .collect();
    html! {
        <dl class="settings">
            { parameters.filter(is_shown).map(row).collect::<Html>() }
            if !scenario.faults.is_empty() {
                <div><dt>{ "More faults" }</dt>{ faults }</div>
            }
        </dl>
    }
}
