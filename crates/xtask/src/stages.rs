//! Every test, in stages: the quick ones first, and none after one that fails.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::count::Count;
use crate::install;
use crate::run::{Outcome, cargo, not_started, run};
use crate::site;
use crate::tools::{self, BARE, WASM};

/// The crates that need no standard library.
const BARE_CRATES: [&str; 3] = ["fencepost-sim", "fencepost-designs", "fencepost-explore"];

/// The tests that need a browser and the built site.
const IN_BROWSERS: [&str; 6] = ["--test", "browser", "--test", "embeds", "--test", "pages"];

/// Formatting, lints and native tests. Tells whether all is well.
pub fn quick(filter: Option<&str>) -> bool {
    let mut report = Report::default();
    let done = lints(&mut report, filter).and_then(|()| native(&mut report, filter));
    report.close(done, filter)
}

/// Every test there is. Tells whether all is well.
pub fn test(filter: Option<&str>) -> bool {
    let mut report = Report::default();
    let done = all(&mut report, filter);
    report.close(done, filter)
}

fn all(report: &mut Report, filter: Option<&str>) -> Outcome<()> {
    report.stage("tools", || {
        install::target(BARE)?;
        tools::Page::ready()?;
        tools::browser()
    })?;
    lints(report, filter)?;
    if filter.is_none() {
        report.stage("no std", || {
            let packages = BARE_CRATES.iter().flat_map(|name| ["--package", *name]);
            run(cargo().arg("check").args(packages).args(["--target", BARE]))
        })?;
    }
    native(report, filter)?;
    let wasm_cargo = tools::wasm_cargo()?;
    let mut wasm = wasm_cargo();
    wasm.args([
        "test",
        "--package",
        "fencepost-tests",
        "--test",
        "digests",
        "--target",
        WASM,
    ]);
    report.tests("wasm tests", wasm, filter)?;
    report.stage("site", || site::build(None))?;
    let mut browser = cargo();
    // All packages are named, so that features and with them builds are those of
    // the native tests.
    browser.args(["test", "--workspace"]).args(IN_BROWSERS);
    report.tests("browser tests", browser, filter)
}

/// Formatting and lints; with a filter one is after tests alone.
fn lints(report: &mut Report, filter: Option<&str>) -> Outcome<()> {
    if filter.is_some() {
        return Ok(());
    }
    install::component("rustfmt", "fmt")?;
    install::component("clippy", "clippy")?;
    report.stage("formatting", || {
        run(cargo().args(["fmt", "--all", "--check"]))
            .map_err(|error| format!("{error} `cargo fmt` puts it right."))
    })?;
    let clippy = |words: &[&str]| {
        run(cargo()
            .arg("clippy")
            .args(words)
            .args(["--", "-D", "warnings"]))
    };
    report.stage("lints", || {
        clippy(&["--workspace", "--all-targets"])?;
        // They are left out of "all" because they run only when named.
        clippy(&[&["--workspace"], IN_BROWSERS.as_slice()].concat())
    })?;
    install::target(WASM)?;
    report.stage("lints for wasm", || {
        clippy(&["--package", "fencepost-app", "--target", WASM])
    })
}

fn native(report: &mut Report, filter: Option<&str>) -> Outcome<()> {
    let mut native = cargo();
    native.args(["test", "--workspace", "--no-fail-fast"]);
    report.tests("native tests", native, filter)
}

/// What the stages have come to so far.
#[derive(Default)]
struct Report {
    lines: Vec<String>,
    count: Count,
}

impl Report {
    /// Runs a stage without tests of its own.
    fn stage(&mut self, name: &str, work: impl FnOnce() -> Outcome<()>) -> Outcome<()> {
        self.timed(name, || work().map(|()| String::new()))
    }

    /// Runs a stage whose tests are counted. Without a filter it must have some.
    fn tests(&mut self, name: &str, mut command: Command, filter: Option<&str>) -> Outcome<()> {
        if let Some(filter) = filter {
            command.args(["--", filter]);
        }
        let mut count = Count::default();
        let done = self.timed(name, || {
            let ended_well = follow(&mut command, &mut count)?;
            match (ended_well, count.ran()) {
                (true, 0) if filter.is_none() => Err("No test ran.".to_owned()),
                (true, _) => Ok(count.to_string()),
                (false, _) if count.failed > 0 => Err(format!("{count}.")),
                (false, _) => Err("The tests could not be built or run to their end.".to_owned()),
            }
        });
        self.count += count;
        done
    }

    fn timed(&mut self, name: &str, work: impl FnOnce() -> Outcome<String>) -> Outcome<()> {
        println!("\n### {name}");
        let _ = io::stdout().flush();
        let start = Instant::now();
        let done = work();
        let word = if done.is_ok() { "ok" } else { "FAILED" };
        let detail = done.as_deref().unwrap_or("");
        let seconds = start.elapsed().as_secs_f64();
        let line = format!("{word:<6} {name:<15} {seconds:>6.1} s  {detail}");
        println!("### {}", line.trim_end());
        self.lines.push(line);
        done.map(drop)
            .map_err(|error| format!("The stage \"{name}\" failed. {error}"))
    }

    /// Prints the summary; its last line counts the tests. A stage that failed
    /// before any test of its own counts as a test that failed.
    fn close(mut self, done: Outcome<()>, filter: Option<&str>) -> bool {
        let done = match (done, filter) {
            (Ok(()), Some(filter)) if self.count.ran() == 0 => {
                Err(format!("No test has {filter:?} in its name."))
            }
            (done, _) => done,
        };
        println!();
        for line in &self.lines {
            println!("{}", line.trim_end());
        }
        if let Some(filter) = filter {
            println!("Only tests with {filter:?} in their names; no formatting, no lints.");
        }
        if let Err(error) = &done {
            println!("\n{error}");
            self.count.failed = self.count.failed.max(1);
        }
        println!("\n{}", self.count);
        done.is_ok()
    }
}

/// Runs tests, passes on what they print, and counts them. Tells whether the
/// command ended well.
fn follow(command: &mut Command, count: &mut Count) -> Outcome<bool> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    let mut output = BufReader::new(child.stdout.take().expect("piped above"));
    let mut line = Vec::new();
    // Bytes, because a test may print what is not text.
    while output
        .read_until(b'\n', &mut line)
        .map_err(|error| error.to_string())?
        > 0
    {
        io::stdout()
            .write_all(&line)
            .map_err(|error| error.to_string())?;
        if let Some(found) = Count::read(&String::from_utf8_lossy(&line)) {
            *count += found;
        }
        line.clear();
    }
    Ok(child.wait().map_err(|error| error.to_string())?.success())
}
