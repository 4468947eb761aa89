//! The engine on Python's types: the caller's thread does everything, under the engine's lock.
//!
//! Forwarding threads share the datapath. They hold its lock for a batch at most and never want the
//! interpreter, so waiting for them with the interpreter locked is short and cannot lock up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use datapath::{ActionLimits, Bucket, Datapath, GroupKind, Meter, Worker, decode_actions};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyList;

use crate::effects::{self, OffloadFields};
use crate::flows::{self, Change, Entry, Filter, Gone, told};
use crate::groups::{self, BandFields, BucketFields};
use crate::threads::Threads;

/// Packets and octets.
type Counts = (u64, u64);

/// How many frames' memory is kept from call to call; few packets are copied more often.
const FRAMES_KEPT: usize = 16;

/// `OFPPC_PORT_DOWN`.
const PORT_DOWN: u32 = 1;

/// A packet engine.
#[pyclass(frozen, subclass)]
pub(crate) struct Engine {
    datapath: Arc<RwLock<Datapath>>,
    worker: Mutex<Worker>,
    limits: Mutex<ActionLimits>,
}

impl Engine {
    fn read(&self) -> RwLockReadGuard<'_, Datapath> {
        self.datapath.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Datapath> {
        self.datapath.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn worker(&self) -> MutexGuard<'_, Worker> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limits(&self) -> ActionLimits {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one frame through, and returns what came of it.
    fn process<'py>(
        &self,
        py: Python<'py>,
        data: &[u8],
        offload: Option<OffloadFields>,
        process: impl FnOnce(&Datapath, &mut Worker, usize),
    ) -> PyResult<Bound<'py, PyList>> {
        let mut worker = self.worker();
        worker.reset();
        let frame = worker.frame();
        worker.frame_mut(frame).set(data, offload.map(effects::offload));
        let datapath = self.read();
        process(&datapath, &mut worker, frame);
        datapath.flush(&mut worker);
        drop(datapath);
        let found = PyList::empty(py);
        for effect in &worker.effects {
            found.append(effects::to_python(py, effect, &worker)?)?;
        }
        if worker.frames_mut().len() > FRAMES_KEPT {
            *worker = Worker::default();
        }
        Ok(found)
    }
}

#[pymethods]
impl Engine {
    #[new]
    fn new(n_tables: u8, max_entries: usize, max_macs: usize, mac_age_s: f64) -> Self {
        let datapath = Datapath::new(n_tables, max_entries, max_macs, mac_age_s);
        let worker = Mutex::new(datapath.new_worker());
        Self { datapath: Arc::new(RwLock::new(datapath)), worker, limits: Mutex::default() }
    }

    // --- packets ---------------------------------------------------------------------------------

