//! Counts are the same each time, and charts agree with their closed forms.

use designs::design::{Chart, Measure};
use designs::{Law, Run, Scenario, code, registry};
use fencepost_explore::{Frequency, Sweep};

fn scenario(text: &str) -> Scenario {
    let parsed = code::read(text).expect("a code of this test");
    assert!(parsed.notices.is_empty(), "{:?}", parsed.notices);
    parsed.scenario
}

fn chart_of(design: &str, key: &str) -> &'static Chart {
    let design = registry::find(design).expect("it is registered");
    let mut charts = design.charts().iter();
    charts.find(|chart| chart.key == key).expect("a chart")
}

fn chart(key: &str) -> &'static Chart {
    chart_of("redlock", key)
}

fn run(mut sweep: Sweep) -> Sweep {
    while sweep.advance() {}
    sweep
}

#[test]
fn a_frequency_counts_each_seed_once_however_it_is_sliced() {
    let uniform = scenario("redlock?pause_dist=uniform&seed=7");
    let mut whole = Frequency::new(uniform.clone(), 60);
    while whole.advance() {}
    let mut sliced = Frequency::new(uniform.clone(), 60);
    for seeds in 1..=60 {
        assert_eq!(sliced.advance(), seeds < 60);
        assert_eq!(sliced.seeds(), seeds);
    }
    assert!(!sliced.advance());
    assert_eq!(sliced.seeds(), 60);
    assert_eq!(sliced.tally(), whole.tally());

    let broken: Vec<u64> = (1..=60)
        .filter(|&seed| Run::of(uniform.with_seed(seed)).verdict.is_broken())
        .collect();
    assert_eq!(whole.broken(), broken.len() as u64);
    assert_eq!(whole.broken_by(Law::OneHolder), whole.broken());
    assert_eq!(whole.broken_by(Law::TokensRise), 0);
    assert_eq!(whole.first_broken(), broken.first().copied());
    let kept = (1..).find(|seed| !broken.contains(seed));
    assert_eq!(whole.first_kept(), kept);
}

#[test]
fn what_always_breaks_has_no_seed_that_keeps() {
    let mut always = Frequency::new(scenario("redlock"), 5);
    while always.advance() {}
    assert_eq!(always.broken(), 5);
    assert_eq!(always.first_broken(), Some(1));
    assert_eq!(always.first_kept(), None);
    assert_eq!(
        Frequency::new(scenario("redlock"), 0)
            .tally()
            .share_broken(),
        None
    );
}

#[test]
fn a_point_opens_a_run_that_ended_as_most_did() {
    let sweep = run(Sweep::new(chart("broken"), &scenario("redlock"), 40));
    assert_eq!(sweep.done(), sweep.total());
    assert_eq!(sweep.seeds(), 40);
    for point in sweep.points() {
        let share = point.y().expect("it has run");
        let opened = Run::of(point.scenario());
        assert_eq!(
            opened.verdict.is_broken(),
            share >= 0.5,
            "{:?}",
            point.scenario()
        );
        assert_eq!(opened.scenario.get("ttl"), point.value());
        assert_eq!(opened.scenario.get("pause_dist"), 1);
    }
}

/// The largest difference between simulation and closed form, and how many
/// points have both.
fn worst(sweep: &Sweep) -> (f64, usize) {
    let gaps: Vec<f64> = sweep
        .points()
        .iter()
        .filter_map(|point| Some((point.y()? - point.predicted()?).abs()))
        .collect();
    (gaps.iter().copied().fold(0.0, f64::max), gaps.len())
}

