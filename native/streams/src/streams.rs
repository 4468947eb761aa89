//! All connections, and whose turn it is.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{OwnedFd, RawFd};

use ports::Epoll;

use crate::input::Input;
use crate::stream::{End, Received, Stage, Stream};

/// Descriptors that are asked for at once.
const READY: usize = 64;

/// Octets and turns after which the event loop has its turn.
const SLICE: (usize, usize) = (512 << 10, 256);

/// Capacity that the output of a connection may keep between turns.
const OUTPUT_KEPT: usize = 1 << 17;

/// Names a connection for as long as it lives, and nothing afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    /// A number below the most connections that there ever were at once; another one may have it later.
    pub const fn index(self) -> usize {
        self.index as usize
    }
}

/// What happened to a connection.
#[derive(Debug)]
pub enum Turn {
    /// Octets of one or several connections came; they are in the `Input`.
    Input,
    /// Most of the output that waited has been sent.
    Drained(Key),
    /// It came to its end, which is told once; close it.
    End(Key, End),
}

#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    stream: Option<Stream>,
}

/// Connections behind one descriptor.
#[derive(Debug)]
pub struct Streams {
    epoll: Epoll,
    slots: Vec<Slot>,
    free: Vec<u32>,
    ready: [u32; READY],
    next: usize,
    count: usize,
    /// Whom to flush at the end of the turn.
    touched: Vec<Key>,
    notices: VecDeque<Turn>,
    /// Below so much output that waits, a connection counts as drained.
    drained_below: usize,
    octets: usize,
    turns: usize,
}

impl Streams {
    /// None yet.
    ///
    /// # Errors
    /// When the system has no more descriptors.
    pub fn new(drained_below: usize) -> io::Result<Self> {
        Ok(Self {
            epoll: Epoll::new()?,
            slots: Vec::new(),
            free: Vec::new(),
            ready: [0; READY],
            next: 0,
            count: 0,
            touched: Vec::new(),
            notices: VecDeque::new(),
            drained_below,
            octets: 0,
            turns: 0,
        })
    }

    /// The descriptor that is readable while `turn` has something.
    pub fn fd(&self) -> RawFd {
        self.epoll.fd()
    }

