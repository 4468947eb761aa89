//! The way of a packet through the flow tables (`OpenFlow` 1.3.5, 5.1 and figure 3), and what each
//! action does (5.12); `ofswitch/datapath/pipeline.py` and `actions.py`.

use packet::{Field, FlowKey, Packet};

use crate::drops::Loss;
use crate::execution::{Ended, Execution, Run};
use crate::ports::TABLE;
use crate::{Action, BandKind, Instruction, Program, raised_dscp};

/// Where the actions come from, and so what output to `TABLE` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A flow entry or a group.
    Switch,
    /// A packet-out: output to `TABLE` starts the pipeline (7.3.7).
    PacketOut,
}

impl Run<'_, '_> {
    /// Takes a packet through the tables from the first one on, then does its action set.
    pub(crate) fn process(&mut self, execution: &mut Execution<'_>) {
        let key = &self.packet(execution).key;
        let found = self.look_up(0, key);
        self.go_on(execution, found);
    }

    /// The number of the entry of a table that a packet meets.
    #[inline]
    pub(crate) fn look_up(&mut self, table_id: u8, key: &FlowKey) -> Option<u32> {
        let table = self.datapath.tables.table(table_id)?;
        let found = self.worker.cache.lookup(table_id, table.classifier(), key);
        self.worker.tables.count(table_id, found.is_some());
        found
    }

    /// Goes on with what a packet met in the first table.
    #[inline]
    pub(crate) fn go_on(&mut self, execution: &mut Execution<'_>, found: Option<u32>) {
        // A packet that ended has noted why.
        let _ = self.walk(execution, found);
    }

    /// Does a packet-out's actions.
    pub(crate) fn send_as_told(&mut self, execution: &mut Execution<'_>, actions: &[Action]) {
        for action in actions {
            if self.perform(execution, action, Origin::PacketOut).is_err() {
                return;
            }
        }
    }

    #[inline]
    fn walk(&mut self, execution: &mut Execution<'_>, mut found: Option<u32>) -> Result<(), Ended> {
        let tables = &self.datapath.tables;
        loop {
            let Some(number) = found else {
                self.miss(execution);
                return Ok(());
            };
            let octets = self.octets(execution);
            self.worker.flows.count(tables, number, octets, self.now);
            execution.entry = Some(number);
            match self.execute(execution, tables.entry(number).program())? {
                // Programs are checked; should one lead back all the same, no thread hangs.
                Some(table_id) if table_id > execution.table_id => {
                    execution.table_id = table_id;
                    let key = &self.packet(execution).key;
                    found = self.look_up(table_id, key);
                }
                _ => return self.perform_set(execution),
            }
        }
    }

    /// Executes an entry's instructions; the table to go on with, if any.
    #[inline]
    fn execute(
        &mut self,
        execution: &mut Execution<'_>,
        program: &Program,
    ) -> Result<Option<u8>, Ended> {
        if program.instructions().is_empty() {
            execution.lose(Loss::DropEntry);
        }
        let mut next = None;
        for instruction in program.instructions() {
            match instruction {
                Instruction::ApplyActions(actions) => {
                    for action in actions {
                        self.perform(execution, action, Origin::Switch)?;
                    }
                }
                Instruction::GotoTable(table_id) => next = Some(*table_id),
                Instruction::WriteActions(actions) => execution.action_set.write(actions),
                Instruction::ClearActions => execution.action_set.clear(),
                Instruction::WriteMetadata { value, mask } => {
                    execution.write_metadata(*value, *mask);
                }
                Instruction::Meter(meter_id) => self.pass_meter(execution, *meter_id)?,
            }
        }
        Ok(next)
    }

    /// Drops the packet (5.4); before 1.3, a miss goes to the controller.
    #[cold]
    fn miss(&mut self, execution: &mut Execution<'_>) {
        execution.lose(Loss::TableMiss);
        if !self.misses_are_muted() {
            self.report_miss(execution);
        }
    }

    #[inline]
    fn perform_set(&mut self, execution: &mut Execution<'_>) -> Result<(), Ended> {
        if execution.action_set.is_empty() {
            return Ok(());
        }
        let action_set = std::mem::take(&mut execution.action_set);
        let outcome = action_set
            .in_order()
            .try_for_each(|action| self.perform(execution, action, Origin::Switch));
        execution.action_set = action_set;
        outcome
    }

    #[inline]
    fn perform(
        &mut self,
        execution: &mut Execution<'_>,
        action: &Action,
        origin: Origin,
    ) -> Result<(), Ended> {
        match *action {
            Action::Output { port_no: TABLE, .. } if origin == Origin::PacketOut => {
                self.submit(execution);
            }
            Action::Output { port_no, max_len } => self.send(execution, port_no, max_len),
            Action::Enqueue { port_no, queue_id } => {
                let before = std::mem::replace(&mut execution.queue_id, queue_id);
                self.send(execution, port_no, 0);
                execution.queue_id = before;
            }
            Action::SetQueue(queue_id) => execution.queue_id = queue_id,
            Action::Group(group_id) => self.process_by_group(execution, group_id),
            Action::SetField(Field::Metadata, value) => {
                execution.write_metadata(low_half(value), u64::MAX);
            }
            Action::SetField(Field::TunnelId, value) => execution.set_tunnel_id(low_half(value)),
            _ => self.edit(execution, action)?,
        }
        Ok(())
    }

