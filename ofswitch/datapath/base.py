"""What every datapath does alike: it describes itself, checks what it is told, and refuses.

`ReferenceDatapath` and `NativeDatapath` add what packets meet: tables, groups, meters, time-outs. Each
hands in its parts and fills in the few methods that are abstract here; `protocol.Datapath` is the
contract of them all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ofswitch.datapath.changes import FlowChanges, FlowModRules, TabledFlowMod
from ofswitch.datapath.checksums import is_fragment
from ofswitch.datapath.effects import Effect, FlowChanged
from ofswitch.datapath.execution import Execution
from ofswitch.datapath.groups import GroupTable
from ofswitch.datapath.limits import Limits
from ofswitch.datapath.meters import MeterTable
from ofswitch.datapath.pipeline import Pipeline
from ofswitch.datapath.port_table import PortTable, ReadCounters
from ofswitch.datapath.queries import Queries
from ofswitch.datapath.refusal import RefusedTogether, refuse
from ofswitch.datapath.rehearsal import Rehearsal, Trace
from ofswitch.datapath.validate import Context, check_actions
from ofswitch.frame import Frame
from openflow.constants import (
    ActionType10,
    Capabilities,
    ConfigFlags,
    PortNo,
    TableConfig,
    TableId,
)
from openflow.errors import ErrorCode, OpenFlowError
from openflow.messages.base import Message
from openflow.messages.flows import FlowMod
from openflow.messages.groups import GroupMod
from openflow.messages.meters import MeterMod
from openflow.messages.packets import PacketOut
from openflow.messages.ports import Port, PortMod
from openflow.messages.switch import FeaturesReply, SetConfig
from openflow.messages.table_config import TableMod
from openflow.versions import Version

ETHERNET_HEADER = 14
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


class Parts(NamedTuple):
    """What a datapath is made of."""

    limits: Limits
    ports: PortTable
    groups: GroupTable
    meters: MeterTable
    flow_changes: FlowChanges
    queries: Queries


class BaseDatapath(ABC):
    """A switch without its controller side; see `protocol.Datapath` for each method's contract."""

    def __init__(self, parts: Parts) -> None:
        self.fragments: int = ConfigFlags.FRAG_NORMAL
        self._misses_wanted = True
        self._watched = False
        self._limits = parts.limits
        self._ports = parts.ports
        self._groups = parts.groups
        self._meters = parts.meters
        self._flow_changes = parts.flow_changes
        self._queries = parts.queries

    @property
    def misses_wanted(self) -> bool:
        """Whether anybody wants to hear of packets that miss."""
        return self._misses_wanted

    @misses_wanted.setter
    def misses_wanted(self, wanted: bool) -> None:
        self._misses_wanted = wanted

    @property
    def watched(self) -> bool:
        """Whether anybody wants to hear what happens to flow entries."""
        return self._watched

    @watched.setter
    def watched(self, wanted: bool) -> None:
        self._watched = wanted
        self._watch(wanted)

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
        return self._ports.remove(port_no)

    def ports(self) -> list[Port]:
        """Return the ports' descriptions, in the order of their numbers."""
        return self._ports.descriptions()

    def features(self) -> FeaturesReply:
        """Describe the switch."""
        return FeaturesReply(
            n_tables=self._limits.n_tables,
            capabilities=_CAPABILITIES,
            actions=_ACTIONS_1_0,
            ports=self.ports(),
        )

    def apply(self, change: Message | TabledFlowMod, version: Version, now: float) -> list[Effect]:
        """Carry out a change."""
        effects = self._apply(change, version, now)
        return [*effects, *self._happened(now)] if self._watched else effects

    def _apply(self, change: Message | TabledFlowMod, version: Version, now: float) -> list[Effect]:
        match change:
            case FlowMod():
                return self._apply_flow_mod(change, version, now)
            case TabledFlowMod(flow_mod):
                return self._apply_flow_mod(flow_mod, version, now, change.rules)
            case PortMod():
                return self._apply_port_mod(change, version, now)
            case TableMod():
                return self._apply_table_mod(change)
            case GroupMod():
                return self._apply_group_mod(change, version, now)
            case MeterMod():
                return self._apply_meter_mod(change, now)
            case SetConfig():
                return self._apply_config(change)
        text = f"{type(change).__name__} is no change to a switch"
        raise OpenFlowError(ErrorCode.BAD_REQUEST__BAD_TYPE, text)

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
        if len(frame.data) < ETHERNET_HEADER:
            text = f"{len(frame.data)} octets are no Ethernet frame"
            refuse(ErrorCode.BAD_REQUEST__BAD_PACKET, text)
        return self._send_out(packet_out, frame, now)

    def query(self, request: Message, version: Version, now: float) -> Message:
        """Answer a multipart request."""
        return self._queries.answer(request, version, now)

    def trace(self, in_port: int, frame: Frame, now: float) -> Trace:
        """Tell what would become of a frame that came in on a port."""
        packet = Rehearsal(frame, in_port, now)
        why_not = self._why_not_receive(packet)
        if why_not is None:
            self._rehearsal().process(packet)
        else:
            packet.lose(why_not)
        return packet.trace()

    def _why_not_receive(self, execution: Execution) -> str | None:
        """Name the reason for which a packet never comes to the tables, if there is one."""
        data = execution.frame.data
        port = self._ports.get(execution.in_port)
        if port is None:
            return "unknown_port"
        if why_not := port.why_not_receive(data):
            return why_not
        if len(data) < ETHERNET_HEADER:
            return "too_short"
        if self.fragments == ConfigFlags.FRAG_DROP and is_fragment(execution.packet):
            return "fragment"
        return None

    @abstractmethod
    def _rehearsal(self) -> Pipeline:
        """A pipeline that does as packets are done by now, and leaves nothing when a `Rehearsal` passes."""

    @abstractmethod
    def apply_together(
        self, changes: Sequence[Message], version: Version, now: float
    ) -> list[list[Effect]]:
        """Carry out changes and packet-outs, all of them or none."""

    def _apply_each(
        self, changes: Sequence[Message], version: Version, now: float
    ) -> Iterator[list[Effect]]:
        """Carry them out until one is refused: RefusedTogether."""
        for place, change in enumerate(changes):
            try:
                yield self._apply_one(change, version, now)
            except OpenFlowError as error:
                raise RefusedTogether(place, error) from error

    def _apply_one(self, change: Message, version: Version, now: float) -> list[Effect]:
        if isinstance(change, PacketOut):
            return self.inject(change, version, now)
        return self.apply(change, version, now)

    @abstractmethod
    def _watch(self, wanted: bool) -> None:
        """Take note of what happens to flow entries, or no longer."""

    @abstractmethod
    def _happened(self, now: float) -> list[FlowChanged]:
        """What has happened to flow entries since the last time."""

    @abstractmethod
    def _send_out(self, packet_out: PacketOut, frame: Frame, now: float) -> list[Effect]:
        """Do the actions of a packet-out that has been checked."""

    @abstractmethod
    def _configure_table(self, table_id: int, config: int) -> None:
        """Keep a table's configuration."""

    def _apply_flow_mod(
        self, change: FlowMod, version: Version, now: float, rules: FlowModRules | None = None
    ) -> list[Effect]:
        return self._flow_changes.apply(change, version, now, rules)

    def _apply_port_mod(self, change: PortMod, version: Version, now: float) -> list[Effect]:
        return self._ports.apply(change, version)

    def _apply_table_mod(self, change: TableMod) -> list[Effect]:
        """Keep the reserved bits that a controller sets; they do nothing (7.3.3)."""
        tables = range(self._limits.n_tables)
        everything = change.table_id == TableId.ALL
        if not everything and change.table_id not in tables:
            text = f"there is no table {change.table_id}"
            refuse(ErrorCode.TABLE_MOD_FAILED__BAD_TABLE, text)
        if change.config & ~int(TableConfig.DEPRECATED_MASK):
            text = f"no such configuration bits: {change.config:#x}"
            refuse(ErrorCode.TABLE_MOD_FAILED__BAD_CONFIG, text)
        for table_id in tables if everything else [change.table_id]:
            self._configure_table(table_id, change.config)
        return []

    def _apply_group_mod(self, change: GroupMod, version: Version, now: float) -> list[Effect]:
        gone = self._groups.apply(change, version, now)
        return self._flow_changes.forget_groups(gone, now) if gone else []

    def _apply_meter_mod(self, change: MeterMod, now: float) -> list[Effect]:
        gone = self._meters.apply(change, now)
        return self._flow_changes.forget_meters(gone, now) if gone else []

    def _apply_config(self, change: SetConfig) -> list[Effect]:
        if change.flags not in (ConfigFlags.FRAG_NORMAL, ConfigFlags.FRAG_DROP):
            text = f"fragments cannot be treated as flags {change.flags:#x} ask: not reassembled"
            refuse(ErrorCode.SWITCH_CONFIG_FAILED__BAD_FLAGS, text)
        self.fragments = change.flags
        return []
