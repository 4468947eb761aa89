//! What network hardware does to a frame on its way out, done in software.
//!
//! The native counterpart of `ofswitch/offload.py`, where the rules are told. Where a frame leaves
//! through something that cannot carry its metadata, it is finished here first:
//! [`complete_checksum`] fills in one checksum, [`Segments`] cuts a super-frame. Both are total: a
//! frame whose metadata contradict it never makes them panic.

use crate::checksum::{crc32c, ones_sum};
use crate::segment::Segments;
use crate::{Frame, Offload, read};

const ETH_TYPE_OFFSET: usize = 12;
/// From a PBB type to the customer's: itself, the I-TAG, two addresses.
const PBB_TO_INNER_TYPE: usize = 2 + 4 + ETH_TYPE_OFFSET;
/// SCTP's "checksum" is a CRC-32C; nobody else has one there.
const SCTP_CSUM_OFFSET: u16 = 8;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
/// What a minimal Ethernet frame may carry beside its packet.
const PADDING_MAX: usize = 46;

/// Fills in the frame's unfinished checksum and drops its metadata.
///
/// As Linux does, a result of 0 becomes 0xffff: they are equal to every receiver, except that UDP
/// takes 0 for "no checksum". A super-frame stays whole, its checksum right for it as one big
/// packet. Metadata that point outside the frame are dropped and the octets left alone.
pub fn complete_checksum(frame: &mut Frame) {
    if let Some(offload) = frame.offload.take().filter(|offload| offload.needs_csum()) {
        fill_in(frame.data_mut(), offload);
    }
}

fn fill_in(data: &mut [u8], offload: Offload) {
    let Some(covered) = data.get_mut(offload.csum_start.into()..) else { return };
    let field = usize::from(offload.csum_offset);
    if offload.csum_offset == SCTP_CSUM_OFFSET && field + 4 <= covered.len() {
        covered[field..field + 4].fill(0);
        let crc = crc32c(covered);
        covered[field..field + 4].copy_from_slice(&crc.to_le_bytes());
    } else if field + 2 <= covered.len() {
        let checksum = 65535 - ones_sum(covered);
        covered[field..field + 2].copy_from_slice(&checksum.to_be_bytes());
    }
}

/// The frames without metadata that this one stands for: itself, or its segments.
///
/// `None` says that the metadata contradict the frame: nothing sensible could be sent. Each frame
/// takes a buffer of its own; who has frames to use again takes [`Segments`].
pub fn segment(frame: &Frame) -> Option<Vec<Frame>> {
    if frame.offload.is_none_or(|offload| offload.gso_type == 0) {
        let mut whole = frame.clone();
        complete_checksum(&mut whole);
        return Some(vec![whole]);
    }
    let segments = Segments::of(frame)?;
    let one = |index| {
        let mut segment = Frame::new();
        segments.write(index, &mut segment);
        segment
    };
    Some((0..segments.count()).map(one).collect())
}

/// Whether a virtio-net header can tell the kernel all that this frame still needs.
///
/// It cannot for a CRC-32C (the header knows one kind of checksum) nor for super-frames inside MPLS
/// or PBB (Linux looks for their IP header right behind the VLAN tags).
pub fn kernel_can_finish(frame: &Frame) -> bool {
    match frame.offload {
        None => true,
        Some(offload) if offload.gso_type == 0 => offload.csum_offset != SCTP_CSUM_OFFSET,
        Some(_) => is_ip_behind_vlans(frame.data()),
    }
}

fn is_ip_behind_vlans(data: &[u8]) -> bool {
    let mut at = ETH_TYPE_OFFSET;
    while is_vlan(read::u16(data, at)) {
        at += 4;
    }
    matches!(read::u16(data, at), Some(0x0800 | 0x86dd))
}

const fn is_vlan(eth_type: Option<u16>) -> bool {
    matches!(eth_type, Some(0x8100 | 0x88a8 | 0x9100))
}

/// Where the IP header starts, behind any VLAN, MPLS and PBB headers; `None` if none does.
pub(crate) fn ip_offset(data: &[u8]) -> Option<usize> {
    let mut at = ETH_TYPE_OFFSET;
    loop {
        match read::u16(data, at)? {
            0x0800 | 0x86dd => return Some(at + 2),
            0x8100 | 0x88a8 | 0x9100 => at += 4,
            0x88e7 => at += PBB_TO_INNER_TYPE,
            0x8847 | 0x8848 => return behind_labels(data, at + 2),
            _ => return None,
        }
    }
}

/// The IP header behind an MPLS stack, and VLAN tags under it.
///
/// Labels do not say what they carry, so it is IP where a header tells the length that the frame
/// has.
fn behind_labels(data: &[u8], mut at: usize) -> Option<usize> {
    while at + 4 < data.len() {
        let is_bottom = data[at + 2] & 1 == 1;
        at += 4;
        if is_bottom {
            return [at, at + 4, at + 8].into_iter().find(|&ip| is_filled_by_ip(data, ip));
        }
    }
    None
}

/// Whether an IP packet begins here that ends with the frame, but for its padding.
fn is_filled_by_ip(data: &[u8], at: usize) -> bool {
    let Some(header) = data.get(at..).filter(|rest| rest.len() >= IPV4_HEADER) else {
        return false;
    };
    let word = |at| usize::from(u16::from_be_bytes([header[at], header[at + 1]]));
    let length = match header[0] >> 4 {
        4 => word(2),
        6 => IPV6_HEADER + word(4),
        _ => return false,
    };
    header.len().checked_sub(length).is_some_and(|padding| padding <= PADDING_MAX)
}
