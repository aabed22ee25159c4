//! What lets the program run without a network after the first visit.

use std::fs;
use std::path::Path;

use designs::registry;
use serde_json::json;
use sim::Digest;

use crate::output::{read_file, write_file};
use crate::{Failure, Outcome};

/// The worker's file.
const WORKER: &str = "offline.js";

/// Writes the worker of the site in `folder`, and tells the first page of it
/// and of the lessons that have a page.
pub fn write(folder: &Path) -> Outcome {
    let index = folder.join("index.html");
    let page = read_file(&index)?;
    let files = hashed_files(folder)?;
    let mut digest = Digest::new();
    digest.add(page.as_bytes());
    files.iter().for_each(|name| digest.add(name.as_bytes()));
    let build = format!("{:016x}", digest.value());
    let (head, rest) = page
        .split_once("</head>")
        .ok_or_else(|| Failure::Input(format!("{} has no head", index.display())))?;
    let lessons: Vec<&str> = registry::DESIGNS
        .iter()
        .map(|design| design.key())
        .collect();
    let page = format!(
        "{head}<meta name=\"site\" content=\"{build}\" data-offline=\"{WORKER}\" data-lessons=\"{}\"></head>{rest}",
        lessons.join(" ")
    );
    let worker = format!(
        "const BUILD = {};\nconst FILES = {};\n{}",
        json!(build),
        json!(files),
        include_str!("../../../../www/offline.js")
    );
    write_file(&index, page.as_bytes())?;
    write_file(&folder.join(WORKER), worker.as_bytes())
}

/// The files of the program, in order: those whose names change with what they
/// hold.
fn hashed_files(folder: &Path) -> Result<Vec<String>, Failure> {
    let failed = |error| Failure::Input(format!("cannot list {}: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry
            .map_err(failed)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if is_hashed(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Whether a name has a hash of 64 bits after a hyphen, in hexadecimal digits.
/// Trunk writes none for leading zeros; more than one is too rare to matter.
fn is_hashed(name: &str) -> bool {
    name.split('-').skip(1).any(|part| {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits >= 15
    })
}

#[cfg(test)]
mod tests {
    use super::is_hashed;

    #[test]
    fn only_names_that_change_with_their_files_are_kept_for_good() {
        assert!(is_hashed("fencepost-app-9c60d5456a23b98d_bg.wasm"));
        assert!(is_hashed("page-9c60d5456a23b98d.css"));
        assert!(!is_hashed("offline.js"));
        assert!(!is_hashed("fence-post.js"));
        assert!(!is_hashed("page-9c60.css"));
    }
}
