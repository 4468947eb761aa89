//! `OpenFlow` extensible match: fields as type, length, value (`openflow/forms/oxm.py`).

use std::collections::HashMap;

use crate::bytes::{put, wide};
use crate::model::{Entry, Make, Name, Refused};

const CLASS_BASIC: u16 = 0x8000;
const CLASS_EXPERIMENTER: u16 = 0xffff;
const HAS_MASK: u8 = 1;
/// Values that this engine holds; what is longer is left to Python.
const MAX_SIZE: usize = 16;

/// A field that a version has, and how it is written.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name of the field.
    pub name: String,
    pub(crate) size: usize,
    pub(crate) bits: u32,
    pub(crate) exact: Vec<u8>,
    pub(crate) masked: Vec<u8>,
}

impl Field {
    pub(crate) const fn ones(&self) -> u128 {
        u128::MAX >> (128 - self.bits)
    }
}

/// How the bytes before a value say whose it is.
#[derive(Clone, Copy, Debug)]
struct Encoding {
    field: usize,
    size: usize,
}

/// The match fields of a version.
#[derive(Debug, Default)]
pub struct Fields {
    known: Vec<Field>,
    by_name: HashMap<String, usize>,
    /// Those of the basic class, by number.
    basic: Vec<Option<Encoding>>,
    /// The others, by what stands before their value.
    others: HashMap<Vec<u8>, (Encoding, bool)>,
}

impl Fields {
    /// The fields, by index.
    pub fn all(&self) -> &[Field] {
        &self.known
    }

    /// The field of a name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Add a field, or another way to write one that is there already.
    pub(crate) fn add(&mut self, field: Field) {
        let (exact, masked, size) = (field.exact.clone(), field.masked.clone(), field.size);
        let index = *self.by_name.entry(field.name.clone()).or_insert(self.known.len());
        if index == self.known.len() {
            self.known.push(field);
        }
        let encoding = Encoding { field: index, size };
        if exact[..2] == CLASS_BASIC.to_be_bytes() {
            let number = usize::from(exact[2] >> 1);
            self.basic.resize(128, None);
            self.basic[number] = Some(encoding);
        } else {
            self.others.insert(exact, (encoding, false));
            self.others.insert(masked, (encoding, true));
        }
    }
}

/// An entry that was read, and where the next begins.
pub(crate) struct Found<'a> {
    pub(crate) name: FoundName,
    pub(crate) entry: Entry<'a>,
    pub(crate) following: usize,
}

pub(crate) enum FoundName {
    Known(usize),
    Other(String),
}

impl FoundName {
    pub(crate) fn as_name(&self) -> Name<'_> {
        match self {
            Self::Known(field) => Name::Known(*field),
            Self::Other(name) => Name::Other(name),
        }
    }
}

impl Fields {
    /// The entry at `position`.
    #[inline]
    pub(crate) fn read<'a>(
        &self,
        data: &'a [u8],
        position: usize,
        end: usize,
    ) -> Result<Found<'a>, Refused> {
        let entry = data.get(position..end).ok_or(Refused)?;
        let head = entry.first_chunk::<4>().ok_or(Refused)?;
        let length = usize::from(head[3]);
        let payload = entry.get(4..4 + length).ok_or(Refused)?;
        let following = position + 4 + length;
        if [head[0], head[1]] == CLASS_BASIC.to_be_bytes() {
            if let Some(Some(encoding)) = self.basic.get(usize::from(head[2] >> 1)) {
                return self.value(*encoding, head[2] & HAS_MASK != 0, payload, following);
            }
        } else if let Some(found) = self.other(entry, length) {
            let (encoding, is_masked) = found;
            let value = if head[0..2] == [0xff, 0xff] { &payload[4..] } else { payload };
            return self.value(encoding, is_masked, value, following);
        }
        let name = raw_name(u16::from_be_bytes([head[0], head[1]]), head[2], payload);
        Ok(Found { name: FoundName::Other(name), entry: Entry::Raw(payload), following })
    }

    fn other(&self, entry: &[u8], length: usize) -> Option<(Encoding, bool)> {
        let is_vendor = entry[..2] == [0xff, 0xff] && length >= 4;
        let head = entry.get(..if is_vendor { 8 } else { 4 })?;
        self.others.get(head).copied()
    }

    #[inline]
    fn value<'a>(
        &self,
        encoding: Encoding,
        is_masked: bool,
        payload: &'a [u8],
        following: usize,
    ) -> Result<Found<'a>, Refused> {
        let Encoding { field, size } = encoding;
        if size > MAX_SIZE || payload.len() != size << u8::from(is_masked) {
            return Err(Refused);
        }
        let value = wide(&payload[..size]);
        let entry = if is_masked {
            let mask = wide(&payload[size..]);
            let is_whole = mask == self.known[field].ones();
            if is_whole { Entry::Exact(value) } else { Entry::Masked(value, mask) }
        } else {
            Entry::Exact(value)
        };
        Ok(Found { name: FoundName::Known(field), entry, following })
    }

    /// An `ofp_match`: type 1, length without padding, entries, padding to 8 bytes.
    ///
    /// With `port`, the entry `in_port` is no part of the match but returned, 0 if there is none.
    pub(crate) fn read_match<M: Make>(
        &self,
        make: &M,
        data: &[u8],
        start: usize,
        end: usize,
        port: Option<usize>,
    ) -> Result<(M::Entries, u128, usize), M::Error> {
        let head = data.get(start..end).and_then(<[u8]>::first_chunk::<4>).ok_or(Refused)?;
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let following = start + length.next_multiple_of(8);
        if head[..2] != [0, 1] || length < 4 || following > end {
            return Err(Refused.into());
        }
        let stop = start + length;
        let (mut position, mut in_port) = (start + 4, 0);
        let mut entries = make.entries();
        let mut known = [0_u64; 4];
        while position < stop {
            let found = self.read(data, position, stop)?;
            position = found.following;
            if let FoundName::Known(field) = found.name {
                let (word, bit) = (field / 64, 1 << (field % 64));
                if *known.get(word).ok_or(Refused)? & bit != 0 {
                    return Err(Refused.into());
                }
                known[word] |= bit;
                if port == Some(field) {
                    let Entry::Exact(value) = found.entry else { return Err(Refused.into()) };
                    in_port = value;
                    continue;
                }
            }
            if found.entry == Entry::Masked(0, 0) {
                continue;
            }
            if !make.enter(&mut entries, found.name.as_name(), found.entry)? {
                return Err(Refused.into());
            }
        }
        Ok((entries, in_port, following))
    }

    /// Append one entry.
    #[inline]
    pub(crate) fn write(
        &self,
        name: Name<'_>,
        entry: Entry<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Refused> {
        let field = match (name, entry) {
            (Name::Other(name), Entry::Raw(payload)) => return write_raw(name, payload, out),
            (Name::Known(field), Entry::Exact(_) | Entry::Masked(..)) => &self.known[field],
            _ => return Err(Refused),
        };
        if field.size > MAX_SIZE {
            return Err(Refused);
        }
        match entry {
            Entry::Exact(value) => {
                out.extend_from_slice(&field.exact);
                put(value, field.size, out)
            }
            Entry::Masked(value, mask) => {
                out.extend_from_slice(&field.masked);
                put(value, field.size, out)?;
                put(mask, field.size, out)
            }
            Entry::Raw(_) => Err(Refused),
        }
    }
}

