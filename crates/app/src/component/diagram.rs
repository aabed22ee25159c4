//! The swimlane, with its playhead and its keys.

use std::rc::Rc;

use designs::Law;
use draw::svg::number;
use draw::swimlane::{self, Orientation, Swimlane, Viewport};
use draw::{Ink, Paint, Shape};
use sim::Time;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use super::Dispatch;
use super::picture::{Picture, markup, view_box};
use crate::browser::width::use_width;
use crate::route::Orient;
use crate::state::{Action, Scene};

/// Below this width in pixels time runs down.
const NARROW: i32 = 600;
/// Narrower than this no lane can be told from the next.
const NARROWEST: i32 = 240;

/// Properties of [`Diagram`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub scene: Rc<Scene>,
    /// Where the playhead is.
    pub at: Time,
    /// The law whose evidence is pointed out.
    pub marked: Option<Law>,
    /// Which way time runs.
    pub orient: Orient,
    /// Whether alike servers have a lane each.
    pub unfolded: bool,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// The diagram of a run.
#[component]
pub fn Diagram(props: &Props) -> Html {
    let frame = use_node_ref();
    let width = use_width(frame.clone());
    let drawn = use_memo(
        (props.scene.clone(), width, props.orient, props.unfolded),
        |(scene, width, orient, unfolded)| {
            let viewport = viewport(scene, (*width)?, *orient, *unfolded);
            let swimlane = Rc::new(swimlane::draw(&scene.run, &viewport));
            Some(Drawn {
                base: markup(&swimlane.picture.shapes),
                swimlane,
                orientation: viewport.orientation,
            })
        },
    );
    let onkeydown = {
        let dispatch = props.dispatch.clone();
        move |event: KeyboardEvent| {
            if let Some(action) = key_action(&event) {
                event.prevent_default();
                dispatch.dispatch(action);
            }
        }
    };
    html! {
        <div class="diagram" ref={frame} tabindex="0" role="group" {onkeydown}
            aria-label="Diagram" aria-describedby="diagram-keys">
            <p id="diagram-keys" class="unseen">
                { "Left and right arrow: previous and next event. Home and End: start and end. \
                   Space: play or pause. N: next violation." }
            </p>
            if let Some(drawn) = &*drawn {
                <Drawing drawn={drawn.swimlane.clone()} base={drawn.base.clone()} orientation={drawn.orientation} scene={props.scene.clone()} at={props.at}
                    marked={props.marked} dispatch={props.dispatch.clone()} />
            }
        </div>
    }
}

struct Drawn {
    swimlane: Rc<Swimlane>,
    base: AttrValue,
    orientation: Orientation,
}

fn viewport(scene: &Scene, width: i32, orient: Orient, unfolded: bool) -> Viewport {
    let is_vertical = match orient {
        Orient::Auto => width < NARROW,
        Orient::Horizontal => false,
        Orient::Vertical => true,
    };
    Viewport {
        width: width.max(NARROWEST) as f32,
        from: scene.from,
        until: scene.until,
        orientation: if is_vertical {
            Orientation::Vertical
        } else {
            Orientation::Horizontal
        },
        unfolded,
    }
}

fn key_action(event: &KeyboardEvent) -> Option<Action> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    Some(match (event.key().as_str(), event.shift_key()) {
        ("ArrowLeft", false) => Action::Previous,
        ("ArrowRight", false) => Action::Next,
        ("Home", false) => Action::Start,
        ("End", false) => Action::End,
        (" ", false) | ("k" | "K", _) => Action::TogglePlay,
        ("n" | "N", _) => Action::NextViolation,
        _ => return None,
    })
}

#[derive(Properties, PartialEq)]
struct DrawingProps {
    drawn: Rc<Swimlane>,
    /// All but the playhead: it changes with the scenario alone.
    base: AttrValue,
    orientation: Orientation,
    scene: Rc<Scene>,
    at: Time,
    marked: Option<Law>,
    dispatch: Dispatch,
}

/// A mouse button held down on the picture.
#[derive(Default)]
struct Press {
    /// The record of the shape under it.
    record: Option<u32>,
    /// Whether it has moved since.
    moved: bool,
}

