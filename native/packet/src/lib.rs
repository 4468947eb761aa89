//! A frame taken apart: where its headers are and what its match fields say.
//!
//! The native counterpart of `openflow/packet.py`, which is the specification of this crate: one
//! contract test runs on both, and what `OpenFlow` leaves open is fixed there. No bytes make it
//! panic; a header that is truncated or malformed is absent, and so is all above it.
//!
//! ```
//! use packet::{Field, parse};
//!
//! let frame = [
//!     0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, // eth_dst, eth_src
//!     0x81, 0x00, 0x60, 0x07, // VLAN 7, priority 3
//!     0x88, 0xcc, // LLDP
//! ];
//! let packet = parse(&frame, frame.len());
//! assert_eq!(packet.key.get(Field::VlanVid), Some(0x1007));
//! assert_eq!(packet.key.get(Field::EthType), Some(0x88cc));
//! assert_eq!(packet.layers.l3_offset, Some(18));
//! ```

#![forbid(unsafe_code)]

mod checksum;
mod exthdr;
mod field;
mod frame;
mod key;
mod offload;
mod parse;
mod read;
mod segment;

pub use checksum::{crc32c, internet_checksum, ones_sum};
pub use field::Field;
pub use frame::{FRAME_MAX, Frame, HEADROOM, OFFLOAD_SIZE, Offload};
pub use key::{FlowKey, WORDS};
pub use offload::{complete_checksum, kernel_can_finish, segment};
pub use parse::{Layers, Packet, parse, parse_into};
pub use segment::Segments;
