//! A frame on a link, with what its sender left for the hardware to finish.
//!
//! The native counterpart of `ofswitch/frame.py`, where the rules of unfinished frames are told. A
//! frame owns its buffer, which is big enough for any frame and has room before it, so that tags go
//! in without moving the rest; buffers are used again and again (`Frame::clear`).

/// Octets of `struct virtio_net_hdr`, as tap devices and packet sockets put it before a frame.
pub const OFFLOAD_SIZE: usize = 10;

/// The longest frame that a link may bring or take: an IP packet of any length, an Ethernet header
/// and eight tags or labels.
pub const FRAME_MAX: usize = 65535 + 14 + 8 * 4;

/// Room before the first octet of a frame in a fresh buffer: for a virtio-net header and many tags.
pub const HEADROOM: usize = 256;

/// Not a multiple of a page, so that the heads of neighbouring frames share no line of the cache.
const BUFFER_SIZE: usize = HEADROOM + FRAME_MAX + 512 + 64;

/// What hardware would still do to a frame: `struct virtio_net_hdr`, field by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offload {
    /// `NEEDS_CSUM`, `DATA_VALID`.
    pub flags: u8,
    /// What to cut a super-frame into; `GSO_NONE` for an ordinary frame.
    pub gso_type: u8,
    /// Octets of headers that each segment repeats; a hint.
    pub hdr_len: u16,
    /// Octets of payload for each segment.
    pub gso_size: u16,
    /// Where the octets begin that the unfinished checksum covers.
    pub csum_start: u16,
    /// Where the checksum is, from there.
    pub csum_offset: u16,
}

impl Offload {
    /// The checksum at `csum_start + csum_offset` is unfinished.
    pub const NEEDS_CSUM: u8 = 1;
    /// Somebody has verified the checksums.
    pub const DATA_VALID: u8 = 2;
    /// TCP over IPv4.
    pub const GSO_TCPV4: u8 = 1;
    /// TCP over IPv6.
    pub const GSO_TCPV6: u8 = 4;
    /// Datagrams of UDP.
    pub const GSO_UDP_L4: u8 = 5;
    /// With the TCP types: the first segment carries CWR.
    pub const GSO_ECN: u8 = 0x80;

    /// Reads a header; `None` when it leaves nothing to finish.
    pub fn parse(header: [u8; OFFLOAD_SIZE]) -> Option<Self> {
        if header[0] & Self::NEEDS_CSUM == 0 && header[1] == 0 {
            return None;
        }
        let word = |at: usize| u16::from_ne_bytes([header[at], header[at + 1]]);
        Some(Self {
            flags: header[0],
            gso_type: header[1],
            hdr_len: word(2),
            gso_size: word(4),
            csum_start: word(6),
            csum_offset: word(8),
        })
    }

    /// The header's octets, in the machine's byte order as the kernel wants it.
    pub fn emit(self) -> [u8; OFFLOAD_SIZE] {
        let mut header = [self.flags, self.gso_type, 0, 0, 0, 0, 0, 0, 0, 0];
        let words = [self.hdr_len, self.gso_size, self.csum_start, self.csum_offset];
        for (place, word) in header[2..].chunks_exact_mut(2).zip(words) {
            place.copy_from_slice(&word.to_ne_bytes());
        }
        header
    }

    /// Whether the checksum is unfinished.
    pub const fn needs_csum(self) -> bool {
        self.flags & Self::NEEDS_CSUM != 0
    }

    /// The GSO type without its ECN flag.
    pub const fn segmentation(self) -> u8 {
        self.gso_type & !Self::GSO_ECN
    }

    /// The metadata after `octets` went in (negative: out) before `csum_start`; `None` when no
    /// header can say them any more.
    pub fn moved(self, octets: isize) -> Option<Self> {
        let moved = |place: u16, set: bool| {
            let place = if set { usize::from(place).checked_add_signed(octets)? } else { 0 };
            u16::try_from(place).ok()
        };
        let hdr_len = moved(self.hdr_len, self.hdr_len != 0)?;
        let csum_start = moved(self.csum_start, self.needs_csum())?;
        Some(Self { hdr_len, csum_start, ..self })
    }
}

/// The octets of an Ethernet frame (without FCS) and what is left to finish, if anything.
#[derive(Debug)]
pub struct Frame {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// What is unfinished.
    pub offload: Option<Offload>,
}

impl Default for Frame {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for Frame {
    fn clone(&self) -> Self {
        let mut copy = Self::new();
        copy.copy_from(self);
        copy
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.data() == other.data() && self.offload == other.offload
    }
}

impl Eq for Frame {}

impl Frame {
    /// An empty frame with room for any.
    pub fn new() -> Self {
        let buffer = vec![0; BUFFER_SIZE].into_boxed_slice();
        Self { buffer, start: HEADROOM, end: HEADROOM, offload: None }
    }

    /// A frame with these octets, as many of them as a buffer holds.
    pub fn of(data: &[u8], offload: Option<Offload>) -> Self {
        let mut frame = Self::new();
        frame.set(data, offload);
        frame
    }

    /// Makes the frame empty again, with all its headroom.
    #[inline]
    pub fn clear(&mut self) {
        (self.start, self.end, self.offload) = (HEADROOM, HEADROOM, None);
    }

