"""Lines that somebody types, with editing and history, or that a file or pipe gives."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from threading import Thread
from typing import BinaryIO, TextIO

Complete = Callable[[str, str], list[str]]
"""What may stand behind the first text of a line, and begins as the second."""


class Lines:
    """Reads lines in a thread, so that everything else goes on meanwhile."""

    def __init__(self, read: Callable[[str], str]) -> None:
        """`read` prints a prompt and returns a line; EOFError after the last one."""
        self._read = read

    async def read(self, prompt: str) -> str | None:
        """Return the next line, None after the last."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[str | None] = loop.create_future()

        def deliver(line: str | None) -> None:
            if not result.done():
                result.set_result(line)

        def work() -> None:
            try:
                line = self._read(prompt)
            except EOFError:
                line = None
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(deliver, line)

        # A daemon: when we are told to end while it waits for a key, nobody waits for it.
        Thread(target=work, name="lines", daemon=True).start()
        return await result


@contextmanager
def standard_input(complete: Complete) -> Iterator[Lines]:
    """Read from the terminal with editing, history and completion, from anything else as it is."""
    given: TextIO | None = sys.stdin
    if given is None:  # somebody has closed it
        yield Lines(lambda prompt: _next_line(BytesIO()))
        return
    if not given.isatty():
        with open(0, "rb", buffering=0, closefd=False) as source:
            yield Lines(lambda prompt: _next_line(source))
        return
    import termios

    _offer(complete)
    before = termios.tcgetattr(0)
    try:
        yield Lines(input)
    finally:  # a line that was being edited leaves the terminal without echo
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def _offer(complete: Complete) -> None:
    """Give `input` its editing, and have the tab key complete words."""
    import readline

    def nth(begun: str, n: int) -> str | None:
        before = readline.get_line_buffer()[: readline.get_begidx()]
        words = complete(before, begun)
        if n >= len(words):
            return None
        return words[n] if words[n].endswith("=") else f"{words[n]} "

    readline.set_completer_delims(" \t,=")
    readline.set_completer(nth)
    readline.parse_and_bind("tab: complete")


def _next_line(source: BinaryIO) -> str:
    line = source.readline()
    if not line:
        raise EOFError
    return line.decode(errors="replace")
