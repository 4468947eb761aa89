//! The controller's connections on Python's types (`controller/lanes.py`).
//!
//! `Streams.take` gives what comes next, connection by connection: a list of packet-ins of a switch that has joined,
//! or whole messages as bytes for the ordinary way (`openflow.connection`), in the order in which they came. Packet-ins
//! that nobody has kept are used again: in the end a callback that looks at two fields pays for two fields.
//!
//! No lock is held while Python runs: not while objects are made or let go, nor while the interpreter is waited for.

use std::collections::HashMap;
use std::os::fd::RawFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codec::BadLength;
use ports::duplicate;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple, PyType};
use streams::{End, Input, Key, Turn};

use crate::packet_in::{PacketInBase, scan};
use crate::template::{encode, is_untouched};

/// Type of a packet-in, in every version.
const PACKET_IN: u8 = 10;

/// Packet-ins that are handed out at once: as many as stay in the processor's cache.
const BATCH: usize = 128;

/// Output of one connection that is sent in the middle of a turn.
const FLUSH_FROM: usize = 1 << 16;

/// Transaction ids that are chosen here have this bit; those that `openflow.requests` chooses have not.
const XID_BIT: u32 = 1 << 31;

/// What `take` hands out, as the second of three.
const PACKET_INS: u8 = 0;
const BYTES: u8 = 1;
const DRAINED: u8 = 2;
const END: u8 = 3;

/// What is known of one connection.
#[derive(Debug)]
struct Line {
    key: Key,
    owner: Py<PyAny>,
    /// The version that is spoken and the datapath id, once the switch has joined.
    joined: Option<(u8, u64)>,
}

#[derive(Debug)]
struct Inner {
    streams: streams::Streams,
    lines: Vec<Option<Line>>,
    by_dpid: HashMap<u64, Key>,
    /// Whom `send` found last.
    last: Option<(u64, Key, u8)>,
    xid: u32,
    /// The class of an untouched message that was sent: most are of the same one.
    untouched: Option<Py<PyType>>,
    /// Between two calls of `take`, which sends all output.
    serving: bool,
}

impl Inner {
    fn line(&self, key: Key) -> Option<&Line> {
        self.lines.get(key.index())?.as_ref().filter(|line| line.key == key)
    }

    fn owner(&self, py: Python<'_>, key: Key) -> Option<Py<PyAny>> {
        self.line(key).map(|line| line.owner.clone_ref(py))
    }

    #[inline]
    fn find(&mut self, dpid: u64) -> Option<(Key, u8)> {
        if let Some((found, key, version)) = self.last {
            if found == dpid {
                return Some((key, version));
            }
        }
        let key = *self.by_dpid.get(&dpid)?;
        let (version, _) = self.line(key)?.joined?;
        self.last = Some((dpid, key, version));
        Some((key, version))
    }
}

/// What has been read and not been handed out yet.
#[derive(Debug, Default)]
struct Reading {
    input: Input,
    /// Whose it is, and the version of its packet-ins if they are handed out.
    from: Option<(Key, Option<u8>)>,
    /// Packet-ins that were handed out, to be used again if nobody else has them.
    handed_out: Vec<Py<PacketInBase>>,
    spare: Vec<Py<PacketInBase>>,
}

type Shared = Arc<Mutex<Inner>>;

fn locked(inner: &Shared) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connections behind one descriptor.
#[pyclass(frozen, module = "openflow._codec")]
pub(crate) struct Streams {
    inner: Shared,
    reading: Mutex<Option<Box<Reading>>>,
    fd: RawFd,
    /// Makes an `openflow.PacketIn` without filling it.
    make: Py<PyAny>,
    packet_in: Py<PyAny>,
    encode: Py<PyAny>,
    /// To be called when output waits that `take` does not know of.
    touched: Py<PyAny>,
}

/// What comes next: whose it is, what kind of thing, and the thing.
type Taken = (Py<PyAny>, u8, Py<PyAny>);

