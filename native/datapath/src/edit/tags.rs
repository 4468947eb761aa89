//! Push and pop of VLAN tags, MPLS labels and PBB service tags (`OpenFlow` 1.3.5, 5.12 and 5.12.1).
//!
//! A new tag goes in as the outermost one, right behind the Ethernet header and before all other
//! tags: of `OpenFlow` 1.3, an MPLS label too, whose type then hides the VLAN tags under it. Its
//! fields are copied from the outermost header that has them, and zero where none has (table 8).
//! What the metadata of an unfinished frame point at moves along.
//!
//! Each function leaves the frame as it was where there is nothing to pop, or no room to push.

use packet::{Field, Frame, Packet};

use super::{EditFault, Edited};

type Outcome = Result<Edited, EditFault>;

/// Octets before the first type: the destination's and the source's address.
const ADDRESSES: usize = 12;
const ETH_TYPE_PBB: u128 = 0x88e7;
const BOTTOM_OF_STACK: u32 = 1 << 8;

/// Puts a VLAN tag on, with the id and priority of the outermost tag so far.
#[inline]
pub(super) fn push_vlan(frame: &mut Frame, packet: &Packet, ethertype: u16) -> Outcome {
    let value = |field| packet.key.get(field).unwrap_or(0);
    let tci = value(Field::VlanPcp) << 13 | value(Field::VlanVid) & 0xfff;
    push_tag(frame, packet, ethertype, low16(tci))
}

/// Puts a VLAN tag on, with this id and priority.
pub(super) fn push_tag(frame: &mut Frame, packet: &Packet, ethertype: u16, tci: u16) -> Outcome {
    if packet.layers.l3_offset.is_none() {
        return Ok(Edited::Unchanged);
    }
    let [[a, b], [c, d]] = [ethertype, tci].map(u16::to_be_bytes);
    insert(frame, ADDRESSES, &[a, b, c, d])
}

/// Takes the outermost VLAN tag off.
#[inline]
pub(super) fn pop_vlan(frame: &mut Frame, packet: &Packet) -> Edited {
    if packet.layers.vlan_count == 0 || packet.layers.l3_offset.is_none() {
        return Edited::Unchanged;
    }
    remove(frame, ADDRESSES, 4)
}

/// Puts a label on, with label, class and TTL of the outermost label, or the TTL of IP.
pub(super) fn push_mpls(frame: &mut Frame, packet: &Packet, ethertype: u16) -> Outcome {
    let Some(below) = u16_at(frame, ADDRESSES).filter(|_| packet.layers.l3_offset.is_some()) else {
        return Ok(Edited::Unchanged);
    };
    let above = outermost_label(frame.data(), packet).unwrap_or_else(|| ip_ttl(frame, packet));
    let bottom = if is_mpls(below) { 0 } else { BOTTOM_OF_STACK };
    let entry = above & !BOTTOM_OF_STACK | bottom;
    let edited = insert(frame, ADDRESSES + 2, &entry.to_be_bytes())?;
    set_type(frame, ADDRESSES, ethertype);
    Ok(edited)
}

/// Takes the outermost label off; what was under it gets this type, bottom of stack or not.
pub(super) fn pop_mpls(frame: &mut Frame, packet: &Packet, ethertype: u16) -> Edited {
    let layers = &packet.layers;
    let (Some(at), Some(type_at)) = (layers.l3_offset, layers.eth_type_offset) else {
        return Edited::Unchanged;
    };
    if outermost_label(frame.data(), packet).is_none() {
        return Edited::Unchanged;
    }
    let edited = remove(frame, at, 4);
    set_type(frame, type_at, ethertype);
    edited
}

/// Wraps the whole frame: the same addresses again, a service tag, then the frame as it was.
pub(super) fn push_pbb(frame: &mut Frame, packet: &Packet, ethertype: u16) -> Outcome {
    if packet.layers.l3_offset.is_none() {
        return Ok(Edited::Unchanged);
    }
    let value = |field| packet.key.get(field).unwrap_or(0);
    let tci = value(Field::VlanPcp) << 29 | value(Field::PbbIsid);
    let mut header = [0; ADDRESSES + 6];
    header[..ADDRESSES].copy_from_slice(&frame.data()[..ADDRESSES]);
    header[ADDRESSES..ADDRESSES + 2].copy_from_slice(&ethertype.to_be_bytes());
    header[ADDRESSES + 2..].copy_from_slice(&tci.to_be_bytes()[12..]);
    insert(frame, 0, &header)
}

/// Unwraps: takes off all that stands before the customer's frame, backbone VLAN tags included.
pub(super) fn pop_pbb(frame: &mut Frame, packet: &Packet) -> Edited {
    match packet.layers.l3_offset {
        Some(at) if packet.key.get(Field::EthType) == Some(ETH_TYPE_PBB) => {
            remove(frame, 0, at + 4)
        }
        _ => Edited::Unchanged,
    }
}

/// The outermost MPLS label stack entry: label, class, bottom of stack, TTL.
#[inline]
pub(super) fn outermost_label(data: &[u8], packet: &Packet) -> Option<u32> {
    if !packet.key.has(Field::MplsLabel) {
        return None;
    }
    data.get(packet.layers.l3_offset?..)?.first_chunk().copied().map(u32::from_be_bytes)
}

/// Whether a label is the last of its stack.
pub(super) const fn is_bottom(entry: u32) -> bool {
    entry & BOTTOM_OF_STACK != 0
}

fn ip_ttl(frame: &Frame, packet: &Packet) -> u32 {
    let offset = match packet.key {
        key if key.has(Field::Ipv4Src) => 8,
        key if key.has(Field::Ipv6Src) => 7,
        _ => return 0,
    };
    let ttl = packet.layers.l3_offset.and_then(|ip| frame.data().get(ip + offset));
    ttl.map_or(0, |&ttl| ttl.into())
}

const fn is_mpls(eth_type: u16) -> bool {
    matches!(eth_type, 0x8847 | 0x8848)
}

fn u16_at(frame: &Frame, at: usize) -> Option<u16> {
    frame.data().get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}

fn set_type(frame: &mut Frame, at: usize, ethertype: u16) {
    frame.data_mut()[at..at + 2].copy_from_slice(&ethertype.to_be_bytes());
}

#[inline]
fn insert(frame: &mut Frame, at: usize, octets: &[u8]) -> Outcome {
    if frame.insert(at, octets) { Ok(Edited::Structure) } else { Err(EditFault::TooLong) }
}

#[inline]
fn remove(frame: &mut Frame, at: usize, count: usize) -> Edited {
    if at + count > frame.len() {
        return Edited::Unchanged;
    }
    frame.remove(at, count);
    Edited::Structure
}

#[expect(clippy::cast_possible_truncation, reason = "three bits and twelve")]
const fn low16(tci: u128) -> u16 {
    tci as u16
}
