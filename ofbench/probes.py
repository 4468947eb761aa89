"""What a switch is asked in order to measure it: messages of a version, as bytes, with the places of their numbers.

The flows that are added match addresses that nothing else has, below everything else that is in the table, and are
deleted one by one: what the switch holds besides stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from ofbench.frame import DST, frame
from openflow import (
    CONTROLLER_NO_BUFFER,
    ApplyActions,
    BarrierReply,
    BarrierRequest,
    EchoReply,
    EchoRequest,
    FlowMod,
    FlowModCommand,
    Match,
    Message,
    Output,
    PacketIn,
    PacketOut,
    PortNo,
    Version,
    encode,
)

_NUMBER = 0x5A5B_5C5D
"""A value that nothing else has."""

_HOST = 0x0266_0000_0000
"""The Ethernet addresses of the flows, before their numbers are added."""

_COOKIE = 0x6F66_6265_6E63_6800
_PRIORITY = 1
_WIDTH = 4


@dataclass(frozen=True, slots=True)
class Probe:
    """A message that is sent for each of many numbers, and the type of the messages that come back."""

    name: str
    message: bytes
    places: list[tuple[int, int]]
    answer: int
    """The type of an answer to each; a barrier's where there is none to the message itself."""
    answers: int
    """How many answers there are to each; 0: one to a barrier behind all of them."""


def round_trips(version: Version) -> list[Probe]:
    """What is asked again when the answer has come."""
    echo, barrier = EchoRequest(), BarrierRequest()
    return [
        Probe("echo", encode(echo, version), [], _type(EchoReply(), version), 1),
        Probe("barrier", encode(barrier, version), [], _type(BarrierReply(), version), 1),
        _packet_out("packet-out to the controller, and back", version, PortNo.CONTROLLER),
    ]


def streams(version: Version, port: int | None) -> list[Probe]:
    """What is asked without waiting, in this order. `port`: where packet-outs go; None: nowhere."""
    barrier = encode(BarrierRequest(), version)
    done = _type(BarrierReply(), version)
    return [
        Probe("barriers", barrier, [], done, 1),
        _flow_mod("flow-mods that add", FlowModCommand.ADD, version),
        _flow_mod("flow-mods that modify", FlowModCommand.MODIFY_STRICT, version),
        _flow_mod("flow-mods that delete", FlowModCommand.DELETE_STRICT, version),
        _packet_out(
            "packet-outs" if port is None else f"packet-outs to port {port}", version, port
        ),
        _packet_out("packet-outs that come back as packet-ins", version, PortNo.CONTROLLER),
        _packet_out("packet-ins, eight for a packet-out", version, PortNo.CONTROLLER, 8),
    ]


def barrier(version: Version) -> bytes:
    """What stands behind a stream."""
    return encode(BarrierRequest(), version)


def _flow_mod(name: str, command: FlowModCommand, version: Version) -> Probe:
    # Modified flows go elsewhere than they did.
    actions = [] if command is FlowModCommand.MODIFY_STRICT else [Output(PortNo.IN_PORT)]
    message = encode(
        FlowMod(
            Match(eth_dst=_HOST | _NUMBER),
            [ApplyActions(actions)] if actions else [],
            cookie=_COOKIE,
            command=command,
            priority=_PRIORITY,
        ),
        version,
    )
    return Probe(name, message, [_place(message)], _type(BarrierReply(), version), 0)


def _packet_out(name: str, version: Version, port: int | None, outputs: int = 1) -> Probe:
    data = bytearray(frame(64))
    data[DST + 2 : DST + 6] = _NUMBER.to_bytes(_WIDTH, "big")
    actions = [] if port is None else [Output(port, CONTROLLER_NO_BUFFER)] * outputs
    message = encode(PacketOut(actions=actions, data=bytes(data)), version)
    comes_back = port == PortNo.CONTROLLER
    answer = _type(PacketIn() if comes_back else BarrierReply(), version)
    return Probe(name, message, [_place(message)], answer, outputs if comes_back else 0)


def _place(message: bytes) -> tuple[int, int]:
    return message.index(_NUMBER.to_bytes(_WIDTH, "big")), _WIDTH


def _type(message: Message, version: Version) -> int:
    return encode(message, version)[1]
