//! Who owns what: members, epochs, and one owner for each partition. One lane
//! stands for a replicated service; it decides one thing after the other and
//! stores it before it speaks.
//!
//! A change of membership begins an epoch. Cooperatively, only partitions that
//! change owners are asked back, and each goes to its next owner as soon as it
//! is free; eagerly, all are asked back and none is given out before all are
//! free. The names are those of Kafka's rebalance protocols
//! (`ConsumerPartitionAssignor.RebalanceProtocol`, 3.0), where a partition that
//! was given back is given out in a second rebalance.

use alloc::vec;
use alloc::vec::Vec;

use sim::Node;

use super::hash::owners;
use super::{Fx, Msg, Rules, Task, clock};
use crate::vocabulary::{Event, Incarnation, MemberChange, Token};

/// Who has a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Owner {
    node: Node,
    holder: Incarnation,
    token: Token,
}

#[derive(Clone, Copy, Debug, Default)]
struct Partition {
    owner: Option<Owner>,
    /// It was asked back.
    revoked: bool,
    /// Who is to have it in this epoch.
    target: Option<Node>,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    node: Node,
    leaves: bool,
    /// Which of its attempts to join made it a member.
    id: u64,
    /// When it was last heard of, by the coordinator's clock, µs.
    heard_us: u64,
}

/// The coordinator.
#[derive(Debug)]
pub struct Coordinator {
    rules: Rules,
    /// By rising number.
    members: Vec<Member>,
    partitions: Vec<Partition>,
    epoch: u32,
    /// How many ownerships each node has had, by its number.
    ownerships: Vec<u16>,
}

impl Coordinator {
    /// A coordinator of a group that `members` form when the run begins.
    pub fn new(rules: Rules, members: impl Iterator<Item = Node>) -> Self {
        Self {
            rules,
            members: members
                .map(|node| Member {
                    node,
                    leaves: false,
                    id: u64::MAX,
                    heard_us: 0,
                })
                .collect(),
            partitions: vec![Partition::default(); usize::from(rules.partitions)],
            epoch: 0,
            ownerships: Vec::new(),
        }
    }

    pub fn start(&mut self, fx: &mut Fx<'_>) {
        // One word of it makes an owner.
        fx.note(Event::LockRule { needed: 1, of: 1 });
        for member in &self.members {
            fx.poll(self.rules.session_timeout, Task::Expire(member.node));
        }
        self.begin_epoch(fx.node(), MemberChange::Formed, fx);
        self.rebalance(fx);
    }

    // --- members ---------------------------------------------------------

