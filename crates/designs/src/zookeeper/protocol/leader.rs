//! The leader: it orders writes, counts acknowledgements, and keeps the
//! sessions' time.
//!
//! After `server/quorum/Leader.java`, `server/quorum/LearnerHandler.java`,
//! `server/SessionTrackerImpl.java`, `server/ExpiryQueue.java` and
//! `server/ContainerManager.java`.

use alloc::vec::Vec;
use core::ops::Range;

use sim::Span;

use super::election::Early;
use super::server::{Role, Server, bit};
use super::tree::LockNode;
use super::{Fx, INIT_LIMIT, Msg, Op, Origin, Rules, Session, Task, Tree, Txn, Zxid};
use crate::vocabulary::Event;

/// How far a follower is in step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Stage {
    /// It waits for the epoch.
    Joined,
    /// It is being sent what it lacks.
    Syncing,
    /// It has the epoch and the log.
    Adopted,
}

#[derive(Clone, Copy, Debug)]
struct Follower {
    place: usize,
    stage: Stage,
    /// The last epoch that it has promised to anyone.
    promised: u32,
    /// The end of its log as it joined.
    joined_at: Zxid,
    /// Up to where it has acknowledged.
    acked: Zxid,
    /// The last tick in which it has to be heard of.
    deadline: u64,
}

/// A session as the leader keeps its time.
#[derive(Clone, Copy, Debug)]
struct Track {
    session: Session,
    timeout: Span,
    touched_us: i64,
    expires_us: i64,
    /// It has expired: touches and re-attachments fail.
    closing: bool,
    /// The server that the client was last attached to.
    owner: usize,
}

/// What a leader knows.
#[derive(Debug)]
pub(super) struct Leading {
    /// 0 until a quorum has joined.
    epoch: u32,
    /// A quorum has adopted the epoch.
    active: bool,
    last: Zxid,
    /// The tree as it will be when all proposals are applied.
    ahead: Tree,
    followers: Vec<Follower>,
    tracks: Vec<Track>,
    ticks: u64,
    half_tick: bool,
}

impl Leading {
    /// Leads an ensemble in step, as at the start of a run.
    pub fn established(epoch: u32, followers: Range<usize>, tree: &Tree, rules: &Rules) -> Self {
        let followers = followers.map(|place| Follower {
            place,
            stage: Stage::Adopted,
            promised: epoch,
            joined_at: Zxid::ZERO,
            acked: Zxid::ZERO,
            deadline: rules.sync_limit,
        });
        Self {
            epoch,
            active: true,
            last: Zxid::first_of(epoch),
            ahead: tree.clone(),
            followers: followers.collect(),
            tracks: Vec::new(),
            ticks: 0,
            half_tick: false,
        }
    }

    fn elected(tree: &Tree) -> Self {
        Self {
            epoch: 0,
            active: false,
            last: Zxid::ZERO,
            ahead: tree.clone(),
            followers: Vec::new(),
            tracks: Vec::new(),
            ticks: 0,
            half_tick: false,
        }
    }

    pub const fn is_active(&self) -> bool {
        self.active
    }

    /// The followers' places.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        self.followers.iter().map(|follower| follower.place)
    }

    /// The sessions that it keeps time for.
    pub fn sessions(&self) -> impl Iterator<Item = Session> {
        self.tracks.iter().map(|track| track.session)
    }

    /// A follower is gone.
    pub fn dismiss(&mut self, place: usize) {
        self.followers.retain(|follower| follower.place != place);
    }

    fn follower(&mut self, place: usize) -> Option<&mut Follower> {
        self.followers
            .iter_mut()
            .find(|follower| follower.place == place)
    }

    fn track(&mut self, session: Session) -> Option<&mut Track> {
        self.tracks
            .iter_mut()
            .find(|track| track.session == session)
    }

    /// How many followers have adopted the epoch and are heard of, itself
    /// counted.
    fn in_step(&self) -> usize {
        let fits = |follower: &&Follower| {
            follower.stage == Stage::Adopted && follower.deadline >= self.ticks
        };
        1 + self.followers.iter().filter(fits).count()
    }

    /// Up to where `quorum` logs have everything, the leader's own included.
    fn agreed(&self, quorum: usize) -> Zxid {
        let mut acked: Vec<Zxid> = self
            .followers
            .iter()
            .filter(|follower| follower.stage == Stage::Adopted)
            .map(|follower| follower.acked)
            .collect();
        acked.push(self.last);
        acked.sort_unstable();
        let place = acked.len().checked_sub(quorum);
        place.map_or(Zxid::ZERO, |place| acked[place])
    }
}

