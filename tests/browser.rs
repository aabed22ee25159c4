//! The site from `dist/` in headless Chromium, as a reader meets it.

use std::time::Duration;

use designs::{Run, code};
use fantoccini::Locator;
use serde_json::Value;
use support::{Browser, Site, View, dist};

/// Fails if the console is not clean, a file was missing, or the page asked
/// for anything but the files of its site.
async fn assert_sound(browser: &Browser, sites: &[&Site]) {
    browser.assert_clean_console().await;
    let origins: Vec<String> = sites.iter().map(|site| site.origin()).collect();
    browser.assert_requests_only_to(&origins).await;
    for request in sites.iter().flat_map(|site| site.requests()) {
        assert_eq!(request.status, 200, "{request:?}");
    }
}

#[tokio::test]
async fn the_site_works_under_a_sub_path() {
    let site = Site::serve(&dist(), "/courses/cs/fencepost/");
    let browser = Browser::start(View::new(1440, 900)).await;
    browser.open(&site.url("")).await;

    let text = browser.eval("document.body.innerText").await;
    let text = text.as_str().expect("a page has text");
    assert!(text.contains("Fencepost"), "{text}");
    assert_sound(&browser, &[&site]).await;
}

/// An author's page on another origin shows it in a frame of the strictest kind
/// in which scripts run: its origin is opaque.
#[tokio::test]
async fn it_runs_in_a_sandboxed_frame_of_another_origin() {
    let site = Site::serve(&dist(), "/tools/fencepost/");
    let frame = format!(
        "<!doctype html><title>A course</title><link rel=\"icon\" href=\"data:,\">\
         <iframe sandbox=\"allow-scripts\" src=\"{}\" width=\"800\" height=\"500\"></iframe>",
        site.url("?embed=1")
    );
    let course = Site::serve_with_pages(&dist(), "/", &[("/course", &frame)]);
    let browser = Browser::start(View::new(1024, 768)).await;
    browser
        .goto(&course.page("/course"))
        .await
        .expect("the course's page opens");
    let frame = browser
        .find(Locator::Css("iframe"))
        .await
        .expect("it has a frame");
    frame.enter_frame().await.expect("the frame can be entered");
    browser.ready().await;

    assert_eq!(browser.eval("self.origin").await, "null");
    assert_eq!(browser.eval("document.styleSheets.length").await, 2);
    assert_sound(&browser, &[&site, &course]).await;
}

/// What a verdict says, chip by chip.
const VERDICT: &str = "[...document.querySelectorAll('.chip')].map(chip => chip.querySelector('b, strong, .law')?.innerText ?? chip.innerText.split('\\n')[0])";

/// The drawn run without its playhead, as an image of the size it is shown in.
const PICTURE: &str = "(() => {
    const [picture, run] = [document.querySelector('.picture'), document.querySelector('.picture canvas')];
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [picture.clientWidth, picture.clientHeight];
    copy.getContext('2d').drawImage(run, 0, 0);
    return copy.toDataURL();
})()";

/// The fragment once it has followed the page.
async fn settled(browser: &Browser) -> String {
    tokio::time::sleep(Duration::from_millis(400)).await;
    browser.painted().await;
    let hash = browser.eval("location.hash").await;
    hash.as_str().expect("an address has a fragment").to_owned()
}

