//! Loads for `OpenFlow` programs: fake switches for a controller, streams of messages for a switch.
//!
//! - `Load`: fake switches that send packet-ins to a controller, and count and time its responses;
//! - `Bare`: a controller that answers every packet-in and does nothing else: the most that a load
//!   can drive on a machine;
//! - `Stream`: the controller's end of one connection, which pours prepared messages into a switch
//!   and counts what comes back.
//!
//! What the messages say is not known here. Whoever starts a load gives their bytes for a version of
//! the protocol, and the places in them that differ from message to message (`Plan`); known are the
//! header, and the few types that have the same number in every version.
//!
//! Everything runs on the thread that calls it, which is never to be what limits the rate: one
//! system call takes or gives many messages, and one message costs some nanoseconds.

#![forbid(unsafe_code)]

mod answers;
mod bare;
mod error;
mod fake;
mod histogram;
mod load;
mod outbox;
mod plan;
mod stream;
mod window;
mod wire;

pub use answers::{Answer, Answers};
pub use bare::{Bare, BarePlan};
pub use error::LoadError;
pub use histogram::Histogram;
pub use load::{Counts, Load};
pub use plan::{PacketIns, Places, Plan};
pub use ports::duplicate;
pub use stream::{Counter, Exchange, Stream};
