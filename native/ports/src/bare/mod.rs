//! Forwarding with nothing in between: what a socket costs when no switch is behind it.
//!
//! The yardstick of the benchmarks (`traffic bare`). One thread, one loop, two interfaces: what
//! arrives at one leaves by the other, with its virtio-net header, so that checksums and
//! segmentation are left to whoever can do them. No look-up, no counters, no parsing.

mod batch;
mod messages;
mod ring;
mod tap;

use std::io;
use std::os::fd::RawFd;

use packet::{FRAME_MAX, OFFLOAD_SIZE};

use crate::sys::to_fd;
use messages::Messages;
use ring::Ring;
use tap::Tap;

/// Frames moved from one interface before it is the other's turn.
const BATCH: usize = 64;
const BUFFER_SIZE: usize = OFFLOAD_SIZE + FRAME_MAX;

/// A kind of socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `recvmmsg` and `sendmmsg` on packet sockets.
    Messages,
    /// A receive ring (`TPACKET_V2`) and `sendmmsg` out of it.
    Ring,
    /// `read` and `write` on two taps, which are made.
    Tap,
}

/// Forwards between two interfaces until the process is ended; says `ready` when it begins.
///
/// # Errors
/// What the kernel says, such as that there is no such interface.
pub fn forward(kind: Kind, interfaces: [&str; 2], ready: impl FnOnce()) -> io::Result<()> {
    let [one, other] = interfaces;
    match kind {
        Kind::Messages => turn_about::<Messages>(one, other, ready),
        Kind::Ring => turn_about::<Ring>(one, other, ready),
        Kind::Tap => turn_about::<Tap>(one, other, ready),
    }
}

/// One interface's socket, to receive from it and to send to it.
trait Link: Sized {
    /// What is sent to.
    type Exit;
    fn open(interface: &str) -> io::Result<(Self, Self::Exit)>;
    fn fd(&self) -> RawFd;
    /// Moves what waits here, a batch at most, out of another interface; returns how many frames.
    fn pass_on(&mut self, to: &Self::Exit) -> io::Result<usize>;
}

fn turn_about<L: Link>(one: &str, other: &str, ready: impl FnOnce()) -> io::Result<()> {
    let ((mut one, to_one), (mut other, to_other)) = (L::open(one)?, L::open(other)?);
    ready();
    loop {
        let moved = one.pass_on(&to_other)? + other.pass_on(&to_one)?;
        if moved == 0 {
            let mut wanted = [one.fd(), other.fd()].map(|fd| libc::pollfd {
                fd,
                events: libc::POLLIN,
                revents: 0,
            });
            // SAFETY: the pointer and the number are those of a live array.
            to_fd(unsafe { libc::poll(wanted.as_mut_ptr(), 2, -1) })?;
        }
    }
}
