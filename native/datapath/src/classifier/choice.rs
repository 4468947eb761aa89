//! Which cuts to make: those that leave the fewest tuples for packets like the ones rules expect.

use std::collections::BinaryHeap;

use super::cut::Cut;
use super::filter::CUTS_MAX;
use super::hash::Secret;
use packet::{Field, FlowKey, WORDS};

/// Fields that have more masks than this are cut at regular lengths of their prefixes.
const MASKS_MAX: usize = 6;
/// How many packets are imagined: fewer for many tuples, since choosing takes as long as both.
const PACKETS: std::ops::RangeInclusive<usize> = 8..=48;
const PACKETS_BY_TUPLES: usize = 1 << 15;
/// How many tuples less, on average, make another cut worth its while, for each block of columns.
const WORTHWHILE: usize = 4;

/// An entry of some tuple: the column of the tuple, mask and value.
pub(super) type Sample = (usize, FlowKey, FlowKey);

/// Chooses cuts for `tuples` that have `entries` together, of which the samples are some.
pub(super) fn choose(
    samples: &[Sample],
    tuples: usize,
    entries: usize,
    secret: &Secret,
) -> Vec<Cut> {
    let candidates = candidates(samples, row_bits(samples.len() / tuples).min(14), secret);
    let packets = imagine(samples, tuples, secret);
    let width = tuples.div_ceil(64);
    let sieves: Vec<Sieve> =
        candidates.iter().map(|cut| Sieve::new(cut, samples, &packets, width)).collect();
    let mut left = vec![u64::MAX; packets.len() * width];
    let mut count = left.len() * 64;
    // What a cut takes away only shrinks as others are chosen, so that its last known gain is an
    // upper bound: most cuts need not be looked at again in each round.
    let mut gains: BinaryHeap<(usize, usize)> = (0..sieves.len()).map(|at| (count, at)).collect();
    let least = packets.len() * width.div_ceil(8) / WORTHWHILE;
    let mut chosen = Vec::new();
    while let Some((bound, at)) = gains.pop().filter(|_| chosen.len() < CUTS_MAX) {
        let gain = count - sieves[at].passing(&left);
        if bound <= least {
            break;
        }
        if gains.peek().is_some_and(|next| gain < next.0) {
            gains.push((gain, at));
        } else if gain > least {
            count -= gain;
            left.iter_mut().zip(&sieves[at].rows).for_each(|(left, row)| *left &= row);
            chosen.push(candidates[at]);
        }
    }
    let row_bits = row_bits(entries / tuples);
    chosen.into_iter().map(|cut: Cut| cut.with_rows(row_bits, secret)).collect()
}

/// How many rows, as a power of two, leave most bits clear.
fn row_bits(entries_per_tuple: usize) -> u32 {
    (entries_per_tuple * 16).clamp(128, 1 << 17).next_power_of_two().ilog2()
}

/// All cuts that are worth a thought: whole fields, their masks or regular prefixes of them.
fn candidates(samples: &[Sample], row_bits: u32, secret: &Secret) -> Vec<Cut> {
    let mut masks: Vec<(usize, u64)> = Vec::new();
    let seen = samples.iter().fold([0; WORDS], |mut seen, (_, mask, _)| {
        seen.iter_mut().zip(mask.words()).for_each(|(all, one)| *all |= one);
        seen
    });
    for shift in (0..64).step_by(8) {
        masks.push((0, seen[0] & 0xff << shift));
    }
    for (word, bits) in Field::ALL.iter().flat_map(|&field| places(field)) {
        let mut used: Vec<u64> =
            samples.iter().map(|(_, mask, _)| mask.words()[word] & bits).collect();
        used.sort_unstable();
        used.dedup();
        if used.len() > MASKS_MAX + 1 {
            let steps = if bits.count_ones() > 32 { 8 } else { 4 };
            used = prefixes(bits, steps);
        }
        masks.extend(used.into_iter().map(|mask| (word, mask & seen[word])));
    }
    masks.retain(|(_, mask)| *mask != 0);
    masks.sort_unstable();
    masks.dedup();
    masks.into_iter().map(|(word, mask)| Cut::new(word, mask, row_bits, secret)).collect()
}

/// The word or words of a field and its bits there.
fn places(field: Field) -> Vec<(usize, u64)> {
    let (word, shift) = field.place();
    match field.bits() {
        128 => vec![(word, u64::MAX), (word + 1, u64::MAX)],
        bits => vec![(word, u64::MAX >> (64 - bits) << shift)],
    }
}

/// Prefixes of a run of bits: `steps`, twice `steps`, ... bits, and all of it.
fn prefixes(bits: u64, steps: u32) -> Vec<u64> {
    let count = bits.count_ones();
    let shorter = (1..count.div_ceil(steps)).map(|which| count - which * steps);
    shorter.chain([0]).map(|free| bits & bits << free).collect()
}

/// Keys of packets that meet one of the rules and share the rest with others.
fn imagine(samples: &[Sample], tuples: usize, secret: &Secret) -> Vec<FlowKey> {
    let mut state = 0;
    let mut any = || {
        state += 1;
        let hash = secret.hash(&[state]);
        usize::try_from(hash >> 33).map_or(0, |number| number % samples.len())
    };
    let mut packets = Vec::new();
    for _ in 0..(PACKETS_BY_TUPLES / tuples).clamp(*PACKETS.start(), *PACKETS.end()) {
        let (mut known, mut words) = ([0_u64; WORDS], [0_u64; WORDS]);
        for _ in 0..6 {
            let (_, mask, value) = &samples[any()];
            for at in 0..WORDS {
                words[at] |= value.words()[at] & !known[at];
                known[at] |= mask.words()[at];
            }
        }
        packets.push(FlowKey::from_words(words));
    }
    packets
}

/// Which bits are set.
fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = bits.trailing_zeros() as usize;
        bits &= bits.checked_sub(1)?;
        Some(lowest)
    })
}

/// What a cut would leave of the tuples for each of the imagined packets.
struct Sieve {
    rows: Vec<u64>,
}

impl Sieve {
    fn new(cut: &Cut, samples: &[Sample], packets: &[FlowKey], width: usize) -> Self {
        // The packets of a row, as bits.
        let mut by_row = vec![0_u64; cut.rows()];
        for (number, packet) in packets.iter().enumerate() {
            by_row[cut.row(packet)] |= 1 << number;
        }
        let mut indifferent = vec![0_u64; width];
        let mut rows = vec![0; packets.len() * width];
        for (column, mask, value) in samples {
            let (word, bit) = (column / 64, 1 << (column % 64));
            if cut.tells_apart(mask) {
                cut.each_row(value, mask, |row| {
                    for packet in ones(by_row[row]) {
                        rows[packet * width + word] |= bit;
                    }
                });
            } else {
                indifferent[word] |= bit;
            }
        }
        for row in rows.chunks_exact_mut(width) {
            row.iter_mut().zip(&indifferent).for_each(|(row, all)| *row |= all);
        }
        Self { rows }
    }

    fn passing(&self, left: &[u64]) -> usize {
        left.iter().zip(&self.rows).map(|(left, row)| (left & row).count_ones() as usize).sum()
    }
}
