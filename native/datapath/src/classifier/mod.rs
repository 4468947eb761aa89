//! Which entry of a table a packet meets: the one with the highest priority.
//!
//! Entries with the same mask form a [`Tuple`], a hash table of the values under that mask; that is
//! also where entries are kept and found again when they change. Among entries of equal priority
//! the one inserted first wins, which [`Rank`] makes a comparison of two integers.

#![expect(clippy::inline_always, reason = "measured: a probe is a few instructions")]

mod choice;
mod cut;
mod filter;
mod hash;
mod mask;
mod matcher;
mod prefixes;
mod rank;
mod slots;
mod trie;
mod tuple;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::FlowMatch;
use hash::Folding;
pub(crate) use hash::Secret;
use mask::Mask;
use matcher::{Change, Matcher, Matching};
use packet::FlowKey;
use rank::Rank;
use tuple::Tuple;

/// The last stamp given to any classifier of this process; see [`Classifier::generation`].
static LAST_GENERATION: AtomicU64 = AtomicU64::new(0);

/// The entries of one table by match and priority; an entry is a number of the caller's.
#[derive(Debug)]
pub struct Classifier {
    secret: Secret,
    /// All tuples; some are free, without entries.
    tuples: Vec<Tuple>,
    free: Vec<usize>,
    /// Where the tuple with a mask stands in `tuples`.
    places: HashMap<FlowKey, usize, Folding>,
    /// The places of all tuples in use, those with the highest priority first.
    order: Vec<usize>,
    matching: Matching,
    /// All that any entry looks at.
    seen: Mask,
    /// How many masks `seen` still holds that are gone.
    seen_in_vain: usize,
    len: usize,
    sequence: u64,
    generation: u64,
}

impl Default for Classifier {
    fn default() -> Self {
        Self::new()
    }
}

impl Classifier {
    /// An empty classifier whose hash no sender of packets can foresee.
    pub fn new() -> Self {
        Self::with_seed(RandomState::new().hash_one(0))
    }

    /// An empty classifier with this seed of its hash, for runs that can be repeated.
    pub fn with_seed(seed: u64) -> Self {
        let secret = Secret::new(seed);
        Self {
            places: HashMap::with_hasher(Folding::new(&secret)),
            secret,
            tuples: Vec::new(),
            free: Vec::new(),
            order: Vec::new(),
            matching: Matching::default(),
            seen: Mask::new(&FlowKey::default()),
            seen_in_vain: 0,
            len: 0,
            sequence: 0,
            generation: next_generation(),
        }
    }

