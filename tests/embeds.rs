//! The site from `dist/` in pages of other origins: frames of the strictest
//! kind, what they say and hear, and the element that makes them.

use std::time::Duration;

use fantoccini::elements::{Element, ElementRef};
use serde_json::{Value, json};
use support::{Browser, Site, View, dist};

/// Where the site is mounted: never at the root of its host.
const BASE: &str = "/tools/fencepost/";

/// A page around frames, which keeps what they say and the order of it.
const COURSE: &str = "<!doctype html><title>A course</title><link rel=\"icon\" href=\"data:,\">
<script>
const heard = [];
addEventListener('message', (event) => heard.push(event.data));
const kinds = () => heard.map((it) => it?.type ?? it?.subject ?? it);
const tell = (message, frame = 0) => frames[frame].postMessage(message, '*');
</script>";

/// The site, a page of another origin with `body`, and a browser that shows it.
struct Course {
    site: Site,
    course: Site,
    browser: Browser,
}

impl Course {
    async fn open(view: View, body: impl FnOnce(&Site) -> String) -> Course {
        let browser = Browser::start(view).await;
        Course::open_in(browser, body).await
    }

    async fn open_in(browser: Browser, body: impl FnOnce(&Site) -> String) -> Course {
        let site = Site::serve(&dist(), BASE);
        let page = format!("{COURSE}{}", body(&site));
        let course = Site::serve_with_pages(&dist(), "/", &[("/course", &page)]);
        browser
            .goto(&course.page("/course"))
            .await
            .expect("the course's page opens");
        Course {
            site,
            course,
            browser,
        }
    }

    /// Goes into the frame at a place and waits until it runs.
    async fn enter(&self, place: u16) {
        self.browser
            .enter_frame(place)
            .await
            .expect("the frame can be entered");
        self.browser.ready().await;
    }

    /// Goes into the frame of the first element of ours that matches.
    async fn enter_element(&self, css: &str) {
        let script = format!(
            "const it = document.querySelector('{css}');
             it.scrollIntoView();
             return it.shadowRoot.querySelector('iframe');"
        );
        let found = self.browser.execute(&script, Vec::new()).await;
        let found = found.expect("the element has a frame");
        let id = found.as_object().and_then(|it| it.values().next());
        let id = id.and_then(Value::as_str).expect("an element has an id");
        let frame =
            Element::from_element_id((*self.browser).clone(), ElementRef::from(id.to_owned()));
        frame.enter_frame().await.expect("the frame can be entered");
        self.browser.ready().await;
    }

    /// Back to the page around the frames.
    async fn leave(&self) {
        self.browser
            .enter_parent_frame()
            .await
            .expect("a frame has a page around it");
    }

