//! Keeps a parsed packet right after an edit, where that is cheaper than parsing again and exact.

use packet::{Field, FlowKey, Frame, Layers, Packet};

use super::Edited;
use super::set_field::{TP_DST, TP_SRC};
use crate::Action;

/// Brings `packet`, the parse of the frame before `action` edited it, up to date. Returns whether it
/// could: if not, `packet` is as it was, and who wants to look at it must parse the frame again.
///
/// Pipeline fields in the packet's key stay.
pub fn follow(action: &Action, edited: Edited, frame: &Frame, packet: &mut Packet) -> bool {
    match edited {
        Edited::Unchanged => true,
        Edited::Fields => {
            follow_fields(action, packet);
            true
        }
        Edited::Structure => follow_tags(action, frame, packet),
    }
}

/// Fields that say nothing about what stands behind them have just got a value.
fn follow_fields(action: &Action, packet: &mut Packet) {
    match *action {
        Action::SetField(Field::VlanVid, value) => set_vlan_vid(packet, value),
        Action::SetField(field, value) => set(packet, field, value),
        Action::SetVlanVid(value) => set_vlan_vid(packet, value.into()),
        Action::SetVlanPcp(value) => set(packet, Field::VlanPcp, value.into()),
        Action::SetTpSrc(value) => set_port(packet, TP_SRC, value),
        Action::SetTpDst(value) => set_port(packet, TP_DST, value),
        // TTLs are no match fields.
        _ => (),
    }
}

/// All behind a VLAN tag that went in or out is what it was, four octets away.
fn follow_tags(action: &Action, frame: &Frame, packet: &mut Packet) -> bool {
    let shift: fn(usize) -> usize = match action {
        Action::PushVlan(0x8100 | 0x88a8) | Action::SetVlanVid(_) | Action::SetVlanPcp(_) => {
            packet.layers.vlan_count += 1;
            |offset| offset + 4
        }
        Action::PopVlan => {
            packet.layers.vlan_count -= 1;
            |offset| offset - 4
        }
        _ => return false,
    };
    let Layers { eth_type_offset, l3_offset, l3_end, l4_offset, nd_lladdr_offset, .. } =
        &mut packet.layers;
    for offset in [eth_type_offset, l3_offset, l3_end, l4_offset, nd_lladdr_offset] {
        *offset = offset.map(shift);
    }
    read_outermost_tag(frame.data(), packet);
    true
}

fn read_outermost_tag(data: &[u8], packet: &mut Packet) {
    if packet.layers.vlan_count == 0 {
        packet.key.set(Field::VlanVid, 0_u16);
        unset(&mut packet.key, Field::VlanPcp);
        return;
    }
    let tci = u128::from(data[14]) << 8 | u128::from(data[15]);
    set_vlan_vid(packet, tci);
    set(packet, Field::VlanPcp, tci >> 13);
}

fn set_vlan_vid(packet: &mut Packet, value: u128) {
    packet.key.set(Field::VlanVid, 0x1000 | value & 0x0fff);
}

fn set_port(packet: &mut Packet, any: [Field; 3], port: u16) {
    if let Some(field) = any.into_iter().find(|&field| packet.key.has(field)) {
        packet.key.set(field, port);
    }
}

fn set(packet: &mut Packet, field: Field, value: u128) {
    packet.key.set(field, value & u128::MAX >> (128 - field.bits()));
}

fn unset(key: &mut FlowKey, field: Field) {
    key.set(field, 0_u8);
    let mut words = *key.words();
    words[0] &= !(1 << field as u32);
    *key = FlowKey::from_words(words);
}
