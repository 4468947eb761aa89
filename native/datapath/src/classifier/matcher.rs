//! Which matcher suits the entries of a classifier, and making it a little at a time.
//!
//! Where nearly all entries are prefixes of one field, that is a trie for them; otherwise a sieve for
//! the tuples. A matcher is made anew when there are many more tuples or entries than it was made
//! for, when much of what it holds is gone, or when the other kind suits the entries better. A large
//! one grows with the changes that follow, some hundred entries for each, so that no change takes
//! long; until it is whole, the old one serves.

use super::choice::{self, Sample};
use super::filter::Filter;
use super::hash::Secret;
use super::prefixes::{Family, OTHERS_MAX, Prefixes};
use super::rank::Rank;
use super::tuple::Tuple;
use packet::FlowKey;

/// Fewer tuples than this need no matcher: they are probed one after the other.
const TUPLES_MIN: usize = 4;
/// With fewer than this a matcher that is there is dropped.
const TUPLES_FEW: usize = 2;
/// A family of prefixes cannot have more tuples than this.
const FAMILY_MAX: usize = 33 + OTHERS_MAX;
/// At most about so many entries are asked when cuts are chosen.
const SAMPLES: usize = 4096;
/// How many entries a change adds to a matcher in the making.
const STEP: usize = 256;
/// A table of so many entries gets its matcher at once.
const AT_ONCE: usize = 4096;

/// A way to find the best entry without probing every tuple.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one for each table")]
pub(super) enum Matcher {
    Filter(Filter),
    Prefixes(Prefixes),
}

/// An entry that comes or goes: its tuple, mask and value.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) number: usize,
    pub(super) mask: &'a FlowKey,
    pub(super) value: &'a FlowKey,
}

impl Matcher {
    /// The best entry for a packet.
    #[inline]
    pub(super) fn lookup(&self, tuples: &[Tuple], secret: &Secret, key: &FlowKey) -> Option<u32> {
        match self {
            Self::Filter(filter) => filter.lookup(tuples, secret, key),
            Self::Prefixes(prefixes) => prefixes.lookup(tuples, secret, key),
        }
    }

    fn add_tuple(&mut self, number: usize, mask: &FlowKey) {
        match self {
            Self::Filter(filter) => filter.add_tuple(number, mask),
            Self::Prefixes(prefixes) => prefixes.add_tuple(number, mask),
        }
    }

    fn drop_tuple(&mut self, number: usize) {
        match self {
            Self::Filter(filter) => filter.drop_tuple(number),
            Self::Prefixes(prefixes) => prefixes.drop_tuple(number),
        }
    }

    /// Enters an entry: the best one of its tuple with this value.
    fn add(&mut self, secret: &Secret, change: &Change<'_>, best: (Rank, u32)) {
        match self {
            Self::Filter(filter) => {
                filter.add(change.number, change.mask, change.value, best.0.priority());
            }
            Self::Prefixes(prefixes) => prefixes.add(secret, change.mask, change.value, best),
        }
    }
}

/// The matcher of a classifier, if it has one.
#[derive(Debug, Default)]
pub(super) struct Matching {
    matcher: Option<Matcher>,
    making: Option<Making>,
    /// How many tuples and entries there were when the matcher was begun.
    tuples: usize,
    entries: usize,
    /// How much of what it holds is outdated.
    outdated: usize,
    /// Changes since it was begun.
    changes: usize,
    /// Whether tuples have come or gone since it was last asked which kind suits.
    is_open: bool,
}

/// A matcher in the making: which shard of which tuple comes next.
#[derive(Debug)]
struct Making {
    matcher: Matcher,
    live: Vec<usize>,
    at: usize,
    shard: usize,
}

impl Matching {
    /// The matcher to use.
    #[inline(always)]
    pub(super) const fn matcher(&self) -> Option<&Matcher> {
        self.matcher.as_ref()
    }

    /// Whether changes need not be told.
    pub(super) const fn is_idle(&self) -> bool {
        self.matcher.is_none() && self.making.is_none()
    }

    fn both(&mut self) -> impl Iterator<Item = &mut Matcher> {
        self.matcher.iter_mut().chain(self.making.as_mut().map(|making| &mut making.matcher))
    }

    /// Tells of a new tuple.
    pub(super) fn add_tuple(&mut self, number: usize, mask: &FlowKey) {
        self.both().for_each(|matcher| matcher.add_tuple(number, mask));
        self.is_open = true;
    }

    /// Tells that a tuple is gone.
    pub(super) fn drop_tuple(&mut self, number: usize) {
        self.both().for_each(|matcher| matcher.drop_tuple(number));
        self.is_open = true;
        if let Some(making) = &mut self.making {
            making.live.retain(|&live| live != number);
            // What was skipped over is looked at again: entering it twice does no harm.
            (making.at, making.shard) = (making.at.saturating_sub(1), 0);
        }
    }

