//! The threads that carry frames from port to port through the datapath.
//!
//! Each thread owns a queue of every port (`ports::Queue`), waits for all of them, and processes
//! what it receives from beginning to end; nothing is handed from thread to thread. They share the
//! datapath: read-locked for a batch by the threads, write-locked by whoever changes it. What needs
//! the interpreter goes into one bounded queue (`events`).

#![forbid(unsafe_code)]

mod events;
#[cfg(test)]
mod tests;
mod thread;

use std::io;
use std::sync::mpsc::channel;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;

use datapath::Datapath;
use ports::Queue;

pub use events::{Event, EventQueue};
use thread::{Letter, Mailbox, Thread};

/// How the threads work.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many threads.
    pub threads: usize,
    /// Never sleep.
    pub busy_poll: bool,
}

/// What the threads share with each other and with Python.
#[derive(Debug)]
pub struct Shared {
    datapath: Arc<RwLock<Datapath>>,
    /// What is left for Python to do.
    pub events: EventQueue,
}

impl Shared {
    /// Looks into the datapath, or lets packets through it.
    pub fn read(&self) -> RwLockReadGuard<'_, Datapath> {
        self.datapath.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the datapath; the threads wait.
    pub fn write(&self) -> RwLockWriteGuard<'_, Datapath> {
        self.datapath.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Threads at work. Dropping it ends them.
#[derive(Debug)]
pub struct Forwarding {
    shared: Arc<Shared>,
    threads: Vec<Handle>,
}

struct Handle {
    mailbox: Arc<Mailbox>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Handle").finish_non_exhaustive()
    }
}

impl Forwarding {
    /// Starts the threads, without ports.
    ///
    /// # Errors
    /// When the system has no more descriptors or threads.
    pub fn start(datapath: Arc<RwLock<Datapath>>, settings: Settings) -> io::Result<Self> {
        let shared = Arc::new(Shared { datapath, events: EventQueue::new()? });
        let mut forwarding = Self { shared: Arc::clone(&shared), threads: Vec::new() };
        for number in 0..settings.threads.max(1) {
            let mailbox = Arc::new(Mailbox::new()?);
            let thread = Thread::new(Arc::clone(&shared), Arc::clone(&mailbox), settings)?;
            let name = format!("forward{number}");
            let thread = std::thread::Builder::new().name(name).spawn(move || thread.run())?;
            forwarding.threads.push(Handle { mailbox, thread: Some(thread) });
        }
        Ok(forwarding)
    }

    /// What is left for Python to do.
    pub fn events(&self) -> &EventQueue {
        &self.shared.events
    }

    /// How many threads there are, and so how many queues a port should have.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Gives each thread its queue of a port.
    pub fn attach(&self, port_no: u32, queues: Vec<Box<dyn Queue>>) {
        for (handle, queue) in self.threads.iter().zip(queues) {
            handle.mailbox.post(Letter::Attach(port_no, queue));
        }
    }

    /// Takes a port away. When this returns, no thread touches it any more.
    pub fn detach(&self, port_no: u32) {
        let (done, all_done) = channel();
        for handle in self.threads.iter().filter(|handle| handle.thread.is_some()) {
            handle.mailbox.post(Letter::Detach(port_no, done.clone()));
        }
        drop(done);
        // Nothing is ever sent: the channel closes once every thread has dropped its end.
        let _ = all_done.recv();
    }

    /// Ends the threads, and waits for them.
    pub fn stop(&mut self) {
        for handle in &self.threads {
            handle.mailbox.post(Letter::Stop);
        }
        for handle in &mut self.threads {
            if let Some(thread) = handle.thread.take() {
                let _ = thread.join();
            }
        }
    }
}

impl Drop for Forwarding {
    fn drop(&mut self) {
        self.stop();
    }
}
