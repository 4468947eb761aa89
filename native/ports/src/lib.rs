//! The switch's ports: every system call and all unsafe code of the project.
//!
//! Queues, not ports, are what a thread owns. A port is opened for a number of threads and becomes a
//! `Link`: one `Queue` for each, and the counters that they share. The thread watches `Queue::fd`
//! with a level-triggered `Epoll`, receives what waits, lets it through the datapath, and then sends
//! one batch to each port:
//!
//! ```
//! use ports::{Epoll, Frame, Queue};
//!
//! fn turn(queues: &mut [Box<dyn Queue>], frames: &mut [Frame], epoll: &Epoll) {
//!     let mut ready = [0; 64];
//!     for at in 0..epoll.wait(&mut ready, -1) {
//!         let number = ready[at] as usize;
//!         let count = queues[number].receive(frames);
//!         let all: Vec<usize> = (0..count).collect();
//!         queues[(number + 1) % 2].send(frames, &all);
//!     }
//! }
//! ```
//!
//! Who opens what:
//! - `open_tap`: descriptors that Python has opened and set up, one for each queue of the tap;
//! - `open_seqpacket`: one end of a link in memory;
//! - `open_packet`: an interface of the namespace that the calling thread is in.
//!
//! Frames carry what is unfinished about them from port to port (`packet::Offload`). What a port
//! cannot carry is finished in software on its way out, so that a frame may leave through any port.
//! Whatever goes wrong with a frame is counted under a name (`Loss`) and never an error.

mod counters;
mod descriptor;
mod incoming;
mod messages;
mod outgoing;
mod packet;
mod single;
mod sys;
mod wait;
mod xdp;

pub mod bare;
pub mod bpf;
pub mod probe;

use std::os::fd::RawFd;
use std::sync::Arc;

pub use ::packet::Frame;
pub use counters::{Loss, PortCounters, Snapshot};
pub use descriptor::duplicate;
pub use packet::{Io, PacketOptions, open_packet};
pub use single::{open_seqpacket, open_tap};
pub use wait::{Epoll, EventFd, monotonic};
pub use xdp::left_to_hardware;

/// One thread's way to one port.
pub trait Queue: Send {
    /// The descriptor that is readable while frames wait; -1 for a queue that only sends. The same
    /// for as long as the queue lives, and closed with it.
    fn fd(&self) -> RawFd;

    /// Receives what waits, as many as there is room for, into the front of `frames`; returns how
    /// many. Never blocks. What is lost is counted. 0 although the descriptor is readable: look at
    /// `gone`.
    fn receive(&mut self, frames: &mut [Frame]) -> usize;

    /// Sends the frames with these places in `frames`, in this order; a place may come twice. Never
    /// blocks. What is not sent is lost and counted.
    ///
    /// The frames say the same afterwards, but may have been finished: a checksum completed.
    fn send(&mut self, frames: &mut [Frame], which: &[usize]);

    /// Whether the other side no longer exists: stop watching this queue, drop it.
    fn gone(&self) -> bool;
}

/// An open port: a queue for each thread, and what they count.
pub struct Link {
    /// As many as threads were asked for, and possibly more.
    pub queues: Vec<Box<dyn Queue>>,
    /// Shared by the queues; outlives them for whoever reads them.
    pub counters: Arc<PortCounters>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let queues = self.queues.len();
        formatter.debug_struct("Link").field("queues", &queues).finish_non_exhaustive()
    }
}
