//! The swimlane, with its playhead and its keys.

use std::mem;
use std::rc::Rc;

use designs::Law;
use draw::hit::REACH;
use draw::shape::About;
use draw::svg::number;
use draw::swimlane::{self, Orientation, Swimlane, Viewport};
use draw::{Ink, Paint, Picture, Shape};
use sim::Time;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::Dispatch;
use super::canvas::Canvas;
use super::crowd::{Crowd, named};
use crate::browser::look::{Look, use_look};
use crate::browser::width::use_width;
use crate::causes::{self, Side};
use crate::route::{Orient, Theme};
use crate::state::{Action, Scene};
use crate::stretch::Stretch;

/// Below this width in pixels time runs down.
const NARROW: i32 = 600;
/// One step nearer or farther, in thousandths of the time that is shown.
pub const NEARER: u64 = 500;
/// The same.
pub const FARTHER: u64 = 2_000;
/// Narrower than this no lane can be told from the next.
const NARROWEST: i32 = 240;

/// Properties of [`Diagram`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub scene: Rc<Scene>,
    /// What is shown of it.
    pub stretch: Stretch,
    /// Where the playhead is.
    pub at: Time,
    /// The law whose evidence is pointed out.
    pub marked: Option<Law>,
    /// The record that is looked into.
    pub selected: Option<u32>,
    /// Which way time runs.
    pub orient: Orient,
    /// Whether alike servers have a lane each.
    pub unfolded: bool,
    /// Light or dark.
    pub theme: Theme,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// The diagram of a run.
#[component]
pub fn Diagram(props: &Props) -> Html {
    let frame = use_node_ref();
    let width = use_width(frame.clone());
    let look = use_look(props.theme);
    let apart = use_state_eq(Vec::<AttrValue>::new);
    let drawn = use_memo(
        (
            props.scene.clone(),
            props.stretch,
            width,
            props.orient,
            props.unfolded,
            apart.clone(),
        ),
        |(scene, stretch, width, orient, unfolded, apart)| {
            let viewport = viewport(*stretch, (*width)?, *orient, *unfolded);
            let apart: Vec<&str> = apart.iter().map(AttrValue::as_str).collect();
            let mut swimlane = swimlane::draw_apart(&scene.run, &viewport, &apart);
            Some(Rc::new(Drawn {
                picture: Rc::new(mem::take(&mut swimlane.picture)),
                swimlane,
                orientation: viewport.orientation,
            }))
        },
    );
    let is_helping = use_state_eq(|| false);
    let help = {
        let is_helping = is_helping.clone();
        Callback::from(move |()| is_helping.set(!*is_helping))
    };
    let onkeydown = {
        let (dispatch, help) = (props.dispatch.clone(), help.clone());
        move |event: KeyboardEvent| {
            if event.key() == "?" {
                help.emit(());
            } else if let Some(action) = key_action(&event) {
                event.prevent_default();
                dispatch.dispatch(action);
            }
        }
    };
    let toggle = {
        let apart = apart.clone();
        Callback::from(move |key: AttrValue| {
            let mut lanes = (*apart).clone();
            match lanes.iter().position(|lane| *lane == key) {
                Some(place) => drop(lanes.remove(place)),
                None => lanes.push(key),
            }
            apart.set(lanes);
        })
    };
    // Hundreds of names, which stay while the playhead moves.
    let crowd = use_memo(drawn.clone(), |drawn| {
        let run = &props.scene.run;
        let drawn = (**drawn).as_ref()?;
        let together = named(run, drawn.swimlane.crowd().iter().copied());
        let apart = named(run, apart.iter().filter_map(|key| run.lane(key)));
        let is_needed = !together.is_empty() || !apart.is_empty();
        is_needed.then(|| html! { <Crowd {together} {apart} {toggle} /> })
    });
    // Always a node: the diagram beside it is to stay the element it is.
    let crowd = (*crowd).clone().unwrap_or_default();
    html! {
        <>
            <div class="diagram" ref={frame} tabindex="0" role="group" {onkeydown}
                aria-label="Diagram" aria-describedby="diagram-keys">
                <p id="diagram-keys" class="unseen">
                    { "Left and right arrow: previous and next event. Enter: look into an event. \
                       Question mark: all keys." }
                </p>
                if let Some(drawn) = &*drawn {
                    <Drawing drawn={drawn.clone()} {look} scene={props.scene.clone()} at={props.at}
                        marked={props.marked} selected={props.selected} dispatch={props.dispatch.clone()} />
                }
            </div>
            <div class="keys">
                <button type="button" aria-expanded={is_helping.to_string()}
                    onclick={move |_| help.emit(())}>
                    { "Keys (?)" }
                </button>
                if *is_helping { { keys() } }
            </div>
            { crowd }
        </>
    }
}

