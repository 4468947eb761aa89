"""A controller and fake switches in one process, and a clock that tests turn."""

from __future__ import annotations

from typing import Any

import pytest

import openflow as of
from controller import Controller, Event, EventType, Settings
from openflow.versions import V1_0, V1_3
from tests.controller.fakes import Cable, FakeSwitch, ManualShell, attach, make_controller

VERSIONS = pytest.mark.parametrize("version", [V1_0, V1_3], ids=str)


class World:
    """A controller, a clock, and what the controller's callbacks heard."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.controller, self.shell = make_controller(settings)
        self.heard: list[tuple[EventType[Any], int, Any]] = []
        for event in Event:
            self.controller.register_cb(event, self._hear(event))

    def _hear(self, event: EventType[Any]) -> Any:
        def callback(ctrl: Controller, dpid: int, value: Any) -> None:
            self.heard.append((event, dpid, value))

        return callback

    def attach(self, switch: FakeSwitch, peer: str = "local") -> Cable:
        return attach(self.controller, self.shell, switch, peer)

    def events(self) -> list[EventType[Any]]:
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
