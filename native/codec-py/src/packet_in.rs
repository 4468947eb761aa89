//! `PacketInBase`: what a packet-in is made of while nobody has looked into it.
//!
//! `openflow.PacketIn` is a dataclass like every message. Its fields are stored here, not in slots of its own, so that
//! one that has come from a switch is its numbers and the message's bytes; the Python objects are made when they are
//! read, and nobody can tell. What is set from Python is kept as the object that it is.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::packet::Packet;

/// The fields that are integers, in the order in which they stand in `PacketInBase::numbers`.
const NUMBERS: usize = 7;
const XID: usize = 0;
const BUFFER_ID: usize = 1;
const TOTAL_LEN: usize = 2;
const IN_PORT: usize = 3;
const REASON: usize = 4;
const TABLE_ID: usize = 5;
const COOKIE: usize = 6;
/// And the others.
const MATCH: usize = 7;
const DATA: usize = 8;
const FIELDS: usize = 9;

/// The names, by place.
const NAMES: [&str; FIELDS] =
    ["xid", "buffer_id", "total_len", "in_port", "reason", "table_id", "cookie", "match", "data"];

/// A match that says nothing: `openflow.match.ANY_PACKET`.
static ANY_PACKET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// What the bytes of a packet-in say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    /// The integers, by place.
    pub(crate) numbers: [u64; NUMBERS],
    /// Where the frame stands in the message.
    pub(crate) data: Range<usize>,
}

/// The fields of a packet-in whose match has nothing but the port, the usual one; None for all else, of which the
/// ordinary way finds out what it is.
#[inline]
pub(crate) fn scan(message: &[u8]) -> Option<Fields> {
    match message.first()? {
        1 => scan_1_0(message),
        4..=6 => scan_1_3(message),
        _ => None,
    }
}

fn scan_1_0(message: &[u8]) -> Option<Fields> {
    let head = message.first_chunk::<18>()?;
    let port = u64::from(u16_at(head, 14));
    let mut numbers = [0; NUMBERS];
    numbers[XID] = u32_at(head, 4).into();
    numbers[BUFFER_ID] = u32_at(head, 8).into();
    numbers[TOTAL_LEN] = u16_at(head, 12).into();
    numbers[IN_PORT] = if port < 0xff00 { port } else { port + 0xffff_0000 };
    numbers[REASON] = head[16].into();
    numbers[COOKIE] = u64::MAX;
    Some(Fields { numbers, data: 18..message.len() })
}

fn scan_1_3(message: &[u8]) -> Option<Fields> {
    const MATCH_OF_PORT: [u8; 8] = [0, 1, 0, 12, 0x80, 0, 0, 4];
    let head = message.first_chunk::<42>()?;
    if head[24..32] != MATCH_OF_PORT {
        return None;
    }
    let mut numbers = [0; NUMBERS];
    numbers[XID] = u32_at(head, 4).into();
    numbers[BUFFER_ID] = u32_at(head, 8).into();
    numbers[TOTAL_LEN] = u16_at(head, 12).into();
    numbers[REASON] = head[14].into();
    numbers[TABLE_ID] = head[15].into();
    numbers[COOKIE] = u64::from(u32_at(head, 16)) << 32 | u64::from(u32_at(head, 20));
    numbers[IN_PORT] = u32_at(head, 32).into();
    Some(Fields { numbers, data: 42..message.len() })
}

