//! One `AF_XDP` socket: its memory, its rings, and how frames move between them and ours.
//!
//! The memory is cut into chunks, of which each holds one frame. Those for receiving go round from
//! the fill ring through the receive ring; those for sending from a list of ours through the send
//! ring and the completion ring. Frames are copied in and out, since they live on in the switch.
//!
//! Sending has a socket of its own, which shares the memory: whoever waits for a socket to become
//! readable is woken, in vain, for every frame that it has sent. That is a sixth of the time.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use packet::Frame;

use super::checksum::left_to_hardware;
use super::rings::Ring;
use crate::counters::{Loss, PortCounters, says_gone};
use crate::incoming::RUNT_SIZE;
use crate::sys::{self, Mapping, Plain, get_option, set_option};

const CHUNK_SIZE: usize = 4096;
const RX_CHUNKS: u32 = 2048;
const TX_CHUNKS: u32 = 2048;
/// The kernel sends a few dozen frames for each call at most.
const KICKS: usize = 128;
const SEND_BUFFER: i32 = 4 << 20;

// SAFETY: integers, 16 and 32 bits wide, without gaps.
unsafe impl Plain for libc::sockaddr_xdp {}
// SAFETY: integers of 64 bits, then four of 32.
unsafe impl Plain for libc::xdp_umem_reg {}
// SAFETY: integers of 64 bits.
unsafe impl Plain for libc::xdp_mmap_offsets {}
// SAFETY: integers of 64 bits.
unsafe impl Plain for libc::xdp_statistics {}
// SAFETY: integers, 64 and twice 32 bits wide.
unsafe impl Plain for libc::xdp_desc {}
// SAFETY: an integer.
unsafe impl Plain for u64 {}

pub(super) struct Socket {
    fd: Arc<OwnedFd>,
    sender: OwnedFd,
    memory: Mapping,
    fill: Ring,
    received: Ring,
    send: Ring,
    completed: Ring,
    /// Chunks to send in.
    free: Vec<u64>,
    counters: Arc<PortCounters>,
}

impl Socket {
    /// Binds a new socket to one queue of an interface.
    pub(super) fn open(ifindex: u32, queue: u32, counters: &Arc<PortCounters>) -> io::Result<Self> {
        let socket = Arc::new(sys::socket(libc::AF_XDP, libc::SOCK_RAW, 0)?);
        let fd = socket.as_raw_fd();
        let chunks = RX_CHUNKS + TX_CHUNKS;
        let memory = Mapping::fresh(chunks as usize * CHUNK_SIZE)?;
        let registration = libc::xdp_umem_reg {
            addr: memory.address() as u64,
            len: u64::from(chunks) * CHUNK_SIZE as u64,
            chunk_size: size(CHUNK_SIZE),
            headroom: 0,
            flags: 0,
            tx_metadata_len: 0,
        };
        set_option(fd, libc::SOL_XDP, libc::XDP_UMEM_REG, &registration)?;
        let sizes = [
            (libc::XDP_UMEM_FILL_RING, RX_CHUNKS),
            (libc::XDP_UMEM_COMPLETION_RING, TX_CHUNKS),
            (libc::XDP_RX_RING, RX_CHUNKS),
        ];
        for (ring, size) in sizes {
            set_option(fd, libc::SOL_XDP, ring, &size)?;
        }
        let sender = sys::socket(libc::AF_XDP, libc::SOCK_RAW, 0)?;
        set_option(sender.as_raw_fd(), libc::SOL_XDP, libc::XDP_TX_RING, &TX_CHUNKS)?;
        // SAFETY: all fields of this structure of C may be 0.
        let offsets: libc::xdp_mmap_offsets = unsafe { mem::zeroed() };
        let offsets = get_option(fd, libc::SOL_XDP, libc::XDP_MMAP_OFFSETS, offsets)?;
        let (fill, completion) =
            (libc::XDP_UMEM_PGOFF_FILL_RING, libc::XDP_UMEM_PGOFF_COMPLETION_RING);
        let [fill, completion] =
            [fill, completion].map(|one| i64::try_from(one).unwrap_or_default());
        let (rx, tx) = (libc::XDP_PGOFF_RX_RING, libc::XDP_PGOFF_TX_RING);
        let mut socket = Self {
            fill: Ring::map::<u64>(fd, fill, offsets.fr, RX_CHUNKS)?,
            completed: Ring::map::<u64>(fd, completion, offsets.cr, TX_CHUNKS)?,
            received: Ring::map::<libc::xdp_desc>(fd, rx, offsets.rx, RX_CHUNKS)?,
            send: Ring::map::<libc::xdp_desc>(sender.as_raw_fd(), tx, offsets.tx, TX_CHUNKS)?,
            sender,
            memory,
            free: (RX_CHUNKS..chunks).map(|chunk| u64::from(chunk) * CHUNK_SIZE as u64).collect(),
            counters: Arc::clone(counters),
            fd: socket,
        };
        for chunk in 0..RX_CHUNKS {
            socket.fill.put(u64::from(chunk) * CHUNK_SIZE as u64);
        }
        socket.fill.publish();
        let sender = socket.sender.as_raw_fd();
        set_option(sender, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, &SEND_BUFFER)?;
        bind(fd, ifindex, queue, libc::XDP_USE_NEED_WAKEUP, 0)?;
        bind(sender, ifindex, queue, libc::XDP_SHARED_UMEM, fd.unsigned_abs())?;
        watch(Arc::downgrade(&socket.fd), counters);
        Ok(socket)
    }

