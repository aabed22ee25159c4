//! Serves the page while it is worked on, and writes the site.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::install::step;
use crate::policy;
use crate::run::{Outcome, cargo, line, not_started, root, run};
use crate::tools::{self, Page};

/// Where `serve` looks for a free port when none is asked for.
const PORTS: std::ops::Range<u16> = 8080..8100;

/// Builds and serves the page on this machine until interrupted.
pub fn serve(port: Option<u16>) -> Outcome<()> {
    let port = free_port(port)?;
    let page = Page::ready()?;
    println!("==> Building the page (the first time this may take three minutes)");
    let mut trunk = page.trunk("serve");
    trunk.args(["--port", &port.to_string()]);
    // Not in dist/, which holds the site as it is published.
    trunk.arg("--dist").arg(root().join("target/serve"));
    let mut server = trunk.spawn().map_err(|error| not_started(&trunk, &error))?;
    // Trunk opens the port when the first build has succeeded.
    thread::spawn(move || {
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            thread::sleep(Duration::from_millis(200));
        }
        println!("\n==> Fencepost is at http://127.0.0.1:{port}/  (Ctrl+C ends it)\n");
    });
    match server.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!(
            "`{}` ended ({status}). Its messages above say why; when that is put right, run the \
             command again.",
            line(&trunk)
        )),
        Err(error) => Err(format!("trunk cannot be waited for: {error}.")),
    }
}

fn free_port(wanted: Option<u16>) -> Outcome<u16> {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    match wanted {
        Some(port) if free(&port) => Ok(port),
        Some(port) => Err(format!(
            "Port {port} cannot be used: it is taken or reserved. Choose another."
        )),
        None => PORTS.into_iter().find(free).ok_or(format!(
            "The ports {} to {} are all taken. Choose one: `cargo xtask serve --port N`.",
            PORTS.start,
            PORTS.end - 1
        )),
    }
}

/// Writes the site to `dist/`. `base` is the address where it will stand, for
/// what has to name that.
pub fn build(base: Option<&str>) -> Outcome<()> {
    let page = Page::ready()?;
    let dist = root().join("dist");
    step(
        "Building the site into dist/",
        "three minutes the first time",
        || {
            run(page.trunk("build").args(["--release", "--dist"]).arg(&dist))?;
            let index = dist.join("index.html");
            let html =
                fs::read_to_string(&index).map_err(|error| format!("dist/index.html: {error}."))?;
            let html = policy::add(&html)?;
            fs::write(&index, html).map_err(|error| format!("dist/index.html: {error}."))
        },
    )?;
    step("Writing the pages without a script", "one minute", || {
        let mut pages = cargo();
        pages.args([
            "run",
            "--quiet",
            "--package",
            "fencepost",
            "--",
            "site",
            "--out",
        ]);
        pages.arg(&dist);
        if let Some(base) = base {
            pages.args(["--base", base]);
        }
        run(&mut pages)
    })?;
    list(&dist)
}

/// Builds the site and measures it in a browser.
pub fn bench() -> Outcome<()> {
    tools::browser()?;
    build(None)?;
    step("Measuring in Chromium", "three minutes", || {
        run(cargo()
            .args(["run", "--quiet", "--package", "fencepost-tests"])
            .args(["--bin", "bench-browser"]))
    })
}

/// Prints the program's files with their sizes.
fn list(dist: &Path) -> Outcome<()> {
    let failed = |error| format!("dist/ cannot be listed: {error}.");
    let mut files = Vec::new();
    for entry in fs::read_dir(dist).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let data = entry.metadata().map_err(failed)?;
        if data.is_file() {
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push((name, data.len()));
        }
    }
    files.sort();
    for (name, size) in files {
        println!("{:>9.1} kB  dist/{name}", size as f64 / 1000.0);
    }
    Ok(())
}
