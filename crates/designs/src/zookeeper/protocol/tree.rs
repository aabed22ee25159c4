//! The replicated state: transactions, the log's order, and the small part of
//! ZooKeeper's tree that a lock lives in.

use alloc::vec::Vec;

use sim::{Node, Span};

use crate::vocabulary::Incarnation;

/// A client's session: its lane, and which of its sessions it is.
pub type Session = Incarnation;

/// A place in the log: the leader's epoch over a counter, as in ZooKeeper.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Zxid(u64);

impl Zxid {
    /// Before every transaction.
    pub const ZERO: Self = Self(0);

    /// Where `epoch`'s leader starts to count.
    pub const fn first_of(epoch: u32) -> Self {
        Self((epoch as u64) << 32)
    }

    /// The next of the same epoch.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Whose leader proposed it.
    pub const fn epoch(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The number as pictures show it: the counter alone in the run's first
    /// epoch, a million more for each later one. Real ones are written in
    /// hexadecimal (0x100000004); the order is the same.
    pub const fn number(self) -> u64 {
        const COUNTER: u64 = u32::MAX as u64;
        (self.epoch().saturating_sub(1) as u64) * 1_000_000 + (self.0 & COUNTER)
    }
}

/// Whom a transaction is for: the server that serves the client, the client
/// and its connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The serving server's place in the ensemble.
    pub server: usize,
    /// The client.
    pub client: Node,
    /// Its connection.
    pub conn: u16,
}

/// What a transaction does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// A new session.
    OpenSession { session: Session, timeout: Span },
    /// A session ends, and its ephemeral nodes with it.
    CloseSession { session: Session },
    /// A client's ephemeral node; sequential or not, as the recipe says.
    Create {
        session: Session,
        holder: Incarnation,
    },
    /// The container that the nodes of the lock lie in.
    CreateParent,
    /// A client deletes its own node.
    Delete { holder: Incarnation },
    /// The version of a persistent node goes up by one.
    Draw { holder: Incarnation },
    /// The leader deletes the container, which has been empty, after so many
    /// nodes.
    Reap { created: u32 },
    /// The leader found that it cannot be done. It takes its place in the log
    /// all the same, so that the client's requests stay in order.
    Fail { holder: Incarnation, why: Failure },
}

/// Why a request cannot be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Its parent is not there.
    NoParent,
    /// The node is there already, and whose it is.
    Exists { of: Incarnation },
    /// The session is over.
    NoSession,
    /// There is no such node.
    NoNode,
}

/// An entry of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Txn {
    pub zxid: Zxid,
    pub op: Op,
    pub origin: Option<Origin>,
}

/// A client's node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LockNode {
    pub holder: Incarnation,
    pub session: Session,
    /// The number at the end of its name: how many nodes were created under
    /// the parent before it (`PrepRequestProcessor`, the parent's `cversion`).
    pub suffix: u32,
    /// The transaction that created it.
    pub czxid: Zxid,
}

/// How many nodes the parent has seen before the run: the first node of the
/// run gets this number.
const CREATED_BEFORE: u32 = 33;

/// What a server has applied.
#[derive(Clone, Debug)]
pub struct Tree {
    /// How many nodes were created under the parent; `None` without a parent.
    created: Option<u32>,
    /// In order of their numbers.
    nodes: Vec<LockNode>,
    sessions: Vec<(Session, Span)>,
    /// The version of the persistent node that tokens are drawn from.
    drawn: u64,
    /// Whether there is one node of a fixed name rather than a queue.
    simple: bool,
}

impl Tree {
    /// The tree before the run.
    pub const fn new(simple: bool) -> Self {
        Self {
            created: Some(CREATED_BEFORE),
            nodes: Vec::new(),
            sessions: Vec::new(),
            drawn: CREATED_BEFORE as u64 - 1,
            simple,
        }
    }

    /// Whose node is first.
    pub fn first(&self) -> Option<LockNode> {
        self.nodes.first().copied()
    }

    /// A holder's node.
    pub fn node_of(&self, holder: Incarnation) -> Option<LockNode> {
        self.nodes
            .iter()
            .find(|node| node.holder == holder)
            .copied()
    }

    /// The node right before a holder's.
    pub fn ahead_of(&self, holder: Incarnation) -> Option<LockNode> {
        let place = self.nodes.iter().position(|node| node.holder == holder)?;
        Some(self.nodes[place.checked_sub(1)?])
    }

    /// The sessions and their timeouts.
    pub fn sessions(&self) -> &[(Session, Span)] {
        &self.sessions
    }

    /// How many numbers were drawn from the persistent node.
    pub const fn drawn(&self) -> u64 {
        self.drawn
    }

    /// How many nodes the parent has seen, where it can be reaped: it is
    /// empty and was used (`ContainerManager`).
    pub fn reapable(&self) -> Option<u32> {
        self.created
            .filter(|&created| created > 0 && self.nodes.is_empty())
    }

    /// What becomes of a request that the leader takes up now.
    pub fn prepare(&self, op: Op) -> Op {
        let has = |session| self.sessions.iter().any(|&(open, _)| open == session);
        let failure = match op {
            Op::Create { session, holder } if !has(session) => Some((holder, Failure::NoSession)),
            Op::Create { holder, .. } if self.created.is_none() => {
                Some((holder, Failure::NoParent))
            }
            Op::Create { holder, .. } if self.simple => self
                .first()
                .map(|node| (holder, Failure::Exists { of: node.holder })),
            Op::Delete { holder } if self.node_of(holder).is_none() => {
                Some((holder, Failure::NoNode))
            }
            _ => None,
        };
        failure.map_or(op, |(holder, why)| Op::Fail { holder, why })
    }

    /// Applies a transaction and returns the nodes that it deleted.
    pub fn apply(&mut self, txn: Txn) -> Vec<LockNode> {
        match txn.op {
            Op::OpenSession { session, timeout } => {
                self.sessions.retain(|&(open, _)| open != session);
                self.sessions.push((session, timeout));
            }
            Op::CloseSession { session } => {
                self.sessions.retain(|&(open, _)| open != session);
                return self.delete(|node| node.session == session);
            }
            Op::Create { session, holder } => {
                if let Some(created) = &mut self.created {
                    self.nodes.push(LockNode {
                        holder,
                        session,
                        suffix: *created,
                        czxid: txn.zxid,
                    });
                    *created += 1;
                }
            }
            Op::CreateParent => self.created = self.created.or(Some(0)),
            Op::Delete { holder } => return self.delete(|node| node.holder == holder),
            Op::Draw { .. } => self.drawn += 1,
            Op::Reap { .. } => self.created = None,
            Op::Fail { .. } => {}
        }
        Vec::new()
    }

    fn delete(&mut self, which: impl Fn(&LockNode) -> bool) -> Vec<LockNode> {
        let deleted = self
            .nodes
            .iter()
            .filter(|node| which(node))
            .copied()
            .collect();
        self.nodes.retain(|node| !which(node));
        deleted
    }
}
