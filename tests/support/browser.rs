use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::key_codes;

/// How long a page may take to start before a test gives up on it. Generous: a
/// cold browser on a busy machine has been seen to need several seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Flags for a browser that a test drives: no window, nothing but the page on
/// the network. As root, as in containers, Chromium runs only without sandbox.
const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
];

/// What a reader's window looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Width of the page in CSS pixels.
    pub width: u32,
    /// Height of the page in CSS pixels.
    pub height: u32,
    /// Device pixels per CSS pixel.
    pub scale: f64,
    /// Whether the reader prefers a dark page.
    pub dark: bool,
    /// Whether the reader prefers reduced motion.
    pub still: bool,
}

impl View {
    /// A light page of this size, one device pixel a CSS pixel.
    pub const fn new(width: u32, height: u32) -> View {
        View {
            width,
            height,
            scale: 1.0,
            dark: false,
            still: false,
        }
    }

    /// The same for a reader who prefers dark pages.
    #[must_use]
    pub const fn dark(self) -> View {
        View { dark: true, ..self }
    }
}

/// A headless Chromium with an empty profile, driven through chromedriver.
///
/// It is a [`Client`] of fantoccini, with what only Chromium offers added. When
/// dropped, also by a failing test, it takes browser, driver and profile away.
pub struct Browser {
    client: Client,
    // After `client`, which may still be talking to it.
    _driver: Driver,
}

impl Deref for Browser {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Browser {
    /// Starts a browser that shows an empty page.
    ///
    /// # Panics
    /// When Chromium or chromedriver is missing or does not start.
    pub async fn start(view: View) -> Browser {
        Browser::start_with(view, json!({})).await
    }

    /// Starts a browser that also keeps a trace of what its threads do, for
    /// [`Browser::trace`].
    ///
    /// # Panics
    /// As [`Browser::start`].
    pub async fn start_traced(view: View) -> Browser {
        let categories =
            "devtools.timeline,disabled-by-default-devtools.timeline,blink.user_timing";
        let tracing =
            json!({ "traceCategories": categories, "enableNetwork": false, "enablePage": false });
        Browser::start_with(view, tracing).await
    }

    async fn start_with(view: View, tracing: Value) -> Browser {
        let driver = Driver::start();
        let mut args: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).collect();
        args.push(format!("--user-data-dir={}", driver.profile.display()));
        let mut options = json!({ "args": args });
        if tracing != json!({}) {
            options["perfLoggingPrefs"] = tracing;
        }
        if let Some(chromium) = env::var_os("CHROMIUM") {
            options["binary"] = json!(chromium.to_string_lossy());
        }
        let wanted = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let Value::Object(wanted) = wanted else {
            unreachable!("written as an object above")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&driver.url())
            .await
            .unwrap_or_else(|error| {
                panic!("chromedriver started but gave no browser (is Chromium installed and of the same version?): {error}")
            });
        let browser = Browser {
            client,
            _driver: driver,
        };
        browser.show_as(view).await;
        browser
    }

