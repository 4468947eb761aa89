"""The control socket of a running agent."""

from __future__ import annotations

from pathlib import Path

from apps.swim.settings import SettingsError, run_dir
from console.answering import Answering
from console.control import Commands
from console.sockets import ControlSocket, Refused


class ControlServer(Answering):
    """Answers what `ofswim members` and its like ask."""

    def __init__(self, path: Path, commands: Commands) -> None:
        rival = (
            f"an agent of this name is running already (it listens on {path}): "
            "stop it (`ofswim leave`), or choose another --name"
        )
        super().__init__("agent", ControlSocket(path, run_dir(), rival), commands)

    async def start(self) -> None:
        """Listen. Raises SettingsError when another agent does, or the path cannot be had."""
        try:
            await self.listen()
        except Refused as refused:
            raise SettingsError(str(refused)) from None
