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

/// Type of a packet-in, in every version.
const PACKET_IN: u8 = 10;

/// Where a number stands in a packet-in.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Nowhere: it is always this.
    Always(u64),
    /// Big-endian, so many octets from this one on.
    At(usize, usize),
    /// A 16-bit port number, whose upper ones stand for the upper ones of 32 bits.
    Port(usize),
}

impl Place {
    #[inline]
    fn read(self, message: &[u8]) -> Option<u64> {
        Some(match self {
            Self::Always(value) => value,
            Self::At(at, 1) => u64::from(*message.get(at)?),
            Self::At(at, 2) => u64::from(u16::from_be_bytes(array(message, at)?)),
            Self::At(at, 4) => u64::from(u32::from_be_bytes(array(message, at)?)),
            Self::At(at, _) => u64::from_be_bytes(array(message, at)?),
            Self::Port(at) => {
                let port = u64::from(u16::from_be_bytes(array(message, at)?));
                if port < 0xff00 { port } else { port + 0xffff_0000 }
            }
        })
    }
}

#[inline]
fn array<const N: usize>(message: &[u8], at: usize) -> Option<[u8; N]> {
    message.get(at..)?.first_chunk().copied()
}

/// Where the fields of a version's usual packet-in stand (`openflow/packet_in_plan.py`).
#[derive(Debug)]
pub(crate) struct Plan {
    version: u8,
    places: [Place; NUMBERS],
    /// Octets that are the same in all usual ones, and where they stand.
    expected: Option<(usize, [u8; 8])>,
    data_at: usize,
}

impl Plan {
    /// What Python says; None if that is not understood.
    pub(crate) fn new(version: u8, plan: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let numbers: Vec<(isize, u64, String)> = plan.getattr("numbers")?.extract()?;
        let places: Option<Vec<Place>> = numbers.iter().map(place).collect();
        let Some(Ok(places)) = places.map(TryInto::try_into) else { return Ok(None) };
        let expected: Vec<u8> = plan.getattr("expected")?.extract()?;
        let expected = match (expected.len(), expected.try_into()) {
            (0, _) => None,
            (_, Ok(octets)) => Some((plan.getattr("expected_at")?.extract()?, octets)),
            _ => return Ok(None),
        };
        Ok(Some(Self { version, places, expected, data_at: plan.getattr("data_at")?.extract()? }))
    }

    /// The fields of a usual packet-in; None for all else, of which the ordinary way finds out what it is.
    #[inline]
    pub(crate) fn scan(&self, message: &[u8]) -> Option<Fields> {
        // Compared as numbers: for so few octets a call costs more than all the rest.
        if message.len() < self.data_at || message[0] != self.version || message[1] != PACKET_IN {
            return None;
        }
        if let Some((at, expected)) = self.expected {
            if u64::from_ne_bytes(array(message, at)?) != u64::from_ne_bytes(expected) {
                return None;
            }
        }
        let mut numbers = [0; NUMBERS];
        for (number, place) in numbers.iter_mut().zip(self.places) {
            *number = place.read(message)?;
        }
        Some(Fields { numbers, data: self.data_at..message.len() })
    }
}

fn place((offset, size, translation): &(isize, u64, String)) -> Option<Place> {
    let Ok(at) = usize::try_from(*offset) else { return Some(Place::Always(*size)) };
    match (size, translation.as_str()) {
        (1 | 2 | 4 | 8, "") => Some(Place::At(at, usize::try_from(*size).ok()?)),
        (2, "port") => Some(Place::Port(at)),
        _ => None,
    }
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
