//! The site from `dist/` in headless Chromium, as a reader meets it.

use fantoccini::Locator;
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
    assert_eq!(browser.eval("document.styleSheets.length").await, 1);
    assert_sound(&browser, &[&site, &course]).await;
}
