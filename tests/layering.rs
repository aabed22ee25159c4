//! Which crate may use which, and what no crate may do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each crate may use. An arrow that is not here is a mistake, or a
/// decision that belongs here.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("fencepost-sim", &[]),
    ("fencepost-designs", &["fencepost-sim", "serde", "libm"]),
    ("fencepost-explore", &["fencepost-sim", "fencepost-designs"]),
    (
        "fencepost-draw",
        &[
            "fencepost-sim",
            "fencepost-designs",
            "plotters",
            "plotters-backend",
        ],
    ),
    (
        "fencepost-app",
        &[
            "fencepost-sim",
            "fencepost-designs",
            "fencepost-explore",
            "fencepost-draw",
            "yew",
            "wasm-bindgen",
            "web-sys",
            "js-sys",
            "gloo-timers",
        ],
    ),
    (
        "fencepost",
        &[
            "fencepost-sim",
            "fencepost-designs",
            "fencepost-explore",
            "fencepost-draw",
            "lexopt",
            "serde",
            "serde_json",
            "tiny-skia",
            "png",
            "ttf-parser",
            "dejavu",
            "flate2",
            "base64",
            "sha2",
        ],
    ),
];

/// The build helper starts on a machine that has nothing, so it uses nothing.
const STANDS_ALONE: &str = "xtask";

/// The tests may use everything.
const TESTS: &str = "fencepost-tests";

const NO_STD: [&str; 3] = ["sim", "designs", "explore"];

/// The crates that read the registry and know no design by name.
const KNOWS_NO_DESIGN: [&str; 4] = ["explore", "draw", "app", "cli"];

#[test]
fn every_arrow_between_crates_is_a_known_one() {
    let mut wrong = Vec::new();
    for package in packages() {
        let name = text(&package["name"]);
        if name == TESTS {
            continue;
        }
        let known = MAY_USE.iter().find(|(known, _)| *known == name);
        let allowed = match known {
            Some((_, allowed)) => *allowed,
            None if name == STANDS_ALONE => &[],
            None => {
                wrong.push(format!("{name} is new here: say what it may use"));
                continue;
            }
        };
        for dependency in list(&package["dependencies"]) {
            // What only its own tests need is no arrow.
            let used = text(&dependency["name"]);
            if dependency["kind"] != "dev" && !allowed.contains(&used) {
                wrong.push(format!("{name} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let workspace = read(&root().join("Cargo.toml"));
    assert!(workspace.contains("[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));
    for package in packages() {
        let manifest = read(Path::new(text(&package["manifest_path"])));
        assert!(
            manifest.contains("[lints]\nworkspace = true\n"),
            "{} does not take the workspace's lints",
            text(&package["name"])
        );
    }
}

#[test]
fn the_inner_crates_need_no_std() {
    for name in NO_STD {
        let library = read(&root().join("crates").join(name).join("src/lib.rs"));
        assert!(
            library.lines().any(|line| line == "#![no_std]"),
            "{name} is not #![no_std]"
        );
    }
}

#[test]
fn no_design_is_known_by_name_outside_its_folder() {
    let designs: Vec<&str> = designs::registry::DESIGNS
        .iter()
        .map(|design| design.key())
        .collect();
    let crates = root().join("crates");
    let mut files: Vec<PathBuf> = KNOWS_NO_DESIGN
        .iter()
        .flat_map(|name| files_in(&crates.join(name).join("src")))
        .collect();
    let own = crates.join("designs/src");
    files.extend(
        files_in(&own)
            .into_iter()
            .filter(|file| *file != own.join("registry.rs") && *file != own.join("lib.rs"))
            .filter(|file| {
                !designs
                    .iter()
                    .any(|design| file.starts_with(own.join(design.replace('-', "_"))))
            }),
    );
    let mut wrong = Vec::new();
    for file in files {
        let text = read(&file);
        // Tests come last in a file and may name what they try.
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]");
        for (number, line) in (1..).zip(lines) {
            // Prose may speak of designs; code must not.
            let code = line.split("//").next().unwrap_or(line).to_lowercase();
            if designs.iter().any(|design| code.contains(design)) {
                wrong.push(format!("{}:{number}: {line}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The packages of the workspace, as cargo reads them.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(root())
        .output()
        .expect("cargo runs this test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    list(&metadata["packages"]).to_vec()
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .canonicalize()
        .expect("the tests lie in the workspace")
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder can be read").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files_in(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo writes text here")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("cargo writes a list here")
}
