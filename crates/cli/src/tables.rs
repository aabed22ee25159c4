//! `fencepost list` and `fencepost keys`: what there is.

use designs::design::Name;
use designs::faults::listed;
use designs::parameter::{Default, Unit};
use designs::{Design, Parameter, Scenario, registry};
use lexopt::{Arg, Parser, ValueExt};

use crate::output::Output;
use crate::{Outcome, input};

/// The designs, and scenarios worth a name.
pub fn list(mut words: Parser) -> Outcome {
    input::nothing_more(&mut words)?;
    let mut output = Output::new();
    for (place, design) in registry::DESIGNS.iter().enumerate() {
        if place > 0 {
            output.line("")?;
        }
        output.line(&format!("{}  {}", design.key(), design.title()))?;
        output.line(&format!("  {}", design.summary()))?;
        for named in design.scenarios() {
            output.line("")?;
            output.line(&format!("  {}: {}", named.title, named.shows))?;
            output.line(&format!("    {}", named.code))?;
        }
    }
    Ok(())
}

/// What a code can set, design by design.
pub fn keys(mut words: Parser) -> Outcome {
    let mut chosen: Vec<&'static dyn Design> = registry::DESIGNS.to_vec();
    if let Some(argument) = words.next()? {
        let Arg::Value(key) = argument else {
            return Err(argument.unexpected().into());
        };
        chosen = vec![input::design(&key.string()?)?];
        input::nothing_more(&mut words)?;
    }
    let mut output = Output::new();
    for (place, design) in chosen.into_iter().enumerate() {
        if place > 0 {
            output.line("")?;
        }
        output.write(&keys_of(design))?;
    }
    Ok(())
}

fn keys_of(design: &'static dyn Design) -> String {
    let lesson = Scenario::new(design);
    let mut rows = Vec::new();
    let mut row = |cells: [&str; 5]| rows.push(cells.map(String::from));
    row(["key", "counts", "default", "what it is", "range"]);
    for (place, parameter) in design.parameters().iter().enumerate() {
        let depends = matches!(parameter.default, Default::From(_));
        let default = lesson.written(place);
        let mark = if depends { " *" } else { "" };
        row([
            parameter.key,
            unit(parameter.unit),
            &format!("{default}{mark}"),
            parameter.label,
            &range(parameter),
        ]);
    }
    row(["horizon", "time", "", "the run ends at", "up to 3600s"]);
    row([
        "fault",
        "",
        "",
        "something else goes wrong",
        "see below; may be repeated",
    ]);
    row([
        "seed",
        "count",
        "1",
        "chooses what is left to chance",
        "from 0",
    ]);
    row(["name", "", "", "a title", "up to 80 characters"]);
    let mut text = columns(design.key(), &rows);
    text.push_str("\n* depends on the other parameters\n\n");
    text.push_str(&faults_of(design, &lesson));
    text
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Duration | Unit::OptionalDuration | Unit::AutoDuration => "time",
        Unit::Count => "count",
        Unit::Percent => "%",
        Unit::Switch => "switch",
        Unit::Choice(_) => "word",
        Unit::Matrix(_) => "ms",
    }
}

fn range(parameter: &Parameter) -> String {
    match parameter.unit {
        Unit::Choice(choices) => {
            let words: Vec<&str> = choices.iter().map(|choice| choice.word).collect();
            words.join(" | ")
        }
        Unit::Switch => "on | off".to_owned(),
        Unit::Matrix(matrix) => format!("{} times, by row", matrix.len()),
        Unit::OptionalDuration => format!("off | 0ms to {}", parameter.write(parameter.max)),
        Unit::AutoDuration => format!("auto | 0ms to {}", parameter.write(parameter.max)),
        Unit::Duration | Unit::Count | Unit::Percent => format!(
            "{} to {}",
            parameter.write(parameter.min),
            parameter.write(parameter.max)
        ),
    }
}

/// Rows in columns as wide as their widest cell.
fn columns<const N: usize>(title: &str, rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = format!("{title}\n");
    for row in rows {
        let cells = row.iter().zip(widths);
        let line: String = cells
            .map(|(cell, width)| format!("  {cell:<width$}"))
            .collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn faults_of(design: &dyn Design, lesson: &Scenario) -> String {
    let lanes = design.lanes(lesson);
    format!(
        "fault=kind,target,magnitude,when[,options]\n  \
           pause | suspend, lane, time            drift, lane, 200ppm\n  \
           step, lane, 5s or -5s                  crash, lane, -     [wiped|durable] [restart:5s]\n  \
           cut, link, time or -  [hold|drop]      delay, link, time\n  \
         lanes    {}; x* stands for all that begin with x; a link is x-y, one way x>y\n  \
         when     @2s, an anchor or msg:message, each with :n for the nth time\n  \
         anchors  {}\n  \
         messages {}\n",
        listed(&lanes).join(" "),
        keys_in(design.anchors()),
        keys_in(design.messages()),
    )
}

fn keys_in(names: &[Name]) -> String {
    let keys: Vec<&str> = names.iter().map(|name| name.key).collect();
    keys.join(" ")
}
