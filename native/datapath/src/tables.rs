//! All flow tables of a switch, with their entries, programs and time-outs.
//!
//! Entries are known by number. Packets come to an entry by their table's classifier and read only;
//! whatever changes tables takes `&mut`. What changes do is in `changes`, what they mean in
//! `selection`.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::expiry::Expiry;
use crate::programs::Programs;
use crate::slab::Slab;
use crate::watch::{Happened, Notes};
use crate::{FlowEntry, FlowMatch, FlowTable, Program, Reason, Removed};

/// The tables.
#[derive(Debug)]
pub struct Tables {
    list: Vec<FlowTable>,
    entries: Slab<FlowEntry>,
    programs: Programs,
    expiry: Expiry,
    sequence: u64,
    pub(crate) notes: Notes,
}

impl Tables {
    /// This many empty tables (at most 255), each for up to `max_entries` entries.
    pub fn new(n_tables: u8, max_entries: usize) -> Self {
        Self {
            list: (0..n_tables).map(|id| FlowTable::new(id, max_entries)).collect(),
            entries: Slab::default(),
            programs: Programs::default(),
            expiry: Expiry::default(),
            sequence: 0,
            notes: Notes::default(),
        }
    }

    /// How many tables there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// How many entries there are in all tables.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A table by its number.
    #[inline]
    pub fn table(&self, table_id: u8) -> Option<&FlowTable> {
        self.list.get(usize::from(table_id))
    }

    /// A table by its number.
    pub fn table_mut(&mut self, table_id: u8) -> Option<&mut FlowTable> {
        self.list.get_mut(usize::from(table_id))
    }

    /// Every table, in order.
    pub fn iter(&self) -> impl Iterator<Item = &FlowTable> {
        self.list.iter()
    }

    /// The tables of a range; those that there are not are left out.
    pub(crate) fn within(&self, range: RangeInclusive<u8>) -> &[FlowTable] {
        let end = self.list.len().min(usize::from(*range.end()) + 1);
        self.list.get(usize::from(*range.start())..end).unwrap_or_default()
    }

    /// An entry by its number, which a classifier or a selection gave since the last change.
    ///
    /// # Panics
    /// When there is no such entry.
    #[inline]
    pub fn entry(&self, number: u32) -> &FlowEntry {
        self.entries.get(number).expect("classifiers and selections know entries that there are")
    }

    pub(crate) fn entry_mut(&mut self, number: u32) -> &mut FlowEntry {
        self.entries.get_mut(number).expect("a selection knows entries that there are")
    }

    /// How many different programs are kept, in use or not yet forgotten.
    pub fn programs(&self) -> usize {
        self.programs.len()
    }

    /// The program that these octets say, shared with every entry that does the same.
    pub fn intern(&mut self, encoded: &[u8]) -> Option<Arc<Program>> {
        self.programs.intern(encoded)
    }

    /// Adds an entry to its table; it takes the place of the one with the same match and priority.
    pub(crate) fn insert(&mut self, flow_match: &FlowMatch, mut entry: FlowEntry) {
        let deadline = entry.deadline();
        let priority = entry.priority();
        let table = &mut self.list[usize::from(entry.table_id())];
        let number = if let Some(number) = table.find(flow_match, priority) {
            let old = self.entries.get_mut(number).expect("a table knows entries that there are");
            (entry.sequence, entry.place) = (old.sequence, old.place);
            self.notes.add(Happened::Added, &entry, Some(old.program()));
            *old = entry;
            number
        } else {
            entry.sequence = self.sequence;
            self.sequence += 1;
            self.notes.add(Happened::Added, &entry, None);
            let number = self.entries.insert(entry);
            let place = table.insert(flow_match, priority, number);
            self.entry_mut(number).place = place;
            number
        };
        if let Some((end, _)) = deadline {
            self.expiry.expect(number, end);
        }
    }

    /// Removes entries; what is to be told of those that asked for it, in the order of lists.
    pub(crate) fn remove_all(
        &mut self,
        numbers: Vec<u32>,
        now: f64,
        reason: impl Fn(&FlowEntry) -> Reason,
    ) -> Vec<Removed> {
        self.unlist(&numbers);
        self.note_the_end(&numbers, &reason);
        let (mut told, silent): (Vec<u32>, Vec<u32>) =
            numbers.into_iter().partition(|&number| self.entry(number).wants_farewell());
        self.sort(&mut told);
        for number in silent {
            self.entries.remove(number);
        }
        let gone = told.into_iter().filter_map(|number| self.entries.remove(number));
        let removed = gone.map(|entry| {
            let reason = reason(&entry);
            entry.removed(reason, now)
        });
        removed.collect()
    }

    fn note_the_end(&mut self, numbers: &[u32], reason: impl Fn(&FlowEntry) -> Reason) {
        if !self.notes.are_wanted() {
            return;
        }
        let mut numbers = numbers.to_vec();
        self.sort(&mut numbers);
        for number in numbers {
            let entry = self.entries.get(number).expect("entries are removed after this");
            self.notes.add(Happened::Removed(reason(entry)), entry, None);
        }
    }

    /// Takes entries out of their tables; a table that loses all of them starts anew.
    fn unlist(&mut self, numbers: &[u32]) {
        if let [number] = *numbers {
            return self.unlist_one(number);
        }
        let mut leaving = vec![0; self.list.len()];
        for &number in numbers {
            leaving[usize::from(self.entry(number).table_id())] += 1;
        }
        for (table, leaving) in self.list.iter_mut().zip(&leaving) {
            if table.len() == *leaving && *leaving > 1 {
                table.clear();
            }
        }
        for &number in numbers {
            let table_id = usize::from(self.entry(number).table_id());
            if !self.list[table_id].is_empty() {
                self.unlist_one(number);
            }
        }
    }

    fn unlist_one(&mut self, number: u32) {
        let entry = self.entries.get(number).expect("a selection knows entries that there are");
        let (flow_match, place) = (entry.flow_match().unpack(), entry.place);
        let table = &mut self.list[usize::from(entry.table_id())];
        if let Some(moved) = table.remove(&flow_match, entry.priority(), place) {
            self.entry_mut(moved).place = place;
        }
    }

    /// Removes the entries whose time is over, and tells of those that asked for it.
    pub fn advance(&mut self, now: f64) -> Vec<Removed> {
        self.advance_some(now, usize::MAX)
    }

    /// Removes at most so many of the entries whose time is over, those first that ended first.
    ///
    /// While more are left, [`next_deadline`](Self::next_deadline) is not after `now`: so a million
    /// ends at once need not hold packets up all at once.
    pub fn advance_some(&mut self, now: f64, most: usize) -> Vec<Removed> {
        if self.next_deadline().is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        let entries = &self.entries;
        let deadline = |number| Some(entries.get(number)?.deadline()?.0);
        let due = self.expiry.due(now, most, deadline);
        self.remove_all(due, now, |entry| {
            entry.deadline().map_or(Reason::HardTimeout, |(_, reason)| reason)
        })
    }

    /// When to call [`advance`](Self::advance) next, at the latest.
    pub fn next_deadline(&self) -> Option<f64> {
        self.expiry.next_deadline()
    }
}
