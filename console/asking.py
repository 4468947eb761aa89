"""Asking a program that runs, over its control socket (`console.control`), and why that may be impossible."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import Any

import click

from console.control import ControlError, decode_reply, encode_request
from console.failure import reason_of

ANSWER_TIMEOUT_S = 60.0
SLOW_S = 3.0
"""Who has said nothing by then may be stopped: that we wait for it is told on stderr."""


@dataclass(frozen=True, slots=True)
class Running:
    """A program of this kind, such as a switch, that should listen at a path; without a name where that says enough."""

    kind: str
    path: Path
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind

    def listens(self) -> bool:
        """Whether it is there: a program that was killed leaves its socket behind."""
        with suppress(OSError), self._connection():
            return True
        return False

    def ask(self, command: str, **arguments: object) -> Any:
        """What it answers. Raises ControlError."""
        with self._asked(command, arguments) as connection, connection.makefile("rb") as replies:
            return decode_reply(replies.readline(), self.kind)

    def follow(self, command: str, **arguments: object) -> Iterator[Any]:
        """What it answers with, one after the other, until it ends. Raises ControlError."""
        with self._asked(command, arguments) as connection, connection.makefile("rb") as replies:
            decode_reply(replies.readline(), self.kind)
            connection.settimeout(None)
            for line in replies:
                yield decode_reply(line, self.kind)

    @contextmanager
    def _asked(self, command: str, arguments: dict[str, object]) -> Iterator[socket.socket]:
        """A connection over which it was asked; what goes wrong with it meanwhile is a ControlError."""
        try:
            with self._connection() as connection:
                # Who refuses everybody says so, and does not listen.
                with suppress(BrokenPipeError):
                    connection.sendall(encode_request(command, arguments))
                self._wait(connection)
                yield connection
        except (FileNotFoundError, ConnectionRefusedError):
            why = f"nobody listens on {self.path}"
            raise ControlError(
                f"no {self} is running ({why}): start it, or see --control"
            ) from None
        except TimeoutError:
            raise ControlError(f"the {self} at {self.path} does not answer") from None
        except OSError as error:
            raise ControlError(
                f"cannot ask the {self} at {self.path}: {reason_of(error)}"
            ) from None

    def _wait(self, connection: socket.socket) -> None:
        """Wait for the first bytes of an answer, but not for long without a word."""
        answered, _, _ = select([connection], [], [], SLOW_S)
        if not answered:
            patience = f"waiting for up to {ANSWER_TIMEOUT_S:g} s"
            click.echo(f"the {self} has not answered yet: {patience}", err=True)

    @contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            connection.connect(os.fspath(self.path))
            yield connection
