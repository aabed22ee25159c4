//! What a newcomer types: builds, serves and tests Fencepost, and brings the
//! tools for it. Only the standard library, so that it starts within seconds
//! on a machine that has nothing but Rust.

mod count;
mod install;
mod policy;
mod run;
mod site;
mod stages;
mod tools;

use std::env;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask serve [--port N]   build the site, serve it on this machine, build again after changes
cargo xtask build [--base URL] write the static site to dist/, for any static host; with its
                               address also what names it: a site map, oEmbed, previews
cargo xtask test [FILTER]      every test: lints, native, no-std, wasm, browser;
                               with a filter, only the tests whose names contain it
cargo xtask quick [FILTER]     formatting, lints and native tests: what one runs while working
cargo xtask bench-browser      build the site and measure it in Chromium; JSON

Tools that are missing are installed: Rust targets by rustup, build tools into .tools/,
and on Debian as root what the tests need (Chromium, Node) by apt-get.";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["serve"] => site::serve(None),
        ["serve", "--port", port] => match port.parse() {
            Ok(port) => site::serve(Some(port)),
            Err(_) => Err(format!("{port:?} is no port: give a number up to 65535.")),
        },
        ["build"] => site::build(None),
        ["build", "--base", base] => site::build(Some(base)),
        ["test"] => return told(stages::test(None)),
        ["test", filter] => return told(stages::test(Some(filter))),
        ["quick"] => return told(stages::quick(None)),
        ["quick", filter] => return told(stages::quick(Some(filter))),
        ["bench-browser"] => site::bench(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(format!(
            "`cargo xtask {}` is no command.\n\n{HELP}",
            words.join(" ")
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}

/// The exit status of tests, whose own last line is what a reader looks for.
fn told(all_well: bool) -> ExitCode {
    if all_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
