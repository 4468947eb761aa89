//! A hash table of a few words for each entry, which grows and shrinks in small steps.
//!
//! Extendible hashing: the upper bits of the hash choose a shard by way of a directory, the lower
//! ones a slot in it, with linear probing from there. A shard that is full grows, and once it has
//! its largest size splits in two, so that no change to a table of a million entries moves more
//! than a few thousand. A slot is the words of the value, the rank (zero when the slot is free) and
//! a word for the user, side by side: one access to memory.

use super::hash::Secret;

/// The largest shard has this many slots.
const SHARD_MAX: usize = 2048;
/// More than this many directory bits would only help against keys that all collide.
const DEPTH_MAX: u32 = 24;

#[derive(Debug)]
pub(super) struct Slots {
    /// Words of a value.
    width: usize,
    /// How many bits of the hash choose a shard.
    depth: u32,
    directory: Vec<u32>,
    shards: Vec<Shard>,
    len: usize,
}

#[derive(Clone, Debug)]
struct Shard {
    /// How many bits of the hash all its entries share.
    depth: u32,
    used: usize,
    /// Entries removed since the hints were made.
    gone: usize,
    /// How many slots there are, less one.
    last: usize,
    /// For each slot, a bit set by each entry whose home it is; bits of removed entries remain.
    hints: Vec<u8>,
    slots: Vec<u64>,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    shard: usize,
    /// Index of the first word of its slot.
    at: usize,
}

