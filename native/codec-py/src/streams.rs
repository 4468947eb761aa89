//! The controller's connections on Python's types (`controller/lanes.py`).
//!
//! `Streams.take` gives what comes next, connection by connection: a list of packet-ins of a switch that has joined,
//! or whole messages as bytes for the ordinary way (`openflow.connection`), in the order in which they came. Packet-ins
//! that nobody has kept are used again: in the end a callback that looks at two fields pays for two fields.
//!
//! When many connections have sent little, one call takes from all of them, and the next one sends all that was
//! answered: the interpreter is left once, and whoever waits for the answers is woken once.
//!
//! No lock is held while Python runs: not while objects are made or let go, nor while the interpreter is waited for.

use std::collections::HashMap;
use std::os::fd::RawFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codec::BadLength;
use ports::duplicate;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList, PyType};
use streams::{End, Input, Key, Turn};

use crate::lane::Lane;
use crate::packet_in::{PacketInBase, Plan};

/// Versions are numbered from 1.
const VERSIONS: usize = 7;

/// Packet-ins that are handed out at once: as many as stay in the processor's cache.
const BATCH: usize = 128;

/// What `take` hands out, as the second of three.
const PACKET_INS: u8 = 0;
const BYTES: u8 = 1;
const DRAINED: u8 = 2;
const END: u8 = 3;

/// What is known of one connection.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) key: Key,
    owner: Py<PyAny>,
    /// The version that is spoken and the datapath id, once the switch has joined.
    pub(crate) joined: Option<(u8, u64)>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) streams: streams::Streams,
    pub(crate) lines: Vec<Option<Line>>,
    pub(crate) by_dpid: HashMap<u64, Key>,
    /// Whom `send` found last.
    pub(crate) last: Option<(u64, Key, u8)>,
    pub(crate) xid: u32,
    /// The class of an untouched message that was sent: most are of the same one.
    pub(crate) untouched: Option<Py<PyType>>,
    /// Between two calls of `take`, which sends all output.
    pub(crate) serving: bool,
}

impl Inner {
    fn line(&self, key: Key) -> Option<&Line> {
        self.lines.get(key.index())?.as_ref().filter(|line| line.key == key)
    }

    fn owner(&self, py: Python<'_>, key: Key) -> Option<Py<PyAny>> {
        self.line(key).map(|line| line.owner.clone_ref(py))
    }

