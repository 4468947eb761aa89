//! `OpenFlow` extensible match (1.3.5, 7.2.3.2), as `openflow/forms/oxm.py` reads it and `Match.check` accepts it.

use packet::Field;

use super::reader::{Reader, number};
use crate::FlowMatch;

const OXM_TYPE: u16 = 1;
const OPENFLOW_BASIC: u16 = 0x8000;

/// Reads an `ofp_match` with its padding. What is left to do is to look at prerequisites.
pub(super) fn read_match(reader: &mut Reader<'_>) -> Option<FlowMatch> {
    let mut found = FlowMatch::default();
    (reader.u16()? == OXM_TYPE).then_some(())?;
    let length = usize::from(reader.u16()?);
    let entries = reader.slice(length.checked_sub(4)?)?;
    reader.skip(length.wrapping_neg() % 8)?;
    let mut entries = Reader(entries);
    let mut given = 0_u64;
    while !entries.0.is_empty() {
        let (field, value, mask) = read_entry(&mut entries)?;
        let bit = 1 << field as u32;
        (given & bit == 0).then_some(())?;
        given |= bit;
        // A mask of zeros leaves the field open, which is not to match it at all.
        if mask != 0 {
            found.set(field, value, mask);
        }
    }
    Some(found)
}

/// One field with value and mask; `None` as soon as there is anything special about it.
pub(super) fn read_entry(reader: &mut Reader<'_>) -> Option<(Field, u128, u128)> {
    (reader.u16()? == OPENFLOW_BASIC).then_some(())?;
    let head = reader.u8()?;
    let length = usize::from(reader.u8()?);
    let field = Field::from_number(head >> 1)?;
    let (size, ones) = (size(field), ones(field));
    if head & 1 == 0 {
        (length == size).then_some(())?;
        let value = number(reader.slice(size)?);
        return (value <= ones).then_some((field, value, ones));
    }
    (length == 2 * size && is_maskable(field)).then_some(())?;
    let (value, mask) = (number(reader.slice(size)?), number(reader.slice(size)?));
    (mask <= ones && value & !mask == 0).then_some((field, value, mask))
}

/// The mask that makes every bit count.
pub(super) const fn ones(field: Field) -> u128 {
    u128::MAX >> (128 - field.bits())
}

/// Octets on the wire; the fields of 20 bits take four (table 11).
const fn size(field: Field) -> usize {
    if field.bits() == 20 { 4 } else { field.bits().div_ceil(8) as usize }
}

/// Whether a match may look at some of the bits only (table 11).
const fn is_maskable(field: Field) -> bool {
    matches!(
        field,
        Field::Metadata
            | Field::EthDst
            | Field::EthSrc
            | Field::VlanVid
            | Field::Ipv4Src
            | Field::Ipv4Dst
            | Field::ArpSpa
            | Field::ArpTpa
            | Field::ArpSha
            | Field::ArpTha
            | Field::Ipv6Src
            | Field::Ipv6Dst
            | Field::Ipv6Flabel
            | Field::PbbIsid
            | Field::TunnelId
            | Field::Ipv6Exthdr
    )
}
