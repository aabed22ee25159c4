//! Counts are the same each time, and charts agree with their closed forms.

use designs::design::Chart;
use designs::redlock::Redlock;
use designs::{Design, Law, Run, Scenario, code};
use fencepost_explore::{Frequency, Sweep};

fn scenario(text: &str) -> Scenario {
    let parsed = code::read(text).expect("a code of this test");
    assert!(parsed.notices.is_empty(), "{:?}", parsed.notices);
    parsed.scenario
}

fn chart(key: &str) -> &'static Chart {
    let mut charts = Redlock.charts().iter();
    charts.find(|chart| chart.key == key).expect("a chart")
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
    for chart in Redlock.charts() {
        let values: Vec<i64> = chart.values().collect();
        assert!(values.is_sorted_by(|a, b| a < b), "{values:?}");
        let scenario = Scenario::new(&Redlock);
        let place = scenario.place(chart.parameter).expect("a parameter");
        let parameter = &Redlock.parameters()[place];
        for &value in &values {
            assert!((parameter.min..=parameter.max).contains(&value));
            assert!(
                parameter.write(value).len() <= 6,
                "{}",
                parameter.write(value)
            );
        }
        let curve = chart.curve(&scenario, 3);
        assert_eq!(curve.len(), (values.len() - 1) * 4 + 1);
        assert!(curve.is_sorted_by(|a, b| a.0 <= b.0));
        assert!(
            values
                .iter()
                .all(|&value| curve.iter().any(|(x, _)| *x == chart.x.quantity.of(value)))
        );
    }
}
