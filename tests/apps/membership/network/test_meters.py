"""Switches with meters limit what they send us themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

import openflow as of
from apps.membership.network import frames
from apps.membership.network.limits import BURST_S, CUT_S, HELD_S
from openflow.messages.meters import DropBand, MeterFeaturesStatsReply, MeterFeaturesStatsRequest
from openflow.versions import SUPPORTED, Version
from tests.apps.membership.hosts import OPTIONS, World
from tests.apps.network import SimSwitch

WITH_METERS = [version for version in SUPPORTED if version >= of.V1_3]
FEATURES = MeterFeaturesStatsReply(max_meter=16, band_types=0b10, capabilities=0b1111)


def metered_world(
    version: Version = of.V1_3, features: MeterFeaturesStatsReply = FEATURES
) -> tuple[World, SimSwitch]:
    """A switch with meters."""
    world = World(OPTIONS, version)
    switch = world.add(1, 4)
    switch.answers[MeterFeaturesStatsRequest] = lambda _: [replace(features)]
    world.pass_time(0.1)
    return world, switch


def flood(world: World, switch: SimSwitch, frames_sent: int = 2000) -> None:
    """Have a host send much that is nothing to us."""
    mac = world.membership.network.station.mac
    frame = frames.ethernet(mac, 0x0200_0000_0666, 0, 0x88B5, bytes(46))
    for _ in range(frames_sent):
        switch.receive(2, frame)
    world.pass_time(0.1)


def meter_of(flow: of.FlowMod) -> int:
    """The meter that a flow entry goes through first."""
    for instruction in flow.instructions:
        if isinstance(instruction, of.Meter):
            return instruction.meter_id
        if isinstance(instruction, of.ApplyActions):
            first = instruction.actions[0]
            return first.meter_id if isinstance(first, of.MeterAction) else 0
    return 0


def made(switch: SimSwitch) -> dict[int, DropBand]:
    """The meters that have been made."""
    mods = [mod for mod in switch.of_type(of.MeterMod) if mod.command == of.MeterModCommand.ADD]
    return {mod.meter_id: mod.bands[0] for mod in mods}


@pytest.mark.parametrize("version", WITH_METERS, ids=str)
def test_what_is_for_us_goes_through_a_meter_and_a_flood_through_one_of_its_own(
    version: Version,
) -> None:
    world, switch = metered_world(version)
    rate, port_rate = int(OPTIONS.rate), int(OPTIONS.port_rate)
    assert made(switch) == {16: DropBand(rate, int(rate * BURST_S))}
    up = [flow for flow in switch.flows if flow.instructions and flow.cookie]
    assert [meter_of(flow) for flow in up] == [16, 16]
    flood(world, switch)
    assert made(switch) == {15: DropBand(port_rate, int(port_rate * BURST_S))}
    held = [flow for flow in switch.flows if flow.match.get("in_port") == 2]
    assert [(meter_of(flow), flow.hard_timeout) for flow in held] == [(15, HELD_S)] * 2
    flood(world, switch)
    assert made(switch) == {}


@pytest.mark.parametrize(
    "features",
    [
        replace(FEATURES, max_meter=0),
        replace(FEATURES, capabilities=0b1),
        replace(FEATURES, band_types=0b100),
    ],
    ids=["none", "kilobits only", "no drop band"],
)
def test_meters_that_are_of_no_use_are_not_used(features: MeterFeaturesStatsReply) -> None:
    world, switch = metered_world(features=features)
    flood(world, switch)
    assert made(switch) == {}
    cuts = [flow for flow in switch.flows if flow.match.get("in_port") == 2]
    assert [(flow.instructions, flow.hard_timeout) for flow in cuts] == [([], CUT_S)] * 2


def test_a_port_for_which_no_meter_is_left_is_cut_off() -> None:
    world, switch = metered_world(features=replace(FEATURES, max_meter=1))
    flood(world, switch)
    assert list(made(switch)) == [1]
    assert [f.hard_timeout for f in switch.flows if f.match.get("in_port") == 2] == [CUT_S] * 2
    assert not world.controller.counters


def test_a_switch_that_refuses_meters_does_without() -> None:
    world = World(OPTIONS)
    switch = world.add(1, 4)
    switch.answers[MeterFeaturesStatsRequest] = lambda _: [replace(FEATURES)]
    refusal = of.ErrorCode.METER_MOD_FAILED__OUT_OF_METERS
    switch.answers[of.MeterMod] = lambda mod: [of.ErrorMsg(refusal, data=of.encode(mod, of.V1_3))]
    world.pass_time(0.1)
    assert {meter_of(flow) for flow in switch.flows} == {0}
    flood(world, switch)
    assert [f.hard_timeout for f in switch.flows if f.match.get("in_port") == 2] == [CUT_S] * 2
