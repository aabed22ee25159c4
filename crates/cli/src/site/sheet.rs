//! One scenario on paper: all that a page says without a script.

use std::fmt::Write;
use std::io::Write as _;

use designs::design::{Design, Variation};
use designs::lesson::{self, Block, Piece};
use designs::{Claim, Finding, Outcome, Run, code, words};
use draw::svg::{elements, escape, number};
use draw::swimlane::{self, Orientation, Viewport};
use draw::{Picture, Shape};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::subject::{Links, Part, Subject};
use super::tables;

/// The widths of the two diagrams, in pixels: for a page with room, where time
/// runs to the right, and for a phone, where it runs down.
const WIDE: f32 = 1_040.0;
const NARROW: f32 = 320.0;

/// How long a main part may be once it is compressed, in bytes: a page with its
/// head and its style then stays within 30 kB.
const MOST: usize = 25_500;

/// The page's main part.
pub fn main(run: &Run, subject: &Subject, links: &Links) -> String {
    let mut before = String::from("<main class=\"sheet\">\n");
    before.push_str(&title(subject, links));
    if matches!(subject.part, Part::Lesson) {
        before.push_str(&section("question", "Question", &question(subject.design)));
    }
    before.push_str(&section("verdict", "Verdict", &verdict(run)));
    let mut after = section("story", "What happened", &story(run));
    after.push_str(&section("settings", "Settings", &tables::settings(run)));
    match subject.part {
        Part::Lesson => after.push_str(&answer(subject.design, links)),
        Part::Claim(claim) => {
            let heading = "Where it holds and where it does not";
            after.push_str(&section("runs", heading, &runs(claim, links)));
        }
        Part::Scenario => {}
    }
    after.push_str(&variations(run, links));
    after.push_str(&section("trace", "Trace", &tables::trace(run)));
    after.push_str("</main>\n");
    let whole = |figure: &String| format!("{before}{figure}{after}");
    let [first, second, last] = Diagrams::of(run).figures();
    let fitting = [first, second]
        .iter()
        .map(whole)
        .find(|it| compressed(it) <= MOST);
    fitting.unwrap_or_else(|| whole(&last))
}

/// How many bytes a text has once a server has compressed it.
fn compressed(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder
        .write_all(text.as_bytes())
        .and_then(|()| encoder.finish());
    written.map_or(text.len(), |bytes| bytes.len())
}

fn section(id: &str, heading: &str, inside: &str) -> String {
    format!(
        "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{heading}</h2>\n{inside}</section>\n"
    )
}

fn title(subject: &Subject, links: &Links) -> String {
    let lesson = link(
        &links.scenario(subject.design.key()),
        subject.design.title(),
    );
    let kind = match subject.part {
        Part::Lesson => subject.kind.clone(),
        Part::Scenario | Part::Claim(_) => format!("{lesson} · {}", subject.kind),
    };
    let mut html = format!(
        "<p class=\"kind\">{kind}</p>\n<h1>{}</h1>\n",
        escape(&subject.heading)
    );
    if !subject.lead.is_empty() {
        let _ = writeln!(html, "<p class=\"lead\">{}</p>", escape(&subject.lead));
    }
    let _ = writeln!(
        html,
        "<p class=\"live\"><a href=\"{}\">Open it live</a> <code>{}</code></p>",
        escape(&links.live(&subject.code)),
        escape(&subject.code)
    );
    html
}

/// A link with words that stand for themselves.
pub fn link(href: &str, words: &str) -> String {
    format!("<a href=\"{}\">{}</a>", escape(href), escape(words))
}

fn question(design: &dyn Design) -> String {
    blocks(&lesson::read(design.lesson()).question, &escape)
}

fn verdict(run: &Run) -> String {
    let mut html = String::from("<ul class=\"verdict\">\n");
    run.verdict
        .findings
        .iter()
        .for_each(|finding| html.push_str(&chip(finding)));
    html.push_str("</ul>\n");
    html
}

