//! When to look at which entry for its time-outs (`OpenFlow` 1.3.5, 5.5).
//!
//! Packets move idle time-outs on without telling, so that it costs nothing for each packet. So an
//! entry is looked at when it would have timed out as far as was known, and if it lives on, again at
//! its new deadline. Those times are kept in slices of an eighth of a second; what is in the slice
//! that has begun stands in a heap, to be exact. A million entries that are used all the time cost one
//! look each for each idle time-out, and four octets.
//!
//! An entry is noted under its number only. What was noted for an entry that is gone serves the next
//! one with its number; `noted` says which note of a number counts, all others are void.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Slices of time for each second.
const SLICES: f64 = 8.0;
/// When nothing is noted.
const NEVER: f64 = f64::INFINITY;
/// How many void notes are too few to care.
const FEW: usize = 4096;

/// Notes of deadlines, none too late.
#[derive(Debug, Default)]
pub(crate) struct Expiry {
    slices: BTreeMap<i64, Slice>,
    /// The notes of slices that have begun.
    near: BinaryHeap<Reverse<Note>>,
    /// The last slice that has begun, once one has.
    begun: Option<i64>,
    /// By number: the deadline under which the entry is noted.
    noted: Vec<f64>,
    /// How many numbers are noted, and how many notes there are.
    live: usize,
    notes: usize,
}

#[derive(Debug)]
struct Slice {
    first: f64,
    numbers: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Note {
    deadline: f64,
    number: u32,
}

impl Eq for Note {}

impl Ord for Note {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.deadline.total_cmp(&other.deadline).then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Note {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Expiry {
    /// Notes that an entry times out at `deadline`, unless it is to be looked at before anyway.
    pub(crate) fn expect(&mut self, number: u32, deadline: f64) {
        let at = number as usize;
        if at >= self.noted.len() {
            self.noted.resize(at + 1, NEVER);
        }
        if self.noted[at] <= deadline {
            return;
        }
        self.live += usize::from(self.noted[at] == NEVER);
        self.noted[at] = deadline;
        self.put(Note { deadline, number });
        if self.notes > 2 * self.live + FEW {
            self.forget_void_notes();
        }
    }

    /// When to look next, at the latest.
    pub(crate) fn next_deadline(&self) -> Option<f64> {
        let near = self.near.peek().map(|Reverse(note)| note.deadline);
        let later = self.slices.first_key_value().map(|(_, slice)| slice.first);
        match (near, later) {
            (Some(near), Some(later)) => Some(near.min(later)),
            (near, later) => near.or(later),
        }
    }

    /// At most so many entries whose time is over, the first to end first; `deadline` says when a
    /// number's entry times out as of now.
    pub(crate) fn due(
        &mut self,
        now: f64,
        most: usize,
        deadline: impl Fn(u32) -> Option<f64>,
    ) -> Vec<u32> {
        let mut due = Vec::new();
        self.begin(now, &deadline);
        while let Some(note) = self.near.peek().map(|Reverse(note)| *note) {
            if note.deadline > now || due.len() == most {
                break;
            }
            self.near.pop();
            self.notes -= 1;
            if self.noted[note.number as usize].to_bits() != note.deadline.to_bits() {
                continue;
            }
            self.strike(note.number);
            match deadline(note.number) {
                Some(end) if end <= now => due.push(note.number),
                Some(end) => self.expect(note.number, end),
                None => {}
            }
        }
        due
    }

    /// Moves the notes of the slices that begin before or at `now` to the heap.
    fn begin(&mut self, now: f64, deadline: &impl Fn(u32) -> Option<f64>) {
        let current = slice_of(now);
        self.begun = self.begun.max(Some(current));
        while let Some(first) = self.slices.first_entry().filter(|first| *first.key() <= current) {
            let (place, slice) = first.remove_entry();
            self.notes -= slice.numbers.len();
            for number in slice.numbers {
                if slice_of(self.noted[number as usize]) != place {
                    continue;
                }
                self.strike(number);
                if let Some(end) = deadline(number) {
                    self.expect(number, end);
                }
            }
        }
    }

    fn strike(&mut self, number: u32) {
        self.noted[number as usize] = NEVER;
        self.live -= 1;
    }

