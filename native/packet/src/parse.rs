//! From the bytes of a frame to its flow key and the places of its headers.
//!
//! Each reader takes one header: it adds that header's fields, or nothing when the header is not
//! right, and then calls the reader of the next one. `None` from a reader only ends the descent.

use crate::{Field, FlowKey, exthdr, read};

const ETHERNET_LEN: usize = 14;
const MIN_ETH_TYPE: u16 = 0x0600;
/// What `eth_type` is for an 802.3 frame without a SNAP header (`OpenFlow` 1.0.2, 3.4).
const ETH_TYPE_NONE: u16 = 0x05ff;
const SNAP: [u8; 6] = [0xaa, 0xaa, 0x03, 0, 0, 0];
const OFPVID_PRESENT: u16 = 0x1000;

/// A frame taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    /// The match fields that the frame has.
    pub key: FlowKey,
    /// Where its headers are.
    pub layers: Layers,
}

/// Offsets of what a frame has, for those who rewrite it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// How many VLAN tags there are; the outermost begins at offset 12.
    pub vlan_count: usize,
    /// The type behind all VLAN tags, or that of the SNAP header.
    pub eth_type_offset: Option<usize>,
    /// The header that the type announces.
    pub l3_offset: Option<usize>,
    /// Behind the IP datagram, without the padding of a short frame.
    pub l3_end: Option<usize>,
    /// The TCP, UDP, SCTP or ICMP header, when it is there in full.
    pub l4_offset: Option<usize>,
    /// The address that `ipv6_nd_sll` or `ipv6_nd_tll` is read from.
    pub nd_lladdr_offset: Option<usize>,
}

/// Takes a frame apart. `total_len` is its length on the link, where `data` is only the head of it.
pub fn parse(data: &[u8], total_len: usize) -> Packet {
    let mut packet = Packet::default();
    parse_into(data, total_len, &mut packet);
    packet
}

/// Takes a frame apart as [`parse`] does, into a place that is there already.
#[inline]
pub fn parse_into(data: &[u8], total_len: usize, packet: &mut Packet) {
    *packet = Packet::default();
    let mut parser = Parser { data, total_len: total_len.max(data.len()), packet };
    if data.len() >= ETHERNET_LEN {
        parser.ethernet();
    }
}

struct Parser<'a> {
    data: &'a [u8],
    total_len: usize,
    packet: &'a mut Packet,
}

