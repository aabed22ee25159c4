//! A run as JSON: the same facts as on the page, by name.

use designs::design::Role;
use designs::history::{Instant, KeyEnd};
use designs::laws::Breach;
use designs::vocabulary::BeliefEnd;
use designs::{Run, code};
use draw::table::{self, Value};
use serde::{Serialize, Serializer};
use sim::Stop;

/// A run and all that was read from it.
#[derive(Serialize)]
pub struct RunFile<'a> {
    code: String,
    revision: u32,
    design: &'a str,
    name: &'a str,
    seed: u64,
    horizon_us: Option<u64>,
    parameters: Object<Parameter>,
    faults: Vec<String>,
    lanes: Vec<Lane<'a>>,
    events: Vec<Event<'a>>,
    beliefs: Vec<Belief<'a>>,
    grants: Vec<Grant<'a>>,
    verdict: Vec<Finding<'a>>,
    story: Vec<Sentence>,
    end_us: u64,
    stop: &'static str,
    digest: String,
}

#[derive(Serialize)]
struct Parameter {
    /// As codes write it.
    text: String,
    /// What it counts: µs, things, hundredths, 0 or 1, or the place of a word.
    value: i64,
    default: bool,
}

#[derive(Serialize)]
struct Lane<'a> {
    key: &'a str,
    name: &'a str,
    role: &'static str,
}

#[derive(Serialize)]
struct Event<'a> {
    record: u32,
    t_us: u64,
    lane: &'a str,
    kind: &'static str,
    cause: Option<u32>,
    fields: Object<Written<'a>>,
}

#[derive(Serialize)]
struct Belief<'a> {
    holder: Written<'a>,
    lock: u32,
    from_us: u64,
    from_record: Option<u32>,
    until_us: u64,
    until_record: Option<u32>,
    end: Option<&'static str>,
    /// By the holder's own clock, as an instant of the run.
    deadline_us: i64,
    votes: u8,
}

#[derive(Serialize)]
struct Grant<'a> {
    holder: Written<'a>,
    token: Written<'a>,
    from_us: u64,
    from_record: Option<u32>,
    until_us: u64,
    until_record: Option<u32>,
    end: &'static str,
    lease_end_us: u64,
}

#[derive(Serialize)]
struct Finding<'a> {
    law: &'static str,
    name: &'static str,
    sentence: &'static str,
    outcome: &'static str,
    words: &'a str,
    evidence: Vec<Evidence<'a>>,
}

#[derive(Serialize)]
struct Evidence<'a> {
    records: &'a [u32],
    from_us: u64,
    until_us: u64,
    words: &'a str,
}

#[derive(Serialize)]
struct Sentence {
    record: u32,
    text: String,
    breach: bool,
}

impl<'a> RunFile<'a> {
    pub fn of(run: &'a Run) -> Self {
        let scenario = &run.scenario;
        let design = scenario.design;
        Self {
            code: code::write(scenario),
            revision: designs::REVISION,
            design: design.key(),
            name: &scenario.name,
            seed: scenario.seed,
            horizon_us: scenario.horizon.map(sim::Span::us),
            parameters: parameters(run),
            faults: scenario
                .faults
                .iter()
                .map(|fault| fault.write(design))
                .collect(),
            lanes: lanes(run),
            events: table::rows(run).map(Event::from).collect(),
            beliefs: beliefs(run),
            grants: grants(run),
            verdict: run.verdict.findings.iter().map(Finding::from).collect(),
            story: story(run),
            end_us: run.trace.end.us(),
            stop: match run.trace.stop {
                Stop::Horizon => "horizon",
                Stop::Events => "events",
                Stop::Time => "time",
                Stop::TraceBytes => "trace bytes",
            },
            digest: format!("{:016x}", run.digest()),
        }
    }
}

