//! ZooKeeper's parameters and names as data.

use super::protocol::{Policy, TokenSource};
use crate::design::{Name, name};
use crate::fence::Fence;
use crate::parameter::{Default, Group, Parameter, Unit, choice, choose, duration, plain, switch};
use crate::scenario::Scenario;

const MS: i64 = 1_000;
const S: i64 = 1_000_000;
const AUTO: i64 = -1;

/// The most clients: one bit of a touch table for each, and lanes that can
/// still be told apart.
pub(super) const MOST_CLIENTS: i64 = 50;

/// By the number of `protocol::anchors`.
pub(super) const ANCHORS: &[Name] = &[
    name("before_acquire", "before it asks for the lock"),
    name("acquire_inflight", "while its node is being created"),
    name("after_acquire", "right after it acquired"),
    name("mid_work", "at the end of a piece of work"),
    name("after_check", "between the check and the write"),
    name("write_inflight", "while the write is on its way"),
];

/// By message kind.
pub(super) const MESSAGES: &[Name] = &[
    name("connect", "connect"),
    name("connected", "connected"),
    name("closed", "connection closed"),
    name("fired", "watch: node gone"),
    name("ping", "ping"),
    name("pong", "pong"),
    name("create", "create node"),
    name("created", "node created"),
    name("create_parent", "create parent"),
    name("parent_created", "parent created"),
    name("children", "getChildren"),
    name("children_reply", "children"),
    name("exists", "exists, with a watch"),
    name("exists_reply", "watch set"),
    name("delete", "delete node"),
    name("deleted", "node deleted"),
    name("draw", "raise the counter"),
    name("drawn", "counter's version"),
    name("failed", "refused"),
    name("forward", "write for the leader"),
    name("revalidate", "is the session alive?"),
    name("revalidated", "session checked"),
    name("beat", "leader's ping"),
    name("touches", "touched sessions"),
    name("propose", "proposal"),
    name("ack", "acknowledged"),
    name("commit", "commit"),
    name("vote", "vote"),
    name("join", "follower joins"),
    name("sync", "log synchronised from"),
    name("new_leader", "new leader"),
    name("adopted", "leader adopted"),
    name("up_to_date", "up to date"),
    name("claim", "claim"),
    name("claim_reply", "claim taken"),
    name("status", "which job is next?"),
    name("status_reply", "next job"),
    name("write", "write result"),
    name("write_reply", "write decided"),
];

/// By the number of `protocol::Task`.
pub(super) const STEPS: &[Name] = &[
    name("begin", "opens a session"),
    name("try", "asks for the lock"),
    name("connect", "wakes up to connect"),
    name("ping", "has been idle"),
    name("silence", "has heard nothing for too long"),
    name("acquired", "goes on after acquiring"),
    name("worked", "job worked out"),
    name("check", "checks that it holds the lock"),
    name("write", "sends the result"),
    name("release", "has held the lock long enough"),
    name("vigil", "nothing more to wait for"),
    name("beat", "pings its followers"),
    name("expire", "a session's bucket ends"),
    name("sweep", "looks for empty containers"),
    name("repeat_vote", "repeats its vote"),
    name("settle", "has waited for better votes"),
];

/// Who is cut off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Isolation {
    /// Client A from all servers.
    Client,
    /// Client A and the server that serves it from everyone else.
    ClientAndServer,
    /// The leader from its followers.
    LeaderMinority,
}

impl Isolation {
    pub(super) const fn of(scenario: i64) -> Self {
        match scenario {
            1 => Self::ClientAndServer,
            2 => Self::LeaderMinority,
            _ => Self::Client,
        }
    }
}

pub(super) const fn policy(place: i64) -> Policy {
    match place {
        1 => Policy::StopOnExpired,
        2 => Policy::Oblivious,
        _ => Policy::StopOnDisconnect,
    }
}

