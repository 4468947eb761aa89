//! Big-endian numbers from the front of some octets; `None` once there are too few.

/// The octets that are still to be read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next `N` octets.
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    /// The next `count` octets.
    pub(super) fn slice(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    /// Leaves octets out, whatever they are: padding.
    pub(super) fn skip(&mut self, count: usize) -> Option<()> {
        self.slice(count).map(|_| ())
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take().map(|[octet]| octet)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }
}

/// A number of `octets.len()` octets, 16 at most.
pub(super) fn number(octets: &[u8]) -> u128 {
    octets.iter().fold(0, |value, &octet| value << 8 | u128::from(octet))
}

/// 1.0's port numbers: the reserved ones are the low half of the later ones (1.0.2, 5.2.1).
pub(super) fn port_from_16(port: u16) -> u32 {
    u32::from(port) + if port < 0xff00 { 0 } else { 0xffff_0000 }
}
