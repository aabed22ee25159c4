//! `fencepost draw` and `fencepost png`: a scenario as a picture.

use std::ffi::OsString;
use std::path::Path;

use designs::{Run, code};
use draw::swimlane::{self, Orientation, Viewport};
use lexopt::{Arg, Parser, ValueExt};

use crate::card;
use crate::input::Source;
use crate::output::{Output, write_file};
use crate::raster::Canvas;
use crate::{Failure, Outcome};

/// The narrowest and the widest picture, in pixels.
const WIDTHS: std::ops::RangeInclusive<u16> = 200..=10_000;
/// Pixels of a PNG for each pixel of a picture: fine enough for print.
const FINENESS: f32 = 2.0;

/// What a picture is written as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// SVG text.
    Svg,
    /// Pixels.
    Png,
}

/// What a command asks for.
struct Order {
    output: Option<OsString>,
    width: u16,
    vertical: bool,
    unfold: bool,
    dark: bool,
    card: bool,
}

pub fn command(mut words: Parser, form: Form) -> Outcome {
    let mut source = Source::default();
    let mut order = Order {
        output: None,
        width: 1040,
        vertical: false,
        unfold: false,
        dark: false,
        card: false,
    };
    while let Some(argument) = words.next()? {
        match argument {
            Arg::Short('o') | Arg::Long("output") => order.output = Some(words.value()?),
            Arg::Long("width") => order.width = words.value()?.parse()?,
            Arg::Long("vertical") => order.vertical = true,
            Arg::Long("unfold") => order.unfold = true,
            Arg::Long("dark") if form == Form::Png => order.dark = true,
            Arg::Long("card") if form == Form::Png => order.card = true,
            Arg::Long("file") => source.file(words.value()?),
            other => source.take(other)?,
        }
    }
    if !WIDTHS.contains(&order.width) {
        return Err(Failure::Input(format!(
            "--width: {} is outside {} to {}",
            order.width,
            WIDTHS.start(),
            WIDTHS.end()
        )));
    }
    match form {
        Form::Svg => svg(&source.run()?, &order),
        Form::Png => png(source, &order),
    }
}

fn svg(run: &Run, order: &Order) -> Outcome {
    let picture = swimlane::draw(run, &order.viewport(run)).picture;
    let svg = draw::svg::file(&picture, &title(run));
    match &order.output {
        None => Output::new().write(&svg),
        Some(path) => write_file(Path::new(path), svg.as_bytes()),
    }
}

fn png(source: Source, order: &Order) -> Outcome {
    let path = order.output.as_ref().ok_or_else(|| {
        Failure::Input("a picture of pixels needs a file: -o FILE.png".to_owned())
    })?;
    let run = source.run()?;
    let png = if order.card {
        card::png(&run, &heading(&run), "", order.dark)
    } else {
        whole(&run, order)
    };
    write_file(Path::new(path), &png.map_err(Failure::Input)?)
}

/// The whole picture as pixels.
fn whole(run: &Run, order: &Order) -> Result<Vec<u8>, String> {
    let picture = swimlane::draw(run, &order.viewport(run)).picture;
    let pixels = |length: f32| (length * FINENESS).ceil() as u32;
    let size = (pixels(picture.width), pixels(picture.height));
    let mut canvas = Canvas::new(size.0, size.1, order.dark)
        .ok_or_else(|| format!("{} by {} pixels are too many", size.0, size.1))?;
    canvas.picture(&picture, (0.0, 0.0), FINENESS);
    canvas.png()
}

impl Order {
    fn viewport(&self, run: &Run) -> Viewport {
        let orientation = if self.vertical {
            Orientation::Vertical
        } else {
            Orientation::Horizontal
        };
        Viewport {
            unfolded: self.unfold,
            ..Viewport::whole(run, f32::from(self.width), orientation)
        }
    }
}

/// The scenario's own name, or its design's.
pub fn heading(run: &Run) -> String {
    if run.scenario.name.is_empty() {
        run.scenario.design.title().to_owned()
    } else {
        run.scenario.name.clone()
    }
}

/// What it is called, and its code.
fn title(run: &Run) -> String {
    format!("{}: {}", heading(run), code::write(&run.scenario))
}
