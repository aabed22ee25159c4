//! The page that holds ours in a frame, and what the two may say to each
//! other: plain data, never code and never an address to fetch. Whatever else
//! arrives is left alone.
//!
//! The parent's origin is not looked at: pages of any origin may embed, and
//! that of a sandboxed one is "null". What counts is that a message comes from
//! the window that holds this one.

use js_sys::{Array, JSON, Object, Reflect};
use sim::Time;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Window};

use super::listener::Listener;
use super::window;

/// The version of the messages.
const VERSION: f64 = 1.0;

/// What a parent can say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Word {
    /// Show this scenario.
    Set(String),
    /// Start the playback.
    Play,
    /// Stop it.
    Pause,
    /// Put the playhead there.
    Seek(Time),
    /// Say what there is.
    Get,
    /// A learning platform asks whether anybody listens.
    Ping,
}

/// Whether the page is in a frame.
pub fn exists() -> bool {
    parent().is_some()
}

fn parent() -> Option<Window> {
    let own = window();
    let parent = own.parent().ok().flatten()?;
    (parent != own).then_some(parent)
}

/// Hands each word of the parent to `heard`; `None` where there is no parent.
pub fn listen(heard: impl Fn(Word) + 'static) -> Option<Listener> {
    let parent = JsValue::from(parent()?);
    let listener = Listener::hearing(window().into(), "message", move |event| {
        // This kind of event has no other class.
        let event: MessageEvent = event.unchecked_into();
        let is_parent = event.source().is_some_and(|it| JsValue::from(it) == parent);
        if let Some(word) = is_parent.then(|| read(&event.data())).flatten() {
            heard(word);
        }
    });
    Some(listener)
}

fn read(data: &JsValue) -> Option<Word> {
    if data.as_string().as_deref() == Some("PING") {
        return Some(Word::Ping);
    }
    let field = |key: &str| Reflect::get(data, &key.into()).ok();
    if field("fencepost")?.as_f64() != Some(VERSION) {
        return None;
    }
    Some(match field("type")?.as_string()?.as_str() {
        "set" => Word::Set(field("code")?.as_string()?),
        "play" => Word::Play,
        "pause" => Word::Pause,
        "seek" => Word::Seek(instant(field("t")?.as_f64()?)?),
        "get" => Word::Get,
        _ => return None,
    })
}

/// An instant from seconds.
fn instant(seconds: f64) -> Option<Time> {
    let is_time = seconds.is_finite() && seconds >= 0.0;
    is_time.then(|| Time::from_us((seconds * 1e6) as u64))
}

/// Tells the parent something of a `kind`, if there is one.
pub fn tell(kind: &str, fields: &[(&str, JsValue)]) {
    let head = [
        ("fencepost", JsValue::from(VERSION)),
        ("type", JsValue::from(kind)),
    ];
    post(&object(head.iter().chain(fields)));
}

/// Tells the parent how high the page is, in CSS pixels, in each of the ways
/// that are in use: ours, LTI's and that of older platforms.
pub fn tell_height(height: i32) {
    let height = [("height", JsValue::from(height))];
    tell("height", &height);
    let resize = [("subject", JsValue::from("lti.frameResize"))];
    post(&object(resize.iter().chain(&height)));
    let resize = [("context", JsValue::from("iframe.resize"))];
    if let Ok(text) = JSON::stringify(&object(resize.iter().chain(&height))) {
        post(&text);
    }
}

/// Answers [`Word::Ping`].
pub fn tell_pong() {
    post(&"PONG".into());
}

/// A plain object of these fields.
pub fn object<'a>(fields: impl IntoIterator<Item = &'a (&'a str, JsValue)>) -> JsValue {
    let object = Object::new();
    for (key, value) in fields {
        // A new plain object takes any field.
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object.into()
}

/// A list of these values.
pub fn list(values: impl Iterator<Item = JsValue>) -> JsValue {
    values.collect::<Array>().into()
}

/// To any origin: what is told is in the parent's own page already, or was
/// asked for by it.
fn post(message: &JsValue) {
    if let Some(parent) = parent() {
        let _ = parent.post_message(message, "*");
    }
}
