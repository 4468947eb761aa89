"""Callbacks for the packet-ins that a match covers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import openflow as of
from controller import STOP, Event
from controller.callbacks import dispatch
from controller.callbacks.matching import covers
from openflow.fields import FIELDS
from openflow.versions import SUPPORTED, V1_3, Version
from tests.controller.fakes import Cable, FakeSwitch, attach, make_controller
from tests.frames import FRAMES

ARP = FRAMES["ARP request"]
TCP = FRAMES["IPv4 TCP"]


class World:
    """A controller with a switch that sends it frames, and the names of the callbacks that were called."""

    def __init__(self, version: Version = V1_3) -> None:
        self.controller, self.shell = make_controller()
        self.cable: Cable = attach(self.controller, self.shell, FakeSwitch(1, version))
        self.calls: list[str] = []

    def note(self, name: str, verdict: Any = None) -> Any:
        """A callback that notes its call."""

        def callback(ctrl: Any, dpid: int, event: of.PacketIn) -> Any:
            self.calls.append(name)
            return verdict

        return callback

    def packet_in(self, frame: bytes, **fields: Any) -> list[str]:
        """Who was called for a frame."""
        self.calls.clear()
        fields = {"in_port": 1, "total_len": len(frame), "data": frame} | fields
        self.cable.send(of.PacketIn(**fields))
        self.shell.run()
        return list(self.calls)


@pytest.mark.parametrize("version", SUPPORTED, ids=str)
def test_a_callback_is_called_for_what_its_match_covers_on_every_version(version: Version) -> None:
    world = World(version)
    register = world.controller.register_packet_cb
    register(of.Match(eth_type=0x0806), world.note("arp"))
    register({"ipv4_src": "10.0.0.0/8", "tcp_dst": 80}, world.note("web"))
    register(of.Match(in_port=2), world.note("port 2"))
    register(of.Match(), world.note("all"))
    assert world.packet_in(ARP) == ["arp", "all"]
    assert world.packet_in(TCP) == ["web", "all"]
    assert world.packet_in(TCP, in_port=2) == ["web", "port 2", "all"]
    assert world.packet_in(b"") == ["all"]


def test_the_highest_priority_is_first_then_the_order_of_registration() -> None:
    world = World()
    arp = of.Match(eth_type=0x0806)
    world.controller.register_cb(Event.PACKET_IN, world.note("a"))
    world.controller.register_packet_cb(arp, world.note("b"), priority=-1)
    world.controller.register_packet_cb(arp, world.note("c"), priority=5)
    world.controller.register_cb(Event.PACKET_IN, world.note("d"))
    world.controller.register_cb(Event.PACKET_IN, world.note("e"), priority=5)
    assert world.packet_in(ARP) == ["c", "e", "a", "d", "b"]


def test_a_callback_that_stops_keeps_from_the_others_only_what_it_was_called_for() -> None:
    world = World()
    arp = of.Match(eth_type=0x0806)
    world.controller.register_cb(Event.PACKET_IN, world.note("all"))
    world.controller.register_packet_cb(arp, world.note("arp", STOP), priority=1)
    assert world.packet_in(ARP) == ["arp"]
    assert world.packet_in(TCP) == ["all"]


def test_what_is_unregistered_is_not_called() -> None:
    world = World()
    handle = world.controller.register_packet_cb(of.Match(in_port=1), world.note("a"))
    world.controller.unregister_cb(handle)
    assert world.packet_in(ARP) == []


def test_pipeline_fields_are_what_the_switch_tells_and_zero_when_it_does_not() -> None:
    world = World()
    register = world.controller.register_packet_cb
    register(of.Match(metadata=0), world.note("zero"))
    register(of.Match(metadata=(5, 7)), world.note("five"))
    register(of.Match(in_phy_port=1), world.note("physical 1"))
    assert world.packet_in(ARP) == ["zero", "physical 1"]
    assert world.packet_in(ARP, match=of.Match(metadata=0xD, in_phy_port=9)) == ["five"]
    assert world.packet_in(ARP, match=of.Match(metadata=(0xD, 0xF))) == ["physical 1"]


def test_what_no_packet_in_has_is_refused() -> None:
    controller, _ = make_controller()
    with pytest.raises(ValueError, match=r"cannot be matched on 0x8000\.99"):
        controller.register_packet_cb(of.Match.of({"0x8000.99": b"\1"}), print)
    with pytest.raises(ValueError, match="no_such_field"):
        controller.register_packet_cb({"no_such_field": 1}, print)
    with pytest.raises(TypeError, match="must be callable"):
        controller.register_packet_cb({"in_port": 1}, None)  # type: ignore[arg-type]


def test_a_failure_is_logged_under_the_callbacks_name_without_our_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(ctrl: Any, dpid: int, event: of.PacketIn) -> None:
        raise KeyError("missing")

    world = World()
    world.controller.register_packet_cb(of.Match(in_port=1), broken)
    world.packet_in(ARP)
    assert "broken failed (1 so far): KeyError: 'missing'" in caplog.text
    assert caplog.text.count("  File ") == 1


# --- the same as the definition --------------------------------------------------------------------

NAMES = sorted(set(FIELDS) - {"in_phy_port", "metadata", "tunnel_id"})


@st.composite
def matches_near(draw: st.DrawFn, key: dict[str, int]) -> of.Match:
    """A match of fields that a frame has, mostly, with values that are the frame's, mostly."""
    fields: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(sorted(key)), max_size=4)):
        field = FIELDS[name]
        value = draw(st.sampled_from([key[name], key[name] ^ 1]))
        mask = draw(st.integers(1, field.ones)) if field.maskable else field.ones
        fields[name] = (value & mask, mask) if mask != field.ones else value
    if draw(st.integers(0, 5)) == 5:
        name = draw(st.sampled_from(NAMES))
        fields[name] = draw(st.integers(0, FIELDS[name].ones))
    return of.Match(fields)


