//! The fast way of flow-mods: from the octets that a controller sent straight into the tables.
//!
//! What is understood here is understood exactly as `openflow` decodes it and as
//! `ofswitch/datapath/{validate,consistency,changes}.py` check it. Whatever is unusual, incomplete or
//! could be refused for any reason is left where it is, with all that follows: Python then deals with
//! that one message, so that every error has one home. Leaving a message is always right; taking
//! one that Python would refuse, or would understand differently, never is.

mod checks;
mod fixed_match;
mod instructions;
mod oxm;
mod reader;

use std::ops::RangeInclusive;

use crate::entry::{CHECK_OVERLAP, NO_BYT_COUNTS, NO_PKT_COUNTS, RESET_COUNTS, SEND_FLOW_REM};
use crate::{Command, FlowChange, Removed, Tables};
use checks::{Known, are_consistent};
use reader::Reader;

const V1_0: u8 = 1;
const V1_3: u8 = 4;
const FLOW_MOD: u8 = 14;
/// Octets of the header, and of what stands between it and the match of 1.3.
const HEADER: usize = 8;
const FIXED_1_3: usize = 40;
const NO_BUFFER: u32 = u32::MAX;
const ALL_TABLES: u8 = u8::MAX;
const FLAGS_1_0: u16 = SEND_FLOW_REM | CHECK_OVERLAP;
const FLAGS_1_3: u16 = SEND_FLOW_REM | CHECK_OVERLAP | RESET_COUNTS | NO_PKT_COUNTS | NO_BYT_COUNTS;

/// What a flow-mod may name.
#[derive(Clone, Copy)]
pub struct WireContext<'a> {
    /// The greatest port number that actions may name.
    pub max_port: u32,
    /// How long a list of actions may be.
    pub max_actions: usize,
    /// Whether there is such a group.
    pub has_group: &'a dyn Fn(u32) -> bool,
    /// Whether there is such a meter.
    pub has_meter: &'a dyn Fn(u32) -> bool,
}

/// What was done with the flow-mods at the beginning of some octets.
#[derive(Debug, Default, PartialEq)]
pub struct Applied {
    /// How many octets they were: whole messages.
    pub consumed: usize,
    /// How many messages.
    pub count: usize,
    /// What is to be told of entries that are gone by them.
    pub removed: Vec<Removed>,
}

impl Tables {
    /// Applies the flow-mods that `bytes` begin with, of `version` as in the header, as many as are
    /// beyond doubt.
    pub fn apply_flow_mods(
        &mut self,
        bytes: &[u8],
        version: u8,
        context: &WireContext<'_>,
        now: f64,
    ) -> Applied {
        let mut applied = Applied::default();
        let mut program = Vec::new();
        while let Some(body) = flow_mod(&bytes[applied.consumed..], version) {
            program.clear();
            let removed = if version == V1_0 {
                self.apply_1_0(body, context, &mut program, now)
            } else {
                self.apply_1_3(body, context, &mut program, now)
            };
            let Some(removed) = removed else { break };
            applied.consumed += HEADER + body.len();
            applied.count += 1;
            applied.removed.extend(removed);
        }
        applied
    }

    /// `OpenFlow` 1.0.2, 5.3.3; `None`, with nothing changed, for what is not for here.
    fn apply_1_0(
        &mut self,
        body: &[u8],
        context: &WireContext<'_>,
        program: &mut Vec<u8>,
        now: f64,
    ) -> Option<Vec<Removed>> {
        let mut reader = Reader(body);
        let fixed: [u8; fixed_match::SIZE] = reader.take()?;
        let flow_match = fixed_match::read(&fixed)?;
        let cookie = reader.u64()?;
        let (command, strict) = command(reader.u16()?)?;
        let last = u8::try_from(self.count().checked_sub(1)?).ok()?;
        let tables = if command == Command::Add { 0..=0 } else { 0..=last };
        let mut change = FlowChange::new(command, tables, &flow_match);
        read_terms(&mut reader, &mut change)?;
        change.out_port = reader::port_from_16(reader.u16()?);
        change.flags = reader.u16()?;
        (change.flags & !FLAGS_1_0 == 0).then_some(())?;
        (change.strict, change.cookie) = (strict, cookie);
        change.origin = Some(&fixed);
        (change.modify_adds, change.updates_cookie) = (true, true);
        // What a deletion has of them means nothing, but has to be well-formed.
        instructions::read_1_0(reader.0, context, program)?;
        if command != Command::Delete {
            change.program = self.intern(program)?;
        }
        self.apply(&change, now).ok()
    }

    /// `OpenFlow` 1.3.5, 7.3.4.1; `None`, with nothing changed, for what is not for here.
    fn apply_1_3(
        &mut self,
        body: &[u8],
        context: &WireContext<'_>,
        program: &mut Vec<u8>,
        now: f64,
    ) -> Option<Vec<Removed>> {
        let mut reader = Reader(body.get(FIXED_1_3..)?);
        let flow_match = oxm::read_match(&mut reader)?;
        let known = Known::of(&flow_match);
        checks::makes_sense(&flow_match, &known).then_some(())?;
        let (instructions, mut reader) = (reader.0, Reader(body));
        let (cookie, cookie_mask, table_id) = (reader.u64()?, reader.u64()?, reader.u8()?);
        let (command, strict) = command(u16::from(reader.u8()?))?;
        let tables = self.tables_meant(table_id, command)?;
        let mut change = FlowChange::new(command, tables, &flow_match);
        read_terms(&mut reader, &mut change)?;
        (change.out_port, change.out_group) = (reader.u32()?, reader.u32()?);
        change.flags = reader.u16()?;
        (change.flags & !FLAGS_1_3 == 0).then_some(())?;
        (change.strict, change.cookie, change.cookie_mask) = (strict, cookie, cookie_mask);
        let limits = instructions::Limits { context, table_id, n_tables: self.count() };
        instructions::read_1_3(instructions, &limits, program)?;
        if command != Command::Delete {
            change.program = self.intern(program)?;
            are_consistent(known, &change.program).then_some(())?;
        }
        self.apply(&change, now).ok()
    }

    fn tables_meant(&self, table_id: u8, command: Command) -> Option<RangeInclusive<u8>> {
        if table_id == ALL_TABLES && command == Command::Delete {
            return Some(0..=u8::MAX);
        }
        self.table(table_id).map(|_| table_id..=table_id)
    }
}

/// The body of the flow-mod that stands at the beginning, if one does, whole.
fn flow_mod(bytes: &[u8], version: u8) -> Option<&[u8]> {
    let [found, FLOW_MOD, high, low, ..] = *bytes else { return None };
    let length = usize::from(u16::from_be_bytes([high, low]));
    (found == version && matches!(version, V1_0 | V1_3)).then_some(())?;
    bytes.get(HEADER..length)
}

fn command(code: u16) -> Option<(Command, bool)> {
    Some(match code {
        0 => (Command::Add, false),
        1 => (Command::Modify, false),
        2 => (Command::Modify, true),
        3 => (Command::Delete, false),
        4 => (Command::Delete, true),
        _ => return None,
    })
}

/// Time-outs and priority, and that there is no buffered packet: the same in both versions.
fn read_terms(reader: &mut Reader<'_>, change: &mut FlowChange<'_>) -> Option<()> {
    change.idle_timeout = reader.u16()?;
    change.hard_timeout = reader.u16()?;
    change.priority = reader.u16()?;
    (reader.u32()? == NO_BUFFER).then_some(())
}
