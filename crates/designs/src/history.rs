//! A trace read once: who believed, whom the servers granted to, what was
//! written. Plain data that laws, stories and pictures share.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use sim::{Kind, Record, Span, Time, Trace, flags};

use crate::vocabulary::{
    BeliefEnd, Contents, Decision, Event, Incarnation, Job, RateKind, RowDecision, Token,
    UpdateResult,
};

/// A place in a trace: when, and after which records of the same instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Instant {
    /// Virtual time.
    pub at: Time,
    /// The record's index; `u32::MAX` for the end of the run.
    pub record: u32,
}

/// A stretch during which a client believed that it held a lock; half open.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Belief {
    /// Whose.
    pub holder: Incarnation,
    /// The lock.
    pub lock: u32,
    /// From the acquisition.
    pub from: Instant,
    /// To the end, or to the end of the run.
    pub until: Instant,
    /// Why it ended; `None` where a crash or the run's end did.
    pub end: Option<BeliefEnd>,
    /// Its own deadline by its own clock, the latest where it extended;
    /// earlier than `from` where it had no validity left at all.
    pub deadline_us: i64,
    /// How many servers had granted.
    pub votes: u8,
}

/// A stretch during which one server's key or vote was a holder's.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Key {
    /// The server's lane.
    pub lane: u16,
    /// Whose.
    pub holder: Incarnation,
    /// The lock.
    pub lock: u32,
    /// From the grant, or from a restart that kept it.
    pub from: Instant,
    /// To its end, or to the end of the run.
    pub until: Instant,
    /// How it ended.
    pub end: KeyEnd,
    /// When the lease would run out, as of the grant or the last extension.
    pub lease_end: Time,
    /// From when `lease_end` counts.
    pub lease_from: Time,
}

/// How a key or a grant ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyEnd {
    /// Its time ran out.
    Expired,
    /// Its holder gave it back.
    Released,
    /// Someone else deleted it.
    Deleted(Incarnation),
    /// Its server died.
    Crashed,
    /// It had not ended when the run did.
    Open,
}

/// A stretch during which a holder truly had the lock: enough live servers had
/// its key.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Grant {
    /// Whose.
    pub holder: Incarnation,
    /// The lock.
    pub lock: u32,
    /// From the moment the last key that was needed was set.
    pub from: Instant,
    /// To the moment too few were left, or to the end of the run.
    pub until: Instant,
    /// How the key ended that made them too few.
    pub end: KeyEnd,
    /// When it would run out by time alone, as of its start or the last
    /// extension.
    pub lease_end: Time,
}

/// A write that reached a resource.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Write {
    /// When it was decided.
    pub at: Instant,
    /// The resource's lane.
    pub lane: u16,
    /// Under which hold it was sent.
    pub holder: Incarnation,
    /// The lock of that hold.
    pub lock: u32,
    /// The job whose result it is.
    pub job: Job,
    /// The token it carried.
    pub token: Token,
    /// What the resource did.
    pub decision: Decision,
}

/// A record of progress that reached a resource.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Progress {
    /// When it was decided.
    pub at: Instant,
    /// The resource's lane.
    pub lane: u16,
    /// Under which hold it was sent.
    pub holder: Incarnation,
    /// The lock of that hold: the partition that has come so far.
    pub lock: u32,
    /// The token it carried.
    pub token: Token,
    /// The place of the next job to do, from 0.
    pub next: u32,
    /// What the resource did.
    pub decision: Decision,
}

/// A token and the hold it was issued for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Issue {
    /// When.
    pub at: Instant,
    /// For whom.
    pub holder: Incarnation,
    /// Which.
    pub token: Token,
}

/// A write to a row of a database that was applied.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Change {
    /// When.
    pub at: Instant,
    /// The database's lane.
    pub lane: u16,
    /// By which attempt.
    pub holder: Incarnation,
    /// Which row.
    pub row: u32,
    /// What is in it from then on.
    pub contents: Contents,
}

