//! The facts that all designs note in the same words, so that laws, stories
//! and pictures read a trace without knowing the actors that made it.
//!
//! Each kind stands once in the table below: its number in a record, its name
//! in files, and which field lies in which word.

use sim::{Fact, Record};

/// One holder's hold on one lock: the client's lane in the upper half, the
/// number of its attempt in the lower. It is the random value of Redlock and
/// the session's node of ZooKeeper, made readable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Incarnation(pub u32);

impl Incarnation {
    /// The `attempt`th attempt (counted from 1) of the client in `lane`.
    pub const fn new(lane: u16, attempt: u16) -> Self {
        Self(((lane as u32) << 16) | attempt as u32)
    }

    /// The client's lane.
    pub const fn lane(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// Which of the client's attempts it is, counted from 1.
    pub const fn attempt(self) -> u16 {
        self.0 as u16
    }
}

/// A fencing token: a number that is meant to rise with each grant, and the
/// client that drew it to break ties. Zero is no token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Token(pub u64);

impl Token {
    /// No token at all.
    pub const NONE: Self = Self(0);

    /// Number `number`, drawn by the client in `lane`.
    pub const fn new(number: u64, lane: u16) -> Self {
        Self((number << 16) | lane as u64)
    }

    /// The number without the client.
    pub const fn number(self) -> u64 {
        self.0 >> 16
    }

    /// Whether there is a token.
    pub const fn is_some(self) -> bool {
        self.0 != 0
    }
}

/// A job, numbered from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Job(pub u32);

/// A span of microseconds that can be negative, such as the time a lock is
/// still valid for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Left(pub i64);

/// What is in a row of a database.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Contents {
    /// Counts the updates of the row; 0 before the first.
    pub version: u32,
    /// A number that updates change, such as a stock.
    pub value: u32,
}

/// What fits in a word of a record.
trait Word {
    fn into_word(self) -> u64;
    fn from_word(word: u64) -> Self;
}

macro_rules! words {
    ($($name:ty: $into:expr, $from:expr;)*) => {$(
        impl Word for $name {
            fn into_word(self) -> u64 { ($into)(self) }
            fn from_word(word: u64) -> Self { ($from)(word) }
        }
    )*};
}

