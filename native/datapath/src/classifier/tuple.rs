//! The entries that share a mask: a hash table of their values.
//!
//! The table holds the first entry of each value. Entries with the same value and lower priorities
//! are rare; they wait in a [`Stack`] beside the table.

use std::collections::BTreeMap;

use super::hash::Secret;
use super::mask::Mask;
use super::rank::Rank;
use super::slots::Slots;
use packet::{FlowKey, WORDS};

/// Ranks and entries by priority, below the one in the table.
type Stack = BTreeMap<u16, (Rank, u32)>;

/// Entries with one mask.
#[derive(Debug)]
pub(super) struct Tuple {
    mask: Mask,
    slots: Slots,
    /// How many entries have a priority.
    priorities: BTreeMap<u16, u32>,
    top: u16,
    stacks: Vec<Stack>,
    free_stacks: Vec<u32>,
}

/// The user's word of a slot: the entry, and the number of its stack plus one, or zero.
#[derive(Clone, Copy)]
struct Word {
    entry: u32,
    stack: u32,
}

impl Word {
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "two numbers in one word")]
    const fn unpack(word: u64) -> Self {
        Self { entry: word as u32, stack: (word >> 32) as u32 }
    }

    const fn pack(self) -> u64 {
        (self.stack as u64) << 32 | self.entry as u64
    }

    fn stack(self) -> Option<usize> {
        self.stack.checked_sub(1).map(|number| number as usize)
    }
}

impl Tuple {
    pub(super) fn new(mask: Mask) -> Self {
        Self {
            slots: Slots::new(mask.count()),
            mask,
            priorities: BTreeMap::new(),
            top: 0,
            stacks: Vec::new(),
            free_stacks: Vec::new(),
        }
    }

    pub(super) const fn mask(&self) -> &Mask {
        &self.mask
    }

    /// How many shards its table has.
    pub(super) fn shards(&self) -> usize {
        self.slots.shards()
    }

