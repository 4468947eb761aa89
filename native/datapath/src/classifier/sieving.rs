//! When to make a sieve for the tuples of a classifier, and making it a little at a time.
//!
//! A sieve is made anew when there are many more tuples or entries than it was made for, or when
//! much of what it holds is gone. A large one grows with the changes that follow, some hundred
//! entries for each, so that no change takes long; until it is whole, the old one serves.

use super::choice::{self, Sample};
use super::filter::Filter;
use super::hash::Secret;
use super::tuple::Tuple;
use packet::FlowKey;

/// Fewer tuples than this are probed one after the other.
const TUPLES_MIN: usize = 4;
/// At most about so many entries are asked when cuts are chosen.
const SAMPLES: usize = 4096;
/// How many entries a change adds to a sieve in the making.
const STEP: usize = 512;
/// A table of so many entries gets its sieve at once.
const AT_ONCE: usize = 4096;

/// The sieve of a classifier, if it has one.
#[derive(Debug, Default)]
pub(super) struct Sieving {
    filter: Option<Filter>,
    making: Option<Making>,
    /// How many tuples and entries there were when the sieve was begun.
    tuples: usize,
    entries: usize,
    /// How much of what it holds is outdated.
    outdated: usize,
}

/// A sieve in the making: which shard of which tuple comes next.
#[derive(Debug)]
struct Making {
    filter: Filter,
    live: Vec<usize>,
    at: usize,
    shard: usize,
}

impl Sieving {
    /// The sieve to use.
    #[inline(always)]
    pub(super) const fn filter(&self) -> Option<&Filter> {
        self.filter.as_ref()
    }

    fn both(&mut self) -> impl Iterator<Item = &mut Filter> {
        self.filter.iter_mut().chain(self.making.as_mut().map(|making| &mut making.filter))
    }

    /// Tells of a new tuple.
    pub(super) fn add_tuple(&mut self, number: usize, mask: &FlowKey) {
        self.both().for_each(|filter| filter.add_tuple(number, mask));
    }

    /// Tells that a tuple is gone.
    pub(super) fn drop_tuple(&mut self, number: usize) {
        self.both().for_each(|filter| filter.drop_tuple(number));
        if let Some(making) = &mut self.making {
            making.live.retain(|&live| live != number);
            // What was skipped over is looked at again: entering it twice does no harm.
            (making.at, making.shard) = (making.at.saturating_sub(1), 0);
        }
    }

    /// Tells of a new entry.
    pub(super) fn add(&mut self, number: usize, mask: &FlowKey, value: &FlowKey, priority: u16) {
        self.both().for_each(|filter| filter.add(number, mask, value, priority));
    }

    /// Tells that an entry is gone, or that the order of priorities has changed.
    pub(super) const fn outdate(&mut self) {
        self.outdated += 1;
    }

    /// Sees to it that the sieve suits the tuples, whose numbers `order` gives by priority.
    pub(super) fn tend(
        &mut self,
        tuples: &[Tuple],
        order: &[usize],
        entries: usize,
        secret: &Secret,
    ) {
        if order.len() < TUPLES_MIN {
            *self = Self::default();
            return;
        }
        if self.making.is_none() {
            if !self.is_due(order.len(), entries) {
                return;
            }
            self.begin(tuples, order, entries, secret);
        }
        let step = if entries <= AT_ONCE { usize::MAX } else { STEP };
        if self.making.as_mut().is_some_and(|making| making.go_on(tuples, step)) {
            self.filter = self.making.take().map(|making| making.filter);
        }
    }

    fn is_due(&self, tuples: usize, entries: usize) -> bool {
        self.filter.as_ref().is_none_or(|filter| !filter.is_complete())
            || tuples > self.tuples + self.tuples / 2
            || entries > 2 * self.entries + 64
            || self.outdated > self.entries / 2 + 64
    }

    fn begin(&mut self, tuples: &[Tuple], order: &[usize], entries: usize, secret: &Secret) {
        let samples = samples(tuples, order);
        let cuts = choice::choose(&samples, order.len(), entries, secret);
        let mut filter = Filter::new(cuts, order.len() + order.len() / 2);
        for &number in order {
            filter.add_tuple(number, &tuples[number].mask().whole());
        }
        let live = order.to_vec();
        self.making = Some(Making { filter, live, at: 0, shard: 0 });
        (self.tuples, self.entries, self.outdated) = (order.len(), entries, 0);
    }
}

impl Making {
    /// Enters about `count` more entries; `true` when all are there.
    fn go_on(&mut self, tuples: &[Tuple], mut count: usize) -> bool {
        while let Some(&number) = self.live.get(self.at) {
            let tuple = &tuples[number];
            if self.shard == tuple.shards() {
                (self.at, self.shard) = (self.at + 1, 0);
                continue;
            }
            if count == 0 {
                return false;
            }
            let mask = tuple.mask().whole();
            for value in tuple.values(self.shard) {
                self.filter.add(number, &mask, &value, tuple.top());
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
        let values = (0..tuple.shards()).flat_map(|shard| tuple.values(shard)).take(each);
        values.map(move |value| (column, tuple.mask().whole(), value))
    };
    order.iter().enumerate().flat_map(of_tuple).collect()
}
