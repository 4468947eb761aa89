"""Which running agent a command asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from console import options
from console.asking import Running
from console.failure import Failure

Command = Callable[..., None]


def asks(command: Command) -> Command:
    """A command with the options --name and --control; it is given the agent that they mean."""

    @click.option(
        "--name", metavar="NAME", help="Of the agent. Default: the only one that runs here."
    )
    @options.control("As given to `agent`.")
    @wraps(command)
    def asking(name: str | None, control: Path | None, **arguments: Any) -> None:
        command(_find(name, control), **arguments)

    return asking


def _find(name: str | None, control: Path | None) -> Running:
    from apps.swim.settings import SettingsError, check_name, control_path

    if control is not None:
        return Running("agent", control)
    if name is None:
        return _find_only_one()
    try:
        return Running("agent", control_path(check_name(name)), name)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None


def _find_only_one() -> Running:
    from apps.swim.settings import run_dir

    here = [Running("agent", path, path.stem) for path in sorted(run_dir().glob("*.sock"))]
    found = [agent for agent in here if agent.listens()]
    if not found:
        raise Failure("no agent is running here: start one, or see --control")
    if len(found) > 1:
        names = ", ".join(agent.name for agent in found)
        raise click.UsageError(f"several agents are running here: say which with --name ({names})")
    return found[0]
