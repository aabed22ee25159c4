//! Faults as codes write them: `kind,target,magnitude,when[,options]`.
//!
//! Targets are lanes (`a`), links (`a-redis4` both ways, `a>redis4` one way)
//! or groups of lanes (`redis*`). When is `@time`, `anchor[:n]` or
//! `msg:name[:n]`, counted per target from 1; the fault strikes once.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use sim::{Anchor, Cut, Fault, FaultKind, MessageMatch, Node, Span, Time, When};

use crate::code::shorten;
use crate::design::{Design, Lane, Name};
use crate::parameter::{read_duration, write_duration};

/// One fault of a scenario. It was checked against the design when it was
/// read; lanes that the scenario no longer has are passed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultSpec {
    /// What happens.
    pub kind: Kind,
    /// To whom.
    pub target: Target,
    /// When.
    pub moment: Moment,
}

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The process stops for a while.
    Pause(Span),
    /// The machine stops for a while, its monotonic clock too.
    Suspend(Span),
    /// The process dies, and comes back after `restart`.
    Crash {
        /// How much later it comes back, if it does.
        restart: Option<Span>,
        /// Whether durable state is lost.
        wiped: bool,
    },
    /// Links are cut, for a while or for the rest of the run.
    Cut {
        /// For how long; `None` for the rest of the run.
        span: Option<Span>,
        /// Whether messages are lost rather than held.
        lossy: bool,
    },
    /// One message takes longer.
    Delay(Span),
    /// The wall clock jumps by so many µs.
    Step(i64),
    /// The clocks run fast (positive) or slow by so many ppm.
    Drift(i64),
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Pause(_) => "pause",
            Self::Suspend(_) => "suspend",
            Self::Crash { .. } => "crash",
            Self::Cut { .. } => "cut",
            Self::Delay(_) => "delay",
            Self::Step(_) => "step",
            Self::Drift(_) => "drift",
        }
    }

    const fn hits_links(self) -> bool {
        matches!(self, Self::Cut { .. } | Self::Delay(_))
    }
}

/// Whom a fault hits, by the names of lanes. A name that ends in `*` stands
/// for all lanes that begin so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// One or more processes.
    Lanes(String),
    /// Links from the first to the second, and back where `both`.
    Links {
        /// Sender.
        from: String,
        /// Receiver.
        to: String,
        /// Whether the way back is hit too.
        both: bool,
    },
}

/// When a fault strikes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Moment {
    /// At an instant.
    At(Time),
    /// The `nth` time the target reaches an anchor.
    Anchor {
        /// The anchor's number in the design.
        anchor: u8,
        /// Counted from 1.
        nth: u32,
    },
    /// As the target sends a message of a kind for the `nth` time.
    Message {
        /// The message's kind in the design.
        kind: u8,
        /// Counted from 1.
        nth: u32,
    },
}

const LONGEST_FAULT: Span = Span::from_s(3_600);
/// Clocks that would stand still or run backwards make no sense.
const MOST_DRIFT_PPM: i64 = 500_000;

