"""The way of a packet through the flow tables (OpenFlow 1.3.5, 5.1 and figure 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ofswitch.datapath.actions import Exits, PacketEnded, perform
from ofswitch.datapath.execution import Execution
from ofswitch.datapath.flow import FlowEntry
from ofswitch.datapath.group_processing import GroupProcessing
from ofswitch.datapath.groups import GroupTable
from ofswitch.datapath.meters import MeterTable, raised_dscp
from ofswitch.datapath.output import Outlet
from ofswitch.datapath.rewrite import set_field
from ofswitch.datapath.table import Searched
from openflow.actions import Action
from openflow.constants import PortNo
from openflow.instructions import (
    ApplyActions,
    ClearActions,
    GotoTable,
    Instruction,
    Meter,
    WriteActions,
    WriteMetadata,
)
from openflow.messages.meters import DropBand


class Pipeline:
    """Flow tables one after the other, the groups, meters and the outlet behind them."""

    def __init__(
        self, tables: Sequence[Searched], groups: GroupTable, meters: MeterTable, outlet: Outlet
    ) -> None:
        self._tables = tables
        self._meters = meters
        self._outlet = outlet
        process = GroupProcessing(groups, outlet.send).process
        self._exits = Exits(outlet.send, process)
        self._packet_out_exits = Exits(self._send_or_submit, process)
        self._instructions: dict[type[Instruction], Callable[[Execution, Any], int | None]] = {
            Meter: self._pass_meter,
            ApplyActions: self._apply_actions,
            ClearActions: self._clear_actions,
            WriteActions: self._write_actions,
            WriteMetadata: self._write_metadata,
            GotoTable: lambda execution, instruction: int(instruction.table_id),
        }

    def process(self, execution: Execution) -> None:
        """Take a packet through the tables from the first one on, then do its action set."""
        try:
            self._walk(execution)
        except PacketEnded:
            return

    def send_out(self, execution: Execution, actions: Sequence[Action]) -> None:
        """Do a packet-out's actions; in these, output to TABLE starts the pipeline (7.3.7)."""
        try:
            perform(execution, actions, self._packet_out_exits)
        except PacketEnded:
            return

    def _walk(self, execution: Execution) -> None:
        next_table: int | None = 0
        while next_table is not None:
            entry = execution.meet(self._tables[next_table])
            if entry is None:
                self._miss(execution)
                return
            next_table = self._execute(execution, entry)
        execution.note(execution.action_set)
        perform(execution, execution.action_set.in_order(), self._exits)

    def _execute(self, execution: Execution, entry: FlowEntry) -> int | None:
        """Execute an entry's instructions; return the table to go on with, if any."""
        if not entry.program:
            execution.lose("drop_entry")
        next_table = None
        for instruction in entry.program:
            execution.note(instruction)
            next_table = self._instructions[type(instruction)](execution, instruction)
        return next_table

    def _miss(self, execution: Execution) -> None:
        """Drop the packet (5.4); before 1.3, a miss goes to the controller."""
        execution.lose("table_miss")
        if not self._outlet.misses_are_muted(execution.in_port):
            execution.report_miss()

    def _send_or_submit(self, execution: Execution, port_no: int, max_len: int) -> None:
        if port_no != PortNo.TABLE:
            self._outlet.send(execution, port_no, max_len)
            return
        branch = execution.branch()
        self.process(branch)
        execution.join(branch)

    def _pass_meter(self, execution: Execution, instruction: Meter) -> None:
        """Drop or remark what is above the meter's rates (5.7)."""
        octets = len(execution.frame.data)
        band = self._meters.measure(instruction.meter_id, octets, execution.now)
        if isinstance(band, DropBand):
            execution.lose("meter")
            raise PacketEnded
        dscp = execution.packet.fields().get("ip_dscp")
        if band is not None and dscp is not None:
            raised = raised_dscp(dscp, band.prec_level)
            execution.frame = set_field(execution.frame, execution.packet, "ip_dscp", raised)

    def _apply_actions(self, execution: Execution, instruction: ApplyActions) -> None:
        perform(execution, instruction.actions, self._exits)

    def _clear_actions(self, execution: Execution, instruction: ClearActions) -> None:
        execution.action_set.clear()

    def _write_actions(self, execution: Execution, instruction: WriteActions) -> None:
        execution.action_set.write(instruction.actions)

    def _write_metadata(self, execution: Execution, instruction: WriteMetadata) -> None:
        mask = instruction.metadata_mask
        value = execution.metadata & ~mask | instruction.metadata & mask
        execution.set_pipeline_field("metadata", value)
