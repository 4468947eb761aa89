"""What all commands share that ask a running switch, and how they fail."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from ofswitch.control import ControlError, decode_reply, encode_request

ANSWER_TIMEOUT_S = 60.0


class Failure(click.ClickException):
    """Something did not work; one line says what."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """Write the line."""
        click.echo(f"ofswitch: {self.format_message()}", err=True)


_Command = Callable[..., None]


def asks(command: _Command) -> _Command:
    """A command with the argument NAME and the option --control, which say which switch to ask."""
    command = click.option(
        "--control", metavar="PATH", type=click.Path(path_type=Path), help="As given to `run`."
    )(command)
    return click.argument("name")(command)


def ask(name: str, control: Path | None, command: str, **arguments: str) -> Any:
    """Ask the switch `name` and return what it answers; Failure says why that is impossible."""
    from ofswitch.configuration import ConfigurationError, check_name, control_path

    try:
        path = control or control_path(check_name(name))
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            connection.connect(os.fspath(path))
            connection.sendall(encode_request(command, arguments))
            with connection.makefile("rb") as replies:
                return decode_reply(replies.readline())
    except (FileNotFoundError, ConnectionRefusedError):
        _fail(f"no switch {name} is running (nobody listens on {path}): start it, or see --control")
    except TimeoutError:
        _fail(f"the switch {name} does not answer")
    except OSError as error:
        _fail(f"cannot ask the switch {name} at {path}: {error.strerror or error}")
    except ControlError as error:
        _fail(str(error))


def _fail(text: str) -> NoReturn:
    raise Failure(text) from None
