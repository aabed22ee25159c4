//! The pages without a script, the single file and the visit without a
//! network, as readers meet them. It needs `dist/`, as `browser.rs` does, built
//! without an address of its own.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use support::{Browser, Site, View, dist};

/// The most that a page may weigh with its style, compressed, in bytes.
const MOST: usize = 30_000;

/// Every page without a script.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for folder in ["lesson", "scenario", "claim"] {
        let entries = fs::read_dir(dist().join(folder)).expect("`cargo xtask build` wrote it");
        let paths = entries.map(|entry| entry.expect("a folder can be read").path());
        pages.extend(paths.filter(|path| path.extension().is_some_and(|it| it == "html")));
    }
    pages.sort();
    pages
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn compressed(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written").len()
}

/// The values of an attribute.
fn values<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    let rest = html.split(&start).skip(1);
    rest.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn each_scenario_has_a_small_page_that_stands_by_itself() {
    let pages = pages();
    let designs = designs::registry::DESIGNS;
    let claims: usize = designs.iter().map(|design| design.claims().len()).sum();
    let named: usize = designs.iter().map(|design| design.scenarios().len()).sum();
    // The first named scenario of a design is its lesson; one page lists all.
    assert!(pages.len() > claims + named, "{} pages", pages.len());
    for page in pages {
        let (html, place) = (read(&page), page.display());
        for forbidden in ["<script", " style=\"", "<style", "://example", " onload"] {
            assert!(!html.contains(forbidden), "{place} has {forbidden}");
        }
        assert_eq!(html.matches("<h1>").count(), 1, "{place}");
        assert_eq!(html.matches("<main").count(), 1, "{place}");
        let style = values(&html, "href")
            .into_iter()
            .find(|it| it.ends_with(".css"));
        let style = fs::read(page.with_file_name(style.expect("a page has a style")));
        let weight = compressed(html.as_bytes()) + compressed(&style.expect("it is there"));
        assert!(weight <= MOST, "{place} weighs {weight} B");
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in pages() {
        let html = read(&page);
        for href in values(&html, "href") {
            let file = href.split('#').next().unwrap_or_default();
            let file = if file.is_empty() || file.ends_with('/') {
                format!("{file}index.html")
            } else {
                file.to_owned()
            };
            let target = page.with_file_name(file);
            assert!(target.is_file(), "{}: {href}", page.display());
        }
    }
}

#[test]
fn each_page_has_a_picture_for_previews() {
    for page in pages()
        .into_iter()
        .filter(|page| !page.ends_with("index.html"))
    {
        let html = read(&page);
        let image = html.split("property=\"og:image\" content=\"").nth(1);
        let image = image
            .and_then(|rest| rest.split('"').next())
            .expect("it names one");
        let png = fs::read(page.with_file_name(image)).expect("it is there");
        assert_eq!(&png[1..4], b"PNG", "{}", page.display());
        let side = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
        assert_eq!((side(16), side(20)), (1_200, 630), "{}", page.display());
    }
}

/// The widths of what is shown of the diagrams.
const SHOWN: &str = "[...document.querySelectorAll('.diagram svg')].map(svg => svg.clientWidth).filter(width => width > 0)";

#[tokio::test]
async fn a_page_without_a_script_fits_a_phone_and_a_desk() {
    let site = Site::serve(&dist(), "/courses/fencepost/");
    for view in [View::new(320, 640), View::new(1440, 900).dark()] {
        let browser = Browser::start(view).await;
        for place in [
            "lesson/index.html",
            "lesson/redlock.html",
            "claim/redlock-1b.html",
        ] {
            browser.goto(&site.url(place)).await.expect("it opens");
            let overflow = "document.documentElement.scrollWidth - innerWidth";
            assert_eq!(browser.eval(overflow).await, 0, "{place}");
            let style = "getComputedStyle(document.body).margin";
            assert_eq!(browser.eval(style).await, "0px", "{place}");
            let small = "[...document.querySelectorAll('.live a, summary, nav a')].filter(it => \
                it.getClientRects().length && it.getBoundingClientRect().height < 24).length";
            assert_eq!(browser.eval(small).await, 0, "{place}");
            if place.ends_with("index.html") {
                continue;
            }
            let shown = browser.eval(SHOWN).await;
            let widths = shown.as_array().expect("a list").len();
            assert_eq!(widths, 1, "{place}: {shown}");
        }
        browser.assert_clean_console().await;
        browser.assert_requests_only_to(&[site.origin()]).await;
    }
    assert!(site.requests().iter().all(|request| request.status == 200));
}

/// Where WebAssembly is not allowed, the page says so and leads to the same
/// lesson without it.
#[tokio::test]
async fn without_webassembly_a_reader_still_gets_the_lesson() {
    let index = read(&dist().join("index.html"));
    let blocked = index.replace(" 'wasm-unsafe-eval'", "");
    assert_ne!(blocked, index);
    let site = Site::serve_with_pages(&dist(), "/site/", &[("/site/blocked", &blocked)]);
    let browser = Browser::start(View::new(1024, 768)).await;
    let url = site.url("blocked#zookeeper?session_timeout=6s");
    browser.goto(&url).await.expect("it opens");
    browser.click("#boot-page").await;
    let there = browser.eval("location.pathname").await;
    assert_eq!(there, "/site/lesson/zookeeper.html");
    assert_eq!(browser.eval(&format!("{SHOWN}.length")).await, 1);
}

/// Writes `code` as one file with the program of `dist/`.
fn one_file(code: &str, name: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let done = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--package",
            "fencepost",
            "--",
            "page",
            code,
            "-o",
        ])
        .arg(&file)
        .arg("--dist")
        .arg(dist())
        .status();
    assert!(done.expect("cargo runs this test").success());
    file
}

