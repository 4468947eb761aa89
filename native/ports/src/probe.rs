//! A packet socket for measuring, that asks and waits for the answer.
//!
//! The benchmarks' side of the wire (`traffic ping`); the switch itself never uses it. It is bound to
//! an interface of the namespace that the process is in, and sees bare frames.

use std::ffi::CString;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::sys;

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
        Ok(Self { socket: packet_socket(interface, eth_type)? })
    }

    /// Sends one frame.
    ///
    /// # Errors
    /// What the kernel says, such as that the interface is down.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        sys::send(self.socket.as_raw_fd(), frame).map_err(io::Error::from_raw_os_error).map(drop)
    }

    /// Waits for a frame, for so long at most; returns its length, or `None` when none came.
    ///
    /// # Errors
    /// What the kernel says, such as that the interface went down.
    pub fn receive(&self, buffer: &mut [u8], timeout: Duration) -> io::Result<Option<usize>> {
        let deadline = Instant::now() + timeout;
        while Instant::now() < deadline {
            match sys::receive(self.socket.as_raw_fd(), buffer) {
                Ok(length) => return Ok(Some(length)),
                Err(libc::EAGAIN) => std::hint::spin_loop(),
                Err(number) => return Err(io::Error::from_raw_os_error(number)),
            }
        }
        Ok(None)
    }
}

/// A packet socket that is bound to an interface and gets what comes in there of one Ethernet type;
/// of none with 0.
///
/// # Errors
/// What the kernel says, such as that there is no such interface.
pub(crate) fn packet_socket(interface: &str, eth_type: u16) -> io::Result<OwnedFd> {
    // Protocol 0: as long as it is bound to nothing, it must not receive from everywhere.
    let socket = sys::socket(libc::AF_PACKET, libc::SOCK_RAW, 0)?;
    sys::set_option(socket.as_raw_fd(), libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1)?;
    // SAFETY: all fields of this structure of C may be 0.
    let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
    address.sll_family = u16::try_from(libc::AF_PACKET).unwrap_or_default();
    address.sll_protocol = eth_type.to_be();
    address.sll_ifindex = interface_index(interface)?;
    sys::bind(socket.as_raw_fd(), &address)?;
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
