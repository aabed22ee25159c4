//! Callers' requests, calls to others, and pictures for phones.

use designs::registry::DESIGNS;
use designs::{Run, code};
use fencepost_draw::swimlane::{Orientation, Swimlane, Viewport, draw};
use fencepost_draw::{Shape, text};

fn drawn(code: &str, width: f32, orientation: Orientation, unfolded: bool) -> Swimlane {
    let run = Run::of(code::read(code).expect("a code of this file").scenario);
    let view = Viewport {
        unfolded,
        ..Viewport::whole(&run, width, orientation)
    };
    draw(&run, &view)
}

fn words(swimlane: &Swimlane) -> Vec<(String, [f32; 4])> {
    let shapes = swimlane.picture.shapes.iter();
    shapes
        .filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some((text.clone(), text::area(shape)?)),
            _ => None,
        })
        .collect()
}

fn titles(swimlane: &Swimlane, part: &str) -> usize {
    let shapes = swimlane.picture.shapes.iter();
    shapes
        .filter(|shape| {
            let (Shape::Rect { about, .. }
            | Shape::Path { about, .. }
            | Shape::Circle { about, .. }
            | Shape::Text { about, .. }) = shape;
            about
                .as_ref()
                .is_some_and(|about| about.title.contains(part))
        })
        .count()
}

#[test]
fn requests_and_calls_say_what_came_of_them() {
    let wide = drawn("payments", 1040.0, Orientation::Horizontal, false);
    let words = words(&wide);
    for part in [
        "job 1: 504 unknown",
        "job 1: 200 done",
        "call for job 1: first, carried out",
        "call for job 1: replayed",
    ] {
        let found = words.iter().any(|(words, _)| words.contains(part));
        assert!(found, "“{part}”: {words:?}");
    }
    assert_eq!(titles(&wide, "Request "), 2);
    assert_eq!(titles(&wide, " calls Provider"), 2);
}

#[test]
fn many_requests_are_counted() {
    let code = "payments?arrivals=open&every=400ms";
    let wide = drawn(code, 1040.0, Orientation::Horizontal, false);
    let words = words(&wide);
    let summary = words
        .iter()
        .find(|(words, _)| words.contains(" requests: "));
    assert!(summary.is_some_and(|(words, _)| words.contains("× 200 done")));
}

#[test]
fn names_of_columns_are_never_broken_within_a_word() {
    for code in ["zookeeper", "zookeeper?servers=5", "payments", "redlock"] {
        for width in [320.0, 360.0, 480.0] {
            for unfolded in [false, true] {
                let swimlane = drawn(code, width, Orientation::Vertical, unfolded);
                for (words, _) in words(&swimlane) {
                    assert!(!words.ends_with('-'), "{code} at {width}: “{words}”");
                }
            }
        }
    }
}

#[test]
fn a_phone_has_room_for_every_picture() {
    for code in DESIGNS.iter().map(|design| design.key()) {
        for unfolded in [false, true] {
            let swimlane = drawn(code, 360.0, Orientation::Vertical, unfolded);
            let width = swimlane.picture.width;
            assert!(width <= 360.0, "{code}: {width}");
        }
    }
    // Where there is room, what is asked for apart is apart.
    let unfolded = drawn("redlock?servers=3", 360.0, Orientation::Vertical, true);
    let folded = drawn("redlock?servers=3", 360.0, Orientation::Vertical, false);
    assert_ne!(unfolded.picture, folded.picture);
}

#[test]
fn lanes_use_the_width_of_a_phone() {
    for width in [360.0, 480.0] {
        let swimlane = drawn("redlock", width, Orientation::Vertical, false);
        let last = swimlane
            .picture
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Circle { x, .. } => Some(*x),
                _ => None,
            })
            .fold(0.0, f32::max);
        assert!(last > width * 0.7, "{last} of {width}");
    }
}

#[test]
fn who_waits_for_long_is_seen_to_wait() {
    let wide = drawn("zookeeper", 1040.0, Orientation::Horizontal, false);
    for name in ["B", "C"] {
        assert_eq!(titles(&wide, &format!("{name} waits for the lock")), 1);
    }
    // A short attempt is part of its tries.
    let short = drawn("redlock", 1040.0, Orientation::Horizontal, false);
    assert_eq!(titles(&short, "waits for the lock"), 0);
}