/// What keys do while the diagram has focus.
const KEYS: [(&str, &str); 12] = [
    ("← →", "previous, next event"),
    ("Home End", "start, end"),
    ("Space K", "play or pause"),
    ("N", "next violation"),
    ("Enter", "look into the event at the playhead"),
    ("Shift ←", "to its cause"),
    ("Shift →", "to what it led to"),
    ("↑ ↓", "to the lane before, after"),
    ("Esc", "leave the event"),
    ("+ −", "nearer, farther"),
    ("0", "the whole run"),
    ("?", "this list"),
];

fn keys() -> Html {
    let key = |&(keys, what): &(&'static str, &'static str)| {
        html! { <div key={keys}><dt>{ keys }</dt><dd>{ what }</dd></div> }
    };
    html! { <dl>{ KEYS.iter().map(key).collect::<Html>() }</dl> }
}

fn viewport(stretch: Stretch, width: i32, orient: Orient, unfolded: bool) -> Viewport {
    let is_vertical = match orient {
        Orient::Auto => width < NARROW,
        Orient::Horizontal => false,
        Orient::Vertical => true,
    };
    Viewport {
        width: width.max(NARROWEST) as f32,
        from: stretch.from,
        until: stretch.until,
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
        ("ArrowLeft", true) => Action::ToCause,
        ("ArrowRight", true) => Action::ToEffect,
        ("ArrowUp", false) => Action::Beside(Side::Before),
        ("ArrowDown", false) => Action::Beside(Side::After),
        ("Enter", false) => Action::SelectHere,
        ("Escape", _) => Action::Unselect,
        ("Home", false) => Action::Start,
        ("End", false) => Action::End,
        (" ", false) | ("k" | "K", _) => Action::TogglePlay,
        ("n" | "N", _) => Action::NextViolation,
        ("+" | "=", _) => Action::Zoom(NEARER, None),
        ("-" | "_", _) => Action::Zoom(FARTHER, None),
        ("0", _) => Action::Fit,
        _ => return None,
    })
}

/// A run on a canvas.
struct Drawn {
    picture: Rc<Picture>,
    /// The same without its picture: where times and lanes are on it.
    swimlane: Swimlane,
    orientation: Orientation,
}

