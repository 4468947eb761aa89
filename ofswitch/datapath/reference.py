"""The reference datapath: the executable specification of the switch.

It says in the plainest way what must happen, so that it can be read beside the OpenFlow
specification, changed in a few lines, and compared with faster engines. This file only connects the
parts: `port_table`, `table` and `changes`, `groups`, `meters`, `pipeline` with `actions` and
`output`, `queries`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from ofswitch.datapath.changes import FlowChanges
from ofswitch.datapath.checksums import is_fragment
from ofswitch.datapath.effects import Effect
from ofswitch.datapath.execution import Execution
from ofswitch.datapath.expiry import Expiry
from ofswitch.datapath.groups import GroupTable
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.meters import MeterTable
from ofswitch.datapath.normal import LearningSwitch
from ofswitch.datapath.output import Outlet
from ofswitch.datapath.pipeline import Pipeline
from ofswitch.datapath.port_table import PortTable, ReadCounters
from ofswitch.datapath.queries import Queries
from ofswitch.datapath.refusal import refuse
from ofswitch.datapath.table import FlowTable
from ofswitch.datapath.validate import Context, check_actions
from ofswitch.frame import Frame
from openflow.constants import (
    ActionType10,
    Capabilities,
    ConfigFlags,
    FlowRemovedReason,
    PortConfig,
    PortNo,
    TableConfig,
    TableId,
)
from openflow.errors import ErrorCode
from openflow.messages.base import Message
from openflow.messages.flows import FlowMod
from openflow.messages.groups import GroupMod
from openflow.messages.meters import MeterMod
from openflow.messages.packets import PacketOut
from openflow.messages.ports import Port, PortMod
from openflow.messages.switch import FeaturesReply, SetConfig, TableMod
from openflow.versions import Version

_ETHERNET_HEADER = 14
_NOT_A_PORT = frozenset({PortNo.CONTROLLER, PortNo.ANY})
"""Where a packet-out may say its frame comes from, besides a port; ANY is 1.0's NONE."""

_CAPABILITIES = (
    Capabilities.FLOW_STATS
    | Capabilities.TABLE_STATS
    | Capabilities.PORT_STATS
    | Capabilities.GROUP_STATS
    | Capabilities.ARP_MATCH_IP
)
_ACTIONS_1_0 = sum(1 << kind for kind in ActionType10 if kind != ActionType10.VENDOR)

_Change = Callable[[Any, Version, float], list[Effect]]


