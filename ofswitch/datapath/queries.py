"""Statistics and descriptions: multipart requests and their replies (OpenFlow 1.3.5, 7.3.5).

A reply is one message with everything in its `body`; who sends it cuts it to size. Flow entries may
hold what an older version of OpenFlow cannot say: the codec refuses those, one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from ofswitch.datapath.groups import GroupTable
from ofswitch.datapath.meters import MeterTable
from ofswitch.datapath.port_table import PortTable
from ofswitch.datapath.refusal import refuse
from ofswitch.datapath.table import Selection, Table
from ofswitch.datapath.table_features import table_features
from openflow.constants import GroupId, PortNo, QueueId, TableId
from openflow.errors import ErrorCode
from openflow.messages.base import Message
from openflow.messages.flows import (
    AggregateStatsReply,
    AggregateStatsRequest,
    FlowStatsReply,
    FlowStatsRequest,
    TableStats,
    TableStatsReply,
    TableStatsRequest,
)
from openflow.messages.groups import (
    GroupDescStatsRequest,
    GroupFeaturesStatsRequest,
    GroupStatsRequest,
)
from openflow.messages.meters import (
    MeterConfigStatsRequest,
    MeterFeaturesStatsRequest,
    MeterStatsRequest,
)
from openflow.messages.ports import (
    PortDescStatsReply,
    PortDescStatsRequest,
    PortStatsReply,
    PortStatsRequest,
)
from openflow.messages.queues import (
    QueueGetConfigReply,
    QueueGetConfigRequest,
    QueueStatsReply,
    QueueStatsRequest,
)
from openflow.messages.tables import TableFeaturesStatsReply, TableFeaturesStatsRequest
from openflow.versions import V1_0, Version

_ALL_WILDCARDS_1_0 = (1 << 22) - 1
_ANY_PORT = frozenset({PortNo.ANY, PortNo.ALL})
"""What stands for every port: 1.0 asks for queues with ALL, and all else is asked with ANY."""

Answer = Callable[[Any, Version, float], Message]


class Queries:
    """Answers questions about a switch, and changes nothing."""

    def __init__(
        self,
        tables: Sequence[Table],
        ports: PortTable,
        groups: GroupTable,
        meters: MeterTable,
    ) -> None:
        self._tables = tables
        self._ports = ports
        self._groups = groups
        self._meters = meters

    def answer(self, request: Message, version: Version, now: float) -> Message:
        """Return the reply, with the request's xid. Raises OpenFlowError."""
        answer = self._answers().get(type(request))
        if answer is None:
            text = f"{type(request).__name__} is not answered by this switch"
            refuse(ErrorCode.BAD_REQUEST__BAD_MULTIPART, text)
        reply = answer(request, version, now)
        reply.xid = request.xid
        return reply

    def _answers(self) -> dict[type[Message], Answer]:
        groups, meters = self._groups, self._meters
        return {
            FlowStatsRequest: self._flows,
            AggregateStatsRequest: self._aggregate,
            TableStatsRequest: self._table_stats,
            TableFeaturesStatsRequest: self._table_features,
            PortStatsRequest: self._port_stats,
            PortDescStatsRequest: self._port_descriptions,
            QueueStatsRequest: self._queue_stats,
            QueueGetConfigRequest: self._queue_config,
            GroupStatsRequest: self._group_stats,
            GroupDescStatsRequest: lambda request, version, now: groups.descriptions(),
            GroupFeaturesStatsRequest: lambda request, version, now: groups.features(),
            MeterStatsRequest: self._meter_stats,
            MeterConfigStatsRequest: lambda request, version, now: meters.config(request.meter_id),
            MeterFeaturesStatsRequest: lambda request, version, now: meters.features(),
        }

    def _flows(self, request: FlowStatsRequest, version: Version, now: float) -> Message:
        selection = _selection(request, version)
        tables = self._tables_asked(request.table_id, version)
        found = [entry for table in tables for entry in table.select(selection)]
        return FlowStatsReply(body=[entry.stats(now) for entry in found])

    def _aggregate(self, request: AggregateStatsRequest, version: Version, now: float) -> Message:
        """Sum up; what an entry was told not to count adds nothing."""
        selection = _selection(request, version)
        tables = self._tables_asked(request.table_id, version)
        totals = [table.totals(selection) for table in tables]
        packets, octets, entries = map(sum, zip((0, 0, 0), *totals))
        return AggregateStatsReply(packet_count=packets, byte_count=octets, flow_count=entries)

    def _tables_asked(self, table_id: int, version: Version) -> Sequence[Table]:
        if table_id == TableId.ALL:
            return self._tables
        if table_id >= len(self._tables) and version != V1_0:
            refuse(ErrorCode.BAD_REQUEST__BAD_TABLE_ID, f"there is no table {table_id}")
        return self._tables[table_id : table_id + 1]

    def _table_stats(self, request: TableStatsRequest, version: Version, now: float) -> Message:
        return TableStatsReply(
            body=[
                TableStats(
                    table_id=table.table_id,
                    active_count=len(table),
                    lookup_count=table.lookup_count,
                    matched_count=table.matched_count,
                    name=f"table{table.table_id}",
                    wildcards=_ALL_WILDCARDS_1_0,
                    max_entries=table.max_entries,
                )
                for table in self._tables
            ]
        )

    def _table_features(
        self, request: TableFeaturesStatsRequest, version: Version, now: float
    ) -> Message:
        if request.body:
            text = "the tables of this switch cannot be reconfigured"
            refuse(ErrorCode.TABLE_FEATURES_FAILED__EPERM, text)
        n_tables = len(self._tables)
        return TableFeaturesStatsReply(
            body=[table_features(table, n_tables) for table in self._tables]
        )

    def _port_stats(self, request: PortStatsRequest, version: Version, now: float) -> Message:
        if request.port_no == PortNo.ANY:
            return PortStatsReply(body=[port.stats(now) for port in self._ports])
        port = self._ports.get(request.port_no)
        if port is not None:
            return PortStatsReply(body=[port.stats(now)])
        if version != V1_0:
            refuse(ErrorCode.BAD_REQUEST__BAD_PORT, f"there is no port {request.port_no}")
        return PortStatsReply()

    def _group_stats(self, request: GroupStatsRequest, version: Version, now: float) -> Message:
        references = sum((table.group_references() for table in self._tables), Counter[int]())
        return self._groups.stats(request.group_id, references, now)

    def _meter_stats(self, request: MeterStatsRequest, version: Version, now: float) -> Message:
        references = sum((table.meter_references() for table in self._tables), Counter[int]())
        return self._meters.stats(request.meter_id, references, now)

    def _port_descriptions(
        self, request: PortDescStatsRequest, version: Version, now: float
    ) -> Message:
        return PortDescStatsReply(body=self._ports.descriptions())

    def _queue_stats(self, request: QueueStatsRequest, version: Version, now: float) -> Message:
        self._check_queue_port(request.port_no)
        if request.queue_id != QueueId.ALL:
            text = f"there is no queue {request.queue_id}"
            refuse(ErrorCode.QUEUE_OP_FAILED__BAD_QUEUE, text)
        return QueueStatsReply()

    def _queue_config(
        self, request: QueueGetConfigRequest, version: Version, now: float
    ) -> Message:
        self._check_queue_port(request.port)
        return QueueGetConfigReply(port=request.port)

    def _check_queue_port(self, port_no: int) -> None:
        if port_no not in _ANY_PORT and port_no not in self._ports:
            refuse(ErrorCode.QUEUE_OP_FAILED__BAD_PORT, f"there is no port {port_no}")


def _selection(request: FlowStatsRequest | AggregateStatsRequest, version: Version) -> Selection:
    request.match.check()
    return Selection(
        request.match,
        out_port=request.out_port,
        out_group=GroupId.ANY if version == V1_0 else request.out_group,
        cookie=request.cookie,
        cookie_mask=request.cookie_mask,
    )
