//! `OpenFlow` 1.0's match: twelve slots in forty bytes, and a word that says which are wildcards
//! (`openflow/forms/fixed_match.py`, which says what the slots mean).

use std::collections::HashMap;

use crate::bytes::{set, uint, zeros};
use crate::model::{Entry, Make, Name, Refused, Take};
use crate::oxm::Fields;
use crate::translate::Translation;

/// The length of the match.
pub(crate) const SIZE: usize = 40;
const TAGGED: u128 = 0x1000;
const VLAN_NONE: u64 = 0xffff;
const ENTRIES: usize = 16;

/// A slot: the name in layouts, the bit that makes it a wildcard, its first byte, its size.
struct Slot {
    name: &'static str,
    bit: u32,
    at: usize,
    size: usize,
}

const fn slot(name: &'static str, bit: u32, at: usize, size: usize) -> Slot {
    Slot { name, bit, at, size }
}

const SLOTS: [Slot; 12] = [
    slot("in_port", 0, 4, 2),
    slot("dl_src", 2, 6, 6),
    slot("dl_dst", 3, 12, 6),
    slot("dl_vlan", 1, 18, 2),
    slot("dl_vlan_pcp", 20, 20, 1),
    slot("dl_type", 4, 22, 2),
    slot("nw_tos", 21, 24, 1),
    slot("nw_proto", 5, 25, 1),
    slot("nw_src", 13, 28, 4),
    slot("nw_dst", 19, 32, 4),
    slot("tp_src", 6, 36, 2),
    slot("tp_dst", 7, 38, 2),
];
const IN_PORT: usize = 0;
const VLAN: usize = 3;
const VLAN_PCP: usize = 4;
const TYPE: usize = 5;
const TOS: usize = 6;
const PROTO: usize = 7;
const SRC: usize = 8;
const DST: usize = 9;
const ALL: u32 = 0x0038_20ff;

/// A field for each slot that means one.
type Names = [Option<usize>; 12];

/// What the slots mean: for each Ethernet type and protocol that matter a field for each slot.
#[derive(Debug, Default)]
pub(crate) struct SlotNames {
    types: Vec<u64>,
    protos: Vec<u64>,
    names: HashMap<(Option<u64>, Option<u64>), Names>,
    /// The slot of each field that has one.
    slots: Vec<Option<usize>>,
    vid: usize,
    pcp: usize,
}

impl SlotNames {
    /// Whether anything is known about slots.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Say which slot a field has.
    pub(crate) fn place(&mut self, field: usize, slot: &str) -> Option<()> {
        let index = SLOTS.iter().position(|known| known.name == slot)?;
        self.slots.resize(self.slots.len().max(field + 1), None);
        self.slots[field] = Some(index);
        match index {
            VLAN => self.vid = field,
            VLAN_PCP => self.pcp = field,
            _ => {}
        }
        Some(())
    }

    /// Say what the slots mean when these are matched.
    pub(crate) fn mean(&mut self, eth_type: Option<u64>, proto: Option<u64>, fields: &[usize]) {
        self.types.extend(eth_type);
        self.protos.extend(proto);
        let mut names = [None; 12];
        for &field in fields {
            if let Some(Some(slot)) = self.slots.get(field) {
                names[*slot] = Some(field);
            }
        }
        self.names.insert((eth_type, proto), names);
    }

    fn find(&self, eth_type: Option<u64>, proto: Option<u64>) -> Option<&Names> {
        let eth_type = eth_type.filter(|value| self.types.contains(value));
        let proto = proto.filter(|value| self.protos.contains(value));
        self.names.get(&(eth_type, proto))
    }

    /// Read the match at the head of `bytes`, which has its size.
    pub(crate) fn read<M: Make>(&self, make: &M, bytes: &[u8; SIZE]) -> Result<M::Value, M::Error> {
        let wildcards = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let value = |index: usize| {
            let Slot { bit, at, size, .. } = SLOTS[index];
            (wildcards >> bit & 1 == 0).then(|| uint(&bytes[at..at + size]))
        };
        let names = self.find(value(TYPE), value(PROTO)).ok_or(Refused)?;
        let mut entries = make.entries();
        for (index, name) in names.iter().enumerate() {
            let (Some(field), Some(value)) = (name, value(index)) else { continue };
            let entry = neutral(index, value, wildcards);
            make.enter(&mut entries, Name::Known(*field), entry)?;
        }
        let (vid, pcp) = (value(VLAN), value(VLAN_PCP));
        let tag = match vid {
            Some(VLAN_NONE) => Some(Entry::Exact(0)),
            Some(vid) => Some(Entry::Exact(TAGGED | u128::from(vid & 0xfff))),
            None => pcp.map(|_| Entry::Masked(TAGGED, TAGGED)),
        };
        if let Some(entry) = tag {
            make.enter(&mut entries, Name::Known(self.vid), entry)?;
        }
        if let (Some(pcp), false) = (pcp, vid == Some(VLAN_NONE)) {
            make.enter(&mut entries, Name::Known(self.pcp), Entry::Exact((pcp & 7).into()))?;
        }
        make.matching(entries, Some(bytes))
    }

