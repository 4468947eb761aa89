//! What was read in a turn.

use codec::{BadLength, HEADER_SIZE};

use crate::{BUDGET, MESSAGE_MAX};

/// Octets of one connection, from which whole messages are taken at the front.
#[derive(Debug)]
pub struct Input {
    buffer: Vec<u8>,
    at: usize,
    end: usize,
}

impl Default for Input {
    fn default() -> Self {
        Self { buffer: vec![0; MESSAGE_MAX + BUDGET], at: 0, end: 0 }
    }
}

impl Input {
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
        self.at = (self.at + count).min(self.end);
    }

    /// Everything from the front on.
    #[inline]
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.at..self.end]
    }

    /// Leaves out everything.
    pub fn clear(&mut self) {
        (self.at, self.end) = (0, 0);
    }

    /// Begins with what was kept, and has room for `BUDGET` octets behind it.
    pub(crate) fn room(&mut self, kept: &[u8]) -> &mut [u8] {
        self.at = 0;
        self.end = kept.len();
        self.buffer[..kept.len()].copy_from_slice(kept);
        &mut self.buffer[kept.len()..kept.len() + BUDGET]
    }

    /// So many octets came behind what was kept.
    pub(crate) fn received(&mut self, count: usize) {
        self.end += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(octets: &[u8]) -> Input {
        let mut input = Input::default();
        let (kept, new) = octets.split_at(octets.len() / 2);
        input.room(kept)[..new.len()].copy_from_slice(new);
        input.received(new.len());
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
    fn there_is_room_behind_the_longest_beginning() {
        let mut input = Input::default();
        assert_eq!(input.room(&vec![1; MESSAGE_MAX - 1]).len(), BUDGET);
    }
}