    /// Replaces all octets, by as many of these as the buffer holds.
    pub fn set(&mut self, data: &[u8], offload: Option<Offload>) {
        self.clear();
        let len = data.len().min(self.buffer.len() - HEADROOM);
        self.buffer[HEADROOM..HEADROOM + len].copy_from_slice(&data[..len]);
        self.end = HEADROOM + len;
        self.offload = offload;
    }

    /// Replaces all octets by these parts, one behind the other, without metadata. As many of them
    /// as the buffer holds.
    pub(crate) fn set_parts(&mut self, parts: [&[u8]; 2]) {
        self.set(parts[0], None);
        let len = parts[1].len().min(self.buffer.len() - self.end);
        self.buffer[self.end..self.end + len].copy_from_slice(&parts[1][..len]);
        self.end += len;
    }

    /// Becomes a copy of another frame.
    pub fn copy_from(&mut self, other: &Self) {
        self.set(other.data(), other.offload);
    }

    /// The octets.
    #[inline]
    pub fn data(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The octets, to change them.
    #[inline]
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[self.start..self.end]
    }

    /// How many octets.
    #[inline]
    #[expect(clippy::len_without_is_empty, reason = "nothing asks whether a frame is empty")]
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Makes room for a frame to be received: all of the buffer behind the headroom, or `before`
    /// octets sooner (at most `HEADROOM`), for a header that the kernel puts in front.
    ///
    /// Say with `received` how much of it was filled.
    pub fn room(&mut self, before: usize) -> &mut [u8] {
        self.clear();
        &mut self.buffer[HEADROOM - before..HEADROOM + FRAME_MAX]
    }

    /// Says how many octets were filled of the room, without what comes `before` the frame.
    pub fn received(&mut self, len: usize, offload: Option<Offload>) {
        self.end = HEADROOM + len.min(FRAME_MAX);
        self.offload = offload;
    }

    /// The octets, with `before` more octets of headroom in front of them, to put a header there.
    /// `None` when tags have eaten the headroom.
    pub fn with_room_before(&mut self, before: usize) -> Option<&mut [u8]> {
        let start = self.start.checked_sub(before)?;
        Some(&mut self.buffer[start..self.end])
    }

    /// Puts octets in at an offset, by moving what stands before it into the headroom (or, should
    /// that be used up, what stands behind). Metadata that point behind move along. Returns whether
    /// there was room; if not, the frame is as it was.
    ///
    /// # Panics
    /// When `at` is behind the end of the frame.
    #[must_use]
    pub fn insert(&mut self, at: usize, octets: &[u8]) -> bool {
        assert!(at <= self.len(), "insert at {at} in a frame of {}", self.len());
        let count = octets.len();
        if self.start >= count {
            self.buffer.copy_within(self.start..self.start + at, self.start - count);
            self.start -= count;
        } else if self.end + count <= self.buffer.len() {
            self.buffer.copy_within(self.start + at..self.end, self.start + at + count);
            self.end += count;
        } else {
            return false;
        }
        self.buffer[self.start + at..self.start + at + count].copy_from_slice(octets);
        self.move_offload(count, isize::checked_add);
        true
    }

    /// Takes octets out. Metadata that point behind them move along.
    ///
    /// # Panics
    /// When the frame does not have these octets.
    pub fn remove(&mut self, at: usize, count: usize) {
        assert!(at + count <= self.len(), "remove {count} at {at} in a frame of {}", self.len());
        self.buffer.copy_within(self.start..self.start + at, self.start + count);
        self.start += count;
        self.move_offload(count, isize::checked_sub);
    }

    /// Moves what the metadata point at; what no header can say any more is dropped.
    #[inline]
    fn move_offload(&mut self, count: usize, way: fn(isize, isize) -> Option<isize>) {
        let Some(offload) = self.offload else { return };
        let octets = isize::try_from(count).ok().and_then(|count| way(0, count));
        self.offload = octets.and_then(|octets| offload.moved(octets));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_go_in_and_out_before_and_after_the_headroom_is_used_up() {
        let mut frame = Frame::of(b"abcdef", None);
        for _ in 0..HEADROOM {
            assert!(frame.insert(2, b"xy"));
        }
        assert_eq!(frame.len(), 6 + 2 * HEADROOM);
        assert!(frame.data().starts_with(b"abxyxy") && frame.data().ends_with(b"xycdef"));
        frame.remove(2, 2 * HEADROOM);
        assert_eq!(frame.data(), b"abcdef");
    }

    #[test]
    fn metadata_move_with_the_octets_they_point_at() {
        let offload = Offload { flags: 1, csum_start: 34, csum_offset: 16, ..Offload::default() };
        let mut frame = Frame::of(&[0; 60], Some(offload));
        assert!(frame.insert(12, &[0; 4]));
        assert_eq!(frame.offload.map(|one| one.csum_start), Some(38));
        frame.remove(12, 4);
        assert_eq!(frame.offload, Some(offload));
        frame.remove(0, 40);
        assert_eq!(frame.offload, None);
    }

    #[test]
    fn headers_are_read_as_they_were_written() {
        let offload = Offload {
            flags: 1,
            gso_type: 4,
            hdr_len: 66,
            gso_size: 1448,
            csum_start: 34,
            csum_offset: 16,
        };
        assert_eq!(Offload::parse(offload.emit()), Some(offload));
        assert_eq!(Offload::parse([2, 0, 1, 1, 1, 1, 1, 1, 1, 1]), None);
    }
}
