"""Members with sockets on the loopback interface, in one event loop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps.swim import Swim
from apps.swim.config import FAST, Config
from apps.swim.effects import Effect, Event, Kind
from apps.swim.members import State
from tests.loops import PATIENCE_S

ANY_PORT = "127.0.0.1:0"

CALM = replace(FAST, probe_interval_s=60.0, probe_timeout_s=30.0, stream_timeout_s=PATIENCE_S)
"""As FAST, but for probes: however slow the machine is, nobody is suspected for it."""


def member(name: str, *others: Swim, config: Config = CALM, **options: Any) -> Swim:
    """A member that joins others."""
    join = [str(other.address) for other in others]
    return Swim(name, config, bind=ANY_PORT, join=join, **options)


def sees(swim: Swim, **states: State) -> bool:
    """Whether it knows these members in these states, and nobody else besides itself."""
    found = {name: m.state for name, m in swim.members.items() if name != swim.name}
    return found == states


class Diary:
    """What a member has told."""

    def __init__(self, swim: Swim) -> None:
        self.effects: list[Effect] = []
        self.stop = swim.listen(self.effects.append)

    def kinds(self, name: str) -> list[Kind]:
        """What has happened to a member."""
        events = [effect for effect in self.effects if isinstance(effect, Event)]
        return [event.kind for event in events if event.member.name == name]
