//! Instructions and actions from the wire into the octets of [`Program`](crate::Program), those that
//! `ofswitch/datapath/validate.py` accepts.

use packet::Field;

use super::WireContext;
use super::oxm;
use super::reader::{Reader, number, port_from_16};

const OFPVID_PRESENT: u128 = 0x1000;
/// `OFPIT_METER`, the last of the instructions; experimenters' are far beyond.
const LAST_INSTRUCTION: u16 = 6;

const IN_PORT: u32 = 0xffff_fff8;
const NORMAL: u32 = 0xffff_fffa;
const FLOOD: u32 = 0xffff_fffb;
const ALL: u32 = 0xffff_fffc;
const CONTROLLER: u32 = 0xffff_fffd;
const LOCAL: u32 = 0xffff_fffe;

/// Codes of actions in programs.
mod code {
    pub(super) const OUTPUT: u8 = 0;
    pub(super) const GROUP: u8 = 1;
    pub(super) const SET_QUEUE: u8 = 2;
    pub(super) const ENQUEUE: u8 = 3;
    pub(super) const SET_FIELD: u8 = 4;
    pub(super) const SET_TP_SRC: u8 = 5;
    pub(super) const SET_TP_DST: u8 = 6;
    pub(super) const SET_VLAN_VID: u8 = 7;
    pub(super) const SET_VLAN_PCP: u8 = 8;
    pub(super) const PUSH_VLAN: u8 = 9;
    pub(super) const POP_VLAN: u8 = 10;
    pub(super) const PUSH_MPLS: u8 = 11;
    pub(super) const POP_MPLS: u8 = 12;
    pub(super) const PUSH_PBB: u8 = 13;
    pub(super) const POP_PBB: u8 = 14;
    pub(super) const SET_MPLS_TTL: u8 = 15;
    pub(super) const DEC_MPLS_TTL: u8 = 16;
    pub(super) const SET_NW_TTL: u8 = 17;
    pub(super) const DEC_NW_TTL: u8 = 18;
    pub(super) const COPY_TTL_OUT: u8 = 19;
    pub(super) const COPY_TTL_IN: u8 = 20;
    /// Of instructions, the same as on the wire.
    pub(super) const APPLY_ACTIONS: u8 = 4;
}

/// What instructions in a table are checked against.
pub(super) struct Limits<'a> {
    pub(super) context: &'a WireContext<'a>,
    pub(super) table_id: u8,
    pub(super) n_tables: usize,
}

type Read = fn(u16, &mut Reader<'_>, &WireContext<'_>, &mut Vec<u8>) -> Option<()>;

/// Appends 1.0's actions as one `APPLY_ACTIONS`, or nothing for none.
pub(super) fn read_1_0(
    octets: &[u8],
    context: &WireContext<'_>,
    program: &mut Vec<u8>,
) -> Option<()> {
    if octets.is_empty() {
        return Some(());
    }
    program.push(code::APPLY_ACTIONS);
    read_actions(octets, context, read_action_1_0, program)
}

/// Appends 1.3's instructions, at most one of each type (1.3.5, 5.9).
pub(super) fn read_1_3(octets: &[u8], limits: &Limits<'_>, program: &mut Vec<u8>) -> Option<()> {
    let mut reader = Reader(octets);
    let mut given = 0_u32;
    while !reader.0.is_empty() {
        let (kind, mut body) = element(&mut reader)?;
        (kind <= LAST_INSTRUCTION && given >> kind & 1 == 0).then_some(())?;
        given |= 1 << kind;
        program.push(u8::try_from(kind).ok()?);
        read_instruction(kind, &mut body, limits, program)?;
        body.0.is_empty().then_some(())?;
    }
    Some(())
}

/// The type of the next instruction or action, and what it holds: its length is a multiple of eight.
fn element<'a>(reader: &mut Reader<'a>) -> Option<(u16, Reader<'a>)> {
    let (kind, length) = (reader.u16()?, reader.u16()?);
    (length % 8 == 0).then_some(())?;
    Some((kind, Reader(reader.slice(usize::from(length).checked_sub(4)?)?)))
}