    /// The values in a shard of its table, as keys, with the best entry of each.
    pub(super) fn entries(&self, shard: usize) -> impl Iterator<Item = (FlowKey, (Rank, u32))> {
        self.slots.entries(shard).map(|slot| {
            let (value, rest) = slot.split_at(self.mask.count());
            (self.mask.expand(value), (Rank::from_word(rest[0]), Word::unpack(rest[1]).entry))
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.len() == 0
    }

    /// The highest priority of its entries.
    #[inline(always)]
    pub(super) const fn top(&self) -> u16 {
        self.top
    }

    /// The best entry for a packet. `DOUBTFUL` when there probably is none: then hints are asked
    /// first, which are likelier to be in the processor's cache than entries.
    #[inline(always)]
    pub(super) fn lookup<const DOUBTFUL: bool>(
        &self,
        secret: &Secret,
        key: &FlowKey,
    ) -> Option<(Rank, u32)> {
        if !self.mask.is_met(key) {
            return None;
        }
        match self.mask.count() {
            1 => self.probe::<DOUBTFUL>(secret, &self.mask.select::<1>(key)),
            2 => self.probe::<DOUBTFUL>(secret, &self.mask.select::<2>(key)),
            3 => self.probe::<DOUBTFUL>(secret, &self.mask.select::<3>(key)),
            4 => self.probe::<DOUBTFUL>(secret, &self.mask.select::<4>(key)),
            5 => self.probe::<DOUBTFUL>(secret, &self.mask.select::<5>(key)),
            6 => self.probe::<DOUBTFUL>(secret, &self.mask.select::<6>(key)),
            count => self.probe::<DOUBTFUL>(secret, &self.mask.select::<WORDS>(key)[..count]),
        }
    }

    #[inline(always)]
    fn probe<const DOUBTFUL: bool>(&self, secret: &Secret, value: &[u64]) -> Option<(Rank, u32)> {
        let hash = secret.hash(value);
        if DOUBTFUL && !self.slots.may_have(hash) {
            return None;
        }
        let (rank, word) = self.slots.get(hash, value)?;
        Some((Rank::from_word(rank), Word::unpack(word).entry))
    }

    /// Adds an entry; `false` when it took the place of one with the same value and priority.
    pub(super) fn insert(
        &mut self,
        secret: &Secret,
        key: &FlowKey,
        rank: Rank,
        entry: u32,
    ) -> bool {
        let value = self.mask.select::<WORDS>(key);
        let value = &value[..self.mask.count()];
        let added = match self.slots.find(secret.hash(value), value) {
            None => {
                self.slots.insert(secret, value, rank.word(), Word { entry, stack: 0 }.pack());
                true
            }
            Some(place) => {
                let slot = self.slots.at(place);
                let (top, word) = (Rank::from_word(slot[0]), Word::unpack(slot[1]));
                if top.priority() == rank.priority() {
                    slot[1] = Word { entry, ..word }.pack();
                    return false;
                }
                let stack = word
                    .stack()
                    .unwrap_or_else(|| new_stack(&mut self.stacks, &mut self.free_stacks));
                let (upper, lower) = if top > rank {
                    ((top, word.entry), (rank, entry))
                } else {
                    ((rank, entry), (top, word.entry))
                };
                slot[0] = upper.0.word();
                let number = u32::try_from(stack + 1).expect("fewer than 2^32 stacks");
                slot[1] = Word { entry: upper.1, stack: number }.pack();
                let stack = &mut self.stacks[stack];
                if let Some(same) = stack.get_mut(&lower.0.priority()) {
                    same.1 = lower.1;
                    return false;
                }
                stack.insert(lower.0.priority(), lower);
                true
            }
        };
        *self.priorities.entry(rank.priority()).or_default() += 1;
        self.top = self.top.max(rank.priority());
        added
    }

    pub(super) fn find(&self, secret: &Secret, key: &FlowKey, priority: u16) -> Option<u32> {
        let value = self.mask.select::<WORDS>(key);
        let value = &value[..self.mask.count()];
        let (rank, word) = self.slots.get(secret.hash(value), value)?;
        let word = Word::unpack(word);
        if Rank::from_word(rank).priority() == priority {
            return Some(word.entry);
        }
        Some(self.stacks[word.stack()?].get(&priority)?.1)
    }

    pub(super) fn remove(&mut self, secret: &Secret, key: &FlowKey, priority: u16) -> Option<u32> {
        let value = self.mask.select::<WORDS>(key);
        let value = &value[..self.mask.count()];
        let place = self.slots.find(secret.hash(value), value)?;
        let slot = self.slots.at(place);
        let word = Word::unpack(slot[1]);
        let is_top = Rank::from_word(slot[0]).priority() == priority;
        let removed = match word.stack() {
            None if !is_top => return None,
            None => {
                self.slots.remove(secret, place);
                word.entry
            }
            Some(number) => {
                let stack = &mut self.stacks[number];
                let removed = if is_top {
                    let (_, (rank, entry)) = stack.pop_last()?;
                    slot[0] = rank.word();
                    slot[1] = Word { entry, ..word }.pack();
                    word.entry
                } else {
                    stack.remove(&priority)?.1
                };
                if stack.is_empty() {
                    slot[1] = Word { stack: 0, ..Word::unpack(slot[1]) }.pack();
                    self.free_stacks.push(word.stack - 1);
                }
                removed
            }
        };
        self.forget_priority(priority);
        Some(removed)
    }

    fn forget_priority(&mut self, priority: u16) {
        let Some(count) = self.priorities.get_mut(&priority) else { return };
        *count -= 1;
        if *count == 0 {
            self.priorities.remove(&priority);
            self.top = self.priorities.last_key_value().map_or(0, |(&highest, _)| highest);
        }
    }
}

/// The number of an empty stack.
fn new_stack(stacks: &mut Vec<Stack>, free: &mut Vec<u32>) -> usize {
    if let Some(number) = free.pop() {
        return number as usize;
    }
    stacks.push(Stack::new());
    stacks.len() - 1
}
