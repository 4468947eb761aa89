//! The way of a packet through the flow tables (`OpenFlow` 1.3.5, 5.1 and figure 3), and what each
//! action does (5.12); `ofswitch/datapath/pipeline.py` and `actions.py`.

use packet::Field;

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

impl<'d> Run<'d, '_> {
    /// Takes a packet through the tables from the first one on, then does its action set.
    #[inline]
    pub(crate) fn process(&mut self, execution: &mut Execution<'d>) {
        // A packet that ended has noted why.
        let _ = self.walk(execution);
    }

    /// Does a packet-out's actions.
    pub(crate) fn send_as_told(&mut self, execution: &mut Execution<'d>, actions: &[Action]) {
        for action in actions {
            if self.perform(execution, action, Origin::PacketOut).is_err() {
                return;
            }
        }
    }

    fn walk(&mut self, execution: &mut Execution<'d>) -> Result<(), Ended> {
        let tables = &self.datapath.tables;
        let mut next = Some(0);
        while let Some((table_id, table)) = next.and_then(|id| Some((id, tables.table(id)?))) {
            execution.table_id = table_id;
            let key = &self.packet(execution).key;
            let found = self.worker.cache.lookup(table_id, table.classifier(), key);
            self.worker.tables.count(table_id, found.is_some());
            let Some(number) = found else {
                self.miss(execution);
                return Ok(());
            };
            let octets = self.octets(execution);
            self.worker.flows.count(tables, number, octets, self.now);
            let entry = tables.entry(number);
            execution.entry = Some(entry);
            next = self.execute(execution, entry.program())?;
        }
        self.perform_set(execution)
    }

    /// Executes an entry's instructions; the table to go on with, if any.
    #[inline]
    fn execute(
        &mut self,
        execution: &mut Execution<'d>,
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
    fn miss(&mut self, execution: &mut Execution<'d>) {
        execution.lose(Loss::TableMiss);
        if !self.misses_are_muted() {
            self.report_miss(execution);
        }
    }

    #[inline]
    fn perform_set(&mut self, execution: &mut Execution<'d>) -> Result<(), Ended> {
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
        execution: &mut Execution<'d>,
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
    fn submit(&mut self, execution: &mut Execution<'d>) {
        let mut branch = execution.branch();
        self.process(&mut branch);
        execution.join(&branch);
    }

    /// Each bucket works on its own copy of the packet (5.6.1).
    fn process_by_group(&mut self, execution: &mut Execution<'d>, group_id: u32) {
        let Some(group) = self.datapath.groups.get(group_id) else { return };
        let frame = self.worker.frame_ref(execution.frame);
        let octets = frame.len() as u64;
        let mut buckets = group.process(frame.data(), self.packet(execution)).peekable();
        if buckets.peek().is_none() {
            execution.lose(Loss::GroupNoLiveBucket);
        }
        for bucket in buckets {
            let Some(mut copy) = self.copy(execution) else {
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
    fn pass_meter(&mut self, execution: &mut Execution<'d>, meter_id: u32) -> Result<(), Ended> {
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
    fn remark(&mut self, execution: &mut Execution<'d>, prec_level: u8) -> Result<(), Ended> {
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
