//! The Python module `openflow._codec`: the codec's functions on Python's types.

use pyo3::prelude::*;

/// The native codec; `openflow.native` says whether it is there.
#[pymodule]
mod _codec {
    use codec::{BadLength, Messages};
    use pyo3::prelude::*;
    use pyo3::types::PyBytes;

    /// Return the complete messages at the head of a buffer and how many bytes they take.
    ///
    /// Says and does what `openflow.framing.split` does, with the same errors.
    #[pyfunction]
    #[pyo3(signature = (buffer, limit = 1024))]
    fn split<'py>(
        py: Python<'py>,
        buffer: &[u8],
        limit: usize,
    ) -> PyResult<(Vec<Bound<'py, PyBytes>>, usize)> {
        let mut messages = Messages::new(buffer);
        let mut found = Vec::new();
        while found.len() < limit {
            match messages.next() {
                Some(Ok(message)) => found.push(PyBytes::new(py, message)),
                Some(Err(error)) if found.is_empty() => return Err(decode_error(py, error)?),
                Some(Err(_)) | None => break,
            }
        }
        Ok((found, messages.consumed()))
    }

    /// The exception that the Python engine raises.
    fn decode_error(py: Python<'_>, error: BadLength) -> PyResult<PyErr> {
        let errors = py.import("openflow.errors")?;
        let code = errors.getattr("ErrorCode")?.getattr("BAD_REQUEST__BAD_LEN")?;
        let exception = errors.getattr("DecodeError")?.call1((
            code,
            "Header",
            "length",
            2,
            error.to_string(),
        ))?;
        Ok(PyErr::from_value(exception))
    }
}
