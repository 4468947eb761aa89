//! What a flow entry matches: values and masks, as two keys.

use packet::{Field, FlowKey, WORDS};

/// A match; all comparisons are on whole words. Bits outside the mask are zero in the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FlowMatch {
    value: FlowKey,
    mask: FlowKey,
}

impl FlowMatch {
    /// A match of values and masks that came from one.
    pub(crate) const fn from_keys(value: FlowKey, mask: FlowKey) -> Self {
        Self { value, mask }
    }

    /// Restricts a field; `mask` has the field's width, its ones for an exact value.
    pub fn set(&mut self, field: Field, value: u128, mask: u128) {
        self.value.set(field, value & mask);
        self.mask.set(field, mask);
    }

    /// The values that the bits of the mask must have.
    pub const fn value(&self) -> &FlowKey {
        &self.value
    }

    /// The bits that count.
    pub const fn mask(&self) -> &FlowKey {
        &self.mask
    }

    /// The fields with value and mask, in the order of OXM numbers.
    pub fn iter(&self) -> impl Iterator<Item = (Field, u128, u128)> {
        self.value
            .iter()
            .zip(self.mask.iter())
            .map(|((field, value), (_, mask))| (field, value, mask))
    }

    /// Whether every packet meets it.
    pub fn is_any(&self) -> bool {
        self.mask.words()[0] == 0
    }

    /// Whether a packet with this key meets it.
    #[inline]
    pub fn accepts(&self, key: &FlowKey) -> bool {
        (0..WORDS).all(|at| key.words()[at] & self.mask.words()[at] == self.value.words()[at])
    }

    /// Whether `narrow` is this match or more specific: all it matches, this one matches too.
    ///
    /// That is how non-strict changes and statistics requests select entries (1.3.5, 6.4).
    pub fn covers(&self, narrow: &Self) -> bool {
        (0..WORDS).all(|at| {
            let mask = self.mask.words()[at];
            narrow.mask.words()[at] & mask == mask
                && narrow.value.words()[at] & mask == self.value.words()[at]
        })
    }

    /// Whether a single packet may meet both (1.3.5, 6.4).
    pub fn overlaps(&self, other: &Self) -> bool {
        // Matches on different fields that share a place have different prerequisites, so that
        // some other word tells them apart; word 0 only says which fields are looked at.
        self.value.iter().all(|(field, value)| {
            let Some(other_value) = other.value.get(field) else { return true };
            let masks = self.mask.get(field).zip(other.mask.get(field));
            masks.is_none_or(|(mine, theirs)| (value ^ other_value) & mine & theirs == 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(address: u128, length: u32) -> FlowMatch {
        let mut one = FlowMatch::default();
        one.set(Field::EthType, 0x0800, 0xffff);
        one.set(Field::Ipv4Dst, address, u128::from(u32::MAX << (32 - length)));
        one
    }

    #[test]
    fn a_packet_without_the_field_does_not_meet_a_match_on_it() {
        let mut key = FlowKey::default();
        key.set(Field::EthType, 0x0806_u16);
        key.set(Field::ArpTpa, 0x0a00_0001_u32);
        let mut address_only = FlowMatch::default();
        address_only.set(Field::Ipv4Dst, 0x0a00_0001, 0xffff_ffff);
        assert!(!address_only.accepts(&key));
        assert!(FlowMatch::default().accepts(&key));
    }

    #[test]
    fn a_subnet_covers_and_overlaps_its_parts_only() {
        let (wide, narrow) = (subnet(0x0a00_0000, 8), subnet(0x0a01_0000, 16));
        assert!(wide.covers(&narrow) && !narrow.covers(&wide));
        assert!(wide.overlaps(&narrow) && narrow.overlaps(&wide));
        let elsewhere = subnet(0x0b01_0000, 16);
        assert!(!wide.covers(&elsewhere) && !wide.overlaps(&elsewhere));
        assert!(FlowMatch::default().covers(&wide) && FlowMatch::default().is_any());
    }
}
