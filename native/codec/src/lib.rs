//! `OpenFlow` messages: where they begin and end on a byte stream, and what their bytes say.
//!
//! The native counterpart of parts of the Python package `openflow`, which is its specification:
//! one contract test runs on both. Framing (`openflow/framing.py`) knows headers only. The engine
//! (`openflow/layouts/engine.py`) runs the layouts of a version, its [`Plan`], on the values of a [`Make`] or a
//! [`Take`].

#![forbid(unsafe_code)]

mod bytes;
mod fixed_match;
mod framing;
mod model;
mod oxm;
mod parse;
mod pattern;
mod plan;
mod read;
mod translate;
mod value;
mod write;

pub use framing::{BadLength, HEADER_SIZE, Messages};
pub use model::{Entry, Kind, Make, Name, Refused, Take};
pub use oxm::{Field, Fields};
pub use parse::BadPlan;
pub use pattern::{Domain, Pattern, Place};
pub use plan::{Class, Family, Member, MessageCode, Plan};
pub use read::read_message;
pub use value::{Plain, Value};
pub use write::write_message;