    /// Waits until an expression is true.
    async fn until(&self, expression: &str) {
        for _ in 0..100 {
            if self.browser.eval(expression).await == true {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("never true: {expression}");
    }

    /// Waits until the frames have said all they had to say: nothing more has
    /// been heard for a while.
    async fn quiet(&self) {
        const HEARD: &str = "typeof heard === 'undefined' ? 0 : heard.length";
        let mut before = None;
        for _ in 0..50 {
            let heard = self.browser.eval(HEARD).await;
            if before.as_ref() == Some(&heard) {
                return self.browser.painted().await;
            }
            before = Some(heard);
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        panic!("the frames do not get quiet");
    }

    /// Fails if the console is not clean, a file was missing, or anything was
    /// asked of another host.
    async fn assert_sound(&self) {
        self.browser.assert_clean_console().await;
        let sites = [&self.site, &self.course];
        let origins = sites.map(|site| site.origin());
        self.browser.assert_requests_only_to(&origins).await;
        for request in sites.iter().flat_map(|site| site.requests()) {
            assert_eq!(request.status, 200, "{request:?}");
        }
    }
}

fn frame(site: &Site, sandbox: &str, rest: &str) -> String {
    format!(
        "<iframe {sandbox} src=\"{}\" width=\"900\" height=\"700\" title=\"A scenario\"></iframe>",
        site.url(rest).replace('&', "&amp;")
    )
}

const SANDBOX: &str = "sandbox=\"allow-scripts\"";

/// What the verdict says of each law.
const VERDICT: &str =
    "[...document.querySelectorAll('.verdict li')].map((it) => it.innerText).join('\\n')";

/// What the page shows, and where it is.
const SHOWN: &str = "[location.href, document.title, document.querySelector('main').innerText]";

/// Nothing that browsers keep for a page is allowed here, and it works.
#[tokio::test]
async fn a_frame_without_storage_cookies_and_workers_answers() {
    let course = Course::open(View::new(1024, 768), |site| {
        frame(site, SANDBOX, "?embed=1&controls=ttl#redlock")
    })
    .await;
    course.enter(0).await;
    let browser = &course.browser;
    assert_eq!(browser.eval("self.origin").await, "null");
    for denied in [
        "localStorage",
        "sessionStorage",
        "document.cookie",
        "await navigator.serviceWorker.register('x.js')",
        "await caches.keys()",
        "new Worker('x.js')",
    ] {
        let script = format!("(async () => {{ {denied} }})().then(() => false, () => true)");
        assert_eq!(browser.eval(&script).await, true, "{denied} is allowed");
    }
    // The policy of the page, not of the test: it lets no text become a script.
    let scripted = "(() => { const it = document.createElement('script');
        it.textContent = 'self.ran = true';
        document.body.append(it);
        it.remove();
        return self.ran === true; })()";
    assert_eq!(browser.eval(scripted).await, false);
    let styled = "(() => { const it = document.createElement('p');
        it.setAttribute('style', 'position: fixed');
        document.body.append(it);
        const position = getComputedStyle(it).position;
        it.remove();
        return position; })()";
    assert_eq!(browser.eval(styled).await, "static");
    // The console has complained of what was tried above, and of nothing else.
    browser.console().await;

    let before = browser.eval(VERDICT).await;
    browser
        .eval("document.getElementById('control-ttl').focus()")
        .await;
    browser.press("End").await;
    course.quiet().await;
    assert_ne!(browser.eval(VERDICT).await, before);
    course.assert_sound().await;
}

/// In a frame the address is the author's, whether or not it says `embed=1`.
#[tokio::test]
async fn a_frame_leaves_address_history_focus_and_wheel_alone() {
    let course = Course::open(View::new(1024, 768), |site| {
        let rest = ["?embed=1&controls=ttl#redlock", "#redlock"];
        rest.map(|rest| frame(site, "", rest)).concat()
    })
    .await;
    let browser = &course.browser;
    let length = browser.eval("history.length").await;
    course
        .until("kinds().filter((it) => it === 'verdict').length === 2")
        .await;
    course.quiet().await;
    assert_eq!(browser.eval("document.activeElement.tagName").await, "BODY");
    for place in [0, 1] {
        course.enter(place).await;
        let href = browser.eval("location.href").await;
        let scrolled = "[...document.querySelectorAll('.diagram, .diagram *')].map((it) => {
            const wheel = new WheelEvent('wheel', { deltaY: 90, bubbles: true, cancelable: true });
            it.dispatchEvent(wheel);
            return wheel.defaultPrevented;
        }).includes(true)";
        assert_eq!(browser.eval(scrolled).await, false, "the wheel is taken");
        browser
            .eval("document.getElementById('control-ttl').focus()")
            .await;
        browser.press("End").await;
        course.quiet().await;
        assert_eq!(browser.eval("location.href").await, href);
        course.leave().await;
        assert_eq!(browser.eval("history.length").await, length);
    }
    course.assert_sound().await;
}

