//! Cutting a super-frame into the frames that it stands for.
//!
//! What differs between segments is what Linux makes differ: IPv4 identification and TCP sequence
//! number count on, FIN and PSH are on the last only, CWR on the first only, lengths and checksums
//! fit.

use crate::checksum::{internet_checksum, ones_sum, remainder};
use crate::offload::ip_offset;
use crate::{Frame, Offload};

const IP_LENGTH_MAX: usize = 0xffff;
const UDP_HEADER: usize = 8;
const TCP_HEADER: usize = 20;
const TCP_FIN_PSH: u8 = 0x09;
const TCP_CWR: u8 = 0x80;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Transport {
    Tcp,
    Udp,
}

impl Transport {
    const fn of(segmentation: u8) -> Option<Self> {
        match segmentation {
            Offload::GSO_TCPV4 | Offload::GSO_TCPV6 => Some(Self::Tcp),
            Offload::GSO_UDP_L4 => Some(Self::Udp),
            _ => None,
        }
    }

    /// Where its checksum is, from its header on.
    const fn csum_offset(self) -> u16 {
        match self {
            Self::Tcp => 16,
            Self::Udp => 6,
        }
    }

    /// Where the payload starts; `None` when the header is cut short.
    fn header_end(self, data: &[u8], start: usize) -> Option<usize> {
        match self {
            Self::Udp => Some(start + UDP_HEADER),
            Self::Tcp => {
                let header = data.get(start..start + TCP_HEADER)?;
                Some(start + usize::from(header[12] >> 4).max(5) * 4)
            }
        }
    }
}

/// A super-frame whose metadata agree with it, to be taken segment by segment.
///
/// ```
/// use packet::{Frame, Segments};
///
/// fn send_all(super_frame: &Frame, segment: &mut Frame, mut send: impl FnMut(&Frame)) {
///     let Some(segments) = Segments::of(super_frame) else { return };
///     for index in 0..segments.count() {
///         segments.write(index, segment);
///         send(segment);
///     }
/// }
/// # send_all(&Frame::new(), &mut Frame::new(), |_| ());
/// ```
#[derive(Clone, Copy)]
pub struct Segments<'a> {
    data: &'a [u8],
    transport: Transport,
    ip: usize,
    /// The transport header, and the payload behind it.
    start: usize,
    payload: usize,
    /// Octets of payload for each segment.
    size: usize,
}

impl<'a> Segments<'a> {
    /// The segments of a frame; `None` when it is no super-frame, or its headers are not where its
    /// metadata say, with room for all.
    pub fn of(frame: &'a Frame) -> Option<Self> {
        let (data, offload) = (frame.data(), frame.offload?);
        let transport = Transport::of(offload.segmentation())?;
        let (ip, start) = (ip_offset(data)?, usize::from(offload.csum_start));
        if !(offload.needs_csum() && offload.gso_size > 0) {
            return None;
        }
        if offload.csum_offset != transport.csum_offset() || start + UDP_HEADER > data.len() {
            return None;
        }
        let size = usize::from(offload.gso_size);
        let payload = transport.header_end(data, start)?;
        let longest = data.len().min(payload + size).checked_sub(ip)?;
        let agrees = ip < start
            && ip + ip_header_size(data[ip])? <= start
            && payload <= data.len()
            && longest <= IP_LENGTH_MAX;
        agrees.then_some(Self { data, transport, ip, start, payload, size })
    }

    /// How many there are: at least one.
    pub fn count(&self) -> usize {
        (self.data.len() - self.payload).div_ceil(self.size).max(1)
    }

    /// Makes `segment` the segment of this number.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn write(&self, index: usize, segment: &mut Frame) {
        let sent = index * self.size;
        let rest = &self.data[self.payload + sent..];
        let payload = &rest[..rest.len().min(self.size)];
        segment.set_parts([&self.data[..self.payload], payload]);
        let one = segment.data_mut();
        let transport_length = one.len() - self.start;
        self.number(one, index);
        match self.transport {
            Transport::Tcp => self.shape_tcp(one, sent, payload.len() == rest.len()),
            Transport::Udp => put(one, self.start + 4, transport_length),
        }
        let field = self.start + usize::from(self.transport.csum_offset());
        one[field..field + 2].fill(0);
        let sum = self.pseudo_header(transport_length) + u64::from(ones_sum(&one[self.start..]));
        put(one, field, usize::from(65535 - remainder(sum)));
    }

    /// The sum of a segment's pseudo-header: the field holds that of the whole frame's, and only
    /// the length in it differs.
    fn pseudo_header(&self, length: usize) -> u64 {
        let field = self.start + usize::from(self.transport.csum_offset());
        let whole = u64::from(ones_sum(&self.data[field..field + 2]));
        let lengths = [length, self.data.len() - self.start].map(|octets| octets as u64 % 65535);
        whole + lengths[0] + 65535 - lengths[1]
    }

    /// Sets length, and of IPv4 identification and checksum, of the IP header of segment `index`.
    fn number(&self, one: &mut [u8], index: usize) {
        let (ip, length) = (self.ip, one.len() - self.ip);
        if one[ip] >> 4 != 4 {
            put(one, ip + 4, length - 40);
            return;
        }
        let identification = usize::from(u16::from_be_bytes([one[ip + 4], one[ip + 5]])) + index;
        put(one, ip + 2, length);
        put(one, ip + 4, identification);
        put(one, ip + 10, 0);
        let end = ip + usize::from(one[ip] & 0x0f) * 4;
        let checksum = internet_checksum(&one[ip..end]);
        put(one, ip + 10, checksum.into());
    }

    /// Sets sequence number and flags of the segment that follows `sent` octets of payload.
    #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap (RFC 9293, 3.4)")]
    fn shape_tcp(&self, one: &mut [u8], sent: usize, last: bool) {
        let header = &mut one[self.start..];
        let sequence = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        header[4..8].copy_from_slice(&sequence.wrapping_add(sent as u32).to_be_bytes());
        if !last {
            header[13] &= !TCP_FIN_PSH;
        }
        if sent > 0 {
            header[13] &= !TCP_CWR;
        }
    }
}

/// The size of the fixed IP header that starts with this octet.
fn ip_header_size(octet: u8) -> Option<usize> {
    match octet >> 4 {
        4 => Some(usize::from(octet & 0x0f).max(5) * 4),
        6 => Some(40),
        _ => None,
    }
}

/// Puts the low 16 bits of a number at an offset.
#[expect(clippy::cast_possible_truncation, reason = "the low 16 bits are wanted")]
fn put(data: &mut [u8], at: usize, value: usize) {
    data[at..at + 2].copy_from_slice(&(value as u16).to_be_bytes());
}
