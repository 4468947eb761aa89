//! The bytes of a message with places where numbers go.
//!
//! The native counterpart of `openflow/templates/pattern.py`, which finds the places and proves them; here they
//! are only filled in.

use crate::HEADER_SIZE;

/// The most bytes that a message has: its length is 16 bits.
const MESSAGE_MAX: usize = 0xffff;

/// Numbers that are all written alike: 0 to `last`, and those of `second` if there is a second range.
///
/// They are written as their low bytes. With `tag` they are written as VLAN ids of `OpenFlow` 1.0:
/// without the bit `OFPVID_PRESENT`, and 0 as 0xffff (1.0.2, 5.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The last number of the first range.
    pub last: u128,
    /// The second range: its first and its last number.
    pub second: Option<(u128, u128)>,
    /// Whether numbers are written as VLAN ids.
    pub tag: bool,
}

impl Domain {
    #[inline]
    fn has(&self, number: u128) -> bool {
        number <= self.last
            || self.second.is_some_and(|(first, last)| (first..=last).contains(&number))
    }

    #[inline]
    const fn wire(&self, number: u128) -> u128 {
        match (self.tag, number) {
            (false, _) => number,
            (true, 0) => 0xffff,
            (true, _) => number & 0xfff,
        }
    }
}

/// Where a number stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of the numbers that are given.
    pub argument: usize,
    /// Where it begins in the message.
    pub offset: usize,
    /// How many bytes it takes, 16 at most.
    pub size: usize,
    /// Which numbers may stand there.
    pub domain: Domain,
}

/// A message with places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    frame: Vec<u8>,
    places: Vec<Place>,
}

impl Pattern {
    /// A message of these bytes; `None` when it has no whole header or a place lies outside of it.
    pub fn new(frame: Vec<u8>, places: Vec<Place>) -> Option<Self> {
        let inside = |place: &Place| {
            place.size <= 16
                && place.offset.checked_add(place.size).is_some_and(|end| end <= frame.len())
        };
        (frame.len() >= HEADER_SIZE && places.iter().all(inside)).then_some(Self { frame, places })
    }

    /// Appends the message with the numbers that `number` gives, this transaction id, and `rest`
    /// behind it.
    ///
    /// Returns false, and appends nothing, when a number is missing or not of its domain or the
    /// message gets too long.
    #[inline]
    #[must_use]
    pub fn fill(
        &self,
        number: impl Fn(usize) -> Option<u128>,
        rest: &[u8],
        xid: u32,
        out: &mut Vec<u8>,
    ) -> bool {
        let length = self.frame.len() + rest.len();
        if length > MESSAGE_MAX {
            return false;
        }
        let start = out.len();
        out.extend_from_slice(&self.frame);
        let message = &mut out[start..];
        for place in &self.places {
            match number(place.argument) {
                Some(number) if place.domain.has(number) => {
                    write(
                        &mut message[place.offset..place.offset + place.size],
                        place.domain.wire(number),
                    );
                }
                _ => {
                    out.truncate(start);
                    return false;
                }
            }
        }
        let [.., high, low] = length.to_be_bytes();
        message[2..4].copy_from_slice(&[high, low]);
        message[4..8].copy_from_slice(&xid.to_be_bytes());
        out.extend_from_slice(rest);
        true
    }
}

/// Writes the low bytes of a number, as many as there is room for, 16 at most.
#[inline]
fn write(room: &mut [u8], number: u128) {
    let bytes = number.to_be_bytes();
    match room.len() {
        2 => room.copy_from_slice(&bytes[14..]),
        4 => room.copy_from_slice(&bytes[12..]),
        6 => room.copy_from_slice(&bytes[10..]),
        8 => room.copy_from_slice(&bytes[8..]),
        size => room.copy_from_slice(&bytes[16 - size..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTS: Domain =
        Domain { last: 0xfeff, second: Some((0xffff_ff00, 0xffff_ffff)), tag: false };
    const TAGS: Domain = Domain { last: 0, second: Some((0x1000, 0x1fff)), tag: true };

    fn pattern() -> Pattern {
        let frame = vec![1, 14, 0, 13, 0, 0, 0, 0, 9, 9, 9, 9, 5];
        let places = vec![
            Place { argument: 0, offset: 8, size: 2, domain: PORTS },
            Place { argument: 1, offset: 10, size: 2, domain: TAGS },
        ];
        Pattern::new(frame, places).expect("places inside")
    }

    fn filled(numbers: [u128; 2], rest: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![7];
        let fits = pattern().fill(|n| numbers.get(n).copied(), rest, 0x0102_0304, &mut out);
        assert!(fits || out == [7], "nothing is appended that does not fit");
        fits.then(|| out.split_off(1))
    }

    #[test]
    fn numbers_go_to_their_places_and_the_length_is_that_of_all() {
        let expected = [1, 14, 0, 15, 1, 2, 3, 4, 0xff, 0xfd, 0x0a, 0xbc, 5, 6, 7];
        assert_eq!(filled([0xffff_fffd, 0x1abc], &[6, 7]).as_deref(), Some(&expected[..]));
    }

    #[test]
    fn no_tag_is_written_as_all_ones() {
        assert_eq!(filled([1, 0], &[]).expect("fits")[8..12], [0, 1, 0xff, 0xff]);
    }

    #[test]
    fn numbers_outside_their_domains_do_not_fit() {
        for numbers in [[0xff00, 0], [0xffff_feff, 0], [1 << 32, 0], [0, 1], [0, 0x2000]] {
            assert_eq!(filled(numbers, &[]), None);
        }
    }

    #[test]
    fn a_message_has_65535_bytes_at_most() {
        assert_eq!(filled([0, 0], &vec![0; 0xffff - 13]).map(|bytes| bytes.len()), Some(0xffff));
        assert_eq!(filled([0, 0], &vec![0; 0xffff - 12]), None);
    }

    #[test]
    fn places_lie_inside_the_message() {
        let place = |offset, size| Place { argument: 0, offset, size, domain: PORTS };
        for (offset, size) in [(8, 1), (0, 17), (usize::MAX, 2)] {
            assert_eq!(Pattern::new(vec![0; 8], vec![place(offset, size)]), None);
        }
        assert_eq!(Pattern::new(vec![0; 7], vec![]), None);
    }

    #[test]
    fn a_number_that_is_missing_does_not_fit() {
        assert!(!pattern().fill(|n| (n == 0).then_some(0), &[], 0, &mut Vec::new()));
    }
}
