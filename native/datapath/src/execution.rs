//! One packet on its way through the switch: where it is, and what came of it so far
//! (`ofswitch/datapath/execution.py`).
//!
//! A frame is parsed once, and again only after an edit that `edit::follow` cannot follow, when
//! somebody looks. A frame that stands in an effect, or that somebody else works on, is copied before
//! it is edited; until then outputs, groups and packet-outs all mean the same octets.

use packet::{Field, Packet, parse};

use crate::action_set::ActionSet;
use crate::drops::Loss;
use crate::effects::{Effect, Upcall};
use crate::edit::{EditFault, edit, follow};
use crate::{Action, Datapath, FlowEntry, Worker};

/// How many copies of one packet the buckets of groups may work on, all together.
const MOST_COPIES: u32 = 4096;
/// What a packet-in says of an entry that there is not.
const NO_COOKIE: u64 = u64::MAX;

/// `OFPR_NO_MATCH` (7.4.1).
pub(crate) const NO_MATCH: u8 = 0;
/// `OFPR_ACTION`.
pub(crate) const ACTION: u8 = 1;
/// `OFPR_INVALID_TTL`.
pub(crate) const INVALID_TTL: u8 = 2;

/// The packet must not go on; why is noted in its execution.
#[derive(Debug)]
pub(crate) struct Ended;

/// What is the same for a packet and all that is made of it.
pub(crate) struct Run<'d, 'w> {
    pub(crate) datapath: &'d Datapath,
    pub(crate) worker: &'w mut Worker,
    pub(crate) in_port: u32,
    /// Where the port is that it came from, if it came from one.
    pub(crate) in_place: Option<usize>,
    pub(crate) now: f64,
    copies: u32,
}

/// A packet with its pipeline fields (7.2.3.9) and its action set.
#[derive(Debug)]
pub(crate) struct Execution<'d> {
    /// The frame's place in the worker's arena.
    pub(crate) frame: usize,
    /// Others mean the frame, too: it must stay as it is.
    is_shared: bool,
    packet: Packet,
    is_parsed: bool,
    metadata: u64,
    tunnel_id: u64,
    pub(crate) queue_id: u32,
    pub(crate) table_id: u8,
    pub(crate) entry: Option<&'d FlowEntry>,
    pub(crate) action_set: ActionSet,
    pub(crate) delivered: bool,
    pub(crate) loss: Option<Loss>,
}

impl<'d, 'w> Run<'d, 'w> {
    pub(crate) fn new(
        datapath: &'d Datapath,
        worker: &'w mut Worker,
        in_port: u32,
        now: f64,
    ) -> Self {
        let in_place = datapath.ports.place(in_port);
        Self { datapath, worker, in_port, in_place, now, copies: MOST_COPIES }
    }

    /// How long the frame is.
    #[inline]
    pub(crate) fn octets(&self, execution: &Execution<'_>) -> usize {
        self.worker.frame_ref(execution.frame).len()
    }

    /// The frame taken apart, with the pipeline fields in its key.
    #[inline]
    pub(crate) fn packet<'e>(&self, execution: &'e mut Execution<'_>) -> &'e Packet {
        if !execution.is_parsed {
            let data = self.worker.frame_ref(execution.frame).data();
            execution.packet = parse(data, data.len());
            let key = &mut execution.packet.key;
            key.set(Field::InPort, self.in_port);
            key.set(Field::InPhyPort, self.in_port);
            key.set(Field::Metadata, execution.metadata);
            key.set(Field::TunnelId, execution.tunnel_id);
            execution.is_parsed = true;
        }
        &execution.packet
    }