fn parameters(run: &Run) -> Object<Parameter> {
    let parameters = run.scenario.design.parameters().iter().enumerate();
    let written = parameters.map(|(place, parameter)| {
        let value = run.scenario.value(place);
        let written = Parameter {
            text: parameter.write(value),
            value,
            default: !run.scenario.is_set(place),
        };
        (parameter.key, written)
    });
    Object(written.collect())
}

fn lanes(run: &Run) -> Vec<Lane<'_>> {
    let lanes = run.lanes.iter().map(|lane| Lane {
        key: &lane.key,
        name: &lane.label,
        role: match lane.role {
            Role::Client => "client",
            Role::Grantor => "grantor",
            Role::Service => "service",
            Role::Resource => "resource",
        },
    });
    lanes.collect()
}

fn beliefs(run: &Run) -> Vec<Belief<'_>> {
    let beliefs = run.history.beliefs.iter().map(|belief| Belief {
        holder: Written(table::holder(run, belief.holder)),
        lock: belief.lock,
        from_us: belief.from.at.us(),
        from_record: record(belief.from),
        until_us: belief.until.at.us(),
        until_record: record(belief.until),
        end: belief.end.map(BeliefEnd::word),
        deadline_us: belief.deadline_us,
        votes: belief.votes,
    });
    beliefs.collect()
}

fn grants(run: &Run) -> Vec<Grant<'_>> {
    let grants = run.history.grants.iter().map(|grant| Grant {
        holder: Written(table::holder(run, grant.holder)),
        token: Written(table::token(run.history.token_of(grant.holder))),
        from_us: grant.from.at.us(),
        from_record: record(grant.from),
        until_us: grant.until.at.us(),
        until_record: record(grant.until),
        end: match grant.end {
            KeyEnd::Expired => "expired",
            KeyEnd::Released => "released",
            KeyEnd::Deleted(_) => "deleted",
            KeyEnd::Crashed => "crashed",
            KeyEnd::Open => "open",
        },
        lease_end_us: grant.lease_end.us(),
    });
    grants.collect()
}

/// The record at an instant; none at the end of the run.
fn record(instant: Instant) -> Option<u32> {
    Some(instant.record).filter(|&record| record != u32::MAX)
}

fn story(run: &Run) -> Vec<Sentence> {
    let sentences = run.scenario.design.story(run).into_iter();
    let written = sentences.map(|sentence| Sentence {
        record: sentence.record,
        text: sentence.text,
        breach: sentence.breach,
    });
    written.collect()
}

impl<'a> From<table::Row<'a>> for Event<'a> {
    fn from(row: table::Row<'a>) -> Self {
        let fields = row.fields.into_iter();
        Self {
            record: row.record,
            t_us: row.at.us(),
            lane: row.lane,
            kind: row.kind,
            cause: row.cause,
            fields: Object(fields.map(|(name, value)| (name, Written(value))).collect()),
        }
    }
}

impl<'a> From<&'a designs::Finding> for Finding<'a> {
    fn from(finding: &'a designs::Finding) -> Self {
        Self {
            law: finding.law.id(),
            name: finding.law.name(),
            sentence: finding.law.sentence(),
            outcome: finding.word(),
            words: &finding.words,
            evidence: finding.breaches().iter().map(Evidence::from).collect(),
        }
    }
}

impl<'a> From<&'a Breach> for Evidence<'a> {
    fn from(breach: &'a Breach) -> Self {
        Self {
            records: &breach.records,
            from_us: breach.from.us(),
            until_us: breach.until.us(),
            words: &breach.words,
        }
    }
}

/// Names and values in the order they are told, not in the alphabet's.
struct Object<T>(Vec<(&'static str, T)>);

impl<T: Serialize> Serialize for Object<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A value of a table as JSON has it; a holder is written `a/1`.
struct Written<'a>(Value<'a>);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Nothing => serializer.serialize_none(),
            Value::Number(number) => serializer.serialize_i64(number),
            Value::Flag(flag) => serializer.serialize_bool(flag),
            Value::Word(word) => serializer.serialize_str(word),
            Value::Holder(..) => serializer.collect_str(&self.0),
        }
    }
}