/// Both ways of the messages, and the heights in each of their forms.
#[tokio::test]
async fn the_parent_is_told_and_obeyed() {
    let course = Course::open(View::new(1024, 768), |site| {
        frame(site, SANDBOX, "?embed=1&controls=ttl#redlock")
    })
    .await;
    let browser = &course.browser;
    course.until("kinds().includes('verdict')").await;
    assert_eq!(
        browser
            .eval("kinds().filter((it) => ['ready', 'change', 'verdict'].includes(it))")
            .await,
        json!(["ready", "change", "verdict"])
    );
    let last = |kind: &str| format!("heard.findLast((it) => it?.type === '{kind}')");
    assert_eq!(
        browser.eval(&last("change")).await,
        json!({ "fencepost": 1, "type": "change", "code": "redlock" })
    );
    let verdict = browser.eval(&last("verdict")).await;
    assert_eq!(verdict["broken"], true);
    assert_eq!(verdict["laws"][0]["law"], "C1");
    assert_eq!(verdict["laws"][0]["outcome"], "broken");

    course.quiet().await;
    let height = browser.eval(&last("height")).await["height"].clone();
    let forms = format!(
        "heard.some((it) => it?.subject === 'lti.frameResize' && it.height === {height}) &&
         heard.includes('{{\"context\":\"iframe.resize\",\"height\":{height}}}')"
    );
    assert_eq!(browser.eval(&forms).await, true, "{height}");
    course.enter(0).await;
    let page = "document.documentElement.offsetHeight";
    assert_eq!(browser.eval(page).await, height);
    // Neither a frame that is higher changes it, nor one that is lower.
    course.leave().await;
    for px in [2000, 300] {
        browser
            .eval(&format!("document.querySelector('iframe').height = {px}"))
            .await;
        course.quiet().await;
        assert_eq!(browser.eval(&last("height")).await["height"], height);
    }

    browser.eval("(heard.length = 0, tell('PING'))").await;
    course.until("heard.includes('PONG')").await;

    let set = "tell({ fencepost: 1, type: 'set', code: 'redlock?ttl=12s' })";
    browser.eval(set).await;
    course.until("kinds().includes('verdict')").await;
    assert_eq!(browser.eval(&last("verdict")).await["broken"], false);
    // What is there already is not opened again.
    browser.eval("(heard.length = 0)").await;
    browser.eval(set).await;
    course.quiet().await;
    assert_eq!(browser.eval("heard").await, json!([]));

    browser.eval("tell({ fencepost: 1, type: 'get' })").await;
    course.until("kinds().includes('verdict')").await;
    assert_eq!(
        browser.eval(&last("change")).await["code"],
        "redlock?ttl=12s"
    );
    // Nobody was asked to predict, so there is no answer.
    assert_eq!(browser.eval("kinds().includes('answer')").await, false);

    let time = "document.querySelector('output.time b').innerText";
    let playing = "document.querySelector('[aria-label=Pause]') !== null";
    browser
        .eval("tell({ fencepost: 1, type: 'seek', t: 1.5 })")
        .await;
    course.quiet().await;
    course.enter(0).await;
    assert_eq!(browser.eval(time).await, "1.500 s");
    for (word, is_playing) in [("play", true), ("play", true), ("pause", false)] {
        course.leave().await;
        browser
            .eval(&format!("tell({{ fencepost: 1, type: '{word}' }})"))
            .await;
        course.enter(0).await;
        assert_eq!(browser.eval(playing).await, is_playing, "{word}");
    }
    course.assert_sound().await;
}