@given(st.data(), st.sampled_from(sorted(FRAMES.values())))
def test_covered_is_what_has_every_field_with_the_bits_that_count(
    data: st.DataObject, frame: bytes
) -> None:
    key = of.Packet(frame).fields() | {"in_port": 7}
    match = data.draw(matches_near(key))
    expected = all(
        name in key and key[name] & match.masked(name)[1] == match.masked(name)[0] for name in match
    )
    packet_in = of.PacketIn(in_port=7, total_len=len(frame), data=frame)
    assert covers(match)(packet_in) == expected


MATCHES = st.sampled_from(
    [
        of.Match(),
        of.Match(in_port=1),
        of.Match(in_port=2),
        of.Match(eth_type=0x0800),
        of.Match(eth_type=0x0806),
        of.Match(ipv4_src="10.0.0.0/8"),
        of.Match(ipv4_src="10.0.0.0/24"),
        of.Match(ipv4_src="10.0.0.1", tcp_dst=80),
        of.Match(tcp_dst=80, ipv4_src="10.0.0.0/8"),
        of.Match(vlan_vid=(0x1000, 0x1000)),
        of.Match(vlan_vid=0),
        of.Match(metadata=0),
        of.Match(metadata=(0, 0xF)),
    ]
)
VERDICTS = st.sampled_from([None, None, None, STOP])
CALLBACKS = st.lists(st.tuples(MATCHES, st.integers(-1, 1), VERDICTS), max_size=30)


@given(callbacks=CALLBACKS, frame=st.sampled_from(sorted(FRAMES)), in_port=st.integers(1, 2))
def test_many_callbacks_are_called_as_if_each_were_asked(
    callbacks: list[tuple[of.Match, int, Any]], frame: str, in_port: int
) -> None:
    called = []
    for indexed_from in (1, 1000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(dispatch, "INDEXED_FROM", indexed_from)
            world = World()
            for number, (match, priority, verdict) in enumerate(callbacks):
                callback = world.note(str(number), verdict)
                world.controller.register_packet_cb(match, callback, priority=priority)
            called.append(world.packet_in(FRAMES[frame], in_port=in_port))
    assert called[0] == called[1]


def test_of_many_callbacks_one_that_comes_or_goes_counts_at_once() -> None:
    world = World()
    ctrl = world.controller
    register = ctrl.register_packet_cb
    handles = [register({"in_port": port}, world.note(f"{port}")) for port in (1, 1, 1, 2, 2, 2, 3)]
    assert world.packet_in(ARP) == ["1"] * 3
    ctrl.unregister_cb(handles[1])
    assert world.packet_in(ARP) == ["1"] * 2
    register({"in_port": 1}, lambda *args: ctrl.unregister_cb(handles[2]), priority=1)
    assert world.packet_in(ARP) == ["1"]
    register({"eth_type": 0x0806}, world.note("arp"))
    assert world.packet_in(ARP) == ["1", "arp"]


def test_many_callbacks_survive_a_packet_in_that_is_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    for port in range(8):
        world.controller.register_packet_cb({"in_port": port}, world.note("port"))
    world.controller.register_cb(Event.PACKET_IN, world.note("any"))
    world.controller.post_event(Event.PACKET_IN, "no packet-in")
    world.controller.advance()
    assert world.calls == ["any"]
    assert world.controller.counters["callback_failed"] == 8
