//! Forwarding threads on Python's types (`ofswitch/runtime/forwarding.py`).
//!
//! The threads never want the interpreter; it is released here all the same wherever they are waited for.

use std::collections::HashMap;
use std::os::fd::{OwnedFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use datapath::Datapath;
use forwarding::{Event, Forwarding, Settings};
use ports::{
    Io, Link, PacketOptions, PortCounters, duplicate, open_packet, open_seqpacket, open_tap,
};
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

use crate::effects;

/// Packets received and sent, octets received and sent, losses by name.
type Counts = (u64, u64, u64, u64, HashMap<&'static str, u64>);

/// Threads that move frames from port to port.
#[pyclass(frozen)]
pub(crate) struct Threads {
    forwarding: Mutex<Forwarding>,
    counters: Mutex<HashMap<u32, Arc<PortCounters>>>,
    /// The descriptor that is readable while something waits for Python.
    bell: RawFd,
    count: usize,
}

impl Threads {
    /// Starts threads that let packets through this datapath.
    pub(crate) fn start(
        datapath: Arc<RwLock<Datapath>>,
        threads: usize,
        busy_poll: bool,
    ) -> PyResult<Self> {
        let forwarding = Forwarding::start(datapath, Settings { threads, busy_poll })?;
        Ok(Self {
            bell: forwarding.events().fd(),
            count: forwarding.threads(),
            forwarding: Mutex::new(forwarding),
            counters: Mutex::default(),
        })
    }

    fn forwarding(&self) -> MutexGuard<'_, Forwarding> {
        self.forwarding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn links(&self) -> MutexGuard<'_, HashMap<u32, Arc<PortCounters>>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, kind: &str, descriptors: &[RawFd], ifindex: u32, io: &str) -> PyResult<Link> {
        let fds = descriptors.iter().map(|&fd| duplicate(fd));
        let mut fds = fds.collect::<std::io::Result<Vec<OwnedFd>>>()?;
        Ok(match kind {
            "tap" => open_tap(fds, self.count)?,
            "seqpacket" if fds.len() == 1 => open_seqpacket(fds.remove(0), self.count)?,
            "packet" => {
                let io: Io = io.parse().map_err(PyOSError::new_err::<String>)?;
                let options = PacketOptions { io, threads: self.count, ..PacketOptions::default() };
                open_packet(ifindex, options)?
            }
            _ => {
                return Err(PyOSError::new_err(format!(
                    "threads cannot use a link of kind {kind}"
                )));
            }
        })
    }
}

#[pymethods]
impl Threads {
    /// Receive from a link, and send to it; `OSError` when it cannot be had.
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn attach(
        &self,
        py: Python<'_>,
        port_no: u32,
        kind: &str,
        descriptors: Vec<RawFd>,
        ifindex: u32,
        io: &str,
    ) -> PyResult<()> {
        let link = self.open(kind, &descriptors, ifindex, io)?;
        self.links().insert(port_no, link.counters);
        py.detach(|| self.forwarding().attach(port_no, link.queues));
        Ok(())
    }

    /// Leave a link alone: when this returns, no thread touches it.
    fn detach(&self, py: Python<'_>, port_no: u32) {
        if self.links().remove(&port_no).is_some() {
            py.detach(|| self.forwarding().detach(port_no));
        }
    }

    /// Packets received and sent, octets received and sent, and losses by name.
    fn counters(&self, port_no: u32) -> Counts {
        let counters = self.links().get(&port_no).cloned().unwrap_or_default();
        let now = counters.snapshot();
        let drops = now.drops.into_iter().collect();
        (now.rx_packets, now.tx_packets, now.rx_bytes, now.tx_bytes, drops)
    }

    /// The descriptor that is readable while something waits.
    fn fileno(&self) -> RawFd {
        self.bell
    }

    /// Take what waits out, at most so much: `("effect", Transmit or Upcall)`, `("gone", port_no)` or
    /// `("fault", text)`.
    fn drain<'py>(
        &self,
        py: Python<'py>,
        limit: usize,
    ) -> PyResult<Vec<(&'static str, Bound<'py, PyAny>)>> {
        let events = self.forwarding().events().drain(limit);
        events.into_iter().map(|event| to_python(py, event)).collect()
    }

    /// How many packets were dropped because too much waited.
    fn lost(&self) -> u64 {
        self.forwarding().events().lost()
    }

    /// End the threads.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.forwarding().stop());
    }
}

fn to_python(py: Python<'_>, event: Event) -> PyResult<(&'static str, Bound<'_, PyAny>)> {
    Ok(match event {
        Event::Upcall(upcall) => ("effect", effects::upcall(py, &upcall)?),
        Event::Transmit { port_no, data, offload, queue_id } => {
            ("effect", effects::transmit(py, port_no, &data, offload, queue_id)?)
        }
        Event::Gone(port_no) => ("gone", port_no.into_pyobject(py)?.into_any()),
        Event::Fault(text) => ("fault", text.into_pyobject(py)?.into_any()),
    })
}
