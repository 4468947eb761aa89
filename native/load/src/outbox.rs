//! Bytes that a socket has yet to take.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

/// A socket that never waits, and what it has not taken.
#[derive(Debug)]
pub(crate) struct Outbox {
    stream: TcpStream,
    /// What is to be written before anything else.
    pub(crate) waiting: Vec<u8>,
    /// Whether the socket was full when last written to: it is to be watched until it is not.
    pub(crate) full: bool,
}

impl Outbox {
    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, waiting: Vec::new(), full: false })
    }

    pub(crate) const fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Reads what there is, at most as much as there is room; `None` when there is nothing now, 0
    /// when the other side has ended.
    pub(crate) fn read(&mut self, room: &mut [u8]) -> io::Result<Option<usize>> {
        match self.stream.read(room) {
            Ok(length) => Ok(Some(length)),
            Err(error) if is_for_later(&error) => Ok(None),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(Some(0)),
            Err(error) => Err(error),
        }
    }

    /// Writes what waits; whether nothing waits any longer.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        if !self.waiting.is_empty() {
            let taken = write(&mut self.stream, &self.waiting)?;
            self.waiting.drain(..taken);
        }
        self.full = !self.waiting.is_empty();
        Ok(!self.full)
    }

    /// Writes as much of these bytes as the socket takes, which may be nothing.
    pub(crate) fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let taken = write(&mut self.stream, octets)?;
        self.full = taken < octets.len();
        Ok(taken)
    }
}

fn write(stream: &mut TcpStream, octets: &[u8]) -> io::Result<usize> {
    match stream.write(octets) {
        Err(error) if is_for_later(&error) => Ok(0),
        // Whoever reads learns of it, too, after what the other side has sent before.
        Err(error)
            if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) =>
        {
            Ok(octets.len())
        }
        done => done,
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
