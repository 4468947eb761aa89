//! `FLOW_MOD`: what it does to the tables (`OpenFlow` 1.3.5, 6.4; 1.0.2, 4.6).
//!
//! The semantics are those of `ofswitch/datapath/changes.py`. A change comes checked, but for what
//! only the tables know: whether it overlaps, and whether there is room. Versions differ in what they
//! say in a change, not here.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::entry::{CHECK_OVERLAP, RESET_COUNTS};
use crate::overlap::{Masks, Verdict};
use crate::watch::Happened;
use crate::{ANY, FlowEntry, FlowMatch, Program, Reason, Removed, Selection, Tables, Terms};

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Add an entry, or put it in the place of the one with the same match and priority.
    Add,
    /// Give entries other instructions.
    Modify,
    /// Remove entries.
    Delete,
}

/// A checked `FLOW_MOD`.
#[derive(Clone, Debug)]
pub struct FlowChange<'a> {
    /// What to do.
    pub command: Command,
    /// Only with the entry that has exactly this match and priority.
    pub strict: bool,
    /// In which tables; an entry is added to the first.
    pub tables: RangeInclusive<u8>,
    /// What entries match.
    pub flow_match: &'a FlowMatch,
    /// The priority of what is added, and of what is meant if strict.
    pub priority: u16,
    /// The cookie of what is added; otherwise what the cookie must be where the mask has ones.
    pub cookie: u64,
    /// The bits of the cookie that count; 0 in versions that do not select by it.
    pub cookie_mask: u64,
    /// Deletions: only what outputs to this port, unless it is [`ANY`].
    pub out_port: u32,
    /// Deletions: only what refers to this group, unless it is [`ANY`].
    pub out_group: u32,
    /// `OFPFF_*` of 1.3, without 1.0's `EMERG`.
    pub flags: u16,
    /// Seconds; 0 is never.
    pub idle_timeout: u16,
    /// Seconds; 0 is never.
    pub hard_timeout: u16,
    /// What the entry does from now on.
    pub program: Arc<Program>,
    /// `Modify` adds an entry when it finds none: 1.0 always, 1.1 unless it selects by cookie.
    pub modify_adds: bool,
    /// `Modify` sets the cookie too, as in 1.0.
    pub updates_cookie: bool,
    /// What statistics are to give back with the entry.
    pub origin: Option<&'a [u8]>,
}

impl<'a> FlowChange<'a> {
    /// A change with the defaults of a message: everything that a command does not need is left out.
    pub fn new(command: Command, tables: RangeInclusive<u8>, flow_match: &'a FlowMatch) -> Self {
        Self {
            command,
            strict: false,
            tables,
            flow_match,
            priority: 0x8000,
            cookie: 0,
            cookie_mask: 0,
            out_port: ANY,
            out_group: ANY,
            flags: 0,
            idle_timeout: 0,
            hard_timeout: 0,
            program: Arc::default(),
            modify_adds: false,
            updates_cookie: false,
            origin: None,
        }
    }

    fn selection(&self) -> Selection<'a> {
        let deletes = self.command == Command::Delete;
        Selection {
            tables: self.tables.clone(),
            flow_match: self.flow_match,
            priority: self.strict.then_some(self.priority),
            out_port: if deletes { self.out_port } else { ANY },
            out_group: if deletes { self.out_group } else { ANY },
            cookie: self.cookie,
            cookie_mask: self.cookie_mask,
        }
    }

    fn entry(&self, now: f64) -> FlowEntry {
        let terms = Terms {
            table_id: *self.tables.start(),
            priority: self.priority,
            flags: self.flags,
            idle_timeout: self.idle_timeout,
            hard_timeout: self.hard_timeout,
            created: now,
        };
        FlowEntry::new(self.flow_match, terms, self.cookie, Arc::clone(&self.program), self.origin)
    }
}

/// Why a change is not carried out (7.4.4); nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An entry of the same priority overlaps with this one.
    Overlap,
    /// The table is full.
    TableFull,
    /// There is no such table.
    NoTable,
}

impl Tables {
    /// Carries a change out; what is to be told of entries that are gone by it.
    ///
    /// # Errors
    /// When it cannot be done; then nothing has changed.
    pub fn apply(&mut self, change: &FlowChange<'_>, now: f64) -> Result<Vec<Removed>, Refusal> {
        match change.command {
            Command::Add => self.add(change, now)?,
            Command::Modify => self.modify(change, now)?,
            Command::Delete => return Ok(self.delete(change, now)),
        }
        Ok(Vec::new())
    }

