//! A trie of prefixes, eight bits at a time, that knows the best entry for each stretch of values.
//!
//! A node divides the 256 values of its eight bits into runs of neighbours for which the same entry
//! is the best of those whose prefix ends in this node; a value that leads further down is a run of
//! its own. A look-up takes the best of all entries on its way, so that priorities need not follow
//! the lengths of prefixes. Runs are found by counting bits, and take memory only where they differ.

use std::ops::{Index, IndexMut, Range};

use super::rank::Rank;

/// The best entry for a run of values and the node below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    rank: Rank,
    entry: u32,
    /// Zero when there is none.
    child: u32,
}

const BLANK: Run = Run { rank: Rank::NONE, entry: 0, child: 0 };

#[derive(Clone, Debug)]
struct Node {
    /// A bit for each value with which a run begins; there is one at value zero.
    marks: [u64; 4],
    /// How many runs begin before each word of the marks.
    before: [u8; 4],
    runs: Vec<Run>,
}

impl Node {
    fn new() -> Self {
        Self { marks: [1, 0, 0, 0], before: [0, 1, 1, 1], runs: vec![BLANK] }
    }

    fn is_blank(&self) -> bool {
        self.runs == [BLANK]
    }

    /// Which run a value is in.
    #[inline]
    fn index(&self, value: u8) -> usize {
        let (word, bit) = (usize::from(value / 64), value % 64);
        let up_to = self.marks[word] & u64::MAX >> (63 - bit);
        usize::from(self.before[word]) + up_to.count_ones() as usize - 1
    }

    fn has_mark(&self, value: u8) -> bool {
        self.marks[usize::from(value / 64)] >> (value % 64) & 1 != 0
    }

    fn flip_mark(&mut self, value: u8) {
        self.marks[usize::from(value / 64)] ^= 1 << (value % 64);
        for word in 1..4 {
            let ones = u8::try_from(self.marks[word - 1].count_ones()).unwrap_or(64);
            self.before[word] = self.before[word - 1] + ones;
        }
    }

    /// Lets a run begin at a value.
    fn split(&mut self, value: u8) {
        if !self.has_mark(value) {
            let at = self.index(value);
            self.runs.insert(at + 1, self.runs[at]);
            self.flip_mark(value);
        }
    }

    /// Changes the runs of these values, which may become more or fewer.
    fn change(&mut self, values: &Range<u16>, mut change: impl FnMut(&mut Run)) {
        let first = low(values.start);
        self.split(first);
        if values.end < 256 {
            self.split(low(values.end));
        }
        let last = self.index(low(values.end - 1));
        for at in self.index(first)..=last {
            change(&mut self.runs[at]);
        }
        for value in (values.start.max(1)..=values.end.min(255)).rev().map(low) {
            self.merge(value);
        }
    }

    /// Ends the run that begins at a value if it is as the one before.
    fn merge(&mut self, value: u8) {
        if self.has_mark(value) {
            let at = self.index(value);
            if self.runs[at].child == 0 && self.runs[at] == self.runs[at - 1] {
                self.runs.remove(at);
                self.flip_mark(value);
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "values of eight bits")]
const fn low(value: u16) -> u8 {
    value as u8
}

/// A prefix of a word's upper bits: these bits, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prefix {
    /// Bits behind the length are zero.
    pub(super) bits: u32,
    pub(super) length: u32,
}

impl Prefix {
    /// In which level of the trie it ends.
    fn level(self) -> u32 {
        self.length.saturating_sub(1) / 8
    }

    /// The values in that level that it covers.
    fn values(self) -> Range<u16> {
        let start = u16::from(octet(self.bits, self.level()));
        start..start + (1 << (8 * (self.level() + 1) - self.length))
    }
}

/// The eight bits of a level.
#[inline]
const fn octet(bits: u32, level: u32) -> u8 {
    bits.to_be_bytes()[level as usize & 3]
}

/// How many nodes stand together.
const CHUNK: usize = 1 << 12;

/// Nodes by number, in chunks, so that one more node never moves the others.
#[derive(Debug, Default)]
struct Nodes(Vec<Vec<Node>>);

impl Nodes {
    #[inline]
    fn get(&self, number: u32) -> Option<&Node> {
        self.0.get(number as usize / CHUNK)?.get(number as usize % CHUNK)
    }

    fn push(&mut self, node: Node) -> u32 {
        if self.0.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.0.push(Vec::with_capacity(if self.0.is_empty() { 0 } else { CHUNK }));
        }
        let full = (self.0.len() - 1) * CHUNK;
        let chunk = &mut self.0[full / CHUNK];
        chunk.push(node);
        u32::try_from(full + chunk.len() - 1).expect("fewer than 2^32 nodes")
    }
}

impl Index<u32> for Nodes {
    type Output = Node;

    fn index(&self, number: u32) -> &Node {
        &self.0[number as usize / CHUNK][number as usize % CHUNK]
    }
}

impl IndexMut<u32> for Nodes {
    fn index_mut(&mut self, number: u32) -> &mut Node {
        &mut self.0[number as usize / CHUNK][number as usize % CHUNK]
    }
}

