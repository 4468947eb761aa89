//! The Python module `ofswitch._datapath`: the packet engine on Python's types.

mod effects;
mod engine;
mod flows;
mod groups;
mod threads;
mod together;
mod watch;

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(_datapath, Refused, PyException, "A change that the tables refuse; says why.");

/// The native packet engine; `ofswitch.native` says whether it is there.
#[pymodule]
mod _datapath {
    use pyo3::prelude::*;
    use pyo3::types::PyDict;

    #[pymodule_export]
    use super::Refused;
    #[pymodule_export]
    use super::engine::Engine;
    #[pymodule_export]
    use super::threads::Threads;
    #[pymodule_export]
    use super::together::carry_out;
    #[pymodule_export]
    use super::watch::{take_notes, watch};

    /// Return every match field that a frame has, by OXM name, as `openflow.packet` does.
    #[pyfunction]
    #[pyo3(signature = (frame, total_len = 0))]
    fn flow_key<'py>(
        py: Python<'py>,
        frame: &[u8],
        total_len: usize,
    ) -> PyResult<Bound<'py, PyDict>> {
        let fields = PyDict::new(py);
        for (field, value) in datapath::parse(frame, total_len).key.iter() {
            fields.set_item(field.name(), value)?;
        }
        Ok(fields)
    }
}
