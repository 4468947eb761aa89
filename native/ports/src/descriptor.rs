//! Descriptors that somebody else has opened, such as Python.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use crate::sys::to_fd;

/// A descriptor of our own for what a descriptor of the caller's is open on.
///
/// # Errors
/// When it is no open descriptor, or there are no more to be had.
pub fn duplicate(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: a system call without pointers; the descriptor it returns is nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(to_fd(libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 3))?) })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write, pipe};
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_duplicate_outlives_the_original() {
        let (mut reader, writer) = pipe().expect("a pipe");
        let copy = duplicate(writer.as_raw_fd()).expect("a duplicate");
        drop(writer);
        std::fs::File::from(copy).write_all(b"x").expect("written");
        let mut octets = Vec::new();
        reader.read_to_end(&mut octets).expect("read");
        assert_eq!(octets, b"x");
    }

    #[test]
    fn what_is_not_open_has_no_duplicate() {
        assert!(duplicate(-1).is_err());
    }
}