/// From the gallery into the lesson, by keyboard to another verdict, to the
/// violation, and the link opened afresh shows the same.
#[tokio::test]
async fn a_reader_finds_the_ttl_that_holds_and_shares_it() {
    let site = Site::serve(&dist(), "/fencepost/");
    let browser = Browser::start(View::new(1440, 900)).await;
    browser.open(&site.url("")).await;
    browser.click("main a[href='#redlock']").await;
    browser.painted().await;

    let broken = browser.eval(VERDICT).await;
    assert!(broken.to_string().contains('✗'), "{broken}");
    let first_picture = browser.eval(PICTURE).await;
    browser
        .eval("document.getElementById('control-ttl').focus()")
        .await;
    let mut presses = 0;
    while browser.eval(VERDICT).await.to_string().contains('✗') {
        presses += 1;
        assert!(presses < 200, "no TTL holds");
        browser.press("Right").await;
        browser.painted().await;
    }
    assert!(presses > 1, "the lesson's own TTL is too short");
    assert!(browser.eval(PICTURE).await != first_picture);
    let safe = settled(&browser).await;
    assert!(safe.starts_with("#redlock?ttl="), "{safe}");

    // One step back it breaks again.
    browser.press("Left").await;
    let unsafe_link = settled(&browser).await;
    assert_ne!(unsafe_link, safe);
    let verdict = browser.eval(VERDICT).await;
    assert!(verdict.to_string().contains('✗'), "{verdict}");

    // Step by step to the violation, then back one event.
    browser
        .eval("document.querySelector('.diagram').focus()")
        .await;
    browser.press("Home").await;
    browser.painted().await;
    let at = "document.querySelector('output.time b').innerText";
    let mut steps = 0;
    let breach = "document.querySelector('.story .breach button[aria-current]') !== null";
    while browser.eval(breach).await != true {
        steps += 1;
        assert!(steps < 400, "no event is told as a violation");
        browser.press("Right").await;
        browser.painted().await;
    }
    let there = browser.eval(at).await;
    browser.press("Left Right").await;
    browser.painted().await;
    assert_eq!(browser.eval(at).await, there);
    browser.press("Home n").await;
    browser.painted().await;
    assert_eq!(
        browser.eval(at).await,
        there,
        "“next violation” leads there"
    );

    // The same link in a fresh window.
    let picture = browser.eval(PICTURE).await;
    let other = Browser::start(View::new(1440, 900)).await;
    other.open(&site.url(&unsafe_link)).await;
    assert_eq!(other.eval(VERDICT).await, verdict);
    assert!(other.eval(PICTURE).await == picture, "the picture differs");

    // Back undoes.
    browser.eval("history.back()").await;
    assert_eq!(settled(&browser).await, safe);
    assert!(!browser.eval(VERDICT).await.to_string().contains('✗'));

    assert_sound(&browser, &[&site]).await;
    assert_sound(&other, &[&site]).await;
}

