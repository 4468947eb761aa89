//! Forwarding with nothing in between: what a socket costs when no switch is behind it.
//!
//! The yardstick of the benchmarks (`traffic bare`). One thread, one loop, two interfaces: what
//! arrives at one leaves by the other, with its virtio-net header, so that checksums and
//! segmentation are left to whoever can do them. No look-up, no counters, no parsing.

use std::fs::OpenOptions;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

use packet::{FRAME_MAX, OFFLOAD_SIZE};

use crate::probe::packet_socket;
use crate::sys::{self, to_fd, to_len};

/// Frames moved from one interface before it is the other's turn.
const BATCH: usize = 64;
const BUFFER_SIZE: usize = OFFLOAD_SIZE + FRAME_MAX;
const RECEIVE_BUFFER: libc::c_int = 8 << 20;
const ETH_P_ALL: u16 = 0x0003;

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
        Kind::Messages => turn_about(Messages::open(one)?, Messages::open(other)?, ready),
        Kind::Ring => turn_about(Ring::open(one)?, Ring::open(other)?, ready),
        Kind::Tap => turn_about(Tap::open(one)?, Tap::open(other)?, ready),
    }
}

/// One interface's socket.
trait Link {
    fn fd(&self) -> RawFd;
    /// Moves what waits here, a batch at most, out of a socket of the same kind; returns how many frames.
    fn pass_on(&mut self, to: RawFd) -> io::Result<usize>;
}

fn turn_about<L: Link>(mut one: L, mut other: L, ready: impl FnOnce()) -> io::Result<()> {
    let fds = [one.fd(), other.fd()];
    ready();
    loop {
        let moved = one.pass_on(fds[1])? + other.pass_on(fds[0])?;
        if moved == 0 {
            let mut wanted = fds.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
            // SAFETY: the pointer and the number are those of a live array.
            to_fd(unsafe { libc::poll(wanted.as_mut_ptr(), 2, -1) })?;
        }
    }
}

fn switch_socket(interface: &str) -> io::Result<OwnedFd> {
    let socket = packet_socket(interface, ETH_P_ALL)?;
    sys::set_option(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_VNET_HDR, &1)?;
    sys::set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &RECEIVE_BUFFER)?;
    Ok(socket)
}

/// What `sendmmsg` and `recvmmsg` work on: messages of one piece each.
struct Batch {
    pieces: Box<[libc::iovec]>,
    messages: Box<[libc::mmsghdr]>,
}

