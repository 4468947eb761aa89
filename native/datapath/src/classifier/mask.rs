//! A mask without the words that it leaves free.

use packet::{FlowKey, WORDS};

/// The bits that count, by word.
#[derive(Clone, Debug)]
pub(super) struct Mask {
    /// The fields that a packet must have: word 0, whose bits are the same in mask and value.
    presence: u64,
    count: u8,
    at: [u8; WORDS],
    bits: [u64; WORDS],
}

impl Mask {
    pub(super) fn new(mask: &FlowKey) -> Self {
        let words = mask.words();
        let mut made = Self { presence: words[0], count: 0, at: [0; WORDS], bits: [0; WORDS] };
        for (at, &bits) in (0_u8..).zip(words).skip(1).filter(|(_, bits)| **bits != 0) {
            made.at[usize::from(made.count)] = at;
            made.bits[usize::from(made.count)] = bits;
            made.count += 1;
        }
        made
    }

    /// How many words count, apart from word 0.
    pub(super) const fn count(&self) -> usize {
        self.count as usize
    }

    /// The mask that this one was made from.
    pub(super) fn whole(&self) -> FlowKey {
        self.expand(&self.bits[..self.count()])
    }

    /// A key with the fields that the mask looks at and these words that count.
    pub(super) fn expand(&self, selected: &[u64]) -> FlowKey {
        let mut words = [0; WORDS];
        words[0] = self.presence;
        for (&at, &word) in self.at.iter().zip(selected) {
            words[usize::from(at)] = word;
        }
        FlowKey::from_words(words)
    }

    /// Whether the packet has the fields that the mask looks at.
    #[inline(always)]
    pub(super) const fn is_met(&self, key: &FlowKey) -> bool {
        key.words()[0] & self.presence == self.presence
    }

    /// The fields of the key that the mask looks at, then its words that count.
    #[inline(always)]
    pub(super) fn all_words(&self, key: &FlowKey) -> impl Iterator<Item = u64> {
        let counting = self.at[..self.count()].iter().zip(&self.bits);
        let words = counting.map(|(&at, bits)| key.words()[usize::from(at) % WORDS] & bits);
        std::iter::once(key.words()[0] & self.presence).chain(words)
    }

    /// The first `N` words of the key that count, without the bits that do not.
    #[inline(always)]
    pub(super) fn select<const N: usize>(&self, key: &FlowKey) -> [u64; N] {
        let mut selected = [0; N];
        for (which, word) in selected.iter_mut().enumerate() {
            *word = key.words()[usize::from(self.at[which]) % WORDS] & self.bits[which];
        }
        selected
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packet::Field;

    #[test]
    fn only_words_that_count_are_kept() {
        let mut whole = FlowKey::default();
        whole.set(Field::EthType, 0xffff_u16);
        whole.set(Field::Ipv4Dst, 0xff00_0000_u32);
        let mask = Mask::new(&whole);
        assert_eq!(mask.count(), 2);
        assert_eq!(mask.whole(), whole);
        let mut key = FlowKey::default();
        key.set(Field::EthType, 0x0800_u16);
        assert!(!mask.is_met(&key));
        key.set(Field::Ipv4Dst, 0x0a01_0203_u32);
        assert!(mask.is_met(&key));
        assert_eq!(mask.select::<2>(&key), [0x0800, 0x0a00_0000]);
    }
}
