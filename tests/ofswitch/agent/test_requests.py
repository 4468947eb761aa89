"""Every request that a controller makes, and its reply."""

from __future__ import annotations

import pytest

from openflow import (
    V1_0,
    V1_3,
    AggregateStatsRequest,
    ApplyActions,
    BarrierReply,
    BarrierRequest,
    Capabilities,
    DescStatsReply,
    DescStatsRequest,
    EchoReply,
    EchoRequest,
    ErrorCode,
    ErrorMsg,
    Experimenter,
    ExperimenterStatsRequest,
    FeaturesReply,
    FeaturesRequest,
    FlowMod,
    FlowModCommand,
    FlowModFlags,
    FlowRemoved,
    FlowRemovedReason,
    FlowStatsReply,
    FlowStatsRequest,
    GetConfigReply,
    GetConfigRequest,
    Group,
    GroupDescStatsRequest,
    GroupFeaturesStatsRequest,
    GroupMod,
    GroupModCommand,
    GroupStatsRequest,
    Match,
    Message,
    MeterConfigStatsRequest,
    MeterFeaturesStatsRequest,
    MeterMod,
    MeterStatsRequest,
    MultipartFlags,
    OpenFlowError,
    Output,
    PacketIn,
    PacketOut,
    PortConfig,
    PortDescStatsReply,
    PortDescStatsRequest,
    PortMod,
    PortNo,
    PortStatsReply,
    PortStatsRequest,
    PortStatus,
    QueueGetConfigReply,
    QueueGetConfigRequest,
    QueueStatsReply,
    QueueStatsRequest,
    SetConfig,
    TableFeatures,
    TableFeaturesStatsReply,
    TableFeaturesStatsRequest,
    TableMod,
    TableStatsReply,
    TableStatsRequest,
    Version,
    encode,
)
from openflow.experimenters import NxTlvTableRequest
from openflow.messages import MESSAGES
from openflow.versions import USUAL
from tests.ofswitch.agent.world import DPID, MAC, Controller, World, forward, frame, ports_of
from tests.openflow.strategies import is_extension


def test_echo_gives_the_data_back(controller: Controller) -> None:
    assert controller.ask(EchoRequest(b"hello?", xid=7)) == EchoReply(b"hello?", xid=7)


def test_features_of_1_0_list_ports_and_actions(old: Controller) -> None:
    reply = old.ask(FeaturesRequest(xid=3))
    assert isinstance(reply, FeaturesReply)
    assert (reply.datapath_id, reply.n_buffers, reply.n_tables) == (DPID, 256, 4)
    assert [port.port_no for port in reply.ports] == [1, 2, 3]
    assert [port.hw_addr for port in reply.ports] == [MAC + 1, MAC + 2, MAC + 3]
    assert reply.actions == 0xFFF
    assert reply.capabilities & Capabilities.ARP_MATCH_IP


def test_features_of_1_3_have_no_ports(new: Controller) -> None:
    reply = new.ask(FeaturesRequest(xid=3))
    assert (reply.datapath_id, reply.n_tables, reply.ports, reply.actions) == (DPID, 4, [], 0)
    assert reply.capabilities == (
        Capabilities.FLOW_STATS
        | Capabilities.TABLE_STATS
        | Capabilities.PORT_STATS
        | Capabilities.GROUP_STATS
    )


def test_fragments_are_treated_alike_for_all_but_each_controller_has_its_miss_send_len(
    world: World, old: Controller
) -> None:
    assert old.ask(GetConfigRequest()) == GetConfigReply(flags=0, miss_send_len=128)
    old.do(SetConfig(flags=1, miss_send_len=77))
    assert old.ask(GetConfigRequest()) == GetConfigReply(flags=1, miss_send_len=77)
    other = Controller(world, V1_3)
    assert other.ask(GetConfigRequest()) == GetConfigReply(flags=1, miss_send_len=128)


def test_fragments_cannot_be_reassembled_and_the_old_configuration_stays(new: Controller) -> None:
    error = new.refused(SetConfig(flags=2, miss_send_len=5))
    assert error is ErrorCode.SWITCH_CONFIG_FAILED__BAD_FLAGS
    assert new.ask(GetConfigRequest()).miss_send_len == 128


