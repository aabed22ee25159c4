//! What a page holds in tables: settings and trace.

use std::fmt::Write;

use designs::parameter::{Parameter, Unit};
use designs::{Run, Scenario, code, words};
use draw::svg::escape;
use draw::table::{self, Row};
use sim::Kind;

/// The most rows of a trace on a page.
const MOST_ROWS: usize = 120;

/// What the scenario sets, then every setting with its default.
pub fn settings(run: &Run) -> String {
    let scenario = &run.scenario;
    let rows: Vec<Setting> = scenario
        .design
        .parameters()
        .iter()
        .enumerate()
        .map(|(place, parameter)| Setting::of(scenario, place, parameter))
        .collect();
    let set: Vec<&Setting> = rows.iter().filter(|row| row.is_set).collect();
    let mut html = String::new();
    if set.is_empty() && scenario.faults.is_empty() {
        html.push_str("<p>Everything is at its default.</p>\n");
    } else {
        html.push_str("<ul class=\"set\">\n");
        for row in set {
            let _ = writeln!(
                html,
                "<li><b>{}</b> {} <span class=\"muted\">(default {})</span></li>",
                escape(row.label),
                escape(&row.value),
                escape(&row.default)
            );
        }
        for fault in &scenario.faults {
            let fault = escape(&fault.write(scenario.design));
            let _ = writeln!(html, "<li><b>Another fault</b> <code>{fault}</code></li>");
        }
        html.push_str("</ul>\n");
    }
    let _ = writeln!(
        html,
        "<p class=\"muted\">Seed {}, model revision {}.</p>\n<details>\n<summary>All {} settings</summary>",
        scenario.seed,
        designs::REVISION,
        rows.len()
    );
    html.push_str(&scrolling(
        "All settings",
        &["Setting", "Value", "Default", "Key"],
        &rows,
        Setting::cells,
    ));
    html.push_str("</details>\n");
    html
}

struct Setting {
    label: &'static str,
    key: &'static str,
    value: String,
    default: String,
    is_set: bool,
}

impl Setting {
    fn of(scenario: &Scenario, place: usize, parameter: &'static Parameter) -> Self {
        let (value, default) = if let Unit::Matrix(_) = parameter.unit {
            (
                scenario.written(place),
                Scenario::new(scenario.design).written(place),
            )
        } else {
            let shown = |value| parameter.show(value);
            (
                shown(scenario.value(place)),
                shown(scenario.default_of(place)),
            )
        };
        Self {
            label: parameter.label,
            key: parameter.key,
            value,
            default,
            is_set: scenario.is_set(place),
        }
    }

    fn cells(&self) -> String {
        let value = escape(&self.value);
        let value = if self.is_set {
            format!("<b>{value}</b>")
        } else {
            value
        };
        format!(
            "<th scope=\"row\">{}</th><td>{value}</td><td>{}</td><td><code>{}</code></td>",
            escape(self.label),
            escape(&self.default),
            self.key
        )
    }
}

/// The trace, or what matters of it.
pub fn trace(run: &Run) -> String {
    let total = run.trace.records.len();
    let is_traffic = |record: u32| {
        let kind = run.trace.records[record as usize].world_kind();
        matches!(
            kind,
            Some(Kind::Send | Kind::Receive | Kind::Timer | Kind::Delay | Kind::Hold)
        )
    };
    let rows = table::rows(run);
    let shown: Vec<Row<'_>> = if total <= MOST_ROWS {
        rows.collect()
    } else {
        rows.filter(|row| !is_traffic(row.record))
            .take(MOST_ROWS)
            .collect()
    };
    let mut html = String::from("<details>\n");
    let summary = if shown.len() == total {
        format!("All {total} records")
    } else {
        format!("{} of {total} records", shown.len())
    };
    let _ = writeln!(html, "<summary>{summary}</summary>");
    if shown.len() < total {
        let _ = writeln!(
            html,
            "<p>{} records are left out: messages and timers, and what comes after the last row. \
             <code>fencepost run --json '{}'</code> prints them all.</p>",
            total - shown.len(),
            escape(&code::write(&run.scenario))
        );
    }
    let heads = ["Record", "Time", "Lane", "What", "Fields", "Cause"];
    html.push_str(&scrolling("Trace", &heads, &shown, record));
    html.push_str("</details>\n");
    html
}

fn record(row: &Row<'_>) -> String {
    let cause = row.cause.map_or(String::new(), |cause| cause.to_string());
    format!(
        "<th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{cause}</td>",
        row.record,
        words::instant(row.at),
        escape(row.lane),
        escape(row.kind),
        escape(&row.words())
    )
}

/// A table that scrolls by itself where it is too wide.
fn scrolling<T>(name: &str, heads: &[&str], rows: &[T], cells: impl Fn(&T) -> String) -> String {
    let mut html = format!(
        "<div class=\"scrolls\" role=\"region\" aria-label=\"{name}\" tabindex=\"0\">\n<table>\n<thead><tr>"
    );
    for head in heads {
        let _ = write!(html, "<th scope=\"col\">{head}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        let _ = writeln!(html, "<tr>{}</tr>", cells(row));
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
    html
}
