//! Charts keep their words apart and inside the picture, tell what their dots
//! are, and are the same bytes wherever they are drawn.

use designs::Scenario;
use designs::design::{Quantity, Spacing};
use designs::registry::DESIGNS;
use fencepost_draw::chart::{self, Axis, ChartData, Form, Mark, Series};
use fencepost_draw::shape::{About, Dash, Segment};
use fencepost_draw::{Anchor, Ink, Picture, Shape, svg, text};
use sim::Digest;

/// A curve that falls, and dots that follow it.
fn falling() -> ChartData {
    let line = (0..=40).map(|place| {
        let x = f64::from(place) / 2.0 + 0.5;
        (x, Some((1.1 - x / 9.0).clamp(0.0, 1.0)))
    });
    let dots = [
        (0.5, 1.0),
        (1.5, 0.93),
        (3.0, 0.79),
        (5.0, 0.52),
        (8.0, 0.2),
        (20.0, 0.0),
    ];
    ChartData {
        title: "How often a run breaks".into(),
        setting: "A pauses for any length up to 8 s.".into(),
        x: Axis {
            label: "TTL".into(),
            quantity: Quantity::Seconds,
            spacing: Spacing::Ratio,
            range: (0.5, 20.0),
        },
        y: Axis {
            label: "share of runs that break a law".into(),
            quantity: Quantity::Share,
            spacing: Spacing::Even,
            range: (0.0, 1.0),
        },
        series: vec![
            Series {
                of: String::new(),
                name: "closed form".into(),
                mark: Mark::Line(Dash::Solid),
                ink: Ink::Muted,
                values: line.collect(),
            },
            Series {
                of: String::new(),
                name: "simulated, 100 seeds each".into(),
                mark: Mark::Dots(Form::Disc),
                ink: Ink::Broken,
                values: dots.map(|(x, y)| (x, Some(y))).to_vec(),
            },
        ],
        here: Some(5.0),
    }
}

/// Left, top, right, bottom.
type Bounds = [f32; 4];

fn meet(a: Bounds, b: Bounds) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}

/// Every line of words and the box that it fills.
fn words(picture: &Picture) -> Vec<(String, Bounds)> {
    let shapes = picture.shapes.iter();
    shapes
        .filter_map(|shape| {
            let Shape::Text {
                x,
                y,
                anchor,
                size,
                bold,
                text,
                ..
            } = shape
            else {
                return None;
            };
            let width = text::width(text, *size, *bold);
            let left = match anchor {
                Anchor::Start => *x,
                Anchor::Middle => x - width / 2.0,
                Anchor::End => x - width,
            };
            let top = y - text::BASELINE * size.px();
            Some((text.clone(), [left, top, left + width, top + size.px()]))
        })
        .collect()
}

/// What is known of a shape that can be pointed at, and the box it fills.
fn marks(picture: &Picture) -> Vec<(&About, Bounds)> {
    let shapes = picture.shapes.iter();
    shapes
        .filter_map(|shape| match shape {
            Shape::Circle { x, y, r, about, .. } => {
                Some((about.as_ref()?, [x - r, y - r, x + r, y + r]))
            }
            Shape::Rect {
                x, y, w, h, about, ..
            } => Some((about.as_ref()?, [*x, *y, x + w, y + h])),
            Shape::Path {
                segments, about, ..
            } => {
                let about = about.as_ref()?;
                let mut bounds = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
                for segment in segments {
                    if let Segment::Move(x, y) | Segment::Line(x, y) = *segment {
                        bounds = [
                            bounds[0].min(x),
                            bounds[1].min(y),
                            bounds[2].max(x),
                            bounds[3].max(y),
                        ];
                    }
                }
                Some((about, bounds))
            }
            Shape::Text { .. } => None,
        })
        .collect()
}

fn assert_tidy(picture: &Picture, which: &str) {
    let words = words(picture);
    for (place, (text, bounds)) in words.iter().enumerate() {
        let inside = bounds[0] >= 0.0
            && bounds[1] >= 0.0
            && bounds[2] <= picture.width
            && bounds[3] <= picture.height;
        assert!(inside, "{which}: {text} is cut: {bounds:?}");
        for (other, others) in &words[place + 1..] {
            assert!(!meet(*bounds, *others), "{which}: {text} meets {other}");
        }
        for (about, mark) in marks(picture) {
            let title = &about.title;
            assert!(!meet(*bounds, mark), "{which}: {text} meets {title}");
        }
    }
}

#[test]
fn words_are_inside_and_apart_at_every_width() {
    for here in [
        None,
        Some(0.5),
        Some(0.8),
        Some(2.0),
        Some(5.0),
        Some(9.0),
        Some(20.0),
    ] {
        for width in (300..=800).step_by(25) {
            let mut data = falling();
            data.here = here;
            let picture = chart::draw(&data, width as f32, 240.0);
            assert_tidy(&picture, &format!("falling, {here:?}, {width}"));
            // What stands for the same place has words on the plot or above.
            for series in &data.series {
                let first = series.name.split(' ').next().expect("a word");
                assert!(words(&picture).iter().any(|(text, _)| text.contains(first)));
            }
        }
    }
}

