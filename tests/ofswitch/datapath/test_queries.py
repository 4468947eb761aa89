"""Statistics and descriptions; every reply is also encoded as its version does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from openflow.actions import Output
from openflow.codec import decode, encode
from openflow.constants import (
    ActionType,
    Capabilities,
    InstructionType,
    PortNo,
)
from openflow.errors import ErrorCode, OpenFlowError
from openflow.fields import FIELDS
from openflow.instructions import GotoTable
from openflow.match import Match
from openflow.messages.base import Message
from openflow.messages.describe import ExperimenterStatsRequest
from openflow.messages.flows import (
    AggregateStatsRequest,
    FlowStatsRequest,
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
from openflow.messages.ports import PortDescStatsRequest, PortStatsRequest
from openflow.messages.queues import QueueGetConfigRequest, QueueStatsRequest
from openflow.messages.table_config import TableMod
from openflow.messages.tables import (
    ActionsProperty,
    InstructionsProperty,
    NextTablesProperty,
    OxmProperty,
    TableFeatures,
    TableFeaturesStatsRequest,
)
from openflow.versions import V1_0, V1_3
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import Switch, port

FRAME = FRAMES["IPv4 TCP"]
REQUESTS: list[Message] = [
    FlowStatsRequest(),
    AggregateStatsRequest(),
    TableStatsRequest(),
    PortStatsRequest(),
    PortDescStatsRequest(),
    QueueStatsRequest(),
    QueueGetConfigRequest(),
    GroupStatsRequest(),
    GroupDescStatsRequest(),
    GroupFeaturesStatsRequest(),
    MeterStatsRequest(),
    MeterConfigStatsRequest(),
    MeterFeaturesStatsRequest(),
    TableFeaturesStatsRequest(),
]


def refusal(switch: Switch, request: Message) -> ErrorCode:
    """Ask what must be refused; return the error."""
    with pytest.raises(OpenFlowError) as caught:
        switch.ask(request)
    return caught.value.code


@pytest.mark.parametrize(
    ("request_", "version"),
    [
        pytest.param(request, version, id=f"{type(request).__name__} {version}")
        for request in REQUESTS
        for version in (V1_0, V1_3)
        if type(request).code(version) is not None
    ],
)
def test_every_reply_can_be_sent_and_answers_its_request(
    request_: Message, version: Any, make_switch: Callable[..., Switch]
) -> None:
    switch = make_switch(version=version, n_tables=3)
    switch.add(Output(2), match=Match(eth_type=0x0800))
    switch.receive(FRAME)
    request_.xid = 77
    reply = switch.ask(request_)
    assert reply.xid == 77
    assert type(reply).__name__ == type(request_).__name__.replace("Request", "Reply")
    assert type(decode(encode(reply, version))) is type(reply)


def test_a_vendors_question_is_refused(switch: Switch) -> None:
    code = refusal(switch, ExperimenterStatsRequest(experimenter=1))
    assert code is ErrorCode.BAD_REQUEST__BAD_MULTIPART


def test_flow_statistics_describe_the_entry_as_it_was_sent(switch: Switch) -> None:
    switch.now = 1.0
    fields = {"priority": 9, "cookie": 8, "idle_timeout": 7, "hard_timeout": 66, "flags": 1}
    match = Match(eth_type=0x0800)
    switch.add(Output(2), GotoTable(3), match=match, table_id=2, **fields)
    switch.now = 3.25
    entry = switch.entry()
    assert {name: getattr(entry, name) for name in fields} == fields
    assert (entry.match, entry.table_id) == (match, 2)
    assert (entry.duration_sec, entry.duration_nsec) == (2, 250_000_000)
    assert [type(one).__name__ for one in entry.instructions] == ["ApplyActions", "GotoTable"]


def test_flow_statistics_of_a_table_that_is_not_there_are_refused(switch: Switch) -> None:
    for request in (FlowStatsRequest(table_id=254), AggregateStatsRequest(table_id=254)):
        assert refusal(switch, request) is ErrorCode.BAD_REQUEST__BAD_TABLE_ID


def test_1_0_gets_nothing_from_a_table_that_is_not_there_such_as_the_emergency_table(
    switch: Switch,
) -> None:
    switch.version = V1_0
    switch.add()
    assert switch.dump(table_id=0xFE) == []
    assert len(switch.dump(table_id=0)) == 1


def test_flow_statistics_of_a_bad_match_are_refused(switch: Switch) -> None:
    request = FlowStatsRequest(match=Match(tcp_dst=80))
    assert refusal(switch, request) is ErrorCode.BAD_MATCH__BAD_PREREQ


def test_aggregate_statistics_sum_up(switch: Switch) -> None:
    switch.add(GotoTable(1))
    switch.add(Output(2), table_id=1)
    switch.receive(FRAME)
    reply = switch.ask(AggregateStatsRequest())
    counts = (reply.flow_count, reply.packet_count, reply.byte_count)
    assert counts == (2, 2, 2 * len(FRAME))


def test_tables_count_lookups_and_matches(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(n_tables=3, max_entries=9)
    switch.add(GotoTable(1), match=Match(in_port=1))
    for in_port in (1, 1, 2):
        switch.receive(FRAME, in_port)
    first, second, third = switch.ask(TableStatsRequest()).body
    assert (first.table_id, first.active_count, first.max_entries) == (0, 1, 9)
    assert (first.lookup_count, first.matched_count) == (3, 2)
    assert (second.lookup_count, second.matched_count) == (2, 0)
    assert (third.lookup_count, third.active_count) == (0, 0)


def test_ports_count_what_passes_them(switch: Switch) -> None:
    switch.add(Output(PortNo.FLOOD))
    switch.receive(FRAME)
    switch.receive(bytes(13))
    switch.now = 1.5
    one, two, *_ = switch.ask(PortStatsRequest()).body
    assert (one.port_no, one.rx_packets, one.rx_bytes) == (1, 2, len(FRAME) + 13)
    assert (one.rx_dropped, one.tx_packets) == (1, 0)
    assert (two.port_no, two.tx_packets, two.tx_bytes) == (2, 1, len(FRAME))
    assert (one.duration_sec, one.duration_nsec) == (1, 500_000_000)


@dataclass
class _Link:
    rx_packets: int = 1
    tx_packets: int = 2
    rx_bytes: int = 3
    tx_bytes: int = 4
    rx_dropped: int = 5
    tx_dropped: int = 6
    rx_errors: int = 7
    tx_errors: int = 8


def test_a_link_that_counts_by_itself_is_asked(switch: Switch) -> None:
    switch.datapath.add_port(port(9), 0, _Link)
    switch.receive(bytes(3), in_port=9)
    (stats,) = switch.ask(PortStatsRequest(port_no=9)).body
    assert (stats.rx_packets, stats.tx_packets, stats.rx_bytes, stats.tx_bytes) == (1, 2, 3, 4)
    assert (stats.rx_dropped, stats.tx_dropped) == (6, 6)
    assert (stats.rx_errors, stats.tx_errors) == (7, 8)


def test_statistics_of_a_port_that_is_not_there_are_refused(switch: Switch) -> None:
    assert refusal(switch, PortStatsRequest(port_no=9)) is ErrorCode.BAD_REQUEST__BAD_PORT
    switch.version = V1_0
    assert switch.ask(PortStatsRequest(port_no=9)).body == []


def test_there_are_no_queues(switch: Switch) -> None:
    bad_port, bad_queue = ErrorCode.QUEUE_OP_FAILED__BAD_PORT, ErrorCode.QUEUE_OP_FAILED__BAD_QUEUE
    assert switch.ask(QueueStatsRequest(port_no=1)).body == []
    assert switch.ask(QueueGetConfigRequest(port=1)).queues == []
    assert refusal(switch, QueueStatsRequest(port_no=9)) is bad_port
    assert refusal(switch, QueueStatsRequest(port_no=1, queue_id=2)) is bad_queue
    assert refusal(switch, QueueGetConfigRequest(port=9)) is bad_port
    switch.version = V1_0
    assert switch.ask(QueueStatsRequest(port_no=PortNo.ALL)).body == []


def test_the_ports_are_described(switch: Switch) -> None:
    assert switch.ask(PortDescStatsRequest()).body == [port(number) for number in (1, 2, 3, 4)]


def test_table_features_say_what_each_table_can_do(make_switch: Callable[..., Switch]) -> None:
    switch = make_switch(n_tables=3, max_entries=9)
    switch.apply(TableMod(1, 3))
    first, second, last = switch.ask(TableFeaturesStatsRequest()).body
    assert (first.table_id, first.max_entries, first.config, second.config) == (0, 9, 0, 3)
    assert properties(first, NextTablesProperty)["entry"].next_table_ids == [1, 2]
    goto = InstructionType.GOTO_TABLE
    assert goto in [one.type for one in instructions_of(first)]
    assert goto not in [one.type for one in instructions_of(last)]
    applied = properties(first, ActionsProperty)["apply"].action_ids
    assert ActionType.OUTPUT in [one.type for one in applied]
    assert ActionType.GROUP in [one.type for one in applied]
    assert InstructionType.METER in [one.type for one in instructions_of(last)]
    matched = properties(first, OxmProperty)["match"].oxm_ids
    assert len(matched) == len(FIELDS)
    assert FIELDS["eth_type"].oxm_header in matched
    assert FIELDS["ipv4_src"].oxm_header + 0x100 + 4 in matched


def properties(features: TableFeatures, kind: type[Any]) -> dict[str, Any]:
    """A table's properties of one kind, by their type."""
    return {one.type: one for one in features.properties if isinstance(one, kind)}


def instructions_of(features: TableFeatures) -> list[Any]:
    """The instructions that a table's entries may have."""
    ids = properties(features, InstructionsProperty)["entry"].instruction_ids
    assert isinstance(ids, list)
    return ids


def test_tables_cannot_be_reconfigured(switch: Switch) -> None:
    request = TableFeaturesStatsRequest(body=[TableFeatures()])
    assert refusal(switch, request) is ErrorCode.TABLE_FEATURES_FAILED__EPERM


def test_the_switch_describes_itself(switch: Switch) -> None:
    features = switch.datapath.features()
    assert (features.n_tables, features.actions) == (254, 0xFFF)
    assert [one.port_no for one in features.ports] == [1, 2, 3, 4]
    assert features.capabilities & Capabilities.GROUP_STATS
