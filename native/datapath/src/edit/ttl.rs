//! The TTL actions, for IPv4, IPv6 and MPLS (`OpenFlow` 1.3.5, 5.12 and 7.2.5).
//!
//! Each leaves the frame as it was where it has no such header. A decrement of a TTL of 0 or 1 is
//! refused with [`EditFault::InvalidTtl`]: the packet must not go on.

use packet::{Field, Frame, Packet};

use super::checksums::{Covered, write, write_ipv4_octet};
use super::tags::{is_bottom, outermost_label};
use super::{EditFault, Edited};

type Outcome = Result<Edited, EditFault>;

const IPV4_TTL: usize = 8;
const IPV6_HOP_LIMIT: usize = 7;
const MPLS_TTL: usize = 3;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;

/// Sets IPv4's TTL or IPv6's hop limit.
pub(super) fn set_nw_ttl(frame: &mut Frame, packet: &Packet, ttl: u8) -> Edited {
    match nw_ttl(packet) {
        Some((at, covered)) => write(frame, packet, at, [ttl], covered),
        None => Edited::Unchanged,
    }
}

/// Takes one off IPv4's TTL or IPv6's hop limit.
pub(super) fn dec_nw_ttl(frame: &mut Frame, packet: &Packet) -> Outcome {
    let Some((at, covered)) = nw_ttl(packet) else { return Ok(Edited::Unchanged) };
    let Some(&ttl) = frame.data().get(at) else { return Ok(Edited::Unchanged) };
    Ok(write(frame, packet, at, [one_less(ttl)?], covered))
}

/// Where the TTL of IP is, and what covers it.
#[inline]
fn nw_ttl(packet: &Packet) -> Option<(usize, Covered)> {
    let ip = packet.layers.l3_offset?;
    if packet.key.has(Field::Ipv4Src) {
        return Some((ip + IPV4_TTL, Covered::IPV4_HEADER));
    }
    packet.key.has(Field::Ipv6Src).then_some((ip + IPV6_HOP_LIMIT, Covered::NOTHING))
}

/// Sets the TTL of the outermost label.
pub(super) fn set_mpls_ttl(frame: &mut Frame, packet: &Packet, ttl: u8) -> Edited {
    match packet.layers.l3_offset.filter(|_| packet.key.has(Field::MplsLabel)) {
        Some(at) => write(frame, packet, at + MPLS_TTL, [ttl], Covered::NOTHING),
        None => Edited::Unchanged,
    }
}

/// Takes one off the TTL of the outermost label.
pub(super) fn dec_mpls_ttl(frame: &mut Frame, packet: &Packet) -> Outcome {
    match outermost_label(frame.data(), packet) {
        Some(entry) => Ok(set_mpls_ttl(frame, packet, one_less(ttl_of(entry))?)),
        None => Ok(Edited::Unchanged),
    }
}

/// Copies the TTL of the header under the outermost label to that label.
pub(super) fn copy_ttl_out(frame: &mut Frame, packet: &Packet) -> Edited {
    match Under::label(frame.data(), packet) {
        Some(under) => {
            let ttl = frame.data()[under.ttl];
            set_mpls_ttl(frame, packet, ttl)
        }
        None => Edited::Unchanged,
    }
}

/// Copies the TTL of the outermost label to the header under it: a label, IPv4 or IPv6.
pub(super) fn copy_ttl_in(frame: &mut Frame, packet: &Packet) -> Edited {
    let Some(under) = Under::label(frame.data(), packet) else { return Edited::Unchanged };
    match under.ipv4 {
        Some(ip) => write_ipv4_octet(frame, ip, under.ttl, ttl_of(under.entry)),
        None => frame.data_mut()[under.ttl] = ttl_of(under.entry),
    }
    Edited::Fields
}

/// What stands under the outermost label, if that is a label, IPv4 or IPv6.
struct Under {
    /// The outermost label.
    entry: u32,
    /// Where the TTL under it is.
    ttl: usize,
    /// Where the header is, if it is IPv4.
    ipv4: Option<usize>,
}

impl Under {
    fn label(data: &[u8], packet: &Packet) -> Option<Self> {
        let entry = outermost_label(data, packet)?;
        let start = packet.layers.l3_offset? + 4;
        let (header, offset, ipv4) = match data.get(start)? >> 4 {
            _ if !is_bottom(entry) => (4, MPLS_TTL, None),
            4 => (IPV4_HEADER, IPV4_TTL, Some(start)),
            6 => (IPV6_HEADER, IPV6_HOP_LIMIT, None),
            _ => return None,
        };
        let has_room = data.len() - start >= header;
        has_room.then_some(Self { entry, ttl: start + offset, ipv4 })
    }
}

const fn one_less(ttl: u8) -> Result<u8, EditFault> {
    if ttl <= 1 { Err(EditFault::InvalidTtl) } else { Ok(ttl - 1) }
}

const fn ttl_of(entry: u32) -> u8 {
    entry.to_be_bytes()[MPLS_TTL]
}
