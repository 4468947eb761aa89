//! `SET_FIELD`: where each header field stands, and how to write it (`OpenFlow` 1.3.5, 7.2.5).
//!
//! A field is set only in a packet that has it; elsewhere the action does nothing. The places are
//! data: from where and how far, the bits of the field within those octets, and the checksums that
//! cover them.

use packet::{Field, Frame, Packet};

use super::Edited;
use super::checksums::{Covered, write};

/// What a place is counted from.
#[derive(Clone, Copy)]
enum Base {
    Frame,
    EthType,
    Network,
    Transport,
    LinkLayerAddress,
    /// The Next Header field that names the transport.
    LastNextHeader,
}

/// Where a field stands: its octets' offset and number, its width and lowest bit.
#[derive(Clone, Copy)]
struct Place {
    base: Base,
    offset: usize,
    size: u32,
    bits: u32,
    shift: u32,
    covered: Covered,
}

const fn octets(base: Base, offset: usize, size: u32) -> Place {
    Place { base, offset, size, bits: u8::BITS * size, shift: 0, covered: Covered::NOTHING }
}

const fn bits(base: Base, offset: usize, size: u32, bits: u32, shift: u32) -> Place {
    Place { base, offset, size, bits, shift, covered: Covered::NOTHING }
}

impl Place {
    const fn covered(self, covered: Covered) -> Self {
        Self { covered, ..self }
    }
}

const IPV4_AND_PSEUDO: Covered = Covered::IPV4_HEADER.and(Covered::PSEUDO_HEADER);
const ODD_IPV4: Covered = Covered::IPV4_HEADER.and(Covered::ODD);
const ODD_TRANSPORT: Covered = Covered::TRANSPORT.and(Covered::ODD);
const PORT_SRC: Place = octets(Base::Transport, 0, 2).covered(Covered::TRANSPORT);
const PORT_DST: Place = octets(Base::Transport, 2, 2).covered(Covered::TRANSPORT);
const ICMP_TYPE: Place = octets(Base::Transport, 0, 1).covered(Covered::TRANSPORT);
const ICMP_CODE: Place = octets(Base::Transport, 1, 1).covered(ODD_TRANSPORT);
const LLADDR: Place = octets(Base::LinkLayerAddress, 0, 6).covered(Covered::TRANSPORT);

static PLACES: Places = places(&[
    (Field::EthDst, octets(Base::Frame, 0, 6)),
    (Field::EthSrc, octets(Base::Frame, 6, 6)),
    (Field::EthType, octets(Base::EthType, 0, 2)),
    (Field::VlanVid, bits(Base::Frame, 14, 2, 12, 0)),
    (Field::VlanPcp, bits(Base::Frame, 14, 2, 3, 13)),
    (Field::IpDscp, bits(Base::Network, 1, 1, 6, 2).covered(ODD_IPV4)),
    (Field::IpEcn, bits(Base::Network, 1, 1, 2, 0).covered(ODD_IPV4)),
    (
        Field::IpProto,
        octets(Base::Network, 9, 1)
            .covered(IPV4_AND_PSEUDO.and(Covered::ODD).and(Covered::ODD_IN_PSEUDO)),
    ),
    (Field::Ipv4Src, octets(Base::Network, 12, 4).covered(IPV4_AND_PSEUDO)),
    (Field::Ipv4Dst, octets(Base::Network, 16, 4).covered(IPV4_AND_PSEUDO)),
    (Field::TcpSrc, PORT_SRC),
    (Field::TcpDst, PORT_DST),
    (Field::UdpSrc, PORT_SRC),
    (Field::UdpDst, PORT_DST),
    (Field::SctpSrc, PORT_SRC),
    (Field::SctpDst, PORT_DST),
    (Field::Icmpv4Type, ICMP_TYPE),
    (Field::Icmpv4Code, ICMP_CODE),
    (Field::ArpOp, octets(Base::Network, 6, 2)),
    (Field::ArpSha, octets(Base::Network, 8, 6)),
    (Field::ArpSpa, octets(Base::Network, 14, 4)),
    (Field::ArpTha, octets(Base::Network, 18, 6)),
    (Field::ArpTpa, octets(Base::Network, 24, 4)),
    (Field::Ipv6Src, octets(Base::Network, 8, 16).covered(Covered::PSEUDO_HEADER)),
    (Field::Ipv6Dst, octets(Base::Network, 24, 16).covered(Covered::PSEUDO_HEADER)),
    (Field::Ipv6Flabel, bits(Base::Network, 0, 4, 20, 0)),
    (Field::Icmpv6Type, ICMP_TYPE),
    (Field::Icmpv6Code, ICMP_CODE),
    (Field::Ipv6NdTarget, octets(Base::Transport, 8, 16).covered(Covered::TRANSPORT)),
    (Field::Ipv6NdSll, LLADDR),
    (Field::Ipv6NdTll, LLADDR),
    (Field::MplsLabel, bits(Base::Network, 0, 4, 20, 12)),
    (Field::MplsTc, bits(Base::Network, 0, 4, 3, 9)),
    (Field::MplsBos, bits(Base::Network, 0, 4, 1, 8)),
    (Field::PbbIsid, bits(Base::Network, 0, 4, 24, 0)),
]);