pub(super) const fn token_source(place: i64) -> TokenSource {
    match place {
        1 => TokenSource::Czxid,
        2 => TokenSource::Suffix,
        3 => TokenSource::Version,
        4 => TokenSource::Counter,
        _ => TokenSource::None,
    }
}

/// The lock's own number is there for the asking, so a fence has tokens.
fn token_source_default(scenario: &Scenario) -> i64 {
    i64::from(scenario.get("fence") != Fence::None as i64)
}

/// A length of time that the run draws or derives where it is not given.
const fn auto(
    key: &'static str,
    label: &'static str,
    group: Group,
    max: i64,
    teaches: &'static str,
) -> Parameter {
    let range = (AUTO, max, MS);
    plain(key, label, group, Unit::AutoDuration, range, AUTO, teaches)
}

/// In canonical order.
pub(super) const PARAMETERS: &[Parameter] = &[
    duration(
        "session_timeout",
        "Session timeout asked for",
        Group::Time,
        (S / 2, 60 * S, 10 * MS),
        2 * S,
        "Only a wish: the server raises it to two ticks, and lowers it to twenty.",
    ),
    duration(
        "tick",
        "tickTime",
        Group::Time,
        (100 * MS, 5 * S, 10 * MS),
        2 * S,
        "The unit of the server's time: sessions last at least two ticks, and expire at the end of one.",
    ),
    Parameter {
        neutral: Some(0),
        step: 100 * MS,
        ..duration(
            "partition",
            "Partition",
            Group::Fault,
            (0, 15 * S, 100 * MS),
            3 * S,
            "How long the cut lasts. Not its length against the timeout decides, but what the timeout became.",
        )
    },
    choose(
        "isolation",
        "Cut off",
        Group::Fault,
        &[
            choice("client", "client A"),
            choice("client+follower", "client A with its server"),
            choice("leader-minority", "the leader"),
        ],
        "Which side the holder, its server and the leader are on decides who learns what.",
    ),
    Parameter {
        neutral: Some(0),
        step: 100 * MS,
        ..duration(
            "pause",
            "Pause of A",
            Group::Fault,
            (0, 20 * S, 100 * MS),
            0,
            "A stops right before a write, as for garbage collection, and writes before it hears any news.",
        )
    },
    duration(
        "at",
        "It begins at",
        Group::Fault,
        (100 * MS, 20 * S, 10 * MS),
        2 * S,
        "When the partition begins, and the first check after which a pause falls.",
    ),
    plain(
        "servers",
        "Servers",
        Group::Servers,
        Unit::Count,
        (3, 9, 1),
        3,
        "A majority commits. A fourth server adds none of its own to what may fail.",
    ),
    choose(
        "attach",
        "A is attached to",
        Group::Servers,
        &[
            choice("leader", "the leader"),
            choice("follower", "a follower"),
        ],
        "A follower passes signs of life on with the leader's next ping: up to half a tick later.",
    ),
    auto(
        "min_session_timeout",
        "minSessionTimeout",
        Group::Servers,
        60 * S,
        "Lower than two ticks gives short sessions. They still expire at the end of a tick.",
    ),
    auto(
        "max_session_timeout",
        "maxSessionTimeout",
        Group::Servers,
        60 * S,
        "The longest session a client can get; twenty ticks unless set.",
    ),
    plain(
        "sync_limit",
        "syncLimit",
        Group::Servers,
        Unit::Count,
        (1, 20, 1),
        5,
        "After how many silent ticks a leader and its followers give each other up.",
    ),
    duration(
        "one_way",
        "One-way delay",
        Group::Servers,
        (0, 200 * MS, MS / 10),
        MS,
        "Each commit costs a round trip between servers.",
    ),
    duration(
        "jitter",
        "Jitter",
        Group::Servers,
        (0, 200 * MS, MS / 10),
        0,
        "Up to so much more for each message.",
    ),
    choose(
        "policy",
        "A holder stops",
        Group::Protection,
        &[
            choice("stop_on_disconnect", "when it is disconnected"),
            choice("stop_on_expired", "when its session has expired"),
            choice("oblivious", "never by itself"),
        ],
        "Disconnected comes a third of the timeout before the session can expire. Expired comes too late.",
    ),
    choose(
        "fence",
        "Fence at the store",
        Group::Protection,
        Fence::CHOICES,
        "What the store checks before it accepts a write.",
    ),
    Parameter {
        default: Default::From(token_source_default),
        ..choose(
            "token_source",
            "Tokens come from",
            Group::Protection,
            &[
                choice("none", "nowhere"),
                choice("czxid", "the node's czxid"),
                choice("suffix", "the node's number"),
                choice("version", "the node's version"),
                choice("counter", "a counter node"),
            ],
            "The transaction that created the node rises for ever. Other numbers start over, or stand still.",
        )
    },
    switch(
        "done_check",
        "Ask which job is next",
        Group::Protection,
        true,
        "A new holder takes up where the last one stopped. Without this it starts with job 1.",
    ),
    plain(
        "clients",
        "Clients",
        Group::Workers,
        Unit::Count,
        (1, MOST_CLIENTS, 1),
        3,
        "A asks first; the others queue behind it.",
    ),
    choose(
        "recipe",
        "Recipe",
        Group::Workers,
        &[
            choice("queue", "a queue of nodes"),
            choice("simple", "one node, all watch it"),
        ],
        "In a queue each watches the one ahead. With one node a release wakes everybody.",
    ),
    duration(
        "work",
        "One job takes",
        Group::Workers,
        (10 * MS, 20 * S, 10 * MS),
        250 * MS,
        "The holder writes a result so often.",
    ),
    plain(
        "hold",
        "Lock is held for",
        Group::Workers,
        Unit::OptionalDuration,
        (AUTO, 20 * S, 10 * MS),
        AUTO,
        "After that the holder releases it. Off: it never does.",
    ),
    switch(
        "again",
        "Queue again after a release",
        Group::Workers,
        true,
        "Whoever releases asks again at once.",
    ),
    plain(
        "b_start",
        "B starts at",
        Group::Workers,
        Unit::Duration,
        (0, 20 * S, 10 * MS),
        50 * MS,
        "When the first of the others asks; each further one 10 ms later.",
    ),
    choose(
        "client",
        "Client library",
        Group::FinePrint,
        &[
            choice("legacy", "up to 3.9.2"),
            choice("3.9.3+", "3.9.3 and later"),
        ],
        "Older libraries learn that a session is over only once they reach a server again.",
    ),
    auto(
        "ping_phase",
        "A's last ping before the cut",
        Group::FinePrint,
        20 * S,
        "How long before it. A third of the timeout at most: then the next would be due.",
    ),
    auto(
        "bucket_phase",
        "Leader's next bucket ends",
        Group::FinePrint,
        5 * S,
        "How long after the cut begins. Sessions expire at the ends of buckets only.",
    ),
    auto(
        "relay_phase",
        "Leader's next ping",
        Group::FinePrint,
        5 * S,
        "How long after the cut begins. Followers tell of their clients in the answer.",
    ),
    auto(
        "reconnect_sleep",
        "A sleeps before it reconnects",
        Group::FinePrint,
        S,
        "Its library sleeps for up to a second before each attempt.",
    ),
    duration(
        "reap",
        "Empty containers are looked for",
        Group::FinePrint,
        (100 * MS, 120 * S, 100 * MS),
        60 * S,
        "An empty parent is deleted, and the numbers of the nodes under it start over.",
    ),
    choose(
        "resume_order",
        "After a pause comes first",
        Group::FinePrint,
        &[
            choice("app_first", "the application"),
            choice("io_first", "what waited"),
        ],
        "The application first: it acts before it hears any news.",
    ),
];
