"""What `ofcontroller run` does once it is known what to run: serve, alone or with workers."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import Sequence
from functools import partial

from console.failure import Failure
from console.ready import Ready
from controller.address import Address
from controller.cli.values import Identity
from controller.script import Script
from controller.settings import Settings
from openflow.native import ENGINE

log = logging.getLogger("ofcontroller")


def serve_alone(
    scripts: Sequence[Script],
    listen_at: Sequence[Address],
    connect_to: Sequence[Address],
    settings: Settings,
    ready: Ready,
    worker: Identity | None,
) -> None:
    """Serve in this process until Ctrl-C."""
    from controller.runtime import serve

    def started(bound: list[Address]) -> None:
        log.info("running %s; message framing is %s", ", ".join(s.name for s in scripts), ENGINE)
        _say(ready, bound)

    running = serve(
        scripts,
        listen=list(listen_at),
        connect=list(connect_to),
        settings=settings,
        started=started,
        worker=worker[1] if worker else None,
    )
    try:
        asyncio.run(running)
    except SystemExit as error:
        log.error("ended by sys.exit(%s) %s", error, _place_of(error))
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it would show the task's end, too
        raise


def serve_by_workers(
    count: int,
    arguments: Sequence[str],
    listen_at: Sequence[Address],
    connect_to: Sequence[Address],
    ready: Ready,
) -> None:
    """Start this program as many times as there are workers; who is connected to is shared out."""
    from controller.workers.runtime import WorkerError, serve_with_workers

    command = [sys.executable, "-P", "-m", "controller.cli", "run", *arguments]
    commands = [
        [*command, *(f"--connect={address}" for address in connect_to[number::count])]
        for number in range(count)
    ]
    try:
        asyncio.run(serve_with_workers(commands, listen_at, partial(_say, ready)))
    except WorkerError as error:
        raise Failure(str(error)) from None


def _say(ready: Ready, bound: Sequence[Address]) -> None:
    """That switches may connect, and where."""
    ready.write("".join(f"{address}\n" for address in bound))


def _place_of(error: BaseException) -> str:
    """Where an app raised this: the first line behind the last one of the controller's."""
    place = "in an app"
    frames = traceback.walk_tb(error.__traceback__)
    for frame, line in reversed(list(frames)):
        if (frame.f_globals.get("__package__") or "").partition(".")[0] == "controller":
            break
        place = f"at {frame.f_code.co_filename}, line {line}, in {frame.f_code.co_name}"
    return place
