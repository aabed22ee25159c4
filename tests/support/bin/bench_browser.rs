//! Measures in Chromium what a reader waits for, and prints it as JSON:
//! `cargo xtask bench-browser`, which builds `dist/` before.
// Building the wasm tests builds this too; there it is empty.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::time::Duration;

use serde_json::{Value, json};
use support::{Browser, Site, View, dist};

/// Codes of the lessons as they start, by the links of the gallery.
const LESSONS: &str = "[...new Set([...document.querySelectorAll('a[href*=\"#\"]')]
    .map(a => a.getAttribute('href').split('#')[1])
    .filter(code => /^[a-z-]+$/.test(code)))]";

/// The sliders of a lesson, as many as one measures in a minute.
const SLIDERS: &str = "[...document.querySelectorAll('.controls input[type=range]')]
    .map(slider => slider.id).slice(0, 12)";

/// Moves a slider through its range, a step a frame, and returns the main
/// thread's milliseconds for each: from the input event until the page is
/// changed (simulated, judged, laid out, rendered), and the frame that follows
/// (style, layout, paint).
const MOVE: &str = "(async () => {
    const frame = () => new Promise(done => requestAnimationFrame(() => {
        const begun = performance.now();
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now() - begun);
        port2.postMessage(0);
    }));
    const slider = document.getElementById('ID');
    const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
    const input = async value => {
        setter.call(slider, value);
        const begun = performance.now();
        slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
        // The page renders in a microtask of the event.
        await null; await null;
        const script = performance.now() - begun;
        return [script, await frame()];
    };
    const before = slider.value;
    const [low, high] = [Number(slider.min), Number(slider.max)];
    const steps = [];
    for (let n = 0; n < 24; n++) {
        steps.push(await input(Math.round(low + (high - low) * ((n * 7) % 24) / 23)));
    }
    await input(before);
    return steps;
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
    let browser = Browser::start(View::new(1440, 900)).await;
    browser.open(&site.url("")).await;
    let lessons = browser.eval(LESSONS).await;
    let mut figures = serde_json::Map::new();
    for lesson in lessons.as_array().into_iter().flatten() {
        let code = lesson.as_str().expect("codes are text");
        let mut lines = serde_json::Map::new();
        for (name, rate) in [("as it is", 1), ("4 times slower", 4)] {
            browser.open(&site.url("")).await;
            browser.open(&site.url(&format!("#{code}"))).await;
            tokio::time::sleep(Duration::from_secs(2)).await;
            let throttle = json!({ "rate": rate });
            let throttling = "Emulation.setCPUThrottlingRate";
            browser.devtools(throttling, throttle).await;
            let mut measured = serde_json::Map::new();
            for slider in browser.eval(SLIDERS).await.as_array().into_iter().flatten() {
                let id = slider.as_str().expect("ids are text");
                let steps = browser.eval(&MOVE.replace("ID", id)).await;
                measured.insert(id.to_owned(), steps);
            }
            browser.devtools(throttling, json!({ "rate": 1 })).await;
            lines.insert(name.to_owned(), summary(&measured));
        }
        figures.insert(code.to_owned(), Value::Object(lines));
    }
    json!({ "slider_input_ms": figures })
}

/// The quantiles over all sliders, and those of the slowest one.
fn summary(sliders: &serde_json::Map<String, Value>) -> Value {
    let mut all = Vec::new();
    let mut scripts = Vec::new();
    let mut slowest = (0.0, "");
    for (slider, steps) in sliders {
        let mut works = Vec::new();
        for step in steps.as_array().into_iter().flatten() {
            let ms = |place: usize| step[place].as_f64().unwrap_or(0.0);
            works.push(ms(0) + ms(1));
            scripts.push(ms(0));
        }
        all.extend_from_slice(&works);
        let p95 = quantile(&mut works, 95);
        eprintln!("{slider} p50 {:.1} p95 {p95:.1}", quantile(&mut works, 50));
        if p95 > slowest.0 {
            slowest = (p95, slider);
        }
    }
    json!({
        "inputs": all.len(),
        "p50": rounded(quantile(&mut all, 50)),
        "p95": rounded(quantile(&mut all, 95)),
        "script_p50": rounded(quantile(&mut scripts, 50)),
        "script_p95": rounded(quantile(&mut scripts, 95)),
        "slowest": { "slider": slowest.1, "p95": rounded(slowest.0) },
    })
}

fn quantile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = values.len() * percent / 100;
    values.get(place).or(values.last()).copied().unwrap_or(0.0)
}

fn rounded(ms: f64) -> f64 {
    (ms * 100.0).round() / 100.0
}