impl Parser<'_> {
    fn set(&mut self, field: Field, value: impl Into<u128>) {
        self.packet.key.set(field, value);
    }

    /// The Ethernet header and its tags; a tag that is cut short hides the type and all above.
    fn ethernet(&mut self) -> Option<()> {
        self.set(Field::EthDst, read::u48(self.data, 0)?);
        self.set(Field::EthSrc, read::u48(self.data, 6)?);
        let located = self.locate_eth_type();
        if self.packet.layers.vlan_count > 0 {
            let tci = read::u16(self.data, 14)?;
            self.set(Field::VlanVid, OFPVID_PRESENT | tci & 0x0fff);
            self.set(Field::VlanPcp, tci >> 13);
        }
        let (eth_type, at) = located?;
        if self.packet.layers.vlan_count == 0 {
            self.set(Field::VlanVid, 0_u16);
        }
        self.set(Field::EthType, eth_type);
        self.network(eth_type, at)
    }

    /// Steps over the VLAN tags: the type behind them and the offset of what it announces.
    fn locate_eth_type(&mut self) -> Option<(u16, usize)> {
        let mut offset = 12;
        let mut eth_type = read::u16(self.data, offset)?;
        while matches!(eth_type, 0x8100 | 0x88a8) {
            offset += 4;
            eth_type = read::u16(self.data, offset)?;
            self.packet.layers.vlan_count += 1;
        }
        if eth_type < MIN_ETH_TYPE {
            (eth_type, offset) = self.snap_type(offset + 2).unwrap_or((ETH_TYPE_NONE, offset));
        }
        self.packet.layers.eth_type_offset = Some(offset);
        self.packet.layers.l3_offset = Some(offset + 2);
        Some((eth_type, offset + 2))
    }

    /// The type of a SNAP header with OUI 0 and its offset.
    fn snap_type(&self, llc: usize) -> Option<(u16, usize)> {
        let offset = llc + SNAP.len();
        let snap_type = read::u16(self.data, offset)?;
        (self.data[llc..offset] == SNAP && snap_type >= MIN_ETH_TYPE).then_some((snap_type, offset))
    }

    fn network(&mut self, eth_type: u16, at: usize) -> Option<()> {
        match eth_type {
            0x0800 => self.ipv4(at),
            0x0806 => self.arp(at),
            0x86dd => self.ipv6(at),
            0x8847 | 0x8848 => self.mpls(at),
            0x88e7 => self.pbb(at),
            _ => None,
        }
    }

    /// The outermost label stack entry (RFC 3032, 2.1).
    fn mpls(&mut self, at: usize) -> Option<()> {
        let entry = read::u32(self.data, at)?;
        self.set(Field::MplsLabel, entry >> 12);
        self.set(Field::MplsTc, entry >> 9 & 7);
        self.set(Field::MplsBos, entry >> 8 & 1);
        Some(())
    }

    /// The service id of the I-TAG: the low 24 bits after its type (IEEE 802.1Q, 9.7).
    fn pbb(&mut self, at: usize) -> Option<()> {
        let tci = read::u32(self.data, at)?;
        self.set(Field::PbbIsid, tci & 0x00ff_ffff);
        Some(())
    }

    /// An ARP packet for IPv4 on Ethernet (RFC 826).
    fn arp(&mut self, at: usize) -> Option<()> {
        let header = self.data.get(at..at + 28)?;
        if header[..6] != [0, 1, 8, 0, 6, 4] {
            return None;
        }
        self.set(Field::ArpOp, read::u16(header, 6)?);
        self.set(Field::ArpSha, read::u48(header, 8)?);
        self.set(Field::ArpSpa, read::u32(header, 14)?);
        self.set(Field::ArpTha, read::u48(header, 18)?);
        self.set(Field::ArpTpa, read::u32(header, 24)?);
        Some(())
    }

    /// The IPv4 header (RFC 791, 3.1) and, but for later fragments, the transport header.
    fn ipv4(&mut self, at: usize) -> Option<()> {
        let header = self.data.get(at..at + 20)?;
        let header_len = usize::from(header[0] & 15) * 4;
        let length = usize::from(read::u16(header, 2)?);
        if header[0] >> 4 != 4
            || !(20..=length).contains(&header_len)
            || at + length > self.total_len
        {
            return None;
        }
        let proto = header[9];
        let later_fragment = read::u16(header, 6)? & 0x1fff != 0;
        self.set(Field::IpDscp, header[1] >> 2);
        self.set(Field::IpEcn, header[1] & 3);
        self.set(Field::IpProto, proto);
        self.set(Field::Ipv4Src, read::u32(header, 12)?);
        self.set(Field::Ipv4Dst, read::u32(header, 16)?);
        self.packet.layers.l3_end = Some(at + length);
        if later_fragment {
            return None;
        }
        let payload = at + header_len;
        match proto {
            1 => self.transport([Field::Icmpv4Type, Field::Icmpv4Code], payload, 8),
            _ => self.ports(proto, payload),
        }
    }

    /// The IPv6 header (RFC 8200, 3), its extension headers and the transport header.
    fn ipv6(&mut self, at: usize) -> Option<()> {
        let header = self.data.get(at..at + 40)?;
        let first = read::u32(header, 0)?;
        let end = at + 40 + usize::from(read::u16(header, 4)?);
        if first >> 28 != 6 || end > self.total_len {
            return None;
        }
        self.set(Field::IpDscp, first >> 22 & 0x3f);
        self.set(Field::IpEcn, first >> 20 & 3);
        self.set(Field::Ipv6Src, read::u128(header, 8)?);
        self.set(Field::Ipv6Dst, read::u128(header, 24)?);
        self.set(Field::Ipv6Flabel, first & 0x000f_ffff);
        self.packet.layers.l3_end = Some(end);
        let chain = exthdr::walk(self.datagram(), header[6], at + 40)?;
        self.set(Field::IpProto, chain.ip_proto);
        self.set(Field::Ipv6Exthdr, chain.exthdr);
        match chain.ip_proto {
            _ if chain.later_fragment => None,
            58 => self.icmpv6(chain.offset),
            proto => self.ports(proto, chain.offset),
        }
    }

    /// What `data` has of the frame up to the end of the IP datagram.
    fn datagram(&self) -> &[u8] {
        let end = self.packet.layers.l3_end.unwrap_or(0);
        &self.data[..end.min(self.data.len())]
    }

    fn ports(&mut self, proto: u8, at: usize) -> Option<()> {
        match proto {
            6 => self.transport([Field::TcpSrc, Field::TcpDst], at, 20),
            17 => self.transport([Field::UdpSrc, Field::UdpDst], at, 8),
            132 => self.transport([Field::SctpSrc, Field::SctpDst], at, 12),
            _ => None,
        }
    }

    fn icmpv6(&mut self, at: usize) -> Option<()> {
        self.transport([Field::Icmpv6Type, Field::Icmpv6Code], at, 4)?;
        match self.data[at..at + 2] {
            [135, 0] => self.neighbor_discovery(at + 8, 1, Field::Ipv6NdSll),
            [136, 0] => self.neighbor_discovery(at + 8, 2, Field::Ipv6NdTll),
            _ => None,
        }
    }

    /// The two fields that lead a transport header of `length` bytes: ports, or type and code.
    fn transport(&mut self, fields: [Field; 2], at: usize, length: usize) -> Option<()> {
        let header = self.datagram().get(at..at + length)?;
        let values = match fields[0].bits() {
            8 => [header[0].into(), header[1].into()],
            _ => [read::u16(header, 0)?, read::u16(header, 2)?],
        };
        self.packet.layers.l4_offset = Some(at);
        self.set(fields[0], values[0]);
        self.set(fields[1], values[1]);
        Some(())
    }

    /// The target and the link-layer address of a solicitation or advertisement (RFC 4861, 4.3).
    fn neighbor_discovery(&mut self, target: usize, option: u8, lladdr: Field) -> Option<()> {
        let address = read::u128(self.datagram(), target)?;
        self.set(Field::Ipv6NdTarget, address);
        let mut offset = target + 16;
        loop {
            let units = read::u8(self.datagram(), offset + 1)?;
            let body = self.datagram().get(offset..offset + usize::from(units) * 8)?;
            match (*body.first()?, units) {
                (kind, 1) if kind == option => break,
                _ => offset += body.len(),
            }
        }
        self.set(lladdr, read::u48(self.datagram(), offset + 2)?);
        self.packet.layers.nd_lladdr_offset = Some(offset + 2);
        Some(())
    }
}
