//! `fencepost claims`: every sentence of the lessons, checked.

use std::io::{self, IsTerminal, Write};

use designs::claim::Evaluation;
use designs::{Claim, Design, registry};
use lexopt::{Arg, Parser, ValueExt};
use serde::Serialize;

use crate::output::Output;
use crate::{Failure, Outcome, input};

/// A claim and what came of it.
#[derive(Serialize)]
struct Checked {
    id: &'static str,
    design: &'static str,
    sentence: &'static str,
    /// The run to look at first.
    code: &'static str,
    /// All the runs that the sentence speaks of.
    runs: &'static [&'static str],
    seeds: u64,
    distinct_traces: u64,
    /// In how many seeds the runs show it.
    shown: u64,
    holds: bool,
    /// Scenarios near by, in which it is false.
    foil: &'static [&'static str],
    foil_fails: bool,
}

pub fn command(mut words: Parser) -> Outcome {
    let mut json = false;
    let mut seeds: u64 = 1_000;
    let mut chosen: Vec<&'static dyn Design> = registry::DESIGNS.to_vec();
    while let Some(argument) = words.next()? {
        match argument {
            Arg::Long("json") => json = true,
            Arg::Long("seeds") => seeds = words.value()?.parse()?,
            Arg::Long("design") => chosen = vec![input::design(&words.value()?.string()?)?],
            other => return Err(other.unexpected().into()),
        }
    }
    if seeds == 0 {
        return Err(Failure::Input("--seeds: at least 1".to_owned()));
    }
    let mut output = Output::new();
    let mut all = Vec::new();
    let mut progress = Progress::new(chosen.iter().map(|design| design.claims().len()).sum());
    for design in chosen {
        if !json {
            output.line(design.title())?;
        }
        for claim in design.claims() {
            progress.show(claim.id);
            let checked = Checked::of(design, claim, claim.evaluate(seeds));
            progress.clear();
            if !json {
                output.write(&checked.told())?;
            }
            all.push(checked);
        }
    }
    if json {
        output.json(&all)?;
    }
    if all.iter().all(Checked::is_well) {
        Ok(())
    } else {
        Err(Failure::Claims)
    }
}

impl Checked {
    fn of(design: &dyn Design, claim: &Claim, found: Evaluation) -> Self {
        Self {
            id: claim.id,
            design: design.key(),
            sentence: claim.sentence,
            code: claim.runs[0],
            runs: claim.runs,
            seeds: found.seeds,
            distinct_traces: found.distinct_traces,
            shown: found.passed,
            holds: found.holds,
            foil: claim.foil,
            foil_fails: found.foil_fails,
        }
    }

    /// A foil that does not fail makes a claim worthless.
    const fn is_well(&self) -> bool {
        self.holds && self.foil_fails
    }

    fn told(&self) -> String {
        let word = match (self.holds, self.foil_fails) {
            (true, true) => "holds",
            (false, _) => "FAILS",
            (true, false) => "holds, and so does its foil: it says NOTHING",
        };
        let mut text = format!(
            "\n  {}  {word}: shown by {} of {} seeds, {} distinct traces\n",
            self.id, self.shown, self.seeds, self.distinct_traces
        );
        for line in wrapped(self.sentence, 72) {
            text.push_str(&format!("      {line}\n"));
        }
        for code in self.runs {
            text.push_str(&format!("      {code}\n"));
        }
        for code in self.foil {
            text.push_str(&format!("      not in {code}\n"));
        }
        text
    }
}

/// The words of `text` in lines of at most `width` characters, longer words
/// apart.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("it starts with one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// One line on how far it is, which the next one replaces. Only a person at a
/// terminal sees it.
struct Progress {
    shown: bool,
    done: usize,
    of: usize,
}

impl Progress {
    fn new(of: usize) -> Self {
        Self {
            shown: io::stderr().is_terminal(),
            done: 0,
            of,
        }
    }

    fn show(&mut self, id: &str) {
        self.done += 1;
        if self.shown {
            let _ = write!(
                io::stderr(),
                "\rchecking {id}, {} of {}",
                self.done,
                self.of
            );
        }
    }

    fn clear(&self) {
        if self.shown {
            // Erase the line, however long.
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
