//! A packet socket for measuring, that asks and waits for the answer.
//!
//! The benchmarks' side of the wire (`traffic ping`); the switch itself never uses it. It is bound to
//! an interface of the namespace that the process is in, and sees bare frames.

use std::ffi::CString;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// A socket that sends a frame and waits for the answer, without ever sleeping while it waits.
#[derive(Debug)]
pub struct Probe {
    socket: OwnedFd,
}

impl Probe {
    /// Opens a socket on an interface that receives frames of one Ethernet type.
    ///
    /// # Errors
    /// What the kernel says, such as that there is no such interface.
    pub fn open(interface: &str, eth_type: u16) -> io::Result<Self> {
        let socket = packet_socket(interface, eth_type)?;
        set_option(&socket, libc::PACKET_IGNORE_OUTGOING, 1)?;
        Ok(Self { socket })
    }

    /// Sends one frame.
    ///
    /// # Errors
    /// What the kernel says, such as that the interface is down.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        // SAFETY: the pointer and the length are those of a slice.
        let sent =
            unsafe { libc::send(self.socket.as_raw_fd(), frame.as_ptr().cast(), frame.len(), 0) };
        check(sent).map(drop)
    }

    /// Waits for a frame, for so long at most; returns its length, or `None` when none came.
    ///
    /// # Errors
    /// What the kernel says, such as that the interface went down.
    pub fn receive(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
        let deadline = Instant::now() + timeout;
        while Instant::now() < deadline {
            // SAFETY: the pointer and the length are those of a slice.
            let received = unsafe {
                let (data, length) = (buffer.as_mut_ptr().cast(), buffer.len());
                libc::recv(self.socket.as_raw_fd(), data, length, libc::MSG_DONTWAIT)
            };
            match check(received) {
                Ok(length) => return Ok(Some(length)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::hint::spin_loop(),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// A packet socket that is bound to an interface and gets its frames of one Ethernet type; of none with 0.
///
/// # Errors
/// What the kernel says, such as that there is no such interface.
pub(crate) fn packet_socket(interface: &str, eth_type: u16) -> io::Result<OwnedFd> {
    let protocol = eth_type.to_be();
    // SAFETY: a system call without pointers; what it returns is an open descriptor that nobody else has.
    let socket = unsafe {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        // Bound to nothing yet, it must not receive from everywhere: protocol 0.
        OwnedFd::from_raw_fd(to_fd(libc::socket(libc::AF_PACKET, kind, 0))?)
    };
    // SAFETY: all fields of this structure of C may be 0.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    address.sll_family = u16::try_from(libc::AF_PACKET).unwrap_or_default();
    address.sll_protocol = protocol;
    address.sll_ifindex = interface_index(interface)?;
    // SAFETY: the pointer and the size are those of a live address.
    let bound = unsafe {
        let size = socklen::<libc::sockaddr_ll>();
        libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size)
    };
    to_fd(bound)?;
    Ok(socket)
}

fn interface_index(interface: &str) -> io::Result<i32> {
    let name = CString::new(interface)?;
    // SAFETY: the name ends with a 0 and outlives the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    match i32::try_from(index) {
        Ok(index) if index > 0 => Ok(index),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sets an option of a packet socket.
///
/// # Errors
/// What the kernel says, such as that it does not know this option.
pub(crate) fn set_option<T: Copy>(socket: &OwnedFd, option: i32, value: T) -> io::Result<()> {
    // SAFETY: the pointer and the size are those of a live value.
    let done = unsafe {
        let (fd, size) = (socket.as_raw_fd(), socklen::<T>());
        libc::setsockopt(fd, libc::SOL_PACKET, option, (&raw const value).cast(), size)
    };
    to_fd(done).map(drop)
}

fn socklen<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).unwrap_or_default()
}

/// A descriptor or 0, or the error that the kernel has left.
pub(crate) fn to_fd(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// A length, or the error that the kernel has left.
pub(crate) fn check(length: isize) -> io::Result<usize> {
    usize::try_from(length).map_err(|_| io::Error::last_os_error())
}
