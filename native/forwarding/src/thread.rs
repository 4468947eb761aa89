//! One forwarding thread: waits for frames, takes what waits at a port, processes it, sends.
//!
//! A batch is what was there already, never something waited for, so that a lone packet is not
//! held up. Between batches nothing is locked; the flow tables are read-locked for one batch at a
//! time, so that a change waits for the rest of a batch at most.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use datapath::{Effect, Worker};
use ports::{Epoll, EventFd, Queue, monotonic};

use crate::events::Event;
use crate::{Settings, Shared};

/// Frames that one port may bring in one turn; then it is the next port's turn.
const BATCH: usize = 64;

/// The descriptor of the mailbox, among the numbers of ports.
const MAILBOX: u32 = u32::MAX;

/// What a thread is told.
pub(crate) enum Letter {
    /// Receive from this port and send to it.
    Attach(u32, Box<dyn Queue>),
    /// Forget a port, and say so.
    Detach(u32, Sender<()>),
    /// Make a fault happen, to see what becomes of it.
    #[cfg(test)]
    Trip,
    /// End.
    Stop,
}

/// Letters to a thread, and the bell that wakes it.
pub(crate) struct Mailbox {
    letters: Mutex<Vec<Letter>>,
    bell: EventFd,
}

impl Mailbox {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self { letters: Mutex::default(), bell: EventFd::new()? })
    }

    pub(crate) fn post(&self, letter: Letter) {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).push(letter);
        self.bell.ring();
    }

    fn take(&self) -> Vec<Letter> {
        self.bell.silence();
        std::mem::take(&mut self.letters.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A thread's ways to the ports, by port number, which may be any of 32 bits.
type Queues = BTreeMap<u32, Box<dyn Queue>>;

/// A thread's state, which outlives a fault.
pub(crate) struct Thread {
    shared: Arc<Shared>,
    mailbox: Arc<Mailbox>,
    settings: Settings,
    epoll: Epoll,
    queues: Queues,
    worker: Worker,
    outgoing: Outgoing,
    stopped: bool,
}

impl Thread {
    pub(crate) fn new(
        shared: Arc<Shared>,
        mailbox: Arc<Mailbox>,
        settings: Settings,
    ) -> std::io::Result<Self> {
        let epoll = Epoll::new()?;
        epoll.add(mailbox.bell.fd(), MAILBOX)?;
        let worker = shared.read().new_worker();
        let outgoing = Outgoing::default();
        let queues = Queues::new();
        Ok(Self { shared, mailbox, settings, epoll, queues, worker, outgoing, stopped: false })
    }

    /// Works until told to stop. A fault costs the batch in which it happened; it is reported, and
    /// the thread goes on with the tables and ports as they are.
    pub(crate) fn run(mut self) {
        while !self.stopped {
            let outcome = catch_unwind(AssertUnwindSafe(|| self.work()));
            let Err(panic) = outcome else { continue };
            self.worker = self.shared.read().new_worker();
            self.outgoing = Outgoing::default();
            let text = panic
                .downcast_ref::<&str>()
                .map(ToString::to_string)
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            self.shared.events.push(0, [Event::Fault(text)]);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn work(&mut self) {
        let timeout_ms = if self.settings.busy_poll { 0 } else { -1 };
        let mut ready = [0_u32; BATCH];
        while !self.stopped {
            let count = self.epoll.wait(&mut ready, timeout_ms);
            for &port_no in &ready[..count] {
                if port_no == MAILBOX {
                    self.read_mail();
                } else {
                    self.serve(port_no);
                }
            }
        }
    }

    /// Gives a port its turn.
    fn serve(&mut self, port_no: u32) {
        let Some(queue) = self.queues.get_mut(&port_no) else { return };
        let count = queue.receive(self.worker.slots(BATCH));
        if count == 0 {
            if queue.gone() {
                self.lose(port_no);
            }
            return;
        }
        self.process(port_no, count);
        self.send(port_no);
        self.worker.reset();
    }

    fn process(&mut self, port_no: u32, count: usize) {
        let now = monotonic();
        let datapath = self.shared.read();
        datapath.receive_batch(&mut self.worker, port_no, 0..count, now);
        datapath.flush(&mut self.worker);
    }

    /// Carries the effects of a batch out: a batch for each port, in order; the rest is Python's.
    fn send(&mut self, in_port: u32) {
        let mut events = Vec::new();
        let mut effects = self.worker.take_effects();
        for effect in effects.drain(..) {
            match effect {
                Effect::Transmit { port_no, frame, queue_id } => {
                    if self.queues.contains_key(&port_no) {
                        self.outgoing.add(port_no, frame);
                    } else {
                        let frame = self.worker.frame_ref(frame);
                        let (data, offload) = (frame.data().into(), frame.offload);
                        events.push(Event::Transmit { port_no, data, offload, queue_id });
                    }
                }
                Effect::Upcall(upcall) => events.push(Event::Upcall(upcall)),
            }
        }
        self.worker.recycle(effects);
        for (port_no, frames) in self.outgoing.batches() {
            if let Some(queue) = self.queues.get_mut(&port_no) {
                queue.send(self.worker.frames_mut(), frames);
            }
        }
        self.outgoing.clear();
        if !events.is_empty() {
            self.shared.events.push(in_port, events);
        }
    }

    fn read_mail(&mut self) {
        for letter in self.mailbox.take() {
            match letter {
                Letter::Attach(port_no, queue) => self.attach(port_no, queue),
                Letter::Detach(port_no, done) => {
                    self.detach(port_no);
                    drop(done);
                }
                #[cfg(test)]
                Letter::Trip => panic!("tripped"),
                Letter::Stop => self.stopped = true,
            }
        }
    }

    fn attach(&mut self, port_no: u32, queue: Box<dyn Queue>) {
        if queue.fd() >= 0 && self.epoll.add(queue.fd(), port_no).is_err() {
            self.shared.events.push(port_no, [Event::Gone(port_no)]);
            return;
        }
        self.queues.insert(port_no, queue);
    }

    /// Forgets a port; its descriptor leaves the epoll with it.
    fn detach(&mut self, port_no: u32) {
        if let Some(queue) = self.queues.remove(&port_no).filter(|queue| queue.fd() >= 0) {
            self.epoll.remove(queue.fd());
        }
    }

    /// The port's other side is no more: Python is told, and deletes it.
    fn lose(&mut self, port_no: u32) {
        if let Some(queue) = self.queues.get(&port_no) {
            self.epoll.remove(queue.fd());
        }
        self.shared.events.push(port_no, [Event::Gone(port_no)]);
    }
}

/// Which frames leave through which port, in order. The lists are used again and again.
#[derive(Default)]
struct Outgoing {
    by_port: Vec<(u32, Vec<usize>)>,
    used: usize,
}

impl Outgoing {
    fn add(&mut self, port_no: u32, frame: usize) {
        let used = &mut self.by_port[..self.used];
        if let Some((_, frames)) = used.iter_mut().find(|(port, _)| *port == port_no) {
            frames.push(frame);
            return;
        }
        if self.used == self.by_port.len() {
            self.by_port.push((port_no, Vec::new()));
        }
        let (port, frames) = &mut self.by_port[self.used];
        *port = port_no;
        frames.clear();
        frames.push(frame);
        self.used += 1;
    }

    fn batches(&self) -> impl Iterator<Item = (u32, &[usize])> {
        self.by_port[..self.used].iter().map(|(port_no, frames)| (*port_no, &frames[..]))
    }

    fn clear(&mut self) {
        self.used = 0;
    }
}
