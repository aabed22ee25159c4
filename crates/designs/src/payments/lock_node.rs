//! A lock node: one of five, each in its own data centre.
//!
//! For each account it stores durably who has its vote, until when by its
//! monotonic clock, and the highest token that it has granted.

use alloc::rc::Rc;
use alloc::vec::Vec;

use sim::{Mono, Node};

use super::protocol::{
    Change, Fx, HIGHEST_AT_START, Msg, Peers, Rules, Task, TokenSource, note_grant,
};
use crate::vocabulary::{Event, Incarnation, Token};

/// What a node stores of one account.
#[derive(Clone, Copy, Debug)]
struct Seat {
    /// Who has this node's vote, and until when.
    owner: Option<(Incarnation, Mono)>,
    /// The highest token granted.
    highest: Token,
    /// How many grants it has counted, for `per_server_max`.
    count: u64,
}

/// A change that the leader replicates.
#[derive(Clone, Copy, Debug)]
struct Pending {
    index: u64,
    change: Change,
    holder: Incarnation,
    /// Who waits for it.
    asked_by: Node,
    /// How many nodes have stored it.
    stored: usize,
}

/// A lock node.
#[derive(Debug)]
pub struct LockNode {
    /// Its place among the nodes.
    place: usize,
    rules: Rules,
    peers: Rc<Peers>,
    /// By account.
    seats: Vec<Seat>,
    /// The last index of the log, where this node leads.
    index: u64,
    /// What a majority has not stored yet; volatile.
    pending: Vec<Pending>,
}

impl LockNode {
    pub fn new(place: usize, accounts: usize, rules: Rules, peers: Rc<Peers>) -> Self {
        // One node has counted long before the others: they never agree.
        let count = if place == 0 { HIGHEST_AT_START } else { 1 };
        let seat = Seat {
            owner: None,
            highest: Token::new(HIGHEST_AT_START, 0),
            count,
        };
        Self {
            place,
            rules,
            peers,
            seats: alloc::vec![seat; accounts],
            index: HIGHEST_AT_START,
            pending: Vec::new(),
        }
    }

    pub fn start(&self, fx: &mut Fx<'_>) {
        // The rule is one for all; the first node states it.
        if self.place == 0 {
            let count = |nodes| u32::try_from(nodes).unwrap_or(u32::MAX);
            fx.note(Event::LockRule {
                needed: count(self.peers.majority()),
                of: count(self.peers.nodes.len()),
            });
        }
    }

    fn seat(&mut self, account: u8) -> Option<&mut Seat> {
        self.seats.get_mut(usize::from(account))
    }

    fn owner(&self, account: u8) -> Option<Incarnation> {
        let seat = self.seats.get(usize::from(account))?;
        seat.owner.map(|(owner, _)| owner)
    }

    // --- leases ----------------------------------------------------------

    /// A lease ends when the node's own monotonic clock says so. In a
    /// replicated log only the leader's clock counts.
    pub fn drop_expired(&mut self, account: u8, fx: &mut Fx<'_>) {
        if self.follows() {
            return;
        }
        let now = fx.mono();
        let expired = self
            .seats
            .get(usize::from(account))
            .and_then(|seat| seat.owner)
            .filter(|&(_, until)| now >= until);
        if let Some((holder, _)) = expired {
            self.vacate(account, fx);
            fx.note(Event::ServerExpire { holder });
            self.replicate_end(account, holder, Change::Expire, fx);
        }
    }

    fn lease(&mut self, account: u8, holder: Incarnation, fx: &mut Fx<'_>) {
        let ttl = self.rules.ttl;
        let until = fx.mono() + ttl;
        if let Some(seat) = self.seat(account) {
            seat.owner = Some((holder, until));
        }
        if !self.follows() {
            fx.after(ttl, Task::Expire(account));
        }
    }

    fn vacate(&mut self, account: u8, fx: &mut Fx<'_>) {
        if let Some(seat) = self.seat(account) {
            seat.owner = None;
        }
        fx.clear(Task::Expire(account));
    }

