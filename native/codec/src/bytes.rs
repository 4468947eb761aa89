//! Integers in bytes, the first the most significant.

use crate::model::Refused;

/// An unsigned integer of up to 8 bytes.
#[inline]
pub(crate) fn uint(bytes: &[u8]) -> u64 {
    match *bytes {
        [a] => a.into(),
        [a, b] => u16::from_be_bytes([a, b]).into(),
        [a, b, c, d] => u32::from_be_bytes([a, b, c, d]).into(),
        _ => bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)),
    }
}

/// An unsigned integer of up to 16 bytes.
#[inline]
pub(crate) fn wide(bytes: &[u8]) -> u128 {
    if bytes.len() <= 8 {
        return uint(bytes).into();
    }
    bytes.iter().fold(0, |value, &byte| value << 8 | u128::from(byte))
}

/// Append an integer in `size` bytes, 16 at most; refuse one that is too large.
#[inline]
pub(crate) fn put(value: u128, size: usize, out: &mut Vec<u8>) -> Result<(), Refused> {
    if size < 16 && value >> (8 * size) != 0 {
        return Err(Refused);
    }
    out.extend_from_slice(&value.to_be_bytes()[16 - size..]);
    Ok(())
}

/// Append an integer in `size` bytes, 8 at most; refuse one that is too large.
#[inline]
pub(crate) fn put_small(value: u64, size: usize, out: &mut Vec<u8>) -> Result<(), Refused> {
    if size < 8 && value >> (8 * size) != 0 {
        return Err(Refused);
    }
    out.extend_from_slice(&value.to_be_bytes()[8 - size..]);
    Ok(())
}

/// Append zeros.
#[inline]
pub(crate) fn zeros(count: usize, out: &mut Vec<u8>) {
    out.resize(out.len() + count, 0);
}

/// Write a 16-bit length that is known only now; refuse one that does not fit.
#[inline]
pub(crate) fn patch(out: &mut [u8], at: usize, length: usize) -> Result<(), Refused> {
    let length = u16::try_from(length).map_err(|_| Refused)?;
    out[at..at + 2].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Write an integer over bytes, 8 at most; refuse one that is too large.
#[inline]
pub(crate) fn set(place: &mut [u8], value: u64) -> Result<(), Refused> {
    let size = place.len();
    if size < 8 && value >> (8 * size) != 0 {
        return Err(Refused);
    }
    place.copy_from_slice(&value.to_be_bytes()[8 - size..]);
    Ok(())
}
