//! How often which time was measured, to about 3 %, in little memory.

/// Buckets of each power of two.
const PARTS: usize = 32;
const PART_BITS: u32 = PARTS.trailing_zeros();
/// Powers of two that are divided into parts: up to 2^42 ns, more than an hour.
const POWERS: usize = 38;

/// Counts of times in nanoseconds. Each power of two is divided into 32 buckets of the same width.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; PARTS * POWERS] }
    }
}

impl Histogram {
    /// Counts one time. What is longer than all that can be told apart counts as the longest.
    pub fn add(&mut self, nanoseconds: u64) {
        let last = self.counts.len() - 1;
        self.counts[bucket(nanoseconds).min(last)] += 1;
    }

    /// How many times were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The times that were counted, shortest first, and how often each. A time is a bucket's middle.
    pub fn counted(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let all = self.counts.iter().enumerate();
        all.filter(|&(_, &count)| count > 0).map(|(at, &count)| (middle(at), count))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.counts.fill(0);
    }
}

/// The first `PARTS` times have a bucket each; from there on the leading bits choose.
fn bucket(nanoseconds: u64) -> usize {
    let power = nanoseconds.checked_ilog2().unwrap_or(0);
    let Some(shift) = power.checked_sub(PART_BITS) else {
        return usize::try_from(nanoseconds).unwrap_or(0);
    };
    let part = usize::try_from(nanoseconds >> shift).unwrap_or(0) - PARTS;
    (usize::try_from(shift).unwrap_or(0) + 1) * PARTS + part
}

fn middle(at: usize) -> u64 {
    let (row, part) = (at / PARTS, at % PARTS);
    let Some(shift) = row.checked_sub(1) else { return part as u64 };
    let (low, width) = (((PARTS + part) as u64) << shift, 1_u64 << shift);
    low + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_three_percent() {
        for time in (0..42).flat_map(|power| [1, 3, 5, 7].map(|odd| (odd << power) / 4 + odd)) {
            let mut histogram = Histogram::default();
            histogram.add(time);
            let told: Vec<_> = histogram.counted().collect();
            let [(middle, 1)] = told[..] else { panic!("{told:?}") };
            assert!(middle.abs_diff(time) * 32 <= time, "{time} is told as {middle}");
        }
    }

    #[test]
    fn buckets_follow_one_another() {
        let mut before = 0;
        for time in 0..100_000 {
            let at = bucket(time);
            assert!(at == before || at == before + 1, "{time}");
            before = at;
        }
    }

    #[test]
    fn what_is_too_long_counts_as_the_longest() {
        let mut histogram = Histogram::default();
        histogram.add(u64::MAX);
        histogram.add(1 << 60);
        assert_eq!((histogram.total(), histogram.counted().count()), (2, 1));
        histogram.clear();
        assert_eq!(histogram.total(), 0);
    }
}