    /// How many entries there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no entries.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A stamp of this state of the entries: no other state, nor any of another classifier, has it.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The way of looking up that suits the entries for now.
    pub fn kind(&self) -> &'static str {
        match self.matching.matcher() {
            None if self.order.len() <= 1 => "exact",
            Some(Matcher::Prefixes(_)) => "prefix",
            _ => "tuples",
        }
    }

    /// Whether a look-up costs no more than remembering its answer would.
    pub fn is_cheap(&self) -> bool {
        self.matching.is_idle()
    }

    /// A hash of what some entry looks at: packets with the same hash meet the same entries.
    #[inline]
    pub(crate) fn hash_of_seen(&self, secret: &Secret, key: &FlowKey) -> u128 {
        secret.wide_hash(self.seen.all_words(key))
    }

    /// The entry with the highest priority that a packet with this key meets; the oldest of equals.
    #[inline]
    pub fn lookup(&self, key: &FlowKey) -> Option<u32> {
        match self.matching.matcher() {
            Some(matcher) => matcher.lookup(&self.tuples, &self.secret, key),
            None => self.lookup_in_order(key),
        }
    }

    #[inline]
    fn lookup_in_order(&self, key: &FlowKey) -> Option<u32> {
        let mut best = None;
        let mut rank = Rank::NONE;
        for &place in &self.order {
            let tuple = &self.tuples[place];
            if tuple.top() < rank.priority() {
                break;
            }
            if let Some((found, entry)) = tuple.lookup::<false>(&self.secret, key) {
                if found > rank {
                    (rank, best) = (found, Some(entry));
                }
            }
        }
        best
    }

    /// Adds an entry, or lets it take the place of the one with the same match and priority.
    pub fn insert(&mut self, flow_match: &FlowMatch, priority: u16, entry: u32) {
        self.generation = next_generation();
        let (mask, value) = (flow_match.mask(), flow_match.value());
        let place = self.place(mask);
        let rank = Rank::new(priority, self.sequence);
        self.sequence += 1;
        let tuple = &mut self.tuples[place];
        let (top, was_empty) = (tuple.top(), tuple.is_empty());
        let is_new = tuple.insert(&self.secret, value, rank, entry);
        if !self.matching.is_idle() {
            self.tell(place, mask, value);
        }
        if !is_new {
            return;
        }
        self.len += 1;
        if was_empty || self.tuples[place].top() != top {
            self.sort(place);
        }
        self.tend();
    }

    /// Takes the entry with exactly this match and priority out.
    pub fn remove(&mut self, flow_match: &FlowMatch, priority: u16) -> Option<u32> {
        let &place = self.places.get(flow_match.mask())?;
        let tuple = &mut self.tuples[place];
        let top = tuple.top();
        let entry = tuple.remove(&self.secret, flow_match.value(), priority)?;
        self.generation = next_generation();
        self.len -= 1;
        let (mask, value) = (flow_match.mask(), flow_match.value());
        let change = Change { number: place, mask, value };
        self.matching.remove(&self.tuples, &self.secret, &change);
        if self.tuples[place].is_empty() {
            self.drop_tuple(flow_match.mask(), place);
        } else if self.tuples[place].top() != top {
            self.sort(place);
        }
        self.tend();
        Some(entry)
    }

    /// The entry with exactly this match and priority.
    pub fn find(&self, flow_match: &FlowMatch, priority: u16) -> Option<u32> {
        let &place = self.places.get(flow_match.mask())?;
        self.tuples[place].find(&self.secret, flow_match.value(), priority)
    }

    /// The tuple with this mask, a new one if need be.
    fn place(&mut self, mask: &FlowKey) -> usize {
        if let Some(&place) = self.places.get(mask) {
            return place;
        }
        let tuple = Tuple::new(Mask::new(mask));
        let place = self.free.pop().unwrap_or(self.tuples.len());
        if place == self.tuples.len() {
            self.tuples.push(tuple);
        } else {
            self.tuples[place] = tuple;
        }
        self.places.insert(*mask, place);
        self.order.push(place);
        self.matching.add_tuple(place, mask);
        self.seen = Mask::new(&union(&self.seen.whole(), mask));
        place
    }

    fn drop_tuple(&mut self, mask: &FlowKey, place: usize) {
        self.places.remove(mask);
        self.free.push(place);
        self.order.retain(|&other| other != place);
        self.matching.drop_tuple(place);
        self.seen_in_vain += 1;
        if self.seen_in_vain > self.order.len() / 4 {
            let all = self.places.keys().fold(FlowKey::default(), |all, mask| union(&all, mask));
            (self.seen, self.seen_in_vain) = (Mask::new(&all), 0);
        }
    }

    /// Puts a tuple whose highest priority has changed where it belongs in the order.
    fn sort(&mut self, place: usize) {
        self.matching.outdate();
        self.order.retain(|&other| other != place);
        let top = self.tuples[place].top();
        let at = self.order.partition_point(|&other| self.tuples[other].top() >= top);
        self.order.insert(at, place);
    }

    /// Tells the matcher which entry of a tuple is the best one with this value.
    fn tell(&mut self, place: usize, mask: &FlowKey, value: &FlowKey) {
        if let Some(best) = self.tuples[place].lookup::<false>(&self.secret, value) {
            self.matching.add(&self.secret, &Change { number: place, mask, value }, best);
        }
    }

    fn tend(&mut self) {
        self.matching.tend(&self.tuples, &self.order, self.len, &self.secret);
    }
}

/// The bits of both.
fn union(one: &FlowKey, other: &FlowKey) -> FlowKey {
    FlowKey::from_words(std::array::from_fn(|at| one.words()[at] | other.words()[at]))
}

fn next_generation() -> u64 {
    LAST_GENERATION.fetch_add(1, Ordering::Relaxed) + 1
}
