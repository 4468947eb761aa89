//! Many TCP connections behind one descriptor: the controller's switches.
//!
//! `Streams` has an epoll descriptor that an event loop watches. When it is readable, `Streams::turn` is called
//! until there is nothing more: each time those that are ready are read once, at most `BUDGET` octets of each, so that
//! none starves the others; all of them when they have sent little, one when it has sent much. What was read lies in an
//! `Input`, from which whole messages are taken connection by connection; the beginning of a message whose rest has yet
//! to come is kept with its connection.
//!
//! Output is put behind a connection's other output (`Streams::append`) and sent with one call at the end of the
//! turn (`Streams::flush`). What the other side does not take waits until there is room; how much that is
//! (`Streams::backlog`) is for the owner to bound.

#![forbid(unsafe_code)]

mod input;
mod stream;
mod streams;

pub use input::Input;
pub use stream::End;
pub use streams::{Key, Streams, Turn};

/// How many octets are read of a connection in one turn.
pub const BUDGET: usize = 1 << 16;

/// The longest message.
const MESSAGE_MAX: usize = 0xffff;