    fn put(&mut self, note: Note) {
        self.notes += 1;
        let place = slice_of(note.deadline);
        if self.begun.is_some_and(|begun| place <= begun) {
            self.near.push(Reverse(note));
            return;
        }
        let empty = || Slice { first: NEVER, numbers: Vec::new() };
        let slice = self.slices.entry(place).or_insert_with(empty);
        slice.first = slice.first.min(note.deadline);
        slice.numbers.push(note.number);
    }

    /// Notes anew what counts, so that notes never outgrow what they are about.
    fn forget_void_notes(&mut self) {
        self.slices.clear();
        self.near.clear();
        self.notes = 0;
        for number in 0..self.noted.len() {
            let deadline = self.noted[number];
            if deadline != NEVER {
                let number = u32::try_from(number).expect("a number of an entry");
                self.put(Note { deadline, number });
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it saturates, which is as good")]
fn slice_of(time: f64) -> i64 {
    (time * SLICES).floor() as i64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn due(expiry: &mut Expiry, now: f64, ends: &BTreeMap<u32, f64>) -> Vec<u32> {
        let mut due = expiry.due(now, usize::MAX, |number| ends.get(&number).copied());
        due.sort_unstable();
        due
    }

    #[test]
    fn what_is_over_is_due_and_what_was_put_off_is_looked_at_again() {
        let mut expiry = Expiry::default();
        expiry.expect(0, 10.0);
        expiry.expect(1, 10.05);
        let ends = BTreeMap::from([(0, 19.0), (1, 10.05)]);
        assert_eq!(expiry.next_deadline(), Some(10.0));
        assert_eq!(due(&mut expiry, 9.99, &ends), []);
        assert_eq!(due(&mut expiry, 10.0, &ends), []);
        assert_eq!(expiry.next_deadline(), Some(10.05));
        assert_eq!(due(&mut expiry, 10.05, &ends), [1]);
        assert_eq!(expiry.next_deadline(), Some(19.0));
        assert_eq!(due(&mut expiry, 1e9, &ends), [0]);
        assert_eq!(expiry.next_deadline(), None);
    }

    #[test]
    fn a_note_serves_the_next_entry_with_the_same_number() {
        let mut expiry = Expiry::default();
        expiry.expect(0, 10.0);
        expiry.expect(0, 20.0);
        assert_eq!(due(&mut expiry, 10.0, &BTreeMap::from([(0, 20.0)])), []);
        expiry.expect(0, 15.0);
        assert_eq!(expiry.next_deadline(), Some(15.0));
        assert_eq!(due(&mut expiry, 15.0, &BTreeMap::from([(0, 15.0)])), [0]);
        assert_eq!(due(&mut expiry, 20.0, &BTreeMap::new()), []);
        assert_eq!(expiry.notes, 0);
    }

    #[test]
    fn void_notes_do_not_pile_up() {
        let mut expiry = Expiry::default();
        for timeout in (0..1_000_000).rev() {
            expiry.expect(0, f64::from(timeout));
        }
        assert!(expiry.notes <= FEW + 2, "{} notes", expiry.notes);
        assert_eq!(expiry.next_deadline(), Some(0.0));
    }

    #[test]
    fn random_deadlines_are_met_as_by_looking_at_all() {
        let mut random = 0x1234_5678_u32;
        let mut next = |bound: u32| {
            random = random.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
            (random >> 8) % bound
        };
        let (mut expiry, mut ends, mut now) = (Expiry::default(), BTreeMap::new(), 0.0);
        for _ in 0..20_000 {
            now += f64::from(next(1000)) / 4000.0;
            let number = next(50);
            match next(4) {
                0 => drop(ends.remove(&number)),
                1 => drop(ends.get_mut(&number).map(|end| *end += f64::from(next(30)) / 8.0)),
                _ => {
                    let end = now + f64::from(next(40)) / 10.0;
                    ends.insert(number, end);
                    expiry.expect(number, end);
                }
            }
            let first = ends.values().copied().fold(f64::INFINITY, f64::min);
            assert!(expiry.next_deadline().unwrap_or(f64::INFINITY) <= first);
            let over = ends.iter().filter(|(_, end)| **end <= now).map(|(number, _)| *number);
            let over: Vec<u32> = over.collect();
            assert_eq!(due(&mut expiry, now, &ends), over);
            ends.retain(|_, end| *end > now);
        }
    }
}
