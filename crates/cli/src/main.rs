//! `fencepost`: scenarios in a terminal. It simulates, judges and draws what
//! the page does, from the same codes.

mod card;
mod claims;
mod compare;
mod input;
mod json;
mod markup;
mod one_file;
mod output;
mod picture;
mod raster;
mod run;
mod site;
mod tables;

use std::process::ExitCode;

use lexopt::Arg;

use crate::output::Output;
use crate::picture::Form;

const HELP: &str = "\
fencepost: how distributed coordination breaks, one scenario at a time

fencepost run CODE              the verdict on a scenario, and its story
fencepost compare CODE~~CODE    two verdicts side by side, and where the runs part
fencepost draw CODE -o FILE     a scenario as a picture (SVG)
fencepost png CODE -o FILE      the same as pixels
fencepost page CODE -o FILE     a scenario and the whole program as one HTML file
fencepost site --out FOLDER     pages without a script for the site that was built there
fencepost claims                every claim of every lesson, checked over many seeds
fencepost list                  the designs, and scenarios worth a look
fencepost keys [DESIGN]         what a code can set
fencepost ink                   the colours of the pictures, as a style sheet

CODE is a scenario, such as those that `fencepost list` prints; in most shells
it has to stand in quotes. --file FILE reads a scenario from JSON instead.

  run     --json                everything about the run: events, beliefs, verdict, digest
  draw    -o, --output FILE     without it the picture goes to the standard output
          --width PIXELS        1040 where not said
          --vertical            time runs down, lanes stand side by side
          --unfold              every lane on its own: servers are not gathered
  png     as draw, and
          --dark                on a dark ground
          --card                1200 by 630 with a heading, for previews of links
  page    --dist FOLDER         the site to take the program from, dist where not said
  site    --base URL            where the site will stand: whole addresses, a site map, oEmbed
  claims  --json
          --design KEY          one design's claims only
          --seeds N             over N seeds, 1000 where not said
  run, compare, draw, png, page
          --lenient             leave out what is wrong with a code, and say so

Exit status: 0 all is well, 1 a claim fails, 2 the input is wrong.";

/// Why a command did not do what was asked.
#[derive(Debug)]
enum Failure {
    /// The input is wrong, or a file cannot be read or written: in words.
    Input(String),
    /// Claims failed. What they are has been printed.
    Claims,
    /// Nobody reads the output any more.
    Unread,
}

type Outcome = Result<(), Failure>;

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Self::Input(format!("{error}; `fencepost help` says what there is"))
    }
}

fn main() -> ExitCode {
    match command() {
        Ok(()) | Err(Failure::Unread) => ExitCode::SUCCESS,
        Err(Failure::Claims) => ExitCode::from(1),
        Err(Failure::Input(what)) => {
            output::notice(&what);
            ExitCode::from(2)
        }
    }
}

fn command() -> Outcome {
    let mut words = lexopt::Parser::from_env();
    let command = match words.next()? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => return help(),
        Some(Arg::Value(command)) => command,
        Some(other) => return Err(other.unexpected().into()),
    };
    match command.to_str() {
        Some("run") => run::command(words),
        Some("compare") => compare::command(words),
        Some("draw") => picture::command(words, Form::Svg),
        Some("png") => picture::command(words, Form::Png),
        Some("page") => one_file::command(words),
        Some("site") => site::command(words),
        Some("claims") => claims::command(words),
        Some("list") => tables::list(words),
        Some("keys") => tables::keys(words),
        Some("ink") => {
            input::nothing_more(&mut words)?;
            Output::new().write(&draw::ink::page_css())
        }
        Some("help") => help(),
        _ => Err(Failure::Input(format!(
            "{} is no command; there is run, compare, draw, png, page, site, claims, list, keys, ink, \
             help",
            command.display()
        ))),
    }
}

fn help() -> Outcome {
    Output::new().line(HELP)
}