    /// Tells of a new or changed entry, the best one of its tuple with this value.
    pub(super) fn add(&mut self, secret: &Secret, change: &Change<'_>, best: (Rank, u32)) {
        self.both().for_each(|matcher| matcher.add(secret, change, best));
    }

    /// Tells that an entry is gone from its tuple.
    pub(super) fn remove(&mut self, tuples: &[Tuple], secret: &Secret, change: &Change<'_>) {
        self.outdated += 1;
        for matcher in self.both() {
            if let Matcher::Prefixes(prefixes) = matcher {
                prefixes.remove(tuples, secret, change.mask, change.value);
            }
        }
    }

    /// Tells that the order of tuples by priority has changed.
    pub(super) fn outdate(&mut self) {
        self.outdated += 1;
    }

    /// Sees to it that the matcher suits the tuples, whose numbers `order` gives by priority.
    pub(super) fn tend(
        &mut self,
        tuples: &[Tuple],
        order: &[usize],
        entries: usize,
        secret: &Secret,
    ) {
        self.changes += 1;
        let least = if self.matcher.is_some() { TUPLES_FEW } else { TUPLES_MIN };
        if order.len() < least {
            if !self.is_idle() {
                *self = Self::default();
            }
            return;
        }
        if self.making.is_none() {
            let family = self.family(tuples, order);
            if !self.is_due(family.as_ref(), order.len(), entries) {
                return;
            }
            self.begin(family, tuples, order, entries, secret);
        }
        let step = if entries <= AT_ONCE { usize::MAX } else { STEP };
        if self.making.as_mut().is_some_and(|making| making.go_on(tuples, secret, step)) {
            self.matcher = self.making.take().map(|making| making.matcher);
        }
    }

    /// The family that the tuples form; the one that the matcher has as long as it may stay.
    fn family(&mut self, tuples: &[Tuple], order: &[usize]) -> Option<Family> {
        if let Some(Matcher::Prefixes(prefixes)) = &self.matcher {
            if !self.is_open || !prefixes.is_strained() {
                return Some(prefixes.family().clone());
            }
        }
        if !self.is_open || order.len() > FAMILY_MAX {
            return None;
        }
        // Changing one's mind costs as much as a look at every entry.
        self.is_open = self.matcher.is_some() && self.changes <= self.entries / 4;
        let masks: Vec<FlowKey> =
            order.iter().map(|&number| tuples[number].mask().whole()).collect();
        Family::of(&masks).filter(|_| !self.is_open)
    }

    fn is_due(&self, family: Option<&Family>, tuples: usize, entries: usize) -> bool {
        match &self.matcher {
            None => true,
            Some(Matcher::Prefixes(prefixes)) => family != Some(prefixes.family()),
            Some(Matcher::Filter(filter)) => {
                family.is_some()
                    || !filter.is_complete()
                    || tuples > self.tuples + self.tuples / 2
                    || entries > 2 * self.entries + 64
                    || self.outdated > self.entries / 2 + 64
            }
        }
    }

    fn begin(
        &mut self,
        family: Option<Family>,
        tuples: &[Tuple],
        order: &[usize],
        entries: usize,
        secret: &Secret,
    ) {
        let mut matcher = if let Some(family) = family {
            Matcher::Prefixes(Prefixes::new(family))
        } else {
            let samples = samples(tuples, order);
            let cuts = choice::choose(&samples, order.len(), entries, secret);
            Matcher::Filter(Filter::new(cuts, order.len() + order.len() / 2))
        };
        for &number in order {
            matcher.add_tuple(number, &tuples[number].mask().whole());
        }
        self.making = Some(Making { matcher, live: order.to_vec(), at: 0, shard: 0 });
        (self.tuples, self.entries) = (order.len(), entries);
        (self.outdated, self.changes) = (0, 0);
    }
}

impl Making {
    /// Enters about `count` more entries; `true` when all are there.
    fn go_on(&mut self, tuples: &[Tuple], secret: &Secret, mut count: usize) -> bool {
        while let Some(&number) = self.live.get(self.at) {
            let tuple = &tuples[number];
            if self.shard == tuple.shards() {
                (self.at, self.shard) = (self.at + 1, 0);
                continue;
            }
            if count == 0 {
                return false;
            }
            let mask = &tuple.mask().whole();
            for (value, best) in tuple.entries(self.shard) {
                self.matcher.add(secret, &Change { number, mask, value: &value }, best);
                count = count.saturating_sub(1);
            }
            self.shard += 1;
        }
        true
    }
}

/// Some entries of every tuple.
fn samples(tuples: &[Tuple], order: &[usize]) -> Vec<Sample> {
    let each = (SAMPLES / order.len()).max(1);
    let of_tuple = |(column, &number): (usize, &usize)| {
        let tuple = &tuples[number];
        let entries = (0..tuple.shards()).flat_map(|shard| tuple.entries(shard)).take(each);
        entries.map(move |(value, _)| (column, tuple.mask().whole(), value))
    };
    order.iter().enumerate().flat_map(of_tuple).collect()
}