def test_the_description_names_the_switch(controller: Controller) -> None:
    reply = controller.ask(DescStatsRequest(xid=9))
    assert isinstance(reply, DescStatsReply)
    assert (reply.dp_desc, reply.sw_desc) == ("s1", "1.2.3")


def test_a_barrier_is_answered_behind_everything_before_it(controller: Controller) -> None:
    replies = controller.send(
        forward(2, xid=1),
        FlowStatsRequest(xid=2),
        FlowMod(command=9, xid=3),
        PacketOut(data=frame(), actions=[Output(2)], xid=4),
        BarrierRequest(xid=5),
        EchoRequest(xid=6),
    )
    assert [reply.xid for reply in replies] == [2, 3, 5, 6]
    assert isinstance(replies[2], BarrierReply)
    assert len(replies[0].body) == 1
    assert list(ports_of(controller.world.take())) == [2]


def test_flow_statistics_show_what_was_added(controller: Controller) -> None:
    controller.do(forward(2, Match(in_port=1), cookie=5, idle_timeout=10))
    controller.world.arrive(frame(100))
    reply = controller.ask(FlowStatsRequest(xid=1))
    assert isinstance(reply, FlowStatsReply)
    (entry,) = reply.body
    assert (entry.match, entry.cookie, entry.idle_timeout) == (Match(in_port=1), 5, 10)
    assert (entry.packet_count, entry.byte_count) == (1, 100)


def test_aggregates_sum_up(controller: Controller) -> None:
    controller.do(forward(2, Match(in_port=1)), forward(1, Match(in_port=2)))
    controller.world.arrive(frame(100), 1)
    controller.world.arrive(frame(60), 2)
    reply = controller.ask(AggregateStatsRequest(xid=1))
    assert (reply.packet_count, reply.byte_count, reply.flow_count) == (2, 160, 2)


def test_table_statistics_name_every_table(controller: Controller) -> None:
    reply = controller.ask(TableStatsRequest(xid=1))
    assert isinstance(reply, TableStatsReply)
    assert [table.table_id for table in reply.body] == [0, 1, 2, 3]
    if controller.version == V1_0:
        assert reply.body[0].name
        assert reply.body[0].max_entries > 1000


def test_port_statistics_are_for_one_port_or_all(controller: Controller) -> None:
    controller.world.arrive(frame(60), 2)
    controller.read()  # a packet-in on 1.0
    (one,) = controller.ask(PortStatsRequest(2, xid=1)).body
    assert (one.port_no, one.rx_packets, one.rx_bytes) == (2, 1, 60)
    assert isinstance(controller.ask(PortStatsRequest()), PortStatsReply)
    assert [port.port_no for port in controller.ask(PortStatsRequest()).body] == [1, 2, 3]


def test_port_descriptions_are_1_3s(new: Controller) -> None:
    reply = new.ask(PortDescStatsRequest(xid=1))
    assert isinstance(reply, PortDescStatsReply)
    assert [port.name for port in reply.body] == ["p1", "p2", "p3"]


def test_no_port_has_queues(controller: Controller) -> None:
    assert controller.ask(QueueStatsRequest()) == QueueStatsReply()
    assert controller.ask(QueueGetConfigRequest(2)) == QueueGetConfigReply(2)
    assert controller.refused(QueueStatsRequest(queue_id=4)) is ErrorCode.QUEUE_OP_FAILED__BAD_QUEUE
    assert controller.refused(QueueGetConfigRequest(9)) is ErrorCode.QUEUE_OP_FAILED__BAD_PORT


@pytest.mark.parametrize(
    "request_",
    [
        GroupStatsRequest(),
        GroupDescStatsRequest(),
        MeterStatsRequest(),
        MeterConfigStatsRequest(),
    ],
    ids=lambda request_: type(request_).__name__,
)
def test_at_first_there_are_no_groups_and_meters_to_list(
    new: Controller, request_: Message
) -> None:
    assert new.ask(request_).body == []


def test_all_types_of_groups_and_bands_are_among_the_features(new: Controller) -> None:
    assert new.ask(GroupFeaturesStatsRequest()).types == 0b1111
    assert new.ask(MeterFeaturesStatsRequest()).band_types == 0b110