#[component]
fn Drawing(props: &DrawingProps) -> Html {
    let press = use_mut_ref(|| None::<Press>);
    let drawn = &props.drawn;
    let seek = {
        let (drawn, dispatch) = (drawn.clone(), props.dispatch.clone());
        let orientation = props.orientation;
        Callback::from(move |event: MouseEvent| {
            if let Some(px) = place_along(&drawn, orientation, &event) {
                dispatch.dispatch(Action::Seek(drawn.time_at(px)));
            }
        })
    };
    // A mouse drags the playhead. A finger scrolls the page, and taps.
    let onpointerdown = {
        let (press, seek) = (press.clone(), seek.clone());
        move |event: PointerEvent| {
            if event.pointer_type() == "mouse" && event.button() == 0 {
                *press.borrow_mut() = Some(Press {
                    record: record_under(&event),
                    moved: false,
                });
                if let Some(svg) = event.current_target().and_then(as_element) {
                    let _ = svg.set_pointer_capture(event.pointer_id());
                }
                seek.emit(event.into());
            }
        }
    };
    let onpointermove = {
        let (press, seek) = (press.clone(), seek.clone());
        move |event: PointerEvent| {
            if let Some(press) = press.borrow_mut().as_mut() {
                press.moved |= event.movement_x() != 0 || event.movement_y() != 0;
                if press.moved {
                    seek.emit(event.into());
                }
            }
        }
    };
    let onclick = {
        let (scene, dispatch) = (props.scene.clone(), props.dispatch.clone());
        let press = press.clone();
        move |event: MouseEvent| {
            let press = press.take();
            if press.as_ref().is_some_and(|press| press.moved) {
                return;
            }
            let record = press.map_or_else(|| record_under(&event), |press| press.record);
            match record {
                Some(record) => dispatch.dispatch(Action::Seek(scene.time_of(record))),
                None => seek.emit(event),
            }
        }
    };
    let onpointercancel = move |_: PointerEvent| {
        press.take();
    };
    let (w, h) = (drawn.picture.width, drawn.picture.height);
    html! {
        <svg role="img" aria-label={drawn.describe()} width={number(w)} height={number(h)}
            viewBox={view_box(w, h)} {onpointerdown} {onpointermove} {onpointercancel} {onclick}>
            <Picture markup={props.base.clone()} />
            <Picture class="evidence" markup={markup(&evidence(props))} />
            <Picture class="playhead" markup={markup(&drawn.playhead(props.at))} />
        </svg>
    }
}

/// A ring around each shape that shows how the marked law is broken.
fn evidence(props: &DrawingProps) -> Vec<Shape> {
    let finding = props.marked.and_then(|law| props.scene.run.verdict.of(law));
    let Some(finding) = finding else {
        return Vec::new();
    };
    let records: Vec<u32> = finding
        .breaches()
        .iter()
        .flat_map(|breach| breach.records.iter().copied())
        .collect();
    let paint = Paint::stroke(Ink::Text, 2.0);
    let shapes = props.drawn.picture.shapes.iter();
    shapes
        .filter_map(|shape| ring(shape, &records, paint))
        .collect()
}

fn ring(shape: &Shape, records: &[u32], paint: Paint) -> Option<Shape> {
    match shape {
        Shape::Rect {
            x,
            y,
            w,
            h,
            r,
            about: Some(about),
            ..
        } if records.contains(&about.record) => Some(Shape::Rect {
            x: x - 3.0,
            y: y - 3.0,
            w: w + 6.0,
            h: h + 6.0,
            r: r + 3.0,
            paint,
            about: None,
        }),
        Shape::Circle {
            x,
            y,
            r,
            about: Some(about),
            ..
        } if records.contains(&about.record) => Some(Shape::Circle {
            x: *x,
            y: *y,
            r: r + 4.0,
            paint,
            about: None,
        }),
        _ => None,
    }
}

fn as_element(target: web_sys::EventTarget) -> Option<Element> {
    target.dyn_into().ok()
}

fn record_under(event: &MouseEvent) -> Option<u32> {
    let shape = event.target().and_then(as_element)?;
    let shape = shape.closest("[data-record]").ok().flatten()?;
    shape.get_attribute("data-record")?.parse().ok()
}

/// Where the pointer is along the axis of time, in the picture's pixels.
fn place_along(drawn: &Swimlane, orientation: Orientation, event: &MouseEvent) -> Option<f32> {
    let target = event.current_target().or_else(|| event.target());
    let element = target.and_then(as_element)?;
    let svg = element.closest("svg").ok().flatten()?;
    let frame = svg.get_bounding_client_rect();
    let zoom = f64::from(drawn.picture.width) / frame.width().max(1.0);
    let along = match orientation {
        Orientation::Horizontal => f64::from(event.client_x()) - frame.left(),
        Orientation::Vertical => f64::from(event.client_y()) - frame.top(),
    };
    Some((along * zoom) as f32)
}
