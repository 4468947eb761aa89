//! Maps from the numbers of groups and meters, which trusted controllers choose: one multiplication
//! to look a number up.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Odd, and with its bits well mixed.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// What has a number of 32 bits.
pub(crate) type ById<T> = HashMap<u32, T, BuildHasherDefault<IdHasher>>;

/// Hashes one number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.write_u32((*octet).into());
        }
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        // The map looks at the lowest and the highest bits: fold, so that all depend on all.
        let product = u128::from(self.0 ^ u64::from(number)) * u128::from(FACTOR);
        let folded = product ^ product >> 64 ^ product >> 32;
        self.0 = u64::try_from(folded & u128::from(u64::MAX)).unwrap_or_default();
    }
}

/// The numbers that are there, in order.
pub(crate) fn sorted_ids<T>(map: &ById<T>) -> Vec<u32> {
    let mut ids: Vec<u32> = map.keys().copied().collect();
    ids.sort_unstable();
    ids
}

/// Takes out what has this number, or everything when the number is `all`; returns the numbers.
pub(crate) fn take_out<T>(map: &mut ById<T>, id: u32, all: u32) -> Vec<u32> {
    if id == all {
        let gone = sorted_ids(map);
        map.clear();
        return gone;
    }
    map.remove(&id).map(|_| id).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_that_follow_each_other_are_spread() {
        let hash = |number: u32| {
            let mut hasher = IdHasher::default();
            hasher.write_u32(number);
            hasher.finish()
        };
        for shift in [0, 57] {
            let spread: HashSet<u64> = (0..1000).map(|one| hash(one) >> shift & 127).collect();
            assert!(spread.len() > 120, "{} of 128 at {shift}", spread.len());
        }
    }

    #[test]
    fn all_or_one_are_taken_out() {
        let mut map: ById<u8> = [3, 1, 2].into_iter().map(|id| (id, 0)).collect();
        assert_eq!(take_out(&mut map, 9, 0xff), []);
        assert_eq!(take_out(&mut map, 2, 0xff), [2]);
        assert_eq!(take_out(&mut map, 0xff, 0xff), [1, 3]);
    }
}
