//! How servers without a leader find one, after
//! `server/quorum/FastLeaderElection.java`: everyone votes for the most
//! advanced server that it has heard of, until a quorum votes alike.

use alloc::vec::Vec;

use sim::Span;

use super::server::{Role, Server};
use super::{Ballot, Fx, Msg, Task, Zxid};

/// How long a server waits for better votes once a quorum votes alike
/// (`finalizeWait`); also the first wait before it repeats its vote.
const FINALIZE: Span = Span::from_ms(200);
/// The longest wait before it does (`maxNotificationInterval`).
const LONGEST_WAIT: Span = Span::from_s(60);

/// A follower that joined before its leader knew that it leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Early {
    pub place: usize,
    pub promised: u32,
    pub zxid: Zxid,
}

/// An election, as one server sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Election {
    vote: Option<Ballot>,
    /// The votes of servers that look too.
    heard: Vec<(usize, Ballot)>,
    /// What servers that have a leader say of it.
    settled: Vec<(usize, Ballot)>,
    early: Vec<Early>,
    wait: Span,
}

impl Election {
    pub fn remember(&mut self, early: Early) {
        self.early.retain(|other| other.place != early.place);
        self.early.push(early);
    }

    fn hear(votes: &mut Vec<(usize, Ballot)>, place: usize, ballot: Ballot) {
        votes.retain(|&(other, _)| other != place);
        votes.push((place, ballot));
    }

    /// How many vote as it does, itself counted.
    fn agreeing(&self) -> usize {
        let alike = |&&(_, ballot): &&(usize, Ballot)| Some(ballot) == self.vote;
        1 + self.heard.iter().filter(alike).count()
    }

    /// The leader that `quorum` servers follow, itself among them.
    fn leader(&self, quorum: usize) -> Option<usize> {
        self.settled
            .iter()
            .filter(|(place, ballot)| *place == ballot.place)
            .find(|(_, led)| {
                let follow = |(_, ballot): &&(usize, Ballot)| {
                    ballot.place == led.place && ballot.epoch == led.epoch
                };
                self.settled.iter().filter(follow).count() >= quorum
            })
            .map(|&(place, _)| place)
    }
}

impl Server {
    /// Starts a new round with a vote for itself.
    pub(super) fn call_election(&mut self, fx: &mut Fx<'_>) {
        self.round = self.round.saturating_add(1);
        let vote = Some(self.own_ballot());
        self.role = Role::Looking(Election {
            vote,
            wait: FINALIZE,
            ..Election::default()
        });
        self.broadcast(fx);
        fx.poll(FINALIZE, Task::Vote);
    }

    fn own_ballot(&self) -> Ballot {
        Ballot {
            epoch: self.epoch,
            zxid: self.last_zxid(),
            place: self.place,
        }
    }

    /// What it says to who asks for its vote.
    fn vote(&self) -> (Ballot, bool) {
        let own = self.own_ballot();
        match &self.role {
            Role::Looking(election) => (election.vote.unwrap_or(own), false),
            Role::Following(following) => (
                Ballot {
                    place: following.leader,
                    ..own
                },
                true,
            ),
            Role::Leading(_) => (own, true),
        }
    }

    fn send_vote(&self, place: usize, fx: &mut Fx<'_>) {
        let (ballot, settled) = self.vote();
        let message = Msg::Vote {
            round: self.round,
            ballot,
            settled,
        };
        fx.send(self.peers.servers[place], message);
    }

    fn broadcast(&self, fx: &mut Fx<'_>) {
        for place in (0..self.peers.servers.len()).filter(|&place| place != self.place) {
            self.send_vote(place, fx);
        }
    }

    /// Nothing was settled: say it again, more rarely each time.
    pub(super) fn repeat_vote(&mut self, fx: &mut Fx<'_>) {
        self.broadcast(fx);
        if let Role::Looking(election) = &mut self.role {
            election.wait = (election.wait * 2).min(LONGEST_WAIT);
            fx.poll(election.wait, Task::Vote);
        }
    }

    pub(super) fn hear_vote(
        &mut self,
        from: usize,
        round: u32,
        ballot: Ballot,
        settled: bool,
        fx: &mut Fx<'_>,
    ) {
        let own = self.own_ballot();
        let quorum = self.peers.quorum();
        let Role::Looking(election) = &mut self.role else {
            if !settled {
                self.send_vote(from, fx);
            }
            return;
        };
        if settled {
            Election::hear(&mut election.settled, from, ballot);
            if let Some(leader) = election.leader(quorum) {
                self.follow(leader, fx);
            }
            return;
        }
        if round < self.round {
            self.send_vote(from, fx);
            return;
        }
        let is_new_round = round > self.round;
        if is_new_round {
            self.round = round;
            election.heard.clear();
        }
        let best = if is_new_round {
            own.max(ballot)
        } else {
            election.vote.unwrap_or(own).max(ballot)
        };
        let changed = is_new_round || election.vote != Some(best);
        election.vote = Some(best);
        Election::hear(&mut election.heard, from, ballot);
        let agreed = election.agreeing() >= quorum;
        if changed {
            fx.clear(Task::Settle);
            self.broadcast(fx);
        }
        if agreed {
            fx.after(FINALIZE, Task::Settle);
        }
    }

    /// No better vote has come: the election is over.
    pub(super) fn settle(&mut self, fx: &mut Fx<'_>) {
        let quorum = self.peers.quorum();
        let Role::Looking(election) = &mut self.role else {
            return;
        };
        let Some(vote) = election.vote.filter(|_| election.agreeing() >= quorum) else {
            return;
        };
        let early = core::mem::take(&mut election.early);
        if vote.place == self.place {
            self.lead(early, fx);
        } else {
            self.follow(vote.place, fx);
        }
    }
}