/// Every way to say something wrong that we could think of, from the parent,
/// and something right from whoever is not the parent.
const HOSTILE: &str = "(() => {
    const strange = [undefined, null, true, false, 0, 1, -1, 1.5, NaN, Infinity, -Infinity, 1n,
        '', 'PONG', 'ping', '{}', '{\"fencepost\":1,\"type\":\"play\"}', 'javascript:alert(1)',
        'https://example.com/', '<img src=x onerror=alert(1)>', '\\u202e\\u0000', 'x'.repeat(1e5),
        [], [1], ['fencepost'], {}, { length: 9 }, new Date(), /x/, new Map([['fencepost', 1]]),
        new Set([1]), new Uint8Array(9), new ArrayBuffer(9), new Error('x'), new Blob(['x']),
        Object.assign([], { fencepost: 1 }), { toString: 1, valueOf: 2 }];
    const sent = [...strange];
    for (const it of strange) {
        sent.push({ fencepost: it === 1 ? 2 : it, type: 'set', code: 'zookeeper' });
        sent.push({ fencepost: 1, type: it }, { fencepost: 1, type: it, code: 'zookeeper', t: 1 });
        sent.push({ fencepost: 1, type: 'set', code: it });
        if (typeof it !== 'number' || !(it >= 0 && it < Infinity)) {
            sent.push({ fencepost: 1, type: 'seek', t: it });
        }
        sent.push({ fencepost: 1, type: 'seek', at: it }, { type: 'play', code: it });
    }
    for (const key of ['__proto__', 'constructor', 'set ', 'SET', 'ready', 'answer', 'eval']) {
        sent.push({ fencepost: 1, type: key, code: 'zookeeper', [key]: 'zookeeper' });
    }
    for (const code of ['nosuch', 'red lock', '#', '?', '~1.AAAA', '%E0%A4%A', '../', '//host/x',
        'redlock'.repeat(9999)]) {
        sent.push({ fencepost: 1, type: 'set', code });
    }
    const loop = { fencepost: 1, type: 'set' };
    loop.code = loop;
    sent.push(loop);
    for (const message of sent) tell(message);
    return sent.length;
})()";

#[tokio::test]
async fn malformed_messages_change_nothing() {
    let course = Course::open(View::new(1024, 768), |site| {
        frame(site, SANDBOX, "?embed=1&controls=ttl#redlock?ttl=6s&seed=3")
            + "<iframe title=\"another\" srcdoc=\"<p>A neighbour\"></iframe>"
    })
    .await;
    let browser = &course.browser;
    course.enter(0).await;
    // The frequency is counted by then.
    course
        .until("document.querySelector('.count').innerText.includes('of 1,000 seeds') && !document.querySelector('.count').innerText.includes('…')")
        .await;
    let before = browser.eval(SHOWN).await;
    course.leave().await;
    course.quiet().await;
    browser.eval("(heard.length = 0)").await;

    let sent = browser.eval(HOSTILE).await;
    assert!(sent.as_u64() > Some(250), "{sent}");
    course.quiet().await;
    assert_eq!(browser.eval("heard").await, json!([]));
    let right = "{ fencepost: 1, type: 'set', code: 'zookeeper' }";
    browser
        .eval(&format!(
            "frames[1].eval(`parent.frames[0].postMessage({right}, '*')`)"
        ))
        .await;
    course.enter(0).await;
    browser
        .eval(&format!("self.postMessage({right}, '*')"))
        .await;
    course.quiet().await;
    assert_eq!(browser.eval(SHOWN).await, before);

    // The same from the parent is heard.
    course.leave().await;
    browser.eval(&format!("tell({right})")).await;
    course.until("kinds().includes('change')").await;
    course.enter(0).await;
    assert_ne!(browser.eval(SHOWN).await, before);
    course.assert_sound().await;
}

