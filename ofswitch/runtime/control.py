"""The control socket of a running switch."""

from __future__ import annotations

from pathlib import Path

from console.answering import Answering
from console.control import Commands
from console.sockets import ControlSocket, Refused
from ofswitch.configuration import ConfigurationError, run_dir


class ControlServer(Answering):
    """Answers what `ofswitch show` and its like ask."""

    def __init__(self, path: Path, commands: Commands) -> None:
        rival = f"a switch of this name is running already (it listens on {path}): stop it, or choose another name"
        super().__init__("switch", ControlSocket(path, run_dir(), rival), commands)

    async def start(self) -> None:
        """Begin. Raises ConfigurationError when another switch has, or the path cannot be had."""
        try:
            await self.listen()
        except Refused as refused:
            raise ConfigurationError(str(refused)) from None
        self.begin()
