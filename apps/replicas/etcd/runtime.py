"""The connection to etcd: a lease that is kept alive, a watch on all keys, and what is to be written.

One of the addresses is spoken to; when that fails, the next. The lease stays ours meanwhile, as long as it lasts.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from itertools import cycle
from typing import Any

from apps.replicas.etcd.coordinator import EtcdCoordinator
from apps.replicas.etcd.deeds import Create, Deed, Delete, Held, Put, Revoke
from controller.script import ScriptError

TIMEOUT_S = 1
BACKOFF_S = (0.1, 1.0)
FIRST_S = 5.0
"""So long we wait for etcd at the start, before we go on without."""
PORT = 2379
PORT_MOST = 65535
NO_LEASE = "requested lease not found"
"""In etcd's words, what was to be written with a lease that somebody has ended."""
OPTIONS = {"grpc.use_local_subchannel_pool": 1}
"""Each client tries at once, whatever those before it have seen of the same address."""

log = logging.getLogger("replicas")


def endpoints(text: str) -> list[tuple[str, int]]:
    """The addresses in `etcd://HOST:PORT,...`. Raises ScriptError."""
    scheme, _, rest = text.partition("://")
    found = []
    for one in rest.rstrip("/").split(","):
        host, _, port = one.rpartition(":") if ":" in one else (one, "", str(PORT))
        valid = port.isdecimal() and 0 < int(port) <= PORT_MOST
        if scheme != "etcd" or not host or not valid:
            raise ScriptError(
                f"--coordinator {text}: write etcd://HOST:PORT, or several with commas"
            )
        found.append((host, int(port)))
    return found


def client_module() -> Any:
    """The client, which is an extra. Raises ScriptError."""
    try:
        import aetcd  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        text = "--coordinator etcd://... needs the package aetcd: pip install 'ofswitch[etcd]'"
        raise ScriptError(text) from None
    return aetcd


class LeaseEnded(Exception):
    """Somebody has ended our lease, or we were too late to keep it alive."""


class Etcd:
    """Keeps a coordinator and an etcd in step."""

    def __init__(self, core: EtcdCoordinator, where: str, ttl_s: int) -> None:
        self._core = core
        self._endpoints = endpoints(where)
        self._aetcd = client_module()
        self._ttl_s = ttl_s
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._reached = asyncio.Event()
        self._away = False
        """Whether it does not answer, and that has been said."""
        core.wake = self._news.set
        self._task = self._loop.create_task(self._run())

    async def first(self) -> None:
        """Wait until it is reached, but not for ever."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._reached.wait(), FIRST_S)

    async def close(self) -> None:
        """End our lease, and by that all that we hold."""
        self._core.leave()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        if self._core.lease and self._reached.is_set() and not self._away:
            for host, port in self._endpoints:
                with suppress(Exception):
                    async with self._client(host, port) as client:
                        await client.revoke_lease(self._core.lease)
                        return

    async def _run(self) -> None:
        pause, longest = BACKOFF_S
        for host, port in cycle(self._endpoints):
            try:
                async with asyncio.timeout(None):
                    await self._session(host, port)
            except Exception as error:  # noqa: BLE001 - grpc and aetcd raise much
                why = str(error) or type(error).__name__
                if isinstance(error, LeaseEnded) or NO_LEASE in why:
                    log.warning("our lease in etcd has ended: we take another")
                else:
                    self._no_answer(host, port, why)
            if self._reached.is_set() and not self._away:
                pause = BACKOFF_S[0]
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)

    def _no_answer(self, host: str, port: int, why: str) -> None:
        if not self._away:
            self._away = True
            held = self._reached.is_set()
            means = "we keep our switches while our lease lasts" if held else "we take no switch"
            log.warning("etcd at %s:%d does not answer (%s): %s", host, port, why, means)

    def _answer(self, host: str, port: int) -> None:
        if self._away:
            log.info("etcd at %s:%d answers", host, port)
        self._away = False
        self._reached.set()

    def _client(self, host: str, port: int) -> Any:
        return self._aetcd.Client(host, port, timeout=TIMEOUT_S, options=OPTIONS)

    async def _session(self, host: str, port: int) -> None:
        """Speak with one until it fails, which raises."""
        async with self._client(host, port) as client:
            await self._take_lease(client)
            revision = await self._load(client)
            watch = await client.watch_prefix(self._core.prefix, start_revision=revision + 1)
            self._answer(host, port)
            parts = (self._keep_alive(client), self._watch(watch), self._work(client))
            tasks = [self._loop.create_task(part) for part in parts]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _take_lease(self, client: Any) -> None:
        if self._core.lease and await self._refreshed(client):
            return
        began = self._loop.time()
        lease = await client.lease(self._ttl_s)
        self._core.granted(lease.id, began + lease.ttl)

    async def _refreshed(self, client: Any) -> bool:
        began = self._loop.time()
        reply = await client.refresh_lease(self._core.lease)
        if reply is None or reply.TTL <= 0:
            self._core.granted(0, began)
            return False
        self._core.granted(self._core.lease, began + reply.TTL)
        return True

    async def _load(self, client: Any) -> int:
        """Read all keys; returns the revision."""
        found = await client.get_prefix(self._core.prefix)
        self._core.load({kv.key: Held(kv.value, kv.lease, kv.create_revision) for kv in found})
        revision: int = found.header.revision
        return revision

    async def _keep_alive(self, client: Any) -> None:
        while True:
            await asyncio.sleep(self._ttl_s / 4)
            if not await self._refreshed(client):
                raise LeaseEnded

    async def _watch(self, watch: Any) -> None:
        async for event in watch:
            kv = event.kv
            gone = event.kind == "DELETE"
            held = None if gone else Held(kv.value, kv.lease, kv.create_revision)
            self._core.changed(kv.key, held)
        raise RuntimeError("the watch has ended")

    async def _work(self, client: Any) -> None:
        while True:
            self._news.clear()
            for deed in list(self._core.deeds()):
                await self._do(client, deed)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._ttl_s / 4)

    async def _do(self, client: Any, deed: Deed) -> None:
        words = client.transactions
        match deed:
            case Put(key, value):
                await client.put(key, value, lease=self._core.lease)
            case Create(key, value):
                put = words.put(key, value, lease=self._core.lease)
                await client.transaction(
                    compare=[words.version(key) == 0], success=[put], failure=[]
                )
            case Delete(key):
                await client.delete(key)
            case Revoke(lease, name):
                log.info("replica %s has failed: its lease in etcd is ended", name)
                with suppress(self._aetcd.exceptions.ClientError):
                    await client.revoke_lease(lease)
