//! Waiting and waking: epoll, bells, and the clock.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use crate::sys::to_fd;

/// How many descriptors one wait can report.
const READY_MAX: usize = 64;

/// Waits for descriptors to become readable, each known by a number; level-triggered.
#[derive(Debug)]
pub struct Epoll {
    fd: OwnedFd,
}

impl Epoll {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// When the system has no more descriptors.
    pub fn new() -> io::Result<Self> {
        // SAFETY: a system call without pointers; the descriptor it returns is nobody else's.
        let fd = unsafe { OwnedFd::from_raw_fd(to_fd(libc::epoll_create1(libc::EPOLL_CLOEXEC))?) };
        Ok(Self { fd })
    }

    /// A descriptor that is itself readable while something that is watched is.
    pub fn fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    /// Watches a descriptor from now on; `wait` reports the number.
    ///
    /// # Errors
    /// When it is none, is watched already or cannot be watched.
    pub fn add(&self, fd: RawFd, number: u32) -> io::Result<()> {
        let events = libc::EPOLLIN as u32;
        let mut event = libc::epoll_event { events, u64: u64::from(number) };
        // SAFETY: the pointer is to a live event, which the kernel copies.
        let done = unsafe {
            libc::epoll_ctl(self.fd.as_raw_fd(), libc::EPOLL_CTL_ADD, fd, &raw mut event)
        };
        to_fd(done).map(drop)
    }

    /// Watches a descriptor that is watched already for something else: that it becomes readable, writable,
    /// or either. Its end is reported in any case.
    ///
    /// # Errors
    /// When it is not watched.
    pub fn change(&self, fd: RawFd, number: u32, readable: bool, writable: bool) -> io::Result<()> {
        let input = if readable { libc::EPOLLIN as u32 } else { 0 };
        let output = if writable { libc::EPOLLOUT as u32 } else { 0 };
        let events = input | output;
        let mut event = libc::epoll_event { events, u64: u64::from(number) };
        // SAFETY: the pointer is to a live event, which the kernel copies.
        let done = unsafe {
            libc::epoll_ctl(self.fd.as_raw_fd(), libc::EPOLL_CTL_MOD, fd, &raw mut event)
        };
        to_fd(done).map(drop)
    }

    /// Watches a descriptor no more. One that was not watched is fine, too.
    pub fn remove(&self, fd: RawFd) {
        // SAFETY: the kernel does not read the event of a removal.
        unsafe {
            libc::epoll_ctl(self.fd.as_raw_fd(), libc::EPOLL_CTL_DEL, fd, std::ptr::null_mut())
        };
    }

    /// Waits until something is readable, for `timeout_ms` at most (0: not at all, -1: for good).
    /// Writes the numbers of what is readable to the front of `ready` and returns how many; those
    /// that find no room there come first next time. 0 when a signal came in between.
    pub fn wait(&self, ready: &mut [u32], timeout_ms: i32) -> usize {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; READY_MAX];
        let room = libc::c_int::try_from(ready.len().min(READY_MAX)).unwrap_or(0);
        // SAFETY: the pointer is to at least `room` events.
        let count =
            unsafe { libc::epoll_wait(self.fd.as_raw_fd(), events.as_mut_ptr(), room, timeout_ms) };
        let count = usize::try_from(count).unwrap_or(0);
        for (place, event) in ready.iter_mut().zip(&events[..count]) {
            #[expect(clippy::cast_possible_truncation, reason = "`add` took 32 bits")]
            let number = event.u64 as u32;
            *place = number;
        }
        count
    }
}

/// A bell: readable from the first ring until it is silenced (eventfd(2)).
#[derive(Debug)]
pub struct EventFd {
    fd: OwnedFd,
}

impl EventFd {
    /// A silent bell.
    ///
    /// # Errors
    /// When the system has no more descriptors.
    pub fn new() -> io::Result<Self> {
        let flags = libc::EFD_CLOEXEC | libc::EFD_NONBLOCK;
        // SAFETY: a system call without pointers; the descriptor it returns is nobody else's.
        let fd = unsafe { OwnedFd::from_raw_fd(to_fd(libc::eventfd(0, flags))?) };
        Ok(Self { fd })
    }

    /// The descriptor that is readable while the bell rings.
    pub fn fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    /// Rings, from any thread.
    pub fn ring(&self) {
        let one = 1_u64.to_ne_bytes();
        // SAFETY: the pointer and the length are those of a live array. What can fail is that the
        // bell has been rung 2^64 - 2 times already: it rings.
        unsafe { libc::write(self.fd(), one.as_ptr().cast(), one.len()) };
    }

    /// Stops ringing.
    pub fn silence(&self) {
        let mut count = [0; 8];
        // SAFETY: the pointer and the length are those of a live array. What can fail is that the
        // bell does not ring.
        unsafe { libc::read(self.fd(), count.as_mut_ptr().cast(), count.len()) };
    }
}

/// Seconds on the clock of Python's `time.monotonic`.
pub fn monotonic() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live structure; this clock exists on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    // As CPython does it: nanoseconds as one integer, then one division.
    #[expect(clippy::cast_precision_loss, reason = "exact for 104 days, then by a quarter of a ns")]
    let nanoseconds = (now.tv_sec * 1_000_000_000 + now.tv_nsec) as f64;
    nanoseconds / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bell_is_readable_until_it_is_silenced() -> io::Result<()> {
        let (epoll, bell) = (Epoll::new()?, EventFd::new()?);
        epoll.add(bell.fd(), 7)?;
        let mut ready = [0; 4];
        assert_eq!(epoll.wait(&mut ready, 0), 0);
        bell.ring();
        bell.ring();
        assert_eq!(epoll.wait(&mut ready, -1), 1);
        assert_eq!(ready[0], 7);
        assert_eq!(epoll.wait(&mut ready, 0), 1, "level-triggered");
        bell.silence();
        assert_eq!(epoll.wait(&mut ready, 0), 0);
        Ok(())
    }

    #[test]
    fn what_is_removed_is_not_reported() -> io::Result<()> {
        let (epoll, bell) = (Epoll::new()?, EventFd::new()?);
        epoll.add(bell.fd(), 7)?;
        assert!(epoll.add(bell.fd(), 8).is_err());
        bell.ring();
        epoll.remove(bell.fd());
        epoll.remove(bell.fd());
        assert_eq!(epoll.wait(&mut [0; 4], 0), 0);
        Ok(())
    }

    #[test]
    fn what_is_watched_can_be_changed() -> io::Result<()> {
        let (epoll, bell) = (Epoll::new()?, EventFd::new()?);
        assert!(epoll.change(bell.fd(), 7, true, true).is_err());
        epoll.add(bell.fd(), 7)?;
        let mut ready = [0; 4];
        epoll.change(bell.fd(), 9, true, true)?;
        assert_eq!((epoll.wait(&mut ready, 0), ready[0]), (1, 9));
        epoll.change(bell.fd(), 9, true, false)?;
        assert_eq!(epoll.wait(&mut ready, 0), 0);
        Ok(())
    }

    #[test]
    fn the_clock_goes_forward() {
        let before = monotonic();
        std::thread::sleep(std::time::Duration::from_millis(1));
        assert!(monotonic() > before);
    }
}
