//! The packet engine of the switch: tables, classifier and actions stand on this crate.
//!
//! It has no Python in it and makes no system calls. So far it knows how a frame becomes a flow
//! key, which is the `packet` crate's work.

#![forbid(unsafe_code)]

pub use packet::{Field, FlowKey, Layers, Packet, parse};
