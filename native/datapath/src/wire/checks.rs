//! Whether a match, and what is done with what it lets through, make sense (1.3.5, 7.2.3.6 and 7.2.5).
//!
//! The rules are those of `Match.check` and of `ofswitch/datapath/consistency.py`: known is what the
//! match says, as changed by the actions before. Of all fields only those are followed that others
//! depend on. 1.0 has no such rules.

use packet::Field;

use crate::{Action, FlowMatch, Instruction, Program};

const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const IPV6: u16 = 0x86dd;
const MPLS: u16 = 0x8847;
const MPLS_MULTICAST: u16 = 0x8848;
const PBB: u16 = 0x88e7;
const VLAN: u16 = 0x8100;
const QINQ: u16 = 0x88a8;

const TCP: u8 = 6;
const UDP: u8 = 17;
const SCTP: u8 = 132;
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;

const OFPVID_PRESENT: u16 = 0x1000;

/// A VLAN id of which something is known: value and mask.
type Vlan = (u16, u16);
const UNTAGGED: Vlan = (0, 0x1fff);
const TAGGED: Vlan = (OFPVID_PRESENT, OFPVID_PRESENT);

/// What is known of packets, as far as other fields depend on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    in_port: bool,
    eth_type: Option<u16>,
    vlan_vid: Option<Vlan>,
    ip_proto: Option<u8>,
    icmpv6_type: Option<u8>,
}

impl Known {
    /// What a match says.
    pub(super) fn of(flow_match: &FlowMatch) -> Self {
        let (value, mask) = (flow_match.value(), flow_match.mask());
        Self {
            in_port: value.has(Field::InPort),
            eth_type: value.get(Field::EthType).map(low_16),
            vlan_vid: value
                .get(Field::VlanVid)
                .map(low_16)
                .zip(mask.get(Field::VlanVid).map(low_16)),
            ip_proto: value.get(Field::IpProto).map(low_8),
            icmpv6_type: value.get(Field::Icmpv6Type).map(low_8),
        }
    }

    /// Whether packets are known to have this field (1.3.5, table 11).
    fn has(&self, field: Field) -> bool {
        let eth_type = self.eth_type;
        let is_ip = matches!(eth_type, Some(IPV4 | IPV6));
        let is_icmpv6 = eth_type == Some(IPV6) && self.ip_proto == Some(ICMPV6);
        match field {
            Field::InPort
            | Field::Metadata
            | Field::EthDst
            | Field::EthSrc
            | Field::EthType
            | Field::VlanVid
            | Field::TunnelId => true,
            Field::InPhyPort => self.in_port,
            Field::VlanPcp => {
                self.vlan_vid.is_some_and(|(value, mask)| value & mask & OFPVID_PRESENT != 0)
            }
            Field::IpDscp | Field::IpEcn | Field::IpProto => is_ip,
            Field::Ipv4Src | Field::Ipv4Dst => eth_type == Some(IPV4),
            Field::TcpSrc | Field::TcpDst => is_ip && self.ip_proto == Some(TCP),
            Field::UdpSrc | Field::UdpDst => is_ip && self.ip_proto == Some(UDP),
            Field::SctpSrc | Field::SctpDst => is_ip && self.ip_proto == Some(SCTP),
            Field::Icmpv4Type | Field::Icmpv4Code => {
                eth_type == Some(IPV4) && self.ip_proto == Some(ICMP)
            }
            Field::ArpOp | Field::ArpSpa | Field::ArpTpa | Field::ArpSha | Field::ArpTha => {
                eth_type == Some(ARP)
            }
            Field::Ipv6Src | Field::Ipv6Dst | Field::Ipv6Flabel | Field::Ipv6Exthdr => {
                eth_type == Some(IPV6)
            }
            Field::Icmpv6Type | Field::Icmpv6Code => is_icmpv6,
            Field::Ipv6NdTarget => is_icmpv6 && matches!(self.icmpv6_type, Some(135 | 136)),
            Field::Ipv6NdSll => is_icmpv6 && self.icmpv6_type == Some(135),
            Field::Ipv6NdTll => is_icmpv6 && self.icmpv6_type == Some(136),
            Field::MplsLabel | Field::MplsTc | Field::MplsBos => self.is_mpls(),
            Field::PbbIsid => eth_type == Some(PBB),
        }
    }

    fn is_mpls(&self) -> bool {
        matches!(self.eth_type, Some(MPLS | MPLS_MULTICAST))
    }

    /// Whether packets may have one of these types.
    fn may_be(&self, types: &[u16]) -> bool {
        self.eth_type.is_none_or(|known| types.contains(&known))
    }

    /// Whether an action may apply, and what is known after it.
    fn follow(&mut self, action: &Action) -> bool {
        const LABELLED: &[u16] = &[MPLS, MPLS_MULTICAST];
        match *action {
            Action::SetField(field, value) => return self.set_field(field, value),
            Action::SetNwTtl(_) | Action::DecNwTtl => return self.may_be(&[IPV4, IPV6]),
            Action::SetMplsTtl(_) | Action::DecMplsTtl | Action::CopyTtlIn | Action::CopyTtlOut => {
                return self.may_be(LABELLED);
            }
            Action::PushVlan(_) => self.vlan_vid = Some(TAGGED),
            Action::PopVlan => {
                if self.vlan_vid == Some(UNTAGGED) {
                    return false;
                }
                self.vlan_vid = None;
            }
            Action::PushMpls(eth_type) | Action::PushPbb(eth_type) => {
                self.forget_headers();
                (self.eth_type, self.vlan_vid) = (Some(eth_type), Some(UNTAGGED));
            }
            Action::PopMpls(eth_type) => {
                if !self.may_be(LABELLED) {
                    return false;
                }
                self.pop_mpls(eth_type);
            }
            Action::PopPbb => {
                if !self.may_be(&[PBB]) {
                    return false;
                }
                self.forget_headers();
            }
            _ => {}
        }
        true
    }