class ReferenceDatapath:
    """A switch without its controller side; see `protocol.Datapath` for each method's contract."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits = limits or Limits()
        self.drops: Counter[str] = Counter()
        self.fragments: int = ConfigFlags.FRAG_NORMAL
        self._tables = [FlowTable(one, limits.max_entries) for one in range(limits.n_tables)]
        self._ports = PortTable()
        self._groups, self._meters = GroupTable(self._ports, limits), MeterTable(limits)
        self._normal = LearningSwitch(self._ports, limits.max_macs, limits.mac_age_s)
        outlet = Outlet(self._ports, self._normal)
        self._pipeline = Pipeline(self._tables, self._groups, self._meters, outlet)
        self._flow_changes = FlowChanges(self._tables, limits, self._groups, self._meters)
        self._expiry = Expiry(self._tables)
        self._queries = Queries(self._tables, self._ports, self._groups, self._meters)
        self._changes: dict[type[Message], _Change] = {
            FlowMod: self._apply_flow_mod,
            PortMod: self._apply_port_mod,
            TableMod: self._apply_table_mod,
            GroupMod: self._apply_group_mod,
            MeterMod: self._apply_meter_mod,
            SetConfig: self._apply_config,
        }

    def add_port(
        self, desc: Port, now: float, counters: ReadCounters | None = None
    ) -> list[Effect]:
        """Add a port under the number in its description."""
        return self._ports.add(desc, now, counters)

    def update_port(self, desc: Port) -> list[Effect]:
        """Take over what a link says of itself."""
        return self._ports.update(desc)

    def remove_port(self, port_no: int) -> list[Effect]:
        """Take a port out."""
        effects = self._ports.remove(port_no)
        self._normal.forget_port(port_no)
        return effects

    def ports(self) -> list[Port]:
        """Return the ports' descriptions, in the order of their numbers."""
        return self._ports.descriptions()

    def features(self) -> FeaturesReply:
        """Describe the switch."""
        return FeaturesReply(
            n_tables=len(self._tables),
            capabilities=_CAPABILITIES,
            actions=_ACTIONS_1_0,
            ports=self.ports(),
        )

    def apply(self, change: Message, version: Version, now: float) -> list[Effect]:
        """Carry out a change."""
        apply = self._changes.get(type(change))
        if apply is None:
            text = f"{type(change).__name__} is no change to a switch"
            refuse(ErrorCode.BAD_REQUEST__BAD_TYPE, text)
        return apply(change, version, now)

    def apply_encoded(self, data: bytes, version: Version, now: float) -> tuple[int, list[Effect]]:
        """Leave every flow-mod to `apply`."""
        return 0, []

    def inject(
        self, packet_out: PacketOut, version: Version, now: float, frame: Frame | None = None
    ) -> list[Effect]:
        """Send a packet-out's frame."""
        context = Context(self._limits, version, is_packet_out=True, groups=self._groups)
        check_actions(packet_out.actions, context)
        in_port = packet_out.in_port
        if in_port not in _NOT_A_PORT and in_port not in self._ports:
            refuse(ErrorCode.BAD_REQUEST__BAD_PORT, f"there is no port {in_port}")
        frame = frame or Frame(packet_out.data)
        if len(frame.data) < _ETHERNET_HEADER:
            text = f"{len(frame.data)} octets are no Ethernet frame"
            refuse(ErrorCode.BAD_REQUEST__BAD_PACKET, text)
        execution = Execution(frame, in_port, now)
        self._pipeline.send_out(execution, packet_out.actions)
        return self._finish(execution)

    def receive(self, in_port: int, frame: Frame, now: float) -> list[Effect]:
        """Process a frame that came in on a port."""
        execution = Execution(frame, in_port, now)
        port = self._ports.get(in_port)
        why_not: str | None = "unknown_port"
        if port is not None:
            port.rx_packets += 1
            port.rx_bytes += len(frame.data)
            why_not = port.why_not_receive(frame.data) or self._why_not_process(execution)
            port.rx_dropped += why_not is not None
        if why_not is not None:
            execution.lose(why_not)
        else:
            self._pipeline.process(execution)
        return self._finish(execution)

    def advance(self, now: float) -> list[Effect]:
        """Let time-outs happen that are due."""
        self._normal.expire(now)
        return self._expiry.advance(now)

    def next_deadline(self) -> float | None:
        """When to call `advance` next, at the latest."""
        return self._expiry.next_deadline

    def query(self, request: Message, version: Version, now: float) -> Message:
        """Answer a multipart request."""
        return self._queries.answer(request, version, now)

    def _why_not_process(self, execution: Execution) -> str | None:
        if len(execution.frame.data) < _ETHERNET_HEADER:
            return "too_short"
        if self.fragments == ConfigFlags.FRAG_DROP and is_fragment(execution.packet):
            return "fragment"
        return None

    def _finish(self, execution: Execution) -> list[Effect]:
        if not execution.delivered:
            self.drops[execution.loss or "no_output"] += 1
        return execution.effects

    def _apply_flow_mod(self, change: FlowMod, version: Version, now: float) -> list[Effect]:
        effects = self._flow_changes.apply(change, version, now)
        self._expiry.expect(now, change.idle_timeout, change.hard_timeout)
        return effects

    def _apply_port_mod(self, change: PortMod, version: Version, now: float) -> list[Effect]:
        effects = self._ports.apply(change, version)
        port = self._ports.get(change.port_no)
        if port is not None and port.desc.config & PortConfig.PORT_DOWN:
            self._normal.forget_port(change.port_no)
        return effects

    def _apply_table_mod(self, change: TableMod, version: Version, now: float) -> list[Effect]:
        """Keep the reserved bits that a controller sets; they do nothing (7.3.3)."""
        everything = change.table_id == TableId.ALL
        if not everything and change.table_id >= len(self._tables):
            text = f"there is no table {change.table_id}"
            refuse(ErrorCode.TABLE_MOD_FAILED__BAD_TABLE, text)
        if change.config & ~int(TableConfig.DEPRECATED_MASK):
            text = f"no such configuration bits: {change.config:#x}"
            refuse(ErrorCode.TABLE_MOD_FAILED__BAD_CONFIG, text)
        for table in self._tables if everything else [self._tables[change.table_id]]:
            table.config = change.config
        return []

    def _apply_group_mod(self, change: GroupMod, version: Version, now: float) -> list[Effect]:
        gone = self._groups.apply(change, version, now)
        return self._flow_changes.remove(
            lambda entry: not gone.isdisjoint(entry.groups()), FlowRemovedReason.GROUP_DELETE, now
        )

    def _apply_meter_mod(self, change: MeterMod, version: Version, now: float) -> list[Effect]:
        """Removed entries say DELETE: a reason of their own comes with OpenFlow 1.4."""
        gone = self._meters.apply(change, now)
        return self._flow_changes.remove(
            lambda entry: not gone.isdisjoint(entry.meters()), FlowRemovedReason.DELETE, now
        )

    def _apply_config(self, change: SetConfig, version: Version, now: float) -> list[Effect]:
        if change.flags not in (ConfigFlags.FRAG_NORMAL, ConfigFlags.FRAG_DROP):
            text = f"fragments cannot be treated as flags {change.flags:#x} ask: not reassembled"
            refuse(ErrorCode.SWITCH_CONFIG_FAILED__BAD_FLAGS, text)
        self.fragments = change.flags
        return []
