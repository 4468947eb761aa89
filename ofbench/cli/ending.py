"""How a measurement ends: by itself, by Ctrl-C, or because of what went wrong. What there is then is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from console.failure import Failure, reason_of
from console.lines import on_a_terminal
from ofbench import native
from ofbench.address import Address

INTERRUPT = "interrupt"
"""What a measurement is cut short by, when it is Ctrl-C."""

_NATIVE_ERRNO = re.compile(r" \(os error \d+\)$")
"""What the native module ends its errors with."""

Tell = Callable[[str | None], None]
"""Tells what was measured, if anything was; None, or what cut it short."""


@contextmanager
def told(where: Address) -> Iterator[None]:
    """What goes wrong is told in one line, with where; that what is printed finds no room happened elsewhere."""
    if not native.AVAILABLE:
        raise Failure(native.MISSING)
    try:
        yield
    except OSError as error:
        if error.errno == ENOSPC:
            raise
        raise Failure(_reason(error, where)) from None


def _reason(error: OSError, where: Address) -> str:
    text = str(error)
    if error.filename is None and str(where) not in text:
        text = f"{where}: {reason_of(error)}"
    return _NATIVE_ERRNO.sub("", text)


@contextmanager
def whatever_ends_it(tell: Tell) -> Iterator[None]:
    """Tell what was measured at the end, and go on with whatever ended it."""
    try:
        yield
    except KeyboardInterrupt:
        tell(INTERRUPT)
        click.echo("ofbench: interrupted", err=True)
        raise
    except OSError as error:
        tell(str(error))
        raise
    tell(None)


def terminal() -> Console:
    """Where tables go: as wide as the terminal, or wide enough where there is none."""
    return Console(width=None if on_a_terminal() else 160)


def write(document: dict[str, Any], path: Path | None) -> None:
    """Write a document as JSON, where one is wanted."""
    if path is not None:
        with writing("--json", path):
            path.write_text(json.dumps(document) + "\n")


@contextmanager
def writing(option: str, path: Path) -> Iterator[None]:
    """What keeps a file from being written is told with the option that named it."""
    try:
        yield
    except OSError as error:
        raise Failure(f"{option} {path}: {reason_of(error)}") from None
