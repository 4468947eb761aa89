"""The reference datapath: the executable specification of the switch.

It says in the plainest way what must happen, so that it can be read beside the OpenFlow
specification, changed in a few lines, and compared with faster engines. This file only connects the
parts: `port_table`, `table` and `table_changes`, `groups`, `meters`, `pipeline` with `actions` and
`output`, `queries`. What it does as every datapath does is in `base`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy

from ofswitch.datapath.base import BaseDatapath, Parts
from ofswitch.datapath.changes import FlowModRules
from ofswitch.datapath.effects import Effect, FlowChanged
from ofswitch.datapath.execution import Execution
from ofswitch.datapath.expiry import Expiry
from ofswitch.datapath.groups import GroupTable
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.meters import MeterTable
from ofswitch.datapath.normal import LearningSwitch
from ofswitch.datapath.notes import Notes
from ofswitch.datapath.output import Outlet
from ofswitch.datapath.pipeline import Pipeline
from ofswitch.datapath.port_table import PortTable
from ofswitch.datapath.queries import Queries
from ofswitch.datapath.table import FlowTable
from ofswitch.datapath.table_changes import TableChanges
from ofswitch.frame import Frame
from openflow.constants import PortConfig
from openflow.messages.base import Message
from openflow.messages.flows import FlowMod
from openflow.messages.packets import PacketOut
from openflow.messages.ports import PortMod
from openflow.versions import Version


class ReferenceDatapath(BaseDatapath):
    """A switch without its controller side; see `protocol.Datapath` for each method's contract."""

    def __init__(self, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.drops: Counter[str] = Counter()
        self._tables = [FlowTable(one, limits.max_entries) for one in range(limits.n_tables)]
        ports = PortTable()
        groups, meters = GroupTable(ports, limits), MeterTable(limits)
        self._notes = Notes()
        changes = TableChanges(self._tables, limits, self._notes, groups, meters)
        queries = Queries(self._tables, ports, groups, meters)
        super().__init__(Parts(limits, ports, groups, meters, changes, queries))
        self._normal = LearningSwitch(ports, limits.max_macs, limits.mac_age_s)
        self._pipeline = Pipeline(self._tables, groups, meters, Outlet(ports, self._normal))
        self._expiry = Expiry(self._tables, self._notes)

    def remove_port(self, port_no: int) -> list[Effect]:
        """Take a port out."""
        effects = super().remove_port(port_no)
        self._normal.forget_port(port_no)
        return effects

    def apply_together(
        self, changes: Sequence[Message], version: Version, now: float
    ) -> list[list[Effect]]:
        """Try them on a copy of the switch; when none is refused, carry them out."""
        for _ in deepcopy(self)._apply_each(changes, version, now):
            pass
        return list(self._apply_each(changes, version, now))

    def apply_encoded(self, data: bytes, version: Version, now: float) -> tuple[int, list[Effect]]:
        """Leave every flow-mod to `apply`."""
        return 0, []

    def receive(self, in_port: int, frame: Frame, now: float) -> list[Effect]:
        """Process a frame that came in on a port."""
        execution = Execution(frame, in_port, now)
        why_not = self._why_not_receive(execution)
        port = self._ports.get(in_port)
        if port is not None:
            port.rx_packets += 1
            port.rx_bytes += len(frame.data)
            port.rx_dropped += why_not is not None
        if why_not is not None:
            execution.lose(why_not)
        else:
            self._pipeline.process(execution)
        return self._finish(execution)

    def advance(self, now: float) -> list[Effect]:
        """Let time-outs happen that are due."""
        self._normal.expire(now)
        return [*self._expiry.advance(now), *self._happened(now)]

    def next_deadline(self) -> float | None:
        """When to call `advance` next, at the latest."""
        return self._expiry.next_deadline

    def _rehearsal(self) -> Pipeline:
        outlet = Outlet(self._ports, self._normal.rehearsal())
        return Pipeline(self._tables, self._groups, self._meters.rehearsal(), outlet)

    def _finish(self, execution: Execution) -> list[Effect]:
        if not execution.delivered:
            self.drops[execution.loss or "no_output"] += 1
        return execution.effects

    def _send_out(self, packet_out: PacketOut, frame: Frame, now: float) -> list[Effect]:
        execution = Execution(frame, packet_out.in_port, now)
        self._pipeline.send_out(execution, packet_out.actions)
        return self._finish(execution)

    def _watch(self, wanted: bool) -> None:
        self._notes.wanted = wanted

    def _happened(self, now: float) -> list[FlowChanged]:
        return self._notes.take()

    def _configure_table(self, table_id: int, config: int) -> None:
        self._tables[table_id].config = config

    def _apply_flow_mod(
        self, change: FlowMod, version: Version, now: float, rules: FlowModRules | None = None
    ) -> list[Effect]:
        effects = super()._apply_flow_mod(change, version, now, rules)
        self._expiry.expect(now, change.idle_timeout, change.hard_timeout)
        return effects

    def _apply_port_mod(self, change: PortMod, version: Version, now: float) -> list[Effect]:
        effects = super()._apply_port_mod(change, version, now)
        port = self._ports.get(change.port_no)
        if port is not None and port.desc.config & PortConfig.PORT_DOWN:
            self._normal.forget_port(change.port_no)
        return effects
