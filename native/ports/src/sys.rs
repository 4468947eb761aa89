//! Thin covers of system calls that several kinds of port use.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::AtomicU32;

/// A descriptor or 0, or the error that the kernel has left.
pub(crate) fn to_fd(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// A length, or the error number that the kernel has left.
pub(crate) fn to_len(result: libc::ssize_t) -> Result<usize, i32> {
    usize::try_from(result).map_err(|_| errno())
}

/// The error number of the call that has just failed.
pub(crate) fn errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Opens a socket that never waits.
pub(crate) fn socket(family: i32, kind: i32, protocol: i32) -> io::Result<OwnedFd> {
    let kind = kind | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: a system call without pointers; the descriptor it returns is nobody else's.
    unsafe { Ok(OwnedFd::from_raw_fd(to_fd(libc::socket(family, kind, protocol))?)) }
}

/// Values that the kernel may read or write as octets: no padding, no pointers that we follow, any bits are valid.
///
/// # Safety
/// Whoever implements it vouches for that.
pub(crate) unsafe trait Plain: Copy {}

// SAFETY: an integer.
unsafe impl Plain for libc::c_int {}
// SAFETY: an integer.
unsafe impl Plain for u32 {}
// SAFETY: four integers.
unsafe impl Plain for libc::tpacket_req {}
// SAFETY: two integers.
unsafe impl Plain for libc::tpacket_stats {}
// SAFETY: integers and an array of octets.
unsafe impl Plain for libc::packet_mreq {}
// SAFETY: integers.
unsafe impl Plain for libc::sockaddr_ll {}
// SAFETY: integers.
unsafe impl Plain for libc::tpacket2_hdr {}

/// Sets a socket option.
pub(crate) fn set_option<T: Plain>(
    fd: RawFd,
    level: i32,
    option: i32,
    value: &T,
) -> io::Result<()> {
    // SAFETY: the pointer and the size are those of a live value.
    let done =
        unsafe { libc::setsockopt(fd, level, option, (&raw const *value).cast(), socklen::<T>()) };
    to_fd(done).map(drop)
}

/// Reads a socket option into a value, as far as the kernel knows it.
pub(crate) fn get_option<T: Plain>(
    fd: RawFd,
    level: i32,
    option: i32,
    mut value: T,
) -> io::Result<T> {
    let mut size = socklen::<T>();
    // SAFETY: the pointers are to live values, and the size is the value's; any octets are valid.
    let done =
        unsafe { libc::getsockopt(fd, level, option, (&raw mut value).cast(), &raw mut size) };
    to_fd(done).map(|_| value)
}

/// Binds a socket to an address.
pub(crate) fn bind<T: Plain>(fd: RawFd, address: &T) -> io::Result<()> {
    // SAFETY: the pointer and the size are those of a live value.
    let done = unsafe { libc::bind(fd, (&raw const *address).cast(), socklen::<T>()) };
    to_fd(done).map(drop)
}

/// Receives octets into a buffer, or writes none there and returns the error number.
///
/// The bare system call: around its own `read`, the C library of a process with threads makes
/// ready for a thread's cancellation, a fortieth of a tap's time. So with `write`.
pub(crate) fn read(fd: RawFd, buffer: &mut [u8]) -> Result<usize, i32> {
    // SAFETY: the pointer and the length are those of a slice that is ours alone.
    to_len(word(unsafe { libc::syscall(libc::SYS_read, fd, buffer.as_mut_ptr(), buffer.len()) }))
}

/// Writes octets, or returns the error number.
pub(crate) fn write(fd: RawFd, octets: &[u8]) -> Result<usize, i32> {
    // SAFETY: the pointer and the length are those of a slice.
    to_len(word(unsafe { libc::syscall(libc::SYS_write, fd, octets.as_ptr(), octets.len()) }))
}

#[expect(clippy::cast_possible_truncation, reason = "both are a word of the system")]
const fn word(returned: libc::c_long) -> libc::ssize_t {
    returned as libc::ssize_t
}

/// Sends octets as one message; an end that has gone is an error and no signal.
pub(crate) fn send(fd: RawFd, octets: &[u8]) -> Result<usize, i32> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the pointer and the length are those of a slice.
    to_len(unsafe { libc::send(fd, octets.as_ptr().cast(), octets.len(), flags) })
}

#[expect(clippy::cast_possible_truncation, reason = "small structures")]
const fn socklen<T>() -> libc::socklen_t {
    size_of::<T>() as libc::socklen_t
}

/// Receives one message into a buffer, or returns the error number.
pub(crate) fn receive(fd: RawFd, buffer: &mut [u8]) -> Result<usize, i32> {
    let (data, size) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: the pointer and the length are those of a slice that is ours alone.
    to_len(unsafe { libc::recv(fd, data, size, libc::MSG_DONTWAIT) })
}

/// Two SEQPACKET sockets that are joined and never wait.
#[cfg(test)]
pub(crate) fn seqpacket_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    let mut ends = [-1; 2];
    // SAFETY: the pointer is to room for two descriptors, which are then nobody else's.
    unsafe {
        to_fd(libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()))?;
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