#[test]
fn shares_are_within_points_of_the_closed_form() {
    for (code, seeds, tolerance, least) in [
        ("redlock", 1_500, 0.03, 21),
        (
            "redlock?pause=15s&work_a=3s&fence=claim&token_source=bound&resume_order=io_first",
            400,
            0.07,
            21,
        ),
        (
            "redlock?pause_p=40&work_a=1.5s&servers=7&one_way=10ms&anchor=after_check&check_before_write=on",
            400,
            0.07,
            18,
        ),
        ("redlock?pause=2s", 400, 0.07, 17),
        ("redlock?pause=0ms", 20, 0.0, 18),
    ] {
        let sweep = run(Sweep::new(chart("broken"), &scenario(code), seeds));
        let (worst, points) = worst(&sweep);
        assert!(worst <= tolerance, "{code}: {worst}");
        assert!(points >= least, "{code}: {points} points have a prediction");
    }
}

#[test]
fn takeovers_are_within_20_ms_of_the_closed_form() {
    for code in [
        "redlock",
        "redlock?pause=2s&anchor=before_acquire&work_a=3s&retry_max=200ms&one_way=5ms",
    ] {
        let sweep = run(Sweep::new(chart("takeover"), &scenario(code), 400));
        let (worst, points) = worst(&sweep);
        assert!(worst <= 0.02, "{code}: {worst} s");
        assert_eq!(points, 21);
    }
}

#[test]
fn a_closed_form_is_silent_where_it_does_not_hold() {
    for code in [
        "redlock?anchor=acquire_inflight",
        "redlock?done_check=off",
        "redlock?extend=on",
        "redlock?c_start=1s",
        "redlock?fault=crash,redis1,-,@1s",
        "redlock?one_way=40ms",
        "redlock?token_source=per_server_max",
    ] {
        let sweep = Sweep::new(chart("broken"), &scenario(code), 1);
        assert!(
            sweep
                .points()
                .iter()
                .all(|point| point.predicted().is_none()),
            "{code}"
        );
    }
}

#[test]
fn the_values_of_charts_are_round_rising_and_in_range() {
    for design in registry::DESIGNS {
        for chart in design.charts() {
            let values: Vec<i64> = chart.values().collect();
            assert!(values.is_sorted_by(|a, b| a < b), "{values:?}");
            let scenario = Scenario::new(design);
            let place = scenario.place(chart.parameter).expect("a parameter");
            let parameter = &design.parameters()[place];
            for &value in &values {
                assert!((parameter.min..=parameter.max).contains(&value));
                assert!(
                    parameter.write(value).len() <= 6,
                    "{}",
                    parameter.write(value)
                );
            }
            for curve in chart.curves {
                let line = chart.predicted(curve, &scenario, 3);
                assert_eq!(line.len(), (values.len() - 1) * 4 + 1);
                assert!(line.is_sorted_by(|a, b| a.0 <= b.0));
                let is_on_it = |value| line.iter().any(|(x, _)| *x == chart.x.quantity.of(value));
                assert!(values.iter().all(|&value| is_on_it(value)));
            }
        }
    }
}

/// A series is known by its form; there are six, and names tell them apart.
#[test]
fn curves_of_a_chart_can_be_told_apart() {
    for chart in registry::DESIGNS.iter().flat_map(|design| design.charts()) {
        assert!((1..=6).contains(&chart.curves.len()), "{}", chart.key);
        let mut names: Vec<&str> = chart.curves.iter().map(|curve| curve.name).collect();
        assert_eq!(names.len() > 1, !names.contains(&""), "{}", chart.key);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), chart.curves.len(), "{}", chart.key);
    }
}

#[test]
fn curves_that_ask_for_the_same_runs_share_them() {
    let chart = chart_of("zookeeper", "outcomes-short");
    let sweep = run(Sweep::new(chart, &scenario("zookeeper"), 20));
    let values = chart.values().count();
    assert_eq!(sweep.points().len(), 3 * values);
    assert_eq!(sweep.total(), 20 * values as u64);
    assert_eq!(sweep.seeds(), 20);
    // Every run has one of the three outcomes.
    for place in 0..values {
        let shares = (0..3).map(|curve| sweep.points()[curve * values + place].y());
        let sum: f64 = shares.map(|share| share.expect("it has run")).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }
    let apart = chart_of("zookeeper", "window");
    let sweep = Sweep::new(apart, &scenario("zookeeper"), 20);
    assert_eq!(sweep.total(), 3 * 20 * apart.values().count() as u64);
}

