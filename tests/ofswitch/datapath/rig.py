"""A switch to test: a datapath with ports, a clock that the test sets, and what comes out of it.

The tests of this folder that use the fixture `switch` are the contract of every datapath; the fixture
makes one of each implementation. Nothing here looks inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ofswitch.datapath import Datapath, Effect, Limits, ReferenceDatapath, Removed, Transmit, Upcall
from ofswitch.frame import Frame
from openflow.actions import Action, Output
from openflow.constants import FlowModCommand, PortNo, PortState
from openflow.errors import ErrorCode, OpenFlowError
from openflow.instructions import ApplyActions, Instruction
from openflow.messages.base import Message
from openflow.messages.flows import (
    FlowMod,
    FlowRemoved,
    FlowStats,
    FlowStatsReply,
    FlowStatsRequest,
)
from openflow.messages.packets import PacketOut
from openflow.messages.ports import Port
from openflow.versions import V1_3, Version

MakeDatapath = Callable[[Limits], Datapath]


def make_native(limits: Limits) -> Datapath:
    """Make a datapath in Rust, where it was compiled."""
    from ofswitch.datapath.native.datapath import NativeDatapath

    return NativeDatapath(limits)


IMPLEMENTATIONS: dict[str, MakeDatapath] = {"reference": ReferenceDatapath, "native": make_native}
"""What the contract is asked of."""

EVERY_IMPLEMENTATION = [
    pytest.param(name, marks=pytest.mark.native) if name == "native" else name
    for name in IMPLEMENTATIONS
]
"""The names, for `parametrize`."""

PORTS = (1, 2, 3, 4)


class Switch:
    """A datapath at work. `now` is its clock; every call passes it on."""

    def __init__(
        self,
        make: MakeDatapath,
        version: Version = V1_3,
        ports: Iterable[int] = PORTS,
        **limits: Any,
    ) -> None:
        self.datapath = make(Limits(**limits))
        self.version = version
        self.now = 0.0
        for number in ports:
            self.datapath.add_port(port(number), self.now)

    def add(self, *actions: Action | Instruction, **fields: Any) -> list[Effect]:
        """Add a flow entry; actions alone are applied."""
        return self.change(FlowModCommand.ADD, *actions, **fields)

    def change(self, command: int, *actions: Action | Instruction, **fields: Any) -> list[Effect]:
        """Send a flow-mod."""
        change = FlowMod(command=command, instructions=instructions(actions), **fields)
        return self.apply(change)

    def apply(self, change: Message) -> list[Effect]:
        """Send any change."""
        return self.datapath.apply(change, self.version, self.now)

    def refusal(self, change: Message) -> ErrorCode:
        """Send a change that must be refused; return the error."""
        before = self.dump()
        try:
            self.apply(change)
        except OpenFlowError as error:
            assert self.dump() == before, "a refused change has changed something"
            return error.code
        raise AssertionError("the change was not refused")

    def receive(self, data: bytes | Frame, in_port: int = 1) -> list[Effect]:
        """Let a frame come in."""
        frame = data if isinstance(data, Frame) else Frame(data)
        return self.datapath.receive(in_port, frame, self.now)

    def send_out(
        self, data: bytes | Frame, *actions: Action, in_port: int = PortNo.CONTROLLER
    ) -> list[Effect]:
        """Send a packet-out; a `Frame` is one that was buffered."""
        frame = data if isinstance(data, Frame) else None
        message = PacketOut(
            in_port=in_port, actions=list(actions), data=b"" if isinstance(data, Frame) else data
        )
        return self.datapath.inject(message, self.version, self.now, frame)

    def ask(self, request: Message) -> Any:
        """Send a request and return the reply."""
        return self.datapath.query(request, self.version, self.now)

    def dump(self, **filters: Any) -> list[FlowStats]:
        """Return the flow entries' statistics."""
        reply = self.ask(FlowStatsRequest(**filters))
        assert isinstance(reply, FlowStatsReply)
        return reply.body

    def entry(self) -> FlowStats:
        """Return the statistics of the only flow entry."""
        (entry,) = self.dump()
        return entry

    def cookies(self, **filters: Any) -> set[int]:
        """Return the cookies of the flow entries."""
        return {entry.cookie for entry in self.dump(**filters)}

    def drops(self) -> dict[str, int]:
        """Return the drop counters that are not zero."""
        return {name: count for name, count in self.datapath.drops.items() if count}

    def advance(self, now: float) -> list[Effect]:
        """Set the clock and let time-outs happen."""
        self.now = now
        return self.datapath.advance(now)

    def edit(self, frame: bytes | Frame, *actions: Action) -> Frame:
        """Return what actions make of a frame."""
        (effect,) = self.send_out(frame, *actions, Output(2))
        assert isinstance(effect, Transmit)
        return effect.frame


def port(number: int, **fields: Any) -> Port:
    """Describe a port for a test."""
    defaults: dict[str, Any] = {
        "hw_addr": 0x0200_0000_0000 + number,
        "name": f"p{number}",
        "state": PortState.LIVE,
    }
    return Port(port_no=number, **defaults | fields)


def instructions(items: Iterable[Action | Instruction]) -> list[Instruction]:
    """Return instructions as they are, and actions as an ApplyActions."""
    items = list(items)
    actions = [item for item in items if isinstance(item, Action)]
    others = [item for item in items if isinstance(item, Instruction)]
    return ([ApplyActions(actions)] if actions else []) + others


def out_ports(effects: Iterable[Effect]) -> list[int]:
    """The ports that frames were sent to, in order."""
    return [effect.port_no for effect in effects if isinstance(effect, Transmit)]


def sent(effects: Iterable[Effect]) -> list[bytes]:
    """The frames that were sent to ports, in order."""
    return [effect.frame.data for effect in effects if isinstance(effect, Transmit)]


def upcalls(effects: Iterable[Effect]) -> list[Upcall]:
    """The frames that were sent up."""
    return [effect for effect in effects if isinstance(effect, Upcall)]


def removals(effects: Iterable[Effect]) -> list[FlowRemoved]:
    """The messages about entries that are gone."""
    return [effect.message for effect in effects if isinstance(effect, Removed)]


__all__ = [
    "EVERY_IMPLEMENTATION",
    "IMPLEMENTATIONS",
    "PORTS",
    "Switch",
    "instructions",
    "out_ports",
    "port",
    "removals",
    "sent",
    "upcalls",
]
