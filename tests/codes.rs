//! Every code that a reader may meet reads without a notice and is written in
//! the one canonical way; what lessons refer to is there. And every code that
//! was ever printed, in documents, lessons and tests, goes on meaning what it
//! meant: `corpus/codes.txt` is read and run again.
//!
//! `UPDATE_EXPECT=1 cargo test -p fencepost-tests --test codes` adds to it what
//! is missing. It changes no line: one that is wrong is put right by hand,
//! where no link of that outcome can have been given away.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use designs::lesson::{self, Piece};
use designs::link::Expected;
use designs::{Design, REVISION, Run, code, registry};

/// Every code of a design: its claims' runs and foils, its named scenarios.
fn codes(design: &dyn Design) -> Vec<&'static str> {
    let claims = design.claims().iter();
    let claims = claims.flat_map(|claim| claim.runs.iter().chain(claim.foil).copied());
    let named = design.scenarios().iter().map(|named| named.code);
    claims.chain(named).collect()
}

#[test]
fn every_code_of_the_lessons_is_canonical() {
    for design in registry::DESIGNS {
        for text in codes(design) {
            let parsed = code::read(text).unwrap_or_else(|what| panic!("{text}: {what}"));
            assert_eq!(parsed.notices, [], "{text}");
            assert_eq!(code::write(&parsed.scenario), text);
            assert_eq!(parsed.scenario.design.key(), design.key(), "{text}");
        }
    }
}

#[test]
fn every_code_of_the_documents_is_canonical() {
    let documents = [
        include_str!("../README.md"),
        include_str!("../ARCHITECTURE.md"),
    ];
    let words = documents
        .iter()
        .flat_map(|text| text.split(|c: char| c.is_whitespace() || "'`\"()".contains(c)));
    let codes: Vec<&str> = words
        .filter(|word| {
            word.split_once('?')
                .is_some_and(|(key, _)| registry::find(key).is_some())
        })
        .collect();
    assert!(!codes.is_empty());
    for text in codes {
        let parsed = code::read(text).unwrap_or_else(|what| panic!("{text}: {what}"));
        assert_eq!(parsed.notices, [], "{text}");
        assert_eq!(code::write(&parsed.scenario), text);
    }
}

#[test]
fn variations_are_scenarios_of_their_own() {
    for design in registry::DESIGNS {
        for text in codes(design) {
            let scenario = code::read(text).expect("read above").scenario;
            for variation in design.variations(&scenario) {
                assert_ne!(variation.scenario, scenario, "{text}: {}", variation.label);
                let written = code::write(&variation.scenario);
                let parsed = code::read(&written).expect("it was just written");
                assert_eq!(parsed.notices, [], "{written}");
                assert_eq!(parsed.scenario, variation.scenario, "{written}");
            }
        }
    }
}

#[test]
fn lessons_and_claims_refer_to_each_other() {
    for design in registry::DESIGNS {
        let claims = design.claims();
        let ids: BTreeSet<&str> = claims.iter().map(|claim| claim.id).collect();
        assert_eq!(ids.len(), claims.len(), "{}: an id twice", design.key());
        let lesson = lesson::read(design.lesson());
        for (part, blocks) in [
            ("question", &lesson.question),
            ("textbook answer", &lesson.textbook),
            ("what really happens", &lesson.really),
        ] {
            assert!(!blocks.is_empty(), "{}: no {part}", design.key());
        }
        let blocks = [lesson.question, lesson.textbook, lesson.really].concat();
        let referred: BTreeSet<&str> = blocks
            .iter()
            .flat_map(|block| &block.pieces)
            .filter_map(|piece| match piece {
                Piece::Claim(id) => Some(*id),
                _ => None,
            })
            .collect();
        assert_eq!(referred, ids, "{}: lesson and claims", design.key());
    }
}

