//! The Python module `ofbench._load`: loads on Python's types.

mod bare;
mod load;
mod stream;

use ::load::LoadError;
use pyo3::exceptions::{PyConnectionError, PyOSError, PyTimeoutError};
use pyo3::prelude::*;

/// Loads for controllers and switches; `ofbench.native` says whether they are there.
#[pymodule]
mod _load {
    #[pymodule_export]
    use super::bare::Bare;
    #[pymodule_export]
    use super::load::Load;
    #[pymodule_export]
    use super::stream::Stream;
}

/// Python's exception for what went wrong.
fn raised(error: LoadError) -> PyErr {
    match error {
        LoadError::Io(error) => error.into(),
        LoadError::Connect(error) => PyOSError::new_err(error.to_string()),
        LoadError::TimedOut(text) => PyTimeoutError::new_err(text),
        other => PyConnectionError::new_err(other.to_string()),
    }
}
