//! Shows a page as a picture, after doing to it what a reader would do.
// Building the wasm tests builds this too; there it is empty.
#![cfg_attr(target_arch = "wasm32", no_main)]
#![cfg(not(target_arch = "wasm32"))]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use support::{Browser, Site, View, dist, key_codes};

const HELP: &str = "\
cargo look WHERE [OPTIONS] -o FILE.png

WHERE is an address, or what follows the site's: '#redlock?ttl=5s', '?embed=1#redlock', ''.
Without an address the site in dist/ is served: run `cargo xtask build` before.

  --width N --height N   size of the page in CSS pixels [1440, 900]
  --scale N              device pixels per CSS pixel [1]
  --dark --still         a reader who prefers dark pages, reduced motion
  --full                 the whole page, not only what the window shows
  -o FILE.png            the picture

Done in the order given, before the picture:
  --click CSS            click the first element that matches
  --keys 'Right Right N' press keys, on what has focus; names as in Tab, Home, PageUp, Shift+Right
  --eval JS              print the value of an expression
  --wait MS              wait

What the console says goes to standard error; an error there makes the exit status 1.";

enum Step {
    Click(String),
    Keys(String),
    Eval(String),
    Wait(Duration),
}

struct Order {
    place: String,
    view: View,
    whole_page: bool,
    steps: Vec<Step>,
    picture: PathBuf,
}

fn main() -> ExitCode {
    let order = match read(std::env::args().skip(1)) {
        Ok(order) => order,
        Err(message) => {
            eprintln!("{message}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime on this thread");
    runtime.block_on(look(order))
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Order, String> {
    let mut place = None;
    let mut picture = None;
    let mut order = Order {
        place: String::new(),
        view: View::new(1440, 900),
        whole_page: false,
        steps: Vec::new(),
        picture: PathBuf::new(),
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--width" => order.view.width = number(&value()?)?,
            "--height" => order.view.height = number(&value()?)?,
            "--scale" => order.view.scale = number(&value()?)?,
            "--dark" => order.view.dark = true,
            "--still" => order.view.still = true,
            "--full" => order.whole_page = true,
            "--click" => order.steps.push(Step::Click(value()?)),
            "--keys" => {
                let keys = value()?;
                keys.split_whitespace()
                    .try_for_each(|key| key_codes(key).map(drop))?;
                order.steps.push(Step::Keys(keys));
            }
            "--eval" => order.steps.push(Step::Eval(value()?)),
            "--wait" => order
                .steps
                .push(Step::Wait(Duration::from_millis(number(&value()?)?))),
            "-o" => picture = Some(PathBuf::from(value()?)),
            _ if word.starts_with('-') => return Err(format!("unknown option {word}")),
            _ => place = Some(word),
        }
    }
    order.place = place.ok_or("where to look?")?;
    order.picture = picture.ok_or("-o FILE.png is missing")?;
    Ok(order)
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no number that fits here"))
}

async fn look(order: Order) -> ExitCode {
    let browser = Browser::start(order.view).await;
    // Kept until the end: the page may fetch more while steps are taken.
    let _site = if order.place.contains("://") {
        browser.open(&order.place).await;
        None
    } else {
        let site = Site::serve(&dist(), "/");
        browser.open(&site.url(&order.place)).await;
        Some(site)
    };
    for step in &order.steps {
        match step {
            Step::Click(css) => browser.click(css).await,
            Step::Keys(keys) => browser.press(keys).await,
            Step::Eval(expression) => println!("{}", browser.eval(expression).await),
            Step::Wait(time) => tokio::time::sleep(*time).await,
        }
    }
    browser.painted().await;
    browser.picture(&order.picture, order.whole_page).await;
    let console = browser.console().await;
    for line in &console {
        eprintln!("{line}");
    }
    ExitCode::from(u8::from(
        console.iter().any(|line| line.starts_with("SEVERE")),
    ))
}
