//! Checksums that were left to hardware, recognised without metadata.
//!
//! A host leaves the checksum of TCP and UDP to its network card: the field holds the sum of the
//! pseudo-header alone. Between virtual interfaces there is no card, and the kernel notes beside the
//! frame that there is still something to do; `AF_XDP` shows the octets without the note. So where
//! the field holds just the pseudo-header's sum, and the checksum is not right so, we take it for
//! unfinished. What else it could be is a frame that was damaged such that its wrong checksum is this of 65,535
//! values: what a wire damages is caught by the Ethernet's own check before.

use packet::{Offload, ones_sum};

const ETH_TYPE: usize = 12;
const IPV4_SIZE: usize = 20;
const IPV6_SIZE: usize = 40;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// What a frame's sender has left to hardware; `None` when nothing, as far as can be seen.
///
/// ```
/// use ports::left_to_hardware;
///
/// assert_eq!(left_to_hardware(&[0; 60]), None);
/// ```
pub fn left_to_hardware(data: &[u8]) -> Option<Offload> {
    let (eth_type, ip) = network_header(data)?;
    let (protocol, start, end, pseudo) = match eth_type {
        0x0800 => ipv4(data, ip)?,
        0x86dd => ipv6(data, ip)?,
        _ => return None,
    };
    let segment = data.get(start..end)?;
    if data[end..].iter().any(|&octet| octet != 0) {
        return None; // whoever finishes it sums up to the end: what is no padding would spoil the sum
    }
    let csum_offset: u16 = match protocol {
        TCP => 16,
        UDP => 6,
        _ => return None,
    };
    let field = word(segment, csum_offset.into())?;
    let pseudo = u32::from(pseudo) + u32::from(protocol) + u32::try_from(segment.len()).ok()?;
    let is_left = u32::from(field) % 65535 == pseudo % 65535 && field != 0;
    if !is_left || (pseudo + u32::from(ones_sum(segment))) % 65535 == 0 {
        return None;
    }
    let csum_start = u16::try_from(start).ok()?;
    Some(Offload { flags: Offload::NEEDS_CSUM, csum_start, csum_offset, ..Offload::default() })
}

/// The Ethernet type behind all VLAN tags, and what follows it.
fn network_header(data: &[u8]) -> Option<(u16, usize)> {
    let mut at = ETH_TYPE;
    loop {
        match word(data, at)? {
            0x8100 | 0x88a8 | 0x9100 => at += 4,
            eth_type => return Some((eth_type, at + 2)),
        }
    }
}

/// Protocol, begin and end of what an IPv4 packet carries, and the sum of its addresses; `None` for
/// a fragment.
fn ipv4(data: &[u8], ip: usize) -> Option<(u8, usize, usize, u16)> {
    let header = data.get(ip..ip + IPV4_SIZE)?;
    let size = usize::from(header[0] & 0x0f) * 4;
    let is_fragment = word(header, 6)? & 0x3fff != 0;
    if header[0] >> 4 != 4 || size < IPV4_SIZE || is_fragment {
        return None;
    }
    let end = ip + usize::from(word(header, 2)?);
    Some((header[9], ip + size, end, ones_sum(&header[12..20])))
}

/// The same for IPv6 without extension headers: what has some is left to hardware by nobody.
fn ipv6(data: &[u8], ip: usize) -> Option<(u8, usize, usize, u16)> {
    let header = data.get(ip..ip + IPV6_SIZE)?;
    let start = ip + IPV6_SIZE;
    let end = start + usize::from(word(header, 4)?);
    (header[0] >> 4 == 6).then_some((header[6], start, end, ones_sum(&header[8..40])))
}

fn word(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*data.get(at)?, *data.get(at + 1)?]))
}

#[cfg(test)]
mod tests {
    use packet::{Frame, complete_checksum};

    use super::*;

    /// A TCP or UDP packet of 30 octets behind some tags, its checksum left to hardware.
    fn unfinished(protocol: u8, is_v6: bool, tags: usize) -> (Frame, Offload) {
        let mut octets = vec![2; 12];
        octets.extend([0x81, 0x00, 0x00, 0x07].repeat(tags));
        if is_v6 {
            octets.extend([0x86, 0xdd, 0x60, 0, 0, 0, 0, 30, protocol, 64]);
            octets.extend(1..=32);
        } else {
            octets.extend([0x08, 0x00, 0x45, 0, 0, 50, 0, 1, 0, 0, 64, protocol, 0, 0]);
            octets.extend(1..=8);
        }
        let start = octets.len();
        let addresses: Vec<u8> = if is_v6 { (1..=32).collect() } else { (1..=8).collect() };
        octets.extend((0..30).map(|at| at * 7));
        let csum_offset = if protocol == TCP { 16 } else { 6 };
        let sum = u32::from(ones_sum(&addresses)) + u32::from(protocol) + 30;
        let field = start + csum_offset;
        octets[field..field + 2]
            .copy_from_slice(&(u16::try_from(sum % 65535).expect("16 bits")).to_be_bytes());
        octets.extend([0; 5]); // padding is no part of it
        let offload = Offload {
            flags: Offload::NEEDS_CSUM,
            csum_start: u16::try_from(start).expect("small"),
            csum_offset: u16::try_from(csum_offset).expect("small"),
            ..Offload::default()
        };
        (Frame::of(&octets, None), offload)
    }

    fn all() -> impl Iterator<Item = (Frame, Offload)> {
        [(TCP, false, 0), (UDP, false, 1), (TCP, true, 2), (UDP, true, 0)]
            .into_iter()
            .map(|(protocol, is_v6, tags)| unfinished(protocol, is_v6, tags))
    }

    #[test]
    fn what_holds_the_sum_of_the_pseudo_header_is_unfinished() {
        for (frame, offload) in all() {
            assert_eq!(left_to_hardware(frame.data()), Some(offload));
        }
    }

    #[test]
    fn what_was_completed_needs_no_more() {
        for (mut frame, offload) in all() {
            frame.offload = Some(offload);
            complete_checksum(&mut frame);
            assert_eq!(left_to_hardware(frame.data()), None);
        }
    }

    #[test]
    fn a_wrong_checksum_stays_wrong() {
        for (mut frame, offload) in all() {
            let field = usize::from(offload.csum_start + offload.csum_offset);
            frame.data_mut()[field] ^= 0x55;
            assert_eq!(left_to_hardware(frame.data()), None);
        }
    }

    #[test]
    fn a_frame_cut_anywhere_has_nothing_to_finish() {
        for (frame, _) in all() {
            for len in 0..frame.len() - 5 {
                assert_eq!(left_to_hardware(&frame.data()[..len]), None);
            }
        }
    }

    #[test]
    fn fragments_and_datagrams_without_checksum_are_left_alone() {
        let (mut frame, _) = unfinished(TCP, false, 0);
        frame.data_mut()[20] = 0x20;
        assert_eq!(left_to_hardware(frame.data()), None);
        let (mut frame, offload) = unfinished(UDP, false, 0);
        let field = usize::from(offload.csum_start + offload.csum_offset);
        frame.data_mut()[field..field + 2].fill(0);
        assert_eq!(left_to_hardware(frame.data()), None);
    }
}
