//! What one thread needs to let packets through the datapath: frames, effects, memory, counts.
//!
//! Nothing here is shared, and everything is used again: a batch of packets allocates nothing, but
//! for what goes to controllers. Counts are given up with [`Datapath::flush`](crate::Datapath::flush).

use std::hash::{BuildHasher, RandomState};

use packet::Frame;

use crate::action_set::ActionSet;
use crate::batch::Batch;
use crate::drops::DropTally;
use crate::ports::PortTally;
use crate::tally::{FlowTally, TableTally};
use crate::{Effect, MicroflowCache};

/// How many look-ups a worker remembers.
const MEMORY: usize = 8192;
/// How many frames are kept from batch to batch.
const KEPT: usize = 1024;

/// The state of one thread that processes packets.
#[derive(Debug)]
pub struct Worker {
    frames: Vec<Frame>,
    used: usize,
    /// What is to be done, in order; the frames are this worker's.
    pub effects: Vec<Effect>,
    pub(crate) cache: MicroflowCache,
    pub(crate) drops: DropTally,
    pub(crate) ports: PortTally,
    pub(crate) tables: TableTally,
    pub(crate) flows: FlowTally,
    /// The action set of the packet before, to be filled again.
    pub(crate) action_set: ActionSet,
    /// Where frames that came in together are worked on.
    pub(crate) batch: Option<Box<Batch>>,
}

impl Default for Worker {
    fn default() -> Self {
        Self::new(RandomState::new().hash_one(0))
    }
}

impl Worker {
    /// A worker at rest; the seed is for its hash, and must be a secret.
    pub fn new(seed: u64) -> Self {
        Self {
            frames: Vec::new(),
            used: 0,
            effects: Vec::new(),
            cache: MicroflowCache::new(MEMORY, seed),
            drops: DropTally::default(),
            ports: PortTally::default(),
            tables: TableTally::default(),
            flows: FlowTally::default(),
            action_set: ActionSet::default(),
            batch: None,
        }
    }

    /// The place of an empty frame, which is no longer free.
    #[inline]
    pub fn frame(&mut self) -> usize {
        let place = self.used;
        self.used += 1;
        match self.frames.get_mut(place) {
            Some(frame) => frame.clear(),
            None => self.frames.push(Frame::new()),
        }
        place
    }

    /// The first `count` frames, to receive into; they are no longer free. For a worker at rest.
    pub fn slots(&mut self, count: usize) -> &mut [Frame] {
        if self.frames.len() < count {
            self.frames.resize_with(count, Frame::new);
        }
        self.used = self.used.max(count);
        &mut self.frames[..count]
    }

    /// The frame at a place.
    #[inline]
    pub fn frame_ref(&self, place: usize) -> &Frame {
        &self.frames[place]
    }

    /// The frame at a place, to fill it.
    #[inline]
    pub fn frame_mut(&mut self, place: usize) -> &mut Frame {
        &mut self.frames[place]
    }

    /// All frames by place, to send them.
    pub fn frames_mut(&mut self) -> &mut [Frame] {
        &mut self.frames
    }

    /// The place of a copy of a frame.
    pub(crate) fn copy(&mut self, place: usize) -> usize {
        let copy = self.frame();
        let (before, behind) = self.frames.split_at_mut(copy);
        behind[0].copy_from(&before[place]);
        copy
    }

    /// Takes the effects out; the frames stay. Give the list back with [`recycle`](Self::recycle).
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Takes a list of effects back that was carried out, for its memory.
    pub fn recycle(&mut self, mut effects: Vec<Effect>) {
        effects.clear();
        if self.effects.is_empty() {
            self.effects = effects;
        }
    }

    /// Frees all frames and forgets the effects.
    pub fn reset(&mut self) {
        self.used = 0;
        self.frames.truncate(KEPT);
        self.effects.clear();
    }

    /// How many look-ups were answered from memory, and how many were not.
    pub const fn cache_counts(&self) -> (u64, u64) {
        (self.cache.hits(), self.cache.misses())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_used_again_after_a_reset() {
        let mut worker = Worker::new(1);
        let first = worker.frame();
        worker.frame_mut(first).set(b"abc", None);
        let copy = worker.copy(first);
        assert_eq!((first, copy, worker.frame_ref(copy).data()), (0, 1, &b"abc"[..]));
        worker.reset();
        assert_eq!((worker.frame(), worker.frame_ref(0).len()), (0, 0));
        assert_eq!((worker.slots(3).len(), worker.frame()), (3, 3));
    }
}
