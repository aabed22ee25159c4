//! What must be true of every swimlane, whatever the run and the screen.

use designs::registry::DESIGNS;
use designs::{Run, code};
use fencepost_draw::swimlane::{Orientation, Swimlane, Viewport, draw, inset, moments};
use fencepost_draw::{Ink, Picture, Segment, Shape, text};
use sim::Time;

/// Scenarios beyond the claims: the ends of ranges, and every kind of fault.
const MORE: &[&str] = &[
    "redlock?servers=9",
    "redlock?servers=3",
    "redlock?ttl=500ms",
    "redlock?ttl=60s",
    "redlock?pause=20s",
    "redlock?pause=0ms",
    "redlock?one_way=200ms",
    "redlock?one_way=20ms&jitter=20ms",
    "redlock?honour_deadline=on",
    "redlock?extend=on&pause=3s&work_a=9s",
    "redlock?fence=cas_state&done_check=off",
    "redlock?token_source=per_server_max&fence=check",
    "redlock?token_source=quorum_ballot&fence=claim",
    "redlock?token_source=before_acquire&fence=check&c_start=1s",
    "redlock?fault=crash,redis2,-,@1s,restart:1s,wiped&fault=cut,b-redis1,2s,@2s&fault=pause,redis3,700ms,@5.5s",
    "redlock?fault=crash,redis*,-,@3s,restart:500ms&fault=drift,a,200ppm,@0ms",
    "redlock?fault=cut,a-redis*,3s,@1s&fault=cut,b>redis1,3s,@1.5s,drop&fault=step,a,-2s,@2s",
    "redlock?fault=suspend,a,3s,@300ms&fault=delay,b-store,500ms,msg:write&fault=step,redis1,5s,@700ms&fault=step,redis2,5s,@800ms",
];

const VIEWS: &[(f32, Orientation)] = &[
    (320.0, Orientation::Vertical),
    (360.0, Orientation::Vertical),
    (768.0, Orientation::Vertical),
    (320.0, Orientation::Horizontal),
    (480.0, Orientation::Horizontal),
    (768.0, Orientation::Horizontal),
    (1440.0, Orientation::Horizontal),
    (2560.0, Orientation::Horizontal),
];

fn run(code: &str) -> Run {
    let parsed = code::read(code).expect("a code of this file");
    assert_eq!(parsed.notices, [], "{code}");
    Run::of(parsed.scenario)
}

/// Every claim's runs and foils, and more.
fn codes() -> Vec<&'static str> {
    let claims = DESIGNS.iter().flat_map(|design| design.claims());
    let mut codes: Vec<&str> = claims
        .flat_map(|claim| claim.runs.iter().chain(claim.foil))
        .copied()
        .chain(MORE.iter().copied())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn view(run: &Run, (width, orientation): (f32, Orientation)) -> Viewport {
    Viewport::whole(run, width, orientation)
}

/// Calls `each` with every scenario in every size, whole, unfolded and
/// enlarged.
fn everywhere(mut each: impl FnMut(&str, &Run, &Viewport, &Swimlane)) {
    for code in codes() {
        let run = run(code);
        for &size in VIEWS {
            let whole = view(&run, size);
            let third = whole.until.us() / 3;
            let views = [
                whole,
                Viewport {
                    unfolded: true,
                    ..whole
                },
                Viewport {
                    from: Time::from_us(third),
                    until: Time::from_us(2 * third),
                    ..whole
                },
            ];
            for view in views {
                let name = format!("{code} at {size:?}, {view:?}");
                each(&name, &run, &view, &draw(&run, &view));
            }
        }
    }
}

fn overlap(one: &[f32; 4], other: &[f32; 4]) -> bool {
    const SLACK: f32 = 0.5;
    one[0] + SLACK < other[2]
        && other[0] + SLACK < one[2]
        && one[1] + SLACK < other[3]
        && other[1] + SLACK < one[3]
}

fn words(picture: &Picture) -> Vec<(&str, [f32; 4])> {
    picture
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some((text.as_str(), text::area(shape)?)),
            _ => None,
        })
        .collect()
}

