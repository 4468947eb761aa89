"""The control sockets by which commands reach a program that runs: where they are, and that each has one owner."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from console.failure import reason_of

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None] | None]

_OWNER_ONLY = 0o600
_PATH_MOST = 107
"""Bytes of a UNIX socket's path (sun_path, less the zero that ends it)."""


class Refused(Exception):
    """Why a control socket cannot be had, in words for people."""


class ControlSocket:
    """A UNIX socket on which a program listens for those who may control it: its own user."""

    def __init__(self, path: Path, run_dir: Path, rival: str) -> None:
        """`run_dir` must be our own if the path is in it; `rival` says what another program that listens is."""
        self._path = path
        self._run_dir = run_dir
        self._rival = rival
        self._server: asyncio.Server | None = None
        self._inode = 0

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._server is not None and self._server.is_serving()

    async def listen(self, serve: Serve, limit: int) -> None:
        """Have connections served; a line of them is `limit` bytes at most. Raises Refused."""
        if len(os.fsencode(self._path)) > _PATH_MOST:
            raise Refused(f"control socket {self._path}: the path is too long")
        try:
            self._make_folder()
            self._remove_if_dead()
            before = os.umask(0o777 & ~_OWNER_ONLY)
            try:
                self._server = await asyncio.start_unix_server(serve, self._path, limit=limit)
            finally:
                os.umask(before)
            self._inode = self._path.stat().st_ino
        except OSError as error:
            raise Refused(
                f"control socket {self._path}: {reason_of(error)}; see --control"
            ) from None

    def shut(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()

    def remove(self) -> None:
        """Remove it from its folder, if it is still ours."""
        with suppress(OSError):
            if self._inode and self._path.stat().st_ino == self._inode:
                self._path.unlink()

    def _make_folder(self) -> None:
        """Our own run folder must not be somebody else's."""
        folder = self._path.parent
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if folder == self._run_dir and folder.stat().st_uid != os.geteuid():
            raise Refused(f"{folder} belongs to another user: see --control")

    def _remove_if_dead(self) -> None:
        """Remove the socket of a program that has ended."""
        try:
            if not stat.S_ISSOCK(self._path.stat().st_mode):
                raise Refused(f"control socket {self._path}: a file is in its place")
        except FileNotFoundError:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            try:
                probe.connect(str(self._path))
            except ConnectionRefusedError:
                self._path.unlink(missing_ok=True)
                return
            except BlockingIOError:
                pass
        raise Refused(self._rival)
