//! What happens to entries, noted for whoever watches the tables: flow monitors.
//!
//! Nobody watches, mostly: then nothing is noted. Whoever does takes the notes after each call.

use std::sync::Arc;

use crate::{FlowEntry, Program, Reason, Tables};

/// What has happened to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It was added, perhaps in the place of another.
    Added,
    /// It does something else, or its cookie is another.
    Modified,
    /// It is gone.
    Removed(Reason),
}

/// A note of what has happened.
#[derive(Debug)]
pub struct Note {
    /// What.
    pub happened: Happened,
    /// The entry as it was right after, or last.
    pub entry: FlowEntry,
    /// What it, or the entry in its place, did before.
    pub before: Option<Arc<Program>>,
}

/// Notes, while somebody wants them.
#[derive(Debug, Default)]
pub(crate) struct Notes(Option<Vec<Note>>);

impl Notes {
    /// Whether anything is to be noted.
    pub(crate) const fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Notes what has happened, if that is wanted.
    pub(crate) fn add(
        &mut self,
        happened: Happened,
        entry: &FlowEntry,
        before: Option<&Arc<Program>>,
    ) {
        if let Some(notes) = &mut self.0 {
            notes.push(Note { happened, entry: entry.clone(), before: before.cloned() });
        }
    }
}

impl Tables {
    /// Sets whether what happens to entries is noted from now on.
    pub fn watch(&mut self, yes: bool) {
        self.notes = Notes(yes.then(Vec::new));
    }

    /// What has happened since the last time, in order.
    pub fn take_notes(&mut self) -> Vec<Note> {
        self.notes.0.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A copy in which some tables have their entries and all others none: to see what changes would be
    /// refused.
    #[must_use]
    pub fn copy(&self, wanted: &[u8]) -> Self {
        let max_entries = self.iter().next().map_or(0, crate::FlowTable::max_entries);
        let n_tables = u8::try_from(self.count()).unwrap_or(u8::MAX);
        let mut copy = Self::new(n_tables, max_entries);
        for table in self.iter().filter(|table| wanted.contains(&table.table_id())) {
            for &number in table.members() {
                let entry = self.entry(number).clone();
                copy.insert(&entry.flow_match().unpack(), entry);
            }
        }
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CHECK_OVERLAP, Command, FlowChange, FlowMatch, Refusal};

    fn add(priority: u16, flow_match: &FlowMatch) -> FlowChange<'_> {
        FlowChange { priority, ..FlowChange::new(Command::Add, 0..=0, flow_match) }
    }

    fn happened(tables: &mut Tables) -> Vec<(Happened, u16)> {
        tables.take_notes().iter().map(|note| (note.happened, note.entry.priority())).collect()
    }

    #[test]
    fn what_happens_is_noted_while_somebody_watches() {
        let (mut tables, everything) = (Tables::new(1, 10), FlowMatch::default());
        tables.apply(&add(1, &everything), 1.0).expect("there is room");
        assert_eq!(happened(&mut tables), []);
        tables.watch(true);
        tables.apply(&add(2, &everything), 1.0).expect("there is room");
        let modify = FlowChange {
            cookie: 7,
            updates_cookie: true,
            ..FlowChange::new(Command::Modify, 0..=0, &everything)
        };
        tables.apply(&modify, 2.0).expect("it can be");
        tables.apply(&modify, 2.0).expect("it can be");
        tables
            .apply(&FlowChange::new(Command::Delete, 0..=0, &everything), 3.0)
            .expect("it can be");
        let gone = Happened::Removed(Reason::Delete);
        assert_eq!(
            happened(&mut tables),
            [
                (Happened::Added, 2),
                (Happened::Modified, 2),
                (Happened::Modified, 1),
                (gone, 2),
                (gone, 1)
            ]
        );
        tables.watch(false);
        tables.apply(&add(2, &everything), 1.0).expect("there is room");
        assert_eq!(happened(&mut tables), []);
    }

    #[test]
    fn a_copy_refuses_what_the_original_would_and_leaves_it_alone() {
        let (mut tables, everything) = (Tables::new(2, 1), FlowMatch::default());
        tables.apply(&add(1, &everything), 1.0).expect("there is room");
        let mut copy = tables.copy(&[0]);
        assert_eq!(copy.apply(&add(2, &everything), 2.0), Err(Refusal::TableFull));
        let overlapping = FlowChange { flags: CHECK_OVERLAP, ..add(1, &everything) };
        assert_eq!(copy.apply(&overlapping, 2.0), Err(Refusal::Overlap));
        copy.apply(&FlowChange::new(Command::Delete, 0..=1, &everything), 2.0).expect("it can be");
        copy.apply(&add(2, &everything), 2.0).expect("there is room");
        assert_eq!((tables.len(), copy.len(), tables.copy(&[1]).len()), (1, 1, 0));
    }
}
