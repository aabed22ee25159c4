//! Installs what is missing, where that is possible, and says how long it
//! takes. Where it is not, the error names the line to type.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::run::{Outcome, cargo, command, on_path, printed, root, run};

/// The folder for build tools, in the repository but not in its history.
pub fn tool_folder() -> PathBuf {
    root().join(".tools")
}

/// Runs a step that may take long: says so before, and after it how long it
/// took.
pub fn step<T>(what: &str, may_take: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("==> {what} (this may take {may_take})");
    // It must be seen before the silence it explains.
    let _ = io::stdout().flush();
    let start = Instant::now();
    let done = work()?;
    println!("==> done in {:.0} s", start.elapsed().as_secs_f64());
    Ok(done)
}

/// Brings the standard library of a target, unless it is there.
pub fn target(name: &str) -> Outcome<()> {
    let folder = printed(command("rustc").args(["--print", "target-libdir", "--target", name]));
    if folder.is_some_and(|folder| Path::new(folder.trim()).is_dir()) {
        return Ok(());
    }
    by_rustup("target", name)
}

/// Brings a part of the toolchain with a cargo command of its own, unless it is
/// there.
pub fn component(name: &str, subcommand: &str) -> Outcome<()> {
    if printed(cargo().args([subcommand, "--version"])).is_some() {
        return Ok(());
    }
    by_rustup("component", name)
}

fn by_rustup(kind: &str, name: &str) -> Outcome<()> {
    if on_path("rustup").is_none() {
        return Err(format!(
            "The Rust {kind} {name} is missing, and rustup, which would add it, is not on the \
             path. Install Rust by rustup, or add the {kind} as your system does it."
        ));
    }
    step(
        &format!("Adding the Rust {kind} {name}"),
        "half a minute",
        || {
            run(command("rustup").args([kind, "add", name])).map_err(|error| {
                format!(
                    "{error}\nWith a working network, `rustup {kind} add {name}` should succeed."
                )
            })
        },
    )
}

/// Installs a program of a crate into the tool folder: as a ready binary if
/// `cargo binstall` is there and finds one, else from source.
///
/// `locked` takes the versions of the crate's own lock file, where they still
/// build.
pub fn tool(name: &str, version: &str, locked: bool, may_take: &str) -> Outcome<()> {
    let wanted = format!("{name}@{version}");
    if on_path("cargo-binstall").is_some() {
        let mut binstall = cargo();
        binstall
            .args([
                "binstall",
                "--no-confirm",
                "--force",
                "--disable-strategies",
                "compile",
            ])
            .arg("--root")
            .arg(tool_folder())
            .arg(&wanted);
        match step(
            &format!("Fetching {wanted} with cargo binstall"),
            "a minute",
            || run(&mut binstall),
        ) {
            Ok(()) => return Ok(()),
            Err(error) => println!("==> {error} Building it from source instead."),
        }
    }
    let mut install = cargo();
    install
        // Its programs only copy and rewrite files: how fast they are built
        // matters more than how fast they run.
        .args(["install", "--debug", "--force", "--no-default-features"])
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        // The settings of this repository are not those of its tools.
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_BUILD_TARGET");
    if locked {
        install.arg("--locked");
    }
    install.arg("--root").arg(tool_folder()).arg(&wanted);
    step(&format!("Building {wanted} into .tools/"), may_take, || {
        run(&mut install).map_err(|error| {
            format!(
                "{error}\nIt needs a C compiler and the network. When both are there, the same \
                 command can be run again; a {name} {version} on the path is used as well."
            )
        })
    })
}

/// Brings Debian packages if that is possible here, else says what to type.
pub fn debian(packages: &[&str], what_for: &str) -> Outcome<()> {
    let list = packages.join(" ");
    if !Path::new("/etc/debian_version").exists() || on_path("apt-get").is_none() {
        return Err(format!(
            "{what_for}, which is missing here. Install what Debian packages as `{list}` in your \
             system's way, so that it is on the path, and run the command again."
        ));
    }
    let root = printed(command("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !root {
        return Err(format!(
            "{what_for}, which is missing here. Run this, then the command again:\n\n    \
             sudo apt-get update && sudo apt-get install --yes {list}"
        ));
    }
    step(
        &format!("Installing {list} with apt-get"),
        "three minutes",
        || {
            let apt = |words: &[&str]| {
                let mut apt = command("apt-get");
                apt.args(words).env("DEBIAN_FRONTEND", "noninteractive");
                // Pages of unpacking would bury what this program says.
                let log: OsString = "-qq".into();
                run(apt.arg(log))
            };
            apt(&["update"])?;
            let mut install = vec!["install", "--yes", "--no-install-recommends"];
            install.extend(packages);
            apt(&install)
        },
    )
    .map_err(|error| format!("{error}\n{what_for}; `apt-get install {list}` should succeed first."))
}