#[pymethods]
impl Streams {
    /// None yet. Below `drained_below` octets of output that wait, a connection counts as drained; `touched()` hears of
    /// output that was queued outside of what `take` hands out: `flush` is to be called soon.
    #[new]
    fn new(py: Python<'_>, drained_below: usize, touched: Py<PyAny>) -> PyResult<Self> {
        let streams = streams::Streams::new(drained_below)?;
        let fd = streams.fd();
        let inner = Inner {
            streams,
            lines: Vec::new(),
            by_dpid: HashMap::new(),
            last: None,
            xid: 0,
            untouched: None,
            serving: false,
        };
        let packet_in = py.import("openflow.messages.packets")?.getattr("PacketIn")?;
        Ok(Self {
            inner: Arc::new(Mutex::new(inner)),
            reading: Mutex::new(Some(Box::default())),
            fd,
            make: packet_in.getattr("__new__")?.unbind(),
            packet_in: packet_in.unbind(),
            encode: py.import("openflow.codec")?.getattr("encode")?.unbind(),
            touched,
        })
    }

    /// The descriptor that is readable while `take` has something.
    fn fileno(&self) -> RawFd {
        self.fd
    }

    /// Serve a connection: the caller's descriptor may be closed afterwards. What comes is handed out with `owner`.
    fn add(&self, fd: RawFd, owner: Py<PyAny>) -> PyResult<Lane> {
        let fd = duplicate(fd)?;
        let mut inner = locked(&self.inner);
        let key = inner.streams.add(fd)?;
        if inner.lines.len() <= key.index() {
            inner.lines.resize_with(key.index() + 1, || None);
        }
        let before = inner.lines[key.index()].replace(Line { key, owner, joined: None });
        drop(inner);
        drop(before);
        Ok(Lane { inner: Arc::clone(&self.inner), key })
    }

    /// Take what comes next: `(owner, kind, value)`, or None when it is the event loop's turn. Sends all output when
    /// what one connection has sent is at its end.
    ///
    /// Kinds: 0, a list of packet-ins; 1, whole messages; 2, most of what waited to be sent has been sent; 3, the
    /// connection is at its end (None for closed by the other side, else what is wrong with it).
    fn take(&self, py: Python<'_>) -> PyResult<Option<Taken>> {
        let Some(mut reading) = self.reading() else { return Ok(None) };
        let taken = self.take_from(py, &mut reading);
        *self.reading.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading);
        taken
    }

    /// Send all output now.
    fn flush(&self, py: Python<'_>) {
        py.detach(|| locked(&self.inner).streams.flush());
    }
}

impl Streams {
    fn reading(&self) -> Option<Box<Reading>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn take_from(&self, py: Python<'_>, reading: &mut Reading) -> PyResult<Option<Taken>> {
        recycle(py, reading);
        loop {
            if let Some((key, version)) = reading.from {
                if let Some(taken) = self.hand_out(py, reading, key, version)? {
                    return Ok(Some(taken));
                }
                reading.from = None;
            }
            let turn = py.detach(|| {
                let mut inner = locked(&self.inner);
                inner.streams.flush();
                let turn = inner.streams.turn(&mut reading.input);
                inner.serving = turn.is_some();
                turn
            });
            let (key, kind, value) = match turn {
                None => return Ok(None),
                Some(Turn::Input(key)) => {
                    let joined = locked(&self.inner).line(key).and_then(|line| line.joined);
                    reading.from = Some((key, joined.map(|(version, _)| version)));
                    continue;
                }
                Some(Turn::Drained(key)) => (key, DRAINED, py.None()),
                Some(Turn::End(key, End::Closed)) => (key, END, py.None()),
                Some(Turn::End(key, End::Broken(error))) => {
                    (key, END, error.to_string().into_pyobject(py)?.into_any().unbind())
                }
            };
            let owner = locked(&self.inner).owner(py, key);
            if let Some(owner) = owner {
                return Ok(Some((owner, kind, value)));
            }
        }
    }

    /// Hands out what stands at the front of the input: packet-ins, or messages up to the next packet-in. None when
    /// there is no whole message left.
    fn hand_out(
        &self,
        py: Python<'_>,
        reading: &mut Reading,
        key: Key,
        version: Option<u8>,
    ) -> PyResult<Option<Taken>> {
        let owner = {
            let inner = locked(&self.inner);
            if !inner.streams.is_open(key) {
                return Ok(None); // closed while its messages were handed out
            }
            inner.owner(py, key)
        };
        let Some(owner) = owner else { return Ok(None) };
        if let Some(version) = version {
            let events = self.packet_ins(py, reading, version)?;
            if !events.is_empty() {
                let list = PyList::new(py, &events)?.into_any().unbind();
                reading.handed_out = events;
                return Ok(Some((owner, PACKET_INS, list)));
            }
        }
        let bytes = messages(py, reading, version);
        if let Some(bytes) = bytes {
            return Ok(Some((owner, BYTES, bytes.into_any())));
        }
        locked(&self.inner).streams.keep(key, reading.input.rest());
        reading.input.clear();
        Ok(None)
    }

