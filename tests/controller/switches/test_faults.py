"""What a switch does wrong, and what is said of it."""

from __future__ import annotations

import pytest

import openflow as of
from controller import (
    Event,
)
from openflow.versions import V1_3, V1_5, Version
from tests.controller.fakes import FakeSwitch
from tests.controller.switches.world import VERSIONS, World


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
    assert (
        "answered a FlowMod with FLOW_MOD_FAILED__TABLE_FULL; it gave back FlowMod(" in caplog.text
    )


@pytest.mark.parametrize("version", [V1_3, V1_5], ids=str)
def test_a_flow_that_is_refused_for_its_match_is_logged_with_what_the_match_needs(
    world: World, version: Version, caplog: pytest.LogCaptureFixture
) -> None:
    switch = FakeSwitch(1, version)
    cable = world.attach(switch)
    match = of.Match(ipv4_src="10.0.0.0/8", tcp_dst=80)
    world.controller.send(1, of.FlowMod(match, [of.ApplyActions([of.Output(2)])], priority=7))
    world.run()
    (flow,) = switch.of_type(of.FlowMod)
    culprit = of.encode(flow, version)[:64]  # cut off in tcp_dst
    cable.send(of.ErrorMsg(of.ErrorCode.BAD_MATCH__BAD_PREREQ, culprit, xid=9))
    world.run()
    assert "answered a FlowMod with BAD_MATCH__BAD_PREREQ: ipv4_src needs eth_type" in caplog.text
    assert "it gave back FlowMod(match=Match(ipv4_src=10.0.0.0/8)" in caplog.text


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
    assert set(world.events()) == {Event.DATAPATH_LEAVE, Event.PACKET_IN}
    assert set(world.controller.switches) == {2}


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