def test_to_1_0_the_end_of_a_group_is_a_deletion(new: Controller, old: Controller) -> None:
    new.do(GroupMod(group_id=1))
    entry = FlowMod(flags=FlowModFlags.SEND_FLOW_REM, instructions=[ApplyActions([Group(1)])])
    new.do(entry)
    (told,) = new.send(GroupMod(GroupModCommand.DELETE, group_id=1))
    assert told.reason == FlowRemovedReason.GROUP_DELETE
    assert [one.reason for one in old.read()] == [FlowRemovedReason.DELETE]


def test_groups_and_meters_are_added_once(new: Controller) -> None:
    for change in (GroupMod(xid=1), MeterMod(meter_id=1, xid=1)):
        new.do(change)
        assert new.refused(change).name.endswith("_EXISTS")
    assert [one.group_id for one in new.ask(GroupDescStatsRequest()).body] == [0]
    assert [one.meter_id for one in new.ask(MeterConfigStatsRequest()).body] == [1]


def test_table_features_are_told_but_cannot_be_changed(new: Controller) -> None:
    reply = new.ask(TableFeaturesStatsRequest(xid=1))
    assert isinstance(reply, TableFeaturesStatsReply)
    assert [table.table_id for table in reply.body] == [0, 1, 2, 3]
    change = TableFeaturesStatsRequest([TableFeatures(0, "other")])
    assert new.refused(change) is ErrorCode.TABLE_FEATURES_FAILED__EPERM


def test_a_request_of_several_messages_is_refused(new: Controller) -> None:
    request = TableFeaturesStatsRequest(flags=MultipartFlags.MORE)
    assert new.refused(request) is ErrorCode.BAD_REQUEST__MULTIPART_BUFFER_OVERFLOW


def test_table_mod_takes_tables_that_exist(new: Controller) -> None:
    new.do(TableMod(0), TableMod(255))
    assert new.refused(TableMod(77)) is ErrorCode.TABLE_MOD_FAILED__BAD_TABLE


def test_experimenters_are_unknown(controller: Controller) -> None:
    bad = ErrorCode.BAD_REQUEST__BAD_EXPERIMENTER
    assert controller.refused(Experimenter(0x2321, data=b"\0\0\0\x0c" + bytes(20))) is bad
    assert controller.refused(ExperimenterStatsRequest(0x2321, data=b"1234")) is bad
    assert controller.refused(NxTlvTableRequest()) is bad


# --- ports ----------------------------------------------------------------------------------------------------


def test_port_mod_takes_a_port_down_and_says_so(controller: Controller) -> None:
    controller.do(forward(2))
    down = PortMod(2, MAC + 2, PortConfig.PORT_DOWN, PortConfig.PORT_DOWN)
    status, barrier = controller.send(down, BarrierRequest())
    assert isinstance(status, PortStatus)
    assert isinstance(barrier, BarrierReply)
    assert status.desc.config == PortConfig.PORT_DOWN
    assert controller.world.arrive(frame()) == []


def test_port_mod_must_know_the_hardware_address(controller: Controller) -> None:
    assert controller.refused(PortMod(2, MAC)) is ErrorCode.PORT_MOD_FAILED__BAD_HW_ADDR
    assert controller.refused(PortMod(9, MAC)) is ErrorCode.PORT_MOD_FAILED__BAD_PORT


def test_1_0_hears_nothing_of_ports_that_it_cannot_number(old: Controller) -> None:
    old.world.add_port(0x10000)
    assert old.read() == []
    assert [port.port_no for port in old.ask(FeaturesRequest()).ports] == [1, 2, 3]
    assert [port.port_no for port in old.ask(PortStatsRequest()).body] == [1, 2, 3]
    assert old.world.agent.inexpressible > 0


# --- packet-out -----------------------------------------------------------------------------------------------


def test_packet_out_sends_its_data(controller: Controller) -> None:
    controller.do(PacketOut(data=frame(), actions=[Output(3), Output(1)]))
    assert list(ports_of(controller.world.take())) == [3, 1]


def test_packet_out_to_table_goes_through_the_flow_tables(controller: Controller) -> None:
    controller.do(forward(2, Match(in_port=3)))
    controller.do(PacketOut(in_port=3, data=frame(), actions=[Output(PortNo.TABLE)]))
    assert list(ports_of(controller.world.take())) == [2]