#[test]
fn every_claim_has_runs_and_as_many_foils() {
    for design in registry::DESIGNS {
        for claim in design.claims() {
            let id = claim.id;
            assert!(!claim.runs.is_empty(), "{id}");
            assert_eq!(claim.runs.len(), claim.foil.len(), "{id}");
            assert_ne!(claim.runs, claim.foil, "{id}");
            assert!(claim.sentence.ends_with('.'), "{id}");
        }
    }
}

#[test]
fn the_first_named_scenario_is_the_lesson_as_it_starts() {
    for design in registry::DESIGNS {
        let first = design.scenarios().first().expect("each has some");
        assert_eq!(first.code, design.key());
        let mut codes: Vec<&str> = design.scenarios().iter().map(|named| named.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), design.scenarios().len(), "{}", design.key());
    }
}

// --- the corpus -------------------------------------------------------------

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/codes.txt");

const HEADER: &str = "\
# Every code that was ever printed, a line each; a test reads and runs them all.
# Between tabs: the code; its canonical form (= where it is that, - where there
# is none); what a link of it promises; the notices.
";

/// What came of a code, as a line of the corpus has it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Line {
    code: String,
    canonical: String,
    promise: String,
    notices: String,
}

impl Line {
    fn of(text: &str) -> Self {
        let mut line = Self {
            code: text.to_owned(),
            canonical: "-".to_owned(),
            promise: "-".to_owned(),
            notices: String::new(),
        };
        match code::read(text) {
            Err(notice) => line.notices = notice.to_string(),
            Ok(parsed) => {
                let canonical = code::write(&parsed.scenario);
                line.canonical = if canonical == text {
                    "=".to_owned()
                } else {
                    canonical
                };
                let notices: Vec<String> = parsed.notices.iter().map(ToString::to_string).collect();
                line.notices = notices.join(" | ");
                let expected = Expected::of(&Run::of(parsed.scenario)).write();
                line.promise = format!("rev={REVISION}&expect={expected}");
            }
        }
        line
    }

    fn read(line: &str) -> Self {
        let mut cells = line.splitn(4, '\t').map(str::to_owned);
        let mut next = || cells.next().unwrap_or_default();
        Self {
            code: next(),
            canonical: next(),
            promise: next(),
            notices: next(),
        }
    }

    fn written(&self) -> String {
        let line = [&*self.code, &self.canonical, &self.promise, &self.notices].join("\t");
        line.trim_end().to_owned()
    }

    /// The revision that it was written with; none where nothing ran.
    fn revision(&self) -> Option<u32> {
        let (revision, _) = self.promise.strip_prefix("rev=")?.split_once('&')?;
        revision.parse().ok()
    }
}

/// The lines of the corpus; the last one of a code is the one that counts.
fn corpus() -> Vec<Line> {
    let text = fs::read_to_string(CORPUS).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(Line::read).collect()
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every code in a text of the project.
fn printed() -> BTreeSet<String> {
    let listed = registry::DESIGNS.into_iter().flat_map(codes);
    let mut codes: BTreeSet<String> = listed.map(str::to_owned).collect();
    read_folder(&root(), &mut codes);
    codes
}

fn read_folder(folder: &Path, codes: &mut BTreeSet<String>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a folder can be read").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        if path.is_dir() {
            // What is built, and this corpus itself, is no source of codes.
            if !name.starts_with('.') && !["target", "dist", "corpus"].contains(&name) {
                read_folder(&path, codes);
            }
        } else if let Some("rs" | "md" | "svg" | "html" | "js" | "txt" | "json") =
            path.extension().and_then(|extension| extension.to_str())
        {
            let text = fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            read_text(&text.replace("&amp;", "&").replace("&gt;", ">"), codes);
        }
    }
}

