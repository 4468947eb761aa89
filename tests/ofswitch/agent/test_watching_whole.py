"""Whoever watches all flow entries knows the flow tables, however slowly he reads."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofswitch.agent import session, watch
from openflow import (
    V1_3,
    ApplyActions,
    BundleAddMessage,
    BundleControl,
    BundleControlType,
    FlowMod,
    FlowModCommand,
    FlowMonitor,
    FlowMonitorStatsReply,
    FlowMonitorStatsRequest,
    FlowStatsRequest,
    FlowUpdateFull,
    Match,
    Message,
    Output,
    decode,
)
from openflow.experimenters import FlowMonitorPaused, FlowMonitorResumed
from tests.ofswitch.agent.world import Controller, World
from tests.ofswitch.datapath.rig import EVERY_IMPLEMENTATION, IMPLEMENTATIONS

EVERYTHING = 0x3F
Entries = dict[tuple[int, int, Match], Any]

CHANGES = st.builds(
    FlowMod,
    match=st.sampled_from([Match(), Match(in_port=1), Match(in_port=2)]),
    priority=st.integers(1, 3),
    command=st.sampled_from([0, 0, 0, *FlowModCommand]),
    idle_timeout=st.sampled_from([0, 0, 0, 1]),
    instructions=st.sampled_from([[], [ApplyActions([Output(1)])], [ApplyActions([Output(2)])]]),
)
STEPS = st.lists(
    st.one_of(
        CHANGES,
        CHANGES,
        CHANGES,
        st.lists(CHANGES, max_size=4),  # a bundle
        st.sampled_from(["read a little", "read", "wait"]),
    ),
    max_size=40,
)


class Watcher:
    """Believes what it is told."""

    def __init__(self, world: World) -> None:
        self.controller = Controller(world, V1_3)
        self.knows: Entries = {}
        self.paused = False
        request = FlowMonitorStatsRequest([FlowMonitor(1, flags=EVERYTHING)])
        self._apply(self.controller.ask(request))

    def read(self, limit: int = 1 << 30) -> bool:
        """Read some of what there is, whole messages; whether there was any."""
        output = self.controller.session.take_output(limit)
        rest = output
        while rest:
            length = int.from_bytes(rest[2:4], "big")
            self._apply(decode(rest[:length]))
            rest = rest[length:]
        return bool(output)

    def _apply(self, message: Message) -> None:
        match message:
            case FlowMonitorPaused():
                assert not self.paused
                self.paused = True
            case FlowMonitorResumed():
                assert self.paused
                self.paused = False
            case FlowMonitorStatsReply(body=updates):
                for update in updates:
                    assert isinstance(update, FlowUpdateFull)
                    self._believe(update)

    def _believe(self, update: FlowUpdateFull) -> None:
        which = update.table_id, update.priority, update.match
        if update.event == "removed":
            self.knows.pop(which, None)
            return
        if update.event == "modified":
            assert which in self.knows
        self.knows[which] = list(update.instructions)


def tables(world: World) -> Entries:
    """The entries that there are."""
    reply: Any = world.datapath.query(FlowStatsRequest(), V1_3, world.now)
    return {(one.table_id, one.priority, one.match): list(one.instructions) for one in reply.body}


def bundle(changes: list[FlowMod]) -> list[Message]:
    adds = [BundleAddMessage(1, 0, change) for change in changes]
    opened = BundleControl(1, BundleControlType.OPEN_REQUEST)
    return [opened, *adds, BundleControl(1, BundleControlType.COMMIT_REQUEST)]


@pytest.mark.parametrize("datapath", EVERY_IMPLEMENTATION)
@given(STEPS, st.sampled_from([2, 1000]))
def test_who_watches_knows_the_tables(datapath: str, steps: list[Any], missed_most: int) -> None:
    with (
        patch.object(watch, "WAITS_MOST", 50),
        patch.object(watch, "MISSED_MOST", missed_most),
        patch.object(session, "OUTPUT_HIGH", 500),
    ):
        world = World(datapath=IMPLEMENTATIONS[datapath])
        other = Controller(world, V1_3)
        other.do(FlowMod(priority=9), FlowMod(priority=8))
        watcher = Watcher(world)
        for step in steps:
            match step:
                case "read a little":
                    watcher.read(1)
                case "read":
                    watcher.read()
                case "wait":
                    world.later(1.0)
                case FlowMod():
                    other.do(step)
                case changes:
                    other.send(*bundle(changes))
        while watcher.read():
            pass
        assert not watcher.paused
        assert watcher.knows == tables(world)