/// 1.3.5, 7.2.4; the numbers of the instructions are those of programs.
fn read_instruction(
    kind: u16,
    body: &mut Reader<'_>,
    limits: &Limits<'_>,
    program: &mut Vec<u8>,
) -> Option<()> {
    match kind {
        1 => {
            let table_id = body.u8()?;
            let is_later = table_id > limits.table_id && usize::from(table_id) < limits.n_tables;
            is_later.then(|| program.push(table_id))?;
            body.skip(3)
        }
        2 => {
            body.skip(4)?;
            program.extend(body.take::<16>()?);
            Some(())
        }
        3 | 4 => {
            body.skip(4)?;
            let actions = std::mem::take(&mut body.0);
            read_actions(actions, limits.context, read_action_1_3, program)
        }
        5 => body.skip(4),
        6 => {
            let meter_id = body.u32()?;
            (limits.context.has_meter)(meter_id).then(|| program.extend(meter_id.to_be_bytes()))
        }
        _ => None,
    }
}

/// Appends the number of actions and the actions.
fn read_actions(
    octets: &[u8],
    context: &WireContext<'_>,
    read: Read,
    program: &mut Vec<u8>,
) -> Option<()> {
    let mut reader = Reader(octets);
    let place = program.len();
    program.extend([0, 0]);
    let mut count = 0_usize;
    while !reader.0.is_empty() {
        let (kind, mut body) = element(&mut reader)?;
        read(kind, &mut body, context, program)?;
        body.0.is_empty().then_some(())?;
        count += 1;
    }
    (count <= context.max_actions).then_some(())?;
    program[place..place + 2].copy_from_slice(&u16::try_from(count).ok()?.to_be_bytes());
    Some(())
}

/// 1.3.5, 7.2.5.
fn read_action_1_3(
    kind: u16,
    body: &mut Reader<'_>,
    context: &WireContext<'_>,
    program: &mut Vec<u8>,
) -> Option<()> {
    match kind {
        0 => {
            output(body.u32()?, body.u16()?, context, program)?;
            body.skip(6)
        }
        11 => plain(code::COPY_TTL_OUT, body, program),
        12 => plain(code::COPY_TTL_IN, body, program),
        15 => octet(code::SET_MPLS_TTL, u8::MAX, body, program),
        16 => plain(code::DEC_MPLS_TTL, body, program),
        17 => ethertype(code::PUSH_VLAN, &[0x8100, 0x88a8], body, program),
        18 => plain(code::POP_VLAN, body, program),
        19 => ethertype(code::PUSH_MPLS, &[0x8847, 0x8848], body, program),
        20 => ethertype(code::POP_MPLS, &[], body, program),
        21 => {
            number_of_32(code::SET_QUEUE, body.u32()?, program);
            Some(())
        }
        22 => {
            let group_id = body.u32()?;
            (context.has_group)(group_id).then_some(())?;
            number_of_32(code::GROUP, group_id, program);
            Some(())
        }
        23 => octet(code::SET_NW_TTL, u8::MAX, body, program),
        24 => plain(code::DEC_NW_TTL, body, program),
        25 => set_oxm_field(body, program),
        26 => ethertype(code::PUSH_PBB, &[0x88e7], body, program),
        27 => plain(code::POP_PBB, body, program),
        _ => None,
    }
}

/// 1.0.2, 5.2.4.
fn read_action_1_0(
    kind: u16,
    body: &mut Reader<'_>,
    context: &WireContext<'_>,
    program: &mut Vec<u8>,
) -> Option<()> {
    match kind {
        0 => output(port_from_16(body.u16()?), body.u16()?, context, program),
        1 => {
            let vlan_vid = body.u16()?;
            (vlan_vid < 0x1000).then_some(())?;
            number_of_16(code::SET_VLAN_VID, vlan_vid, body, program)
        }
        2 => octet(code::SET_VLAN_PCP, 7, body, program),
        3 => plain(code::POP_VLAN, body, program),
        4 | 5 => {
            let field = if kind == 4 { Field::EthSrc } else { Field::EthDst };
            set_field(field, number(body.slice(6)?), program);
            body.skip(6)
        }
        6 | 7 => {
            let field = if kind == 6 { Field::Ipv4Src } else { Field::Ipv4Dst };
            set_field(field, u128::from(body.u32()?), program);
            Some(())
        }
        8 => {
            set_field(Field::IpDscp, u128::from(body.u8()? >> 2), program);
            body.skip(3)
        }
        9 => number_of_16(code::SET_TP_SRC, body.u16()?, body, program),
        10 => number_of_16(code::SET_TP_DST, body.u16()?, body, program),
        11 => {
            let port_no = port_from_16(body.u16()?);
            body.skip(6)?;
            enqueue(port_no, body.u32()?, context, program)
        }
        _ => None,
    }
}