/// Two are equal only if they are the same one.
impl PartialEq for Drawn {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Drawn {
    /// What pressing at a place asks for: in the overview to be shown there,
    /// elsewhere the playhead.
    fn meant_by(&self, place: &Place) -> Action {
        let along = place.along(self.orientation);
        match self
            .swimlane
            .overview_at(along, place.across(self.orientation))
        {
            Some(at) => Action::Centre(at),
            None => Action::Seek(self.swimlane.time_at(along)),
        }
    }
}

#[derive(Properties, PartialEq)]
struct DrawingProps {
    drawn: Rc<Drawn>,
    look: Look,
    scene: Rc<Scene>,
    at: Time,
    marked: Option<Law>,
    selected: Option<u32>,
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

/// Two canvases: the run, and over it what moves with the playhead.
#[component]
fn Drawing(props: &DrawingProps) -> Html {
    let press = use_mut_ref(|| None::<Press>);
    let drawn = &props.drawn;
    let seek = {
        let (drawn, dispatch) = (drawn.clone(), props.dispatch.clone());
        Callback::from(move |event: MouseEvent| {
            if let Some(place) = Place::of(&event) {
                dispatch.dispatch(drawn.meant_by(&place));
            }
        })
    };
    // A mouse drags the playhead. A finger scrolls the page, and taps.
    let onpointerdown = {
        let (press, seek, drawn) = (press.clone(), seek.clone(), drawn.clone());
        move |event: PointerEvent| {
            if event.pointer_type() == "mouse" && event.button() == 0 {
                *press.borrow_mut() = Some(Press {
                    record: about_under(&drawn.picture, &event).map(|about| about.record),
                    moved: false,
                });
                if let Some(picture) = picture_of(&event) {
                    let _ = picture.set_pointer_capture(event.pointer_id());
                }
                seek.emit(event.into());
            }
        }
    };
    let onpointermove = {
        let (press, seek, drawn) = (press.clone(), seek.clone(), drawn.clone());
        move |event: PointerEvent| {
            let mut press = press.borrow_mut();
            let Some(press) = press.as_mut() else {
                point_out(&drawn.picture, &event);
                return;
            };
            press.moved |= event.movement_x() != 0 || event.movement_y() != 0;
            if press.moved {
                seek.emit(event.into());
            }
        }
    };
    let onclick = {
        let dispatch = props.dispatch.clone();
        let (press, drawn) = (press.clone(), drawn.clone());
        move |event: MouseEvent| {
            let press = press.take();
            if press.as_ref().is_some_and(|press| press.moved) {
                return;
            }
            let record = press.map_or_else(
                || about_under(&drawn.picture, &event).map(|about| about.record),
                |press| press.record,
            );
            match record {
                Some(record) => dispatch.dispatch(Action::Select(record)),
                None => seek.emit(event),
            }
        }
    };
    let onpointercancel = move |_: PointerEvent| {
        press.take();
    };
    let onwheel = {
        let (drawn, dispatch) = (drawn.clone(), props.dispatch.clone());
        move |event: WheelEvent| {
            if let Some(action) = wheel_action(&drawn, &event) {
                event.prevent_default();
                dispatch.dispatch(action);
            }
        }
    };
    // At the end there is nothing ahead that a playhead would have to veil.
    let playhead = (props.at < props.scene.until).then(|| drawn.swimlane.playhead(props.at));
    // What lights an event veils the evidence as it does the rest.
    let rings = match props.selected {
        Some(_) => lit(props),
        None => evidence(props),
    };
    let shapes = [rings, playhead.unwrap_or_default()].concat();
    let over = (!shapes.is_empty()).then(|| Picture {
        shapes,
        ..*drawn.picture
    });
    let frame = use_node_ref();
    {
        let frame = frame.clone();
        let height = number(drawn.picture.height);
        use_effect_with(height, move |height| {
            if let Some(frame) = frame.cast::<HtmlElement>() {
                let _ = frame.style().set_property("height", &format!("{height}px"));
            }
        });
    }
    html! {
        <div class="picture" ref={frame} role="img" aria-label={drawn.swimlane.describe()}
            {onpointerdown} {onpointermove} {onpointercancel} {onclick} {onwheel}>
            <Canvas picture={drawn.picture.clone()} look={props.look} />
            if let Some(over) = over {
                <Canvas class="over" picture={Rc::new(over)} look={props.look} />
            }
        </div>
    }
}

/// How solid the veil over all but an event and its causes is.
const VEIL: u8 = 70;

/// The event that is looked into and its causes, over a veil on the rest.
fn lit(props: &DrawingProps) -> Vec<Shape> {
    let Some(selected) = props.selected else {
        return Vec::new();
    };
    let mut records = causes::chain(&props.scene.run.trace.records, selected);
    records.push(selected);
    records.sort_unstable();
    let picture = &props.drawn.picture;
    let is_lit = |shape: &&Shape| {
        let about = shape.about();
        about.is_some_and(|about| records.binary_search(&about.record).is_ok())
    };
    let mut shapes = vec![Shape::Rect {
        x: 0.0,
        y: 0.0,
        w: picture.width,
        h: picture.height,
        r: 0.0,
        paint: Paint::fill(Ink::Ground).faded(VEIL),
        about: None,
    }];
    shapes.extend(picture.shapes.iter().filter(is_lit).cloned());
    shapes.extend(pointer(props, selected));
    shapes
}

/// Rings around what shows a record, or where it would be.
fn pointer(props: &DrawingProps, record: u32) -> Vec<Shape> {
    let paint = Paint::stroke(Ink::Text, 2.0);
    let Drawn {
        picture,
        swimlane,
        orientation,
    } = &*props.drawn;
    let rings = picture.shapes.iter();
    let rings: Vec<Shape> = rings
        .filter_map(|shape| ring(shape, &[record], paint))
        .collect();
    let lane = props.scene.run.trace.records.get(record as usize);
    let across = lane.and_then(|record| swimlane.middle_of(record.lane));
    let (true, Some(across)) = (rings.is_empty(), across) else {
        return rings;
    };
    let along = swimlane.along(props.scene.time_of(record));
    let (x, y) = match orientation {
        Orientation::Horizontal => (along, across),
        Orientation::Vertical => (across, along),
    };
    vec![Shape::Circle {
        x,
        y,
        r: 7.0,
        paint,
        about: None,
    }]
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

/// With Control or Command a wheel, and two fingers on a touchpad, zoom about
/// the pointer; with Shift, and sideways, they move along. Else they scroll
/// the page.
fn wheel_action(drawn: &Drawn, event: &WheelEvent) -> Option<Action> {
    if event.ctrl_key() || event.meta_key() {
        let along = Place::of(event)?.along(drawn.orientation);
        // A notch of a wheel is about 100 pixels; a touchpad sends small steps.
        let permille = (1_000.0 * (event.delta_y().clamp(-200.0, 200.0) / 500.0).exp()) as u64;
        return Some(Action::Zoom(permille, Some(drawn.swimlane.time_at(along))));
    }
    let sideways = if event.shift_key() && event.delta_x() == 0.0 {
        event.delta_y()
    } else {
        event.delta_x()
    };
    let is_meant = event.shift_key() || sideways.abs() > event.delta_y().abs();
    let is_across = drawn.orientation == Orientation::Horizontal;
    (is_meant && is_across && sideways != 0.0).then_some(Action::Move(sideways as i64))
}

/// A point of the picture, in its pixels.
struct Place {
    x: f32,
    y: f32,
}

impl Place {
    /// Where the pointer is.
    fn of(event: &MouseEvent) -> Option<Self> {
        let frame = picture_of(event)?.get_bounding_client_rect();
        Some(Self {
            x: (f64::from(event.client_x()) - frame.left()) as f32,
            y: (f64::from(event.client_y()) - frame.top()) as f32,
        })
    }

    /// How far along the axis of time.
    const fn along(&self, orientation: Orientation) -> f32 {
        match orientation {
            Orientation::Horizontal => self.x,
            Orientation::Vertical => self.y,
        }
    }

    /// How far across it.
    const fn across(&self, orientation: Orientation) -> f32 {
        match orientation {
            Orientation::Horizontal => self.y,
            Orientation::Vertical => self.x,
        }
    }
}

/// The element of the picture that an event reached.
fn picture_of(event: &MouseEvent) -> Option<HtmlElement> {
    let reached: Element = event.target()?.dyn_into().ok()?;
    reached.closest(".picture").ok()??.dyn_into().ok()
}

fn about_under<'a>(picture: &'a Picture, event: &MouseEvent) -> Option<&'a About> {
    let place = Place::of(event)?;
    picture.about_at(place.x, place.y, REACH)
}

/// Says what is under the pointer, as a browser does with the title of an
/// element.
fn point_out(picture: &Picture, event: &MouseEvent) {
    let Some(element) = picture_of(event) else {
        return;
    };
    let about = about_under(picture, event);
    let title = about.map_or("", |about| about.title.as_str());
    if element.title() != title {
        element.set_title(title);
    }
    let cursor = if about.is_some() {
        "pointer"
    } else {
        "default"
    };
    let _ = element.style().set_property("cursor", cursor);
}
