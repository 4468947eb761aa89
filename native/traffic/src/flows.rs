//! Which frame belongs to which flow: the addresses and ports of flow number `n`.
//!
//! `benchmarks/datapath/flows.py` says the same, so that rules can be made for flows by number; a
//! test there compares the two.

/// The octets of an Ethernet, IPv4 and UDP header that vary, in a frame.
const ETH_SRC: std::ops::Range<usize> = 6..12;
const IPV4_CHECKSUM: std::ops::Range<usize> = 24..26;
const IPV4_ADDRESSES_AND_PORTS: std::ops::Range<usize> = 26..38;
const HEADERS: usize = 42;

/// An odd number near 2^64 divided by the golden ratio: products differ for different flows.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Stations send from addresses that begin thus.
const STATION: [u8; 3] = [0x02, 0x05, 0x00];

/// A UDP frame with no flow yet; `size` counts the four octets of a frame check sequence that no virtual link carries.
pub(crate) fn frame(target: [u8; 6], source: [u8; 6], size: usize) -> Vec<u8> {
    let mut frame = Vec::with_capacity(size);
    frame.extend(target);
    frame.extend(source);
    frame.extend([0x08, 0x00, 0x45, 0x00]);
    frame.resize(size.saturating_sub(4).max(HEADERS), 0);
    let length = |from: usize| u16::try_from(frame.len() - from).unwrap_or(u16::MAX).to_be_bytes();
    let (ip_length, udp_length) = (length(14), length(34));
    frame[16..18].copy_from_slice(&ip_length);
    frame[22..24].copy_from_slice(&[64, 17]); // time to live, UDP
    frame[38..40].copy_from_slice(&udp_length);
    frame
}

/// Makes a frame one of this flow. No two flows have the same addresses and ports.
pub(crate) fn set_flow(frame: &mut [u8], flow: u64) {
    frame[IPV4_ADDRESSES_AND_PORTS].copy_from_slice(&tuple(flow));
    frame[IPV4_CHECKSUM].fill(0);
    let checksum = checksum(&frame[14..34]).to_be_bytes();
    frame[IPV4_CHECKSUM].copy_from_slice(&checksum);
}

/// Makes a frame one of this station.
pub(crate) fn set_station(frame: &mut [u8], station: u64) {
    frame[ETH_SRC][..3].copy_from_slice(&STATION);
    frame[ETH_SRC][3..].copy_from_slice(&station.to_be_bytes()[5..]);
}

/// `ipv4_src`, `ipv4_dst`, `udp_src` and `udp_dst` as they stand in a frame: 64 bits of the flow's
/// number, spread, in 10.0.0.0/8, 10.64.0.0/16, ports from 16384 and from 1024.
fn tuple(flow: u64) -> [u8; 12] {
    let bits = flow.wrapping_mul(SPREAD);
    let bits = bits ^ bits >> 32;
    let [s1, s2, s3, d1, d2, p1, p2, p3] = bits.to_be_bytes();
    let ports = [0x40 | p1 & 0x3f, p2, 0x04 | p1 >> 6, p3];
    let mut octets = [10, s1, s2, s3, 10, 64, d1, d2, 0, 0, 0, 0];
    octets[8..].copy_from_slice(&ports);
    octets
}

pub(crate) fn checksum(header: &[u8]) -> u16 {
    let words =
        header.chunks_exact(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])));
    let sum: u32 = words.sum();
    let sum = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn flows_differ() {
        let count = 1_000_000;
        let tuples: HashSet<[u8; 12]> = (0..count).map(tuple).collect();
        assert_eq!(tuples.len() as u64, count);
    }

    #[test]
    fn a_frame_has_the_flow_that_the_rules_expect() {
        assert_eq!(tuple(0), [10, 0, 0, 0, 10, 64, 0, 0, 0x40, 0, 4, 0]);
        let mut frame = frame([2; 6], [4; 6], 64);
        set_flow(&mut frame, 1);
        set_station(&mut frame, 258);
        assert_eq!(frame.len(), 60);
        assert_eq!(frame[6..12], [2, 5, 0, 0, 1, 2]);
        assert_eq!(
            frame[26..38],
            [10, 0x9e, 0x37, 0x79, 10, 64, 0xb9, 0xe1, 0x7d, 0x05, 0x05, 0xac]
        );
        assert_eq!(checksum(&frame[14..34]), 0);
    }
}
