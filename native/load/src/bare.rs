//! A controller that answers every packet-in with the same message and does nothing else.
//!
//! It is no controller to anybody but a load: what it reaches is the most that the load can drive on
//! this machine, with one core for each.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use codec::Messages;
use ports::Epoll;

use crate::outbox::Outbox;
use crate::wire::{kind, put, u32_at};

/// The number by which the listening socket is known.
const LISTENER: u32 = u32::MAX;
/// No more is read from a connection while so much waits to be written to it.
const ENOUGH: usize = 1 << 20;

/// The messages of a controller without thoughts.
#[derive(Clone, Debug)]
pub struct BarePlan {
    /// What it says to whoever connects: hello, features request.
    pub greeting: Vec<u8>,
    /// What it answers a packet-in.
    pub answer: Vec<u8>,
    /// Where a packet-in has its buffer.
    pub buffer_in: usize,
    /// Where the answer names it.
    pub buffer_out: usize,
}

#[derive(Debug)]
struct Peer {
    outbox: Outbox,
    rest: Vec<u8>,
    /// Whether it is watched for something to read, and for room to write.
    watched: (bool, bool),
}

/// The controller and the switches that have come to it.
#[derive(Debug)]
pub struct Bare {
    plan: BarePlan,
    listener: TcpListener,
    peers: Vec<Option<Peer>>,
    epoll: Epoll,
    room: Vec<u8>,
}

impl Bare {
    /// Serves whoever connects to a listening socket.
    ///
    /// # Errors
    /// When the system refuses, or the answer is too short for the place in it.
    pub fn new(listener: TcpListener, plan: BarePlan) -> io::Result<Self> {
        if plan.answer.len() < plan.buffer_out + 4 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        listener.set_nonblocking(true)?;
        let epoll = Epoll::new()?;
        epoll.add(listener.as_raw_fd(), LISTENER)?;
        Ok(Self { plan, listener, peers: Vec::new(), epoll, room: vec![0; 1 << 18] })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves for so long.
    ///
    /// # Errors
    /// When the system refuses something.
    pub fn run(&mut self, time: Duration) -> io::Result<()> {
        let until = Instant::now() + time;
        let mut ready = [0; 64];
        while Instant::now() < until {
            let count = self.epoll.wait(&mut ready, 50);
            for &number in &ready[..count] {
                if number == LISTENER { self.accept()? } else { self.serve(number)? }
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        while let Ok((stream, _)) = self.listener.accept() {
            let number = u32::try_from(self.peers.len()).map_err(io::Error::other)?;
            self.epoll.add(stream.as_raw_fd(), number)?;
            self.peers.push(Some(Peer::new(stream, &self.plan)?));
        }
        Ok(())
    }

    fn serve(&mut self, number: u32) -> io::Result<()> {
        let place = &mut self.peers[number as usize];
        let Some(peer) = place else { return Ok(()) };
        if !peer.serve(&self.plan, &mut self.room)? {
            *place = None;
            return Ok(());
        }
        let wants = (peer.outbox.waiting.len() <= ENOUGH, peer.outbox.full);
        if peer.watched != wants {
            peer.watched = wants;
            self.epoll.change(peer.outbox.stream().as_raw_fd(), number, wants.0, wants.1)?;
        }
        Ok(())
    }
}

impl Peer {
    fn new(stream: TcpStream, plan: &BarePlan) -> io::Result<Self> {
        let mut outbox = Outbox::new(stream)?;
        outbox.waiting.extend_from_slice(&plan.greeting);
        outbox.flush()?;
        Ok(Self { outbox, rest: Vec::new(), watched: (true, false) })
    }

    /// Answers what there is, once; false when the switch has gone.
    fn serve(&mut self, plan: &BarePlan, room: &mut [u8]) -> io::Result<bool> {
        self.outbox.flush()?;
        if self.outbox.waiting.len() > ENOUGH {
            return Ok(true);
        }
        let kept = self.rest.len();
        room[..kept].copy_from_slice(&self.rest);
        let length = match self.outbox.read(&mut room[kept..])? {
            None => return Ok(true),
            Some(0) => return Ok(false),
            Some(length) => length,
        };
        self.rest.clear();
        let whole = &room[..kept + length];
        let mut messages = Messages::new(whole);
        for message in messages.by_ref() {
            let Ok(message) = message else { return Ok(false) };
            self.take(message, plan);
        }
        self.rest.extend_from_slice(&whole[messages.consumed()..]);
        self.outbox.flush()?;
        Ok(true)
    }

    #[inline]
    fn take(&mut self, message: &[u8], plan: &BarePlan) {
        if message[1] != kind::PACKET_IN {
            return;
        }
        let Some(buffer) = u32_at(message, plan.buffer_in) else { return };
        let output = &mut self.outbox.waiting;
        let start = output.len();
        output.extend_from_slice(&plan.answer);
        put(&mut output[start..], plan.buffer_out, buffer.to_be_bytes());
    }
}
