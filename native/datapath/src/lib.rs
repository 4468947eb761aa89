//! The packet engine of the switch: tables, classifier and actions.
//!
//! The same semantics as the reference in `ofswitch/datapath`, which is its specification: one
//! contract runs on both, and random tables, frames and clocks compare them. It has no Python in it,
//! makes no system calls and reads no clock; `now` is seconds on the caller's.

#![forbid(unsafe_code)]

mod cache;
mod changes;
mod classifier;
mod effects;
mod entry;
mod expiry;
mod flow_match;
mod packed;
mod program;
mod programs;
mod selection;
mod slab;
mod table;
mod tables;
mod wire;

pub use cache::MicroflowCache;
pub use changes::{Command, FlowChange, Refusal};
pub use classifier::Classifier;
pub use effects::{Effect, Upcall};
pub use entry::{
    CHECK_OVERLAP, FlowEntry, NO_BYT_COUNTS, NO_PKT_COUNTS, RESET_COUNTS, Reason, Removed,
    SEND_FLOW_REM, Terms, duration,
};
pub use flow_match::FlowMatch;
pub use packed::PackedMatch;
pub use packet::{Field, FlowKey, Frame, Layers, Offload, Packet, parse};
pub use program::{Action, Instruction, Program, decode_actions};
pub use selection::{ANY, Selection};
pub use table::FlowTable;
pub use tables::Tables;
pub use wire::{Applied, WireContext};
