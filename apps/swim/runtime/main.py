"""The life of the process `ofswim agent`: start, say ready, wait for a signal, leave."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any

from apps.swim import report
from apps.swim.config import BARE, SERF
from apps.swim.effects import Effect, Event, Kind
from apps.swim.runtime.commands import Answers
from apps.swim.runtime.control import ControlServer
from apps.swim.runtime.metrics import metrics_at
from apps.swim.settings import Settings, SettingsError
from apps.swim.tags import encode_tags
from apps.swim.transport.addresses import StartFailed
from apps.swim.transport.serf import SerfSwim
from apps.swim.transport.swim import Swim
from console.ready import NotWritten, Ready

log = logging.getLogger("apps.swim")

LEAVE_MOST_S = 5.0

_END_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def make_swim(settings: Settings) -> Swim:
    """The member that is told to run. Raises SettingsError for what can never work."""
    kind, versions = (SerfSwim, SERF) if settings.serf else (Swim, BARE)
    try:
        return kind(
            settings.name,
            replace(settings.config, versions=versions),
            bind=settings.bind,
            advertise=settings.advertise,
            meta=encode_tags(settings.tags),
            join=settings.join,
            wait=False,
        )
    except ValueError as error:
        raise SettingsError(str(error)) from None


def run_agent(settings: Settings, swim: Swim) -> bool:
    """Run an agent until a signal, or `ofswim leave`, ends it; whether it has left in peace. Raises StartFailed."""
    return asyncio.run(_run(settings, swim))


async def _run(settings: Settings, swim: Swim) -> bool:
    ended, at_once, left = asyncio.Event(), asyncio.Event(), asyncio.Event()
    _heed_signals(ended, at_once)
    answers = Answers(swim, ended, left)
    control = ControlServer(settings.control, answers.commands())
    swim.listen(lambda effect: _log(effect, swim.name))
    try:
        # Whoever has this name already is found out before anything is said in it.
        await control.start()
        await _until(swim.__aenter__(), ended)
        if not ended.is_set():
            control.begin()
            async with metrics_at(settings.metrics, swim, answers.info):
                log.info("ready: %s at %s", swim.name, swim.address)
                with Ready(settings.ready) as ready:
                    ready.say()
                    await ended.wait()
                    await _until(swim.leave(LEAVE_MOST_S), at_once)
    except (SettingsError, NotWritten) as error:
        await swim.leave(LEAVE_MOST_S)
        raise StartFailed(str(error)) from None
    finally:
        left.set()
        await swim.close()
        await control.close()
    return not at_once.is_set()


def _heed_signals(ended: asyncio.Event, at_once: asyncio.Event) -> None:
    """The first signal has us leave, the second does not wait for it."""

    def heed() -> None:
        if ended.is_set():
            at_once.set()
        ended.set()

    for number in _END_BY:
        asyncio.get_running_loop().add_signal_handler(number, heed)


async def _until(work: Coroutine[Any, Any, object], stop: asyncio.Event) -> None:
    """Work to the end, or until it is stopped."""
    task, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait([task, stopped], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        if not task.done():
            task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _log(effect: Effect, ours: str) -> None:
    if isinstance(effect, Event):
        conflict = effect.kind is Kind.MEMBER_CONFLICT
        log.log(logging.ERROR if conflict else logging.INFO, "%s", report.sentence(effect, ours))
