//! Which bucket of a select group a packet goes to (`OpenFlow` 1.3.5, 5.6.1), to the bit as
//! `ofswitch/datapath/group_select.py` defines it.

use packet::{Field, Packet};

use crate::edit::is_fragment;

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const FACTOR: u64 = 0xbf58_476d_1ce4_e5b9;

/// The ports of the transport, of which a packet has one pair at the most.
const PORTS: [(Field, Field); 3] = [
    (Field::TcpSrc, Field::TcpDst),
    (Field::UdpSrc, Field::UdpDst),
    (Field::SctpSrc, Field::SctpDst),
];

/// The hash of a packet: the same for all packets of a connection in one direction.
pub(crate) fn select_hash(data: &[u8], packet: &Packet) -> u64 {
    let get = |field| low(packet.key.get(field).unwrap_or_default());
    let halves = |field| {
        let value = packet.key.get(field).unwrap_or_default();
        (low(value >> 64), low(value))
    };
    let mut hash = mix(SEED, get(Field::EthDst) << 16 | get(Field::EthType));
    hash = mix(hash, get(Field::EthSrc) << 16 | get(Field::VlanVid));
    hash = mix(hash, get(Field::IpProto) << 32 | ports(data, packet));
    if packet.key.has(Field::Ipv4Src) {
        mix(hash, get(Field::Ipv4Src) << 32 | get(Field::Ipv4Dst))
    } else if packet.key.has(Field::ArpSpa) {
        mix(hash, get(Field::ArpSpa) << 32 | get(Field::ArpTpa))
    } else if packet.key.has(Field::Ipv6Src) {
        let (source, destination) = (halves(Field::Ipv6Src), halves(Field::Ipv6Dst));
        [source.0, source.1, destination.0, destination.1].into_iter().fold(hash, mix)
    } else {
        hash
    }
}

/// Where the shares of buckets end, one behind the other: bucket and end.
pub(crate) type Shares = Box<[(u32, u64)]>;

/// Lays the shares of buckets with these weights out; a weight of 0 has none.
pub(crate) fn shares(weights: impl Iterator<Item = (usize, u16)>) -> Shares {
    let mut end = 0;
    weights
        .filter(|(_, weight)| *weight > 0)
        .filter_map(|(bucket, weight)| {
            end += u64::from(weight);
            Some((u32::try_from(bucket).ok()?, end))
        })
        .collect()
}

/// The bucket that a hash falls to; `None` when no bucket has a weight.
pub(crate) fn choose(hash: u64, shares: &Shares) -> Option<usize> {
    let &(_, total) = shares.last()?;
    let point = hash % total;
    let at = shares.partition_point(|&(_, end)| end <= point);
    shares.get(at).map(|&(bucket, _)| bucket as usize)
}

#[inline]
const fn mix(hash: u64, word: u64) -> u64 {
    let product = (hash ^ word).wrapping_mul(FACTOR);
    product ^ product >> 32
}

fn ports(data: &[u8], packet: &Packet) -> u64 {
    let Some((source, destination)) = PORTS.into_iter().find(|pair| packet.key.has(pair.0)) else {
        return 0;
    };
    if is_fragment(data, packet) {
        return 0;
    }
    let get = |field| low(packet.key.get(field).unwrap_or_default());
    get(source) << 16 | get(destination)
}

#[expect(clippy::cast_possible_truncation, reason = "the upper half is cut off on purpose")]
const fn low(value: u128) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use packet::parse;

    fn hash_of(hex: &str) -> u64 {
        let octets = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
        let data: Vec<u8> = octets.collect::<Result<_, _>>().expect("hexadecimal digits");
        select_hash(&data, &parse(&data, data.len()))
    }

    /// Frames, and what Python's `select_hash` makes of them.
    const EXPECTED: &[(&str, &str, u64)] = &[
        ("unknown type", "00000000000200000000000188b57061796c6f6164", 0xa2c5_31f0_5a41_ccb6),
        (
            "ARP request",
            "000000000002000000000001080600010800060400010000000000010a0000010000000000000a000002",
            0x96eb_7001_8ecc_7755,
        ),
        (
            "IPv4 TCP",
            "000000000002000000000001080045b9002f000100004006660d0a0000010a00000204d20050000000000000000050022000b98700007061796c6f6164",
            0xfcdb_6d7f_8677_6aab,
        ),
        (
            "IPv4 SCTP",
            "000000000002000000000001080045b90034000100004084658a0a0000010a00000200070009000000000f9cde640000001100000000000000000000000078000000",
            0x9fd1_7602_3bc6_5b58,
        ),
        (
            "IPv4 ICMP",
            "000000000002000000000001080045b90023000100004001661e0a0000010a00000203013fcf000000007061796c6f6164",
            0xc08e_de1d_596d_3675,
        ),
        (
            "IPv4 first fragment",
            "000000000002000000000001080045b90023000120004011460e0a0000010a000002003514e9000f19807061796c6f6164",
            0x773b_47fa_e776_cc82,
        ),
        (
            "IPv4 later fragment",
            "000000000002000000000001080045b9001b000100b94011655d0a0000010a0000027061796c6f6164",
            0x773b_47fa_e776_cc82,
        ),
        (
            "QinQ",
            "00000000000200000000000188a82064810040c8080045b9001c00010000401166150a0000010a000002003514e90008d6bd",
            0x2f2a_3888_2c65_d035,
        ),
        (
            "MPLS",
            "000000000002000000000001884700010b4045b9002800010000400666140a0000010a00000204d2005000000000000000005002200076be0000",
            0xf390_6c08_befd_c1dd,
        ),
        (
            "IPv6 TCP",
            "00000000000200000000000186dd6b9abcde001b064020010db800000000000000000000000120010db800000000000000000000000204d20050000000000000000050022000721500007061796c6f6164",
            0xf7a2_e1b8_4984_ed03,
        ),
        (
            "IPv6 first fragment",
            "00000000000200000000000186dd6b9abcde00172c4020010db800000000000000000000000120010db80000000000000000000000021100000100000007003514e9000fd20d7061796c6f6164",
            0x1663_f4da_e876_ed87,
        ),
        (
            "IPv6 later fragment",
            "00000000000200000000000186dd6b9abcde000f2c4020010db800000000000000000000000120010db800000000000000000000000211000048000000007061796c6f6164",
            0x1663_f4da_e876_ed87,
        ),
    ];

    #[test]
    fn hashes_are_those_of_the_reference() {
        for (name, frame, expected) in EXPECTED {
            assert_eq!(hash_of(frame), *expected, "{name}");
        }
    }

    #[test]
    fn a_point_falls_into_the_bucket_whose_weights_span_it() {
        let two_none_one = shares([2, 0, 1].into_iter().enumerate());
        let chosen: Vec<_> = (0..7).filter_map(|hash| choose(hash, &two_none_one)).collect();
        assert_eq!(chosen, [0, 0, 2, 0, 0, 2, 0]);
        assert_eq!(choose(5, &shares([0, 0].into_iter().enumerate())), None);
        assert_eq!(choose(5, &Shares::default()), None);
    }
}