impl Slots {
    pub(super) fn new(width: usize) -> Self {
        let shard = Shard::new(0, 2, width + 2);
        Self { width, depth: 0, directory: vec![0], shards: vec![shard], len: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Whether there may be an entry whose value has this hash; a cheap question, rarely wrong.
    #[inline(always)]
    pub(super) fn may_have(&self, hash: u64) -> bool {
        let shard = &self.shards[self.shard_of(hash)];
        shard.hints[shard.home(hash)] & hint(hash) != 0
    }

    /// Rank and user's word of the entry with this value.
    #[inline(always)]
    pub(super) fn get(&self, hash: u64, value: &[u64]) -> Option<(u64, u64)> {
        let shard = &self.shards[self.shard_of(hash)];
        let at = shard.find(hash, value)?;
        let slot = shard.slots.get(at..at + value.len() + 2)?;
        Some((slot[value.len()], slot[value.len() + 1]))
    }

    pub(super) fn find(&self, hash: u64, value: &[u64]) -> Option<Place> {
        let shard = self.shard_of(hash);
        Some(Place { shard, at: self.shards[shard].find(hash, value)? })
    }

    /// How many shards there are; entries move to shards with higher numbers only.
    pub(super) fn shards(&self) -> usize {
        self.shards.len()
    }

    /// The slots in use of a shard: value, rank and user's word.
    pub(super) fn entries(&self, shard: usize) -> impl Iterator<Item = &[u64]> {
        self.shards[shard].entries(self.width + 2)
    }

    /// Rank and user's word at a place, to be changed. The rank must not become zero.
    pub(super) fn at(&mut self, place: Place) -> &mut [u64] {
        let start = place.at + self.width;
        &mut self.shards[place.shard].slots[start..start + 2]
    }

    /// Adds an entry whose value is not there yet.
    pub(super) fn insert(&mut self, secret: &Secret, value: &[u64], rank: u64, word: u64) {
        let hash = secret.hash(value);
        let stride = self.width + 2;
        while self.shards[self.shard_of(hash)].is_full() {
            self.make_room(secret, hash);
        }
        let shard = self.shard_of(hash);
        let mut slot = [0; packet::WORDS + 2];
        slot[..self.width].copy_from_slice(value);
        slot[self.width..stride].copy_from_slice(&[rank, word]);
        self.shards[shard].add(hash, &slot[..stride]);
        self.len += 1;
    }

    /// Takes an entry out and gives its memory back once most of a shard is free.
    pub(super) fn remove(&mut self, secret: &Secret, place: Place) {
        let width = self.width;
        let shard = &mut self.shards[place.shard];
        shard.remove(secret, place.at, width);
        self.len -= 1;
        let capacity = shard.last + 1;
        if capacity > 2 && shard.used * 8 < capacity {
            shard.resize(secret, capacity / 2, width);
        } else if shard.gone > capacity / 2 {
            shard.resize(secret, capacity, width);
        }
    }

    #[inline(always)]
    fn shard_of(&self, hash: u64) -> usize {
        self.directory[prefix(hash, self.depth)] as usize
    }

    fn make_room(&mut self, secret: &Secret, hash: u64) {
        let width = self.width;
        let number = self.shard_of(hash);
        let shard = &mut self.shards[number];
        let capacity = shard.last + 1;
        if capacity < SHARD_MAX || shard.depth >= DEPTH_MAX {
            shard.resize(secret, capacity * 2, width);
        } else {
            self.split(secret, number, hash);
        }
    }

    /// Moves half of a shard's entries to a new one.
    fn split(&mut self, secret: &Secret, number: usize, hash: u64) {
        let depth = self.shards[number].depth + 1;
        if depth > self.depth {
            self.directory = self.directory.iter().flat_map(|&shard| [shard, shard]).collect();
            self.depth = depth;
        }
        let stride = self.width + 2;
        let empty = Shard::new(depth, SHARD_MAX, stride);
        let old = std::mem::replace(&mut self.shards[number], empty.clone());
        let new_number = self.shards.len();
        self.shards.push(empty);
        for slot in old.entries(stride) {
            let slot_hash = secret.hash(&slot[..self.width]);
            let odd = prefix(slot_hash, depth) & 1 == 1;
            self.shards[if odd { new_number } else { number }].add(slot_hash, slot);
        }
        let first = (prefix(hash, depth) | 1) << (self.depth - depth);
        let pointer = u32::try_from(new_number).expect("fewer than 2^32 shards");
        self.directory[first..first + (1 << (self.depth - depth))].fill(pointer);
    }
}

/// The bit of a hash among the hints of a slot.
#[inline(always)]
const fn hint(hash: u64) -> u8 {
    1 << (hash >> 32 & 7)
}

/// The upper `depth` bits of a hash.
#[inline(always)]
const fn prefix(hash: u64, depth: u32) -> usize {
    (hash >> 1 >> (63 - depth)) as usize
}

impl Shard {
    fn new(depth: u32, capacity: usize, stride: usize) -> Self {
        Self {
            depth,
            used: 0,
            gone: 0,
            last: capacity - 1,
            hints: vec![0; capacity],
            slots: vec![0; capacity * stride],
        }
    }

    /// Whether one more entry would make probing slow; one slot always stays free.
    const fn is_full(&self) -> bool {
        (self.used + 1) * 4 > (self.last + 1) * 3
    }

    fn entries(&self, stride: usize) -> impl Iterator<Item = &[u64]> {
        self.slots.chunks_exact(stride).filter(move |slot| slot[stride - 2] != 0)
    }

    /// The slot where a hash would like to be.
    #[expect(clippy::cast_possible_truncation, reason = "only the lower bits are wanted")]
    #[inline(always)]
    const fn home(&self, hash: u64) -> usize {
        hash as usize & self.last
    }

    #[inline(always)]
    fn find(&self, hash: u64, value: &[u64]) -> Option<usize> {
        let stride = value.len() + 2;
        let mut at = self.home(hash) * stride;
        loop {
            let slot = self.slots.get(at..at + stride)?;
            if slot[value.len()] == 0 {
                return None;
            }
            if slot[..value.len()] == *value {
                return Some(at);
            }
            at += stride;
            if at == self.slots.len() {
                at = 0;
            }
        }
    }

    fn add(&mut self, hash: u64, slot: &[u64]) {
        let stride = slot.len();
        let mut at = self.home(hash) * stride;
        while self.slots[at + stride - 2] != 0 {
            at = (at + stride) % self.slots.len();
        }
        self.slots[at..at + stride].copy_from_slice(slot);
        let home = self.home(hash);
        self.hints[home] |= hint(hash);
        self.used += 1;
    }

    /// Frees a slot and moves those behind it that would not be found any more.
    fn remove(&mut self, secret: &Secret, mut free: usize, width: usize) {
        let stride = width + 2;
        let size = self.slots.len();
        let mut at = free;
        loop {
            at = (at + stride) % size;
            if self.slots[at + width] == 0 {
                break;
            }
            let home = self.home(secret.hash(&self.slots[at..at + width])) * stride;
            // It may move when its home is not behind the free slot, going round.
            if (at + size - home) % size >= (at + size - free) % size {
                self.slots.copy_within(at..at + stride, free);
                free = at;
            }
        }
        self.slots[free..free + stride].fill(0);
        self.used -= 1;
        self.gone += 1;
    }

    fn resize(&mut self, secret: &Secret, capacity: usize, width: usize) {
        let old = std::mem::replace(self, Self::new(self.depth, capacity, width + 2));
        for slot in old.entries(width + 2) {
            self.add(secret.hash(&slot[..width]), slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_while_the_table_grows_and_shrinks() {
        let secret = Secret::new(3);
        let mut slots = Slots::new(2);
        let value = |number: u64| [number, number << 20];
        for number in 0..20_000 {
            slots.insert(&secret, &value(number), number + 1, number);
        }
        assert!(slots.shards.len() > 8);
        for number in 0..20_000 {
            let value = value(number);
            assert_eq!(slots.get(secret.hash(&value), &value), Some((number + 1, number)));
        }
        for number in (0..20_000).filter(|number| number % 7 != 0) {
            let value = value(number);
            let place = slots.find(secret.hash(&value), &value).expect("it is there");
            slots.remove(&secret, place);
        }
        for number in 0..20_000 {
            let value = value(number);
            let found = slots.get(secret.hash(&value), &value).is_some();
            assert_eq!(found, number % 7 == 0, "{number}");
        }
        assert_eq!(slots.len(), 20_000_usize.div_ceil(7));
    }

    #[test]
    fn a_value_of_no_words_is_a_value() {
        let secret = Secret::new(3);
        let mut slots = Slots::new(0);
        assert_eq!(slots.get(secret.hash(&[]), &[]), None);
        slots.insert(&secret, &[], 9, 8);
        assert_eq!(slots.get(secret.hash(&[]), &[]), Some((9, 8)));
    }
}
