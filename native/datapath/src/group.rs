//! One group and its buckets (`OpenFlow` 1.3.5, 5.6).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use packet::Packet;

use crate::Action;
use crate::group_select::{Shares, choose, select_hash, shares};
use crate::ports::{Ports, SwitchPort};
use crate::selection::ANY;

/// How a group uses its live buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// All of them.
    All,
    /// One of them, by hash and weights.
    Select,
    /// Its only one.
    Indirect,
    /// The first.
    FastFailover,
}

impl GroupKind {
    /// The type of this number (1.3.5, 7.3.4.2).
    pub const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::All,
            1 => Self::Select,
            2 => Self::Indirect,
            3 => Self::FastFailover,
            _ => return None,
        })
    }
}

/// A bucket to be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSpec {
    /// The actions in the order in which they are done: that of an action set.
    pub actions: Box<[Action]>,
    /// Its weight in a select group.
    pub weight: u16,
    /// The port whose liveness counts, or `ANY`.
    pub watch_port: u32,
    /// The group whose liveness counts, or `ANY`.
    pub watch_group: u32,
}

/// Packets and octets, counted by many threads.
#[derive(Debug, Default)]
struct Counter {
    packets: AtomicU64,
    octets: AtomicU64,
}

impl Counter {
    #[inline]
    fn count(&self, octets: u64) {
        self.packets.fetch_add(1, Relaxed);
        self.octets.fetch_add(octets, Relaxed);
    }

    fn counts(&self) -> (u64, u64) {
        (self.packets.load(Relaxed), self.octets.load(Relaxed))
    }
}

/// A bucket of a group.
#[derive(Debug)]
pub struct Bucket {
    spec: BucketSpec,
    counter: Counter,
}

impl Bucket {
    /// The actions in the order in which they are done.
    #[inline]
    pub fn actions(&self) -> &[Action] {
        &self.spec.actions
    }

    /// Notes a packet that the bucket processes: its octets when it came to the group.
    #[inline]
    pub fn count(&self, octets: u64) {
        self.counter.count(octets);
    }

    /// Packets and octets.
    pub fn counts(&self) -> (u64, u64) {
        self.counter.counts()
    }

    /// Without watches always; with them, while what one of them watches is.
    pub(crate) fn is_live(&self, ports: &Ports, is_group_live: impl FnOnce(u32) -> bool) -> bool {
        let (port_no, group_id) = (self.spec.watch_port, self.spec.watch_group);
        (port_no == ANY && group_id == ANY)
            || ports.get(port_no).is_some_and(SwitchPort::is_live)
            || (group_id != ANY && is_group_live(group_id))
    }
}

/// One group.
#[derive(Debug)]
pub struct Group {
    kind: GroupKind,
    buckets: Box<[Bucket]>,
    created: f64,
    counter: Counter,
    /// The places of live buckets that packets may go to.
    live: Box<[u32]>,
    /// In a select group, instead: what share each live bucket has.
    shares: Shares,
}

impl Group {
    /// The type.
    pub const fn kind(&self) -> GroupKind {
        self.kind
    }

    /// When it was added.
    pub const fn created(&self) -> f64 {
        self.created
    }

    /// The buckets as they were set up.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// Packets and octets.
    pub fn counts(&self) -> (u64, u64) {
        self.counter.counts()
    }

    /// Whether an action of a bucket names this group.
    pub fn forwards_to(&self, group_id: u32) -> bool {
        let mut actions = self.buckets.iter().flat_map(Bucket::actions);
        actions.any(|action| *action == Action::Group(group_id))
    }

    /// Whether a bucket is live.
    pub fn is_live(&self) -> bool {
        !self.live.is_empty()
    }

    /// Counts a packet that goes to the group; returns the buckets that shall process it, in order.
    ///
    /// `packet` is the parse of `data`, as they are now.
    #[inline]
    pub fn process(&self, data: &[u8], packet: &Packet) -> impl Iterator<Item = &Bucket> + use<'_> {
        self.counter.count(data.len() as u64);
        let (several, one) = match self.kind {
            GroupKind::All | GroupKind::Indirect => (&self.live[..], None),
            GroupKind::FastFailover => (self.live.get(..1).unwrap_or_default(), None),
            GroupKind::Select => (&[][..], choose(select_hash(data, packet), &self.shares)),
        };
        let places = several.iter().map(|&place| place as usize).chain(one);
        places.map(|place| &self.buckets[place])
    }

    /// A group like `old`, which it takes the place of, but with this type and these buckets.
    pub(crate) fn new(
        kind: GroupKind,
        buckets: Vec<BucketSpec>,
        old: Option<Self>,
        now: f64,
    ) -> Self {
        let (created, counter) =
            old.map_or_else(|| (now, Counter::default()), |old| (old.created, old.counter));
        let buckets = buckets.into_iter().map(|spec| Bucket { spec, counter: Counter::default() });
        Self {
            kind,
            buckets: buckets.collect(),
            created,
            counter,
            live: Box::default(),
            shares: Shares::default(),
        }
    }

    /// Works out which buckets are live.
    pub(crate) fn refresh(&mut self, ports: &Ports, is_group_live: impl Fn(u32) -> bool) {
        let buckets = self.buckets.iter().enumerate();
        let live = buckets.filter(|(_, one)| one.is_live(ports, &is_group_live));
        let live: Vec<usize> = live.map(|(place, _)| place).collect();
        self.live = live.iter().filter_map(|&place| u32::try_from(place).ok()).collect();
        self.shares = if self.kind == GroupKind::Select {
            shares(live.iter().map(|&place| (place, self.buckets[place].spec.weight)))
        } else {
            Shares::default()
        };
    }
}