    /// Process a frame that came in on a port.
    #[pyo3(signature = (in_port, data, offload, now))]
    fn receive<'py>(
        &self,
        py: Python<'py>,
        in_port: u32,
        data: &[u8],
        offload: Option<OffloadFields>,
        now: f64,
    ) -> PyResult<Bound<'py, PyList>> {
        self.process(py, data, offload, |datapath, worker, frame| {
            datapath.receive(worker, in_port, frame, now);
        })
    }

    /// Do a packet-out's actions.
    #[pyo3(signature = (in_port, data, offload, actions, now))]
    fn inject<'py>(
        &self,
        py: Python<'py>,
        in_port: u32,
        data: &[u8],
        offload: Option<OffloadFields>,
        actions: &[u8],
        now: f64,
    ) -> PyResult<Bound<'py, PyList>> {
        let actions = decode_actions(actions)
            .ok_or_else(|| PyValueError::new_err("octets that are no actions"))?;
        self.process(py, data, offload, |datapath, worker, frame| {
            datapath.inject(worker, in_port, frame, &actions, now);
        })
    }

    // --- flow tables -----------------------------------------------------------------------------

    /// Carry a checked flow-mod out; the entries that are gone by it and asked to tell.
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn apply(&self, change: Change, now: f64) -> PyResult<Vec<Gone>> {
        change.apply(&mut self.write().tables, now)
    }

    /// Apply the flow-mods at the front of what a controller sent; how many octets they were, and
    /// the entries that are gone by them and asked to tell.
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn apply_encoded(
        &self,
        py: Python<'_>,
        data: PyBackedBytes,
        version: u8,
        now: f64,
    ) -> (usize, Vec<Gone>) {
        let applied = py.detach(|| {
            let limits = self.limits();
            self.write().apply_flow_mods(&data, version, limits, now)
        });
        (applied.consumed, told(&applied.removed))
    }

    /// The most that actions in flow-mods may name and number.
    fn set_limits(&self, max_port: u32, max_actions: usize) {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner) =
            ActionLimits { max_port, max_actions };
    }

    /// The entries that a request means, in order.
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn entries(&self, wanted: Filter) -> PyResult<Vec<Entry>> {
        let datapath = self.read();
        Ok(wanted.select(&datapath.tables)?.into_iter().map(Entry::from).collect())
    }

    /// The entry of a table that a packet with this key meets, if there is one; nothing is counted.
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn find(&self, table_id: u8, key: Vec<(u8, u128)>) -> PyResult<Option<Entry>> {
        let key = flows::key(&key)?;
        let datapath = self.read();
        let table = datapath.tables.table(table_id);
        let found = table.and_then(|table| table.classifier().lookup(&key));
        Ok(found.map(|number| Entry::from(datapath.tables.entry(number))))
    }

    /// Packets and octets of the entries that a request means, and how many these are.
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn totals(&self, wanted: Filter) -> PyResult<(u64, u64, usize)> {
        let datapath = self.read();
        Ok(flows::totals(&wanted.select(&datapath.tables)?))
    }

    /// How many entries a table has, how many packets were looked up, how many found.
    fn table(&self, table_id: u8) -> PyResult<(usize, u64, u64)> {
        let datapath = self.read();
        let table = datapath
            .tables
            .table(table_id)
            .ok_or_else(|| PyValueError::new_err(format!("there is no table {table_id}")))?;
        Ok((table.len(), table.lookup_count(), table.matched_count()))
    }

    /// How many entries of a table refer to each group.
    fn group_references(&self, table_id: u8) -> HashMap<u32, usize> {
        flows::references(&self.read().tables, table_id, flows::groups)
    }

    /// How many entries of a table refer to each meter.
    fn meter_references(&self, table_id: u8) -> HashMap<u32, usize> {
        flows::references(&self.read().tables, table_id, flows::meters)
    }

    /// Remove the entries whose time is over; those that asked to tell.
    fn advance(&self, now: f64) -> Vec<Gone> {
        told(&self.write().advance(now))
    }

    /// When to call `advance` next, at the latest.
    fn next_deadline(&self) -> Option<f64> {
        self.read().tables.next_deadline()
    }

    // --- groups and meters -----------------------------------------------------------------------

    /// Add a group or change it: its type, its buckets.
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn put_group(
        &self,
        group_id: u32,
        kind: u8,
        buckets: Vec<BucketFields>,
        now: f64,
    ) -> PyResult<()> {
        let kind = GroupKind::from_number(kind)
            .ok_or_else(|| PyValueError::new_err(format!("no group is of type {kind}")))?;
        let buckets = buckets.iter().map(groups::bucket).collect::<PyResult<_>>()?;
        self.write().put_group(group_id, kind, buckets, now);
        Ok(())
    }

    /// Remove a group, or all, and the entries that refer to it; those that asked to tell.
    fn remove_group(&self, group_id: u32, now: f64) -> Vec<Gone> {
        told(&self.write().remove_group(group_id, now))
    }

    /// What a group has counted, and each of its buckets: packets and octets.
    fn group_counts(&self, group_id: u32) -> PyResult<(Counts, Vec<Counts>)> {
        let datapath = self.read();
        let group = datapath
            .groups()
            .get(group_id)
            .ok_or_else(|| PyValueError::new_err(format!("there is no group {group_id}")))?;
        Ok((group.counts(), group.buckets().iter().map(Bucket::counts).collect()))
    }

    /// Add a meter or change it: its flags, its bands.
    #[expect(clippy::needless_pass_by_value, reason = "arguments from Python are owned")]
    fn put_meter(&self, meter_id: u32, flags: u16, bands: Vec<BandFields>, now: f64) {
        let bands: Vec<_> = bands.iter().map(groups::band).collect();
        self.write().meters.put(meter_id, flags, &bands, now);
    }

    /// Remove a meter, or all, and the entries that refer to it; those that asked to tell.
    fn remove_meter(&self, meter_id: u32, now: f64) -> Vec<Gone> {
        told(&self.write().remove_meter(meter_id, now))
    }

    /// What a meter has counted, and each of its bands: packets and octets.
    fn meter_counts(&self, meter_id: u32) -> PyResult<(Counts, Vec<Counts>)> {
        let datapath = self.read();
        let meter = datapath
            .meters
            .get(meter_id)
            .ok_or_else(|| PyValueError::new_err(format!("there is no meter {meter_id}")))?;
        Ok((meter.counts(), meter.band_counts()))
    }

    /// What is left in the buckets of a meter's bands, and as of when.
    fn meter_tokens(&self, meter_id: u32) -> Vec<(f64, f64)> {
        self.read().meters.get(meter_id).map(Meter::tokens).unwrap_or_default()
    }

    /// What `NORMAL` knows: VLAN, address, port and when it was heard of, silent for longest first.
    fn stations(&self) -> Vec<(u64, u64, u32, f64)> {
        self.read().stations()
    }

    // --- ports, configuration, counters ----------------------------------------------------------

    fn add_port(&self, port_no: u32, config: u32, live: bool) {
        self.write().add_port(port_no, config, live);
    }

    fn set_port(&self, port_no: u32, config: u32, live: bool) {
        self.write().set_port(port_no, config, live);
    }

    /// Take over what a controller set a port to.
    fn configure_port(&self, port_no: u32, config: u32, live: bool) {
        let mut datapath = self.write();
        datapath.set_port(port_no, config, live);
        if config & PORT_DOWN != 0 {
            datapath.forget_port(port_no);
        }
    }

    fn remove_port(&self, port_no: u32) {
        self.write().remove_port(port_no);
    }

    /// Packets and octets received, packets and octets sent, packets received and dropped.
    fn port_counters(&self, port_no: u32) -> Option<(u64, u64, u64, u64, u64)> {
        let counts = self.read().port_counters(port_no)?;
        let (rx, tx) = ((counts.rx_packets, counts.rx_bytes), (counts.tx_packets, counts.tx_bytes));
        Some((rx.0, rx.1, tx.0, tx.1, counts.rx_dropped))
    }

    /// Start threads that move frames from port to port.
    fn forward(&self, threads: usize, busy_poll: bool) -> PyResult<Threads> {
        Threads::start(Arc::clone(&self.datapath), threads, busy_poll)
    }

    /// Whether anybody wants to hear of packets that miss.
    fn set_listens(&self, yes: bool) {
        self.read().set_listens(yes);
    }

    /// Whether IP fragments are dropped.
    fn drop_fragments(&self, yes: bool) {
        self.write().drop_fragments(yes);
    }

    /// Packets that came to nothing, by name; those that are not zero.
    fn drops(&self) -> Vec<(&'static str, u64)> {
        self.read().drops()
    }
}
