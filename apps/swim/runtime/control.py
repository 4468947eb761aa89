"""The control socket of a running agent (`apps.swim.control` has the protocol)."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from apps.swim.control import (
    REQUEST_MOST,
    Commands,
    ControlError,
    decode_request,
    encode_error,
    encode_result,
)
from apps.swim.settings import SettingsError, run_dir

log = logging.getLogger("apps.swim.control")

_OWNER_ONLY = 0o600
_PATH_MOST = 107
"""Bytes of a UNIX socket's path (sun_path, less the zero that ends it)."""

_CLIENTS_MOST = 64
_GRACE_S = 2.0
"""So long the last answers may take, at the end."""


class ControlServer:
    """Listens on a UNIX socket and carries out what it is asked for."""

    def __init__(self, path: Path, commands: Commands) -> None:
        self._path = path
        self._commands = commands
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._clients: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. Raises SettingsError when another agent does, or the path cannot be had."""
        if len(os.fsencode(self._path)) > _PATH_MOST:
            raise SettingsError(f"control socket {self._path}: the path is too long")
        try:
            _make_folder(self._path.parent)
            _remove_if_dead(self._path)
            before = os.umask(0o777 & ~_OWNER_ONLY)
            try:
                self._server = await asyncio.start_unix_server(
                    self._accept, self._path, limit=REQUEST_MOST
                )
            finally:
                os.umask(before)
            self._inode = self._path.stat().st_ino
        except OSError as error:
            text = f"control socket {self._path}: {error.strerror or error}; see --control"
            raise SettingsError(text) from None

    async def close(self) -> None:
        """Listen no longer, give the last answers, and remove the socket if it is still ours."""
        if self._server is None:
            return
        self._server.close()
        if self._answering:
            await asyncio.wait(self._answering, timeout=_GRACE_S)
        for client in list(self._clients):
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        with suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._clients) >= _CLIENTS_MOST:
            writer.write(encode_error("too many ask at a time"))
            writer.close()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None
        try:
            while line := await reader.readline():
                self._answering.add(me)
                try:
                    await self._answer(line, reader, writer)
                    await writer.drain()
                finally:
                    self._answering.discard(me)
                if self._server is None or not self._server.is_serving():
                    return
        except (OSError, ValueError):  # gone, or a line without end
            pass
        finally:
            writer.close()

    async def _answer(
        self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            result = decode_request(line, self._commands)()
            if inspect.isawaitable(result):
                result = await result
            if isinstance(result, AsyncIterator):
                await _stream(result, reader, writer)
                return
            writer.write(encode_result(result))
        except ControlError as error:
            writer.write(encode_error(str(error)))
        except OSError:
            raise
        except Exception:
            log.exception("a request on the control socket could not be handled: %r", line)
            writer.write(encode_error("a fault in the agent; its log says more"))


async def _stream(
    values: AsyncIterator[Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Write a line for each value, until there are no more or nobody reads them."""

    async def write() -> None:
        writer.write(encode_result(None))
        async for value in values:
            writer.write(encode_result(value))
            await writer.drain()

    tasks = [asyncio.ensure_future(write()), asyncio.ensure_future(reader.read())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await values.aclose()  # type: ignore[attr-defined]


def _make_folder(folder: Path) -> None:
    """Make the folder of a control socket. Our own run folder must not be somebody else's."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if folder == run_dir() and folder.stat().st_uid != os.geteuid():
        raise SettingsError(f"{folder} belongs to another user: see --control")


def _remove_if_dead(path: Path) -> None:
    """Remove the socket of an agent that has ended. Raises SettingsError when one still listens."""
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise SettingsError(f"control socket {path}: a file is in its place")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except BlockingIOError:
            pass
    raise SettingsError(
        f"an agent of this name is running already (it listens on {path}): "
        "stop it (`ofswim leave`), or choose another --name"
    )
