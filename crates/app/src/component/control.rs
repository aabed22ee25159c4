//! One parameter: its name, its value, something to move, and what that
//! teaches.

use std::rc::Rc;

use designs::matrix::Matrix;
use designs::parameter::{Parameter, Unit};
use explore::Flip;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::Dispatch;
use super::flips::{FlipWords, is_number, ticks};
use super::grid::Grid;
use crate::scale::{self, Stride};
use crate::state::Action;

/// A parameter; two are equal if they are the same.
#[derive(Clone, Copy)]
pub struct Spec(pub &'static Parameter);

impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

/// Properties of [`Control`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The parameter.
    pub spec: Spec,
    /// Its place in the design's table.
    pub place: usize,
    /// Its value.
    pub value: i64,
    /// Its entries, where it is a list.
    pub entries: Vec<i64>,
    /// Whether the value differs from the default.
    pub is_set: bool,
    /// Whether it stays in reach on a small screen.
    pub is_docked: bool,
    /// Where along its slider the verdict changes; `None` while nobody knows.
    pub flips: Option<Rc<[Flip]>>,
    /// Where actions go.
    pub dispatch: Dispatch,
}

impl Props {
    fn id(&self) -> String {
        format!("control-{}", self.spec.0.key)
    }

    fn label_id(&self) -> String {
        format!("label-{}", self.spec.0.key)
    }

    fn teaches_id(&self) -> String {
        format!("teaches-{}", self.spec.0.key)
    }

    fn flips_id(&self) -> String {
        format!("flips-{}", self.spec.0.key)
    }

    fn set(&self) -> Callback<i64> {
        let (dispatch, place) = (self.dispatch.clone(), self.place);
        Callback::from(move |value| dispatch.dispatch(Action::Set(place, value)))
    }
}

/// The control of one parameter.
#[component]
pub fn Control(props: &Props) -> Html {
    let parameter = props.spec.0;
    let (value, body) = match parameter.unit {
        Unit::Switch => (Html::default(), html! {}),
        Unit::Choice(_) => (Html::default(), select(props)),
        Unit::Matrix(matrix) => (Html::default(), grid(props, matrix)),
        Unit::Duration
        | Unit::OptionalDuration
        | Unit::AutoDuration
        | Unit::Count
        | Unit::Percent => (number(props), marked_slider(props)),
    };
    let is_slider = is_number(parameter);
    let is_grid = matches!(parameter.unit, Unit::Matrix(_));
    let reset = {
        let (dispatch, place) = (props.dispatch.clone(), props.place);
        move |_| dispatch.dispatch(Action::Reset(place))
    };
    // A grid is too high to stay at the foot of a small screen.
    let is_docked = props.is_docked && !is_grid;
    let class = classes!("control", is_docked.then_some("docked"));
    html! {
        <div {class} data-label={parameter.label}>
            <div class="control-body">
                <div class="control-head">
                    if is_grid {
                        <span class="label" id={props.label_id()}>{ parameter.label }</span>
                    } else {
                        <label for={props.id()}>{ parameter.label }</label>
                    }
                    if props.is_set {
                        <button type="button" class="quiet reset" onclick={reset}
                            aria-label={format!("Reset {}", parameter.label)} title="Reset">
                            { "↺" }
                        </button>
                    }
                    { value }
                    if parameter.unit == Unit::Switch { { switch(props) } }
                </div>
                { body }
            </div>
            if is_slider {
                <FlipWords spec={props.spec} value={props.value} flips={props.flips.clone()}
                    id={props.flips_id()} is_open={props.is_docked} set={props.set()} />
            }
            <p class="teaches" id={props.teaches_id()}>{ parameter.teaches }</p>
        </div>
    }
}

fn switch(props: &Props) -> Html {
    let set = props.set();
    let onchange = move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        set.emit(i64::from(input.checked()));
    };
    html! {
        <input type="checkbox" role="switch" class="switch" id={props.id()}
            checked={props.value != 0} {onchange} aria-describedby={props.teaches_id()} />
    }
}

