"""Which running switch a command asks, and how it prints the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from console import options
from console.asking import Running

Command = Callable[..., None]


def asks(command: Command) -> Command:
    """A command with the argument NAME and the option --control; it is given the switch that they mean."""

    @click.argument("name")
    @options.control("As given to `run`.")
    @wraps(command)
    def asking(name: str, control: Path | None, **arguments: Any) -> None:
        command(_find(name, control), **arguments)

    return asking


def tell(answer: Any, words: Callable[[Any], str], *, as_json: bool) -> None:
    """Print what a switch has answered, in words unless it is for a program."""
    click.echo(json.dumps(answer, indent=2) if as_json else words(answer))


def _find(name: str, control: Path | None) -> Running:
    from ofswitch.configuration import ConfigurationError, check_name, path_to_ask

    try:
        return Running("switch", control or path_to_ask(check_name(name)), name)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
