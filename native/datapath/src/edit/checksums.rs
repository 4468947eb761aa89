//! Keeps checksums right while header fields change.
//!
//! A checksum is adjusted by the difference that an edit makes (RFC 1624), never computed afresh: a
//! packet that was damaged on its way stays recognisably damaged, and fragments and truncated
//! packets need no special treatment, since the rest of the packet is not looked at.
//!
//! While a frame's checksum is unfinished ([`Offload`](packet::Offload)), the field holds the sum
//! over the pseudo-header only, not complemented. A change to a pseudo-header field is added to it,
//! and a change to what the checksum itself covers leaves it alone.
//!
//! UDP's checksum 0 says that there is none, and stays 0 (RFC 768); a sum that comes out as 0 is
//! sent as 0xffff. SCTP has a CRC-32C over its whole packet and no pseudo-header (RFC 9260, 6.8).
//! That of a fragment's packet cannot be known here: it is left alone.

use packet::{Field, Frame, Packet, crc32c};

use super::Edited;

const IPV4_CHECKSUM: usize = 10;
const IPV4_MORE_OR_OFFSET: u16 = 0x3fff;
const IPV6_EXTHDR_FRAG: u128 = 1 << 4;
const SCTP_CHECKSUM: usize = 8;

const ICMP: u128 = 1;
const TCP: u128 = 6;
const UDP: u128 = 17;
const ICMPV6: u128 = 58;
const SCTP: u128 = 132;

/// Which checksums cover a field, and whether it begins in the second octet of a 16-bit word of
/// their sums. In the pseudo-header, the protocol number stands elsewhere than in IPv6's header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Covered(u8);

impl Covered {
    pub(super) const NOTHING: Self = Self(0);
    pub(super) const IPV4_HEADER: Self = Self(1);
    pub(super) const PSEUDO_HEADER: Self = Self(2);
    pub(super) const TRANSPORT: Self = Self(4);
    pub(super) const ODD: Self = Self(8);
    pub(super) const ODD_IN_PSEUDO: Self = Self(16);

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What a change of some octets adds to the ones' complement sums that cover them, modulo 65535.
#[derive(Clone, Copy)]
struct Delta {
    even: u32,
    covered: Covered,
}

impl Delta {
    #[inline]
    fn of<const N: usize>(old: [u8; N], new: [u8; N], covered: Covered) -> Self {
        Self { even: (8 * 65535 + word_sum(new) - word_sum(old)) % 65535, covered }
    }

    /// To a sum in which `odd` says whether the octets begin in the second half of a word.
    #[inline]
    const fn when(self, odd: Covered) -> u32 {
        if self.covered.has(odd) { self.even << 8 & 0xff00 | self.even >> 8 } else { self.even }
    }
}

/// The sum of the 16-bit words of so few octets.
#[inline]
fn word_sum<const N: usize>(octets: [u8; N]) -> u32 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | pair.get(1).map_or(0, |&octet| octet.into());
    octets.chunks(2).map(word).sum()
}

/// Replaces octets of a frame and leaves every checksum as right as it was before.
#[inline]
pub(super) fn write<const N: usize>(
    frame: &mut Frame,
    packet: &Packet,
    offset: usize,
    new: [u8; N],
    covered: Covered,
) -> Edited {
    let Some(place) = octets_at(frame, offset) else { return Edited::Unchanged };
    if *place == new {
        return Edited::Unchanged;
    }
    if covered == Covered::NOTHING {
        *place = new;
    } else {
        let delta = Delta::of(*place, new, covered);
        write_covered(frame, packet, offset, new, delta);
    }
    Edited::Fields
}

#[inline]
fn octets_at<const N: usize>(frame: &mut Frame, offset: usize) -> Option<&mut [u8; N]> {
    frame.data_mut().get_mut(offset..)?.first_chunk_mut()
}

fn write_covered<const N: usize>(
    frame: &mut Frame,
    packet: &Packet,
    offset: usize,
    new: [u8; N],
    delta: Delta,
) {
    let proto = packet.key.get(Field::IpProto);
    let transport = packet.layers.l4_offset.and_then(|at| Some((at, proto?)));
    let sctp = match transport {
        Some((at, SCTP)) if delta.covered.has(Covered::TRANSPORT) => sctp_sum(frame, packet, at),
        _ => None,
    };
    if let Some(place) = octets_at(frame, offset) {
        *place = new;
    }
    if let Some(ip) = packet.layers.l3_offset.filter(|_| delta.covered.has(Covered::IPV4_HEADER)) {
        adjust(frame, ip + IPV4_CHECKSUM, delta.when(Covered::ODD), false);
    }
    match transport {
        Some((at, SCTP)) => fix_sctp(frame, packet, at, sctp),
        Some((at, proto)) => fix_transport(frame, at, proto, delta),
        None => (),
    }
}