def test_a_packet_out_with_a_bad_port_sends_nothing(controller: Controller) -> None:
    bad = PacketOut(data=frame(), actions=[Output(1), Output(PortNo.MAX - 1)], xid=1)
    if controller.version == V1_3:
        assert controller.refused(bad) is ErrorCode.BAD_ACTION__BAD_OUT_PORT
    bad = PacketOut(data=frame(), actions=[Output(1), Output(0)], xid=1)
    assert controller.refused(bad) is ErrorCode.BAD_ACTION__BAD_OUT_PORT
    assert controller.world.take() == []


# --- everything else ------------------------------------------------------------------------------------------

_FROM_SWITCHES = [
    pytest.param(cls, version, id=f"{cls.__name__} {version}")
    for cls in MESSAGES.values()
    if cls.__name__.endswith("Reply") or cls in (PacketIn, PortStatus, FlowRemoved)
    if cls is not EchoReply
    for version in USUAL
    if version in cls.layout and not is_extension(cls, version)
]


@pytest.mark.parametrize(("cls", "version"), _FROM_SWITCHES)
def test_what_only_switches_send_is_a_bad_type(
    world: World, cls: type[Message], version: Version
) -> None:
    controller = Controller(world, version)
    assert controller.refused(cls(xid=4)) is ErrorCode.BAD_REQUEST__BAD_TYPE


def test_an_error_is_never_answered(controller: Controller) -> None:
    assert controller.send(ErrorMsg(ErrorCode.BAD_REQUEST__EPERM, b"x" * 70)) == []
    assert controller.send(ErrorMsg((99, 99), b"")) == []


def test_an_error_gives_back_the_beginning_of_the_message_at_fault(controller: Controller) -> None:
    request = FlowMod(Match(eth_type=0x800), command=77, xid=0xABCD)
    (error,) = controller.send(request)
    assert error.error is ErrorCode.FLOW_MOD_FAILED__BAD_COMMAND
    assert (error.xid, error.data) == (0xABCD, encode(request, controller.version)[:64])


def test_an_error_gives_back_the_bytes_that_came_not_what_they_mean(new: Controller) -> None:
    request = bytearray(encode(GroupMod(command=77, xid=5), V1_3))
    request[11] = 0xEE  # padding
    (error,) = new.send_bytes(bytes(request))
    assert error.data == bytes(request)


def test_a_bad_message_costs_neither_the_connection_nor_the_next_message(
    controller: Controller,
) -> None:
    version = bytes([controller.version])
    unknown = version + bytes.fromhex("c8000800000011")
    truncated = version + bytes.fromhex("0e000c0000002200000000")
    barrier = encode(BarrierRequest(xid=0x33), controller.version)
    first, second, third = controller.send_bytes(unknown + truncated + barrier)
    assert (first.error, first.xid) == (ErrorCode.BAD_REQUEST__BAD_TYPE, 0x11)
    assert (second.error, second.xid) == (ErrorCode.BAD_REQUEST__BAD_LEN, 0x22)
    assert third == BarrierReply(xid=0x33)


def test_the_wrong_version_is_refused_message_by_message(controller: Controller) -> None:
    other = V1_0 if controller.version == V1_3 else V1_3
    (error,) = controller.send_bytes(encode(FeaturesRequest(xid=1), other))
    assert error.error is ErrorCode.BAD_REQUEST__BAD_VERSION
    assert isinstance(controller.ask(FeaturesRequest()), FeaturesReply)


def test_a_flow_that_1_0_cannot_say_is_left_out_of_what_it_is_told(world: World) -> None:
    old, new = Controller(world, V1_0), Controller(world, V1_3)
    new.do(
        forward(1, Match(eth_type=0x86DD, ipv6_src="2001:db8::1"), priority=1),
        forward(2, Match(in_port=1), priority=2),
        forward(1, table_id=2, priority=3),
    )
    told = old.ask(FlowStatsRequest())
    assert [entry.priority for entry in told.body] == [2, 3]
    assert world.agent.inexpressible == 1
    assert len(new.ask(FlowStatsRequest()).body) == 3
    new.do(FlowMod(command=FlowModCommand.DELETE, table_id=255))
    assert old.ask(FlowStatsRequest()).body == []


def test_errors_that_1_0_lacks_become_its_nearest(old: Controller) -> None:
    error = old.refused(SetConfig(flags=2))
    assert error is ErrorCode.BAD_REQUEST__EPERM
    assert isinstance(OpenFlowError(error), Exception)
