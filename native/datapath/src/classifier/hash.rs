//! A keyed hash of words: multiply and fold.
//!
//! Each pair of words, each xored with a secret word of its own, is multiplied to 128 bits whose
//! halves are folded together; so the multiplications do not wait for each other. Who does not know
//! the secret cannot make keys that collide (the construction of NH, RFC 4418, with folds).

use std::hash::{BuildHasher, Hasher};

use packet::WORDS;

/// The secret words of a hash.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    words: [u64; WORDS + 2],
}

impl Secret {
    /// Secret words that follow from a seed (splitmix64).
    pub(crate) fn new(mut seed: u64) -> Self {
        let mut words = [0; WORDS + 2];
        for word in &mut words {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = seed;
            mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            *word = mixed ^ mixed >> 31;
        }
        Self { words }
    }

    /// A secret factor for hashes of one word by multiplication.
    pub(super) const fn odd(&self, at: usize) -> u64 {
        self.words[at] | 1
    }

    /// The hash of at most [`WORDS`] words.
    #[inline(always)]
    pub(crate) fn hash(&self, words: &[u64]) -> u64 {
        let mut sum = self.words[WORDS];
        let mut pairs = words.chunks_exact(2);
        for (pair, secret) in (&mut pairs).zip(self.words.chunks_exact(2)) {
            sum = sum.wrapping_add(fold(pair[0] ^ secret[0], pair[1] ^ secret[1]));
        }
        if let [last] = pairs.remainder() {
            let at = words.len() - 1;
            sum = sum.wrapping_add(fold(last ^ self.words[at], self.words[at + 1]));
        }
        fold(sum, self.words[WORDS + 1] | 1)
    }

    /// A hash of 128 bits, the words one by one: two of them differ, unless by a chance of one in
    /// 2^64, when any word does (NH). The words number at most [`WORDS`].
    #[inline(always)]
    pub(crate) fn wide_hash(&self, mut words: impl Iterator<Item = u64>) -> u128 {
        let mut sum = u128::from(self.words[WORDS]);
        for secret in self.words.chunks_exact(2) {
            let Some(even) = words.next() else { break };
            let odd = words.next().unwrap_or(0);
            let (even, odd) = (even.wrapping_add(secret[0]), odd.wrapping_add(secret[1]));
            sum = sum.wrapping_add(u128::from(even) * u128::from(odd));
        }
        sum
    }
}

/// Makes hashers for maps whose keys are made of words.
#[derive(Clone, Debug)]
pub(super) struct Folding(FoldingHasher);

/// A hasher that takes two words at once.
#[derive(Clone, Debug)]
pub(super) struct FoldingHasher {
    state: u64,
    secret: u64,
}

impl Folding {
    pub(super) const fn new(secret: &Secret) -> Self {
        Self(FoldingHasher { state: secret.words[0], secret: secret.words[1] })
    }
}

impl BuildHasher for Folding {
    type Hasher = FoldingHasher;

    fn build_hasher(&self) -> FoldingHasher {
        self.0.clone()
    }
}

impl Hasher for FoldingHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(16) {
            let mut words = [[0; 8]; 2];
            words.as_flattened_mut()[..chunk.len()].copy_from_slice(chunk);
            let [even, odd] = words.map(u64::from_le_bytes);
            self.state = fold(even ^ self.state, odd ^ self.secret);
        }
    }

    fn finish(&self) -> u64 {
        fold(self.state, self.secret | 1)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
#[inline(always)]
const fn fold(one: u64, other: u64) -> u64 {
    let product = one as u128 * other as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_seed_gives_another_hash() {
        let words = [1, 2, 3];
        assert_ne!(Secret::new(1).hash(&words), Secret::new(2).hash(&words));
        assert_eq!(Secret::new(1).hash(&words), Secret::new(1).hash(&words));
    }

    #[test]
    fn consecutive_values_spread_over_low_and_high_bits() {
        let secret = Secret::new(7);
        let (mut low, mut high) = ([0_u32; 64], [0_u32; 64]);
        for value in 0..6400 {
            let hash = secret.hash(&[value << 16]);
            low[(hash & 63) as usize] += 1;
            high[(hash >> 58) as usize] += 1;
        }
        assert!(low.iter().chain(&high).all(|&count| (40..200).contains(&count)));
    }
}
