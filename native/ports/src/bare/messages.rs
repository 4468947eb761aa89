//! `recvmmsg` and `sendmmsg` on packet sockets.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;

use super::batch::{Batch, Exit, receiving, unsigned};
use super::{BATCH, BUFFER_SIZE, Link};
use crate::sys::to_len;

pub(super) struct Messages {
    socket: OwnedFd,
    buffers: Vec<u8>,
    batch: Batch,
}

impl Link for Messages {
    type Exit = Exit;

    fn open(interface: &str) -> io::Result<(Self, Exit)> {
        let buffers = vec![0; BATCH * BUFFER_SIZE];
        let socket = receiving(interface)?;
        Ok((Self { socket, buffers, batch: Batch::new() }, Exit::open(interface)?))
    }

    fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    fn pass_on(&mut self, to: &Exit) -> io::Result<usize> {
        for (at, buffer) in self.buffers.chunks_exact_mut(BUFFER_SIZE).enumerate() {
            self.batch.set(at, buffer.as_mut_ptr(), BUFFER_SIZE);
        }
        // SAFETY: the messages are live, and each points at a buffer of its own.
        let count = unsafe {
            let (messages, length) = (self.batch.messages.as_mut_ptr(), unsigned(BATCH));
            libc::recvmmsg(self.fd(), messages, length, libc::MSG_DONTWAIT, ptr::null_mut())
        };
        let count = waiting(count as libc::ssize_t)?;
        for at in 0..count {
            self.batch.pieces[at].iov_len = self.batch.messages[at].msg_len as usize;
        }
        // SAFETY: so many buffers were filled.
        unsafe { self.batch.send(to, count) };
        Ok(count)
    }
}

/// How much was there; 0 when nothing waits.
fn waiting(result: libc::ssize_t) -> io::Result<usize> {
    match to_len(result) {
        Err(libc::EAGAIN) => Ok(0),
        other => other.map_err(io::Error::from_raw_os_error),
    }
}