/// Fields that stand elsewhere in IPv6 than in IPv4.
static IPV6_PLACES: Places = places(&[
    (Field::IpDscp, bits(Base::Network, 0, 4, 6, 22)),
    (Field::IpEcn, bits(Base::Network, 0, 4, 2, 20)),
    (
        Field::IpProto,
        octets(Base::LastNextHeader, 0, 1)
            .covered(Covered::PSEUDO_HEADER.and(Covered::ODD_IN_PSEUDO)),
    ),
]);

/// Places by the number of the field.
type Places = [Option<Place>; Field::ALL.len()];

const fn places(list: &[(Field, Place)]) -> Places {
    let mut places = [None; Field::ALL.len()];
    let mut index = 0;
    while index < list.len() {
        places[list[index].0 as usize] = Some(list[index].1);
        index += 1;
    }
    places
}

/// Fields whose value says what stands behind them.
const STRUCTURAL: [Field; 4] =
    [Field::EthType, Field::IpProto, Field::Icmpv6Type, Field::Icmpv6Code];

/// The ports that 1.0's `SET_TP_SRC` and `SET_TP_DST` may mean.
pub(super) const TP_SRC: [Field; 3] = [Field::TcpSrc, Field::UdpSrc, Field::SctpSrc];
pub(super) const TP_DST: [Field; 3] = [Field::TcpDst, Field::UdpDst, Field::SctpDst];

/// Sets a header field where the packet has it.
pub(super) fn set_field(frame: &mut Frame, packet: &Packet, field: Field, value: u128) -> Edited {
    if !has(packet, field) {
        return Edited::Unchanged;
    }
    let edited = write_field(frame, packet, field, value).unwrap_or(Edited::Unchanged);
    if edited == Edited::Fields && STRUCTURAL.contains(&field) {
        return Edited::Structure;
    }
    edited
}

/// Sets the port of whichever transport the packet has.
pub(super) fn set_port(frame: &mut Frame, packet: &Packet, any: [Field; 3], port: u16) -> Edited {
    match any.into_iter().find(|&field| packet.key.has(field)) {
        Some(field) => set_field(frame, packet, field, port.into()),
        None => Edited::Unchanged,
    }
}

fn has(packet: &Packet, field: Field) -> bool {
    match field {
        Field::VlanVid => packet.layers.vlan_count > 0,
        Field::EthType => packet.key.get(field).is_some_and(|eth_type| eth_type >= 0x0600),
        _ => packet.key.has(field),
    }
}

fn write_field(frame: &mut Frame, packet: &Packet, field: Field, value: u128) -> Option<Edited> {
    let place = place(packet, field)?;
    let offset = place.offset + base(frame, packet, place.base)?;
    let is_routed = field == Field::Ipv6Dst && is_routed(frame.data(), packet);
    let covered = if is_routed { Covered::NOTHING } else { place.covered };
    let octets = value.to_be_bytes();
    match place.size {
        size if place.bits < size * u8::BITS => merge(frame, packet, offset, place, value, covered),
        1 => replace::<1>(frame, packet, offset, &octets, covered),
        2 => replace::<2>(frame, packet, offset, &octets, covered),
        4 => replace::<4>(frame, packet, offset, &octets, covered),
        6 => replace::<6>(frame, packet, offset, &octets, covered),
        _ => replace::<16>(frame, packet, offset, &octets, covered),
    }
}

