//! Runs as a reviewer reads them: verdict, story, trace and picture of the
//! lesson's main scenarios, compared with files in `goldens/`.
//!
//! `UPDATE_EXPECT=1 cargo test -p fencepost-tests --test goldens` writes the
//! files anew; the change is then read in the diff.

use std::collections::BTreeMap;
use std::fmt::Write;

use designs::vocabulary::{Event, Incarnation, Refusal};
use designs::{Run, Scenario, code, registry, words};
use draw::Picture;
use draw::swimlane::{self, Orientation, Viewport};
use draw::table::{self, Row, Value};
use expect_test::expect_file;
use sim::{Kind, Record};

macro_rules! goldens {
    ($($test:ident $claim:literal)*) => {$(
        #[test]
        fn $test() {
            let run = run_of($claim);
            expect_file![concat!("goldens/", $claim, ".txt")].assert_eq(&told(&run));
            expect_file![concat!("goldens/", $claim, ".svg")].assert_eq(&drawn(&run));
        }
    )*};
}

goldens! {
    a_stale_writer_overwrites "1a"
    a_fence_refuses_it "1b"
    two_in_the_section_in_order "1d"
    a_claim_shuts_the_first_out "1e"
    a_library_that_does_not_look "1g"
    a_clock_that_jumps "1l"
    a_write_in_the_gap_before_a_claim "1p"
}

/// What `fencepost draw` makes of the lesson is what the README shows.
#[test]
fn the_readme_has_todays_picture() {
    let scenario = Scenario::new(registry::DESIGNS[0]);
    let title = format!("{}: {}", scenario.design.title(), code::write(&scenario));
    let svg = draw::svg::file(&picture(&Run::of(scenario)), &title);
    expect_file!["../docs/redlock.svg"].assert_eq(&svg);
}

/// The page colours its pictures as files are coloured.
#[test]
fn the_page_has_todays_inks() {
    expect_file!["../www/ink.css"].assert_eq(&draw::ink::page_css());
}

/// The first run of a claim.
fn run_of(claim: &str) -> Run {
    let claim = registry::DESIGNS
        .iter()
        .flat_map(|design| design.claims())
        .find(|known| known.id == claim)
        .expect("the claim is there");
    let parsed = code::read(claim.runs[0]).expect("it names a design");
    Run::of(parsed.scenario)
}

fn drawn(run: &Run) -> String {
    draw::svg::file(&picture(run), &code::write(&run.scenario))
}

fn picture(run: &Run) -> Picture {
    let viewport = Viewport::whole(run, 1_040.0, Orientation::Horizontal);
    swimlane::draw(run, &viewport).picture
}

fn told(run: &Run) -> String {
    let mut text = code::write(&run.scenario) + "\n\nVerdict\n";
    for finding in &run.verdict.findings {
        let law = finding.law;
        let outcome = finding.word();
        let _ = writeln!(
            text,
            "{} {:<16}  {outcome:<14}  {}",
            law.id(),
            law.name(),
            finding.words
        );
        for breach in finding.breaches() {
            let records: Vec<String> = breach.records.iter().map(|&at| place(run, at)).collect();
            let _ = writeln!(text, "    shown by {}", records.join(", "));
        }
    }
    text.push_str("\nStory\n");
    for sentence in run.scenario.design.story(run) {
        let at = run.trace.records[sentence.record as usize].at;
        let mark = if sentence.breach { '!' } else { ' ' };
        let _ = writeln!(text, "{mark}{:>9}  {}", words::instant(at), sentence.text);
    }
    text.push_str("\nTrace, without messages, timers and polls that repeat\n");
    text.push_str(&trace(run));
    text.push_str("\nRecords of each kind\n");
    text.push_str(&counts(run));
    text
}

/// A record by when, where and what.
fn place(run: &Run, record: u32) -> String {
    let row = table::rows(run)
        .nth(record as usize)
        .expect("evidence lies in the trace");
    format!("{} {} {}", words::instant(row.at), row.lane, row.kind)
}

