//! The packet engine of the switch: tables, classifier and actions.
//!
//! The same semantics as the reference in `ofswitch/datapath`, which is its specification: one
//! contract runs on both, and random tables, frames and clocks compare them. It has no Python in it,
//! makes no system calls and reads no clock; `now` is seconds on the caller's.

#![forbid(unsafe_code)]

mod cache;
mod classifier;
mod effects;
mod flow_match;
mod program;

pub use cache::MicroflowCache;
pub use classifier::Classifier;
pub use effects::{Effect, Upcall};
pub use flow_match::FlowMatch;
pub use packet::{Field, FlowKey, Frame, Layers, Offload, Packet, parse};
pub use program::{Action, Instruction, Program, decode_actions};
