//! Which tuples can have an entry for a packet: a sieve in front of the search.
//!
//! For each of a few cuts through the key there is a matrix of bits, a row for each value (or hash
//! of values) of the cut and a column for each tuple. A bit is set where the tuple has an entry that
//! packets with this value may meet; tuples that the cut does not tell apart are set in all rows.
//! The rows that a packet chooses, combined with AND, leave the tuples that are worth probing: few,
//! whatever the number of masks. Columns are in the order of priority when the sieve is made, and
//! taken in blocks, so that a hit often makes the rest of the row unnecessary.
//!
//! Bits are only ever added. What is removed leaves its bits behind, which costs some vain probes
//! until the sieve is made anew; see [`super::sieving`].

use super::cut::Cut;
use super::hash::Secret;
use super::rank::Rank;
use super::tuple::Tuple;
use packet::FlowKey;

/// The largest number of cuts.
pub(super) const CUTS_MAX: usize = 24;
/// Words of a row that are combined at once.
const BLOCK: usize = 8;
const NOWHERE: u32 = u32::MAX;

/// A sieve for tuples.
#[derive(Debug)]
pub(super) struct Filter {
    /// Words of a row.
    width: usize,
    cuts: Vec<Cut>,
    /// Where the rows of a cut begin.
    bases: Vec<usize>,
    /// The rows of all cuts.
    matrix: Vec<u64>,
    /// For each cut, the tuples that it does not tell apart.
    indifferent: Vec<u64>,
    /// The tuple of a column.
    tuples: Vec<u32>,
    /// The column of a tuple.
    columns: Vec<u32>,
    /// At least the highest priority in each block.
    tops: Vec<u16>,
    /// Tuples for which there was no column left.
    unsifted: Vec<u32>,
}

impl Filter {
    /// A sieve without tuples, with columns for at least `tuples`.
    pub(super) fn new(cuts: Vec<Cut>, tuples: usize) -> Self {
        let words = tuples.div_ceil(64);
        let width =
            if words <= 4 { words.next_power_of_two() } else { words.next_multiple_of(BLOCK) };
        let mut bases = Vec::with_capacity(cuts.len());
        let mut size = 0;
        for cut in &cuts {
            bases.push(size);
            size += cut.rows() * width;
        }
        Self {
            width,
            bases,
            matrix: vec![0; size],
            indifferent: vec![0; cuts.len() * width],
            tuples: Vec::new(),
            columns: Vec::new(),
            tops: vec![0; width.div_ceil(BLOCK)],
            unsifted: Vec::new(),
            cuts,
        }
    }

    /// Whether every tuple has a column.
    pub(super) fn is_complete(&self) -> bool {
        self.unsifted.is_empty()
    }

    /// Gives a tuple a column.
    pub(super) fn add_tuple(&mut self, number: usize, mask: &FlowKey) {
        let column = self.tuples.len();
        let tuple = u32::try_from(number).expect("fewer than 2^32 tuples");
        if column == self.width * 64 {
            self.unsifted.push(tuple);
            return;
        }
        self.tuples.push(tuple);
        if self.columns.len() <= number {
            self.columns.resize(number + 1, NOWHERE);
        }
        self.columns[number] = u32::try_from(column).expect("fewer than 2^32 columns");
        for (cut, row) in self.cuts.iter().zip(self.indifferent.chunks_exact_mut(self.width)) {
            if !cut.tells_apart(mask) {
                row[column / 64] |= 1 << (column % 64);
            }
        }
    }

    /// Takes a tuple's column away.
    pub(super) fn drop_tuple(&mut self, number: usize) {
        self.unsifted.retain(|&tuple| tuple as usize != number);
        if let Some(column) = self.column(number) {
            self.tuples[column] = NOWHERE;
            self.columns[number] = NOWHERE;
            for row in self.indifferent.chunks_exact_mut(self.width) {
                row[column / 64] &= !(1 << (column % 64));
            }
        }
    }

    /// Enters an entry of a tuple.
    pub(super) fn add(&mut self, number: usize, mask: &FlowKey, value: &FlowKey, priority: u16) {
        let Some(column) = self.column(number) else { return };
        let top = &mut self.tops[column / 64 / BLOCK];
        *top = (*top).max(priority);
        for (cut, base) in self.cuts.iter().zip(&self.bases) {
            if cut.tells_apart(mask) {
                let start = base + column / 64;
                cut.each_row(value, mask, |row| {
                    self.matrix[start + row * self.width] |= 1 << (column % 64);
                });
            }
        }
    }

    fn column(&self, number: usize) -> Option<usize> {
        self.columns.get(number).filter(|&&column| column != NOWHERE).map(|&column| column as usize)
    }

    /// The best entry for a packet.
    #[inline]
    pub(super) fn lookup(&self, tuples: &[Tuple], secret: &Secret, key: &FlowKey) -> Option<u32> {
        let mut search = Search { tuples, secret, key, rank: Rank::NONE, entry: None };
        match self.width {
            1 => self.sift::<1>(&mut search),
            2 => self.sift::<2>(&mut search),
            4 => self.sift::<4>(&mut search),
            _ => self.sift::<BLOCK>(&mut search),
        }
        for &tuple in &self.unsifted {
            search.probe(tuple);
        }
        search.entry
    }

    /// Probes the tuples that pass, block by block.
    #[inline(always)]
    fn sift<const WIDTH: usize>(&self, search: &mut Search<'_>) {
        let mut starts = [0; CUTS_MAX];
        for ((start, cut), base) in starts.iter_mut().zip(&self.cuts).zip(&self.bases) {
            *start = base + cut.row(search.key) * self.width;
        }
        let starts = &starts[..self.cuts.len()];
        for (block, &top) in self.tops.iter().enumerate() {
            if top < search.rank.priority() {
                continue;
            }
            let mut passing = self.passing::<WIDTH>(starts, block * WIDTH);
            for (word, bits) in passing.iter_mut().enumerate() {
                while *bits != 0 {
                    let column = (block * WIDTH + word) * 64 + bits.trailing_zeros() as usize;
                    *bits &= *bits - 1;
                    search.probe(self.tuples.get(column).copied().unwrap_or(NOWHERE));
                }
            }
        }
    }

    /// The tuples of one block that pass, as bits.
    #[inline(always)]
    fn passing<const WIDTH: usize>(&self, starts: &[usize], at: usize) -> [u64; WIDTH] {
        let mut passing = [u64::MAX; WIDTH];
        let indifferent = self.indifferent.chunks_exact(self.width);
        for (start, indifferent) in starts.iter().zip(indifferent) {
            let (Some(row), Some(indifferent)) =
                (self.matrix.get(start + at..start + at + WIDTH), indifferent.get(at..at + WIDTH))
            else {
                break;
            };
            for word in 0..WIDTH {
                passing[word] &= row[word] | indifferent[word];
            }
        }
        passing
    }
}

/// A look-up on its way.
struct Search<'a> {
    tuples: &'a [Tuple],
    secret: &'a Secret,
    key: &'a FlowKey,
    rank: Rank,
    entry: Option<u32>,
}

impl Search<'_> {
    #[inline(always)]
    fn probe(&mut self, number: u32) {
        let Some(tuple) = self.tuples.get(number as usize) else { return };
        if tuple.top() < self.rank.priority() {
            return;
        }
        if let Some((rank, entry)) = tuple.lookup::<true>(self.secret, self.key) {
            if rank > self.rank {
                (self.rank, self.entry) = (rank, Some(entry));
            }
        }
    }
}
