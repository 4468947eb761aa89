//! What the threads tell Python: packets for controllers, frames for ports that Python owns, faults.
//!
//! The queue is bounded, and no port may fill more than its share of it: a flood of misses at one
//! port costs the others nothing but time. What finds no room is dropped and counted. Whoever
//! drains the queue waits for its bell, a descriptor that is readable while something is in it.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use datapath::{Offload, Upcall};
use ports::EventFd;

/// How many packets wait at most.
pub(crate) const CAPACITY: usize = 4096;

/// How many of them may come from one port.
pub(crate) const SHARE: usize = 512;

/// Something for Python to do.
#[derive(Debug)]
pub enum Event {
    /// Show a packet to the controllers.
    Upcall(Box<Upcall>),
    /// Send a frame out of a port that has no queue in the threads.
    Transmit {
        /// The port.
        port_no: u32,
        /// The frame's octets.
        data: Box<[u8]>,
        /// What is unfinished about it.
        offload: Option<Offload>,
        /// The port's queue.
        queue_id: u32,
    },
    /// A port's other side no longer exists.
    Gone(u32),
    /// A thread met a fault of ours and began anew; the text says which.
    Fault(String),
}

impl Event {
    /// Whether room is limited for it: news of ports and faults are few, and never lost.
    const fn is_packet(&self) -> bool {
        matches!(self, Self::Upcall(_) | Self::Transmit { .. })
    }
}

/// The queue from the threads to Python.
#[derive(Debug)]
pub struct EventQueue {
    waiting: Mutex<Waiting>,
    bell: EventFd,
    lost: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    events: VecDeque<(u32, Event)>,
    of_port: HashMap<u32, usize>,
}

impl Waiting {
    /// Whether one more packet from this port may wait.
    fn has_room(&self, port_no: u32) -> bool {
        self.events.len() < CAPACITY
            && self.of_port.get(&port_no).is_none_or(|count| *count < SHARE)
    }
}

impl EventQueue {
    /// An empty queue.
    ///
    /// # Errors
    /// When no descriptor can be had.
    pub fn new() -> io::Result<Self> {
        Ok(Self { waiting: Mutex::default(), bell: EventFd::new()?, lost: AtomicU64::new(0) })
    }

    /// The descriptor that is readable while something waits.
    pub fn fd(&self) -> RawFd {
        self.bell.fd()
    }

    /// How many packets were dropped because the queue, or their port's share of it, was full.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Adds what a batch of packets from one port brought about.
    pub fn push(&self, in_port: u32, events: impl IntoIterator<Item = Event>) {
        let mut waiting = self.lock();
        let was_empty = waiting.events.is_empty();
        for event in events {
            let is_packet = event.is_packet();
            if is_packet && !waiting.has_room(in_port) {
                self.lost.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            if is_packet {
                *waiting.of_port.entry(in_port).or_default() += 1;
            }
            waiting.events.push_back((in_port, event));
        }
        if was_empty && !waiting.events.is_empty() {
            self.bell.ring();
        }
    }

    /// Takes the oldest events out, at most so many. The bell falls silent when none is left.
    pub fn drain(&self, limit: usize) -> Vec<Event> {
        let mut waiting = self.lock();
        let count = limit.min(waiting.events.len());
        let taken: Vec<_> = waiting.events.drain(..count).collect();
        for (port_no, event) in &taken {
            if event.is_packet() {
                *waiting.of_port.entry(*port_no).or_insert(1) -= 1;
            }
        }
        if waiting.events.is_empty() {
            waiting.of_port.clear();
            self.bell.silence();
        }
        taken.into_iter().map(|(_, event)| event).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
