//! Lessons and claims name each other.

use fencepost_designs::lesson::{self, Piece};
use fencepost_designs::registry::DESIGNS;

#[test]
fn every_lesson_names_every_claim_and_no_other() {
    for design in DESIGNS {
        let key = design.key();
        let lesson = lesson::read(design.lesson());
        assert!(!lesson.question.is_empty(), "{key} asks nothing");
        let named: Vec<&str> = [&lesson.textbook, &lesson.really]
            .into_iter()
            .flatten()
            .flat_map(|block| &block.pieces)
            .filter_map(|piece| match piece {
                Piece::Claim(id) => Some(*id),
                _ => None,
            })
            .collect();
        let ids: Vec<&str> = design.claims().iter().map(|claim| claim.id).collect();
        for id in &ids {
            assert!(named.contains(id), "{id} is not in the lesson of {key}");
        }
        for id in &named {
            assert!(ids.contains(id), "{id} is no claim of {key}");
        }
        assert!(
            lesson.textbook.iter().any(|block| block.point),
            "the answer of {key} has points"
        );
    }
}
