//! The controller without thoughts on Python's types.

use std::net::TcpListener;
use std::time::Duration;

use ::load::{Bare as Native, BarePlan};
use pyo3::prelude::*;

/// A controller that answers every packet-in and does nothing else.
#[pyclass]
pub(crate) struct Bare(Native);

#[pymethods]
impl Bare {
    /// Listen at `address`.
    #[new]
    #[pyo3(signature = (address, *, greeting, answer, buffer_in, buffer_out))]
    fn new(
        address: &str,
        greeting: Vec<u8>,
        answer: Vec<u8>,
        buffer_in: usize,
        buffer_out: usize,
    ) -> PyResult<Self> {
        let listener = TcpListener::bind(address)?;
        let plan = BarePlan { greeting, answer, buffer_in, buffer_out };
        Ok(Self(Native::new(listener, plan)?))
    }

    /// The address that it listens at, an IP address and a port.
    fn address(&self) -> PyResult<String> {
        Ok(self.0.address()?.to_string())
    }

    /// Serve for so many seconds.
    fn run(&mut self, py: Python<'_>, seconds: f64) -> PyResult<()> {
        Ok(py.detach(|| self.0.run(Duration::from_secs_f64(seconds)))?)
    }
}