    fn add(&mut self, change: &FlowChange<'_>, now: f64) -> Result<(), Refusal> {
        let table_id = *change.tables.start();
        if change.flags & CHECK_OVERLAP != 0
            && self.overlaps(table_id, change.flow_match, change.priority)
        {
            return Err(Refusal::Overlap);
        }
        let table = self.table(table_id).ok_or(Refusal::NoTable)?;
        if table.is_full() && table.find(change.flow_match, change.priority).is_none() {
            return Err(Refusal::TableFull);
        }
        self.insert(change.flow_match, change.entry(now));
        Ok(())
    }

    fn modify(&mut self, change: &FlowChange<'_>, now: f64) -> Result<(), Refusal> {
        let mut found = self.find_all(&change.selection());
        if found.is_empty() && change.modify_adds {
            return self.add(change, now);
        }
        if self.notes.are_wanted() {
            self.sort(&mut found);
        }
        for number in found {
            self.modify_one(number, change, now);
        }
        Ok(())
    }

    fn modify_one(&mut self, number: u32, change: &FlowChange<'_>, now: f64) {
        let entry = self.entry_mut(number);
        let before = (Arc::clone(entry.program()), entry.cookie());
        entry.modify(Arc::clone(&change.program), now);
        if change.updates_cookie {
            entry.set_cookie(change.cookie);
        }
        if change.flags & RESET_COUNTS != 0 {
            entry.reset_counts();
        }
        let other_program = !Arc::ptr_eq(&before.0, entry.program());
        if self.notes.are_wanted() && (other_program || before.1 != self.entry(number).cookie()) {
            let entry = self.entry(number).clone();
            self.notes.add(Happened::Modified, &entry, Some(&before.0));
        }
    }

    fn delete(&mut self, change: &FlowChange<'_>, now: f64) -> Vec<Removed> {
        let found = self.find_all(&change.selection());
        self.remove_all(found, now, |_| Reason::Delete)
    }

    /// Whether an entry of the same priority could match a packet that this matches.
    fn overlaps(&mut self, table_id: u8, flow_match: &FlowMatch, priority: u16) -> bool {
        self.count_masks(table_id);
        let Some(table) = self.table(table_id) else { return false };
        let masks = table.masks().map(|masks| masks.judge(table, flow_match, priority));
        match masks {
            Some(Verdict::Overlaps) => true,
            Some(Verdict::Clear) => false,
            Some(Verdict::Unknown) | None => table.members().iter().any(|&number| {
                let entry = self.entry(number);
                entry.priority() == priority && entry.flow_match().unpack().overlaps(flow_match)
            }),
        }
    }

    fn count_masks(&mut self, table_id: u8) {
        let Some(table) = self.table(table_id).filter(|table| table.masks().is_none()) else {
            return;
        };
        let mut masks = Masks::default();
        for &number in table.members() {
            let entry = self.entry(number);
            masks.add(&entry.flow_match().unpack(), entry.priority());
        }
        if let Some(table) = self.table_mut(table_id) {
            table.count_masks(masks);
        }
    }

    /// Removes the entries that refer to one of these groups, which are gone (1.3.5, 6.5).
    pub fn delete_by_group(&mut self, gone: &[u32], now: f64) -> Vec<Removed> {
        self.delete_where(Reason::GroupDelete, now, |program| {
            gone.iter().any(|&group_id| program.refers_to_group(group_id))
        })
    }

    /// Removes the entries that refer to one of these meters, which are gone (1.3.5, 6.6). They say
    /// that they were deleted: a reason of their own comes with 1.4.
    pub fn delete_by_meter(&mut self, gone: &[u32], now: f64) -> Vec<Removed> {
        self.delete_where(Reason::Delete, now, |program| {
            gone.iter().any(|&meter_id| program.refers_to_meter(meter_id))
        })
    }

    fn delete_where(
        &mut self,
        reason: Reason,
        now: f64,
        is_unwanted: impl Fn(&Program) -> bool,
    ) -> Vec<Removed> {
        let everything = FlowMatch::default();
        let mut found = self.find_all(&Selection::new(0..=u8::MAX, &everything));
        found.retain(|&number| is_unwanted(self.entry(number).program()));
        self.remove_all(found, now, |_| reason)
    }
}
