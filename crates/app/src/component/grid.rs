//! A parameter that is a list: a grid of the times between places, each the
//! same both ways.

use designs::matrix::Matrix;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::control::Spec;
use crate::scale;

/// Properties of [`Grid`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The parameter.
    pub spec: Spec,
    /// What it is a list of.
    pub matrix: &'static Matrix,
    /// The entries, µs.
    pub entries: Vec<i64>,
    /// The id of what names the grid.
    pub labelled_by: AttrValue,
    /// The id of what explains it.
    pub described_by: AttrValue,
    /// Hears of an entry's place in the list and its new value.
    pub set: Callback<(usize, i64)>,
}

/// What was typed into a cell and is no value.
#[derive(Clone, PartialEq)]
struct Misread {
    cell: (usize, usize),
    text: String,
    what: String,
}

/// A cell for each two places. One of two that mirror each other changes the
/// other.
#[component]
pub fn Grid(props: &Props) -> Html {
    let misread = use_state_eq(|| None::<Misread>);
    let parameter = props.spec.0;
    let places = props.matrix.places;
    let error_id = format!("wrong-{}", parameter.key);
    let cell = |row: usize, column: usize| {
        let entry = props.matrix.place(row, column);
        let us = props.entries.get(entry).copied().unwrap_or(0);
        let wrong = (*misread)
            .as_ref()
            .filter(|misread| misread.cell == (row, column));
        let name = between(places, row, column);
        let onchange = {
            let (set, misread, name) = (props.set.clone(), misread.setter(), name.clone());
            move |event: Event| {
                let input: HtmlInputElement = event.target_unchecked_into();
                match scale::typed_ms(parameter, &input.value()) {
                    Ok(value) => {
                        misread.set(None);
                        // A value that is already set is written as before.
                        input.set_value(&milliseconds(value));
                        set.emit((entry, value));
                    }
                    Err(what) => misread.set(Some(Misread {
                        cell: (row, column),
                        text: input.value(),
                        what: format!("{name}: {what}"),
                    })),
                }
            }
        };
        let onkeydown = {
            let misread = misread.setter();
            move |event: KeyboardEvent| {
                if event.key() == "Escape" {
                    let input: HtmlInputElement = event.target_unchecked_into();
                    input.set_value(&milliseconds(us));
                    misread.set(None);
                }
            }
        };
        let value = wrong.map_or_else(|| milliseconds(us), |wrong| wrong.text.clone());
        html! {
            <td key={column} class={(row == column).then_some("within")}>
                <input type="number" step="any" {value} {onchange} {onkeydown}
                    min={milliseconds(parameter.min)} max={milliseconds(parameter.max)}
                    autocomplete="off" aria-label={format!("{name}, ms")}
                    aria-invalid={wrong.is_some().then_some("true")}
                    aria-describedby={wrong.is_some().then(|| error_id.clone())} />
            </td>
        }
    };
    let row = |row: usize| {
        html! {
            <tr key={row}>
                <th scope="row">{ places[row] }</th>
                { (0..places.len()).map(|column| cell(row, column)).collect::<Html>() }
            </tr>
        }
    };
    let head = places
        .iter()
        .map(|place| html! { <th scope="col">{ *place }</th> });
    html! {
        <>
            <table class="times" aria-labelledby={props.labelled_by.clone()}
                aria-describedby={props.described_by.clone()}>
                <thead><tr><td class="corner">{ "ms" }</td>{ head.collect::<Html>() }</tr></thead>
                <tbody>{ (0..places.len()).map(row).collect::<Html>() }</tbody>
            </table>
            // There from the start, so that news in it is read aloud.
            <p class="misread" id={error_id.clone()} role="alert">
                { misread.as_ref().map(|misread| misread.what.clone()).unwrap_or_default() }
            </p>
        </>
    }
}

/// Which two places a cell stands for.
fn between(places: &[&str], row: usize, column: usize) -> String {
    if row == column {
        format!("within {}", places[row])
    } else {
        format!("{} and {}", places[row], places[column])
    }
}

/// As codes write an entry.
fn milliseconds(us: i64) -> String {
    Matrix::write(&[us])
}
