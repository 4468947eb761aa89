"""The file of `--ready`: whoever has started a program, and waits for it, finds it there once the program is ready."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

import click

from console.failure import Failure, reason_of


class NotWritten(Failure):
    """The file of `--ready` cannot be written."""


class Ready:
    """As a context it removes the file in the end, if it is still ours. Without a path there is none."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._inode = 0

    def say(self) -> None:
        """Tell who waits: the process id in the file, a word on stdout. Raises NotWritten."""
        self.write(f"{os.getpid()}\n")
        with suppress(OSError):
            click.echo("ready")

    def write(self, text: str) -> None:
        """Have the file appear with all of this in it. Raises NotWritten."""
        path = self._path
        if path is None:
            return
        try:
            if path.is_symlink() or (path.exists() and not path.is_file()):
                path.write_text(text, encoding="utf-8")  # a pipe, a terminal: it stays what it is
            else:
                self._inode = _replace(path, text)
        except OSError as error:
            raise NotWritten(f"--ready {path}: {reason_of(error)}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        path = self._path
        with suppress(OSError):
            if path is not None and self._inode and path.stat().st_ino == self._inode:
                path.unlink()


def _replace(path: Path, text: str) -> int:
    """Put a file in its place that is whole already; its inode."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        inode = beside.stat().st_ino
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    return inode
