//! A matcher for tables of routes: all entries but a few restrict one field by prefixes.
//!
//! What the entries restrict besides is the same in all of them; each combination of its
//! values has a trie of its own. Tuples that do not fit, such as that of a table-miss entry, are
//! probed beside the trie.

use super::hash::Secret;
use super::mask::Mask;
use super::rank::Rank;
use super::slots::Slots;
use super::trie::{Prefix, Tries};
use super::tuple::Tuple;
use packet::{Field, FlowKey, WORDS};

/// So many tuples may stand beside those of the prefixes.
pub(super) const OTHERS_MAX: usize = 2;
/// Only fields of at most so many bits: a trie for longer ones would be deep and sparse.
const BITS_MAX: u32 = 32;

/// Which masks belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Family {
    field: Field,
    /// What every mask has besides the bits of the field.
    common: FlowKey,
}

impl Family {
    /// The family that most of the masks form, if all but a few do.
    pub(super) fn of(masks: &[FlowKey]) -> Option<Self> {
        let fields = Field::ALL.iter().filter(|field| field.bits() <= BITS_MAX);
        let first = masks.iter().take(OTHERS_MAX + 1);
        let families =
            fields.flat_map(|&field| first.clone().filter_map(move |mask| Self::with(field, mask)));
        families.into_iter().find(|family| {
            let strangers = masks.iter().filter(|mask| family.length(mask).is_none());
            strangers.count() <= OTHERS_MAX
        })
    }

    fn with(field: Field, mask: &FlowKey) -> Option<Self> {
        if !mask.has(field) {
            return None;
        }
        let mut common = *mask;
        common.set(field, 0_u8);
        Some(Self { field, common })
    }

    /// The length of the prefix, if the mask belongs to the family.
    pub(super) fn length(&self, mask: &FlowKey) -> Option<u32> {
        let bits = u64::try_from(mask.get(self.field)?).ok()?;
        let length = bits.count_ones();
        let is_prefix = bits == upper(length, self.field.bits());
        (is_prefix && Self::with(self.field, mask)?.common == self.common).then_some(length)
    }

    /// The bits of the field, at the upper end of a word.
    #[inline]
    fn bits(&self, key: &FlowKey) -> u32 {
        let (word, shift) = self.field.place();
        let value =
            key.words()[word % WORDS] >> shift & upper(self.field.bits(), self.field.bits());
        low(value) << (BITS_MAX - self.field.bits())
    }

    /// The key with other bits in its field.
    fn with_bits(&self, key: &FlowKey, bits: u32) -> FlowKey {
        let mut other = *key;
        other.set(self.field, bits >> (BITS_MAX - self.field.bits()));
        other
    }
}

/// So many ones at the upper end of so many bits.
const fn upper(ones: u32, bits: u32) -> u64 {
    (1 << bits) - (1 << (bits - ones))
}

#[expect(clippy::cast_possible_truncation, reason = "the field has at most 32 bits")]
#[inline]
const fn low(value: u64) -> u32 {
    value as u32
}

/// A matcher for one family and a few strangers.
#[derive(Debug)]
pub(super) struct Prefixes {
    family: Family,
    common: Mask,
    /// The root of the trie for each value of what is common.
    roots: Slots,
    tries: Tries,
    /// The tuple of each length.
    lengths: [Option<u32>; BITS_MAX as usize + 1],
    others: Vec<u32>,
}

impl Prefixes {
    pub(super) fn new(family: Family) -> Self {
        let common = Mask::new(&family.common);
        Self {
            roots: Slots::new(common.count()),
            common,
            family,
            tries: Tries::new(),
            lengths: [None; BITS_MAX as usize + 1],
            others: Vec::new(),
        }
    }

    pub(super) const fn family(&self) -> &Family {
        &self.family
    }

    /// Whether there are more strangers than it should have.
    pub(super) fn is_strained(&self) -> bool {
        self.others.len() > OTHERS_MAX
    }

    pub(super) fn add_tuple(&mut self, number: usize, mask: &FlowKey) {
        let tuple = u32::try_from(number).expect("fewer than 2^32 tuples");
        match self.family.length(mask) {
            Some(length) => self.lengths[length as usize] = Some(tuple),
            None => self.others.push(tuple),
        }
    }

    pub(super) fn drop_tuple(&mut self, number: usize) {
        self.others.retain(|&other| other as usize != number);
        for length in &mut self.lengths {
            *length = length.filter(|&tuple| tuple as usize != number);
        }
    }

    /// Enters an entry, or its new number.
    pub(super) fn add(
        &mut self,
        secret: &Secret,
        mask: &FlowKey,
        value: &FlowKey,
        best: (Rank, u32),
    ) {
        let Some(length) = self.family.length(mask) else { return };
        let root = match self.root(secret, value) {
            Some(root) => root,
            None => self.plant(secret, value),
        };
        let prefix = Prefix { bits: self.family.bits(value), length };
        self.tries.add(root, prefix, best.0, best.1);
    }

    /// Tells that an entry is gone from its tuple.
    pub(super) fn remove(
        &mut self,
        tuples: &[Tuple],
        secret: &Secret,
        mask: &FlowKey,
        value: &FlowKey,
    ) {
        let (Some(length), Some(root)) = (self.family.length(mask), self.root(secret, value))
        else {
            return;
        };
        let prefix = Prefix { bits: self.family.bits(value), length };
        let (family, lengths) = (&self.family, &self.lengths);
        let best = |longer: Prefix| {
            let key = family.with_bits(value, longer.bits);
            // Prefixes of no length end in the first level.
            let first = if longer.length == 8 { 0 } else { longer.length as usize - 7 };
            let last = (longer.length as usize).min(family.field.bits() as usize);
            let tuples =
                lengths[first..=last].iter().flatten().map(|&number| &tuples[number as usize]);
            tuples.filter_map(|tuple| tuple.lookup::<true>(secret, &key)).max()
        };
        if self.tries.renew(root, prefix, best) {
            let selected = self.common.select::<WORDS>(value);
            let selected = &selected[..self.common.count()];
            if let Some(place) = self.roots.find(secret.hash(selected), selected) {
                self.roots.remove(secret, place);
            }
        }
    }

    /// The best entry for a packet.
    #[inline]
    pub(super) fn lookup(&self, tuples: &[Tuple], secret: &Secret, key: &FlowKey) -> Option<u32> {
        let root = if self.common.is_met(key) { self.root(secret, key) } else { None };
        let mut best = root.and_then(|root| self.tries.lookup(root, self.family.bits(key)));
        for &number in &self.others {
            best = best.max(tuples[number as usize].lookup::<false>(secret, key));
        }
        best.map(|(_, entry)| entry)
    }

    #[inline]
    fn root(&self, secret: &Secret, key: &FlowKey) -> Option<u32> {
        let root = match self.common.count() {
            1 => self.probe(secret, &self.common.select::<1>(key)),
            2 => self.probe(secret, &self.common.select::<2>(key)),
            count => self.probe(secret, &self.common.select::<WORDS>(key)[..count]),
        };
        root.map(low)
    }

    #[inline]
    fn probe(&self, secret: &Secret, selected: &[u64]) -> Option<u64> {
        self.roots.get(secret.hash(selected), selected).map(|(_, root)| root)
    }

    fn plant(&mut self, secret: &Secret, value: &FlowKey) -> u32 {
        let root = self.tries.plant();
        let selected = self.common.select::<WORDS>(value);
        self.roots.insert(secret, &selected[..self.common.count()], 1, root.into());
        root
    }
}