impl FaultSpec {
    /// Reads a fault of a scenario of `design` that has `lanes`.
    ///
    /// # Errors
    /// What is wrong, naming the part at fault.
    pub fn read(text: &str, design: &dyn Design, lanes: &[Lane]) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(',').collect();
        let &[word, target, magnitude, moment, ref options @ ..] = parts.as_slice() else {
            return Err("a fault is kind,target,magnitude,when".to_string());
        };
        let kind = read_kind(word, magnitude, options)?;
        let target = read_target(target, kind, lanes)?;
        let moment = read_moment(moment, design)?;
        if let (Target::Links { .. }, Moment::Anchor { .. }) = (&target, &moment) {
            return Err("a link reaches no anchor; use @time or msg:name".to_string());
        }
        Ok(Self {
            kind,
            target,
            moment,
        })
    }

    /// Writes the fault as [`Self::read`] takes it.
    pub fn write(&self, design: &dyn Design) -> String {
        let magnitude = match self.kind {
            Kind::Pause(span) | Kind::Suspend(span) | Kind::Delay(span) => write_span(span),
            Kind::Crash { .. } | Kind::Cut { span: None, .. } => "-".to_string(),
            Kind::Cut {
                span: Some(span), ..
            } => write_span(span),
            Kind::Step(us) => write_duration(us),
            Kind::Drift(ppm) => format!("{ppm}ppm"),
        };
        let target = match &self.target {
            Target::Lanes(lanes) => lanes.clone(),
            Target::Links { from, to, both } => {
                format!("{from}{}{to}", if *both { '-' } else { '>' })
            }
        };
        let counted = |nth: u32| {
            if nth == 1 {
                String::new()
            } else {
                format!(":{nth}")
            }
        };
        let name = |names: &[Name], number: u8| {
            names
                .get(usize::from(number))
                .map_or("", |name| name.key)
                .to_string()
        };
        let moment = match self.moment {
            Moment::At(at) => format!("@{}", write_span(at.since(Time::ZERO))),
            Moment::Anchor { anchor, nth } => name(design.anchors(), anchor) + &counted(nth),
            Moment::Message { kind, nth } => {
                format!("msg:{}{}", name(design.messages(), kind), counted(nth))
            }
        };
        let mut text = format!("{},{target},{magnitude},{moment}", self.kind.word());
        match self.kind {
            Kind::Crash { restart, wiped } => {
                if wiped {
                    text.push_str(",wiped");
                }
                if let Some(span) = restart {
                    text.push_str(&format!(",restart:{}", write_span(span)));
                }
            }
            Kind::Cut { lossy: true, .. } => text.push_str(",drop"),
            _ => {}
        }
        text
    }

    /// The world's faults that this one stands for, among `lanes`.
    pub fn resolve(&self, lanes: &[Lane]) -> Vec<Fault> {
        let nodes = |pattern: &str| -> Vec<Node> {
            (0..)
                .zip(lanes)
                .filter(|(_, lane)| fits(pattern, &lane.key))
                .map(|(number, _)| Node(number))
                .collect()
        };
        match &self.target {
            Target::Lanes(pattern) => nodes(pattern)
                .into_iter()
                .filter_map(|node| {
                    Some(Fault {
                        kind: self.process_fault(node)?,
                        when: self.when(&[node], &[]),
                    })
                })
                .collect(),
            Target::Links { from, to, both } => {
                let mut links = Vec::new();
                for &from in &nodes(from) {
                    for &to in &nodes(to) {
                        if from != to {
                            links.push((from, to));
                            if *both {
                                links.push((to, from));
                            }
                        }
                    }
                }
                let when = self.when(&[], &links);
                self.link_fault(links)
                    .map(|kind| Fault { kind, when })
                    .into_iter()
                    .collect()
            }
        }
    }

    const fn process_fault(&self, node: Node) -> Option<FaultKind> {
        Some(match self.kind {
            Kind::Pause(span) => FaultKind::Pause { node, span },
            Kind::Suspend(span) => FaultKind::Suspend { node, span },
            Kind::Crash { restart, wiped } => FaultKind::Crash {
                node,
                restart,
                wiped,
            },
            Kind::Step(by_us) => FaultKind::Step { node, by_us },
            Kind::Drift(ppm) => FaultKind::Drift { node, ppm },
            Kind::Cut { .. } | Kind::Delay(_) => return None,
        })
    }

    fn link_fault(&self, links: Vec<(Node, Node)>) -> Option<FaultKind> {
        match self.kind {
            Kind::Cut { span, lossy } => Some(FaultKind::Cut {
                links,
                span,
                mode: if lossy { Cut::Drop } else { Cut::Hold },
            }),
            Kind::Delay(span) => Some(FaultKind::Delay { links, span }),
            _ => None,
        }
    }

    fn when(&self, senders: &[Node], links: &[(Node, Node)]) -> When {
        match self.moment {
            Moment::At(at) => When::At(at),
            Moment::Anchor { anchor, nth } => When::Anchor {
                node: senders.first().copied().unwrap_or(Node(u16::MAX)),
                anchor: Anchor(anchor),
                nth,
            },
            Moment::Message { kind, nth } => When::Message {
                matching: MessageMatch {
                    kind,
                    links: links.to_vec(),
                    senders: senders.to_vec(),
                },
                nth,
            },
        }
    }
}

fn write_span(span: Span) -> String {
    write_duration(i64::try_from(span.us()).unwrap_or(i64::MAX))
}

fn read_span(text: &str) -> Result<Span, String> {
    let us = read_duration(text)
        .and_then(|us| u64::try_from(us).ok())
        .ok_or_else(|| format!("{} is not a length of time such as 500ms", shorten(text)))?;
    if us > LONGEST_FAULT.us() {
        return Err(format!("{} is longer than 3600s", shorten(text)));
    }
    Ok(Span::from_us(us))
}

