//! Effects as the named tuples of `ofswitch.datapath.effects`, frames as those of `ofswitch.frame`.

use datapath::{Effect, Offload, Upcall, Worker};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyType};

/// Python's classes, looked up once.
struct Classes {
    frame: Py<PyType>,
    offload: Py<PyType>,
    transmit: Py<PyType>,
    upcall: Py<PyType>,
    flow_match: Py<PyType>,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

fn classes(py: Python<'_>) -> PyResult<&Classes> {
    CLASSES.get_or_try_init(py, || {
        let class = |module: &str, name: &str| -> PyResult<Py<PyType>> {
            Ok(py.import(module)?.getattr(name)?.cast_into::<PyType>()?.unbind())
        };
        Ok(Classes {
            frame: class("ofswitch.frame", "Frame")?,
            offload: class("ofswitch.frame", "Offload")?,
            transmit: class("ofswitch.datapath.effects", "Transmit")?,
            upcall: class("ofswitch.datapath.effects", "Upcall")?,
            flow_match: class("openflow.match", "Match")?,
        })
    })
}

/// What is left to finish, as Python says it: the six numbers of a virtio-net header.
pub(crate) type OffloadFields = (u8, u8, u16, u16, u16, u16);

/// Reads what Python says.
pub(crate) fn offload(fields: OffloadFields) -> Offload {
    let (flags, gso_type, hdr_len, gso_size, csum_start, csum_offset) = fields;
    Offload { flags, gso_type, hdr_len, gso_size, csum_start, csum_offset }
}

/// An effect of a worker's as Python's `Transmit` or `Upcall`.
pub(crate) fn to_python<'py>(
    py: Python<'py>,
    effect: &Effect,
    worker: &Worker,
) -> PyResult<Bound<'py, PyAny>> {
    match effect {
        Effect::Transmit { port_no, frame, queue_id } => {
            let frame = worker.frame_ref(*frame);
            transmit(py, *port_no, frame.data(), frame.offload, *queue_id)
        }
        Effect::Upcall(upcall) => self::upcall(py, upcall),
    }
}

/// A `Transmit`.
pub(crate) fn transmit<'py>(
    py: Python<'py>,
    port_no: u32,
    data: &[u8],
    offload: Option<Offload>,
    queue_id: u32,
) -> PyResult<Bound<'py, PyAny>> {
    let frame = frame(py, data, offload)?;
    classes(py)?.transmit.bind(py).call1((port_no, frame, queue_id))
}

/// An `Upcall`.
pub(crate) fn upcall<'py>(py: Python<'py>, upcall: &Upcall) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    for (name, value) in [("metadata", upcall.metadata), ("tunnel_id", upcall.tunnel_id)] {
        if value != 0 {
            fields.set_item(name, value)?;
        }
    }
    let classes = classes(py)?;
    classes.upcall.bind(py).call1((
        frame(py, &upcall.data, upcall.offload)?,
        upcall.in_port,
        upcall.reason,
        upcall.table_id,
        upcall.cookie,
        classes.flow_match.bind(py).call1((fields,))?,
        upcall.max_len,
        upcall.miss,
    ))
}

fn frame<'py>(
    py: Python<'py>,
    data: &[u8],
    offload: Option<Offload>,
) -> PyResult<Bound<'py, PyAny>> {
    let classes = classes(py)?;
    let unfinished = offload.map(|one| {
        let fields: OffloadFields =
            (one.flags, one.gso_type, one.hdr_len, one.gso_size, one.csum_start, one.csum_offset);
        classes.offload.bind(py).call1(fields)
    });
    classes.frame.bind(py).call1((PyBytes::new(py, data), unfinished.transpose()?))
}