#[test]
fn every_chart_of_every_design_is_tidy() {
    for design in DESIGNS {
        for chart in design.charts() {
            let scenario = Scenario::new(design);
            // The formula in place of runs, a little off.
            let dots: Vec<(f64, Option<f64>)> = chart
                .curves
                .iter()
                .flat_map(|curve| chart.predicted(curve, &scenario, 0))
                .map(|(x, y)| (x, y.map(|y| y * 0.98)))
                .collect();
            let numbers = dots.iter().filter(|(_, y)| y.is_some()).count();
            for place in [0, chart.values().count() / 2, chart.values().count() - 1] {
                let value = chart.values().nth(place).expect("a value");
                let scenario = scenario.with(chart.parameter, value);
                let data = ChartData::of(chart, &scenario, dots.clone(), 1_000);
                for width in [300.0, 360.0, 480.0, 640.0, 800.0] {
                    let picture = chart::draw(&data, width, 260.0);
                    assert_tidy(&picture, &format!("{} {value} {width}", chart.key));
                    assert_eq!(marks(&picture).len(), numbers);
                }
            }
            let none = dots.iter().map(|&(x, _)| (x, None));
            let data = ChartData::of(chart, &scenario, none, 0);
            assert_tidy(&chart::draw(&data, 300.0, 200.0), chart.key);
        }
    }
}

#[test]
fn a_dot_tells_its_place_and_its_numbers() {
    let mut data = falling();
    data.series[1].values[2].1 = None;
    let picture = chart::draw(&data, 480.0, 260.0);
    let abouts: Vec<(u32, &str)> = marks(&picture)
        .into_iter()
        .map(|(about, _)| (about.record, about.title.as_str()))
        .collect();
    assert_eq!(
        abouts[..3],
        [
            (
                0,
                "TTL 0.5 s, share of runs that break a law: 100 %; closed form: 100 %"
            ),
            (
                1,
                "TTL 1.5 s, share of runs that break a law: 93 %; closed form: 93.3 %"
            ),
            (
                3,
                "TTL 5 s, share of runs that break a law: 52 %; closed form: 54.4 %"
            ),
        ]
    );
}

#[test]
fn a_chart_can_be_read_without_seeing_it() {
    let data = falling();
    assert_eq!(
        chart::summary(&data),
        "How often a run breaks. Share of runs that break a law: 100 % at TTL 0.5 s, 0 % at 20 s. \
         At 5 s, where you are, about 54.4 %. Simulation and closed form differ by at most 2.4 points."
    );
    let table = chart::table(&data);
    assert_eq!(
        table.head,
        [
            "TTL",
            "share of runs that break a law (simulated, 100 seeds each)",
            "share of runs that break a law (closed form)"
        ]
    );
    assert_eq!(table.rows.len(), 6);
    assert_eq!(table.rows[3], ["5 s", "52 %", "54.4 %"]);
}

/// Three curves as a design would have them.
fn three() -> ChartData {
    let mut data = falling();
    data.series.clear();
    let forms = [Form::Disc, Form::Square, Form::Triangle];
    let dashes = [Dash::Solid, Dash::Dashed, Dash::Dotted];
    let curves = [
        ("lost", [0.0, 0.1, 0.3, 0.9, 1.0]),
        ("late", [0.0, 0.3, 0.5, 0.1, 0.0]),
        ("kept", [1.0, 0.6, 0.2, 0.0, 0.0]),
    ];
    let along = |values: [f64; 5]| {
        let xs = [0.5, 1.5, 3.0, 8.0, 20.0];
        xs.into_iter().zip(values.map(Some)).collect()
    };
    for ((of, values), dash) in curves.into_iter().zip(dashes) {
        data.series.push(Series {
            of: of.into(),
            name: "closed form".into(),
            mark: Mark::Line(dash),
            ink: Ink::Muted,
            values: along(values),
        });
    }
    for ((of, values), form) in curves.into_iter().zip(forms) {
        data.series.push(Series {
            of: of.into(),
            name: "simulated, 100 seeds each".into(),
            mark: Mark::Dots(form),
            ink: Ink::Text,
            values: along(values),
        });
    }
    data
}

/// How many marks have so many corners.
fn count_outlines(picture: &Picture, corners: usize) -> usize {
    let marks = picture.shapes.iter().filter(|it| {
        matches!(it, Shape::Path { segments, about: Some(_), .. } if segments.len() == corners + 1)
    });
    marks.count()
}