fn output(
    port_no: u32,
    max_len: u16,
    context: &WireContext<'_>,
    program: &mut Vec<u8>,
) -> Option<()> {
    let is_reserved = matches!(port_no, IN_PORT | NORMAL | FLOOD | ALL | CONTROLLER | LOCAL);
    (is_reserved || (1..=context.max_port).contains(&port_no)).then_some(())?;
    program.push(code::OUTPUT);
    program.extend(port_no.to_be_bytes());
    program.extend(max_len.to_be_bytes());
    Some(())
}

fn enqueue(
    port_no: u32,
    queue_id: u32,
    context: &WireContext<'_>,
    program: &mut Vec<u8>,
) -> Option<()> {
    let is_reserved = matches!(port_no, IN_PORT | LOCAL);
    (is_reserved || (1..=context.max_port).contains(&port_no)).then_some(())?;
    program.push(code::ENQUEUE);
    program.extend(port_no.to_be_bytes());
    program.extend(queue_id.to_be_bytes());
    Some(())
}

/// An action without arguments, only padding.
fn plain(code: u8, body: &mut Reader<'_>, program: &mut Vec<u8>) -> Option<()> {
    program.push(code);
    body.skip(4)
}

/// An action with an octet that may be up to `most`.
fn octet(code: u8, most: u8, body: &mut Reader<'_>, program: &mut Vec<u8>) -> Option<()> {
    let value = body.u8()?;
    (value <= most).then(|| program.extend([code, value]))?;
    body.skip(3)
}

/// An action with one of these Ethernet types; none listed: any.
fn ethertype(code: u8, types: &[u16], body: &mut Reader<'_>, program: &mut Vec<u8>) -> Option<()> {
    let found = body.u16()?;
    (types.is_empty() || types.contains(&found)).then_some(())?;
    number_of_16(code, found, body, program)
}

/// A number of 16 bits, with the padding that follows it.
fn number_of_16(code: u8, value: u16, body: &mut Reader<'_>, program: &mut Vec<u8>) -> Option<()> {
    program.push(code);
    program.extend(value.to_be_bytes());
    body.skip(2)
}

fn number_of_32(code: u8, value: u32, program: &mut Vec<u8>) {
    program.push(code);
    program.extend(value.to_be_bytes());
}

/// `OFPAT_SET_FIELD` (1.3.5, 7.2.5): one field without a mask, then zeros up to a multiple of eight.
fn set_oxm_field(body: &mut Reader<'_>, program: &mut Vec<u8>) -> Option<()> {
    let has_mask = body.0.get(2)? & 1 != 0;
    let (field, value, _) = oxm::read_entry(body)?;
    let padding = std::mem::take(&mut body.0);
    let is_padded = padding.len() < 8 && padding.iter().all(|&octet| octet == 0);
    let is_tag = field != Field::VlanVid || value & OFPVID_PRESENT != 0;
    (!has_mask && is_padded && is_tag && is_writable(field)).then_some(())?;
    set_field(field, value, program);
    Some(())
}

fn set_field(field: Field, value: u128, program: &mut Vec<u8>) {
    program.extend([code::SET_FIELD, field as u8]);
    program.extend(value.to_be_bytes());
}

/// What stands in a header, and in one place only.
const fn is_writable(field: Field) -> bool {
    !matches!(field, Field::InPort | Field::InPhyPort | Field::Metadata | Field::Ipv6Exthdr)
}
