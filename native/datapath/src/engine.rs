//! The datapath: tables, ports, and the packets between them (`ofswitch/datapath/reference.py`).
//!
//! Threads that let packets through share it by `&self`, each with a [`Worker`] of its own; whoever
//! changes it has it alone. A worker must [`flush`](Datapath::flush) before the datapath can change,
//! so at the end of each batch: its counts name entries and ports as they are now.
//!
//! Whatever frame comes in and whatever the tables say, nothing here panics; what came to nothing is
//! counted under a name (`drops`).

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use packet::Packet;

use crate::batch::BATCH;
use crate::drops::Drops;
use crate::execution::Run;
use crate::normal::LearningSwitch;
use crate::ports::{PortCounts, Ports};
use crate::{
    Action, Applied, BucketSpec, GroupKind, GroupTable, MeterTable, Removed, Tables, WireContext,
    Worker,
};

/// What actions in flow-mods may name, and how many there may be in a list.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActionLimits {
    /// The greatest port number.
    pub max_port: u32,
    /// The longest list.
    pub max_actions: usize,
}

/// A switch without its controller side.
#[derive(Debug)]
pub struct Datapath {
    /// The flow tables.
    pub tables: Tables,
    /// The meters.
    pub meters: MeterTable,
    pub(crate) groups: GroupTable,
    pub(crate) ports: Ports,
    pub(crate) normal: Mutex<LearningSwitch>,
    pub(crate) drops_fragments: bool,
    drops: Drops,
    listens: AtomicBool,
}

impl Datapath {
    /// A switch without ports and entries. `NORMAL` learns up to `max_macs` addresses, and forgets
    /// those that are silent for `mac_age_s` seconds.
    pub fn new(n_tables: u8, max_entries: usize, max_macs: usize, mac_age_s: f64) -> Self {
        Self {
            tables: Tables::new(n_tables, max_entries),
            meters: MeterTable::default(),
            groups: GroupTable::default(),
            ports: Ports::default(),
            normal: Mutex::new(LearningSwitch::new(max_macs, mac_age_s)),
            drops_fragments: false,
            drops: Drops::default(),
            listens: AtomicBool::new(true),
        }
    }

    /// A worker for one more thread.
    pub fn new_worker(&self) -> Worker {
        Worker::default()
    }

    /// Processes a frame of the worker's arena that came in on a port; appends to its effects.
    pub fn receive(&self, worker: &mut Worker, in_port: u32, frame: usize, now: f64) {
        self.receive_batch(worker, in_port, frame..frame + 1, now);
    }

    /// Processes frames of the worker's arena, one after the other, that came in on the same port.
    ///
    /// What comes of them is as if they were received one by one, and it takes less time.
    pub fn receive_batch(&self, worker: &mut Worker, in_port: u32, frames: Range<usize>, now: f64) {
        let mut batch = worker.batch.take().unwrap_or_default();
        let mut run = Run::new(self, worker, in_port, now);
        for first in frames.clone().step_by(BATCH) {
            let count = BATCH.min(frames.end - first);
            batch.process(&mut run, first, count);
        }
        worker.batch = Some(batch);
    }

    /// Does a packet-out's actions with a frame of the worker's arena; appends to its effects.
    ///
    /// The actions, and that the frame may have come from `in_port`, have been checked.
    pub fn inject(
        &self,
        worker: &mut Worker,
        in_port: u32,
        frame: usize,
        actions: &[Action],
        now: f64,
    ) {
        let mut packet = Packet::default();
        let mut run = Run::new(self, worker, in_port, now);
        let mut execution = run.begin(frame, &mut packet, false);
        run.send_as_told(&mut execution, actions);
        run.finish(execution);
    }

    /// Adds what the worker has counted to what all have counted. To be called before anything
    /// changes the datapath.
    pub fn flush(&self, worker: &mut Worker) {
        worker.flows.flush(&self.tables);
        worker.tables.flush(&self.tables);
        self.ports.flush(&mut worker.ports);
        self.drops.add(&mut worker.drops);
    }

    /// Lets time-outs happen that are due; the entries that asked to be told of.
    pub fn advance(&mut self, now: f64) -> Vec<Removed> {
        self.normal_mut().expire(now);
        self.tables.advance(now)
    }