    /// Takes a connection over.
    ///
    /// # Errors
    /// When its descriptor is none of a connection.
    pub fn add(&mut self, fd: OwnedFd) -> io::Result<Key> {
        let stream = Stream::new(fd)?;
        let index = self
            .free
            .last()
            .copied()
            .unwrap_or(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        self.epoll.add(stream.fd(), index)?;
        if self.free.pop().is_none() {
            self.slots.push(Slot::default());
        }
        let slot = &mut self.slots[index as usize];
        slot.stream = Some(stream);
        Ok(Key { index, generation: slot.generation })
    }

    /// Whether a connection is there: not closed, nor being closed.
    pub fn is_open(&self, key: Key) -> bool {
        self.get(key).is_some_and(|stream| stream.stage != Stage::Closing)
    }

    /// Whether a connection is there, and takes what it is sent.
    #[inline]
    pub fn is_clear(&self, key: Key) -> bool {
        self.get(key).is_some_and(|stream| stream.is_open() && !stream.blocked)
    }

    /// What comes next; None when all that is ready had a turn, or when the event loop should have one.
    ///
    /// Everything must have been taken from the input. Each connection that is ready is read once, until there is
    /// enough in the input; those that were left out come first next time.
    pub fn turn(&mut self, input: &mut Input) -> Option<Turn> {
        loop {
            if let Some(notice) = self.notices.pop_front() {
                return Some(notice);
            }
            if self.octets >= SLICE.0 || self.turns >= SLICE.1 {
                break;
            }
            if self.next == self.count {
                self.next = 0;
                self.count = self.epoll.wait(&mut self.ready, 0);
                if self.count == 0 {
                    break;
                }
            }
            self.gather(input);
            if input.from().is_some() {
                return Some(Turn::Input);
            }
        }
        (self.octets, self.turns) = (0, 0);
        None
    }

    /// Reads those that are ready.
    fn gather(&mut self, input: &mut Input) {
        while self.next < self.count && input.has_room() {
            let index = self.ready[self.next];
            self.next += 1;
            self.turns += 1;
            if let Some(slot) = self.slots.get(index as usize) {
                let key = Key { index, generation: slot.generation };
                self.serve(key, input);
            }
        }
    }

    fn serve(&mut self, key: Key, input: &mut Input) {
        if self.get(key).is_some_and(|stream| stream.blocked) {
            self.flush_one(key);
        }
        let Some(stream) = self.get_mut(key).filter(|stream| stream.is_open()) else { return };
        match stream.receive(key, input) {
            Received::Octets(count) => self.octets += count,
            Received::Nothing => {}
            Received::End(end) => self.end(key, end),
        }
    }

    /// Keeps what is left of an input: the beginning of a message.
    pub fn keep(&mut self, key: Key, rest: &[u8]) {
        if let Some(stream) = self.get_mut(key) {
            stream.keep(rest);
        }
    }

    /// How many octets of an unfinished message have come.
    pub fn kept(&self, key: Key) -> usize {
        self.get(key).map_or(0, Stream::kept)
    }

    /// Where to put output for a connection that is open; it is sent at the end of the turn. Also says whether it
    /// is the first since then.
    #[inline]
    pub fn output(&mut self, key: Key) -> Option<(&mut Vec<u8>, bool)> {
        let slot = self.slots.get_mut(key.index as usize)?;
        let stream = slot.stream.as_mut().filter(|_| slot.generation == key.generation)?;
        if !stream.is_open() {
            return None;
        }
        let first = !stream.touched;
        if first {
            stream.touched = true;
            self.touched.push(key);
        }
        Some((stream.output(), first))
    }

    /// The same, for a connection that takes what it is sent only.
    #[inline]
    pub fn output_if_clear(&mut self, key: Key) -> Option<(&mut Vec<u8>, bool)> {
        if self.get(key)?.blocked { None } else { self.output(key) }
    }

    /// Octets that a connection has yet to take.
    #[inline]
    pub fn backlog(&self, key: Key) -> usize {
        self.get(key).map_or(0, Stream::backlog)
    }

    /// Whether there is output to be flushed.
    #[inline]
    pub fn is_touched(&self) -> bool {
        !self.touched.is_empty()
    }

    /// Sends all output that was put anywhere since the last time.
    pub fn flush(&mut self) {
        while let Some(key) = self.touched.pop() {
            if self.get(key).is_some_and(|stream| stream.touched) {
                self.flush_one(key);
            }
        }
    }

    /// Sends the output of one connection, as far as it takes it.
    pub fn flush_one(&mut self, key: Key) {
        let below = self.drained_below;
        let Some(stream) = self.get_mut(key) else { return };
        let was_blocked = stream.blocked;
        let flushed = stream.flush();
        let (blocked, closing, fd) = (stream.blocked, stream.stage == Stage::Closing, stream.fd());
        let drained = was_blocked && stream.backlog() <= below;
        if !blocked {
            stream.shrink(OUTPUT_KEPT);
        }
        if let Err(end) = flushed {
            self.end(key, end);
        } else if closing && !blocked {
            self.abort(key);
        } else {
            if blocked != was_blocked {
                // It is watched: what could fail?
                drop(self.epoll.change(fd, key.index, !closing, blocked));
            }
            if drained && !closing {
                self.notices.push_back(Turn::Drained(key));
            }
        }
    }

    fn end(&mut self, key: Key, end: End) {
        let Some(stream) = self.get_mut(key) else { return };
        let (fd, stage) = (stream.fd(), stream.stage);
        if stage == Stage::Open {
            stream.stage = Stage::Ended;
            self.notices.push_back(Turn::End(key, end));
        }
        self.epoll.remove(fd);
        if stage == Stage::Closing {
            self.abort(key);
        }
    }

    /// Reads nothing more of a connection, and closes it when its output has gone; until then it is there for
    /// `abort`. One that is closed already is fine, too.
    pub fn close(&mut self, key: Key) {
        let Some(stream) = self.get_mut(key) else { return };
        let (fd, stage) = (stream.fd(), stream.stage);
        stream.stage = Stage::Closing;
        if stage == Stage::Ended {
            // Its end of sending may still be open.
            drop(stream.flush());
            self.abort(key);
        } else {
            // Not readable any more, even if it is blocked already.
            drop(self.epoll.change(fd, key.index, false, true));
            self.flush_one(key);
        }
    }

    /// Closes a connection at once.
    pub fn abort(&mut self, key: Key) {
        let Some(slot) = self.slots.get_mut(key.index as usize) else { return };
        if slot.generation == key.generation {
            if let Some(stream) = slot.stream.take() {
                self.epoll.remove(stream.fd());
                slot.generation = slot.generation.wrapping_add(1);
                self.free.push(key.index);
            }
        }
    }

    #[inline]
    fn get(&self, key: Key) -> Option<&Stream> {
        let slot = self.slots.get(key.index as usize)?;
        slot.stream.as_ref().filter(|_| slot.generation == key.generation)
    }

    #[inline]
    fn get_mut(&mut self, key: Key) -> Option<&mut Stream> {
        let slot = self.slots.get_mut(key.index as usize)?;
        slot.stream.as_mut().filter(|_| slot.generation == key.generation)
    }
}

#[cfg(test)]
mod tests;