/// A course page on another origin embeds one scenario with two sliders.
#[tokio::test]
async fn a_course_page_embeds_a_scenario_with_two_sliders() {
    let site = Site::serve(&dist(), "/tools/fencepost/");
    let frame = format!(
        "<!doctype html><title>A course</title><link rel=\"icon\" href=\"data:,\">\
         <iframe src=\"{}\" width=\"900\" height=\"700\" title=\"Redlock\"></iframe>",
        site.url("?embed=1&controls=ttl,pause#redlock?fence=check&token_source=bound")
            .replace('&', "&amp;")
    );
    let course = Site::serve_with_pages(&dist(), "/", &[("/course", &frame)]);
    let browser = Browser::start(View::new(1024, 768)).await;
    browser
        .goto(&course.page("/course"))
        .await
        .expect("the course's page opens");
    let frame = browser
        .find(Locator::Css("iframe"))
        .await
        .expect("it has a frame");
    frame.enter_frame().await.expect("the frame can be entered");
    browser.ready().await;

    assert_eq!(
        browser
            .eval("document.querySelectorAll('.diagram .picture').length")
            .await,
        1
    );
    assert_eq!(
        browser
            .eval("document.querySelectorAll('.chip').length")
            .await,
        6
    );
    let sliders = "[...document.querySelectorAll('.controls input[type=range]')].map(it => it.id)";
    let sliders = browser.eval(sliders).await;
    assert_eq!(sliders.to_string(), r#"["control-ttl","control-pause"]"#);
    assert_eq!(
        browser
            .eval("document.querySelector('header') === null")
            .await,
        true
    );

    // It answers, and leaves its own address alone.
    let before = browser.eval("location.href").await;
    let picture = browser.eval(PICTURE).await;
    browser
        .eval("document.getElementById('control-pause').focus()")
        .await;
    browser.press("Home").await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(browser.eval(PICTURE).await != picture);
    assert_eq!(browser.eval("location.href").await, before);
    assert_sound(&browser, &[&site, &course]).await;
}

/// Whatever stands in the address, there is a page, and it says what is wrong.
#[tokio::test]
async fn a_bad_link_is_named_and_never_blank() {
    let site = Site::serve(&dist(), "/");
    let browser = Browser::start(View::new(360, 740)).await;
    for (fragment, named) in [
        ("#nosuch?ttl=5s", "nosuch"),
        ("#redlock?ttl=99h&servers=5", "ttl"),
        ("#redlock?servers=900", "servers"),
        ("#redlock?colour=red", "colour"),
        ("#redlock?fault=cut,a-redis99,3s,@1s", "redis99"),
        (
            "#redlock?name=%3Cscript%3Ealert(1)%3C/script%3E&ttl=x",
            "ttl",
        ),
        ("#%E0%A4%A", "design"),
        ("#~1.AAAA", "a packed code"),
    ] {
        browser.open(&site.url(fragment)).await;
        let notice = browser
            .eval("document.querySelector('.notices, .notice')?.innerText ?? ''")
            .await;
        let notice = notice.as_str().unwrap_or_default().to_owned();
        assert!(notice.contains(named), "{fragment}: {notice:?}");
        let main = browser
            .eval("document.querySelector('main').innerText.length > 100")
            .await;
        assert_eq!(main, true, "{fragment}");
        assert_eq!(browser.eval("document.scripts.length <= 2").await, true);
        // A fragment alone would not load the page anew.
        browser.goto("about:blank").await.expect("it opens");
    }
    assert_sound(&browser, &[&site]).await;
}

/// Nothing is wider than the narrowest screen, light or dark.
#[tokio::test]
async fn the_page_fits_a_phone() {
    let site = Site::serve(&dist(), "/");
    for view in [View::new(320, 640), View::new(360, 740).dark()] {
        let browser = Browser::start(view).await;
        for fragment in [
            "",
            "#redlock",
            "#redlock?fence=check&token_source=bound&work_b=4.5s",
        ] {
            browser.open(&site.url(fragment)).await;
            let overflow = "document.documentElement.scrollWidth - innerWidth";
            assert_eq!(browser.eval(overflow).await, 0, "{fragment}");
            browser.goto("about:blank").await.expect("it opens");
        }
        assert_sound(&browser, &[&site]).await;
    }
}

/// A cell of the grid of round trips, and what the page makes of it.
#[tokio::test]
async fn a_reader_edits_a_round_trip_from_both_sides() {
    let site = Site::serve(&dist(), "/");
    for view in [View::new(1440, 900), View::new(320, 640)] {
        let browser = Browser::start(view).await;
        browser.open(&site.url("#payments")).await;
        let cell = |name: &str| format!("document.querySelector('[aria-label=\"{name}, ms\"]')");
        let (there, back) = (cell("DC 1 and DC 5"), cell("DC 5 and DC 1"));
        let kind = |keys: &'static str| {
            let (browser, there) = (&browser, &there);
            async move {
                browser
                    .eval(&format!(
                        "{there}.scrollIntoView({{ block: 'center' }}), {there}.focus(), {there}.select()"
                    ))
                    .await;
                browser.press(keys).await;
                settled(browser).await
            }
        };

        let link = kind("5 0 0 Enter").await;
        assert_eq!(
            link,
            "#payments?rtt=1,12,35,70,500,1,30,65,135,1,60,110,1,90,1"
        );
        assert_eq!(browser.eval(&format!("{back}.value")).await, "500");

        // What is no value is named, and changes nothing.
        assert_eq!(kind("5 0 0 0 Enter").await, link);
        let named = browser
            .eval("document.querySelector('.misread').innerText")
            .await;
        assert_eq!(named, "DC 1 and DC 5: from 0 to 1000 ms");
        assert_eq!(browser.eval(&format!("{there}.ariaInvalid")).await, "true");
        assert_eq!(kind("1 4 0 Enter").await, "#payments");
        let named = browser
            .eval("document.querySelector('.misread').innerText")
            .await;
        assert_eq!(named, "");

        let small = "[...document.querySelectorAll('.times input')].filter(cell => \
            Math.min(cell.offsetWidth, cell.offsetHeight) < 24).length";
        assert_eq!(browser.eval(small).await, 0);
        let headed =
            "document.querySelectorAll('.times th[scope=row], .times th[scope=col]').length";
        assert_eq!(browser.eval(headed).await, 10);
        assert_sound(&browser, &[&site]).await;
    }
}

