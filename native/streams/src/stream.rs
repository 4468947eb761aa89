//! One connection.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use crate::input::Input;
use crate::streams::Key;

/// Capacity that an idle connection may keep.
const KEEP: usize = 1 << 12;

/// How a connection ended.
#[derive(Debug)]
pub enum End {
    /// The other side sends no more.
    Closed,
    /// It broke.
    Broken(io::Error),
}

/// What reading brought.
pub(crate) enum Received {
    Octets(usize),
    Nothing,
    End(End),
}

#[derive(Debug)]
pub(crate) struct Stream {
    socket: TcpStream,
    /// The beginning of a message.
    kept: Vec<u8>,
    output: Vec<u8>,
    /// How much at the front of the output has been sent.
    sent: usize,
    /// The other side took less than there was: it is watched until there is room.
    pub(crate) blocked: bool,
    /// Output was appended since the last flush.
    pub(crate) touched: bool,
    pub(crate) stage: Stage,
}

/// Where a connection is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Open,
    /// Its end was reported.
    Ended,
    /// Nothing more is read; it goes when its output has gone.
    Closing,
}

impl Stream {
    pub(crate) fn new(fd: OwnedFd) -> io::Result<Self> {
        let socket = TcpStream::from(fd);
        socket.set_nonblocking(true)?;
        // A link of another kind (a socket pair, say) has no such option, and no such delay.
        drop(socket.set_nodelay(true));
        Ok(Self {
            socket,
            kept: Vec::new(),
            output: Vec::new(),
            sent: 0,
            blocked: false,
            touched: false,
            stage: Stage::Open,
        })
    }

    pub(crate) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    pub(crate) fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// Reads once, behind what was kept.
    pub(crate) fn receive(&mut self, key: Key, input: &mut Input) -> Received {
        let found = self.socket.read(input.room(&self.kept));
        match found {
            Ok(0) => Received::End(End::Closed),
            Ok(count) => {
                input.received(key, self.kept.len() + count);
                self.kept.clear();
                Received::Octets(count)
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::Interrupted => Received::Nothing,
                _ => Received::End(End::Broken(error)),
            },
        }
    }

    /// Keeps the beginning of a message for the next time.
    pub(crate) fn keep(&mut self, rest: &[u8]) {
        if rest.is_empty() && self.kept.capacity() > KEEP {
            self.kept = Vec::new();
        }
        self.kept.extend_from_slice(rest);
    }

    /// How many octets of a message have come.
    pub(crate) fn kept(&self) -> usize {
        self.kept.len()
    }

    pub(crate) fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Octets that have not been sent.
    pub(crate) fn backlog(&self) -> usize {
        self.output.len() - self.sent
    }

    /// Sends what the other side takes. `blocked` says whether that was less than all.
    pub(crate) fn flush(&mut self) -> Result<(), End> {
        self.touched = false;
        while self.sent < self.output.len() {
            match self.socket.write(&self.output[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.blocked = true;
                    self.compact();
                    return Ok(());
                }
                Err(error) => {
                    self.output = Vec::new();
                    self.sent = 0;
                    self.blocked = false;
                    return Err(End::Broken(error));
                }
            }
        }
        self.blocked = false;
        self.sent = 0;
        self.output.clear();
        Ok(())
    }

    /// Moves what waits to the front when most of the memory holds what has been sent.
    fn compact(&mut self) {
        if self.sent > self.output.len() / 2 {
            self.output.drain(..self.sent);
            self.sent = 0;
        }
    }

    /// Gives back memory that an idle connection does not need.
    pub(crate) fn shrink(&mut self, most: usize) {
        if self.output.is_empty() && self.output.capacity() > most {
            self.output = Vec::new();
        }
    }
}
