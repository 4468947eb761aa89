"""Connections that the switch makes: to each controller it was told of, for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from console.failure import reason_of
from console.tls.contexts import Contexts
from console.tls.layer import TlsLayer
from ofswitch.configuration import Address
from ofswitch.runtime.transport import Link, Refusal

FIRST_RETRY_S = 0.1
LAST_RETRY_S = 8.0
CONNECT_TIMEOUT_S = 5.0
"""For the connection, and then for the handshake of TLS."""
SETTLED_S = 1.0
"""How long a connection must have stood for the next attempts to be as quick as the first."""

Made = TypeVar("Made", bound=asyncio.BaseProtocol)

log = logging.getLogger("ofswitch.controllers")


@dataclass(slots=True)
class Target:
    """A controller that the switch was told to connect to, and how that stands."""

    address: Address
    since: float
    """Since when it has been connected, or not."""
    connected: bool = False
    reason: str = ""
    """Why it is not connected; empty before the first attempt has failed."""
    attempts: int = 0
    """How often it was tried in vain since it was connected last."""
    tls: str = ""
    """What was agreed on, and whose certificate it has shown; empty for plain TCP."""

    def __str__(self) -> str:
        return self.address.dialled

    def came(self, now: float, tls: str = "") -> None:
        """It is connected."""
        self.connected, self.since, self.reason, self.attempts = True, now, "", 0
        self.tls = tls

    def went(self, reason: str, now: float) -> None:
        """It is not, or not any more."""
        if self.connected:
            self.since = now
        else:
            self.attempts += 1
        self.connected, self.reason = False, reason


async def dial(target: Target, link: Callable[[], Link], contexts: Contexts | None = None) -> None:
    """Keep a connection to a controller for ever; the wait between attempts doubles up to LAST_RETRY_S."""
    loop = asyncio.get_running_loop()
    wait_s, told = FIRST_RETRY_S, ""
    while True:
        began = loop.time()
        if not await _try(target, link, contexts):
            level = logging.DEBUG if target.reason == told else logging.INFO
            log.log(level, "%s: cannot connect, will keep trying: %s", target, target.reason)
            told = target.reason
        elif loop.time() - began > SETTLED_S:
            wait_s, told = FIRST_RETRY_S, ""
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, LAST_RETRY_S)


async def _try(target: Target, link: Callable[[], Link], contexts: Contexts | None) -> bool:
    """Connect, and wait for the end of that. Whether a controller was there: one that spoke a version of ours."""
    now = asyncio.get_running_loop().time
    try:
        connected = await _connect(target.address, link, contexts)
    except (OSError, TimeoutError) as error:
        target.went(_why(error), now())
        return False
    target.came(now(), connected.tls)
    target.went(await connected.gone, now())
    return connected.session.spoke


async def _connect(address: Address, link: Callable[[], Link], contexts: Contexts | None) -> Link:
    """Connect once. Raises OSError, of which TlsError is one, or TimeoutError."""
    if not address.tls:
        return await _reach(address, link)
    assert contexts is not None, "a configuration with TLS addresses has credentials"
    if contexts.lacks_ca:
        await _learn_ca(address, contexts)
    context = contexts.get(server_side=False)
    layer = TlsLayer(context, link, server_side=False, timeout_s=CONNECT_TIMEOUT_S)
    await _reach(address, lambda: layer)
    return cast(Link, await layer.established())


async def _reach(address: Address, make: Callable[[], Made]) -> Made:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        _, protocol = await loop.create_connection(make, address.host, address.port)
    return protocol


async def _learn_ca(address: Address, contexts: Contexts) -> None:
    """Trust the CA that the first controller shows (`--bootstrap-ca-cert`), then hang up on it."""
    layer = TlsLayer(contexts.unchecked(), Refusal, server_side=False, timeout_s=CONNECT_TIMEOUT_S)
    await _reach(address, lambda: layer)
    await layer.established()
    contexts.learn(layer.chain())


def _why(error: OSError | TimeoutError) -> str:
    """Why a connection did not come about, in a few words."""
    return "no answer" if isinstance(error, TimeoutError) else reason_of(error)
