"""The life of the process `ofswitch run`: start, say ready, wait for a signal, end without a trace."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from console.tls.credentials import CredentialsError
from ofswitch.configuration import Configuration, ConfigurationError
from ofswitch.ports import PortError
from ofswitch.runtime.switch import Switch
from openflow.native import ENGINE

log = logging.getLogger("ofswitch")

_END_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartFailed(Exception):
    """The switch could not be brought up; the text is for the user, and nothing is left."""


def run_switch(configuration: Configuration) -> None:
    """Run a switch until a signal ends it. Raises StartFailed."""
    try:
        asyncio.run(_run(configuration))
    except (ConfigurationError, CredentialsError, PortError) as error:
        raise StartFailed(str(error)) from None
    except KeyboardInterrupt:
        pass


async def _run(configuration: Configuration) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in _END_BY:
        loop.add_signal_handler(number, ended.set)
    switch = Switch(configuration)
    await switch.start()
    try:
        log.info(
            "ready: dpid %016x, %d ports, %s datapath; message framing is %s",
            configuration.dpid,
            len(switch.ports),
            switch.agent.identity.datapath,
            ENGINE,
        )
        _say_ready(configuration.ready)
        await ended.wait()
    finally:
        await switch.stop()
        if configuration.ready is not None:
            with suppress(OSError):
                configuration.ready.unlink()


def _say_ready(path: Path | None) -> None:
    """Tell who waits: the process id in a file that appears whole, a word on stdout."""
    if path is not None:
        beside = path.parent / f".{path.name}.{os.getpid()}"
        try:
            beside.write_text(f"{os.getpid()}\n")
            beside.replace(path)
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            raise ConfigurationError(f"--ready {path}: {error.strerror}") from None
    with suppress(OSError):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
