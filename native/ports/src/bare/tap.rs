//! `read` and `write` on taps.

use std::fs::{File, OpenOptions};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

use super::{BATCH, BUFFER_SIZE, Link};
use crate::sys::{self, to_fd};

pub(super) struct Tap {
    file: Arc<File>,
    buffer: Vec<u8>,
}

impl Link for Tap {
    type Exit = Arc<File>;

    fn open(name: &str) -> io::Result<(Self, Arc<File>)> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open("/dev/net/tun")?;
        // SAFETY: all fields of this structure of C may be 0.
        let mut request: libc::ifreq = unsafe { mem::zeroed() };
        for (place, octet) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1))
        {
            *place = libc::c_char::from_ne_bytes([octet]);
        }
        let flags = libc::IFF_TAP | libc::IFF_NO_PI | libc::IFF_VNET_HDR;
        request.ifr_ifru.ifru_flags = libc::c_short::try_from(flags).unwrap_or_default();
        let offloads = libc::TUN_F_CSUM | libc::TUN_F_TSO4 | libc::TUN_F_TSO6 | libc::TUN_F_TSO_ECN;
        // SAFETY: the requests take a pointer to a live `ifreq`, and a number.
        unsafe {
            to_fd(libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request))?;
            to_fd(libc::ioctl(
                file.as_raw_fd(),
                libc::TUNSETOFFLOAD,
                libc::c_ulong::from(offloads),
            ))?;
        }
        let file = Arc::new(file);
        Ok((Self { file: Arc::clone(&file), buffer: vec![0; BUFFER_SIZE] }, file))
    }

    fn fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }

    fn pass_on(&mut self, to: &Arc<File>) -> io::Result<usize> {
        for count in 0..BATCH {
            match sys::read(self.fd(), &mut self.buffer) {
                Ok(length) => drop(sys::write(to.as_raw_fd(), &self.buffer[..length])),
                Err(libc::EAGAIN) => return Ok(count),
                Err(number) => return Err(io::Error::from_raw_os_error(number)),
            }
        }
        Ok(BATCH)
    }
}
