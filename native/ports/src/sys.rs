//! Thin covers of system calls that several kinds of port use.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

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

// SAFETY: integers.
unsafe impl Plain for libc::c_int {}
// SAFETY: four integers.
unsafe impl Plain for libc::tpacket_req {}
// SAFETY: two integers.
unsafe impl Plain for libc::tpacket_stats {}
// SAFETY: integers and an array of octets.
unsafe impl Plain for libc::packet_mreq {}
// SAFETY: integers.
unsafe impl Plain for libc::sockaddr_ll {}

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
pub(crate) fn read(fd: RawFd, buffer: &mut [u8]) -> Result<usize, i32> {
    // SAFETY: the pointer and the length are those of a slice that is ours alone.
    to_len(unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) })
}

/// Writes octets, or returns the error number.
pub(crate) fn write(fd: RawFd, octets: &[u8]) -> Result<usize, i32> {
    // SAFETY: the pointer and the length are those of a slice.
    to_len(unsafe { libc::write(fd, octets.as_ptr().cast(), octets.len()) })
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
