//! `fencepost page`: a scenario as a single file that holds the whole program,
//! for disks, offline packs and hosts that send no headers.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use designs::{Run, code};
use draw::svg::escape;
use lexopt::{Arg, Parser};
use sha2::{Digest as _, Sha256};

use crate::input::Source;
use crate::markup::{attribute, tags};
use crate::output::{read_file, write_file};
use crate::site::document::RULES;
use crate::site::sheet;
use crate::site::subject::{Links, Subject};
use crate::{Failure, Outcome};

/// Starts the program; what it needs stands in the page. `CODE` is where the
/// scenario goes, as a string. A fragment that the reader already has in the
/// address comes first.
const START: &str = include_str!("../../../www/one-file.js");

pub fn command(mut words: Parser) -> Outcome {
    let mut source = Source::default();
    let mut output: Option<OsString> = None;
    let mut dist = PathBuf::from("dist");
    while let Some(argument) = words.next()? {
        match argument {
            Arg::Short('o') | Arg::Long("output") => output = Some(words.value()?),
            Arg::Long("dist") => dist = PathBuf::from(words.value()?),
            Arg::Long("file") => source.file(words.value()?),
            other => source.take(other)?,
        }
    }
    let path =
        output.ok_or_else(|| Failure::Input("a file is missing: -o FILE.html".to_owned()))?;
    let run = source.run()?;
    let page = Program::read(&dist)?.page(&run);
    write_file(Path::new(&path), page.as_bytes())
}

/// The built program, taken from a site.
struct Program {
    /// The rules of its style sheets, in their order.
    styles: String,
    /// The module that loads the WebAssembly.
    glue: String,
    /// The WebAssembly as base64.
    wasm: String,
    /// The icon, an SVG, as base64.
    icon: String,
}

impl Program {
    fn read(dist: &Path) -> Result<Self, Failure> {
        let index = read_file(&dist.join("index.html"))?;
        let missing =
            |what: &str| Failure::Input(format!("{}: its page names no {what}", dist.display()));
        let (mut styles, mut icon) = (String::new(), None);
        for link in tags(&index, "link") {
            let file = dist.join(attribute(link, "href").unwrap_or_default());
            match attribute(link, "rel") {
                Some("stylesheet") => styles.push_str(&read_file(&file)?),
                Some("icon") => icon = Some(encoded(&file)?),
                _ => {}
            }
        }
        let program = tags(&index, "meta").find(|tag| attribute(tag, "name") == Some("program"));
        let program = program.ok_or_else(|| missing("program"))?;
        let file = |name| attribute(program, name).map(|place| dist.join(place));
        Ok(Self {
            styles,
            glue: read_file(&file("content").ok_or_else(|| missing("module"))?)?,
            wasm: encoded(&file("data-wasm").ok_or_else(|| missing("WebAssembly"))?)?,
            icon: icon.ok_or_else(|| missing("icon"))?,
        })
    }

    /// The page of `run`. What needs no program is in it, and gives way to the
    /// program once that runs.
    fn page(&self, run: &Run) -> String {
        let subject = Subject::of(run);
        let code = serde_json::Value::from(code::write(&run.scenario)).to_string();
        // Nothing within may end the element that holds it.
        let style = format!("{}{RULES}", self.styles).replace("</", "<\\/");
        let script = format!("{}\n{}", self.glue, START.replace("CODE", &code));
        let script = script.replace("</script", "<\\/script");
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n\
             <link rel=\"icon\" href=\"data:image/svg+xml;base64,{}\">\n<style>{style}</style>\n\
             </head>\n<body>\n<p id=\"boot-failure\" role=\"alert\" hidden>The program could not \
             start: it needs WebAssembly, which this browser does not offer or does not allow here. \
             This is the scenario without it.</p>\n<div id=\"app\">\n{}</div>\n\
             <script id=\"wasm\" type=\"text/plain\">{}</script>\n\
             <script type=\"module\">{script}</script>\n</body>\n</html>\n",
            policy(&style, &script),
            escape(&subject.title()),
            self.icon,
            sheet::main(run, &subject, &Links::Alone),
            self.wasm
        )
    }
}

/// Only the style and the script of this page, by their hashes.
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; \
         script-src 'sha256-{}' 'wasm-unsafe-eval'; style-src 'sha256-{}'; img-src data:; \
         worker-src blob:",
        hash(script),
        hash(style)
    )
}

fn encoded(file: &Path) -> Result<String, Failure> {
    let bytes = fs::read(file)
        .map_err(|error| Failure::Input(format!("cannot read {}: {error}", file.display())))?;
    Ok(BASE64_STANDARD.encode(bytes))
}