impl Server {
    pub(super) fn leads(&self, epoch: u32) -> bool {
        matches!(&self.role, Role::Leading(leading) if leading.epoch == epoch)
    }

    fn leading(&mut self) -> Option<&mut Leading> {
        match &mut self.role {
            Role::Leading(leading) => Some(leading),
            Role::Looking(_) | Role::Following(_) => None,
        }
    }

    // --- writes ----------------------------------------------------------

    /// Puts a write into the log and proposes it.
    pub(super) fn propose(&mut self, origin: Option<Origin>, op: Op, fx: &mut Fx<'_>) {
        let before = self.last_zxid();
        let Some(leading) = self.leading().filter(|leading| leading.active) else {
            return;
        };
        let op = leading.ahead.prepare(op);
        leading.last = leading.last.next();
        let txn = Txn {
            zxid: leading.last,
            op,
            origin,
        };
        leading.ahead.apply(txn);
        let epoch = leading.epoch;
        let followers: Vec<usize> = leading
            .followers
            .iter()
            .filter(|follower| follower.stage >= Stage::Syncing)
            .map(|follower| follower.place)
            .collect();
        self.log.push(txn);
        if let (Op::OpenSession { session, timeout }, Some(origin)) = (op, origin) {
            self.track_session(session, timeout, origin.server, fx);
        }
        for place in followers {
            let message = Msg::Propose { epoch, before, txn };
            fx.send(self.peers.servers[place], message);
        }
    }

    pub(super) fn hear_follower(&mut self, place: usize, message: Msg, fx: &mut Fx<'_>) {
        let sync_limit = self.rules.sync_limit;
        let Some(leading) = self.leading() else {
            return;
        };
        let ticks = leading.ticks;
        let Some(follower) = leading.follower(place) else {
            return;
        };
        follower.deadline = ticks + sync_limit;
        match message {
            Msg::Forward { origin, op, .. } => self.propose(Some(origin), op, fx),
            Msg::Revalidate {
                epoch,
                origin,
                session,
            } => {
                let timeout = self.revalidate(session, place, fx);
                let message = Msg::Revalidated {
                    epoch,
                    origin,
                    session,
                    timeout,
                };
                fx.send(self.peers.servers[place], message);
            }
            Msg::Touches { clients, .. } => self.touch_all(place, clients, fx),
            Msg::Ack { zxid, .. } => {
                follower.acked = follower.acked.max(zxid);
                self.try_commit(fx);
            }
            Msg::Adopted { zxid, .. } => {
                follower.stage = Stage::Adopted;
                follower.acked = zxid;
                self.adopted(place, fx);
            }
            _ => {}
        }
    }

    fn try_commit(&mut self, fx: &mut Fx<'_>) {
        let quorum = self.peers.quorum();
        let Some(leading) = self.leading().filter(|leading| leading.active) else {
            return;
        };
        let (epoch, zxid) = (leading.epoch, leading.agreed(quorum));
        let followers: Vec<usize> = leading
            .followers
            .iter()
            .filter(|follower| follower.stage == Stage::Adopted)
            .map(|follower| follower.place)
            .collect();
        if zxid <= self.committed || zxid.epoch() != epoch {
            return;
        }
        for place in followers {
            fx.send(self.peers.servers[place], Msg::Commit { epoch, zxid });
        }
        self.commit(zxid, fx);
    }

