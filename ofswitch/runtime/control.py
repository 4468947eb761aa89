"""The control socket of a running switch (`ofswitch.control` has the protocol)."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from console.sockets import ControlSocket, Refused
from ofswitch.configuration import ConfigurationError, run_dir
from ofswitch.control import REQUEST_MOST, Commands, answer, encode_error

log = logging.getLogger("ofswitch.control")


class ControlServer:
    """Listens on a UNIX socket and carries out what it is asked for, one request at a time."""

    def __init__(self, path: Path, commands: Commands) -> None:
        rival = f"a switch of this name is running already (it listens on {path}): stop it, or choose another name"
        self._socket = ControlSocket(path, run_dir(), rival)
        self._commands = commands

    async def start(self) -> None:
        """Listen. Raises ConfigurationError when another switch does, or the path cannot be had."""
        try:
            await self._socket.listen(self._serve, REQUEST_MOST)
        except Refused as refused:
            raise ConfigurationError(str(refused)) from None

    async def close(self) -> None:
        """Listen no longer, and remove the socket if it is still ours."""
        self._socket.shut()
        self._socket.remove()

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
