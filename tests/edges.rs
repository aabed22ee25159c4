//! Every parameter at the ends of its range, each with each: a run that is
//! bounded, repeats, is judged and told, or a notice that names what is wrong.

use designs::code::{self, Notice};
use designs::parameter::{Parameter, Unit};
use designs::{Design, Run, Scenario, registry};
use sim::{Limits, Purpose, Stream};

/// How many of a design's pairs are run; all of them would take minutes.
const PAIRS: usize = 450;
/// How many scenarios have every parameter at some end.
const CORNERS: usize = 24;

/// What a parameter is set to: a value, or that value in each entry of its
/// list.
#[derive(Clone, Copy)]
struct Edge {
    place: usize,
    value: i64,
}

impl Edge {
    fn set(self, scenario: &mut Scenario) {
        let parameter = &scenario.design.parameters()[self.place];
        if let Unit::Matrix(matrix) = parameter.unit {
            scenario.set_list(self.place, &vec![self.value; matrix.len()]);
        } else {
            scenario.set_value(self.place, self.value);
        }
    }
}

/// The least, the greatest, and where nothing goes wrong; for a choice every
/// word, and zero where it is not the least.
fn values(parameter: &Parameter) -> Vec<i64> {
    let mut values = match parameter.unit {
        Unit::Choice(_) | Unit::Switch => (parameter.min..=parameter.max).collect(),
        _ => vec![parameter.min, parameter.max],
    };
    values.extend(parameter.neutral);
    if parameter.min < 0 {
        values.push(0);
    }
    values.sort_unstable();
    values.dedup();
    values
}

fn edges(design: &dyn Design) -> Vec<Edge> {
    let places = design.parameters().iter().enumerate();
    places
        .flat_map(|(place, parameter)| {
            let values = values(parameter).into_iter();
            values.map(move |value| Edge { place, value })
        })
        .collect()
}

fn with(design: &'static dyn Design, edges: &[Edge]) -> Scenario {
    let mut scenario = Scenario::new(design);
    for edge in edges {
        edge.set(&mut scenario);
    }
    scenario
}

fn assert_is_described(scenario: &Scenario) {
    let code = code::write(scenario);
    // A code that packs itself is as good as one that can be read.
    let parsed = code::read(&code).unwrap_or_else(|what| panic!("{code}: {what}"));
    assert_eq!(parsed.notices, [], "{code}");
    assert_eq!(code::write(&parsed.scenario), code);

    let run = Run::of(scenario.clone());
    let limits = Limits::default();
    assert!(run.trace.events <= limits.events, "{code}");
    assert!(run.trace.end <= limits.time, "{code}");
    assert_eq!(run.digest(), Run::of(parsed.scenario).digest(), "{code}");
    let design = scenario.design;
    let story = design.story(&run);
    assert!(!story.is_empty(), "{code}: nothing is told");
    assert!(story.iter().all(|it| !it.text.is_empty()), "{code}");
    assert_eq!(run.verdict.findings.len(), design.laws().len(), "{code}");
    let worded =
        |findings: &[designs::laws::Finding]| findings.iter().all(|it| !it.words.is_empty());
    assert!(worded(&run.verdict.findings), "{code}");
}

#[test]
fn any_two_parameters_at_their_ends_give_a_described_run() {
    for design in registry::DESIGNS {
        let edges = edges(design);
        let mut pairs = Vec::new();
        for (number, one) in edges.iter().enumerate() {
            let others = edges[number + 1..].iter();
            pairs.extend(
                others
                    .filter(|other| other.place != one.place)
                    .map(|other| [*one, *other]),
            );
        }
        let mut stream = Stream::new(1, Purpose::Workload, 0);
        for _ in 0..PAIRS.min(pairs.len()) {
            let pick = stream.below(pairs.len() as u64) as usize;
            let pair = pairs.swap_remove(pick);
            assert_is_described(&with(design, &pair));
        }
    }
}

#[test]
fn every_parameter_alone_at_its_ends_gives_a_described_run() {
    for design in registry::DESIGNS {
        for edge in edges(design) {
            assert_is_described(&with(design, &[edge]));
        }
    }
}

#[test]
fn all_parameters_at_some_end_give_a_described_run() {
    for design in registry::DESIGNS {
        let edges = edges(design);
        let mut stream = Stream::new(2, Purpose::Workload, 0);
        for _ in 0..CORNERS {
            let all: Vec<Edge> = (0..design.parameters().len())
                .map(|place| {
                    let own: Vec<Edge> = edges
                        .iter()
                        .filter(|edge| edge.place == place)
                        .copied()
                        .collect();
                    own[stream.below(own.len() as u64) as usize]
                })
                .collect();
            assert_is_described(&with(design, &all));
        }
    }
}

/// The code of one parameter at a value that is not looked at.
fn coded(design: &dyn Design, parameter: &Parameter, value: i64) -> String {
    let written = match parameter.unit {
        Unit::Matrix(matrix) => designs::matrix::Matrix::write(&vec![value; matrix.len()]),
        _ => parameter.write(value),
    };
    format!("{}?{}={written}", design.key(), parameter.key)
}

#[test]
fn a_code_past_an_end_is_named_and_set_to_the_end() {
    for design in registry::DESIGNS {
        for (place, parameter) in design.parameters().iter().enumerate() {
            if matches!(parameter.unit, Unit::Switch | Unit::Choice(_)) {
                continue;
            }
            for value in [parameter.min, parameter.max] {
                let code = coded(design, parameter, value);
                let parsed = code::read(&code).expect("it names a design");
                assert_eq!(parsed.notices, [], "{code}");
            }
            let code = coded(design, parameter, parameter.max + 1);
            let parsed = code::read(&code).expect("it names a design");
            let parts: Vec<&str> = parsed
                .notices
                .iter()
                .map(|it: &Notice| it.part.as_str())
                .collect();
            assert_eq!(parts, [parameter.key], "{code}");
            let scenario = &parsed.scenario;
            match parameter.unit {
                Unit::Matrix(_) => assert!(
                    scenario
                        .list_at(place)
                        .iter()
                        .all(|&us| us == parameter.max),
                    "{code}"
                ),
                _ => assert_eq!(scenario.value(place), parameter.max, "{code}"),
            }
        }
    }
}
