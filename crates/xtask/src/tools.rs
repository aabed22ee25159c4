//! Finds the tools that fit, and has those installed that do not.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::install;
use crate::run::{Outcome, cargo, command, on_path, printed, root};

/// The target of the page.
pub const WASM: &str = "wasm32-unknown-unknown";

/// A target without a standard library, 32 bit like [`WASM`]: what builds for
/// it uses none.
pub const BARE: &str = "thumbv7em-none-eabihf";

/// The oldest version of trunk that this repository is known to work with; it
/// is also the one installed. Later patches fit, other minor versions read
/// `Trunk.toml` differently.
const TRUNK: Version = Version([0, 21, 14]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version([u32; 3]);

impl Version {
    /// The first word of a text that is a version.
    fn read(text: &str) -> Option<Version> {
        text.split_whitespace().find_map(|word| {
            let mut parts = word.trim_start_matches('v').splitn(3, '.').map(str::parse);
            match (parts.next()?, parts.next()?, parts.next()?) {
                (Ok(major), Ok(minor), Ok(patch)) => Some(Version([major, minor, patch])),
                _ => None,
            }
        })
    }

    /// Whether it is this version or a later patch of it.
    fn follows(self, oldest: Version) -> bool {
        self.0[..2] == oldest.0[..2] && self >= oldest
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Version([major, minor, patch]) = self;
        write!(to, "{major}.{minor}.{patch}")
    }
}

/// What builds the page.
pub struct Page {
    trunk: PathBuf,
    path: OsString,
}

impl Page {
    /// Finds or installs what builds the page.
    pub fn ready() -> Outcome<Page> {
        install::target(WASM)?;
        let path = bindgen()?;
        let fits = |version: Version| version.follows(TRUNK);
        let trunk = match find("trunk", fits) {
            Some(trunk) => trunk,
            None => {
                install::tool("trunk", &TRUNK.to_string(), true, "five minutes")?;
                find("trunk", fits)
                    .ok_or("trunk is installed, but .tools/bin/trunk does not run.")?
            }
        };
        Ok(Page { trunk, path })
    }

    /// trunk with its subcommand.
    pub fn trunk(&self, subcommand: &str) -> Command {
        let mut trunk = command(&self.trunk);
        trunk
            .arg(subcommand)
            .env("PATH", &self.path)
            .env("TRUNK_SKIP_VERSION_CHECK", "true")
            // Trunk reads it as its own switch, and takes no other value than
            // true or false.
            .env_remove("NO_COLOR");
        trunk
    }
}

/// Finds or installs what runs wasm tests in Node, and gives the cargo for it.
pub fn wasm_cargo() -> Outcome<impl Fn() -> Command> {
    install::target(WASM)?;
    let path = bindgen()?;
    if on_path("node").is_none() {
        install::debian(&["nodejs"], "The wasm tests run in Node")?;
    }
    Ok(move || {
        let mut cargo = cargo();
        cargo.env("PATH", &path);
        cargo
    })
}

/// Finds or installs Chromium and its driver.
pub fn browser() -> Outcome<()> {
    let named = |name: &str| env::var_os(name).is_some();
    let browsers = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    let both = || {
        let browser = named("CHROMIUM") || browsers.iter().any(|name| on_path(name).is_some());
        let driver = named("CHROMEDRIVER") || on_path("chromedriver").is_some();
        browser && driver
    };
    let what_for = "The browser tests need Chromium and chromedriver";
    if !both() {
        install::debian(&["chromium", "chromium-driver"], what_for)?;
    }
    if both() {
        Ok(())
    } else {
        Err(format!(
            "{what_for}, which are installed, but not on the path."
        ))
    }
}

/// Finds or installs the wasm-bindgen that equals the lock file's, and gives a
/// search path on which it comes first: trunk and cargo look it up by name.
fn bindgen() -> Outcome<OsString> {
    let lock = fs::read_to_string(root().join("Cargo.lock"))
        .map_err(|error| format!("Cargo.lock: {error}"))?;
    let wanted =
        locked_version(&lock, "wasm-bindgen").ok_or("Cargo.lock names no wasm-bindgen.")?;
    let fits = |version: Version| version == wanted;
    let both = || {
        let tool = find("wasm-bindgen", fits)?;
        let folder = tool.parent()?.to_owned();
        let runner = folder.join(format!(
            "wasm-bindgen-test-runner{}",
            env::consts::EXE_SUFFIX
        ));
        runner.is_file().then_some(folder)
    };
    let folder = match both() {
        Some(folder) => folder,
        None => {
            install::tool(
                "wasm-bindgen-cli",
                &wanted.to_string(),
                false,
                "two minutes",
            )?;
            both()
                .ok_or("wasm-bindgen-cli is installed, but .tools/bin/wasm-bindgen does not run.")?
        }
    };
    let before = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(env::split_paths(&before));
    env::join_paths(folders)
        .map_err(|error| format!("The search path cannot be extended: {error}."))
}

/// A tool whose version fits: from the tool folder, or the one on the path.
fn find(name: &str, fits: impl Fn(Version) -> bool) -> Option<PathBuf> {
    let own = install::tool_folder()
        .join("bin")
        .join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let version = |tool: &Path| Version::read(&printed(command(tool).arg("--version"))?);
    [Some(own), on_path(name)]
        .into_iter()
        .flatten()
        .find(|tool| version(tool).is_some_and(&fits))
}

/// The version of a package in the text of a lock file.
fn locked_version(lock: &str, package: &str) -> Option<Version> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines
        .nth(1)?
        .strip_prefix("version = \"")?
        .strip_suffix('"')?;
    Version::read(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_compared() {
        assert_eq!(Version::read("trunk 0.21.14\n"), Some(Version([0, 21, 14])));
        assert_eq!(Version::read("no version here"), None);
        assert!(Version([0, 21, 15]).follows(Version([0, 21, 14])));
        assert!(!Version([0, 21, 2]).follows(Version([0, 21, 14])));
        assert!(!Version([0, 22, 14]).follows(Version([0, 21, 14])));
    }

    #[test]
    fn the_lock_file_names_a_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(
            locked_version(lock, "wasm-bindgen"),
            Some(Version([0, 2, 130]))
        );
        assert_eq!(locked_version(lock, "yew"), None);
    }
}
