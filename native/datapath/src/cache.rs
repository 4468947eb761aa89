//! A worker's memory of recent look-ups: flows that no entry of a table tells apart share a slot.
//!
//! A slot is found and known by a keyed hash of 128 bits, over what of the key some entry of the
//! table looks at, and by the classifier's generation. A changed table has another generation, so
//! that no answer outlives a change; entries of old generations are simply overwritten.
//!
//! Admission rule, so that traffic of ever new flows cannot drive out the flows that stay:
//! 1. A miss leaves a mark at the door. Only when the mark of the same flow still stands there on
//!    a later miss, in the same window of misses, does the flow ask to be let in.
//! 2. A slot has up to three lives, one more for each hit. Who is let in takes the slot of a dead
//!    or outdated flow among the few that are possible; if there is none, each of them loses a life
//!    and the newcomer stays outside.
//!
//! Where the memory cannot pay it is not asked: for classifiers whose own look-up is as cheap, and,
//! for a number of look-ups after a trial that found few hits, for single tables.

use crate::Classifier;
use crate::classifier::Secret;
use packet::FlowKey;

/// How many places a flow may be in.
const WAYS: usize = 2;
const LIVES: u8 = 3;
/// A trial of the hit rate of one table takes this many look-ups.
const TRIAL: u32 = 16_384;
/// Fewer hits than one in so many, and the table does without for a while.
const WORTHWHILE: u32 = 4;
/// How many look-ups that while is at first, and at most when trial after trial fails.
const PAUSE: u32 = 8 * TRIAL;
const PAUSE_MAX: u32 = 64 * TRIAL;

/// Recent look-ups of one worker, in all tables.
#[derive(Debug)]
pub struct MicroflowCache {
    secret: Secret,
    slots: Box<[Slot]>,
    /// Marks of flows that missed, beside the slots.
    door: Box<[u16]>,
    window: Window,
    trials: Box<[Trial; 256]>,
    hits: u64,
    misses: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    hash: u128,
    generation: u64,
    entry: u32,
    found: bool,
    lives: u8,
}

/// The stretch of misses within which a flow must be seen twice.
#[derive(Clone, Copy, Debug)]
struct Window {
    misses_left: usize,
    number: u16,
}

/// How the memory fares with one table.
#[derive(Clone, Copy, Debug)]
struct Trial {
    lookups: u32,
    hits: u32,
    /// Look-ups to go without the memory.
    pause: u32,
    next_pause: u32,
}

impl MicroflowCache {
    /// A memory of `slots` flows, rounded up to a power of two; the seed must be a secret.
    pub fn new(slots: usize, seed: u64) -> Self {
        let slots = slots.next_power_of_two().max(WAYS);
        let trial = Trial { lookups: 0, hits: 0, pause: 0, next_pause: PAUSE };
        Self {
            secret: Secret::new(seed),
            slots: vec![Slot::default(); slots].into(),
            door: vec![0; slots * 2].into(),
            window: Window { misses_left: slots, number: 0 },
            trials: Box::new([trial; 256]),
            hits: 0,
            misses: 0,
        }
    }

    /// How many look-ups were answered from memory.
    pub const fn hits(&self) -> u64 {
        self.hits
    }

    /// How many look-ups asked the memory in vain.
    pub const fn misses(&self) -> u64 {
        self.misses
    }

    /// What `classifier.lookup(key)` says, by memory where that helps.
    #[inline]
    pub fn lookup(&mut self, table_id: u8, classifier: &Classifier, key: &FlowKey) -> Option<u32> {
        if classifier.is_cheap() || !self.trials[usize::from(table_id)].takes_part() {
            return classifier.lookup(key);
        }
        let hash = classifier.hash_of_seen(&self.secret, key);
        let generation = classifier.generation();
        let first = self.first_way(hash);
        for slot in &mut self.slots[first..first + WAYS] {
            if slot.hash == hash && slot.generation == generation {
                if slot.lives < LIVES {
                    slot.lives += 1;
                }
                self.hits += 1;
                self.trials[usize::from(table_id)].hits += 1;
                return slot.found.then_some(slot.entry);
            }
        }
        self.misses += 1;
        let entry = classifier.lookup(key);
        if self.knocks_again(hash, generation) {
            self.admit(Slot {
                hash,
                generation,
                entry: entry.unwrap_or(0),
                found: entry.is_some(),
                lives: 1,
            });
        }
        entry
    }

    #[inline]
    fn first_way(&self, hash: u128) -> usize {
        hash as usize & (self.slots.len() - WAYS)
    }

    /// Whether the flow has missed before in this window; it leaves its mark.
    #[expect(clippy::cast_possible_truncation, reason = "only some of the bits are wanted")]
    fn knocks_again(&mut self, hash: u128, generation: u64) -> bool {
        self.window.misses_left -= 1;
        if self.window.misses_left == 0 {
            let number = self.window.number.wrapping_add(1);
            self.window = Window { misses_left: self.slots.len(), number };
        }
        let at = (hash >> 64) as usize & (self.door.len() - 1);
        // The generation keeps marks from outliving a change, the window's number makes them age.
        let stamp = (generation as u16).wrapping_mul(0x9e37) ^ self.window.number;
        let mark = (hash >> 112) as u16 ^ stamp;
        std::mem::replace(&mut self.door[at], mark) == mark
    }

    fn admit(&mut self, newcomer: Slot) {
        let first = self.first_way(newcomer.hash);
        let ways = &mut self.slots[first..first + WAYS];
        let replaceable =
            |slot: &&mut Slot| slot.lives == 0 || slot.generation != newcomer.generation;
        if let Some(slot) = ways.iter_mut().find(replaceable) {
            *slot = newcomer;
        } else {
            for slot in ways {
                slot.lives -= 1;
            }
        }
    }
}

impl Trial {
    /// Whether the memory is to be asked, for one more look-up.
    #[inline]
    fn takes_part(&mut self) -> bool {
        if self.pause > 0 {
            self.pause -= 1;
            return false;
        }
        self.lookups += 1;
        if self.lookups > TRIAL {
            self.judge();
        }
        true
    }

    #[cold]
    fn judge(&mut self) {
        if self.hits < TRIAL / WORTHWHILE {
            self.pause = self.next_pause;
            self.next_pause = (self.next_pause * 2).min(PAUSE_MAX);
        } else {
            self.next_pause = PAUSE;
        }
        (self.lookups, self.hits) = (0, 0);
    }
}