/// All tries of a table; a root has a number.
#[derive(Debug)]
pub(super) struct Tries {
    /// Number zero is never used.
    nodes: Nodes,
    free: Vec<u32>,
}

impl Tries {
    pub(super) fn new() -> Self {
        let mut nodes = Nodes::default();
        nodes.push(Node::new());
        Self { nodes, free: Vec::new() }
    }

    /// A new root.
    pub(super) fn plant(&mut self) -> u32 {
        if let Some(number) = self.free.pop() {
            return number;
        }
        self.nodes.push(Node::new())
    }

    /// The best entry on the way that `bits` choose.
    #[inline]
    pub(super) fn lookup(&self, root: u32, bits: u32) -> Option<(Rank, u32)> {
        let (mut best, mut number) = (BLANK, root);
        for level in 0..4 {
            let node = self.nodes.get(number)?;
            let run = *node.runs.get(node.index(octet(bits, level)))?;
            if run.rank > best.rank {
                best = run;
            }
            if run.child == 0 {
                break;
            }
            number = run.child;
        }
        (best.rank > Rank::NONE).then_some((best.rank, best.entry))
    }

    /// Enters an entry wherever no better one is.
    pub(super) fn add(&mut self, root: u32, prefix: Prefix, rank: Rank, entry: u32) {
        let mut number = root;
        for level in 0..prefix.level() {
            number = self.child(number, octet(prefix.bits, level));
        }
        self.nodes[number].change(&prefix.values(), |run| {
            if rank >= run.rank {
                (run.rank, run.entry) = (rank, entry);
            }
        });
    }

    fn child(&mut self, number: u32, value: u8) -> u32 {
        let node = &self.nodes[number];
        let child = node.runs[node.index(value)].child;
        if child != 0 {
            return child;
        }
        let child = self.plant();
        let value = u16::from(value);
        self.nodes[number].change(&(value..value + 1), |run| run.child = child);
        child
    }

    /// Asks anew which entry is the best where a prefix was: `best` says so for a longer prefix,
    /// among those that end in the same level. Whether the trie is blank afterwards.
    pub(super) fn renew(
        &mut self,
        root: u32,
        prefix: Prefix,
        mut best: impl FnMut(Prefix) -> Option<(Rank, u32)>,
    ) -> bool {
        let mut path = vec![root];
        for level in 0..prefix.level() {
            let node = &self.nodes[path[path.len() - 1]];
            match node.runs[node.index(octet(prefix.bits, level))].child {
                0 => return false,
                child => path.push(child),
            }
        }
        let shift = 24 - 8 * prefix.level();
        let above = prefix.bits & !(0xff << shift);
        for value in prefix.values() {
            let bits = above | u32::from(value) << shift;
            let longer = Prefix { bits, length: 8 * (prefix.level() + 1) };
            let (rank, entry) = best(longer).unwrap_or((Rank::NONE, 0));
            let node = &mut self.nodes[path[path.len() - 1]];
            node.change(&(value..value + 1), |run| (run.rank, run.entry) = (rank, entry));
        }
        self.prune(prefix, &path)
    }

    /// Frees nodes that have become blank, from the end of a path.
    fn prune(&mut self, prefix: Prefix, path: &[u32]) -> bool {
        for level in (0..=prefix.level()).rev() {
            let number = path[level as usize];
            if !self.nodes[number].is_blank() {
                return false;
            }
            self.nodes[number] = Node::new();
            self.free.push(number);
            if let Some(&above) = path[..level as usize].last() {
                let value = u16::from(octet(prefix.bits, level - 1));
                self.nodes[above].change(&(value..value + 1), |run| run.child = 0);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(bits: u32, length: u32) -> Prefix {
        Prefix { bits, length }
    }

    #[test]
    fn the_best_on_the_way_wins_whatever_its_length() {
        let mut tries = Tries::new();
        let root = tries.plant();
        tries.add(root, prefix(0x0a00_0000, 8), Rank::new(9, 0), 1);
        tries.add(root, prefix(0x0a01_0000, 17), Rank::new(5, 1), 2);
        tries.add(root, prefix(0, 0), Rank::new(7, 2), 3);
        tries.add(root, prefix(0x0b01_0203, 32), Rank::new(8, 3), 4);
        let entry = |bits| tries.lookup(root, bits).map(|(_, entry)| entry);
        assert_eq!([entry(0x0a01_0203), entry(0x0b01_0203)], [Some(1), Some(4)]);
        assert_eq!([entry(0x0b01_0204), entry(0xffff_ffff)], [Some(3), Some(3)]);
    }

    #[test]
    fn what_is_gone_takes_its_nodes_with_it() {
        let mut tries = Tries::new();
        let root = tries.plant();
        tries.add(root, prefix(0, 1), Rank::new(1, 0), 1);
        tries.add(root, prefix(0x0102_0304, 32), Rank::new(2, 1), 2);
        assert!(!tries.renew(root, prefix(0x0102_0304, 32), |_| None));
        assert_eq!(tries.free.len(), 3);
        assert_eq!(tries.lookup(root, 0x0102_0304), Some((Rank::new(1, 0), 1)));
        assert!(tries.renew(root, prefix(0, 1), |_| None));
        assert_eq!(tries.free.len(), 4);
    }
}