    /// Changes size, theme and motion of the open page and of those to come.
    pub async fn show_as(&self, view: View) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": view.width,
                "height": view.height,
                "deviceScaleFactor": view.scale,
                "mobile": false,
            }),
        )
        .await;
        let theme = if view.dark { "dark" } else { "light" };
        let motion = if view.still {
            "reduce"
        } else {
            "no-preference"
        };
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [
                { "name": "prefers-color-scheme", "value": theme },
                { "name": "prefers-reduced-motion", "value": motion },
            ]}),
        )
        .await;
    }

    /// Opens an address of the site and waits until the program runs there.
    ///
    /// # Panics
    /// When the program fails to start or takes too long, with what the console
    /// says.
    pub async fn open(&self, url: &str) {
        self.goto(url).await.expect("an address that can be opened");
        self.ready().await;
    }

    /// Waits until the program runs in the current page or frame, and has
    /// painted.
    ///
    /// # Panics
    /// When it fails to start or takes too long, with what the console says.
    pub async fn ready(&self) {
        let started = self
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(":root[data-boot]"))
            .await;
        let state = match started {
            Ok(root) => root
                .attr("data-boot")
                .await
                .expect("an element of this page"),
            Err(_) => None,
        };
        if state.as_deref() != Some("running") {
            let url = self.current_url().await.expect("a page is open");
            let console = self.console().await.join("\n  ");
            panic!(
                "the program did not start at {url} ({state:?}); the console says:\n  {console}"
            );
        }
        self.painted().await;
    }

    /// Waits until what has been done so far is on the screen.
    pub async fn painted(&self) {
        self.execute_async(
            "const done = arguments[arguments.length - 1];
             requestAnimationFrame(() => requestAnimationFrame(() => done(null)));",
            Vec::new(),
        )
        .await
        .expect("a page that draws frames");
    }

    /// Value of a JavaScript expression in the current page or frame; promises
    /// are awaited.
    ///
    /// # Panics
    /// When the expression throws.
    pub async fn eval(&self, expression: &str) -> Value {
        let script = format!("return (async () => ({expression}))();");
        self.execute(&script, Vec::new())
            .await
            .unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Clicks the first element that matches a CSS selector, where a reader
    /// would: in its middle, once it is there and nothing covers it.
    ///
    /// # Panics
    /// When there is none, or something covers it.
    pub async fn click(&self, css: &str) {
        let element = self
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css))
            .await;
        let clicked = match element {
            Ok(element) => element.click().await,
            Err(error) => Err(error),
        };
        clicked.unwrap_or_else(|error| panic!("cannot click {css}: {error}"));
    }

    /// Presses keys one after the other on whatever has focus. Names are
    /// separated by spaces and as [`key_codes`] reads them: `Tab Shift+Right n`.
    ///
    /// # Panics
    /// When a name is no key.
    pub async fn press(&self, keys: &str) {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys.split_whitespace() {
            let codes = key_codes(key).unwrap_or_else(|error| panic!("{error}"));
            for &value in &codes {
                actions = actions.then(KeyAction::Down { value });
            }
            for &value in codes.iter().rev() {
                actions = actions.then(KeyAction::Up { value });
            }
        }
        self.perform_actions(actions)
            .await
            .expect("keys that can be pressed");
    }

    /// What the console has said since this was last asked, frames included, as
    /// `LEVEL source text`.
    pub async fn console(&self) -> Vec<String> {
        let lines = self.log("browser").await;
        lines
            .iter()
            .map(|line| {
                let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
                format!("{} {} {}", text("level"), text("source"), text("message"))
            })
            .collect()
    }

    /// Fails if the console has had an error or a warning since it was last
    /// asked.
    ///
    /// # Panics
    /// Then, with all that the console says.
    pub async fn assert_clean_console(&self) {
        let lines = self.console().await;
        let bad = |line: &String| line.starts_with("SEVERE") || line.starts_with("WARNING");
        assert!(
            !lines.iter().any(bad),
            "the console says:\n  {}",
            lines.join("\n  ")
        );
    }

    /// Addresses that the page and its frames have asked for since this was
    /// last called, whether or not anything answered.
    pub async fn requested(&self) -> Vec<String> {
        let mut urls = Vec::new();
        for line in self.log("performance").await {
            let text = line["message"].as_str().expect("the log holds text");
            let event: Value = serde_json::from_str(text).expect("the text is JSON");
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let url = &event["message"]["params"]["request"]["url"];
                urls.push(
                    url.as_str()
                        .expect("each request has an address")
                        .to_owned(),
                );
            }
        }
        urls
    }

    /// What the browser's threads have done since this was last asked, as
    /// Chromium's trace events.
    pub async fn trace(&self) -> Vec<Value> {
        let mut events = Vec::new();
        for line in self.log("performance").await {
            let text = line["message"].as_str().expect("the log holds text");
            let event: Value = serde_json::from_str(text).expect("the text is JSON");
            if event["message"]["method"] == "Tracing.dataCollected" {
                events.push(event["message"]["params"].clone());
            }
        }
        events
    }

    /// Fails if the page has asked for anything that is not at one of the
    /// `origins` since [`Browser::requested`] was last called.
    ///
    /// # Panics
    /// Then, with the addresses.
    pub async fn assert_requests_only_to(&self, origins: &[String]) {
        let elsewhere: Vec<String> = self
            .requested()
            .await
            .into_iter()
            .filter(|url| {
                let local = ["data:", "blob:", "about:", "chrome:"];
                let known = |origin: &String| {
                    url.strip_prefix(origin.as_str())
                        .is_some_and(|rest| rest.starts_with('/'))
                };
                !local.iter().any(|scheme| url.starts_with(scheme)) && !origins.iter().any(known)
            })
            .collect();
        assert!(
            elsewhere.is_empty(),
            "requests to other places: {elsewhere:?}"
        );
    }

    /// Writes a PNG of what the window shows, or of the whole page.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub async fn picture(&self, file: &Path, whole_page: bool) {
        let png = self
            .devtools(
                "Page.captureScreenshot",
                json!({ "format": "png", "captureBeyondViewport": whole_page }),
            )
            .await;
        let png = png["data"].as_str().expect("a picture as base64");
        let png = BASE64_STANDARD.decode(png).expect("valid base64");
        fs::write(file, png).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// Sends a command of the Chrome DevTools protocol and returns its result.
    ///
    /// # Panics
    /// When Chromium refuses it.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        let call = Extension {
            path: "goog/cdp/execute",
            body: json!({ "cmd": method, "params": parameters }),
        };
        self.issue_cmd(call)
            .await
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let call = Extension {
            path: "se/log",
            body: json!({ "type": kind }),
        };
        match self.issue_cmd(call).await {
            Ok(Value::Array(lines)) => lines,
            other => panic!("the {kind} log is no list: {other:?}"),
        }
    }
}

/// A command that chromedriver adds to the WebDriver standard.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session_id.unwrap_or_default();
        base_url.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

/// A running chromedriver, and the profile its browser writes to.
struct Driver {
    process: Child,
    port: u16,
    profile: PathBuf,
}

impl Driver {
    /// Starts one. Two that start at the same moment can pick the same free
    /// port, and the later one gives up without a word: it is tried again.
    fn start() -> Driver {
        (0..5)
            .find_map(|_| Driver::try_to_start())
            .expect("chromedriver prints its port")
    }

    fn try_to_start() -> Option<Driver> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{} does not start ({error}): `cargo xtask test` installs it or says how",
                    program.display()
                )
            });
        let mut lines = BufReader::new(process.stdout.take().expect("piped above")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split_once("started successfully on port ")?
                .1
                .trim_end_matches('.')
                .parse()
                .ok()
        });
        let Some(port) = port else {
            let _ = process.wait();
            return None;
        };
        // Its output must be read to the end, or it would block on a full pipe.
        thread::spawn(move || lines.for_each(drop));
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let profile =
            env::temp_dir().join(format!("fencepost-browser-{}-{number}", std::process::id()));
        Some(Driver {
            process,
            port,
            profile,
        })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks the driver to end its browsers and itself; killed, it would leave
    /// them running.
    fn shut_down(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream
            .write_all(b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new())?;
        Ok(())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Nothing here may panic: a test may already be failing. What cannot be
        // ended politely is killed, and a profile left behind is harmless.
        let _ = self.shut_down();
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}