/// What someone wanted changed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Update {
    /// Its number.
    pub job: Job,
    /// Whose.
    pub lane: u16,
    /// Which row.
    pub row: u32,
    /// Since when it was wanted.
    pub from: Instant,
    /// To the moment it was over, or to the end of the run.
    pub until: Instant,
    /// What came of it; `None` where a crash or the run's end came first.
    pub result: Option<UpdateResult>,
    /// Whether whoever wanted it died meanwhile.
    pub died: bool,
    /// How many attempts it took; 0 where it was not over.
    pub tries: u32,
}

/// What each user is allowed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Limit {
    /// How it counts.
    pub kind: RateKind,
    /// What a bucket holds, or a window lets through, in millionths of a
    /// request.
    pub capacity: u64,
    /// Of a bucket, requests a second; of a window, its length in µs.
    pub pace: u32,
    /// By how much the design says it may pass that, in thousandths of a
    /// request.
    pub allowance: u32,
}

/// A request that was let through.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Admission {
    /// When it was decided.
    pub at: Instant,
    /// Whose it is.
    pub user: u32,
}

/// A trace as laws read it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct History {
    /// In order of their starts.
    pub beliefs: Vec<Belief>,
    /// In order of their starts.
    pub keys: Vec<Key>,
    /// In order of their starts.
    pub grants: Vec<Grant>,
    /// In order.
    pub writes: Vec<Write>,
    /// In order.
    pub progress: Vec<Progress>,
    /// In order.
    pub tokens: Vec<Issue>,
    /// Jobs that are to be done.
    pub jobs: Vec<Job>,
    /// Writes to rows that were applied, in order.
    pub changes: Vec<Change>,
    /// What was wanted, in order.
    pub updates: Vec<Update>,
    /// Rows with a stock, as they start.
    pub stocks: Vec<(u32, Contents)>,
    /// What a first-come queue keeps an update waiting at most, where there is
    /// one.
    pub longest_wait: Option<Span>,
    /// Whether anything grants locks in this run.
    pub has_lock: bool,
    /// What each user is allowed, where something limits that.
    pub limit: Option<Limit>,
    /// In order.
    pub admissions: Vec<Admission>,
}

impl History {
    /// Reads `trace`.
    pub fn of(trace: &Trace) -> Self {
        let mut reader = Reader::new(trace);
        reader.go_on(trace, usize::MAX);
        reader.into_history()
    }

    /// The token issued for `holder`, or none.
    pub fn token_of(&self, holder: Incarnation) -> Token {
        self.tokens
            .iter()
            .find(|issue| issue.holder == holder)
            .map_or(Token::NONE, |issue| issue.token)
    }

    /// When `holder` truly had the lock, the first stretch.
    pub fn grant_of(&self, holder: Incarnation) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.holder == holder)
    }

    /// The writes that were applied.
    pub fn accepted(&self) -> impl Iterator<Item = &Write> {
        self.writes
            .iter()
            .filter(|write| write.decision == Decision::Accepted)
    }
}

/// A history in the making: it may rest after any record.
pub(crate) struct Reader {
    history: History,
    /// The place of the next record to read.
    next: usize,
    end: Instant,
    needed: usize,
    /// A leader speaks for a quorum, which keeps what it granted when the
    /// leader dies.
    replicated: bool,
    /// Which lock each attempt is for.
    tries: BTreeMap<Incarnation, u32>,
    /// Indexes of keys whose server is up.
    live: Vec<usize>,
    /// Keys that a dead server has stored.
    stored: Vec<usize>,
    open_beliefs: Vec<usize>,
    open_grants: Vec<usize>,
    /// Jobs that were offered.
    offered: BTreeSet<u32>,
    /// Indexes of updates that are not over, by number.
    open_updates: BTreeMap<u32, usize>,
}

impl Reader {
    /// Nothing of `trace` has been read yet.
    pub fn new(trace: &Trace) -> Self {
        Self {
            history: History::default(),
            next: 0,
            end: Instant {
                at: trace.end,
                record: u32::MAX,
            },
            needed: usize::MAX,
            replicated: false,
            tries: BTreeMap::new(),
            live: Vec::new(),
            stored: Vec::new(),
            open_beliefs: Vec::new(),
            open_grants: Vec::new(),
            offered: BTreeSet::new(),
            open_updates: BTreeMap::new(),
        }
    }

