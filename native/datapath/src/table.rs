//! A flow table: its entries by match and priority, and how often packets were looked up and found
//! (`OpenFlow` 1.3.5, 5.2 to 5.4). The entries themselves are in [`Tables`](crate::Tables).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::FlowMatch;
use crate::classifier::Classifier;
use crate::overlap::Masks;

/// One table.
#[derive(Debug)]
pub struct FlowTable {
    table_id: u8,
    max_entries: usize,
    config: u32,
    classifier: Classifier,
    /// The numbers of its entries, in no order.
    members: Vec<u32>,
    /// Which masks there are, from the first time that somebody asks for overlaps.
    masks: Option<Masks>,
    lookup_count: AtomicU64,
    matched_count: AtomicU64,
}

impl FlowTable {
    /// An empty table.
    pub(crate) fn new(table_id: u8, max_entries: usize) -> Self {
        Self {
            table_id,
            max_entries,
            config: 0,
            classifier: Classifier::new(),
            members: Vec::new(),
            masks: None,
            lookup_count: AtomicU64::new(0),
            matched_count: AtomicU64::new(0),
        }
    }

    /// Its number.
    pub const fn table_id(&self) -> u8 {
        self.table_id
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How many entries it may have.
    pub const fn max_entries(&self) -> usize {
        self.max_entries
    }

    /// Whether no further entry fits.
    pub fn is_full(&self) -> bool {
        self.len() >= self.max_entries
    }

    /// The bits that `TABLE_MOD` set; they do nothing (7.3.3).
    pub const fn config(&self) -> u32 {
        self.config
    }

    /// Keeps the bits of a `TABLE_MOD`.
    pub const fn set_config(&mut self, config: u32) {
        self.config = config;
    }

    /// What finds the entry for a packet.
    #[inline]
    pub const fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// Notes packets that were looked up and those of them that were found; from any thread.
    pub fn count(&self, lookups: u64, matched: u64) {
        self.lookup_count.fetch_add(lookups, Relaxed);
        self.matched_count.fetch_add(matched, Relaxed);
    }

    /// How many packets were looked up.
    pub fn lookup_count(&self) -> u64 {
        self.lookup_count.load(Relaxed)
    }

    /// How many of them an entry was found for.
    pub fn matched_count(&self) -> u64 {
        self.matched_count.load(Relaxed)
    }

    /// The one entry with exactly this match and priority.
    pub fn find(&self, flow_match: &FlowMatch, priority: u16) -> Option<u32> {
        if self.is_empty() { None } else { self.classifier.find(flow_match, priority) }
    }

    /// The numbers of the entries, in no order.
    pub(crate) fn members(&self) -> &[u32] {
        &self.members
    }

    /// Adds an entry that is not there; its place among the members.
    pub(crate) fn insert(&mut self, flow_match: &FlowMatch, priority: u16, number: u32) -> u32 {
        self.classifier.insert(flow_match, priority, number);
        if let Some(masks) = &mut self.masks {
            masks.add(flow_match, priority);
        }
        self.members.push(number);
        u32::try_from(self.members.len() - 1).expect("places are numbered by 32 bits")
    }

    /// Which masks there are, if they are counted.
    pub(crate) const fn masks(&self) -> Option<&Masks> {
        self.masks.as_ref()
    }

    /// Counts the masks from now on, of which these are there.
    pub(crate) fn count_masks(&mut self, masks: Masks) {
        self.masks = Some(masks);
    }

    /// Takes all entries out at once.
    pub(crate) fn clear(&mut self) {
        self.classifier = Classifier::new();
        self.members = Vec::new();
        self.masks = None;
    }

    /// Takes an entry out; the one that now stands in its place, if another does.
    pub(crate) fn remove(
        &mut self,
        flow_match: &FlowMatch,
        priority: u16,
        place: u32,
    ) -> Option<u32> {
        self.classifier.remove(flow_match, priority);
        if let Some(masks) = &mut self.masks {
            masks.remove(flow_match, priority);
        }
        self.members.swap_remove(place as usize);
        self.members.get(place as usize).copied()
    }
}
