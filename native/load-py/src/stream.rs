//! The controller's end of a connection on Python's types.

use std::collections::HashMap;
use std::net::TcpStream;
use std::os::fd::RawFd;
use std::time::Duration;

use ::load::{Counter, Stream as Native, duplicate};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::raised;

/// Seconds, messages that came by type, and the first error.
type Exchanged = (f64, HashMap<u8, u64>, Option<String>);
/// Where the number is written in a message, and in how many octets.
type At = Vec<(usize, usize)>;

/// A connection to a switch, after the handshake.
#[pyclass]
pub(crate) struct Stream(Native);

#[pymethods]
impl Stream {
    /// Use the connection that a descriptor is open on; the descriptor stays the caller's.
    #[new]
    fn new(fd: RawFd) -> PyResult<Self> {
        Ok(Self(Native::new(TcpStream::from(duplicate(fd)?))?))
    }

    /// Send a message for each number from `first`, `times` of them, then `end`; return when `count`
    /// messages of type `kind` have come, or nothing has for `patience` seconds.
    #[pyo3(signature = (message, places, *, first, times, end, kind, count, patience))]
    #[expect(clippy::too_many_arguments, reason = "keywords of Python")]
    fn pour(
        &mut self,
        py: Python<'_>,
        message: Vec<u8>,
        places: At,
        first: u64,
        times: u64,
        end: &[u8],
        kind: u8,
        count: u64,
        patience: f64,
    ) -> PyResult<Exchanged> {
        let counter = Counter::new(message, places).map_err(PyValueError::new_err)?;
        let patience = Duration::from_secs_f64(patience);
        let numbers = first..first + times;
        let pour = || self.0.pour(&counter, numbers, end, (kind, count), patience);
        let done = py.detach(pour).map_err(raised)?;
        let came = (0..=u8::MAX).map(|kind| (kind, done.count(kind)));
        let came = came.filter(|&(_, count)| count > 0).collect();
        Ok((done.seconds, came, done.error))
    }

    /// Send a message `times` times, each when the one before has been answered by type `kind`;
    /// return nanoseconds and how often each.
    fn ping(
        &mut self,
        py: Python<'_>,
        message: Vec<u8>,
        places: At,
        kind: u8,
        times: u64,
        patience: f64,
    ) -> PyResult<Vec<(u64, u64)>> {
        let counter = Counter::new(message, places).map_err(PyValueError::new_err)?;
        let patience = Duration::from_secs_f64(patience);
        let done = py.detach(|| self.0.ping(&counter, kind, times, patience)).map_err(raised)?;
        Ok(done.counted().collect())
    }
}
