//! One packet on its way through the switch: where it is, and what came of it so far
//! (`ofswitch/datapath/execution.py`).
//!
//! A frame is parsed once, and again only after an edit that `edit::follow` cannot follow, when
//! somebody looks. A frame that stands in an effect, or that somebody else works on, is copied before
//! it is edited; until then outputs, groups and packet-outs all mean the same octets.

use packet::{Field, Packet, parse_into};

use crate::action_set::ActionSet;
use crate::drops::Loss;
use crate::edit::{EditFault, edit, follow};
use crate::effects::{Effect, Upcall};
use crate::{Action, Datapath, FlowEntry, Worker};

/// How many copies of one packet the buckets of groups may work on, all together.
pub(crate) const MOST_COPIES: u32 = 4096;
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
    /// How many copies may still be made of the packet.
    pub(crate) copies: u32,
}

/// A packet with its pipeline fields (7.2.3.9) and its action set.
#[derive(Debug)]
pub(crate) struct Execution<'p> {
    /// The frame's place in the worker's arena.
    pub(crate) frame: usize,
    /// Others mean the frame, too: it must stay as it is.
    is_shared: bool,
    packet: &'p mut Packet,
    is_parsed: bool,
    metadata: u64,
    tunnel_id: u64,
    pub(crate) queue_id: u32,
    pub(crate) table_id: u8,
    /// The number of the entry that it met last.
    pub(crate) entry: Option<u32>,
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

    /// The entry that the packet met last.
    pub(crate) fn entry(&self, execution: &Execution<'_>) -> Option<&'d FlowEntry> {
        execution.entry.map(|number| self.datapath.tables.entry(number))
    }

    /// Takes the frame at a place apart, for a packet without metadata and tunnel.
    #[inline]
    pub(crate) fn parse(&self, frame: usize, packet: &mut Packet) {
        let data = self.worker.frame_ref(frame).data();
        parse_into(data, data.len(), packet);
        let key = &mut packet.key;
        key.set(Field::InPort, self.in_port);
        key.set(Field::InPhyPort, self.in_port);
        key.set(Field::Metadata, 0_u64);
        key.set(Field::TunnelId, 0_u64);
    }

    /// The frame taken apart, with the pipeline fields in its key.
    #[inline]
    pub(crate) fn packet<'e>(&self, execution: &'e mut Execution<'_>) -> &'e Packet {
        if !execution.is_parsed {
            self.parse(execution.frame, execution.packet);
            execution.packet.key.set(Field::Metadata, execution.metadata);
            execution.packet.key.set(Field::TunnelId, execution.tunnel_id);
            execution.is_parsed = true;
        }
        execution.packet
    }

    /// Copies the packet in its current state, with an empty action set, for a bucket to work on;
    /// `None` for one too many.
    pub(crate) fn copy<'c>(
        &mut self,
        execution: &mut Execution<'_>,
        packet: &'c mut Packet,
    ) -> Option<Execution<'c>> {
        self.copies = self.copies.checked_sub(1)?;
        let mut copy = execution.branch(packet);
        copy.is_parsed = execution.is_parsed;
        (copy.metadata, copy.tunnel_id) = (execution.metadata, execution.tunnel_id);
        copy.queue_id = execution.queue_id;
        (copy.table_id, copy.entry) = (execution.table_id, execution.entry);
        Some(copy)
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
        match edit(action, frame, execution.packet) {
            Ok(edited) => {
                execution.is_parsed = follow(action, edited, frame, execution.packet);
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
            cookie: self.entry(execution).map_or(NO_COOKIE, FlowEntry::cookie),
            metadata: execution.metadata,
            tunnel_id: execution.tunnel_id,
            max_len,
            miss,
        };
        self.worker.effects.push(Effect::Upcall(Box::new(upcall)));
    }
}

impl<'p> Execution<'p> {
    /// Begins with the frame at a place, which nobody else means yet. `packet` is where it is taken
    /// apart, unless that `is_parsed` already.
    #[inline]
    pub(crate) const fn new(
        frame: usize,
        packet: &'p mut Packet,
        is_parsed: bool,
        action_set: ActionSet,
    ) -> Self {
        Self {
            frame,
            is_shared: false,
            packet,
            is_parsed,
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
    pub(crate) fn branch<'b>(&mut self, packet: &'b mut Packet) -> Execution<'b> {
        packet.clone_from(self.packet);
        // The key has this execution's pipeline fields in it.
        let is_parsed = self.is_parsed && self.metadata == 0 && self.tunnel_id == 0;
        let mut branch = Execution::new(self.frame, packet, is_parsed, ActionSet::default());
        (self.is_shared, branch.is_shared) = (true, true);
        branch
    }

    /// Counts what came of a branch or a copy for this packet.
    pub(crate) fn join(&mut self, other: &Execution<'_>) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rig::{Rig, datagram, ethernet, exact, output, sent, upcall};
    use crate::{FlowMatch, Instruction};

    #[test]
    fn a_frame_that_was_sent_stays_as_it_was() {
        let mut rig = Rig::new();
        rig.all(&[output(2), Action::PushVlan(0x8100), output(3), Action::DecNwTtl, output(4)]);
        let seen = rig.receive(1, &datagram(64));
        let frames: Vec<_> = seen.iter().filter_map(sent).map(|(_, data)| data).collect();
        assert_eq!(frames.iter().map(|data| data.len()).collect::<Vec<_>>(), [60, 64, 64]);
        assert_eq!([frames[0][22], frames[1][26], frames[2][26]], [64, 64, 63]);
    }

    #[test]
    fn later_tables_see_what_was_edited() {
        let mut rig = Rig::new();
        let edits = [Action::SetField(Field::EthDst, 5), Action::SetField(Field::TunnelId, 6)];
        let edit = Instruction::ApplyActions(edits.into());
        rig.flow(0, &FlowMatch::default(), &[edit, Instruction::GotoTable(1)]);
        let push = Instruction::ApplyActions([Action::PushMpls(0x8847)].into());
        let edited = exact(&[(Field::EthDst, 5), (Field::TunnelId, 6)]);
        rig.flow(1, &edited, &[push, Instruction::GotoTable(2)]);
        let pushed = exact(&[(Field::EthType, 0x8847), (Field::TunnelId, 6)]);
        rig.flow(2, &pushed, &[Instruction::ApplyActions([output(2)].into())]);
        assert_eq!(rig.ports_for(1, &datagram(64)), [2]);
    }

    #[test]
    fn an_upcall_has_the_pipeline_fields_and_the_frame_as_it_was_then() {
        let mut rig = Rig::new();
        let metadata = Instruction::WriteMetadata { value: 7, mask: u64::MAX };
        rig.flow(0, &FlowMatch::default(), &[metadata, Instruction::GotoTable(1)]);
        let actions = [output(crate::ports::CONTROLLER), Action::SetField(Field::EthDst, 5)];
        let metered = exact(&[(Field::Metadata, 7)]);
        rig.flow(1, &metered, &[Instruction::ApplyActions(actions.into())]);
        let seen = rig.receive(3, &ethernet(2, 1));
        let shown = upcall(&seen[0]).expect("an upcall");
        assert_eq!((shown.in_port, shown.table_id, shown.metadata), (3, 1, 7));
        assert_eq!((shown.reason, shown.max_len, shown.cookie), (ACTION, Some(99), 0xc0));
        assert_eq!(shown.data[..], ethernet(2, 1));
    }
}
