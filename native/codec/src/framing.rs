//! Where one message ends and the next begins (`OpenFlow` 1.3.5, 7.1).

use std::fmt;

/// Length of the header that every message begins with, and so the least length it can announce.
pub const HEADER_SIZE: usize = 8;

/// A header announces fewer bytes than it has itself: the stream cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadLength(
    /// The length that the header announces.
    pub u16,
);

impl fmt::Display for BadLength {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(length) = self;
        write!(formatter, "a message of {length} bytes, the header alone has {HEADER_SIZE}")
    }
}

impl std::error::Error for BadLength {}

/// The complete messages at the head of a buffer, one after the other.
///
/// Ends before the first message that is not there in full. After an error it stays where it is.
///
/// ```
/// let buffer = [4, 0, 0, 8, 0, 0, 0, 1, 4, 2, 0, 12, 0, 0];
/// let mut messages = codec::Messages::new(&buffer);
/// assert_eq!(messages.next(), Some(Ok(&buffer[..8])));
/// assert_eq!(messages.next(), None);
/// assert_eq!(messages.consumed(), 8);
/// ```
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    buffer: &'a [u8],
    consumed: usize,
}

impl<'a> Messages<'a> {
    /// Begins at the start of `buffer`.
    pub const fn new(buffer: &'a [u8]) -> Self {
        Self { buffer, consumed: 0 }
    }

    /// How many bytes the messages yielded so far take.
    pub const fn consumed(&self) -> usize {
        self.consumed
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<&'a [u8], BadLength>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.buffer[self.consumed..];
        let &[_version, _type, high, low, ..] = rest else {
            return None;
        };
        let announced = u16::from_be_bytes([high, low]);
        let length = usize::from(announced);
        if length < HEADER_SIZE {
            return Some(Err(BadLength(announced)));
        }
        let message = rest.get(..length)?;
        self.consumed += length;
        Some(Ok(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: u16) -> Vec<u8> {
        let [high, low] = length.to_be_bytes();
        let mut message = vec![4, 2, high, low];
        message.resize(usize::from(length).max(HEADER_SIZE), 0x5a);
        message
    }

    #[test]
    fn complete_messages_are_yielded_in_order() {
        let buffer = [message(8), message(20), message(u16::MAX)].concat();
        let mut messages = Messages::new(&buffer);
        let lengths: Vec<_> = messages.by_ref().map(|found| found.map(<[u8]>::len)).collect();
        assert_eq!(lengths, [Ok(8), Ok(20), Ok(65535)]);
        assert_eq!(messages.consumed(), buffer.len());
    }

    #[test]
    fn a_message_cut_anywhere_waits_for_its_rest() {
        let whole = message(12);
        for end in 0..whole.len() {
            let mut messages = Messages::new(&whole[..end]);
            assert_eq!((messages.next(), messages.consumed()), (None, 0));
        }
    }

    #[test]
    fn a_length_below_the_header_is_an_error_and_stays_one() {
        for announced in 0..8 {
            let buffer = [message(8), message(announced)].concat();
            let mut messages = Messages::new(&buffer);
            assert!(messages.next().is_some_and(|found| found.is_ok()));
            assert_eq!(messages.next(), Some(Err(BadLength(announced))));
            assert_eq!(messages.next(), Some(Err(BadLength(announced))));
            assert_eq!(messages.consumed(), 8);
        }
    }
}
