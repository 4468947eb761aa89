//! A flow entry: what it matches, what it does, what it has counted (`OpenFlow` 1.3.5, 5.2).
//!
//! Packets see an entry as its program and its counters; the rest is for changes, time-outs and
//! statistics. Counters are atomic, so that every forwarding thread counts without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::{FlowMatch, PackedMatch, Program};

/// `OFPFF_SEND_FLOW_REM`: tell when the entry is gone (7.3.4.1).
pub const SEND_FLOW_REM: u16 = 1 << 0;
/// `OFPFF_CHECK_OVERLAP`: refuse an entry that overlaps with one of the same priority.
pub const CHECK_OVERLAP: u16 = 1 << 1;
/// `OFPFF_RESET_COUNTS`: set the counters to zero.
pub const RESET_COUNTS: u16 = 1 << 2;
/// `OFPFF_NO_PKT_COUNTS`: packets are not reported.
pub const NO_PKT_COUNTS: u16 = 1 << 3;
/// `OFPFF_NO_BYT_COUNTS`: bytes are not reported.
pub const NO_BYT_COUNTS: u16 = 1 << 4;

/// What statistics say of something that is not counted (5.8).
const NOT_COUNTED: u64 = u64::MAX;
const NANOSECONDS: f64 = 1e9;

/// Why an entry is gone (`OpenFlow` 1.3.5, 7.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// No packet came for so long.
    IdleTimeout = 0,
    /// Its time was over.
    HardTimeout = 1,
    /// A controller deleted it, or a meter that it refers to.
    Delete = 2,
    /// A group that it refers to was deleted.
    GroupDelete = 3,
}

/// What stays as it is from the making of an entry to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Terms {
    /// The table that it is in.
    pub table_id: u8,
    /// Higher ones are looked at first.
    pub priority: u16,
    /// `OFPFF_*` of 1.3.
    pub flags: u16,
    /// Seconds without a packet until it ends; 0 is never.
    pub idle_timeout: u16,
    /// Seconds until it ends; 0 is never.
    pub hard_timeout: u16,
    /// When it was added, on the caller's clock.
    pub created: f64,
}

/// One entry of a flow table; times are seconds on the caller's clock.
#[derive(Debug)]
pub struct FlowEntry {
    program: Arc<Program>,
    terms: Terms,
    is_table_miss: bool,
    /// Where the table lists it.
    pub(crate) place: u32,
    packets: AtomicU64,
    bytes: AtomicU64,
    used: AtomicU64,
    modified: f64,
    cookie: u64,
    /// The order in which entries came; one that replaces another takes over its place.
    pub(crate) sequence: u64,
    flow_match: PackedMatch,
    origin: Option<Box<[u8]>>,
}

impl FlowEntry {
    /// An entry that begins now, with its place in the order still to be set.
    pub(crate) fn new(
        flow_match: &FlowMatch,
        terms: Terms,
        cookie: u64,
        program: Arc<Program>,
        origin: Option<&[u8]>,
    ) -> Self {
        Self {
            program,
            terms,
            is_table_miss: terms.priority == 0 && flow_match.is_any(),
            place: 0,
            packets: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            used: AtomicU64::new(terms.created.to_bits()),
            modified: terms.created,
            cookie,
            sequence: 0,
            flow_match: flow_match.into(),
            origin: origin.map(Into::into),
        }
    }

    /// What it does with packets.
    #[inline]
    pub const fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// Table, priority, flags, time-outs and when it was added.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The table that it is in.
    pub const fn table_id(&self) -> u8 {
        self.terms.table_id
    }

    /// Higher ones are looked at first.
    pub const fn priority(&self) -> u16 {
        self.terms.priority
    }

    /// Whether this is a table-miss entry: priority 0, all fields wildcarded (5.4).
    pub const fn is_table_miss(&self) -> bool {
        self.is_table_miss
    }

    /// What its controller calls it.
    pub const fn cookie(&self) -> u64 {
        self.cookie
    }

    /// When its instructions were last changed: the hard time-out counts from then.
    pub const fn modified(&self) -> f64 {
        self.modified
    }

    /// What it matches.
    pub const fn flow_match(&self) -> &PackedMatch {
        &self.flow_match
    }

    /// What came with the change that made it, to be given back by statistics.
    pub fn origin(&self) -> Option<&[u8]> {
        self.origin.as_deref()
    }

    /// Notes a packet that matched; from any thread.
    #[inline]
    pub fn count(&self, octets: u64, now: f64) {
        self.count_many(1, octets, now);
    }

    /// Notes packets that matched; from any thread.
    #[inline]
    pub fn count_many(&self, packets: u64, octets: u64, now: f64) {
        self.packets.fetch_add(packets, Relaxed);
        self.bytes.fetch_add(octets, Relaxed);
        self.used.store(now.to_bits(), Relaxed);
    }

    /// How many packets matched, even if the entry was told not to count them.
    pub fn packet_count(&self) -> u64 {
        self.packets.load(Relaxed)
    }