    fn set_field(&mut self, field: Field, value: u128) -> bool {
        if !self.has(field) || (field == Field::VlanVid && self.vlan_vid == Some(UNTAGGED)) {
            return false;
        }
        match field {
            Field::EthType => self.eth_type = Some(low_16(value)),
            Field::VlanVid => self.vlan_vid = Some((low_16(value), UNTAGGED.1)),
            Field::IpProto => self.ip_proto = Some(low_8(value)),
            Field::Icmpv6Type => self.icmpv6_type = Some(low_8(value)),
            _ => {}
        }
        true
    }

    fn pop_mpls(&mut self, eth_type: u16) {
        let (was_labelled, vlan_vid) = (self.is_mpls(), self.vlan_vid);
        self.forget_headers();
        if !was_labelled {
            return;
        }
        if matches!(eth_type, VLAN | QINQ) {
            self.vlan_vid = Some(TAGGED);
        } else {
            (self.eth_type, self.vlan_vid) = (Some(eth_type), vlan_vid);
        }
    }

    fn forget_headers(&mut self) {
        *self = Self { in_port: self.in_port, ..Self::default() };
    }
}

/// Whether the match has the prerequisites of each of its fields (7.2.3.6), and some packet can meet it.
pub(super) fn makes_sense(flow_match: &FlowMatch, known: &Known) -> bool {
    prerequisites_are_met(flow_match, known) && known.vlan_vid.is_none_or(is_possible)
}

/// Whether packets may have such a VLAN id: none but 0 goes without a tag (7.2.3.7, table 13).
const fn is_possible((value, mask): Vlan) -> bool {
    value == 0 || mask & OFPVID_PRESENT == 0 || value & OFPVID_PRESENT != 0
}

fn prerequisites_are_met(flow_match: &FlowMatch, known: &Known) -> bool {
    // The first word of a key has a bit for each field that is there.
    let mut left = flow_match.mask().words()[0];
    while left != 0 {
        let field = u8::try_from(left.trailing_zeros()).ok().and_then(Field::from_number);
        if !field.is_some_and(|field| known.has(field)) {
            return false;
        }
        left &= left - 1;
    }
    true
}

/// Whether every action can apply to what is known of the packets, or may for all that is known.
///
/// Written actions are looked at in the order in which an action set does them, after the applied
/// ones; what other entries write is out of account.
pub(super) fn are_consistent(mut known: Known, program: &Program) -> bool {
    let instructions = program.instructions();
    let applied = instructions.iter().filter_map(|instruction| match instruction {
        Instruction::ApplyActions(actions) => Some(actions),
        _ => None,
    });
    let written = instructions.iter().filter_map(|instruction| match instruction {
        Instruction::WriteActions(actions) => Some(actions),
        _ => None,
    });
    applied.flatten().all(|action| known.follow(action))
        && written.flat_map(|actions| in_order(actions)).all(|action| known.follow(action))
}

/// A list of actions as an action set does it (1.3.5, 5.10): of each type the last, in the order of
/// the steps, and within a step of the first writing.
fn in_order(actions: &[Action]) -> Vec<&Action> {
    let mut kept: Vec<&Action> = Vec::new();
    let mut places = [None; SLOTS];
    for action in actions {
        if let Some(place) = places[slot(action)] {
            kept[place] = action;
        } else {
            places[slot(action)] = Some(kept.len());
            kept.push(action);
        }
    }
    kept.sort_by_key(|action| step(action));
    kept
}

/// The actions that matter here, a number for each type and for each field that is set.
const SLOTS: usize = 64;

fn slot(action: &Action) -> usize {
    match *action {
        Action::SetField(field, _) => field as usize,
        Action::CopyTtlIn => 40,
        Action::PopVlan => 41,
        Action::PopPbb => 42,
        Action::PopMpls(_) => 43,
        Action::PushMpls(_) => 44,
        Action::PushPbb(_) => 45,
        Action::PushVlan(_) => 46,
        Action::CopyTtlOut => 47,
        Action::DecMplsTtl => 48,
        Action::DecNwTtl => 49,
        Action::SetMplsTtl(_) => 50,
        Action::SetNwTtl(_) => 51,
        _ => 52,
    }
}

fn step(action: &Action) -> u8 {
    match *action {
        Action::CopyTtlIn => 0,
        Action::PopVlan | Action::PopPbb | Action::PopMpls(_) => 1,
        Action::PushMpls(_) => 2,
        Action::PushPbb(_) => 3,
        Action::PushVlan(_) => 4,
        Action::CopyTtlOut => 5,
        Action::DecMplsTtl | Action::DecNwTtl => 6,
        _ => 7,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "fields of up to 16 bits")]
const fn low_16(value: u128) -> u16 {
    value as u16
}

#[expect(clippy::cast_possible_truncation, reason = "fields of up to 8 bits")]
const fn low_8(value: u128) -> u8 {
    value as u8
}