/// The tab to share from gives a link that says what it shows, and a link that
/// promised something else says what was and what is.
#[tokio::test]
async fn a_link_says_so_when_the_outcome_differs() {
    let site = Site::serve(&dist(), "/fencepost/");
    let browser = Browser::start(View::new(1440, 900)).await;
    browser.open(&site.url("#redlock")).await;
    browser.click("[role=tab]:last-child").await;
    let link = browser
        .eval("document.getElementById('share-link').value")
        .await;
    let link = link.as_str().expect("a field has text").to_owned();
    assert!(link.contains("#redlock?rev=1&expect=c1-"), "{link}");

    let notice = "document.querySelector('.notice')?.innerText ?? ''";
    browser.open(&site.url("")).await;
    browser.open(&link).await;
    assert_eq!(browser.eval(notice).await, "");

    browser.open(&site.url("")).await;
    browser.open(&link.replace("?rev", "?ttl=12s&rev")).await;
    let said = browser.eval(notice).await;
    let said = said.as_str().expect("a notice has text");
    assert!(said.contains("one holder: broken then, held now"), "{said}");
    assert_sound(&browser, &[&site]).await;
}

/// Some 400,000 events: 80,000 in a second of simulated time.
const LONG: &str = "contention?k=40&arrival=closed&duration=5s";

/// Watches the page: what it says of its progress, by frame and by change, and
/// when a run that is waited for comes and goes.
const WATCH: &str = "(() => {
    window.said = [];
    let was = false;
    const look = () => {
        const making = document.querySelector('.making');
        if ((making !== null) !== was) {
            was = making !== null;
            performance.mark(was ? 'waits' : 'done');
        }
        const said = making?.textContent.trim();
        if (said && said !== window.said.at(-1)) { window.said.push(said); }
    };
    new MutationObserver(look).observe(document.body,
        { childList: true, subtree: true, characterData: true });
})()";

/// The chips of a run as the page words them.
fn chips(run: &Run) -> Vec<String> {
    let findings = run.verdict.findings.iter();
    findings.map(|finding| finding.words.clone()).collect()
}

async fn chips_on(browser: &Browser) -> Vec<String> {
    let words = "[...document.querySelectorAll('.chip .words')]
        .map(it => [...it.childNodes].filter(it => it.nodeType === 3).map(it => it.data).join(''))";
    let words = browser.eval(words).await;
    let words = words.as_array().expect("a list");
    words
        .iter()
        .map(|it| it.as_str().expect("text").to_owned())
        .collect()
}

