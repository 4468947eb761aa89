//! A flow key: the match fields that a packet has, with their values.
//!
//! A key is sixteen words, so that looking one up is a few operations on words, whatever the fields
//! are. Word 0 says which fields are there; the others hold the values. Fields that no packet has
//! together (the ports of TCP and UDP, the addresses of IPv4 and ARP) share a place, which keeps
//! what an IPv4 packet needs within the first eight words: one line of a processor's cache.
//!
//! A match is two keys, value and mask: a packet's key `k` meets it when `k & mask == value` in all
//! words. Since the mask includes the fields' presence bits, a field that is absent matches nothing.

use crate::Field;

/// How many words a key has.
pub const WORDS: usize = 16;

/// The match fields of a packet. Two keys are equal when they have the same fields and values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(align(64))]
pub struct FlowKey {
    words: [u64; WORDS],
}

impl FlowKey {
    /// The words, as classifiers compare and hash them.
    pub const fn words(&self) -> &[u64; WORDS] {
        &self.words
    }

    /// A key of these words.
    pub const fn from_words(words: [u64; WORDS]) -> Self {
        Self { words }
    }

    /// Whether the packet has `field`.
    #[inline]
    pub const fn has(&self, field: Field) -> bool {
        self.words[0] >> field as u32 & 1 != 0
    }

    /// The value of `field`, or `None` when the packet has no such field.
    #[inline]
    pub fn get(&self, field: Field) -> Option<u128> {
        if !self.has(field) {
            return None;
        }
        let (word, shift) = field.place();
        if field.bits() == 128 {
            return Some(u128::from(self.words[word]) << 64 | u128::from(self.words[word + 1]));
        }
        Some(u128::from(self.words[word] >> shift & ones(field.bits())))
    }

    /// Give `field` a value. Bits beyond the field's width are for the caller not to set.
    #[inline]
    pub fn set(&mut self, field: Field, value: impl Into<u128>) {
        let value = value.into();
        debug_assert!(field.bits() == 128 || value >> field.bits() == 0, "{field:?}");
        let (word, shift) = field.place();
        self.words[0] |= 1 << field as u32;
        if field.bits() == 128 {
            self.words[word] = low_half(value >> 64);
            self.words[word + 1] = low_half(value);
        } else {
            let kept = self.words[word] & !(ones(field.bits()) << shift);
            self.words[word] = kept | low_half(value) << shift;
        }
    }

    /// The fields that are there with their values, in the order of OXM numbers.
    pub fn iter(&self) -> impl Iterator<Item = (Field, u128)> {
        Field::ALL.iter().filter_map(|&field| Some((field, self.get(field)?)))
    }
}

const fn ones(bits: u32) -> u64 {
    u64::MAX >> (64 - bits)
}

#[expect(clippy::cast_possible_truncation, reason = "the upper half is cut off on purpose")]
const fn low_half(value: u128) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn largest(field: Field) -> u128 {
        u128::MAX >> (128 - field.bits())
    }

    #[test]
    fn an_empty_key_has_no_fields() {
        assert_eq!(FlowKey::default().iter().count(), 0);
    }

    #[test]
    fn every_field_gives_back_its_largest_value() {
        for &field in Field::ALL {
            let mut key = FlowKey::default();
            key.set(field, largest(field));
            assert!(key.iter().eq([(field, largest(field))]));
        }
    }

    #[test]
    fn fields_that_a_packet_has_together_do_not_disturb_each_other() {
        use Field::{Ipv6Dst, Ipv6Exthdr, Ipv6Flabel, Ipv6NdSll, Ipv6NdTarget, Ipv6Src};
        let common = [
            Field::InPort,
            Field::InPhyPort,
            Field::Metadata,
            Field::TunnelId,
            Field::EthDst,
            Field::EthSrc,
            Field::EthType,
            Field::VlanVid,
            Field::VlanPcp,
        ];
        let ip = [Field::IpDscp, Field::IpEcn, Field::IpProto];
        let packets: [&[Field]; 5] = [
            &[Field::Ipv4Src, Field::Ipv4Dst, Field::TcpSrc, Field::TcpDst],
            &[Ipv6Src, Ipv6Dst, Ipv6Flabel, Ipv6Exthdr, Field::SctpSrc, Field::SctpDst],
            &[Ipv6Src, Ipv6Dst, Ipv6NdTarget, Ipv6NdSll, Field::Icmpv6Type, Field::Icmpv6Code],
            &[Field::ArpOp, Field::ArpSpa, Field::ArpTpa, Field::ArpSha, Field::ArpTha],
            &[Field::MplsLabel, Field::MplsTc, Field::MplsBos],
        ];
        for packet in packets {
            let fields: Vec<Field> = common.iter().chain(&ip).chain(packet).copied().collect();
            for &odd_one in &fields {
                let mut key = FlowKey::default();
                for &field in &fields {
                    key.set(field, if field == odd_one { 0 } else { largest(field) });
                }
                for &field in &fields {
                    let expected = if field == odd_one { 0 } else { largest(field) };
                    assert_eq!(key.get(field), Some(expected), "{field:?} beside {odd_one:?}");
                }
            }
        }
    }

    #[test]
    fn zero_is_a_value() {
        let mut key = FlowKey::default();
        key.set(Field::VlanVid, 0_u16);
        assert_eq!(key.get(Field::VlanVid), Some(0));
        assert_ne!(key, FlowKey::default());
    }
}
