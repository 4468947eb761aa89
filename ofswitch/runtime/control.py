"""The control socket of a running switch (`ofswitch.control` has the protocol)."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

from ofswitch.configuration import ConfigurationError, run_dir
from ofswitch.control import REQUEST_MOST, Commands, answer, encode_error

log = logging.getLogger("ofswitch.control")

_OWNER_ONLY = 0o600
_PATH_MOST = 107
"""Bytes of a UNIX socket's path (sun_path, less the zero that ends it)."""


class ControlServer:
    """Listens on a UNIX socket and carries out what it is asked for, one request at a time."""

    def __init__(self, path: Path, commands: Commands) -> None:
        self._path = path
        self._commands = commands
        self._server: asyncio.Server | None = None
        self._inode = 0

    async def start(self) -> None:
        """Listen. Raises ConfigurationError when another switch does, or the path cannot be had."""
        if len(os.fsencode(self._path)) > _PATH_MOST:
            raise ConfigurationError(f"control socket {self._path}: the path is too long")
        try:
            _make_folder(self._path.parent)
            _remove_if_dead(self._path)
            before = os.umask(0o777 & ~_OWNER_ONLY)
            try:
                self._server = await asyncio.start_unix_server(
                    self._serve, self._path, limit=REQUEST_MOST
                )
            finally:
                os.umask(before)
            self._inode = self._path.stat().st_ino
        except OSError as error:
            text = f"control socket {self._path}: {error.strerror or error}; see --control"
            raise ConfigurationError(text) from None

    async def close(self) -> None:
        """Listen no longer, and remove the socket if it is still ours."""
        if self._server is None:
            return
        self._server.close()
        with suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError):  # gone, or a line without end
            while line := await reader.readline():
                writer.write(self._answer(line))
                await writer.drain()
        writer.close()

    def _answer(self, line: bytes) -> bytes:
        try:
            return answer(line, self._commands)
        except Exception:
            log.exception("a request on the control socket could not be handled: %r", line)
            return encode_error("a fault in the switch; its log says more")


def _make_folder(folder: Path) -> None:
    """Make the folder of a control socket. Our own run folder must not be somebody else's."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if folder == run_dir() and folder.stat().st_uid != os.geteuid():
        raise ConfigurationError(f"{folder} belongs to another user: see --control")


def _remove_if_dead(path: Path) -> None:
    """Remove the socket of a switch that has ended. Raises ConfigurationError when one still listens."""
    try:
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise ConfigurationError(f"control socket {path}: a file is in its place")
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
    raise ConfigurationError(
        f"a switch of this name is running already (it listens on {path}): stop it, or choose another name"
    )
