//! A match in the least room: of the sixteen words of value and mask only those that say anything.
//!
//! A million entries keep their matches this way, for statistics and changes; packets never look at
//! them, since classifiers have their own form.

use packet::{FlowKey, WORDS};

use crate::FlowMatch;

/// A [`FlowMatch`] to keep. Two are equal when the matches are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedMatch {
    /// Which words are there, a bit for each; then value and mask of those, in their order.
    words: Box<[u64]>,
}

impl PackedMatch {
    /// Whether every packet meets it.
    pub const fn is_any(&self) -> bool {
        self.words[0] == 0
    }

    /// The match itself.
    pub fn unpack(&self) -> FlowMatch {
        let (mut value, mut mask) = ([0; WORDS], [0; WORDS]);
        let places = (0..WORDS).filter(|at| self.words[0] >> at & 1 != 0);
        for (at, pair) in places.zip(self.words[1..].chunks_exact(2)) {
            (value[at], mask[at]) = (pair[0], pair[1]);
        }
        FlowMatch::from_keys(FlowKey::from_words(value), FlowKey::from_words(mask))
    }
}

impl From<&FlowMatch> for PackedMatch {
    fn from(whole: &FlowMatch) -> Self {
        let (value, mask) = (whole.value().words(), whole.mask().words());
        let mut words = [0; 1 + 2 * WORDS];
        let mut len = 1;
        for at in (0..WORDS).filter(|&at| mask[at] != 0) {
            words[0] |= 1 << at;
            (words[len], words[len + 1]) = (value[at], mask[at]);
            len += 2;
        }
        Self { words: words[..len].into() }
    }
}

#[cfg(test)]
mod tests {
    use packet::Field;

    use super::*;

    #[test]
    fn a_match_comes_out_as_it_went_in() {
        let mut one = FlowMatch::default();
        assert!(PackedMatch::from(&one).is_any());
        for &field in Field::ALL {
            one.set(field, 0, u128::MAX >> (128 - field.bits()));
            assert_eq!(PackedMatch::from(&one).unpack(), one, "{field:?}");
        }
        assert!(!PackedMatch::from(&one).is_any());
    }
}
