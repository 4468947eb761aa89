//! `OpenFlow` messages on a byte stream.
//!
//! The native counterpart of parts of the Python package `openflow`, which is its specification:
//! one contract test runs on both. So far this is the framing (`openflow/framing.py`).

#![forbid(unsafe_code)]

mod framing;
mod pattern;

pub use framing::{BadLength, HEADER_SIZE, Messages};
pub use pattern::{Domain, Pattern, Place};
