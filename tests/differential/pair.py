"""Two datapaths that go through the same, step by step, and must be indistinguishable from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from ofswitch.datapath import Datapath, Limits
from ofswitch.frame import Frame
from openflow.errors import OpenFlowError
from openflow.messages.base import Message
from openflow.messages.flows import (
    AggregateStatsRequest,
    FlowStatsRequest,
    TableStatsRequest,
)
from openflow.messages.groups import GroupDescStatsRequest, GroupStatsRequest
from openflow.messages.meters import MeterConfigStatsRequest, MeterStatsRequest
from openflow.messages.ports import Port, PortStatsRequest
from openflow.messages.tables import TableFeaturesStatsRequest
from openflow.versions import V1_3
from tests.differential.steps import Change, Link, Plug, SendOut, Step, Traffic, Wait
from tests.differential.strategies import N_TABLES
from tests.ofswitch.datapath.rig import IMPLEMENTATIONS, PORTS, MakeDatapath, port

LIMITS = Limits(n_tables=N_TABLES, max_entries=8, max_macs=4, mac_age_s=300.0)
"""Small enough to be reached."""

DUMPS: tuple[Message, ...] = (
    FlowStatsRequest(),
    AggregateStatsRequest(),
    TableStatsRequest(),
    TableFeaturesStatsRequest(),
    PortStatsRequest(),
    GroupStatsRequest(),
    GroupDescStatsRequest(),
    MeterStatsRequest(),
    MeterConfigStatsRequest(),
)

Call = Callable[[Datapath, float], Any]


class Pair:
    """The two, with one clock."""

    def __init__(self, one: str = "reference", other: str = "native") -> None:
        self.now = 1000.0
        self.frames = 0
        self._both = [_plugged(IMPLEMENTATIONS[name], LIMITS, self.now) for name in (one, other)]

    def take(self, steps: Iterable[Step]) -> None:
        """Go through steps, and compare after each."""
        for step in steps:
            self._take(step)
            self.compare()

    def call(self, what: object, call: Call) -> Any:
        """Do the same with both; what came of it, which may be an error."""
        first, second = (_outcome(call, datapath, self.now) for datapath in self._both)
        assert first == second, f"{what} at {self.now}"
        return first

    def compare(self) -> None:
        """All that can be asked of the two must be the same."""
        for request in DUMPS:
            self._compare_replies(request)
        self._compare_origins()
        self.call("drops", lambda datapath, now: {k: n for k, n in datapath.drops.items() if n})
        self.call("ports", lambda datapath, now: datapath.ports())
        self.call("fragments", lambda datapath, now: datapath.fragments)

    def _compare_replies(self, request: Message) -> None:
        self.call(request, lambda datapath, now: datapath.query(request, V1_3, now))

    def _compare_origins(self) -> None:
        """Equal matches may have come from different octets of OpenFlow 1.0."""
        request = FlowStatsRequest()
        self.call(
            "origins",
            lambda datapath, now: [
                entry.match.fixed
                for entry in datapath.query(request, V1_3, now).body  # type: ignore[attr-defined]
            ],
        )

    def _arrive(self, frame: Frame, in_port: int) -> None:
        self.frames += 1
        self.call((frame, in_port), lambda datapath, now: datapath.receive(in_port, frame, now))

    def _take(self, step: Step) -> None:
        match step:
            case Change(message, version):
                self.call(step, lambda datapath, now: datapath.apply(message, version, now))
            case Traffic(frames, in_ports):
                for frame, in_port in product(frames, in_ports):
                    self._arrive(frame, in_port)
            case SendOut(message, version, frame):
                self.frames += 1
                self.call(step, lambda datapath, now: datapath.inject(message, version, now, frame))
            case Wait(seconds):
                self.now += seconds
                self.call(step, lambda datapath, now: datapath.advance(now))
            case Link(number, state):
                self.call(step, lambda datapath, now: datapath.update_port(_port(number, state)))
            case Plug(number, comes):
                self.call(step, lambda datapath, now: _plug(datapath, number, comes, now))


def _plugged(make: MakeDatapath, limits: Limits, now: float) -> Datapath:
    datapath = make(limits)
    for number in PORTS:
        datapath.add_port(port(number, state=4), now)
    return datapath


def _port(number: int, state: int) -> Port:
    return port(number, state=state)


def _plug(datapath: Datapath, number: int, comes: bool, now: float) -> Any:
    if comes:
        return datapath.add_port(_port(number, 4), now)
    return datapath.remove_port(number)


def _outcome(call: Call, datapath: Datapath, now: float) -> Any:
    """What a call gives, or the error it raises, as something to compare."""
    try:
        return call(datapath, now)
    except OpenFlowError as error:
        return error.code
    except ValueError:  # a port that is there already, or is not
        return ValueError
