//! Changes to flow tables and what tables hold, between Python's types and the engine's.
//!
//! Python's side of these is `ofswitch/datapath/native/flows.py`, whose named tuples have the same
//! attributes in the same order.

use datapath::{
    Action, Command, FlowChange, FlowEntry, FlowMatch, Instruction, NO_BYT_COUNTS, NO_PKT_COUNTS,
    PackedMatch, Program, Removed, Selection, Tables,
};
use packet::{Field, FlowKey};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A field's OXM number, its value, its mask.
type Triple = (u8, u128, u128);

/// A `FLOW_MOD` that Python has checked.
#[derive(FromPyObject)]
pub(crate) struct Change {
    /// 0 to add, 1 to modify, 2 to delete.
    command: u8,
    strict: bool,
    first_table: u8,
    last_table: u8,
    fields: Vec<Triple>,
    priority: u16,
    cookie: u64,
    cookie_mask: u64,
    out_port: u32,
    out_group: u32,
    flags: u16,
    idle_timeout: u16,
    hard_timeout: u16,
    program: PyBackedBytes,
    modify_adds: bool,
    updates_cookie: bool,
    origin: Option<PyBackedBytes>,
}

impl Change {
    /// Carries the change out, and says what the tables refuse it for.
    pub(crate) fn apply(&self, tables: &mut Tables, now: f64) -> PyResult<Vec<Gone>> {
        let flow_match = flow_match(&self.fields)?;
        let program = program(tables, &self.program)?;
        let change = FlowChange {
            command: match self.command {
                0 => Command::Add,
                1 => Command::Modify,
                _ => Command::Delete,
            },
            strict: self.strict,
            tables: self.first_table..=self.last_table,
            flow_match: &flow_match,
            priority: self.priority,
            cookie: self.cookie,
            cookie_mask: self.cookie_mask,
            out_port: self.out_port,
            out_group: self.out_group,
            flags: self.flags,
            idle_timeout: self.idle_timeout,
            hard_timeout: self.hard_timeout,
            program,
            modify_adds: self.modify_adds,
            updates_cookie: self.updates_cookie,
            origin: self.origin.as_deref(),
        };
        let removed = tables.apply(&change, now).map_err(|why| refused(&format!("{why:?}")))?;
        Ok(told(&removed))
    }
}

/// Which entries a request means.
#[derive(FromPyObject)]
pub(crate) struct Filter {
    table_id: u8,
    fields: Vec<Triple>,
    out_port: u32,
    out_group: u32,
    cookie: u64,
    cookie_mask: u64,
}

impl Filter {
    /// The entries, in order.
    pub(crate) fn select<'t>(&self, tables: &'t Tables) -> PyResult<Vec<&'t FlowEntry>> {
        let flow_match = flow_match(&self.fields)?;
        let selection = Selection {
            out_port: self.out_port,
            out_group: self.out_group,
            cookie: self.cookie,
            cookie_mask: self.cookie_mask,
            ..Selection::new(self.table_id..=self.table_id, &flow_match)
        };
        Ok(tables.select(&selection).into_iter().map(|number| tables.entry(number)).collect())
    }
}

/// Packets and octets of entries, and how many there are; what is not counted adds nothing.
pub(crate) fn totals(entries: &[&FlowEntry]) -> (u64, u64, usize) {
    let sum = |flag: u16, count: fn(&FlowEntry) -> u64| {
        let counted = entries.iter().filter(|entry| entry.terms().flags & flag == 0);
        counted.map(|entry| count(entry)).sum()
    };
    let packets = sum(NO_PKT_COUNTS, FlowEntry::packet_count);
    (packets, sum(NO_BYT_COUNTS, FlowEntry::byte_count), entries.len())
}

/// How many entries of a table refer to each of what `find` finds in a program.
pub(crate) fn references(
    tables: &Tables,
    table_id: u8,
    find: impl Fn(&Program) -> HashSet<u32>,
) -> HashMap<u32, usize> {
    let everything = FlowMatch::default();
    let mut counted = HashMap::new();
    for number in tables.select(&Selection::new(table_id..=table_id, &everything)) {
        for one in find(tables.entry(number).program()) {
            *counted.entry(one).or_default() += 1;
        }
    }
    counted
}

