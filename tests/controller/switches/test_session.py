"""A controller and fake switches in one process: handshake, requests, bad messages, slow and silent switches."""

from __future__ import annotations

from typing import Any

import pytest

import openflow as of
from controller import (
    Controller,
    DatapathJoin,
    DatapathLeave,
    Event,
    NotConnected,
    RequestFailed,
    Settings,
)
from openflow.versions import V1_0, V1_3, Version
from tests.controller.fakes import Cable, FakeSwitch, ManualShell, attach, make_controller

VERSIONS = pytest.mark.parametrize("version", [V1_0, V1_3], ids=str)


class World:
    """A controller, a clock, and what the controller's callbacks heard."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.controller, self.shell = make_controller(settings)
        self.heard: list[tuple[Event, int, Any]] = []
        for event in Event:
            self.controller.register_cb(event, self._hear(event))

    def _hear(self, event: Event) -> Any:
        def callback(ctrl: Controller, dpid: int, value: Any) -> None:
            self.heard.append((event, dpid, value))

        return callback

    def attach(self, switch: FakeSwitch, peer: str = "local") -> Cable:
        return attach(self.controller, self.shell, switch, peer)

    def events(self) -> list[Event]:
        """What was heard since this was asked last."""
        events = [event for event, _, _ in self.heard]
        self.heard.clear()
        return events

    def run(self) -> None:
        self.shell.run()

    def ask(self, dpid: int, message: of.Message, timeout: float = 5.0) -> Asked:
        return Asked(self.shell, self.controller.switch(dpid).request(message, timeout))


class Asked:
    """A request under way: its outcome, once there is one."""

    def __init__(self, shell: ManualShell, request: Any) -> None:
        self.outcome: Any = None

        async def wait() -> None:
            try:
                self.outcome = await request
            except Exception as error:  # noqa: BLE001 - that is what is looked at
                self.outcome = error

        shell.spawn(wait())
        shell.run()


@pytest.fixture
def world() -> World:
    return World()


# --- the handshake -------------------------------------------------------------------------------


@VERSIONS
def test_a_switch_joins_with_features_and_ports(world: World, version: Version) -> None:
    world.attach(FakeSwitch(0x2A, version, n_ports=3), "tcp:10.0.0.1:5000")
    ((event, dpid, join),) = world.heard
    assert (event, dpid) == (Event.DATAPATH_JOIN, 0x2A)
    assert isinstance(join, DatapathJoin)
    assert join.version is version
    assert join.features.n_buffers == 256
    assert {no: port.name for no, port in join.ports.items()} == {1: "eth1", 2: "eth2", 3: "eth3"}
    switch = world.controller.switch(0x2A)
    assert switch is join.switch is world.controller.switches[0x2A]
    assert (switch.dpid, switch.version, switch.address) == (0x2A, version, "tcp:10.0.0.1:5000")
    assert repr(switch) == f"<Switch 000000000000002a, OpenFlow {version}, tcp:10.0.0.1:5000>"


@VERSIONS
def test_a_switch_is_told_to_send_up_whole_frames(world: World, version: Version) -> None:
    switch = FakeSwitch(1, version)
    world.attach(switch)
    (config,) = switch.of_type(of.SetConfig)
    assert config.miss_send_len == 0xFFFF


def test_a_switch_that_tells_no_ports_joins_without_any(world: World) -> None:
    switch = FakeSwitch()
    switch.answers[of.PortDescStatsRequest] = lambda _: [of.ErrorMsg()]
    world.attach(switch)
    assert world.events() == [Event.DATAPATH_JOIN]
    assert world.controller.switch(1).ports == {}


def test_a_switch_whose_handshake_does_not_end_is_let_go(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    switch = FakeSwitch()
    switch.answers[of.FeaturesRequest] = lambda _: []
    world.attach(switch)
    world.shell.pass_time(11)
    assert switch.lost is not None
    assert world.events() == []
    assert world.controller.counters["handshake_failed"] == 1
    assert "did not join" in caplog.text


def test_a_peer_that_says_nothing_is_let_go(world: World) -> None:
    end, _ = world.controller.local_connect()
    world.shell.pass_time(11)
    assert end.eof or end.read()
    assert world.controller.counters["handshake_failed"] == 1


def test_a_peer_that_speaks_no_common_version_is_told_so() -> None:
    world = World(Settings(versions=frozenset({V1_3})))
    switch = FakeSwitch(1, V1_0)
    world.attach(switch)
    assert switch.lost is not None
    (error,) = switch.of_type(of.ErrorMsg)
    assert error.data == b"no common version: we speak 1.3"
    assert world.controller.counters["handshake_failed"] == 1


def test_an_auxiliary_connection_is_refused_and_the_main_one_stays(world: World) -> None:
    world.attach(FakeSwitch(1))
    auxiliary = FakeSwitch(1)
    auxiliary.answers[of.FeaturesRequest] = lambda _: [
        of.FeaturesReply(datapath_id=1, auxiliary_id=1)
    ]
    world.attach(auxiliary)
    (error,) = auxiliary.of_type(of.ErrorMsg)
    assert error.error is of.ErrorCode.HELLO_FAILED__EPERM
    assert auxiliary.lost is not None
    assert world.controller.switch(1).connected


def test_messages_before_the_handshake_is_done_are_counted_not_dispatched(world: World) -> None:
    switch = FakeSwitch(1, V1_3)
    early = of.PacketIn(data=bytes(60), in_port=1)
    ports = of.PortDescStatsReply(body=switch.ports)
    switch.answers[of.PortDescStatsRequest] = lambda request: [early, ports]
    world.attach(switch)
    assert world.events() == [Event.DATAPATH_JOIN]
    assert world.controller.counters["early"] == 1


# --- events --------------------------------------------------------------------------------------


@VERSIONS
def test_messages_of_a_switch_raise_their_events(world: World, version: Version) -> None:
    cable = world.attach(FakeSwitch(9, version))
    world.events()
    sent: list[of.Message] = [
        of.PacketIn(data=bytes(60), in_port=1, reason=0, cookie=of.NO_COOKIE),
        of.FlowRemoved(),
        of.BarrierReply(),
        of.EchoRequest(b"x"),
        of.ErrorMsg(data=bytes(64)),
        of.DescStatsReply(dp_desc="s9"),
    ]
    cable.send(*sent)
    world.run()
    assert [(event, dpid) for event, dpid, _ in world.heard] == [
        (event, 9)
        for event in (
            Event.PACKET_IN,
            Event.FLOW_REMOVED,
            Event.BARRIER_REPLY,
            Event.ECHO_REQUEST,
            Event.ERROR,
            Event.DESC_STATS,
        )
    ]
    assert world.heard[-1][2].dp_desc == "s9"


def test_an_echo_request_is_answered_once(world: World) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    cable.send(of.EchoRequest(b"are you there", xid=77))
    world.run()
    (reply,) = switch.of_type(of.EchoReply)
    assert (reply.data, reply.xid) == (b"are you there", 77)


@VERSIONS
def test_port_status_keeps_the_ports_of_a_switch(world: World, version: Version) -> None:
    cable = world.attach(FakeSwitch(1, version, n_ports=1))
    ports = world.controller.switch(1).ports
    seen: list[set[int]] = []
    world.controller.register_cb(Event.PORT_STATUS, lambda c, d, e: seen.append(set(ports)))
    cable.send(of.PortStatus(of.PortReason.ADD, of.Port(port_no=2, name="new")))
    cable.send(of.PortStatus(of.PortReason.MODIFY, of.Port(port_no=2, name="newer")))
    cable.send(of.PortStatus(of.PortReason.DELETE, of.Port(port_no=1)))
    cable.send(of.PortStatus(of.PortReason.DELETE, of.Port(port_no=1)))
    world.run()
    assert seen == [{1, 2}, {1, 2}, {2}, {2}]
    assert ports[2].name == "newer"


def test_a_switch_has_a_bounded_number_of_ports() -> None:
    world = World(Settings(max_ports=3))
    cable = world.attach(FakeSwitch(1, n_ports=2))
    for number in range(10, 15):
        cable.send(of.PortStatus(of.PortReason.ADD, of.Port(port_no=number)))
    world.run()
    assert len(world.controller.switch(1).ports) == 3
    assert world.controller.counters["ports_ignored"] == 4


def test_an_error_is_logged_with_the_message_it_is_about(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    world.controller.send(1, of.FlowMod())
    world.run()
    (flow,) = switch.of_type(of.FlowMod)
    culprit = of.encode(flow, V1_3)[:64]
    cable.send(of.ErrorMsg(of.ErrorCode.FLOW_MOD_FAILED__TABLE_FULL, culprit, xid=flow.xid))
    world.run()
    assert "answered a FlowMod with FLOW_MOD_FAILED__TABLE_FULL" in caplog.text


# --- sending -------------------------------------------------------------------------------------


def test_all_that_a_turn_causes_goes_out_in_one_write(world: World) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    world.controller.register_cb(
        Event.PACKET_IN, lambda ctrl, dpid, e: void(ctrl.send(dpid, of.PacketOut()))
    )
    writes: list[int] = []
    cable.end.on_readable = lambda: writes.append(len(cable.end.read()))
    cable.write(b"".join(switch.send(of.PacketIn(data=bytes(60))) for _ in range(10)))
    world.run()
    assert writes == [10 * 24]


def test_what_a_version_cannot_say_is_refused_before_anything_is_sent(world: World) -> None:
    switch = FakeSwitch(1, V1_0)
    world.attach(switch)
    switch.received.clear()
    with pytest.raises(of.Unsupported) as refused:
        world.controller.send(1, of.FlowMod(table_id=3))
    assert refused.value.field == "table_id"
    with pytest.raises(of.EncodeError) as wrong:
        world.controller.send(1, of.FlowMod(idle_timeout=70000))
    assert wrong.value.field == "idle_timeout"
    world.run()
    assert switch.received == []


def test_sending_to_a_switch_that_is_not_connected_raises(world: World) -> None:
    with pytest.raises(NotConnected, match="switch 0000000000000005 is not connected"):
        world.controller.send(5, of.FlowMod())
    cable = world.attach(FakeSwitch(5))
    switch = world.controller.switch(5)
    cable.end.close()
    world.run()
    with pytest.raises(NotConnected, match="closed by the peer"):
        switch.send(of.FlowMod())
    assert not switch.connected


# --- requests ------------------------------------------------------------------------------------


def test_a_request_returns_its_reply_and_raises_its_event(world: World) -> None:
    switch = FakeSwitch()
    switch.answers[of.DescStatsRequest] = lambda _: [of.DescStatsReply(mfr_desc="us")]
    world.attach(switch)
    world.events()
    asked = world.ask(1, of.DescStatsRequest())
    assert asked.outcome.mfr_desc == "us"
    assert world.events() == [Event.DESC_STATS]


def test_the_parts_of_a_multipart_reply_come_as_one_message(world: World) -> None:
    switch = FakeSwitch()
    more = of.MultipartFlags.MORE
    switch.answers[of.FlowStatsRequest] = lambda _: [
        of.FlowStatsReply(flags=more, body=[of.FlowStats(priority=1), of.FlowStats(priority=2)]),
        of.FlowStatsReply(flags=more, body=[of.FlowStats(priority=3)]),
        of.FlowStatsReply(body=[of.FlowStats(priority=4)]),
    ]
    world.attach(switch)
    world.events()
    asked = world.ask(1, of.FlowStatsRequest())
    assert [entry.priority for entry in asked.outcome.body] == [1, 2, 3, 4]
    assert world.events() == [Event.FLOW_STATS]


def test_a_request_that_is_refused_raises_the_switchs_error(world: World) -> None:
    switch = FakeSwitch()
    code = of.ErrorCode.BAD_REQUEST__BAD_MULTIPART
    switch.answers[of.GroupStatsRequest] = lambda _: [of.ErrorMsg(code, b"")]
    world.attach(switch)
    failed = world.ask(1, of.GroupStatsRequest()).outcome
    assert isinstance(failed, RequestFailed)
    assert failed.error is code
    assert str(failed) == "GroupStatsRequest was refused: BAD_REQUEST__BAD_MULTIPART"


def test_a_request_that_is_not_answered_times_out(world: World) -> None:
    world.attach(FakeSwitch())
    asked = world.ask(1, of.DescStatsRequest(), timeout=2)
    world.shell.pass_time(1.9)
    assert not asked.outcome
    world.shell.pass_time(0.2)
    assert isinstance(asked.outcome, TimeoutError)
    assert "DescStatsRequest: no answer within 2 s" in str(asked.outcome)


def test_a_reply_that_comes_too_late_is_an_event_like_any_other(world: World) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    world.ask(1, of.DescStatsRequest(), timeout=1)
    world.shell.pass_time(2)
    (request,) = switch.of_type(of.DescStatsRequest)
    world.events()
    cable.send(of.DescStatsReply(xid=request.xid))
    world.run()
    assert world.events() == [Event.DESC_STATS]


def test_requests_end_when_the_switch_leaves(world: World) -> None:
    cable = world.attach(FakeSwitch())
    asked = world.ask(1, of.DescStatsRequest())
    cable.end.close()
    world.run()
    assert isinstance(asked.outcome, NotConnected)


@VERSIONS
def test_a_message_without_a_reply_is_confirmed_by_a_barrier(
    world: World, version: Version
) -> None:
    switch = FakeSwitch(1, version)
    world.attach(switch)
    world.events()
    asked = world.ask(1, of.FlowMod())
    assert isinstance(asked.outcome, of.BarrierReply)
    assert len(switch.of_type(of.FlowMod)) == 1
    assert world.events() == []


def test_a_message_without_a_reply_fails_with_the_switchs_error(world: World) -> None:
    switch = FakeSwitch()
    code = of.ErrorCode.FLOW_MOD_FAILED__TABLE_FULL
    switch.answers[of.FlowMod] = lambda _: [of.ErrorMsg(code, b"")]
    world.attach(switch)
    failed = world.ask(1, of.FlowMod()).outcome
    assert isinstance(failed, RequestFailed)
    assert failed.error is code


def test_a_flow_that_is_refused_for_its_match_says_what_the_match_needs(world: World) -> None:
    switch = FakeSwitch()
    code = of.ErrorCode.BAD_MATCH__BAD_PREREQ
    switch.answers[of.FlowMod] = lambda _: [of.ErrorMsg(code, b"")]
    world.attach(switch)
    failed = world.ask(1, of.FlowMod(of.Match(tcp_dst=80))).outcome
    text = "tcp_dst needs eth_type=0x800 or 0x86dd and ip_proto=6"
    assert str(failed) == f"FlowMod was refused: BAD_MATCH__BAD_PREREQ: {text}"


def test_one_message_object_may_be_asked_twice_at_once(world: World) -> None:
    switch = FakeSwitch()
    world.attach(switch)
    request = of.DescStatsRequest()
    first, second = world.ask(1, request), world.ask(1, request)
    asked = switch.of_type(of.DescStatsRequest)
    cable_of(world, switch).send(*(of.DescStatsReply(dp_desc=str(r.xid), xid=r.xid) for r in asked))
    world.run()
    assert first.outcome.dp_desc != second.outcome.dp_desc


# --- bad switches --------------------------------------------------------------------------------


def test_a_message_that_cannot_be_read_is_answered_and_the_switch_stays(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    world.events()
    cable.write(bytes([4, 10, 0, 12, 0, 0, 0, 99, 1, 2, 3, 4]))  # a packet-in cut short
    cable.send(of.PacketIn(data=bytes(60)))
    world.run()
    (error,) = switch.of_type(of.ErrorMsg)
    assert (error.error, error.xid) == (of.ErrorCode.BAD_REQUEST__BAD_LEN, 99)
    assert world.events() == [Event.PACKET_IN]
    assert world.controller.counters["malformed"] == 1
    assert world.controller.switch(1).counters["malformed"] == 1
    assert "PacketIn" in caplog.text


@VERSIONS
def test_a_message_that_only_controllers_send_is_refused(world: World, version: Version) -> None:
    switch = FakeSwitch(1, version)
    cable = world.attach(switch)
    cable.send(of.FlowMod(xid=5), of.SetConfig(xid=6))
    world.run()
    errors = switch.of_type(of.ErrorMsg)
    assert [error.xid for error in errors] == [5, 6]
    assert {error.error for error in errors} == {of.ErrorCode.BAD_REQUEST__BAD_TYPE}
    assert world.controller.counters["unexpected"] == 2
    assert world.controller.switch(1).connected


def test_a_switch_whose_framing_is_lost_leaves_and_others_do_not_notice(world: World) -> None:
    bad = world.attach(FakeSwitch(1))
    good = world.attach(FakeSwitch(2))
    world.events()
    bad.write(b"\x04\x0a\x00\x03garbage")
    good.send(of.PacketIn(data=bytes(60)))
    world.run()
    assert sorted(world.events()) == [Event.DATAPATH_LEAVE, Event.PACKET_IN]
    assert set(world.controller.switches) == {2}


def test_a_switch_that_disappears_in_the_middle_of_a_message_leaves(world: World) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    cable.write(switch.send(of.PacketIn(data=bytes(60)))[:30])
    cable.end.close()
    world.run()
    leave = world.heard[-1][2]
    assert isinstance(leave, DatapathLeave)
    assert leave.reason == "closed by the peer 30 bytes into a message"
    assert leave.switch.ports.keys() == {1, 2}


def test_a_silent_switch_is_probed_and_given_up(world: World) -> None:
    switch = FakeSwitch()
    world.attach(switch)
    world.shell.pass_time(40)
    assert len(switch.of_type(of.EchoRequest)) == 2
    assert world.controller.switch(1).connected
    switch.silent = True
    world.shell.pass_time(14)
    world.events()
    world.shell.pass_time(47)
    assert world.events() == [Event.DATAPATH_LEAVE]


# --- a switch that does not read -------------------------------------------------------------------


@pytest.fixture
def tight() -> World:
    return World(Settings(high_water=10_000, output_limit=100_000))


def test_packet_outs_are_dropped_when_the_switch_does_not_read(
    tight: World, caplog: pytest.LogCaptureFixture
) -> None:
    switch = FakeSwitch()
    cable = tight.attach(switch)
    cable.end.on_readable = None
    xids = [tight.controller.send(1, of.PacketOut(data=bytes(976))) for _ in range(1000)]
    tight.run()
    assert 0 < len([xid for xid in xids if xid]) < 300
    assert tight.controller.counters["packet_out_dropped"] == xids.count(0)
    assert tight.controller.switch(1).connected
    assert "reads too slowly" in caplog.text
    assert tight.controller.send(1, of.FlowMod()), "other messages are not dropped"


def test_packet_outs_go_out_again_when_the_switch_has_read(tight: World) -> None:
    switch = FakeSwitch()
    cable = tight.attach(switch)
    cable.end.on_readable = None
    while tight.controller.send(1, of.PacketOut(data=bytes(976))):
        pass
    cable.end.read()
    tight.run()
    assert tight.controller.send(1, of.PacketOut(data=bytes(976)))


def test_a_connection_is_closed_when_too_much_waits(tight: World) -> None:
    cable = tight.attach(FakeSwitch(1))
    tight.attach(FakeSwitch(2))
    cable.end.on_readable = None
    tight.events()
    flows = (tight.controller.send(1, of.FlowMod()) for _ in range(100_000))
    with pytest.raises(NotConnected, match="it does not read"):
        list(flows)
    tight.run()
    assert tight.events() == [Event.DATAPATH_LEAVE]
    assert tight.controller.counters["output_limit"] == 1
    assert set(tight.controller.switches) == {2}


def test_a_switch_that_asks_without_reading_is_closed(tight: World) -> None:
    switch = FakeSwitch()
    cable = tight.attach(switch)
    cable.end.on_readable = None
    for _ in range(200):
        cable.write(switch.send(of.EchoRequest(bytes(1000))))
        tight.run()
    assert not tight.controller.switches


# --- closing ---------------------------------------------------------------------------------------


def test_an_app_may_disconnect_a_switch_from_its_own_callback(world: World) -> None:
    cable = world.attach(FakeSwitch())
    world.controller.register_cb(
        Event.PACKET_IN, lambda ctrl, dpid, e: ctrl.switch(dpid).disconnect()
    )
    world.events()
    cable.send(of.PacketIn(data=bytes(60)), of.PacketIn(data=bytes(60)))
    world.run()
    assert world.events() == [Event.PACKET_IN, Event.DATAPATH_LEAVE]
    assert cable.switch.lost is not None


def test_closing_the_controller_lets_every_switch_leave(world: World) -> None:
    switches = [FakeSwitch(dpid) for dpid in (1, 2, 3)]
    for switch in switches:
        world.attach(switch)
    world.events()
    world.controller.close()
    world.run()
    assert world.events() == [Event.SHUTDOWN] + [Event.DATAPATH_LEAVE] * 3
    assert all(switch.lost for switch in switches)


def test_a_message_sent_just_before_the_end_still_arrives(world: World) -> None:
    switch = FakeSwitch()
    world.attach(switch)
    switch.received.clear()
    world.controller.send(1, of.FlowMod())
    world.controller.close()
    world.run()
    assert len(switch.of_type(of.FlowMod)) == 1


def void(_: Any) -> None:
    """Make a lambda return None."""


def cable_of(world: World, switch: FakeSwitch) -> Any:
    """Something to send with, for a switch that is attached already."""

    class Sender:
        def send(self, *messages: of.Message) -> None:
            session = next(iter(world.controller._roster._open))
            for message in messages:
                world.controller.receive(session, switch.send(message))

    return Sender()


def test_who_sends_when_garbage_has_come_behind_a_packet_in_is_told_that_the_switch_is_gone() -> (
    None
):
    world = World()
    failures: list[Exception] = []

    def answer(ctrl: Controller, dpid: int, event: of.PacketIn) -> None:
        switch = ctrl.switch(dpid)
        for send in (ctrl.send, lambda _, message: switch.request(message).send(None)):
            try:
                send(dpid, of.BarrierRequest())
            except Exception as error:  # noqa: BLE001 - its type is what is tested
                failures.append(error)

    world.controller.register_cb(Event.PACKET_IN, answer)
    switch = FakeSwitch(1, V1_3)
    cable = world.attach(switch)
    cable.write(switch.send(of.PacketIn(data=bytes(60))) + bytes(99))
    world.run()
    assert [type(error) for error in failures] == [NotConnected] * 2
    assert not world.controller.switches


def test_each_kind_of_error_of_a_switch_is_logged_though_there_were_many_of_another(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    switch = FakeSwitch()
    cable = world.attach(switch)
    bad_port, table_full = (
        of.ErrorCode.BAD_ACTION__BAD_OUT_PORT,
        of.ErrorCode.FLOW_MOD_FAILED__TABLE_FULL,
    )
    cable.send(*[of.ErrorMsg(bad_port, b"")] * 99, of.ErrorMsg(table_full, b""))
    world.run()
    assert caplog.text.count("BAD_OUT_PORT") == 4  # 1, 2, 3, 10
    assert caplog.text.count("TABLE_FULL") == 1
    assert world.controller.counters["errors"] == 100