words! {
    Incarnation: |it: Self| u64::from(it.0), |word| Self(word as u32);
    Token: |it: Self| it.0, Self;
    Job: |it: Self| u64::from(it.0), |word| Self(word as u32);
    Contents: |it: Self| u64::from(it.version) << 32 | u64::from(it.value),
        |word: u64| Self { version: (word >> 32) as u32, value: word as u32 };
    Left: |it: Self| it.0.cast_unsigned(), |word: u64| Self(word.cast_signed());
    u8: u64::from, |word| word as Self;
    u16: u64::from, |word| word as Self;
    u32: u64::from, |word| word as Self;
    u64: |it| it, |word| word;
    bool: u64::from, |word| word != 0;
}

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $number:literal, $word:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum $name { $($(#[$each])* $variant = $number,)* }

        impl $name {
            /// The word for it in files.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl Word for $name {
            fn into_word(self) -> u64 { self as u64 }
            fn from_word(word: u64) -> Self {
                const ALL: &[$name] = &[$($name::$variant,)*];
                ALL.iter().copied().find(|it| *it as u64 == word).unwrap_or(ALL[0])
            }
        }
    };
}

coded! {
    /// Why an attempt to lock failed.
    Refusal {
        /// Fewer votes than a quorum, for mixed reasons.
        Votes = 0, "votes";
        /// Enough votes, but no time of validity left.
        Validity = 1, "validity";
        /// Another holder has the lock.
        Locked = 2, "locked";
        /// Too few answers came in time.
        Timeout = 3, "timeout";
    }
}

coded! {
    /// Why a client stopped believing that it holds a lock.
    BeliefEnd {
        /// It released the lock.
        Release = 0, "release";
        /// Its own deadline passed.
        Deadline = 1, "deadline";
        /// It was told that the lock is lost.
        Notified = 2, "notified";
        /// It found out by itself and gave up.
        Aborted = 3, "aborted";
    }
}

coded! {
    /// What a resource did with a write.
    Decision {
        /// Applied.
        Accepted = 0, "accepted";
        /// Refused: its token is lower than one seen before.
        StaleToken = 1, "stale token";
        /// Refused: the job was done already.
        AlreadyDone = 2, "already done";
    }
}

coded! {
    /// What a caller gets for its request.
    Status {
        /// It is done.
        Success = 0, "success";
        /// Refused: someone else is at it. Come again later.
        Held = 1, "held";
        /// Refused: the lock has no quorum. Come again later.
        NoQuorum = 2, "no quorum";
        /// It was given up before anything was done.
        Failed = 3, "failed";
        /// It was begun, and whether it took effect is not known.
        Unknown = 4, "unknown";
        /// No answer came in time.
        NoAnswer = 5, "no answer";
        /// Refused: too many requests. Come again later.
        Limited = 6, "limited";
        /// It is done, though nobody could count it.
        Uncounted = 7, "uncounted";
        /// Refused: nobody can count.
        Uncountable = 8, "uncountable";
    }
}

impl Status {
    /// The HTTP status that says so; `None` where nothing was said.
    pub const fn http(self) -> Option<u16> {
        match self {
            Self::Success | Self::Uncounted => Some(200),
            Self::Held => Some(409),
            Self::Limited => Some(429),
            Self::NoQuorum | Self::Uncountable => Some(503),
            Self::Failed => Some(500),
            Self::Unknown => Some(504),
            Self::NoAnswer => None,
        }
    }
}

coded! {
    /// What a database did with a write to a row.
    RowDecision {
        /// Applied.
        Applied = 0, "applied";
        /// Refused: the row is not what the writer had read.
        Conflict = 1, "conflict";
        /// Refused: nothing is left to take.
        SoldOut = 2, "sold out";
    }
}

coded! {
    /// How an update ended for whoever wanted it.
    UpdateResult {
        /// It has a unit of the stock.
        Taken = 0, "taken";
        /// It has put a unit back.
        Returned = 1, "returned";
        /// The row is changed.
        Changed = 2, "changed";
        /// Nothing was left to take.
        SoldOut = 3, "sold out";
        /// It has tried too often.
        GaveUp = 4, "gave up";
    }
}

coded! {
    /// What a client's library tells its application about its session.
    SessionState {
        /// Connected, and the session lives.
        SyncConnected = 0, "connected";
        /// The connection is gone; whether the session lives is not known.
        Disconnected = 1, "disconnected";
        /// The session is over.
        Expired = 2, "expired";
    }
}

coded! {
    /// How a limit counts.
    RateKind {
        /// A bucket that fills at a rate, up to its capacity.
        Bucket = 0, "token bucket";
        /// So many in each window of time, from multiples of its length.
        Window = 1, "fixed window";
    }
}

coded! {
    /// Why owners are assigned anew.
    MemberChange {
        /// The group begins.
        Formed = 0, "formed";
        /// A worker joins.
        Joined = 1, "joined";
        /// A worker is about to leave.
        Leaves = 2, "leaves";
        /// A worker has not been heard of for its timeout.
        Lost = 3, "lost";
        /// A worker comes back and has forgotten what it owned.
        Returned = 4, "returned";
    }
}

macro_rules! events {
    ($($(#[$doc:meta])* $number:literal $name:literal $variant:ident
        { $($field:ident: $type:ty = $word:ident, $(#[$field_doc:meta])*)* })*) => {
        /// One shared fact, as an actor notes it and a law reads it.
        #[derive(Clone, Copy, PartialEq, Debug)]
        pub enum Event {
            $($(#[$doc])* $variant { $($(#[$field_doc])* $field: $type,)* },)*
        }

        impl Event {
            /// The fact in a record; `None` where the record is the world's.
            #[inline]
            pub fn read(record: &Record) -> Option<Self> {
                // Most records of a long run are, which is seen at once.
                if record.kind < Fact::FIRST {
                    return None;
                }
                Self::of_fact(record)
            }

            #[allow(clippy::cast_possible_truncation)]
            fn of_fact(record: &Record) -> Option<Self> {
                match record.kind {
                    $($number => Some(Self::$variant {
                        $($field: <$type as Word>::from_word(u64::from(record.$word)),)*
                    }),)*
                    _ => None,
                }
            }

            /// The kind's name in files.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }

            /// Calls `each` with the name and the value of every field.
            pub fn fields(&self, mut each: impl FnMut(&'static str, Field)) {
                match *self {
                    $(Self::$variant { $($field,)* } => { $(each(stringify!($field), Field::from($field));)* })*
                }
            }
        }

        impl From<Event> for Fact {
            #[allow(clippy::cast_possible_truncation)]
            fn from(event: Event) -> Self {
                match event {
                    $(Event::$variant { $($field,)* } => {
                        let mut fact = Self { kind: $number, ..Self::default() };
                        $(fact.$word = $field.into_word() as _;)*
                        fact
                    })*
                }
            }
        }
    };
}

/// A field's value as files show it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Field {
    /// A number, a lane or a microsecond count.
    Number(i64),
    /// A yes or no.
    Flag(bool),
    /// One of a few words.
    Word(&'static str),
    /// A holder: lane and attempt.
    Holder(Incarnation),
    /// A token.
    Token(Token),
    /// What is in a row.
    Contents(Contents),
}

macro_rules! fields {
    ($($type:ty: $field:expr;)*) => {$(
        impl From<$type> for Field {
            fn from(it: $type) -> Self { ($field)(it) }
        }
    )*};
}

fields! {
    Incarnation: Self::Holder;
    Token: Self::Token;
    Contents: Self::Contents;
    Job: |it: Job| Self::Number(i64::from(it.0));
    Left: |it: Left| Self::Number(it.0);
    u8: |it| Self::Number(i64::from(it));
    u16: |it| Self::Number(i64::from(it));
    u32: |it| Self::Number(i64::from(it));
    u64: |it: u64| Self::Number(it.cast_signed());
    bool: Self::Flag;
    Refusal: |it: Refusal| Self::Word(it.word());
    BeliefEnd: |it: BeliefEnd| Self::Word(it.word());
    Decision: |it: Decision| Self::Word(it.word());
    Status: |it: Status| Self::Word(it.word());
    SessionState: |it: SessionState| Self::Word(it.word());
    RowDecision: |it: RowDecision| Self::Word(it.word());
    UpdateResult: |it: UpdateResult| Self::Word(it.word());
    RateKind: |it: RateKind| Self::Word(it.word());
    MemberChange: |it: MemberChange| Self::Word(it.word());
}

events! {
    /// A lock is held by whom `needed` of `of` servers grant it to. Noted
    /// once, at the start.
    32 "lock.rule" LockRule {
        needed: u32 = y, /// How many grants make a holder.
        of: u32 = z, /// How many servers there are.
    }
    /// A client starts an attempt.
    33 "lock.try" LockTry {
        holder: Incarnation = y, /// The attempt.
        lock: u32 = z, /// Which lock.
    }
    /// A server grants its key or vote.
    34 "srv.grant" ServerGrant {
        holder: Incarnation = y, /// To whom.
        lease_us: u64 = x, /// For how long, µs.
    }
    /// A server refuses.
    35 "srv.deny" ServerDeny {
        holder: Incarnation = y, /// Whom.
        held_by: Incarnation = z, /// The holder that has the key; 0 where none has.
    }
    /// A server's key expires.
    36 "srv.expire" ServerExpire {
        holder: Incarnation = y, /// Whose.
    }
    /// A server's key is deleted on request.
    37 "srv.release" ServerRelease {
        holder: Incarnation = y, /// Whose key it was.
        by: Incarnation = z, /// The holder that asked.
    }
    /// A server's key gets a new lease.
    38 "srv.extend" ServerExtend {
        holder: Incarnation = y, /// Whose.
        lease_us: u64 = x, /// For how long from now, µs.
    }
    /// A client believes from here on that it holds the lock.
    39 "lock.acquired" LockAcquired {
        holder: Incarnation = y, /// The attempt that won.
        valid_us: Left = x, /// For how long by its own reckoning, µs.
        votes: u8 = flags, /// How many servers granted.
    }
    /// An attempt failed.
    40 "lock.rejected" LockRejected {
        holder: Incarnation = y, /// The attempt that failed.
        reason: Refusal = flags, /// Why.
        votes: u32 = z, /// How many servers granted.
    }
    /// An extension was tried.
    41 "lock.extend" LockExtend {
        holder: Incarnation = y, /// Whose lock.
        extended: bool = flags, /// Whether it succeeded.
        valid_us: Left = x, /// For how long from now, µs.
    }
    /// A client stops believing that it holds the lock.
    42 "belief.end" BeliefEnds {
        holder: Incarnation = y, /// Whose belief.
        reason: BeliefEnd = flags, /// Why.
    }
    /// A token is issued for an attempt.
    43 "token.issue" TokenIssue {
        token: Token = x, /// The token.
        holder: Incarnation = y, /// For whom.
    }
    /// A resource hears of a new holder before it works.
    44 "res.claim" ResourceClaim {
        token: Token = x, /// Its token.
        holder: Incarnation = y, /// Who.
        accepted: bool = flags, /// Whether the token was high enough.
    }
    /// A resource gets a write.
    45 "res.write" ResourceWrite {
        token: Token = x, /// The token it carries.
        holder: Incarnation = y, /// Under which hold it was sent.
        job: Job = z, /// The job whose result it is.
        decision: Decision = flags, /// What the resource did.
    }
    /// A job is to be done.
    46 "job.offer" JobOffer {
        job: Job = z, /// Which.
    }
    /// A holder starts to work on a job.
    47 "job.start" JobStart {
        holder: Incarnation = y, /// Who.
        job: Job = z, /// On what.
        work_us: u64 = x, /// How much running time it takes, µs.
    }
    /// A holder finds the job done and leaves it.
    48 "job.skip" JobSkip {
        holder: Incarnation = y, /// Who.
        job: Job = z, /// Which.
    }
    /// A holder hears that its result was accepted.
    49 "job.done" JobDone {
        holder: Incarnation = y, /// Who.
        job: Job = z, /// Which.
    }
    /// A holder compares its own clock with its own deadline before it writes.
    50 "lock.check" LockCheck {
        holder: Incarnation = y, /// Who.
        left_us: Left = x, /// How long its lock is still valid, µs.
        passed: bool = flags, /// Whether it goes on.
    }
    /// A holder gives its job up.
    51 "job.abandon" JobAbandon {
        holder: Incarnation = y, /// Who.
        job: Job = z, /// Which.
    }
    /// A row holds a stock; noted once, at the start.
    52 "db.row" RowIs {
        row: u32 = z, /// Which row.
        contents: Contents = x, /// What is in it.
    }
    /// A database reads a row for someone.
    53 "db.read" RowRead {
        holder: Incarnation = y, /// For which attempt.
        row: u32 = z, /// Which row.
        contents: Contents = x, /// What is in it.
    }
    /// A write reaches a row of a database, with a condition or without.
    54 "db.cas" RowWrite {
        holder: Incarnation = y, /// Which attempt's.
        row: u32 = z, /// Which row.
        contents: Contents = x, /// What is in it afterwards.
        decision: RowDecision = flags, /// What the database did.
    }
    /// Whoever waits is served in the order of arrival, and so within a bound.
    /// Noted once, at the start.
    55 "wait.rule" WaitRule {
        bound_us: u64 = x, /// How long an update takes at most, µs.
    }
    /// A server speaks for a quorum from here on: what it grants and takes
    /// back holds even if it dies, and the keys of the leader before it are
    /// its own now.
    64 "srv.leads" ServerLeads {
        epoch: u32 = y, /// Which leader it is, counted from 1.
    }
    /// A server has no leader, and serves nobody until it has one again.
    65 "srv.looks" ServerLooks {
        epoch: u32 = y, /// The last epoch that it took part in.
    }
    /// A client's library tells its application how its session stands.
    66 "sess.state" SessionIs {
        session: Incarnation = y, /// The client and the number of its session.
        state: SessionState = flags, /// How it stands.
        server: u32 = z, /// The lane of the server it is or was connected to.
        timeout_us: u64 = x, /// The negotiated timeout, µs.
    }
    /// A leader gives a session up: it has not heard of it for its timeout,
    /// rounded up to the end of a bucket.
    67 "sess.expire" SessionExpires {
        session: Incarnation = y, /// Which.
        silent_us: u64 = x, /// How long it has not heard of it, µs.
    }
    /// A quorum has agreed that a session is over.
    68 "sess.close" SessionCloses {
        session: Incarnation = y, /// Which.
    }
    /// A client is told, as it comes back, that its session is over.
    69 "sess.deny" SessionDenied {
        session: Incarnation = y, /// Which.
    }
    /// A quorum has agreed on a client's node: its place in the queue.
    70 "node.create" NodeCreated {
        holder: Incarnation = y, /// Whose.
        suffix: u32 = z, /// The number at the end of its name.
        zxid: u64 = x, /// The transaction that created it.
    }
    /// A quorum has agreed that a client's node is gone.
    71 "node.delete" NodeDeleted {
        holder: Incarnation = y, /// Whose.
    }
    /// A server tells a client that a node it watched is gone.
    72 "watch.fire" WatchFires {
        holder: Incarnation = y, /// Whose node it was.
        to: u32 = z, /// The lane of the client that is told.
    }
    /// A quorum has agreed to delete the locks' parent, which was empty.
    73 "node.reap" ParentReaped {
        created: u32 = z, /// How many nodes were ever created under it.
    }
    /// Someone wants a row changed.
    96 "update.begin" UpdateBegins {
        job: Job = z, /// The number of the update.
        row: u32 = y, /// Which row.
    }
    /// An update is over for whoever wanted it.
    97 "update.end" UpdateEnds {
        job: Job = z, /// The number of the update.
        result: UpdateResult = flags, /// What came of it.
        tries: u32 = y, /// How many attempts it took.
    }
    /// A caller asks a service to do a job.
    80 "api.req" ApiRequest {
        request: u32 = y, /// Its number, counted from 1.
        job: Job = z, /// The job; the same again where it is asked for again.
        lock: u8 = flags, /// The lock that the job needs.
        within_us: u64 = x, /// How long the caller waits for an answer, µs.
    }
    /// A caller gets an answer, or stops waiting for one.
    81 "api.resp" ApiResponse {
        request: u32 = y, /// Which request.
        job: Job = z, /// Its job.
        status: Status = flags, /// What the answer says.
        retry_after_us: u64 = x, /// When to come again, µs from now; 0 where nothing is said.
    }
    /// A service tries for the lock on behalf of a request.
    82 "api.serve" ApiServe {
        holder: Incarnation = y, /// The attempt.
        request: u32 = z, /// The request.
    }
    /// A system outside, which no fence protects, gets a call.
    83 "ext.call" ExternalCall {
        holder: Incarnation = y, /// Under which hold it was made.
        job: Job = z, /// For which job.
        performed: bool = flags, /// Whether it was carried out; else an earlier result was replayed.
    }
    /// What each user is allowed. Noted once, at the start.
    128 "rl.rule" RateRule {
        kind: RateKind = flags, /// How it counts.
        capacity: u64 = x, /// What a bucket holds, or a window lets through: millionths of a request.
        pace: u32 = y, /// Of a bucket, requests a second; of a window, its length in µs.
        allowance: u32 = z, /// By how much the design says it may pass that: thousandths of a request.
    }
    /// It is decided whether a request is let through.
    129 "rl.decide" RateDecision {
        user: u32 = y, /// Whose it is, counted from 1.
        request: u32 = z, /// Which, counted from 1.
        admitted: bool = flags, /// Whether it is let through.
        left: Left = x, /// What whoever decided has left for the user: millionths of a request.
    }
    /// A server tells the shared count what it has let through.
    130 "rl.sync" RateSync {
        user: u32 = y, /// Whose count.
        spent: u32 = z, /// How many it has let through since the last time.
        forgiven: bool = flags, /// Whether a count below zero was put back to zero.
        left: Left = x, /// What is left in all: millionths of a request, below zero a debt.
    }
    /// A server takes several requests' worth from the shared count at once.
    131 "rl.fetch" RateFetch {
        user: u32 = y, /// Whose count.
        granted: u32 = z, /// How many requests it may let through.
        left: Left = x, /// What is left in all: millionths of a request.
    }
    /// A server of counts does not know the script that it is asked to run.
    132 "rl.noscript" ScriptMissing {
        request: u32 = y, /// For which request.
        user: u32 = z, /// Whose it is.
    }
    /// A new epoch begins: the members of a group of owners have changed.
    112 "own.epoch" OwnersChange {
        epoch: u32 = y, /// Which, counted from 1.
        worker: u32 = z, /// The lane of the worker that it is about; the noting lane where it is none.
        change: MemberChange = flags, /// What became of it.
        members: u64 = x, /// How many members there are from here on.
    }
    /// A partition gets an owner, and the token that goes with it. What
    /// `srv.grant` says of the owner from here on is about this partition.
    113 "own.assign" OwnerAssigned {
        token: Token = x, /// The epoch, as a token.
        holder: Incarnation = y, /// The owner.
        partition: u32 = z, /// The partition.
    }
    /// An owner is asked to give its partition back.
    114 "own.revoke" OwnerRevoked {
        holder: Incarnation = y, /// The owner.
        partition: u32 = z, /// The partition.
    }
    /// An owner has learned how far the partition had come and takes its jobs.
    115 "own.run" OwnerRuns {
        holder: Incarnation = y, /// The owner.
        partition: u32 = z, /// The partition.
        next: u64 = x, /// The place of the first job that it takes, from 0.
    }
    /// A resource gets a record of how far a partition has come.
    116 "own.progress" ProgressWrite {
        token: Token = x, /// The token it carries.
        holder: Incarnation = y, /// Under which ownership it was sent.
        next: u32 = z, /// The place of the next job to do, from 0.
        decision: Decision = flags, /// What the resource did.
    }
    /// A worker hears that it still counts as alive: it may act on all that it
    /// owns for so much longer.
    118 "own.lives" OwnerLives {
        valid_us: Left = x, /// For how long by its own reckoning, µs.
    }
    /// A job is put into a partition.
    117 "own.route" JobRouted {
        job: Job = z, /// The job.
        partition: u32 = y, /// The partition.
        place: u64 = x, /// Its place in the partition, from 0.
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::Time;

    #[test]
    fn a_fact_reads_back_as_it_was_noted() {
        let holder = Incarnation::new(3, 7);
        let written = [
            Event::LockAcquired {
                holder,
                valid_us: Left(-3_052_000),
                votes: 5,
            },
            Event::ResourceWrite {
                token: Token::new(34, 1),
                holder,
                job: Job(1),
                decision: Decision::StaleToken,
            },
            Event::LockRejected {
                holder,
                reason: Refusal::Validity,
                votes: 4,
            },
        ];
        for event in written {
            let fact = Fact::from(event);
            let record = Record {
                at: Time::ZERO,
                x: fact.x,
                y: fact.y,
                z: fact.z,
                cause: Record::NO_CAUSE,
                lane: 0,
                kind: fact.kind,
                flags: fact.flags,
            };
            assert_eq!(Event::read(&record), Some(event));
        }
        assert_eq!((holder.lane(), holder.attempt()), (3, 7));
    }
}