#[inline]
fn u16_at<const N: usize>(bytes: &[u8; N], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

#[inline]
fn u32_at<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// What is not an integer, or was set from Python.
#[derive(Debug, Default)]
struct Rest {
    message: Vec<u8>,
    data: Range<usize>,
    /// Made when it was first read; goes when `data` is set.
    packet: Option<Py<Packet>>,
    /// It is of an earlier message.
    stale: bool,
    /// Objects that were set, or made already, by place.
    objects: [Option<Py<PyAny>>; FIELDS],
}

/// The fields of a packet-in.
#[pyclass(frozen, subclass, module = "openflow._codec")]
#[derive(Debug, Default)]
pub(crate) struct PacketInBase {
    numbers: [AtomicU64; NUMBERS],
    /// Places whose object is in `Rest::objects`, one bit each.
    held: AtomicU32,
    /// Those of them that were set from Python, and not only made here.
    set_from_python: AtomicU32,
    rest: Mutex<Rest>,
}

impl PacketInBase {
    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes another message's fields, in place of all that it held.
    pub(crate) fn fill(&self, fields: &Fields, message: &[u8]) {
        for (place, number) in self.numbers.iter().zip(fields.numbers) {
            place.store(number, Relaxed);
        }
        let mut rest = self.rest();
        rest.message.clear();
        rest.message.extend_from_slice(message);
        rest.data = fields.data.clone();
        rest.stale = true;
        if self.held.load(Relaxed) != 0 {
            self.held.store(0, Relaxed);
            self.set_from_python.store(0, Relaxed);
            let objects = std::mem::take(&mut rest.objects);
            // What lets go of an object may run Python, which may come back here.
            drop(rest);
            drop(objects);
        }
    }

    #[inline]
    fn number(&self, py: Python<'_>, place: usize) -> PyResult<Py<PyAny>> {
        if self.held.load(Relaxed) >> place & 1 == 0 {
            let number = self.numbers[place].load(Relaxed);
            return Ok(number.into_pyobject(py)?.into_any().unbind());
        }
        Ok(self.held_object(py, place).unwrap_or_else(|| py.None()))
    }

    /// Whether the frame and its length are those of the message.
    #[inline]
    fn is_plain(&self) -> bool {
        self.set_from_python.load(Relaxed) & (1 << DATA | 1 << TOTAL_LEN) == 0
    }

    #[inline]
    fn frame_len(&self) -> usize {
        usize::try_from(self.numbers[TOTAL_LEN].load(Relaxed)).unwrap_or_default()
    }

    fn held_object(&self, py: Python<'_>, place: usize) -> Option<Py<PyAny>> {
        self.rest().objects[place].as_ref().map(|object| object.clone_ref(py))
    }

    fn set(&self, place: usize, value: Py<PyAny>) {
        let mut rest = self.rest();
        let before = rest.objects[place].replace(value);
        let packet = if place == DATA || place == TOTAL_LEN { rest.packet.take() } else { None };
        self.held.fetch_or(1 << place, Relaxed);
        self.set_from_python.fetch_or(1 << place, Relaxed);
        drop(rest);
        drop((before, packet));
    }
}

#[pymethods]
impl PacketInBase {
    /// The fields: a dataclass with slots makes none of its own for these.
    #[classattr]
    #[expect(non_upper_case_globals, reason = "as Python wants it")]
    const __slots__: [&'static str; FIELDS] = NAMES;

    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::default()
    }

    #[getter]
    fn xid(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.number(py, XID)
    }

    #[setter]
    fn set_xid(&self, value: Py<PyAny>) {
        self.set(XID, value);
    }

    #[getter]
    fn buffer_id(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.number(py, BUFFER_ID)
    }

    #[setter]
    fn set_buffer_id(&self, value: Py<PyAny>) {
        self.set(BUFFER_ID, value);
    }

    #[getter]
    fn total_len(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.number(py, TOTAL_LEN)
    }

    #[setter]
    fn set_total_len(&self, value: Py<PyAny>) {
        self.set(TOTAL_LEN, value);
    }

    #[getter]
    fn in_port(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.number(py, IN_PORT)
    }

    #[setter]
    fn set_in_port(&self, value: Py<PyAny>) {
        self.set(IN_PORT, value);
    }

    #[getter]
    fn reason(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.number(py, REASON)
    }

    #[setter]
    fn set_reason(&self, value: Py<PyAny>) {
        self.set(REASON, value);
    }

    #[getter]
    fn table_id(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.number(py, TABLE_ID)
    }

    #[setter]
    fn set_table_id(&self, value: Py<PyAny>) {
        self.set(TABLE_ID, value);
    }

    #[getter]
    fn cookie(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.number(py, COOKIE)
    }

    #[setter]
    fn set_cookie(&self, value: Py<PyAny>) {
        self.set(COOKIE, value);
    }

    #[getter]
    fn r#match(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if let Some(held) = self.held_object(py, MATCH) {
            return Ok(held);
        }
        let import = || -> PyResult<Py<PyAny>> {
            let module = py.import(intern!(py, "openflow.match"))?;
            Ok(module.getattr(intern!(py, "ANY_PACKET"))?.unbind())
        };
        Ok(ANY_PACKET.get_or_try_init(py, import)?.clone_ref(py))
    }

    #[setter]
    fn set_match(&self, value: Py<PyAny>) {
        self.set(MATCH, value);
    }

    #[getter]
    fn data(&self, py: Python<'_>) -> Py<PyAny> {
        let mut rest = self.rest();
        if let Some(data) = &rest.objects[DATA] {
            return data.clone_ref(py);
        }
        let frame = rest.message.get(rest.data.clone()).unwrap_or_default();
        let data = PyBytes::new(py, frame).into_any().unbind();
        rest.objects[DATA] = Some(data.clone_ref(py));
        self.held.fetch_or(1 << DATA, Relaxed);
        data
    }

    #[setter]
    fn set_data(&self, value: Py<PyAny>) {
        self.set(DATA, value);
    }

    /// The frame taken apart, made when first asked for.
    #[getter]
    fn packet(&self, py: Python<'_>) -> PyResult<Py<Packet>> {
        let mut rest = self.rest();
        let Rest { message, data, packet, stale, .. } = &mut *rest;
        if let Some(packet) = packet {
            #[expect(deprecated, reason = "what is to be used instead is unsafe")]
            if *stale && packet.get_refcnt(py) == 1 && self.is_plain() {
                let frame = message.get(data.clone()).unwrap_or_default();
                packet.get().refill(frame, self.frame_len());
                *stale = false;
            }
            if !*stale {
                return Ok(packet.clone_ref(py));
            }
        }
        let plain = self.is_plain();
        let made = plain.then(|| {
            let frame = message.get(data.clone()).unwrap_or_default();
            Packet::of(frame, self.frame_len())
        });
        drop(rest);
        let made = if let Some(made) = made {
            Py::new(py, made)?
        } else {
            let arguments = (self.data(py), self.number(py, TOTAL_LEN)?);
            py.get_type::<Packet>().call1(arguments)?.cast_into()?.unbind()
        };
        let mut rest = self.rest();
        rest.stale = false;
        let before = rest.packet.replace(made.clone_ref(py));
        drop(rest);
        drop(before);
        Ok(made)
    }

    /// What copying and pickling begin with; the fields are set one by one.
    #[expect(clippy::unused_self, reason = "as pickle wants it")]
    fn __getnewargs__<'py>(&self, py: Python<'py>) -> Bound<'py, PyTuple> {
        PyTuple::empty(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(rest) = self.rest.try_lock() else { return Ok(()) };
        rest.objects.iter().try_for_each(|object| visit.call(object))
    }

    fn __clear__(&self) {
        let mut rest = self.rest();
        let objects = std::mem::take(&mut rest.objects);
        drop(rest);
        drop(objects);
    }
}