/// As `receive`, but returns the message's length even where the buffer is shorter.
pub(crate) fn receive_whole(fd: RawFd, buffer: &mut [u8]) -> Result<usize, i32> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
    // SAFETY: the pointer and the length are those of a slice that is ours alone.
    to_len(unsafe { libc::recv(fd, buffer.as_mut_ptr().cast(), buffer.len(), flags) })
}

/// The error number that waits at a socket, which waits no more then; 0 for none.
pub(crate) fn pending_error(fd: RawFd) -> i32 {
    get_option(fd, libc::SOL_SOCKET, libc::SO_ERROR, 0).unwrap_or(0)
}

/// The address that a socket is bound to.
pub(crate) fn name<T: Plain>(fd: RawFd, mut address: T) -> io::Result<T> {
    let mut size = socklen::<T>();
    // SAFETY: the pointers are to live values, and the size is the value's; any octets are valid.
    let done = unsafe { libc::getsockname(fd, (&raw mut address).cast(), &raw mut size) };
    to_fd(done).map(|_| address)
}

/// Lets nothing more arrive at a socket.
pub(crate) fn attach_filter_of_nothing(fd: RawFd) -> io::Result<()> {
    let mut nothing = [libc::sock_filter { code: 0x06, jt: 0, jf: 0, k: 0 }]; // BPF_RET | BPF_K
    let program = libc::sock_fprog { len: 1, filter: nothing.as_mut_ptr() };
    // SAFETY: the pointer and the size are those of a live program, which the kernel copies.
    let done = unsafe {
        let (option, size) = (libc::SO_ATTACH_FILTER, socklen::<libc::sock_fprog>());
        libc::setsockopt(fd, libc::SOL_SOCKET, option, (&raw const program).cast(), size)
    };
    to_fd(done).map(drop)
}

/// Lets everything arrive again.
pub(crate) fn detach_filter(fd: RawFd) -> io::Result<()> {
    set_option(fd, libc::SOL_SOCKET, libc::SO_DETACH_FILTER, &0)
}

/// Memory that the kernel shares with us, until it is dropped. Its size is a multiple of a page.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    size: usize,
}

// SAFETY: it is memory like any other, owned by whoever owns this.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Maps what a descriptor has at an offset.
    pub(crate) fn of(fd: RawFd, size: usize, offset: i64) -> io::Result<Self> {
        Self::map(fd, size, offset, libc::MAP_SHARED | libc::MAP_POPULATE)
    }

    /// Maps fresh memory.
    pub(crate) fn fresh(size: usize) -> io::Result<Self> {
        Self::map(-1, size, 0, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE)
    }

    fn map(fd: RawFd, size: usize, offset: i64, flags: i32) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at a place that the kernel chooses.
        let start = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, size })
    }

    fn check(&self, at: usize, len: usize) {
        assert!(at <= self.size && len <= self.size - at, "{len} octets at {at} of {}", self.size);
    }

    pub(crate) fn address(&self) -> usize {
        self.start.as_ptr() as usize
    }

    /// A word that both sides write.
    #[inline]
    pub(crate) fn word(&self, at: usize) -> &AtomicU32 {
        self.check(at, 4);
        assert!(at % 4 == 0, "a word is aligned");
        // SAFETY: within the mapping and aligned, and the mapping lives as long as `self`.
        unsafe { AtomicU32::from_ptr(self.start.as_ptr().add(at).cast()) }
    }

    /// A value that the kernel has written and left to us.
    #[inline]
    pub(crate) fn read<T: Plain>(&self, at: usize) -> T {
        self.check(at, size_of::<T>());
        // SAFETY: within the mapping; any octets are a value.
        unsafe { self.start.as_ptr().add(at).cast::<T>().read_unaligned() }
    }

    /// Writes a value where the kernel does not look yet.
    #[inline]
    pub(crate) fn write<T: Plain>(&self, at: usize, value: T) {
        self.check(at, size_of::<T>());
        // SAFETY: within the mapping.
        unsafe { self.start.as_ptr().add(at).cast::<T>().write_unaligned(value) };
    }

    /// Octets that the kernel has written and left to us.
    #[inline]
    pub(crate) fn octets(&self, at: usize, len: usize) -> &[u8] {
        self.check(at, len);
        // SAFETY: within the mapping, and the kernel keeps off until it is told.
        unsafe { slice::from_raw_parts(self.start.as_ptr().add(at), len) }
    }

    /// Copies octets to where the kernel does not look yet.
    #[inline]
    pub(crate) fn copy_in(&self, at: usize, octets: &[u8]) {
        self.check(at, octets.len());
        // SAFETY: within the mapping, which no slice of Rust's overlaps now.
        unsafe {
            ptr::copy_nonoverlapping(octets.as_ptr(), self.start.as_ptr().add(at), octets.len());
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: our own mapping, to which nobody has a reference any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.size) };
    }
}
