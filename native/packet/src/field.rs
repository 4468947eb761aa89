//! The catalogue of match fields (`OpenFlow` 1.3.5, 7.2.3.7).

/// Declares [`Field`] from one row for each field: variant, OXM number, width in bits, OXM name.
macro_rules! catalogue {
    ($($variant:ident = $number:literal, $bits:literal, $name:literal;)*) => {
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

            /// Width in bits.
            pub const fn bits(self) -> u32 {
                match self { $(Self::$variant => $bits,)* }
            }
        }
    };
}

catalogue! {
    InPort = 0, 32, "in_port";
    InPhyPort = 1, 32, "in_phy_port";
    Metadata = 2, 64, "metadata";
    EthDst = 3, 48, "eth_dst";
    EthSrc = 4, 48, "eth_src";
    EthType = 5, 16, "eth_type";
    VlanVid = 6, 13, "vlan_vid";
    VlanPcp = 7, 3, "vlan_pcp";
    IpDscp = 8, 6, "ip_dscp";
    IpEcn = 9, 2, "ip_ecn";
    IpProto = 10, 8, "ip_proto";
    Ipv4Src = 11, 32, "ipv4_src";
    Ipv4Dst = 12, 32, "ipv4_dst";
    TcpSrc = 13, 16, "tcp_src";
    TcpDst = 14, 16, "tcp_dst";
    UdpSrc = 15, 16, "udp_src";
    UdpDst = 16, 16, "udp_dst";
    SctpSrc = 17, 16, "sctp_src";
    SctpDst = 18, 16, "sctp_dst";
    Icmpv4Type = 19, 8, "icmpv4_type";
    Icmpv4Code = 20, 8, "icmpv4_code";
    ArpOp = 21, 16, "arp_op";
    ArpSpa = 22, 32, "arp_spa";
    ArpTpa = 23, 32, "arp_tpa";
    ArpSha = 24, 48, "arp_sha";
    ArpTha = 25, 48, "arp_tha";
    Ipv6Src = 26, 128, "ipv6_src";
    Ipv6Dst = 27, 128, "ipv6_dst";
    Ipv6Flabel = 28, 20, "ipv6_flabel";
    Icmpv6Type = 29, 8, "icmpv6_type";
    Icmpv6Code = 30, 8, "icmpv6_code";
    Ipv6NdTarget = 31, 128, "ipv6_nd_target";
    Ipv6NdSll = 32, 48, "ipv6_nd_sll";
    Ipv6NdTll = 33, 48, "ipv6_nd_tll";
    MplsLabel = 34, 20, "mpls_label";
    MplsTc = 35, 3, "mpls_tc";
    MplsBos = 36, 1, "mpls_bos";
    PbbIsid = 37, 24, "pbb_isid";
    TunnelId = 38, 64, "tunnel_id";
    Ipv6Exthdr = 39, 9, "ipv6_exthdr";
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
