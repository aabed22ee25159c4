//! A server: what it serves its clients from, and its part in the ensemble.
//!
//! A follower answers pings and reads by itself (`FollowerRequestProcessor`)
//! and hands writes to its leader; a connection's requests stay in order, so
//! what comes behind a write waits for it (`CommitProcessor`).

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::vec::Vec;

use sim::{Node, Span};

use super::election::Election;
use super::leader::Leading;
use super::tree::LockNode;
use super::{
    Answer, Ask, Fx, INIT_LIMIT, Msg, Op, Origin, Peers, Rules, Session, Task, TokenSource, Tree,
    Txn, Zxid,
};
use crate::vocabulary::{Event, Incarnation, Token};

/// A client's connection.
#[derive(Clone, Debug)]
struct Conn {
    client: Node,
    number: u16,
    session: Session,
    /// It waits for the leader: requests queue.
    busy: bool,
    queue: VecDeque<Ask>,
}

/// A client's watch on a node.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Watch {
    client: Node,
    conn: u16,
    on: Incarnation,
}

/// A server's part in the ensemble.
#[derive(Debug)]
pub(super) enum Role {
    /// It has no leader.
    Looking(Election),
    /// It follows one.
    Following(Following),
    /// It is one.
    Leading(Leading),
}

/// A follower's view of its leader.
#[derive(Clone, Copy, Debug)]
pub(super) struct Following {
    pub leader: usize,
    /// The leader's epoch; 0 until it has said.
    pub epoch: u32,
    /// Whether its log is in step and it serves clients.
    pub serves: bool,
}

/// A follower whose leader does not answer at all stops trying (`Learner`,
/// `connectToLeader`: five attempts, a second apart).
const JOIN_PATIENCE: Span = Span::from_s(5);

/// A server of the ensemble.
#[derive(Debug)]
pub struct Server {
    pub(super) place: usize,
    pub(super) rules: Rc<Rules>,
    pub(super) peers: Rc<Peers>,
    // On disk.
    /// The highest epoch that it has promised to a leader.
    pub(super) promised: u32,
    /// The last epoch that it took part in.
    pub(super) epoch: u32,
    pub(super) log: Vec<Txn>,
    /// How far the log is known to be committed.
    pub(super) committed: Zxid,
    // In memory.
    /// What the first `applied` entries of the log make.
    pub(super) tree: Tree,
    pub(super) applied: usize,
    pub(super) role: Role,
    /// Which election it was in last.
    pub(super) round: u32,
    conns: Vec<Conn>,
    watches: Vec<Watch>,
    /// A bit for the lane of each client heard of since the leader's last
    /// ping.
    touched: u64,
}