    // --- what services ask -----------------------------------------------

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        match message {
            Msg::Read { holder, account } => self.read(from, holder, account, fx),
            Msg::Grant {
                holder,
                account,
                token,
            } => self.grant(from, holder, account, token, fx),
            Msg::Extend {
                holder,
                account,
                token,
            } => self.extend(from, holder, account, token, fx),
            Msg::Release { holder, account } => self.release(holder, account, fx),
            Msg::Append {
                index,
                holder,
                account,
                change,
            } => self.append(from, index, holder, account, change, fx),
            Msg::Appended { index, .. } => self.appended(index, fx),
            _ => {}
        }
    }

    fn read(&mut self, from: Node, holder: Incarnation, account: u8, fx: &mut Fx<'_>) {
        self.drop_expired(account, fx);
        let free = self.owner(account).is_none();
        let Some(&mut Seat { highest, .. }) = self.seat(account) else {
            return;
        };
        fx.send(
            from,
            Msg::ReadReply {
                holder,
                free,
                highest,
            },
        );
    }

    fn grant(
        &mut self,
        from: Node,
        holder: Incarnation,
        account: u8,
        token: Token,
        fx: &mut Fx<'_>,
    ) {
        self.drop_expired(account, fx);
        let owner = self.owner(account);
        let held = owner.is_some_and(|owner| owner != holder);
        let source = self.rules.token_source;
        let Some(seat) = self.seat(account) else {
            return;
        };
        // Numbers alone decide. Ordered by number and then by client, two
        // grants could come with an equal number, and the ledger compares
        // numbers.
        let too_low =
            source == TokenSource::QuorumBallot && token.number() <= seat.highest.number();
        if held || too_low {
            fx.note(Event::ServerDeny {
                holder,
                held_by: owner.unwrap_or(Incarnation(0)),
            });
            self.reply(from, holder, false, held, Token::NONE, fx);
            return;
        }
        let own = match source {
            TokenSource::QuorumBallot => {
                seat.highest = token;
                token
            }
            TokenSource::PerServerMax => {
                seat.count += 1;
                Token::new(seat.count, holder.lane())
            }
            TokenSource::RaftLease | TokenSource::Redlock => Token::NONE,
        };
        self.lease(account, holder, fx);
        note_grant(holder, self.rules.ttl, fx);
        if source == TokenSource::RaftLease {
            self.replicate(from, holder, account, Change::Grant, fx);
        } else {
            self.reply(from, holder, true, false, own, fx);
        }
    }

    fn reply(
        &self,
        to: Node,
        holder: Incarnation,
        granted: bool,
        held: bool,
        token: Token,
        fx: &mut Fx<'_>,
    ) {
        fx.send(
            to,
            Msg::GrantReply {
                holder,
                granted,
                held,
                token,
            },
        );
    }

    /// Only the acquisition that owns the vote, under the token it was
    /// granted with, can extend it: the same process may have begun another.
    fn extend(
        &mut self,
        from: Node,
        holder: Incarnation,
        account: u8,
        token: Token,
        fx: &mut Fx<'_>,
    ) {
        self.drop_expired(account, fx);
        let owns = self.owner(account) == Some(holder);
        let has_ballots = self.rules.token_source == TokenSource::QuorumBallot;
        let same = !has_ballots || self.seat(account).is_some_and(|seat| seat.highest == token);
        if !(owns && same) {
            fx.send(
                from,
                Msg::ExtendReply {
                    holder,
                    extended: false,
                },
            );
            return;
        }
        self.lease(account, holder, fx);
        fx.note(Event::ServerExtend {
            holder,
            lease_us: self.rules.ttl.us(),
        });
        if self.rules.token_source == TokenSource::RaftLease {
            self.replicate(from, holder, account, Change::Extend, fx);
        } else {
            let extended = true;
            fx.send(from, Msg::ExtendReply { holder, extended });
        }
    }

    fn release(&mut self, holder: Incarnation, account: u8, fx: &mut Fx<'_>) {
        self.drop_expired(account, fx);
        self.pending.retain(|pending| pending.holder != holder);
        if self.owner(account) == Some(holder) {
            self.vacate(account, fx);
            fx.note(Event::ServerRelease { holder, by: holder });
            self.replicate_end(account, holder, Change::Release, fx);
        }
    }

    // --- the replicated log ----------------------------------------------

    /// Whether this node only stores what a leader tells it.
    fn follows(&self) -> bool {
        self.rules.token_source == TokenSource::RaftLease
            && self.peers.nodes.get(self.place) != Some(&self.peers.leader)
    }

    fn replicate(
        &mut self,
        asked_by: Node,
        holder: Incarnation,
        account: u8,
        change: Change,
        fx: &mut Fx<'_>,
    ) {
        let index = self.send_appends(holder, account, change, fx);
        self.pending.push(Pending {
            index,
            change,
            holder,
            asked_by,
            stored: 1,
        });
    }

    /// The end of a hold goes into the log too; nobody waits for it.
    fn replicate_end(&mut self, account: u8, holder: Incarnation, change: Change, fx: &mut Fx<'_>) {
        if self.rules.token_source == TokenSource::RaftLease {
            self.send_appends(holder, account, change, fx);
        }
    }

    fn send_appends(
        &mut self,
        holder: Incarnation,
        account: u8,
        change: Change,
        fx: &mut Fx<'_>,
    ) -> u64 {
        self.index += 1;
        let index = self.index;
        let peers = Rc::clone(&self.peers);
        for &node in peers.nodes.iter().filter(|&&node| node != peers.leader) {
            fx.send(
                node,
                Msg::Append {
                    index,
                    holder,
                    account,
                    change,
                },
            );
        }
        index
    }

    /// A follower stores a change, then says so.
    fn append(
        &mut self,
        from: Node,
        index: u64,
        holder: Incarnation,
        account: u8,
        change: Change,
        fx: &mut Fx<'_>,
    ) {
        let owner = self.owner(account);
        match change {
            Change::Grant => {
                // What ended the earlier hold was lost on the way.
                if let Some(holder) = owner.filter(|&owner| owner != holder) {
                    fx.note(Event::ServerExpire { holder });
                }
                self.lease(account, holder, fx);
                note_grant(holder, self.rules.ttl, fx);
            }
            Change::Extend if owner == Some(holder) => {
                self.lease(account, holder, fx);
                fx.note(Event::ServerExtend {
                    holder,
                    lease_us: self.rules.ttl.us(),
                });
            }
            Change::Release if owner == Some(holder) => {
                self.vacate(account, fx);
                fx.note(Event::ServerRelease { holder, by: holder });
            }
            Change::Expire if owner == Some(holder) => {
                self.vacate(account, fx);
                fx.note(Event::ServerExpire { holder });
            }
            Change::Extend | Change::Release | Change::Expire => {}
        }
        fx.send(from, Msg::Appended { index, holder });
    }

    /// Once a majority has stored a change, it holds.
    fn appended(&mut self, index: u64, fx: &mut Fx<'_>) {
        let majority = self.peers.majority();
        let Some(place) = self.pending.iter().position(|it| it.index == index) else {
            return;
        };
        let pending = &mut self.pending[place];
        pending.stored += 1;
        if pending.stored < majority {
            return;
        }
        let Pending {
            change,
            holder,
            asked_by,
            ..
        } = self.pending.swap_remove(place);
        if change == Change::Grant {
            let token = Token::new(index, holder.lane());
            fx.note(Event::TokenIssue { token, holder });
            self.reply(asked_by, holder, true, false, token, fx);
        } else {
            let extended = true;
            fx.send(asked_by, Msg::ExtendReply { holder, extended });
        }
    }

    // --- its end and its return ------------------------------------------

    pub fn crash(&mut self, wiped: bool) {
        self.pending.clear();
        if wiped {
            self.index = 0;
            for seat in &mut self.seats {
                *seat = Seat {
                    owner: None,
                    highest: Token::NONE,
                    count: 0,
                };
            }
        }
    }

    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        let accounts = u8::try_from(self.seats.len()).unwrap_or(u8::MAX);
        for account in 0..accounts {
            self.drop_expired(account, fx);
            if let Some((_, until)) = self.seats[usize::from(account)].owner
                && !self.follows()
            {
                let left = until.us_since(fx.mono());
                let left = sim::Span::from_us(u64::try_from(left).unwrap_or(0));
                fx.after(left, Task::Expire(account));
            }
        }
    }
}
