"""What a running agent can be asked for on its control socket."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from apps.swim import report
from apps.swim.effects import Answered, Effect, Event
from apps.swim.members import State
from apps.swim.runtime.keys import Keys
from apps.swim.tags import decode_tags, encode_tags, parse_tag
from apps.swim.transport.feed import Feed
from apps.swim.transport.serf import SerfSwim
from apps.swim.transport.swim import Swim
from console.control import Commands, ControlError


class Answers:
    """Of one agent. `ended` is set when somebody wants it to leave; `left` is set by it once it has."""

    def __init__(self, swim: Swim, ended: asyncio.Event, left: asyncio.Event) -> None:
        self._swim = swim
        self._ended = ended
        self._left = left
        self._rtts: dict[str, float] = {}
        swim.listen(self._watch)

    def commands(self) -> Commands:
        """What there is, by name."""
        return {
            "members": self.members,
            "info": self.info,
            "events": self.events,
            "join": self.join,
            "leave": self.leave,
            "update": self.update,
            **Keys(self._swim).commands(),
        }

    def members(self) -> list[report.Values]:
        """Everybody."""
        now, rtts = asyncio.get_running_loop().time(), self._rtts
        return [report.member_values(m, now, rtts.get(m.name)) for m in self._swim.members.values()]

    def info(self) -> report.Values:
        """How we are."""
        swim = self._swim
        states = Counter(m.state for m in swim.members.values())
        envelope = swim.config.envelope
        return {
            "name": swim.name,
            "address": str(swim.address),
            "version": _version(),
            "members": {state.name.lower(): states[state] for state in State},
            "health": swim.health,
            "encrypted": envelope.keyring is not None,
            "label": envelope.label.decode("utf-8", "replace"),
            "serf": isinstance(swim, SerfSwim),
            "counters": dict(swim.counters),
        }

    def events(self) -> AsyncIterator[report.Values]:
        """What happens to members from now on."""
        return _Events(self._swim.events())

    async def join(self, addresses: list[str]) -> int:
        """Exchange everything with others; how many have answered."""
        try:
            return await self._swim.join(addresses)
        except ValueError as error:
            raise ControlError(str(error)) from None

    async def leave(self) -> str:
        """Leave, and end."""
        self._ended.set()
        await self._left.wait()
        return "left"

    def update(self, tags: list[str]) -> dict[str, str]:
        """Change tags: KEY=VALUE sets one, KEY= removes it."""
        now = decode_tags(self._swim.me.meta) or {}
        try:
            for key, value in map(parse_tag, tags):
                now[key] = value
            now = {key: value for key, value in now.items() if value}
            self._swim.update(encode_tags(now))
        except ValueError as error:
            raise ControlError(str(error)) from None
        return now

    # --- inside ---------------------------------------------------------------------------------

    def _watch(self, effect: Effect) -> None:
        if isinstance(effect, Answered):
            self._rtts[effect.member.name] = effect.rtt_s
        elif isinstance(effect, Event) and effect.member.gone:
            self._rtts.pop(effect.member.name, None)


class _Events:
    """The events of members alone, as values."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def __aiter__(self) -> _Events:
        return self

    async def __anext__(self) -> report.Values:
        while True:
            effect = await anext(self._feed)
            if isinstance(effect, Event):
                return report.event_values(effect, time.time())

    async def aclose(self) -> None:
        """Nobody reads them any more."""
        await self._feed.aclose()


def _version() -> Any:
    try:
        return version("ofswitch")
    except PackageNotFoundError:
        return "of no version"