/// Ten frames, nine of them out of sight: those do no work at all, and idle
/// none of them does.
#[tokio::test]
async fn ten_embeds_work_in_sight_and_idle_without_a_timer() {
    let browser = Browser::start_traced(View::new(1024, 768)).await;
    let course = Course::open_in(browser, |site| {
        let one = |_| {
            let rest = "?embed=1&panels=verdict,claims,chart&play=on#redlock";
            format!("<p>{}</p>", frame(site, SANDBOX, rest))
        };
        (0..10).map(one).collect()
    })
    .await;
    let browser = &course.browser;
    let count = "document.querySelector('.count').innerText";
    let counted = format!("!{count}.includes('…')");
    let time = "document.querySelector('output.time b').innerText";
    course
        .until("kinds().filter((it) => it === 'verdict').length === 10")
        .await;
    course.enter(0).await;
    course.until(&counted).await;
    // A frame out of sight draws no frames, so none is waited for.
    for place in 2..10 {
        course.leave().await;
        browser.enter_frame(place).await.expect("a frame");
        // It would have counted by now, and played to the end.
        assert_eq!(browser.eval(count).await, "Counting over 1,000 seeds…");
        assert_eq!(browser.eval(time).await, "0.000 s", "{place}");
        let waiting = "document.querySelectorAll('.claims .waiting').length ===
            document.querySelectorAll('.claims li').length";
        assert_eq!(browser.eval(waiting).await, true);
    }
    // One that comes into sight begins.
    course.leave().await;
    browser
        .eval("document.querySelectorAll('iframe')[9].scrollIntoView()")
        .await;
    course.enter(9).await;
    course.until(&counted).await;
    tokio::time::sleep(Duration::from_secs(6)).await;

    // The trace shows the work there was, and then none.
    let fires = |trace: &[Value]| trace.iter().any(|event| event["name"] == "TimerFire");
    assert!(fires(&browser.trace().await));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let trace = browser.trace().await;
    let named = |name: &str| trace.iter().filter(|event| event["name"] == name).count();
    let busy: f64 = trace
        .iter()
        .filter(|event| event["name"] == "FunctionCall")
        .filter_map(|event| event["dur"].as_f64())
        .sum();
    println!(
        "3 s idle, ten frames: {} timers, {} frames asked for, {} calls, {busy} µs in scripts",
        named("TimerFire"),
        named("FireAnimationFrame"),
        named("FunctionCall")
    );
    assert_eq!(named("TimerFire"), 0);
    assert_eq!(named("FireAnimationFrame"), 0);
    course.leave().await;
    course.assert_sound().await;
}

/// The outcome is nowhere until the reader has committed, by keyboard.
#[tokio::test]
async fn a_reader_predicts_before_the_run_is_shown() {
    let course = Course::open(View::new(700, 900), |site| {
        frame(
            site,
            SANDBOX,
            "?embed=1&predict=1&panels=verdict,story#redlock?rev=1&expect=c1+.0000",
        )
    })
    .await;
    let browser = &course.browser;
    course.enter(0).await;
    let html = browser.eval("document.documentElement.outerHTML").await;
    let html = html.as_str().expect("a page has markup");
    for told in ["✗", "✓", "broken", "stale at", "<svg", "<canvas", "link:"] {
        assert!(!html.contains(told), "{told} in {html}");
    }
    assert_eq!(browser.eval("document.title").await, "Redlock – Fencepost");
    course.leave().await;
    for word in ["play", "get"] {
        browser
            .eval(&format!("tell({{ fencepost: 1, type: '{word}' }})"))
            .await;
    }
    course.quiet().await;
    let told = "kinds().filter((it) => it === 'verdict' || it === 'answer')";
    assert_eq!(browser.eval(told).await, json!([]));

    course.enter(0).await;
    // Whoever commits to nothing is asked to choose.
    browser
        .eval("document.querySelector('.commit button').focus()")
        .await;
    browser.press("Enter").await;
    browser.painted().await;
    let asked = "document.querySelector('[role=alert]:not([hidden])').innerText";
    assert_eq!(browser.eval(asked).await, "Choose an answer first.");
    browser.press("Shift+Tab Space Tab").await;
    let chosen = "document.querySelector('input:checked').value";
    let guess = browser.eval(chosen).await;
    browser.press("Enter").await;
    browser.painted().await;
    let focused = browser.eval("document.activeElement.innerText").await;
    let focused = focused.as_str().expect("the answer has the focus");
    assert!(focused.contains("You said that"), "{guess}: {focused}");
    assert!(browser.eval(VERDICT).await.to_string().contains('✗'));
    assert_eq!(
        browser
            .eval("document.querySelectorAll('.stage .diagram').length")
            .await,
        1
    );
    let notice = "document.querySelector('.notice').innerText.includes('one holder')";
    assert_eq!(browser.eval(notice).await, true);

    // The answer goes to the parent, which had asked, and only then.
    course.leave().await;
    course.until("kinds().includes('answer')").await;
    let answer = browser
        .eval("heard.find((it) => it?.type === 'answer')")
        .await;
    assert_eq!(answer["guess"], guess);
    assert_eq!(answer["code"], "redlock");
    assert!(answer["broken"].as_array().is_some_and(|it| it.len() > 1));
    let is_right = answer["broken"]
        .as_array()
        .is_some_and(|it| it.contains(&guess));
    assert_eq!(answer["right"], is_right);

    // Another scenario is another question.
    browser
        .eval("(heard.length = 0, tell({ fencepost: 1, type: 'set', code: 'zookeeper' }))")
        .await;
    course.until("kinds().includes('change')").await;
    course.quiet().await;
    assert_eq!(browser.eval(told).await, json!([]));
    course.assert_sound().await;
}