    /// Reads up to `records` more records of `trace`, the same each time, and
    /// says whether it has read all of them.
    pub fn go_on(&mut self, trace: &Trace, records: usize) -> bool {
        let rest = trace.records.get(self.next..).unwrap_or_default();
        for record in rest.iter().take(records) {
            let number = u32::try_from(self.next).expect("a trace has fewer records");
            self.take(number, record);
            self.next += 1;
        }
        self.next >= trace.records.len()
    }

    /// How many records have been read.
    pub const fn read(&self) -> usize {
        self.next
    }

    /// What was read.
    pub fn into_history(self) -> History {
        self.history
    }

    fn take(&mut self, number: u32, record: &Record) {
        let now = Instant {
            at: record.at,
            record: number,
        };
        let lane = record.lane;
        match record.world_kind() {
            Some(Kind::Crash) => self.crashed(now, lane, record.flags == flags::WIPED),
            Some(Kind::Restart) => self.restarted(now, lane),
            _ => {}
        }
        match Event::read(record) {
            Some(Event::LockRule { needed, .. }) => {
                self.history.has_lock = true;
                self.needed = needed as usize;
            }
            Some(Event::ServerLeads { .. }) => self.leads(now, lane),
            Some(Event::LockTry { holder, lock }) => {
                self.tries.insert(holder, lock);
            }
            Some(Event::OwnerAssigned {
                token,
                holder,
                partition,
            }) => {
                self.tries.insert(holder, partition);
                self.history.tokens.push(Issue {
                    at: now,
                    holder,
                    token,
                });
            }
            Some(Event::ServerGrant { holder, lease_us }) => {
                self.granted(now, lane, holder, Span::from_us(lease_us));
            }
            Some(Event::ServerExtend { holder, lease_us }) => {
                self.extended(now, lane, holder, Span::from_us(lease_us));
            }
            Some(Event::ServerExpire { holder }) => {
                self.ended(now, lane, holder, KeyEnd::Expired);
            }
            Some(Event::ServerRelease { holder, by }) => {
                let end = if by == holder {
                    KeyEnd::Released
                } else {
                    KeyEnd::Deleted(by)
                };
                self.ended(now, lane, holder, end);
            }
            Some(Event::LockAcquired {
                holder,
                valid_us,
                votes,
            }) => self.believes(now, holder, valid_us.0, votes),
            Some(Event::LockExtend {
                holder,
                extended: true,
                valid_us,
            }) => {
                for &open in &self.open_beliefs {
                    let belief = &mut self.history.beliefs[open];
                    if belief.holder == holder {
                        belief.deadline_us = now.at.since(Time::ZERO).signed_us() + valid_us.0;
                    }
                }
            }
            Some(Event::BeliefEnds { holder, reason }) => {
                self.stops_believing(now, Some(reason), |belief| belief.holder == holder);
            }
            Some(Event::TokenIssue { token, holder }) => self.history.tokens.push(Issue {
                at: now,
                holder,
                token,
            }),
            Some(Event::ResourceWrite {
                token,
                holder,
                job,
                decision,
            }) => self.history.writes.push(Write {
                at: now,
                lane,
                holder,
                lock: self.lock_of(holder),
                job,
                token,
                decision,
            }),
            Some(Event::OwnerLives { valid_us }) => {
                for &open in &self.open_beliefs {
                    let belief = &mut self.history.beliefs[open];
                    if belief.holder.lane() == lane {
                        belief.deadline_us = now.at.since(Time::ZERO).signed_us() + valid_us.0;
                    }
                }
            }
            Some(Event::ProgressWrite {
                token,
                holder,
                next,
                decision,
            }) => self.history.progress.push(Progress {
                at: now,
                lane,
                holder,
                lock: self.lock_of(holder),
                token,
                next,
                decision,
            }),
            Some(Event::RateRule {
                kind,
                capacity,
                pace,
                allowance,
            }) => {
                self.history.limit = Some(Limit {
                    kind,
                    capacity,
                    pace,
                    allowance,
                });
            }
            Some(Event::RateDecision {
                user,
                admitted: true,
                ..
            }) => self.history.admissions.push(Admission { at: now, user }),
            Some(Event::JobOffer { job }) if self.offered.insert(job.0) => {
                self.history.jobs.push(job);
            }
            Some(event) => self.take_row(now, lane, event),
            None => {}
        }
    }

