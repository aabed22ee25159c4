//! Clocks that are stepped and drift.

use fencepost_sim::{FaultKind, Kind, Stop};

use crate::script::{A, Act, On, at, fault, idle, ms, on, pause, run};

const fn step(by_us: i64) -> FaultKind {
    FaultKind::Step { node: A, by_us }
}

const fn drift(ppm: i64) -> FaultKind {
    FaultKind::Drift { node: A, ppm }
}

#[test]
fn a_step_moves_what_hangs_on_the_wall_clock_and_nothing_else() {
    for (by_us, comes) in [(30_000, ms(70)), (-30_000, ms(130)), (500_000, ms(50))] {
        let a = on(
            On::Start,
            &[Act::AtWall(100_000, 1), Act::After(ms(100), 2)],
        );
        let seen = run(vec![fault(at(ms(50)), step(by_us))], &[a]);
        assert_eq!(seen.did(A, 1), [comes], "stepped by {by_us} µs");
        assert_eq!(seen.did(A, 2), [ms(100)]);
    }
}

#[test]
fn a_step_while_the_process_is_paused_moves_what_is_not_due_yet() {
    let faults = vec![
        fault(at(ms(5)), pause(A, ms(45))),
        fault(at(ms(10)), step(70_000)),
        fault(at(ms(20)), step(-50_000)),
    ];
    let a = on(
        On::Start,
        &[Act::AtWall(75_000, 1), Act::AtWall(100_000, 2)],
    );
    let seen = run(faults, &[a]);
    assert_eq!(seen.did(A, 1), [ms(50)], "due for a moment, so it was due");
    assert_eq!(seen.did(A, 2), [ms(80)]);
}

#[test]
fn a_step_by_nothing_is_no_step() {
    let seen = run(vec![fault(at(ms(5)), step(0))], &[idle()]);
    assert_eq!(seen.count(Kind::ClockStep), 0);
}

#[test]
fn drift_moves_what_hangs_on_either_clock() {
    // Twice as fast from half-way on.
    let faults = vec![fault(at(ms(50)), drift(1_000_000))];
    let a = on(
        On::Start,
        &[Act::AtWall(100_000, 1), Act::After(ms(100), 2)],
    )
    .on(On::Does(2), &[Act::ReadClocks]);
    let seen = run(faults, &[a]);
    assert_eq!(seen.did(A, 1), [ms(75)]);
    assert_eq!(seen.did(A, 2), [ms(75)]);
    assert_eq!(seen.clocks(A), [(100_000, 100_000)]);
}

#[test]
fn drift_to_the_rate_that_is_changes_nothing() {
    let faults = vec![
        fault(at(ms(1)), drift(0)),
        fault(at(ms(2)), drift(7)),
        fault(at(ms(3)), drift(7)),
        fault(at(ms(4)), drift(0)),
    ];
    let seen = run(faults, &[idle()]);
    assert_eq!(seen.times(A, Kind::ClockDrift), [ms(2), ms(4)]);
}

#[test]
fn no_drift_and_no_step_is_too_great_to_run() {
    for ppm in [i64::MIN, -1_000_001, -1_000_000, -999_999, i64::MAX] {
        for by_us in [i64::MIN, -1, 1, i64::MAX] {
            let faults = vec![
                fault(at(0), drift(ppm)),
                fault(at(ms(1)), step(by_us)),
                fault(at(ms(2)), step(by_us)),
            ];
            let a = on(On::Start, &[Act::After(ms(10), 1), Act::AtWall(10_000, 2)])
                .on(On::Does(1), &[Act::ReadClocks]);
            let seen = run(faults, &[a]);
            assert!(matches!(seen.0.stop, Stop::Horizon | Stop::Time));
        }
    }
}
