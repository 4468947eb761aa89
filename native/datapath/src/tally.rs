//! What a worker counts by itself for a batch: flow entries and tables.
//!
//! Atomic additions for each packet would cost more than all the rest of forwarding it. So each
//! worker adds up what the packets of a batch do to the same entry, and gives that up at the end of
//! the batch, or when another entry needs the place.

use crate::{FlowEntry, Tables};

/// How many entries are added up at a time.
const FLOWS: usize = 16;
/// No entry.
const NOBODY: u32 = u32::MAX;

/// Packets of a few flow entries, by their numbers.
#[derive(Debug)]
pub(crate) struct FlowTally {
    flows: [Flow; FLOWS],
}

#[derive(Clone, Copy, Debug)]
struct Flow {
    number: u32,
    packets: u32,
    octets: u64,
    now: f64,
}

const IDLE: Flow = Flow { number: NOBODY, packets: 0, octets: 0, now: 0.0 };

impl Default for FlowTally {
    fn default() -> Self {
        Self { flows: [IDLE; FLOWS] }
    }
}

impl FlowTally {
    /// Notes a packet of an entry.
    #[inline]
    pub(crate) fn count(&mut self, tables: &Tables, number: u32, octets: usize, now: f64) {
        let flow = &mut self.flows[number as usize % FLOWS];
        if flow.number != number {
            flow.give_up(tables);
            flow.number = number;
        }
        flow.packets += 1;
        flow.octets += octets as u64;
        flow.now = now;
    }

    /// Gives all counts up. To be called before tables change: then, numbers change hands.
    pub(crate) fn flush(&mut self, tables: &Tables) {
        for flow in &mut self.flows {
            flow.give_up(tables);
        }
    }
}

impl Flow {
    #[inline]
    fn give_up(&mut self, tables: &Tables) {
        if self.number != NOBODY {
            let entry: &FlowEntry = tables.entry(self.number);
            entry.count_many(self.packets.into(), self.octets, self.now);
            *self = IDLE;
        }
    }
}

/// Look-ups in tables, by table number.
#[derive(Debug)]
pub(crate) struct TableTally {
    tables: Box<[(u64, u64); 256]>,
    /// One more than the greatest number of a table that was looked into.
    end: usize,
}

impl Default for TableTally {
    fn default() -> Self {
        Self { tables: Box::new([(0, 0); 256]), end: 0 }
    }
}

impl TableTally {
    /// Notes a look-up.
    #[inline]
    pub(crate) fn count(&mut self, table_id: u8, found: bool) {
        let (lookups, matched) = &mut self.tables[usize::from(table_id)];
        *lookups += 1;
        *matched += u64::from(found);
        self.end = self.end.max(usize::from(table_id) + 1);
    }

    /// Gives all counts up.
    pub(crate) fn flush(&mut self, tables: &Tables) {
        for (counts, table) in self.tables[..self.end].iter_mut().zip(tables.iter()) {
            let (lookups, matched) = std::mem::take(counts);
            if lookups > 0 {
                table.count(lookups, matched);
            }
        }
        self.end = 0;
    }
}