    /// The packet-ins of a version at the front of the input.
    fn packet_ins(
        &self,
        py: Python<'_>,
        reading: &mut Reading,
        version: u8,
    ) -> PyResult<Vec<Py<PacketInBase>>> {
        let mut events = std::mem::take(&mut reading.handed_out);
        while events.len() < BATCH {
            let Ok(Some(message)) = reading.input.front() else { break };
            if message[0] != version || message[1] != PACKET_IN {
                break;
            }
            let Some(fields) = scan(message) else { break };
            let event = match reading.spare.pop() {
                Some(event) => event,
                None => self.make.bind(py).call1((&self.packet_in,))?.cast_into()?.unbind(),
            };
            event.get().fill(&fields, message);
            let length = message.len();
            events.push(event);
            reading.input.skip(length);
        }
        Ok(events)
    }

    /// Sends if all is simple; None if not.
    #[inline]
    fn send(
        &self,
        py: Python<'_>,
        dpid: u64,
        message: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let mut inner = locked(&self.inner);
        let Some((key, version)) = inner.find(dpid) else { return Ok(None) };
        if !inner.streams.is_clear(key) {
            return Ok(None);
        }
        inner.xid = inner.xid.wrapping_add(1);
        let chosen = inner.xid | XID_BIT;
        let class = message.get_type();
        let known = inner.untouched.as_ref().is_some_and(|known| class.is(known));
        if known || is_untouched(&class) {
            if !known {
                inner.untouched = Some(class.unbind());
            }
            let Some((output, first)) = inner.streams.output(key) else { return Ok(None) };
            if !encode(message, version, chosen, output)? {
                return Ok(None);
            }
            self.sent(py, inner, key, first)?;
            return Ok(Some(chosen.into_pyobject(py)?.into_any().unbind()));
        }
        drop(inner);
        self.send_made(py, key, version, chosen, message)
    }

    /// Sends a message that is not untouched. What encodes it may run Python.
    fn send_made(
        &self,
        py: Python<'_>,
        key: Key,
        version: u8,
        chosen: u32,
        message: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let Ok(own) = message.getattr(intern!(py, "xid")) else { return Ok(None) };
        let xid = if own.is_truthy()? { own } else { chosen.into_pyobject(py)?.into_any() };
        let keywords = PyDict::new(py);
        keywords.set_item(intern!(py, "xid"), &xid)?;
        let encoded = self.encode.bind(py).call((message, version), Some(&keywords))?;
        let encoded = encoded.cast::<PyBytes>()?;
        let mut inner = locked(&self.inner);
        let Some((output, first)) = inner.streams.output(key) else { return Ok(None) };
        output.extend_from_slice(encoded.as_bytes());
        self.sent(py, inner, key, first)?;
        Ok(Some(xid.unbind()))
    }

    /// Sees to output that was appended: sent at once when it is much, said when it would not be sent otherwise.
    #[inline]
    fn sent(
        &self,
        py: Python<'_>,
        mut inner: MutexGuard<'_, Inner>,
        key: Key,
        first: bool,
    ) -> PyResult<()> {
        if inner.streams.backlog(key) >= FLUSH_FROM {
            inner.streams.flush_one(key);
        }
        let serving = inner.serving;
        drop(inner);
        if first && !serving {
            self.touched.call0(py)?;
        }
        Ok(())
    }
}

/// What a controller sends with: `send` as a method of a native class, the cheapest to be called.
#[pyclass(frozen, subclass, module = "openflow._codec")]
pub(crate) struct SenderBase {
    streams: PyOnceLock<Py<Streams>>,
}

#[pymethods]
impl SenderBase {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self { streams: PyOnceLock::new() }
    }

    /// Send a message to a switch; return its xid, or 0 when it was dropped (`Switch.send`).
    ///
    /// Raises `NotConnected`, `Unsupported` or `EncodeError`; then nothing was sent.
    fn send(
        this: &Bound<'_, Self>,
        dpid: &Bound<'_, PyAny>,
        message: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let py = this.py();
        if let Some(streams) = this.get().streams.get(py) {
            if let Ok(number) = dpid.extract::<u64>() {
                if let Some(xid) = streams.get().send(py, number, message)? {
                    return Ok(xid);
                }
            }
        }
        let arguments = (dpid, message);
        Ok(this.call_method1(intern!(py, "send_with_care"), arguments)?.unbind())
    }

    /// Send through these connections whatever is simple: a message to a switch that is there and reads.
    fn send_by(&self, py: Python<'_>, streams: Py<Streams>) {
        drop(self.streams.set(py, streams));
    }
}

