//! Whole frames, whole or broken. The contract with the Python parser is in `tests/native`.

use packet::{Field, Packet, parse};

const ADDRESSES: [u8; 12] = [0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1];

/// An IPv4 header for `payload` bytes of `proto`, from 10.0.0.1 to 10.0.0.2.
fn ipv4(proto: u8, fragment: u16, payload: u8) -> Vec<u8> {
    let [high, low] = fragment.to_be_bytes();
    let start = [0x45, 0xb9, 0, 20 + payload, 0, 0, high, low, 64, proto, 0, 0];
    [&start[..], &[10, 0, 0, 1], &[10, 0, 0, 2]].concat()
}

/// A frame with the type and what lies behind it.
fn frame(eth_type: u16, parts: &[&[u8]]) -> Vec<u8> {
    [&ADDRESSES[..], &eth_type.to_be_bytes(), &parts.concat()].concat()
}

fn udp_frame(fragment: u16) -> Vec<u8> {
    frame(0x0800, &[&ipv4(17, fragment, 8), &[0, 53, 0x14, 0xe9, 0, 8, 0, 0]])
}

fn parse_whole(frame: &[u8]) -> Packet {
    parse(frame, frame.len())
}

#[test]
fn a_udp_frame_has_fields_and_offsets_on_every_layer() {
    let Packet { key, layers } = parse_whole(&udp_frame(0));
    let values = [Field::EthDst, Field::VlanVid, Field::IpDscp, Field::Ipv4Src, Field::UdpDst];
    assert_eq!(
        values.map(|field| key.get(field)),
        [Some(2), Some(0), Some(0x2e), Some(0x0a00_0001), Some(5353)]
    );
    assert_eq!((layers.eth_type_offset, layers.l3_offset), (Some(12), Some(14)));
    assert_eq!((layers.l3_end, layers.l4_offset), (Some(42), Some(34)));
}

#[test]
fn only_a_first_fragment_has_ports() {
    const MORE: u16 = 0x2000;
    assert_eq!(parse_whole(&udp_frame(MORE)).key.get(Field::UdpSrc), Some(53));
    let later = parse_whole(&udp_frame(MORE | 1));
    assert_eq!(later.key.get(Field::IpProto), Some(17));
    assert_eq!((later.key.get(Field::UdpSrc), later.layers.l4_offset), (None, None));
}

#[test]
fn the_head_of_a_frame_is_read_by_its_length_on_the_link() {
    let whole = udp_frame(0);
    let head = &whole[..34];
    assert_eq!(parse_whole(head).key.get(Field::Ipv4Src), None);
    let known = parse(head, whole.len());
    assert_eq!(known.key.get(Field::Ipv4Src), Some(0x0a00_0001));
    assert_eq!(known.key.get(Field::UdpSrc), None);
}

#[test]
fn the_outermost_tag_gives_the_id_and_the_innermost_the_type() {
    let tagged = frame(0x88a8, &[&[0x20, 100, 0x81, 0, 0x40, 200, 0x88, 0xcc]]);
    let packet = parse_whole(&tagged);
    assert_eq!(packet.key.get(Field::VlanVid), Some(0x1064));
    assert_eq!(packet.key.get(Field::VlanPcp), Some(1));
    assert_eq!(packet.key.get(Field::EthType), Some(0x88cc));
    assert_eq!(packet.layers.vlan_count, 2);
}

#[test]
fn a_tag_cut_short_hides_the_type() {
    let packet = parse_whole(&frame(0x8100, &[&[0, 5, 8]]));
    let fields: Vec<_> = packet.key.iter().map(|(field, _)| field).collect();
    assert_eq!(fields, [Field::EthDst, Field::EthSrc]);
}

#[test]
fn labels_and_service_ids_are_read_and_nothing_above() {
    let mpls = parse_whole(&frame(0x8847, &[&0x0001_0b40_u32.to_be_bytes()]));
    let entry = [Field::MplsLabel, Field::MplsTc, Field::MplsBos].map(|field| mpls.key.get(field));
    assert_eq!(entry, [Some(16), Some(5), Some(1)]);
    let pbb = parse_whole(&frame(0x88e7, &[&0xa012_3456_u32.to_be_bytes()]));
    assert_eq!(pbb.key.get(Field::PbbIsid), Some(0x0012_3456));
}

#[test]
fn the_link_layer_address_is_found_behind_other_options() {
    let mut header = [0; 40];
    (header[0], header[5], header[6]) = (0x60, 40, 58);
    let solicitation = [&[135, 0, 0, 0, 0, 0, 0, 0][..], &[0xfe; 16]].concat();
    let options = [[5, 1, 0, 0, 0, 0, 5, 0xdc], [1, 1, 0, 0, 0, 0, 0, 0x0a]].concat();
    let packet = parse_whole(&frame(0x86dd, &[&header, &solicitation, &options]));
    assert_eq!(packet.key.get(Field::Ipv6NdTarget), Some(u128::from_be_bytes([0xfe; 16])));
    assert_eq!(packet.key.get(Field::Ipv6NdSll), Some(0x0a));
    assert_eq!(packet.layers.nd_lladdr_offset, Some(14 + 40 + 24 + 8 + 2));
}

#[test]
fn a_frame_cut_anywhere_never_panics() {
    let whole = udp_frame(0);
    for length in 0..whole.len() {
        assert!(parse(&whole[..length], 0).layers.l4_offset.is_none());
    }
}