    /// What a transaction does to the lock, as of its commit: whose node is
    /// first holds it.
    pub(super) fn note_truth(
        &mut self,
        txn: Txn,
        first: Option<LockNode>,
        deleted: &[LockNode],
        fx: &mut Fx<'_>,
    ) {
        match txn.op {
            Op::Create { holder, .. } => {
                if let Some(node) = self.tree.node_of(holder) {
                    fx.note(Event::NodeCreated {
                        holder,
                        suffix: node.suffix,
                        zxid: node.czxid.number(),
                    });
                }
            }
            Op::Draw { holder } => {
                let token = self.drawn(holder);
                fx.note(Event::TokenIssue { token, holder });
            }
            Op::CloseSession { session } => {
                fx.clear(Task::Expire(session));
                if let Some(leading) = self.leading() {
                    leading.tracks.retain(|track| track.session != session);
                }
                fx.note(Event::SessionCloses { session });
            }
            Op::Reap { created } => fx.note(Event::ParentReaped { created }),
            Op::OpenSession { .. } | Op::CreateParent | Op::Delete { .. } | Op::Fail { .. } => {}
        }
        for &LockNode { holder, .. } in deleted {
            fx.note(Event::NodeDeleted { holder });
            if first.is_some_and(|first| first.holder == holder) {
                fx.note(match txn.op {
                    Op::CloseSession { .. } => Event::ServerExpire { holder },
                    _ => Event::ServerRelease { holder, by: holder },
                });
            }
        }
        let now_first = self.tree.first();
        if let Some(node) = now_first
            && first.map(|first| first.holder) != Some(node.holder)
        {
            self.grant(node, fx);
            let token = self.token(node);
            if token.is_some() {
                let holder = node.holder;
                fx.note(Event::TokenIssue { token, holder });
            }
        }
    }

    /// Notes that a node's holder has the lock, for what is left of its
    /// session.
    fn grant(&mut self, node: LockNode, fx: &mut Fx<'_>) {
        let now = fx.mono().us();
        let track = self
            .leading()
            .and_then(|leading| leading.track(node.session));
        let left_us = track.map_or(0, |track| track.expires_us - now);
        fx.note(Event::ServerGrant {
            holder: node.holder,
            lease_us: u64::try_from(left_us).unwrap_or(0),
        });
    }

    // --- sessions --------------------------------------------------------

    /// The end of the bucket that a timeout from now falls into
    /// (`ExpiryQueue`, `roundToNextInterval`): later than the timeout, by a
    /// tick at most.
    fn bucket_end(&self, now_us: i64, timeout: Span) -> i64 {
        let signed = |span: Span| i64::try_from(span.us()).unwrap_or(i64::MAX / 4);
        let width = signed(self.rules.tick).max(1);
        let origin = self.rules.bucket_ends.get(self.place).copied();
        let origin = signed(origin.unwrap_or(Span::ZERO));
        let due = now_us + signed(timeout) - origin;
        (due.div_euclid(width) + 1) * width + origin
    }

    fn track_session(&mut self, session: Session, timeout: Span, owner: usize, fx: &mut Fx<'_>) {
        let now = fx.mono().us();
        let expires_us = self.bucket_end(now, timeout);
        let Some(leading) = self.leading() else {
            return;
        };
        leading.tracks.retain(|track| track.session != session);
        leading.tracks.push(Track {
            session,
            timeout,
            touched_us: now,
            expires_us,
            closing: false,
            owner,
        });
        set_expiry(session, expires_us, fx);
    }

    /// `touchSession`: moves a session to its new bucket. A session that is
    /// closing stays where it is.
    pub(super) fn touch_session(&mut self, session: Session, fx: &mut Fx<'_>) {
        let now = fx.mono().us();
        let Some(leading) = self.leading() else {
            return;
        };
        let live = |track: &&mut Track| !track.closing;
        let Some(timeout) = leading
            .track(session)
            .filter(live)
            .map(|track| track.timeout)
        else {
            return;
        };
        let expires_us = self.bucket_end(now, timeout);
        let Some(track) = self.leading().and_then(|leading| leading.track(session)) else {
            return;
        };
        track.touched_us = now;
        if track.expires_us == expires_us {
            return;
        }
        track.expires_us = expires_us;
        set_expiry(session, expires_us, fx);
        if let Some(node) = self.tree.first().filter(|node| node.session == session) {
            fx.note(Event::ServerExtend {
                holder: node.holder,
                lease_us: u64::try_from(expires_us - now).unwrap_or(0),
            });
        }
    }