/// Takes back the packet-ins that nobody has kept.
fn recycle(py: Python<'_>, reading: &mut Reading) {
    for event in reading.handed_out.drain(..) {
        #[expect(deprecated, reason = "what is to be used instead is unsafe")]
        let references = event.get_refcnt(py);
        if references == 1 && reading.spare.len() < BATCH {
            reading.spare.push(event);
        }
    }
}

/// Whole messages at the front of the input, up to the next packet-in of this version; all that is left when a length
/// is none.
fn messages(py: Python<'_>, reading: &mut Reading, version: Option<u8>) -> Option<Py<PyBytes>> {
    let mut size = 0;
    let rest = reading.input.rest();
    let mut all = codec::Messages::new(rest);
    loop {
        match all.next() {
            Some(Ok(message)) => {
                let hot = version == Some(message[0]) && message[1] == PACKET_IN;
                if hot && size > 0 && scan(message).is_some() {
                    break;
                }
                size = all.consumed();
            }
            Some(Err(BadLength(_))) => {
                size = rest.len();
                break;
            }
            None => break,
        }
    }
    if size == 0 {
        return None;
    }
    let bytes = PyBytes::new(py, &rest[..size]).unbind();
    reading.input.skip(size);
    Some(bytes)
}

/// One connection: what is written to it, and its end.
#[pyclass(frozen, module = "openflow._codec")]
pub(crate) struct Lane {
    inner: Shared,
    key: Key,
}

#[pymethods]
impl Lane {
    /// Put output behind the other output; nothing is kept for a connection that is closed.
    fn append(&self, data: &[u8]) {
        if let Some((output, _)) = locked(&self.inner).streams.output(self.key) {
            output.extend_from_slice(data);
        }
    }

    /// Send the output as far as the other side takes it; nothing is left to be taken.
    fn take(&self, py: Python<'_>) -> &'static [u8] {
        py.detach(|| locked(&self.inner).streams.flush_one(self.key));
        &[]
    }

    /// Octets that have not been sent.
    #[getter]
    fn queued(&self) -> usize {
        self.backlog()
    }

    /// Octets that have not been sent.
    fn backlog(&self) -> usize {
        locked(&self.inner).streams.backlog(self.key)
    }

    /// Octets of an unfinished message that have come.
    fn unfinished(&self) -> usize {
        locked(&self.inner).streams.kept(self.key)
    }

    /// From now on packet-ins of this version are handed out, and what is sent to `dpid` goes here.
    fn join(&self, dpid: u64, version: u8) {
        let mut inner = locked(&self.inner);
        inner.last = None;
        inner.by_dpid.insert(dpid, self.key);
        let key = self.key;
        if let Some(line) = inner.lines.get_mut(key.index()).and_then(Option::as_mut) {
            if line.key == key {
                line.joined = Some((version, dpid));
            }
        }
    }

    /// Hand out no packet-ins any more, and let nothing be sent by datapath id.
    fn leave(&self) {
        let mut inner = locked(&self.inner);
        inner.last = None;
        let key = self.key;
        let Some(Some(line)) = inner.lines.get_mut(key.index()) else { return };
        if line.key != key {
            return;
        }
        if let Some((_, dpid)) = line.joined.take() {
            if inner.by_dpid.get(&dpid) == Some(&key) {
                inner.by_dpid.remove(&dpid);
            }
        }
    }

    /// Hand out nothing more, and close when the output has been sent.
    fn close(&self, py: Python<'_>) {
        self.forget();
        py.detach(|| locked(&self.inner).streams.close(self.key));
    }

    /// Close at once.
    fn abort(&self) {
        self.forget();
        locked(&self.inner).streams.abort(self.key);
    }
}

impl Lane {
    fn forget(&self) {
        self.leave();
        let mut inner = locked(&self.inner);
        let Some(place) = inner.lines.get_mut(self.key.index()) else { return };
        let line = place.take_if(|line| line.key == self.key);
        drop(inner);
        drop(line);
    }
}