/// `editable=off`: all is there to read and to play, and nothing to change.
#[tokio::test]
async fn what_cannot_be_changed_has_no_control() {
    let course = Course::open(View::new(1024, 768), |site| {
        frame(
            site,
            SANDBOX,
            "?embed=1&controls=ttl,fence&panels=verdict,story,claims&editable=off#redlock",
        )
    })
    .await;
    let browser = &course.browser;
    course.enter(0).await;
    let values = "document.querySelector('.controls').innerText";
    assert!(browser.eval(values).await.to_string().contains("5 s"));
    let stops =
        "document.querySelectorAll('.controls :is(input, select, button, a, [tabindex])').length";
    assert_eq!(browser.eval(stops).await, 0);
    assert_eq!(
        browser
            .eval("document.querySelectorAll('.often button').length")
            .await,
        0
    );
    let inside = "[...document.querySelectorAll('#app a')]
        .filter(it => it.target !== '_blank').map(it => it.outerHTML).join(' ')";
    assert_eq!(browser.eval(inside).await, "");
    let time = "document.querySelector('output.time b').innerText";
    browser.click("[aria-label='To the start']").await;
    browser.painted().await;
    assert_eq!(browser.eval(time).await, "0.000 s");
    browser.click("[aria-label=Play]").await;
    course.until(&format!("{time} !== '0.000 s'")).await;
    course.assert_sound().await;
}

/// The element, as an author on another origin uses it.
#[tokio::test]
async fn the_element_makes_a_frame_and_hands_on_what_it_tells() {
    let course = Course::open(View::new(1024, 768), |site| {
        format!(
            "<script src=\"{}\" defer></script>
             <fence-post scenario=\"redlock\" controls=\"ttl\" title=\"Redlock\">
             <p>A diagram of Redlock.</p></fence-post>
             <script>
             const told = [];
             for (const name of ['ready', 'change', 'verdict', 'answer'])
                 addEventListener('fencepost-' + name, (event) => told.push([name, event.detail]));
             const it = document.querySelector('fence-post');
             const inner = () => it.shadowRoot.querySelector('iframe');
             </script>",
            site.url("fence-post.js")
        )
    })
    .await;
    let browser = &course.browser;
    course
        .until("told.some(([name]) => name === 'verdict')")
        .await;
    course.quiet().await;
    let made = "[inner().title, inner().sandbox.value.includes('allow-scripts'),
        inner().sandbox.contains('allow-same-origin'), inner().loading]";
    assert_eq!(
        browser.eval(made).await,
        json!(["Redlock", true, false, "lazy"])
    );
    assert_eq!(
        browser.eval("it.innerText.includes('diagram')").await,
        false
    );
    let fits = "heard.findLast((it) => it?.type === 'height').height === inner().clientHeight";
    assert_eq!(browser.eval(fits).await, true);

    course.enter_element("fence-post").await;
    browser
        .eval("document.getElementById('control-ttl').focus()")
        .await;
    browser.press("End").await;
    course.leave().await;
    course
        .until("told.at(-1)[0] === 'verdict' && told.at(-1)[1].broken === false")
        .await;
    let code = browser.eval("it.scenario").await;
    assert!(code.to_string().contains("redlock?ttl="), "{code}");

    // Another scenario goes to the same frame; another look needs a new one.
    let kept = "(self.first = inner(), it.scenario = 'zookeeper', true)";
    browser.eval(kept).await;
    course
        .until("told.some(([name, { code }]) => name === 'change' && code === 'zookeeper')")
        .await;
    assert_eq!(browser.eval("inner() === first").await, true);
    let length = browser.eval("history.length").await;
    browser
        .eval("(told.length = 0, it.setAttribute('theme', 'dark'))")
        .await;
    course
        .until("told.some(([name]) => name === 'verdict')")
        .await;
    assert_eq!(browser.eval("inner() === first").await, false);
    assert_eq!(browser.eval("history.length").await, length);

    // A scenario is never an address, and another's messages are not heard.
    browser
        .eval(
            "(told.length = 0, it.setAttribute('height', '500'),
            it.scenario = 'https://example.com/x', it.removeAttribute('theme'))",
        )
        .await;
    course
        .until("told.some(([name]) => name === 'ready')")
        .await;
    course.enter_element("fence-post").await;
    let notice = browser
        .eval("document.querySelector('.notice').innerText")
        .await;
    assert!(notice.to_string().contains("example"), "{notice}");
    course.leave().await;
    browser
        .eval(
            "(told.length = 0, postMessage({ fencepost: 1, type: 'change', code: 'x' }, '*'),
            postMessage({ fencepost: 1, type: 'height', height: 9000 }, '*'))",
        )
        .await;
    course.quiet().await;
    assert_eq!(browser.eval("told").await, json!([]));
    assert_eq!(browser.eval("inner().clientHeight").await, 500);
    course.assert_sound().await;
}

