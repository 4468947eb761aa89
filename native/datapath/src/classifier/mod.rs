//! Which entry of a table a packet meets: the one with the highest priority.
//!
//! Entries with the same mask form a [`Tuple`], a hash table of the values under that mask; that is
//! also where entries are kept and found again when they change. Among entries of equal priority
//! the one inserted first wins, which [`Rank`] makes a comparison of two integers.

mod hash;
mod mask;
mod rank;
mod slots;
mod tuple;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::FlowMatch;
pub(crate) use hash::Secret;
use mask::Mask;
use packet::{FlowKey, WORDS};
use rank::Rank;
use tuple::Tuple;

/// The last stamp given to any classifier of this process; see [`Classifier::generation`].
static LAST_GENERATION: AtomicU64 = AtomicU64::new(0);

/// The entries of one table by match and priority; an entry is a number of the caller's.
#[derive(Debug)]
pub struct Classifier {
    secret: Secret,
    tuples: Vec<Tuple>,
    /// Where the tuple with a mask stands in `tuples`.
    places: HashMap<FlowKey, usize>,
    /// The places of all tuples, those with the highest priority first.
    order: Vec<usize>,
    /// What any entry looks at.
    seen: Mask,
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
        Self {
            secret: Secret::new(seed),
            tuples: Vec::new(),
            places: HashMap::new(),
            order: Vec::new(),
            seen: Mask::new(&FlowKey::default()),
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
        if self.tuples.len() <= 1 { "exact" } else { "tuples" }
    }

    /// Whether a look-up costs no more than remembering its answer would.
    pub const fn is_cheap(&self) -> bool {
        self.tuples.len() <= 1
    }

    /// A hash of what some entry looks at: packets with the same hash meet the same entries.
    #[inline]
    pub(crate) fn hash_of_seen(&self, secret: &Secret, key: &FlowKey) -> u128 {
        secret.wide_hash(self.seen.all_words(key))
    }

    /// The entry with the highest priority that a packet with this key meets; the oldest of equals.
    pub fn lookup(&self, key: &FlowKey) -> Option<u32> {
        let mut best = None;
        let mut rank = Rank::NONE;
        for &place in &self.order {
            let tuple = &self.tuples[place];
            if tuple.top() < rank.priority() {
                break;
            }
            if let Some((found, entry)) = tuple.lookup(&self.secret, key) {
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
        let place = self.place(flow_match.mask());
        let rank = Rank::new(priority, self.sequence);
        self.sequence += 1;
        let tuple = &mut self.tuples[place];
        let top = tuple.top();
        if tuple.insert(&self.secret, flow_match.value(), rank, entry) {
            self.len += 1;
        }
        if self.tuples[place].top() != top {
            self.sort();
        }
    }

    /// Takes the entry with exactly this match and priority out.
    pub fn remove(&mut self, flow_match: &FlowMatch, priority: u16) -> Option<u32> {
        let &place = self.places.get(flow_match.mask())?;
        let tuple = &mut self.tuples[place];
        let top = tuple.top();
        let entry = tuple.remove(&self.secret, flow_match.value(), priority)?;
        self.generation = next_generation();
        self.len -= 1;
        if self.tuples[place].is_empty() {
            self.drop_tuple(flow_match.mask(), place);
        } else if self.tuples[place].top() != top {
            self.sort();
        }
        Some(entry)
    }

    /// The entry with exactly this match and priority.
    pub fn find(&self, flow_match: &FlowMatch, priority: u16) -> Option<u32> {
        let &place = self.places.get(flow_match.mask())?;
        self.tuples[place].find(&self.secret, flow_match.value(), priority)
    }

    fn place(&mut self, mask: &FlowKey) -> usize {
        if let Some(&place) = self.places.get(mask) {
            return place;
        }
        let place = self.tuples.len();
        self.tuples.push(Tuple::new(Mask::new(mask)));
        self.places.insert(*mask, place);
        self.order.push(place);
        self.see_all();
        place
    }

    fn drop_tuple(&mut self, mask: &FlowKey, place: usize) {
        self.places.remove(mask);
        self.tuples.swap_remove(place);
        if let Some(moved) = self.tuples.get(place) {
            self.places.insert(moved.mask().whole(), place);
        }
        self.order.pop();
        for (at, slot) in self.order.iter_mut().enumerate() {
            *slot = at;
        }
        self.see_all();
        self.sort();
    }

    fn see_all(&mut self) {
        let mut words = [0; WORDS];
        for mask in self.places.keys() {
            words.iter_mut().zip(mask.words()).for_each(|(all, one)| *all |= one);
        }
        self.seen = Mask::new(&FlowKey::from_words(words));
    }

    fn sort(&mut self) {
        self.order.sort_by_key(|&place| std::cmp::Reverse(self.tuples[place].top()));
    }
}

fn next_generation() -> u64 {
    LAST_GENERATION.fetch_add(1, Ordering::Relaxed) + 1
}