    /// How many octets they had.
    pub fn byte_count(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// When the last packet came, or the entry was added.
    pub fn used(&self) -> f64 {
        f64::from_bits(self.used.load(Relaxed))
    }

    /// Packets and bytes; all ones for what the entry was told not to count (5.8).
    pub fn reported_counts(&self) -> (u64, u64) {
        let report = |flag, count| if self.terms.flags & flag == 0 { count } else { NOT_COUNTED };
        let packets = report(NO_PKT_COUNTS, self.packet_count());
        (packets, report(NO_BYT_COUNTS, self.byte_count()))
    }

    /// When the entry times out, unless a packet or a change comes before, and for what reason.
    pub fn deadline(&self) -> Option<(f64, Reason)> {
        let hard = (self.modified + f64::from(self.terms.hard_timeout), Reason::HardTimeout);
        let idle = (self.used() + f64::from(self.terms.idle_timeout), Reason::IdleTimeout);
        match (self.terms.hard_timeout, self.terms.idle_timeout) {
            (0, 0) => None,
            (0, _) => Some(idle),
            (_, 0) => Some(hard),
            _ => Some(if idle.0 < hard.0 { idle } else { hard }),
        }
    }

    /// Whether the end of the entry is to be told.
    pub const fn wants_farewell(&self) -> bool {
        self.terms.flags & SEND_FLOW_REM != 0
    }

    /// The entry's obituary (7.4.2).
    pub(crate) fn removed(self, reason: Reason, now: f64) -> Removed {
        let (packet_count, byte_count) = self.reported_counts();
        Removed {
            reason,
            duration: duration(self.terms.created, now),
            packet_count,
            byte_count,
            terms: self.terms,
            cookie: self.cookie,
            flow_match: self.flow_match,
            origin: self.origin,
        }
    }

    /// Does something else with packets from now on, and restarts the hard time-out (6.4).
    pub(crate) fn modify(&mut self, program: Arc<Program>, now: f64) {
        self.program = program;
        self.modified = now;
    }

    /// Gives it another cookie: 1.0 does, when it modifies.
    pub(crate) const fn set_cookie(&mut self, cookie: u64) {
        self.cookie = cookie;
    }

    /// Sets the counters to zero; the time-outs go on (`RESET_COUNTS`).
    pub(crate) fn reset_counts(&mut self) {
        *self.packets.get_mut() = 0;
        *self.bytes.get_mut() = 0;
    }
}

impl Clone for FlowEntry {
    fn clone(&self) -> Self {
        Self {
            program: Arc::clone(&self.program),
            packets: self.packet_count().into(),
            bytes: self.byte_count().into(),
            used: self.used().to_bits().into(),
            flow_match: self.flow_match.clone(),
            origin: self.origin.clone(),
            ..*self
        }
    }
}

/// An entry that is gone, for the message to those who asked for one (`OpenFlow` 1.3.5, 7.4.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Removed {
    /// Why.
    pub reason: Reason,
    /// How long it was there: seconds and nanoseconds.
    pub duration: (u64, u32),
    /// All ones when not counted.
    pub packet_count: u64,
    /// All ones when not counted.
    pub byte_count: u64,
    /// Table, priority and time-outs.
    pub terms: Terms,
    /// What its controller calls it.
    pub cookie: u64,
    /// What it matched.
    pub flow_match: PackedMatch,
    /// What came with the change that made it.
    pub origin: Option<Box<[u8]>>,
}

/// Splits the time since an event into seconds and nanoseconds, as messages carry it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never negative")]
pub fn duration(since: f64, now: f64) -> (u64, u32) {
    let nanoseconds = ((now - since) * NANOSECONDS).round_ties_even().max(0.0) as u64;
    (nanoseconds / 1_000_000_000, (nanoseconds % 1_000_000_000) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(flags: u16, idle_timeout: u16, hard_timeout: u16) -> FlowEntry {
        let terms = Terms { flags, idle_timeout, hard_timeout, created: 1.0, ..Terms::default() };
        FlowEntry::new(&FlowMatch::default(), terms, 0, Arc::default(), None)
    }

    #[test]
    fn the_timeout_that_comes_first_is_the_reason_and_the_hard_one_when_both_do() {
        assert_eq!(entry(0, 0, 0).deadline(), None);
        assert_eq!(entry(0, 5, 10).deadline(), Some((6.0, Reason::IdleTimeout)));
        assert_eq!(entry(0, 10, 5).deadline(), Some((6.0, Reason::HardTimeout)));
        assert_eq!(entry(0, 5, 5).deadline(), Some((6.0, Reason::HardTimeout)));
    }

    #[test]
    fn a_packet_puts_the_idle_timeout_off() {
        let entry = entry(0, 5, 0);
        entry.count(64, 3.5);
        assert_eq!(entry.deadline(), Some((8.5, Reason::IdleTimeout)));
        assert_eq!((entry.packet_count(), entry.byte_count()), (1, 64));
    }

    #[test]
    fn what_is_not_counted_is_all_ones() {
        let entry = entry(NO_BYT_COUNTS, 0, 0);
        entry.count(64, 3.5);
        assert_eq!(entry.reported_counts(), (1, u64::MAX));
    }

    #[test]
    fn durations_are_rounded_as_in_python() {
        assert_eq!(duration(1.0, 3.5), (2, 500_000_000));
        assert_eq!(duration(3.5, 1.0), (0, 0));
        assert_eq!(duration(0.0, 0.000_000_000_5), (0, 0));
    }
}