#[test]
fn a_point_of_a_share_opens_a_run_of_which_it_is_true() {
    let chart = chart_of("zookeeper", "outcomes-shipped");
    let sweep = run(Sweep::new(chart, &scenario("zookeeper"), 40));
    let mut rare = 0;
    let values = chart.values().count();
    for (curve, points) in chart.curves.iter().zip(sweep.points().chunks(values)) {
        let Measure::Share(is_so) = curve.measure else {
            panic!("{} is a share", curve.name);
        };
        for point in points {
            let share = point.y().expect("it has run");
            let opened = Run::of(point.scenario());
            assert_eq!(is_so(&opened), share > 0.0, "{:?}", point.scenario());
            rare += u32::from((0.001..0.5).contains(&share));
        }
    }
    assert!(
        rare > 0,
        "no share is below a half, where most runs are not so"
    );
}

#[test]
fn a_point_of_a_mean_opens_a_run_near_it() {
    let chart = chart_of("redlock", "takeover");
    let sweep = run(Sweep::new(chart, &scenario("redlock"), 40));
    for point in sweep.points() {
        let mean = point.y().expect("it has run");
        let opened = Run::of(point.scenario())
            .takeover()
            .expect("it was taken over");
        let off = (opened.us() as f64 / 1e6 - mean).abs();
        assert!(off < 0.05, "{:?}: off by {off} s", point.scenario());
    }
}

/// Over the points of each curve: the largest difference between simulation
/// and closed form, and how many points have both.
fn worst_by_curve(chart: &'static Chart, code: &str, seeds: u64) -> Vec<(f64, usize)> {
    let sweep = run(Sweep::new(chart, &scenario(code), seeds));
    let curves = sweep.points().chunks(chart.values().count());
    curves
        .map(|points| {
            let gaps: Vec<f64> = points
                .iter()
                .filter_map(|point| Some((point.y()? - point.predicted()?).abs()))
                .collect();
            (gaps.iter().copied().fold(0.0, f64::max), gaps.len())
        })
        .collect()
}

#[test]
fn sessions_expire_in_partitions_as_often_as_predicted() {
    for key in ["outcomes-short", "outcomes-shipped"] {
        for code in [
            "zookeeper",
            "zookeeper?attach=follower&servers=5&client=3.9.3+",
            "zookeeper?session_timeout=6s&one_way=5ms",
            "zookeeper?attach=follower&min_session_timeout=2s&partition=0ms&pause=8s",
        ] {
            let found = worst_by_curve(chart_of("zookeeper", key), code, 400);
            assert!(found[0].0 <= 0.07, "{key} of {code}: {found:?}");
            let predicted: Vec<usize> = found.iter().map(|curve| curve.1).collect();
            assert_eq!(predicted, [16, 0, 0], "{key} of {code}");
        }
    }
}

#[test]
fn two_believe_for_as_long_as_predicted_by_policy() {
    for code in [
        "zookeeper",
        "zookeeper?attach=follower&servers=5&work=400ms",
        "zookeeper?session_timeout=1s&reconnect_sleep=300ms",
    ] {
        let found = worst_by_curve(chart_of("zookeeper", "window"), code, 400);
        let bars = [(0.0, 16), (0.1, 11), (0.01, 11)];
        for ((worst, points), (bar, least)) in found.iter().zip(bars) {
            assert!(*worst <= bar && *points >= least, "{code}: {found:?}");
        }
    }
}

#[test]
fn a_long_run_is_made_in_parts() {
    let mut frequency = Frequency::new(scenario("contention"), 1);
    let mut parts = 1;
    while frequency.advance() {
        assert_eq!(frequency.seeds(), 0);
        parts += 1;
    }
    assert!(parts > 5, "{parts} parts");
    assert_eq!((frequency.seeds(), frequency.broken()), (1, 0));
}
