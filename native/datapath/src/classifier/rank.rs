//! How entries that meet the same packet rank: by priority, then by age.

/// A larger rank wins. No entry has rank zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u64);

const SEQUENCE_BITS: u32 = 48;
const LAST: u64 = (1 << SEQUENCE_BITS) - 1;

impl Rank {
    /// Below every entry.
    pub(super) const NONE: Self = Self(0);

    /// The rank of the entry that was inserted as number `sequence`, less than 2^48 - 1.
    pub(super) const fn new(priority: u16, sequence: u64) -> Self {
        Self(((priority as u64) << SEQUENCE_BITS) | (LAST - sequence))
    }

    /// The rank that was stored as a word.
    pub(super) const fn from_word(word: u64) -> Self {
        Self(word)
    }

    pub(super) const fn word(self) -> u64 {
        self.0
    }

    pub(super) const fn priority(self) -> u16 {
        (self.0 >> SEQUENCE_BITS) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priority_comes_before_age() {
        assert!(Rank::new(2, 9) > Rank::new(1, 0));
        assert!(Rank::new(1, 0) > Rank::new(1, 9));
        assert!(Rank::new(0, 1 << 40) > Rank::NONE);
        assert_eq!(Rank::new(7, 9).priority(), 7);
    }
}