fn assert_legible(name: &str, picture: &Picture) {
    let words = words(picture);
    for (place, (text, area)) in words.iter().enumerate() {
        assert!(
            area[0] >= -0.5
                && area[1] >= -0.5
                && area[2] <= picture.width + 0.5
                && area[3] <= picture.height + 0.5,
            "{name}: “{text}” is cut: {area:?}"
        );
        for (other, taken) in &words[..place] {
            assert!(
                !overlap(area, taken),
                "{name}: “{text}” {area:?} lies on “{other}” {taken:?}"
            );
        }
    }
}

#[test]
fn words_never_overlap_and_are_never_cut() {
    everywhere(|name, run, _, swimlane| {
        assert_legible(name, &swimlane.picture);
        // A run of many thousand records is drawn with as many shapes as can
        // be told apart: more on a wide screen.
        let most: f32 = if run.trace.records.len() > 5_000 {
            2_000.0
        } else {
            500.0
        };
        let bound = (most * (swimlane.picture.width / 1_440.0).max(1.0)) as usize;
        let count = swimlane.picture.shapes.len();
        assert!(count < bound, "{name}: {count} shapes");
    });
}

#[test]
fn long_runs_are_drawn_by_pixels() {
    let shapes = |code: &str, width| {
        let run = run(code);
        let records = run.trace.records.len();
        let swimlane = draw(&run, &view(&run, (width, Orientation::Horizontal)));
        (records, swimlane.picture.shapes.len())
    };
    for code in [
        "payments?arrivals=open&every=100ms&accounts=20&duration=60s",
        "payments?policy=wait_forever&arrivals=open&every=100ms&accounts=4&duration=60s",
    ] {
        let (records, count) = shapes(code, 1040.0);
        assert!(records > 300_000, "{code}: {records} records");
        assert!(count < 2_500, "{code}: {count} shapes");
    }
    // Six times as long is not six times as much to draw.
    let code =
        |seconds| format!("payments?arrivals=open&every=100ms&accounts=20&duration={seconds}s");
    let (short, long) = (shapes(&code(10), 1040.0).1, shapes(&code(60), 1040.0).1);
    assert!(long < 2 * short, "{short} and {long} shapes");
}

#[test]
fn moments_are_legible_and_show_slopes() {
    for code in codes() {
        let run = run(code);
        for moment in moments(&run) {
            let picture = inset(&run, &moment, 700.0);
            assert_legible(code, &picture);
            assert!(moment.from < moment.until && !moment.words.is_empty());
        }
    }
    let lesson = moments(&run("redlock"));
    assert_eq!(lesson.len(), 2);
    assert_eq!(lesson[0].words, "A's votes: 3 of 5 needed, 5 got");
}

/// The ends along of a path's first line, and whether it is one.
fn first_line(segments: &[Segment], orientation: Orientation) -> Option<(f32, f32)> {
    let [Segment::Move(x0, y0), Segment::Line(x1, y1), ..] = *segments else {
        return None;
    };
    Some(match orientation {
        Orientation::Horizontal => (x0, x1),
        Orientation::Vertical => (y0, y1),
    })
}

