//! The frame that is sent, but for what differs from flow to flow.

/// What the headers take: Ethernet, IPv4, UDP.
const HEADERS: usize = 42;
const IPV4: usize = 14;
/// The IPv4 header's checksum and addresses.
const IPV4_VARYING: usize = 24;

/// A UDP frame; `size` counts the four octets of a frame check sequence, which no virtual link carries.
pub(crate) fn udp(target: [u8; 6], source: [u8; 6], size: usize) -> Vec<u8> {
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

/// The sum of the IPv4 header's words before its checksum.
pub(crate) fn header_sum(frame: &[u8]) -> u16 {
    !checksum(&frame[IPV4..IPV4_VARYING])
}

/// The checksum of the internet (RFC 1071) over an even number of octets.
pub(crate) fn checksum(octets: &[u8]) -> u16 {
    let words =
        octets.chunks_exact(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])));
    let sum: u32 = words.sum();
    let sum = (sum & 0xffff) + (sum >> 16);
    !u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_frame() {
        let frame = udp([2; 6], [4; 6], 64);
        assert_eq!((frame.len(), &frame[16..18], &frame[38..40]), (60, &[0, 46][..], &[0, 26][..]));
        assert_eq!(udp([2; 6], [4; 6], 0).len(), HEADERS);
    }

    #[test]
    fn a_header_with_its_checksum_sums_up_to_all_ones() {
        let mut frame = udp([2; 6], [4; 6], 64);
        let sum = checksum(&frame[IPV4..34]).to_be_bytes();
        frame[24..26].copy_from_slice(&sum);
        assert_eq!(checksum(&frame[IPV4..34]), 0);
        assert_eq!(header_sum(&frame), !u16::from_be_bytes(sum));
    }
}
