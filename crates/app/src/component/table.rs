//! The trace as a table, in step with the playhead.

use std::rc::Rc;

use designs::words;
use draw::table;
use sim::Time;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::Dispatch;
use super::inspect::{fields, lane_name};
use super::story::{keep_in_view, near};
use crate::state::{Action, Scene};
use crate::stops;

/// Properties of [`Table`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub scene: Rc<Scene>,
    /// Where the playhead is.
    pub at: Time,
    /// The record that is looked into.
    pub selected: Option<u32>,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// The events of all lanes, or of one, around the playhead.
#[component]
pub fn Table(props: &Props) -> Html {
    let lane = use_state_eq(|| None::<u16>);
    let body = use_node_ref();
    let scene = &props.scene;
    let records = use_memo((scene.clone(), *lane), |(scene, lane)| {
        of_lane(scene, *lane)
    });
    let current = current(scene, &records, props.at, props.selected);
    let near = near(records.len(), current);
    {
        let (body, from) = (body.clone(), near.start);
        use_effect_with((records.clone(), current), move |(_, current)| {
            if let Some(current) = current {
                keep_in_view(&body, *current - from);
            }
        });
    }
    let choose = {
        let lane = lane.clone();
        move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            lane.set(select.and_then(|select| select.value().parse().ok()));
        }
    };
    let elsewhere = records.len() - near.len();
    let here = current.map(|current| records[current]);
    let line = |&record: &u32| {
        html! {
            <Line key={record} scene={scene.clone()} {record} is_current={here == Some(record)}
                dispatch={props.dispatch.clone()} />
        }
    };
    html! {
        <div class="trace">
            <label>
                { "Lane " }
                <select onchange={choose}>
                    <option value="" selected={lane.is_none()}>{ "all" }</option>
                    { (0_u16..).zip(&scene.run.lanes).map(|(number, it)| html! {
                        <option key={number} value={number.to_string()} selected={*lane == Some(number)}>
                            { &it.label }
                        </option>
                    }).collect::<Html>() }
                </select>
            </label>
            <p class="muted">
                { format!("{} events", words::count(records.len() as u64)) }
                if elsewhere > 0 {
                    { format!(", {} of them earlier or later than these: the rows follow the playhead",
                        words::count(elsewhere as u64)) }
                }
                { "." }
            </p>
            <table>
                <thead>
                    <tr>
                        { ["Time", "Lane", "Event", "Fields", "Cause"].map(|name| html! {
                            <th scope="col">{ name }</th>
                        }).into_iter().collect::<Html>() }
                    </tr>
                </thead>
                <tbody ref={body}>{ records[near].iter().map(line).collect::<Html>() }</tbody>
            </table>
        </div>
    }
}

/// The records of a lane, or all.
fn of_lane(scene: &Scene, lane: Option<u16>) -> Vec<u32> {
    (0..)
        .zip(&scene.run.trace.records)
        .filter(|(_, record)| lane.is_none_or(|lane| record.lane == lane))
        .map(|(number, _)| number)
        .collect()
}

/// The place among `records` of the one that is looked into, or of the last
/// one up to it or to the playhead.
fn current(scene: &Scene, records: &[u32], at: Time, selected: Option<u32>) -> Option<usize> {
    let is_reached = |&record: &u32| match selected {
        Some(selected) => record <= selected,
        None => scene.time_of(record) <= at,
    };
    records.partition_point(is_reached).checked_sub(1)
}

#[derive(Properties, PartialEq)]
struct LineProps {
    scene: Rc<Scene>,
    record: u32,
    is_current: bool,
    dispatch: Dispatch,
}

/// One event.
#[component]
fn Line(props: &LineProps) -> Html {
    let scene = &props.scene;
    let Some(row) = table::row_at(&scene.run, props.record) else {
        return Html::default();
    };
    let go_to = |record: u32| {
        let dispatch = props.dispatch.clone();
        html! {
            <button type="button" onclick={move |_| dispatch.dispatch(Action::Select(record))}>
                <time>{ words::instant(scene.time_of(record)) }</time>
            </button>
        }
    };
    let fields = fields(scene, &row);
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name}: {value}"));
    html! {
        <tr aria-current={props.is_current.then_some("true")}>
            <th scope="row">{ go_to(props.record) }</th>
            <td>{ lane_name(scene, row.lane) }</td>
            <td>{ stops::deed(&scene.run, props.record) }</td>
            <td>{ fields.collect::<Vec<_>>().join("; ") }</td>
            <td>{ row.cause.map(go_to) }</td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked::Asked;

    #[test]
    fn the_row_of_the_playhead_is_the_last_one_up_to_it() {
        let parsed = designs::code::read("redlock").expect("a scenario");
        let scene = Scene::at_once(&Rc::new(Asked::of(parsed.scenario))).expect("it is short");
        for lane in [None, Some(0), Some(1)] {
            let records = of_lane(&scene, lane);
            assert!(!records.is_empty());
            for at in (0..12_000_000).step_by(700_000).map(Time::from_us) {
                let place = current(&scene, &records, at, None);
                let reached = records.iter().filter(|&&it| scene.time_of(it) <= at);
                assert_eq!(place, reached.count().checked_sub(1));
            }
            let last = *records.last().expect("there are some");
            let place = current(&scene, &records, Time::ZERO, Some(last));
            assert_eq!(place, Some(records.len() - 1));
        }
    }
}
