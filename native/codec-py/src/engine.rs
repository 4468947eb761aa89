//! The native engine: `openflow.encode` and `openflow.decode`.
//!
//! It runs the layouts that `openflow/layouts/plans.py` hands over, a version at a time, and makes and takes the
//! same objects as the Python engine. What it refuses, of messages or of bytes, the Python engine is given,
//! which either can do it or raises the exception that says what is wrong: so there is one place where
//! errors are told, and both engines tell the same.

use codec::{HEADER_SIZE, read_message, write_message};
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict};

use crate::making::{Failure, Making};
use crate::tables::Tables;
use crate::taking::Taking;

/// Versions are numbered from 1; a place for each, and the first unused.
const VERSIONS: usize = 7;

/// The engine of `openflow.codec`, once it is there.
static ENGINE: PyOnceLock<Option<Py<Engine>>> = PyOnceLock::new();

/// Encodes and decodes; what it cannot, `python_encode` and `python_decode` do.
#[pyclass(frozen, module = "openflow._codec")]
pub(crate) struct Engine {
    plan: Py<PyAny>,
    python_encode: Py<PyAny>,
    python_decode: Py<PyAny>,
    versions: [PyOnceLock<Option<Tables>>; VERSIONS],
}

impl Engine {
    /// The engine that `openflow.codec` uses; None if that is the one in Python.
    pub(crate) fn shared(py: Python<'_>) -> PyResult<Option<&Self>> {
        let find = || -> PyResult<Option<Py<Self>>> {
            let native = py.import("openflow.codec")?.getattr("NATIVE")?;
            Ok(native.cast_into::<Self>().ok().map(Bound::unbind))
        };
        Ok(ENGINE.get_or_try_init(py, find)?.as_ref().map(Py::get))
    }

    /// What a version has; None for a version that there is not.
    #[inline]
    fn tables(&self, py: Python<'_>, version: u8) -> PyResult<Option<&Tables>> {
        let Some(place) = self.versions.get(usize::from(version)).filter(|_| version > 0) else {
            return Ok(None);
        };
        if let Some(tables) = place.get(py) {
            return Ok(tables.as_ref());
        }
        let made = Tables::new(&self.plan.bind(py).call1((version,))?)?;
        Ok(place.get_or_init(py, || Some(made)).as_ref())
    }

    /// The message in `data`; None if Python must be asked.
    fn read<'py>(&self, py: Python<'py>, data: &[u8]) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(&version) = data.first() else { return Ok(None) };
        let Some(tables) = self.tables(py, version)? else { return Ok(None) };
        if let Some(event) = tables.packet_in(py, data)? {
            return Ok(Some(event));
        }
        let making = Making::new(py, tables, data);
        settled(py, read_message(&tables.plan, &making, data))
    }

    /// Append the message's bytes; false if Python must be asked.
    fn write(
        &self,
        message: &Bound<'_, PyAny>,
        version: u8,
        xid: Option<u32>,
        out: &mut Vec<u8>,
    ) -> PyResult<bool> {
        let py = message.py();
        let Some(tables) = self.tables(py, version)? else { return Ok(false) };
        let class = message.get_type_ptr() as usize;
        let Some(&code) = tables.messages.get(&class) else { return Ok(false) };
        let xid = match xid {
            Some(xid) => xid,
            None => match message.getattr(intern!(py, "xid"))?.extract() {
                Ok(xid) => xid,
                Err(_) => return Ok(false),
            },
        };
        let taking = Taking::new(py, tables);
        let message = message.as_borrowed();
        let written = write_message(&tables.plan, &taking, code, message, xid, out);
        Ok(settled(py, written)?.is_some())
    }

    /// The message in `data`, which must be one whole message. Raises as `openflow.decode` does.
    #[allow(dead_code, reason = "for lanes")]
    pub(crate) fn decode_slice<'py>(
        &self,
        py: Python<'py>,
        data: &[u8],
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.read(py, data)? {
            Some(message) => Ok(message),
            None => self.python_decode.bind(py).call1((PyBytes::new(py, data),)),
        }
    }

    /// Append the message's bytes. Raises as `openflow.encode` does; then the buffer is as it was.
    pub(crate) fn encode_into(
        &self,
        message: &Bound<'_, PyAny>,
        version: u8,
        xid: Option<u32>,
        out: &mut Vec<u8>,
    ) -> PyResult<()> {
        if !self.write(message, version, xid, out)? {
            let py = message.py();
            let options = PyDict::new(py);
            options.set_item(intern!(py, "xid"), xid)?;
            let versions = py.import(intern!(py, "openflow.versions"))?;
            let version = versions.call_method1(intern!(py, "Version"), (version,))?;
            let encode = self.python_encode.bind(py);
            let written = encode.call((message, version), Some(&options))?;
            out.extend_from_slice(written.cast::<PyBytes>()?.as_bytes());
        }
        Ok(())
    }
}

/// A failure is None, unless it is an exception that is nobody's fault (an interrupt).
fn settled<T>(py: Python<'_>, result: Result<T, Failure>) -> PyResult<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Failure(Some(error))) if !error.is_instance_of::<PyException>(py) => Err(*error),
        Err(Failure(_)) => Ok(None),
    }
}

#[pymethods]
impl Engine {
    #[new]
    fn new(plan: Py<PyAny>, python_encode: Py<PyAny>, python_decode: Py<PyAny>) -> Self {
        let versions = [const { PyOnceLock::new() }; VERSIONS];
        Self { plan, python_encode, python_decode, versions }
    }

    /// Return the message in `data`, as `openflow.decode` does.
    #[pyo3(signature = (data, /))]
    fn decode<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = data.py();
        if let Ok(bytes) = data.cast_exact::<PyBytes>() {
            if let Some(message) = self.read(py, bytes.as_bytes())? {
                return Ok(message);
            }
        }
        self.python_decode.bind(py).call1((data,))
    }

    /// Return the message's bytes in `version`, as `openflow.encode` does.
    #[pyo3(signature = (message, version, *, xid = None))]
    fn encode<'py>(
        &self,
        message: &Bound<'py, PyAny>,
        version: &Bound<'py, PyAny>,
        xid: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = message.py();
        let wanted = match xid {
            None => Ok(None),
            Some(xid) => xid.extract::<u32>().map(Some),
        };
        if let (Ok(number), Ok(wanted)) = (version.extract::<u8>(), wanted) {
            let mut out = Vec::with_capacity(128.max(HEADER_SIZE));
            if self.write(message, number, wanted, &mut out)? {
                return Ok(PyBytes::new(py, &out).into_any());
            }
        }
        let options = PyDict::new(py);
        options.set_item(intern!(py, "xid"), xid)?;
        self.python_encode.bind(py).call((message, version), Some(&options))
    }
}