    #[inline]
    pub(crate) fn find(&mut self, dpid: u64) -> Option<(Key, u8)> {
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
    /// Packet-ins that were handed out, to be used again if nobody else has them.
    handed_out: Vec<Py<PacketInBase>>,
    spare: Vec<Py<PacketInBase>>,
}

pub(crate) type Shared = Arc<Mutex<Inner>>;

pub(crate) fn locked(inner: &Shared) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Connections behind one descriptor.
#[pyclass(frozen, module = "openflow._codec")]
pub(crate) struct Streams {
    pub(crate) inner: Shared,
    reading: Mutex<Option<Box<Reading>>>,
    fd: RawFd,
    /// Makes an `openflow.PacketIn` without filling it.
    make: Py<PyAny>,
    packet_in: Py<PyAny>,
    /// Says how a version's packet-ins are read, and what it has said.
    make_plan: Py<PyAny>,
    plans: [PyOnceLock<Option<Arc<Plan>>>; VERSIONS],
    /// To be called when output waits that `take` does not know of.
    pub(crate) touched: Py<PyAny>,
}

/// What comes next: whose it is, what kind of thing, and the thing.
type Taken = (Py<PyAny>, u8, Py<PyAny>);

/// A connection that has something to be handed out: its owner, the version and how its packet-ins are read.
struct Front {
    key: Key,
    owner: Py<PyAny>,
    plan: Option<Arc<Plan>>,
}

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
            make_plan: py.import("openflow.packet_in_plan")?.getattr("packet_in_plan")?.unbind(),
            plans: [const { PyOnceLock::new() }; VERSIONS],
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
        Ok(Lane::new(Arc::clone(&self.inner), key))
    }

    /// Take what comes next, a list of `(owner, kind, value)`; None when it is the event loop's turn. Sends all output
    /// when what the connections have sent is at its end.
    ///
    /// Kinds: 0, a list of packet-ins; 1, whole messages; 2, most of what waited to be sent has been sent; 3, the
    /// connection is at its end (None for closed by the other side, else what is wrong with it). A list has a connection
    /// once; one that has anything but packet-ins is the last of its list.
    fn take(&self, py: Python<'_>) -> PyResult<Option<Vec<Taken>>> {
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

    fn take_from(&self, py: Python<'_>, reading: &mut Reading) -> PyResult<Option<Vec<Taken>>> {
        recycle(py, reading);
        loop {
            let taken = self.hand_out(py, reading)?;
            if !taken.is_empty() {
                return Ok(Some(taken));
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
                Some(Turn::Input) => continue,
                Some(Turn::Drained(key)) => (key, DRAINED, py.None()),
                Some(Turn::End(key, End::Closed)) => (key, END, py.None()),
                Some(Turn::End(key, End::Broken(error))) => {
                    (key, END, error.to_string().into_pyobject(py)?.into_any().unbind())
                }
            };
            let owner = locked(&self.inner).owner(py, key);
            if let Some(owner) = owner {
                return Ok(Some(vec![(owner, kind, value)]));
            }
        }
    }

    /// Hands out what stands at the front of the input: packet-ins of one connection after the other, up to `BATCH` or
    /// the first other message. Nothing when there is no whole message left.
    fn hand_out(&self, py: Python<'_>, reading: &mut Reading) -> PyResult<Vec<Taken>> {
        let mut taken = Vec::new();
        while let Some(Front { key, owner, plan }) = self.front(py, reading)? {
            if let Some(plan) = &plan {
                let before = reading.handed_out.len();
                self.packet_ins(py, reading, plan)?;
                let events = &reading.handed_out[before..];
                if !events.is_empty() {
                    let list = PyList::new(py, events)?.into_any().unbind();
                    taken.push((owner.clone_ref(py), PACKET_INS, list));
                }
                if reading.handed_out.len() == BATCH {
                    break;
                }
            }
            if let Some(bytes) = messages(py, reading, plan.as_deref()) {
                // What it says may change what is done with whatever comes behind it.
                taken.push((owner, BYTES, bytes.into_any()));
                break;
            }
            let rest = reading.input.rest();
            if !rest.is_empty() {
                locked(&self.inner).streams.keep(key, rest);
            }
            reading.input.next();
        }
        Ok(taken)
    }

    /// The connection at the front of the input. Those that were closed since they were read are left out.
    fn front(&self, py: Python<'_>, reading: &mut Reading) -> PyResult<Option<Front>> {
        while let Some(key) = reading.input.from() {
            let inner = locked(&self.inner);
            let line = inner.line(key).filter(|_| inner.streams.is_open(key));
            let Some((owner, joined)) = line.map(|line| (line.owner.clone_ref(py), line.joined))
            else {
                drop(inner);
                reading.input.next();
                continue;
            };
            drop(inner);
            let plan = match joined {
                Some((version, _)) => self.plan(py, version)?,
                None => None,
            };
            return Ok(Some(Front { key, owner, plan }));
        }
        Ok(None)
    }

    /// How a version's packet-ins are read, if they can be handed out.
    fn plan(&self, py: Python<'_>, version: u8) -> PyResult<Option<Arc<Plan>>> {
        let Some(place) = self.plans.get(usize::from(version)) else { return Ok(None) };
        let make = || -> PyResult<Option<Arc<Plan>>> {
            let made = self.make_plan.bind(py).call1((version,))?;
            if made.is_none() {
                return Ok(None);
            }
            Ok(Plan::new(version, &made)?.map(Arc::new))
        };
        Ok(place.get_or_try_init(py, make)?.clone())
    }

    /// Makes the usual packet-ins at the front of the input, up to `BATCH` that are handed out.
    fn packet_ins(&self, py: Python<'_>, reading: &mut Reading, plan: &Plan) -> PyResult<()> {
        while reading.handed_out.len() < BATCH {
            let Ok(Some(message)) = reading.input.front() else { break };
            let Some(fields) = plan.scan(message) else { break };
            let event = match reading.spare.pop() {
                Some(event) => event,
                None => self.make.bind(py).call1((&self.packet_in,))?.cast_into()?.unbind(),
            };
            event.get().fill(&fields, message);
            let length = message.len();
            reading.handed_out.push(event);
            reading.input.skip(length);
        }
        Ok(())
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

/// Whole messages at the front of the input, up to the next usual packet-in; all that is left when a length is none.
fn messages(py: Python<'_>, reading: &mut Reading, plan: Option<&Plan>) -> Option<Py<PyBytes>> {
    let mut size = 0;
    let rest = reading.input.rest();
    let mut all = codec::Messages::new(rest);
    loop {
        match all.next() {
            Some(Ok(message)) => {
                if size > 0 && plan.is_some_and(|plan| plan.scan(message).is_some()) {
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