fn chip(finding: &Finding) -> String {
    let (class, mark) = match finding.outcome {
        Outcome::Holds => ("holds", "✓"),
        Outcome::Broken(_) => ("broken", "✗"),
        Outcome::DoesNotApply(_) => ("idle", "–"),
        Outcome::NotJudged => ("idle", "?"),
    };
    let (word, words) = (finding.word(), finding.words.as_str());
    let rest = words.strip_prefix(word).unwrap_or(words);
    let rest = rest.trim_start_matches(": ");
    let joint = if rest.is_empty() { "" } else { ": " };
    format!(
        "<li class=\"{class}\"><b><span aria-hidden=\"true\">{mark}</span> {}</b> \
         <span>{word}{joint}{}</span></li>\n",
        finding.law.name(),
        escape(rest)
    )
}

/// A run's diagrams, as SVG.
struct Diagrams {
    /// For a page with room; its parts say what they are when they are pointed
    /// at.
    wide: String,
    /// The same without those words.
    plain: String,
    /// For a phone.
    narrow: String,
    /// What they show, in a paragraph.
    summary: String,
}

impl Diagrams {
    fn of(run: &Run) -> Self {
        let desk = Viewport::whole(run, WIDE, Orientation::Horizontal);
        let drawn = swimlane::draw(run, &desk);
        let summary = escape(&drawn.describe());
        let mut picture = drawn.picture;
        let wide = svg(&picture, "wide");
        picture.shapes.iter_mut().for_each(forget);
        let phone = Viewport {
            width: NARROW,
            orientation: Orientation::Vertical,
            ..desk
        };
        let mut narrow = swimlane::draw(run, &phone).picture;
        narrow.shapes.iter_mut().for_each(forget);
        Self {
            wide,
            plain: svg(&picture, "wide"),
            narrow: svg(&narrow, "narrow"),
            summary,
        }
    }

    /// Figures with ever less in them: both diagrams, of which the style shows
    /// the one that fits; the same without words to point at; one alone.
    fn figures(&self) -> [String; 3] {
        let Self {
            wide,
            plain,
            narrow,
            summary,
        } = self;
        let figure = |class: &str, wide: &str, narrow: &str| {
            format!(
                "<figure>\n<div class=\"diagram scrolls {class}\" role=\"region\" \
                 aria-label=\"Diagram\" tabindex=\"0\">\n{wide}{narrow}</div>\n\
                 <figcaption id=\"summary\">{summary}</figcaption>\n</figure>\n"
            )
        };
        [
            figure("pair", wide, narrow),
            figure("pair", plain, narrow),
            figure("alone", plain, ""),
        ]
    }
}

fn svg(picture: &Picture, class: &str) -> String {
    let (w, h) = (number(picture.width), number(picture.height));
    format!(
        "<svg class=\"{class}\" role=\"img\" aria-labelledby=\"summary\" viewBox=\"0 0 {w} {h}\" \
         width=\"{w}\" height=\"{h}\">\n{}</svg>\n",
        elements(&picture.shapes)
    )
}

/// Leaves out what a shape is about.
fn forget(shape: &mut Shape) {
    match shape {
        Shape::Rect { about, .. }
        | Shape::Path { about, .. }
        | Shape::Circle { about, .. }
        | Shape::Text { about, .. } => *about = None,
    }
}

fn story(run: &Run) -> String {
    let mut html = String::from("<ol class=\"story\">\n");
    for sentence in run.scenario.design.story(run) {
        let record = run.trace.records.get(sentence.record as usize);
        let at = record.map_or(run.trace.end, |record| record.at);
        let (class, spoken) = if sentence.breach {
            (" class=\"breach\"", "<b>Broken here:</b> ")
        } else {
            ("", "")
        };
        let _ = writeln!(
            html,
            "<li{class}><time>{}</time> {spoken}{}</li>",
            words::instant(at),
            escape(&sentence.text)
        );
    }
    html.push_str("</ol>\n");
    html
}

