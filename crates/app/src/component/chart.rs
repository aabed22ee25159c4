//! The design's curves: many runs beside a closed form. They refine while one
//! looks, and the mark of where one is moves at once.

use std::rc::Rc;

use designs::design::{Chart, Design};
use designs::{Scenario, code};
use draw::chart::{self, ChartData};
use draw::svg::number;
use explore::Sweep;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::Dispatch;
use super::picture::{Picture, markup, view_box};
use crate::asked::Asked;
use crate::browser::slices::{Work, use_slices};
use crate::browser::width::use_width;
use crate::state::Action;

/// How many seeds each point is run with.
const SEEDS: u64 = 200;
/// Pixels.
const HEIGHT: f32 = 230.0;

impl Work for Sweep {
    fn advance(&mut self) -> bool {
        Self::advance(self)
    }
}

/// Every chart of the design.
pub fn charts(asked: &Rc<Asked>, awake: bool, dispatch: &Dispatch) -> Html {
    let one = |(place, chart): (usize, &'static Chart)| {
        html! {
            <Curve key={chart.key} {place} asked={asked.clone()} {awake} dispatch={dispatch.clone()} />
        }
    };
    let charts = asked.design().charts().iter().enumerate();
    html! { <div class="charts">{ charts.map(one).collect::<Html>() }</div> }
}

#[derive(Properties, PartialEq)]
struct CurveProps {
    place: usize,
    asked: Rc<Asked>,
    awake: bool,
    dispatch: Dispatch,
}

fn chart_of(design: &'static dyn Design, place: usize) -> &'static Chart {
    &design.charts()[place]
}

#[component]
fn Curve(props: &CurveProps) -> Html {
    let design = props.asked.design();
    let chart = chart_of(design, props.place);
    let scenario = &props.asked.scenario;
    // The same curve for all that it does not depend on: the parameter that
    // it moves, the seed and the name.
    let mut base = (chart.base)(scenario).with(chart.parameter, chart.values.from);
    base.seed = Scenario::DEFAULT_SEED;
    base.name = String::new();
    let sweep = use_slices(
        props.awake,
        (props.place, code::write(&base)),
        |(place, base)| {
            let base = code::read(base).expect("it was written by this program");
            let chart = chart_of(base.scenario.design, *place);
            Sweep::new(chart, &base.scenario, SEEDS)
        },
    );
    let frame = use_node_ref();
    let width = use_width(frame.clone());
    let data = sweep.as_ref().map_or_else(
        || ChartData::of(chart, scenario, [], 0),
        |sweep| {
            let points = sweep.points().iter().map(|point| (point.x(), point.y()));
            ChartData::of(chart, scenario, points, sweep.seeds())
        },
    );
    let onclick = {
        let (sweep, dispatch) = (sweep.clone(), props.dispatch.clone());
        move |event: MouseEvent| {
            let point = sweep.as_ref().and_then(|sweep| {
                let place: usize = mark_under(&event)?.parse().ok()?;
                sweep.points().get(place)
            });
            if let Some(point) = point {
                dispatch.dispatch(Action::Follow(code::write(&point.scenario())));
            }
        }
    };
    let drawn = width.map(|width| chart::draw(&data, width.max(200) as f32, HEIGHT));
    html! {
        <section class="chart">
            // The picture has it too, for the eye.
            <h2 class="unseen">{ &data.title }</h2>
            <div class="frame" ref={frame}>
                if let Some(drawn) = drawn {
                    <svg role="img" aria-label={chart::summary(&data)} {onclick}
                        width={number(drawn.width)} height={number(drawn.height)}
                        viewBox={view_box(drawn.width, drawn.height)}>
                        <Picture markup={markup(&drawn.shapes)} />
                    </svg>
                }
            </div>
            <details>
                <summary>{ "Numbers" }</summary>
                { numbers(&chart::table(&data)) }
            </details>
        </section>
    }
}

fn mark_under(event: &MouseEvent) -> Option<String> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.get_attribute("data-record")
}

fn numbers(table: &chart::Table) -> Html {
    let head = table.head.iter();
    let row = |row: &Vec<String>| {
        html! { <tr>{ row.iter().map(|cell| html! { <td>{ cell }</td> }).collect::<Html>() }</tr> }
    };
    html! {
        <table>
            <thead>
                <tr>{ head.map(|cell| html! { <th scope="col">{ cell }</th> }).collect::<Html>() }</tr>
            </thead>
            <tbody>{ table.rows.iter().map(row).collect::<Html>() }</tbody>
        </table>
    }
}