/// The name under which a match keeps an entry that it does not know; experimenters number for themselves.
fn raw_name(class: u16, number: u8, payload: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut name = format!("0x{class:04x}");
    if class == CLASS_EXPERIMENTER {
        name.push(':');
        for byte in payload.iter().take(4) {
            let _ = write!(name, "{byte:02x}");
        }
    }
    let mask = if number & HAS_MASK != 0 { "/m" } else { "" };
    let _ = write!(name, ".{}{mask}", number >> 1);
    name
}

/// Append an entry by the name that `raw_name` makes.
fn write_raw(name: &str, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
    let length = u8::try_from(payload.len()).map_err(|_| Refused)?;
    let (class, rest) =
        name.strip_prefix("0x").and_then(|rest| rest.split_at_checked(4)).ok_or(Refused)?;
    let class = u16::from_str_radix(class, 16).map_err(|_| Refused)?;
    let (_, number) = rest.split_once('.').ok_or(Refused)?;
    let (number, mask) = number.strip_suffix("/m").map_or((number, 0), |number| (number, HAS_MASK));
    let number: u8 = number.parse().map_err(|_| Refused)?;
    let number = number.checked_mul(2).ok_or(Refused)? | mask;
    if raw_name(class, number, payload) != name {
        return Err(Refused);
    }
    out.extend_from_slice(&class.to_be_bytes());
    out.extend_from_slice(&[number, length]);
    out.extend_from_slice(payload);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        let mut fields = Fields::default();
        for (name, size, bits, exact, masked) in [
            ("eth_type", 2, 16, vec![0x80, 0, 10, 2], vec![0x80, 0, 11, 4]),
            ("vlan_vid", 2, 13, vec![0x80, 0, 12, 2], vec![0x80, 0, 13, 4]),
            (
                "vendor's",
                1,
                8,
                vec![0xff, 0xff, 2, 5, 0, 0, 0x23, 0x20],
                vec![0xff, 0xff, 3, 6, 0, 0, 0x23, 0x20],
            ),
        ] {
            fields.add(Field { name: name.into(), size, bits, exact, masked });
        }
        fields
    }

    fn both_ways(bytes: &[u8]) {
        let fields = fields();
        let found = fields.read(bytes, 0, bytes.len()).unwrap();
        assert_eq!(found.following, bytes.len());
        let mut out = Vec::new();
        fields.write(found.name.as_name(), found.entry, &mut out).unwrap();
        assert_eq!(out, bytes);
    }

    #[test]
    fn entries_go_out_as_they_came_in() {
        both_ways(&[0x80, 0, 10, 2, 8, 0]);
        both_ways(&[0x80, 0, 13, 4, 0x10, 0, 0x10, 0]);
        both_ways(&[0xff, 0xff, 2, 5, 0, 0, 0x23, 0x20, 7]);
        both_ways(&[0xff, 0xff, 4, 5, 0, 0, 0x23, 0x20, 7]);
        both_ways(&[0xff, 0xff, 5, 2, 1, 2]);
        both_ways(&[0, 1, 0xff, 0]);
    }

    #[test]
    fn a_known_field_of_another_length_is_refused() {
        assert!(fields().read(&[0x80, 0, 10, 1, 8], 0, 5).is_err());
        assert!(fields().read(&[0x80, 0, 11, 2, 8, 0], 0, 6).is_err());
    }

    #[test]
    fn a_mask_of_all_ones_is_no_mask() {
        let entry = [0x80, 0, 13, 4, 0x10, 7, 0x1f, 0xff];
        let found = fields().read(&entry, 0, 8).unwrap();
        assert_eq!(found.entry, Entry::Exact(0x1007));
    }

    #[test]
    fn unknown_names_that_are_none_are_refused() {
        for name in ["", "0x", "0x0001", "0x0001.128", "0x0001.1/n", "0xffff:00.1", "0x00010.1"] {
            assert_eq!(write_raw(name, &[1], &mut Vec::new()), Err(Refused), "{name}");
        }
    }
}
