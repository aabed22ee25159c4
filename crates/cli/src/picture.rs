//! `fencepost draw`: a scenario as an SVG file.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use designs::{Run, code};
use draw::swimlane::{self, Orientation, Viewport};
use lexopt::{Arg, Parser, ValueExt};

use crate::input::Source;
use crate::output::Output;
use crate::{Failure, Outcome};

/// The narrowest and the widest picture, in pixels.
const WIDTHS: std::ops::RangeInclusive<u16> = 200..=10_000;

pub fn command(mut words: Parser) -> Outcome {
    let mut source = Source::default();
    let mut output = None;
    let mut width: u16 = 1040;
    let mut vertical = false;
    let mut unfold = false;
    while let Some(argument) = words.next()? {
        match argument {
            Arg::Short('o') | Arg::Long("output") => output = Some(words.value()?),
            Arg::Long("width") => width = words.value()?.parse()?,
            Arg::Long("vertical") => vertical = true,
            Arg::Long("unfold") => unfold = true,
            Arg::Long("file") => source.file(words.value()?),
            other => source.take(other)?,
        }
    }
    if !WIDTHS.contains(&width) {
        return Err(Failure::Input(format!(
            "--width: {width} is outside {} to {}",
            WIDTHS.start(),
            WIDTHS.end()
        )));
    }
    let run = source.run()?;
    let (from, until) = swimlane::fit(&run);
    let viewport = Viewport {
        width: f32::from(width),
        from,
        until,
        orientation: if vertical {
            Orientation::Vertical
        } else {
            Orientation::Horizontal
        },
        unfolded: unfold,
    };
    let picture = swimlane::draw(&run, &viewport).picture;
    let svg = draw::svg::file(&picture, &title(&run));
    match output {
        None => Output::new().write(&svg),
        Some(path) => write(&path, &svg),
    }
}

/// The scenario's title, or what it is.
fn title(run: &Run) -> String {
    let scenario = &run.scenario;
    let name = if scenario.name.is_empty() {
        scenario.design.title()
    } else {
        &scenario.name
    };
    format!("{name}: {}", code::write(scenario))
}

fn write(path: &OsString, svg: &str) -> Outcome {
    fs::write(path, svg).map_err(|error| {
        Failure::Input(format!(
            "cannot write {}: {error}",
            Path::new(path).display()
        ))
    })
}