/// Where no script runs at all, a sentence stands in the place of the run.
#[tokio::test]
async fn without_scripts_a_sentence_says_what_is_missing() {
    let course = Course::open(View::new(1024, 768), |site| {
        frame(site, "sandbox=\"\"", "?embed=1#redlock")
    })
    .await;
    let browser = &course.browser;
    browser
        .enter_frame(0)
        .await
        .expect("the frame can be entered");
    let said = "document.querySelector('noscript')?.innerText ?? ''";
    course.until(&format!("({said}) !== ''")).await;
    let said = browser.eval(said).await;
    assert!(said.to_string().contains("needs JavaScript"), "{said}");
    let running = browser.eval("document.documentElement.dataset.boot").await;
    assert_eq!(running, Value::Null);
}

/// The page that shows each way of embedding: what it shows is what it says.
#[tokio::test]
async fn the_snippets_of_the_docs_are_what_is_shown_beside_them() {
    let course = Course::open(View::new(1024, 768), |_| String::new()).await;
    let browser = &course.browser;
    let address = course.site.url("embedding.html");
    browser.goto(&address).await.expect("the page opens");
    course
        .until("document.getElementById('last-event').value.startsWith('fencepost-verdict')")
        .await;
    let pairs = "[...document.querySelectorAll('section')].map((section) => {
        const parsed = document.createElement('template');
        parsed.innerHTML = section.querySelector('pre').textContent;
        const look = (root) => [...root.querySelectorAll('iframe, fence-post')].map((it) => {
            it.src &&= new URL(it.getAttribute('src'), document.baseURI).href;
            return it.outerHTML.replace(/\\s+/g, ' ');
        });
        return [look(parsed.content), look(section.querySelector('.live'))];
    })";
    let pairs = browser.eval(pairs).await;
    let pairs = pairs.as_array().expect("a list of pairs");
    assert_eq!(pairs.len(), 5);
    for pair in pairs {
        assert_eq!(pair[0], pair[1]);
        assert!(pair[0].as_array().is_some_and(|it| !it.is_empty()));
    }
    assert!(pairs[4][0].as_array().is_some_and(|it| it.len() == 10));
    browser.click("[data-say=set]").await;
    course
        .until("document.getElementById('last-event').value.includes('one holder')")
        .await;
    course.enter_element("#predict fence-post").await;
    let asks = "document.querySelector('legend').innerText";
    assert!(
        browser
            .eval(asks)
            .await
            .to_string()
            .contains("Which guarantee")
    );
    course.assert_sound().await;
}
