//! Stands in for the edits of header fields until they are there.

use packet::{Frame, Packet};

use crate::Action;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    Unchanged,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(dead_code, reason = "nothing fails that does nothing")]
pub(crate) enum EditFault {
    InvalidTtl,
    TooLong,
}

#[expect(clippy::unnecessary_wraps, reason = "as the real one")]
pub(crate) fn edit(_: &Action, _: &mut Frame, _: &Packet) -> Result<Edited, EditFault> {
    Ok(Edited::Unchanged)
}

pub(crate) fn follow(_: &Action, _: Edited, _: &Frame, _: &mut Packet) -> bool {
    true
}

pub(crate) fn is_fragment(data: &[u8], packet: &Packet) -> bool {
    if let Some(flags) = packet.key.get(packet::Field::Ipv6Exthdr) {
        return flags & 1 << 4 != 0;
    }
    let word = packet.layers.l3_offset.and_then(|ip| data.get(ip + 6..)?.first_chunk());
    packet.key.has(packet::Field::Ipv4Src)
        && word.is_some_and(|word| u16::from_be_bytes(*word) & 0x3fff != 0)
}
