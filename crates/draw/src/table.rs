//! A trace as a table: one row a record, its fields by name and in the words
//! of its design. Files, goldens and the page's table all read it here.

use core::fmt;

use designs::Run;
use designs::design::{Design, Name};
use designs::parameter::write_duration;
use designs::vocabulary::{Event, Field, Incarnation, Token};
use sim::{Kind, Record, Time, drop_reason, flags};

/// One record.
#[derive(Clone, PartialEq, Debug)]
pub struct Row<'a> {
    /// Its index in the trace.
    pub record: u32,
    /// When.
    pub at: Time,
    /// The key of the lane where it happened.
    pub lane: &'a str,
    /// Its kind's name, such as `res.write`.
    pub kind: &'static str,
    /// Its fields by name, in a fixed order. Names that end in `_us` count
    /// microseconds.
    pub fields: Vec<(&'static str, Value<'a>)>,
    /// The record that triggered it.
    pub cause: Option<u32>,
}

/// A field's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value<'a> {
    /// Not there: no token, no end, no anchor.
    Nothing,
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A word.
    Word(&'a str),
    /// A hold on a lock: the client's lane and which of its attempts.
    Holder(&'a str, u16),
}

/// Every record of `run`, in order.
pub fn rows(run: &Run) -> impl Iterator<Item = Row<'_>> {
    (0..)
        .zip(&run.trace.records)
        .map(|(number, record)| row(run, number, record))
}

/// One record of `run` by its index; `None` where it has none such.
pub fn row_at(run: &Run, number: u32) -> Option<Row<'_>> {
    let record = run.trace.records.get(number as usize)?;
    Some(row(run, number, record))
}

fn row<'a>(run: &'a Run, number: u32, record: &Record) -> Row<'a> {
    let reader = Reader { run };
    let (kind, fields) = match (record.world_kind(), Event::read(record)) {
        (Some(kind), _) => (kind.name(), reader.world(kind, record)),
        (None, Some(event)) => (event.name(), reader.fact(event)),
        // A kind that a design keeps to itself.
        (None, None) => ("private", Vec::new()),
    };
    Row {
        record: number,
        at: record.at,
        lane: reader.lane(record.lane),
        kind,
        fields,
        cause: record.cause(),
    }
}

/// A hold on a lock as a value.
pub fn holder(run: &Run, holder: Incarnation) -> Value<'_> {
    Value::Holder(Reader { run }.lane(holder.lane()), holder.attempt())
}

/// A token's number as a value.
pub fn token(token: Token) -> Value<'static> {
    if token.is_some() {
        Value::Number(i64::try_from(token.number()).unwrap_or(i64::MAX))
    } else {
        Value::Nothing
    }
}

struct Reader<'a> {
    run: &'a Run,
}

type Fields<'a> = Vec<(&'static str, Value<'a>)>;

impl<'a> Reader<'a> {
    fn design(&self) -> &'static dyn Design {
        self.run.scenario.design
    }

    fn lane(&self, lane: u16) -> &'a str {
        self.run
            .lanes
            .get(usize::from(lane))
            .map_or("?", |lane| &lane.key)
    }

    fn peer(&self, record: &Record) -> Value<'a> {
        Value::Word(self.lane(u16::try_from(record.y).unwrap_or(u16::MAX)))
    }

    fn world(&self, kind: Kind, record: &Record) -> Fields<'a> {
        let message = || named(self.design().messages(), record.z);
        let flag = |flag| Value::Flag(record.flags == flag);
        let summary = ("summary", Value::Number(record.x.cast_signed()));
        match kind {
            Kind::Start => vec![],
            Kind::Send => vec![("to", self.peer(record)), ("message", message()), summary],
            Kind::Receive => vec![
                ("from", self.peer(record)),
                ("message", message()),
                summary,
                ("held", flag(flags::HELD)),
            ],
            Kind::Drop => vec![
                ("to", self.peer(record)),
                ("message", message()),
                summary,
                ("reason", Value::Word(drop_word(record.flags))),
            ],
            Kind::Hold => vec![("to", self.peer(record)), ("message", message()), summary],
            Kind::Delay => vec![
                ("to", self.peer(record)),
                ("message", message()),
                ("extra_us", Value::Number(record.x.cast_signed())),
            ],
            Kind::Reset | Kind::CutEnd => vec![("peer", self.peer(record))],
            Kind::Timer => vec![("step", named(self.design().steps(), record.z))],
            Kind::PauseBegin => vec![
                ("span_us", Value::Number(record.x.cast_signed())),
                (
                    "anchor",
                    record.y.checked_sub(1).map_or(Value::Nothing, |anchor| {
                        named(self.design().anchors(), anchor)
                    }),
                ),
                ("suspended", flag(flags::SUSPENDED)),
            ],
            Kind::PauseEnd => vec![("suspended", flag(flags::SUSPENDED))],
            Kind::Crash => vec![
                ("restarts", Value::Flag(record.x != 0)),
                ("wiped", flag(flags::WIPED)),
            ],
            Kind::Restart => vec![("wiped", flag(flags::WIPED))],
            Kind::ClockStep => vec![("by_us", Value::Number(record.x.cast_signed()))],
            Kind::ClockDrift => vec![("ppm", Value::Number(record.x.cast_signed()))],
            Kind::CutBegin => vec![
                ("peer", self.peer(record)),
                (
                    "span_us",
                    i64::try_from(record.x).map_or(Value::Nothing, Value::Number),
                ),
                ("lossy", flag(flags::LOSSY)),
            ],
        }
    }

    fn fact(&self, event: Event) -> Fields<'a> {
        let mut fields = Vec::new();
        event.fields(|name, field| {
            let value = match field {
                Field::Number(number) => Value::Number(number),
                Field::Flag(flag) => Value::Flag(flag),
                Field::Word(word) => Value::Word(word),
                Field::Holder(Incarnation(0)) => Value::Nothing,
                Field::Holder(held) => holder(self.run, held),
                Field::Token(issued) => token(issued),
                // A row takes two columns.
                Field::Contents(contents) => {
                    fields.push(("version", Value::Number(contents.version.into())));
                    fields.push(("value", Value::Number(contents.value.into())));
                    return;
                }
            };
            fields.push((name, value));
        });
        fields
    }
}

fn named(names: &'static [Name], number: u32) -> Value<'static> {
    usize::try_from(number)
        .ok()
        .and_then(|place| names.get(place))
        .map_or(Value::Nothing, |name| Value::Word(name.key))
}

const fn drop_word(reason: u8) -> &'static str {
    match reason {
        drop_reason::RESET => "reset",
        drop_reason::DOWN => "down",
        _ => "cut",
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Nothing => f.write_str("-"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => f.write_str(if flag { "yes" } else { "no" }),
            Self::Word(word) => f.write_str(word),
            Self::Holder(lane, attempt) => write!(f, "{lane}/{attempt}"),
        }
    }
}

impl Row<'_> {
    /// The fields in one line: `holder=a/1 token=33 decision=accepted`, times
    /// with a unit.
    pub fn words(&self) -> String {
        let words = self.fields.iter().map(|&(name, value)| {
            let (name, value) = match (name.strip_suffix("_us"), value) {
                (Some(name), Value::Number(us)) => (name, write_duration(us)),
                (Some(name), value) => (name, value.to_string()),
                (None, value) => (name, value.to_string()),
            };
            // A value of several words stays one.
            format!("{name}={}", value.replace(' ', "-"))
        });
        words.collect::<Vec<_>>().join(" ")
    }
}
