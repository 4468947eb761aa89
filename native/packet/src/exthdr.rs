//! The chain of IPv6 extension headers (the rules are told in `openflow/exthdr.py`).

use crate::read;

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const ESP: u8 = 50;
const AUTH: u8 = 51;
const NO_NEXT: u8 = 59;
const DESTINATION: u8 = 60;

const OFPIEH_UNREP: u16 = 1 << 7;
const OFPIEH_UNSEQ: u16 = 1 << 8;

/// What a whole chain of extension headers amounts to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chain {
    /// The flags of `ipv6_exthdr`.
    pub(crate) exthdr: u16,
    pub(crate) ip_proto: u8,
    /// Behind the last extension header.
    pub(crate) offset: usize,
    pub(crate) later_fragment: bool,
}

/// Follows the chain that begins with header `proto` at `offset`; `None` when `data` cuts it short.
pub(crate) fn walk(data: &[u8], mut proto: u8, mut offset: usize) -> Option<Chain> {
    let mut seen = Seen::default();
    while let Some(kind) = Kind::of(proto) {
        seen.add(proto, &kind);
        if matches!(proto, ESP | NO_NEXT) {
            break;
        }
        let length = length(data, proto, offset)?;
        let header = data.get(offset..offset + length)?;
        let later_fragment = proto == FRAGMENT && read::u16(header, 2)? > 7;
        proto = header[0];
        offset += length;
        if later_fragment {
            return Some(Chain { exthdr: seen.flags, ip_proto: proto, offset, later_fragment });
        }
    }
    Some(Chain { exthdr: seen.flags, ip_proto: proto, offset, later_fragment: false })
}

/// Length in bytes of the extension header `proto` (RFC 8200, 4; RFC 4302, 2.2).
fn length(data: &[u8], proto: u8, offset: usize) -> Option<usize> {
    let units = usize::from(read::u8(data, offset + 1)?);
    Some(match proto {
        FRAGMENT => 8,
        AUTH => (units + 2) * 4,
        _ => (units + 1) * 8,
    })
}

/// What sort of extension header: its flag, its place in the recommended order.
struct Kind {
    flag: u16,
    place: u8,
}

impl Kind {
    const fn of(proto: u8) -> Option<Self> {
        let (flag, place) = match proto {
            HOP_BY_HOP => (1 << 6, 0),
            ROUTING => (1 << 5, 2),
            FRAGMENT => (1 << 4, 3),
            AUTH => (1 << 2, 4),
            ESP => (1 << 1, 5),
            DESTINATION => (1 << 3, 6),
            NO_NEXT => (1, 7),
            _ => return None,
        };
        Some(Self { flag, place })
    }
}

/// The headers met so far: which, how often, and how far in the recommended order.
#[derive(Default)]
struct Seen {
    flags: u16,
    once: u16,
    twice: u16,
    last: u8,
    any: bool,
}

impl Seen {
    fn add(&mut self, proto: u8, kind: &Kind) {
        let place = if proto == DESTINATION && self.last == 0 { 1 } else { kind.place };
        let late_hop = proto == HOP_BY_HOP && self.any;
        if place < self.last || late_hop {
            self.flags |= OFPIEH_UNSEQ;
        }
        if !late_hop {
            self.flags |= kind.flag;
        }
        let so_often = if proto == DESTINATION { self.twice } else { self.once };
        if so_often & kind.flag != 0 {
            self.flags |= OFPIEH_UNREP;
        }
        self.twice |= self.once & kind.flag;
        self.once |= kind.flag;
        self.last = place;
        self.any = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight bytes of each of the headers, the last one leading to TCP.
    fn chain_of(headers: &[u8]) -> Chain {
        let mut data = Vec::new();
        for next in headers[1..].iter().chain([&6]) {
            data.extend([*next, 0, 0, 0, 0, 0, 0, 0]);
        }
        walk(&data, headers[0], 0).expect("a whole chain")
    }

    #[test]
    fn the_recommended_order_raises_no_flag() {
        let chain = chain_of(&[HOP_BY_HOP, DESTINATION, ROUTING, FRAGMENT, DESTINATION]);
        let exthdr = 1 << 6 | 1 << 5 | 1 << 4 | 1 << 3;
        assert_eq!(chain, Chain { exthdr, ip_proto: 6, offset: 40, later_fragment: false });
    }

    #[test]
    fn another_order_is_unexpected() {
        assert_ne!(chain_of(&[FRAGMENT, ROUTING]).exthdr & OFPIEH_UNSEQ, 0);
        let hop_later = chain_of(&[DESTINATION, HOP_BY_HOP]).exthdr;
        assert_eq!(hop_later, OFPIEH_UNSEQ | 1 << 3);
    }

    #[test]
    fn a_third_destination_header_is_an_unexpected_repeat() {
        assert_eq!(chain_of(&[DESTINATION; 2]).exthdr & OFPIEH_UNREP, 0);
        assert_ne!(chain_of(&[DESTINATION; 3]).exthdr & OFPIEH_UNREP, 0);
        assert_ne!(chain_of(&[ROUTING; 2]).exthdr & OFPIEH_UNREP, 0);
    }

    #[test]
    fn encryption_and_no_next_header_end_the_chain() {
        assert_eq!(walk(&[], ESP, 0).map(|chain| chain.ip_proto), Some(ESP));
        assert_eq!(walk(&[], NO_NEXT, 0).map(|chain| chain.ip_proto), Some(NO_NEXT));
    }

    #[test]
    fn a_later_fragment_ends_the_chain() {
        let chain = walk(&[DESTINATION, 0, 0, 8, 0, 0, 0, 0], FRAGMENT, 0).expect("a chain");
        assert_eq!((chain.ip_proto, chain.later_fragment), (DESTINATION, true));
    }

    #[test]
    fn a_truncated_chain_is_none() {
        assert_eq!(walk(&[6, 0, 0, 0, 0, 0, 0], ROUTING, 0), None);
        assert_eq!(walk(&[6, 1, 0, 0, 0, 0, 0, 0], ROUTING, 0), None);
    }
}
