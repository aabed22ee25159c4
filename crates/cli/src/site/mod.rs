//! `fencepost site`: pages that need no script, written beside the program.

pub mod document;
mod gallery;
mod invitations;
mod offline;
pub mod sheet;
pub mod subject;
mod tables;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use designs::{Run, code};
use lexopt::{Arg, Parser, ValueExt};

use crate::output::{Output, read_file, write_file};
use crate::{Failure, Outcome, card};
use document::Style;
use subject::{Links, Subject};

pub fn command(mut words: Parser) -> Outcome {
    let mut out: Option<OsString> = None;
    let mut base: Option<String> = None;
    while let Some(argument) = words.next()? {
        match argument {
            Arg::Long("out") => out = Some(words.value()?),
            Arg::Long("base") => base = Some(read_base(&words.value()?.string()?)?),
            other => return Err(other.unexpected().into()),
        }
    }
    let out = out.ok_or_else(|| {
        Failure::Input(
            "a folder is missing: --out FOLDER, into which the program was built".to_owned(),
        )
    })?;
    let site = Site::at(PathBuf::from(out), base)?;
    let subjects = Subject::all();
    let links = Links::between(&subjects);
    for subject in &subjects {
        site.write_page(subject, &links)?;
    }
    site.write(
        "lesson/index.html",
        gallery::page(&subjects, &site.style).as_bytes(),
    )?;
    if let Some(base) = &site.base {
        site.write(
            "sitemap.xml",
            invitations::sitemap(base, &subjects).as_bytes(),
        )?;
    }
    offline::write(&site.folder)?;
    Output::new().line(&format!(
        "{} pages, and one that lists them",
        subjects.len()
    ))
}

/// Where the site will stand, with a slash at its end.
fn read_base(text: &str) -> Result<String, Failure> {
    let is_address = ["https://", "http://"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    if !is_address || text.contains(['"', '<', '>', '&', '#', '?', ' ']) {
        return Err(Failure::Input(format!(
            "--base: {text:?} is no address of a folder, such as https://example.org/fencepost/"
        )));
    }
    Ok(format!("{}/", text.trim_end_matches('/')))
}

/// A site in the making.
struct Site {
    folder: PathBuf,
    /// Where it will stand; `None` where nobody said.
    base: Option<String>,
    style: Style,
}

impl Site {
    fn at(folder: PathBuf, base: Option<String>) -> Result<Self, Failure> {
        let index = read_file(&folder.join("index.html"))?;
        for part in ["lesson", "scenario", "claim"] {
            let part = folder.join(part);
            fs::create_dir_all(&part).map_err(|error| {
                Failure::Input(format!("cannot make {}: {error}", part.display()))
            })?;
        }
        let style = Style::beside(&index);
        write_file(&folder.join(&style.name), style.text.as_bytes())?;
        Ok(Self {
            folder,
            base,
            style,
        })
    }

    fn write(&self, place: &str, bytes: &[u8]) -> Outcome {
        write_file(&self.folder.join(Path::new(place)), bytes)
    }

    /// Writes the page of a subject, its picture, and where the site's address
    /// is known the file by which others embed it.
    fn write_page(&self, subject: &Subject, links: &Links) -> Outcome {
        let parsed = code::read(&subject.code).map_err(|what| Failure::Input(what.to_string()))?;
        let run = Run::of(parsed.scenario);
        let base = self.base.as_deref();
        let main = sheet::main(&run, subject, links);
        let html = document::page(subject, &main, &self.style, base);
        self.write(&format!("{}.html", subject.path), html.as_bytes())?;
        let png = card::png(&run, &subject.full_heading(), &subject.lead, false);
        let png = png.map_err(Failure::Input)?;
        self.write(&format!("{}.png", subject.path), &png)?;
        match base {
            Some(base) => self.write(
                &format!("{}.json", subject.path),
                invitations::oembed(base, subject).as_bytes(),
            ),
            None => Ok(()),
        }
    }
}