fn place(packet: &Packet, field: Field) -> Option<&'static Place> {
    let places = if packet.key.has(Field::Ipv6Src) { &IPV6_PLACES } else { &PLACES };
    places[field as usize].as_ref().or(PLACES[field as usize].as_ref())
}

fn base(frame: &Frame, packet: &Packet, base: Base) -> Option<usize> {
    let layers = &packet.layers;
    match base {
        Base::Frame => Some(0),
        Base::EthType => layers.eth_type_offset,
        Base::Network => layers.l3_offset,
        Base::Transport => layers.l4_offset,
        Base::LinkLayerAddress => layers.nd_lladdr_offset,
        Base::LastNextHeader => last_next_header(frame.data(), layers.l3_offset?),
    }
}

/// Writes a field that fills its octets.
#[inline]
fn replace<const N: usize>(
    frame: &mut Frame,
    packet: &Packet,
    offset: usize,
    octets: &[u8; 16],
    covered: Covered,
) -> Option<Edited> {
    Some(write::<N>(frame, packet, offset, *octets.last_chunk()?, covered))
}

/// Writes a field's bits between the others of its octets, of which there are at most four.
#[expect(clippy::cast_possible_truncation, reason = "bits beyond the field's are cut off")]
fn merge(
    frame: &mut Frame,
    packet: &Packet,
    offset: usize,
    place: &Place,
    value: u128,
    covered: Covered,
) -> Option<Edited> {
    let mask = (u32::MAX >> (u32::BITS - place.bits)) << place.shift;
    let bits = (value as u32) << place.shift & mask;
    let old = frame.data().get(offset..)?;
    Some(match place.size {
        1 => {
            let new = u32::from(*old.first()?) & !mask | bits;
            write(frame, packet, offset, [new as u8], covered)
        }
        2 => {
            let new = u32::from(u16::from_be_bytes(*old.first_chunk()?)) & !mask | bits;
            write(frame, packet, offset, (new as u16).to_be_bytes(), covered)
        }
        _ => {
            let new = u32::from_be_bytes(*old.first_chunk()?) & !mask | bits;
            write(frame, packet, offset, new.to_be_bytes(), covered)
        }
    })
}

const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTH: u8 = 51;

/// Whether a header has a Next Header field in turn, where a fragment or the chain's end may follow.
const fn leads_on(proto: u8) -> bool {
    matches!(proto, 0 | ROUTING | FRAGMENT | AUTH | 60)
}

/// The offset of the Next Header field that names the transport, or what else `ip_proto` is.
fn last_next_header(data: &[u8], ip: usize) -> Option<usize> {
    let (mut field, mut at) = (ip + 6, ip + 40);
    loop {
        let proto = *data.get(field)?;
        if !leads_on(proto) {
            return Some(field);
        }
        (field, at) = (at, at + header_length(data, proto, at)?);
        if proto == FRAGMENT && u16::from_be_bytes(*data.get(field + 2..)?.first_chunk()?) > 7 {
            return Some(field);
        }
    }
}

/// Whether the pseudo-header has another destination than the header: the last of a routing header
/// that has segments left (RFC 8200, 8.1).
fn is_routed(data: &[u8], packet: &Packet) -> bool {
    const ROUTER: u128 = 1 << 5;
    let has_routing = packet.key.get(Field::Ipv6Exthdr).is_some_and(|flags| flags & ROUTER != 0);
    let segments_left = || {
        let at = routing_header(data, packet.layers.l3_offset?)?;
        data.get(at + 3)
    };
    has_routing && segments_left().is_some_and(|&segments| segments > 0)
}

fn routing_header(data: &[u8], ip: usize) -> Option<usize> {
    let (mut field, mut at) = (ip + 6, ip + 40);
    loop {
        match *data.get(field)? {
            ROUTING => return Some(at),
            proto => (field, at) = (at, at + header_length(data, proto, at)?),
        }
    }
}

/// Length of the extension header `proto` (RFC 8200, 4; RFC 4302, 2.2).
fn header_length(data: &[u8], proto: u8, at: usize) -> Option<usize> {
    let units = usize::from(*data.get(at + 1)?);
    Some(match proto {
        FRAGMENT => 8,
        AUTH => (units + 2) * 4,
        _ => (units + 1) * 8,
    })
}
