"""Options that several programs have; what is special about one of them is said in its help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

LEVELS = ("debug", "info", "warning", "error")

Command = Callable[..., Any]

log_level = click.option(
    "--log-level",
    type=click.Choice(LEVELS),
    default="info",
    show_default=True,
    help="How much to log.",
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print it for programs, as JSON.")


def control(text: str) -> Callable[[Command], Command]:
    """Where the control socket is (`console.sockets`)."""
    kind = click.Path(path_type=Path)
    return click.option("--control", metavar="PATH", type=kind, help=text)


def ready(text: str) -> Callable[[Command], Command]:
    """The file that says that the program is ready (`console.ready`)."""
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option("--ready", metavar="FILE", type=kind, help=text)
