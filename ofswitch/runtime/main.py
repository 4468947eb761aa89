"""The life of the process `ofswitch run`: start, say ready, wait for a signal, end without a trace."""

from __future__ import annotations

import asyncio
import logging
import signal

from console.failure import Failure
from console.ready import Ready
from console.tls.credentials import CredentialsError
from ofswitch.configuration import Configuration, ConfigurationError
from ofswitch.ports import PortError
from ofswitch.runtime.switch import Switch
from openflow.native import ENGINE

log = logging.getLogger("ofswitch")

_END_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartFailed(Failure):
    """The switch could not be brought up; nothing is left."""


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
        with Ready(configuration.ready) as ready:
            ready.say()
            await ended.wait()
    finally:
        await switch.stop()