    /// What concerns rows of a database, and who wants them changed.
    fn take_row(&mut self, now: Instant, lane: u16, event: Event) {
        match event {
            Event::RowIs { row, contents } => self.history.stocks.push((row, contents)),
            Event::WaitRule { bound_us } => {
                self.history.longest_wait = Some(Span::from_us(bound_us));
            }
            Event::RowWrite {
                holder,
                row,
                contents,
                decision: RowDecision::Applied,
            } => self.history.changes.push(Change {
                at: now,
                lane,
                holder,
                row,
                contents,
            }),
            Event::UpdateBegins { job, row } => {
                self.open_updates.insert(job.0, self.history.updates.len());
                self.history.updates.push(Update {
                    job,
                    lane,
                    row,
                    from: now,
                    until: self.end,
                    result: None,
                    died: false,
                    tries: 0,
                });
            }
            Event::UpdateEnds { job, result, tries } => {
                if let Some(open) = self.open_updates.remove(&job.0) {
                    let update = &mut self.history.updates[open];
                    update.until = now;
                    update.result = Some(result);
                    update.tries = tries;
                }
            }
            _ => {}
        }
    }

    fn believes(&mut self, now: Instant, holder: Incarnation, valid_us: i64, votes: u8) {
        let lock = self.lock_of(holder);
        self.open_beliefs.push(self.history.beliefs.len());
        self.history.beliefs.push(Belief {
            holder,
            lock,
            from: now,
            until: self.end,
            end: None,
            deadline_us: now.at.since(Time::ZERO).signed_us() + valid_us,
            votes,
        });
    }

    /// The lock that an attempt is for.
    fn lock_of(&self, holder: Incarnation) -> u32 {
        self.tries.get(&holder).copied().unwrap_or(0)
    }

    fn stops_believing(
        &mut self,
        now: Instant,
        end: Option<BeliefEnd>,
        whose: impl Fn(&Belief) -> bool,
    ) {
        let beliefs = &mut self.history.beliefs;
        self.open_beliefs.retain(|&open| {
            let belief = &mut beliefs[open];
            if whose(belief) {
                belief.until = now;
                belief.end = end;
                return false;
            }
            true
        });
    }

    /// From here on keys are the leader's in `lane`: it takes over those of the
    /// one before it.
    fn leads(&mut self, now: Instant, lane: u16) {
        self.replicated = true;
        let keys = &mut self.history.keys;
        for live in &mut self.live {
            let key = keys[*live];
            if key.lane == lane {
                continue;
            }
            keys[*live].until = now;
            *live = keys.len();
            keys.push(Key {
                lane,
                from: now,
                ..key
            });
        }
    }

    fn granted(&mut self, now: Instant, lane: u16, holder: Incarnation, lease: Span) {
        if self.replicated {
            if self.is_granted(holder) {
                // A new leader says once more what a quorum has granted.
                self.extended(now, lane, holder, lease);
                return;
            }
            self.supplanted(now, self.lock_of(holder));
        }
        let key = Key {
            lane,
            holder,
            lock: self.lock_of(holder),
            from: now,
            until: self.end,
            end: KeyEnd::Open,
            lease_end: now.at + lease,
            lease_from: now.at,
        };
        self.lives(now, key);
    }

    /// A key counts from now on.
    fn lives(&mut self, now: Instant, key: Key) {
        let holder = key.holder;
        self.live.push(self.history.keys.len());
        self.history.keys.push(key);
        let held = self.live_keys_of(holder);
        if held >= self.needed && !self.is_granted(holder) {
            self.open_grants.push(self.history.grants.len());
            self.history.grants.push(Grant {
                holder,
                lock: key.lock,
                from: now,
                until: self.end,
                end: KeyEnd::Open,
                lease_end: now.at,
            });
        }
        self.set_lease_end(holder);
    }

