//! Which entries a change or a request means (`OpenFlow` 1.3.5, 6.4 and 7.3.5.2).

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::{FlowEntry, FlowMatch, FlowTable, Program, Tables};

/// `OFPP_ANY` and `OFPG_ANY`: whatever the port or the group.
pub const ANY: u32 = u32::MAX;

/// A filter. With a `priority` it is strict: only the entry with exactly this match and priority.
#[derive(Clone, Debug)]
pub struct Selection<'a> {
    /// The tables to look at; those that there are not are left out.
    pub tables: RangeInclusive<u8>,
    /// Entries with this match, or more specific ones.
    pub flow_match: &'a FlowMatch,
    /// Strict, and of this priority.
    pub priority: Option<u16>,
    /// Only entries that output to this port, unless it is [`ANY`].
    pub out_port: u32,
    /// Only entries that refer to this group, unless it is [`ANY`].
    pub out_group: u32,
    /// What the cookie must be where the mask has ones.
    pub cookie: u64,
    /// The bits of the cookie that count.
    pub cookie_mask: u64,
}

impl<'a> Selection<'a> {
    /// All entries of some tables with this match, or a more specific one.
    pub const fn new(tables: RangeInclusive<u8>, flow_match: &'a FlowMatch) -> Self {
        Self {
            tables,
            flow_match,
            priority: None,
            out_port: ANY,
            out_group: ANY,
            cookie: 0,
            cookie_mask: 0,
        }
    }

    /// Whether an entry is meant that has the right match.
    fn lets_through(&self, entry: &FlowEntry) -> bool {
        let program = entry.program();
        (entry.cookie() ^ self.cookie) & self.cookie_mask == 0
            && (self.out_port == ANY || program.outputs_to(self.out_port))
            && (self.out_group == ANY || program.refers_to_group(self.out_group))
    }
}

impl Tables {
    /// The entries that are meant: by table, then the highest priority first, then the oldest.
    pub fn select(&self, selection: &Selection<'_>) -> Vec<u32> {
        let mut found = self.find_all(selection);
        self.sort(&mut found);
        found
    }

    /// The entries that are meant, in no order.
    pub(crate) fn find_all(&self, selection: &Selection<'_>) -> Vec<u32> {
        let mut found = Vec::new();
        for table in self.within(selection.tables.clone()) {
            if let Some(priority) = selection.priority {
                let exact = table.find(selection.flow_match, priority);
                found.extend(exact.filter(|&number| selection.lets_through(self.entry(number))));
            } else {
                self.find_loosely(table, selection, &mut found);
            }
        }
        found
    }

    /// Every program that entries have, and how many have it: how often groups and meters are
    /// referred to.
    pub fn programs_in_use(&self) -> Vec<(&Program, u32)> {
        let mut uses: HashMap<*const Program, (&Program, u32)> = HashMap::new();
        for &number in self.iter().flat_map(FlowTable::members) {
            let program = self.entry(number).program();
            uses.entry(Arc::as_ptr(program)).or_insert((program, 0)).1 += 1;
        }
        uses.into_values().collect()
    }

    fn find_loosely(&self, table: &FlowTable, selection: &Selection<'_>, found: &mut Vec<u32>) {
        let everything = selection.flow_match.is_any();
        found.extend(table.members().iter().filter(|&&number| {
            let entry = self.entry(number);
            selection.lets_through(entry)
                && (everything || selection.flow_match.covers(&entry.flow_match().unpack()))
        }));
    }

    /// Puts entries into the order in which they are listed and spoken of.
    pub(crate) fn sort(&self, numbers: &mut [u32]) {
        numbers.sort_by_cached_key(|&number| {
            let entry = self.entry(number);
            (entry.table_id(), u16::MAX - entry.priority(), entry.sequence)
        });
    }
}
