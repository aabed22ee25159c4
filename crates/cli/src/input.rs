//! Which scenario is meant.

use std::ffi::OsString;
use std::path::Path;

use designs::file::ScenarioFile;
use designs::{Design, Notice, Parsed, Run, code, link, registry};
use lexopt::{Arg, Parser};

use crate::output::{self, notice};
use crate::{Failure, Outcome};

/// Where a scenario comes from, and how strictly it is read.
#[derive(Default)]
pub struct Source {
    code: Option<String>,
    file: Option<OsString>,
    lenient: bool,
}

impl Source {
    /// Reads the scenario from a file.
    pub fn file(&mut self, path: OsString) {
        self.file = Some(path);
    }

    /// Takes an argument that can only be about the scenario.
    pub fn take(&mut self, argument: Arg<'_>) -> Outcome {
        match argument {
            Arg::Value(word) if self.code.is_none() => {
                let code = word.into_string().map_err(|word| {
                    Failure::Input(format!("{}: a code is plain text", word.display()))
                })?;
                self.code = Some(code);
            }
            Arg::Long("lenient") => self.lenient = true,
            other => return Err(other.unexpected().into()),
        }
        Ok(())
    }

    /// The scenario's run. A part at fault is an error, or where lenient a
    /// notice. Where the outcome is not the one that a link promised, that is a
    /// notice too.
    pub fn run(self) -> Result<Run, Failure> {
        let (parsed, place) = match (self.code, self.file) {
            (Some(code), None) => (code::read(&code), String::new()),
            (None, Some(file)) => {
                let path = Path::new(&file);
                (read_file(path)?, format!("{}: ", path.display()))
            }
            (Some(_), Some(_)) => {
                return Err(Failure::Input(
                    "give a code or a --file, not both".to_owned(),
                ));
            }
            (None, None) => {
                return Err(Failure::Input(
                    "a scenario is missing: give a code, or a --file; `fencepost list` has some"
                        .to_owned(),
                ));
            }
        };
        run_of(parsed, &place, self.lenient)
    }

    /// The runs of a comparison, `CODE~~CODE`; notices say which side they are
    /// about.
    pub fn two_runs(self) -> Result<[Run; 2], Failure> {
        let text = self.code.unwrap_or_default();
        let [one, other] = link::read_pair(&text).ok_or_else(|| {
            Failure::Input(format!(
                "a comparison is two codes with {} between them",
                link::BETWEEN
            ))
        })?;
        let one = run_of(one, "first code: ", self.lenient)?;
        Ok([one, run_of(other, "second code: ", self.lenient)?])
    }
}

/// The run of what was read at `place`.
fn run_of(parsed: Result<Parsed, Notice>, place: &str, lenient: bool) -> Result<Run, Failure> {
    let Parsed {
        scenario,
        notices,
        promise,
    } = parsed.map_err(|what| Failure::Input(format!("{place}{what}")))?;
    let notices: Vec<String> = notices
        .iter()
        .map(|what| format!("{place}{what}"))
        .collect();
    if !notices.is_empty() && !lenient {
        return Err(Failure::Input(format!(
            "{}\nfencepost: nothing was run; --lenient leaves out what is wrong",
            notices.join("\nfencepost: ")
        )));
    }
    for what in notices {
        notice(&what);
    }
    let run = Run::of(scenario);
    if let Some(what) = promise.broken_by(&run) {
        notice(&format!("{place}{what}"));
    }
    Ok(run)
}

fn read_file(path: &Path) -> Result<Result<Parsed, Notice>, Failure> {
    let text = output::read_file(path)?;
    let file: ScenarioFile = serde_json::from_str(&text)
        .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    Ok(file.read())
}

/// The design with `key`.
pub fn design(key: &str) -> Result<&'static dyn Design, Failure> {
    registry::find(key).ok_or_else(|| {
        let known: Vec<&str> = registry::DESIGNS
            .iter()
            .map(|design| design.key())
            .collect();
        Failure::Input(format!(
            "{key:?} is no design; there is {}",
            known.join(", ")
        ))
    })
}

/// An error where a word is left.
pub fn nothing_more(words: &mut Parser) -> Outcome {
    match words.next()? {
        None => Ok(()),
        Some(other) => Err(other.unexpected().into()),
    }
}
