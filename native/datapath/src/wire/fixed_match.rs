//! 1.0's match: twelve slots in forty octets, and a word that says which are wildcards (1.0.2, 5.2.3),
//! as `openflow/forms/fixed_match.py` reads it.

use packet::Field;

use super::oxm::ones;
use super::reader::{Reader, number, port_from_16};
use crate::FlowMatch;

/// Octets of a match.
pub(super) const SIZE: usize = 40;

const OFPVID_PRESENT: u128 = 0x1000;
const DL_VLAN_NONE: u16 = 0xffff;
const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const IPV6: u16 = 0x86dd;

/// The bits of the wildcards' word; of the six bits of an address the one that means all of it.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Slot {
    InPort = 1 << 0,
    DlVlan = 1 << 1,
    DlSrc = 1 << 2,
    DlDst = 1 << 3,
    DlType = 1 << 4,
    NwProto = 1 << 5,
    TpSrc = 1 << 6,
    TpDst = 1 << 7,
    NwSrc = 32 << 8,
    NwDst = 32 << 14,
    DlVlanPcp = 1 << 20,
    NwTos = 1 << 21,
}

/// The fields that some slots stand for, by what else is matched; an absent one is ignored.
struct Meaning {
    tos: Option<Field>,
    proto: Option<Field>,
    addresses: Option<[Field; 2]>,
    ports: Option<[Field; 2]>,
}

/// The match; `None` for one that is refused.
pub(super) fn read(octets: &[u8; SIZE]) -> Option<FlowMatch> {
    let mut reader = Reader(octets);
    let wildcards = reader.u32()?;
    let given = |slot: Slot| wildcards & slot as u32 == 0;
    let mut found = Slots { found: FlowMatch::default(), wildcards, is_refused: false };
    found.exact(Slot::InPort, Some(Field::InPort), port_from_16(reader.u16()?));
    found.address(Slot::DlSrc, Field::EthSrc, reader.slice(6)?);
    found.address(Slot::DlDst, Field::EthDst, reader.slice(6)?);
    let (vlan, pcp) = (reader.u16()?, reader.u8()?);
    found.vlan(given(Slot::DlVlan).then_some(vlan), given(Slot::DlVlanPcp).then_some(pcp));
    reader.skip(1)?;
    let dl_type = reader.u16()?;
    found.exact(Slot::DlType, Some(Field::EthType), dl_type);
    let (tos, proto) = (reader.u8()?, reader.u8()?);
    let names =
        meaning(given(Slot::DlType).then_some(dl_type), given(Slot::NwProto).then_some(proto));
    found.exact(Slot::NwTos, names.tos, tos >> 2);
    found.exact(Slot::NwProto, names.proto, proto);
    reader.skip(2)?;
    let (source, destination) = (reader.u32()?, reader.u32()?);
    found.prefix(Slot::NwSrc, names.addresses.map(|[field, _]| field), source, 8);
    found.prefix(Slot::NwDst, names.addresses.map(|[_, field]| field), destination, 14);
    found.exact(Slot::TpSrc, names.ports.map(|[field, _]| field), reader.u16()?);
    found.exact(Slot::TpDst, names.ports.map(|[_, field]| field), reader.u16()?);
    (!found.is_refused).then_some(found.found)
}

fn meaning(dl_type: Option<u16>, nw_proto: Option<u8>) -> Meaning {
    let is_ip = matches!(dl_type, Some(IPV4 | IPV6));
    let ports = match (dl_type, nw_proto) {
        (Some(IPV4 | IPV6), Some(6)) => Some([Field::TcpSrc, Field::TcpDst]),
        (Some(IPV4 | IPV6), Some(17)) => Some([Field::UdpSrc, Field::UdpDst]),
        (Some(IPV4 | IPV6), Some(132)) => Some([Field::SctpSrc, Field::SctpDst]),
        (Some(IPV4), Some(1)) => Some([Field::Icmpv4Type, Field::Icmpv4Code]),
        (Some(IPV6), Some(58)) => Some([Field::Icmpv6Type, Field::Icmpv6Code]),
        _ => None,
    };
    let addresses = match dl_type {
        Some(IPV4) => Some([Field::Ipv4Src, Field::Ipv4Dst]),
        Some(ARP) => Some([Field::ArpSpa, Field::ArpTpa]),
        _ => None,
    };
    let proto = match dl_type {
        Some(IPV4 | IPV6) => Some(Field::IpProto),
        Some(ARP) => Some(Field::ArpOp),
        _ => None,
    };
    Meaning { tos: is_ip.then_some(Field::IpDscp), proto, addresses, ports }
}

/// Fills a match from slots.
struct Slots {
    found: FlowMatch,
    wildcards: u32,
    is_refused: bool,
}

impl Slots {
    fn is_wildcard(&self, slot: Slot) -> bool {
        self.wildcards & slot as u32 != 0
    }

    fn exact(&mut self, slot: Slot, field: Option<Field>, value: impl Into<u128>) {
        let Some(field) = field.filter(|_| !self.is_wildcard(slot)) else { return };
        let value = value.into();
        if value > ones(field) {
            self.is_refused = true; // an ICMP type of more than eight bits
        } else {
            self.found.set(field, value, ones(field));
        }
    }

    fn address(&mut self, slot: Slot, field: Field, octets: &[u8]) {
        self.exact(slot, Some(field), number(octets));
    }

    /// An IPv4 address, of which a number of low bits may be left open, but not all.
    fn prefix(&mut self, slot: Slot, field: Option<Field>, value: u32, place: u32) {
        let Some(field) = field.filter(|_| !self.is_wildcard(slot)) else { return };
        let mask = u32::MAX << (self.wildcards >> place & 31);
        self.found.set(field, u128::from(value), u128::from(mask));
    }

    fn vlan(&mut self, vid: Option<u16>, pcp: Option<u8>) {
        if vid == Some(DL_VLAN_NONE) {
            self.found.set(Field::VlanVid, 0, ones(Field::VlanVid));
            return;
        }
        if let Some(vid) = vid {
            let vid = OFPVID_PRESENT | u128::from(vid & 0xfff);
            self.found.set(Field::VlanVid, vid, ones(Field::VlanVid));
        } else if pcp.is_some() {
            self.found.set(Field::VlanVid, OFPVID_PRESENT, OFPVID_PRESENT);
        }
        if let Some(pcp) = pcp {
            self.found.set(Field::VlanPcp, u128::from(pcp & 7), 7);
        }
    }
}
