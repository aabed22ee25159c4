//! A world such as locks make: a few clients that ask five servers for their
//! votes over and over.

use fencepost_sim::{
    Actor, Cut, Effects, Fact, Fault, FaultKind, Latency, Limits, Message, Node, Purpose,
    Recording, Setup, Span, Step, Time, Wall, When, World,
};

const SERVERS: u16 = 5;
const CLIENTS: u16 = 3;

#[derive(Clone, Copy)]
pub enum Msg {
    Lock {
        attempt: u32,
        token: u64,
    },
    Vote {
        attempt: u32,
        granted: bool,
        token: u64,
    },
    Unlock {
        attempt: u32,
    },
}

impl Message for Msg {
    fn kind(&self) -> u8 {
        match self {
            Self::Lock { .. } => 0,
            Self::Vote { .. } => 1,
            Self::Unlock { .. } => 2,
        }
    }

    fn summary(&self) -> u64 {
        match *self {
            Self::Lock { attempt, token } => u64::from(attempt) | token << 32,
            Self::Vote {
                attempt,
                granted,
                token,
            } => u64::from(attempt) | u64::from(granted) << 31 | token << 32,
            Self::Unlock { attempt } => u64::from(attempt),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub enum Task {
    Try,
    VotesDue,
    Release,
    Expire,
}

impl Step for Task {
    fn kind(&self) -> u8 {
        *self as u8
    }
}

/// A client asks all servers for a lock over and over, and holds it for a
/// while where most of them grant it; a server's grants expire by its wall
/// clock.
pub enum Party {
    Client {
        attempt: u32,
        open: u16,
        votes: u16,
        highest: u64,
    },
    Server {
        holder: Option<(Node, u32)>,
        token: u64,
    },
}

type Fx<'a> = Effects<'a, Msg, Task>;

fn note(kind: u8, x: u64, fx: &mut Fx<'_>) {
    fx.note(Fact {
        kind,
        x,
        ..Fact::default()
    });
}

impl Actor for Party {
    type Message = Msg;
    type Step = Task;

    fn start(&mut self, fx: &mut Fx<'_>) {
        if matches!(self, Self::Client { .. }) {
            fx.poll(Span::from_ms(u64::from(fx.node().0)), Task::Try);
        }
    }

    fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match (self, message) {
            (Self::Server { holder, token }, Msg::Lock { attempt, .. }) => {
                let granted = holder.is_none();
                if granted {
                    *token += 1;
                    *holder = Some((from, attempt));
                    fx.at_wall(Wall::from_ms(fx.wall().ms() + 50), Task::Expire);
                }
                note(if granted { 40 } else { 41 }, *token, fx);
                let vote = Msg::Vote {
                    attempt,
                    granted,
                    token: *token,
                };
                fx.send(from, vote);
            }
            (Self::Server { holder, .. }, Msg::Unlock { attempt })
                if *holder == Some((from, attempt)) =>
            {
                *holder = None;
                fx.clear(Task::Expire);
                note(42, u64::from(attempt), fx);
            }
            (
                Self::Client {
                    attempt,
                    open,
                    votes,
                    highest,
                },
                Msg::Vote {
                    attempt: asked,
                    granted,
                    token,
                },
            ) if asked == *attempt && *open > 0 => {
                *open -= 1;
                *votes += u16::from(granted);
                *highest = (*highest).max(token);
                if *open == 0 {
                    fx.clear(Task::VotesDue);
                    decide(*attempt, *votes, fx);
                }
            }
            _ => {}
        }
    }

    fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match self {
            Self::Client {
                attempt,
                open,
                votes,
                highest,
            } => match task {
                Task::Try => {
                    *attempt += 1;
                    (*open, *votes) = (SERVERS, 0);
                    note(43, u64::from(*attempt), fx);
                    for server in 0..SERVERS {
                        let message = Msg::Lock {
                            attempt: *attempt,
                            token: *highest,
                        };
                        fx.send(Node(server), message);
                    }
                    fx.after(Span::from_ms(20), Task::VotesDue);
                }
                Task::VotesDue => {
                    *open = 0;
                    decide(*attempt, *votes, fx);
                }
                _ => release(*attempt, fx),
            },
            Self::Server { holder, .. } => {
                if let Some((_, attempt)) = holder.take() {
                    note(44, u64::from(attempt), fx);
                }
            }
        }
    }

    fn reset(&mut self, _peer: Node, _fx: &mut Fx<'_>) {}

    fn crash(&mut self, _wiped: bool) {}

    fn restart(&mut self, _fx: &mut Fx<'_>) {}
}

fn decide(attempt: u32, votes: u16, fx: &mut Fx<'_>) {
    if votes > SERVERS / 2 {
        note(45, u64::from(attempt), fx);
        let us = fx.mono().us().unsigned_abs() % 5_000;
        fx.work(Span::from_us(us), Task::Release);
    } else {
        note(46, u64::from(votes), fx);
        release(attempt, fx);
    }
}

fn release(attempt: u32, fx: &mut Fx<'_>) {
    for server in 0..SERVERS {
        fx.send(Node(server), Msg::Unlock { attempt });
    }
    let (low, high) = (Span::from_ms(2), Span::from_ms(6));
    let wait = fx.random(Purpose::Retry).span(low, high);
    fx.poll(wait, Task::Try);
}

/// Such a world for `events` events, with a pause and a cut near its start.
pub fn world(events: u64, recording: Recording) -> World<Party> {
    let client = Node(SERVERS);
    let cut = (0..2).flat_map(|server| [(client, Node(server)), (Node(server), client)]);
    let faults = vec![
        Fault {
            kind: FaultKind::Pause {
                node: client,
                span: Span::from_ms(80),
            },
            when: When::At(Time::from_us(30_000)),
        },
        Fault {
            kind: FaultKind::Cut {
                links: cut.collect(),
                span: Some(Span::from_ms(300)),
                mode: Cut::Hold,
            },
            when: When::At(Time::from_us(150_000)),
        },
    ];
    let setup = Setup {
        seed: 1,
        latency: Latency {
            base: Span::from_us(400),
            jitter: Span::from_us(400),
        },
        faults,
        limits: Limits {
            events,
            time: Time::NEVER,
            trace_bytes: 1 << 30,
        },
        horizon: Some(Time::NEVER),
        recording,
        ..Setup::default()
    };
    let servers = (0..SERVERS).map(|_| Party::Server {
        holder: None,
        token: 0,
    });
    let clients = (0..CLIENTS).map(|_| Party::Client {
        attempt: 0,
        open: 0,
        votes: 0,
        highest: 0,
    });
    World::new(setup, servers.chain(clients).collect())
}
