//! A receive ring (`TPACKET_V2`), and `sendmmsg` out of it.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU32, Ordering};

use packet::OFFLOAD_SIZE;

use super::batch::{Batch, Exit, receiving, unsigned};
use super::{BATCH, BUFFER_SIZE, Link};
use crate::sys::{self, Mapping};

const BLOCK_SIZE: usize = 1 << 16;
const SLOT_SIZE: usize = 2048;
const SLOTS: usize = 4096;

pub(super) struct Ring {
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
