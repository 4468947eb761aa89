//! The packet engine of the switch: tables, classifier and actions.
//!
//! The same semantics as the reference in `ofswitch/datapath`, which is its specification: one
//! contract runs on both, and random tables, frames and clocks compare them. It has no Python in it,
//! makes no system calls and reads no clock; `now` is seconds on the caller's.

#![forbid(unsafe_code)]

mod action_set;
mod batch;
mod cache;
mod changes;
mod classifier;
mod drops;
mod edit;
mod effects;
mod engine;
mod entry;
mod execution;
mod expiry;
mod flow_match;
mod group;
mod group_select;
mod groups;
mod ids;
mod meters;
mod normal;
mod output;
mod overlap;
mod packed;
mod pipeline;
mod ports;
mod program;
mod programs;
#[cfg(test)]
mod rig;
mod selection;
mod slab;
mod table;
mod tables;
mod tally;
mod watch;
mod wire;
mod worker;

pub use cache::MicroflowCache;
pub use changes::{Command, FlowChange, Refusal};
pub use classifier::Classifier;
pub use drops::Loss;
pub use edit::{EDITED_FRAME_MAX, EditFault, Edited, edit, follow, is_fragment};
pub use effects::{Effect, Upcall};
pub use engine::{ActionLimits, Datapath};
pub use entry::{
    CHECK_OVERLAP, FlowEntry, NO_BYT_COUNTS, NO_PKT_COUNTS, RESET_COUNTS, Reason, Removed,
    SEND_FLOW_REM, Terms, duration,
};
pub use flow_match::FlowMatch;
pub use group::{Bucket, BucketSpec, Group, GroupKind};
pub use groups::{ALL_GROUPS, GroupTable};
pub use meters::{ALL_METERS, BandKind, BandSpec, Meter, MeterTable, raised_dscp};
pub use packed::PackedMatch;
pub use packet::{Field, FlowKey, Frame, Layers, Offload, Packet, parse};
pub use ports::{PortCounts, Ports, SwitchPort};
pub use program::{Action, Instruction, Program, decode_actions};
pub use selection::{ANY, Selection};
pub use table::FlowTable;
pub use tables::Tables;
pub use watch::{Happened, Note};
pub use wire::{Applied, WireContext};
pub use worker::Worker;
