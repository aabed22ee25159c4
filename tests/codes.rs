//! Every code that a reader may meet reads without a notice and is written in
//! the one canonical way; what lessons refer to is there.

use std::collections::BTreeSet;

use designs::lesson::{self, Piece};
use designs::{Design, code, registry};

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