/// Codes stand where a design's key is followed by a question mark and
/// something, or where a packed one begins. A template is none.
fn read_text(text: &str, codes: &mut BTreeSet<String>) {
    for design in registry::DESIGNS {
        let start = format!("{}?", design.key());
        for (at, _) in text.match_indices(&start) {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || "_-.".contains(c)) {
                continue;
            }
            let rest = &text[at..];
            let end = rest.find(|c: char| c.is_whitespace() || "\"'`<()[]{}\\|…".contains(c));
            let (code, after) = rest.split_at(end.unwrap_or(rest.len()));
            let code = code.split("~~").next().unwrap_or("");
            let code = code.trim_end_matches(['.', ',', ';', ':']);
            if code.len() > start.len() && !after.starts_with(['{', '…']) {
                codes.insert(code.to_owned());
            }
        }
    }
    for (at, _) in text.match_indices("~1.") {
        let digits = &text[at + 3..];
        let is_digit = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let end = digits.find(|c| !is_digit(c)).unwrap_or(digits.len());
        if end >= 12 {
            codes.insert(text[at..at + 3 + end].to_owned());
        }
    }
}

#[test]
fn codes_are_found_where_they_are_printed() {
    let mut codes = BTreeSet::new();
    read_text(
        "run 'redlock?ttl=6s&seed=2' or (payments?rtt=1,2). What of redlock? \
         preredlock?ttl=1s \"zookeeper?tick={ms}\" rate-limit?users=1~~redlock?ttl=9s, ~1.AAAABBBBCCCC-_x*",
        &mut codes,
    );
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    assert_eq!(
        codes,
        [
            "payments?rtt=1,2",
            "rate-limit?users=1",
            "redlock?ttl=6s&seed=2",
            "redlock?ttl=9s",
            "~1.AAAABBBBCCCC-_x",
        ]
    );
}

/// What is wrong with the last line of a code, in words; none where all is as
/// it was.
fn differs(known: &Line, found: &Line) -> Option<String> {
    if known == found {
        return None;
    }
    let mut text = format!("\n{}\n", known.code);
    for (what, known, found) in [
        ("canonical form", &known.canonical, &found.canonical),
        ("outcome", &known.promise, &found.promise),
        ("notices", &known.notices, &found.notices),
    ] {
        if known != found {
            text.push_str(&format!("  {what} was {known:?}, is {found:?}\n"));
        }
    }
    text.push_str(&format!("  the line would be: {}\n", found.written()));
    Some(text)
}

#[test]
fn every_code_that_was_printed_means_what_it_meant() {
    let lines = corpus();
    let mut last: BTreeMap<&str, &Line> = BTreeMap::new();
    for line in &lines {
        last.insert(&line.code, line);
    }
    let mut missing = Vec::new();
    let mut wrong = String::new();
    for (code, known) in &last {
        let found = Line::of(code);
        let of_then = known.revision().is_some_and(|it| it < REVISION);
        match differs(known, &found) {
            // A new revision may change outcomes; it adds a line that says so.
            Some(_) if of_then => missing.push(found),
            Some(words) => wrong.push_str(&words),
            None => {}
        }
    }
    let printed = printed();
    let new = printed
        .iter()
        .filter(|code| !last.contains_key(code.as_str()));
    missing.extend(new.map(|code| Line::of(code)));

    assert!(
        wrong.is_empty(),
        "codes that were printed have another outcome within model revision {REVISION}.\n\
         Links that were given away would say that they differ. Raise REVISION, keep old\n\
         defaults in the design's past_defaults, and let UPDATE_EXPECT=1 add the new lines;\n\
         or, before a release, change these lines of {CORPUS} by hand and say why:\n{wrong}"
    );
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        add(&missing);
        return;
    }
    let missing: Vec<&str> = missing.iter().map(|line| line.code.as_str()).collect();
    assert!(
        missing.is_empty(),
        "codes without a line in the corpus; UPDATE_EXPECT=1 adds one:\n{}",
        missing.join("\n")
    );
}

fn add(lines: &[Line]) {
    let mut text = fs::read_to_string(CORPUS).unwrap_or_else(|_| HEADER.to_owned());
    for line in lines {
        text.push_str(&line.written());
        text.push('\n');
    }
    fs::write(CORPUS, text).unwrap_or_else(|error| panic!("{CORPUS}: {error}"));
}