async fn done(browser: &Browser) {
    for _ in 0..600 {
        let busy = browser
            .eval("document.querySelector('[aria-busy=true]') !== null")
            .await;
        if busy == false {
            return browser.painted().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the run does not get done");
}

fn is_mark(event: &Value, name: &str) -> bool {
    event["cat"] == "blink.user_timing" && event["name"] == name
}

/// What the main thread did between two marks: each task's own time, ms, so
/// that other programs on the machine do not count. The last of them draws.
fn tasks(trace: &[Value], from: &str, until: &str) -> Vec<f64> {
    let number = |event: &Value, key: &str| event[key].as_f64().unwrap_or(0.0);
    let mark = |name: &str| {
        let mut marks = trace.iter().rev();
        let mark = marks.find(|event| is_mark(event, name));
        mark.expect("the page has marked it")
    };
    let (from, until) = (mark(from), mark(until));
    let tasks = trace.iter().filter(|event| {
        event["name"] == "RunTask"
            && event["tid"] == from["tid"]
            && number(event, "ts") + number(event, "dur") > number(from, "ts")
            && number(event, "ts") < number(until, "ts")
    });
    tasks.map(|task| number(task, "tdur") / 1_000.0).collect()
}

/// While a run of 400,000 events is made the page answers, says how far it is
/// and shows the last run as such; then it shows the run that was asked for.
#[tokio::test]
async fn a_long_run_is_waited_for_and_the_page_answers() {
    let site = Site::serve(&dist(), "/");
    let browser = Browser::start_traced(View::new(1440, 900)).await;
    browser.open(&site.url("#contention?k=5")).await;
    browser.eval(WATCH).await;
    let short = chips_on(&browser).await;

    // What is asked for shows at once, what is shown is marked as old.
    let now = format!(
        "(async () => {{
            location.hash = '{LONG}';
            let now = [];
            for (let frames = 0; frames < 10 && now[1] !== 2; frames++) {{
                await new Promise(requestAnimationFrame);
                now = [document.getElementById('control-k').value,
                    document.querySelectorAll('.verdict[aria-busy=true], .stage[aria-busy=true]').length,
                    document.querySelectorAll('.making progress').length];
            }}
            return now;
        }})()"
    );
    browser
        .eval("document.getElementById('control-duration').focus()")
        .await;
    let now = browser.eval(&now).await;
    assert_eq!(now[1], 2, "{now}");
    assert_eq!(now[2], 1, "{now}");
    assert_eq!(chips_on(&browser).await, short);

    // A step of a slider replaces what is being made.
    browser.press("Left").await;
    browser.painted().await;
    let busy = browser
        .eval("document.querySelector('.making') !== null")
        .await;
    assert_eq!(busy, true, "it is being made again");
    let link = settled(&browser).await;
    done(&browser).await;

    let asked = link.trim_start_matches('#');
    assert!(
        asked.starts_with("contention?k=40&arrival=closed&duration=4"),
        "{asked}"
    );
    let run = Run::of(code::read(asked).expect("a code").scenario);
    assert!(run.trace.events > 300_000, "{}", run.trace.events);
    assert_eq!(chips_on(&browser).await, chips(&run));
    let story = run.scenario.design.story(&run);
    let told = browser
        .eval("document.querySelector('.story li:last-child').innerText")
        .await;
    let last = &story.last().expect("a story").text;
    assert!(
        told.as_str().is_some_and(|told| told.contains(last)),
        "{told}: {last}"
    );

    let said = browser.eval("window.said").await;
    let said = said.as_array().expect("a list");
    assert!(said.len() > 2, "{said:?}");
    assert!(
        said.iter()
            .any(|it| it.as_str().is_some_and(|it| it.contains('%'))),
        "{said:?}"
    );

    // While it is made, and while such runs are counted over other seeds.
    tokio::time::sleep(Duration::from_secs(2)).await;
    browser.eval("performance.mark('counted')").await;
    let mut trace = Vec::new();
    while !trace.iter().any(|event| is_mark(event, "counted")) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        trace.extend(browser.trace().await);
    }
    let longest = |tasks: &[f64]| tasks.iter().copied().fold(0.0, f64::max);
    let making = tasks(&trace, "waits", "done");
    let (drawing, making) = making.split_last().expect("the last task draws");
    let counting = tasks(&trace, "done", "counted");
    let counting = &counting[1..];
    println!(
        "making {} tasks, the longest {:.1} ms; drawing {drawing:.1} ms; counting {} tasks, the longest {:.1} ms",
        making.len(),
        longest(making),
        counting.len(),
        longest(counting)
    );
    assert!(longest(making) < 50.0 && longest(counting) < 50.0);
    assert!(counting.len() > 20, "it counts");
    assert_sound(&browser, &[&site]).await;
}

