//! Whatever octets come as a frame: parsing does not panic, every offset lies within the frame and in
//! the order of the headers, what stands at the offsets is what the fields say, and the head of a
//! frame has no field that the whole frame has not, nor another value of it (but for `eth_type` where
//! the head ends before a SNAP header does).
//!
//! The first two octets choose how long the head is, the third how much longer the frame was on its
//! link than what is there.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packet::{Field, FlowKey, Layers, parse};

const ETH_TYPE_NONE: u128 = 0x05ff;

fn number(data: &[u8], at: usize, length: usize) -> u128 {
    data[at..at + length].iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// The field, if it is there, stands at `at`.
fn stands_at(data: &[u8], key: &FlowKey, field: Field, at: usize) {
    if let Some(value) = key.get(field) {
        let length = field.bits() as usize / 8;
        assert_eq!(value, number(data, at, length), "{field:?} at {at}");
    }
}

fn check_offsets(data: &[u8], total_len: usize, key: &FlowKey, layers: &Layers) {
    stands_at(data, key, Field::EthDst, 0);
    stands_at(data, key, Field::EthSrc, 6);
    assert!(layers.vlan_count * 4 <= data.len());
    if let Some(at) = layers.eth_type_offset {
        assert!(at >= 12 + 4 * layers.vlan_count && at + 2 <= data.len());
        assert_eq!(layers.l3_offset, Some(at + 2));
        if key.get(Field::EthType) != Some(ETH_TYPE_NONE) {
            stands_at(data, key, Field::EthType, at);
        }
    }
    if let Some(end) = layers.l3_end {
        let start = layers.l3_offset.expect("a datagram begins before it ends");
        assert!(start + 20 <= end && end <= total_len.max(data.len()));
        stands_at(data, key, Field::Ipv4Src, start + 12);
        stands_at(data, key, Field::Ipv4Dst, start + 16);
        stands_at(data, key, Field::Ipv6Src, start + 8);
        stands_at(data, key, Field::Ipv6Dst, start + 24);
    }
    if let Some(at) = layers.l4_offset {
        assert!(at >= layers.l3_offset.expect("a network header") + 20);
        assert!(at + 4 <= layers.l3_end.expect("an end").min(data.len()));
        for (first, second, step) in [
            (Field::TcpSrc, Field::TcpDst, 2),
            (Field::UdpSrc, Field::UdpDst, 2),
            (Field::SctpSrc, Field::SctpDst, 2),
            (Field::Icmpv4Type, Field::Icmpv4Code, 1),
            (Field::Icmpv6Type, Field::Icmpv6Code, 1),
        ] {
            assert_eq!(key.has(first), key.has(second));
            stands_at(data, key, first, at);
            stands_at(data, key, second, at + step);
        }
    }
    if let Some(at) = layers.nd_lladdr_offset {
        assert!(at + 6 <= layers.l3_end.expect("an end").min(data.len()));
        stands_at(data, key, Field::Ipv6NdSll, at);
        stands_at(data, key, Field::Ipv6NdTll, at);
    }
}

fn check_head(head: &FlowKey, whole: &FlowKey) {
    for (field, value) in head.iter() {
        let snap_is_cut = field == Field::EthType && value == ETH_TYPE_NONE;
        assert!(snap_is_cut || whole.get(field) == Some(value), "{field:?}");
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&[high, low, more], data)) = input.split_first_chunk() else { return };
    let total_len = data.len() + usize::from(more);
    let packet = parse(data, total_len);
    for (field, value) in packet.key.iter() {
        assert!(field.bits() == 128 || value >> field.bits() == 0, "{field:?}");
    }
    check_offsets(data, total_len, &packet.key, &packet.layers);
    let head = &data[..usize::from(u16::from_be_bytes([high, low])).min(data.len())];
    let head_packet = parse(head, total_len);
    check_offsets(head, total_len, &head_packet.key, &head_packet.layers);
    check_head(&head_packet.key, &packet.key);
});
