//! Translations between a version's numbers and the neutral ones (`openflow/layouts/kinds.py`).

const RESERVED_16: u64 = 0xff00;
const RESERVED_32: u64 = 0xffff_ff00;
const HIGH: u64 = 0xffff_0000;
const ONES_32: u64 = 0xffff_ffff;
const ALL_16: u64 = 0xfffc;

/// What stands between a number on the wire and its neutral value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Translation {
    /// Nothing.
    #[default]
    Same,
    /// 1.0's port numbers: the reserved ones are the low half of the neutral ones.
    Port,
    /// The same, but any port is `OFPP_ALL` on the wire.
    AnyPort,
    /// The upper bits of a byte.
    Shift(u32),
    /// Bits that moved, as (wire, neutral); strict: others are an error to send.
    Bits(Vec<(u32, u32)>, bool),
}

impl Translation {
    /// Make a wire value neutral.
    #[inline]
    pub(crate) fn decode(&self, wire: u64) -> u64 {
        match self {
            Self::Same => wire,
            Self::Port if wire < RESERVED_16 => wire,
            Self::Port => wire + HIGH,
            Self::AnyPort if wire == ALL_16 => ONES_32,
            Self::AnyPort => Self::Port.decode(wire),
            Self::Shift(bits) => wire >> bits,
            Self::Bits(pairs, _) => moved(wire, pairs.iter().copied()),
        }
    }

    /// The wire value of a neutral one; None for one that there is none for.
    #[inline]
    pub(crate) fn encode(&self, neutral: u64) -> Option<u64> {
        match self {
            Self::Same => Some(neutral),
            Self::Port if neutral > ONES_32 => None,
            Self::Port if (RESERVED_16..RESERVED_32).contains(&neutral) => None,
            Self::Port => Some(neutral & 0xffff),
            Self::AnyPort if neutral == ONES_32 => Some(ALL_16),
            Self::AnyPort => Self::Port.encode(neutral),
            Self::Shift(bits) => neutral.checked_shl(*bits).filter(|wire| wire >> bits == neutral),
            Self::Bits(pairs, is_strict) => {
                let known = moved(u64::MAX, pairs.iter().copied());
                let is_refused = neutral > ONES_32 || *is_strict && neutral & !known != 0;
                let wire = moved(neutral, pairs.iter().map(|&(wire, neutral)| (neutral, wire)));
                (!is_refused).then_some(wire)
            }
        }
    }
}

fn moved(value: u64, pairs: impl Iterator<Item = (u32, u32)>) -> u64 {
    pairs.map(|(from, to)| (value >> from & 1) << to).fold(0, |all, bit| all | bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_ports_are_the_low_half_of_the_neutral_ones() {
        assert_eq!(Translation::Port.decode(0xfffd), 0xffff_fffd);
        assert_eq!(Translation::Port.encode(0xffff_fffd), Some(0xfffd));
        assert_eq!(Translation::Port.encode(0xfeff), Some(0xfeff));
        assert_eq!(Translation::Port.encode(0xff00), None);
        assert_eq!(Translation::Port.encode(0x1_0000_0000), None);
    }

    #[test]
    fn any_port_is_all_ports_on_the_wire() {
        assert_eq!(Translation::AnyPort.decode(0xfffc), 0xffff_ffff);
        assert_eq!(Translation::AnyPort.encode(0xffff_ffff), Some(0xfffc));
    }

    #[test]
    fn bits_move_and_strict_ones_refuse_strangers() {
        let flags = Translation::Bits(vec![(0, 0), (2, 16)], true);
        assert_eq!(flags.decode(0b101), 0x1_0001);
        assert_eq!(flags.decode(0b111), 0x1_0001);
        assert_eq!(flags.encode(0x1_0001), Some(0b101));
        assert_eq!(flags.encode(0b10), None);
        assert_eq!(Translation::Bits(vec![(0, 0)], false).encode(0b11), Some(1));
    }

    #[test]
    fn a_shift_loses_no_bits() {
        assert_eq!(Translation::Shift(2).decode(0xff), 0x3f);
        assert_eq!(Translation::Shift(2).encode(0x3f), Some(0xfc));
        assert_eq!(Translation::Shift(2).encode(u64::MAX), None);
    }
}