    /// A follower has heard of these clients: their sessions that it serves
    /// live on. A session that has moved away was touched as it did.
    fn touch_all(&mut self, place: usize, clients: u64, fx: &mut Fx<'_>) {
        let Some(leading) = self.leading() else {
            return;
        };
        let touched: Vec<Session> = leading
            .tracks
            .iter()
            .filter(|track| track.owner == place && clients & bit(track.session.lane()) != 0)
            .map(|track| track.session)
            .collect();
        for session in touched {
            self.touch_session(session, fx);
        }
    }

    /// Moves a session to the server in `place`. Its timeout; zero where it is
    /// over.
    pub(super) fn revalidate(&mut self, session: Session, place: usize, fx: &mut Fx<'_>) -> Span {
        let track = self
            .leading()
            .and_then(|leading| leading.track(session))
            .filter(|track| !track.closing);
        let Some(track) = track else {
            return Span::ZERO;
        };
        track.owner = place;
        let timeout = track.timeout;
        self.touch_session(session, fx);
        timeout
    }

    /// A session's bucket has ended (`SessionTrackerImpl`, `run`): it is
    /// closing at once, and over when a quorum agrees.
    pub(super) fn expire(&mut self, session: Session, fx: &mut Fx<'_>) {
        let now = fx.mono().us();
        let Some(leading) = self.leading().filter(|leading| leading.active) else {
            return;
        };
        let Some(track) = leading.track(session).filter(|track| !track.closing) else {
            return;
        };
        track.closing = true;
        let silent_us = u64::try_from(now - track.touched_us).unwrap_or(0);
        fx.note(Event::SessionExpires { session, silent_us });
        self.propose(None, Op::CloseSession { session }, fx);
    }

    // --- time ------------------------------------------------------------

    /// Pings the followers, and each full tick looks whether a quorum of them
    /// is heard of.
    pub(super) fn beat(&mut self, fx: &mut Fx<'_>) {
        let quorum = self.peers.quorum();
        let mut silent = Vec::new();
        let Some(leading) = self.leading() else {
            return;
        };
        leading.half_tick = !leading.half_tick;
        if !leading.half_tick {
            leading.ticks += 1;
            if leading.in_step() < quorum {
                self.look(fx);
                return;
            }
            let ticks = leading.ticks;
            leading.followers.retain(|follower| {
                let is_heard = follower.deadline >= ticks;
                if !is_heard {
                    silent.push(follower.place);
                }
                is_heard
            });
        }
        let epoch = leading.epoch;
        let followers: Vec<usize> = leading
            .followers
            .iter()
            .filter(|follower| follower.stage == Stage::Adopted)
            .map(|follower| follower.place)
            .collect();
        for place in silent {
            fx.close(self.peers.servers[place]);
        }
        for place in followers {
            fx.send(self.peers.servers[place], Msg::Beat { epoch });
        }
        let half = Span::from_us((self.rules.tick.us() / 2).max(1));
        fx.poll(half, Task::Beat);
    }

    pub(super) fn sweep(&mut self, fx: &mut Fx<'_>) {
        let empty = self
            .leading()
            .and_then(|leading| leading.ahead.reapable())
            .filter(|_| self.tree.reapable().is_some());
        if let Some(created) = empty {
            self.propose(None, Op::Reap { created }, fx);
        }
        fx.poll(self.rules.reap, Task::Sweep);
    }

    // --- a new leader ----------------------------------------------------

    /// It has won an election.
    pub(super) fn lead(&mut self, early: Vec<Early>, fx: &mut Fx<'_>) {
        fx.clear(Task::Vote);
        fx.clear(Task::Settle);
        self.role = Role::Leading(Leading::elected(&self.tree));
        fx.poll(self.rules.tick * INIT_LIMIT, Task::Silence);
        for Early {
            place,
            promised,
            zxid,
        } in early
        {
            self.welcome(place, promised, zxid, fx);
        }
    }

