//! One event: when and where, what, why, and what came of it.

use std::rc::Rc;

use designs::words;
use draw::table::{self, Row, Value};
use sim::Span;
use yew::prelude::*;

use super::Dispatch;
use crate::causes;
use crate::state::{Action, Scene};
use crate::stops;

/// More causes, or effects, than this are counted and not listed.
const MOST: usize = 24;

/// Properties of [`Inspect`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub scene: Rc<Scene>,
    /// The record to look into; `None` before the first.
    pub event: Option<u32>,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// An event in words, between its causes and its effects.
#[component]
pub fn Inspect(props: &Props) -> Html {
    let around = use_memo((props.scene.clone(), props.event), |(scene, event)| {
        let records = &scene.run.trace.records;
        event.map(|event| {
            let effects: Vec<u32> = causes::effects(records, event).collect();
            (causes::chain(records, event), effects)
        })
    });
    let scene = &props.scene;
    let row = props
        .event
        .and_then(|event| table::row_at(&scene.run, event));
    let (Some(row), Some((chain, effects))) = (row, &*around) else {
        return html! { <p class="muted">{ "Nothing has happened yet." }</p> };
    };
    let list = |records: &[u32], none: &'static str| events(props, records, none);
    html! {
        <div class="event">
            <p><time>{ words::instant(row.at) }</time>{ " " }{ what(scene, row.record) }</p>
            <dl>
                <dt>{ "lane" }</dt><dd>{ lane_name(scene, row.lane) }</dd>
                { fields(scene, &row).into_iter().map(|(name, value)| html! {
                    <><dt>{ name }</dt><dd>{ value }</dd></>
                }).collect::<Html>() }
            </dl>
            <h2>{ "Why: its causes, the nearest first" }</h2>
            { list(chain, "Nothing before it: it stands at the beginning, or is a fault.") }
            <h2>{ "What it led to" }</h2>
            { list(effects, "Nothing, directly.") }
        </div>
    }
}

/// Events to go to, or what to say where there are none.
fn events(props: &Props, records: &[u32], none: &'static str) -> Html {
    if records.is_empty() {
        return html! { <p class="muted">{ none }</p> };
    }
    let scene = &props.scene;
    let event = |&record: &u32| {
        let dispatch = props.dispatch.clone();
        html! {
            <li key={record}>
                <button type="button" onclick={move |_| dispatch.dispatch(Action::Select(record))}>
                    <time>{ words::instant(scene.time_of(record)) }</time>{ " " }
                    { what(scene, record) }
                </button>
            </li>
        }
    };
    let more = records.len().saturating_sub(MOST);
    html! {
        <>
            <ol class="story">{ records.iter().take(MOST).map(event).collect::<Html>() }</ol>
            if more > 0 {
                <p class="muted">{ format!("And {} more.", words::count(more as u64)) }</p>
            }
        </>
    }
}

/// What happened at a record: the story's words where it tells of it.
fn what(scene: &Scene, record: u32) -> String {
    let place = scene
        .story
        .binary_search_by_key(&record, |sentence| sentence.record);
    place.map_or_else(
        |_| stops::caption(&scene.run, record),
        |place| scene.story[place].text.clone(),
    )
}

/// A lane's name by its key.
pub fn lane_name<'a>(scene: &'a Scene, key: &'a str) -> &'a str {
    let lane = scene.run.lanes.iter().find(|lane| lane.key == key);
    lane.map_or(key, |lane| &lane.label)
}

/// The fields of a record by name and in words: without underscores, times
/// with a unit. What is not there is left out, and so is a message's summary,
/// which means something to its protocol alone.
pub fn fields(scene: &Scene, row: &Row<'_>) -> Vec<(String, String)> {
    let fields = row.fields.iter();
    fields
        .filter(|&&(name, value)| value != Value::Nothing && name != "summary")
        .map(|&(name, value)| {
            let words = match (name.strip_suffix("_us"), value) {
                (Some(_), Value::Number(us)) => time(us),
                (_, Value::Word(word)) if matches!(name, "to" | "from" | "peer") => {
                    lane_name(scene, word).to_owned()
                }
                (_, Value::Word(word)) => word.replace('_', " "),
                (_, Value::Holder(lane, attempt)) => {
                    format!("{}, attempt {attempt}", lane_name(scene, lane))
                }
                (_, value) => value.to_string(),
            };
            let name = name.strip_suffix("_us").unwrap_or(name);
            (name.replace('_', " "), words)
        })
        .collect()
}

/// So many microseconds, either way.
fn time(us: i64) -> String {
    let sign = if us < 0 { "−" } else { "" };
    format!("{sign}{}", words::span(Span::from_us(us.unsigned_abs())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked::Asked;
    use designs::Scenario;
    use designs::registry::DESIGNS;

    #[test]
    fn every_event_has_words_and_no_field_a_machines_name() {
        for design in DESIGNS {
            let asked = Rc::new(Asked::of(Scenario::new(design)));
            let Some(scene) = Scene::at_once(&asked) else {
                continue;
            };
            for row in table::rows(&scene.run) {
                assert!(!what(&scene, row.record).is_empty());
                for (name, value) in fields(&scene, &row) {
                    assert!(
                        !name.contains('_') && !value.contains('_'),
                        "{name} {value}"
                    );
                }
            }
        }
    }

    #[test]
    fn times_have_a_unit_and_a_sign() {
        assert_eq!(time(5_000_000), "5 s");
        assert_eq!(time(-152_000), "−152 ms");
    }
}
