//! Packet sockets, and messages that are sent and received on them many at a time.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd};

use packet::OFFLOAD_SIZE;

use super::BATCH;
use crate::probe::packet_socket;
use crate::sys;

const RECEIVE_BUFFER: libc::c_int = 8 << 20;
const ETH_P_ALL: u16 = 0x0003;

/// A socket that gets all that an interface receives, with headers.
pub(super) fn receiving(interface: &str) -> io::Result<OwnedFd> {
    let socket = packet_socket(interface, ETH_P_ALL)?;
    sys::set_option(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_VNET_HDR, &1)?;
    sys::set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &RECEIVE_BUFFER)?;
    Ok(socket)
}

/// Two sockets, since the kernel does more for a frame with a header, even if that says nothing.
pub(super) struct Exit {
    plain: OwnedFd,
    with_headers: OwnedFd,
}

impl Exit {
    pub(super) fn open(interface: &str) -> io::Result<Self> {
        let [plain, with_headers] = [packet_socket(interface, 0)?, packet_socket(interface, 0)?];
        sys::set_option(with_headers.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_VNET_HDR, &1)?;
        Ok(Self { plain, with_headers })
    }
}

/// What `sendmmsg` and `recvmmsg` work on: messages of one piece each.
pub(super) struct Batch {
    pub(super) pieces: Box<[libc::iovec]>,
    pub(super) messages: Box<[libc::mmsghdr]>,
}

impl Batch {
    pub(super) fn new() -> Self {
        // SAFETY: all fields of these structures of C may be 0.
        let (mut pieces, mut messages): (Box<[libc::iovec]>, Box<[libc::mmsghdr]>) = unsafe {
            (
                (0..BATCH).map(|_| mem::zeroed()).collect(),
                (0..BATCH).map(|_| mem::zeroed()).collect(),
            )
        };
        for (message, piece) in messages.iter_mut().zip(pieces.iter_mut()) {
            message.msg_hdr.msg_iov = piece;
            message.msg_hdr.msg_iovlen = 1;
        }
        Self { pieces, messages }
    }

    /// Makes a frame with its header one of the messages.
    pub(super) fn set(&mut self, at: usize, data: *const u8, len: usize) {
        self.pieces[at] = libc::iovec { iov_base: data.cast_mut().cast(), iov_len: len };
    }

    /// Sends the first `count` messages; one that is not taken is lost.
    ///
    /// # Safety
    /// All were set, to frames that are still there.
    pub(super) unsafe fn send(&mut self, to: &Exit, count: usize) {
        let mut at = 0;
        while at < count {
            // SAFETY: as the caller vouches.
            at += unsafe { self.send_alike(to, at, count) };
        }
    }

    /// Sends, out of some messages, the first ones that need the same socket; returns how many.
    ///
    /// # Safety
    /// As for `send`.
    unsafe fn send_alike(&mut self, to: &Exit, from: usize, end: usize) -> usize {
        // SAFETY: each piece begins with a header.
        let is_plain = |piece: &libc::iovec| unsafe {
            piece.iov_base.cast::<[u8; OFFLOAD_SIZE]>().read() == [0; OFFLOAD_SIZE]
        };
        let plain = is_plain(&self.pieces[from]);
        let alike = self.pieces[from..end].iter().take_while(|piece| is_plain(piece) == plain);
        let count = alike.count();
        if plain {
            for piece in &mut self.pieces[from..from + count] {
                // SAFETY: behind the header.
                piece.iov_base = unsafe { piece.iov_base.add(OFFLOAD_SIZE) };
                piece.iov_len -= OFFLOAD_SIZE;
            }
        }
        let socket = if plain { &to.plain } else { &to.with_headers }.as_raw_fd();
        let mut messages = &mut self.messages[from..from + count];
        while !messages.is_empty() {
            let (first, length) = (messages.as_mut_ptr(), unsigned(messages.len()));
            // SAFETY: these are live messages whose pieces point at live octets.
            let sent = unsafe { libc::sendmmsg(socket, first, length, libc::MSG_DONTWAIT) };
            let done = usize::try_from(sent).unwrap_or(0).max(1);
            messages = &mut messages[done..];
        }
        count
    }
}

pub(super) fn unsigned(number: usize) -> libc::c_uint {
    libc::c_uint::try_from(number).unwrap_or(libc::c_uint::MAX)
}