    /// A follower joins. With a quorum of them there is an epoch.
    pub(super) fn welcome(&mut self, place: usize, promised: u32, zxid: Zxid, fx: &mut Fx<'_>) {
        if let Role::Looking(election) = &mut self.role {
            election.remember(Early {
                place,
                promised,
                zxid,
            });
            return;
        }
        let (quorum, own) = (self.peers.quorum(), self.promised);
        let sync_limit = self.rules.sync_limit.max(INIT_LIMIT);
        let Some(leading) = self.leading() else {
            return;
        };
        leading.dismiss(place);
        leading.followers.push(Follower {
            place,
            stage: Stage::Joined,
            promised,
            joined_at: zxid,
            acked: Zxid::ZERO,
            deadline: leading.ticks + sync_limit,
        });
        if leading.epoch == 0 {
            if leading.followers.len() + 1 < quorum {
                return;
            }
            let highest = leading.followers.iter().map(|follower| follower.promised);
            let epoch = highest.fold(own, u32::max).saturating_add(1);
            leading.epoch = epoch;
            self.promised = epoch;
        }
        let waiting: Vec<(usize, Zxid)> = self
            .leading()
            .into_iter()
            .flat_map(|leading| &mut leading.followers)
            .filter(|follower| follower.stage == Stage::Joined)
            .map(|follower| {
                follower.stage = Stage::Syncing;
                (follower.place, follower.joined_at)
            })
            .collect();
        for (place, zxid) in waiting {
            self.sync(place, zxid, fx);
        }
    }

    /// Sends a follower what its log lacks, after cutting off what it has too
    /// much (`LearnerHandler`, `syncFollower`).
    fn sync(&self, place: usize, zxid: Zxid, fx: &mut Fx<'_>) {
        let Role::Leading(leading) = &self.role else {
            return;
        };
        let (epoch, to) = (leading.epoch, self.peers.servers[place]);
        let shared = self.log.iter().take_while(|txn| txn.zxid <= zxid).count();
        let mut before = shared
            .checked_sub(1)
            .map_or(Zxid::ZERO, |last| self.log[last].zxid);
        fx.send(
            to,
            Msg::Sync {
                epoch,
                from: before,
            },
        );
        for &txn in &self.log[shared..] {
            fx.send(to, Msg::Propose { epoch, before, txn });
            before = txn.zxid;
        }
        fx.send(to, Msg::NewLeader { epoch });
    }

    /// A follower has adopted the epoch; with a quorum of them the leader is
    /// established.
    fn adopted(&mut self, place: usize, fx: &mut Fx<'_>) {
        let quorum = self.peers.quorum();
        let Some(leading) = self.leading() else {
            return;
        };
        let epoch = leading.epoch;
        if leading.active {
            let zxid = self.committed;
            fx.send(self.peers.servers[place], Msg::UpToDate { epoch, zxid });
        } else if leading.in_step() >= quorum {
            let adopted: Vec<usize> = leading
                .followers
                .iter()
                .filter(|follower| follower.stage == Stage::Adopted)
                .map(|follower| follower.place)
                .collect();
            leading.active = true;
            leading.last = Zxid::first_of(epoch);
            self.epoch = epoch;
            self.establish(adopted, fx);
        }
    }

    /// All that is in the leader's log is committed now, and every session has
    /// its full timeout again (`SessionTrackerImpl`'s constructor).
    fn establish(&mut self, adopted: Vec<usize>, fx: &mut Fx<'_>) {
        let (epoch, zxid) = (self.epoch, self.last_zxid());
        fx.clear(Task::Silence);
        fx.note(Event::ServerLeads { epoch });
        let mut ahead = self.tree.clone();
        for &txn in &self.log[self.applied..] {
            ahead.apply(txn);
        }
        let sessions = ahead.sessions().to_vec();
        if let Some(leading) = self.leading() {
            leading.ahead = ahead;
        }
        for (session, timeout) in sessions {
            self.track_session(session, timeout, usize::MAX, fx);
        }
        for place in adopted {
            fx.send(self.peers.servers[place], Msg::UpToDate { epoch, zxid });
        }
        self.commit(zxid, fx);
        if let Some(node) = self.tree.first() {
            self.grant(node, fx);
        }
        self.beat(fx);
        fx.poll(self.rules.reap, Task::Sweep);
    }
}

fn set_expiry(session: Session, expires_us: i64, fx: &mut Fx<'_>) {
    let left_us = u64::try_from(expires_us - fx.mono().us()).unwrap_or(0);
    fx.poll(Span::from_us(left_us), Task::Expire(session));
}
