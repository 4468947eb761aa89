//! The Python module `openflow._codec`: the codec's functions on Python's types.

mod engine;
mod lane;
mod making;
mod packet;
mod packet_in;
mod sender;
mod streams;
mod tables;
mod taking;
mod template;

use pyo3::prelude::*;

/// The native codec; `openflow.native` says whether it is there.
#[pymodule]
mod _codec {
    use codec::{BadLength, Messages};
    use pyo3::prelude::*;
    use pyo3::pybacked::PyBackedBytes;
    use pyo3::types::PyBytes;

    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::lane::Lane;
    #[pymodule_export]
    use super::packet::Packet;
    #[pymodule_export]
    use super::packet_in::PacketInBase;
    #[pymodule_export]
    use super::sender::SenderBase;
    #[pymodule_export]
    use super::streams::Streams;

    #[pymodule_export]
    use super::template::{Form, Kept, Template, encode_untouched};

    /// Return the whole messages at the front of a buffer and how many bytes they take.
    ///
    /// Says and does what `openflow.framing.split` does, with the same error.
    #[pyfunction]
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn split(
        py: Python<'_>,
        buffer: PyBackedBytes,
        limit: usize,
    ) -> PyResult<(Vec<Bound<'_, PyBytes>>, usize)> {
        let mut messages = Messages::new(&buffer);
        let mut found = Vec::new();
        while found.len() < limit {
            match messages.next() {
                Some(Ok(message)) => found.push(PyBytes::new(py, message)),
                Some(Err(error)) if found.is_empty() => return Err(framing_error(py, error)?),
                Some(Err(_)) | None => break,
            }
        }
        Ok((found, messages.consumed()))
    }

    /// The exception that the Python engine raises.
    fn framing_error(py: Python<'_>, error: BadLength) -> PyResult<PyErr> {
        let framing = py.import("openflow.framing")?;
        let exception = framing.getattr("FramingError")?.call1((error.to_string(),))?;
        Ok(PyErr::from_value(exception))
    }
}