impl Server {
    /// A server of an ensemble in which the first has led for a while.
    pub fn new(place: usize, rules: Rc<Rules>, peers: Rc<Peers>) -> Self {
        const FIRST_EPOCH: u32 = 1;
        let tree = Tree::new(rules.simple);
        let role = if place == 0 {
            let followers = 1..peers.servers.len();
            Role::Leading(Leading::established(FIRST_EPOCH, followers, &tree, &rules))
        } else {
            Role::Following(Following {
                leader: 0,
                epoch: FIRST_EPOCH,
                serves: true,
            })
        };
        Self {
            place,
            promised: FIRST_EPOCH,
            epoch: FIRST_EPOCH,
            log: Vec::new(),
            committed: Zxid::ZERO,
            tree,
            applied: 0,
            role,
            round: FIRST_EPOCH,
            conns: Vec::new(),
            watches: Vec::new(),
            touched: 0,
            rules,
            peers,
        }
    }

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        if let Role::Leading(_) = self.role {
            // The nodes of the lock stand in one order, whoever leads.
            fx.note(Event::LockRule { needed: 1, of: 1 });
            fx.note(Event::ServerLeads { epoch: self.epoch });
            fx.poll(self.rules.first_beat, Task::Beat);
            fx.poll(self.rules.reap, Task::Sweep);
        } else {
            self.hear_leader(fx);
        }
    }

    pub fn crash(&mut self, wiped: bool) {
        self.conns.clear();
        self.watches.clear();
        self.touched = 0;
        self.role = Role::Looking(Election::default());
        if wiped {
            self.promised = 0;
            self.epoch = 0;
            self.log.clear();
            self.committed = Zxid::ZERO;
            self.tree = Tree::new(self.rules.simple);
            self.applied = 0;
        }
    }

    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        self.look(fx);
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Connect {
                conn,
                session,
                is_new,
                timeout,
            } => self.connect(from, conn, session, is_new.then_some(timeout), fx),
            Msg::Ask { conn, ask } => self.ask(from, conn, ask, fx),
            Msg::Vote {
                round,
                ballot,
                settled,
            } => {
                if let Some(place) = self.peers.place(from) {
                    self.hear_vote(place, round, ballot, settled, fx);
                }
            }
            Msg::Join { promised, zxid } => {
                if let Some(place) = self.peers.place(from) {
                    self.welcome(place, promised, zxid, fx);
                }
            }
            Msg::Forward { epoch, .. }
            | Msg::Revalidate { epoch, .. }
            | Msg::Touches { epoch, .. }
            | Msg::Ack { epoch, .. }
            | Msg::Adopted { epoch, .. } => {
                if let Some(place) = self.peers.place(from)
                    && self.leads(epoch)
                {
                    self.hear_follower(place, message, fx);
                }
            }
            Msg::Sync { epoch, .. }
            | Msg::NewLeader { epoch }
            | Msg::Revalidated { epoch, .. }
            | Msg::Beat { epoch }
            | Msg::Propose { epoch, .. }
            | Msg::Commit { epoch, .. }
            | Msg::UpToDate { epoch, .. } => self.obey(from, epoch, message, fx),
            _ => {}
        }
    }

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match (task, &self.role) {
            (Task::Silence, Role::Following(_)) => self.look(fx),
            (Task::Silence, Role::Leading(leading)) if !leading.is_active() => self.look(fx),
            (Task::Beat, Role::Leading(_)) => self.beat(fx),
            (Task::Expire(session), Role::Leading(_)) => self.expire(session, fx),
            (Task::Sweep, Role::Leading(_)) => self.sweep(fx),
            (Task::Vote, Role::Looking(_)) => self.repeat_vote(fx),
            (Task::Settle, Role::Looking(_)) => self.settle(fx),
            // A step of a part that it no longer has.
            _ => {}
        }
    }

    pub fn reset(&mut self, peer: Node, fx: &mut Fx<'_>) {
        let Some(place) = self.peers.place(peer) else {
            self.lose_client(peer, fx);
            return;
        };
        match &mut self.role {
            Role::Following(following) if following.leader == place => self.look(fx),
            Role::Leading(leading) => leading.dismiss(place),
            Role::Following(_) | Role::Looking(_) => {}
        }
    }

    // --- clients ---------------------------------------------------------

    fn serves(&self) -> bool {
        match &self.role {
            Role::Looking(_) => false,
            Role::Following(following) => following.serves,
            Role::Leading(leading) => leading.is_active(),
        }
    }

    /// A client attaches a session: a new one, where it asks for a timeout.
    fn connect(
        &mut self,
        client: Node,
        number: u16,
        session: Session,
        new: Option<Span>,
        fx: &mut Fx<'_>,
    ) {
        self.forget(client);
        // What was still to be sent over an earlier connection does not stand
        // in the way of this one.
        fx.close(client);
        if !self.serves() {
            fx.send(client, Msg::Closed { conn: number });
            return;
        }
        self.conns.push(Conn {
            client,
            number,
            session,
            busy: true,
            queue: VecDeque::new(),
        });
        let origin = Origin {
            server: self.place,
            client,
            conn: number,
        };
        match (new, &mut self.role) {
            (Some(requested), _) => {
                let timeout = self.rules.negotiate(requested);
                self.submit(origin, Op::OpenSession { session, timeout }, fx);
            }
            (None, Role::Leading(_)) => {
                let timeout = self.revalidate(session, origin.server, fx);
                self.attach(origin, session, timeout, fx);
            }
            (None, Role::Following(following)) => {
                let epoch = following.epoch;
                let leader = self.peers.servers[following.leader];
                let message = Msg::Revalidate {
                    epoch,
                    origin,
                    session,
                };
                fx.send(leader, message);
            }
            (None, Role::Looking(_)) => {}
        }
    }

    /// Tells a client what became of its session; a timeout of zero closes the
    /// connection (`ZooKeeperServer`, `finishSessionInit`).
    fn attach(&mut self, origin: Origin, session: Session, timeout: Span, fx: &mut Fx<'_>) {
        let (client, conn) = (origin.client, origin.conn);
        let Some(place) = self.conn(client, conn) else {
            return;
        };
        fx.send(
            client,
            Msg::Connected {
                conn,
                session,
                timeout,
            },
        );
        if timeout == Span::ZERO {
            fx.note(Event::SessionDenied { session });
            self.conns.swap_remove(place);
        } else {
            self.touch(client, session, fx);
            self.go_on(place, fx);
        }
    }

    fn conn(&self, client: Node, number: u16) -> Option<usize> {
        self.conns
            .iter()
            .position(|conn| conn.client == client && conn.number == number)
    }

    fn forget(&mut self, client: Node) {
        self.conns.retain(|conn| conn.client != client);
        self.watches.retain(|watch| watch.client != client);
    }

    /// A client's process has died: its session runs out all the same, and
    /// the run sees to that.
    fn lose_client(&mut self, client: Node, fx: &mut Fx<'_>) {
        let sessions = self.tree.sessions();
        let timeout = self
            .conns
            .iter()
            .filter(|conn| conn.client == client)
            .filter_map(|conn| sessions.iter().find(|(open, _)| *open == conn.session))
            .map(|&(_, timeout)| timeout)
            .max();
        if let Some(timeout) = timeout {
            fx.after(timeout + self.rules.tick * 2, Task::Vigil);
        }
        self.forget(client);
    }

    fn ask(&mut self, client: Node, number: u16, ask: Ask, fx: &mut Fx<'_>) {
        let Some(place) = self.conn(client, number) else {
            fx.send(client, Msg::Closed { conn: number });
            return;
        };
        let session = self.conns[place].session;
        self.touch(client, session, fx);
        let conn = &mut self.conns[place];
        if conn.busy {
            conn.queue.push_back(ask);
        } else {
            self.serve(place, ask, fx);
        }
    }

    /// Serves what queues, up to the next write.
    fn go_on(&mut self, place: usize, fx: &mut Fx<'_>) {
        self.conns[place].busy = false;
        while !self.conns[place].busy
            && let Some(ask) = self.conns[place].queue.pop_front()
        {
            self.serve(place, ask, fx);
        }
    }

    fn serve(&mut self, place: usize, ask: Ask, fx: &mut Fx<'_>) {
        let Conn {
            client,
            number: conn,
            session,
            ..
        } = self.conns[place];
        let op = match ask {
            Ask::Ping => {
                let answer = Answer::Pong;
                fx.send(client, Msg::Answer { conn, answer });
                return;
            }
            Ask::Children { holder } => {
                let answer = self.children(holder);
                fx.send(client, Msg::Answer { conn, answer });
                return;
            }
            Ask::Exists { holder } => {
                let there = self.tree.node_of(holder).is_some();
                if there {
                    let on = holder;
                    self.watches.push(Watch { client, conn, on });
                }
                let answer = Answer::Exists { holder, there };
                fx.send(client, Msg::Answer { conn, answer });
                return;
            }
            Ask::Create { holder } => Op::Create { session, holder },
            Ask::CreateParent => Op::CreateParent,
            Ask::Delete { holder } => Op::Delete { holder },
            Ask::Draw { holder } => Op::Draw { holder },
        };
        self.conns[place].busy = true;
        let origin = Origin {
            server: self.place,
            client,
            conn,
        };
        self.submit(origin, op, fx);
    }

    fn children(&self, holder: Incarnation) -> Answer {
        let node = self.tree.node_of(holder);
        Answer::Children {
            holder,
            there: node.is_some(),
            token: node.map_or(Token::NONE, |node| self.token(node)),
            ahead: self.tree.ahead_of(holder).map(|node| node.holder),
        }
    }

    /// The token that comes with a node. It carries the client's lane plus
    /// one, so that the number 0 is a token too.
    pub(super) fn token(&self, node: LockNode) -> Token {
        let number = match self.rules.token_source {
            TokenSource::Czxid => node.czxid.number(),
            TokenSource::Suffix => u64::from(node.suffix),
            TokenSource::Version => 0,
            TokenSource::None | TokenSource::Counter => return Token::NONE,
        };
        Token::new(number, node.holder.lane() + 1)
    }

    /// The number that a holder has just drawn.
    pub(super) fn drawn(&self, holder: Incarnation) -> Token {
        Token::new(self.tree.drawn(), holder.lane() + 1)
    }

    /// Hands a write to the leader.
    fn submit(&mut self, origin: Origin, op: Op, fx: &mut Fx<'_>) {
        match &self.role {
            Role::Leading(_) => self.propose(Some(origin), op, fx),
            Role::Following(following) => {
                let epoch = following.epoch;
                let leader = self.peers.servers[following.leader];
                fx.send(leader, Msg::Forward { epoch, origin, op });
            }
            Role::Looking(_) => {}
        }
    }

    /// A client gave a sign of life (`ZooKeeperServer`, `touch`): the leader
    /// counts it at once, a follower keeps it for the leader's next ping.
    fn touch(&mut self, client: Node, session: Session, fx: &mut Fx<'_>) {
        match self.role {
            Role::Leading(_) => self.touch_session(session, fx),
            Role::Following(_) => self.touched |= bit(client.0),
            Role::Looking(_) => {}
        }
    }

    // --- the log ---------------------------------------------------------

    pub(super) fn last_zxid(&self) -> Zxid {
        self.log.last().map_or(Zxid::ZERO, |txn| txn.zxid)
    }

    /// Everything up to `zxid` is committed: apply what is there of it.
    pub(super) fn commit(&mut self, zxid: Zxid, fx: &mut Fx<'_>) {
        self.committed = self.committed.max(zxid);
        while let Some(&txn) = self.log.get(self.applied)
            && txn.zxid <= self.committed
        {
            self.applied += 1;
            self.apply(txn, fx);
        }
    }

    fn apply(&mut self, txn: Txn, fx: &mut Fx<'_>) {
        let first = self.tree.first();
        let deleted = self.tree.apply(txn);
        if let Role::Leading(_) = self.role {
            self.note_truth(txn, first, &deleted, fx);
        }
        for node in &deleted {
            self.fire(node.holder, fx);
        }
        if let Op::CloseSession { session } = txn.op {
            self.close_session(session, fx);
        }
        if let Some(origin) = txn.origin
            && origin.server == self.place
        {
            self.reply(origin, txn.op, fx);
        }
    }

    fn fire(&mut self, holder: Incarnation, fx: &mut Fx<'_>) {
        self.watches.retain(|watch| {
            if watch.on == holder {
                let (conn, to) = (watch.conn, u32::from(watch.client.0));
                fx.note(Event::WatchFires { holder, to });
                fx.send(watch.client, Msg::Fired { conn, holder });
            }
            watch.on != holder
        });
    }

    fn close_session(&mut self, session: Session, fx: &mut Fx<'_>) {
        let closes = |conn: &Conn| conn.session == session;
        for conn in self.conns.iter().filter(|conn| closes(conn)) {
            self.watches
                .retain(|watch| (watch.client, watch.conn) != (conn.client, conn.number));
            fx.send(conn.client, Msg::Closed { conn: conn.number });
        }
        self.conns.retain(|conn| !closes(conn));
    }

    /// The answer to a write, now that it is applied.
    fn reply(&mut self, origin: Origin, op: Op, fx: &mut Fx<'_>) {
        let Origin { client, conn, .. } = origin;
        let Some(place) = self.conn(client, conn) else {
            return;
        };
        let answer = match op {
            Op::OpenSession { session, timeout } => {
                self.attach(origin, session, timeout, fx);
                return;
            }
            Op::Create { holder, .. } => Answer::Created {
                holder,
                token: self
                    .tree
                    .node_of(holder)
                    .map_or(Token::NONE, |node| self.token(node)),
            },
            Op::CreateParent => Answer::ParentCreated,
            Op::Delete { holder } => Answer::Deleted { holder },
            Op::Draw { holder } => Answer::Drawn {
                holder,
                token: self.drawn(holder),
            },
            Op::Fail { holder, why } => Answer::Failed { holder, why },
            Op::CloseSession { .. } | Op::Reap { .. } => return,
        };
        fx.send(client, Msg::Answer { conn, answer });
        self.go_on(place, fx);
    }

    // --- following -------------------------------------------------------

    pub(super) fn follow(&mut self, leader: usize, fx: &mut Fx<'_>) {
        fx.clear(Task::Vote);
        fx.clear(Task::Settle);
        self.role = Role::Following(Following {
            leader,
            epoch: 0,
            serves: false,
        });
        let message = Msg::Join {
            promised: self.promised,
            zxid: self.last_zxid(),
        };
        fx.send(self.peers.servers[leader], message);
        fx.poll(JOIN_PATIENCE, Task::Silence);
    }

    /// The leader gave a sign of life.
    fn hear_leader(&self, fx: &mut Fx<'_>) {
        let ticks = match &self.role {
            Role::Following(following) if following.serves => self.rules.sync_limit,
            _ => INIT_LIMIT,
        };
        fx.poll(self.rules.tick * ticks, Task::Silence);
    }

    fn obey(&mut self, from: Node, epoch: u32, message: Msg, fx: &mut Fx<'_>) {
        let Role::Following(following) = &mut self.role else {
            return;
        };
        if self.peers.servers[following.leader] != from {
            return;
        }
        if let Msg::Sync { epoch, from } = message {
            if epoch < self.promised {
                self.look(fx);
                return;
            }
            following.epoch = epoch;
            following.serves = false;
            self.promised = epoch;
            self.truncate(from);
            self.hear_leader(fx);
            return;
        }
        if following.epoch != epoch {
            return;
        }
        self.hear_leader(fx);
        match message {
            Msg::NewLeader { epoch } => {
                self.epoch = epoch;
                let zxid = self.last_zxid();
                fx.send(from, Msg::Adopted { epoch, zxid });
            }
            Msg::UpToDate { zxid, .. } => {
                if let Role::Following(following) = &mut self.role {
                    following.serves = true;
                }
                self.touched = 0;
                self.commit(zxid, fx);
            }
            Msg::Propose { before, txn, .. } => {
                if before != self.last_zxid() {
                    // Something was lost in between: start over.
                    self.look(fx);
                    return;
                }
                self.log.push(txn);
                if self.epoch == epoch {
                    let zxid = txn.zxid;
                    fx.send(from, Msg::Ack { epoch, zxid });
                }
            }
            Msg::Commit { zxid, .. } => self.commit(zxid, fx),
            Msg::Beat { .. } => {
                let clients = core::mem::take(&mut self.touched);
                fx.send(from, Msg::Touches { epoch, clients });
            }
            Msg::Revalidated {
                origin,
                session,
                timeout,
                ..
            } => self.attach(origin, session, timeout, fx),
            _ => {}
        }
    }

    /// Cuts off what the leader does not have.
    fn truncate(&mut self, after: Zxid) {
        self.log.retain(|txn| txn.zxid <= after);
        self.committed = self.committed.min(after);
        if self.applied > self.log.len() {
            self.applied = 0;
            self.tree = Tree::new(self.rules.simple);
            for &txn in self.log.iter().filter(|txn| txn.zxid <= self.committed) {
                self.tree.apply(txn);
                self.applied += 1;
            }
        }
    }

    /// It is without a leader: it closes its clients' connections and calls an
    /// election.
    pub(super) fn look(&mut self, fx: &mut Fx<'_>) {
        match &self.role {
            Role::Following(following) => fx.close(self.peers.servers[following.leader]),
            Role::Leading(leading) => {
                for place in leading.places() {
                    fx.close(self.peers.servers[place]);
                }
                for session in leading.sessions() {
                    fx.clear(Task::Expire(session));
                }
            }
            Role::Looking(_) => {}
        }
        for task in [Task::Silence, Task::Beat, Task::Sweep] {
            fx.clear(task);
        }
        fx.note(Event::ServerLooks { epoch: self.epoch });
        for conn in self.conns.drain(..) {
            fx.send(conn.client, Msg::Closed { conn: conn.number });
        }
        self.watches.clear();
        self.touched = 0;
        self.call_election(fx);
    }
}

/// The bit of a client's lane. There are at most as many clients as bits.
pub(super) const fn bit(lane: u16) -> u64 {
    1_u64.wrapping_shl(lane as u32)
}
