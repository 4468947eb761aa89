//! What actions do to the header fields of a frame (`OpenFlow` 1.3.5, 5.12 and 7.2.5).
//!
//! The native counterpart of `ofswitch/datapath/{rewrite,tags,ttl,checksums}.py`, whose rules it
//! keeps to the octet. Frames are edited where they stand: who has sent one on makes a copy before.
//!
//! [`edit`] looks at the frame as it was parsed. Afterwards [`follow`] brings the parsed packet up
//! to date, if that needs no parsing; otherwise parse the frame again before anybody looks.

mod checksums;
mod follow;
mod set_field;
mod tags;
mod ttl;

use packet::{Field, Frame, Packet};

pub use checksums::is_fragment;
pub use follow::follow;

use crate::Action;
use set_field::{TP_DST, TP_SRC, set_field, set_port};

const ETH_TYPE_VLAN: u16 = 0x8100;

/// The longest frame after an edit: an IP packet of any length, behind an Ethernet header and many
/// tags.
pub const EDITED_FRAME_MAX: usize = 65535 + 14 + 256;

/// What an edit has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    /// Nothing that a parser looks at, or nothing at all.
    Unchanged,
    /// The value of a field; every header is where it was.
    Fields,
    /// What headers there are, or where they are.
    Structure,
}

/// Why a packet must not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditFault {
    /// Its TTL has run out. The frame is as it was.
    InvalidTtl,
    /// It has become longer than [`EDITED_FRAME_MAX`].
    TooLong,
}

/// Carries out an action on header fields; `packet` is the parse of the frame as it is now.
///
/// Other actions, pipeline fields and fields that the packet does not have leave it unchanged.
///
/// # Errors
/// When the packet must not go on.
pub fn edit(action: &Action, frame: &mut Frame, packet: &Packet) -> Result<Edited, EditFault> {
    let edited = match *action {
        Action::SetField(field, value) => return Ok(set_field(frame, packet, field, value)),
        Action::SetTpSrc(port) => return Ok(set_port(frame, packet, TP_SRC, port)),
        Action::SetTpDst(port) => return Ok(set_port(frame, packet, TP_DST, port)),
        Action::SetVlanVid(vlan_vid) => set_vlan(frame, packet, Field::VlanVid, vlan_vid)?,
        Action::SetVlanPcp(vlan_pcp) => set_vlan(frame, packet, Field::VlanPcp, vlan_pcp.into())?,
        Action::PushVlan(ethertype) => tags::push_vlan(frame, packet, ethertype)?,
        Action::PopVlan => tags::pop_vlan(frame, packet),
        Action::PushMpls(ethertype) => tags::push_mpls(frame, packet, ethertype)?,
        Action::PopMpls(ethertype) => tags::pop_mpls(frame, packet, ethertype),
        Action::PushPbb(ethertype) => tags::push_pbb(frame, packet, ethertype)?,
        Action::PopPbb => tags::pop_pbb(frame, packet),
        Action::SetMplsTtl(ttl) => ttl::set_mpls_ttl(frame, packet, ttl),
        Action::DecMplsTtl => ttl::dec_mpls_ttl(frame, packet)?,
        Action::SetNwTtl(ttl) => ttl::set_nw_ttl(frame, packet, ttl),
        Action::DecNwTtl => ttl::dec_nw_ttl(frame, packet)?,
        Action::CopyTtlOut => ttl::copy_ttl_out(frame, packet),
        Action::CopyTtlIn => ttl::copy_ttl_in(frame, packet),
        Action::Output { .. } | Action::Group(_) | Action::SetQueue(_) | Action::Enqueue { .. } => {
            return Ok(Edited::Unchanged);
        }
    };
    if frame.len() > EDITED_FRAME_MAX { Err(EditFault::TooLong) } else { Ok(edited) }
}

/// 1.0's `SET_VLAN_VID` and `SET_VLAN_PCP`: sets the field of the tag, or puts a tag with it on.
fn set_vlan(
    frame: &mut Frame,
    packet: &Packet,
    field: Field,
    value: u16,
) -> Result<Edited, EditFault> {
    if packet.layers.vlan_count > 0 {
        return Ok(set_field(frame, packet, field, value.into()));
    }
    let tci = if field == Field::VlanPcp { value << 13 } else { value & 0x0fff };
    tags::push_tag(frame, packet, ETH_TYPE_VLAN, tci)
}