/// Where a long run is the first there is an empty frame, and no other
/// scenario's picture.
#[tokio::test]
async fn a_page_that_opens_with_a_long_run_shows_nothing_else_before() {
    let site = Site::serve(&dist(), "/");
    let browser = Browser::start(View::new(360, 740)).await;
    browser.goto("about:blank").await.expect("it opens");
    let code = LONG.replace("5s", "10s");
    browser.open(&site.url(&format!("#{code}"))).await;
    let first = browser
        .eval(
            "[document.querySelectorAll('.chip, .story li, .diagram *').length,
            document.querySelectorAll('.making progress').length,
            document.querySelector('h1').innerText,
            document.documentElement.scrollWidth - innerWidth]",
        )
        .await;
    assert_eq!(first[0], 0, "{first}");
    assert_eq!(first[1], 1, "{first}");
    assert_eq!(first[3], 0, "{first}");
    done(&browser).await;
    let run = Run::of(code::read(&code).expect("a code").scenario);
    assert_eq!(chips_on(&browser).await, chips(&run));
    assert_sound(&browser, &[&site]).await;
}

/// A run that meets its bound says where.
#[tokio::test]
async fn a_run_that_meets_its_bound_says_where_it_stopped() {
    let site = Site::serve(&dist(), "/");
    let browser = Browser::start(View::new(1440, 900)).await;
    browser
        .open(&site.url("#contention?arrival=closed&duration=60s"))
        .await;
    done(&browser).await;
    let words = browser
        .eval("document.querySelector('.verdict').innerText")
        .await;
    let words = words.as_str().expect("text");
    assert!(words.contains("s after 1,000,000 events"), "{words}");
    assert_sound(&browser, &[&site]).await;
}