    /// Takes a packet-out through the tables, as if it had just come in.
    fn submit(&mut self, execution: &mut Execution<'_>) {
        let mut packet = Packet::default();
        let mut branch = execution.branch(&mut packet);
        self.process(&mut branch);
        execution.join(&branch);
    }

    /// Each bucket works on its own copy of the packet (5.6.1).
    fn process_by_group(&mut self, execution: &mut Execution<'_>, group_id: u32) {
        let Some(group) = self.datapath.groups.get(group_id) else { return };
        let frame = self.worker.frame_ref(execution.frame);
        let octets = frame.len() as u64;
        let mut buckets = group.process(frame.data(), self.packet(execution)).peekable();
        if buckets.peek().is_none() {
            execution.lose(Loss::GroupNoLiveBucket);
        }
        let mut packet = Packet::default();
        for bucket in buckets {
            let Some(mut copy) = self.copy(execution, &mut packet) else {
                execution.lose(Loss::GroupTooManyCopies);
                continue;
            };
            bucket.count(octets);
            let _ = bucket
                .actions()
                .iter()
                .try_for_each(|action| self.perform(&mut copy, action, Origin::Switch));
            execution.join(&copy);
        }
    }

    /// Drops or remarks what is above the meter's rates (5.7).
    fn pass_meter(&mut self, execution: &mut Execution<'_>, meter_id: u32) -> Result<(), Ended> {
        let Some(meter) = self.datapath.meters.get(meter_id) else { return Ok(()) };
        let octets = u32::try_from(self.octets(execution)).unwrap_or(u32::MAX);
        match meter.measure(octets, self.now) {
            None => Ok(()),
            Some(BandKind::Drop) => {
                execution.lose(Loss::Meter);
                Err(Ended)
            }
            Some(BandKind::DscpRemark(prec_level)) => self.remark(execution, prec_level),
        }
    }

    /// Raises the drop precedence of an IP packet.
    fn remark(&mut self, execution: &mut Execution<'_>, prec_level: u8) -> Result<(), Ended> {
        let dscp = self.packet(execution).key.get(Field::IpDscp);
        let Some(dscp) = dscp.and_then(|dscp| u8::try_from(dscp).ok()) else { return Ok(()) };
        let raised = raised_dscp(dscp, prec_level).into();
        self.edit(execution, &Action::SetField(Field::IpDscp, raised))
    }
}