    /// Append a match.
    pub(crate) fn write<T: Take>(
        &self,
        take: &T,
        fields: &Fields,
        value: T::Value<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), T::Error> {
        if take.fixed(value, SIZE, out)? {
            return Ok(());
        }
        let mut found = [(0, Entry::Exact(0)); ENTRIES];
        let mut count = 0;
        take.entries(value, |name, entry| {
            let Name::Known(field) = name else { return Err(Refused.into()) };
            let place = found.get_mut(count).ok_or(Refused)?;
            *place = match entry {
                Entry::Exact(value) => (field, Entry::Exact(value)),
                Entry::Masked(value, mask) => (field, Entry::Masked(value, mask)),
                Entry::Raw(_) => return Err(Refused.into()),
            };
            count += 1;
            Ok(())
        })?;
        Ok(self.put(fields, &found[..count], out)?)
    }

    fn put(
        &self,
        fields: &Fields,
        found: &[(usize, Entry<'_>)],
        out: &mut Vec<u8>,
    ) -> Result<(), Refused> {
        let place = |field: usize| self.slots.get(field).copied().flatten().ok_or(Refused);
        let (mut eth_type, mut proto) = (None, None);
        for &(field, entry) in found {
            match (place(field)?, entry) {
                (TYPE, Entry::Exact(value)) => eth_type = u64::try_from(value).ok(),
                // Of two fields that have this slot the reader would see one only.
                (PROTO, _) if proto.is_some() => return Err(Refused),
                (PROTO, Entry::Exact(value)) => proto = u64::try_from(value).ok(),
                _ => {}
            }
        }
        let names = self.find(eth_type, proto).ok_or(Refused)?;
        let start = out.len();
        zeros(SIZE, out);
        let mut wildcards = ALL;
        for &(field, entry) in found {
            let index = place(field)?;
            let slot = &SLOTS[index];
            let wire = match index {
                VLAN if entry == Entry::Masked(TAGGED, TAGGED) && self.has_pcp(found) => continue,
                VLAN => vlan_id(entry)?,
                VLAN_PCP if !self.is_tagged(found) => return Err(Refused),
                VLAN_PCP => exact(entry)?,
                _ if names[index] != Some(field) => return Err(Refused),
                SRC | DST => {
                    let (value, counted) = prefix(entry)?;
                    wildcards |= counted << (slot.bit - 5);
                    value
                }
                _ => plain(index, exact(entry)?, fields.all()[field].ones())?,
            };
            wildcards &= !(1 << slot.bit);
            set(&mut out[start + slot.at..start + slot.at + slot.size], wire)?;
        }
        out[start..start + 4].copy_from_slice(&wildcards.to_be_bytes());
        Ok(())
    }

    fn has_pcp(&self, found: &[(usize, Entry<'_>)]) -> bool {
        found.iter().any(|&(field, _)| field == self.pcp)
    }

    /// Whether the match asks for a tag, so that its priority makes sense.
    fn is_tagged(&self, found: &[(usize, Entry<'_>)]) -> bool {
        found.iter().any(|&(field, entry)| {
            let ones = match entry {
                Entry::Exact(value) => value,
                Entry::Masked(value, mask) => value & mask,
                Entry::Raw(_) => 0,
            };
            field == self.vid && ones & TAGGED != 0
        })
    }
}

/// What a slot says as the value of a field.
fn neutral(index: usize, value: u64, wildcards: u32) -> Entry<'static> {
    match index {
        SRC | DST => {
            let counted = wildcards >> (SLOTS[index].bit - 5) & 0x3f;
            let mask = u32::MAX >> counted << counted;
            let bits = u128::from(value) & u128::from(mask);
            if counted == 0 { Entry::Exact(value.into()) } else { Entry::Masked(bits, mask.into()) }
        }
        IN_PORT => Entry::Exact(Translation::Port.decode(value).into()),
        TOS => Entry::Exact((value >> 2).into()),
        _ => Entry::Exact(value.into()),
    }
}

fn exact(entry: Entry<'_>) -> Result<u64, Refused> {
    let Entry::Exact(value) = entry else { return Err(Refused) };
    u64::try_from(value).map_err(|_| Refused)
}

fn vlan_id(entry: Entry<'_>) -> Result<u64, Refused> {
    match exact(entry)? {
        0 => Ok(VLAN_NONE),
        value if value & 0x1000 != 0 => Ok(value & 0xfff),
        _ => Err(Refused),
    }
}

/// An address and how many of its bits do not count.
fn prefix(entry: Entry<'_>) -> Result<(u64, u32), Refused> {
    let (value, mask) = match entry {
        Entry::Exact(value) => (value, u128::from(u32::MAX)),
        Entry::Masked(value, mask) => (value, mask),
        Entry::Raw(_) => return Err(Refused),
    };
    let mask = u32::try_from(mask).map_err(|_| Refused)?;
    let counted = mask.count_zeros();
    if counted == 32 || mask != u32::MAX >> counted << counted {
        return Err(Refused);
    }
    Ok((u64::try_from(value).map_err(|_| Refused)?, counted))
}

/// What stands in a slot that has nothing special about it.
fn plain(index: usize, value: u64, ones: u128) -> Result<u64, Refused> {
    if u128::from(value) > ones {
        return Err(Refused);
    }
    match index {
        IN_PORT => Translation::Port.encode(value).ok_or(Refused),
        TOS => Ok(value << 2),
        _ => Ok(value),
    }
}