impl Batch {
    fn new() -> Self {
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

    fn set(&mut self, at: usize, data: *mut u8, len: usize) {
        self.pieces[at] = libc::iovec { iov_base: data.cast(), iov_len: len };
    }

    /// Sends the first `count` messages; one that is not taken is lost.
    fn send(&mut self, socket: RawFd, count: usize) {
        let mut at = 0;
        while at < count {
            let rest = &mut self.messages[at..count];
            let length = unsigned(rest.len());
            // SAFETY: these are live messages whose pieces point at live octets (`set`).
            let sent =
                unsafe { libc::sendmmsg(socket, rest.as_mut_ptr(), length, libc::MSG_DONTWAIT) };
            at += usize::try_from(sent).unwrap_or(0).max(1);
        }
    }
}

struct Messages {
    socket: OwnedFd,
    buffers: Vec<u8>,
    batch: Batch,
}

impl Messages {
    fn open(interface: &str) -> io::Result<Self> {
        let buffers = vec![0; BATCH * BUFFER_SIZE];
        Ok(Self { socket: switch_socket(interface)?, buffers, batch: Batch::new() })
    }
}

impl Link for Messages {
    fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    fn pass_on(&mut self, to: RawFd) -> io::Result<usize> {
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
        self.batch.send(to, count);
        Ok(count)
    }
}

fn unsigned(number: usize) -> libc::c_uint {
    libc::c_uint::try_from(number).unwrap_or(libc::c_uint::MAX)
}

/// How much was there; 0 when nothing waits.
fn waiting(result: libc::ssize_t) -> io::Result<usize> {
    match to_len(result) {
        Err(libc::EAGAIN) => Ok(0),
        other => other.map_err(io::Error::from_raw_os_error),
    }
}

const BLOCK_SIZE: usize = 1 << 20;
const BLOCKS: usize = 8;
const SLOT_SIZE: usize = 2048;
const SLOTS: usize = BLOCK_SIZE * BLOCKS / SLOT_SIZE;

struct Ring {
    socket: OwnedFd,
    slots: *mut u8,
    next: usize,
    batch: Batch,
    /// Frames that do not fit into a slot wait in the socket's queue and are read into here.
    long: Vec<u8>,
}

impl Ring {
    fn open(interface: &str) -> io::Result<Self> {
        let socket = switch_socket(interface)?;
        let fd = socket.as_raw_fd();
        let version = libc::tpacket_versions::TPACKET_V2 as libc::c_int;
        sys::set_option(fd, libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        sys::set_option(fd, libc::SOL_PACKET, libc::PACKET_COPY_THRESH, &1)?;
        let request = libc::tpacket_req {
            tp_block_size: unsigned(BLOCK_SIZE),
            tp_block_nr: unsigned(BLOCKS),
            tp_frame_size: unsigned(SLOT_SIZE),
            tp_frame_nr: unsigned(SLOTS),
        };
        sys::set_option(fd, libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        // SAFETY: a new mapping of a ring of this size, which the kernel has just made.
        let slots = unsafe {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(ptr::null_mut(), BLOCK_SIZE * BLOCKS, protection, libc::MAP_SHARED, fd, 0)
        };
        if slots == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let long = vec![0; BUFFER_SIZE];
        Ok(Self { socket, slots: slots.cast(), next: 0, batch: Batch::new(), long })
    }

    fn slot(&self, number: usize) -> *mut u8 {
        // SAFETY: the number is taken modulo the number of slots of the mapping.
        unsafe { self.slots.add(number % SLOTS * SLOT_SIZE) }
    }

    /// The word by which the kernel and we hand a slot to each other.
    fn status(&self, number: usize) -> &AtomicU32 {
        // SAFETY: a slot begins with its status, aligned, and the mapping lives as long as `self`.
        unsafe { AtomicU32::from_ptr(self.slot(number).cast()) }
    }

    /// Sends a frame that the slot has no room for out of the socket's queue.
    fn pass_long_on(&mut self, to: RawFd) -> io::Result<()> {
        // SAFETY: the pointers and lengths are those of a live buffer.
        unsafe {
            let (data, size) = (self.long.as_mut_ptr(), self.long.len());
            let received = libc::recv(self.fd(), data.cast(), size, libc::MSG_DONTWAIT);
            libc::send(to, data.cast(), waiting(received)?, libc::MSG_DONTWAIT);
        }
        Ok(())
    }
}

impl Link for Ring {
    fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    fn pass_on(&mut self, to: RawFd) -> io::Result<usize> {
        let mut count = 0;
        let mut long = 0;
        while count + long < BATCH {
            let number = self.next + count + long;
            let status = self.status(number).load(Ordering::Acquire);
            if status & libc::TP_STATUS_USER == 0 {
                break;
            }
            if status & libc::TP_STATUS_COPY != 0 {
                if count > 0 {
                    break; // after what is before it
                }
                self.pass_long_on(to)?;
                long += 1;
                continue;
            }
            let slot = self.slot(number);
            // SAFETY: the kernel has handed the slot over, which begins with an aligned header, and says
            // in it where the frame is.
            unsafe {
                let header = slot.cast::<libc::tpacket2_hdr>().read_unaligned();
                let start = usize::from(header.tp_mac) - OFFLOAD_SIZE;
                self.batch.set(count, slot.add(start), header.tp_snaplen as usize + OFFLOAD_SIZE);
            }
            count += 1;
            if long > 0 {
                break;
            }
        }
        self.batch.send(to, count);
        for number in self.next..self.next + count + long {
            self.status(number).store(libc::TP_STATUS_KERNEL, Ordering::Release);
        }
        self.next = (self.next + count + long) % SLOTS;
        Ok(count + long)
    }
}

struct Tap {
    file: std::fs::File,
    buffer: Vec<u8>,
}

impl Tap {
    fn open(name: &str) -> io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/net/tun")?;
        // SAFETY: all fields of this structure of C may be 0.
        let mut request: libc::ifreq = unsafe { mem::zeroed() };
        for (place, octet) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1))
        {
            *place = libc::c_char::from_ne_bytes([octet]);
        }
        let flags = libc::IFF_TAP | libc::IFF_NO_PI | libc::IFF_VNET_HDR;
        request.ifr_ifru.ifru_flags = libc::c_short::try_from(flags).unwrap_or_default();
        let offloads = libc::TUN_F_CSUM | libc::TUN_F_TSO4 | libc::TUN_F_TSO6 | libc::TUN_F_TSO_ECN;
        // SAFETY: the requests take a pointer to a live `ifreq`, and a number.
        unsafe {
            to_fd(libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request))?;
            to_fd(libc::ioctl(
                file.as_raw_fd(),
                libc::TUNSETOFFLOAD,
                libc::c_ulong::from(offloads),
            ))?;
        }
        Ok(Self { file, buffer: vec![0; BUFFER_SIZE] })
    }
}

impl Link for Tap {
    fn fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }

    fn pass_on(&mut self, to: RawFd) -> io::Result<usize> {
        for count in 0..BATCH {
            // SAFETY: the pointers and lengths are those of a live buffer.
            unsafe {
                let (data, size) = (self.buffer.as_mut_ptr(), self.buffer.len());
                let read = libc::read(self.fd(), data.cast(), size);
                let length = waiting(read)?;
                if length == 0 {
                    return Ok(count);
                }
                libc::write(to, data.cast(), length);
            }
        }
        Ok(BATCH)
    }
}