/// Moves the TTL's slider and asserts that the verdict's words change.
async fn assert_a_slider_answers(browser: &Browser) {
    let words = "document.querySelector('.verdict').innerText";
    browser
        .eval("document.getElementById('control-ttl').focus()")
        .await;
    let before = browser.eval(words).await;
    browser.press("End").await;
    browser.painted().await;
    assert_ne!(browser.eval(words).await, before);
}

#[tokio::test]
async fn one_file_opens_from_a_disk_and_in_a_sandbox() {
    let code = "redlock?ttl=6s&fault=cut,a>redis1,3s,@1s,drop";
    let file = one_file(code, "one-file.html");
    let url = format!("file://{}", file.display());
    let browser = Browser::start(View::new(1440, 900)).await;
    browser.open(&url).await;
    let value = "document.querySelector('.value').innerText";
    assert_eq!(browser.eval(value).await, "6 s");
    assert_a_slider_answers(&browser).await;
    // A reader's own scenario comes before the file's.
    browser.goto("about:blank").await.expect("it opens");
    browser.open(&format!("{url}#redlock?ttl=7s")).await;
    assert_eq!(browser.eval(value).await, "7 s");
    browser.assert_clean_console().await;
    let asked = browser.requested().await;
    let is_own = |url: &String| {
        ["file:", "data:", "about:", "chrome:"]
            .iter()
            .any(|it| url.starts_with(it))
    };
    assert!(asked.iter().all(is_own), "{asked:?}");

    let html = read(&file);
    let frame = "<!doctype html><title>A course</title><link rel=\"icon\" href=\"data:,\">\
        <iframe sandbox=\"allow-scripts\" src=\"/lesson\" width=\"1300\" height=\"800\"></iframe>";
    let course = Site::serve_with_pages(&dist(), "/", &[("/course", frame), ("/lesson", &html)]);
    browser
        .goto(&course.page("/course"))
        .await
        .expect("it opens");
    browser.enter_frame(0).await.expect("it has a frame");
    browser.ready().await;
    assert_eq!(browser.eval("self.origin").await, "null");
    assert_a_slider_answers(&browser).await;
    browser.assert_clean_console().await;
}

/// A copy of the site that a test may change.
fn copy(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder for tests");
    for entry in fs::read_dir(dist()).expect("`cargo xtask build` wrote it") {
        let entry = entry.expect("a folder can be read");
        if entry.path().is_file() {
            fs::copy(entry.path(), folder.join(entry.file_name())).expect("a file can be copied");
        }
    }
    folder
}

/// Publishes another release in `folder`: its program has other names.
fn publish_again(folder: &Path) {
    let index = read(&folder.join("index.html"));
    let build = index
        .split("name=\"site\" content=\"")
        .nth(1)
        .expect("a release names itself");
    let build = &build[..16];
    let module = values(&index, "content")
        .into_iter()
        .find(|it| it.ends_with(".js"));
    let old = module
        .expect("it names its module")
        .trim_start_matches("./")
        .trim_end_matches(".js");
    let new = "fencepost-app-0123456789abcdef";
    for ending in [".js", "_bg.wasm"] {
        let from = folder.join(format!("{old}{ending}"));
        fs::rename(from, folder.join(format!("{new}{ending}"))).expect("the program is there");
    }
    for name in ["index.html", "offline.js"] {
        let text = read(&folder.join(name));
        let text = text.replace(old, new).replace(build, "fedcba9876543210");
        let text = text.replace("<title>Fencepost</title>", "<title>Second release</title>");
        fs::write(folder.join(name), text).expect("it can be written");
    }
}

/// Waits until what is worth keeping is kept.
async fn kept(browser: &Browser) {
    let is_kept = "(await navigator.serviceWorker.getRegistration())?.active?.state ?? 'none'";
    for _ in 0..100 {
        if browser.eval(is_kept).await == "activated" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing was kept: {:?}", browser.console().await);
}

#[tokio::test]
async fn after_a_visit_it_runs_without_a_network_and_never_mixes_releases() {
    let folder = copy("offline");
    let site = Site::serve(&folder, "/deep/fencepost/");
    let browser = Browser::start(View::new(1440, 900)).await;
    let url = site.url("#redlock");
    browser.open(&url).await;
    kept(&browser).await;
    let cached = "(await caches.keys()).length";
    assert_eq!(browser.eval(cached).await, 1);

    // A release that came in between is shown at once.
    publish_again(&folder);
    let module = "document.querySelector('meta[name=program]').content";
    browser.refresh().await.expect("it opens again");
    browser.ready().await;
    assert_eq!(
        browser.eval(module).await,
        "./fencepost-app-0123456789abcdef.js"
    );
    assert!(site.requests().iter().all(|request| request.status == 200));

    // Without a network one of them runs, and all of it.
    drop(site);
    browser.refresh().await.expect("it opens again");
    browser.ready().await;
    assert_a_slider_answers(&browser).await;
}
