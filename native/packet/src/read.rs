//! Big-endian reads that answer `None` beyond the end.

/// The `N` bytes at `at`.
fn array<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..)?.first_chunk().copied()
}

/// The byte at `at`.
pub(crate) fn u8(data: &[u8], at: usize) -> Option<u8> {
    data.get(at).copied()
}

/// The 16-bit number at `at`.
pub(crate) fn u16(data: &[u8], at: usize) -> Option<u16> {
    array(data, at).map(u16::from_be_bytes)
}

/// The 32-bit number at `at`.
pub(crate) fn u32(data: &[u8], at: usize) -> Option<u32> {
    array(data, at).map(u32::from_be_bytes)
}

/// The 48-bit number at `at`: an Ethernet address.
pub(crate) fn u48(data: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u16(data, at)?) << 32 | u64::from(u32(data, at + 2)?))
}

/// The 128-bit number at `at`: an IPv6 address.
pub(crate) fn u128(data: &[u8], at: usize) -> Option<u128> {
    array(data, at).map(u128::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_big_endian() {
        let data: Vec<u8> = (1..=17).collect();
        assert_eq!(u8(&data, 1), Some(2));
        assert_eq!(u16(&data, 1), Some(0x0203));
        assert_eq!(u32(&data, 1), Some(0x0203_0405));
        assert_eq!(u48(&data, 1), Some(0x0203_0405_0607));
        assert_eq!(u128(&data, 1), Some(0x0203_0405_0607_0809_0a0b_0c0d_0e0f_1011));
    }

    #[test]
    fn there_is_nothing_beyond_the_end() {
        assert_eq!(u16(&[1], 0), None);
        assert_eq!(u16(&[1], 7), None);
        assert_eq!(u48(&[1, 2, 3, 4, 5], 0), None);
    }
}