    /// Applies the flow-mods that `bytes` begin with, as many as are beyond doubt (see `wire`).
    pub fn apply_flow_mods(
        &mut self,
        bytes: &[u8],
        version: u8,
        limits: ActionLimits,
        now: f64,
    ) -> Applied {
        let context = WireContext {
            max_port: limits.max_port,
            max_actions: limits.max_actions,
            has_group: &|group_id| self.groups.get(group_id).is_some(),
            has_meter: &|meter_id| self.meters.get(meter_id).is_some(),
        };
        self.tables.apply_flow_mods(bytes, version, &context, now)
    }

    /// Adds a port: its configuration bits (`OFPPC_*`), and whether groups that watch it may use it.
    /// Returns whether its number was free.
    pub fn add_port(&mut self, port_no: u32, config: u32, live: bool) -> bool {
        let is_new = self.ports.add(port_no, config, live);
        self.groups.refresh(&self.ports);
        is_new
    }

    /// Configures a port; whether there is one. After a change that a controller asked for and that
    /// leaves the port down, call [`forget_port`](Self::forget_port), too.
    pub fn set_port(&mut self, port_no: u32, config: u32, live: bool) -> bool {
        let is_there = self.ports.set(port_no, config, live);
        self.groups.refresh(&self.ports);
        is_there
    }

    /// Takes a port out; whether there was one. Flow entries that name it stay.
    pub fn remove_port(&mut self, port_no: u32) -> bool {
        self.forget_port(port_no);
        let was_there = self.ports.remove(port_no);
        self.groups.refresh(&self.ports);
        was_there
    }

    /// The groups.
    pub const fn groups(&self) -> &GroupTable {
        &self.groups
    }

    /// Adds a group or changes it; what it refers to is there, and it makes no loop.
    pub fn put_group(
        &mut self,
        group_id: u32,
        kind: GroupKind,
        buckets: Vec<BucketSpec>,
        now: f64,
    ) {
        self.groups.put(group_id, kind, buckets, &self.ports, now);
    }

    /// Removes a group, or all with [`ALL_GROUPS`](crate::ALL_GROUPS), and the entries that refer to
    /// it; the entries that asked to be told of.
    pub fn remove_group(&mut self, group_id: u32, now: f64) -> Vec<Removed> {
        let gone = self.groups.remove(group_id);
        self.tables.delete_by_group(&gone, now)
    }

    /// Removes a meter, or all with [`ALL_METERS`](crate::ALL_METERS), and the entries that refer to
    /// it; the entries that asked to be told of.
    pub fn remove_meter(&mut self, meter_id: u32, now: f64) -> Vec<Removed> {
        let gone = self.meters.remove(meter_id);
        self.tables.delete_by_meter(&gone, now)
    }

    /// Makes `NORMAL` forget all that lives behind a port.
    pub fn forget_port(&mut self, port_no: u32) {
        self.normal_mut().forget_port(port_no);
    }

    /// The ports.
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// What passed a port.
    pub fn port_counters(&self, port_no: u32) -> Option<PortCounts> {
        self.ports.counts(port_no)
    }

    /// Packets that came to nothing, by the names of the reference; those that are not zero.
    pub fn drops(&self) -> Vec<(&'static str, u64)> {
        self.drops.snapshot().filter(|(_, count)| *count > 0).collect()
    }

    /// Sets whether IP fragments are dropped (`OFPC_FRAG_DROP`).
    pub const fn drop_fragments(&mut self, yes: bool) {
        self.drops_fragments = yes;
    }

    /// Sets whether somebody wants to hear of packets that miss; when nobody does, no upcall is made
    /// of them. Until this is called, somebody does. Table-miss entries are not concerned.
    pub fn set_listens(&self, yes: bool) {
        self.listens.store(yes, Relaxed);
    }

    /// Whether somebody wants to hear of packets that miss.
    pub fn listens(&self) -> bool {
        self.listens.load(Relaxed)
    }

    /// How many addresses `NORMAL` knows.
    pub fn known_addresses(&self) -> usize {
        self.normal.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// What `NORMAL` knows: VLAN, address, port and when it was heard of, silent for longest first.
    pub fn stations(&self) -> Vec<(u64, u64, u32, f64)> {
        self.normal.lock().unwrap_or_else(PoisonError::into_inner).stations().collect()
    }

    fn normal_mut(&mut self) -> &mut LearningSwitch {
        self.normal.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}