/// The value of a pipeline field, which has 64 bits.
#[expect(clippy::cast_possible_truncation, reason = "programs are checked when they are decoded")]
const fn low_half(value: u128) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rig::{Rig, Seen, datagram, ethernet, exact, output, sent, upcall};
    use crate::{BandSpec, BucketSpec, FlowMatch, GroupKind};

    const ANY: u32 = u32::MAX;
    const DEC_TTL: Action = Action::DecNwTtl;

    fn apply(actions: &[Action]) -> Instruction {
        Instruction::ApplyActions(actions.into())
    }

    fn write(actions: &[Action]) -> Instruction {
        Instruction::WriteActions(actions.into())
    }

    #[test]
    fn a_packet_goes_from_table_to_table_and_does_its_action_set_at_the_end() {
        let mut rig = Rig::new();
        let all = FlowMatch::default();
        rig.flow(0, &all, &[write(&[output(3)]), Instruction::GotoTable(1)]);
        let written = Instruction::WriteMetadata { value: 0xff5, mask: 0xf };
        rig.flow(1, &all, &[apply(&[output(2)]), written, Instruction::GotoTable(2)]);
        rig.flow(2, &exact(&[(Field::Metadata, 5)]), &[write(&[output(4)])]);
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), [2, 4]);
        let tables = rig.datapath.tables.iter();
        let counts: Vec<_> = tables.map(|one| (one.lookup_count(), one.matched_count())).collect();
        assert_eq!(counts, [(1, 1), (1, 1), (1, 1), (0, 0)]);
    }

    #[test]
    fn no_packet_goes_round_in_circles() {
        let mut rig = Rig::new();
        let program = [apply(&[output(2)]), Instruction::GotoTable(0)];
        rig.flow(0, &FlowMatch::default(), &program);
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), [2]);
    }

    #[test]
    fn cleared_actions_are_not_done() {
        let mut rig = Rig::new();
        let all = FlowMatch::default();
        rig.flow(0, &all, &[write(&[output(3)]), Instruction::GotoTable(1)]);
        rig.flow(1, &all, &[Instruction::ClearActions]);
        assert_eq!(rig.receive(1, &ethernet(2, 1)), []);
        assert_eq!(rig.why(&[]), ["no_output"]);
    }

    #[test]
    fn a_miss_is_shown_to_controllers_that_listen_and_dropped_nonetheless() {
        let mut rig = Rig::new();
        let seen = rig.receive(1, &ethernet(2, 1));
        let shown = upcall(&seen[0]).expect("an upcall");
        assert_eq!((shown.reason, shown.cookie, shown.max_len), (0, u64::MAX, None));
        assert!(shown.miss);
        assert_eq!(rig.datapath.drops(), [("table_miss", 1)]);
        rig.datapath.set_listens(false);
        assert_eq!(rig.receive(1, &ethernet(2, 1)), []);
        assert_eq!(rig.datapath.drops(), [("table_miss", 2)]);
    }

    #[test]
    fn a_ttl_that_runs_out_ends_the_packet_and_is_shown() {
        let mut rig = Rig::new();
        rig.all(&[output(2), DEC_TTL, output(3)]);
        let seen = rig.receive(1, &datagram(1));
        assert_eq!(seen.len(), 2);
        assert_eq!(sent(&seen[0]), Some((2, &datagram(1)[..])));
        let shown = upcall(&seen[1]).expect("an upcall");
        assert_eq!((shown.reason, shown.cookie, shown.miss), (2, 0xc0, false));
        assert_eq!(rig.datapath.drops(), [], "it was sent somewhere");
    }

    #[test]
    fn a_queue_holds_for_the_outputs_behind_it_and_that_of_enqueue_for_its_own() {
        let mut rig = Rig::new();
        let enqueue = Action::Enqueue { port_no: 3, queue_id: 9 };
        rig.all(&[output(2), Action::SetQueue(7), enqueue, output(4)]);
        let seen = rig.receive(1, &ethernet(2, 1));
        let queues = seen.iter().map(|one| match one {
            Seen::Sent(port_no, _, queue_id) => (*port_no, *queue_id),
            Seen::Up(_) => (0, 0),
        });
        assert!(queues.eq([(2, 0), (3, 9), (4, 7)]));
    }

    #[test]
    fn a_packet_out_may_go_through_the_tables_as_it_is_by_then() {
        let mut rig = Rig::new();
        let tagged = exact(&[(Field::VlanVid, 0x1007)]);
        rig.flow(0, &tagged, &[apply(&[Action::PopVlan, output(2)])]);
        let actions = [Action::SetVlanVid(7), output(TABLE), output(3)];
        let seen = rig.inject(0xffff_fffd, &ethernet(2, 1), &actions);
        let lengths: Vec<_> =
            seen.iter().filter_map(sent).map(|(port, of)| (port, of.len())).collect();
        assert_eq!(lengths, [(2, 60), (3, 64)], "the tables work on a copy");
    }

    #[test]
    fn each_bucket_works_on_its_own_copy() {
        let mut rig = Rig::new();
        let bucket = |actions: &[Action]| BucketSpec {
            actions: actions.into(),
            weight: 0,
            watch_port: ANY,
            watch_group: ANY,
        };
        let destination = |value| Action::SetField(Field::EthDst, value);
        let buckets =
            vec![bucket(&[destination(5), output(2)]), bucket(&[destination(6), output(3)])];
        rig.datapath.put_group(8, GroupKind::All, buckets, 0.0);
        rig.datapath.put_group(9, GroupKind::All, vec![], 0.0);
        rig.all(&[Action::Group(8), output(4), Action::Group(9)]);
        let seen = rig.receive(1, &ethernet(2, 1));
        let ends: Vec<_> = seen.iter().filter_map(sent).map(|(port, of)| (port, of[5])).collect();
        assert_eq!(ends, [(2, 5), (3, 6), (4, 2)]);
        let group = rig.datapath.groups().get(8).expect("the group");
        assert_eq!((group.counts(), group.buckets()[1].counts()), ((1, 60), (1, 60)));
        assert_eq!(rig.datapath.drops(), []);
    }

    #[test]
    fn a_meter_drops_what_is_too_much_and_remarks_before_the_other_instructions() {
        let mut rig = Rig::new();
        let spec = |kind| BandSpec { kind, rate: 1, burst_size: 1 };
        rig.datapath.meters.put(1, 0b110, &[spec(BandKind::Drop)], 1.0);
        rig.datapath.meters.put(2, 0b110, &[spec(BandKind::DscpRemark(1))], 1.0);
        for (table_id, meter_id) in [(0, 1), (1, 2)] {
            let meter = Instruction::Meter(meter_id);
            rig.flow(table_id, &FlowMatch::default(), &[meter, apply(&[output(2)])]);
        }
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), [2]);
        assert_eq!(rig.ports_for(1, &ethernet(2, 1)), []);
        assert_eq!(rig.datapath.drops(), [("meter", 1)]);
    }
}
