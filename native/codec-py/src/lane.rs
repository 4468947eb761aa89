//! One of the controller's connections on Python's types (`controller/lanes.py`).

use pyo3::prelude::*;
use streams::Key;

use crate::streams::{Shared, locked};

/// One connection: what is written to it, and its end.
#[pyclass(frozen, module = "openflow._codec")]
pub(crate) struct Lane {
    inner: Shared,
    key: Key,
}

#[pymethods]
impl Lane {
    /// Put output behind the other output; nothing is kept for a connection that is closed.
    fn append(&self, data: &[u8]) {
        if let Some((output, _)) = locked(&self.inner).streams.output(self.key) {
            output.extend_from_slice(data);
        }
    }

    /// Send the output as far as the other side takes it; nothing is left to be taken.
    fn take(&self, py: Python<'_>) -> &'static [u8] {
        py.detach(|| locked(&self.inner).streams.flush_one(self.key));
        &[]
    }

    /// Octets that have not been sent.
    #[getter]
    fn queued(&self) -> usize {
        self.backlog()
    }

    /// Octets that have not been sent.
    fn backlog(&self) -> usize {
        locked(&self.inner).streams.backlog(self.key)
    }

    /// Octets of an unfinished message that have come.
    fn unfinished(&self) -> usize {
        locked(&self.inner).streams.kept(self.key)
    }

    /// From now on packet-ins of this version are handed out, and what is sent to `dpid` goes here.
    fn join(&self, dpid: u64, version: u8) {
        let mut inner = locked(&self.inner);
        inner.last = None;
        inner.by_dpid.insert(dpid, self.key);
        let key = self.key;
        if let Some(line) = inner.lines.get_mut(key.index()).and_then(Option::as_mut) {
            if line.key == key {
                line.joined = Some((version, dpid));
            }
        }
    }

    /// Hand out no packet-ins any more, and let nothing be sent by datapath id.
    fn leave(&self) {
        let mut inner = locked(&self.inner);
        inner.last = None;
        let key = self.key;
        let Some(Some(line)) = inner.lines.get_mut(key.index()) else { return };
        if line.key != key {
            return;
        }
        if let Some((_, dpid)) = line.joined.take() {
            if inner.by_dpid.get(&dpid) == Some(&key) {
                inner.by_dpid.remove(&dpid);
            }
        }
    }

    /// Hand out nothing more, and close when the output has been sent.
    fn close(&self, py: Python<'_>) {
        self.forget();
        py.detach(|| locked(&self.inner).streams.close(self.key));
    }

    /// Close at once.
    fn abort(&self) {
        self.forget();
        locked(&self.inner).streams.abort(self.key);
    }
}

impl Lane {
    pub(crate) const fn new(inner: Shared, key: Key) -> Self {
        Self { inner, key }
    }

    fn forget(&self) {
        self.leave();
        let mut inner = locked(&self.inner);
        let Some(place) = inner.lines.get_mut(self.key.index()) else { return };
        let line = place.take_if(|line| line.key == self.key);
        drop(inner);
        drop(line);
    }
}
