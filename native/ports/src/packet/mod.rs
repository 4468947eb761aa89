//! An interface that exists, such as one end of a veth pair: packet sockets.
//!
//! One socket receives for each thread, by a ring or by batches of messages. Two more send, with
//! and without virtio-net headers (`outbox`). What dev.py says of correctness holds here: super-frames
//! and unfinished checksums pass both ways, VLAN tags that the kernel strips are put back, our own
//! sends never come back.
//!
//! `Io::Auto` is the ring: it costs much less for each small frame, no more for a long one, and
//! wakes us as soon. What it cannot do is tell apart why a frame was not queued: one that no
//! virtio-net header describes counts as `rx_queue_full` there.

mod mmsg;
pub(crate) mod outbox;
mod ring;
mod socket;

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::str::FromStr;
use std::sync::Arc;

use packet::Frame;

use crate::counters::{Loss, PortCounters, says_gone};
use crate::incoming::Tag;
use crate::{Link, Queue, xdp};
use outbox::Outbox;

const ETH_P_8021Q: u16 = 0x8100;

/// How frames are received from an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Io {
    /// The best for a switch of all kinds of traffic.
    #[default]
    Auto,
    /// A ring shared with the kernel; what is too long for it from the socket's queue.
    Ring,
    /// Batches of messages.
    Messages,
    /// `AF_XDP`.
    Xdp,
}

impl FromStr for Io {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "ring" => Ok(Self::Ring),
            "mmsg" => Ok(Self::Messages),
            "xdp" => Ok(Self::Xdp),
            _ => Err(format!("{text:?} is none of auto, ring, mmsg, xdp")),
        }
    }
}

/// How to use an interface.
#[derive(Clone, Copy, Debug)]
pub struct PacketOptions {
    /// How to receive.
    pub io: Io,
    /// How many queues to make; frames are shared among them by flow.
    pub threads: usize,
    /// Send past the interface's queueing discipline: faster, but no rate limit that somebody has
    /// set there holds, and what finds the interface busy is lost rather than queued.
    pub bypass_qdisc: bool,
}

impl Default for PacketOptions {
    fn default() -> Self {
        Self { io: Io::Auto, threads: 1, bypass_qdisc: false }
    }
}

/// Opens an interface of the namespace that the calling thread is in, by its number.
///
/// # Errors
/// What the kernel says: no such interface, no privilege, no such option.
pub fn open_packet(ifindex: u32, options: PacketOptions) -> io::Result<Link> {
    let ifindex = i32::try_from(ifindex).map_err(|_| io::ErrorKind::InvalidInput)?;
    if options.io == Io::Xdp {
        return xdp::open(ifindex, options);
    }
    let counters = Arc::new(PortCounters::default());
    let mut queues: Vec<Box<dyn Queue>> = Vec::new();
    let mut sockets = Vec::new();
    for _ in 0..options.threads.max(1) {
        let socket = Arc::new(socket::receiving(ifindex)?);
        let inbox: Box<dyn Receive> = match options.io {
            Io::Messages => Box::new(mmsg::Inbox::new(Arc::clone(&socket))),
            _ => Box::new(ring::Ring::new(Arc::clone(&socket))?),
        };
        let outbox = Outbox::open(ifindex, options.bypass_qdisc, &counters)?;
        let watched = Arc::downgrade(&socket);
        counters.watch(Box::new(move |counters| {
            let lost = watched.upgrade().map_or(0, |socket| socket::drops(socket.as_raw_fd()));
            counters.lose(Loss::RxQueueFull, lost);
        }));
        sockets.push(socket);
        queues.push(Box::new(PacketQueue { inbox, outbox }));
    }
    socket::start(&sockets, ifindex)?;
    Ok(Link { queues, counters })
}

/// What one call to receive has brought.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    count: usize,
    octets: usize,
    /// What the socket says, if it says something of the interface; else 0.
    errno: i32,
}

/// A way in.
trait Receive: Send {
    fn fd(&self) -> RawFd;
    fn receive(&mut self, frames: &mut [Frame], counters: &PortCounters) -> Turn;
}

struct PacketQueue {
    inbox: Box<dyn Receive>,
    outbox: Outbox,
}

impl Queue for PacketQueue {
    fn fd(&self) -> RawFd {
        self.inbox.fd()
    }

    fn receive(&mut self, frames: &mut [Frame]) -> usize {
        let turn = self.inbox.receive(frames, &self.outbox.counters);
        if turn.errno == libc::ENETDOWN {
            // Perhaps it is back soon.
            self.outbox.gone |= socket::has_lost_interface(self.inbox.fd());
        }
        self.outbox.gone |= says_gone(turn.errno);
        self.outbox.counters.received(turn.count, turn.octets)
    }

    fn send(&mut self, frames: &mut [Frame], which: &[usize]) {
        self.outbox.send(frames, which);
    }

    fn gone(&self) -> bool {
        self.outbox.gone
    }
}

/// The VLAN tag that the kernel says it has taken out of a frame.
fn tag(status: u32, tci: u16, tpid: u16) -> Option<Tag> {
    let is_known = status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
    let tag = Tag { tpid: if is_known { tpid } else { ETH_P_8021Q }, tci };
    (status & libc::TP_STATUS_VLAN_VALID != 0).then_some(tag)
}