    /// A quorum that has lost what it had agreed on grants anew: what was
    /// granted before is lost.
    fn supplanted(&mut self, now: Instant, lock: u32) {
        let live: Vec<Key> = self
            .live
            .iter()
            .map(|&live| self.history.keys[live])
            .filter(|key| key.lock == lock)
            .collect();
        for key in live {
            self.ended(now, key.lane, key.holder, KeyEnd::Crashed);
        }
    }

    fn extended(&mut self, now: Instant, lane: u16, holder: Incarnation, lease: Span) {
        for &live in &self.live {
            let key = &mut self.history.keys[live];
            if key.lane == lane && key.holder == holder {
                key.lease_from = now.at;
                key.lease_end = now.at + lease;
            }
        }
        self.set_lease_end(holder);
    }

    /// A grant runs out when so many leases have that too few are left.
    fn set_lease_end(&mut self, holder: Incarnation) {
        let mut ends: Vec<Time> = self
            .live
            .iter()
            .map(|&live| &self.history.keys[live])
            .filter(|key| key.holder == holder)
            .map(|key| key.lease_end)
            .collect();
        ends.sort_unstable();
        let Some(last) = ends.len().checked_sub(self.needed) else {
            return;
        };
        for &open in &self.open_grants {
            let grant = &mut self.history.grants[open];
            if grant.holder == holder {
                grant.lease_end = ends[last];
            }
        }
    }

    fn ended(&mut self, now: Instant, lane: u16, holder: Incarnation, end: KeyEnd) {
        let keys = &mut self.history.keys;
        self.live.retain(|&live| {
            let key = &mut keys[live];
            if key.lane == lane && key.holder == holder {
                key.until = now;
                key.end = end;
                return false;
            }
            true
        });
        self.stored
            .retain(|&stored| keys[stored].lane != lane || keys[stored].holder != holder);
        self.recount(now, holder, end);
    }

    /// Ends `holder`'s grant where too few live keys are left.
    fn recount(&mut self, now: Instant, holder: Incarnation, end: KeyEnd) {
        if self.live_keys_of(holder) >= self.needed {
            return;
        }
        let grants = &mut self.history.grants;
        self.open_grants.retain(|&open| {
            let grant = &mut grants[open];
            if grant.holder == holder {
                grant.until = now;
                grant.end = end;
                return false;
            }
            true
        });
    }

    fn crashed(&mut self, now: Instant, lane: u16, wiped: bool) {
        self.stops_believing(now, None, |belief| belief.holder.lane() == lane);
        let updates = &mut self.history.updates;
        self.open_updates.retain(|_, &mut open| {
            let update = &mut updates[open];
            if update.lane == lane {
                update.until = now;
                update.died = true;
            }
            !update.died
        });
        if self.replicated {
            return;
        }
        let mut lost = Vec::new();
        let keys = &mut self.history.keys;
        let stored = &mut self.stored;
        self.live.retain(|&live| {
            let key = &mut keys[live];
            if key.lane != lane {
                return true;
            }
            key.until = now;
            key.end = KeyEnd::Crashed;
            if !wiped {
                stored.push(live);
            }
            lost.push(key.holder);
            false
        });
        for holder in lost {
            self.recount(now, holder, KeyEnd::Crashed);
        }
    }

    fn restarted(&mut self, now: Instant, lane: u16) {
        let keys = &self.history.keys;
        let kept: Vec<Key> = self
            .stored
            .iter()
            .map(|&stored| keys[stored])
            .filter(|key| key.lane == lane)
            .collect();
        self.stored.retain(|&stored| keys[stored].lane != lane);
        for key in kept {
            self.lives(
                now,
                Key {
                    from: now,
                    until: self.end,
                    end: KeyEnd::Open,
                    ..key
                },
            );
        }
    }

    fn live_keys_of(&self, holder: Incarnation) -> usize {
        self.live
            .iter()
            .filter(|&&live| self.history.keys[live].holder == holder)
            .count()
    }

    fn is_granted(&self, holder: Incarnation) -> bool {
        self.open_grants
            .iter()
            .any(|&open| self.history.grants[open].holder == holder)
    }
}
