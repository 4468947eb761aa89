//! Receiving by a ring that the kernel shares with us (`TPACKET_V2`): small frames without a call or a
//! buffer for each.
//!
//! A slot holds a frame of the usual MTU. A longer one, such as a super-frame, is put whole into the
//! socket's queue as well (`PACKET_COPY_THRESH`), and its slot says so (`TP_STATUS_COPY`): it is received
//! from there when its turn comes, so that order is kept. VLAN tags stand in the slot for both.
//!
//! `TPACKET_V3` would take more frames in less time, and holds a lone one until a timer: no.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use packet::{Frame, OFFLOAD_SIZE};

use super::{Receive, Turn, socket, tag};
use crate::counters::{Loss, PortCounters};
use crate::incoming::{READ_SIZE, accept, put_back};
use crate::sys::{self, Mapping};

const SLOT_SIZE: usize = 2048;
const SLOTS: usize = 4096;
const BLOCK_SIZE: usize = 1 << 16;

pub(super) struct Ring {
    socket: Arc<OwnedFd>,
    slots: Mapping,
    next: usize,
}

/// What a slot says of its frame.
struct Slot {
    status: u32,
    /// Octets of the frame, and how many of them are here.
    len: usize,
    stored: usize,
    /// Where the frame begins.
    start: usize,
    tci: u16,
    tpid: u16,
}

impl Ring {
    /// Gives a socket its ring; it must not be bound yet.
    pub(super) fn new(socket: Arc<OwnedFd>) -> io::Result<Self> {
        let version = libc::tpacket_versions::TPACKET_V2 as i32;
        socket::set(&socket, libc::PACKET_VERSION, &version)?;
        socket::set(&socket, libc::PACKET_COPY_THRESH, &1)?;
        let number = |size| libc::c_uint::try_from(size).unwrap_or_default();
        let request = libc::tpacket_req {
            tp_block_size: number(BLOCK_SIZE),
            tp_block_nr: number(SLOTS * SLOT_SIZE / BLOCK_SIZE),
            tp_frame_size: number(SLOT_SIZE),
            tp_frame_nr: number(SLOTS),
        };
        socket::set(&socket, libc::PACKET_RX_RING, &request)?;
        let slots = Mapping::of(socket.as_raw_fd(), SLOTS * SLOT_SIZE, 0)?;
        Ok(Self { socket, slots, next: 0 })
    }

    fn at(&self) -> usize {
        self.next * SLOT_SIZE
    }

    /// The word by which the kernel and we hand the next slot to each other.
    fn status(&self) -> &AtomicU32 {
        self.slots.word(self.at())
    }

    fn slot(&self, status: u32) -> Slot {
        let header: libc::tpacket2_hdr = self.slots.read(self.at());
        Slot {
            status,
            len: header.tp_len as usize,
            stored: header.tp_snaplen as usize,
            start: usize::from(header.tp_mac),
            tci: header.tp_vlan_tci,
            tpid: header.tp_vlan_tpid,
        }
    }

    fn take(&self, slot: &Slot, frame: &mut Frame) -> Result<(), Loss> {
        if slot.status & libc::TP_STATUS_COPY != 0 {
            self.take_from_queue(frame)?;
        } else if slot.stored < slot.len {
            return Err(Loss::RxQueueFull); // too long for the slot, and no room in the queue
        } else {
            self.take_from_slot(slot, frame)?;
        }
        tag(slot.status, slot.tci, slot.tpid).map_or(Ok(()), |tag| put_back(frame, tag))
    }

    fn take_from_slot(&self, slot: &Slot, frame: &mut Frame) -> Result<(), Loss> {
        let (len, start) = (slot.stored + OFFLOAD_SIZE, slot.start.saturating_sub(OFFLOAD_SIZE));
        let whole = start.checked_add(len).filter(|end| *end <= SLOT_SIZE);
        let from =
            whole.map(|_| self.slots.octets(self.at() + start, len)).ok_or(Loss::RxTooLong)?;
        frame.room(OFFLOAD_SIZE)[..len].copy_from_slice(from);
        accept(frame, len)
    }

    fn take_from_queue(&self, frame: &mut Frame) -> Result<(), Loss> {
        let fd = self.socket.as_raw_fd();
        loop {
            match sys::receive_whole(fd, frame.room(OFFLOAD_SIZE)) {
                Ok(len) if len > READ_SIZE => return Err(Loss::RxTooLong),
                Ok(len) => return accept(frame, len),
                Err(libc::EAGAIN) => return Err(Loss::RxQueueFull),
                Err(libc::EINVAL) => return Err(Loss::RxUnsupportedGso),
                Err(_) => {} // news of the interface, told once; the frame comes next
            }
        }
    }
}

impl Receive for Ring {
    fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    fn receive(&mut self, frames: &mut [Frame], counters: &PortCounters) -> Turn {
        let mut turn = Turn::default();
        let mut seen = false;
        while let Some(frame) = frames.get_mut(turn.count) {
            let status = self.status().load(Ordering::Acquire);
            if status & libc::TP_STATUS_USER == 0 {
                break;
            }
            seen = true;
            match self.take(&self.slot(status), frame) {
                Ok(()) => {
                    turn.octets += frame.len();
                    turn.count += 1;
                }
                Err(loss) => counters.lose(loss, 1),
            }
            self.status().store(libc::TP_STATUS_KERNEL, Ordering::Release);
            self.next = (self.next + 1) % SLOTS;
        }
        if !seen {
            // Readable all the same: there is news of the interface.
            turn.errno = sys::pending_error(self.socket.as_raw_fd());
        }
        turn
    }
}