fn select(props: &Props) -> Html {
    let Unit::Choice(choices) = props.spec.0.unit else {
        return Html::default();
    };
    let set = props.set();
    let onchange = move |event: Event| {
        let input: HtmlSelectElement = event.target_unchecked_into();
        set.emit(i64::from(input.selected_index()));
    };
    let option = |(place, label): (i64, &'static str)| {
        html! { <option value={place.to_string()} selected={place == props.value}>{ label }</option> }
    };
    let options = (0..).zip(choices.iter().map(|choice| choice.label));
    html! {
        <select id={props.id()} {onchange} aria-describedby={props.teaches_id()}>
            { options.map(option).collect::<Html>() }
        </select>
    }
}

fn grid(props: &Props, matrix: &'static Matrix) -> Html {
    let (dispatch, place) = (props.dispatch.clone(), props.place);
    let set = Callback::from(move |(entry, value)| {
        dispatch.dispatch(Action::SetEntry(place, entry, value));
    });
    html! {
        <Grid spec={props.spec} {matrix} entries={props.entries.clone()} {set}
            labelled_by={props.label_id()} described_by={props.teaches_id()} />
    }
}

fn number(props: &Props) -> Html {
    html! {
        <Number spec={props.spec} value={props.value} set={props.set()} />
    }
}

/// The slider, and beneath its track where the verdict changes.
fn marked_slider(props: &Props) -> Html {
    let flips = props.flips.as_deref().unwrap_or_default();
    html! {
        <>
            <Slider ..slider(props) />
            { ticks(props.spec.0, flips) }
        </>
    }
}

fn slider(props: &Props) -> SliderProps {
    let (dispatch, place) = (props.dispatch.clone(), props.place);
    SliderProps {
        id: props.id().into(),
        described_by: format!("{} {}", props.teaches_id(), props.flips_id()).into(),
        spec: props.spec,
        value: props.value,
        set: props.set(),
        used: Callback::from(move |()| dispatch.dispatch(Action::Dock(place))),
    }
}

#[derive(Properties)]
struct SliderProps {
    id: AttrValue,
    described_by: AttrValue,
    spec: Spec,
    value: i64,
    /// Hears of each new value.
    set: Callback<i64>,
    /// Hears when a move is over.
    used: Callback<()>,
}

impl PartialEq for SliderProps {
    /// The callbacks do the same for the same parameter.
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec && self.value == other.value
    }
}

/// A native range input on a scale of our own.
#[component]
fn Slider(props: &SliderProps) -> Html {
    let parameter = props.spec.0;
    let input = use_node_ref();
    let position = scale::position(parameter, props.value);
    let last = scale::last(parameter);
    {
        let input = input.clone();
        use_effect_with((position, last), move |&(position, last)| {
            if let Some(input) = input.cast::<HtmlInputElement>() {
                fill(&input, position, last);
            }
        });
    }
    let oninput = {
        let set = props.set.clone();
        move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            set.emit(scale::value(parameter, input.value_as_number() as i64));
        }
    };
    let onchange = {
        let used = props.used.clone();
        move |_: Event| used.emit(())
    };
    let onkeydown = {
        let (set, used, value) = (props.set.clone(), props.used.clone(), props.value);
        move |event: KeyboardEvent| {
            if let Some(next) = key_target(parameter, value, &event) {
                event.prevent_default();
                set.emit(next);
                used.emit(());
            }
        }
    };
    html! {
        <input type="range" ref={input} id={props.id.clone()} min="0" max={last.to_string()}
            value={position.to_string()} {oninput} {onchange} {onkeydown}
            aria-valuetext={parameter.show(props.value)} aria-describedby={props.described_by.clone()} />
    }
}