/// Waits until `expression` is true.
async fn until(browser: &Browser, expression: &str) {
    for _ in 0..100 {
        if browser.eval(expression).await == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never true: {expression}");
}

/// The track of the TTL is marked where the verdict changes, a button leads
/// there, and the marks stay while that slider moves.
#[tokio::test]
async fn sliders_show_where_the_verdict_flips() {
    let site = Site::serve(&dist(), "/");
    let browser = Browser::start(View::new(1440, 900)).await;
    browser.open(&site.url("#redlock")).await;
    let control = "document.getElementById('control-ttl')";
    let path = format!("{control}.parentNode.querySelector('.flip-ticks path').getAttribute('d')");
    until(&browser, &format!("{path}.startsWith('M')")).await;
    let ticks = browser.eval(&path).await;

    let words = "document.getElementById('flips-ttl').textContent";
    let described = format!("{control}.getAttribute('aria-describedby').includes('flips-ttl')");
    assert_eq!(browser.eval(&described).await, true);
    assert!(browser.eval(words).await.to_string().contains("changes at"));

    // The last button leads past the last change: nothing is broken there.
    browser.click("#flips-ttl button:last-of-type").await;
    browser.painted().await;
    let verdict = browser.eval(VERDICT).await.to_string();
    assert!(!verdict.contains('✗'), "{verdict}");
    assert_eq!(browser.eval(&path).await, ticks);
    assert_sound(&browser, &[&site]).await;
}

/// A violation that is pointed out says which faults it needs.
#[tokio::test]
async fn a_marked_violation_says_which_faults_it_needs() {
    let site = Site::serve(&dist(), "/");
    let browser = Browser::start(View::new(1440, 900)).await;
    browser
        .open(&site.url("#redlock?fault=step,redis3,5s,@200ms"))
        .await;
    assert_eq!(
        browser
            .eval("document.querySelector('.needs') === null")
            .await,
        true
    );
    browser.click("button.chip.broken").await;
    let needs = "document.querySelector('.needs')?.innerText ?? ''";
    until(&browser, &format!("({needs}).includes(':')")).await;
    assert_eq!(
        browser.eval(needs).await,
        "Needs: Pause of A (8 s). Not needed: clock step on Redis 3 (+5 s)."
    );
    assert_sound(&browser, &[&site]).await;
}

/// By keyboard alone: to the violation, into its event, along its causes, out
/// again, and to another event by the table.
#[tokio::test]
async fn an_event_is_looked_into_by_keyboard() {
    const LIT: &str = "(() => {
        const over = document.querySelector('.picture canvas.over');
        if (over === null) return 0;
        const pixel = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        pixel.drawImage(over, 0, 0);
        return pixel.getImageData(1, 1, 1, 1).data[3];
    })()";
    const AT: &str = "document.querySelector('output.time b').innerText";
    const TOLD: &str = "document.querySelector('.event > p').innerText";
    let site = Site::serve(&dist(), "/");
    let browser = Browser::start(View::new(1440, 900)).await;
    browser.open(&site.url("#redlock")).await;
    browser
        .eval("[...document.querySelectorAll('[role=tab]')].find(it => it.innerText === 'Story').focus()")
        .await;
    browser.press("Right").await;
    browser
        .eval("document.querySelector('.diagram').focus()")
        .await;
    browser.press("Home n").await;
    browser.painted().await;
    let (there, told) = (browser.eval(AT).await, browser.eval(TOLD).await);
    assert_eq!(browser.eval(LIT).await, 0);
    browser.press("Enter").await;
    browser.painted().await;
    assert_ne!(browser.eval(LIT).await, 0, "nothing is veiled");
    assert_eq!(browser.eval(AT).await, there);
    assert_eq!(browser.eval(TOLD).await, told);

    // Each cause is another event, and the first of those that the panel names.
    for _ in 0..2 {
        let first = "document.querySelector('.event ol li').innerText";
        let cause = browser.eval(first).await;
        browser.press("Shift+Left").await;
        browser.painted().await;
        assert_eq!(browser.eval(TOLD).await, cause);
    }
    assert_ne!(browser.eval(TOLD).await, told);
    browser.press("Escape ?").await;
    browser.painted().await;
    assert_eq!(browser.eval(LIT).await, 0);
    let keys = browser
        .eval("document.querySelectorAll('.keys dt').length")
        .await;
    assert_eq!(keys, 12);

    browser
        .eval("document.querySelector('[role=tab][aria-selected=true]').focus()")
        .await;
    browser.press("Right Tab Tab").await;
    browser.painted().await;
    let all = browser
        .eval("document.querySelectorAll('.trace tbody tr').length")
        .await;
    assert_eq!(all, 200);
    let focused = browser.eval("document.activeElement.tagName").await;
    assert_eq!(focused, "SELECT");
    browser.press("Down").await;
    browser.painted().await;
    let lanes = browser
        .eval("new Set([...document.querySelectorAll('.trace tbody td:nth-child(2)')].map(it => it.innerText)).size")
        .await;
    assert_eq!(lanes, 1);
    browser.press("Tab Enter").await;
    browser.painted().await;
    let row = browser
        .eval("document.querySelector('.trace [aria-current] th').innerText.trim()")
        .await;
    let focused = browser
        .eval("document.activeElement.innerText.trim()")
        .await;
    assert_eq!(row, focused);
    assert_ne!(browser.eval(LIT).await, 0);
    assert_sound(&browser, &[&site]).await;
}