/// What courses expect, what really happens, and every claim.
fn answer(design: &dyn Design, links: &Links) -> String {
    let lesson = lesson::read(design.lesson());
    let claim = |id: &str| {
        let found = design.claims().iter().find(|claim| claim.id == id);
        found.map_or_else(|| escape(id), |claim| claim_link(design, claim, links))
    };
    let mut claims = String::from("<ul class=\"claims\">\n");
    for claim in design.claims() {
        let _ = writeln!(
            claims,
            "<li>{} {}</li>",
            claim_link(design, claim, links),
            escape(claim.sentence)
        );
    }
    claims.push_str("</ul>\n");
    section(
        "textbook",
        "Textbook answer",
        &blocks(&lesson.textbook, &claim),
    ) + &section(
        "really",
        "What really happens",
        &blocks(&lesson.really, &claim),
    ) + &section("claims", "Claims", &claims)
}

fn claim_link(design: &dyn Design, claim: &Claim, links: &Links) -> String {
    format!(
        "<a class=\"claim\" href=\"{}\"><span class=\"unseen\">claim </span>{}</a>",
        escape(&links.claim(design, claim)),
        claim.id
    )
}

/// A claim's runs, and the scenario near by in which it is false.
fn runs(claim: &Claim, links: &Links) -> String {
    let list = |codes: &[&str]| {
        let item = |code: &&str| format!("<li>{}</li>\n", link(&links.live(code), code));
        format!(
            "<ul class=\"codes\">\n{}</ul>\n",
            codes.iter().map(item).collect::<String>()
        )
    };
    format!(
        "<p>It is checked on the runs of</p>\n{}<p>and is false on those of</p>\n{}",
        list(claim.runs),
        list(claim.foil)
    )
}

fn variations(run: &Run, links: &Links) -> String {
    let variations = run.scenario.design.variations(&run.scenario);
    if variations.is_empty() {
        return String::new();
    }
    let item = |variation: &Variation| {
        let href = links.scenario(&code::write(&variation.scenario));
        format!("<li>{}</li>\n", link(&href, variation.label))
    };
    let items: String = variations.iter().map(item).collect();
    section(
        "variations",
        "The same, but…",
        &format!("<ul class=\"links\">\n{items}</ul>\n"),
    )
}

/// Paragraphs, lists and listings; `claim` writes a reference.
fn blocks(blocks: &[Block<'_>], claim: &dyn Fn(&str) -> String) -> String {
    let is_of_one_list = |one: &Block<'_>, next: &Block<'_>| {
        one.point && next.point && one.number.is_some() == next.number.is_some()
    };
    let part = |part: &[Block<'_>]| {
        let inside: String = part.iter().map(|it| block(it, claim)).collect();
        match part.first() {
            Some(first) if first.number.is_some() => format!("<ol>\n{inside}</ol>\n"),
            Some(first) if first.point => format!("<ul>\n{inside}</ul>\n"),
            _ => inside,
        }
    };
    blocks.chunk_by(is_of_one_list).map(part).collect()
}

fn block(block: &Block<'_>, claim: &dyn Fn(&str) -> String) -> String {
    let piece = |piece: &Piece<'_>| match *piece {
        Piece::Text(text) => escape(text),
        Piece::Strong(text) => format!("<b>{}</b>", escape(text)),
        Piece::Claim(id) => claim(id),
        Piece::Listing(text) => escape(text),
    };
    let inside: String = block.pieces.iter().map(piece).collect();
    match (block.pieces.first(), block.number) {
        (Some(Piece::Listing(_)), _) => format!(
            "<pre class=\"scrolls\" role=\"region\" aria-label=\"Listing\" tabindex=\"0\">{inside}</pre>\n"
        ),
        (_, Some(number)) => format!("<li value=\"{number}\">{inside}</li>\n"),
        _ if block.point => format!("<li>{inside}</li>\n"),
        _ => format!("<p>{inside}</p>\n"),
    }
}
