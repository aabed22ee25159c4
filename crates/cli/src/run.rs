//! `fencepost run`: what happened, and what the laws say of it.

use designs::{Run, code, link, words};
use lexopt::{Arg, Parser};

use crate::Outcome;
use crate::input::Source;
use crate::json::RunFile;
use crate::output::Output;

pub fn command(mut words: Parser) -> Outcome {
    let mut source = Source::default();
    let mut json = false;
    while let Some(argument) = words.next()? {
        match argument {
            Arg::Long("json") => json = true,
            Arg::Long("file") => source.file(words.value()?),
            other => source.take(other)?,
        }
    }
    let run = source.run()?;
    if json {
        Output::new().json(&RunFile::of(&run))
    } else {
        Output::new().write(&told(&run))
    }
}

/// Verdict and story for a reader.
fn told(run: &Run) -> String {
    let mut text = String::new();
    let design = run.scenario.design;
    let mut put = |line: &str| {
        text.push_str(line.trim_end());
        text.push('\n');
    };
    let code = code::write(&run.scenario);
    let fragment = link::fragment(&run.scenario);
    put(&code);
    if fragment != code {
        put(&format!("as a link has it: {fragment}"));
    }
    put("");
    for finding in &run.verdict.findings {
        // The first column has said this much already.
        let words = finding.words.strip_prefix(finding.word());
        let words = words.map_or(&*finding.words, |rest| rest.trim_start_matches(": "));
        put(&format!(
            "{:<14}  {:<19}  {words}",
            finding.word(),
            format!("{} {}", finding.law.id(), finding.law.name()),
        ));
    }
    put("");
    for sentence in design.story(run) {
        let at = run
            .trace
            .records
            .get(sentence.record as usize)
            .map_or(run.trace.end, |record| record.at);
        let mark = if sentence.breach { '!' } else { ' ' };
        put(&format!(
            "{mark} {:>9}  {}",
            words::instant(at),
            sentence.text
        ));
    }
    put("");
    put(&format!(
        "{} records, {} of simulated time, digest {:016x}, model revision {}",
        run.trace.records.len(),
        words::span(run.trace.end.since(sim::Time::ZERO)),
        run.digest(),
        designs::REVISION
    ));
    text
}
