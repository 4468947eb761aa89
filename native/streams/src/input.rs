//! What was read in a turn.

use std::collections::VecDeque;

use codec::{BadLength, HEADER_SIZE};

use crate::streams::Key;
use crate::{BUDGET, MESSAGE_MAX};

/// From so many octets on no other connection is read: they stay in the processor's cache until they are taken.
const ENOUGH: usize = BUDGET;

/// What one connection has sent.
#[derive(Clone, Copy, Debug)]
struct Part {
    from: Key,
    at: usize,
    end: usize,
}

/// Octets of several connections, behind one another. Whole messages are taken at the front of the first one's.
#[derive(Debug)]
pub struct Input {
    buffer: Vec<u8>,
    end: usize,
    parts: VecDeque<Part>,
}

impl Default for Input {
    fn default() -> Self {
        let size = ENOUGH + MESSAGE_MAX + BUDGET;
        Self { buffer: vec![0; size], end: 0, parts: VecDeque::new() }
    }
}

impl Input {
    /// The connection at the front; None when everything was taken.
    #[inline]
    pub fn from(&self) -> Option<Key> {
        self.parts.front().map(|part| part.from)
    }

    /// The message at the front, if it is there as a whole.
    ///
    /// # Errors
    /// When it announces a length that no message has.
    #[inline]
    pub fn front(&self) -> Result<Option<&[u8]>, BadLength> {
        let rest = self.rest();
        let &[_version, _type, high, low, ..] = rest else {
            return Ok(None);
        };
        let announced = u16::from_be_bytes([high, low]);
        if usize::from(announced) < HEADER_SIZE {
            return Err(BadLength(announced));
        }
        Ok(rest.get(..usize::from(announced)))
    }

    /// Leaves out octets at the front.
    #[inline]
    pub fn skip(&mut self, count: usize) {
        if let Some(part) = self.parts.front_mut() {
            part.at = (part.at + count).min(part.end);
        }
    }

    /// Everything that the connection at the front has sent.
    #[inline]
    pub fn rest(&self) -> &[u8] {
        self.parts.front().map_or(&[], |part| &self.buffer[part.at..part.end])
    }

    /// Leaves out the connection at the front.
    #[inline]
    pub fn next(&mut self) {
        self.parts.pop_front();
        if self.parts.is_empty() {
            self.end = 0;
        }
    }

    /// Whether there is room for what another connection sends.
    pub(crate) fn has_room(&self) -> bool {
        self.end < ENOUGH
    }

    /// Begins with what was kept of a connection, and has room for `BUDGET` octets behind it.
    pub(crate) fn room(&mut self, kept: &[u8]) -> &mut [u8] {
        let begin = self.end + kept.len();
        self.buffer[self.end..begin].copy_from_slice(kept);
        &mut self.buffer[begin..begin + BUDGET]
    }

    /// So many octets of a connection are there now, with what was kept.
    pub(crate) fn received(&mut self, from: Key, count: usize) {
        let at = self.end;
        self.end += count;
        self.parts.push_back(Part { from, at, end: self.end });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(input: &mut Input, from: Key, octets: &[u8]) {
        let (kept, new) = octets.split_at(octets.len() / 2);
        input.room(kept)[..new.len()].copy_from_slice(new);
        input.received(from, octets.len());
    }

    fn input(octets: &[u8]) -> Input {
        let mut input = Input::default();
        receive(&mut input, Key::default(), octets);
        input
    }

    #[test]
    fn whole_messages_are_taken_one_by_one() {
        let octets = [1, 0, 0, 8, 0, 0, 0, 1, 1, 2, 0, 9, 0, 0, 0, 1, 7, 1, 2, 0];
        let mut input = input(&octets);
        assert_eq!(input.front(), Ok(Some(&octets[..8])));
        input.skip(8);
        assert_eq!(input.front(), Ok(Some(&octets[8..17])));
        input.skip(9);
        assert_eq!(input.front(), Ok(None));
        assert_eq!(input.rest(), [1, 2, 0]);
    }

    #[test]
    fn a_length_that_no_message_has_is_an_error() {
        let input = input(&[1, 0, 0, 7, 0, 0, 0, 1]);
        assert_eq!(input.front(), Err(BadLength(7)));
    }

    #[test]
    fn connections_come_behind_one_another() {
        let mut streams = crate::Streams::new(0).expect("streams");
        let [one, other] = [(); 2].map(|()| {
            let (end, _) = std::os::unix::net::UnixStream::pair().expect("a pair");
            streams.add(end.into()).expect("a connection")
        });
        let mut input = Input::default();
        receive(&mut input, one, &[1, 0, 0, 8, 0, 0, 0, 1, 9]);
        receive(&mut input, other, &[1, 2]);
        input.skip(100);
        assert_eq!((input.from(), input.rest()), (Some(one), [].as_slice()));
        input.next();
        assert_eq!((input.from(), input.rest()), (Some(other), [1, 2].as_slice()));
        input.next();
        assert_eq!((input.from(), input.rest()), (None, [].as_slice()));
    }

    #[test]
    fn there_is_room_behind_the_longest_beginning() {
        let mut input = Input::default();
        input.received(Key::default(), ENOUGH - 1);
        assert!(input.has_room());
        assert_eq!(input.room(&vec![1; MESSAGE_MAX - 1]).len(), BUDGET);
        input.received(Key::default(), MESSAGE_MAX - 1 + BUDGET);
        assert!(!input.has_room());
    }
}
