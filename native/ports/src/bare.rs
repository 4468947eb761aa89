//! Forwarding with nothing in between: what a socket costs when no switch is behind it.
//!
//! The yardstick of the benchmarks (`traffic bare`). One thread, one loop, two interfaces: what
//! arrives at one leaves by the other, with its virtio-net header, so that checksums and
//! segmentation are left to whoever can do them. No look-up, no counters, no parsing.

use std::fs::{File, OpenOptions};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use packet::{FRAME_MAX, OFFLOAD_SIZE};

use crate::probe::packet_socket;
use crate::sys::{self, Mapping, to_fd, to_len};

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

fn receiving(interface: &str) -> io::Result<OwnedFd> {
    let socket = packet_socket(interface, ETH_P_ALL)?;
    sys::set_option(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_VNET_HDR, &1)?;
    sys::set_option(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &RECEIVE_BUFFER)?;
    Ok(socket)
}

/// Two sockets, since the kernel does more for a frame with a header, even if that says nothing.
struct Exit {
    plain: OwnedFd,
    with_headers: OwnedFd,
}

impl Exit {
    fn open(interface: &str) -> io::Result<Self> {
        let [plain, with_headers] = [packet_socket(interface, 0)?, packet_socket(interface, 0)?];
        sys::set_option(with_headers.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_VNET_HDR, &1)?;
        Ok(Self { plain, with_headers })
    }
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

    /// Makes a frame with its header one of the messages.
    fn set(&mut self, at: usize, data: *const u8, len: usize) {
        self.pieces[at] = libc::iovec { iov_base: data.cast_mut().cast(), iov_len: len };
    }

    /// Sends the first `count` messages; one that is not taken is lost.
    ///
    /// # Safety
    /// All were set, to frames that are still there.
    unsafe fn send(&mut self, to: &Exit, count: usize) {
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

struct Messages {
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

const BLOCK_SIZE: usize = 1 << 16;
const SLOT_SIZE: usize = 2048;
const SLOTS: usize = 4096;

struct Ring {
    socket: OwnedFd,
    slots: Mapping,
    next: usize,
    batch: Batch,
    /// Frames that do not fit into a slot wait in the socket's queue and are read into here.
    long: Vec<u8>,
}

impl Ring {
    /// The word by which the kernel and we hand a slot to each other.
    fn status(&self, number: usize) -> &AtomicU32 {
        self.slots.word(number % SLOTS * SLOT_SIZE)
    }

    /// Adds the frame of a slot to the batch.
    fn collect(&mut self, number: usize, at: usize) {
        let slot = number % SLOTS * SLOT_SIZE;
        let header: libc::tpacket2_hdr = self.slots.read(slot);
        let length = header.tp_snaplen as usize + OFFLOAD_SIZE;
        let start = usize::from(header.tp_mac) - OFFLOAD_SIZE;
        self.batch.set(at, self.slots.octets(slot + start, length).as_ptr(), length);
    }

    /// Sends a frame that the slot has no room for out of the socket's queue.
    fn pass_long_on(&mut self, to: &Exit) {
        if let Ok(length) = sys::receive(self.socket.as_raw_fd(), &mut self.long) {
            self.batch.set(0, self.long.as_ptr(), length);
            // SAFETY: the buffer was filled so far.
            unsafe { self.batch.send(to, 1) };
        }
    }
}

impl Link for Ring {
    type Exit = Exit;

    fn open(interface: &str) -> io::Result<(Self, Exit)> {
        let socket = receiving(interface)?;
        let fd = socket.as_raw_fd();
        let version = libc::tpacket_versions::TPACKET_V2 as libc::c_int;
        sys::set_option(fd, libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        sys::set_option(fd, libc::SOL_PACKET, libc::PACKET_COPY_THRESH, &1)?;
        let request = libc::tpacket_req {
            tp_block_size: unsigned(BLOCK_SIZE),
            tp_block_nr: unsigned(SLOTS * SLOT_SIZE / BLOCK_SIZE),
            tp_frame_size: unsigned(SLOT_SIZE),
            tp_frame_nr: unsigned(SLOTS),
        };
        sys::set_option(fd, libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let slots = Mapping::of(fd, SLOTS * SLOT_SIZE, 0)?;
        let long = vec![0; BUFFER_SIZE];
        Ok((Self { socket, slots, next: 0, batch: Batch::new(), long }, Exit::open(interface)?))
    }

    fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    fn pass_on(&mut self, to: &Exit) -> io::Result<usize> {
        let mut count = 0;
        while count < BATCH {
            let status = self.status(self.next + count).load(Ordering::Acquire);
            let is_long = status & libc::TP_STATUS_COPY != 0;
            if status & libc::TP_STATUS_USER == 0 || is_long && count > 0 {
                break;
            }
            if is_long {
                self.pass_long_on(to);
                self.status(self.next).store(libc::TP_STATUS_KERNEL, Ordering::Release);
                self.next = (self.next + 1) % SLOTS;
                return Ok(1);
            }
            self.collect(self.next + count, count);
            count += 1;
        }
        // SAFETY: so many slots are ours until they are given back.
        unsafe { self.batch.send(to, count) };
        for number in self.next..self.next + count {
            self.status(number).store(libc::TP_STATUS_KERNEL, Ordering::Release);
        }
        self.next = (self.next + count) % SLOTS;
        Ok(count)
    }
}

struct Tap {
    file: Arc<File>,
    buffer: Vec<u8>,
}

impl Link for Tap {
    type Exit = Arc<File>;

    fn open(name: &str) -> io::Result<(Self, Arc<File>)> {
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
        let file = Arc::new(file);
        Ok((Self { file: Arc::clone(&file), buffer: vec![0; BUFFER_SIZE] }, file))
    }

    fn fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }

    fn pass_on(&mut self, to: &Arc<File>) -> io::Result<usize> {
        for count in 0..BATCH {
            match sys::read(self.fd(), &mut self.buffer) {
                Ok(length) => drop(sys::write(to.as_raw_fd(), &self.buffer[..length])),
                Err(libc::EAGAIN) => return Ok(count),
                Err(number) => return Err(io::Error::from_raw_os_error(number)),
            }
        }
        Ok(BATCH)
    }
}
