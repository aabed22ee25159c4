//! Measures in Chromium what a reader waits for, and prints it as JSON:
//! `cargo xtask bench-browser`, which builds `dist/` before.
//!
//! Work is the main thread's own time by Chromium's trace, so that other
//! programs on the machine do not count: the task of the input event
//! (simulate, judge, lay out, change the page) and the frame that shows it
//! (style, layout, paint).
// Building the wasm tests builds this too; there it is empty.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::time::Duration;

use serde_json::{Map, Value, json};
use support::{Browser, Site, View, dist};

/// Codes of the lessons as they start, by the links of the gallery.
const LESSONS: &str = "[...new Set([...document.querySelectorAll('a[href*=\"#\"]')]
    .map(a => a.getAttribute('href').split('#')[1])
    .filter(code => /^[a-z-]+$/.test(code)))]";

const SLIDERS: &str = "[...document.querySelectorAll('.controls input[type=range]')]
    .map(slider => slider.id).slice(0, 12)";

/// How often a slider is moved.
const MOVES: usize = 16;

/// Moves a slider through its range and back, a step in a task of its own,
/// each of which begins with a mark.
const MOVE: &str = "(async () => {
    const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    const slider = document.getElementById('ID');
    const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
    const input = value => new Promise(done => setTimeout(() => {
        performance.mark('input');
        setter.call(slider, value);
        slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
        done();
    })).then(frame).then(frame);
    const before = slider.value;
    const [low, high] = [Number(slider.min), Number(slider.max)];
    for (let n = 0; n < MOVES; n++) {
        await input(Math.round(low + (high - low) * ((n * 7) % MOVES) / (MOVES - 1)));
    }
    setter.call(slider, before);
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await frame();
})()";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime on this thread");
    let figures = runtime.block_on(measure());
    println!("{figures:#}");
}

async fn measure() -> Value {
    let site = Site::serve(&dist(), "/");
    let browser = Browser::start_traced(View::new(1440, 900)).await;
    browser.open(&site.url("")).await;
    let lessons = browser.eval(LESSONS).await;
    // Those named, or all.
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut figures = Map::new();
    for lesson in lessons.as_array().into_iter().flatten() {
        let code = lesson.as_str().expect("codes are text");
        if !wanted.is_empty() && !wanted.iter().any(|it| it == code) {
            continue;
        }
        let mut rates = Map::new();
        for (name, rate) in [("unthrottled", 1), ("throttled_4x", 4)] {
            let throttling = "Emulation.setCPUThrottlingRate";
            browser.open(&site.url("")).await;
            browser.open(&site.url(&format!("#{code}"))).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            browser.devtools(throttling, json!({ "rate": rate })).await;
            let mut measured = Vec::new();
            for slider in browser.eval(SLIDERS).await.as_array().into_iter().flatten() {
                let id = slider.as_str().expect("ids are text").to_owned();
                let script = MOVE.replace("ID", &id).replace("MOVES", &MOVES.to_string());
                browser.eval(&script).await;
                measured.push((id, works(&traced(&browser).await)));
            }
            browser.devtools(throttling, json!({ "rate": 1 })).await;
            let summary = summary(measured);
            // Runs this long are not for a frame; slower still, the browser
            // would give the script up.
            let is_long = summary["p95"].as_f64().is_some_and(|ms| ms > 100.0);
            rates.insert(name.to_owned(), summary);
            if is_long {
                break;
            }
        }
        figures.insert(code.to_owned(), Value::Object(rates));
    }
    json!({ "slider_input_ms": figures })
}

/// The trace up to the last move, which reaches the log some time after.
async fn traced(browser: &Browser) -> Vec<Value> {
    let mut trace = Vec::new();
    for _ in 0..50 {
        trace.extend(browser.trace().await);
        if trace.iter().filter(|event| is_mark(event)).count() >= MOVES {
            return trace;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the browser's trace does not show the moves of the slider");
}

fn is_mark(event: &Value) -> bool {
    event["name"] == "input" && event["cat"] == "blink.user_timing"
}

/// What one input cost the main thread, in ms.
#[derive(Clone, Copy, Default)]
struct Work {
    task: f64,
    frame: f64,
}

/// The work of each marked input: its task, and the next task that lays out.
fn works(trace: &[Value]) -> Vec<Work> {
    let number = |event: &Value, key: &str| event[key].as_f64().unwrap_or(0.0);
    let named = |name: &'static str| trace.iter().filter(move |event| event["name"] == name);
    let task_of = |thread: &Value, at: f64| {
        named("RunTask").find(|task| {
            let begun = number(task, "ts");
            task["tid"] == *thread && begun <= at && at < begun + number(task, "dur")
        })
    };
    let mut works = Vec::new();
    for mark in trace.iter().filter(|event| is_mark(event)) {
        let (thread, at) = (&mark["tid"], number(mark, "ts"));
        let Some(task) = task_of(thread, at) else {
            continue;
        };
        let end = number(task, "ts") + number(task, "dur");
        let painted = named("Paint")
            .filter(|event| event["tid"] == *thread && number(event, "ts") >= end)
            .min_by(|a, b| number(a, "ts").total_cmp(&number(b, "ts")));
        let frame = painted.and_then(|paint| task_of(thread, number(paint, "ts")));
        works.push(Work {
            task: number(task, "tdur") / 1000.0,
            frame: frame.map_or(0.0, |frame| number(frame, "tdur") / 1000.0),
        });
    }
    works
}

/// The quantiles over all sliders, and those of the slowest one.
fn summary(measured: Vec<(String, Vec<Work>)>) -> Value {
    let mut slowest = (0.0, String::new());
    let mut all = Vec::new();
    for (slider, works) in measured {
        let p95 = quantile(works.iter().map(|work| work.task + work.frame), 95);
        if p95 > slowest.0 {
            slowest = (p95, slider);
        }
        all.extend(works);
    }
    let both = || all.iter().map(|work| work.task + work.frame);
    json!({
        "inputs": all.len(),
        "p50": quantile(both(), 50),
        "p95": quantile(both(), 95),
        "task_p50": quantile(all.iter().map(|work| work.task), 50),
        "task_p95": quantile(all.iter().map(|work| work.task), 95),
        "slowest": { "slider": slowest.1, "p95": slowest.0 },
    })
}

fn quantile(values: impl Iterator<Item = f64>, percent: usize) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let place = values.len() * percent / 100;
    let value = values.get(place).or(values.last()).copied().unwrap_or(0.0);
    (value * 100.0).round() / 100.0
}