#[test]
fn a_bracket_is_exactly_as_wide_as_its_span() {
    let mut seen = 0;
    for code in codes() {
        let run = run(code);
        for &size in VIEWS {
            let view = view(&run, size);
            let swimlane = draw(&run, &view);
            let brackets: Vec<(f32, f32)> = swimlane
                .picture
                .shapes
                .iter()
                .filter_map(|shape| match shape {
                    Shape::Path {
                        segments, paint, ..
                    } if paint.stroke == Some(Ink::Broken) && paint.width == 2.0 => {
                        first_line(segments, view.orientation)
                    }
                    _ => None,
                })
                .collect();
            let breaches = run.verdict.findings.iter().flat_map(|it| it.breaches());
            let spans: Vec<_> = breaches.filter(|it| it.until > it.from).collect();
            assert_eq!(brackets.len(), spans.len(), "{code}");
            for span in spans {
                let wanted = (swimlane.along(span.from), swimlane.along(span.until));
                assert!(
                    brackets
                        .iter()
                        .any(|it| (it.0 - wanted.0).abs() < 0.01 && (it.1 - wanted.1).abs() < 0.01),
                    "{code}: {brackets:?} against {wanted:?}"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn red_is_for_broken_guarantees_alone() {
    let is_red = |ink: Option<Ink>| matches!(ink, Some(Ink::Broken | Ink::BrokenSoft));
    for code in codes() {
        let run = run(code);
        let swimlane = draw(&run, &view(&run, (1440.0, Orientation::Horizontal)));
        let reds = swimlane.picture.shapes.iter().filter(|shape| match shape {
            Shape::Text { ink, .. } => is_red(Some(*ink)),
            Shape::Rect { paint, .. } | Shape::Path { paint, .. } | Shape::Circle { paint, .. } => {
                is_red(paint.fill) || is_red(paint.stroke)
            }
        });
        assert_eq!(reds.count() > 0, run.verdict.is_broken(), "{code}");
    }
}

#[test]
fn the_playhead_never_crosses_words() {
    for code in codes() {
        let run = run(code);
        for size in [
            (360.0, Orientation::Vertical),
            (820.0, Orientation::Horizontal),
        ] {
            let view = view(&run, size);
            let swimlane = draw(&run, &view);
            let words = words(&swimlane.picture);
            for step in 0..=40 {
                let at = Time::from_us(view.until.us() * step / 40);
                for (a, b) in lines(&swimlane.playhead(at)) {
                    let line = [a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)];
                    let line = [line[0] - 0.6, line[1], line[2] + 0.6, line[3]];
                    for (text, area) in &words {
                        // Tokens' own numbers are part of their discs.
                        if text.len() > 2 {
                            assert!(!overlap(&line, area), "{code} at {at:?}: “{text}”");
                        }
                    }
                }
            }
        }
    }
}

/// The straight strokes of shapes.
fn lines(shapes: &[Shape]) -> Vec<((f32, f32), (f32, f32))> {
    let mut lines = Vec::new();
    for shape in shapes {
        let Shape::Path {
            segments, paint, ..
        } = shape
        else {
            continue;
        };
        if paint.stroke.is_none() {
            continue;
        }
        for pair in segments.windows(2) {
            if let [Segment::Move(x0, y0), Segment::Line(x1, y1)] = *pair {
                lines.push(((x0, y0), (x1, y1)));
            }
        }
    }
    lines
}

#[test]
fn pixels_lead_to_instants_and_lanes() {
    let run = run("redlock");
    for &size in VIEWS {
        let view = view(&run, size);
        let swimlane = draw(&run, &view);
        for us in [0, 900_000, 5_002_000, 9_000_000] {
            let at = swimlane.time_at(swimlane.along(Time::from_us(us)));
            assert!(at.us().abs_diff(us) <= 2_000);
        }
        let across = match view.orientation {
            Orientation::Horizontal => swimlane.picture.height,
            Orientation::Vertical => swimlane.picture.width,
        };
        let mut lanes: Vec<u16> = (0..across as u32 * 2)
            .filter_map(|half| swimlane.lane_at(half as f32 / 2.0))
            .collect();
        lanes.dedup();
        assert_eq!(lanes, (0..run.lanes.len() as u16).collect::<Vec<_>>());
    }
}

#[test]
fn the_same_run_gives_the_same_picture() {
    for code in codes() {
        let view = view(&run(code), (768.0, Orientation::Horizontal));
        assert_eq!(draw(&run(code), &view), draw(&run(code), &view), "{code}");
    }
}

#[test]
fn it_is_told_in_words_as_well() {
    let run = run("redlock");
    let swimlane = draw(&run, &view(&run, (768.0, Orientation::Horizontal)));
    let told = swimlane.describe();
    for part in [
        "A is paused 8 s",
        "A believes it holds the lock",
        "In truth the servers grant it to A",
        "A write of B reaches Job store",
        "Broken: A and B both believe they hold the lock, 1 s",
    ] {
        assert!(told.contains(part), "“{part}” is not in: {told}");
    }
}
