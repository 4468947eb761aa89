//! A cut: some bits of one word of a key, and the rows of a bit matrix that their values choose.

use super::hash::Secret;
use packet::FlowKey;

/// Rules that leave at most so many bits of a hashed cut free are entered in every row they may
/// be met in.
const FREE_BITS_HASHED: u32 = 3;
/// A cut of no more bits than this has a row for each of its values.
const DIRECT_BITS: u32 = 8;

/// Which bits, and how their value becomes the number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    word: usize,
    mask: u64,
    multiplier: u64,
    row_bits: u32,
    free_bits: u32,
}

impl Cut {
    /// A cut through the bits of `mask`, of which there are some, to about `2^row_bits` rows.
    pub(super) const fn new(word: usize, mask: u64, row_bits: u32, secret: &Secret) -> Self {
        let bits = mask.count_ones();
        let above = mask.leading_zeros();
        let is_run = bits + above + mask.trailing_zeros() == 64;
        if is_run && (bits <= DIRECT_BITS || bits <= row_bits) {
            return Self {
                word,
                mask,
                multiplier: 1 << above,
                row_bits: bits,
                free_bits: bits - 1,
            };
        }
        Self { word, mask, multiplier: secret.odd(word), row_bits, free_bits: FREE_BITS_HASHED }
    }

    /// How many rows there are.
    pub(super) const fn rows(&self) -> usize {
        1 << self.row_bits
    }

    /// The same cut with about `2^row_bits` rows.
    pub(super) const fn with_rows(&self, row_bits: u32, secret: &Secret) -> Self {
        Self::new(self.word, self.mask, row_bits, secret)
    }

    /// The row of a packet.
    #[inline(always)]
    pub(super) const fn row(&self, key: &FlowKey) -> usize {
        self.row_of(key.words()[self.word % packet::WORDS])
    }

    #[expect(clippy::cast_possible_truncation, reason = "less than the number of rows")]
    #[inline(always)]
    const fn row_of(&self, word: u64) -> usize {
        ((word & self.mask).wrapping_mul(self.multiplier) >> (64 - self.row_bits)) as usize
    }

    /// Whether entries with this mask are told apart by the cut.
    pub(super) const fn tells_apart(&self, mask: &FlowKey) -> bool {
        (self.mask & !mask.words()[self.word]).count_ones() <= self.free_bits
    }

    /// Calls `visit` with every row in which packets may be that meet value and mask.
    pub(super) fn each_row(&self, value: &FlowKey, mask: &FlowKey, mut visit: impl FnMut(usize)) {
        let free = self.mask & !mask.words()[self.word];
        let mut some_free = 0_u64;
        loop {
            visit(self.row_of(value.words()[self.word] | some_free));
            // The next subset of the free bits, in the order of their values.
            some_free = some_free.wrapping_sub(free) & free;
            if some_free == 0 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packet::Field;

    fn key(address: u32) -> FlowKey {
        let mut key = FlowKey::default();
        key.set(Field::Ipv4Src, address);
        key
    }

    #[test]
    fn a_prefix_is_entered_in_the_row_of_every_packet_that_meets_it() {
        let whole = Cut::new(7, 0xffff_ff00_0000_0000, 6, &Secret::new(1));
        let (value, mask) = (key(0x0a01_2000), key(0xffff_e000));
        assert!(whole.tells_apart(&key(0xffff_f800)) && !whole.tells_apart(&key(0xffff_0000)));
        let mut rows = Vec::new();
        whole.each_row(&value, &mask, |row| rows.push(row));
        for low in 0..0x2000 {
            assert!(rows.contains(&whole.row(&key(0x0a01_2000 | low))));
        }
    }

    #[test]
    fn a_byte_has_a_row_for_each_value() {
        let byte = Cut::new(7, 0x00ff_0000_0000_0000, 4, &Secret::new(1));
        assert_eq!(byte.rows(), 256);
        assert_eq!(byte.row(&key(0x0a07_0000)), 7);
    }
}
