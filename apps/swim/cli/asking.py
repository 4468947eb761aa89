"""What all commands share that ask a running agent: which one is meant, how it is asked, and how that fails."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from apps.swim.control import ControlError, decode_reply, encode_request

ANSWER_TIMEOUT_S = 30.0


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the options that say which agent to ask; it is given the path of the control socket."""

    @click.option(
        "--name", metavar="NAME", help="Of the agent. Default: the only one that runs here."
    )
    @click.option(
        "--control", metavar="PATH", type=click.Path(path_type=Path), help="As given to `agent`."
    )
    @wraps(command)
    def asking(name: str | None, control: Path | None, **arguments: Any) -> None:
        command(_find(name, control), **arguments)

    return asking


as_json = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")


class Failure(click.ClickException):
    """Something did not work; one line says what."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        """Write the line."""
        click.echo(f"ofswim: {self.format_message()}", err=True)


def _find(name: str | None, control: Path | None) -> Path:
    """The control socket of the agent that is meant."""
    from apps.swim.settings import SettingsError, check_name, control_path, run_dir

    if control is not None:
        return control
    if name is not None:
        try:
            return control_path(check_name(name))
        except SettingsError as error:
            raise click.UsageError(str(error)) from None
    found = [path for path in sorted(run_dir().glob("*.sock")) if _listens(path)]
    if len(found) > 1:
        names = ", ".join(path.stem for path in found)
        raise click.UsageError(f"several agents are running here: say which with --name ({names})")
    return found[0] if found else fail("no agent is running here: start one, or see --control")


def _listens(path: Path) -> bool:
    """Whether somebody listens there: an agent that was killed leaves its socket behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, suppress(OSError):
        probe.settimeout(ANSWER_TIMEOUT_S)
        probe.connect(os.fspath(path))
        return True
    return False


@contextmanager
def _connected(path: Path) -> Iterator[socket.socket]:
    """A connection to an agent; Failure says why that is impossible, or has ended."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            connection.connect(os.fspath(path))
            yield connection
    except (FileNotFoundError, ConnectionRefusedError):
        fail(f"no agent is running (nobody listens on {path}): start it, or see --control")
    except TimeoutError:
        fail(f"the agent at {path} does not answer")
    except OSError as error:
        fail(f"cannot ask the agent at {path}: {error.strerror or error}")
    except ControlError as error:
        fail(str(error))


def ask(path: Path, command: str, **arguments: Any) -> Any:
    """Ask an agent, and return what it answers."""
    with _connected(path) as connection:
        connection.sendall(encode_request(command, arguments))
        with connection.makefile("rb") as replies:
            return decode_reply(replies.readline())


def follow(path: Path, command: str) -> Iterator[Any]:
    """Ask an agent for what it answers with line by line, until it ends."""
    with _connected(path) as connection:
        connection.sendall(encode_request(command, {}))
        with connection.makefile("rb") as replies:
            decode_reply(replies.readline())
            connection.settimeout(None)
            for line in replies:
                yield decode_reply(line)


def fail(text: str) -> NoReturn:
    """It did not work; the text says what."""
    raise Failure(text) from None