fn read_kind(word: &str, magnitude: &str, options: &[&str]) -> Result<Kind, String> {
    let kind = match word {
        "pause" => Kind::Pause(read_span(magnitude)?),
        "suspend" => Kind::Suspend(read_span(magnitude)?),
        "delay" => Kind::Delay(read_span(magnitude)?),
        "crash" if magnitude == "-" => Kind::Crash {
            restart: None,
            wiped: false,
        },
        "crash" => return Err("a crash has no magnitude; write -".to_string()),
        "cut" => Kind::Cut {
            span: if magnitude == "-" {
                None
            } else {
                Some(read_span(magnitude)?)
            },
            lossy: false,
        },
        "step" => {
            let us = read_duration(magnitude)
                .filter(|us| us.unsigned_abs() <= LONGEST_FAULT.us())
                .ok_or_else(|| {
                    format!(
                        "{} is not a clock step such as 5s or -5s",
                        shorten(magnitude)
                    )
                })?;
            Kind::Step(us)
        }
        "drift" => {
            let ppm = magnitude
                .strip_suffix("ppm")
                .and_then(|ppm| ppm.parse().ok())
                .filter(|ppm| (-MOST_DRIFT_PPM..=MOST_DRIFT_PPM).contains(ppm))
                .ok_or_else(|| format!("{} is not a rate such as 200ppm", shorten(magnitude)))?;
            Kind::Drift(ppm)
        }
        _ => {
            return Err(format!(
                "{} is no kind of fault; there is pause, suspend, crash, cut, delay, step, drift",
                shorten(word)
            ));
        }
    };
    options
        .iter()
        .try_fold(kind, |kind, &option| read_option(kind, option))
}

fn read_option(kind: Kind, option: &str) -> Result<Kind, String> {
    match (kind, option) {
        (Kind::Cut { span, .. }, "drop") => Ok(Kind::Cut { span, lossy: true }),
        (Kind::Cut { span, .. }, "hold") => Ok(Kind::Cut { span, lossy: false }),
        (Kind::Crash { restart, .. }, "wiped") => Ok(Kind::Crash {
            restart,
            wiped: true,
        }),
        (Kind::Crash { restart, .. }, "durable") => Ok(Kind::Crash {
            restart,
            wiped: false,
        }),
        (Kind::Crash { wiped, .. }, _) if option.starts_with("restart:") => Ok(Kind::Crash {
            restart: Some(read_span(&option["restart:".len()..])?),
            wiped,
        }),
        _ => Err(format!(
            "{} is no option of {}",
            shorten(option),
            kind.word()
        )),
    }
}

fn read_target(text: &str, kind: Kind, lanes: &[Lane]) -> Result<Target, String> {
    let known = |pattern: &str| -> Result<String, String> {
        if lanes.iter().any(|lane| fits(pattern, &lane.key)) {
            return Ok(pattern.to_string());
        }
        Err(format!(
            "{} is no lane; there is {}",
            shorten(pattern),
            listed(lanes).join(", ")
        ))
    };
    let both = text.split_once('-').map(|ends| (ends, true));
    let link = both.or_else(|| text.split_once('>').map(|ends| (ends, false)));
    match (link, kind.hits_links()) {
        (Some(((from, to), both)), true) => Ok(Target::Links {
            from: known(from)?,
            to: known(to)?,
            both,
        }),
        (None, false) => Ok(Target::Lanes(known(text)?)),
        (None, true) => Err(format!(
            "{} hits a link such as a-b, not {}",
            kind.word(),
            shorten(text)
        )),
        (Some(_), false) => Err(format!(
            "{} hits a lane such as a, not {}",
            kind.word(),
            shorten(text)
        )),
    }
}

/// The keys of lanes for a reader. Hundreds of alike ones are numbered: the
/// ends of the list say how.
pub fn listed(lanes: &[Lane]) -> Vec<&str> {
    let mut keys: Vec<&str> = lanes.iter().map(|lane| lane.key.as_str()).collect();
    if keys.len() > 20 {
        keys.splice(2..keys.len() - 3, ["…"]);
    }
    keys
}

fn read_moment(text: &str, design: &dyn Design) -> Result<Moment, String> {
    if let Some(at) = text.strip_prefix('@') {
        return Ok(Moment::At(Time::ZERO + read_span(at)?));
    }
    let (is_message, text) = match text.strip_prefix("msg:") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (name, nth) = match text.split_once(':') {
        None => (text, 1),
        Some((name, count)) => {
            let nth = count
                .parse()
                .ok()
                .filter(|&nth: &u32| nth > 0)
                .ok_or_else(|| format!("{} is not a count from 1", shorten(count)))?;
            (name, nth)
        }
    };
    let names = if is_message {
        design.messages()
    } else {
        design.anchors()
    };
    let number = names
        .iter()
        .position(|known| known.key == name)
        .and_then(|place| u8::try_from(place).ok())
        .ok_or_else(|| {
            let keys: Vec<&str> = names.iter().map(|name| name.key).collect();
            let what = if is_message { "message" } else { "anchor" };
            format!(
                "{} is no {what}; there is {}",
                shorten(name),
                keys.join(", ")
            )
        })?;
    Ok(if is_message {
        Moment::Message { kind: number, nth }
    } else {
        Moment::Anchor {
            anchor: number,
            nth,
        }
    })
}

fn fits(pattern: &str, key: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => key.starts_with(start),
        None => key == pattern,
    }
}