/// The groups that a program refers to.
pub(crate) fn groups(program: &Program) -> HashSet<u32> {
    let group = |action: &Action| if let Action::Group(id) = *action { Some(id) } else { None };
    program.actions().filter_map(group).collect()
}

/// The meters that a program refers to.
pub(crate) fn meters(program: &Program) -> HashSet<u32> {
    let meter = |one: &Instruction| if let Instruction::Meter(id) = *one { Some(id) } else { None };
    program.instructions().iter().filter_map(meter).collect()
}

/// An entry as statistics tell of it.
#[derive(IntoPyObject)]
pub(crate) struct Entry(
    u8,
    u16,
    u16,
    u16,
    u16,
    f64,
    u64,
    u64,
    u64,
    Vec<Triple>,
    Option<Octets>,
    Octets,
);

impl From<&FlowEntry> for Entry {
    fn from(entry: &FlowEntry) -> Self {
        let terms = entry.terms();
        Self(
            terms.table_id,
            terms.priority,
            terms.flags,
            terms.idle_timeout,
            terms.hard_timeout,
            terms.created,
            entry.cookie(),
            entry.packet_count(),
            entry.byte_count(),
            triples(entry.flow_match()),
            entry.origin().map(Octets::from),
            entry.program().encoded().into(),
        )
    }
}

/// An entry that is gone, as its message tells of it.
#[derive(IntoPyObject)]
pub(crate) struct Gone(u8, u64, u32, u64, u64, u8, u16, u16, u16, u64, Vec<Triple>, Option<Octets>);

impl From<&Removed> for Gone {
    fn from(removed: &Removed) -> Self {
        let (terms, (seconds, nanoseconds)) = (&removed.terms, removed.duration);
        Self(
            removed.reason as u8,
            seconds,
            nanoseconds,
            removed.packet_count,
            removed.byte_count,
            terms.table_id,
            terms.priority,
            terms.idle_timeout,
            terms.hard_timeout,
            removed.cookie,
            triples(&removed.flow_match),
            removed.origin.as_deref().map(Octets::from),
        )
    }
}

/// What to tell of entries that are gone.
pub(crate) fn told(removed: &[Removed]) -> Vec<Gone> {
    removed.iter().map(Gone::from).collect()
}

/// Octets that become Python's `bytes`.
struct Octets(Box<[u8]>);

impl From<&[u8]> for Octets {
    fn from(octets: &[u8]) -> Self {
        Self(octets.into())
    }
}

impl<'py> IntoPyObject<'py> for Octets {
    type Target = pyo3::types::PyBytes;
    type Output = Bound<'py, Self::Target>;
    type Error = std::convert::Infallible;

    fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
        Ok(pyo3::types::PyBytes::new(py, &self.0))
    }
}

/// The exception for what the tables refuse; its text is a word that Python knows.
pub(crate) fn refused(why: &str) -> PyErr {
    super::Refused::new_err(why.to_owned())
}

fn program(tables: &mut Tables, encoded: &[u8]) -> PyResult<Arc<Program>> {
    tables.intern(encoded).ok_or_else(|| PyValueError::new_err("octets that are no program"))
}

/// The key of a packet that has these fields.
pub(crate) fn key(fields: &[(u8, u128)]) -> PyResult<FlowKey> {
    let mut key = FlowKey::default();
    for &(number, value) in fields {
        key.set(field(number)?, value);
    }
    Ok(key)
}

fn flow_match(fields: &[Triple]) -> PyResult<FlowMatch> {
    let mut flow_match = FlowMatch::default();
    for &(number, value, mask) in fields {
        flow_match.set(field(number)?, value, mask);
    }
    Ok(flow_match)
}

fn field(number: u8) -> PyResult<Field> {
    Field::from_number(number)
        .ok_or_else(|| PyValueError::new_err(format!("no field has the number {number}")))
}

fn triples(packed: &PackedMatch) -> Vec<Triple> {
    packed.unpack().iter().map(|(field, value, mask)| (field as u8, value, mask)).collect()
}