/// Paints the track of a range input up to its position. The policy forbids
/// style attributes, not this.
pub fn fill(input: &HtmlInputElement, position: i64, last: i64) {
    let permille = position * 1_000 / last.max(1);
    let filled = format!("{}.{}%", permille / 10, permille % 10);
    let _ = input.style().set_property("--filled", &filled);
}

/// The value that a key on the slider leads to.
fn key_target(parameter: &Parameter, value: i64, event: &KeyboardEvent) -> Option<i64> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    let stride = if event.shift_key() {
        Stride::Fine
    } else {
        Stride::Plain
    };
    let (stride, up) = match event.key().as_str() {
        "ArrowRight" | "ArrowUp" => (stride, true),
        "ArrowLeft" | "ArrowDown" => (stride, false),
        "PageUp" => (Stride::Coarse, true),
        "PageDown" => (Stride::Coarse, false),
        "Home" => return Some(parameter.min),
        "End" => return Some(parameter.max),
        _ => return None,
    };
    Some(scale::stepped(parameter, value, stride, up))
}

#[derive(Properties, PartialEq)]
struct NumberProps {
    spec: Spec,
    value: i64,
    /// Hears of a value that was typed.
    set: Callback<i64>,
}

/// The value in words, which turns into a field to type another.
#[component]
fn Number(props: &NumberProps) -> Html {
    let parameter = props.spec.0;
    let typing = use_state_eq(|| false);
    let wrong = use_state_eq(|| None::<String>);
    let field = use_node_ref();
    let button = use_node_ref();
    // Whether focus is to return to the value when the field closes.
    let returns = use_mut_ref(|| false);
    {
        let (field, button) = (field.clone(), button.clone());
        let returns = returns.clone();
        use_effect_with(*typing, move |typing| {
            if *typing && let Some(field) = field.cast::<HtmlInputElement>() {
                let _ = field.focus();
                field.select();
            } else if returns.replace(false)
                && let Some(button) = button.cast::<web_sys::HtmlElement>()
            {
                let _ = button.focus();
            }
        });
    }
    let shown = parameter.show(props.value);
    if !*typing {
        let open = {
            let typing = typing.setter();
            move |_| typing.set(true)
        };
        return html! {
            <button type="button" class="value" ref={button} onclick={open} title="Type a value"
                aria-label={format!("{}: {shown}. Type a value", parameter.label)}>
                { shown }
            </button>
        };
    }
    let close = {
        let (typing, wrong) = (typing.setter(), wrong.setter());
        move || {
            typing.set(false);
            wrong.set(None);
        }
    };
    // Says whether the text was a value.
    let take = {
        let (set, value) = (props.set.clone(), props.value);
        let (close, wrong) = (close.clone(), wrong.setter());
        let field = field.clone();
        move || {
            let Some(field) = field.cast::<HtmlInputElement>() else {
                return;
            };
            match scale::typed(parameter, &field.value(), value) {
                Ok(value) => {
                    set.emit(value);
                    close();
                }
                Err(what) => wrong.set(Some(what)),
            }
        }
    };
    let onkeydown = {
        let (take, close, returns) = (take.clone(), close.clone(), returns.clone());
        move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => {
                *returns.borrow_mut() = true;
                take();
            }
            "Escape" => {
                *returns.borrow_mut() = true;
                close();
            }
            _ => {}
        }
    };
    let onblur = {
        let is_wrong = wrong.is_some();
        move |_: FocusEvent| {
            if is_wrong {
                close();
            } else {
                take();
            }
        }
    };
    let error_id = format!("wrong-{}", parameter.key);
    html! {
        <span class="typing">
            <input type="text" ref={field} value={shown} {onkeydown} {onblur} size="8"
                autocomplete="off" aria-label={parameter.label}
                aria-invalid={wrong.is_some().then_some("true")}
                aria-describedby={wrong.is_some().then(|| error_id.clone())} />
            if let Some(what) = &*wrong {
                <span class="wrong" id={error_id} role="alert">{ what }</span>
            }
        </span>
    }
}
