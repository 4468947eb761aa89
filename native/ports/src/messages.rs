//! Many messages with one call: `sendmmsg` and `recvmmsg`.

use std::mem;
use std::os::fd::RawFd;
use std::ptr;

use crate::sys::errno;

/// How many messages one call moves.
pub(crate) const BATCH: usize = 64;

/// Room for what a packet socket tells beside a frame (`PACKET_AUXDATA`).
#[repr(C)]
#[derive(Clone, Copy)]
struct Control {
    header: libc::cmsghdr,
    auxiliary: libc::tpacket_auxdata,
}

/// What was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) messages: u64,
    pub(crate) octets: u64,
}

/// What was received as one message.
#[derive(Clone, Copy)]
pub(crate) struct Received {
    pub(crate) len: usize,
    /// There was more of it than room.
    pub(crate) is_cut: bool,
    pub(crate) auxiliary: Option<libc::tpacket_auxdata>,
}

/// Messages of one piece each, to be used again and again.
pub(crate) struct Messages {
    pieces: Box<[libc::iovec; BATCH]>,
    headers: Box<[libc::mmsghdr; BATCH]>,
    controls: Box<[Control; BATCH]>,
}

// SAFETY: the pointers in it are written anew before each use, within the call that uses them.
unsafe impl Send for Messages {}

impl Messages {
    pub(crate) fn new() -> Self {
        // SAFETY: all fields of these structures of C may be 0.
        unsafe {
            Self {
                pieces: Box::new(mem::zeroed()),
                headers: Box::new(mem::zeroed()),
                controls: Box::new(mem::zeroed()),
            }
        }
    }

    /// Makes these octets the only piece of a message. The caller of `send` or `receive` vouches
    /// that they are still there then.
    #[inline]
    pub(crate) fn set(&mut self, at: usize, octets: &mut [u8]) {
        self.pieces[at] =
            libc::iovec { iov_base: octets.as_mut_ptr().cast(), iov_len: octets.len() };
    }

    /// Sends the first `count` messages; one that the kernel refuses is lost, and `lost` told why.
    ///
    /// # Safety
    /// The octets that `set` was given for them are still there.
    pub(crate) unsafe fn send(
        &mut self,
        socket: RawFd,
        count: usize,
        mut lost: impl FnMut(i32),
    ) -> Sent {
        for (header, piece) in self.headers[..count].iter_mut().zip(&mut self.pieces[..]) {
            header.msg_hdr.msg_iov = piece;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = ptr::null_mut();
            header.msg_hdr.msg_controllen = 0;
        }
        let (mut sent, mut at) = (Sent::default(), 0);
        while at < count {
            let rest = &mut self.headers[at..count];
            let (messages, len) = (rest.as_mut_ptr(), number(rest.len()));
            // SAFETY: `len` live messages, whose pieces point at live octets as the caller says.
            let done = unsafe { libc::sendmmsg(socket, messages, len, libc::MSG_DONTWAIT) };
            let Ok(done @ 1..) = usize::try_from(done) else {
                lost(errno());
                at += 1;
                continue;
            };
            let octets = self.pieces[at..at + done].iter().map(|piece| piece.iov_len as u64);
            sent.octets += octets.sum::<u64>();
            sent.messages += done as u64;
            at += done;
        }
        sent
    }

    /// Receives up to `count` messages into the octets that were set; returns how many.
    ///
    /// # Safety
    /// The octets that `set` was given for them are still there, and nobody looks at them.
    pub(crate) unsafe fn receive(&mut self, socket: RawFd, count: usize) -> Result<usize, i32> {
        let parts = self.pieces.iter_mut().zip(&mut self.controls[..]);
        for (header, (piece, control)) in self.headers[..count].iter_mut().zip(parts) {
            header.msg_hdr.msg_iov = piece;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = ptr::from_mut(control).cast();
            header.msg_hdr.msg_controllen = size_of::<Control>();
        }
        let (messages, none) = (self.headers.as_mut_ptr(), ptr::null_mut());
        // SAFETY: `count` live messages, whose pieces and controls point at room of that size.
        let done =
            unsafe { libc::recvmmsg(socket, messages, number(count), libc::MSG_DONTWAIT, none) };
        usize::try_from(done).map_err(|_| errno())
    }

    /// One of the messages that the last call received.
    #[inline]
    pub(crate) fn received(&self, at: usize) -> Received {
        let (message, control) = (&self.headers[at], &self.controls[at]);
        let header = &message.msg_hdr;
        let is_told = header.msg_controllen
            >= size_of::<Control>() - mem::align_of::<Control>() / 2
            && control.header.cmsg_level == libc::SOL_PACKET
            && control.header.cmsg_type == libc::PACKET_AUXDATA;
        Received {
            len: message.msg_len as usize,
            is_cut: header.msg_flags & libc::MSG_TRUNC != 0,
            auxiliary: is_told.then_some(control.auxiliary),
        }
    }
}

fn number(count: usize) -> libc::c_uint {
    libc::c_uint::try_from(count).unwrap_or_default()
}
