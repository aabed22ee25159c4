//! `fencepost compare`: two scenarios beside each other, and the first thing
//! that happens in one and not in the other.

use designs::{Finding, Law, Run, code, link, words};
use draw::table::{self, Row};
use lexopt::Parser;

use crate::Outcome;
use crate::input::Source;
use crate::output::Output;

pub fn command(mut words: Parser) -> Outcome {
    let mut source = Source::default();
    while let Some(argument) = words.next()? {
        source.take(argument)?;
    }
    Output::new().write(&told(&source.two_runs()?))
}

fn told(runs: &[Run; 2]) -> String {
    let [one, other] = runs;
    let mut text = format!(
        "{}\n\n1  {}\n2  {}\n\n",
        link::write_pair(&one.scenario, &other.scenario),
        code::write(&one.scenario),
        code::write(&other.scenario)
    );
    for law in Law::ALL {
        let said = [one.verdict.of(law), other.verdict.of(law)];
        if said.iter().all(Option::is_none) {
            continue;
        }
        let [first, second] = said.map(|finding| finding.map_or("no law of it", Finding::word));
        let mark = if first == second { ' ' } else { '!' };
        let name = format!("{} {}", law.id(), law.name());
        text.push_str(&format!("{mark} {name:<19}  {first:<14}  {second}\n"));
    }
    text.push('\n');
    text.push_str(&difference(one, other));
    text
}

/// Where the traces part, in what each does there.
fn difference(one: &Run, other: &Run) -> String {
    let (mut first, mut second) = (table::rows(one), table::rows(other));
    for number in 0_u32.. {
        match (first.next(), second.next()) {
            (None, None) => break,
            (here, there) if here == there => {}
            (here, there) => {
                return format!(
                    "The traces part at record {number}:\n1  {}\n2  {}\n",
                    line(here),
                    line(there)
                );
            }
        }
    }
    "The traces are the same.\n".to_owned()
}

/// A record in a line; the end of the run where there is none.
fn line(row: Option<Row<'_>>) -> String {
    let Some(row) = row else {
        return "the run has ended".to_owned();
    };
    let line = format!("{:>9}  {} {}", words::instant(row.at), row.lane, row.kind);
    format!("{line} {}", row.words()).trim_end().to_owned()
}
