//! An interface by `AF_XDP`: what arrives comes to us before the kernel makes anything of it.
//!
//! The least work for a small frame, at a price: sockets of this kind know no metadata. What a host
//! has left unfinished is recognised by its octets (`checksum`). Frames that leave finished go
//! through the same sockets; unfinished ones through packet sockets, which carry the metadata,
//! so that no checksum and no segment is made here. Both hand a frame to the interface within the
//! call, so order is kept.
//!
//! Limits, which the kernel sets and opening tells: an interface has one such program at a time, and
//! an MTU of about 3,500 at most (frames of more than `Socket`'s chunks count as `rx_too_long`). The
//! far end of a veth stops sending super-frames by itself, and sends segments of its MTU. Where the
//! driver cannot run programs the kernel emulates it, and super-frames would be lost: switch off
//! segmentation on the far side there (`ethtool -K ... tso off gso off`). A VLAN tag that a far end
//! leaves to its hardware is not seen (`ethtool -K ... txvlan off`).

mod checksum;
mod program;
mod rings;
mod socket;

use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use packet::Frame;

use crate::counters::PortCounters;
use crate::packet::outbox::Outbox;
use crate::{Epoll, Link, PacketOptions, Queue};
pub use checksum::left_to_hardware;
use program::Program;
use socket::Socket;

/// More queues than an interface has.
const QUEUES_MAX: u32 = 256;

/// So long a port waits for its predecessor on the interface to be gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens an interface by `AF_XDP`: a socket for each of its queues, shared among the threads.
pub(crate) fn open(ifindex: i32, options: PacketOptions) -> io::Result<Link> {
    let counters = Arc::new(PortCounters::default());
    let number = ifindex.unsigned_abs();
    let program = Program::load(QUEUES_MAX)?;
    let mut sockets = Vec::new();
    for queue in 0..QUEUES_MAX {
        match patiently(|| Socket::open(number, queue, &counters)) {
            Ok(socket) => {
                program.give(queue, socket.fd())?;
                sockets.push(socket);
            }
            Err(error) if queue > 0 && !is_busy(&error) => break, // there is no such queue
            Err(error) => return Err(explain(error)),
        }
    }
    let attachment = Arc::new(patiently(|| program.attach(number)).map_err(explain)?);
    let threads = options.threads.max(1);
    let mut shares: Vec<Vec<Socket>> = (0..threads).map(|_| Vec::new()).collect();
    for (place, socket) in sockets.into_iter().enumerate() {
        shares[place % threads].push(socket);
    }
    let mut queues: Vec<Box<dyn Queue>> = Vec::new();
    for sockets in shares {
        let outbox = Outbox::open(ifindex, options.bypass_qdisc, &counters)?;
        let epoll = Epoll::new()?;
        for (number, socket) in (0..).zip(&sockets) {
            epoll.add(socket.fd(), number)?;
        }
        let (attachment, next) = (Arc::clone(&attachment), 0);
        queues.push(Box::new(XdpQueue { _attachment: attachment, sockets, epoll, next, outbox }));
    }
    Ok(Link { queues, counters })
}

/// Tries again for a while what is taken: the kernel lets go of a queue some time after its socket
/// has been closed.
fn patiently<T>(mut open: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match open() {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

fn is_busy(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EBUSY)
}

fn explain(error: io::Error) -> io::Error {
    let text = match error.raw_os_error() {
        Some(libc::ERANGE | libc::EINVAL) => "too long an MTU for XDP, here or at the other end",
        Some(libc::EBUSY) => "the interface has an XDP program or socket already",
        Some(libc::EPERM) => "AF_XDP needs root (CAP_NET_ADMIN, CAP_NET_RAW and CAP_BPF)",
        Some(libc::EAFNOSUPPORT) => "this kernel has no AF_XDP",
        _ => return error,
    };
    io::Error::new(error.kind(), text)
}

struct XdpQueue {
    /// The program, as long as any queue is there.
    _attachment: Arc<OwnedFd>,
    /// One for each of the interface's queues that are this thread's; none for a thread too many.
    sockets: Vec<Socket>,
    epoll: Epoll,
    /// Whose turn it is.
    next: usize,
    outbox: Outbox,
}

impl Queue for XdpQueue {
    fn fd(&self) -> RawFd {
        match &self.sockets[..] {
            [] => -1,
            [one] => one.fd(),
            _ => self.epoll.fd(),
        }
    }

    fn receive(&mut self, frames: &mut [Frame]) -> usize {
        let (mut count, mut octets) = (0, 0);
        for _ in 0..self.sockets.len() {
            let (more, of_them) = self.sockets[self.next].receive(&mut frames[count..]);
            count += more;
            octets += of_them;
            if count == frames.len() {
                break;
            }
            self.next = (self.next + 1) % self.sockets.len();
        }
        if count == 0 {
            self.outbox.look_at_interface();
        }
        self.outbox.counters.received(count, octets)
    }

    fn send(&mut self, frames: &mut [Frame], which: &[usize]) {
        let Some(socket) = self.sockets.first_mut() else {
            self.outbox.send(frames, which);
            return;
        };
        if !self.outbox.counters.is_up() {
            self.outbox.send(frames, which); // counts them
            return;
        }
        let is_easy = |number: &usize| {
            let frame = &frames[*number];
            frame.offload.is_none() && Socket::fits(frame)
        };
        let mut rest = which;
        let runs: Vec<usize> =
            which.chunk_by(|one, other| is_easy(one) == is_easy(other)).map(<[_]>::len).collect();
        for len in runs {
            let (run, others) = rest.split_at(len);
            rest = others;
            let frame = &frames[run[0]];
            if frame.offload.is_none() && Socket::fits(frame) {
                self.outbox.gone |= socket.send(frames, run);
            } else {
                self.outbox.send(frames, run);
            }
        }
    }

    fn gone(&self) -> bool {
        self.outbox.gone
    }
}
