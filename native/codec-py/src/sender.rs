//! Sending to a switch that is there and reads, on Python's types (`controller/sender.py`).
//!
//! The bytes of a message go straight into the output of its switch's connection. Everything that is not simple is left
//! to Python.

use std::sync::MutexGuard;

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};
use streams::Key;

use crate::engine::Engine;
use crate::streams::{Inner, Streams, locked};
use crate::template::{encode, is_untouched};

/// Output of one connection that is sent in the middle of a turn.
const FLUSH_FROM: usize = 1 << 16;

/// Transaction ids that are chosen here have this bit; those that `openflow.requests` chooses have not.
const XID_BIT: u32 = 1 << 31;

/// What a controller sends with: `send` as a method of a native class, the cheapest to be called.
#[pyclass(frozen, subclass, module = "openflow._codec")]
pub(crate) struct SenderBase {
    streams: PyOnceLock<Py<Streams>>,
}

#[pymethods]
impl SenderBase {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self { streams: PyOnceLock::new() }
    }

    /// Send a message to a switch; return its xid, or 0 when it was dropped (`Switch.send`).
    ///
    /// Raises `NotConnected`, `Unsupported` or `EncodeError`; then nothing was sent.
    fn send(
        this: &Bound<'_, Self>,
        dpid: &Bound<'_, PyAny>,
        message: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let py = this.py();
        if let Some(streams) = this.get().streams.get(py) {
            if let Ok(number) = dpid.extract::<u64>() {
                if let Some(xid) = streams.get().send(py, number, message)? {
                    return Ok(xid);
                }
            }
        }
        let arguments = (dpid, message);
        Ok(this.call_method1(intern!(py, "send_with_care"), arguments)?.unbind())
    }

    /// Send through these connections whatever is simple: a message to a switch that is there and reads.
    fn send_by(&self, py: Python<'_>, streams: Py<Streams>) {
        drop(self.streams.set(py, streams));
    }
}

impl Streams {
    /// Sends if all is simple; None if not.
    #[inline]
    fn send(
        &self,
        py: Python<'_>,
        dpid: u64,
        message: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let mut guard = locked(&self.inner);
        let inner = &mut *guard;
        let Some((key, version)) = inner.find(dpid) else { return Ok(None) };
        inner.xid = inner.xid.wrapping_add(1);
        let chosen = inner.xid | XID_BIT;
        let class = message.get_type();
        let known = inner.untouched.as_ref().is_some_and(|known| class.is(known));
        if !known && !is_untouched(&class) {
            let clear = inner.streams.is_clear(key);
            drop(guard);
            return if clear {
                self.send_made(py, key, version, chosen, message)
            } else {
                Ok(None)
            };
        }
        let Some((output, first)) = inner.streams.output_if_clear(key) else { return Ok(None) };
        let encoded = encode(message, version, chosen, output);
        let much = output.len() >= FLUSH_FROM;
        if !known {
            inner.untouched = Some(class.unbind());
        }
        self.sent(py, guard, key, first, much)?;
        if encoded? { Ok(Some(chosen.into_pyobject(py)?.into_any().unbind())) } else { Ok(None) }
    }

    /// Sends a message that is not untouched; None also for one that cannot be encoded, which Python explains.
    fn send_made(
        &self,
        py: Python<'_>,
        key: Key,
        version: u8,
        chosen: u32,
        message: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let Some(engine) = Engine::shared(py)? else { return Ok(None) };
        let Ok(own) = message.getattr(intern!(py, "xid")) else { return Ok(None) };
        let xid = match own.extract::<u32>() {
            Ok(0) => chosen,
            Ok(own) => own,
            Err(_) => return Ok(None),
        };
        // Not straight into the output: what encodes it may run Python.
        let mut encoded = Vec::with_capacity(128);
        match engine.encode_into(message, version, Some(xid), &mut encoded) {
            Err(error) if error.is_instance_of::<PyException>(py) => return Ok(None),
            result => result?,
        }
        let mut inner = locked(&self.inner);
        let Some((output, first)) = inner.streams.output_if_clear(key) else { return Ok(None) };
        output.extend_from_slice(&encoded);
        let much = output.len() >= FLUSH_FROM;
        self.sent(py, inner, key, first, much)?;
        Ok(Some(xid.into_pyobject(py)?.into_any().unbind()))
    }

    /// Sees to output that was appended: sent at once when it is much, said when it would not be sent otherwise.
    #[inline]
    fn sent(
        &self,
        py: Python<'_>,
        mut inner: MutexGuard<'_, Inner>,
        key: Key,
        first: bool,
        much: bool,
    ) -> PyResult<()> {
        if much {
            inner.streams.flush_one(key);
        }
        let serving = inner.serving;
        drop(inner);
        if first && !serving {
            self.touched.call0(py)?;
        }
        Ok(())
    }
}
