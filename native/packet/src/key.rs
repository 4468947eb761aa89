//! A flow key: the match fields that a packet has, with their values.

use crate::Field;

/// How many values are wider than 64 bits: the three IPv6 addresses.
const WIDE: usize = 3;

/// The match fields of a packet. Two keys are equal when they have the same fields and values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FlowKey {
    /// One bit for each field, at its number.
    present: u64,
    low: [[u64; 8]; Field::ALL.len() / 8],
    high: [u64; WIDE],
}

impl FlowKey {
    /// The value of `field`, or `None` when the packet has no such field.
    pub fn get(&self, field: Field) -> Option<u128> {
        let number = field as usize;
        if self.present >> number & 1 == 0 {
            return None;
        }
        let high = wide_slot(field).map_or(0, |slot| self.high[slot]);
        Some(u128::from(high) << 64 | u128::from(self.low[number / 8][number % 8]))
    }

    /// Give `field` a value. Bits beyond the field's width are for the caller not to set.
    pub fn set(&mut self, field: Field, value: impl Into<u128>) {
        let value = value.into();
        debug_assert!(field.bits() == 128 || value >> field.bits() == 0, "{field:?}");
        let number = field as usize;
        self.present |= 1 << number;
        self.low[number / 8][number % 8] = low_half(value);
        if let Some(slot) = wide_slot(field) {
            self.high[slot] = low_half(value >> 64);
        }
    }

    /// The fields that are there with their values, in the order of OXM numbers.
    pub fn iter(&self) -> impl Iterator<Item = (Field, u128)> {
        Field::ALL.iter().filter_map(|&field| Some((field, self.get(field)?)))
    }
}

/// Where the upper half of a 128-bit field is kept.
const fn wide_slot(field: Field) -> Option<usize> {
    match field {
        Field::Ipv6Src => Some(0),
        Field::Ipv6Dst => Some(1),
        Field::Ipv6NdTarget => Some(2),
        _ => None,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the upper half is cut off on purpose")]
const fn low_half(value: u128) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_key_has_no_fields() {
        assert_eq!(FlowKey::default().iter().count(), 0);
    }

    #[test]
    fn every_field_gives_back_its_largest_value() {
        let largest = |field: Field| u128::MAX >> (128 - field.bits());
        let mut key = FlowKey::default();
        for &field in Field::ALL {
            key.set(field, largest(field));
        }
        assert!(key.iter().eq(Field::ALL.iter().map(|&field| (field, largest(field)))));
    }

    #[test]
    fn zero_is_a_value() {
        let mut key = FlowKey::default();
        key.set(Field::VlanVid, 0_u16);
        assert_eq!(key.get(Field::VlanVid), Some(0));
        assert_ne!(key, FlowKey::default());
    }
}