    fn member(&mut self, node: Node) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.node == node)
    }

    /// A member lives: all that it owns is its own for another timeout.
    fn renew(&mut self, node: Node, fx: &mut Fx<'_>) {
        let now = clock(fx);
        let timeout = self.rules.session_timeout;
        if let Some(member) = self.member(node) {
            member.heard_us = now;
        }
        for (_, owner) in self.owned_by(node) {
            fx.note(Event::ServerExtend {
                holder: owner.holder,
                lease_us: timeout.us(),
            });
        }
        fx.poll(timeout, Task::Expire(node));
    }

    fn heard(&mut self, node: Node, sent: u64, fx: &mut Fx<'_>) {
        self.renew(node, fx);
        fx.send(node, Msg::HeartbeatReply { sent });
    }

    pub fn message(&mut self, from: Node, message: Msg, fx: &mut Fx<'_>) {
        let known = self.member(from).is_some();
        match message {
            Msg::Join { id, sent } => self.join(from, id, sent, fx),
            Msg::Heartbeat { .. } | Msg::Sync { .. } | Msg::Leave if !known => {
                fx.send(from, Msg::Expelled);
            }
            Msg::Heartbeat { sent } => self.heard(from, sent, fx),
            Msg::Sync { sent } => self.sync(from, sent, fx),
            Msg::Leave => self.leave(from, fx),
            Msg::Released { partition, holder } => self.released(partition, holder, fx),
            _ => {}
        }
    }

    fn join(&mut self, node: Node, id: u64, sent: u64, fx: &mut Fx<'_>) {
        self.heard(node, sent, fx);
        if let Some(member) = self.member(node) {
            if member.id == id {
                return;
            }
            member.id = id;
            member.leaves = false;
            self.begin_epoch(node, MemberChange::Returned, fx);
            self.take_all(node, fx);
            self.rebalance(fx);
            return;
        }
        let place = self.members.partition_point(|member| member.node < node);
        let member = Member {
            node,
            leaves: false,
            id,
            heard_us: clock(fx),
        };
        self.members.insert(place, member);
        self.begin_epoch(node, MemberChange::Joined, fx);
        self.rebalance(fx);
    }

    fn leave(&mut self, node: Node, fx: &mut Fx<'_>) {
        if let Some(member) = self.member(node)
            && !member.leaves
        {
            member.leaves = true;
            self.begin_epoch(node, MemberChange::Leaves, fx);
            self.rebalance(fx);
        }
        self.dismiss(node, fx);
    }

    /// Lets a leaving member go that owns nothing.
    fn dismiss(&mut self, node: Node, fx: &mut Fx<'_>) {
        let leaves = self.member(node).is_some_and(|member| member.leaves);
        let owns = self.owned_by(node).next().is_some();
        if leaves && !owns {
            self.members.retain(|member| member.node != node);
            fx.clear(Task::Expire(node));
            fx.send(node, Msg::Goodbye);
        }
    }

    /// Tells a member what it owns: it may have missed it.
    fn sync(&mut self, node: Node, sent: u64, fx: &mut Fx<'_>) {
        self.heard(node, sent, fx);
        let owned: Vec<_> = self.owned_by(node).collect();
        for (partition, owner) in owned {
            fx.send(
                node,
                Msg::Assign {
                    partition,
                    holder: owner.holder,
                    token: owner.token,
                },
            );
            if self.partitions[usize::from(partition)].revoked {
                let holder = owner.holder;
                fx.send(node, Msg::Revoke { partition, holder });
            }
        }
        fx.send(node, Msg::SyncDone);
    }

    fn expire(&mut self, node: Node, fx: &mut Fx<'_>) {
        if self.member(node).is_none() {
            return;
        }
        self.members.retain(|member| member.node != node);
        self.begin_epoch(node, MemberChange::Lost, fx);
        self.take_all(node, fx);
        self.rebalance(fx);
    }

    // --- partitions ------------------------------------------------------

    fn owned_by(&self, node: Node) -> impl Iterator<Item = (u16, Owner)> {
        (0..).zip(&self.partitions).filter_map(move |(number, it)| {
            let owner = it.owner.filter(|owner| owner.node == node)?;
            Some((number, owner))
        })
    }

    /// Takes everything from a member without asking.
    fn take_all(&mut self, node: Node, fx: &mut Fx<'_>) {
        let owned: Vec<u16> = self.owned_by(node).map(|(number, _)| number).collect();
        for number in owned {
            self.take(number, fx);
        }
    }

    fn take(&mut self, number: u16, fx: &mut Fx<'_>) {
        let partition = &mut self.partitions[usize::from(number)];
        if let Some(owner) = partition.owner.take() {
            let holder = owner.holder;
            partition.revoked = false;
            fx.clear(Task::DrainOver(number));
            fx.note(Event::ServerExpire { holder });
        }
    }

    /// Those who are to own something.
    fn staying(&self) -> Vec<Node> {
        let stays = self.members.iter().filter(|member| !member.leaves);
        stays.map(|member| member.node).collect()
    }

    fn begin_epoch(&mut self, about: Node, change: MemberChange, fx: &mut Fx<'_>) {
        self.epoch += 1;
        fx.note(Event::OwnersChange {
            epoch: self.epoch,
            worker: u32::from(about.0),
            change,
            members: self.staying().len() as u64,
        });
    }

    /// Sees to it that each partition comes to its owner of this epoch.
    fn rebalance(&mut self, fx: &mut Fx<'_>) {
        let Rules {
            hash,
            partitions,
            owner_salt,
            ..
        } = self.rules;
        let targets = owners(hash, partitions, &self.staying(), owner_salt);
        for (partition, target) in self.partitions.iter_mut().zip(targets) {
            partition.target = target;
        }
        for number in 0..partitions {
            let partition = self.partitions[usize::from(number)];
            if let Some(owner) = partition.owner
                && !partition.revoked
                && (self.rules.eager || partition.target != Some(owner.node))
            {
                self.revoke(number, owner, fx);
            }
        }
        for number in 0..partitions {
            self.give_out(number, fx);
        }
    }

    fn revoke(&mut self, number: u16, owner: Owner, fx: &mut Fx<'_>) {
        self.partitions[usize::from(number)].revoked = true;
        let holder = owner.holder;
        fx.note(Event::OwnerRevoked {
            holder,
            partition: u32::from(number),
        });
        fx.send(
            owner.node,
            Msg::Revoke {
                partition: number,
                holder,
            },
        );
        fx.after(self.rules.drain, Task::DrainOver(number));
    }

    fn released(&mut self, number: u16, holder: Incarnation, fx: &mut Fx<'_>) {
        let place = usize::from(number);
        let Some(partition) = self.partitions.get_mut(place) else {
            return;
        };
        let Some(owner) = partition.owner.filter(|owner| owner.holder == holder) else {
            return;
        };
        partition.owner = None;
        partition.revoked = false;
        fx.clear(Task::DrainOver(number));
        fx.note(Event::ServerRelease { holder, by: holder });
        self.freed(number, owner.node, fx);
    }

    /// The owner of a partition has not given it back in time: the fence has
    /// to stop it.
    fn drain_over(&mut self, number: u16, fx: &mut Fx<'_>) {
        let Some(partition) = self.partitions.get(usize::from(number)) else {
            return;
        };
        if let Some(owner) = partition.owner.filter(|_| partition.revoked) {
            self.take(number, fx);
            self.freed(number, owner.node, fx);
        }
    }

    /// Partition `number` has no owner any more.
    fn freed(&mut self, number: u16, last: Node, fx: &mut Fx<'_>) {
        if !self.rules.eager {
            self.give_out(number, fx);
        } else if self.partitions.iter().all(|it| it.owner.is_none()) {
            for number in 0..self.rules.partitions {
                self.assign(number, fx);
            }
        }
        self.dismiss(last, fx);
    }

    /// Gives a free partition to its next owner, unless all have to be free
    /// first.
    fn give_out(&mut self, number: u16, fx: &mut Fx<'_>) {
        let waits = |it: &Partition| it.owner.is_some() && it.revoked;
        if !(self.rules.eager && self.partitions.iter().any(waits)) {
            self.assign(number, fx);
        }
    }

    fn assign(&mut self, number: u16, fx: &mut Fx<'_>) {
        let partition = &mut self.partitions[usize::from(number)];
        let Some(node) = partition.target.filter(|_| partition.owner.is_none()) else {
            return;
        };
        if self.ownerships.len() <= node.index() {
            self.ownerships.resize(node.index() + 1, 0);
        }
        let count = &mut self.ownerships[node.index()];
        *count = count.wrapping_add(1);
        let holder = Incarnation::new(node.0, *count);
        let token = Token::new(u64::from(self.epoch), node.0);
        partition.owner = Some(Owner {
            node,
            holder,
            token,
        });
        fx.note(Event::OwnerAssigned {
            token,
            holder,
            partition: u32::from(number),
        });
        let heard = self.members.iter().find(|member| member.node == node);
        let until = heard.map_or(0, |it| it.heard_us) + self.rules.session_timeout.us();
        fx.note(Event::ServerGrant {
            holder,
            lease_us: until.saturating_sub(clock(fx)),
        });
        fx.send(
            node,
            Msg::Assign {
                partition: number,
                holder,
                token,
            },
        );
    }

    // --- the node --------------------------------------------------------

    pub fn step(&mut self, task: Task, fx: &mut Fx<'_>) {
        match task {
            Task::Expire(node) => self.expire(node, fx),
            Task::DrainOver(number) => self.drain_over(number, fx),
            _ => {}
        }
    }

    pub fn crash(&mut self, wiped: bool) {
        if wiped {
            self.members.clear();
            self.partitions.fill(Partition::default());
        }
    }

    /// All is as it was stored; everyone gets a whole timeout to be heard.
    pub fn restart(&mut self, fx: &mut Fx<'_>) {
        let members: Vec<Node> = self.members.iter().map(|it| it.node).collect();
        for node in members {
            self.renew(node, fx);
        }
        let revoked = (0..).zip(&self.partitions).filter(|(_, it)| it.revoked);
        for (number, _) in revoked {
            fx.after(self.rules.drain, Task::DrainOver(number));
        }
    }
}