/// Whether this is a part of an IP packet, the first part included.
pub fn is_fragment(data: &[u8], packet: &Packet) -> bool {
    if packet.key.has(Field::Ipv4Src) {
        let word = packet.layers.l3_offset.and_then(|ip| data.get(ip + 6..)?.first_chunk());
        return word.is_some_and(|word| u16::from_be_bytes(*word) & IPV4_MORE_OR_OFFSET != 0);
    }
    packet.key.get(Field::Ipv6Exthdr).is_some_and(|flags| flags & IPV6_EXTHDR_FRAG != 0)
}

/// Replaces an octet at an even offset of the IPv4 header at `ip`, which nothing else covers.
///
/// The checksum is written in any case, and one of 0xffff becomes 0.
pub(super) fn write_ipv4_octet(frame: &mut Frame, ip: usize, offset: usize, new: u8) {
    let Some(place) = octets_at(frame, offset) else { return };
    let delta = Delta::of(*place, [new], Covered::IPV4_HEADER);
    *place = [new];
    adjust(frame, ip + IPV4_CHECKSUM, delta.when(Covered::ODD), false);
}

/// Follows a change in the checksum of the transport header, as far as that covers it.
fn fix_transport(frame: &mut Frame, at: usize, proto: u128, delta: Delta) {
    let (offset, with_pseudo_header) = match proto {
        TCP => (16, true),
        UDP => (6, true),
        ICMPV6 => (2, true),
        ICMP => (2, false),
        _ => return,
    };
    let field = at + offset;
    if with_pseudo_header && delta.covered.has(Covered::PSEUDO_HEADER) {
        let delta = delta.when(Covered::ODD_IN_PSEUDO);
        if is_unfinished(frame, field) {
            add(frame, field, delta);
        } else {
            adjust(frame, field, delta, proto == UDP);
        }
    } else if delta.covered.has(Covered::TRANSPORT) && !is_unfinished(frame, field) {
        adjust(frame, field, delta.when(Covered::ODD), proto == UDP);
    }
}

fn is_unfinished(frame: &Frame, field: usize) -> bool {
    frame.offload.is_some_and(|offload| {
        offload.needs_csum()
            && usize::from(offload.csum_start) + usize::from(offload.csum_offset) == field
    })
}

/// Adds a difference to an unfinished checksum, which is a plain sum.
fn add(frame: &mut Frame, field: usize, delta: u32) {
    let Some(place) = octets_at(frame, field) else { return };
    *place = low_half((u32::from(u16::from_be_bytes(*place)) + delta) % 65535);
}

/// Subtracts a difference from a checksum, which is the complement of the sum.
#[inline]
fn adjust(frame: &mut Frame, field: usize, delta: u32, is_udp: bool) {
    let Some(place) = octets_at(frame, field) else { return };
    let before = u32::from(u16::from_be_bytes(*place));
    if is_udp && before == 0 {
        return;
    }
    *place = match (before + 65535 - delta) % 65535 {
        0 if is_udp => [0xff, 0xff],
        sum => low_half(sum),
    };
}

fn low_half(sum: u32) -> [u8; 2] {
    let [_, _, high, low] = sum.to_be_bytes();
    [high, low]
}

/// The CRC-32C over an SCTP packet as it stands; `None` where an edit must leave that alone.
fn sctp_sum(frame: &Frame, packet: &Packet, at: usize) -> Option<u32> {
    let end = packet.layers.l3_end?;
    if is_fragment(frame.data(), packet) || is_unfinished(frame, at + SCTP_CHECKSUM) {
        return None;
    }
    frame.data().get(at..end).map(crc32c)
}

/// Changes the CRC-32C by what the edit changes it by: CRCs are linear.
fn fix_sctp(frame: &mut Frame, packet: &Packet, at: usize, before: Option<u32>) {
    let Some(difference) = before.and_then(|sum| Some(sum ^ sctp_sum(frame, packet, at)?)) else {
        return;
    };
    // The field itself is the same in both, and so is its share of the two sums.
    if let Some(place) = octets_at(frame, at + SCTP_CHECKSUM) {
        *place = (u32::from_le_bytes(*place) ^ difference).to_le_bytes();
    }
}