#[test]
fn six_curves_are_told_apart_without_colour() {
    let design = designs::registry::find("contention").expect("it is registered");
    let mut charts = design.charts().iter();
    let chart = charts.find(|chart| chart.curves.len() == 6);
    let chart = chart.expect("a chart of all mechanisms");
    let scenario = Scenario::new(design);
    let curves = chart.curves.iter();
    let dots = curves.flat_map(|curve| chart.predicted(curve, &scenario, 0));
    let data = ChartData::of(chart, &scenario, dots.collect::<Vec<_>>(), 1_000);
    let mut dashes = Vec::new();
    let mut forms = Vec::new();
    for series in &data.series {
        match series.mark {
            Mark::Dots(form) if !forms.contains(&form) => forms.push(form),
            Mark::Line(dash) if !dashes.contains(&dash) => dashes.push(dash),
            _ => panic!("{} looks like another curve", series.of),
        }
    }
    assert_eq!((forms.len(), dashes.len()), (6, 6));
    for width in [320.0, 480.0, 800.0] {
        let picture = chart::draw(&data, width, 230.0);
        // A square and a diamond have four corners; what differs is where.
        let values = chart.values().count();
        for (corners, curves) in [(4, 2), (3, 2), (12, 1)] {
            assert_eq!(count_outlines(&picture, corners), curves * values);
        }
        let said: Vec<String> = words(&picture).into_iter().map(|(text, _)| text).collect();
        for curve in chart.curves {
            let last = curve.name.split(' ').next_back().expect("a word");
            assert!(
                said.iter().any(|text| text.ends_with(last)),
                "{} at {width}",
                curve.name
            );
        }
    }
}

#[test]
fn curves_differ_in_form_and_each_is_told() {
    let data = three();
    for width in [320.0, 480.0, 800.0] {
        let picture = chart::draw(&data, width, 260.0);
        assert_tidy(&picture, &format!("three, {width}"));
        let records: Vec<u32> = marks(&picture)
            .iter()
            .map(|(about, _)| about.record)
            .collect();
        assert_eq!(records, (0..15).collect::<Vec<u32>>());
        let count = |is: fn(&Shape) -> bool| picture.shapes.iter().filter(|it| is(it)).count();
        assert_eq!(
            count(|it| matches!(it, Shape::Circle { about: Some(_), .. })),
            5
        );
        for corners in [4, 3] {
            assert_eq!(
                count_outlines(&picture, corners),
                5,
                "{corners} corners at {width}"
            );
        }
        for dash in [Dash::Dashed, Dash::Dotted] {
            assert!(picture.shapes.iter().any(
                |it| matches!(it, Shape::Path { paint, about: None, .. } if paint.dash == dash)
            ));
        }
        for label in ["discs: lost", "squares: late", "triangles: kept"] {
            assert!(
                words(&picture).iter().any(|(text, _)| text == label),
                "{label} at {width}"
            );
        }
    }
    let summary = chart::summary(&data);
    assert!(summary.contains("late: 0 % at TTL 0.5 s, 0 % at 20 s. The most is 50 % at 3 s."));
    assert_eq!(summary.matches("The most").count(), 1);
    let table = chart::table(&data);
    assert_eq!(table.head.len(), 7);
    assert_eq!(
        table.head[3],
        "share of runs that break a law (late, simulated, 100 seeds each)"
    );
    assert_eq!(
        table.rows[2],
        ["3 s", "30 %", "30 %", "50 %", "50 %", "20 %", "20 %"]
    );
}

#[test]
fn nothing_to_show_is_said() {
    let mut data = falling();
    data.series.clear();
    let picture = chart::draw(&data, 300.0, 200.0);
    assert_tidy(&picture, "empty");
    assert!(
        words(&picture)
            .iter()
            .any(|(text, _)| text == "no run has given a number yet")
    );
    assert_eq!(
        chart::summary(&data),
        "How often a run breaks. No run has given a number yet."
    );
}

/// The same number natively and as wasm; a change of it is a change of the
/// picture, to be looked at.
#[test]
fn the_bytes_are_the_same_everywhere() {
    let picture = chart::draw(&falling(), 480.0, 260.0);
    let mut digest = Digest::new();
    let file = svg::file(&picture, "chart");
    let (_, shapes) = file.split_once("</style>").expect("a style sheet");
    digest.add(shapes.as_bytes());
    let listing: Vec<String> = words(&picture)
        .into_iter()
        .map(|(text, [left, top, ..])| format!("{left:.1} {top:.1} {text}"))
        .collect();
    assert_eq!(
        listing,
        [
            "6.0 8.0 How often a run breaks",
            "6.0 24.5 A pauses for any length up to 8 s.",
            "6.0 42.8 share of runs that break a law",
            "20.1 214.0 0 %",
            "13.1 183.8 20 %",
            "13.1 153.6 40 %",
            "13.1 123.3 60 %",
            "13.1 93.1 80 %",
            "6.1 62.9 100 %",
            "33.6 226.7 0.5 s",
            "116.5 226.7 1 s",
            "194.1 226.7 2 s",
            "296.6 226.7 5 s",
            "370.7 226.7 10 s",
            "448.3 226.7 20 s",
            "427.7 241.3 TTL →",
            "312.7 69.2 you are here: 5 s",
            "59.0 110.7 dots: simulated, 100 seeds each",
            "356.4 159.3 line: closed form",
        ]
    );
    assert_eq!(format!("{:016x}", digest.value()), "cc138a7105b1ae42");
}
