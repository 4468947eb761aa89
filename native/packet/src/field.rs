//! The catalogue of match fields (`OpenFlow` 1.3.5, 7.2.3.7).

/// Declares [`Field`] from one row for each field: variant, OXM number, width in bits, place in a
/// [`FlowKey`](crate::FlowKey) (word and lowest bit), OXM name.
macro_rules! catalogue {
    ($($variant:ident = $number:literal, $bits:literal, $word:literal, $shift:literal, $name:literal;)*) => {
        /// A match field; its value as an integer is the number of its OXM.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Field {
            $(#[doc = concat!("`", $name, "`, ", $bits, " bits")] $variant = $number,)*
        }

        impl Field {
            /// Every field, in the order of OXM numbers.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The OXM name in lower case, as in `openflow.fields`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The field with this OXM number.
            pub const fn from_number(number: u8) -> Option<Self> {
                match number {
                    $($number => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Width in bits.
            pub const fn bits(self) -> u32 {
                match self { $(Self::$variant => $bits,)* }
            }

            /// Where the field stands in a key: the word and the lowest bit in it. A field of 128
            /// bits has its upper half there and its lower half in the word behind.
            pub const fn place(self) -> (usize, u32) {
                match self { $(Self::$variant => ($word, $shift),)* }
            }
        }
    };
}

catalogue! {
    InPort = 0, 32, 1, 32, "in_port";
    InPhyPort = 1, 32, 1, 0, "in_phy_port";
    Metadata = 2, 64, 2, 0, "metadata";
    EthDst = 3, 48, 4, 16, "eth_dst";
    EthSrc = 4, 48, 5, 16, "eth_src";
    EthType = 5, 16, 4, 0, "eth_type";
    VlanVid = 6, 13, 5, 3, "vlan_vid";
    VlanPcp = 7, 3, 5, 0, "vlan_pcp";
    IpDscp = 8, 6, 6, 50, "ip_dscp";
    IpEcn = 9, 2, 6, 48, "ip_ecn";
    IpProto = 10, 8, 6, 56, "ip_proto";
    Ipv4Src = 11, 32, 7, 32, "ipv4_src";
    Ipv4Dst = 12, 32, 7, 0, "ipv4_dst";
    TcpSrc = 13, 16, 6, 32, "tcp_src";
    TcpDst = 14, 16, 6, 16, "tcp_dst";
    UdpSrc = 15, 16, 6, 32, "udp_src";
    UdpDst = 16, 16, 6, 16, "udp_dst";
    SctpSrc = 17, 16, 6, 32, "sctp_src";
    SctpDst = 18, 16, 6, 16, "sctp_dst";
    Icmpv4Type = 19, 8, 6, 32, "icmpv4_type";
    Icmpv4Code = 20, 8, 6, 16, "icmpv4_code";
    ArpOp = 21, 16, 6, 32, "arp_op";
    ArpSpa = 22, 32, 7, 32, "arp_spa";
    ArpTpa = 23, 32, 7, 0, "arp_tpa";
    ArpSha = 24, 48, 8, 0, "arp_sha";
    ArpTha = 25, 48, 9, 0, "arp_tha";
    Ipv6Src = 26, 128, 8, 0, "ipv6_src";
    Ipv6Dst = 27, 128, 10, 0, "ipv6_dst";
    Ipv6Flabel = 28, 20, 12, 0, "ipv6_flabel";
    Icmpv6Type = 29, 8, 6, 32, "icmpv6_type";
    Icmpv6Code = 30, 8, 6, 16, "icmpv6_code";
    Ipv6NdTarget = 31, 128, 13, 0, "ipv6_nd_target";
    Ipv6NdSll = 32, 48, 15, 0, "ipv6_nd_sll";
    Ipv6NdTll = 33, 48, 15, 0, "ipv6_nd_tll";
    MplsLabel = 34, 20, 8, 12, "mpls_label";
    MplsTc = 35, 3, 8, 9, "mpls_tc";
    MplsBos = 36, 1, 8, 8, "mpls_bos";
    PbbIsid = 37, 24, 8, 0, "pbb_isid";
    TunnelId = 38, 64, 3, 0, "tunnel_id";
    Ipv6Exthdr = 39, 9, 6, 0, "ipv6_exthdr";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_listed_in_the_order_of_their_numbers() {
        for (number, field) in Field::ALL.iter().enumerate() {
            assert_eq!(*field as usize, number, "{}", field.name());
        }
    }
}
