//! What a run leaves behind: small plain records in the order they happened.

use alloc::vec::Vec;

use crate::actor::Node;
use crate::time::Time;

/// One thing that happened. 32 bytes; text appears only when it is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// When it happened.
    pub at: Time,
    /// First word of fields; its meaning depends on the kind.
    pub x: u64,
    /// Second word of fields.
    pub y: u32,
    /// Third word of fields.
    pub z: u32,
    /// The index of the record that triggered this one, or [`Record::NO_CAUSE`].
    pub cause: u32,
    /// The lane (node) where it happened.
    pub lane: u16,
    /// What happened: below 32 a [`Kind`] of the world, from 32 on a fact
    /// that an actor noted.
    pub kind: u8,
    /// Flags of the kind.
    pub flags: u8,
}

const _: () = assert!(size_of::<Record>() == 32);

impl Record {
    /// The cause of a record that nothing in the trace triggered.
    pub const NO_CAUSE: u32 = u32::MAX;

    /// The index of the record that triggered this one.
    pub const fn cause(&self) -> Option<u32> {
        if self.cause == Self::NO_CAUSE {
            None
        } else {
            Some(self.cause)
        }
    }

    /// The lane as a node.
    pub const fn node(&self) -> Node {
        Node(self.lane)
    }

    /// The record's kind where it is one of the world's.
    pub fn world_kind(&self) -> Option<Kind> {
        Kind::ALL.get(usize::from(self.kind)).copied()
    }

    /// The record as it enters a digest and a file: little-endian, `at`,
    /// `cause`, `lane`, `kind`, `flags`, then the fields.
    pub fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[0..8].copy_from_slice(&self.at.us().to_le_bytes());
        bytes[8..12].copy_from_slice(&self.cause.to_le_bytes());
        bytes[12..14].copy_from_slice(&self.lane.to_le_bytes());
        bytes[14] = self.kind;
        bytes[15] = self.flags;
        bytes[16..24].copy_from_slice(&self.x.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.y.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.z.to_le_bytes());
        bytes
    }
}

/// What an actor notes; the world adds time, lane and cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Fact {
    /// The kind, from 32 on.
    pub kind: u8,
    /// Flags of the kind.
    pub flags: u8,
    /// First word of fields.
    pub x: u64,
    /// Second word of fields.
    pub y: u32,
    /// Third word of fields.
    pub z: u32,
}

impl Fact {
    /// The lowest kind.
    pub const FIRST: u8 = 32;
}

/// The kinds of record that the world itself writes.
///
/// Fields: for messages `x` is the message's summary, `y` the other end's
/// lane and `z` the message's kind in its design.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A node starts.
    Start = 0,
    /// A message leaves.
    Send = 1,
    /// A message arrives; its cause is the send. A process that is paused
    /// handles it later, one that is up at once.
    Receive = 2,
    /// A message is lost; `flags` is one of [`drop_reason`].
    Drop = 3,
    /// The network holds a message until after the cut heals.
    Hold = 4,
    /// A delay fault touches a message; `x` is the extra time in µs.
    Delay = 5,
    /// A sender learns that its connection to lane `y` is gone.
    Reset = 6,
    /// A step that the actor had set falls due; `z` is its kind.
    Timer = 7,
    /// A process stops running; `x` is for how long in µs, `y` the anchor
    /// plus one (0 for none). Where pauses overlap, each that makes the stop
    /// longer, or that stops the monotonic clock too, has its own beginning;
    /// they have one end.
    PauseBegin = 8,
    /// A process runs again.
    PauseEnd = 9,
    /// A process dies and loses its volatile state; `x` is 1 where it comes
    /// back.
    Crash = 10,
    /// A process comes back.
    Restart = 11,
    /// A wall clock is stepped; `x` is the step in µs, signed.
    ClockStep = 12,
    /// Clocks run fast or slow from here on; `x` is the rate in ppm, signed.
    ClockDrift = 13,
    /// The link from this lane to lane `y` is cut; `x` is for how long in µs
    /// (`u64::MAX`: for the whole run).
    CutBegin = 14,
    /// The link from this lane to lane `y` heals: of cuts that overlap, the
    /// last one ends.
    CutEnd = 15,
}

impl Kind {
    /// Every kind, at the index of its number.
    pub const ALL: [Self; 16] = [
        Self::Start,
        Self::Send,
        Self::Receive,
        Self::Drop,
        Self::Hold,
        Self::Delay,
        Self::Reset,
        Self::Timer,
        Self::PauseBegin,
        Self::PauseEnd,
        Self::Crash,
        Self::Restart,
        Self::ClockStep,
        Self::ClockDrift,
        Self::CutBegin,
        Self::CutEnd,
    ];

    /// The kind's name in files and stories.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Send => "msg.send",
            Self::Receive => "msg.recv",
            Self::Drop => "msg.drop",
            Self::Hold => "msg.hold",
            Self::Delay => "msg.delay",
            Self::Reset => "msg.reset",
            Self::Timer => "timer",
            Self::PauseBegin => "pause.begin",
            Self::PauseEnd => "pause.end",
            Self::Crash => "crash",
            Self::Restart => "restart",
            Self::ClockStep => "clock.step",
            Self::ClockDrift => "clock.drift",
            Self::CutBegin => "part.begin",
            Self::CutEnd => "part.heal",
        }
    }
}

/// Flags of the world's own kinds.
pub mod flags {
    /// [`super::Kind::Receive`]: the message had been held.
    pub const HELD: u8 = 1;
    /// [`super::Kind::PauseBegin`] and `PauseEnd`: the whole machine was
    /// suspended, its monotonic clock too.
    pub const SUSPENDED: u8 = 1;
    /// [`super::Kind::Crash`] and `Restart`: durable state is lost as well.
    pub const WIPED: u8 = 1;
    /// [`super::Kind::CutBegin`]: messages are lost, not held.
    pub const LOSSY: u8 = 1;
}

/// Why a message was lost.
pub mod drop_reason {
    /// The link was cut.
    pub const CUT: u8 = 0;
    /// Its connection had been reset.
    pub const RESET: u8 = 1;
    /// The receiving process was down.
    pub const DOWN: u8 = 2;
}

/// Whether a run writes records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Recording {
    /// Every record.
    #[default]
    Full,
    /// None: only for measuring what recording costs.
    Off,
}

/// Why a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// Nothing that matters was left to happen.
    Horizon,
    /// The bound on events was met.
    Events,
    /// The bound on simulated time was met.
    Time,
    /// The bound on the trace's size was met.
    TraceBytes,
}

/// All that happened in one run.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The records, in order.
    pub records: Vec<Record>,
    /// When the run ended.
    pub end: Time,
    /// Why it ended.
    pub stop: Stop,
    /// How many queued events were handled.
    pub events: u64,
}

/// FNV-1a over bytes, 64 bits wide (Fowler, Noll, Vo).
#[derive(Clone, Copy, Debug)]
pub struct Digest(u64);

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }

    /// Takes in `bytes`.
    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    /// The digest so far.
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl Trace {
    /// Takes every record into `digest`.
    pub fn digest_into(&self, digest: &mut Digest) {
        for record in &self.records {
            digest.add(&record.bytes());
        }
    }
}