    pub(super) fn fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    /// Receives into the front of `frames`; returns how many, and their octets.
    pub(super) fn receive(&mut self, frames: &mut [Frame]) -> (usize, usize) {
        let (mut count, mut octets) = (0, 0);
        let waiting = self.received.waiting() as usize;
        for _ in 0..waiting.min(frames.len()) {
            let entry: libc::xdp_desc = self.received.take();
            let len = entry.len as usize;
            if (RUNT_SIZE..=CHUNK_SIZE).contains(&len) {
                let frame = &mut frames[count];
                let data = self.memory.octets(place(entry.addr), len);
                frame.room(0)[..len].copy_from_slice(data);
                frame.received(len, left_to_hardware(data));
                count += 1;
                octets += len;
            } else {
                self.counters.lose(Loss::RxTooShort, 1);
            }
            self.fill.put(entry.addr & !(CHUNK_SIZE as u64 - 1));
        }
        if waiting > 0 {
            self.received.release();
            self.fill.publish();
            if self.fill.needs_wakeup() {
                let _ = sys::receive(self.fd(), &mut []);
            }
        }
        (count, octets)
    }

    /// Whether a frame fits into a chunk.
    pub(super) fn fits(frame: &Frame) -> bool {
        frame.len() <= CHUNK_SIZE
    }

    /// Sends frames that fit and need nothing more; returns whether the interface is gone.
    pub(super) fn send(&mut self, frames: &[Frame], which: &[usize]) -> bool {
        if let Err(errno) = self.kick() {
            // Nothing leaves: do not fill the ring with what would be old once something does.
            self.counters.lose(Loss::of_send(errno), which.len() as u64);
            return says_gone(errno);
        }
        self.collect();
        let (mut sent, mut octets) = (0, 0);
        for &number in which {
            let data = frames[number].data();
            let Some(chunk) = self.free.pop() else { break };
            self.memory.copy_in(place(chunk), data);
            self.send.put(libc::xdp_desc { addr: chunk, len: size(data.len()), options: 0 });
            octets += data.len() as u64;
            sent += 1;
        }
        self.send.publish();
        self.counters.sent(sent, octets);
        self.counters.lose(Loss::TxQueueFull, which.len() as u64 - sent);
        self.kick().is_err_and(says_gone)
    }

    /// Has the kernel send what is in the ring. What it has no room for now stays there.
    fn kick(&self) -> Result<(), i32> {
        for _ in 0..KICKS {
            if self.send.is_taken() || !self.send.needs_wakeup() {
                break;
            }
            match sys::send(self.sender.as_raw_fd(), &[]) {
                Ok(_) | Err(libc::EAGAIN | libc::EBUSY | libc::ENOBUFS) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// Takes back the chunks of what was sent.
    fn collect(&mut self) {
        for _ in 0..self.completed.waiting() {
            self.free.push(self.completed.take());
        }
        self.completed.release();
    }
}

/// Binds a socket to a queue; it may share the memory of another.
fn bind(fd: RawFd, ifindex: u32, queue: u32, flags: u16, shared: u32) -> io::Result<()> {
    let address = libc::sockaddr_xdp {
        sxdp_family: u16::try_from(libc::AF_XDP).unwrap_or_default(),
        sxdp_flags: flags,
        sxdp_ifindex: ifindex,
        sxdp_queue_id: queue,
        sxdp_shared_umem_fd: shared,
    };
    sys::bind(fd, &address)
}

/// Has the counters include what the kernel could not give to a socket.
fn watch(socket: Weak<OwnedFd>, counters: &PortCounters) {
    let seen = [AtomicU64::new(0), AtomicU64::new(0)];
    counters.watch(Box::new(move |counters| {
        let Some(socket) = socket.upgrade() else { return };
        // SAFETY: all fields of this structure of C may be 0.
        let none: libc::xdp_statistics = unsafe { mem::zeroed() };
        let fd = socket.as_raw_fd();
        let Ok(now) = get_option(fd, libc::SOL_XDP, libc::XDP_STATISTICS, none) else { return };
        // Dropped is what found no chunk, and what would not have fitted into one.
        let full = now.rx_ring_full + now.rx_fill_ring_empty_descs;
        let long = now.rx_dropped.saturating_sub(now.rx_fill_ring_empty_descs);
        let losses = [(Loss::RxQueueFull, full), (Loss::RxTooLong, long)];
        for ((loss, count), seen) in losses.into_iter().zip(&seen) {
            counters.lose(loss, count.saturating_sub(seen.swap(count, Ordering::Relaxed)));
        }
    }));
}

fn place(address: u64) -> usize {
    usize::try_from(address).unwrap_or(usize::MAX)
}

fn size(length: usize) -> u32 {
    u32::try_from(length).unwrap_or_default()
}