/// One line a fact. What is left out is counted: [`counts`] for messages and
/// timers, a line of its own for polls that are all alike.
fn trace(run: &Run) -> String {
    let polls = Polls::of(run);
    let rows: Vec<Row<'_>> = table::rows(run).collect();
    let mut text = String::new();
    for (row, record) in rows.iter().zip(&run.trace.records) {
        if is_plumbing(record) || row.kind == Kind::Start.name() {
            continue;
        }
        match polls.fold(record) {
            Fold::Kept => {
                let line = format!(
                    "{:>9}  {:<9}{:<14}{:<48}  {}",
                    words::instant(row.at),
                    row.lane,
                    row.kind,
                    row.words(),
                    cause(&rows, row)
                );
                let _ = writeln!(text, "{}", line.trim_end());
            }
            Fold::Last(count) => {
                let _ = writeln!(
                    text,
                    "{:>9}  {:<9}… {count} more tries, each refused by all",
                    words::instant(row.at),
                    row.lane
                );
            }
            Fold::Folded => {}
        }
    }
    text
}

/// What triggered a row, in words that stay when records are added elsewhere.
fn cause(rows: &[Row<'_>], row: &Row<'_>) -> String {
    let Some(cause) = row.cause.map(|cause| &rows[cause as usize]) else {
        return String::new();
    };
    let field = |name| {
        let found = cause.fields.iter().find(|(field, _)| *field == name);
        found.map_or(Value::Nothing, |&(_, value)| value)
    };
    match cause.kind {
        "msg.recv" => format!("<- {} from {}", field("message"), field("from")),
        "msg.send" => format!("<- {} of {}", field("message"), cause.lane),
        "timer" => format!("<- {}", field("step")),
        kind => format!("<- {kind} at {}", words::instant(cause.at)),
    }
}

fn is_plumbing(record: &Record) -> bool {
    matches!(
        record.world_kind(),
        Some(Kind::Send | Kind::Receive | Kind::Timer)
    )
}

/// Attempts to lock that every server refused. Each client's first is told in
/// full; the others are counted until something else happens to it.
#[derive(Default)]
struct Polls {
    /// The runs of alike attempts: the first that is folded and the last.
    runs: Vec<(Incarnation, Incarnation)>,
}

enum Fold {
    Kept,
    Folded,
    /// The end of a run of so many folded attempts.
    Last(u16),
}

impl Polls {
    fn of(run: &Run) -> Self {
        let mut polls = Self::default();
        let mut told: Vec<u16> = Vec::new();
        for record in &run.trace.records {
            let Some(Event::LockRejected {
                holder,
                reason: Refusal::Locked,
                votes: 0,
            }) = Event::read(record)
            else {
                continue;
            };
            let lane = holder.lane();
            let next_to = |last: Incarnation| last.0 + 1 == holder.0;
            if let Some((_, last)) = polls.runs.iter_mut().find(|(_, last)| next_to(*last)) {
                *last = holder;
            } else if told.contains(&lane) {
                polls.runs.push((holder, holder));
            } else {
                told.push(lane);
            }
        }
        polls
    }

    fn fold(&self, record: &Record) -> Fold {
        let (holder, ends) = match Event::read(record) {
            Some(Event::LockTry { holder, .. } | Event::ServerDeny { holder, .. }) => {
                (holder, false)
            }
            Some(Event::LockRejected { holder, .. }) => (holder, true),
            _ => return Fold::Kept,
        };
        let inside =
            |(first, last): &&(Incarnation, Incarnation)| *first <= holder && holder <= *last;
        match self.runs.iter().find(inside) {
            None => Fold::Kept,
            Some((first, last)) if ends && *last == holder => {
                Fold::Last(last.attempt() - first.attempt() + 1)
            }
            Some(_) => Fold::Folded,
        }
    }
}

fn counts(run: &Run) -> String {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for row in table::rows(run) {
        let about = row
            .fields
            .iter()
            .find(|(name, _)| matches!(*name, "message" | "step"))
            .map_or_else(String::new, |(_, value)| value.to_string());
        *counts
            .entry(format!("{:<14}{about}", row.kind))
            .or_default() += 1;
    }
    let lines = counts
        .iter()
        .map(|(what, count)| format!("{count:>9}  {}\n", what.trim_end()));
    lines.collect()
}
