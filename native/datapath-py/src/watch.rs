//! What happens to entries, for flow monitors (`ofswitch/datapath/native/watch.py`).

use std::borrow::Cow;

use datapath::{Happened, Note};
use pyo3::prelude::*;

use crate::engine::Engine;
use crate::flows::Entry;

/// What has happened (0 added, 1 removed, 2 modified), why it was removed, the entry, and what it, or the
/// entry in its place, did before.
pub(crate) type Told = (u8, u8, Entry, Option<Cow<'static, [u8]>>);

/// Set whether what happens to entries is noted from now on.
#[pyfunction]
pub(crate) fn watch(engine: &Bound<'_, Engine>, yes: bool) {
    engine.get().write().tables.watch(yes);
}

/// What has happened to entries since the last time, in order.
#[pyfunction]
pub(crate) fn take_notes(engine: &Bound<'_, Engine>) -> Vec<Told> {
    told(&engine.get().write().tables.take_notes())
}

/// Notes as Python takes them.
pub(crate) fn told(notes: &[Note]) -> Vec<Told> {
    notes.iter().map(one).collect()
}

fn one(note: &Note) -> Told {
    let (happened, reason) = match note.happened {
        Happened::Added => (0, 0),
        Happened::Removed(reason) => (1, reason as u8),
        Happened::Modified => (2, 0),
    };
    let before = note.before.as_ref().map(|program| program.encoded().to_vec().into());
    (happened, reason, Entry::from(&note.entry), before)
}