    /// Copies the packet in its current state, with an empty action set, for a bucket to work on;
    /// `None` for one too many.
    pub(crate) fn copy(&mut self, execution: &mut Execution<'d>) -> Option<Execution<'d>> {
        self.copies = self.copies.checked_sub(1)?;
        Some(Execution {
            metadata: execution.metadata,
            tunnel_id: execution.tunnel_id,
            queue_id: execution.queue_id,
            table_id: execution.table_id,
            entry: execution.entry,
            is_parsed: execution.is_parsed,
            ..execution.branch()
        })
    }

    /// Changes the headers, in a copy of the frame if others mean it.
    pub(crate) fn edit(
        &mut self,
        execution: &mut Execution<'_>,
        action: &Action,
    ) -> Result<(), Ended> {
        self.packet(execution);
        if execution.is_shared {
            execution.frame = self.worker.copy(execution.frame);
            execution.is_shared = false;
        }
        let frame = self.worker.frame_mut(execution.frame);
        match edit(action, frame, &execution.packet) {
            Ok(edited) => {
                execution.is_parsed = follow(action, edited, frame, &mut execution.packet);
                Ok(())
            }
            Err(EditFault::InvalidTtl) => {
                self.reject_ttl(execution);
                Err(Ended)
            }
            Err(EditFault::TooLong) => {
                execution.lose(Loss::FrameTooLong);
                Err(Ended)
            }
        }
    }

    /// Sends the frame as it is now out of the port at a place.
    #[inline]
    pub(crate) fn transmit(&mut self, execution: &mut Execution<'_>, place: usize) {
        self.worker.ports.sent(place, self.octets(execution));
        self.worker.effects.push(Effect::Transmit {
            port_no: self.datapath.ports.at(place).port_no(),
            frame: execution.frame,
            queue_id: execution.queue_id,
        });
        execution.is_shared = true;
        execution.delivered = true;
    }

    /// Sends the frame up because an entry or a packet-out says so.
    pub(crate) fn show_controller(
        &mut self,
        execution: &mut Execution<'_>,
        reason: u8,
        max_len: u16,
    ) {
        self.upcall(execution, reason, Some(max_len), false);
        execution.delivered = true;
    }

    /// Sends the frame up because no entry matched it; it counts as dropped nonetheless.
    #[cold]
    pub(crate) fn report_miss(&mut self, execution: &mut Execution<'_>) {
        execution.entry = None;
        if self.datapath.listens() {
            self.upcall(execution, NO_MATCH, None, true);
        }
    }

    /// Gives the packet up; controllers that want to may see it (5.12, 7.4.1).
    #[cold]
    fn reject_ttl(&mut self, execution: &mut Execution<'_>) {
        execution.lose(Loss::InvalidTtl);
        self.upcall(execution, INVALID_TTL, None, false);
    }

    #[cold]
    fn upcall(&mut self, execution: &Execution<'_>, reason: u8, max_len: Option<u16>, miss: bool) {
        let frame = self.worker.frame_ref(execution.frame);
        let upcall = Upcall {
            data: frame.data().into(),
            offload: frame.offload,
            in_port: self.in_port,
            reason,
            table_id: execution.table_id,
            cookie: execution.entry.map_or(NO_COOKIE, FlowEntry::cookie),
            metadata: execution.metadata,
            tunnel_id: execution.tunnel_id,
            max_len,
            miss,
        };
        self.worker.effects.push(Effect::Upcall(Box::new(upcall)));
    }
}

impl Execution<'_> {
    /// Begins with the frame at a place, which nobody else means yet, and an empty action set.
    #[inline]
    pub(crate) fn new(frame: usize, action_set: ActionSet) -> Self {
        Self {
            frame,
            is_shared: false,
            packet: Packet::default(),
            is_parsed: false,
            metadata: 0,
            tunnel_id: 0,
            queue_id: 0,
            table_id: 0,
            entry: None,
            action_set,
            delivered: false,
            loss: None,
        }
    }

    /// Starts over with the frame as it is now; from here on, both of them mean it.
    pub(crate) fn branch(&mut self) -> Self {
        self.is_shared = true;
        Self {
            is_shared: true,
            packet: self.packet.clone(),
            // The key has this execution's pipeline fields in it.
            is_parsed: self.is_parsed && self.metadata == 0 && self.tunnel_id == 0,
            ..Self::new(self.frame, ActionSet::default())
        }
    }

    /// Counts what came of a branch or a copy for this packet.
    pub(crate) fn join(&mut self, other: &Self) {
        self.delivered |= other.delivered;
        self.loss = other.loss.or(self.loss);
    }

    /// Notes why nothing came of an output.
    #[inline]
    pub(crate) const fn lose(&mut self, loss: Loss) {
        self.loss = Some(loss);
    }

    /// Changes the bits of `mask` in the metadata.
    #[inline]
    pub(crate) fn write_metadata(&mut self, value: u64, mask: u64) {
        self.metadata = self.metadata & !mask | value & mask;
        self.packet.key.set(Field::Metadata, self.metadata);
    }

    /// Changes the tunnel.
    pub(crate) fn set_tunnel_id(&mut self, value: u64) {
        self.tunnel_id = value;
        self.packet.key.set(Field::TunnelId, value);
    }
}
