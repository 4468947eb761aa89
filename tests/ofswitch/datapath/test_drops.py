"""Every way in which a packet comes to nothing has a name, and each name is met here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ofswitch.datapath import DROPS
from openflow.actions import DecNwTtl, Group, Output, PushPbb, SetField, SetNwTtl
from openflow.constants import MeterFlags, PortConfig, PortNo
from openflow.instructions import Meter
from openflow.messages.groups import Bucket, GroupMod
from openflow.messages.meters import DropBand, MeterMod
from openflow.messages.ports import PortMod
from openflow.messages.switch import SetConfig
from tests.frames import FRAMES
from tests.ofswitch.datapath.rig import PORTS, Switch, port

FRAME = FRAMES["IPv4 TCP"]
RESERVED = bytes.fromhex("0180c2000001") + FRAME[6:]


def configure(switch: Switch, config: PortConfig, *numbers: int) -> None:
    """Set bits of ports' configuration."""
    for number in numbers:
        switch.apply(PortMod(number, port(number).hw_addr, config=config, mask=config))


def port_down(switch: Switch) -> None:
    configure(switch, PortConfig.PORT_DOWN, 1)
    switch.receive(FRAME)


def port_no_recv(switch: Switch) -> None:
    configure(switch, PortConfig.NO_RECV, 1)
    switch.receive(FRAME)


def fragment(switch: Switch) -> None:
    switch.apply(SetConfig(flags=1))
    switch.receive(FRAMES["IPv4 later fragment"])


def drop_entry(switch: Switch) -> None:
    switch.add()
    switch.receive(FRAME)


def no_output(switch: Switch) -> None:
    switch.add(SetField("eth_src", 1))
    switch.receive(FRAME)


def output(port_no: int) -> Callable[[Switch], None]:
    """Let an entry output a frame from port 1."""

    def run(switch: Switch) -> None:
        switch.add(Output(port_no))
        switch.receive(FRAME)

    return run


def output_port_down(switch: Switch) -> None:
    configure(switch, PortConfig.PORT_DOWN, 2)
    output(2)(switch)


def output_no_fwd(switch: Switch) -> None:
    configure(switch, PortConfig.NO_FWD, 2)
    output(2)(switch)


def no_flood_port(switch: Switch) -> None:
    configure(switch, PortConfig.NO_FWD, *PORTS)
    output(PortNo.FLOOD)(switch)


def no_packet_in(switch: Switch) -> None:
    configure(switch, PortConfig.NO_PACKET_IN, 1)
    switch.add(Output(PortNo.CONTROLLER), priority=0)
    switch.receive(FRAME)


def invalid_ttl(switch: Switch) -> None:
    switch.add(SetNwTtl(1), DecNwTtl(), Output(2))
    switch.receive(FRAME)


def group_no_live_bucket(switch: Switch) -> None:
    switch.apply(GroupMod(group_id=1))
    switch.add(Group(1))
    switch.receive(FRAME)


def group_too_many_copies(switch: Switch) -> None:
    """Each group of the chain sends two copies on; at the end of the chain all are dropped."""
    switch.apply(GroupMod(group_id=0, buckets=[Bucket()]))
    for number in range(1, 13):
        switch.apply(GroupMod(group_id=number, buckets=[Bucket([Group(number - 1)])] * 2))
    switch.add(Group(12))
    switch.receive(FRAME)


def meter(switch: Switch) -> None:
    flags = MeterFlags.PKTPS | MeterFlags.BURST
    switch.apply(MeterMod(flags=flags, meter_id=1, bands=[DropBand(1, 1)]))
    switch.add(Meter(1), Output(2))
    switch.receive(FRAME)
    switch.receive(FRAME)


def frame_too_long(switch: Switch) -> None:
    switch.add(*[PushPbb()] * 100, Output(2))
    switch.receive(FRAME + bytes(65000))


def normal_reserved(switch: Switch) -> None:
    switch.add(Output(PortNo.NORMAL))
    switch.receive(RESERVED)


def normal_same_port(switch: Switch) -> None:
    switch.add(Output(PortNo.NORMAL))
    switch.receive(FRAME[6:12] + FRAME[:6] + FRAME[12:])
    switch.receive(FRAME)


WAYS: dict[str, Callable[[Switch], object]] = {
    "unknown_port": lambda switch: switch.receive(FRAME, in_port=9),
    "too_short": lambda switch: switch.receive(FRAME[:13]),
    "port_down": port_down,
    "port_no_recv": port_no_recv,
    "fragment": fragment,
    "table_miss": lambda switch: switch.receive(FRAME),
    "drop_entry": drop_entry,
    "no_output": no_output,
    "no_such_port": output(9),
    "output_to_in_port": output(1),
    "no_in_port": lambda switch: switch.send_out(FRAME, Output(PortNo.IN_PORT)),
    "output_port_down": output_port_down,
    "output_no_fwd": output_no_fwd,
    "no_flood_port": no_flood_port,
    "no_packet_in": no_packet_in,
    "group_no_live_bucket": group_no_live_bucket,
    "group_too_many_copies": group_too_many_copies,
    "meter": meter,
    "invalid_ttl": invalid_ttl,
    "frame_too_long": frame_too_long,
    "normal_reserved": normal_reserved,
    "normal_same_port": normal_same_port,
}


@pytest.mark.parametrize("name", DROPS)
def test_each_drop_is_counted_once_under_its_name(name: str, switch: Switch) -> None:
    WAYS[name](switch)
    assert switch.drops() == {name: 1}


def test_the_names_are_the_documented_ones() -> None:
    assert set(WAYS) == set(DROPS)


def test_a_packet_that_went_somewhere_is_not_dropped(switch: Switch) -> None:
    switch.add(Output(1), Output(9), Output(2), Output(1))
    switch.receive(FRAME)
    assert switch.drops() == {}


def test_the_last_reason_counts(switch: Switch) -> None:
    switch.add(Output(1), Output(9))
    switch.receive(FRAME)
    assert switch.drops() == {"no_such_port": 1}
