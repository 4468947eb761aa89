//! One of the four rings that an `AF_XDP` socket shares with the kernel.
//!
//! One side produces and the other consumes. Each has a number that only it writes and that counts
//! on for ever; what lies between the two is filled. An entry is published by the producer's number.

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::Ordering;

use crate::sys::{Mapping, Plain};

/// A ring of which we are one side.
pub(super) struct Ring {
    memory: Mapping,
    offsets: libc::xdp_ring_offset,
    mask: u32,
    /// Our own number.
    at: u32,
}

impl Ring {
    /// Maps a ring of `size` entries, a power of two.
    pub(super) fn map<T: Plain>(
        fd: RawFd,
        page_offset: i64,
        offsets: libc::xdp_ring_offset,
        size: u32,
    ) -> io::Result<Self> {
        let length = place(offsets.desc) + size as usize * size_of::<T>();
        let memory = Mapping::of(fd, length, page_offset)?;
        Ok(Self { memory, offsets, mask: size - 1, at: 0 })
    }

    /// As the producer: how many entries are free.
    #[inline]
    pub(super) fn free(&self) -> u32 {
        let consumer = self.memory.word(place(self.offsets.consumer)).load(Ordering::Acquire);
        self.mask + 1 - self.at.wrapping_sub(consumer)
    }

    /// As the producer: fills the next entry, which must be free.
    #[inline]
    pub(super) fn put<T: Plain>(&mut self, entry: T) {
        self.memory.write(self.entry::<T>(), entry);
        self.at = self.at.wrapping_add(1);
    }

    /// As the producer: lets the kernel see what was put.
    #[inline]
    pub(super) fn publish(&self) {
        self.memory.word(place(self.offsets.producer)).store(self.at, Ordering::Release);
    }

    /// As the producer: whether the kernel has not taken everything yet.
    pub(super) fn is_taken(&self) -> bool {
        self.free() == self.mask + 1
    }

    /// As the producer: whether the kernel waits to be told that there is something.
    pub(super) fn needs_wakeup(&self) -> bool {
        let flags = self.memory.word(place(self.offsets.flags)).load(Ordering::Relaxed);
        flags & libc::XDP_RING_NEED_WAKEUP != 0
    }

    /// As the consumer: how many entries wait.
    #[inline]
    pub(super) fn waiting(&self) -> u32 {
        let producer = self.memory.word(place(self.offsets.producer)).load(Ordering::Acquire);
        producer.wrapping_sub(self.at)
    }

    /// As the consumer: takes the next entry, which must wait.
    #[inline]
    pub(super) fn take<T: Plain>(&mut self) -> T {
        let entry = self.memory.read(self.entry::<T>());
        self.at = self.at.wrapping_add(1);
        entry
    }

    /// As the consumer: lets the kernel have what was taken.
    #[inline]
    pub(super) fn release(&self) {
        self.memory.word(place(self.offsets.consumer)).store(self.at, Ordering::Release);
    }

    fn entry<T>(&self) -> usize {
        place(self.offsets.desc) + (self.at & self.mask) as usize * size_of::<T>()
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX / 2)
}
